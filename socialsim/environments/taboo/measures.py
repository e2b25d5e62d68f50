"""What is measured of foragers and their taboos: compliance, enforcement, health and return."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ResultError
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import mean, ratio


def poison_eaten(result: Result) -> Estimate:
    """Share of the poisonous berries found that were eaten."""
    return _share(result, "poison_eaten", "poison_found", "no poisonous berry was found")


def harmless_eaten(result: Result) -> Estimate:
    """Share of the berries of kind 1 found, harmless but perhaps taboo, that were eaten."""
    return _share(result, "harmless_eaten", "harmless_found", "no berry of kind 1 was found")


def enforcement_rate(result: Result) -> Estimate:
    """Share of meetings with somebody marked in which that one was sanctioned."""
    return _share(result, "marked_sanctioned", "marked_met", "nobody met anybody marked")


def misdirected_rate(result: Result) -> Estimate:
    """Share of meetings with somebody unmarked in which that one was sanctioned."""
    return _share(result, "unmarked_sanctioned", "unmarked_met", "nobody met anybody unmarked")


def sanction_precision(result: Result) -> Estimate:
    """Share of sanctions that meet a violator: one who was marked, for a forbidden berry."""
    runs = result.runs
    total = runs.marked_sanctioned + runs.unmarked_sanctioned
    return ratio(runs.marked_sanctioned, total) if total.sum() else Estimate.undefined("no sanctions", len(runs))


def sanction_recall(result: Result) -> Estimate:
    """Share of violations that are sanctioned: of marks, those that did not fade before somebody sanctioned them.

    Who eats again while marked bears one mark.
    """
    return _share(result, "marks_sanctioned", "marks", "nobody was marked")


def time_sick(result: Result) -> Estimate:
    """Share of time that agents were sick."""
    return _share(result, "steps_sick", "agent_steps", "no steps")


def collective_return(result: Result) -> Estimate:
    """Mean reward of an agent in a step, sanctions included, in berries."""
    return _share(result, "earned", "agent_steps", "no steps")


def learning_curve(result: Result, part: str, whole: str) -> NDArray[np.float64]:
    """Return a ratio of two counts in each interval of the time course, such as what was eaten of what was found.

    Parameters
    ----------
    result : Result
        Of a run with ``record_every``.
    part, whole : str
        Columns of an agent; ``whole = "steps"`` counts steps.

    Returns
    -------
    ndarray, shape (num_runs, num_intervals)
        NaN where there was nothing to count.

    Raises
    ------
    ResultError    if there is no time course.

    Examples
    --------
    >>> from socialsim.engine.run import run
    >>> from socialsim.environments.taboo import small
    >>> result = run(small(), replications=3, seed=1, record_every=25)
    >>> learning_curve(result, "earned", "steps").shape
    (3, 2)
    """
    try:
        series = result.table("series")
    except ResultError as error:
        raise ResultError(f"{error}, unless record_every is None; accepted: record_every=STEPS") from None

    def added(name: str) -> NDArray[np.float64]:
        values = series.step if name == "steps" else series[f"mean_{name}"]
        table = series.assign(value=values).pivot(index="run", columns="step", values="value")
        sums = table.drop(columns=0, errors="ignore").to_numpy(float)
        return np.diff(sums, axis=1, prepend=0.0)

    parts, wholes = added(part), added(whole)
    return np.divide(parts, wholes, out=np.full_like(parts, np.nan), where=wholes > 0)


def mean_if_defined(values: NDArray[np.float64]) -> Estimate:
    """Return the mean over runs of one interval of a learning curve, undefined if some run had nothing to count in it.

    Parameters
    ----------
    values : ndarray, shape (num_runs,)

    Returns
    -------
    Estimate

    Examples
    --------
    >>> mean_if_defined(np.array([0.5, np.nan])).reason
    'nothing to count in 1 of 2 runs'
    """
    num_empty = int(np.isnan(values).sum())
    if num_empty:
        return Estimate.undefined(f"nothing to count in {num_empty} of {len(values)} runs")
    return mean(values)


def _share(result: Result, part: str, whole: str, reason: str) -> Estimate:
    runs = result.runs
    return ratio(runs[part], runs[whole]) if runs[whole].sum() else Estimate.undefined(reason, len(runs))


METRICS = (
    poison_eaten,
    harmless_eaten,
    enforcement_rate,
    misdirected_rate,
    sanction_precision,
    sanction_recall,
    time_sick,
    collective_return,
)
