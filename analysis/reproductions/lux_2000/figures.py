"""The paper's figures 1 to 3, measured: returns, chartists, autocorrelations and tails of one market."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.simulation import Simulation
from socialsim.environments.herding import STEPS_A_DAY, scenario
from socialsim.environments.herding.theory import critical_share
from socialsim.learning.contagion import Contagion
from socialsim.metrics.returns import log_returns
from socialsim.metrics.runs import unrolled
from socialsim.metrics.series import autocorrelation, autocorrelation_bands
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

DAYS, NUM_LAGS = 4000, 150


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw one market of 4000 days."""
    prices, chartists, threshold = market()
    returns = log_returns(prices)
    with styled():
        figure = Figure(figsize=(8.6, 5.4))
        (above, tails), (below, lags) = figure.subplots(2, 2, width_ratios=(1.7, 1))
        above.plot(returns, color=INK, linewidth=0.5)
        above.set(ylabel="Log return", xlim=(0, DAYS), xticklabels=[])
        below.plot(chartists, color=COLOURS[1], linewidth=0.7)
        below.axhline(threshold, color=GREY, linestyle="--", linewidth=0.9)
        below.text(DAYS * 0.995, threshold + 0.03, "critical share", color=GREY, ha="right", fontsize=8)
        below.set(xlabel="Day", ylabel="Share of chartists", xlim=(0, DAYS), ylim=(0, 1))
        draw_tails(tails, returns, measured["tail index, largest 5% of returns"].value)
        draw_lags(lags, returns)
        figure.suptitle("Calm, then bursts: chartists come and go, and take volatility with them", x=0.01, ha="left")
        caption = "One market of 500 traders over 4000 days, parameter set I. The fundamental price never moves."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def draw_tails(axes: Axes, returns: np.ndarray, index: float) -> None:
    """Draw how often absolute returns are exceeded, beside the power law that is typical of markets."""
    size = np.sort(np.abs(returns))[::-1] / returns.std()
    exceeded = np.arange(1, len(size) + 1) / len(size)
    axes.loglog(size[size > 0.1], exceeded[size > 0.1], color=INK, linewidth=1.2)
    k = len(size) // 20
    guide = np.array([size[k], size[0]])
    axes.loglog(guide, exceeded[k] * (guide / guide[0]) ** -index, color=COLOURS[0], linestyle="--")
    axes.text(0.11, 2e-3, f"power law, index {index:.2f}\n(median over markets)", color=COLOURS[0], fontsize=8)
    axes.set(xlabel="Absolute return / standard deviation", ylabel="Share that exceeds it")


def draw_lags(axes: Axes, returns: np.ndarray) -> None:
    """Draw the autocorrelations of returns and of their sizes."""
    bands = autocorrelation_bands(returns, NUM_LAGS)
    axes.fill_between(np.arange(1, NUM_LAGS + 1), -bands, bands, color=GREY, alpha=0.25, linewidth=0)
    axes.plot(autocorrelation(np.abs(returns), NUM_LAGS), color=COLOURS[1], linewidth=1.2)
    axes.plot(autocorrelation(returns, NUM_LAGS), color=INK, linewidth=0.8)
    axes.text(30, 0.36, "absolute returns", color=COLOURS[1], fontsize=8)
    axes.text(60, -0.22, "returns", color=INK, fontsize=8)
    axes.set(xlabel="Lag [days]", ylabel="Autocorrelation", xlim=(0, NUM_LAGS), ylim=(-0.7, 0.8))


def market() -> tuple[np.ndarray, np.ndarray, float]:
    """Return prices and shares of chartists of one market, and the share above which it is unstable."""
    described = scenario().replace({"environment.window": DAYS, "horizon.steps": DAYS * STEPS_A_DAY})
    simulation = Simulation(described, seed=2000, replications=range(1))
    simulation.advance(DAYS * STEPS_A_DAY)
    state, learner = simulation.environment, described.learners["agent"]
    assert isinstance(learner, Contagion)
    threshold = critical_share(
        described.environment,
        opinion_rate=learner.opinion_rate,
        herding=learner.herding,
        trend_weight=learner.trend_weight,
        profit_weight=learner.profit_weight,
    )
    return unrolled(state.prices[0], DAYS + 1), unrolled(state.chartists[0], DAYS + 1), threshold
