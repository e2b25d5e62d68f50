"""Two figures that every study needs: what happened in the runs, and how the measured compares with the published.

A scenario may say in its manifest (`figure`) how it wants to be drawn; each hint is optional, and what is missing is
chosen from the tables:

- ``series``, ``series_label``: the column of the table `series` on the left, and its name with its unit;
- ``step_label``: what a step is called, such as "Round";
- ``agent``, ``agent_label``: the column of the table `agent` on the right, and its name with its unit;
- ``verdicts``: names of the outcomes, ``{"0": "false consensus", "1": "truth"}``;
- ``highlight``: the run whose network is drawn, 0 if not given.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from socialsim.core.errors import ResultError, unknown
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.core.tables import TABLES
from socialsim.plotting.panels import MAX_LINES, agent_values, lattice, network, run_lengths, time_course
from socialsim.plotting.style import COLOURS, GREY, INK, styled

MAX_NODES = 500  # more are no longer told apart
MAX_DENSE = 15  # more agents of whom most are linked make a grey mass
MEASURED = ("measured", "low", "high")
WORDS = (0.02, 0.3)  # where the columns of words start, as a share of their panel's width
UNDATED: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def result_figure(result: Result, *, network_layout: bool = True) -> Figure:
    """Return the default figure of a result.

    Left: the time course, a thin line a run and a bold median an outcome (without `series`, how long the runs lasted).
    Right: the network of one run, on a grid a map, agents coloured by a numeric column at the start, where that is
    known, and at the end (above 500 agents elsewhere, or where most pairs are linked, the distribution of that column).
    Panels whose tables were not recorded are left out.

    Parameters
    ----------
    result : Result
        With the table `run` and, where they are to be drawn, `series`, `agent` and `edge`.
    network_layout : bool
        Whether to draw the network; if not, the distribution over agents is drawn.

    Returns
    -------
    Figure

    Raises
    ------
    ResultError
        If the table `run` was not recorded, or a hint names a column that does not exist.

    Examples
    --------
    >>> from socialsim.core.manifest import Manifest
    >>> runs = {"run": [0, 1], "stream_key": "", "num_agents": 9, "steps": [5, 7], "stop": "settled", "verdict": -1}
    >>> figure = result_figure(Result(Manifest("voter", {}, seed=1, num_runs=2), {"run": runs}))
    >>> figure.get_suptitle()
    'voter: 2 runs'
    """
    hints = result.manifest.figure
    series, agent = _column(result, "series"), _column(result, "agent")
    if series and agent and len(result.agents) == 1:
        agent = None  # the time course shows all that there is to see of a single agent
    with styled():
        shape = _lattice_shape(result) if agent and network_layout else None
        drawn = bool(agent and network_layout and (shape or _network_fits(result)))
        with_start = drawn and f"initial_{agent}" in result.agents
        num_panels = 1 + bool(agent) + with_start
        figure = Figure(figsize=(1 + 3.6 * num_panels, 3.6))
        panels = figure.subplots(1, num_panels, squeeze=False)[0]
        if series:
            time_course(panels[0], result, series, hints.get("series_label", _name(series)))
        else:
            run_lengths(panels[0], result)
        label, run = hints.get("agent_label", _name(agent or "")), int(hints.get("highlight", 0))
        if agent and drawn:
            for place, panel in enumerate(panels[1:], start=1):
                at_start = place < num_panels - 1
                if shape:
                    lattice(panel, result, agent, label, run, shape, at_start=at_start)
                else:
                    network(panel, result, agent, label, run, at_start=at_start)
        elif agent:
            agent_values(panels[1], result, agent, label)
        _write_title(figure, result, min(MAX_LINES, result.series.run.nunique()) if series else None)
    return figure


def comparison_figure(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Return a figure of measured against published values: one line a quantity, relative to the published figure.

    A dot on the vertical line is full agreement; a bar is the interval. Blue dots hold, open vermilion ones do not.
    The figures themselves stand on the right; a quantity published as zero or in words has no dot.

    Parameters
    ----------
    rows : sequence of mappings
        With the keys ``quantity``, ``published``, ``measured``, ``low``, ``high`` and ``holds``, as
        ``socialsim reproduce --json`` prints them; undefined numbers are None or NaN.

    Returns
    -------
    Figure

    Raises
    ------
    ResultError
        If there is no row or a row lacks a key.

    Examples
    --------
    >>> row = {"quantity": "cycle", "published": ".970", "measured": 0.969, "low": 0.967, "high": 0.971, "holds": True}
    >>> [text.get_text() for text in comparison_figure([row]).axes[0].get_yticklabels()]
    ['cycle']
    """
    keys = ("quantity", "published", "measured", "low", "high", "holds")
    missing = [key for row in rows for key in keys if key not in row]
    if missing or not rows:
        raise ResultError(f"a comparison takes rows with the keys {', '.join(keys)}; got {missing or 'no rows'}")
    with styled():
        figure = Figure(figsize=(7, 0.9 + 0.25 * len(rows)))
        axes, words = figure.subplots(1, 2, sharey=True, width_ratios=[1.2, 1])
        axes.axvline(1, color=GREY, linewidth=1)
        for place, row in enumerate(rows):
            _draw_comparison(axes, place, row)
            _write_comparison(words, place, row)
        axes.set_yticks(range(len(rows)), [row["quantity"] for row in rows])
        axes.set_ylim(len(rows) - 0.4, -1.2)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.set_xlabel("Measured / published")
        words.set_axis_off()
        for x, head in zip(WORDS, ("Published", "Measured"), strict=True):
            words.text(x, -0.9, head, color=GREY, fontsize=8, va="center")
    return figure


