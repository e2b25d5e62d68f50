"""What happens on a day in the market: sellers post, buyers look around and buy, and it all is counted."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer
from socialsim.engine.links import COMPLETE, degree, is_away, neighbour

# What is counted, from the step ``burn_in`` on.
STEPS, POSTED, PRICES, VARIANCE, BOUGHT, PAID, SURPLUS, PROFIT, SEARCHED, VISITS, QUOTES = range(11)
CHANCES, REPEATS, OUT, ALONE, ALONE_PRICES, PLACES = range(11, 17)
NUM_TOTALS = 17


class State(NamedTuple):
    """What a replication holds."""

    num_sellers: int
    cost: float
    search_cost: float
    fewest_quotes: int
    num_quote_choices: int
    operating_cost: float
    entry_cost: float
    entry: int
    burn_in: int
    prices: NDArray[np.float64]  # (num_prices,), the grid
    valuations: NDArray[np.float64]  # (num_buyers,)
    clock: NDArray[np.int64]  # (1,)
    price: NDArray[np.float64]  # (num_sellers,), posted; infinite for a seller that posts none
    sales: NDArray[np.int64]  # (num_sellers,), units in this step
    sold: NDArray[np.int64]  # (num_sellers,), units in all counted steps
    others: NDArray[np.int64]  # (num_sellers,), whom a buyer may ask besides the first; scratch
    visited: NDArray[np.int64]  # (num_buyers,), seller asked first in this step; -1 before
    quotes: NDArray[np.int64]  # (num_buyers,), asked for in this step
    repeated: NDArray[np.int64]  # (num_buyers,), whether the first seller was that of the step before; -1 unknown
    visits: NDArray[np.int64]  # (num_buyers, num_sellers), of the counted steps, by the seller asked first
    totals: NDArray[np.float64]  # (NUM_TOTALS,)


@compiled
def post_prices(env, network, actions, rewards, is_counted):
    """Let every seller post a price or stay out, and pay for being there."""
    num_posted, total, squares, only = 0, 0.0, 0.0, 0.0
    for j in range(env.num_sellers):
        was_in = env.price[j] < math.inf
        rewards[j] = 0.0
        env.sales[j] = 0
        env.price[j] = math.inf
        if is_away(network, j):
            continue
        env.totals[PLACES] += is_counted
        if actions[j] >= env.prices.shape[0]:
            env.totals[OUT] += is_counted
            continue
        only = env.price[j] = env.prices[actions[j]]
        num_posted += 1
        total += only
        squares += only * only
        if env.entry:
            rewards[j] -= env.operating_cost if was_in else env.operating_cost + env.entry_cost
    if is_counted:
        env.totals[STEPS] += 1.0
        env.totals[POSTED] += num_posted
        env.totals[PRICES] += total
        if num_posted > 0:
            env.totals[VARIANCE] += max(0.0, squares - total * total / num_posted)
        if num_posted == 1:
            env.totals[ALONE] += 1.0
            env.totals[ALONE_PRICES] += only


@compiled
def reach(env, network, i, first):
    """List in ``others`` the sellers that buyer i reaches besides the first; return how many, -1 if not the first."""
    count, is_reached = 0, False
    size = env.num_sellers if network.kind == COMPLETE else degree(network, i)
    for k in range(size):
        j = k if network.kind == COMPLETE else neighbour(network, i, k)
        if j == first:
            is_reached = True
        elif j < env.num_sellers:
            env.others[count] = j
            count += 1
    return count if is_reached else -1


@compiled
def cheapest(env, first, num_others, num_quotes, stream):
    """Return the cheapest seller among the first and others drawn without replacement: the one asked earliest of
    equals.
    """
    best = first
    for k in range(min(num_quotes - 1, num_others)):
        drawn = k + integer(stream, num_others - k)
        j = env.others[drawn]
        env.others[drawn] = env.others[k]
        env.others[k] = j
        if env.price[j] < env.price[best]:
            best = j
    return best


@compiled
def shop(env, network, i, action, rewards, is_counted, stream):
    """Let the buyer in row i ask for prices and buy where it is worth it."""
    b = i - env.num_sellers
    first = action // env.num_quote_choices
    num_quotes = env.fewest_quotes + action % env.num_quote_choices
    env.repeated[b] = -1 if env.visited[b] < 0 else (1 if env.visited[b] == first else 0)
    env.visited[b] = first
    env.quotes[b] = 0
    rewards[i] = 0.0
    num_others = reach(env, network, i, first)
    if num_others >= 0:
        best = cheapest(env, first, num_others, num_quotes, stream)
        env.quotes[b] = 1 + min(num_quotes - 1, num_others)
        searched = env.search_cost * (env.quotes[b] - 1)
        rewards[i] = -searched
        if env.price[best] <= env.valuations[b]:
            margin = env.price[best] - env.cost
            rewards[i] += env.valuations[b] - env.price[best]
            rewards[best] += margin
            env.sales[best] += 1
            if is_counted:
                env.sold[best] += 1
                env.totals[BOUGHT] += 1.0
                env.totals[PAID] += env.price[best]
        env.totals[SEARCHED] += searched if is_counted else 0.0
    if is_counted:
        env.visits[b, first] += 1
        env.totals[VISITS] += 1.0
        env.totals[QUOTES] += env.quotes[b]
        env.totals[SURPLUS] += rewards[i]
        env.totals[CHANCES] += env.repeated[b] >= 0
        env.totals[REPEATS] += env.repeated[b] == 1
