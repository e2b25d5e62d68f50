"""Boards before and after, as Schelling's figures 7 and 9, and what people end up with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.segregation import Segregation
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

BOARD = {"height": 13, "width": 16, "periodic": False, "destination": "nearest", "schedule": "reading"}
DEMANDS = ("random homes", "half wanted", "more than half wanted", "three wanted")


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw a board at first and at rest, and shares of neighbours by demands, measured and published."""
    published = {row["quantity"]: float(row["published"]) for row in expected["rows"] if row["kind"] == "published"}
    with styled():
        figure = Figure(figsize=(9.6, 3.6))
        left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.2))
        simulation = Simulation(
            Scenario(Segregation(**BOARD), "innate", "complete:n=138", 300), seed=4, replications=[0]
        )
        for axes, step, title in ((left, 0, "random homes"), (middle, 300, "at rest, half wanted")):
            simulation.advance(step)
            show(axes, simulation.environment, title)
        for k, (quantity, label, marker) in enumerate(
            (
                ("share of like neighbours", "like neighbours", "o"),
                ("share without unlike neighbours", "people without unlike ones", "s"),
            )
        ):
            names = [f"{quantity}, {demand}" for demand in DEMANDS]
            places = np.arange(len(DEMANDS)) + 0.12 * (2 * k - 1)
            found = [measured[name] for name in names]
            reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
            right.errorbar(places, [e.value for e in found], reach, fmt=marker, color=COLOURS[k], label=label)
            right.plot(places, [published[name] for name in names], "_", color=INK, markersize=14)
        right.plot([], [], "_", color=INK, markersize=14, label="Schelling 1971")
        right.set_xticks(range(len(DEMANDS)), ["random", "half", "more than\nhalf", "three"])
        right.set(ylim=(0, 1), ylabel="share")
        right.legend(loc="lower right")
        figure.suptitle("Who wants half of them alike ends with four fifths", x=0.01, ha="left")
        caption = f"Boards of 13 x 16 squares, 69 people of each group; means of {found[0].num_runs:,} boards."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def show(axes: Axes, state: Any, title: str) -> None:
    """Draw a board: discs of two colours, the second with a hole."""
    for group in range(2):
        row, column = np.divmod(state.slots[0, : len(state.group)][np.asarray(state.group) == group], 16)
        face = COLOURS[0] if group == 0 else "none"
        axes.scatter(column, row, s=18, facecolors=face, edgecolors=COLOURS[group], linewidths=1.4)
    axes.set(xlim=(-0.7, 15.7), ylim=(12.7, -0.7), xticks=[], yticks=[], aspect="equal")
    axes.spines[:].set_color(GREY)
    axes.spines[:].set_visible(True)
    axes.set_title(title, loc="left")
