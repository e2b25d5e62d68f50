import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.metrics.returns import (
    excess_kurtosis,
    facts_of_runs,
    hill,
    kurtosis,
    log_returns,
    stylised_facts,
    tail_index,
)

SERIES = st.lists(st.floats(-100, 100, allow_subnormal=False), min_size=3, max_size=60)


def pareto(alpha, size, seed=1):
    return np.random.default_rng(seed).pareto(alpha, size) + 1.0


# --- By hand ---------------------------------------------------------------------------------------------------


def test_log_returns_by_hand():
    assert log_returns([1.0, 2.0, 1.0]).tolist() == pytest.approx([math.log(2), -math.log(2)])


def test_hill_by_hand():
    """The three largest of [8, -4, 2, 1] against 1: mean of ln 8, ln 4, ln 2 is 2 ln 2."""
    assert hill([1.0, -4.0, 8.0, 2.0], 0.75) == pytest.approx(1.0 / (2.0 * math.log(2.0)))


def test_kurtosis_by_hand():
    assert excess_kurtosis([0.0, 0.0, 0.0, 4.0]) == pytest.approx(21.0 / 9.0 - 3.0)


# --- Theorems ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [1.5, 3.0, 5.0])
def test_the_tail_index_of_a_pareto_law_is_its_own_and_its_interval_covers(alpha):
    estimates = [tail_index(pareto(alpha, 2000, seed), 0.1) for seed in range(400)]
    covered = sum(estimate.low <= alpha <= estimate.high for estimate in estimates)
    assert stats.binomtest(covered, 400, 0.95).pvalue > 1e-4
    assert np.mean([estimate.value for estimate in estimates]) == pytest.approx(alpha, rel=0.02)


def test_the_tail_index_is_that_of_students_law():
    values = np.random.default_rng(3).standard_t(3, 200_000)
    assert hill(values, 0.005) == pytest.approx(3.0, abs=0.2)


def test_stochastic_volatility_is_seen_as_clusters_and_not_as_memory_of_the_sign():
    draw = np.random.default_rng(7)
    log_volatility = np.zeros(20_000)
    for t in range(1, 20_000):
        log_volatility[t] = 0.98 * log_volatility[t - 1] + 0.15 * draw.normal()
    facts = stylised_facts(np.exp(log_volatility) * draw.normal(size=20_000))
    assert facts.volatility_correlation > 0.1
    assert facts.excess_kurtosis > 1.0
    assert abs(facts.return_correlation) < 0.05
    assert facts.correlated_lags < 0.15
    assert facts.variance_ratio == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("phi", [0.3, -0.9])
def test_memory_of_the_sign_is_seen(phi):
    shocks, series = np.random.default_rng(5).normal(size=4000), np.zeros(4000)
    for t in range(1, len(series)):
        series[t] = phi * series[t - 1] + shocks[t]
    facts = stylised_facts(series)
    assert facts.return_correlation == pytest.approx(phi, abs=0.05)
    expected = 1.0 + 2.0 * sum((1.0 - k / 20) * phi**k for k in range(1, 20))
    assert facts.variance_ratio == pytest.approx(expected, rel=0.25)
    assert (facts.correlated_lags > 0.2) == (phi == -0.9)  # at .3 two lags are all


def test_the_kurtosis_says_why_it_has_no_interval():
    draw = np.random.default_rng(3)
    assert "no fourth moment" in kurtosis(draw.standard_t(3, 3000)).reason
    assert "eight moments" in kurtosis(draw.normal(size=30_000)).reason
    assert "undefined" in str(kurtosis(np.zeros(200)))


# --- Properties -------------------------------------------------------------------------------------------------


@given(SERIES, st.floats(1, 100), st.floats(0.05, 0.9))
def test_neither_scale_nor_sign_matters_to_the_tail_index(values, scale, share):
    first, second = hill(values, share), hill(-scale * np.array(values), share)
    # 1/alpha is a mean of logarithms, each rounded; where all of the tail is equal it is 0 and alpha NaN
    assert np.nan_to_num(1 / second) == pytest.approx(np.nan_to_num(1 / first), abs=1e-12)


# --- Undefined, and bad input -----------------------------------------------------------------------------------


def test_a_constant_series_leaves_everything_but_its_volatility_undefined():
    facts = stylised_facts(np.full(200, 0.1))
    assert facts.volatility == pytest.approx(0.0)
    assert all(math.isnan(value) for value in facts[1:])
    assert "undefined" in str(tail_index(np.zeros(200)))


def test_few_returns_leave_everything_undefined():
    columns = facts_of_runs([np.ones(99), np.random.default_rng(1).normal(size=100)])
    assert [np.isnan(values).tolist() for values in columns.values()] == [[True, False]] * 9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: log_returns([1.0, 0.0]), "prices[1]: 0.0 is not accepted; accepted: finite numbers > 0"),
        (lambda: log_returns([1.0]), "a series of shape (1,) is not accepted; accepted: 2 numbers or more"),
        (lambda: hill([1.0, np.nan]), "values[1]: nan is not accepted; accepted: finite numbers"),
        (
            lambda: hill([1.0, 2.0], 1.0),
            "share: 1.0 is not accepted; accepted: a number between 0 and 1, both excluded",
        ),
    ],
)
def test_what_is_no_series_is_refused(call, message):
    with pytest.raises(ParameterError) as error:
        call()
    assert str(error.value) == message
