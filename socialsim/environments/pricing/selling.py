"""One period of a market, compiled: who sells how much, who is paid what, and what sellers see of it."""

from __future__ import annotations

import math

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.streams import draw_word
from socialsim.engine.links import COMPLETE, is_away
from socialsim.environments.pricing.layout import COURNOT, LINEAR, LOGIT, LOWEST, PAYOFFS, PRICES

MOST_SURPLUS = 1e200  # the product of exponentials is turned into a sum of logarithms above it


@compiled
def sell_quantities(env, selling, outside, quantities):
    """Fill in what each seller sells; return D of logit demand, else 0."""
    n = selling.shape[0]
    if env.kind == LOGIT:
        total = outside
        for i in range(n):
            quantities[i] = env.weights[i, selling[i]]
            total += quantities[i]
        share = 1.0 / total
        for i in range(n):
            quantities[i] *= share
        return total
    for i in range(n):
        quantities[i] = env.grid[i, selling[i]]
    if env.kind == LINEAR:
        _clear_linear(env, quantities)
    return 0.0


@compiled
def _clear_linear(env, quantities):
    """Turn prices (infinite: not offered) into quantities G^-1 (a - p); sellers who would sell less than 0 drop out,
    the worst first.
    """
    n = quantities.shape[0]
    count, total = 0, 0.0
    for i in range(n):
        worth = env.qualities[i] - quantities[i]
        quantities[i] = max(worth, 0.0)
        if worth > 0.0:
            count += 1
            total += worth
    while count > 0:
        shared = env.substitution / (1.0 + env.substitution * (count - 1.0)) * total
        worst = -1
        for i in range(n):
            if quantities[i] > 0.0 and (worst < 0 or quantities[i] < quantities[worst]):
                worst = i
        if quantities[worst] >= shared:
            for i in range(n):
                if quantities[i] > 0.0:
                    quantities[i] = (quantities[i] - shared) / (1.0 - env.substitution)
            return
        total -= quantities[worst]
        quantities[worst] = 0.0
        count -= 1


@compiled
def profit(env, i, step, quantities):
    """Return (p_i - c_i) q_i less the fixed cost; 0 out of the market."""
    if step == env.num_prices:
        return 0.0
    price = env.grid[i, step]
    if env.kind == COURNOT:
        rivals = 0.0
        for j in range(quantities.shape[0]):
            rivals += quantities[j]
        price = env.qualities[i] - quantities[i] - env.substitution * (rivals - quantities[i])
    return (price - env.costs[i]) * quantities[i] - env.fixed_cost


@compiled
def cost_of_entry(env, i, step):
    """Return what seller i pays for being in the market after a period out of it."""
    return env.entry_cost if env.history[0, i] == env.num_prices and step != env.num_prices else 0.0


@compiled
def surplus(env, quantities):
    """Return q' G q / 2 of linear demand."""
    total, squares = 0.0, 0.0
    for i in range(quantities.shape[0]):
        total += quantities[i]
        squares += quantities[i] * quantities[i]
    return 0.5 * ((1.0 - env.substitution) * squares + env.substitution * total * total)


@compiled
def forgo(env, outside):
    """Fill in what each step would have paid each seller, the others' steps as they were."""
    for i in range(env.selling.shape[0]):
        own = env.selling[i]
        for k in range(env.forgone.shape[1]):
            env.selling[i] = k
            sell_quantities(env, env.selling, outside, env.trial_quantities)
            env.forgone[i, k] = profit(env, i, k, env.trial_quantities) - cost_of_entry(env, i, k)
        env.selling[i] = own


@compiled
def begin_window(env):
    """Let the present window of time become the last one, at every power of two."""
    env.window_start[0] = env.window_start[1]
    env.window_start[1] = env.num_periods[0]
    env.surplus_sums[1] += math.log(env.surplus_factor[0])
    env.surplus_factor[0] = 1.0
    env.surplus_sums[0] = env.surplus_sums[1]
    env.surplus_sums[1] = 0.0
    for i in range(env.seen.shape[0]):
        env.profit_sums[0, i] = env.profit_sums[1, i]
        env.profit_sums[1, i] = 0.0
        env.quantity_sums[0, i] = env.quantity_sums[1, i]
        env.quantity_sums[1, i] = 0.0
        env.num_out[0, i] = env.num_out[1, i]
        env.num_out[1, i] = 0
    for c in range(env.num_visits.shape[1]):
        env.num_visits[0, c] = env.num_visits[1, c]
        env.num_visits[1, c] = 0


