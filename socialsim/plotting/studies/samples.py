"""Figures of sampled designs: where the points lie and what came out there, and which factors matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError, ResultError
from socialsim.plotting.studies.axes import (
    Scale,
    check_factors,
    is_wide,
    label_of,
    plain_log_ticks,
    rows_of,
    short,
)
from socialsim.plotting.studies.lines import draw_values, undefined_note
from socialsim.plotting.studies.panels import COLUMN, PAGE, write_legend, write_note
from socialsim.plotting.style import COLOURS, GREY, styled

MOST_FACTORS = 6
MOST_BARS = 20
GOLDEN, SPREAD = 0.618033988749895, 0.5  # multiples of the golden ratio fill [0, 1) evenly; width of a category
INDEX_NAMES = {"S1": "first order, $S_1$", "ST": "total, $S_T$", "mu_star": r"$\mu^*$", "sigma": r"$\sigma$"}


def pair_plots(
    table: pd.DataFrame, factors: Sequence[str], metric: str, *, labels: Mapping[str, str] | None = None
) -> Figure:
    """Return the points of a sampled design, pair by pair of factors, coloured by a metric.

    The first row shows the metric itself against each factor. Six factors are drawn at most. Points of a
    category are spread a little, so that they do not hide each other.

    Parameters
    ----------
    table : DataFrame
        A summary.
    factors : sequence of str
        Paths.
    metric : str
    labels : mapping of str to str, optional
        How factors and metrics are called, with their units.

    Returns
    -------
    Figure

    Raises
    ------
    ParameterError
        If the table has no such metric or factor, or no factor at all.

    Examples
    --------
    >>> table = pd.DataFrame({"learner.alpha": [0.1, 0.2], "network.n": [6, 4], "metric": "welfare"})
    >>> table = table.assign(value=[1.0, 2.0], low=0.0, high=3.0)
    >>> figure = pair_plots(table, ["learner.alpha", "network.n"], "welfare")
    >>> len([axes for axes in figure.axes if axes.axison])  # the metric by either factor, one factor by the other
    3
    """
    rows = rows_of(table, metric)
    paths = list(factors)
    check_factors(rows, paths)
    if not paths:
        raise ParameterError("factors: there are none; accepted: one path or more")
    shown, notes = paths[:MOST_FACTORS], [undefined_note(rows)]
    if len(paths) > len(shown):
        notes.append(f"{len(shown)} of {len(paths)} factors are shown.")
    scales = [Scale.of(rows[path], label_of(path, labels)) for path in shown]
    known = rows[~rows.value.isna()].sort_values("value", kind="stable")
    places = [_places(scale, known[path]) for scale, path in zip(scales, shown, strict=True)]
    norm = LogNorm() if is_wide(known.value) else None
    size = float(np.clip(400 / max(len(known), 1), 2, 14))
    dots: dict[str, Any] = {"c": known.value, "s": size, "norm": norm, "linewidths": 0}
    with styled():
        num = len(shown)
        figure = Figure(figsize=(COLUMN, 2.6) if num == 1 else (PAGE, max(3.2, 1.35 * num + 0.5)))
        grid = figure.subplots(num, num, sharex="col", sharey="row", squeeze=False)
        for (i, j), axes in np.ndenumerate(grid):
            if 0 < i <= j:
                axes.remove()
                continue
            drawn = axes.scatter(places[j], places[i] if i else known.value, **dots)
            scales[j].draw(axes.xaxis, letters=12, most=3)
            if i:
                scales[i].draw(axes.yaxis, letters=12, most=3)
                axes.set_ylabel(short(scales[i].label))  # its unit stands below
            else:
                draw_values(axes, rows, label_of(metric, labels))
            is_low = i == num - 1 or j == num - 1
            axes.tick_params(labelleft=j == 0, labelbottom=is_low, labelsize=7)
            axes.yaxis.label.set_visible(j == 0)
            axes.xaxis.label.set_visible(is_low)
        if num > 1:
            figure.align_ylabels(grid[:, 0])
            _draw_bar(figure, grid, drawn, label_of(metric, labels))
        write_note(figure, notes)
    return figure


def sensitivity_bars(indices: pd.DataFrame, *, labels: Mapping[str, str] | None = None) -> Figure:
    """Return how strongly an outcome depends on each factor: bars with their intervals, the strongest on top.

    Twenty factors are drawn at most.

    Parameters
    ----------
    indices : DataFrame
        Columns factor, index, value, low and high, as `socialsim.studies.statistics.sensitivity` returns them: S1 and
        ST, or mu_star and sigma (mu, which may cancel out, and S2 are left to the table).
    labels : mapping of str to str, optional
        How factors are called.

    Returns
    -------
    Figure

    Raises
    ------
    ResultError
        If a column is missing or there is no index of these.

    Examples
    --------
    >>> indices = pd.DataFrame({"factor": ["learner.alpha"], "index": "ST", "value": 0.5, "low": 0.4, "high": 0.6})
    >>> [text.get_text() for text in sensitivity_bars(indices).axes[0].get_yticklabels()]
    ['alpha']
    """
    missing = [name for name in ("factor", "index", "value", "low", "high") if name not in indices]
    kinds = [] if missing else [name for name in INDEX_NAMES if (indices["index"] == name).any()]
    if not kinds:
        raise ResultError(
            "sensitivity takes the columns factor, index, value, low and high, with the indices "
            f"{', '.join(INDEX_NAMES)}; {f'missing: {missing}' if missing else 'there are none of these'}"
        )
    leading = "ST" if "ST" in kinds else kinds[0]
    values = indices[indices["index"] == leading].set_index("factor").value
    order = values.sort_values(ascending=False, kind="stable", na_position="last").index.tolist()
    shown = order[:MOST_BARS]
    unit = "share of the variance" if kinds[0] in ("S1", "ST") else "elementary effect"
    notes = ["Lines are 95% bootstrap intervals." if indices.low.notna().any() else ""]
    if len(order) > len(shown):
        notes.append(f"The strongest {len(shown)} of {len(order)} factors are shown.")
    with styled():
        figure = Figure(figsize=(COLUMN, 1.1 + 0.3 * len(shown)))
        axes = figure.subplots()
        thickness = 0.8 / len(kinds)
        bars = []
        for number, kind in enumerate(kinds):
            ours = indices[indices["index"] == kind].set_index("factor").loc[shown]
            places = np.arange(len(shown)) + thickness * (number - (len(kinds) - 1) / 2)
            bars.append(axes.barh(places, ours.value, 0.9 * thickness, color=COLOURS[(0, 5)[number]], zorder=2))
            axes.hlines(places, ours.low, ours.high, color="#202020", linewidth=1.0, zorder=3)
        axes.axvline(0, color=GREY, linewidth=0.7, zorder=1)
        axes.set_yticks(range(len(shown)), [label_of(path, labels) for path in shown])
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(unit)
        write_legend(figure, bars, [INDEX_NAMES[kind] for kind in kinds])
        write_note(figure, notes)
    return figure


def _places(scale: Scale, column: pd.Series) -> NDArray[np.float64]:
    """Return where points stand along a factor; those of a category are spread so that they do not hide each other."""
    places = scale.places(column)
    return places if scale.is_numeric else places + SPREAD * (np.arange(len(places)) * GOLDEN % 1.0 - 0.5)


def _draw_bar(figure: Figure, grid: NDArray[Any], drawn: Any, label: str) -> None:
    """Draw the bar of colours in the empty corner."""
    num = len(grid)
    corner = figure.add_subplot(grid[0, 0].get_gridspec()[num // 2 if num > 2 else 1 :, num - 1])
    corner.set_axis_off()
    place = corner.inset_axes((0.1, 0.35 if num == 2 else 0.25, 0.8, 0.08))
    bar = figure.colorbar(drawn, cax=place, orientation="horizontal", label=label)
    bar.outline.set_linewidth(0)
    if isinstance(drawn.norm, LogNorm):
        plain_log_ticks(bar.ax.xaxis, most=3)
    bar.ax.tick_params(labelsize=7)
