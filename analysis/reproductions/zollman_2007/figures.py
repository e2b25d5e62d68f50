"""Zollman's figure 3, measured: how often a community of N scientists succeeds, and how long it takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

NETWORKS = {"cycle": COLOURS[0], "complete": COLOURS[1]}
SIZES = (3, 4, 6, 8, 10)
OTHERS = {"marker": "_", "color": INK, "markersize": 13, "markeredgewidth": 1.2, "linestyle": "", "zorder": 1}
PAPER = {"marker": "D", "color": INK, "fillstyle": "none", "markersize": 8, "linestyle": "", "zorder": 1}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw success and rounds against the number of scientists, beside the published figures."""
    published = {row["quantity"]: row["published"] for row in expected["rows"]}
    with styled():
        figure = Figure(figsize=(8.2, 3.6))
        success, rounds = figure.subplots(1, 2)
        for axes, quantity in ((success, "success"), (rounds, "rounds when successful")):
            for network in NETWORKS:
                _draw_network(axes, quantity, network, measured, published)
            axes.set_xticks(range(3, 11))
            axes.set_xlim(2.6, 11.6)
            axes.set_xlabel("Number of scientists")
        success.plot([], [], label="other implementations", **OTHERS)
        for network in NETWORKS:
            success.plot(10, float(published[f"success, {network} of 10 (paper)"]), **PAPER)
        success.plot([], [], label="Zollman 2007, figure 3", **PAPER)
        success.set(ylim=(0.5, 1), ylabel="Share of communities that succeed")
        rounds.set(ylim=(0, None), ylabel="Mean rounds of those that succeed")
        success.legend(loc="lower right", bbox_to_anchor=(0.9, 0))
        figure.suptitle("Fewer links: more reliable, and slower", x=0.01, ha="left")
        figure.supxlabel(_caption(measured), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _draw_network(
    axes: Axes, quantity: str, network: str, measured: Mapping[str, Estimate], published: Mapping[str, str]
) -> None:
    """Draw one line: measured values with their intervals, and what others found."""
    names = {size: f"{quantity}, {network} of {size}" for size in SIZES}
    names = {size: name for size, name in names.items() if name in measured}
    found = [measured[name] for name in names.values()]
    values = [estimate.value for estimate in found]
    reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
    axes.errorbar(list(names), values, reach, color=NETWORKS[network], marker="o", markersize=4, capsize=2.5, zorder=2)
    axes.plot(list(names), [float(published[name]) for name in names.values()], **OTHERS)
    axes.text(10.35, values[-1], network, color=NETWORKS[network], va="center")


def _caption(measured: Mapping[str, Estimate]) -> str:
    num_runs = measured["success, cycle of 10"].num_runs
    return f"Dots: {num_runs:,} communities each, 95% intervals. Effect .001, 1000 trials a round, threshold .9999."
