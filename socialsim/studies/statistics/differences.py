r"""The difference between two sets of runs: its interval at any confidence, its p value, and effect sizes.

For estimates a and b, each with an interval of the same confidence, [l_a, u_a] and [l_b, u_b], and the correlation r of
the two, the difference d = a - b has the interval

    d - sqrt(x^2 - 2 r x y + y^2),   x = a - l_a,  y = u_b - b
    d + sqrt(x^2 - 2 r x y + y^2),   x = u_a - a,  y = b - l_b                                         (1)

It needs the two intervals alone and keeps their asymmetry ([Zou2008]_). What the intervals are depends on the outcome:

- shares: Wilson's. (1) with r = 0 is then method 10 of [Newcombe1998]_. For runs in pairs r is the phi coefficient of
  the 2 x 2 table, with a continuity correction: method 10 of [Newcombe1998b]_;
- means: Student's. Equation (1) is then replaced by Welch's interval ([Welch1947]_), and for runs in pairs by that of
  Student for the mean of the differences;
- others (a median, a bootstrap): the ends of a 95% interval, whose distances from the estimate are scaled by z / 1.96.

The p value of a hypothesis d <= d0 is the level at which the lower end of the interval is d0, so that test and interval
always agree. Where no run differs from another, numbers have no interval and no p value; shares have both.

Two points have their runs in pairs where the study uses common random numbers: equal replications draw from the same
streams. Metrics are known as estimates alone and are taken to be independent, which with common random numbers makes
the intervals of their differences too wide where streams that favour one point favour the other too.

An effect size has no unit:

    shares     h = 2 arcsin sqrt(a) - 2 arcsin sqrt(b),  variance 1/n_a + 1/n_b, in pairs 2 (1 - r)/n   [Cohen1988]_
    means      g = J d / s,  J = 1 - 3/(4 (n_a + n_b) - 9),  s^2 the pooled variance,
               variance (n_a + n_b)/(n_a n_b) + g^2/(2 (n_a + n_b))                                     [Hedges1985]_
    in pairs   d_z = mean / standard deviation of the differences,  variance 1/n + d_z^2/(2 n)          [Cohen1988]_
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from socialsim.core.estimate import Estimate
from socialsim.metrics.estimates import mean

if TYPE_CHECKING:
    import pandas as pd

Z = NormalDist().inv_cdf(0.975)
FARTHEST = 38.0  # standard errors, beyond which a p value is below what double precision holds
Interval = tuple[float, float]
SHARE, MEAN = "Wilson", "Student"


@dataclass(frozen=True)
class Sample:
    """The runs of one point: an outcome with its interval and, where they come in pairs, one by one.

    Parameters
    ----------
    estimate : Estimate
        With a 95% interval.
    values : Series, optional
        A number a run, by replication, if equal replications of two points draw from the same streams.

    Examples
    --------
    >>> Sample(mean([1.0, 2.0, 3.0])).is_share
    False
    """

    estimate: Estimate
    values: pd.Series | None = None

    @property
    def is_share(self) -> bool:
        """Whether the outcome is a share of runs."""
        return self.estimate.method.startswith(SHARE)

    @property
    def is_mean(self) -> bool:
        """Whether the outcome is a mean of runs."""
        return self.estimate.method.startswith(MEAN)

    @property
    def standard_error(self) -> float:
        """Of a mean: from its interval, since a summary keeps no more; NaN if there is none."""
        from scipy.special import stdtrit

        estimate = self.estimate
        if estimate.num_runs < 2:
            return math.nan
        return (estimate.high - estimate.low) / 2 / float(stdtrit(estimate.num_runs - 1, 0.975))

    @property
    def spread(self) -> float:
        """Standard deviation of one run; of a share that of its interval's middle, which is never without spread."""
        if self.is_share:
            middle = (self.estimate.low + self.estimate.high) / 2
            return math.sqrt(middle * (1 - middle))
        return self.standard_error * math.sqrt(self.estimate.num_runs)


class Difference(ABC):
    """A difference: `value`, and the interval and the p value that its kind has."""

    value: float

    @abstractmethod
    def interval(self, confidence: float = 0.95) -> Interval:
        """Return the two ends, NaN where there are none."""

    @abstractmethod
    def tail(self, tested: float = 0.0) -> float:
        """Return the p value of the hypothesis that the difference is `tested` or less."""

    def p_value(self) -> float:
        """Return the two-sided p value of the hypothesis that there is no difference."""
        upper = self.tail()
        return 2 * min(upper, 1 - upper)


