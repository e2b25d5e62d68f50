"""Prevalence against the rate of infection among four neighbours: NIMFA, pairs and the process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.limits.closures.exact import ExactSIS
from socialsim.limits.closures.nimfa import NIMFA
from socialsim.limits.closures.pair_approximation import PairApproximation, regular_prevalence
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

POINTS = {
    0.3: "prevalence on day 100, four neighbours, beta = 0.3",
    0.35: "prevalence on day 100, four neighbours, beta = 0.35",
    0.5: "prevalence, four neighbours, beta = 0.5",
    1.0: "prevalence, four neighbours, beta = 1",
}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the prevalence among four neighbours, and an epidemic among seven agents over time."""
    with styled():
        figure = Figure(figsize=(8.6, 3.8))
        regular, course = figure.subplots(1, 2)
        draw_regular(regular, measured)
        draw_course(course)
        figure.suptitle("NIMFA is never below the epidemic", x=0.01, ha="left")
        runs = measured[POINTS[0.5]].num_runs
        caption = f"Dots: {runs} runs each on random networks of 1000 agents, 95% intervals. Recovery rate 1."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def draw_regular(axes: Axes, measured: Mapping[str, Estimate]) -> None:
    """Draw how many are ill in the long run where everybody has four neighbours."""
    rates = np.linspace(0.2, 1.1, 181)
    axes.plot(rates, [max(0.0, 1.0 - 1.0 / (4.0 * beta)) for beta in rates], color=COLOURS[1], label="NIMFA")
    axes.plot(rates, [regular_prevalence(beta, 4) for beta in rates], color=COLOURS[0], label="pairs")
    found = [measured[name] for name in POINTS.values()]
    reach = np.array([[e.value - e.low, e.high - e.value] for e in found]).T.clip(0)
    axes.errorbar(list(POINTS), [e.value for e in found], reach, fmt="o", color=INK, markersize=4, label="process")
    axes.set(xlabel="Rate of infection, beta", ylabel="Share ill", title="Four neighbours each", ylim=(-0.03, 0.85))
    axes.legend(loc="lower right")


def draw_course(axes: Axes) -> None:
    """Draw an epidemic among seven agents over time: exactly, and by two closures."""
    graph, times = nx.lollipop_graph(4, 3), np.linspace(0.0, 8.0, 81)
    for model, name, colour in (
        (NIMFA, "NIMFA", COLOURS[1]),
        (PairApproximation, "pairs", COLOURS[0]),
        (ExactSIS, "process", INK),
    ):
        axes.plot(times, model(graph, 0.8).trajectory(times, 0.5).prevalence, color=colour, label=name)
    axes.set(xlabel="Days", ylabel="Share ill", title="Seven agents, exactly", ylim=(-0.03, 0.85))
    axes.legend(loc="upper right")
