"""Which figures a study gets: they follow from its design.

===========================  ====================================================================================
points                       figures of each metric
===========================  ====================================================================================
a grid, one factor           `line`
a grid, more factors         `line`, `heat_map` and `phase_diagram`; what is left over makes panels
one factor at a time         `line` for each factor, the others at the base
sampled                      `pairs`
sampled for sensitivity      `pairs` and `sensitivity`
all, from 10 replications    `convergence`
===========================  ====================================================================================

On a grid the factor with most levels that are numbers runs along the axis, and the second one upwards. Lines stand for
the factor with the fewest levels that leaves no more than twelve panels to the others. A phase diagram shows the level
one half where a metric lies between 0 and 1 and on both sides of it, else the middle of its range, on the scale on
which the metric is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from socialsim.plotting.studies.axes import Scale, factors_of, is_wide
from socialsim.plotting.studies.lines import convergence, line_with_band
from socialsim.plotting.studies.maps import heat_map, phase_diagram
from socialsim.plotting.studies.panels import MOST_PANELS
from socialsim.plotting.studies.samples import pair_plots, sensitivity_bars
from socialsim.studies.design.designs import Full, OneAtATime
from socialsim.studies.report.facts import Facts

Labels = Mapping[str, str]


def figures_of(facts: Facts) -> Iterator[tuple[str, str, Figure]]:
    """Yield the figures of a study: metric, name of the file, figure."""
    for metric in facts.metrics:
        rows = facts.summary[facts.summary.metric == metric]
        if rows.value.notna().any():
            yield from ((metric, f"{metric}-{name}", figure) for name, figure in _of_metric(facts, rows, metric))


def _of_metric(facts: Facts, rows: pd.DataFrame, metric: str) -> Iterator[tuple[str, Figure]]:
    factors, labels = factors_of(rows), facts.labels
    if isinstance(facts.file.design, OneAtATime):
        yield from _around_base(rows, facts.file.points()[0].key, metric, labels)
    elif isinstance(facts.file.design, Full) or len(factors) == 1:
        yield from _of_grid(rows, factors, metric, labels)
    elif factors:
        yield "pairs", pair_plots(rows, factors, metric, labels=labels)
    indices, _ = facts.sensitivity
    if indices is not None and (indices.metric == metric).any():
        ours = indices[indices.metric == metric]
        if ours.value.notna().any():
            yield "sensitivity", sensitivity_bars(ours, labels=labels)
    settling = facts.convergence
    if settling is not None and (settling.metric == metric).any():
        yield "convergence", convergence(settling, metric, labels=labels)


def _of_grid(rows: pd.DataFrame, factors: Sequence[str], metric: str, labels: Labels) -> Iterator[tuple[str, Figure]]:
    """Yield the figures of a full factorial design."""
    if not factors:
        return
    x, *others = by_levels(rows, factors)
    yield "line", line_with_band(rows, x, by=choose_lines(rows, others), metric=metric, labels=labels)
    if others:
        yield "heat_map", heat_map(rows, x, others[0], metric, labels=labels)
        level = middle_level(rows.value)
        if level is not None:
            yield "phase_diagram", phase_diagram(rows, x, others[0], metric, level=level, labels=labels)


def _around_base(rows: pd.DataFrame, base: str, metric: str, labels: Labels) -> Iterator[tuple[str, Figure]]:
    """Yield a line for each factor: the points at which all others are what they are at the base."""
    factors = factors_of(rows)
    words = rows[factors].map(str)
    for path in factors:
        others = words.drop(columns=path)
        ours = rows[others.isin(others[rows.point == base].to_dict("list")).all(axis=1)]
        if len(ours) > 1:
            yield f"line-{path}", line_with_band(ours, path, metric=metric, labels=labels)


def by_levels(rows: pd.DataFrame, factors: Sequence[str]) -> list[str]:
    """Return factors in the order in which axes are given to them: numbers first, then by the number of levels.

    Examples
    --------
    >>> rows = pd.DataFrame({"network": ["cycle", "star", "wheel"], "network.n": [4, 6, 4], "learner.alpha": [1, 2, 3]})
    >>> by_levels(rows, ["network", "network.n", "learner.alpha"])
    ['learner.alpha', 'network.n', 'network']
    """
    scales = {path: Scale.of(rows[path], path) for path in factors}
    return sorted(factors, key=lambda path: (not scales[path].is_numeric, -len(scales[path].levels)))


def choose_lines(rows: pd.DataFrame, factors: Sequence[str]) -> str | None:
    """Return the factor that lines stand for: with the fewest levels, but so that the others fill not too many panels.

    Examples
    --------
    >>> rows = pd.DataFrame({"learner.alpha": list(range(20)) * 2, "network": ["cycle"] * 20 + ["complete"] * 20})
    >>> choose_lines(rows, ["network"]), choose_lines(rows, ["network", "learner.alpha"])
    ('network', 'learner.alpha')
    """
    numbers = {path: len(Scale.of(rows[path], path).levels) for path in factors}
    in_order = sorted(factors, key=lambda path: numbers[path])
    num_points = math.prod(numbers.values())
    fitting = [path for path in in_order if num_points // numbers[path] <= MOST_PANELS]
    return next(iter([*fitting, *reversed(in_order)]), None)


def middle_level(values: pd.Series) -> float | None:
    """Return the level of a phase diagram; None where a metric is the same everywhere.

    Examples
    --------
    >>> middle_level(pd.Series([0.2, 0.9])), middle_level(pd.Series([120.0, 480.0])), middle_level(pd.Series([2.0]))
    (0.5, 300.0, None)
    """
    known = values[np.isfinite(values)]
    low, high = float(known.min()), float(known.max())
    if not high - low > 1e-9 * max(abs(low), abs(high)):
        return None
    middle = math.sqrt(low * high) if is_wide(known) else (low + high) / 2
    return 0.5 if 0 <= low < 0.5 < high <= 1 else float(f"{middle:.2g}")
