"""Draw a fishery of few, of many and of infinitely many agents: ``python analysis/fishing.py FILE.png``.

On the left all hear each other, on the right they fish on grounds of a graphon, crowded at one end. The policies are
equilibria of the mean field and of the graphon; agents play them on complete networks and on networks sampled from it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from socialsim.engine.simulation import Simulation
from socialsim.environments.fishing import Fishing
from socialsim.environments.fishing.theory import long_run, optimum, short_run
from socialsim.limits.agents import player
from socialsim.limits.games import Game
from socialsim.limits.limit import Limit
from socialsim.limits.solvers import Solution, solve
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

SIZES = (10, 100, 1000)
STEPS, SETTLED = 80, (25, 60)  # between which boats are counted
CROWDED = Fishing(crowding=0.5, normalise="N")
GRAPHON = "uniform_attachment"
RUNS = 40


def solved(limit: Limit) -> Solution:
    """Return the equilibrium of a limit, within about a thousandth of an agent's return."""
    return solve(limit, "mirror_descent", iterations=1000)


def played(game: Game, network: str, limit: Limit, found: Solution) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the stock in each step, shape (runs, STEPS + 1), and each agent's share of time with a boat."""
    size = int(network.split("n=")[1].split(",")[0])
    scenario = game.agents(network, learner=player(limit, found.policy, size))
    simulation, stocks, boats = Simulation(scenario, seed=1, replications=range(RUNS)), [], []
    for step in range(STEPS + 1):
        simulation.advance(step)
        stocks.append(simulation.environment.common[:, 0].copy())
        if SETTLED[0] <= step < SETTLED[1]:
            boats.append(simulation.environment.states.copy())
    return np.array(stocks).T, np.array(boats).mean(axis=0)


def draw_stock(axes: Axes) -> None:
    """Draw the stock in time, one run of each size and the middle half of all, and the rests of the theory."""
    game = Game(Fishing())
    limit = game.mean_field()
    found = solved(limit)
    for colour, size in zip(COLOURS, SIZES, strict=False):
        stocks, _ = played(game, f"complete:n={size}", limit, found)
        low, high = np.quantile(stocks, (0.25, 0.75), axis=0)
        axes.fill_between(range(STEPS + 1), low, high, color=colour, alpha=0.25, linewidth=0)
        axes.plot(stocks[0], color=colour, linewidth=0.9, label=f"{size} agents")
    axes.plot(found.evaluation.flow.common[:, 0], color=INK, linewidth=1.6, label="mean field")
    for rest, name in ((short_run, "short run"), (long_run, "long run"), (optimum, "best for all")):
        level = rest(game.rules).stock
        axes.axhline(level, color=GREY, linestyle=(0, (4, 3)), linewidth=0.9, zorder=0)
        axes.text(STEPS + 1, level, name, fontsize=7, color=GREY, va="center")
    axes.set(xlabel="Step", ylabel="Stock / capacity", xlim=(0, STEPS), ylim=(0, 1))
    axes.set_title("All on the same grounds", fontsize=9, loc="left")
    axes.legend(fontsize=7, loc="upper center", ncols=2)


def draw_grounds(axes: Axes) -> None:
    """Draw who has a boat against the place on the graphon: agents in ten bins, the graphon, the mean field."""
    game = Game(CROWDED)
    limit = game.graphon(GRAPHON, nodes=64)
    found = solved(limit)
    for order, size in enumerate(SIZES):
        _, boats = played(game, f"graphon:n={size},W={GRAPHON},positions=grid", limit, found)
        binned = boats.reshape(RUNS, 10, -1).mean(axis=2)
        at = (np.arange(10) + 0.5) / 10 + (order - 1) * 0.012
        low, high = np.quantile(binned, (0.25, 0.75), axis=0)
        axes.vlines(at, low, high, color=COLOURS[order], linewidth=1.2, alpha=0.6)
        axes.plot(at, binned.mean(axis=0), "o", color=COLOURS[order], markersize=3.5, label=f"{size} agents")
    shares = found.evaluation.flow.states[SETTLED[0] : SETTLED[1], :, 1].mean(axis=0)
    axes.plot(limit.positions, shares, color=INK, linewidth=1.6, label="graphon")
    alike = solved(game.mean_field()).evaluation.flow.states[SETTLED[0] : SETTLED[1], 0, 1].mean()
    axes.axhline(alike, color=GREY, linestyle=(0, (4, 3)), linewidth=0.9, label="mean field: all hear all")
    axes.set(xlabel="Place x on the graphon 1 - max(x, y)", ylabel="Share with a boat", xlim=(0, 1), ylim=(0, 1))
    axes.set_title("Grounds that are crowded at one end", fontsize=9, loc="left")
    axes.legend(fontsize=7, loc="upper left")


def draw() -> Figure:
    """Draw both panels."""
    with styled():
        figure = Figure(figsize=(8.6, 3.5), layout="constrained")
        left, right = figure.subplots(1, 2)
        draw_stock(left)
        draw_grounds(right)
    return figure


if __name__ == "__main__":
    save(draw(), Path(sys.argv[1]))