@dataclass(frozen=True)
class StudentDifference(Difference):
    """A difference of means: value, standard error and degrees of freedom.

    Examples
    --------
    >>> found = StudentDifference(2.0, 1.0, 10.0)
    >>> [round(end, 3) for end in found.interval()], round(found.p_value(), 4)
    ([-0.228, 4.228], 0.0734)
    """

    value: float
    error: float
    freedom: float

    def interval(self, confidence: float = 0.95) -> Interval:
        """Return d -+ t se."""
        from scipy.special import stdtrit

        half = float(stdtrit(self.freedom, 0.5 + confidence / 2)) * self.error if self.error > 0 else math.nan
        return self.value - half, self.value + half

    def tail(self, tested: float = 0.0) -> float:
        """Return P(T >= (d - d0) / se)."""
        from scipy.special import stdtr

        return float(stdtr(self.freedom, (tested - self.value) / self.error)) if self.error > 0 else math.nan


@dataclass(frozen=True)
class RecoveredDifference(Difference):
    """A difference of which the intervals of both sides are known: equation (1).

    Parameters
    ----------
    value : float
    first, second : callable
        From a normal quantile z to the distances of the lower and the upper end from the estimate.
    correlation : float
        r, in [-1, 1].

    Examples
    --------
    >>> found = RecoveredDifference(0.2, wilson(0.8, 70), wilson(0.6, 80))
    >>> [round(end, 4) for end in found.interval()]  # table II, row (a), of Newcombe 1998
    [0.0524, 0.3339]
    """

    value: float
    first: Callable[[float], Interval]
    second: Callable[[float], Interval]
    correlation: float = 0.0

    def interval(self, confidence: float = 0.95) -> Interval:
        """Return equation (1)."""
        z = NormalDist().inv_cdf(0.5 + confidence / 2)
        return self._low(z), self._high(z)

    def tail(self, tested: float = 0.0) -> float:
        """Return the level at which the interval ends at `tested`."""
        if not self._high(1.0) > self._low(1.0):  # NaN, or no spread
            return math.nan
        if tested <= self.value:
            return NormalDist().cdf(-_crossing(lambda z: self._low(z) - tested))
        return NormalDist().cdf(_crossing(lambda z: tested - self._high(z)))

    def _low(self, z: float) -> float:
        return self.value - self._distance(self.first(z)[0], self.second(z)[1])

    def _high(self, z: float) -> float:
        return self.value + self._distance(self.first(z)[1], self.second(z)[0])

    def _distance(self, x: float, y: float) -> float:
        return math.sqrt(max(x * x - 2 * self.correlation * x * y + y * y, 0.0))


def difference(first: Sample, second: Sample) -> Difference:
    """Return the difference between two samples, in pairs where both hold their runs.

    Examples
    --------
    >>> print(difference(Sample(mean([3.0, 4.0, 5.0])), Sample(mean([1.0, 2.0, 3.0]))).value)
    2.0
    """
    if first.values is not None and second.values is not None:
        return _paired(first, second)
    a, b = first.estimate, second.estimate
    value = a.value - b.value
    if first.is_mean and second.is_mean:
        squares = first.standard_error**2, second.standard_error**2
        spread = squares[0] ** 2 / (a.num_runs - 1) + squares[1] ** 2 / (b.num_runs - 1) if sum(squares) > 0 else 0.0
        return StudentDifference(value, math.sqrt(sum(squares)), sum(squares) ** 2 / spread if spread else math.nan)
    return RecoveredDifference(value, _distances(first), _distances(second))


def wilson(share: float, num_runs: int) -> Callable[[float], Interval]:
    """Return the function from z to the distances from a share to the ends of Wilson's interval.

    Examples
    --------
    >>> [round(distance, 4) for distance in wilson(0.8, 70)(1.96)]
    [0.1082, 0.077]
    """

    def distances(z: float) -> Interval:
        shrink = 1 + z * z / num_runs
        shift = (share + z * z / (2 * num_runs)) / shrink - share
        half = z * math.sqrt(share * (1 - share) / num_runs + (z / (2 * num_runs)) ** 2) / shrink
        return max(half - shift, 0.0), max(half + shift, 0.0)

    return distances


