"""Figure 2 of the paper, drawn from what was measured: cooperators against the temptation to defect."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

NETWORKS = {"scale-free": COLOURS[0], "random regular": COLOURS[1], "ring": COLOURS[2], "lattice": COLOURS[3]}
OTHERS = {"marker": "_", "color": INK, "markersize": 14, "markeredgewidth": 1.2, "linestyle": "", "zorder": 1}
SHIFTS = {"ring": -0.012, "lattice": 0.012}  # else they would hide each other


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the share of cooperators on each network, beside the published figures."""
    published = {row["quantity"]: row["published"] for row in expected["rows"]}
    with styled():
        figure = Figure(figsize=(6.4, 3.9))
        axes = figure.subplots()
        for network, colour in NETWORKS.items():
            found = {
                float(quantity.rpartition("=")[2]): (estimate, float(published[quantity]))
                for quantity, estimate in measured.items()
                if quantity.startswith(f"cooperators, {network},")
            }
            places = [temptation + SHIFTS.get(network, 0.0) for temptation in found]
            values = [estimate.value for estimate, _ in found.values()]
            reach = [[e.value - e.low for e, _ in found.values()], [e.high - e.value for e, _ in found.values()]]
            axes.plot(places, [figure for _, figure in found.values()], **OTHERS)
            axes.errorbar(places, values, reach, color=colour, marker="o", markersize=4, capsize=2.5, label=network)
        axes.plot([], [], label="other implementations", **OTHERS)
        axes.set(xlim=(1.1, 1.9), ylim=(-0.03, 1.05), xlabel="Temptation to defect b", ylabel="Share of cooperators")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        figure.suptitle("A few with many links keep cooperation going", x=0.01, ha="left")
        num_runs = measured["cooperators, scale-free, b = 1.2"].num_runs
        caption = f"{num_runs} networks of 4000 agents each, four neighbours in the mean; 95% intervals"
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")
