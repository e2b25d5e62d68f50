"""Draw how specialists emerge, and who replaces them: ``python analysis/thresholds.py FILE.png``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.engine.simulation import Simulation
from socialsim.environments.thresholds import scenario
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

STEPS, EVERY = 4000, 20
RUNS, SPECIALIST = 40, 100.0
BEFORE, AFTER = 1000, 2500


def draw_thresholds(axes: Axes) -> None:
    """Draw the threshold of each agent of one colony for the first task."""
    simulation = Simulation(scenario().replace({"horizon.steps": STEPS}), seed=2, replications=[0])
    times, rows = list(range(0, STEPS + 1, EVERY)), []
    for step in times:
        simulation.advance(step)
        rows.append(simulation.learners["agent"].threshold[0].copy())
    threshold = np.array(rows)
    last = threshold[-1] < SPECIALIST
    for i in range(threshold.shape[1]):
        colour = COLOURS[0] if last[i, 0] else COLOURS[1] if last[i, 1] else GREY
        axes.plot(times, threshold[:, i, 0], color=colour, linewidth=0.8)
    axes.set(xlim=(0, STEPS), ylim=(-20, 1150), xlabel="Step", ylabel="Threshold for the first task")
    for k, text in enumerate(("its specialists", "specialists of the other task", "of neither")):
        axes.plot([], [], color=(COLOURS[0], COLOURS[1], GREY)[k], label=text)
    axes.legend(loc="upper right", ncols=3, fontsize=7, columnspacing=1.0, handlelength=1.2)


def draw_removal(axes: Axes) -> None:
    """Draw the share of those present who do the first task, around the loss of its specialists."""
    colony = scenario().replace({"horizon.steps": STEPS + AFTER})
    simulation = Simulation(colony, seed=1, replications=range(RUNS), guests=True)
    simulation.advance(STEPS - BEFORE)
    times, shares, worked = [], [], _work(simulation)
    for step in range(STEPS - BEFORE + EVERY, STEPS + AFTER + 1, EVERY):
        simulation.advance(step)
        now, present = _work(simulation), (simulation.engine.presence == 0).sum()
        times.append(step - STEPS - EVERY / 2)
        shares.append((now - worked) / (EVERY * present))
        worked = now
        if step == STEPS:
            for row, i in np.argwhere(simulation.learners["agent"].threshold[:, :, 0] < SPECIALIST):
                simulation.change_presence(int(row), int(i), "leave")
    axes.plot(times, shares, color=COLOURS[0])
    axes.axhline(1 / 3, color=INK, linewidth=0.8, linestyle=":")
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.text(250, 0.02, "its specialists leave", color=GREY)
    axes.text(AFTER, 0.345, "the demand", color=INK, ha="right")
    axes.set(xlim=(-BEFORE, AFTER), ylim=(0, None), xlabel="Step", ylabel="Share of agents at the first task")


def _work(simulation: Simulation) -> float:
    """Return how often the first task has been done in all runs."""
    return float(simulation.environment.work[:, :, 0].sum())


def draw() -> Figure:
    """Return the figure."""
    with styled():
        figure = Figure(figsize=(8.6, 3.6))
        thresholds, removal = figure.subplots(1, 2)
        draw_thresholds(thresholds)
        draw_removal(removal)
        figure.suptitle("Who practises specialises; who is lost is replaced", x=0.01, ha="left")
        caption = f"20 agents, two tasks. Left: one colony. Right: {RUNS} colonies, means over {EVERY} steps."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
    return figure


if __name__ == "__main__":
    save(draw(), Path(sys.argv[1]))
