"""Agents and the equations that describe them, and how their distance falls with their number."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.cli.reproduction import study_beside
from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

RUNS, SIZES, SEED = 40, (16, 64, 256), 7


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the courses of the three games, and the error against the number of agents."""
    study = study_beside(__file__)
    with styled():
        figure = Figure(figsize=(10.4, 3.4))
        *courses, errors = figure.subplots(1, 4)
        for axes, (name, colour) in zip(courses, zip(study.GAMES, COLOURS, strict=False), strict=True):
            by_size = [study.agents_less_flow(name, size, RUNS, SEED, False, None) for size in SIZES]
            draw_course(axes, study, name, *by_size[1], colour)
            rms = [float(np.sqrt(np.square(one).mean())) for _, one in by_size]
            slope = measured[f"slope of the error in log N, {name}"].value
            errors.loglog(SIZES, rms, "o-", color=colour, markersize=4, label=f"{name}, {slope:.2f}")
        theory = errors.get_lines()[0].get_ydata()[0] * np.sqrt(SIZES[0] / np.array(SIZES))
        errors.loglog(SIZES, theory * 0.55, color=GREY, linestyle="--", linewidth=0.8, label="slope -1/2")
        errors.set(xlabel="Agents N", ylabel="Root mean square error", ylim=(0.004, 0.6))
        errors.set_title("Agents less flow", fontsize=9)
        errors.set_xticks(SIZES, [str(size) for size in SIZES])
        errors.minorticks_off()
        errors.legend(loc="upper right", fontsize=7)
        courses[0].set_ylabel("Share of action 0")
        courses[0].legend(loc="upper right", fontsize=7)
        return save(figure, folder / "figure.png")


def draw_course(axes: Axes, study: Any, name: str, at: Any, errors: Any, colour: str) -> None:
    """Draw the flow, its two simplifications, and agents: the mean of runs and where 90% of the runs are."""
    moments = np.linspace(0.0, study.END, 81)
    exact = study.flow(name, moments)
    axes.plot(moments, exact, color=colour, label="continuity equation")
    axes.plot(moments, study.flow(name, moments, cells=1), color=GREY, linestyle="--", label="values at their mean")
    axes.plot(moments, study.all_corrected(name, moments), color=GREY, linestyle=":", label="Boltzmann-Q flow")
    agents = errors + np.interp(at, moments, exact)
    low, high = np.quantile(agents, (0.05, 0.95), axis=0)
    middle = agents.mean(axis=0)
    bars = {"fmt": "o", "color": colour, "markersize": 3.5, "linewidth": 0.8}
    axes.errorbar(at, middle, (middle - low, high - middle), label=f"{SIZES[1]} agents, 90% of runs", **bars)
    axes.set(xlabel=r"Time, $\alpha$ times steps", ylim=(0, 1), xlim=(0, study.END * 1.03))
    axes.set_title(name.capitalize(), fontsize=9)
