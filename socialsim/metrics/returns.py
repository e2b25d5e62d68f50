r"""Stylised facts of asset returns: fat tails, no memory of the sign, a long one of the size.

Of prices p_0, ..., p_n the log returns are r_t = ln(p_t / p_{t-1}). Whatever the market, three things are found
([Cont2001]_):

- **fat tails**: P(|r| > x) falls as x^{-alpha} with alpha around 3, estimated by Hill's alpha over the k largest of the
  ordered |r|_(1) >= |r|_(2) >= ...                                                               ([Hill1975]_)

      1 / alpha = (1/k) sum_{j <= k} ln(|r|_(j) / |r|_(k+1)),    standard error alpha / sqrt(k)

- **no autocorrelation** of returns, beyond what a band of +- z / sqrt(n) leaves to chance;
- **volatility clustering**: the autocorrelation of |r| is positive over many lags.

Hill's standard error supposes independent returns, which clustered ones are not. `block_bootstrap` gives an interval
for any statistic of one series: it draws blocks of neighbouring returns, and so keeps most of their dependence
([Politis1992]_). A statistic of a series that leaves it undefined, such as the kurtosis of a constant, is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import mean, median

FEWEST = 100  # returns, below which stylised facts are left undefined
NUM_LAGS = 50  # over which autocorrelations are averaged


class StylisedFacts(NamedTuple):
    """The stylised facts of one series; NaN where it leaves them undefined."""

    volatility: float  # standard deviation of returns, per step
    excess_kurtosis: float
    tail_index_025: float  # Hill's, of the largest 2.5% of absolute returns
    tail_index_050: float  # 5%
    tail_index_100: float  # 10%
    return_correlation_1: float  # autocorrelation of returns at lag 1
    return_correlation: float  # mean over lags 2 to 50
    volatility_correlation: float  # of absolute returns, mean over lags 1 to 50


def log_returns(prices: ArrayLike) -> NDArray[np.float64]:
    """Return ln(p_t / p_{t-1}).

    Parameters
    ----------
    prices : array_like, shape (num_prices,)
        Finite and > 0.

    Returns
    -------
    ndarray, shape (num_prices - 1,)

    Raises
    ------
    ParameterError
        If there are fewer than two prices, or one is not a finite number > 0.

    Examples
    --------
    >>> log_returns([1.0, np.e, 1.0]).tolist()
    [1.0, -1.0]
    """
    values = _series(prices, 2)
    if not (values > 0).all():
        t = int(np.flatnonzero(~(values > 0))[0])
        raise ParameterError(f"prices[{t}]: {values[t]} is not accepted; accepted: finite numbers > 0")
    return np.diff(np.log(values))


def hill(returns: ArrayLike, share: float = 0.05) -> float:
    """Return Hill's tail index of the largest absolute returns.

    Parameters
    ----------
    returns : array_like, shape (num_returns,)
    share : float
        Of the returns that are taken for the tail, in (0, 1); at least one is.

    Returns
    -------
    float
        > 0; NaN if the tail is not above zero, or its values are all equal.

    Source
    ------
    [Hill1975]_.

    Examples
    --------
    >>> exact = (1 - (np.arange(100_000) + 0.5) / 100_000) ** (-1 / 3)  # quantiles of a Pareto law with alpha = 3
    >>> round(hill(exact, 0.05), 2)
    3.0
    """
    size = np.sort(np.abs(_series(returns, 2)))[::-1]
    k = _tail_size(len(size), share)
    if size[k] == 0.0:
        return math.nan
    excess = float(np.mean(np.log(size[:k]) - math.log(size[k])))
    return 1.0 / excess if excess > 0.0 else math.nan


def tail_index(returns: ArrayLike, share: float = 0.05, confidence: float = 0.95) -> Estimate:
    """Return Hill's tail index with the interval alpha (1 +- z / sqrt(k)), which supposes independent returns.

    Parameters
    ----------
    returns : array_like, shape (num_returns,)
    share : float
        Of the returns that are taken for the tail, in (0, 1).
    confidence : float
        Of the interval, in (0, 1).

    Returns
    -------
    Estimate
        Of one series; its method says how many returns are in the tail.

    Examples
    --------
    >>> estimate = tail_index(1 / np.arange(1.0, 401.0), 0.25)
    >>> print(estimate, "|", estimate.method)
    1.02 [0.82, 1.22] | Hill, 100 of 400 returns, 95%
    """
    value, k = hill(returns, share), _tail_size(np.size(returns), share)
    method = f"Hill, {k} of {np.size(returns)} returns, {100 * confidence:g}%"
    if math.isnan(value):
        return Estimate.undefined("the tail is not above zero, or its values are equal", 1, method)
    return _normal_interval(value, value / math.sqrt(k), confidence, method)


def autocorrelation(values: ArrayLike, num_lags: int) -> NDArray[np.float64]:
    """Return the autocorrelations at lags 0 to ``num_lags``: sum_t d_t d_{t+l} / sum_t d_t^2, d = x - mean.

    Parameters
    ----------
    values : array_like, shape (num_values,)
    num_lags : int
        Between 0 and num_values - 1.

    Returns
    -------
    ndarray, shape (num_lags + 1,)
        In [-1, 1]; NaN if all values are equal.

    Examples
    --------
    >>> autocorrelation([1, -1, 1, -1], 2).tolist()
    [1.0, -0.75, 0.5]
    """
    series = _series(values, 1)
    if not 0 <= num_lags < len(series):
        raise ParameterError(f"num_lags: {num_lags} is not accepted; accepted: 0 to {len(series) - 1}")
    d = series - series.mean()
    total = float(d @ d)
    if total == 0.0 or np.ptp(series) == 0.0:
        return np.full(num_lags + 1, math.nan)
    return np.array([d[lag:] @ d[: len(d) - lag] for lag in range(num_lags + 1)]) / total


def white_noise_band(num_values: int, confidence: float = 0.95) -> float:
    """Return z / sqrt(n): independent values have an autocorrelation within +- this band at a share of lags.

    Examples
    --------
    >>> round(white_noise_band(10_000), 4)
    0.0196
    """
    return NormalDist().inv_cdf(0.5 + confidence / 2) / math.sqrt(num_values)


def excess_kurtosis(values: ArrayLike) -> float:
    """Return m_4 / m_2^2 - 3 of central moments: 0 for a normal law, > 0 for fat tails; NaN if all are equal.

    Examples
    --------
    >>> excess_kurtosis([-1, 1, -1, 1])
    -2.0
    """
    series = _series(values, 1)
    d = series - series.mean()
    variance = float(np.mean(d * d))
    if variance == 0.0 or np.ptp(series) == 0.0:
        return math.nan
    return float(np.mean(d**4)) / variance**2 - 3.0


def stylised_facts(returns: ArrayLike) -> StylisedFacts:
    """Return all stylised facts of one series; NaN throughout if there are fewer than 100 returns.

    Examples
    --------
    >>> facts = stylised_facts(np.random.default_rng(1).standard_t(3, 100_000))
    >>> round(facts.tail_index_025, 1), abs(facts.volatility_correlation) < 0.01
    (2.8, True)
    """
    series = _series(returns, 0)
    if len(series) < FEWEST:
        return StylisedFacts(*[math.nan] * len(StylisedFacts._fields))
    of_returns, of_sizes = autocorrelation(series, NUM_LAGS), autocorrelation(np.abs(series), NUM_LAGS)
    return StylisedFacts(
        volatility=float(series.std()),
        excess_kurtosis=excess_kurtosis(series),
        tail_index_025=hill(series, 0.025),
        tail_index_050=hill(series, 0.05),
        tail_index_100=hill(series, 0.1),
        return_correlation_1=float(of_returns[1]),
        return_correlation=float(of_returns[2:].mean()),
        volatility_correlation=float(of_sizes[1:].mean()),
    )


def block_bootstrap(
    values: ArrayLike,
    statistic: Callable[[NDArray[np.float64]], float],
    block: int | None = None,
    confidence: float = 0.95,
    num_resamples: int = 300,
    seed: int = 0,
) -> Estimate:
    """Return a statistic of one series with the normal interval of the circular block bootstrap.

    Series are put together from blocks of neighbours that begin anywhere, the end being followed by the beginning. The
    seams between blocks bias what looks across them, so that the resamples serve for the standard error alone.

    Parameters
    ----------
    values : array_like, shape (num_values,)
    statistic : callable
        From such an array to a number; resamples for which it is NaN do not count.
    block : int, optional
        Length of a block, in [1, num_values]; by default 10 n^(1/3), since volatility is remembered for long.
    confidence : float
        Of the interval, in (0, 1).
    num_resamples : int
        >= 2.
    seed : int
        Of the resampling, >= 0.

    Returns
    -------
    Estimate
        Of one series; NaN with a reason if the statistic is.

    Source
    ------
    [Politis1992]_.

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(size=2500)
    >>> print(block_bootstrap(noise, np.std))
    1.00 [0.97, 1.03]
    """
    series = _series(values, 2)
    n = len(series)
    length = min(n, math.ceil(10.0 * n ** (1 / 3))) if block is None else block
    if not 1 <= length <= n or num_resamples < 2:
        raise ParameterError(
            f"block: {length}, num_resamples: {num_resamples} are not accepted; accepted: 1 to {n}, >= 2"
        )
    method = f"circular block bootstrap, blocks of {length}, {100 * confidence:g}%"
    value = float(statistic(series))
    if math.isnan(value):
        return Estimate.undefined("the series leaves the statistic undefined", 1, method)
    generator = np.random.Generator(np.random.SFC64(seed))
    starts = generator.integers(n, size=(num_resamples, math.ceil(n / length)))
    found = [float(statistic(series[((first[:, None] + np.arange(length)) % n).ravel()[:n]])) for first in starts]
    return _normal_interval(value, float(np.nanstd(found, ddof=1)), confidence, method)


def facts_of_runs(series: list[NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Return the stylised facts of each run's returns, as columns of the table ``run``.

    Examples
    --------
    >>> columns = facts_of_runs([np.zeros(5), np.zeros(200)])
    >>> columns["volatility"].tolist()
    [nan, 0.0]
    """
    facts = [stylised_facts(returns) for returns in series]
    return {name: np.array([getattr(fact, name) for fact in facts]) for name in StylisedFacts._fields}


