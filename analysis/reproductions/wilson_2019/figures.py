"""Wilson & Collins's box 5, figure 1, measured: which model fits best what each has made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

MODELS = ("random", "win-stay", "values", "habits", "both")
TITLES = {"A": "A   sensitivities ~ Exp(1)", "B": "B   sensitivities ~ 1 + Exp(1)"}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw both confusion matrices, with what was published in small print."""
    published = {row["quantity"]: row["published"] for row in expected["rows"]}
    with styled():
        figure = Figure(figsize=(8.6, 4.3))
        for axes, (panel, title) in zip(figure.subplots(1, 2), TITLES.items(), strict=True):
            _draw_panel(axes, panel, measured, published)
            axes.set_title(title, loc="left", fontsize=10)
        num_runs = next(iter(measured.values())).num_runs
        note = f"share of {num_runs} subjects simulated by the model of the row; in brackets: published"
        figure.suptitle("Models are told apart if their subjects are sensitive enough", x=0.01, ha="left")
        figure.supxlabel(note, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _draw_panel(axes: Axes, panel: str, measured: Mapping[str, Estimate], published: Mapping[str, str]) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    names = [[f"panel {panel}: {made}, {best} fits best" for best in MODELS] for made in MODELS]
    shares = np.array([[measured[name].value for name in row] for row in names])
    axes.imshow(shares, vmin=0, vmax=1, cmap=LinearSegmentedColormap.from_list("", ["#FFFFFF", COLOURS[0]]))
    for i, row in enumerate(names):
        for j, name in enumerate(row):
            colour = "#FFFFFF" if shares[i, j] > 0.55 else INK
            axes.text(j, i - 0.05, f"{shares[i, j]:.2f}", ha="center", va="center", fontsize=9, color=colour)
            if name in published:
                axes.text(j, i + 0.3, f"({published[name]})", ha="center", va="center", fontsize=6.5, color=colour)
    axes.set_xticks(range(5), MODELS, fontsize=8)
    axes.set_yticks(range(5), MODELS if panel == "A" else [""] * 5, fontsize=8)
    axes.set(xlabel="fits best", ylabel="made by" if panel == "A" else "")
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
