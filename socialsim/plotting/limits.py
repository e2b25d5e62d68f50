"""Figures of limits: where a policy takes everybody, and how far N agents are from it.

They draw from tables as `socialsim limits` writes them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, ScalarFormatter

from socialsim.plotting.style import COLOURS, GREY, styled

if TYPE_CHECKING:
    import pandas as pd

MOST_LINES = len(COLOURS)  # states beyond which shares are a map
QUANTITIES = {
    "rms": "RMS error of the flow",
    "bias": "Bias of the mean flow",
    "gap": "|exploitability - limit's|",
}


def comparison_figure(table: pd.DataFrame, slopes: Mapping[str, Mapping[str, Any]], title: str = "") -> Figure:
    """Draw the errors of N agents against N on logarithmic axes, beside the rates of theory.

    Parameters
    ----------
    table : DataFrame
        With the column size and, for rms, bias and gap, those that are there: the value, its ends _low and _high.
    slopes : mapping
        Of each: value, standard_error and theory.
    title : str

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"size": [10, 100], "rms": [0.3, 0.1], "rms_low": [0.2, 0.09], "rms_high": [0.4, 0.11]}
    >>> slope = {"value": -0.48, "standard_error": 0.1, "theory": -0.5}
    >>> len(comparison_figure(pd.DataFrame(rows), {"rms": slope}).axes)
    1
    """
    names = [name for name in QUANTITIES if name in slopes]
    with styled():
        figure = Figure(figsize=(3.1 * max(1, len(names)), 3.1), layout="constrained")
        for place, (axes, name) in enumerate(zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True)):
            draw_rate(axes, table, name, slopes[name], colour=COLOURS[place])
        figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    return figure


def draw_rate(
    axes: Axes, table: pd.DataFrame, name: str, slope: Mapping[str, Any], *, colour: str = COLOURS[0]
) -> None:
    """Draw one quantity against N with its intervals, and a line of the slope that theory gives.

    Parameters
    ----------
    axes : Axes
    table : DataFrame
        As `comparison_figure` takes it.
    name : str
    slope : mapping
    colour : str

    Examples
    --------
    >>> import pandas as pd
    >>> axes = Figure().subplots()
    >>> rows = {"size": [10, 100], "rms": [0.3, 0.1], "rms_low": [0.2, 0.09], "rms_high": [0.4, 0.11]}
    >>> draw_rate(axes, pd.DataFrame(rows), "rms", {"value": -0.48, "standard_error": 0.1, "theory": -0.5})
    >>> axes.get_title(loc="left")
    'slope -0.48 +- 0.10'
    """
    sizes, values = table["size"].to_numpy(float), np.abs(table[name].to_numpy(float))
    reach = (table[f"{name}_high"].to_numpy(float) - table[f"{name}_low"].to_numpy(float)) / 2.0
    shown = (values > 0.0) & np.isfinite(reach)
    down = np.minimum(reach, values * 0.9)  # an interval that holds 0 has no lower end here
    axes.errorbar(sizes[shown], values[shown], [down[shown], reach[shown]], color=colour, marker="o", markersize=3.5)
    if shown.any():
        last = sizes[shown][-1], values[shown][-1]
        axes.plot(
            sizes, last[1] * (sizes / last[0]) ** slope["theory"], color=GREY, linestyle="--", linewidth=1.0, zorder=0
        )
        axes.set(xscale="log", yscale="log")
        axes.text(0.98, 0.96, f"- - theory {slope['theory']:g}", transform=axes.transAxes, ha="right", va="top", size=8)
        axes.set_xticks(sizes)
        axes.xaxis.set_major_formatter(ScalarFormatter())
        axes.xaxis.set_minor_locator(NullLocator())
    measured = "undefined" if math.isnan(slope["value"]) else f"{slope['value']:.2f} +- {slope['standard_error']:.2f}"
    axes.set_title(f"slope {measured}", loc="left", fontsize=9)
    axes.set(xlabel="Agents N", ylabel=QUANTITIES.get(name, name))


def solution_figure(
    iterations: pd.DataFrame, flow: pd.DataFrame, labels: Sequence[str], *, title: str = "", unit: str = "step"
) -> Figure:
    """Draw how the exploitability came down, and where the policy takes everybody.

    Parameters
    ----------
    iterations : DataFrame
        With the columns iteration and exploitability.
    flow : DataFrame
        With the columns step, node, position, weight, state and share.
    labels : sequence of str
        Names of the states.
    title, unit : str

    Examples
    --------
    >>> import pandas as pd
    >>> found = pd.DataFrame({"iteration": [0, 1], "exploitability": [1.0, 0.1]})
    >>> rows = {"step": [0, 0, 1, 1], "node": [0] * 4, "position": [0.5] * 4, "weight": [1.0] * 4}
    >>> flow = pd.DataFrame(rows | {"state": [0, 1, 0, 1], "share": [1.0, 0.0, 0.5, 0.5]})
    >>> len(solution_figure(found, flow, ["well", "ill"]).axes)
    2
    """
    num_nodes = flow.node.nunique()
    with styled():
        count = 3 if num_nodes > 1 else 2
        figure = Figure(figsize=(3.6 * count, 3.2), layout="constrained")
        panels = figure.subplots(1, count)
        _draw_iterations(panels[0], iterations)
        draw_flow(panels[1], flow, labels, unit=unit)
        if count == 3:
            _draw_nodes(figure, panels[2], flow, labels, unit)
        figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    return figure


def draw_flow(axes: Axes, flow: pd.DataFrame, labels: Sequence[str], *, unit: str = "step") -> None:
    """Draw the shares of the states among all agents: lines where they are few, else a map.

    Parameters
    ----------
    axes : Axes
    flow : DataFrame
        As `solution_figure` takes it.
    labels : sequence of str
    unit : str

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"step": [0, 0], "node": [0, 0], "position": [0.5, 0.5], "weight": [1.0, 1.0]}
    >>> axes = Figure().subplots()
    >>> draw_flow(axes, pd.DataFrame(rows | {"state": [0, 1], "share": [0.3, 0.7]}), ["well", "ill"])
    >>> axes.get_legend_handles_labels()[1]
    ['well', 'ill']
    """
    all_agents = (flow.share * flow.weight).groupby([flow.step, flow.state]).sum().unstack()
    if len(labels) > MOST_LINES:
        axes.imshow(all_agents.to_numpy().T, aspect="auto", origin="lower", cmap="Blues", interpolation="nearest")
        axes.set(xlabel=unit.capitalize(), ylabel="State")
        axes.set_title("share of all agents", loc="left", fontsize=9)
        axes.grid(visible=False)
        return
    for state, label in enumerate(labels):
        axes.plot(all_agents.index, all_agents[state], color=COLOURS[state], linewidth=1.6, label=label)
    axes.set(xlabel=unit.capitalize(), ylabel="Share of all agents", ylim=(-0.02, 1.02))
    axes.legend(fontsize=8)


def _draw_iterations(axes: Axes, iterations: pd.DataFrame) -> None:
    values = iterations.exploitability.to_numpy(float)
    axes.plot(iterations.iteration, values, color=COLOURS[0], linewidth=1.4)
    if (values > 0).all() and values.max() > 3 * values.min():
        axes.set_yscale("log")
    axes.set(xlabel="Iteration", ylabel="Exploitability")
    axes.set_title(f"from {values[0]:.3g} to {values[-1]:.3g}", loc="left", fontsize=9)


def _draw_nodes(figure: Figure, axes: Axes, flow: pd.DataFrame, labels: Sequence[str], unit: str) -> None:
    """Draw the share of the last state at each node, over time."""
    last = flow[flow.state == len(labels) - 1]
    table = last.pivot(index="position", columns="step", values="share")
    ends = np.append(0.0, last.groupby("position").weight.first().cumsum())  # a node is as high as its weight
    image = axes.pcolormesh(np.arange(table.shape[1] + 1) - 0.5, ends, table.to_numpy(), cmap="Blues", vmin=0)
    axes.set(xlabel=unit.capitalize(), ylabel="Position x of an agent")
    axes.set_title(f"share {labels[-1]} at x", loc="left", fontsize=9)
    axes.grid(visible=False)
    figure.colorbar(image, ax=axes)
