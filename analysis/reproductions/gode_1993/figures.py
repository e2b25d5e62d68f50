"""Gode and Sunder's figure, measured: a market's schedule, and the prices that three kinds of traders pay in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.cli.reproduction import study_beside
from socialsim.core.estimate import Estimate
from socialsim.environments.auction import Auction
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

NUM_DAYS = 6
TRADERS = {
    "unconstrained (ZI-U)": ("zi_u", COLOURS[1]),
    "constrained (ZI-C)": ("zi_c", COLOURS[0]),
    "margins that learn (ZIP)": ("zip", COLOURS[2]),
}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the schedule of the first market, and the prices of one run of it under each kind of traders."""
    market = Auction(information="market", day_length=1000, num_days=NUM_DAYS)
    efficiency = {
        "zi_u": measured["efficiency without constraint, market_1"].value,
        "zi_c": measured["efficiency with constraint, market_1"].value,
        "zip": measured["efficiency, ZIP"].value,
    }
    with styled():
        figure = Figure(figsize=(8.2, 6.4))
        rows = figure.subplots(len(TRADERS), 2, sharey=True, width_ratios=(1, 3.2))
        for axes, _ in rows[:-1]:
            axes.tick_params(labelbottom=False)
        for (schedule, paths), (name, (learner, colour)) in zip(rows, TRADERS.items(), strict=True):
            draw_schedule(schedule, market)
            draw_paths(paths, market, learner, colour, expected["seeds"]["quick"])
            paths.set_title(f"{name}: efficiency {100 * efficiency[learner]:.1f}%", loc="left", fontsize=9)
            schedule.set_ylabel("Price")
        rows[0][0].set_title("Supply and demand", loc="left", fontsize=9)
        rows[-1][0].set_xlabel("Units")
        rows[-1][1].set_xlabel("Trades, day by day")
        figure.suptitle("The budget constraint makes a market efficient; learning settles prices", x=0.01, ha="left")
        figure.supxlabel(caption(measured), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def draw_schedule(axes: Axes, market: Auction) -> None:
    """Draw values in falling and costs in rising order, as steps."""
    schedule = market.units()
    for side, label, order in ((schedule.values, "demand", -1), (schedule.costs, "supply", 1)):
        units = sorted((limit for own in side for limit in own), reverse=order < 0)
        axes.stairs(units, color=INK, linewidth=1.2)
        axes.text(4, units[4] - 8 * order, label, fontsize=8, color=INK, va="top" if order > 0 else "bottom")
    axes.axhline(market.equilibrium().price, color=GREY, linewidth=0.8, linestyle=":")
    axes.set(ylim=(0, 206), xlim=(0, sum(map(len, schedule.values))))


def draw_paths(axes: Axes, market: Auction, learner: str, colour: str, seed: int) -> None:
    """Draw the prices of one run, trade by trade, the days apart."""
    study = study_beside(__file__)
    prices = study.price_paths(
        study.Scenario(market, learner, "complete:n=12", market.day_length * NUM_DAYS, ()), replications=1, seed=seed
    )[0]
    start = 0
    for day in range(NUM_DAYS):
        paid = prices[day][prices[day] > 0]
        axes.plot(start + np.arange(paid.size), paid, color=colour, linewidth=1, marker="o", markersize=2.5)
        start += paid.size + 2
        if day < NUM_DAYS - 1:
            axes.axvline(start - 1.5, color=GREY, linewidth=0.5)
    axes.axhline(market.equilibrium().price, color=GREY, linewidth=0.8, linestyle=":")
    axes.set_xlim(-1.5, start - 0.5)
    axes.set_xticks([])


def caption(measured: Mapping[str, Estimate]) -> str:
    """Say what is shown."""
    num_runs = measured["efficiency with constraint, market_1"].num_runs
    return (
        "One run of market_1 each, six days of 1000 quotes, rules of Gode and Sunder. Dotted: equilibrium price.\n"
        f"Efficiency: means of the study, {num_runs:,} runs of ZI-C, fewer of the others."
    )
