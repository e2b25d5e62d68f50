"""Draw how few and infinitely many scientists divide their labour: ``python analysis/theory_choice.py FILE.png``.

On the left one theory promises less than the other; in the middle both are alike and peers count; on the right the same
in two communities of equal size that have 90 in a hundred links at home.
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
from socialsim.environments.theory_choice import TheoryChoice
from socialsim.environments.theory_choice.theory import best_division, camp_conformity, equilibria, selfish_division
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

RUNS = {20: 40, 100: 20, 1000: 6}  # number of scientists -> runs
# as in its scenario, but hopeful even where peers pay up to 2
LEARNER = "q_learning:alpha=0.05,discount=0,epsilon=0.02,initial_value=2.0"
SECOND = (0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0)  # worth of the second theory
CONFORMITY = (0.0, 0.3, 0.5, 0.6, 0.8, 1.0, 1.4, 2.0)
WITHIN, NEIGHBOURS = 0.9, 16
STEPS = 2000


def on_the_first(science: TheoryChoice, network: str | nx.Graph, num_agents: int) -> NDArray[np.float64]:
    """Return who works on the first theory in the end, shape (runs, num_agents)."""
    simulation = Simulation(Scenario(science, LEARNER, network, STEPS), seed=1, replications=range(RUNS[num_agents]))
    simulation.advance(STEPS)
    return np.asarray(simulation.environment.states < science.num_levels, np.float64)


def communities(num_agents: int) -> nx.Graph:
    """Return two communities of equal size with a mean number of neighbours."""
    half = num_agents / 2
    inside, between = NEIGHBOURS * WITHIN / (half - 1), NEIGHBOURS * (1 - WITHIN) / half
    return nx.planted_partition_graph(2, int(half), min(inside, 1.0), between, seed=1)


def dots(axes: Axes, at: tuple[float, ...], found: list[NDArray[np.float64]], order: int, num_agents: int) -> None:
    """Draw means over runs with their quartiles."""
    x = np.array(at) + (order - 1) * 0.012 * (max(at) - min(at))
    low, high = (np.array([np.quantile(each, q) for each in found]) for q in (0.25, 0.75))
    axes.vlines(x, low, high, color=COLOURS[order], linewidth=1, alpha=0.6)
    mean = [each.mean() for each in found]
    label = f"{num_agents} learners" if at is SECOND else None  # the other panels have the same
    axes.plot(x, mean, "o", color=COLOURS[order], markersize=4, label=label)


def draw_promise(axes: Axes) -> None:
    """Draw the share on the better theory against the worth of the other: Kitcher's comparison."""
    grid = np.linspace(0.05, 1.0, 60)
    sciences = [TheoryChoice(values=(1.0, float(second))).science() for second in grid]
    axes.plot(grid, [selfish_division(each)[0] for each in sciences], color=INK, label="mean field")
    axes.plot(grid, [best_division(each)[0] for each in sciences], color=GREY, linestyle=(0, (4, 3)), label="planner")
    for order, num_agents in enumerate(RUNS):
        found = [
            on_the_first(TheoryChoice(values=(1.0, second)), f"complete:n={num_agents}", num_agents).mean(axis=1)
            for second in SECOND
        ]
        dots(axes, SECOND, found, order, num_agents)
    axes.set(xlabel="Worth of the second theory", ylabel="Share on the first", ylim=(0.4, 1.03))
    axes.set_title("Unequal theories", loc="left", fontsize=9)
    axes.legend(fontsize=7)


def draw_one_community(axes: Axes) -> None:
    """Draw how unequally two like theories are worked on, against conformity."""
    for stable, style, label in ((True, "-", "mean field"), (False, (0, (4, 3)), "unstable")):
        places = [
            (strength, abs(2 * share - 1))
            for strength in np.linspace(0.0, 2.0, 401)
            for share, lasts in equilibria(even(strength).science())
            if lasts is stable and share >= 0.5 - 1e-6
        ]
        axes.plot(*zip(*sorted(places), strict=True), color=INK, linestyle=style, label=label)
    for order, num_agents in enumerate(RUNS):
        found = [
            np.abs(2 * on_the_first(even(each), f"complete:n={num_agents}", num_agents).mean(axis=1) - 1)
            for each in CONFORMITY
        ]
        dots(axes, CONFORMITY, found, order, num_agents)
    axes.set(xlabel="Conformity", ylabel="Difference of shares", ylim=(-0.03, 1.03))
    axes.set_title("One community, like theories", loc="left", fontsize=9)
    axes.legend(fontsize=7, loc="center right")


def draw_two_communities(axes: Axes) -> None:
    """Draw how far two communities are apart, against conformity."""
    heard = np.linspace(0.5001, WITHIN, 100)  # share of one's neighbours on the theory of one's camp
    strength = [camp_conformity(even(0.0).science(), float(each)) for each in heard]
    apart = (2 * heard - 1) / (2 * WITHIN - 1)
    axes.plot([0.0, *strength, 2.0], [0.0, *apart, 1.0], color=INK, label="graphon: two camps")
    axes.plot([0.0, 2.0], [0.0, 0.0], color=GREY, label="graphon: alike")
    for order, num_agents in enumerate(RUNS):
        graph, half, found = communities(num_agents), num_agents // 2, []
        for each in CONFORMITY:
            first = on_the_first(even(each), graph, num_agents)
            found.append(np.abs(first[:, :half].mean(axis=1) - first[:, half:].mean(axis=1)))
        dots(axes, CONFORMITY, found, order, num_agents)
    axes.set(xlabel="Conformity", ylabel="Distance of the communities", ylim=(-0.03, 1.25))
    axes.set_title("Two communities, like theories", loc="left", fontsize=9)
    axes.legend(fontsize=7, loc="upper right", ncols=2)


def even(conformity: float) -> TheoryChoice:
    """Return two theories that are alike."""
    return TheoryChoice(values=(1.0, 1.0), conformity=float(conformity))


def draw() -> Figure:
    """Return the figure."""
    with styled():
        figure = Figure(figsize=(10.4, 3.6))
        left, middle, right = figure.subplots(1, 3)
        draw_promise(left)
        draw_one_community(middle)
        draw_two_communities(right)
        figure.suptitle("Credit spreads labour, though not far enough; peers gather it", x=0.01, ha="left")
    return figure


if __name__ == "__main__":
    save(draw(), Path(sys.argv[1]))