def typical_tail_index(result: Result) -> Estimate:
    """Median over runs of Hill's tail index of the largest 5% of absolute returns.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> runs = SimpleNamespace(runs=pd.DataFrame({"tail_index_050": [2.5, 2.0, 3.0, math.nan]}))
    >>> print(typical_tail_index(runs).value)
    2.5
    """
    return median(_defined(result, "tail_index_050"))


def typical_excess_kurtosis(result: Result) -> Estimate:
    """Median over runs of the excess kurtosis of returns; a mean would be that of the few largest crashes.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> runs = SimpleNamespace(runs=pd.DataFrame({"excess_kurtosis": [4.0, 90.0, 8.0]}))
    >>> print(typical_excess_kurtosis(runs).value)
    8.0
    """
    return median(_defined(result, "excess_kurtosis"))


def return_correlation(result: Result) -> Estimate:
    """Mean over runs of the mean autocorrelation of returns at lags 2 to 50.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> runs = SimpleNamespace(runs=pd.DataFrame({"return_correlation": [-0.01, 0.01]}))
    >>> print(return_correlation(runs).value)
    0.0
    """
    return mean(_defined(result, "return_correlation"))


def volatility_correlation(result: Result) -> Estimate:
    """Mean over runs of the mean autocorrelation of absolute returns at lags 1 to 50: volatility clustering if > 0.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> runs = SimpleNamespace(runs=pd.DataFrame({"volatility_correlation": [0.1, 0.2, 0.3]}))
    >>> print(round(volatility_correlation(runs).value, 12))
    0.2
    """
    return mean(_defined(result, "volatility_correlation"))


