"""Naive, tragic, mature? What tabular learners make of a commons, episode by episode.

    python analysis/commons_phases.py [FIGURE]

Deep learners pass through three phases ([Perolat2017]_, section 3): naive ones move at random and gather little, then
all learn to gather and strip the plane (the tragedy), and at last some learn to shoot the others away, so that fewer
harvest at a time and the apples last (maturity). Here Q-learners see in one of 30 numbers where the nearest apple is,
how many lie around it and whether their beam would hit somebody. Efficiency, equality, sustainability and peace are
drawn over the episodes with a beam, without one, and with a beam and inequity aversion ([Hughes2018]_); each point is
the mean over a share of the episodes, with its 95% interval over runs.

These learners show the first two phases. Without a beam, or with a short one, they ruin the commons within some tens of
episodes; with long beams and time-outs they first gain by learning, and then go the same way. The third phase does not
come within the episodes drawn.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.engine.simulation import Simulation
from socialsim.environments.harvest import scenario
from socialsim.metrics.estimates import mean
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, styled

LEARNER = "q_learning:alpha=0.1,discount=0.99,epsilon=0.1"
PRESETS = {"melting_pot_open": "Melting Pot, 7 learners", "perolat_2017": "Perolat et al. 2017, 12 learners"}
CONDITIONS = {
    "beam": {},
    "no beam": {"environment.beam": ()},
    "beam, inequity averse": {"preference": "inequity_aversion"},
}
NUMBERS = {
    "efficiency": "Efficiency U",
    "equality": "Equality E",
    "sustainability": "Sustainability S",
    "peace": "Peace P",
}
EPISODES, STEPS, RUNS = 300, 1000, 10
EDGES = (0, 1, 2, 3, 5, 8, 13, 20, 32, 50, 80, 130, 200, 300)  # episodes that a point covers


def train(preset: str, changes: dict[str, object]) -> dict[str, NDArray[np.float64]]:
    """Return the four numbers of every episode and run, shape (EPISODES, RUNS)."""
    learning = {
        "environment.observation": "summary",
        "environment.end_chance": 0.0,
        "learner.harvester": LEARNER,
        "horizon.steps": EPISODES * STEPS,
        "horizon.episode_steps": STEPS,
    }
    commons = scenario(preset).replace(learning | changes)
    simulation = Simulation(commons, seed=1, replications=range(RUNS))
    found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in NUMBERS}
    for episode in range(1, EPISODES + 1):
        simulation.advance(episode * STEPS)
        outcomes = commons.environment.outcomes(simulation.environment)
        for name, values in found.items():
            values.append(outcomes[name].copy())
    return {name: np.array(values) for name, values in found.items()}


def points(values: NDArray[np.float64]) -> list[Estimate]:
    """Return the mean over each share of the episodes, estimated over the runs in which it is defined."""
    shares = [values[first:last] for first, last in pairwise(EDGES)]
    means = [np.nansum(s, axis=0) / np.maximum(np.isfinite(s).sum(axis=0), 1) for s in shares]
    return [mean(m[np.isfinite(s).any(axis=0)]) for m, s in zip(means, shares, strict=True)]


def draw(axes: Axes, estimates: list[Estimate], colour: str, label: str) -> None:
    """Draw one number over the episodes, with its interval as a band."""
    middle = [np.sqrt((first + 1) * last) for first, last in pairwise(EDGES)]
    axes.plot(middle, [e.value for e in estimates], "o-", markersize=2.5, color=colour, label=label)
    axes.fill_between(middle, [e.low for e in estimates], [e.high for e in estimates], color=colour, alpha=0.15, lw=0)
    axes.set_xscale("log")


def main(path: Path) -> None:
    """Print the first and the last share of the episodes, and draw all."""
    with styled():
        figure = Figure(figsize=(10.4, 5.2))
        panels = figure.subplots(len(PRESETS), len(NUMBERS), sharex=True)
        for row, (preset, title) in zip(panels, PRESETS.items(), strict=True):
            for colour, (label, changes) in zip(COLOURS, CONDITIONS.items(), strict=False):
                numbers = train(preset, changes)
                for axes, (name, words) in zip(row, NUMBERS.items(), strict=True):
                    estimates = points(numbers[name])
                    draw(axes, estimates, colour, label)
                    axes.set_title(words, fontsize=9, loc="left")
                    best = max(estimates, key=lambda e: e.value)
                    print(f"{preset}, {label}, {name}: first {estimates[0]}, highest {best}, last {estimates[-1]}")
                sys.stdout.flush()
            row[0].set_ylabel(title, fontsize=8)
        for axes in panels[-1]:
            axes.set_xlabel("Episode")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(CONDITIONS), fontsize=8)
        figure.suptitle("Learning to gather ruins the commons; long beams and time-outs delay it", x=0.01, ha="left")
        print(save(figure, path))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "commons_phases.png"))
