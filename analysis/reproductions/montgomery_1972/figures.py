"""What firms abate at the least cost or under a standard, and what learners make of each rule."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.emissions.theory import best_abatement
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

SLOPES, DAMAGE = np.arange(1.0, 5.0), 0.8
TAX = "gain under the tax, learners"
RULES = {  # label -> row, and whether it is what the tax gains more than the rule
    "no rule": ("gain without a rule, learners", False),
    "half the tax": ("gain, tax of the damage minus half of it, learners", True),
    "twice the tax": ("gain, tax of the damage minus twice it, learners", True),
    "tax of the damage": (TAX, False),
    "permits to all": ("gain, permits given to all, learners", False),
    "permits to the cheap half": ("gain, permits given to the cheap half, learners", False),
    "permits to the costly half": ("gain, permits given to the costly half, learners", False),
    "permits at auction": ("gain, permits sold at auction, learners", False),
}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw four firms at the optimum and under a standard, and the gain that learners make under each rule."""
    with styled():
        figure = Figure(figsize=(8.6, 3.9))
        firms, rules = figure.subplots(1, 2, width_ratios=(1, 1.1))
        draw_firms(firms, measured)
        draw_rules(rules, measured)
        figure.suptitle("Trade equalises marginal costs, whoever is given the permits", x=0.01, ha="left")
        caption = (
            f"Left: four firms, damage .8. Right: twenty Q-learners, {measured[TAX].num_runs:,} runs each; 1 is the "
            "optimum; below 0 without a rule, since learners explore."
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def draw_firms(axes: Axes, measured: Mapping[str, Estimate]) -> None:
    """Draw marginal costs, the market's price, and what each firm abates by trade and under a uniform standard."""
    best = best_abatement(DAMAGE, SLOPES)
    for firm, slope in enumerate(SLOPES):
        axes.plot([0.0, 1.0], [0.0, slope], color=GREY, linewidth=1.0)
        axes.text(1.02, slope, f"firm {firm + 1}", fontsize=8, color=GREY, va="center")
    price = measured["price of permits, given to all"].value
    axes.axhline(price, color=COLOURS[0], linewidth=0.9, linestyle=(0, (4, 3)))
    axes.text(0.6, price + 0.06, f"price {price:.2g}", fontsize=8, color=COLOURS[0])
    axes.plot(best, DAMAGE + 0.0 * best, "o", color=COLOURS[0], markersize=6, label="trade: the least cost")
    uniform = np.full(len(SLOPES), best.mean())
    ratio = measured["uniform standard / least cost, firms that are told"].value
    label = f"uniform standard: {ratio:.2f} times that"
    axes.plot(uniform, SLOPES * uniform, "D", color=INK, fillstyle="none", markersize=6, label=label)
    axes.set(xlim=(0, 1.17), ylim=(0, 4.2), xlabel="Share of emissions abated", ylabel="Marginal cost of abatement")
    axes.legend(loc="upper left")
    axes.set_title("The same total, by trade and by standard", loc="left", fontsize=9)


def draw_rules(axes: Axes, measured: Mapping[str, Estimate]) -> None:
    """Draw the share of the possible gain that learners make under each rule, with its interval if it has one."""
    for place, (label, (row, is_less)) in enumerate(RULES.items()):
        found = measured[row]
        value = measured[TAX].value - found.value if is_less else found.value
        colour = COLOURS[2] if label.startswith("permits") else COLOURS[0]
        axes.barh(place, value, color=GREY if label == "no rule" else colour, height=0.6)
        if not is_less:
            axes.plot([found.low, found.high], [place, place], color=INK, linewidth=1.4)
    axes.set_yticks(range(len(RULES)), list(RULES))
    axes.invert_yaxis()
    axes.axvline(1.0, color=GREY, linewidth=0.7, linestyle=":")
    axes.set(xlim=(-0.05, 1.05), xlabel="Share of the possible gain in welfare")
    axes.set_title("Firms that learn", loc="left", fontsize=9)