def save(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure, in the format that the suffix names; the same figure gives the same bytes.

    Parameters
    ----------
    figure : Figure
        What to write.
    path : str or Path
        Ends in ``.png``, ``.svg`` or ``.pdf``; an existing file is replaced.

    Returns
    -------
    Path

    Raises
    ------
    ResultError
        If the suffix is another one or the file cannot be written.

    Examples
    --------
    >>> save(Figure(), "figure.bmp")
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ResultError: unknown figure format 'bmp'; Accepted: pdf, png, svg
    """
    path = Path(path)
    kind = path.suffix.removeprefix(".").lower()
    if kind not in UNDATED:
        raise ResultError(unknown("figure format", kind, UNDATED))
    try:
        with styled():
            figure.savefig(path, format=kind, metadata=UNDATED[kind])
    except OSError as error:
        raise ResultError(f"cannot write the figure {path}: {error.strerror or error}") from None
    return path


def _column(result: Result, table: str) -> str | None:
    """Return the column of a table that is drawn: the one that the scenario names, else its first numeric one."""
    if table not in result.tables or result.table(table).empty:
        return None
    frame, leading = result.table(table), {column.name for column in TABLES[table].columns}
    numeric = [c for c in frame if pd.api.types.is_numeric_dtype(frame[c]) and (c not in leading or c == "choice")]
    wanted = result.manifest.figure.get(table)
    if wanted is None:
        return str(next((c for c in numeric if c != "choice"), numeric[0])) if numeric else None
    if wanted not in numeric:
        raise ResultError(f"cannot draw {table!r}: {unknown('numeric column', wanted, map(str, numeric))}")
    return str(wanted)


def _name(column: str) -> str:
    """Return a column's name as a label: "Mean credence" for "mean_credence"."""
    return column.replace("_", " ").capitalize()


def _lattice_shape(result: Result) -> tuple[int, int] | None:
    """Return rows and columns if the agents of the drawn run, all of them recorded, stand on a grid."""
    if not str(result.parameters.get("network", "")).startswith("grid"):
        return None
    shape = int(result.parameters.get("network.rows", 0)), int(result.parameters.get("network.columns", 0))
    run = int(result.manifest.figure.get("highlight", 0))
    return shape if 0 < shape[0] * shape[1] == (result.agents.run == run).sum() else None


def _network_fits(result: Result) -> bool:
    """Say whether the network of the drawn run was recorded, and has few enough agents and edges to be read."""
    run = int(result.manifest.figure.get("highlight", 0))
    num_agents = int((result.agents.run == run).sum())
    if "edge" not in result.tables or not 0 < num_agents <= MAX_NODES:
        return False
    num_edges = int((result.edges.run == run).sum())
    return num_agents <= MAX_DENSE or num_edges < num_agents * (num_agents - 1) / 2


def _write_title(figure: Figure, result: Result, max_lines: int | None) -> None:
    """Write what was run above the panels and how to run it again below them."""
    place, runs = result.parameters.get("network"), f"{result.num_runs:,} run{'s' * (result.num_runs != 1)}"
    title = f"{result.scenario}{f' on {place}' if isinstance(place, str) else ''}: {runs}"
    figure.suptitle(title + (", interrupted" if result.status == "interrupted" else ""), x=0.01, ha="left")
    caption = f"seed {result.seed}, socialsim {result.manifest.versions.get('socialsim', '')}".rstrip()
    if max_lines and result.num_runs > max_lines:
        caption += f"; lines and medians of the first {max_lines} runs, counts of all"
    figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)


def _draw_comparison(axes: Axes, place: int, row: Mapping[str, Any]) -> None:
    """Draw the measured value of one quantity, with its interval, relative to the published one."""
    measured, low, high = (_number(row[key]) / (_number(row["published"]) or np.nan) for key in MEASURED)
    colour = COLOURS[0] if row["holds"] else COLOURS[1]
    axes.plot([low, high], [place, place], color=colour, linewidth=1.3, zorder=2)
    axes.plot(measured, place, "o", color=colour, mfc=colour if row["holds"] else "white", markersize=4.5, zorder=3)


def _write_comparison(axes: Axes, place: int, row: Mapping[str, Any]) -> None:
    """Write the published and the measured figure of one quantity."""
    measured, low, high = (_number(row[key]) for key in MEASURED)
    figures = "undefined" if np.isnan(measured) else str(Estimate(measured, low, high, 0))
    colour = INK if row["holds"] else COLOURS[1]
    for x, text in zip(WORDS, (str(row["published"]), figures), strict=True):
        axes.text(x, place, text, color=colour, fontsize=8, va="center")


def _number(figure: object) -> float:
    """Return a figure as a number, NaN if it is undefined or a claim in words."""
    try:
        return float(Fraction(figure) if isinstance(figure, str) else figure)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError):
        return np.nan
