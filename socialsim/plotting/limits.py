"""Figures of limits: where a policy takes everybody, and how far N agents are from it.

They draw from tables as `socialsim limits` writes them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator, ScalarFormatter

from socialsim.plotting.style import COLOURS, GREY, styled

if TYPE_CHECKING:
    import pandas as pd

MOST_LINES, MOST_TICKS, MOST_MAPS, MOST_LETTERS = 12, 10, 3, 18  # beyond so many lines shares are a map
DASHES = ("-", "--", "-.", ":")  # one line over another: both are seen
QUANTITIES = {
    "rms": "RMS error of the flow",
    "bias": "Bias of the mean flow",
    "gap": "|exploitability - limit's|",
}
THEORY = {
    "rms": {-0.5: r"$N^{-1/2}$"},
    "bias": {-1.0: r"$N^{-1}$, if smooth"},
    "gap": {-0.5: r"$N^{-1/2}$", -1.0: r"$N^{-1}$, if smooth"},
}


def comparison_figure(table: pd.DataFrame, slopes: Mapping[str, Mapping[str, Any]], title: str = "") -> Figure:
    """Draw the errors of N agents against N on logarithmic axes, beside the rates of theory.

    Parameters
    ----------
    table : DataFrame
        With the column size and, for rms, bias and gap, those that are there: the value, its ends _low and _high.
    slopes : mapping
        Of each: value, standard_error, theory and, where all is 0 to rounding, is_zero.
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
    """Draw one quantity against N with its intervals, and lines of the slopes that theory gives.

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
    'slope -0.48 ± 0.10'
    """
    axes.set(xlabel="Agents N", ylabel=QUANTITIES.get(name, name))
    sizes, values = table["size"].to_numpy(float), np.abs(table[name].to_numpy(float))
    reach = (table[f"{name}_high"].to_numpy(float) - table[f"{name}_low"].to_numpy(float)) / 2.0
    shown = (values > 0.0) & np.isfinite(reach)
    if slope.get("is_zero") or not shown.any():
        words = "0 to rounding" if slope.get("is_zero") else "nothing above 0"
        axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=GREY)
        axes.set(xticks=[], yticks=[])
        return
    down = np.minimum(reach, values * 0.9)  # an interval that holds 0 has no lower end here
    axes.errorbar(sizes[shown], values[shown], [down[shown], reach[shown]], color=colour, marker="o", markersize=3.5)
    last = sizes[shown][-1], values[shown][-1]
    for (rate, label), dashes in zip(THEORY.get(name, {slope["theory"]: "theory"}).items(), ("--", ":"), strict=False):
        axes.plot(
            sizes,
            last[1] * (sizes / last[0]) ** rate,
            color=GREY,
            linestyle=dashes,
            linewidth=1.0,
            zorder=0,
            label=label,
        )
    axes.legend(fontsize=8, loc="upper right")
    axes.set(xscale="log", yscale="log")
    axes.set_ylim(top=axes.get_ylim()[1] ** 1.25 / axes.get_ylim()[0] ** 0.25)  # room for the legend
    axes.set_xticks(sizes)
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_locator(NullLocator())
    measured = "undefined" if math.isnan(slope["value"]) else f"{slope['value']:.2f} ± {slope['standard_error']:.2f}"
    axes.set_title(f"slope {measured}", loc="left", fontsize=9)


def solution_figure(
    iterations: pd.DataFrame,
    flow: pd.DataFrame,
    labels: Sequence[str],
    *,
    policy: pd.DataFrame | None = None,
    policy_labels: Sequence[str] = (),
    policy_axis: str = "Share of all agents",
    is_endless: bool = False,
    title: str = "",
    unit: str = "step",
) -> Figure:
    """Draw how the exploitability came down, where the policy takes everybody, and what they do.

    Parameters
    ----------
    iterations : DataFrame
        With the columns iteration and exploitability.
    flow : DataFrame
        With the columns step, node, position, weight, state and share.
    labels : sequence of str
        Names of the states.
    policy : DataFrame, optional
        As flow: in place of states and shares, what the agents do: actions and their shares, or states and the mean
        action in each.
    policy_labels : sequence of str
    policy_axis : str
        What policy holds.
    is_endless : bool
        Whether flow and policy are at rest: their last step alone is drawn.
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
    draw = draw_rest if is_endless else partial(draw_flow, unit=unit)
    draws: list[Callable[[Axes], None]] = [partial(_draw_iterations, iterations=iterations)]
    draws.append(lambda axes: draw(axes, flow, labels))
    if flow.node.nunique() > 1 and not is_endless:
        draws += [partial(_draw_nodes, flow=flow, state=k, label=labels[k], unit=unit) for k in _most_varied(flow)]
    if policy is not None:
        draws.append(lambda axes: draw(axes, policy, policy_labels, axis=policy_axis))
    columns = len(draws) if len(draws) <= MOST_MAPS else math.ceil(len(draws) / 2)
    rows = math.ceil(len(draws) / columns)
    with styled():
        figure = Figure(figsize=(3.9 * columns, 3.3 * rows), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes, each in zip(panels, draws, strict=False):
            each(axes)
        panels[1].set_title("where they are", loc="left", fontsize=9)
        if policy is not None:
            panels[len(draws) - 1].set_title("what they do", loc="left", fontsize=9)
        for axes in panels[len(draws) :]:
            axes.remove()
        figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    return figure


def draw_flow(
    axes: Axes, flow: pd.DataFrame, labels: Sequence[str], *, axis: str = "Share of all agents", unit: str = "step"
) -> None:
    """Draw the shares of the states among all agents over time: lines where they are few, else a map.

    Parameters
    ----------
    axes : Axes
    flow : DataFrame
        As `solution_figure` takes it.
    labels : sequence of str
    axis : str
        What the shares are.
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
    _draw_table(axes, _among_all(flow, "step"), labels, axis)
    axes.set_xlabel(unit.capitalize())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def draw_rest(axes: Axes, flow: pd.DataFrame, labels: Sequence[str], *, axis: str = "Share of all agents") -> None:
    """Draw the shares of the states where nothing changes any more: bars, or on a graphon against the position x.

    Parameters
    ----------
    axes : Axes
    flow : DataFrame
        As `solution_figure` takes it; its last step is drawn.
    labels : sequence of str
    axis : str
        What the shares are.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"step": [0, 0], "node": [0, 0], "position": [0.5, 0.5], "weight": [1.0, 1.0]}
    >>> axes = Figure().subplots()
    >>> draw_rest(axes, pd.DataFrame(rows | {"state": [0, 1], "share": [0.3, 0.7]}), ["well", "ill"])
    >>> [float(bar.get_width()) for bar in axes.patches]
    [0.3, 0.7]
    """
    last = flow[flow.step == flow.step.max()]
    if last.node.nunique() > 1:
        _draw_table(
            axes, last.pivot(index="position", columns="state", values="share"), labels, axis.replace("all ", "")
        )
        axes.set(xlabel="Position x of an agent", xlim=(0.0, 1.0))
        return
    axes.barh(np.arange(len(labels)), _among_all(last, "step").to_numpy()[0], color=COLOURS[0])
    axes.set_xlabel(axis)
    _name_states(axes, labels)
    axes.invert_yaxis()


