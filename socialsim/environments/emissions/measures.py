"""What a rule about emissions has changed: welfare, emissions, prices and costs, before and after.

A run in which a quantity is undefined, such as welfare before a rule that holds from the first step, is left out of its
mean.
"""

from __future__ import annotations

import numpy as np

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import mean

NO_STEP = "no step was counted"


def _mean(result: Result, column: str, reason: str = NO_STEP) -> Estimate:
    values = result.runs[column]
    defined = values[np.isfinite(values)]
    return mean(defined) if len(defined) else Estimate.undefined(reason)


def welfare_before(result: Result) -> Estimate:
    """Mean welfare of a step before the rule, per firm: earnings, less what abatement costs and emissions damage."""
    return _mean(result, "welfare_before")


def welfare_after(result: Result) -> Estimate:
    """Mean welfare of a step under the rule, per firm; taxes and payments for permits are transfers."""
    return _mean(result, "welfare_after")


def gain_before(result: Result) -> Estimate:
    """Share of what the best abatement adds to welfare that was reached before the rule; 0 if nobody abates."""
    return _mean(result, "gain_before")


def gain_after(result: Result) -> Estimate:
    """Share of what the best abatement adds to welfare that was reached under the rule; 1 at the optimum."""
    return _mean(result, "gain_after")


def emissions_before(result: Result) -> Estimate:
    """Mean emissions of a firm in a step before the rule; 1 if nobody abates."""
    return _mean(result, "emissions_before")


def emissions_after(result: Result) -> Estimate:
    """Mean emissions of a firm in a step under the rule."""
    return _mean(result, "emissions_after")


def cost_ratio(result: Result) -> Estimate:
    """Mean cost of abatement under the rule over the least cost of the same mean abatement; 1 if cost-effective."""
    return _mean(result, "cost_ratio", "no step was counted, or nothing was abated")


def emission_price(result: Result) -> Estimate:
    """Mean price of a unit of emissions under the rule: the tax, or what a permit costs."""
    return _mean(result, "emission_price")


def revenue(result: Result) -> Estimate:
    """Mean public revenue of a step under the rule, per firm: from the tax, or from permits sold at auction."""
    return _mean(result, "revenue")


def permits_traded(result: Result) -> Estimate:
    """Mean number of permits of a step that change hands, per firm; those sold at auction count."""
    return _mean(result, "permits_traded")


METRICS = (
    *(welfare_before, welfare_after, gain_before, gain_after, emissions_before, emissions_after),
    *(cost_ratio, emission_price, revenue, permits_traded),
)
