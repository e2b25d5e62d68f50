"""The order parameter by tolerance, and three cities: frozen, segregated, mixed."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.segregation import Segregation
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

POINTS = tuple(Fraction(t) for t in ("1/3", "1/2", "5/7", "3/4", "4/5"))
SHOWN = (("1/3", "frozen"), ("1/2", "segregated"), ("4/5", "mixed"))
SWEEPS = 1000
LIQUID = {"periodic": False, "destination": "content", "schedule": "random", "movers": "all"}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw s against T at 5% vacant sites, and a city of each phase."""
    with styled():
        figure = Figure(figsize=(10.4, 3.3))
        axes, *cities = figure.subplots(1, 4, width_ratios=(1.5, 1, 1, 1))
        names = {tolerance: f"s, T = {tolerance}, 5% vacant" for tolerance in POINTS}
        points = [tolerance for tolerance, name in names.items() if {name, f"{name} (consensus)"} & set(measured)]
        found = [measured.get(names[t]) or measured[f"{names[t]} (consensus)"] for t in points]
        reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
        places = [float(tolerance) for tolerance in points]
        axes.errorbar(places, [e.value for e in found], reach, fmt="o", color=COLOURS[0], capsize=2.5)
        axes.axvspan(3 / 8, 1 / 2, color=GREY, alpha=0.25, lw=0)
        axes.axvline(3 / 4, color=GREY, linestyle="--")
        axes.set(ylim=(0, 1.05), xlim=(0.25, 0.85), ylabel="s, size of clusters", xlabel="tolerance T")
        axes.set_xticks(places, [str(tolerance) for tolerance in points])
        for panel, (tolerance, name) in zip(cities, SHOWN, strict=True):
            city = Segregation(tolerance=float(Fraction(tolerance)), **LIQUID)
            simulation = Simulation(Scenario(city, "innate", "complete:n=2375", SWEEPS), seed=1, replications=[0])
            simulation.advance(SWEEPS)
            state = simulation.environment
            sites = np.full(2500, -1)
            sites[state.slots[0, : len(state.group)]] = state.group
            colours = ListedColormap(["white", COLOURS[0], COLOURS[1]])
            panel.imshow(sites.reshape(50, 50), cmap=colours, vmin=-1, vmax=1, interpolation="nearest")
            panel.set(xticks=[], yticks=[])
            panel.spines[:].set_visible(False)
            panel.set_title(f"T = {tolerance}: {name}", loc="left")
        figure.suptitle("Between freezing and mixing a city segregates altogether", x=0.01, ha="left")
        caption = (
            f"50 x 50 sites, 5% vacant; means of {found[0].num_runs:,} cities. Grey: borders of the paper's phases."
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")
