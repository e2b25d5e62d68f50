import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.metrics.returns import hill
from socialsim.metrics.series import autocorrelation, autocorrelation_bands, self_normalised, variance_ratio

SERIES = st.lists(st.floats(-100, 100), min_size=3, max_size=60)
UNLIKELY = 1e-4


@compiled
def respond(shocks, alpha, beta, phi):
    """Return an AR(1) series of coefficient phi whose shocks are GARCH(1,1) of variance 1."""
    series, variance, shock, value = np.empty(shocks.shape[0]), 1.0, 1.0, 0.0
    for t in range(shocks.shape[0]):
        variance = (1.0 - alpha - beta) + alpha * shock * shock + beta * variance
        shock = math.sqrt(variance) * shocks[t]
        value = phi * value + shock
        series[t] = value
    return series


def garch(size, seed, alpha=0.1, beta=0.85, phi=0.0):
    return respond(np.random.default_rng(seed).normal(size=size + 500), alpha, beta, phi)[500:]


def first(series):
    return autocorrelation(series, 1)[1]


# --- By hand ---------------------------------------------------------------------------------------------------


def test_autocorrelation_by_hand():
    assert autocorrelation([1.0, 2.0, 3.0], 2).tolist() == pytest.approx([1.0, 0.0, -0.5])


def test_a_band_by_hand():
    """Deviations -1, 0, 1, 0: no square has a square at lag 1, two of them one at lag 2."""
    assert autocorrelation_bands([-1.0, 0.0, 1.0, 0.0], 2) / 1.959964 == pytest.approx([0.0, 0.5])


def test_a_variance_ratio_by_hand():
    """Autocorrelations 1, -3/4, 1/2: 1 + 2 (2/3 x -3/4 + 1/3 x 1/2)."""
    assert variance_ratio([1.0, -1.0, 1.0, -1.0], 3) == pytest.approx(1.0 / 3.0)


# --- Theorems ---------------------------------------------------------------------------------------------------


def test_an_autoregression_has_geometric_autocorrelations_and_a_variance_ratio_to_match():
    series = garch(100_000, 5, 0.0, 0.0, 0.8)
    assert autocorrelation(series, 5) == pytest.approx(0.8 ** np.arange(6), abs=0.02)
    expected = 1.0 + 2.0 * sum((1.0 - k / 10) * 0.8**k for k in range(1, 10))
    assert variance_ratio(series, 10) == pytest.approx(expected, rel=0.03)


def test_bands_hold_the_stated_share_of_lags_though_volatility_is_clustered():
    outside, naive = [], []
    for seed in range(40):
        series = garch(4000, seed)
        found = np.abs(autocorrelation(series, 20)[1:])
        outside.append(np.mean(found > autocorrelation_bands(series, 20)))
        naive.append(np.mean(found > 1.96 / math.sqrt(4000)))
    assert np.mean(outside) == pytest.approx(0.05, abs=0.025)
    assert np.mean(naive) > np.mean(outside) + 0.01


def coverage(statistic, truth, num_series, alpha, beta):
    estimates = [self_normalised(garch(4000, seed, alpha, beta), statistic) for seed in range(num_series)]
    return sum(estimate.low <= truth <= estimate.high for estimate in estimates)


def test_intervals_of_autocorrelations_cover_under_clustered_volatility():
    """A nominal 95% covers at least nine tenths; blocks of single returns did so in three quarters or fewer."""
    assert stats.binomtest(coverage(first, 0.0, 200, 0.1, 0.85), 200, 0.9, alternative="less").pvalue > UNLIKELY


@pytest.mark.full
@pytest.mark.parametrize(("alpha", "beta", "least"), [(0.1, 0.85, 0.75), (0.05, 0.94, 0.7), (0.1, 0.89, 0.5)])
def test_intervals_cover_as_the_module_says(alpha, beta, least):
    """The truth is that of long series; of the clustering itself the interval covers less often, which is said."""
    long = [garch(1_000_000, 10_000 + seed, alpha, beta) for seed in range(6)]

    def covered(statistic, truth=None):
        value = np.mean([statistic(series) for series in long]) if truth is None else truth
        return coverage(statistic, value, 300, alpha, beta) / 300

    assert covered(first, 0.0) > 0.87
    assert covered(lambda series: variance_ratio(series, 20), 1.0) > 0.88
    assert covered(hill) > 0.74
    assert least < covered(lambda series: autocorrelation(np.abs(series), 50)[1:].mean()) < 0.9


def test_the_interval_of_a_mean_covers_under_dependence():
    def covers(seed):
        estimate = self_normalised(garch(1000, seed, 0.0, 0.0, 0.6), np.mean)
        return estimate.low <= 0.0 <= estimate.high

    assert stats.binomtest(sum(covers(seed) for seed in range(300)), 300, 0.93).pvalue > UNLIKELY


# --- Properties -------------------------------------------------------------------------------------------------


@given(SERIES)
def test_autocorrelations_lie_between_minus_one_and_one(values):
    found = autocorrelation(values, len(values) - 1)
    assert np.isnan(found).all() or (np.abs(found) <= 1.0 + 1e-9).all()


# --- Undefined, and bad input -----------------------------------------------------------------------------------


def test_a_constant_series_leaves_all_undefined():
    constant = np.full(200, 0.1)
    assert np.isnan(autocorrelation(constant, 3)).all()
    assert np.isnan(autocorrelation_bands(constant, 3)).all()
    assert math.isnan(variance_ratio(constant, 3))
    assert "undefined" in str(self_normalised(constant, first))


def test_where_the_beginning_is_undefined_there_is_no_interval():
    estimate = self_normalised(np.r_[np.zeros(50), garch(150, 1)], first)
    assert math.isfinite(estimate.value)
    assert math.isnan(estimate.low)
    assert estimate.reason == "its beginnings are too short"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: autocorrelation([1.0, 2.0], 2), "num_lags: 2 is not accepted; accepted: 0 to 1"),
        (lambda: autocorrelation([1.0, np.inf], 1), "values[1]: inf is not accepted; accepted: finite numbers"),
        (lambda: self_normalised([1.0] * 49, np.mean), "a series of shape (49,) is not accepted; accepted: 50 numbers "
         "or more"),
    ],
)  # fmt: skip
def test_what_is_no_series_is_refused(call, message):
    with pytest.raises(ParameterError) as error:
        call()
    assert str(error.value) == message
