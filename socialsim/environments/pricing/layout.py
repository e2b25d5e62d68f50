"""What one replication of a market keeps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

KINDS = {"logit": 0, "linear": 1, "cournot": 2}
SIGHTS = {"prices": 0, "lowest": 1, "payoffs": 2}
LOGIT, LINEAR, COURNOT = KINDS.values()
PRICES, LOWEST, PAYOFFS = SIGHTS.values()


class State(NamedTuple):
    """The market, what sellers remember, and sums over two windows of time: the last one and the present one."""

    kind: int
    sight: int
    num_prices: int
    num_steps: int  # with staying out, where sellers may
    memory: int
    is_sequential: int
    is_simple: int  # whether a period can be played at once
    powers: NDArray[np.int64]  # (num_digits + 1,), place values of the observed number
    grid: NDArray[np.float64]  # (num_sellers, num_prices + 1), the last for who stays out: infinite, or 0 of a quantity
    weights: NDArray[np.float64]  # (num_sellers, num_prices + 1), exp[(a - a_0 - p) / mu]; of logit demand alone
    outside: NDArray[np.float64]  # (2,), exp(-x / mu) and exp(x / mu)
    has_spread: int
    costs: NDArray[np.float64]  # (num_sellers,)
    qualities: NDArray[np.float64]  # (num_sellers,)
    substitution: float
    entry_cost: float
    fixed_cost: float
    history: NDArray[np.int64]  # (memory, num_sellers), steps, the last period first
    visible: NDArray[np.int8]  # (num_sellers, num_sellers), does i see j's step?
    seen: NDArray[np.int64]  # (num_sellers,), the observed number
    turn: NDArray[np.int64]  # (1,), whose turn it is
    places: NDArray[np.int64]  # (num_sellers,), place values of a joint step, out of the market included
    listed_profits: NDArray[np.float64]  # (2, num_joint_steps, num_sellers); of a small market alone
    selling: NDArray[np.int64]  # (num_sellers,), present steps, num_prices out of the market
    quantities: NDArray[np.float64]  # (num_sellers,)
    trial_quantities: NDArray[np.float64]  # (num_sellers,)
    forgone: NDArray[np.float64]  # (num_sellers, num_steps), what each step would have paid
    num_periods: NDArray[np.int64]  # (1,)
    window_start: NDArray[np.int64]  # (2,)
    num_visits: NDArray[np.int64]  # (2, num_joint_steps), of listed steps; the sums hold what these do not say
    profit_sums: NDArray[np.float64]  # (2, num_sellers)
    quantity_sums: NDArray[np.float64]  # (2, num_sellers)
    num_out: NDArray[np.int64]  # (2, num_sellers), periods out of the market
    surplus_sums: NDArray[np.float64]  # (2,), consumer surplus; of logit demand in units of mu
    surplus_factor: NDArray[np.float64]  # (1,), its exponential, not yet summed
