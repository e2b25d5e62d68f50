"""The panels of the default figure: each draws one view of a result into axes that it is given.

Runs are grouped by outcome: the scenario's verdict where it gives one, else the reason for which the run ended. A run
that ended keeps its last value in the median, because it has settled; without it the median would follow the slow ones.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from socialsim.core.result import Result
from socialsim.plotting.style import COLOURS, GREY, INK

MAX_LINES = 500  # more are a solid patch of colour
MAX_LABELS = 40
HALO = [patheffects.withStroke(linewidth=3.5, foreground="white")]


class Outcome(NamedTuple):
    """How some of the runs ended: a name, a colour and the numbers of the runs."""

    name: str
    colour: str
    runs: NDArray[np.int64]


def outcomes(result: Result) -> list[Outcome]:
    """Return the outcomes that occurred, each with its runs; a verdict keeps its colour whatever else occurred.

    Examples
    --------
    >>> from socialsim.core.manifest import Manifest
    >>> runs = {"run": [0, 1, 2], "stream_key": "", "num_agents": 9, "steps": 5, "stop": "settled"}
    >>> runs["verdict"] = [1, 0, 1]
    >>> manifest = Manifest("epistemic", {}, 1, 3, figure={"verdicts": {"0": "false consensus", "1": "truth"}})
    >>> [(outcome.name, outcome.runs.tolist()) for outcome in outcomes(Result(manifest, {"run": runs}))]
    [('truth', [0, 2]), ('false consensus', [1])]
    """
    runs, names = result.runs, result.manifest.figure.get("verdicts", {})
    few = runs.verdict.nunique() <= len(COLOURS)  # the word that a population agrees on tells no runs apart
    if (runs.verdict < 0).all() or not (few or names):
        kinds = sorted(runs.stop.unique())
        return [Outcome(kind, COLOURS[i], _runs(runs, runs.stop == kind)) for i, kind in enumerate(kinds)]
    known = sorted({int(key) for key in names} | set(runs.verdict[runs.verdict >= 0]), reverse=True)
    found = [
        Outcome(names.get(str(v), f"outcome {v}"), COLOURS[i % len(COLOURS)], _runs(runs, runs.verdict == v))
        for i, v in enumerate(known)
    ]
    found.append(Outcome("undecided", GREY, _runs(runs, runs.verdict < 0)))
    return [outcome for outcome in found if outcome.runs.size]


def time_course(axes: Axes, result: Result, column: str, label: str) -> None:
    """Draw a column of `series` against time: a thin line a run, a bold median an outcome.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from socialsim.core.manifest import Manifest
    >>> runs = {"run": [0], "stream_key": "", "num_agents": 9, "steps": 2, "stop": "settled", "verdict": -1}
    >>> series = {"run": 0, "step": [0, 1, 2], "credence": [0.5, 0.7, 0.9]}
    >>> axes = Figure().subplots()
    >>> result = Result(Manifest("epistemic", {}, 1, 1), {"run": runs, "series": series})
    >>> time_course(axes, result, "credence", "Credence")
    >>> axes.get_legend().get_texts()[0].get_text()
    'settled: 1 run'
    """
    series = result.series[result.series.run < MAX_LINES]
    wide = series.pivot(index="step", columns="run", values=column)
    steps = wide.index.to_numpy()
    for outcome in outcomes(result):
        drawn = wide.loc[:, wide.columns.isin(outcome.runs)]
        lines = [np.column_stack([steps, values])[~np.isnan(values)] for values in drawn.to_numpy().T]
        alpha = float(np.clip(25 / max(len(lines), 1), 0.1, 0.6))
        axes.add_collection(LineCollection(lines, colors=outcome.colour, linewidths=0.6, alpha=alpha))
        median = drawn.interpolate(method="index", limit_area="inside").ffill().median(axis=1)
        label_ = f"{outcome.name}: {_count(outcome.runs.size)}"
        axes.plot(steps, median, color=outcome.colour, linewidth=2.2, label=label_, path_effects=HALO, zorder=3)
    step_label, lengths = result.manifest.figure.get("step_label", "Step"), series.groupby("run").step.max()
    shown, end = lengths.quantile(0.99, interpolation="higher"), lengths.max()  # the slowest would squeeze the others
    axes.set_xlim(0, float(shown) or 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    _name_axes(axes, f"{step_label} (1% of the runs last longer)" if shown < end else step_label, label)
    _legend(axes)


def run_lengths(axes: Axes, result: Result) -> None:
    """Draw how long the runs lasted: a histogram of steps, stacked by outcome.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from socialsim.core.manifest import Manifest
    >>> runs = {"run": [0], "stream_key": "", "num_agents": 9, "steps": 2, "stop": "settled", "verdict": -1}
    >>> axes = Figure().subplots()
    >>> run_lengths(axes, Result(Manifest("epistemic", {}, 1, 1), {"run": runs}))
    >>> axes.get_xlabel()
    'Length of the run (steps)'
    """
    found, runs = outcomes(result), result.runs
    axes.hist(
        [runs.steps[runs.run.isin(outcome.runs)] for outcome in found],
        bins=min(40, max(5, int(np.sqrt(len(runs))))),
        stacked=True,
        color=[outcome.colour for outcome in found],
        label=[f"{outcome.name}: {_count(outcome.runs.size)}" for outcome in found],
    )
    _name_axes(axes, "Length of the run (steps)", "Runs")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    _legend(axes)


def network(axes: Axes, result: Result, column: str, label: str, run: int, *, at_start: bool = False) -> None:
    """Draw the network of one run with its agents coloured by a column of `agent`, at the start or at the end.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from socialsim.core.manifest import Manifest
    >>> runs = {"run": [0], "stream_key": "", "num_agents": 2, "steps": 2, "stop": "settled", "verdict": -1}
    >>> agents = {"run": 0, "agent": [0, 1], "agent_type": "", "label": ["a", "b"], "presence": "present", "choice": 0}
    >>> edges = {"run": [0], "source": 0, "target": 1, "weight": 1.0, "layer": ""}
    >>> tables = {"run": runs, "agent": agents | {"credence": 0.5}, "edge": edges}
    >>> result = Result(Manifest("epistemic", {}, 1, 1), tables)
    >>> axes = Figure().subplots()
    >>> network(axes, result, "credence", "Credence", run=0)
    >>> [text.get_text() for text in axes.texts]
    ['a', 'b']
    """
    agents = result.agents[result.agents.run == run].sort_values("agent")  # agents are numbered from 0 in each run
    edges = result.edges.loc[result.edges.run == run, ["source", "target"]].to_numpy()
    places = _layout(len(agents), edges)
    axes.add_collection(LineCollection(list(places[edges]), colors="#C4C4C4", linewidths=0.5, zorder=1))
    both = [agents[name].to_numpy(dtype=float) for name in (f"initial_{column}", column) if name in agents]
    values = both[0 if at_start else -1]
    low, high = _range(np.concatenate(both))
    size = float(np.clip(4500 / len(agents), 12, 150))
    dots = axes.scatter(
        places[:, 0],
        places[:, 1],
        c=values,
        s=size,
        vmin=low,
        vmax=high,
        linewidths=0.6,
        edgecolors=INK,
        zorder=2,
        clip_on=False,
    )
    without = places[np.isnan(values)]  # agents of a type that has no such column
    square: dict[str, Any] = {
        "c": "white",
        "marker": "s",
        "linewidths": 0.6,
        "edgecolors": INK,
        "zorder": 2,
        "clip_on": False,
    }
    axes.scatter(without[:, 0], without[:, 1], size, **square)
    if len(agents) <= MAX_LABELS:
        _label_nodes(axes, places, agents.label.tolist(), np.array(dots.to_rgba(values)))
    _finish(axes, result, dots, label, run, at_start=at_start)


def lattice(
    axes: Axes, result: Result, column: str, label: str, run: int, shape: tuple[int, int], *, at_start: bool = False
) -> None:
    """Draw the agents of one run as cells of a rectangle, coloured by a column of `agent`, at the start or at the end.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from socialsim.core.manifest import Manifest
    >>> runs = {"run": [0], "stream_key": "", "num_agents": 2, "steps": 2, "stop": "done", "verdict": -1}
    >>> agents = {"run": 0, "agent": [0, 1], "agent_type": "", "label": "", "presence": "present", "choice": 0}
    >>> result = Result(Manifest("culture", {}, 1, 1), {"run": runs, "agent": agents | {"culture": [4, 7]}})
    >>> axes = Figure().subplots()
    >>> lattice(axes, result, "culture", "Culture", run=0, shape=(1, 2))
    >>> axes.images[0].get_array().tolist()
    [[4.0, 7.0]]
    """
    agents = result.agents[result.agents.run == run].sort_values("agent")
    both = [agents[name].to_numpy(dtype=float) for name in (f"initial_{column}", column) if name in agents]
    low, high = _range(np.concatenate(both))
    cells = both[0 if at_start else -1].reshape(shape)
    image = axes.imshow(cells, vmin=low, vmax=high, interpolation="none")
    _finish(axes, result, image, label, run, at_start=at_start)


def _finish(axes: Axes, result: Result, colours: ScalarMappable, label: str, run: int, *, at_start: bool) -> None:
    """Say what a view of one run's agents shows, and what its colours mean."""
    if at_start:
        axes.set_title(f"Run {run} at the start", fontsize=8)
    else:
        axes.figure.colorbar(colours, ax=axes, shrink=0.7, aspect=22, pad=0.02, label=label).outline.set_linewidth(0)
        name = next((outcome.name for outcome in outcomes(result) if run in outcome.runs), "")
        axes.set_title(f"Run {run} at the end: {name}", fontsize=8)
    axes.set_axis_off()


