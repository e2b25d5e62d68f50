"""How much fewer links help, against how much better the better method is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

EFFECTS = {".501": 0.001, ".51": 0.01, ".525": 0.025}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the difference in success between the cycle and the complete network against the effect."""
    published = {row["quantity"]: row["published"] for row in expected["rows"]}
    names = {p: f"cycle minus complete at p_B = {p}" for p in EFFECTS}
    names = {p: name for p, name in names.items() if name in measured}
    with styled():
        figure = Figure(figsize=(4.6, 3.6))
        axes = figure.subplots()
        axes.axhline(0, color=GREY, linewidth=0.7)
        for p, name in names.items():
            _draw_claim(axes, EFFECTS[p], published[name])
        found = [measured[name] for name in names.values()]
        reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
        effects = [EFFECTS[p] for p in names]
        style = {"color": COLOURS[0], "marker": "o", "markersize": 4, "linewidth": 0.8, "elinewidth": 1.5, "capsize": 4}
        axes.errorbar(effects, [e.value for e in found], reach, **style)
        axes.set_xscale("log")
        axes.set_xticks(effects, [f"{effect:g}" for effect in effects])
        axes.minorticks_off()
        axes.set(xlim=(0.0007, 0.036), xlabel="Advantage of the better method (probability)")
        axes.set(ylim=(-0.01, 0.095), ylabel="Success on the cycle minus complete")
        figure.suptitle("Fewer links help where the effect is small", x=0.01, ha="left")
        caption = (
            f"Dots: {found[0].num_runs:,} communities of ten on each network, with 95% intervals. Black: published."
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _draw_claim(axes: Axes, effect: float, claim: str) -> None:
    """Draw what was published: a bound as a line with an arrow to the side that is allowed, a number as a diamond."""
    if claim[0] not in "<>":
        axes.plot(effect, float(claim), "D", color=INK, fillstyle="none", markersize=8)
        return
    bound, side = float(claim[1:]), 1 if claim[0] == ">" else -1
    axes.plot([effect / 1.25, effect * 1.25], [bound, bound], color=INK, linewidth=1.2)
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (effect / 1.15, bound + 0.007 * side), (effect / 1.15, bound), arrowprops=arrow)
    axes.text(effect * 1.32, bound, claim, va="center", fontsize=8, color=INK)
