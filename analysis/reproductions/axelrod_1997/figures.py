"""Axelrod's table 2 as a picture: regions that are left, by features and traits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

FEATURES, TRAITS = (5, 10, 15), (5, 10, 15)
PAPER = {5: (1.0, 3.2, 20.0), 10: (1.0, 1.0, 1.4), 15: (1.0, 1.0, 1.2)}  # table 2, means of ten runs


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the number of regions against the number of traits, a line for each number of features."""
    with styled():
        figure = Figure(figsize=(6.4, 4.0))
        axes = figure.subplots()
        for colour, marker, features in zip(COLOURS, "os^", FEATURES, strict=False):
            names = {q: f"regions, F {features}, q {q}" for q in TRAITS}
            found = {q: measured.get(name, measured.get(f"{name} (paper)")) for q, name in names.items()}
            shown = {q: estimate for q, estimate in found.items() if estimate is not None}
            values = [estimate.value for estimate in shown.values()]
            reach = [[e.value - e.low for e in shown.values()], [e.high - e.value for e in shown.values()]]
            line = "-" if len(shown) == len(TRAITS) else ""
            style = {
                "color": colour,
                "marker": marker,
                "capsize": 2.5,
                "label": f"{features} features",
                "linestyle": line,
            }
            axes.errorbar(list(shown), values, reach, **style)
            axes.plot(TRAITS, PAPER[features], "_", color=INK, markersize=14)
        torus = measured["regions on a torus, F 5, q 10"]
        axes.plot(10, torus.value, "D", color=COLOURS[0], fillstyle="none", label="5 features, on a torus")
        axes.plot([], [], "_", color=INK, markersize=14, label="Axelrod 1997, table 2")
        axes.set(yscale="log", xticks=TRAITS, xlabel="traits of each feature", ylabel="stable regions of 100 sites")
        axes.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
        axes.minorticks_off()
        axes.legend(loc="upper left")
        figure.suptitle("More features: fewer regions; more traits: more", x=0.01, ha="left")
        num_runs = measured["regions, F 5, q 10"].num_runs
        caption = f"Means of {num_runs:,} lattices of 10 x 10 sites with an open border, 95% intervals."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")
