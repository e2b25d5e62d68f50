import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.inequality import atkinson, gini, theil

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


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=8), st.floats(0.1, 10))
def test_theil_and_atkinson_are_about_shares_and_lie_in_their_ranges(values, scale):
    scaled = [scale * x for x in values]
    assert theil(scaled) == pytest.approx(theil(values), abs=1e-9)
    assert -1e-12 <= theil(values) <= math.log(len(values)) + 1e-12
    for aversion in (0.5, 1.0, 2.0):
        assert atkinson(scaled, aversion) == pytest.approx(atkinson(values, aversion), abs=1e-9)
        assert -1e-12 <= atkinson(values, aversion) <= 1.0


@given(st.lists(st.floats(0, 100), min_size=2, max_size=8), st.integers(0, 7), st.integers(0, 7))
def test_what_the_rich_give_to_the_poor_lowers_every_index(values, giver, taker):
    i, j = giver % len(values), taker % len(values)
    gap = values[i] - values[j]
    if gap > 1e-3:
        after = list(values)
        after[i] -= gap / 4
        after[j] += gap / 4
        for index in (gini, theil, atkinson):
            assert index(after) <= index(values) + 1e-12


def test_atkinson_by_hand_and_where_somebody_holds_nothing():
    assert atkinson([1, 4], 1.0) == pytest.approx(1 - 2 / 2.5)  # geometric mean 2
    assert atkinson([1, 4], 2.0) == pytest.approx(1 - 1.6 / 2.5)  # harmonic mean 8/5
    assert atkinson([0, 4], 0.5) == pytest.approx(0.5)
    assert atkinson([[0, 4], [2, 2]], 1.0).tolist() == [1.0, 0.0]
    assert atkinson([0, 4], 2.0) == 1.0
    assert np.isnan(atkinson([0, 0]))
    assert np.isnan(theil([0, 0]))


@pytest.mark.parametrize("index", [theil, atkinson])
def test_losses_have_no_shares(index):
    with pytest.raises(ParameterError, match=f"{index.__name__}: a value is negative or not finite"):
        index([1, -1])
    with pytest.raises(ParameterError, match="no values"):
        index([])


def test_an_aversion_that_is_not_positive_is_refused():
    with pytest.raises(ParameterError, match="aversion: 0 is not accepted; accepted: > 0"):
        atkinson([1, 2], 0)
