"""Estimates as lines with bands: over one factor, and over the number of replications.

A band joins the intervals of neighbouring points. Each interval is about its own point: at a nominal 95%, one of twenty
points is expected to miss its true value, and a band of many points as a whole misses more often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.errors import ResultError
from socialsim.plotting.studies.axes import (
    Scale,
    check_factors,
    is_wide,
    label_of,
    name_of,
    plain_log_ticks,
    rows_of,
)
from socialsim.plotting.studies.panels import Panels, write_legend
from socialsim.plotting.style import COLOURS, GREY, styled

MOST_LINES = 6
MOST_POINTS = 6  # of which the convergence is drawn
MARKERS = "osD^vP"
MOST_MARKERS = 12  # on a line; between more of them it could not be seen
BAND = 0.2  # opacity
DODGE = 0.5  # share of a category's width over which its lines are spread


def line_with_band(
    table: pd.DataFrame, x: str, *, by: str | None = None, metric: str, labels: Mapping[str, str] | None = None
) -> Figure:
    """Return a metric over one factor: a line and a band, or dots and bars where the factor has no numbers.

    A further factor gives each of its levels a line, all others a panel for each combination of theirs. What does not
    fit is left out, and the figure's note says so: lines beyond six (levels that are numbers are chosen evenly), and
    panels beyond twelve (chosen evenly).

    Parameters
    ----------
    table : DataFrame
        A summary.
    x : str
        Path of the factor along the axis.
    by : str, optional
        Path of the factor that has a line for each level.
    metric : str
    labels : mapping of str to str, optional
        How factors and metrics are called, with their units.

    Returns
    -------
    Figure

    Raises
    ------
    ParameterError
        If the table has no such metric or factor.

    Examples
    --------
    >>> table = pd.DataFrame({"learner.alpha": [0.1, 0.2], "metric": "welfare", "value": 2.0, "low": 1.0, "high": 3.0})
    >>> figure = line_with_band(table, "learner.alpha", metric="welfare")
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
    ('alpha', 'welfare')
    """
    rows = rows_of(table, metric)
    used = [x] if by is None else [x, by]
    check_factors(rows, used)
    along = Scale.of(rows[x], label_of(x, labels))
    with styled():
        panels = Panels.of(rows, used, labels)
        panels.notes.append(f"{'Bands' if along.is_numeric else 'Bars'} are 95% intervals, each of its own point.")
        panels.notes.append(undefined_note(rows))
        lines = _lines(rows, by, labels, panels.notes)
        for axes, part in zip(panels.axes, panels.parts, strict=True):
            for number, (level, look) in enumerate(lines.items()):
                ours = part if by is None else part[part[by] == level]
                shift = DODGE * ((number + 0.5) / len(lines) - 0.5)
                _draw_line(axes, ours, along, x, look, shift)
            along.draw(axes.xaxis, letters=int(14 * panels.width / max(len(along.levels), 1)) + 6)
            draw_values(axes, rows, label_of(metric, labels))
        if by is not None:
            handles = [matplotlib.lines.Line2D([], [], **look) for look in lines.values()]
            write_legend(panels.figure, handles, [name_of(level) for level in lines], label_of(by, labels))
        return panels.finish()


def convergence(table: pd.DataFrame, metric: str, *, labels: Mapping[str, str] | None = None) -> Figure:
    """Return how the estimates of some points settle as replications are added.

    Each panel is a point. The band is the interval of the first n replications; the grey line is the estimate of all.

    Parameters
    ----------
    table : DataFrame
        A summary with a further column ``replications``: how many of the first ones each row is about. The first six
        points are drawn.
    metric : str
    labels : mapping of str to str, optional
        How factors and metrics are called, with their units.

    Returns
    -------
    Figure

    Raises
    ------
    ResultError
        If the table has no column ``replications``.
    ParameterError
        If it has no such metric.

    Examples
    --------
    >>> table = pd.DataFrame({"replications": [10, 100], "metric": "welfare", "value": 2.0, "low": 1.0, "high": 3.0})
    >>> convergence(table, "welfare").axes[0].get_xlabel()
    'replications'
    """
    if "replications" not in table:
        raise ResultError("a table of convergence has the column replications beside those of a summary")
    rows = rows_of(table, metric)
    check_factors(rows, ["replications"])
    notes = ["Bands are 95% intervals of the first replications; grey: all of them."]
    if "point" in rows and rows.point.nunique() > MOST_POINTS:
        chosen = rows.point.drop_duplicates()[:MOST_POINTS]
        notes.append(f"{MOST_POINTS} of {rows.point.nunique()} points are shown.")
        rows = rows[rows.point.isin(chosen)]
    along = Scale.of(rows.replications, "replications")
    with styled():
        panels = Panels.of(rows, ["replications"], labels, height=2.2)
        panels.notes += [*notes, undefined_note(rows)]
        for axes, part in zip(panels.axes, panels.parts, strict=True):
            last = float(part.value.to_numpy()[part.replications.argmax()])
            axes.axhline(last, color=GREY, linewidth=0.8, zorder=1)
            _draw_line(axes, part, along, "replications", _look(0, COLOURS[0]), 0.0)
            along.draw(axes.xaxis)
            draw_values(axes, rows, label_of(metric, labels))
        return panels.finish()


def undefined_note(rows: pd.DataFrame) -> str:
    """Return a sentence on the values that cannot be drawn, empty if there are none.

    Examples
    --------
    >>> undefined_note(pd.DataFrame({"value": [1.0, float("nan"), 2.0]}))
    '1 of 3 values is undefined.'
    """
    number = int(rows.value.isna().sum())
    return f"{number} of {len(rows)} values {'is' if number == 1 else 'are'} undefined." if number else ""


def draw_values(axes: Axes, rows: pd.DataFrame, label: str) -> None:
    """Give the axis of values its label, and a logarithmic scale where they span much.

    Examples
    --------
    >>> axes = Figure().subplots()
    >>> draw_values(axes, pd.DataFrame({"value": [3.0, 400.0], "low": [2.0, 300.0]}), "steps")
    >>> axes.get_yscale()
    'log'
    """
    axes.set_ylabel(label)
    if is_wide(rows.value) and not (rows.low <= 0).any():
        axes.set_yscale("log")
        plain_log_ticks(axes.yaxis)


def _lines(
    rows: pd.DataFrame, by: str | None, labels: Mapping[str, str] | None, notes: list[str]
) -> dict[Any, dict[str, Any]]:
    """Return the look of each line by level: an ordered one for numbers, a distinct one for categories."""
    if by is None:
        return {None: _look(0, COLOURS[0])}
    scale = Scale.of(rows[by], label_of(by, labels))
    levels: Sequence[Any] = scale.levels
    if len(levels) > MOST_LINES:
        evenly = np.linspace(0, len(levels) - 1, MOST_LINES).round().astype(int).tolist()
        notes.append(f"{MOST_LINES} of {len(levels)} levels of {scale.label} are shown.")
        levels = [levels[k] for k in (evenly if scale.is_numeric else range(MOST_LINES))]
    if scale.is_numeric and len(levels) > 2:
        shades = matplotlib.colormaps["viridis"](np.linspace(0, 0.85, len(levels)))
        colours = [matplotlib.colors.to_hex(shade) for shade in shades]
    else:
        colours = list(COLOURS)
    return {level: _look(k, colours[k]) for k, level in enumerate(levels)}


def _look(number: int, colour: str) -> dict[str, Any]:
    """Return how a line looks; the marker tells lines apart where colours cannot."""
    return {"color": colour, "marker": MARKERS[number], "markersize": 3.5, "linewidth": 1.2}


def _draw_line(axes: Axes, rows: pd.DataFrame, along: Scale, x: str, look: Mapping[str, Any], shift: float) -> None:
    """Draw the estimates of a line in the order of its axis."""
    places = along.places(rows[x])
    order = np.argsort(places, kind="stable")
    places = places[order]
    value, low, high = (rows[name].to_numpy(float)[order] for name in ("value", "low", "high"))
    if along.is_numeric:
        axes.fill_between(places, low, high, color=look["color"], alpha=BAND, linewidth=0)
        axes.plot(places, value, **look, markevery=1 + len(places) // MOST_MARKERS)
    else:
        axes.vlines(places + shift, low, high, color=look["color"], linewidth=look["linewidth"])
        axes.plot(places + shift, value, **{**look, "linestyle": "none"})
        axes.set_xlim(-0.5, len(along.levels) - 0.5)
