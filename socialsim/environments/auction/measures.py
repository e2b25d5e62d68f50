"""Metrics of markets: means over runs of what their days achieved; a run none of whose days is over says nothing."""

from __future__ import annotations

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.runs import over_runs


def efficiency(result: Result) -> Estimate:
    """Allocative efficiency: realised over largest surplus, mean over the days of a run."""
    return over_runs(result, "efficiency", "no day is over")


def smith_alpha(result: Result) -> Estimate:
    """Smith's alpha: deviation of prices from equilibrium in per cent, mean over the days of a run."""
    return over_runs(result, "smith_alpha", "no trade on a day that is over")


def smith_alpha_last_day(result: Result) -> Estimate:
    """Smith's alpha on the last day that is over."""
    return over_runs(result, "smith_alpha_last_day", "no trade on a day that is over")


def volume(result: Result) -> Estimate:
    """Units traded in a day."""
    return over_runs(result, "volume", "no day is over")


def mean_price(result: Result) -> Estimate:
    """Mean price of all trades."""
    return over_runs(result, "mean_price", "no trade on a day that is over")


def spread(result: Result) -> Estimate:
    """Mean distance of best ask and best bid after an event, where there are both; a call has none."""
    return over_runs(result, "spread", "never both a bid and an ask stood")


METRICS = (efficiency, smith_alpha, smith_alpha_last_day, volume, mean_price, spread)
