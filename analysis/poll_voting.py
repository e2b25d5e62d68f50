"""Draw polls among few and infinitely many voters: ``python analysis/poll_voting.py FILE.png``.

On the left all hear each other; on the right two regions of equal size have a share h of all links within.
"""

from __future__ import annotations

import sys
from pathlib import Path

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.poll_voting import PollVoting
from socialsim.environments.poll_voting.theory import desertion_lead, regional_share
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

RUNS = {20: 60, 100: 40, 400: 12}  # number of voters -> runs
PRECISIONS = (2.0, 4.0, 6.0, 9.0, 14.0, 20.0, 30.0, 45.0)
WITHIN = (0.5, 0.6, 0.7, 0.8, 0.9, 0.98)
STEPS = 2000
LEARNER = "q_learning:alpha=0.2,discount=0,epsilon=0.02,initial_value=1.0"


def votes(voters: PollVoting, network: str | nx.Graph, num_agents: int) -> NDArray[np.float64]:
    """Return who names A, B and C in the end, shape (runs, num_agents, 3)."""
    simulation = Simulation(Scenario(voters, LEARNER, network, STEPS), seed=1, replications=range(RUNS[num_agents]))
    simulation.advance(STEPS)
    return np.asarray(np.eye(3)[simulation.environment.states % 3])


def regions(num_agents: int, within: float) -> nx.Graph:
    """Return two regions of equal size, in which two voters are linked with the chance h, or else 1 - h."""
    return nx.planted_partition_graph(2, num_agents // 2, within, 1 - within, seed=1)


def dots(axes: Axes, at: tuple[float, ...], found: list[NDArray[np.float64]], order: int, num_agents: int) -> None:
    """Draw every run faintly, and the means over runs."""
    x = np.array(at) * 1.06 ** (order - 1) if axes.get_xscale() == "log" else np.array(at) + 0.014 * (order - 1)
    for place, values in zip(x, found, strict=True):
        axes.plot(np.full(len(values), place), values, ".", color=COLOURS[order], markersize=3, alpha=0.25)
    mean = [each.mean() for each in found]
    axes.plot(x, mean, "o", color=COLOURS[order], markersize=4.5, label=f"{num_agents} learners")


def draw_one_region(axes: Axes) -> None:
    """Draw the votes of the stronger majority candidate against the precision: equilibria, and learners."""
    axes.set_xscale("log")
    grid = np.geomspace(1.5, 60.0, 200)
    leads = np.array([desertion_lead(PollVoting(precision=float(beta))) for beta in grid])
    exists = leads < 0.6
    axes.plot(grid, np.full(len(grid), 0.3), color=INK, label="mean field: equilibria")
    axes.plot(grid[exists], np.full(exists.sum(), 0.6), color=INK)
    axes.plot(grid[exists], 0.3 + leads[exists] / 2, color=INK, linestyle=(0, (4, 3)), label="unstable")
    for order, num_agents in enumerate(RUNS):
        found = []
        for beta in PRECISIONS:
            counted = votes(PollVoting(precision=beta), f"complete:n={num_agents}", num_agents).mean(axis=1)
            found.append(counted[:, :2].max(axis=1))
        dots(axes, PRECISIONS, found, order, num_agents)
    axes.set(xlabel="Precision of the election", ylabel="Votes of the stronger of A and B", ylim=(0.2, 0.85))
    axes.set_title("One electorate", loc="left", fontsize=9)
    axes.set_xticks([2, 5, 10, 20, 50], ["2", "5", "10", "20", "50"])
    axes.minorticks_off()
    axes.legend(fontsize=7, loc="upper left", ncols=2)


def draw_two_regions(axes: Axes) -> None:
    """Draw how far the regions differ in A's votes against the share of links within each."""
    clear = PollVoting(precision=30.0)
    least = regional_share(clear)
    axes.plot([least, 1.0], [0.6, 0.6], color=INK, label="graphon: parties of the regions")
    axes.plot([0.5, 1.0], [0.0, 0.0], color=GREY, label="graphon: parties of the country")
    for order, num_agents in enumerate(RUNS):
        found = []
        for within in WITHIN:
            named = votes(clear, regions(num_agents, within), num_agents)[:, :, 0]
            half = num_agents // 2
            found.append(np.abs(named[:, :half].mean(axis=1) - named[:, half:].mean(axis=1)))
        dots(axes, WITHIN, found, order, num_agents)
    axes.set(xlabel="Share of links within a region", ylabel="Difference of A's votes", ylim=(-0.03, 0.95))
    axes.set_title("Two regions", loc="left", fontsize=9)
    axes.legend(fontsize=7, loc="upper left", ncols=2)


def draw() -> Figure:
    """Return the figure."""
    with styled():
        figure = Figure(figsize=(8.6, 3.6))
        left, right = figure.subplots(1, 2)
        draw_one_region(left)
        draw_two_regions(right)
        figure.suptitle("A divided majority unites where votes can be foreseen", x=0.01, ha="left")
    return figure


if __name__ == "__main__":
    save(draw(), Path(sys.argv[1]))
