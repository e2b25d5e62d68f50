"""Draw prices and loyalty in a market in which both sides learn: ``python analysis/search_market.py FILE.png``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.engine.simulation import Simulation
from socialsim.environments.search_market import scenario
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

ANYWHERE = {"learner.buyer": "uniform_random"}
MARKETS = {
    "one quote, from anybody": ANYWHERE | {"environment.most_quotes": 1},
    "one quote, by experience": {"environment.most_quotes": 1},
    "one or two, by experience": {},
    "two quotes, from anybody": ANYWHERE | {"environment.fewest_quotes": 2},
}
STEPS, EVERY, RUNS = 10_000, 100, 20
QUEUES = {"Roth-Erev": "roth_erev", "Q-learning": "q_learning:discount=0.0"}


def draw_prices(axes: Axes) -> None:
    """Draw the mean price paid in each hundred steps."""
    for colour, (name, changes) in zip(COLOURS, MARKETS.items(), strict=False):
        simulation = Simulation(
            scenario().replace(changes | {"environment.burn_in": 0}), seed=1, replications=range(RUNS)
        )
        paid, steps = [np.zeros((RUNS, 2))], range(0, STEPS + 1, EVERY)
        for step in steps[1:]:
            simulation.advance(step)
            paid.append(simulation.environment.totals[:, 4:6].copy())  # units bought, money paid
        bought, money = np.diff(paid, axis=0).transpose(2, 0, 1)
        axes.plot(steps[1:], (money.sum(axis=1) / bought.sum(axis=1)), color=colour, linewidth=1.4, label=name)
    for price, label in ((2.0, "monopoly"), (1.1, "lowest price")):
        axes.axhline(price, color=GREY, linestyle=(0, (4, 3)), linewidth=0.9)
        axes.text(STEPS, price + 0.012, label, color=GREY, fontsize=7, ha="right", va="bottom")
    axes.set(xlabel="Step", ylabel="Mean price paid (cost 1, value 2)", ylim=(1.0, 2.16), xlim=(0, STEPS))
    axes.set_title("Who asks decides what is paid", fontsize=9, loc="left")
    axes.legend(fontsize=7, loc="center right", bbox_to_anchor=(1.0, 0.4))


def draw_loyalty(axes: Axes, name: str, learner: str) -> None:
    """Draw how often each buyer of one run went to each seller, buyers sorted by where they mostly go."""
    changes = {"learner.buyer": learner, "environment.most_quotes": 1}
    simulation = Simulation(scenario().replace(changes), seed=3, replications=range(1))
    simulation.advance(STEPS)
    visits = simulation.environment.visits[0] / simulation.environment.visits[0].sum(axis=1, keepdims=True)
    order = np.lexsort((-visits.max(axis=1), visits.argmax(axis=1)))
    image = axes.imshow(visits[order], aspect="auto", cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    axes.set(xlabel="Seller", xticks=range(5), xticklabels=[str(j + 1) for j in range(5)], yticks=[])
    axes.grid(visible=False)
    axes.set_title(f"Buyers: {name}", fontsize=9, loc="left")
    if name == "Roth-Erev":
        axes.set_ylabel("A hundred buyers")
    else:
        axes.figure.colorbar(image, ax=axes, label="Share of visits", fraction=0.08)


def draw() -> Figure:
    """Return the figure: prices by how buyers search, and the loyalty of two kinds of learners."""
    with styled():
        figure = Figure(figsize=(9.0, 3.7), layout="constrained")
        panels = figure.subplots(1, 3, width_ratios=(2.2, 1, 1.2))
        draw_prices(panels[0])
        for axes, (name, learner) in zip(panels[1:], QUEUES.items(), strict=True):
            draw_loyalty(axes, name, learner)
        figure.suptitle("Buyers who come back to the cheap make sellers compete", x=0.01, ha="left")
    return figure


if __name__ == "__main__":
    save(draw(), Path(sys.argv[1]))
