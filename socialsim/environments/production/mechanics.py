"""Making goods, exchanging them, and what more effort would be worth, as compiled functions."""

from __future__ import annotations

import math

from socialsim.core.compiled import compiled
from socialsim.engine.links import is_away, random_neighbour

TEAM, AUTARKY, TRADE = 0, 1, 2
NASH, PRICE = 0, 1
NOTHING = 1e-300  # of a good
LITTLE = 1e-3  # share of time at which slopes are taken at the ends of the range


@compiled
def make_goods(env, i, action):
    """Let agent i divide its time as it has chosen, and make (x_ij q_ij)^r of each good."""
    for j in range(env.goods.shape[1]):
        if env.is_continuous:
            first = min(max(action, 0.0), 1.0)
            share = first if j == 0 else 1.0 - first
        else:
            share = env.allocation[int(action), j]
        env.share[i, j] = share
        env.goods[i, j] = math.pow(share * env.ability[i, j], env.returns)


@compiled
def pool_goods(env, network, num_there):
    """Give everybody an equal part of all goods."""
    for j in range(env.goods.shape[1]):
        total = 0.0
        for i in range(env.goods.shape[0]):
            total += 0.0 if is_away(network, i) else env.goods[i, j]
        for i in range(env.goods.shape[0]):
            env.goods[i, j] = total / max(num_there, 1)


@compiled
def utility(env, i):
    """Return what the goods of agent i are worth to it, prod_j g_ij^(1/m)."""
    product = 1.0
    for j in range(env.goods.shape[1]):
        product *= env.goods[i, j]
    m = env.goods.shape[1]
    return math.sqrt(product) if m == 2 else math.pow(product, 1.0 / m)


@compiled
def exchange(env, i, k):
    """Let two agents share all that they have together, in equal proportions of all goods, so that neither can gain
    more without the other's loss; how much each gets is what they bargain about.
    """
    m = env.goods.shape[1]
    joint, parts = 1.0, 0.0
    for j in range(m):
        total = env.goods[i, j] + env.goods[k, j]
        joint *= total
        parts += env.goods[i, j] / max(total, NOTHING)
    worth = math.sqrt(joint) if m == 2 else math.pow(joint, 1.0 / m)
    own, other = utility(env, i), utility(env, k)
    if worth <= (own + other) * (1.0 + 1e-12):
        return
    part = parts / m if env.bargaining == PRICE else 0.5 + (own - other) / (2.0 * worth)
    for j in range(m):
        total = env.goods[i, j] + env.goods[k, j]
        env.goods[i, j] = part * total
        env.goods[k, j] = total - part * total


@compiled
def trade(env, network, stream):
    """Let everybody in turn meet a neighbour, some rounds of it."""
    for _ in range(env.num_rounds):
        for i in range(env.goods.shape[0]):
            if is_away(network, i):
                continue
            k = random_neighbour(network, i, stream)
            if k >= 0 and not is_away(network, k):
                exchange(env, i, k)


@compiled
def slope(env, i):
    """Return what a little more time for the first task in place of the second would be worth, at the rate at which
    agent i now values the two goods.
    """
    first, second = max(env.goods[i, 0], NOTHING), max(env.goods[i, 1], NOTHING)
    x = min(max(env.share[i, 0], LITTLE), 1.0 - LITTLE)
    gain = math.pow(env.ability[i, 0], env.returns) * math.pow(x, env.returns - 1.0)
    loss = math.pow(env.ability[i, 1], env.returns) * math.pow(1.0 - x, env.returns - 1.0)
    worth = math.sqrt(second / first)
    return 0.5 * env.returns * (worth * gain - loss / worth)
