"""The figure of Challet, Marsili & Zecchina 2000: volatility and predictability against alpha, with the closed form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.minority.theory import critical_alpha, stationary_state
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

QUANTITIES = {"sigma^2/N": (COLOURS[0], "o", "volatility σ²/N"), "H/N": (COLOURS[1], "s", "predictability H/N")}
LOWEST = 1e-3  # what is estimated below it cannot be told from 0


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw both against alpha on logarithmic axes, and the ratio of real to random histories."""
    with styled():
        figure = Figure(figsize=(8.6, 4.0))
        curves, ratios = figure.subplots(1, 2, width_ratios=(1.7, 1))
        _draw_theory(curves)
        for quantity in QUANTITIES:
            _draw_measured(curves, quantity, measured)
        curves.set(xscale="log", yscale="log", ylim=(LOWEST / 2, 30), xlabel="α = P/N", ylabel="per agent")
        curves.legend(loc="lower right")
        _draw_ratios(ratios, measured)
        figure.suptitle("Too many agents for the histories: a herd; too few: coin tosses", x=0.01, ha="left")
        figure.supxlabel(_caption(measured), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _draw_theory(axes: Axes) -> None:
    alphas = np.geomspace(critical_alpha() * 1.0001, 12, 200)
    states = [stationary_state(float(alpha)) for alpha in alphas]
    axes.plot(alphas, [state.volatility for state in states], color=QUANTITIES["sigma^2/N"][0], zorder=1)
    axes.plot(alphas, [state.predictability for state in states], color=QUANTITIES["H/N"][0], zorder=1)
    axes.axvline(critical_alpha(), color=GREY, linewidth=0.8, linestyle=":", zorder=0)
    axes.text(critical_alpha() * 0.93, 17.0, "critical α, .3374", ha="right", fontsize=8, color=GREY)
    axes.axhline(1.0, color=GREY, linewidth=0.8, linestyle="--", zorder=0)
    axes.text(12, 1.12, "coin tosses", ha="right", fontsize=8, color=GREY)
    axes.plot([], [], color=INK, label="closed form, N → ∞")


def _draw_measured(axes: Axes, quantity: str, measured: Mapping[str, Estimate]) -> None:
    """Draw one quantity; an estimate that cannot be told from 0 is an arrow on the floor."""
    colour, marker, label = QUANTITIES[quantity]
    start = f"{quantity}, alpha "
    found = {float(name.removeprefix(start)): value for name, value in measured.items() if name.startswith(start)}
    shown = {alpha: e for alpha, e in found.items() if e.value > LOWEST}
    reach = [[e.value - max(e.low, LOWEST / 2) for e in shown.values()], [e.high - e.value for e in shown.values()]]
    style = {"color": colour, "linestyle": "", "capsize": 2.5, "markersize": 5, "zorder": 2}
    axes.errorbar(list(shown), [e.value for e in shown.values()], reach, marker=marker, label=label, **style)
    hidden = [alpha for alpha in found if alpha not in shown]
    axes.plot(hidden, [LOWEST] * len(hidden), color=colour, linestyle="", marker="v", markersize=6)


def _draw_ratios(axes: Axes, measured: Mapping[str, Estimate]) -> None:
    start = "real over random history, alpha "
    found = {name.removeprefix(start): e for name, e in measured.items() if name.startswith(start)}
    places = range(len(found))
    reach = [[e.value - e.low for e in found.values()], [e.high - e.value for e in found.values()]]
    style = {"color": COLOURS[2], "marker": "o", "linestyle": "", "capsize": 2.5}
    axes.errorbar(places, [e.value for e in found.values()], reach, **style)
    axes.axhline(1.0, color=GREY, linewidth=0.8, linestyle="--")
    axes.set_xticks(places, list(found))
    axes.set(xlim=(-0.5, len(found) - 0.5), ylim=(0.8, 1.02), xlabel="α = P/N")
    axes.set_ylabel("σ² with real over σ² with random histories")


def _caption(measured: Mapping[str, Estimate]) -> str:
    numbers = [estimate.num_runs for name, estimate in measured.items() if name.startswith("H/N")]
    games = f"{min(numbers)} to {max(numbers)} games of 301 agents with two strategies each"
    return f"Dots: {games}, 95% intervals. Triangles: below .001, or negative."
