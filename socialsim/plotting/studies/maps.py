"""Estimates over two factors: as shades, and as regions in which a metric is surely above or below a level.

A cell is a point of the study; cells are equally large whatever the distance of their levels. In a phase diagram a
point belongs to the region between two levels if its whole interval [low, high] lies between them; a point whose
interval holds a level is undecided, and so is one that has no interval. The contour joins the places where the value,
interpolated linearly from cell to cell, equals a level; it is drawn where both factors are numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm, Normalize, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.plotting.studies.axes import Scale, check_factors, is_wide, label_of, name_of, plain_log_ticks, rows_of
from socialsim.plotting.studies.panels import Panels, write_legend
from socialsim.plotting.style import GREY, INK, styled

COLOUR_MAP = "cividis"
UNDECIDED = "#D9D9D9"
HATCH: Mapping[str, Any] = {"facecolor": "white", "edgecolor": GREY, "hatch": "/////", "linewidth": 0}
NUMBER_SIZE = 6.5  # points
NUMBER_WIDTH = 0.06  # inches a letter


def heat_map(table: pd.DataFrame, x: str, y: str, metric: str, *, labels: Mapping[str, str] | None = None) -> Figure:
    """Return a metric over two factors: a shade for each point, with its value where there is room.

    Undefined values are hatched; where there is no point the figure is blank. Further factors give a panel for each
    combination of their levels, twelve at most.

    Parameters
    ----------
    table : DataFrame
        A summary.
    x, y : str
        Paths of the factors along the axes.
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
    >>> table = pd.DataFrame({"learner.alpha": 0.1, "network.n": [4, 6], "metric": "welfare", "value": [1.0, 2.0]})
    >>> figure = heat_map(table.assign(low=0.0, high=3.0), "learner.alpha", "network.n", "welfare")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['1.0', '2.0']
    """
    rows = rows_of(table, metric)
    check_factors(rows, [x, y])
    across, up = (Scale.of(rows[path], label_of(path, labels)) for path in (x, y))
    with styled():
        panels = Panels.of(rows, [x, y], labels, height=2.8)
        norm = _norm(rows.value)
        decimals = _decimals(rows.value)
        for axes, part in zip(panels.axes, panels.parts, strict=True):
            values, defined = _grid(part, across, up, x, y, part.value), ~part.value.isna()
            image = axes.imshow(values, origin="lower", aspect="auto", norm=norm, cmap=COLOUR_MAP)
            _hatch(axes, across.ranks(part[x][~defined]), up.ranks(part[y][~defined]))
            if _have_room(panels, rows, across, up, decimals):
                _write_values(axes, values, norm, decimals)
            _draw_axes(axes, across, up, panels.width)
        bar = panels.figure.colorbar(image, ax=panels.axes, label=label_of(metric, labels), aspect=25, pad=0.02)
        bar.outline.set_linewidth(0)
        if isinstance(norm, LogNorm):
            plain_log_ticks(bar.ax.yaxis)
        panels.notes += _blank_notes(rows, panels, across, up)
        return panels.finish()


def phase_diagram(
    table: pd.DataFrame,
    x: str,
    y: str,
    metric: str,
    *,
    level: float | Sequence[float],
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Return the regions over two factors in which a metric is above and below a level.

    Parameters
    ----------
    table : DataFrame
        A summary.
    x, y : str
        Paths of the factors along the axes.
    metric : str
    level : float or sequence of float
        One or more, in the unit of the metric, ascending.
    labels : mapping of str to str, optional
        How factors and metrics are called, with their units.

    Returns
    -------
    Figure

    Raises
    ------
    ParameterError
        If the table has no such metric or factor, or the levels are not finite and ascending.

    Examples
    --------
    >>> table = pd.DataFrame({"learner.alpha": [0.1, 0.2, 0.3], "network.n": 4, "metric": "welfare"})
    >>> table = table.assign(value=[1.0, 2.0, 3.0], low=[0.8, 1.8, 2.8], high=[1.2, 2.2, 3.2])
    >>> figure = phase_diagram(table, "learner.alpha", "network.n", "welfare", level=2.1)
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['< 2.1', '> 2.1', 'undecided']
    """
    rows = rows_of(table, metric)
    check_factors(rows, [x, y])
    levels = np.atleast_1d(np.asarray(level, float))
    if not (levels.ndim == 1 and levels.size and np.isfinite(levels).all() and (np.diff(levels) > 0).all()):
        raise ParameterError(f"level: {level!r} is not accepted; accepted: a finite number, or several, ascending")
    across, up = (Scale.of(rows[path], label_of(path, labels)) for path in (x, y))
    shades = matplotlib.colormaps[COLOUR_MAP](np.linspace(0.1, 0.95, len(levels) + 1))
    colours = ListedColormap([to_rgba(UNDECIDED), *map(tuple, shades)])
    with styled():
        panels = Panels.of(rows, [x, y], labels, height=3.2)
        for axes, part in zip(panels.axes, panels.parts, strict=True):
            undefined = part.value.isna()
            regions = pd.Series(phases(part.low, part.high, levels), part.index, dtype=float)
            shown = _grid(part, across, up, x, y, regions.mask(undefined))
            axes.imshow(shown, origin="lower", aspect="auto", cmap=colours, vmin=-1.5, vmax=len(levels) + 0.5)
            _hatch(axes, across.ranks(part[x][undefined]), up.ranks(part[y][undefined]))
            if across.is_numeric and up.is_numeric:
                _draw_contour(axes, _grid(part, across, up, x, y, part.value), levels)
            _draw_axes(axes, across, up, panels.width)
        _write_regions(panels, rows, levels, shades, label_of(metric, labels))
        panels.notes.append("Undecided: the 95% interval of the point holds the level.")
        if across.is_numeric and up.is_numeric:
            panels.notes.append("Line: the value is the level.")
        panels.notes += _blank_notes(rows, panels, across, up)
        return panels.finish()


