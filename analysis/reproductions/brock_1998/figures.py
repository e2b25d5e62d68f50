"""The paper's bifurcation diagram, and prices of traders on either side of the bifurcations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.simulation import Simulation
from socialsim.environments.assets import Assets, scenario
from socialsim.environments.assets.theory import trajectory
from socialsim.metrics.runs import unrolled
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

BETAS = np.linspace(2.0, 4.0, 401)
STARTS = (-1.0, 1.0)
LAST = 150  # steps of the map that are drawn
SERIES = {2.0: COLOURS[2], 2.8: COLOURS[0], 3.6: COLOURS[1]}
STEPS = 400


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw where the map goes for each intensity of choice, and three markets of 2000 traders."""
    with styled():
        figure = Figure(figsize=(8.6, 3.7))
        diagram, series = figure.subplots(1, 2)
        for start, colour in zip(STARTS, (GREY, INK), strict=True):
            path = trajectory(Assets(initial_deviation=start), BETAS, 2000).deviations[-LAST:]
            diagram.plot(np.tile(BETAS, LAST), path.ravel(), ",", color=colour, rasterized=True)
        for name, label in (("primary bifurcation", "β* = ln 11"), ("secondary bifurcation", "β** (Hopf)")):
            mark(diagram, measured[name].value, label)
        diagram.set(xlabel="Intensity of choice β", ylabel="Price - fundamental price", xlim=(2, 4), ylim=(-2.6, 2.6))
        for beta, colour in SERIES.items():
            series.plot(prices(beta), color=colour, linewidth=1.0)
        for beta, place in ((2.0, (25, 0.45)), (2.8, (150, 1.17)), (3.6, (272, 1.8))):
            series.text(*place, f"β = {beta}", color=SERIES[beta])
        series.set(xlabel="Step", ylabel="Price - fundamental price", ylim=(-0.3, 2.3), xlim=(0, STEPS))
        figure.suptitle("The harder traders chase profits, the less stable the fundamental price", x=0.01, ha="left")
        caption = "Left: infinitely many traders, started above (dark) and below (light). Right: 2000 traders."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def mark(axes: Axes, beta: float, label: str) -> None:
    """Mark a bifurcation."""
    axes.axvline(beta, color=COLOURS[0], linewidth=0.8, linestyle="--")
    axes.text(beta - 0.02, -2.45, label, color=COLOURS[0], ha="right", fontsize=8)


def prices(beta: float) -> np.ndarray:
    """Return the deviations of one market of traders."""
    market = scenario().replace(
        {
            "network": "complete:n=2000",
            "learner.beta": beta,
            "environment.initial_deviation": 1.0,
            "environment.window": STEPS,
            "environment.noise": 0.0,
        }
    )
    simulation = Simulation(market, seed=1998, replications=range(1))
    simulation.advance(STEPS)
    return unrolled(simulation.environment.path[0], STEPS)
