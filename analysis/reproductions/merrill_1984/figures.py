"""Merrill's figures 1 and 3, measured: how well five systems choose, against the number of candidates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

SIZES = (3, 4, 5, 7, 10)
RULES = dict(zip(("Borda", "approval", "Hare", "runoff", "plurality"), COLOURS, strict=False))
PAPER = {"marker": "D", "fillstyle": "none", "markersize": 6, "linestyle": "", "zorder": 1}
PANELS = {"Condorcet efficiency": "Condorcet winners elected", "utilitarian efficiency": "Utilitarian efficiency"}
NUDGES = {  # of labels that would touch
    ("Condorcet efficiency", "approval"): 0.012,
    ("Condorcet efficiency", "runoff"): -0.014,
    ("utilitarian efficiency", "approval"): 0.0,
}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw both efficiencies with their intervals, beside the paper's tables."""
    published = {row["quantity"]: row["published"] for row in (*expected["rows"], *expected["departures"])}
    with styled():
        figure = Figure(figsize=(8.4, 3.8))
        for axes, (kind, title) in zip(figure.subplots(1, 2), PANELS.items(), strict=True):
            for rule, colour in RULES.items():
                names = [f"{kind}, {rule}, {m} candidates" for m in SIZES]
                found = [measured[name if name in measured else f"{name} (elsim)"] for name in names]
                reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
                axes.errorbar(
                    SIZES, [e.value for e in found], reach, color=colour, marker="o", markersize=3.5, capsize=2.5
                )
                axes.plot(SIZES, [float(published[name]) for name in names], color=colour, **PAPER)
                axes.text(10.4, found[-1].value + NUDGES.get((kind, rule), 0.0), rule, color=colour, va="center")
            axes.set_xticks(SIZES)
            axes.set(xlim=(2.6, 12.8), ylim=(0.38, 1), xlabel="Number of candidates", ylabel=title)
        axes.plot([], [], label="Merrill 1984", color=INK, **PAPER)
        axes.legend(loc="lower left")
        figure.suptitle("Borda serves a random society best, plurality worst", x=0.01, ha="left")
        figure.supxlabel(_caption(measured), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _caption(measured: Mapping[str, Estimate]) -> str:
    num_runs = measured["Condorcet winner, 3 candidates"].num_runs
    return f"Dots: {num_runs:,} runs of 200 elections, 95% intervals. 25 sincere voters, stretched utilities."
