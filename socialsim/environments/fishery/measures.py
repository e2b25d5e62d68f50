"""How a fishery fared: its stock, its profit, who had how much of it, and whether its rules were kept."""

from __future__ import annotations

import pandas as pd

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import mean, proportion, ratio


def final_stock(result: Result) -> Estimate:
    """Mean stock at the end, as a share of the capacity."""
    return mean(result.runs.final_stock)


def mean_stock(result: Result) -> Estimate:
    """Mean stock over the counted steps, as a share of the capacity."""
    return _mean(result.runs.mean_stock, "no step was counted")


def collapse_rate(result: Result) -> Estimate:
    """Share of runs in which the stock fell below ``collapse_below`` in a counted step."""
    return proportion(result.runs.collapsed)


def efficiency(result: Result) -> Estimate:
    """Mean profit, less what monitoring costs, over the largest sustainable profit; fines are no loss to all."""
    return _mean(result.runs.efficiency, "no step was counted, or fishing never pays")


def dissipation(result: Result) -> Estimate:
    """Rent dissipation: the share of the largest sustainable profit that is lost, 1 - efficiency."""
    return _mean(1.0 - result.runs.efficiency, "no step was counted, or fishing never pays")


def equality(result: Result) -> Estimate:
    """Mean over runs of 1 - Gini of the agents' catches."""
    return _mean(result.runs.equality, "nobody caught anything")


def sustainability(result: Result) -> Estimate:
    """Mean number of the step in which a unit was caught, over all steps."""
    return _mean(result.runs.sustainability, "nobody caught anything")


def compliance(result: Result) -> Estimate:
    """Share of the agent-steps in the fishery whose catch was within the quota."""
    runs = result.runs
    if (runs.num_inside == 0).all():
        return Estimate.undefined("nobody was in the fishery")
    return ratio(runs.num_within, runs.num_inside)


def sanction_rate(result: Result) -> Estimate:
    """Sanctions per agent-step in the fishery."""
    runs = result.runs
    if (runs.num_inside == 0).all():
        return Estimate.undefined("nobody was in the fishery")
    return ratio(runs.num_sanctions, runs.num_inside)


def _mean(values: pd.Series, reason: str) -> Estimate:
    """Return the mean over the runs in which a quantity is defined."""
    defined = values[values.notna()]
    return mean(defined) if len(defined) else Estimate.undefined(reason)
