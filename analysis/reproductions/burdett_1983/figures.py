"""Prices that equal sellers ask, what each earns, what a second quote saves, and what buyers pay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.search_market.theory import dispersed_price, gain_of_second_quote, search_equilibria
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

SHARES = {"10%": 0.1, "40%": 0.4, "90%": 0.9}  # of buyers who ask once
PRICES = (1.1, 1.2, 1.25, 1.4, 1.7, 2.0)
DOTS = {"marker": "o", "markersize": 5, "color": "white", "markeredgecolor": INK, "linestyle": "", "zorder": 3}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the equilibrium and, as dots, what was measured in the market."""
    with styled():
        figure = Figure(figsize=(8.4, 6.6))
        (distribution, profit), (gain, paid) = figure.subplots(2, 2)
        draw_distributions(distribution)
        draw_profits(profit, measured)
        draw_gain(gain)
        draw_paid(paid, measured)
        figure.suptitle("Equal sellers ask different prices if only some buyers compare", x=0.01, ha="left")
        num_runs = measured["price of learners, all ask once"].num_runs
        caption = f"Cost 1, valuation 2, five sellers. Lines: theory. Dots: the market, {num_runs:,} runs each."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def draw_distributions(axes: Axes) -> None:
    """Draw the distribution of prices for some shares of buyers who ask once."""
    exceeding = np.linspace(0.0, 1.0, 400)
    for colour, (name, share) in zip(COLOURS, SHARES.items(), strict=False):
        prices = dispersed_price(exceeding, [share, 1.0 - share], 1.0, 2.0)
        axes.plot(prices, 1.0 - exceeding, color=colour)
        place = int(0.55 * len(prices))
        axes.text(prices[place] + 0.02, 1.0 - exceeding[place] - 0.06, name, color=colour)
    axes.set(xlim=(1, 2.05), ylim=(0, 1.02), xlabel="Price", ylabel="Share of sellers who ask less")
    axes.set_title("Prices, by the share who ask once", loc="left", fontsize=9)


def draw_profits(axes: Axes, measured: Mapping[str, Estimate]) -> None:
    """Draw what each price earns where all others draw from the equilibrium."""
    share = SHARES["40%"]
    axes.plot([1.0, 1.25, 2.0], [0.0, 1.0, 1.0], color=COLOURS[1])
    found = [measured[f"profit at price {price:g} / of the equilibrium, 40% ask once"].value for price in PRICES]
    axes.plot(PRICES, found, **DOTS)
    axes.axvline(1.0 + share / (2.0 - share), color=GREY, linewidth=0.7, linestyle=":")
    axes.text(1.27, 0.06, "prices of the equilibrium", fontsize=8, color=GREY)
    axes.set(xlim=(1, 2.05), ylim=(0, 1.15), xlabel="Price", ylabel="Profit / of the equilibrium")
    axes.set_title("Sellers are indifferent (40% ask once)", loc="left", fontsize=9)


def draw_gain(axes: Axes) -> None:
    """Draw what a second quote saves, and the equilibria at two search costs."""
    shares = np.linspace(0.0, 1.0, 400)
    axes.plot(shares, [gain_of_second_quote(share, 1.0, 2.0) for share in shares], color=COLOURS[2])
    for cost in (0.05, 0.12):
        axes.axhline(cost, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.text(0.36, cost + 0.002, f"search cost {cost:g}".replace("0.", "."), color=GREY, fontsize=8, ha="center")
    *dispersed, _ = search_equilibria(0.05, 1.0, 2.0)
    axes.plot(dispersed, [0.05, 0.05], linestyle="", marker="o", color=INK, markersize=5)
    axes.plot(1.0, 0.0, linestyle="", marker="o", color=INK, markersize=5, clip_on=False)
    axes.text(0.93, 0.003, "monopoly price", fontsize=8, ha="right")
    axes.set(xlim=(0, 1.02), ylim=(0, 0.135), xlabel="Share of buyers who ask once", ylabel="Saved by a second quote")
    axes.set_title("Equilibria of search: two, or none, and monopoly", loc="left", fontsize=9)


def draw_paid(axes: Axes, measured: Mapping[str, Estimate]) -> None:
    """Draw what buyers pay, of sellers who draw and of sellers who learn."""
    axes.plot([0, 1], [1, 2], color=COLOURS[0], label="equilibrium, 1 + share")
    drawn = [measured[f"mean price paid, {name} ask once"].value for name in SHARES]
    axes.plot(list(SHARES.values()), drawn, **DOTS, label="sellers who draw from it")
    thrice = measured["price of learners, all ask thrice"].value
    half = thrice + measured["price of learners, half ask once minus all ask thrice"].value
    learned = [thrice, half, measured["price of learners, all ask once"].value]
    axes.plot([0, 0.5, 1], learned, "s", color=COLOURS[1], markersize=5, label="sellers who learn", clip_on=False)
    axes.text(0.01, thrice + 0.15, "all ask thrice", fontsize=8, color=COLOURS[1])
    axes.set(xlim=(0, 1.02), ylim=(1, 2.05), xlabel="Share of buyers who ask once", ylabel="Mean price paid")
    axes.legend(loc="upper left")
    axes.set_title("What buyers pay", loc="left", fontsize=9)
