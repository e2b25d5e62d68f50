"""Contrasts: how much an outcome differs between the levels of a factor, the other factors being equal.

Intervals, p values and effect sizes are those of `socialsim.studies.statistics.differences`. Many contrasts at once
find differences where there are none. The p values are therefore corrected, over all rows of the table: by Holm's
method (``holm``: the chance of any false finding is at most .05 [Holm1979]_), or by Benjamini and Hochberg's
(``benjamini_hochberg``: at most that share of the findings is expected to be false [Benjamini1995]_).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError, unknown
from socialsim.core.estimate import Estimate
from socialsim.metrics.estimates import mean, proportion
from socialsim.studies.statistics.differences import Sample, difference, effect
from socialsim.studies.storage.store import DONE

if TYPE_CHECKING:
    import pandas as pd

    from socialsim.studies.study import Study

Group = tuple[tuple[Any, ...], dict[Any, str]]  # values of the other parameters, level -> key
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


def samples(study: Study, of: str) -> Callable[[str], Sample]:
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
    runs = runs[runs.status == DONE].dropna(subset=[of]).infer_objects()  # points without the column have gaps
    if runs[of].dtype.kind not in "biuf":
        raise ParameterError(f"{of}: a column of {runs[of].dtype} is not accepted; accepted: numbers, true and false")
    estimate, is_paired = (proportion if runs[of].dtype == bool else mean), study.has_common_random_numbers()
    of_point = {key: ours.set_index("replication")[of] for key, ours in runs.groupby("point", observed=True)}
    nothing = Sample(Estimate.undefined("no runs"))

    def sample(key: str) -> Sample:
        values = of_point.get(key)
        if values is None:
            return nothing
        return Sample(estimate(values), values.astype(float) if is_paired else None)

    return sample


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
    groups: dict[tuple[Any, ...], dict[Any, str]] = {}
    for key, point in zip(points.index, points.to_dict("records"), strict=True):
        groups.setdefault(tuple(point[path] for path in others), {})[point[factor]] = key
    yield from groups.items()


def _compare(first: Sample, second: Sample) -> tuple[Any, ...]:
    """Return what a row says of two samples: values, numbers of runs, and `COLUMNS`."""
    a, b, found = first.estimate, second.estimate, difference(first, second)
    sides = (a.value, a.num_runs, b.value, b.num_runs)
    return (*sides, found.value, *found.interval(), found.p_value(), *effect(first, second))


def _estimate(row: Any) -> Estimate:
    return Estimate(row.value, row.low, row.high, int(row.num_runs), method=row.method, reason=row.reason)