def _among_all(flow: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the shares among the agents at all nodes, a row for each step."""
    return (flow.share * flow.weight).groupby([flow[by], flow.state]).sum().unstack()


def _draw_table(axes: Axes, table: pd.DataFrame, labels: Sequence[str], axis: str) -> None:
    """Draw columns against the index: lines where they are few, else a map."""
    if len(labels) > MOST_LINES:
        places = table.index.to_numpy(float)
        image = axes.pcolormesh(places, np.arange(len(labels)), table.to_numpy().T, cmap="Blues", shading="nearest")
        axes.grid(visible=False)
        _name_states(axes, labels)
        axes.figure.colorbar(image, ax=axes, label=axis)
        return
    for k, label in enumerate(labels):
        style: dict[str, Any] = {
            "color": COLOURS[k % len(COLOURS)],
            "linestyle": DASHES[k % len(DASHES)],
            "label": label,
        }
        marker = "o" if len(table) == 1 else None
        axes.plot(table.index, table[k], linewidth=1.8, marker=marker, **style)
    axes.set_ylabel(axis)
    if axis.startswith("Share"):
        axes.set_ylim(-0.02, 1.02)
    is_long = len(labels) > len(COLOURS)
    beside: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)} if is_long else {}
    axes.legend(fontsize=7 if is_long else 8, handlelength=2.8, **beside)


def _name_states(axes: Axes, labels: Sequence[str]) -> None:
    """Name states on the vertical axis, all or evenly chosen ones."""
    places = range(0, len(labels), math.ceil(len(labels) / MOST_TICKS))
    words = [labels[k] if len(labels[k]) <= MOST_LETTERS else labels[k][: MOST_LETTERS - 3] + "..." for k in places]
    axes.set_yticks(places, words, fontsize=8)


def _draw_iterations(axes: Axes, iterations: pd.DataFrame) -> None:
    values = iterations.exploitability.to_numpy(float)
    axes.plot(iterations.iteration, values, color=COLOURS[0], linewidth=1.4, marker="o" if len(values) == 1 else None)
    if (values > 0).all() and values.max() > 3 * values.min():
        axes.set_yscale("log")
    axes.set(xlabel="Iteration", ylabel="Exploitability")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.set_title(f"from {values[0]:.3g} to {values[-1]:.3g}", loc="left", fontsize=9)


def _most_varied(flow: pd.DataFrame) -> list[int]:
    """Return the states to be shown at each node: the last of two, the three of many whose shares differ most."""
    spread = flow.groupby("state").share.std(ddof=0).to_numpy()
    if len(spread) <= 2:
        return [len(spread) - 1]
    return sorted(np.argsort(-spread, kind="stable")[:MOST_MAPS].tolist())


def _draw_nodes(axes: Axes, flow: pd.DataFrame, state: int, label: str, unit: str) -> None:
    """Draw the share of one state at each node, over time."""
    one = flow[flow.state == state]
    table = one.pivot(index="position", columns="step", values="share")
    ends = np.append(0.0, one.groupby("position").weight.first().cumsum())  # a node is as high as its weight
    image = axes.pcolormesh(np.arange(table.shape[1] + 1) - 0.5, ends, table.to_numpy(), cmap="Blues", vmin=0)
    axes.set(xlabel=unit.capitalize(), ylabel="Position x of an agent")
    axes.set_title(f"share in state: {label}", loc="left", fontsize=9)
    axes.grid(visible=False)
    axes.figure.colorbar(image, ax=axes)
