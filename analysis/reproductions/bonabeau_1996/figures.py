"""How active minors and majors are against the share of majors, measured and in the mean field."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.thresholds.theory import mean_field
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

GRID = np.linspace(0.01, 0.99, 99)
MINORS, MAJORS, ALL = COLOURS[0], COLOURS[1], INK


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw both castes at the ratio 2.5 of thresholds, and majors at the ratio 8."""
    with styled():
        figure = Figure(figsize=(8.2, 3.6))
        near, far = figure.subplots(1, 2)
        _lines(near, (8.0, 20.0))
        for share in (0.1, 0.5, 0.9):
            for who, colour in (("minors", MINORS), ("majors", MAJORS), ("all", ALL)):
                _dot(near, share, measured[f"active share of {who}, {share} majors"], colour)
        near.text(0.55, 0.55, "minors (threshold 8)", color=MINORS, ha="right")
        near.text(0.62, 0.13, "majors (20)", color=MAJORS)
        near.text(0.99, 0.352, "all", color=ALL, ha="right")
        _lines(far, (8.0, 64.0))
        for share in (0.25, 0.5, 0.9):
            _dot(far, share, measured[f"active share of majors, {share} majors, thresholds 8 and 64"], MAJORS)
        far.text(0.3, 0.52, "minors (8)", color=MINORS, ha="right")
        far.text(0.7, 0.05, "majors (64)", color=MAJORS)
        for axes in (near, far):
            axes.set(xlim=(0, 1), ylim=(0, 0.9), xlabel="Share of majors")
        near.set_ylabel("Share of them at work")
        figure.suptitle(
            "The fewer minors there are, the more majors work: a third of all in any case", x=0.01, ha="left"
        )
        num_runs = measured["active share of all, 0.5 majors"].num_runs
        caption = f"Lines: mean field. Dots: {num_runs} colonies of 500 each, 95% intervals smaller than the dots."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _lines(axes: Axes, thresholds: tuple[float, float]) -> None:
    rests = np.array([mean_field(thresholds, [1 - share, share]).active for share in GRID])
    for k, colour in enumerate((MINORS, MAJORS)):
        axes.plot(GRID, rests[:, k], color=colour, linewidth=1.2)
    axes.axhline(1 / 3, color=ALL, linewidth=0.8, linestyle=":")


def _dot(axes: Axes, share: float, found: Estimate, colour: str) -> None:
    reach = [[found.value - found.low], [found.high - found.value]]
    axes.errorbar(share, found.value, reach, color=colour, marker="o", markersize=4, capsize=2.5)
