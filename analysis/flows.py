"""Draw learning flows: what is closed and what spirals, agents about their flow, and a flow on a graphon.

``python analysis/flows.py`` writes ``docs/figures/flows.png``.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.evolution import Evolution
from socialsim.limits.flows import Meetings, best_response, boltzmann_q, imitation, logit, replicator
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

FOLDER = Path(__file__).parents[1] / "docs" / "figures"
ROCK_PAPER_SCISSORS = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])
HAWK_DOVE = ((0.0, 4.0), (1.0, 2.0))
COORDINATION = ((1.0, 0.0), (0.0, 1.0))
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(0.75)]])
SIZES = (20, 200, 2000)


def main() -> None:
    """Write the figure."""
    with styled():
        figure = Figure(figsize=(10.6, 3.5))
        simplex, agents, graphon = figure.subplots(1, 3, width_ratios=[1.0, 1.15, 1.15])
        draw_simplex(simplex)
        draw_agents(agents)
        draw_graphon(graphon)
        print(save(figure, FOLDER / "flows.png"))


def draw_simplex(axes: Axes) -> None:
    """Draw four flows of rock-paper-scissors in the triangle of shares."""
    start = [0.7, 0.15, 0.15]
    courses = {
        "replicator": replicator(ROCK_PAPER_SCISSORS, start, np.linspace(0, 16, 401)),
        r"Boltzmann-Q, $\tau$ = .1": boltzmann_q(ROCK_PAPER_SCISSORS, start, np.linspace(0, 60, 1201), temperature=0.1),
        r"logit, $\tau$ = .1": logit(ROCK_PAPER_SCISSORS, start, np.linspace(0, 30, 1201), temperature=0.1),
        "best response": best_response(ROCK_PAPER_SCISSORS, start, np.linspace(0, 4, 401)),
    }
    axes.plot(*np.vstack([CORNERS, CORNERS[:1]]).T, color=GREY, linewidth=0.8)
    for (name, course), colour in zip(courses.items(), COLOURS, strict=False):
        axes.plot(*(course @ CORNERS).T, color=colour, linewidth=1.1, label=name)
    for corner, name, side in zip(CORNERS, ("rock", "paper", "scissors"), ("top", "top", "bottom"), strict=True):
        axes.text(*corner, f"\n{name}" if side == "top" else f"{name}", ha="center", va=side, fontsize=8)
    axes.set(aspect="equal", xticks=[], yticks=[], xlim=(-0.15, 1.15), ylim=(-0.45, 1.0))
    axes.spines[:].set_visible(False)
    axes.legend(loc="lower center", fontsize=7, ncols=2)
    axes.set_title("Rock-paper-scissors", fontsize=9)


def draw_agents(axes: Axes) -> None:
    """Draw agents who compare themselves in pairs, and the flow."""
    times = np.linspace(0, 8, 81)
    for size, colour in zip(SIZES, COLOURS[1:], strict=False):
        environment = Evolution(
            payoffs=HAWK_DOVE, update="pairwise_comparison", payoff="averaged", selection=1.0, initial=(0.1, 0.9)
        )
        scenario = Scenario(environment, "innate", f"complete:n={size}", 8 * size)
        series = run(scenario, replications=3, seed=4, record_every=size // 10).series
        for number, (_, one) in enumerate(series.groupby("run")):
            label = f"{size} agents" if number == 0 else None
            axes.plot(one.step / size, one.mean_cooperates, color=colour, linewidth=0.7, label=label)
    flow = imitation(HAWK_DOVE, [0.1, 0.9], times, selection=1.0)
    axes.plot(times, flow[:, 0], color=COLOURS[0], linewidth=2.0, label="imitation flow")
    axes.set(xlabel="Comparisons per agent", ylabel="Share of hawks", ylim=(0, 1), xlim=(0, 8))
    axes.legend(loc="lower right", fontsize=7)
    axes.set_title("Hawk-dove, agents and their flow", fontsize=9)


def draw_graphon(axes: Axes) -> None:
    """Draw who does what on a graphon of two overlapping camps that begin apart."""
    camps = Meetings(COORDINATION, graphon=lambda x, y: np.exp(-8.0 * np.abs(x - y)), nodes=200)
    first = np.where(camps.positions < 0.6, 0.9, 0.1)
    times = np.array([0.0, 2.0, 10.0, 20.0, 60.0])
    found = logit(camps, np.stack([first, 1 - first], axis=1), times, temperature=0.3)
    for time, shares, shade in zip(times, found, np.linspace(0.25, 1.0, len(times)), strict=True):
        axes.plot(camps.positions, shares[:, 0], color=COLOURS[0], alpha=shade, linewidth=1.4, label=f"t = {time:g}")
    axes.set(xlabel="Position x", ylabel="Share of action 0 at x", ylim=(0, 1), xlim=(0, 1))
    axes.legend(loc="lower left", fontsize=7)
    axes.set_title(r"Coordination on W = exp(-8|x - y|), logit flow", fontsize=9)


if __name__ == "__main__":
    main()