def phases(low: ArrayLike, high: ArrayLike, levels: ArrayLike) -> NDArray[np.int64]:
    """Return the region of each interval: the number of levels below it, -1 if it holds one or is undefined.

    Parameters
    ----------
    low, high : array_like, shape (num_points,)
        Ends of the intervals.
    levels : array_like, shape (num_levels,)
        Ascending.

    Returns
    -------
    ndarray of int, shape (num_points,)

    Examples
    --------
    >>> phases([0.1, 0.4, 0.6, float("nan")], [0.2, 0.6, 0.9, float("nan")], [0.5]).tolist()
    [0, -1, 1, -1]
    """
    ends, bounds = np.asarray([low, high], float), np.asarray(levels, float)
    below_low, below_high = np.searchsorted(bounds, ends[0], "left"), np.searchsorted(bounds, ends[1], "right")
    is_decided = (below_low == below_high) & np.isfinite(ends).all(axis=0)
    return np.where(is_decided, below_low, -1).astype(np.int64)


def _grid(part: pd.DataFrame, across: Scale, up: Scale, x: str, y: str, values: pd.Series) -> NDArray[np.float64]:
    """Return values by level, shape (levels of y, levels of x); NaN where there is none."""
    grid = np.full((len(up.levels), len(across.levels)), np.nan)
    grid[up.ranks(part[y]), across.ranks(part[x])] = values.to_numpy(float)
    return grid


def _norm(values: pd.Series) -> Normalize:
    """Return how values become shades: from the lowest to the highest, or around the only one."""
    known = values[np.isfinite(values)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    if is_wide(known):
        return LogNorm(low, high)
    reach = 0.0 if high - low > 1e-9 * max(abs(low), abs(high)) else 0.5 * (abs(low) or 1.0)
    return Normalize(low - reach, high + reach)


def _decimals(values: pd.Series) -> int:
    """Return how many decimals tell the values of a map apart: two digits of their range."""
    known = values[np.isfinite(values)]
    spread = float(known.max() - known.min()) if len(known) else 0.0
    size = spread or float(known.abs().max() if len(known) else 1.0) or 1.0
    return min(max(0, 1 - math.floor(math.log10(size))), 6)


def _have_room(panels: Panels, rows: pd.DataFrame, across: Scale, up: Scale, decimals: int) -> bool:
    """Say whether the values can be written into the cells."""
    letters = rows.value.dropna().map(lambda value: len(f"{value:.{decimals}f}")).max() if len(rows) else 0
    room = 0.62 * panels.width / len(across.levels)
    return bool(NUMBER_WIDTH * letters < room and len(up.levels) <= 12)


def _write_values(axes: Axes, values: NDArray[np.float64], norm: Normalize, decimals: int) -> None:
    """Write each value into its cell, in black or white."""
    for (row, column), value in np.ndenumerate(values):
        if math.isfinite(value):
            red, green, blue, _ = matplotlib.colormaps[COLOUR_MAP](norm(value))
            colour = "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else INK
            text = f"{value:.{decimals}f}"
            axes.text(column, row, text, ha="center", va="center", fontsize=NUMBER_SIZE, color=colour)


def _hatch(axes: Axes, columns: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
    """Hatch cells whose value is undefined."""
    for column, row in zip(columns, rows, strict=True):
        axes.add_patch(matplotlib.patches.Rectangle((column - 0.5, row - 0.5), 1, 1, **HATCH))


def _draw_contour(axes: Axes, values: NDArray[np.float64], levels: NDArray[np.float64]) -> None:
    """Draw where the values cross the levels."""
    reached = [level for level in levels if np.nanmin(values) < level < np.nanmax(values)] if values.size else []
    if min(values.shape) >= 2 and reached:
        axes.contour(values, levels=reached, colors=INK, linewidths=1.0)


def _draw_axes(axes: Axes, across: Scale, up: Scale, width: float) -> None:
    """Name the levels along both axes, as many as there is room for."""
    across.draw_ranks(axes.xaxis, letters=18, most=max(2, int(3 * width)))
    up.draw_ranks(axes.yaxis, letters=18, most=12)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _write_regions(
    panels: Panels, rows: pd.DataFrame, levels: NDArray[np.float64], shades: NDArray[np.float64], label: str
) -> None:
    """Write the legend of the regions, and of undecided and undefined points where there are any."""
    names = [name_of(level) for level in levels]
    bounds = [f"< {names[0]}", *(f"{a} to {b}" for a, b in pairwise(names)), f"> {names[-1]}"]
    handles = [Patch(facecolor=tuple(shade)) for shade in shades]
    defined = rows[~rows.value.isna()]
    if (phases(defined.low, defined.high, levels) < 0).any():
        handles.append(Patch(facecolor=UNDECIDED))
        bounds.append("undecided")
    if len(defined) < len(rows):
        handles.append(Patch(**HATCH))
        bounds.append("undefined")
    write_legend(panels.figure, handles, bounds, label)


def _blank_notes(rows: pd.DataFrame, panels: Panels, across: Scale, up: Scale) -> list[str]:
    """Return what a reader must know of cells without a shade."""
    notes = ["Hatched: undefined."] if rows.value.isna().any() else []
    if any(len(part) < len(across.levels) * len(up.levels) for part in panels.parts):
        notes.append("Blank: no point.")
    return notes
