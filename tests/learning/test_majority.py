"""Majority and q-voter: what a tally makes one do."""

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.learning.majority import Majority
from socialsim.learning.q_voter import QVoter


def sees(num_opinions, sample):
    box = Box(0.0, float(sample), shape=(num_opinions + 1,))
    return Specification(Discrete(num_opinions), box, {"sample": sample})


def acts(learner, tally, own, stream, times=1):
    """Return what an agent does, as often as asked, on seeing a tally."""
    state = learner.state(sees(len(tally), sum(tally)), 1)
    with np.errstate(over="ignore"):
        return [type(learner).act(state, 0, np.array([own, *tally], float), stream) for _ in range(times)]


@pytest.mark.parametrize(
    ("own", "tally", "action"), [(0, [1, 2], 1), (0, [2, 2], 0), (1, [2, 2], 1), (2, [1, 3, 1], 1), (0, [2, 1, 0], 0)]
)
def test_the_commonest_opinion_is_taken_and_ones_own_kept_where_it_is_level(own, tally, action, stream):
    assert set(acts(Majority(), tally, own, stream, 20)) == {action}


def test_one_of_several_commonest_others_is_taken_at_random(stream):
    actions = np.bincount(acts(Majority(), [2, 0, 2, 2], 1, stream, 3000), minlength=4)
    assert actions[1] == 0
    assert actions[[0, 2, 3]] == pytest.approx(np.full(3, 1000), abs=4 * np.sqrt(3000 * 2 / 9))


def test_noise_draws_any_opinion(stream):
    actions = np.bincount(acts(Majority(noise=0.5), [5, 0], 0, stream, 4000), minlength=2)
    assert actions[1] == pytest.approx(1000, abs=4 * np.sqrt(4000 * 3 / 16))


@pytest.mark.parametrize(
    ("own", "tally", "action"), [(0, [0, 3], 1), (0, [1, 2], 0), (1, [1, 2], 1), (2, [4, 0, 0], 0)]
)
def test_a_q_voter_yields_to_a_unanimous_sample_alone(own, tally, action, stream):
    assert set(acts(QVoter(), tally, own, stream, 20)) == {action}


def test_a_q_voter_changes_now_and_then_to_any_other_opinion(stream):
    actions = np.bincount(acts(QVoter(epsilon=0.5), [1, 1, 1], 1, stream, 4000), minlength=3)
    assert actions == pytest.approx([1000, 2000, 1000], abs=4 * np.sqrt(1000))


@pytest.mark.parametrize("learner", [Majority(), QVoter()])
def test_an_environment_without_tallies_is_refused(learner):
    with pytest.raises(ParameterError, match="needs an environment in which agents see their own opinion and a tally"):
        learner.state(Specification(Discrete(2), Discrete(2)), 3)
