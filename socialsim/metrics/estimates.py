r"""Estimates from independent runs: shares, means, quantiles and any other statistic, each with an interval.

The run is the unit of inference: every function takes one number a run and returns an `Estimate`.

- share (Wilson 1927): the set of p with |p_hat - p| <= z sqrt(p (1 - p) / n), which stays inside [0, 1];
- mean (Student 1908): x_bar -+ t_{n-1} s / sqrt(n);
- ratio of two sums over runs (Fieller's setting, delta method), such as false findings to findings;
- quantile: two order statistics. The number of values at or below the quantile is binomial(n, q), so the interval
  needs no assumption about the distribution and covers with at least the stated confidence;
- anything else: the percentile bootstrap (Efron 1979), which resamples runs.

scipy.special is imported where it is needed: a share, the commonest estimate, needs none of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate


def proportion(outcomes: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Return the share of runs with an outcome, with Wilson's interval.

        (p_hat + z^2/2n -+ z sqrt(p_hat (1 - p_hat)/n + z^2/4n^2)) / (1 + z^2/n)

    Parameters
    ----------
    outcomes : array_like of bool (or 0 and 1), shape (num_runs,)
        Whether each run had the outcome.
    confidence : float
        Of the interval, in (0, 1).

    Returns
    -------
    Estimate
        In [0, 1]; NaN with a reason if there is no run. Its standard error is half the interval's width over z, which
        is above zero even where all runs agree.

    Raises
    ------
    ParameterError
        If an outcome is neither true nor false, or the confidence is out of range.

    Source
    ------
    Wilson, E. B. (1927), Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> print(proportion([True] * 8 + [False] * 2))
    0.800 [0.490, 0.943]
    """
    outcomes, method = _runs(outcomes), _method("Wilson", confidence)
    if not np.isin(outcomes, (0, 1)).all():
        raise ParameterError("the outcomes of a proportion must be true or false, one for each run")
    n = outcomes.size
    if n == 0:
        return Estimate.undefined("no runs", method=method)
    share, z = float(outcomes.mean()), _normal_quantile(confidence)
    shrink = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half_width = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2) / shrink
    low = min(max(0.0, centre - half_width), share)  # at 0 and 1 rounding would exclude the share itself
    high = max(min(1.0, centre + half_width), share)
    return Estimate(share, low, high, n, method=method, standard_error=half_width / z)


def difference_of_proportions(first: Estimate, second: Estimate) -> Estimate:
    """Return p1 - p2 for two independent proportions, with Newcombe's interval built from theirs.

        low  = d - sqrt((p1 - low1)^2 + (high2 - p2)^2)
        high = d + sqrt((high1 - p1)^2 + (p2 - low2)^2),    d = p1 - p2

    Parameters
    ----------
    first, second : Estimate
        As `proportion` returns them.

    Returns
    -------
    Estimate
        Its ``num_runs`` is the smaller of the two.

    Source
    ------
    [Newcombe1998]_, method 10.

    Examples
    --------
    >>> print(difference_of_proportions(proportion([1] * 90 + [0] * 10), proportion([1] * 60 + [0] * 40)))
    0.300 [0.183, 0.408]
    """
    value = first.value - second.value
    low = value - math.hypot(first.value - first.low, second.high - second.value)
    high = value + math.hypot(first.high - first.value, second.value - second.low)
    error = math.hypot(first.standard_error, second.standard_error)
    if math.isnan(value):
        return Estimate.undefined(first.reason or second.reason)
    num_runs = min(first.num_runs, second.num_runs)
    return Estimate(value, low, high, num_runs, method="Newcombe, 95%", standard_error=error)


