"""What is known of a market before it opens: its grid, what each joint step yields, and what sellers may know of it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from socialsim.engine.interface import constant

if TYPE_CHECKING:
    from socialsim.environments.pricing import Pricing

MOST_LISTED = 1 << 12  # joint steps, beyond which profits are worked out in each period
MOST_AVERAGED = 1 << 18  # joint steps, beyond which a low-discrepancy sample stands for all
LOG2_SAMPLE = 14


@lru_cache(maxsize=64)
def grid_with_out(pricing: Pricing, num_sellers: int) -> NDArray[np.float64]:
    """Return the grid and, as a last step, being out of the market: an infinite price, or quantity 0; shape
    (num_sellers, num_prices + 1), read-only.

    Examples
    --------
    >>> from socialsim.environments.pricing import Pricing
    >>> grid_with_out(Pricing(num_prices=2), 2).round(4).tolist()
    [[1.4277, 1.9702, inf], [1.4277, 1.9702, inf]]
    """
    out = 0.0 if pricing.competition == "cournot" else np.inf
    return constant(np.hstack([pricing.grid(num_sellers), np.full((num_sellers, 1), out)]))


def choices_of_steps(pricing: Pricing, steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return prices (infinite out of the market) or quantities (0 out of it) of steps, shape (..., num_sellers)."""
    grid = grid_with_out(pricing, steps.shape[-1])
    return grid[np.arange(len(grid)), steps]


def joint_steps(num_steps: int, num_sellers: int) -> NDArray[np.int64]:
    """Return all joint steps, the first seller's changing fastest, shape (num_steps ** num_sellers, num_sellers).

    Examples
    --------
    >>> joint_steps(2, 2).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return np.arange(num_steps**num_sellers)[:, None] // num_steps ** np.arange(num_sellers) % num_steps


def profits_of_steps(pricing: Pricing, steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return each seller's expected profit, entry costs apart, shape (..., num_sellers)."""
    profits = pricing.market(steps.shape[-1]).profits(choices_of_steps(pricing, steps))
    return profits - pricing.fixed_cost * (steps < pricing.num_prices)


class Listed(NamedTuple):
    """What every joint step yields, staying out of the market included and entry costs apart."""

    profits: NDArray[np.float64]  # (2, num_joint_steps, num_sellers), at both levels of the outside good's utility
    quantities: NDArray[np.float64]  # (num_joint_steps, num_sellers), in the mean over levels
    consumer_surplus: NDArray[np.float64]  # (num_joint_steps,), in the mean over levels
    is_out: NDArray[np.bool_]  # (num_joint_steps, num_sellers)


@lru_cache(maxsize=16)
def listed(pricing: Pricing, num_sellers: int) -> Listed:
    """List what every joint step yields; no joint step where there would be more than 4096.

    Examples
    --------
    >>> from socialsim.environments.pricing import Pricing
    >>> listed(Pricing(num_prices=2), 2).profits[0].round(4).tolist()[:4]
    [[0.2035, 0.2035], [0.0911, 0.3519], [0.0, 0.3884], [0.3519, 0.0911]]
    """
    num_steps = pricing.num_prices + 1
    size = num_steps**num_sellers
    steps = joint_steps(num_steps, num_sellers) if size <= MOST_LISTED else np.zeros((0, num_sellers), np.int64)
    choices, market = choices_of_steps(pricing, steps), pricing.market(num_sellers)
    at_levels = [replace(market, outside=level, outside_spread=0.0) for level in market.outside_utilities]
    is_out = steps == pricing.num_prices
    return Listed(
        profits=np.stack([each.profits(choices) for each in at_levels]) - pricing.fixed_cost * ~is_out,
        quantities=market.quantities(choices),
        consumer_surplus=market.consumer_surplus(choices),
        is_out=is_out,
    )


def profits_against_random(pricing: Pricing, num_sellers: int) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """Return what each step pays in the mean, entry costs apart, when all others act uniformly at random, and the range
    of profits.

    All joint steps are listed; of more than 2^18, 2^14 points of a Sobol sequence stand for them.

    Returns
    -------
    mean_profits : ndarray, shape (num_sellers, num_steps)
    profit_range : tuple of float
        Lowest and highest profit of any seller, entry costs included.

    Examples
    --------
    >>> from socialsim.environments.pricing import Pricing
    >>> mean_profits, profit_range = profits_against_random(Pricing(num_prices=2), 2)
    >>> mean_profits.round(4).tolist(), [round(value, 4) for value in profit_range]
    ([[0.2777, 0.2136], [0.2777, 0.2136]], [0.0911, 0.3519])
    """
    n, num_steps = num_sellers, pricing.num_steps
    if num_steps**n <= MOST_AVERAGED:
        steps = joint_steps(num_steps, n)
    else:
        points = qmc.Sobol(n, scramble=False).random_base2(LOG2_SAMPLE)
        steps = (points * num_steps).astype(np.int64)
    profits = profits_of_steps(pricing, steps)
    sums = np.zeros((n, num_steps))
    counts = np.zeros((n, num_steps))
    for i in range(n):
        np.add.at(sums[i], steps[:, i], profits[:, i])
        np.add.at(counts[i], steps[:, i], 1)
    return sums / counts, (float(profits.min()) - pricing.entry_cost, float(profits.max()))


def committed_steps(num_sellers: int, num_steps: int) -> NDArray[np.int64]:
    """Return, for sequential moves, each seller's standing step on every observation where it is not its turn, -1
    where it is; shape (num_sellers, num_observations).

    Examples
    --------
    >>> committed_steps(2, 2).tolist()
    [[-1, -1, -1, -1, 0, 1, 0, 1], [0, 0, 1, 1, -1, -1, -1, -1]]
    """
    sellers = np.arange(num_sellers)[:, None]
    turn, steps = np.divmod(np.arange(num_sellers * num_steps**num_sellers), num_steps**num_sellers)
    return np.where(turn == sellers, -1, steps // num_steps**sellers % num_steps)
