"""Policies and states on 1 - max(x, y), and exploitability against the temperature."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.limits.games import Game
from socialsim.limits.library.sis import SIS
from socialsim.limits.solvers import Solution, solve
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

NODES, ITERATIONS = 31, 120
GRAPHONS = {"1 - max(x, y)": "uniform_attachment", "1 - x y": "ranked_attachment", "1/2": "constant:p=0.5"}
TEMPERATURES = np.arange(0.02, 0.32, 0.02)
SHADES = LinearSegmentedColormap.from_list("position", [COLOURS[0], COLOURS[1]])


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw care and infection at each position, and the exploitability of Boltzmann iteration."""
    found = solve(limit("uniform_attachment"), "prior_descent", ITERATIONS, temperature=0.101)
    with styled():
        figure = Figure(figsize=(10.2, 3.6))
        care, infected, gains = figure.subplots(1, 3, width_ratios=[1, 1, 1.25])
        draw_positions(care, found.policy[:, :, 0, 0, 1].T, "Chance of care, if healthy")
        draw_positions(infected, found.evaluation.flow.states[:50, :, 1].T, "Share of the infected")
        bar = figure.colorbar(ScalarMappable(cmap=SHADES), ax=infected, shrink=0.8)
        bar.set_label("Position x: few links at 1", fontsize=8)
        draw_exploitability(gains, measured)
        figure.suptitle("Who has many links is careful, until care no longer pays", x=0.01, ha="left")
        caption = f"SIS, 50 decisions. Left and middle: W = 1 - max(x, y), eta = .101. All: {ITERATIONS} iterations"
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def limit(graphon: str) -> Any:
    """Return the epidemic on a graphon."""
    return Game(SIS()).graphon(graphon, nodes=NODES)


def draw_positions(axes: Axes, lines: np.ndarray, label: str) -> None:
    """Draw a line for each node."""
    for place, line in enumerate(lines):
        axes.plot(line, color=SHADES(place / (len(lines) - 1)), linewidth=0.9)
    axes.set(xlabel="Step t", ylabel=label)
    axes.set_ylim(bottom=0)


def last(solution: Solution) -> np.ndarray:
    """Return the last ten exploitabilities."""
    return solution.exploitabilities[-10:]


def draw_exploitability(axes: Axes, measured: Mapping[str, Estimate]) -> None:
    """Draw range and mean of the last ten exploitabilities against eta, and the uniform policy's."""
    for colour, (name, graphon) in zip(COLOURS, GRAPHONS.items(), strict=False):
        game = limit(graphon)
        ends = [last(solve(game, "prior_descent", ITERATIONS, temperature=eta)) for eta in TEMPERATURES]
        means = [end.mean() for end in ends]
        axes.fill_between(
            TEMPERATURES, [end.min() for end in ends], [end.max() for end in ends], color=colour, alpha=0.2, linewidth=0
        )
        axes.plot(TEMPERATURES, means, color=colour, label=f"W = {name}")
        uniform = measured[f"uniform policy, SIS, {name}"].value
        axes.axhline(uniform, color=colour, linewidth=0.8, linestyle="--")
    axes.set(xlabel="Temperature eta", ylabel="Exploitability (dashed: uniform policy)", yscale="log", ylim=(0.1, 30))
    axes.legend(loc="lower right", fontsize=8)
