"""What sellers and buyers had of late: sums over the later half of a run or more.

Sums start anew at every power of two; the last two windows together reach back at least half of the run. They need no
greedy policy, so that they serve learners of every kind. Where joint steps are listed it is their visits that are
counted, and each counts as what it yields in the mean over stochastic demand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.environments.pricing.facts import listed
from socialsim.metrics.diversity import hill_number

if TYPE_CHECKING:
    from socialsim.environments.pricing import Pricing
    from socialsim.environments.pricing.layout import State


def profit_gain_of(pricing: Pricing, profits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Delta = (pi - piN) / (piM - piN) of the mean over sellers, shape (...,); all three bear the fixed costs.

    Examples
    --------
    >>> from socialsim.environments.pricing import Pricing
    >>> profit_gain_of(Pricing(), np.array([[0.23, 0.23], [0.33749, 0.33749]])).round(3).tolist()
    [0.062, 1.0]
    """
    market = pricing.market(profits.shape[-1])
    nash, monopoly = (market.profits(choices).mean() for choices in (market.nash(), market.monopoly()))
    return (profits.mean(axis=-1) + pricing.fixed_cost - nash) / (monopoly - nash)


class Windows(NamedTuple):
    """Means over the last two windows; NaN before the first period."""

    profits: NDArray[np.float64]  # (num_runs, num_sellers)
    quantities: NDArray[np.float64]  # (num_runs, num_sellers)
    share_out: NDArray[np.float64]  # (num_runs, num_sellers)
    surplus: NDArray[np.float64]  # (num_runs,)


def windows_of(pricing: Pricing, state: State) -> Windows:
    """Return what was summed up, or counted where joint steps are listed."""
    count = state.num_periods - state.window_start[:, :1]
    periods = np.where(count > 0, count, np.nan)
    profits, quantities, out = state.profit_sums.sum(axis=1), state.quantity_sums.sum(axis=1), state.num_out.sum(axis=1)
    surplus = state.surplus_sums.sum(axis=1) + np.log(state.surplus_factor[:, 0])
    surplus *= pricing.differentiation if pricing.competition == "logit" else 1.0
    visits = state.num_visits.sum(axis=1)
    if visits.shape[1]:
        each = listed(pricing, profits.shape[1])
        profits = profits + _total(visits, each.profits.mean(axis=0))
        quantities, out = _total(visits, each.quantities), _total(visits, each.is_out)
        surplus = _total(visits, each.consumer_surplus)
    return Windows(profits / periods, quantities / periods, out / periods, surplus / periods[:, 0])


def _total(visits: NDArray[np.int64], values: NDArray[Any]) -> NDArray[np.float64]:
    """Return the sum of values over visits, one run after the other: a product of matrices rounds by their size."""
    return np.array([row @ values for row in visits], float)


def outcomes_of_windows(pricing: Pricing, state: State) -> dict[str, NDArray[Any]]:
    """Return each run's average profit gain, surplus and concentration."""
    windows = windows_of(pricing, state)
    is_sold = windows.quantities.sum(axis=1, keepdims=True) > 0
    concentration = 1.0 / hill_number(np.where(is_sold, windows.quantities, 1.0), order=2)
    outcomes = {
        "average_profit_gain": profit_gain_of(pricing, windows.profits),
        "average_profit": windows.profits.mean(axis=1),
        "consumer_surplus": windows.surplus,
        "total_surplus": windows.surplus + windows.profits.sum(axis=1),
        "concentration": np.where(is_sold[:, 0], concentration, np.nan),
    }
    return outcomes | {"share_out": windows.share_out.mean(axis=1)} if pricing.entry else outcomes
