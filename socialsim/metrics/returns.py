r"""Stylised facts of asset returns: fat tails, no memory of the sign, a long one of the size.

Of prices p_0, ..., p_n the log returns are r_t = ln(p_t / p_{t-1}). Whatever the market, three things are found
([Cont2001]_):

- **fat tails**: P(|r| > x) falls as x^{-alpha} with alpha around 3, estimated by Hill's alpha over the k largest of the
  ordered |r|_(1) >= |r|_(2) >= ...                                                               ([Hill1975]_)

      1 / alpha = (1/k) sum_{j <= k} ln(|r|_(j) / |r|_(k+1)),    standard error alpha / sqrt(k)

- **no autocorrelation** of returns: it is near zero at lag 1, few lags leave the band that is robust to clustered
  volatility, and the variance ratio is near 1 (`socialsim.metrics.series`);
- **volatility clustering**: the autocorrelation of |r| is positive over many lags.

Hill's standard error supposes independent returns, which clustered ones are not;
`socialsim.metrics.series.self_normalised` gives an approximate interval that allows for it. The excess kurtosis gets
no interval: where alpha <= 4, as in most markets, the fourth moment that it estimates does not exist, and its standard
error needs eight moments. A statistic of a series that leaves it undefined, such as the kurtosis of a constant, is NaN.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import median
from socialsim.metrics.runs import over_runs
from socialsim.metrics.series import (
    autocorrelation,
    autocorrelation_bands,
    finite_series,
    self_normalised,
    variance_ratio,
)

FEWEST = 100  # returns, below which stylised facts are left undefined
NUM_LAGS = 50  # of autocorrelations
HORIZON = 20  # steps of the variance ratio
UNDEFINED = f"no run has {FEWEST} returns of prices above zero that move"


class StylisedFacts(NamedTuple):
    """The stylised facts of one series; NaN where it leaves them undefined."""

    volatility: float  # standard deviation of returns, per step
    excess_kurtosis: float
    tail_index_025: float  # Hill's, of the largest 2.5% of absolute returns
    tail_index_050: float  # 5%
    tail_index_100: float  # 10%
    return_correlation: float  # autocorrelation of returns at lag 1
    correlated_lags: float  # share of lags 1 to 50 at which it is outside the 95% band of none
    variance_ratio: float  # over 20 steps; 1 without correlation
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
    values = finite_series(prices, 2)
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
    size = np.sort(np.abs(finite_series(returns, 2)))[::-1]
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
    error = value / math.sqrt(k)
    reach = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    return Estimate(value, value - reach, value + reach, 1, method=method, standard_error=error)


def excess_kurtosis(values: ArrayLike) -> float:
    """Return m_4 / m_2^2 - 3 of central moments: 0 for a normal law, > 0 for fat tails; NaN if all are equal.

    Examples
    --------
    >>> excess_kurtosis([-1, 1, -1, 1])
    -2.0
    """
    series = finite_series(values, 1)
    d = series - series.mean()
    variance = float(np.mean(d * d))
    if variance == 0.0 or np.ptp(series) == 0.0:
        return math.nan
    return float(np.mean(d**4)) / variance**2 - 3.0


def kurtosis(returns: ArrayLike) -> Estimate:
    """Return the excess kurtosis as an estimate without an interval, and why it has none.

    Examples
    --------
    >>> estimate = kurtosis(np.random.default_rng(1).standard_t(3, 4000))
    >>> print(estimate, "|", estimate.reason)
    20.8298 | the tail index may be 4 or less, and then there is no fourth moment
    """
    value = excess_kurtosis(returns)
    if math.isnan(value):
        return Estimate.undefined("all returns are equal", 1)
    reason = "its standard error needs eight moments"
    if not self_normalised(returns, hill).low > 4.0:
        reason = "the tail index may be 4 or less, and then there is no fourth moment"
    return Estimate(value, math.nan, math.nan, 1, reason=reason, standard_error=math.nan)


def stylised_facts(returns: ArrayLike) -> StylisedFacts:
    """Return all stylised facts of one series; NaN throughout if there are fewer than 100 returns.

    Examples
    --------
    >>> facts = stylised_facts(np.random.default_rng(1).standard_t(3, 100_000))
    >>> round(facts.tail_index_025, 1), abs(facts.volatility_correlation) < 0.01
    (2.8, True)
    """
    series = finite_series(returns, 0)
    if len(series) < FEWEST:
        return StylisedFacts(*[math.nan] * len(StylisedFacts._fields))
    of_returns, bands = autocorrelation(series, NUM_LAGS)[1:], autocorrelation_bands(series, NUM_LAGS)
    return StylisedFacts(
        volatility=float(series.std()),
        excess_kurtosis=excess_kurtosis(series),
        tail_index_025=hill(series, 0.025),
        tail_index_050=hill(series, 0.05),
        tail_index_100=hill(series, 0.1),
        return_correlation=float(of_returns[0]),
        correlated_lags=math.nan if np.isnan(bands).any() else float(np.mean(np.abs(of_returns) > bands)),
        variance_ratio=variance_ratio(series, HORIZON),
        volatility_correlation=float(autocorrelation(np.abs(series), NUM_LAGS)[1:].mean()),
    )


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
    return over_runs(result, "tail_index_050", UNDEFINED, median)


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
    return over_runs(result, "excess_kurtosis", UNDEFINED, median)


def return_correlation(result: Result) -> Estimate:
    """Mean over runs of the autocorrelation of returns at lag 1.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> runs = SimpleNamespace(runs=pd.DataFrame({"return_correlation": [-0.01, 0.01]}))
    >>> print(return_correlation(runs).value)
    0.0
    """
    return over_runs(result, "return_correlation", UNDEFINED)


def correlated_lags(result: Result) -> Estimate:
    """Mean share of lags 1 to 50 at which returns are correlated beyond the 95% band of none; .05 if they are not.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> runs = SimpleNamespace(runs=pd.DataFrame({"correlated_lags": [0.04, 0.06]}))
    >>> print(correlated_lags(runs).value)
    0.05
    """
    return over_runs(result, "correlated_lags", UNDEFINED)


def typical_variance_ratio(result: Result) -> Estimate:
    """Median over runs of the variance ratio over 20 steps: 1 for a random walk, near 0 if prices always come back.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> runs = SimpleNamespace(runs=pd.DataFrame({"variance_ratio": [0.9, 1.0, 1.2]}))
    >>> print(typical_variance_ratio(runs).value)
    1.0
    """
    return over_runs(result, "variance_ratio", UNDEFINED, median)


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
    return over_runs(result, "volatility_correlation", UNDEFINED)


def _tail_size(num_returns: int, share: float) -> int:
    """Return how many returns are in the tail, of which one more is needed."""
    if not 0.0 < share < 1.0:
        raise ParameterError(f"share: {share} is not accepted; accepted: a number between 0 and 1, both excluded")
    return min(max(1, int(share * num_returns)), num_returns - 1)
