"""Draw how prices rise as sellers explore ever less, and where they end: ``python analysis/pricing.py FILE.png``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.engine.run import run
from socialsim.environments.pricing import Pricing, scenario
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

MARKETS = {
    "look ahead (discount .95)": {},
    "do not look ahead (0)": {"learner.discount": 0.0},
    "remember nothing": {"environment.memory": 0},
}
SESSIONS, SEED = 200, 1
COURSE, EVERY = 2_000_000, 20_000  # periods
BINS = np.linspace(0.0, 1.05, 43)


def draw_course(axes: Axes) -> None:
    """Draw the mean price of all sessions, and the benchmarks."""
    for colour, (name, changes) in zip(COLOURS, MARKETS.items(), strict=False):
        endless = scenario().replace({"learner.patience": 0, "horizon.steps": COURSE} | changes)
        result = run(endless, replications=SESSIONS, seed=SEED, record_every=EVERY, series_runs=SESSIONS)
        mean = result.table("series").groupby("step").mean_price.mean().loc[EVERY:]
        axes.plot(mean.index / 1e6, mean, color=colour, linewidth=1.2, label=name)
    market = Pricing().market(2)
    for name, price in (("monopoly", market.monopoly()[0]), ("Nash", market.nash()[0])):
        axes.axhline(price, color=GREY, linestyle=(0, (4, 3)), linewidth=0.9)
        axes.text(0.02, price + 0.006, name, color=GREY, fontsize=7, ha="left", va="bottom")
    axes.set(xlabel="Million periods", ylabel="Mean price (cost 1)", ylim=(1.43, 1.97), xlim=(0, COURSE / 1e6))
    axes.set_title("As exploration fades", fontsize=9, loc="left")
    axes.legend(fontsize=7, loc="center right", bbox_to_anchor=(1.0, 0.42), title="Sellers who", title_fontsize=7)


def draw_gains(axes: Axes) -> None:
    """Draw how the profit gains of sessions that converged are distributed."""
    for colour, changes in zip(COLOURS, MARKETS.values(), strict=False):
        runs = run(scenario().replace(changes), replications=SESSIONS, seed=SEED, record_every=None).runs
        gains = runs.profit_gain[runs.stop == "settled"]
        weights = np.full(len(gains), 1.0 / len(gains))
        axes.hist(gains, bins=BINS, weights=weights, color=colour, alpha=0.3, histtype="stepfilled")
        axes.hist(gains, bins=BINS, weights=weights, color=colour, linewidth=1.2, histtype="step")
    axes.set(xlabel="Profit gain (0 Nash, 1 monopoly)", ylabel="Share of sessions", xlim=(0.0, 1.05))
    axes.set_title("Where sessions end", fontsize=9, loc="left")


def draw() -> Figure:
    """Return the figure: prices over time, and profit gains of sessions."""
    with styled():
        figure = Figure(figsize=(9.0, 3.6), layout="constrained")
        course, gains = figure.subplots(1, 2, width_ratios=(1.3, 1))
        draw_course(course)
        draw_gains(gains)
        figure.suptitle("Two sellers who learn by themselves come to prices well above Nash", x=0.01, ha="left")
    return figure


if __name__ == "__main__":
    save(draw(), Path(sys.argv[1]))