def agent_values(axes: Axes, result: Result, column: str, label: str) -> None:
    """Draw the distribution over the agents that are listed, all runs together, of a column of `agent` at the end.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from socialsim.core.manifest import Manifest
    >>> agents = {"run": 0, "agent": [0, 1], "agent_type": "", "label": "", "presence": "present", "choice": 0}
    >>> axes = Figure().subplots()
    >>> result = Result(Manifest("epistemic", {}, 1, 1), {"agent": agents | {"credence": 0.5}})
    >>> agent_values(axes, result, "credence", "Credence")
    >>> axes.get_ylabel()
    'Agents (run 0)'
    """
    values = result.agents[column].dropna().to_numpy(dtype=float)
    axes.hist(values, bins=40, range=_range(values), color=COLOURS[0])
    runs = result.agents.run.unique()
    _name_axes(axes, label, f"Agents (run {runs[0]})" if len(runs) == 1 else "Agents (all runs)")


def _layout(num_agents: int, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return places in the plane, shape (num_agents, 2), that show the network's structure; the same each time."""
    import networkx as nx

    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(num_agents))
    graph.add_edges_from(edges.tolist())
    first = nx.circular_layout(graph)  # a ring stays a ring
    places = nx.spring_layout(graph, pos=first, k=3 / np.sqrt(num_agents), iterations=200, seed=1, method="force")
    return np.array([places[agent] for agent in range(num_agents)])


