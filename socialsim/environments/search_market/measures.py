"""How a market with search fared: prices, concentration, surplus, search, loyalty and entry.

A run in which a quantity is undefined, such as the price where nothing was sold, is left out of its mean.
"""

from __future__ import annotations

import numpy as np

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import mean


def _mean(result: Result, column: str, reason: str = "no step was counted") -> Estimate:
    values = result.runs[column]
    defined = values[np.isfinite(values)]
    return mean(defined) if len(defined) else Estimate.undefined(reason)


def posted_price(result: Result) -> Estimate:
    """Mean price that sellers ask."""
    return _mean(result, "posted_price", "nobody posted a price")


def price(result: Result) -> Estimate:
    """Mean price that buyers pay."""
    return _mean(result, "price", "nothing was sold")


def price_dispersion(result: Result) -> Estimate:
    """Coefficient of variation of the prices posted in one step: the root of their mean variance, over their mean."""
    return _mean(result, "price_dispersion", "nobody posted a price")


def sales_hhi(result: Result) -> Estimate:
    """Mean Herfindahl-Hirschman index of the sellers' sales: 1 for a monopoly, 1/n for n equal sellers."""
    return _mean(result, "sales_hhi", "nothing was sold")


def buyer_surplus(result: Result) -> Estimate:
    """Mean surplus of a buyer in a step, less what searching costs it."""
    return _mean(result, "buyer_surplus")


def seller_surplus(result: Result) -> Estimate:
    """Mean profit of all sellers together in a step, per buyer."""
    return _mean(result, "seller_surplus")


def efficiency(result: Result) -> Estimate:
    """Mean surplus of both sides over the largest possible one, in which everybody buys who values the good above its
    cost, and nobody searches.
    """
    return _mean(result, "efficiency", "no step was counted, or no trade is worth while")


def num_quotes(result: Result) -> Estimate:
    """Mean number of quotes that a buyer gets in a step."""
    return _mean(result, "num_quotes")


def loyalty(result: Result) -> Estimate:
    """Mean share of visits that go first to the same seller as the visit before; 1/n if buyers go anywhere."""
    return _mean(result, "loyalty")


def sellers_per_buyer(result: Result) -> Estimate:
    """Mean effective number of sellers that a buyer visits first: 1 for the faithful, n for those who go anywhere."""
    return _mean(result, "sellers_per_buyer")


def share_out(result: Result) -> Estimate:
    """Mean share of steps that a seller stays out, with entry."""
    return _mean(result, "share_out")


def share_alone(result: Result) -> Estimate:
    """Mean share of steps in which only one seller is in: entry is deterred."""
    return _mean(result, "share_alone")


def price_alone(result: Result) -> Estimate:
    """Mean price of a seller that is the only one in."""
    return _mean(result, "price_alone", "nobody was ever alone")


METRICS = (
    *(price, posted_price, price_dispersion, sales_hhi, buyer_surplus, seller_surplus, efficiency),
    *(num_quotes, loyalty, sellers_per_buyer, share_out, share_alone, price_alone),
)
