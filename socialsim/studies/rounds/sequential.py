"""Sequential stopping: replications are added where a metric's interval is wider than asked.

    [stopping]
    half_width = {success_rate = 0.02}
    most_replications = 10000

First every point gets the study's replications. Then, as long as at a point the half-width h = (high - low)/2 of an
interval is above the h* that was asked for, its n replications become

    n' = min(ceil(n min(max((h / h*)^2, 1.1), 4)), most_replications),                                (1)

since half-widths shrink like 1/sqrt(n); with several metrics, that of the one that needs most. The factor is bounded
below, so that there are few rounds, and above, because the h of few runs is itself uncertain. An undefined metric, such
as a mean over successes where there are none yet, counts as infinitely wide. A point at which no run came to its end
gets no more.

What happens at a point follows from its replications below n alone. So it is the same for any number of processes and
for any other points, and a study that was killed goes through the same rounds again.

To stop when an interval is narrow makes it a little too narrow: estimates that happen to show little variance stop
sooner. The coverage tends to the nominal one as h* becomes small [ChowRobbins1965]_. From 100 replications on, 95%
Wilson intervals of shares held the true share in 94.5 to 97.4% of 10 000 simulated points each (true shares of .02,
.05, .1, .2, .3, .5, .9 and .97; h* = .02 and .05).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from socialsim.studies.design.points import Point
from socialsim.studies.files import StudyFile
from socialsim.studies.study import Study

if TYPE_CHECKING:
    import pandas as pd

LEAST_GROWTH, MOST_GROWTH = 1.1, 4.0


def sequential(file: StudyFile, folder: Path) -> Iterator[Mapping[Point, int]]:
    """Yield what is asked for, round by round, until all intervals are narrow enough or have all replications allowed.

    Parameters
    ----------
    file : StudyFile
        A study with ``stopping.half_width``.
    folder : Path
        Where its results are by the time that the next round is asked for.

    Yields
    ------
    mapping of Point to int
        All points and the number of replications of each, never fewer than in the round before.

    Examples
    --------
    >>> study = StudyFile(
    ...     scenario="epistemic",
    ...     replications=100,
    ...     factors={"network": ["cycle:n=4", "complete:n=4"]},
    ...     stopping={"half_width": {"success_rate": 0.05}},
    ... )
    >>> list(next(sequential(study, Path("zollman"))).values())
    [100, 100]
    """
    asked = dict.fromkeys(file.points(), file.replications)
    wide = list(asked)
    while wide:
        yield asked
        numbers = _next_numbers(file, folder, {point: asked[point] for point in wide})
        wide = [point for point in wide if numbers[point] > asked[point]]
        asked = asked | numbers


def next_number(number: int, half_width: float, target: float, most: int) -> int:
    """Return how many replications a point needs, by equation (1) of this module.

    Parameters
    ----------
    number : int
        Replications so far, >= 1.
    half_width : float
        Of the interval that they give; NaN if it is undefined.
    target : float
        Half-width that is narrow enough, > 0, in the same unit.
    most : int
        Replications at most.

    Returns
    -------
    int
        At least `number`, which is returned where it is enough.

    Examples
    --------
    >>> next_number(100, half_width=0.06, target=0.04, most=10_000)
    225
    >>> next_number(100, half_width=0.03, target=0.04, most=10_000)
    100
    >>> next_number(100, half_width=float("nan"), target=0.04, most=10_000)
    400
    """
    if half_width <= target:
        return number
    growth = (half_width / target) ** 2 if half_width < 2 * target else MOST_GROWTH
    return max(number, min(math.ceil(number * max(growth, LEAST_GROWTH)), most))


def precision(study: Study, file: StudyFile) -> pd.DataFrame:
    """Return how narrow the intervals of a study have become.

    Parameters
    ----------
    study : Study
        The study's results.
    file : StudyFile
        The study, with ``stopping.half_width``.

    Returns
    -------
    DataFrame
        One row a point and metric: the point's key, its values by path, the metric, the `half_width` of its interval,
        the one that was `asked` for, the number of `replications` that came to their end, and whether the half-width
        was `reached`.

    Examples
    --------
    >>> import tempfile
    >>> from socialsim.studies.run import run_study
    >>> study_file = StudyFile(
    ...     scenario="epistemic",
    ...     replications=50,
    ...     factors={"environment.effect": [0.01]},
    ...     stopping={"half_width": {"success_rate": 0.05}},
    ... )
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     study = run_study(study_file, f"{parent}/zollman", num_processes=1)
    ...     precision(study, study_file)[["metric", "asked", "reached"]]
             metric  asked  reached
    0  success_rate   0.05     True
    """
    widths = file.stopping.half_width
    table = study.summary(metrics=list(widths))
    done = study.runs(columns=[]).query("status == 'done'").groupby("point", observed=True).size()
    table["half_width"] = (table.high - table.low) / 2
    table["asked"] = table.metric.map(widths)
    table["replications"] = table.point.astype(object).map(done).fillna(0).astype(int)
    table["reached"] = table.half_width <= table.asked
    return table.drop(columns=["value", "low", "high", "num_runs", "reason", "method"])


def _next_numbers(file: StudyFile, folder: Path, asked: Mapping[Point, int]) -> dict[Point, int]:
    """Return how many replications each of some points needs, judged by those that it was asked for."""
    widths, most = file.stopping.half_width, file.stopping.most_replications
    numbers = {point.key: number for point, number in asked.items()}
    table = Study(folder).summary(metrics=list(widths), replications=numbers)
    intervals: list[Any] = table[["point", "metric", "low", "high"]].to_numpy(object).tolist()
    needed: dict[str, int] = {}
    for key, metric, low, high in intervals:
        number = next_number(numbers[key], (high - low) / 2, widths[metric], most)
        needed[key] = max(number, needed.get(key, 0))
    return {point: needed.get(point.key, number) for point, number in asked.items()}
