"""What follows a deviation, in the form of the paper's figure 4, and the profit gains beside the published ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.pricing import Pricing, scenario
from socialsim.environments.pricing.deviations import respond
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

SESSIONS, SEED, PERIODS = 40, 4, 15
GAINS = {
    "profit gain, n = 2": "two sellers",
    "profit gain, n = 3 (paper)": "three sellers",
    "profit gain, alpha = .05, beta = 2e-5": "two, less exploration\n(alpha .05, beta 2e-5)",
    "profit gain, delta = 0 (spurious collusion)": "two who do not look ahead\n(delta 0)",
}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw mean prices around a forced deviation, and the profit gain in four markets."""
    published = {row["quantity"]: float(row["published"]) for row in expected["rows"] if row["quantity"] in GAINS}
    with styled():
        figure = Figure(figsize=(8.6, 3.6))
        prices, gains = figure.subplots(1, 2, width_ratios=(1.15, 1))
        num_deviations = _draw_prices(prices)
        _draw_gains(gains, measured, published)
        figure.suptitle("Undercutting is punished, and high prices come back", x=0.01, ha="left")
        caption = (
            f"Left: mean of {num_deviations} sessions. Right: {measured['profit gain, n = 2'].num_runs:,} sessions"
        )
        caption += f" ({measured['profit gain, n = 3 (paper)'].num_runs:,} of three sellers), 95% intervals."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _draw_prices(axes: Axes) -> int:
    """Draw the mean prices of both sellers and the benchmarks; return of how many sessions."""
    responses = respond(scenario(), periods=PERIODS, replications=SESSIONS, seed=SEED)
    prices = responses.prices["deviation"][responses.deviates].mean(axis=0)
    periods = np.arange(PERIODS + 1)
    for seller, name, marker in ((0, "deviates in period 1", "o"), (1, "the rival", "s")):
        axes.plot(periods, prices[:, seller], color=COLOURS[seller], marker=marker, markersize=4, label=name)
    market = Pricing().market(2)
    for name, price in (("monopoly", market.monopoly()[0]), ("Nash", market.nash()[0])):
        axes.axhline(price, color=GREY, linewidth=0.8, linestyle="--", zorder=0)
        axes.text(PERIODS, price, name, color=GREY, fontsize=7, ha="right", va="bottom")
    axes.set(xlabel="Periods since play settled", ylabel="Price", ylim=(1.4, 2.0))
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.18))
    return int(responses.deviates.sum())


def _draw_gains(axes: Axes, measured: Mapping[str, Estimate], published: Mapping[str, float]) -> None:
    """Draw each market's profit gain as a row."""
    places = range(len(GAINS) - 1, -1, -1)
    for place, quantity in zip(places, GAINS, strict=True):
        found = measured[quantity]
        reach = [[found.value - found.low], [found.high - found.value]]
        axes.errorbar(found.value, place, xerr=reach, color=COLOURS[0], marker="o", markersize=5, capsize=3)
        axes.plot(published[quantity], place, "|", color=INK, markersize=14, zorder=0)
    axes.plot([], [], "|", color=INK, markersize=10, linestyle="", label="published or consensus")
    axes.set_yticks(list(places), list(GAINS.values()))
    axes.set(xlabel="Profit gain: 0 at Nash, 1 at the joint monopoly", xlim=(0, 1), ylim=(-0.6, len(GAINS) - 0.4))
    axes.legend(loc="lower right")
