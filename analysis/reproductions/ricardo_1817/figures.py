"""Equals divide labour above constant returns; two countries divide it by comparative advantage."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

COUNTRIES = {"England": "England's time for cloth", "Portugal": "Portugal's time for cloth"}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the index against returns, and who makes cloth, beside what theory says."""
    published = {row["quantity"]: float(row["published"]) for row in expected["rows"]}
    teams = {name: float(name.rpartition(" ")[2]) for name in measured if name.startswith("division")}
    with styled():
        figure = Figure(figsize=(7.6, 3.4))
        returns, trade = figure.subplots(1, 2)
        for name, r in teams.items():
            returns.plot(r, published[name], "_", color=INK, markersize=18, zorder=3)
            returns.plot(r, measured[name].value, "o", color=COLOURS[0], zorder=2)
        returns.axvline(1.0, color=GREY, linewidth=0.8, linestyle=":")
        returns.set_xticks(list(teams.values()), [f"{r:g}" for r in teams.values()], rotation=40)
        returns.set(xlabel="Returns to specialisation r", ylabel="Division of labour, I / H_task", ylim=(-0.08, 1.08))
        for k, name in enumerate(COUNTRIES.values()):
            trade.bar(k, measured[name].value, width=0.5, color=COLOURS[k])
            trade.plot(k, published[name], "_", color=INK, markersize=34, zorder=3)
        trade.plot([], [], "_", color=INK, markersize=12, label="equilibrium")
        trade.set_xticks(range(2), list(COUNTRIES))
        trade.set(xlim=(-0.7, 1.7), ylim=(0, 1.2), ylabel="Share of time for cloth")
        trade.legend(loc="upper right")
        figure.suptitle("Who is alike divides labour if practice pays; who differs, by trade", x=0.01, ha="left")
        caption = (
            f"Dots and bars: {measured[next(iter(teams))].num_runs} teams of ten, and two countries. Black: theory."
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")
