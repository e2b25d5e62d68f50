"""Exploitability against iterations, ours as lines and MFGLib's as circles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

GAMES = ("susceptible-infected", "linear-quadratic", "rock-paper-scissors", "beach bar", "left-right")
ITERATIONS = (0, 1, 10, 20, 100)
LEAST = 1e-9  # below the axis


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw one line for each game and solver."""
    published = {row["quantity"]: row["published"] for row in expected["rows"] if row["kind"] == "published"}
    with styled():
        figure = Figure(figsize=(7.2, 4.2))
        axes = figure.subplots()
        games = [quantity for quantity in measured if quantity.startswith(GAMES) and "prior" not in quantity]
        names = sorted({quantity.rpartition(", ")[0] for quantity in games}, key=order)
        for name in names:
            colour = COLOURS[order(name)[0]]
            at = [n for n in ITERATIONS if f"{name}, iteration {n}" in measured]
            ours = [max(measured[f"{name}, iteration {n}"].value, LEAST) for n in at]
            style = "--" if "descent" in name else "-"
            axes.plot([n + 1 for n in at], ours, style, color=colour, label=name)
            known = [n for n in at if f"{name}, iteration {n}" in published]
            theirs = [float(published[f"{name}, iteration {n}"]) for n in known]
            axes.plot([n + 1 for n in known], theirs, "o", color=colour, markersize=6, markerfacecolor="none")
        axes.set(xscale="log", yscale="log", ylim=(1e-6, 12), xlabel="1 + iterations", ylabel="Exploitability")
        figure.suptitle("The same games, solved in the same way", x=0.01, ha="left")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7)
        caption = "Lines: this package, at iterations 0, 1, 10 and 100. Circles: MFGLib 0.3.0"
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def order(name: str) -> tuple[int, str]:
    """Return the number of the game that a name begins with, and the name."""
    return next(k for k, game in enumerate(GAMES) if name.startswith(game)), name
