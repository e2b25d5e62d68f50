"""What a quote does: trades under the three institutions, and days.

Compiled functions on the state of `socialsim.environments.auction`. A trader's slot in the book is its row, so that
each has one order at most.
"""

from __future__ import annotations

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.environments.auction.book import (
    ASK,
    BID,
    best_ask,
    best_bid,
    cancel,
    clear,
    crosses,
    fill,
    front,
    insert,
    level_of,
)

CONTINUOUS, GODE_SUNDER, CALL = range(3)


@compiled
def settle(env, i, j, price, rewards):
    """Trade the units in hand of traders i and j, one of each side, at a price."""
    buyer, seller = np.uint64(min(i, j)), np.uint64(max(i, j))
    value = env.limit[buyer, np.uint64(env.unit[buyer])]
    cost = env.limit[seller, np.uint64(env.unit[seller])]
    env.profit[buyer] += value - price
    env.profit[seller] += price - cost
    rewards[buyer] += value - price
    rewards[seller] += price - cost
    day = np.uint64(env.day[0])
    env.price[day, np.uint64(env.num_trades[day])] = price
    env.num_trades[day] += 1
    env.price_sum[day] += price
    env.square_sum[day] += (price - env.equilibrium_price) * (price - env.equilibrium_price)
    env.surplus[day] += value - cost
    env.traded_at[0] = price
    env.last_price[0] = price
    for side in range(2):
        count_unit(env, side, seller if side == ASK else buyer)


@compiled
def count_unit(env, side, i):
    """Let a trader go on to its next unit; one who has none left is struck off the list of those who may quote."""
    env.unit[i] += 1
    env.units_left[side] -= 1
    if env.unit[i] == env.num_units[i]:
        last = env.able[env.num_able[0] - 1]
        env.able[env.place[i]] = last
        env.place[last] = env.place[i]
        env.num_able[0] -= 1


@compiled
def quote(env, i, price, rewards):
    """Let trader i quote a price under the rules of the market; 0 is silence.

    The trader's own order goes first, but under Gode and Sunder's rules a quote stands until it is bettered. What a
    quote leaves standing on its side there, it has bettered, or cancels by trading.
    """
    side = 0 if i < env.num_buyers else 1
    price = 0 if env.budget_constraint and is_loss(env, i, side, price) else price
    if env.institution != GODE_SUNDER:
        cancel(env, i)
    if price == 0:
        return
    env.num_quotes[0] += 1
    env.shout[0] = price
    level, quantity = level_of(env, side, price), min(env.order_size, env.num_units[i] - env.unit[i])
    if env.institution != CALL:
        while quantity > 0 and crosses(env, side, level):
            trade_with_best(env, i, side, rewards)
            quantity -= 1
    if env.institution == GODE_SUNDER and env.best[side] > 0:
        if quantity > 0 and level <= env.best[side]:
            return
        cancel(env, front(env, side))
    if quantity > 0:
        insert(env, i, side, level, quantity)


@compiled
def is_loss(env, i, side, price):
    """Return whether a trade at the price would be a loss to trader i."""
    limit = env.order_limit[i, env.unit[i]]
    return price > limit if side == BID else price < limit


@compiled
def trade_with_best(env, i, side, rewards):
    """Trade a unit at the price of the order that has stood longest at the best level of the other side."""
    other, price = front(env, 1 - side), level_of(env, 1 - side, env.best[1 - side])
    fill(env, other, 1)
    settle(env, i, other, price, rewards)


@compiled
def call_market(env, rewards):
    """Match the best bids with the best asks as long as they cross, then trade all at one price and clear the book.

    With Q units matched, a_Q and b_Q the last matched prices and a_{Q+1}, b_{Q+1} the first ones that are not, every
    price in [max(a_Q, b_{Q+1}), min(b_Q, a_{Q+1})] clears the market; the middle is taken, rounded down.
    """
    num_pairs, last_bid, last_ask = 0, 0, 0
    while best_bid(env) >= best_ask(env):
        last_bid, last_ask = best_bid(env), best_ask(env)
        for side in range(2):
            env.matched[side, num_pairs] = front(env, side)
            fill(env, env.matched[side, num_pairs], 1)
        num_pairs += 1
    price = (max(last_ask, best_bid(env)) + min(last_bid, best_ask(env))) // 2
    for k in range(num_pairs):
        settle(env, env.matched[BID, k], env.matched[ASK, k], price, rewards)
    clear(env)


@compiled
def measure_spread(env):
    """Count the distance of the best quotes where there are both; those of a call may cross."""
    if env.institution != CALL and env.best[BID] > 0 and env.best[ASK] > 0:
        env.spread_sum[0] += best_ask(env) - best_bid(env)
        env.num_spreads[0] += 1


@compiled
def end_quote(env, rewards):
    """Count the quote; hold the call and end the day when it is time."""
    env.quotes_today[0] += 1
    is_last = env.quotes_today[0] == env.day_length
    if env.institution == CALL and (is_last or env.quotes_today[0] % env.quotes_per_call == 0):
        env.shout[0] = 0
        call_market(env, rewards)
    if is_last or env.units_left[BID] == 0 or env.units_left[ASK] == 0:
        env.day[0] += 1
        begin_day(env)


@compiled
def begin_day(env):
    """Clear the book and endow everybody anew."""
    env.quotes_today[0] = 0
    clear(env)
    num_traders = env.unit.shape[0]
    env.units_left[BID] = 0
    env.units_left[ASK] = 0
    for i in range(num_traders):
        env.unit[i] = 0
        env.able[i] = i
        env.place[i] = i
        env.units_left[BID if i < env.num_buyers else ASK] += env.num_units[i]
    env.num_able[0] = num_traders
