import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.learning.zero_intelligence import ZiC, ZiU

HIGHEST = 20


def quotes(cls, is_buyer, observation, stream, version, count=4000):
    specification = Specification(Discrete(HIGHEST + 1), facts={"is_buyer": is_buyer, "highest_price": HIGHEST})
    learner = cls().state(specification, 1)
    act = version(cls.act)
    return np.array([act(learner, 0, observation, stream) for _ in range(count)])


def test_without_constraint_every_price_is_as_likely(stream, version):
    drawn = quotes(ZiU, True, 5, stream, version)
    counts = np.bincount(drawn, minlength=HIGHEST + 1)
    assert counts[0] == 0
    assert ((counts[1:] - 200.0) ** 2 / 200.0).sum() < 43.8  # chi-squared, 19 degrees of freedom, p = .001


@pytest.mark.parametrize(("is_buyer", "low", "high"), [(True, 1, 7), (False, 7, HIGHEST)])
@pytest.mark.parametrize("observation", [7, np.array([7.0, 1.0, 3.0])])
def test_constrained_quotes_are_all_those_without_loss(is_buyer, low, high, observation, stream, version):
    drawn = quotes(ZiC, is_buyer, observation, stream, version)
    assert set(drawn) == set(range(low, high + 1))
    assert abs(drawn.mean() - (low + high) / 2) < 4 * (high - low + 1) / np.sqrt(12 * len(drawn))


@pytest.mark.parametrize("cls", [ZiU, ZiC])
def test_who_has_no_unit_left_is_silent(cls, stream, version):
    assert quotes(cls, True, 0, stream, version, 1).tolist() == [0]


def test_an_environment_without_a_market_is_refused():
    with pytest.raises(ParameterError, match="the learner needs the fact 'is_buyer'"):
        ZiC().state(Specification(Discrete(2)), 1)
