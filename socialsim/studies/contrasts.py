"""Contrasts: how much an outcome differs between the levels of a factor, the other factors being equal.

For estimates a and b of two independent sets of runs, with 95% intervals [l_a, u_a] and [l_b, u_b], the difference
d = a - b has the interval

    [ d - sqrt((a - l_a)^2 + (u_b - b)^2),  d + sqrt((u_a - a)^2 + (b - l_b)^2) ]                      (1)

([Zou2008]_, MOVER: it needs the two intervals alone, and keeps their asymmetry; for shares with Wilson's intervals it
is [Newcombe1998]_, method 10). At another confidence the distances in (1) are scaled by z / 1.96, and

    p = 2 (1 - Phi(1.96 |d - d0| / m)),      m the distance in (1) on the side of d0,                  (2)

is the level at which the interval ends at the difference d0 that is tested, 0 here. With common random numbers the two
sets are not independent, and (1) is too wide; a column of the runs is then compared run by run, by Student's t of the
differences.

An effect size has no unit:

    shares      Cohen's h = 2 arcsin sqrt(a) - 2 arcsin sqrt(b), variance 1/n_a + 1/n_b             [Cohen1988]_
    means       Hedges' g = J d / s,  J = 1 - 3/(4 (n_a + n_b) - 9),  s^2 pooled,
                variance (n_a + n_b)/(n_a n_b) + g^2/(2 (n_a + n_b))                                [Hedges1985]_
    run by run  d_z = mean / standard deviation of the differences, variance 1/n + d_z^2/(2 n)      [Cohen1988]_

Many contrasts at once find differences where there are none. The p values are corrected by Holm's method (``holm``: the
chance of any false finding is at most .05 [Holm1979]_), or Benjamini and Hochberg's (``benjamini_hochberg``: the
expected share of false ones among the findings is [Benjamini1995]_), over all rows of the table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError, unknown
from socialsim.core.estimate import Estimate
from socialsim.metrics.estimates import mean, proportion
from socialsim.studies.store import DONE

if TYPE_CHECKING:
    import pandas as pd

    from socialsim.studies.study import Study

Z = 1.959963984540054  # of a 95% interval
Group = tuple[tuple[Any, ...], dict[Any, Hashable]]  # values of the other parameters, level -> key
NO_EFFECT = (math.nan, math.nan, math.nan, "")
COLUMNS = ("difference", "low", "high", "p", "effect", "effect_low", "effect_high", "effect_size")


def contrasts(study: Study, of: str, factor: str, *, reference: Any = None, correction: str = "holm") -> pd.DataFrame:
    """Return how the levels of a factor differ from one of them, at each combination of the other factors.

    Parameters
    ----------
    study : Study
    of : str
        A metric of the scenario, or a column of the table `run` (numbers, or true and false).
    factor : str
        Path of the factor whose levels are compared.
    reference : object, optional
        Level with which the others are compared; by default the first.
    correction : {"holm", "benjamini_hochberg", "none"}
        Of the p values, over all rows.

    Returns
    -------
    DataFrame
        The other parameters that vary, then level and reference with the value and number of runs of each; difference
        with its 95% interval low to high, p, effect with its interval and the name of the effect size, and
        p_corrected. NaN where one of the two is undefined.

    Raises
    ------
    ParameterError
        If a name is unknown, the factor has one level, or the reference is none of them.

    Examples
    --------
    >>> import tempfile
    >>> from socialsim.studies.files import StudyFile
    >>> from socialsim.studies.run import run_study
    >>> factors = {"network": ["cycle:n=10", "complete:n=10"], "environment.effect": [0.002]}
    >>> study_file = StudyFile(scenario="epistemic", replications=800, factors=factors)
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     table = contrasts(run_study(study_file, f"{parent}/s", num_processes=1), "success_rate", "network")
    >>> table[["level", "reference"]].iloc[0].tolist(), table.effect_size[0]
    (['complete:n=10', 'cycle:n=10'], "Cohen's h")
    >>> bool(table.high[0] < 0), bool(table.p_corrected[0] < 0.01)
    (True, True)
    """
    import pandas as pd

    if correction not in CORRECTIONS:
        raise ParameterError(unknown("correction", correction, CORRECTIONS))
    points = study.points()
    others, levels = _split(points, factor)
    if len(levels) < 2:
        raise ParameterError(f"{factor}: it has one level; accepted: a factor with two or more")
    first = levels[0] if reference is None else reference
    if first not in levels:
        raise ParameterError(f"reference: {first!r} is not accepted; accepted: {', '.join(map(str, levels))}")
    sample = samples(study, of)
    rows = []
    for setting, keys in _groups(points, factor, others):
        base = sample(keys[first]) if first in keys else None
        if base is not None:
            compared = [level for level in levels if level != first and level in keys]
            rows += [(*setting, level, first, *_compare(sample(keys[level]), base)) for level in compared]
    pair = ("level", "reference", "value", "num_runs", "reference_value", "reference_num_runs")
    table = pd.DataFrame(rows, columns=[*others, *pair, *COLUMNS])
    table["p_corrected"] = corrected(table.p.to_numpy(float), correction)
    return table


class Sample:
    """The runs of one point, as one number with its interval, and where they can be paired, one by one.

    Parameters
    ----------
    estimate : Estimate
    values : Series, optional
        A number a run, by replication, if those of two points with equal numbers draw from the same streams.

    Examples
    --------
    >>> Sample(Estimate(0.5, 0.4, 0.6, 100, method="Wilson, 95%")).estimate.num_runs
    100
    """

    def __init__(self, estimate: Estimate, values: pd.Series | None = None) -> None:
        self.estimate, self.values = estimate, values


def samples(study: Study, of: str) -> Callable[[Hashable], Sample]:
    """Return the function that gives the sample of a point by its key.

    Parameters
    ----------
    study : Study
    of : str
        A metric, or a column of the table `run`.

    Raises
    ------
    ParameterError
        If it is neither.
    """
    metrics, columns = study.metric_names(), study.columns("run")
    if of in metrics:
        table = study.summary([of]).set_index("point")
        return lambda key: Sample(_estimate(table.loc[key]))
    if of not in columns:
        raise ParameterError(unknown("metric or column of the runs", of, [*metrics, *columns]))
    runs = study.runs([of])
    runs = runs[runs.status == DONE]
    if runs[of].dtype.kind not in "biuf":
        raise ParameterError(f"{of}: a column of {runs[of].dtype} is not accepted; accepted: numbers, true and false")
    of_point = {key: ours.set_index("replication")[of] for key, ours in runs.groupby("point", observed=True)}
    estimate, is_paired = (proportion if runs[of].dtype == bool else mean), study.has_common_random_numbers()
    empty = runs.set_index("replication")[of].iloc[:0]

    def sample(key: Hashable) -> Sample:
        values = of_point.get(key, empty)
        return Sample(estimate(values), values.astype(float) if is_paired else None)

    return sample


def difference(first: Sample, second: Sample) -> tuple[float, float, float]:
    """Return the difference of two samples and its 95% interval, NaN where one of them has none.

    Examples
    --------
    >>> a, b = (Sample(proportion([True] * k + [False] * (n - k))) for k, n in ((56, 70), (48, 80)))
    >>> print(*(round(number, 4) for number in difference(a, b)))  # table II, row (a), of Newcombe 1998
    0.2 0.0524 0.3339
    """
    if first.values is not None and second.values is not None:
        found = mean((first.values - second.values).dropna())
        return found.value, found.low, found.high
    a, b = first.estimate, second.estimate
    d = a.value - b.value
    return d, d - math.hypot(a.value - a.low, b.high - b.value), d + math.hypot(a.high - a.value, b.value - b.low)


def tail(d: float, low: float, high: float, tested: float) -> float:
    """Return the one-sided p value of a difference against the hypothesis that it is `tested` or less, equation (2).

    Examples
    --------
    >>> round(tail(0.2, 0.0, 0.4, 0.0), 4), round(tail(0.2, 0.0, 0.4, 0.2), 4)
    (0.025, 0.5)
    """
    from scipy.stats import norm

    margin = d - low if d > tested else high - d
    if not margin > 0:  # no spread at all, or no interval
        return math.nan if math.isnan(margin) else float(d < tested) if d != tested else 0.5
    return float(norm.sf(Z * (d - tested) / margin))


def corrected(p: ArrayLike, correction: str) -> NDArray[np.float64]:
    """Return p values corrected for how many they are; those that are NaN stay so and do not count.

    Examples
    --------
    >>> corrected([0.01, 0.04, 0.03], "holm")
    array([0.03, 0.06, 0.06])
    >>> corrected([0.01, 0.04, 0.03], "benjamini_hochberg")
    array([0.03, 0.04, 0.04])
    """
    values = np.asarray(p, float)
    known = ~np.isnan(values)
    if correction != "none" and known.any():
        values = values.copy()
        values[known] = CORRECTIONS[correction](values[known])
    return values


def _holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p values corrected by Holm's step-down method."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    out = np.empty_like(p)
    out[order] = np.minimum(stepped, 1.0)
    return out


def _benjamini_hochberg(p: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p, method="bh"))


CORRECTIONS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "holm": _holm,
    "benjamini_hochberg": _benjamini_hochberg,
    "none": lambda p: p,
}


def _split(points: pd.DataFrame, factor: str) -> tuple[list[str], list[Any]]:
    """Return the other parameters that vary, and the levels of a factor."""
    if factor not in points:
        raise ParameterError(unknown("factor", factor, map(str, points)))
    others = [str(path) for path in points if path != factor and points[path].astype(str).nunique() > 1]
    return others, list(dict.fromkeys(points[factor]))


def _groups(points: pd.DataFrame, factor: str, others: Sequence[str]) -> Iterator[Group]:
    """Yield the combinations of the other parameters, and for each the key of the point at every level."""
    groups: dict[tuple[Any, ...], dict[Any, Hashable]] = {}
    for key, point in zip(points.index, points.to_dict("records"), strict=True):
        groups.setdefault(tuple(point[path] for path in others), {})[point[factor]] = key
    yield from groups.items()


def _compare(first: Sample, second: Sample) -> tuple[Any, ...]:
    """Return what a row says of two samples: values, numbers of runs, and `COLUMNS`."""
    a, b = first.estimate, second.estimate
    d, low, high = difference(first, second)
    p = 2 * min(tail(d, low, high, 0.0), tail(-d, -high, -low, 0.0)) if not math.isnan(low) else math.nan
    return (a.value, a.num_runs, b.value, b.num_runs, d, low, high, p, *_effect(first, second))


def _effect(first: Sample, second: Sample) -> tuple[float, float, float, str]:
    """Return an effect size, its interval and its name."""
    a, b = first.estimate, second.estimate
    if first.values is not None and second.values is not None:
        pairs = (first.values - second.values).dropna()
        if len(pairs) < 2 or not pairs.std() > 0:
            return NO_EFFECT
        size, num = float(pairs.mean() / pairs.std()), len(pairs)
        return _with_interval(size, 1 / num + size**2 / (2 * num), "d_z")
    methods = {estimate.method.partition(",")[0] for estimate in (a, b)}
    if min(a.num_runs, b.num_runs) < 2 or len(methods) > 1 or math.isnan(a.value) or math.isnan(b.value):
        return NO_EFFECT
    num = a.num_runs + b.num_runs
    if methods == {"Wilson"}:
        size = 2 * math.asin(math.sqrt(a.value)) - 2 * math.asin(math.sqrt(b.value))
        return _with_interval(size, 1 / a.num_runs + 1 / b.num_runs, "Cohen's h")
    if methods != {"Student"}:
        return NO_EFFECT
    pooled = sum((each.num_runs - 1) * deviation(each) ** 2 for each in (a, b)) / (num - 2)
    if not pooled > 0:
        return NO_EFFECT
    size = (1 - 3 / (4 * num - 9)) * (a.value - b.value) / math.sqrt(pooled)
    return _with_interval(size, num / (a.num_runs * b.num_runs) + size**2 / (2 * num), "Hedges' g")


def deviation(estimate: Estimate) -> float:
    """Return the standard deviation of one run, from the interval of a mean or a share; of others as if it were a mean.

    Examples
    --------
    >>> round(deviation(mean([1.0, 2.0, 3.0, 4.0])), 4)
    1.291
    """
    from scipy.stats import t

    if estimate.method.startswith("Wilson"):
        return math.sqrt(estimate.value * (1 - estimate.value))
    if estimate.num_runs < 2:
        return math.nan
    half = (estimate.high - estimate.low) / 2
    return half * math.sqrt(estimate.num_runs) / float(t.ppf(0.975, estimate.num_runs - 1))


def _with_interval(size: float, variance: float, name: str) -> tuple[float, float, float, str]:
    return size, size - Z * math.sqrt(variance), size + Z * math.sqrt(variance), name


def _estimate(row: Any) -> Estimate:
    return Estimate(row.value, row.low, row.high, int(row.num_runs), method=row.method, reason=row.reason)
