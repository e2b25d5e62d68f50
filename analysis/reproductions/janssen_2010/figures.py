"""The stock of tokens in round 1: groups that could not talk, and greedy foragers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from socialsim.cli.reproduction import study_beside
from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

RUNS = 200
CALIBRATED = 50


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the stock over time, and how far the model is from the groups."""
    study = study_beside(__file__)
    curves = study.stock_curves(RUNS, expected["seeds"]["quick"])
    with styled():
        figure = Figure(figsize=(8.6, 3.6))
        stock, distance = figure.subplots(1, 2)
        for colour, (name, curve) in zip(COLOURS, curves.items(), strict=False):
            stock.plot(list(curve), list(curve.values()), color=colour, label=f"{name} foragers")
        stock.plot(list(study.STOCK), list(study.STOCK.values()), "o", color=INK, markersize=3, label="groups")
        stock.plot(
            CALIBRATED, study.STOCK[CALIBRATED], "D", color=INK, markersize=7, fillstyle="none", label="calibrated"
        )
        stock.set(xlabel="Seconds", ylabel="Tokens on the field", xlim=(0, 242), ylim=(0, None))
        stock.legend(loc="upper right", bbox_to_anchor=(1, 0.8))
        names = [row["quantity"] for row in expected["rows"] if row["published"].startswith("<")]
        names = [name for name in names if name in measured]
        found, places = [measured[name] for name in names], range(len(names), 0, -1)
        reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
        distance.errorbar(
            [e.value for e in found], places, xerr=reach, fmt="o", color=COLOURS[0], markersize=4, capsize=2
        )
        bounds = {
            row["quantity"]: float(row["published"].strip("< ")) for row in expected["rows"] if row["quantity"] in names
        }
        distance.plot(
            [bounds[name] for name in names], places, "|", color=INK, markersize=13, label="bound set beforehand"
        )
        distance.set_yticks(places, [_short(name) for name in names], fontsize=7)
        distance.set(
            xlim=(0, 0.125), ylim=(0.4, len(names) + 1.6), xlabel="Distance, as a share of 169 (or 242.54) tokens"
        )
        distance.legend(loc="upper right")
        figure.suptitle("One number, calibrated on one moment, gives most of the decline", x=0.01, ha="left")
        caption = f"Curves: means over {RUNS} rounds. Dots on the right: {found[0].num_runs:,} rounds, 95% intervals."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _short(name: str) -> str:
    return (
        name.replace("distance from the groups' ", "").replace("distance from the ", "").replace("mean stock", "mean")
    )