def _runs(runs: pd.DataFrame, chosen: Any) -> NDArray[np.int64]:
    """Return the numbers of the chosen runs."""
    return runs.run[chosen].to_numpy()


def _count(number: int) -> str:
    """Return "1 run" or "1,234 runs"."""
    return f"{number:,} run{'s' * (number != 1)}"


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the range of colours or bins: [0, 1] for shares and beliefs, else that of the values, or around their only
    value.
    """
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    reach = 1e-6 * max(abs(low), abs(high))
    return (low, high) if high - low > reach else (low - 0.5 * abs(low), high + 0.5 * abs(high))


def _name_axes(axes: Axes, x: str, y: str) -> None:
    """Label both axes."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def _legend(axes: Axes) -> None:
    """Put the legend above the axes, where it hides nothing."""
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2, handlelength=1.2, columnspacing=1.4
    )


def _label_nodes(axes: Axes, xy: NDArray[np.float64], labels: list[str], colours: NDArray[np.float64]) -> None:
    """Write short labels into the nodes, in black or white, and long ones below them."""
    inside = max(map(len, labels)) <= 3
    dark = (colours[:, :3] @ [0.299, 0.587, 0.114] < 0.5) & (colours[:, 3] > 0)
    for place, label, is_dark in zip(xy, labels, dark, strict=True):
        colour = "white" if inside and is_dark else INK
        offset, va = ((0, 0), "center_baseline") if inside else ((0, -8), "top")
        halo = [] if inside else [patheffects.withStroke(linewidth=2, foreground="white")]
        axes.annotate(
            label, place, offset, textcoords="offset points", ha="center", va=va, fontsize=6.5, color=colour,
            path_effects=halo, zorder=4,
        )  # fmt: skip
