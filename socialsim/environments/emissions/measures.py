"""What a rule about emissions has changed: welfare, emissions, prices and costs, before and after.

A run in which a quantity is undefined, such as welfare before a rule that holds from the first step, is left out of its
mean.
"""

from __future__ import annotations

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.runs import over_runs

NO_STEP = "no step was counted"


def welfare_before(result: Result) -> Estimate:
    """Mean welfare of a step before the rule, per firm: earnings, less what abatement costs and emissions damage."""
    return over_runs(result, "welfare_before", NO_STEP)


def welfare_after(result: Result) -> Estimate:
    """Mean welfare of a step under the rule, per firm; taxes and payments for permits are transfers."""
    return over_runs(result, "welfare_after", NO_STEP)


def gain_before(result: Result) -> Estimate:
    """Share of what the best abatement adds to welfare that was reached before the rule; 0 if nobody abates."""
    return over_runs(result, "gain_before", NO_STEP)


def gain_after(result: Result) -> Estimate:
    """Share of what the best abatement adds to welfare that was reached under the rule; 1 at the optimum."""
    return over_runs(result, "gain_after", NO_STEP)


def emissions_before(result: Result) -> Estimate:
    """Mean emissions of a firm in a step before the rule; 1 if nobody abates."""
    return over_runs(result, "emissions_before", NO_STEP)


def emissions_after(result: Result) -> Estimate:
    """Mean emissions of a firm in a step under the rule."""
    return over_runs(result, "emissions_after", NO_STEP)


def cost_ratio(result: Result) -> Estimate:
    """Mean cost of abatement under the rule over the least cost of the same mean abatement; 1 if cost-effective."""
    return over_runs(result, "cost_ratio", "no step was counted, or nothing was abated")


def emission_price(result: Result) -> Estimate:
    """Mean price of a unit of emissions under the rule: the tax, or what a permit costs."""
    return over_runs(result, "emission_price", NO_STEP)


def revenue(result: Result) -> Estimate:
    """Mean public revenue of a step under the rule, per firm: from the tax, or from permits sold at auction."""
    return over_runs(result, "revenue", NO_STEP)


def permits_traded(result: Result) -> Estimate:
    """Mean number of permits of a step that change hands, per firm; those sold at auction count."""
    return over_runs(result, "permits_traded", NO_STEP)


METRICS = (
    *(welfare_before, welfare_after, gain_before, gain_after, emissions_before, emissions_after),
    *(cost_ratio, emission_price, revenue, permits_traded),
)
