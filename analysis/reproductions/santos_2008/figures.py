"""Who contributes at which enhancement: the form of the paper's figure 1."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

CLAIMS = (
    ("contributors, regular, .6", "regular, $\\eta$ = .6", 0),
    ("contributors, regular, .9", "regular, $\\eta$ = .9", 0),
    ("contributors, scale-free, per game, .7", "scale-free, c in each game, $\\eta$ = .7", 1),
    ("contributors, scale-free, per individual, .5", "scale-free, c in all, $\\eta$ = .5", 2),
    ("scale-free, per game, less regular, .7", "scale-free less regular, $\\eta$ = .7", 3),
    ("per individual less per game, .4", "c in all less c in each game, $\\eta$ = .4", 3),
)


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw each share and difference with its interval, and the bound that the claim sets."""
    published = {row["quantity"]: row["published"] for row in expected["rows"]}
    with styled():
        figure = Figure(figsize=(8.2, 3.4))
        axes = figure.subplots()
        for place, (quantity, _, colour) in enumerate(CLAIMS):
            found, (sign, bound) = measured[quantity], published[quantity].split()
            reach = [[found.value - found.low], [found.high - found.value]]
            axes.errorbar(found.value, place, xerr=reach, color=COLOURS[colour], marker="o", capsize=2.5)
            ends = (float(bound), 1.0) if sign == ">" else (0.0, float(bound))
            axes.barh(place, ends[1] - ends[0], left=ends[0], height=0.7, color=GREY, alpha=0.18, zorder=0)
        axes.set_yticks(range(len(CLAIMS)), [label for _, label, _ in CLAIMS])
        axes.invert_yaxis()
        axes.set_xlim(-0.04, 1.04)
        axes.set_xlabel("Share who contribute, or a difference of shares (grey: as claimed)")
        figure.suptitle("Who is in many groups makes others contribute", x=0.01, ha="left")
        caption = (
            f"{found.num_runs} networks each; $\\eta$ = r/(z + 1), with z = 4 neighbours in the mean; 95% intervals"
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")
