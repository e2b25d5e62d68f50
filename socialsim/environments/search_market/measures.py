"""How a market with search fared: prices, concentration, surplus, search, loyalty and entry.

A run in which a quantity is undefined, such as the price where nothing was sold, is left out of its mean.
"""

from __future__ import annotations

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.runs import over_runs

NO_STEP = "no step was counted"


def posted_price(result: Result) -> Estimate:
    """Mean price that sellers ask."""
    return over_runs(result, "posted_price", "nobody posted a price")


def price(result: Result) -> Estimate:
    """Mean price that buyers pay."""
    return over_runs(result, "price", "nothing was sold")


def price_dispersion(result: Result) -> Estimate:
    """Coefficient of variation of the prices posted in one step: the root of their mean variance, over their mean."""
    return over_runs(result, "price_dispersion", "nobody posted a price")


def sales_hhi(result: Result) -> Estimate:
    """Mean Herfindahl-Hirschman index of the sellers' sales: 1 for a monopoly, 1/n for n equal sellers."""
    return over_runs(result, "sales_hhi", "nothing was sold")


def buyer_surplus(result: Result) -> Estimate:
    """Mean surplus of a buyer in a step, less what searching costs it."""
    return over_runs(result, "buyer_surplus", NO_STEP)


def seller_surplus(result: Result) -> Estimate:
    """Mean profit of all sellers together in a step, per buyer."""
    return over_runs(result, "seller_surplus", NO_STEP)


def efficiency(result: Result) -> Estimate:
    """Mean surplus of both sides over the largest possible one, in which everybody buys who values the good above its
    cost, and nobody searches.
    """
    return over_runs(result, "efficiency", "no step was counted, or no trade is worth while")


def num_quotes(result: Result) -> Estimate:
    """Mean number of quotes that a buyer gets in a step."""
    return over_runs(result, "num_quotes", NO_STEP)


def loyalty(result: Result) -> Estimate:
    """Mean share of visits that go first to the same seller as the visit before; 1/n if buyers go anywhere."""
    return over_runs(result, "loyalty", NO_STEP)


def sellers_per_buyer(result: Result) -> Estimate:
    """Mean effective number of sellers that a buyer visits first: 1 for the faithful, n for those who go anywhere."""
    return over_runs(result, "sellers_per_buyer", NO_STEP)


def share_out(result: Result) -> Estimate:
    """Mean share of steps that a seller stays out, with entry."""
    return over_runs(result, "share_out", NO_STEP)


def share_alone(result: Result) -> Estimate:
    """Mean share of steps in which only one seller is in: entry is deterred."""
    return over_runs(result, "share_alone", NO_STEP)


def price_alone(result: Result) -> Estimate:
    """Mean price of a seller that is the only one in."""
    return over_runs(result, "price_alone", "nobody was ever alone")


METRICS = (
    *(price, posted_price, price_dispersion, sales_hhi, buyer_surplus, seller_surplus, efficiency),
    *(num_quotes, loyalty, sellers_per_buyer, share_out, share_alone, price_alone),
)
