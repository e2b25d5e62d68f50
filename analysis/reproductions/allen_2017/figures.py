"""The effect of weak selection against the benefit, exact and sampled, and the critical ratios of networks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.evolution.theory import death_birth_fixation, donation_game
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

PATH, SELECTION = 6, 0.1


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw fixation on a path against the benefit, and the critical ratios beside the published ones."""
    with styled():
        figure = Figure(figsize=(8.6, 3.8))
        fixation, ratios = figure.subplots(1, 2, width_ratios=[1.15, 1])
        draw_fixation(fixation, measured)
        draw_ratios(ratios, measured, {row["quantity"]: row["published"] for row in expected["rows"]})
        figure.suptitle("Who has strong ties cooperates for less", x=0.01, ha="left")
        num_runs = measured["fixation, path of 6, b/c = 1.5"].num_runs
        caption = f"Dots: {num_runs:,} runs each, 95% intervals. Line: chain of all 64 states, w = {SELECTION}"
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def draw_fixation(axes: Axes, measured: Mapping[str, Estimate]) -> None:
    """Draw how often one cooperator takes over a path of six."""
    weights, benefits = nx.to_numpy_array(nx.path_graph(PATH)), np.linspace(1.0, 5.0, 25)
    exact = [death_birth_fixation(weights, donation_game(b, 1.0), SELECTION) for b in benefits]
    axes.plot(benefits, exact, color=COLOURS[0])
    for benefit in (1.5, 4.5):
        found = measured[f"fixation, path of 6, b/c = {benefit}"]
        reach = [[found.value - found.low], [found.high - found.value]]
        axes.errorbar([benefit], [found.value], reach, color=COLOURS[1], marker="o", markersize=4, capsize=2.5)
    axes.axhline(1 / PATH, color=GREY, linewidth=0.8, linestyle="--")
    axes.text(5.0, 1 / PATH - 0.0013, "neutral", color=GREY, fontsize=8, ha="right", va="top")
    critical = measured["(b/c)*, path of 6"].value
    axes.axvline(critical, color=GREY, linewidth=0.8)
    axes.text(critical - 0.05, max(exact), "(b/c)*", color=GREY, fontsize=8, ha="right", va="top")
    axes.set(xlabel="Benefit over cost, b/c", ylabel="Chance that one cooperator takes over")


def draw_ratios(axes: Axes, measured: Mapping[str, Estimate], published: Mapping[str, str]) -> None:
    """Draw the critical ratios, least first."""
    names = sorted((name for name in measured if name.startswith("(b/c)*")), key=lambda name: measured[name].value)
    places = range(len(names))
    axes.plot([float(published[name]) for name in names], places, "|", color=INK, markersize=12, label="exact or limit")
    axes.plot([measured[name].value for name in names], places, "o", color=COLOURS[0], markersize=4, label="computed")
    axes.set_yticks(places, [name.partition(", ")[2] for name in names], fontsize=8)
    axes.set(xlim=(0, 13.5), xlabel="Critical ratio (b/c)*")
    axes.legend(loc="lower right")
