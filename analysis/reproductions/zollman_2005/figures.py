"""Who means what on the torus: the first generation and the last, as in Zollman's figures of regional meaning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from socialsim.core.estimate import Estimate
from socialsim.engine.simulation import Simulation
from socialsim.environments.dialects import scenario
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

SIDE = 100
LABELS = ("no system", "one system", "its inversion")
COLOUR_OF = ("0.85", COLOURS[0], COLOURS[1])


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw a torus after one, four and all generations."""
    network = f"grid:rows={SIDE},columns={SIDE},neighbourhood=moore,periodic=true"
    simulation = Simulation(scenario().replace({"network": network}), seed=2005, replications=[0])
    with styled():
        figure = Figure(figsize=(9, 3.7))
        for axes, generation in zip(figure.subplots(1, 3), (1, 4, 200), strict=True):
            simulation.advance(generation)
            systems = simulation.columns()["system"][0].reshape(SIDE, SIDE)
            axes.imshow(systems, cmap=ListedColormap(COLOUR_OF), vmin=0, vmax=2, interpolation="nearest")
            axes.set(xticks=[], yticks=[], title=f"generation {int(simulation.clock[0])}")
            share = np.mean(systems > 0)
            axes.set_xlabel(f"{share:.0%} have a signalling system", fontsize=8)
        handles = [Patch(color=colour, label=label) for colour, label in zip(COLOUR_OF, LABELS, strict=True)]
        figure.legend(handles=handles, loc="upper right", ncols=3, fontsize=8)
        figure.suptitle("Neighbours come to understand each other, not everybody", x=0.01, ha="left")
        figure.supxlabel(_caption(measured), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _caption(measured: Mapping[str, Estimate]) -> str:
    steps = measured["generations until rest, torus"]
    return (
        f"One torus of {SIDE} x {SIDE}. In {steps.num_runs} such runs nobody changes any more after "
        f"{steps.value:.1f} generations on average."
    )