@compiled
def look(env, network):
    """Note who sees whose steps."""
    n = env.seen.shape[0]
    for i in range(n):
        for j in range(n):
            env.visible[i, j] = 1 if network.kind == COMPLETE or i == j else 0
        if network.kind != COMPLETE:
            for e in range(network.indptr[i], network.indptr[i + 1]):
                env.visible[i, network.sources[e]] = 1


@compiled
def see(env, network):
    """Work out the number that each seller observes."""
    n = env.seen.shape[0]
    number = env.turn[0] * env.powers[env.powers.shape[0] - 1] if env.is_sequential else 0
    if network.kind == COMPLETE and env.sight == PRICES:
        for m in range(env.memory):
            for j in range(n):
                number += env.history[m, j] * env.powers[m * n + j]
        for i in range(n):
            env.seen[i] = number
        return
    look(env, network)
    for i in range(n):
        env.seen[i] = number
        for m in range(env.memory):
            if env.sight == PRICES:
                for j in range(n):
                    env.seen[i] += env.visible[i, j] * env.history[m, j] * env.powers[m * n + j]
            elif env.sight == LOWEST:
                own, lowest = env.history[m, i], env.num_prices + 1
                for j in range(n):
                    if j != i and env.visible[i, j]:
                        lowest = min(lowest, env.history[m, j])
                lowest = lowest if lowest <= env.num_prices else own
                env.seen[i] += own * env.powers[2 * m] + lowest * env.powers[2 * m + 1]


@compiled
def sell_as_listed(env, level, rewards):
    """Pay by the list of all joint steps, and count which one it was."""
    joint = 0
    for i in range(rewards.shape[0]):
        joint += env.selling[i] * env.places[i]
    for i in range(rewards.shape[0]):
        rewards[i] = env.listed_profits[level, joint, i]
    env.num_visits[1, joint] += 1


@compiled
def sell_unlisted(env, level, rewards):
    """Work out what everybody sells and earns, and add it up."""
    total = sell_quantities(env, env.selling, env.outside[level], env.quantities)
    if env.kind == LOGIT:
        env.surplus_factor[0] *= total / env.outside[level]
        if env.surplus_factor[0] > MOST_SURPLUS:
            env.surplus_sums[1] += math.log(env.surplus_factor[0])
            env.surplus_factor[0] = 1.0
    else:
        env.surplus_sums[1] += surplus(env, env.quantities)
    for i in range(rewards.shape[0]):
        rewards[i] = profit(env, i, env.selling[i], env.quantities)
        env.profit_sums[1, i] += rewards[i]
        env.quantity_sums[1, i] += env.quantities[i]
        if env.selling[i] == env.num_prices:
            env.num_out[1, i] += 1


@compiled
def sell_at_once(env, actions, rewards):
    """Play one period of the simplest market, in which all this is the same: joint steps are listed, everybody sees all
    steps of one period, and nobody is away, in turn or out.
    """
    joint, number = 0, 0
    for i in range(rewards.shape[0]):
        joint += actions[i] * env.places[i]
        number += actions[i] * env.powers[i]
        env.selling[i] = actions[i]
        env.history[0, i] = actions[i]
    for i in range(rewards.shape[0]):
        rewards[i] = env.listed_profits[0, joint, i]
        env.seen[i] = number
    env.num_visits[1, joint] += 1


@compiled
def sell(env, network, actions, rewards, stream):
    """Play one period: sell, pay, remember."""
    n = env.seen.shape[0]
    if env.num_periods[0] & (env.num_periods[0] - 1) == 0:
        begin_window(env)
    env.num_periods[0] += 1
    if env.is_simple and network.kind == 1 and not network.may_change:
        sell_at_once(env, actions, rewards)
        return
    if env.is_sequential:
        for i in range(n):
            if i != env.turn[0]:
                actions[i] = env.history[0, i]  # committed
        env.turn[0] = (env.turn[0] + 1) % n
    for i in range(n):
        env.selling[i] = env.num_prices if is_away(network, i) else actions[i]
    level = draw_word(stream) >> np.uint64(63) if env.has_spread else np.uint64(0)
    if env.num_visits.shape[1] > 0:
        sell_as_listed(env, level, rewards)
    else:
        sell_unlisted(env, level, rewards)
    if env.entry_cost > 0.0:
        for i in range(n):
            cost = cost_of_entry(env, i, env.selling[i])
            rewards[i] -= cost
            env.profit_sums[1, i] -= cost
    if env.sight == PAYOFFS:
        forgo(env, env.outside[level])
    for m in range(env.history.shape[0] - 1, 0, -1):
        for i in range(n):
            env.history[m, i] = env.history[m - 1, i]
    for i in range(n):
        if env.selling[i] < env.num_steps:  # who is away, where nobody can stay out, is remembered by the last step
            env.history[0, i] = env.selling[i]
    see(env, network)