def mean(values: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Return the mean over runs, with Student's interval.

    Parameters
    ----------
    values : array_like of float, shape (num_runs,)
        One finite value for each run.
    confidence : float
        Of the interval, in (0, 1).

    Returns
    -------
    Estimate
        In the unit of the values; NaN with a reason if there is no run, without an interval if there is one.

    Raises
    ------
    ParameterError
        If a value is not finite or the confidence is out of range.

    Source
    ------
    Student (1908), Biometrika 6, 1-25.

    Examples
    --------
    >>> print(mean([1.0, 2.0, 3.0, 4.0]))
    2.50 [0.45, 4.55]
    >>> mean([]).reason
    'no runs'
    """
    values, method = _runs(values), _method("Student", confidence)
    n = values.size
    if n == 0:
        return Estimate.undefined("no runs", method=method)
    centre = float(values.mean())
    if n == 1:
        return _without_interval(centre, n, method, "one run gives no interval")
    from scipy.special import stdtrit

    standard_error = float(values.std(ddof=1)) / math.sqrt(n)
    half_width = float(stdtrit(n - 1, 0.5 + confidence / 2)) * standard_error
    return Estimate(centre, centre - half_width, centre + half_width, n, method=method, standard_error=standard_error)


def ratio(numerators: ArrayLike, denominators: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Return the ratio of two sums over runs, such as false findings to all findings.

        R = sum_r a_r / sum_r b_r,    se = s(a - R b) / (sqrt(n) b_bar)

    Runs with more in the denominator weigh more: it is the share among all findings, not the mean of the runs' shares.

    Parameters
    ----------
    numerators, denominators : array_like of float, shape (num_runs,)
        What each run contributes.
    confidence : float
        Of the interval, in (0, 1).

    Returns
    -------
    Estimate
        NaN with a reason if there is no run or the denominators sum to zero, without an interval if there is one run.

    Raises
    ------
    ParameterError
        If a value is not finite, the lengths differ or the confidence is out of range.

    Source
    ------
    [Cochran1977]_, section 2.11, with Student's quantile for few runs.

    Examples
    --------
    >>> print(ratio([1, 2, 3, 2], [10, 10, 20, 10]))
    0.160 [0.098, 0.222]
    >>> ratio([0, 0], [0, 0]).reason
    'the denominators sum to zero'
    """
    above, below, method = _runs(numerators), _runs(denominators), _method("delta method", confidence)
    if above.size != below.size:
        raise ParameterError(f"a ratio takes as many numerators as denominators; got {above.size} and {below.size}")
    if above.size == 0:
        return Estimate.undefined("no runs", method=method)
    if below.sum() == 0.0:
        return Estimate.undefined("the denominators sum to zero", method=method)
    value = float(above.sum() / below.sum())
    residuals = mean((above - value * below) / below.mean(), confidence)
    if above.size == 1:
        return _without_interval(value, 1, method, residuals.reason)
    low, high = value + residuals.low - residuals.value, value + residuals.high - residuals.value
    return Estimate(value, low, high, above.size, method=method, standard_error=residuals.standard_error)


def difference_of_means(first: Estimate, second: Estimate) -> Estimate:
    """Return x1 - x2 for the means of two independent sets of runs, with Welch's interval.

        d -+ t_nu sqrt(se1^2 + se2^2),    nu = (se1^2 + se2^2)^2 / (se1^4/(n1 - 1) + se2^4/(n2 - 1))

    Parameters
    ----------
    first, second : Estimate
        As `mean` and `ratio` return them.

    Returns
    -------
    Estimate
        With a 95% interval; its ``num_runs`` is the smaller of the two.

    Source
    ------
    [Welch1947]_.

    Examples
    --------
    >>> print(difference_of_means(mean([3.0, 4.0, 5.0]), mean([1.0, 2.0, 3.0])))
    2.00 [-0.27, 4.27]
    """
    method = "Welch, 95%"
    value = first.value - second.value
    if math.isnan(value):
        return Estimate.undefined(first.reason or second.reason, method=method)
    num_runs = min(first.num_runs, second.num_runs)
    squares = first.standard_error**2, second.standard_error**2
    if math.isnan(sum(squares)):
        return _without_interval(value, num_runs, method, "one run gives no interval")
    from scipy.special import stdtrit

    error = math.sqrt(sum(squares))
    spread = squares[0] ** 2 / (first.num_runs - 1) + squares[1] ** 2 / (second.num_runs - 1)
    freedom = sum(squares) ** 2 / spread if spread > 0 else math.inf
    half_width = float(stdtrit(freedom, 0.975)) * error if error > 0 else 0.0
    return Estimate(value, value - half_width, value + half_width, num_runs, method=method, standard_error=error)


def quantile(values: ArrayLike, q: float, confidence: float = 0.95) -> Estimate:
    """Return a quantile over runs, with an interval between two order statistics.

    The ends are the l-th and u-th smallest values, l the largest with P(B < l) <= alpha/2 and u the smallest with
    P(B >= u) <= alpha/2, where B is binomial(n, q) and alpha = 1 - confidence.

    Parameters
    ----------
    values : array_like of float, shape (num_runs,)
        One finite value for each run.
    q : float
        Which quantile, in (0, 1).
    confidence : float
        Of the interval, in (0, 1); the coverage is at least this.

    Returns
    -------
    Estimate
        In the unit of the values; without an interval if the runs are too few for one.

    Raises
    ------
    ParameterError
        If a value is not finite, or q or the confidence is out of range.

    Source
    ------
    David, H. A. and Nagaraja, H. N. (2003), Order Statistics, section 7.1.

    Examples
    --------
    >>> print(quantile(range(101), 0.5))
    50.0 [40.0, 60.0]
    >>> quantile([3, 4], 0.5).reason
    '2 runs are too few for an interval'
    """
    values, method = np.sort(_runs(values)), _method("order statistics", confidence)
    if not 0 < q < 1:
        raise ParameterError(f"a quantile lies between 0 and 1, both excluded; got {q}")
    n = values.size
    if n == 0:
        return Estimate.undefined("no runs", method=method)
    from scipy.special import bdtr, bdtrc

    centre, tail = float(np.quantile(values, q)), (1 - confidence) / 2
    ranks = np.arange(1, n + 1)
    lower = ranks[bdtr(ranks - 1, n, q) <= tail]  # P(B <= l - 1)
    upper = ranks[bdtrc(ranks - 1, n, q) <= tail]  # P(B > u - 1)
    if not (lower.size and upper.size):
        return _without_interval(centre, n, method, f"{n} run{'s' * (n > 1)} are too few for an interval")
    low, high = float(values[lower[-1] - 1]), float(values[upper[0] - 1])
    standard_error = (high - low) / (2 * _normal_quantile(confidence))
    return Estimate(centre, low, high, n, method=method, standard_error=standard_error)


def median(values: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Return the median over runs, with an interval between two order statistics: `quantile` at one half.

    Examples
    --------
    >>> print(median(range(101)))
    50.0 [40.0, 60.0]
    """
    return quantile(values, 0.5, confidence)


def bootstrap(
    values: ArrayLike,
    statistic: Callable[[NDArray[Any]], float],
    confidence: float = 0.95,
    num_resamples: int = 2000,
    seed: int = 0,
) -> Estimate:
    """Return any statistic of the runs, with the percentile interval of the bootstrap.

    Parameters
    ----------
    values : array_like, shape (num_runs, ...)
        What was measured in each run; whole runs are drawn with replacement.
    statistic : callable
        From an array of that shape to a finite number.
    confidence : float
        Of the interval, in (0, 1).
    num_resamples : int
        Bootstrap samples, >= 1.
    seed : int
        Of the resampling, >= 0: the same values give the same interval.

    Returns
    -------
    Estimate
        In the unit of the statistic; NaN with a reason if there is no run, without an interval if there is one.

    Raises
    ------
    ParameterError
        If a value is not finite or a parameter is out of range.

    Source
    ------
    Efron, B. (1979), Annals of Statistics 7, 1-26.

    Examples
    --------
    >>> print(bootstrap(range(101), np.median))
    50.0 [40.0, 60.0]
    """
    runs, method = _finite(np.asarray(values, dtype=float)), _method("bootstrap", confidence)
    if num_resamples < 1:
        raise ParameterError(f"num_resamples must be >= 1; got {num_resamples}")
    n = len(runs)
    if n == 0:
        return Estimate.undefined("no runs", method=method)
    value = float(statistic(runs))
    if n == 1:
        return _without_interval(value, n, method, "one run gives no interval")
    stream = np.random.Generator(np.random.SFC64(seed))
    resampled = np.array([statistic(runs[stream.integers(n, size=n)]) for _ in range(num_resamples)])
    low, high = np.quantile(resampled, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(value, float(low), float(high), n, method=method, standard_error=float(resampled.std()))


def _runs(values: ArrayLike) -> NDArray[np.float64]:
    """Return the values as floats, one a run."""
    runs = np.asarray(values, dtype=float)
    if runs.ndim != 1:
        raise ParameterError(f"an estimate takes one value for each run, a single axis; got shape {runs.shape}")
    return _finite(runs)


def _finite(runs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Refuse undefined runs: to leave them out silently would change what is estimated."""
    if not np.isfinite(runs).all():
        raise ParameterError("a run's value is NaN or infinite; select the runs in which the quantity is defined first")
    return runs


def _method(name: str, confidence: float) -> str:
    """Return how the interval is made, after checking its confidence."""
    if not 0 < confidence < 1:
        raise ParameterError(f"confidence must lie between 0 and 1, both excluded; got {confidence}")
    return f"{name}, {100 * confidence:g}%"


def _normal_quantile(confidence: float) -> float:
    """Return z, 1.96 for a confidence of 95%."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def _without_interval(value: float, num_runs: int, method: str, reason: str) -> Estimate:
    """Return an estimate whose value is defined but whose interval is not."""
    nan = math.nan
    return Estimate(value, nan, nan, num_runs, method=method, reason=reason, standard_error=nan)