def _defined(result: Result, column: str) -> NDArray[np.float64]:
    """Return a column of the table ``run`` where it is defined."""
    values = result.runs[column].to_numpy(float)
    return np.asarray(values[np.isfinite(values)])


def _tail_size(num_returns: int, share: float) -> int:
    """Return how many returns are in the tail, of which one more is needed."""
    if not 0.0 < share < 1.0:
        raise ParameterError(f"share: {share} is not accepted; accepted: a number between 0 and 1, both excluded")
    return min(max(1, int(share * num_returns)), num_returns - 1)


def _normal_interval(value: float, standard_error: float, confidence: float, method: str) -> Estimate:
    """Return an estimate of one series with a normal interval."""
    reach = NormalDist().inv_cdf(0.5 + confidence / 2) * standard_error
    return Estimate(value, value - reach, value + reach, 1, method=method, standard_error=standard_error)


def _series(values: ArrayLike, fewest: int) -> NDArray[np.float64]:
    """Return one series of finite numbers."""
    series = np.asarray(values, float)
    if series.ndim != 1 or len(series) < fewest:
        raise ParameterError(f"a series of shape {series.shape} is not accepted; accepted: {fewest} numbers or more")
    if not np.isfinite(series).all():
        t = int(np.flatnonzero(~np.isfinite(series))[0])
        raise ParameterError(f"values[{t}]: {series[t]} is not accepted; accepted: finite numbers")
    return series
