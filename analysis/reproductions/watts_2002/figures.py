"""Watts's figure 2b, measured: how often and how far cascades go; and Granovetter's figure 2, from its fixed point."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.cascades.theory import cascade_size, cascade_window, poisson, rest_point, trigger_chance
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

PHI = 0.18
QUANTITIES = {
    "frequency": (COLOURS[0], "o", "of seeds: start a global cascade"),
    "size of global cascades": (COLOURS[1], "s", "of agents: are reached by it"),
}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw both against the mean degree, beside the tipping of a normal crowd."""
    with styled():
        figure = Figure(figsize=(8.6, 3.9))
        cascades, crowd = figure.subplots(1, 2, width_ratios=(1.6, 1))
        _draw_window(cascades)
        for quantity in QUANTITIES:
            _draw_measured(cascades, quantity, measured)
        cascades.set(xlim=(0, 10), ylim=(-0.03, 1.06), xlabel="mean degree z", ylabel="share")
        cascades.legend(loc=(0.6, 0.68), fontsize=8)
        _draw_crowd(crowd)
        figure.suptitle("One seed sets a network ablaze if links are neither too few nor too many", x=0.01, ha="left")
        figure.supxlabel(_caption(measured), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _draw_window(axes: Axes) -> None:
    low, high = cascade_window(PHI) or (0.0, 0.0)
    axes.axvspan(low, high, color=GREY, alpha=0.12, linewidth=0, zorder=0)
    degrees = np.linspace(low + 1e-3, high - 1e-3, 120)
    chances = [0.0, *(trigger_chance(poisson(z), PHI) for z in degrees), 0.0]
    sizes = [cascade_size(poisson(z), PHI) for z in degrees]
    axes.plot([low, *degrees, high], chances, color=QUANTITIES["frequency"][0], zorder=1)
    axes.plot(degrees, sizes, color=QUANTITIES["size of global cascades"][0], zorder=1)
    axes.text((low + high) / 2, 0.04, "cascade window\n(lines: N → ∞)", ha="center", fontsize=8, color=GREY)


def _draw_measured(axes: Axes, quantity: str, measured: Mapping[str, Estimate]) -> None:
    colour, marker, label = QUANTITIES[quantity]
    start = f"{quantity}, z "
    found = {float(name.removeprefix(start)): value for name, value in measured.items() if name.startswith(start)}
    shown = {z: e for z, e in found.items() if np.isfinite(e.value)}
    reach = [[e.value - e.low for e in shown.values()], [e.high - e.value for e in shown.values()]]
    style = {"color": colour, "linestyle": "", "capsize": 2.5, "markersize": 5, "zorder": 2}
    axes.errorbar(list(shown), [e.value for e in shown.values()], reach, marker=marker, label=label, **style)


def _draw_crowd(axes: Axes) -> None:
    spreads = np.concatenate([np.linspace(5, 12.22, 80), np.linspace(12.23, 40, 80)])
    joined = [100 * rest_point(NormalDist(0.25, spread / 100).cdf, most_steps=50_000) for spread in spreads]
    axes.plot(spreads, joined, color=COLOURS[2])
    axes.axvline(12.2, color=GREY, linewidth=0.8, linestyle=":")
    axes.text(13.0, 20, "12.2", fontsize=8, color=GREY)
    axes.set(xlim=(5, 40), ylim=(-3, 106), xlabel="standard deviation of thresholds", ylabel="per cent who join")


def _caption(measured: Mapping[str, Estimate]) -> str:
    num_runs = measured["frequency, z 4"].num_runs
    return (
        f"Left: {num_runs:,} random graphs of 10,000 each, threshold .18, 95% intervals. "
        "Right: Granovetter's normal crowds of mean 25."
    )
