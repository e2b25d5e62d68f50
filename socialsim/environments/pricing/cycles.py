"""Where play ends up when nobody explores or learns any more, and whether anybody would gain by doing otherwise.

Sellers who follow fixed policies of what they remember must come to a **limit cycle**: memory has finitely many states.
It is found by Brent's algorithm ([Brent1980]_) for all runs at once, and profits, prices and surplus are averaged over
it. The **best-response gap** compares each seller's discounted profit on the cycle with that of its best response to
the others' policies,

    gap = mean over the cycle of 1 - V_own(s) / V*(s),    V(s) = sum_t delta^t pi_t,

0 if the policies are a Nash equilibrium on the path, undefined where the best is a loss. V* comes from policy
iteration; the value of a policy, whose play is a walk on a graph, from doubling: V_2k = V_k + delta^k V_k o f^k.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from socialsim.environments.pricing.facts import choices_of_steps, profits_of_steps
from socialsim.environments.pricing.windows import profit_gain_of

if TYPE_CHECKING:
    from socialsim.environments.pricing import Pricing
    from socialsim.environments.pricing.layout import State

MOST_STATES = 4096  # of memory, for which best responses are computed
RUNS_AT_ONCE = 64
NEGLIGIBLE = 1e-13


class Play:
    """Play by fixed policies, for many runs at once.

    A situation is a row (turn, steps of the last period, steps of the one before): what everybody remembers.

    Parameters
    ----------
    pricing : Pricing
    state : State
        Of the runs, as the market stands.
    policies : ndarray of int, shape (num_runs, num_sellers, num_observations)
    """

    def __init__(self, pricing: Pricing, state: State, policies: NDArray[np.int64]) -> None:
        self.pricing, self.policies, self.visible = pricing, policies, state.visible.astype(bool)
        self.num_runs, self.num_sellers = policies.shape[:2]
        self.rows = np.arange(self.num_runs)
        self.start = np.hstack([state.turn, state.history.reshape(self.num_runs, -1)])

    def observations(self, situations: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number that each seller observes, shape (num_situations, num_sellers); ``rows`` are their runs."""
        n, base, visible = self.num_sellers, self.pricing.num_steps, self.visible[rows]
        numbers = np.zeros((len(rows), n), np.int64)
        place = 1
        for m in range(self.pricing.memory):
            steps = situations[:, 1 + m * n : 1 + (m + 1) * n]
            if self.pricing.observation == "lowest":
                others = visible & ~np.eye(n, dtype=bool)
                lowest = np.where(others, steps[:, None, :], base).min(axis=2)
                lowest = np.where(others.any(axis=2), lowest, steps)
                numbers += place * (steps + base * lowest)
                place *= base**2
            else:
                numbers += place * (np.where(visible, steps[:, None, :], 0) * base ** np.arange(n)).sum(axis=2)
                place *= base**n
        return numbers + situations[:, :1] * place if self.pricing.moves == "sequential" else numbers

    def actions(self, situations: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the step that each seller takes, shape (num_situations, num_sellers)."""
        sellers = np.arange(self.num_sellers)
        steps = self.policies[rows[:, None], sellers, self.observations(situations, rows)]
        if self.pricing.moves == "sequential":
            steps = np.where(situations[:, :1] == sellers, steps, situations[:, 1 : 1 + self.num_sellers])
        return steps

    def follow(self, situations: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the situations one period later."""
        turn = situations[:, :1]
        if self.pricing.moves == "sequential":
            turn = (turn + 1) % self.num_sellers
        older = situations[:, 1 : situations.shape[1] - self.num_sellers]
        return np.hstack([turn, self.actions(situations, rows), older])

    def limit_cycles(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return a situation on each run's limit cycle, and the cycle's length, shape (num_runs,)."""
        anchor, lengths = self.start.copy(), np.ones(self.num_runs, np.int64)
        rows, power = self.rows, 1
        position, steps = self.follow(anchor, rows), 1
        while len(rows):
            is_back = (position == anchor[rows]).all(axis=1)
            lengths[rows[is_back]] = steps
            rows, position = rows[~is_back], position[~is_back]
            if steps == power:
                anchor[rows] = position
                power, steps = 2 * power, 0
            position, steps = self.follow(position, rows), steps + 1
        return anchor, lengths


def outcomes_of_cycles(pricing: Pricing, state: State, policies: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """Return each run's limit cycle: its length and, averaged over it, profit gain, price, dispersion of prices
    between sellers (highest less lowest), consumer surplus and best-response gap.
    """
    play = Play(pricing, state, policies)
    market, n = pricing.market(play.num_sellers), play.num_sellers
    situations, lengths = play.limit_cycles()
    gaps = best_response_gaps(play)
    names = ("cycle_price", "cycle_dispersion", "cycle_surplus", "best_response_gap")
    sums, profit_sums = np.zeros((len(names), play.num_runs)), np.zeros((play.num_runs, n))
    rows, position = play.rows, situations
    for passed in range(int(lengths.max(initial=0))):
        rows = np.flatnonzero(lengths > passed)
        following = play.follow(position[rows], rows)
        steps = following[:, 1 : 1 + n]
        choices = choices_of_steps(pricing, steps)
        comes_in = (position[rows, 1 : 1 + n] == pricing.num_prices) & (steps < pricing.num_prices)
        profit_sums[rows] += profits_of_steps(pricing, steps) - pricing.entry_cost * comes_in
        prices = np.where(steps < pricing.num_prices, market.prices(choices), np.nan)
        is_sold = np.isfinite(prices).any(axis=1)
        known = np.where(is_sold[:, None], prices, 0.0)
        sums[0, rows] += np.where(is_sold, np.nanmean(known, axis=1), np.nan)
        sums[1, rows] += np.where(is_sold, np.nanmax(known, axis=1) - np.nanmin(known, axis=1), np.nan)
        sums[2, rows] += market.consumer_surplus(choices)
        if gaps is not None:
            sums[3, rows] += gaps[rows, position[rows, 1:] @ pricing.num_steps ** np.arange(position.shape[1] - 1)]
        position[rows] = following
    means = sums / lengths
    if gaps is None:
        means[3] = np.nan
    gains = profit_gain_of(pricing, profit_sums / lengths[:, None])
    return {"cycle_length": lengths, "profit_gain": gains, **dict(zip(names, means, strict=True))}


def best_response_gaps(play: Play) -> NDArray[np.float64] | None:
    """Return the mean over sellers of 1 - V_own / V* in each state of memory, shape (num_runs, num_states); None
    where memory has more than 4096 states, or moves are sequential.
    """
    pricing, n, base = play.pricing, play.num_sellers, play.pricing.num_steps
    num_digits = n * max(pricing.memory, 1)
    if base**num_digits > MOST_STATES or pricing.moves == "sequential":
        return None
    states = np.arange(base**num_digits)
    digits = states[:, None] // base ** np.arange(num_digits) % base
    situations = np.hstack([np.zeros((len(states), 1), np.int64), digits])
    profits = profits_of_steps(pricing, digits[:, :n]).T  # of the steps that lead to a state
    gaps = np.zeros((play.num_runs, len(states)))
    for first in range(0, play.num_runs, RUNS_AT_ONCE):
        rows = play.rows[first : first + RUNS_AT_ONCE]
        repeated = np.repeat(rows, len(states))
        steps = play.actions(np.tile(situations, (len(rows), 1)), repeated).reshape(len(rows), len(states), n)
        older = states % base ** (num_digits - n) * base**n
        for i in range(n):
            others = older + (steps * base ** np.arange(n)).sum(axis=2) - steps[:, :, i] * base**i
            entry = np.where(digits[:, i, None] == pricing.num_prices, pricing.entry_cost, 0.0)
            entry = entry * (np.arange(base) < pricing.num_prices)
            own, best = _best_response(steps[:, :, i], others, base**i, profits[i], entry, pricing.discount)
            gaps[rows] += np.where(best > own, 1.0 - own / np.where(best > 0.0, best, np.nan), 0.0) / n
    return gaps


def _best_response(
    own: NDArray[np.int64],
    others: NDArray[np.int64],
    place: int,
    profits: NDArray[np.float64],
    entry: NDArray[np.float64],
    discount: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values of one's own policy and of the best one, each of shape (num_runs, num_states), by policy
    iteration; taking step a leads from s to others(s) + a * place and pays its profit less entry(s, a).
    """
    following = others[:, :, None] + np.arange(entry.shape[1]) * place
    rewards = profits[following] - entry
    rows = np.arange(len(own))[:, None, None]
    least_gain = NEGLIGIBLE * (np.abs(profits).max() + entry.max()) / (1.0 - discount)
    policy = own
    own_value = value = _value(policy, following, rewards, discount)
    while True:
        worth = rewards + discount * value[rows, following]
        current = np.take_along_axis(worth, policy[:, :, None], 2)[:, :, 0]
        better = worth.argmax(axis=2)
        gains = worth.max(axis=2) > current + least_gain
        if not gains.any():
            return own_value, value
        policy = np.where(gains, better, policy)
        value = _value(policy, following, rewards, discount)


def _value(
    policy: NDArray[np.int64], following: NDArray[np.int64], rewards: NDArray[np.float64], discount: float
) -> NDArray[np.float64]:
    """Return the discounted sum of rewards from each state under a policy."""
    target = np.take_along_axis(following, policy[:, :, None], 2)[:, :, 0]
    value = np.take_along_axis(rewards, policy[:, :, None], 2)[:, :, 0]
    factor = discount
    while factor > NEGLIGIBLE**2:
        value = value + factor * np.take_along_axis(value, target, 1)
        target = np.take_along_axis(target, target, 1)
        factor *= factor
    return value
