"""Draw when labour is divided, and what trade brings: ``python analysis/production.py FILE.png``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.production import METRICS, Production, scenario
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

RETURNS = (0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 1.0, 1.005, 1.01, 1.02, 1.03, 1.05, 1.1, 1.2)
NETWORKS = {"complete": "complete:n=12", "star": "star:n=12", "cycle": "cycle:n=12", "path": "path:n=12"}
ROUNDS = (1, 2, 3, 5, 8, 13, 20)
TEAMS, MARKETS = 20, 40


def draw_bifurcation(axes: Axes) -> None:
    """Draw the index of teams who follow the slope of their output, against returns."""
    for returns in RETURNS:
        long = {"environment.returns": returns, "horizon.steps": 8000, "environment.burn_in": 7900}
        found = run(scenario().replace(long), replications=TEAMS, seed=1, record_every=None).runs.division_by_task
        axes.plot(np.full(TEAMS, returns), found, "o", color=COLOURS[0], markersize=3, alpha=0.4)
    axes.axvline(1, color=INK, linewidth=0.8, linestyle=":")
    axes.text(0.985, 0.5, "r = 1", ha="right", color=INK)
    axes.set(xlabel="Returns to specialisation r", ylabel="Division of labour, I / H_task", ylim=(-0.05, 1.05))


def draw_gains(axes: Axes) -> None:
    """Draw what agents of different abilities gain, against the rounds of trade in a step."""
    for (name, network), colour in zip(NETWORKS.items(), COLOURS, strict=False):
        gains = []
        for rounds in ROUNDS:
            market = Production(returns=1.0, ability_spread=0.5, economy="trade", num_rounds=rounds, burn_in=1500)
            place = Scenario(market, "gradient_ascent:alpha=0.05", network, 2000, METRICS)
            found = run(place, replications=MARKETS, seed=1, record_every=None).runs
            gains.append(found.gains.mean())
        axes.plot(ROUNDS, gains, "o-", color=colour, markersize=3, label=name)
    own = found.output / (1 + found.gains)  # the same abilities in all of them
    axes.axhline((found.best_output / own - 1).mean(), color=INK, linewidth=0.8, linestyle=":", label="a common market")
    axes.set(xscale="log", ylim=(0, None), xlabel="Meetings for trade, per agent and step", ylabel="Gains from trade")
    axes.set_xticks(ROUNDS, ROUNDS)
    axes.minorticks_off()
    axes.legend(loc="lower right")


def draw() -> Figure:
    """Return the figure."""
    with styled():
        figure = Figure(figsize=(8.6, 3.6))
        bifurcation, gains = figure.subplots(1, 2)
        draw_bifurcation(bifurcation)
        draw_gains(gains)
        figure.suptitle("Above constant returns labour divides itself; trade pays for what differs", x=0.01, ha="left")
        caption = (
            f"Left: {TEAMS} teams of ten who are alike at each r. Right: means of {MARKETS} economies of twelve whose "
            "abilities differ, r = 1."
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
    return figure


if __name__ == "__main__":
    save(draw(), Path(sys.argv[1]))
