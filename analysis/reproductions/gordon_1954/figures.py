"""Gordon's figure, and what learners make of it: rent by effort, by the number of fishers, and under rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.fishery import Fishery
from socialsim.environments.fishery.theory import at_rest, nash, open_access, social_optimum
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

DOTS = {"marker": "o", "markersize": 5, "color": "white", "markeredgecolor": INK, "linestyle": "", "zorder": 3}
RULES = {  # label -> row
    "quota alone": "efficiency, quota alone minus 20 learners",
    "quota, watched, fines that grow": "efficiency, graduated sanctions minus 20 learners",
    "words in place of deeds": "efficiency, words minus deeds",
    "no free riders, rather than 40% who lie": "efficiency, words minus words, free riders",
}
NUM_LEARNED = 2  # of the rules above, by Q-learners; the others by conditional co-operators


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw Schaefer's curve with its equilibria, the rent that learners leave, and the rent under rules."""
    with styled():
        figure = Figure(figsize=(10.5, 3.7))
        curve, number, rules = figure.subplots(1, 3, width_ratios=(1.15, 1, 0.9))
        _draw_curve(curve, measured)
        _draw_number(number, measured)
        _draw_rules(rules, measured)
        figure.suptitle("What all may fish nobody spares, unless they have rules and keep them", x=0.01, ha="left")
        figure.supxlabel(_caption(measured), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _draw_curve(axes: Axes, measured: Mapping[str, Estimate]) -> None:
    """Draw revenue and cost against effort, the equilibria, and simulated catches."""
    fishery = Fishery()
    efforts = np.linspace(0.0, 0.8, 200)
    axes.plot(efforts, [at_rest(fishery, effort).catch for effort in efforts], color=COLOURS[0])
    axes.plot([0, 1], [0, fishery.cost], color=COLOURS[1])
    axes.text(0.83, 0.088, "cost", color=COLOURS[1], ha="right")
    axes.text(0.15, 0.042, "revenue", color=COLOURS[0])
    for effort in (".2", ".4", ".6"):
        axes.plot(float(effort), measured[f"catch at rest, effort {effort}"].value, **DOTS)
    marks = {
        "optimum": social_optimum(fishery),
        "N = 3": nash(fishery, 3),
        "N = 7": nash(fishery, 7),
        "open access": open_access(fishery),
    }
    for height, (name, place) in zip((0.112, 0.112, 0.104, 0.112), marks.items(), strict=True):
        ends = [fishery.cost * place.effort, height - 0.003]
        axes.plot([place.effort, place.effort], ends, color=GREY, linewidth=0.7)
        axes.text(place.effort, height, name, ha="center", fontsize=7)
    axes.set(xlim=(0, 0.84), ylim=(0, 0.12), xlabel="Mean effort", ylabel="Money per agent and step")
    axes.set_title("Gordon's figure", loc="left", fontsize=9)


def _draw_number(axes: Axes, measured: Mapping[str, Estimate]) -> None:
    """Draw the rent that is left against the number of fishers: of the static game, and of Q-learners."""
    sizes = np.geomspace(1.0, 24.0, 100)
    axes.plot(sizes, 4 * sizes / (sizes + 1) ** 2, color=GREY, label="static Nash equilibrium")
    alone, crowd = measured["efficiency, 1 learner"], measured["efficiency, 20 learners"]
    found = {
        1: alone.value,
        2: alone.value - measured["efficiency, 1 learner minus 2 learners"].value,
        4: crowd.value + measured["efficiency, 4 learners minus 20 learners"].value,
        20: crowd.value,
    }
    axes.plot(list(found), list(found.values()), "o", color=COLOURS[0], markersize=5, label="Q-learners")
    axes.set(xscale="log", xlim=(0.9, 26), ylim=(0, 1.05), xlabel="Fishers", ylabel="Share of the rent that is left")
    axes.set_xticks(list(found), [str(size) for size in found])
    axes.minorticks_off()
    axes.legend(loc="upper right")
    axes.set_title("More fishers", loc="left", fontsize=9)


def _draw_rules(axes: Axes, measured: Mapping[str, Estimate]) -> None:
    """Draw what each rule adds to the share of the rent that is left, with its interval."""
    for place, (label, name) in enumerate(RULES.items()):
        gain = measured[name]
        axes.barh(place, gain.value, color=COLOURS[0] if place < NUM_LEARNED else COLOURS[2], height=0.5)
        axes.plot([gain.low, gain.high], [place, place], color=INK, linewidth=1.2)
        axes.text(0.0, place - 0.4, label, fontsize=8, va="center")
    axes.axvline(0.0, color=GREY, linewidth=0.7)
    axes.set(xlim=(-0.06, 1.0), ylim=(len(RULES) - 0.5, -0.7), xlabel="What it adds to that share", yticks=[])
    axes.spines["left"].set_visible(False)
    axes.set_title("Rules among twenty", loc="left", fontsize=9)


def _caption(measured: Mapping[str, Estimate]) -> str:
    num_runs = measured["efficiency, 20 learners"].num_runs
    return (
        f"Left: dots are simulated. Others: {num_runs:,} runs each, 95% intervals where shown; blue: Q-learners, "
        "green: conditional co-operators who err in 2% of steps.\nQuota .07, watched with chance .5 at a cost of .005 "
        "each, fines from .05, doubled for each remembered offence. r = .4, q = .5, p = K = 1, c = .1."
    )
