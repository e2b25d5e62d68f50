"""The probability that one candidate beats every other, against the number of voters: exact curves and simulation."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

VOTERS = (3, 5, 7, 11, 25)
LINES = {
    "anonymous, 3 candidates": ("anonymous, 3 candidates", COLOURS[1]),
    "impartial, 3 candidates": ("3 candidates", COLOURS[0]),
    "impartial, 4 candidates": ("4", COLOURS[0]),
    "impartial, 5 candidates": ("5", COLOURS[0]),
}
EXACT = {"marker": "_", "color": INK, "markersize": 13, "markeredgewidth": 1.2, "linestyle": "", "zorder": 3}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the measured shares with their intervals, and the exact values as bars."""
    published = {row["quantity"]: row["published"] for row in expected["rows"]}
    with styled():
        figure = Figure(figsize=(5.6, 3.8))
        axes = figure.subplots()
        for cell, (label, colour) in LINES.items():
            found = [measured[f"{cell}, {n} voters"] for n in VOTERS]
            reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
            axes.errorbar(
                VOTERS, [e.value for e in found], reach, color=colour, marker="o", markersize=3.5, capsize=2.5
            )
            axes.plot(VOTERS, [float(Fraction(published[f"{cell}, {n} voters"])) for n in VOTERS], **EXACT)
            axes.text(26.5, found[-1].value, label, color=colour, va="center")
        axes.axhline(0.91226, xmax=0.62, color=GREY, linewidth=0.8, linestyle=":")
        axes.plot([], [], label="exact", **EXACT)
        axes.set_xticks(VOTERS)
        axes.set(xlim=(2, 38), ylim=(0.74, 1), xlabel="Number of voters", ylabel="Share with a Condorcet winner")
        axes.legend(loc="upper right")
        figure.suptitle("More candidates, more cycles; voters who resemble each other, fewer", x=0.01, ha="left")
        figure.supxlabel(_caption(measured), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _caption(measured: Mapping[str, Estimate]) -> str:
    num_runs = measured["impartial, 3 candidates, 3 voters"].num_runs
    return (
        f"Dots: {num_runs:,} runs of 1,000 elections each, 95% intervals. Dotted: the limit for 3 candidates, .91226."
    )