def correlation(first: Sample, second: Sample) -> float:
    """Return the phi coefficient of shares in pairs, with the correction of [Newcombe1998b]_; 0 where it has none.

    Examples
    --------
    >>> import pandas as pd
    >>> one, other = (pd.Series([1.0] * k + [0.0] * (100 - k)) for k in (60, 40))
    >>> print(round(correlation(Sample(mean(one), one), Sample(mean(other), other)), 4))
    0.6458
    """
    a, b = _aligned(first, second)
    both, neither, num = float((a * b).sum()), float(((1 - a) * (1 - b)).sum()), len(a)
    one, other = float((a * (1 - b)).sum()), float(((1 - a) * b).sum())
    product = both * neither - one * other
    scale = math.sqrt((both + one) * (other + neither) * (both + other) * (one + neither))
    return (max(product - num / 2, 0.0) if product > 0 else product) / scale if scale else 0.0


def effect(first: Sample, second: Sample) -> tuple[float, float, float, str]:
    """Return an effect size, its 95% interval and its name; NaN where the outcome has none.

    Examples
    --------
    >>> size, low, high, name = effect(Sample(mean([3.0, 4.0, 5.0])), Sample(mean([1.0, 2.0, 3.0])))
    >>> print(f"{name} = {size:.2f} [{low:.2f}, {high:.2f}]")
    Hedges' g = 1.60 [-0.24, 3.44]
    """
    a, b = first.estimate, second.estimate
    are_paired = first.values is not None and second.values is not None
    if math.isnan(a.value) or math.isnan(b.value):
        return math.nan, math.nan, math.nan, ""
    if first.is_share and second.is_share:
        size = 2 * math.asin(math.sqrt(a.value)) - 2 * math.asin(math.sqrt(b.value))
        common = correlation(first, second) / math.sqrt(a.num_runs * b.num_runs) if are_paired else 0.0
        return _with_interval(size, 1 / a.num_runs + 1 / b.num_runs - 2 * common, "Cohen's h")
    if are_paired:
        a_runs, b_runs = _aligned(first, second)
        pairs = a_runs - b_runs
        if len(pairs) > 1 and pairs.std() > 0:
            size = float(pairs.mean() / pairs.std())
            return _with_interval(size, (1 + size**2 / 2) / len(pairs), "d_z")
    elif first.is_mean and second.is_mean:
        num = a.num_runs + b.num_runs
        pooled = sum((each.estimate.num_runs - 1) * each.spread**2 for each in (first, second)) / (num - 2)
        if pooled > 0:
            size = (1 - 3 / (4 * num - 9)) * (a.value - b.value) / math.sqrt(pooled)
            return _with_interval(size, num / (a.num_runs * b.num_runs) + size**2 / (2 * num), "Hedges' g")
    return math.nan, math.nan, math.nan, ""


def _paired(first: Sample, second: Sample) -> Difference:
    """Return the difference over the replications that both samples have."""
    a, b = _aligned(first, second)
    if first.is_share and len(a):
        shares = float(a.mean()), float(b.mean())
        one, other = (wilson(share, len(a)) for share in shares)
        return RecoveredDifference(shares[0] - shares[1], one, other, correlation(first, second))
    found = mean(a - b)
    return StudentDifference(found.value, found.standard_error, float(found.num_runs - 1))


def _aligned(first: Sample, second: Sample) -> tuple[pd.Series, pd.Series]:
    """Return the runs of the replications that both samples have."""
    assert first.values is not None
    assert second.values is not None
    return first.values.align(second.values, join="inner")


def _distances(sample: Sample) -> Callable[[float], Interval]:
    """Return the function from z to the distances from an estimate to the ends of its interval."""
    estimate = sample.estimate
    if sample.is_share and estimate.num_runs:
        return wilson(estimate.value, estimate.num_runs)
    return lambda z: ((estimate.value - estimate.low) * z / Z, (estimate.high - estimate.value) * z / Z)


def _crossing(signed: Callable[[float], float]) -> float:
    """Return where a decreasing function of z that starts at 0 or above meets 0."""
    from scipy.optimize import brentq

    if signed(FARTHEST) > 0:
        return FARTHEST
    return float(brentq(signed, 0.0, FARTHEST, xtol=1e-12)) if signed(0.0) > 0 else 0.0


def _with_interval(size: float, variance: float, name: str) -> tuple[float, float, float, str]:
    return size, size - Z * math.sqrt(variance), size + Z * math.sqrt(variance), name
