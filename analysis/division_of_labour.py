"""Draw how best-repliers divide labour under three reward rules: ``python analysis/division_of_labour.py FILE.png``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from socialsim.engine.simulation import Simulation
from socialsim.environments.credit import Credit, scenario
from socialsim.environments.credit.theory import greedy_allocation
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

REWARDS = {"marginal": "Marginal contribution", "fair_share": "Fair share", "priority": "Priority"}
GOALS = {False: "Separate goals", True: "One goal, a race"}
NUM_AGENTS, STEPS, RUNS = 60, 60, 20


def workers_by_step(community: Credit) -> NDArray[np.int64]:
    """Return how many work on each project, shape (steps, runs, num_projects), after each of the first steps."""
    replying = scenario().replace({f"environment.{name}": value for name, value in community})
    simulation = Simulation(replying, seed=1, replications=range(RUNS))
    workers = []
    for step in range(1, STEPS + 1):
        simulation.advance(step)
        workers.append(simulation.environment.workers.copy())
    return np.array(workers)


def draw_panel(axes: Axes, community: Credit) -> None:
    """Draw the runs as thin lines, where they end, and the optimum as dashes."""
    workers = workers_by_step(community)
    optimum = greedy_allocation(community.gains(NUM_AGENTS), NUM_AGENTS)
    for k, colour in zip(range(len(optimum)), COLOURS, strict=False):
        axes.plot(range(1, STEPS + 1), workers[:, :, k], color=colour, alpha=0.35, linewidth=0.6)
        axes.axhline(optimum[k], color=colour, linestyle=(0, (4, 3)), linewidth=1.2)
    axes.set(xlim=(1, STEPS), ylim=(-1, NUM_AGENTS))
    share = float(community.efficiency(workers[-1]).mean())
    axes.text(STEPS - 1, NUM_AGENTS - 1, f"{share:.1%} of the best value", ha="right", va="top", color=GREY, fontsize=8)


def draw() -> Figure:
    """Return the figure: a row for each kind of goal, a column for each rule."""
    with styled():
        figure = Figure(figsize=(8.6, 5.2))
        panels = figure.subplots(len(GOALS), len(REWARDS), sharex=True, sharey=True)
        for row, (common_goal, goal) in zip(panels, GOALS.items(), strict=True):
            for axes, (reward, title) in zip(row, REWARDS.items(), strict=True):
                draw_panel(axes, Credit(reward=reward, common_goal=common_goal))
                if common_goal:
                    axes.set_xlabel("Step")
                else:
                    axes.set_title(title, fontsize=9, loc="left")
            row[0].set_ylabel(f"{goal}\nScientists on a project")
        for k, ceiling in enumerate(Credit().ceilings):
            label = f"project {k}, at best {ceiling:.0%} success"
            panels[0, 0].plot([], [], color=COLOURS[k], label=label)
        panels[0, 0].plot([], [], color=GREY, linestyle=(0, (4, 3)), label="best division of labour")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8)
        figure.suptitle("Credit for the first suits a race; for separate goals it makes a crowd", x=0.01, ha="left")
    return figure


if __name__ == "__main__":
    save(draw(), Path(sys.argv[1]))
