"""Draw a market of few, of many and of infinitely many firms: ``python analysis/cournot.py FILE.png``.

On the left firms that know that they move the price (Cournot's equilibrium) and firms that learn by Q-learning; in the
middle firms that compete with their neighbours play the equilibrium of a graphon on networks that are sampled from it;
on the right what one of N firms gains by leaving the quantity of the mean field.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments.cournot import Cournot, scenario
from socialsim.environments.cournot.theory import equilibrium, gain_from_leaving
from socialsim.limits.agents import player
from socialsim.limits.games import Game
from socialsim.limits.solvers import solve
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

FIRMS = (1, 2, 4, 8, 16, 32, 64)
SIZES = (10, 100, 1000)
MANY = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
ALIKE = {"costs": (1.0,), "shares": (1.0,), "learning": 0.0, "forgetting": 0.0}
GRAPHON = "uniform_attachment"
REPLICATIONS, RUNS = 12, 40


def draw_size(axes: Axes) -> None:
    """Draw the mean quantity against the number of firms."""
    market = scenario()
    theory = [equilibrium(Cournot(num_firms=n)).mean() for n in FIRMS]
    axes.axhline(equilibrium(Cournot()).mean(), color=INK, linewidth=1.6, label="mean field")
    axes.plot(FIRMS, theory, color=GREY, linewidth=1.2, label="Cournot, N firms")
    found = [
        run(
            market.replace({"network.n": n, "environment.num_firms": n}),
            replications=REPLICATIONS,
            seed=1,
            record_every=None,
        ).metrics["quantity"]
        for n in FIRMS
    ]
    axes.errorbar(
        FIRMS,
        [each.value for each in found],
        [[each.value - each.low for each in found], [each.high - each.value for each in found]],
        **{"fmt": "o", "color": COLOURS[0], "markersize": 4, "linewidth": 1, "label": "N Q-learners"},
    )
    axes.set(xscale="log", xlabel="Firms N", ylabel="Quantity per firm", ylim=(2.5, 4.5))
    axes.set_xticks(FIRMS, [str(n) for n in FIRMS])
    axes.minorticks_off()
    axes.set_title("One market", fontsize=9, loc="left")
    axes.legend(fontsize=7, loc="lower right")


def draw_network(axes: Axes) -> None:
    """Draw prices against the place on the graphon: firms in ten bins, the graphon, the mean field."""
    game = Game(Cournot(**ALIKE, num_steps=1, largest=9.0, num_quantities=37))
    limit = game.graphon(GRAPHON, nodes=64)
    found = solve(limit, "mirror_descent", iterations=400)
    for order, size in enumerate(SIZES):
        agents = game.agents(f"graphon:n={size},W={GRAPHON},positions=grid", learner=player(limit, found.policy, size))
        simulation = Simulation(agents, seed=1, replications=range(RUNS))
        simulation.advance(1)
        prices = simulation.columns()["price"].reshape(RUNS, 10, -1).mean(axis=2)
        at = (np.arange(10) + 0.5) / 10 + (order - 1) * 0.012
        low, high = np.quantile(prices, (0.25, 0.75), axis=0)
        axes.vlines(at, low, high, color=COLOURS[order], linewidth=1.2, alpha=0.6)
        axes.plot(at, prices.mean(axis=0), "o", color=COLOURS[order], markersize=3.5, label=f"{size} firms")
    x = limit.positions
    axes.plot(x, 10 - found.evaluation.flow.aggregates[0, :, 0], color=INK, linewidth=1.6, label="graphon, solved")
    exact = 1 + 9 * np.cosh(x) / np.cosh(1)  # P = c + d q, q = (A - c)/d cosh(x)/cosh(1)
    axes.plot(x, exact, color=COLOURS[4], linestyle=(0, (2, 2)), linewidth=1.4, label="graphon, closed form")
    alike = 1 + equilibrium(game.rules)[0]
    axes.axhline(alike, color=GREY, linestyle=(0, (4, 3)), linewidth=0.9, label="mean field: all compete")
    axes.set(xlabel="Place x on the graphon 1 - max(x, y)", ylabel="Price", xlim=(0, 1), ylim=(5, 10.2))
    axes.set_title("Firms that compete with neighbours", fontsize=9, loc="left")
    axes.legend(fontsize=7, loc="upper left")


def draw_gain(axes: Axes) -> None:
    """Draw what a firm gains by leaving the quantity of the mean field, where cost is constant and where it rises."""
    sizes = np.array(MANY)
    for colour, slope in zip(COLOURS, (0.0, 1.0), strict=False):
        game = Cournot(**ALIKE, cost_slope=slope)
        gains = np.array([gain_from_leaving(game, int(n)) for n in sizes])
        fitted = np.polyfit(np.log(sizes[3:]), np.log(gains[3:]), 1)[0]
        axes.loglog(sizes, gains, "o-", color=colour, markersize=3.5, label=f"d = {slope:g}: slope {fitted:.2f}")
    axes.set(xlabel="Firms N", ylabel="Gain of one that leaves the limit")
    axes.set_title("What playing the limit costs", fontsize=9, loc="left")
    axes.legend(fontsize=7, loc="lower left")


def draw() -> Figure:
    """Draw all panels."""
    with styled():
        figure = Figure(figsize=(11.2, 3.5), layout="constrained")
        for axes, panel in zip(figure.subplots(1, 3), (draw_size, draw_network, draw_gain), strict=True):
            panel(axes)
    return figure


if __name__ == "__main__":
    save(draw(), Path(sys.argv[1]))
