"""Stewart & Plotkin's table as a figure: the places of nineteen strategies, and what they score."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.tournament.exact import score_matrix
from socialsim.environments.tournament.strategies import STEWART_PLOTKIN
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

PUBLISHED = {"tit_for_two_tats": 3, "prober_2": 9}  # the other places stand in expected.json
ZERO_DETERMINANT = ("zdgtft_2", "extort_2")


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw published against measured places, and the exact scores."""
    with styled():
        figure = Figure(figsize=(9.4, 4.6))
        places, scores = figure.subplots(1, 2, width_ratios=(1.0, 0.9))
        _draw_places(places, measured, expected)
        _draw_scores(scores)
        figure.suptitle("Generosity wins the tournament, extortion comes last but one", x=0.01, ha="left")
        figure.supxlabel(
            "Everybody against everybody and itself, 200 turns. Left: measured places. Right: exact expected scores.",
            x=0.01,
            ha="left",
            fontsize=7,
            color=GREY,
        )
        return save(figure, folder / "figure.png")


def _draw_places(axes: Axes, measured: Mapping[str, Estimate], expected: Mapping[str, Any]) -> None:
    published = dict(PUBLISHED)
    for row in expected["rows"]:
        name = row["quantity"].removeprefix("place of ").removesuffix(", exact scores")
        if row["quantity"].endswith(", exact scores") and row["kind"] == "published":
            published[name] = int(row["published"])
    axes.plot([1, 19], [1, 19], color=GREY, linewidth=0.8, zorder=1)
    for name, place in published.items():
        found = measured[f"place of {name}, exact scores"].value
        colour = COLOURS[1] if name in ZERO_DETERMINANT else COLOURS[0]
        axes.plot(place, found, "o", color=colour, markersize=5, zorder=2)
        axes.annotate(
            name.replace("_", " "),
            (place, found),
            (7, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
            color=INK,
        )
    axes.set(xlim=(0, 26), ylim=(20, 0), xlabel="Published place", ylabel="Place by exact expected scores")
    axes.set_xticks([1, 5, 10, 15, 19])
    axes.set_yticks([1, 5, 10, 15, 19])


def _draw_scores(axes: Axes) -> None:
    means = score_matrix(STEWART_PLOTKIN).mean(axis=1)
    order = np.argsort(means)
    colours = [COLOURS[1] if STEWART_PLOTKIN[k] in ZERO_DETERMINANT else COLOURS[0] for k in order]
    axes.barh(range(len(order)), means[order], color=colours, height=0.7)
    axes.set_yticks(range(len(order)), [STEWART_PLOTKIN[k].replace("_", " ") for k in order], fontsize=7)
    axes.set(xlim=(0, 3), xlabel="Score a turn")
