"""What happens in a step: firms abate, permits are traded, and everybody pays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled

NONE, TAX, CAP_AND_TRADE = range(3)
BISECTIONS = 60  # halves the interval of the price down to rounding

# What is counted, before the rule (row 0) and under it (row 1).
STEPS, FIRMS, COST, EMITTED, PRICE, REVENUE, TRADED = range(7)
NUM_TOTALS = 7


class State(NamedTuple):
    """What a replication holds."""

    rule: int
    rule_from: int
    damage: float
    tax: float
    earnings: float
    auctioned: float  # permits for sale, of each firm that is present
    burn_in: int
    levels: NDArray[np.float64]  # (num_levels,), the shares that a firm may abate
    slopes: NDArray[np.float64]  # (num_firms,), g_i
    allocation: NDArray[np.float64]  # (num_firms,), permits that each firm is given
    clock: NDArray[np.int64]  # (1,)
    in_force: NDArray[np.int64]  # (1,), the rule of the last step
    present: NDArray[np.int64]  # (num_firms,), whether each firm took part in the last step
    planned: NDArray[np.float64]  # (num_firms,), share that each firm chose to abate
    abated: NDArray[np.float64]  # (num_firms,), share that it abated in the end
    price: NDArray[np.float64]  # (1,), of a unit of emissions
    totals: NDArray[np.float64]  # (2, NUM_TOTALS)


@compiled
def supplied(env, i, price):
    """Return what firm i abates where permits cost ``price``: until its marginal cost is the price, or as planned."""
    return max(env.planned[i], min(price / env.slopes[i], 1.0))


@compiled
def clear(env):
    """Return the lowest price of permits at which firms emit no more than there are permits; 0 if plans suffice."""
    asked, planned, price = 0.0, 0.0, 0.0
    for i in range(env.planned.shape[0]):
        if env.present[i]:
            asked += 1.0 - env.allocation[i] - env.auctioned
            planned += env.planned[i]
            price = max(price, env.slopes[i])
    if planned >= asked:
        return 0.0
    low = 0.0
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + price)
        abated = 0.0
        for i in range(env.planned.shape[0]):
            if env.present[i]:
                abated += supplied(env, i, middle)
        if abated < asked:
            low = middle
        else:
            price = middle
    return price


@compiled
def price_emissions(env):
    """Return what a unit of emissions costs under the rule in force."""
    if env.in_force[0] == TAX:
        return env.tax
    return clear(env) if env.in_force[0] == CAP_AND_TRADE else 0.0


@compiled
def abatement(env, i, price):
    """Return what firm i abates in the end."""
    return supplied(env, i, price) if env.in_force[0] == CAP_AND_TRADE else env.planned[i]


@compiled
def profit(env, i, price):
    """Return what firm i earns, less the costs of abatement and of emissions beyond the permits that it was given."""
    share = abatement(env, i, price)
    given = env.allocation[i] if env.in_force[0] == CAP_AND_TRADE else 0.0
    return env.earnings - 0.5 * env.slopes[i] * share * share - price * (1.0 - share - given)


@compiled
def count(env, price):
    """Add the step to the totals before or under the rule; as long as it is too early to count only the last stands."""
    row = 1 if env.clock[0] >= env.rule_from else 0
    if env.clock[0] <= row * env.rule_from + env.burn_in:
        for k in range(NUM_TOTALS):
            env.totals[row, k] = 0.0
    env.totals[row, STEPS] += 1.0
    env.totals[row, PRICE] += price
    for i in range(env.planned.shape[0]):
        if env.present[i]:
            share = env.abated[i]
            env.totals[row, FIRMS] += 1.0
            env.totals[row, COST] += 0.5 * env.slopes[i] * share * share
            env.totals[row, EMITTED] += 1.0 - share
            if env.in_force[0] == TAX:
                env.totals[row, REVENUE] += price * (1.0 - share)
            if env.in_force[0] == CAP_AND_TRADE:
                bought = max(0.0, 1.0 - share - env.allocation[i])
                env.totals[row, TRADED] += bought
                env.totals[row, REVENUE] += price * bought if env.auctioned > 0.0 else 0.0
