import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.inequality import gini

holdings = st.lists(st.floats(0, 1e6), min_size=1, max_size=30).filter(lambda values: sum(values) > 1e-6)


@given(holdings)
def test_it_is_half_the_relative_mean_absolute_difference(values):
    x = np.array(values)
    brute = np.abs(x[:, None] - x).sum() / (2 * len(x) ** 2 * x.mean())
    assert gini(values) == pytest.approx(brute, abs=1e-9)


@given(holdings, st.floats(0.01, 100))
def test_scale_does_not_matter_and_copying_everybody_does_not_either(values, scale):
    assert gini(np.array(values) * scale) == pytest.approx(gini(values), abs=1e-9)
    assert gini(values * 2) == pytest.approx(gini(values), abs=1e-9)


@given(st.integers(1, 40))
def test_its_ends_are_equality_and_one_owner(n):
    assert gini(np.full(n, 3.0)) == pytest.approx(0, abs=1e-12)
    assert gini(np.eye(n)[0]) == pytest.approx(1 - 1 / n)


def test_a_uniform_distribution_has_a_gini_of_one_third():
    assert gini((np.arange(100_000) + 0.5) / 100_000) == pytest.approx(1 / 3, abs=1e-5)


def test_runs_are_rows_and_who_holds_nothing_has_no_inequality():
    assert np.isnan(gini([[0, 0], [1, 1]])).tolist() == [True, False]


@pytest.mark.parametrize("values", [[], 3.0, [-1.0, 2.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_what_cannot_be_held_is_refused(values):
    with pytest.raises(ParameterError, match=r"^gini: "):
        gini(values)
