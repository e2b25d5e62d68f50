"""Trajectories in the form of both papers, and how many opinions survive against the confidence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.deliberation import Deliberation
from socialsim.environments.encounters import Encounters
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

SEED = 2002
STEPS = 15  # as in the paper's figure
DISTANCES = {".5": 0.5, ".3": 0.3, ".2": 0.2, ".15": 0.15, ".1": 0.1}
LINE = {"color": COLOURS[0], "linewidth": 0.35, "alpha": 0.6}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw 625 agents who listen at once, 1000 who meet in pairs, and the peaks that they end in."""
    with styled():
        figure = Figure(figsize=(9.0, 5.2))
        panels = figure.subplots(2, 3)
        for axes, name in zip(panels[0], (".01", ".15", ".25"), strict=True):
            at_once(axes, float(name))
            axes.set_title(f"All at once, ε = {name}: {_survivors(measured, name)}", fontsize=9)
        for axes, (name, peaks) in zip(panels[1], {".5": "one peak", ".2": "two peaks"}.items(), strict=False):
            in_pairs(axes, DISTANCES[name])
            axes.set_title(f"In pairs, d = {name}: {peaks}", fontsize=9)
        survivors_in_pairs(panels[1, 2], measured)
        for axes in panels[:, 0]:
            axes.set_ylabel("Opinion")
        figure.suptitle("The narrower the confidence, the more opinions survive", x=0.01, ha="left")
        figure.supxlabel(_caption(measured), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _survivors(measured: Mapping[str, Estimate], name: str) -> str:
    if name == ".15":
        share = measured["share of starts in two or three clusters at epsilon .15, all at once"]
        return f"2 or 3 in {share.value:.1%}"
    return f"{measured[f'clusters at epsilon {name}, all at once'].value:.3g} survive"


def course(community: Scenario, steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the opinions of one community at some steps, shape (num_steps, num_agents)."""
    simulation = Simulation(community, seed=SEED, replications=range(1))
    opinions = []
    for step in steps:
        simulation.advance(int(step))
        opinions.append(simulation.environment.opinion[0].copy())
    return np.array(opinions)


def at_once(axes: Axes, confidence: float) -> None:
    """Draw every agent's opinion over the first steps."""
    learner = f"hegselmann_krause:confidence={confidence}"
    steps = np.arange(STEPS + 1)
    axes.plot(steps, course(Scenario(Deliberation(), learner, "complete:n=625", STEPS), steps), **LINE)
    axes.set(xlabel="Step", xlim=(0, STEPS), ylim=(0, 1), xticks=range(0, STEPS + 1, 5))


def in_pairs(axes: Axes, confidence: float) -> None:
    """Draw every agent's opinion after each thousand meetings."""
    sweeps = np.arange(51)
    community = Scenario(Encounters(), f"deffuant:confidence={confidence}", "complete:n=1000", 50_000)
    axes.plot(sweeps, course(community, sweeps * 1000), ".", color=COLOURS[0], markersize=1.0, rasterized=True)
    axes.set(xlabel="Meetings, in thousands", xlim=(0, 50), ylim=(0, 1))


def survivors_in_pairs(axes: Axes, measured: Mapping[str, Estimate]) -> None:
    """Draw peaks against 1 / (2 d)."""
    rule = np.array([1 / (2 * distance) for distance in DISTANCES.values()])
    peaks = [measured[f"peaks at d {name}, in pairs"].value for name in DISTANCES if name != ".1"]
    peaks.append(5 * measured["peaks at d .1 over 1/(2d), in pairs"].value)
    stairs = np.linspace(1, 5.5, 500)
    axes.plot(stairs, np.floor(stairs), color=INK, linewidth=0.8)
    axes.text(3.1, 2.25, "integer part of 1/(2d)", color=INK, fontsize=8)
    axes.plot(rule, peaks, "o", color=COLOURS[1], markersize=5)
    axes.text(1.2, 3.6, "measured", color=COLOURS[1], fontsize=8)
    axes.set(xlabel="1/(2d)", ylabel="Peaks", xlim=(0.8, 5.5), ylim=(0, 5.5))
    axes.set_title("Peaks that remain", fontsize=9)


def _caption(measured: Mapping[str, Estimate]) -> str:
    runs = measured["peaks at d .5, in pairs"].num_runs
    return (
        f"One start each, uniform; numbers are means of {runs:,} starts. Above 625 agents (Hegselmann & Krause), below "
        "1000, µ = .5 (Deffuant et al.); peaks of at least 2% of the agents."
    )
