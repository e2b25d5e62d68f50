r"""Traders who learn from the market what will be accepted (Gjerstad and Dickhaut).

From the quotes since the L-th last trade, which all see, a seller forms its belief that an ask of a is accepted,

    p(a) = [TA(a) + B(a)] / [TA(a) + B(a) + RA(a)],                                                           (1)

with TA(a) the number of asks of a or more that were taken, B(a) of bids of a or more, and RA(a) of asks of a or less
that were rejected ([Gjerstad1998]_): who took or offered more would take a, who rejected less rejects a. A
buyer's belief is its mirror image,

    q(b) = [TB(b) + A(b)] / [TB(b) + A(b) + RB(b)],    bids taken and asks at b or less, bids rejected at b or more. (2)

Both hold at prices that occurred, and p(0) = 1, p(P + 1) = 0; between two neighbours they follow the cubic that has
slope 0 at both. An ask that meets the best bid is accepted for sure, one that does not better the best ask is not. The
price quoted is that of the largest expected surplus, (a - c) p(a) or (v - b) q(b); where none is above 0 one is silent.

A quote that meets the other side's best takes it: that one counts as taken, and the one that took it is no quote of its
own. A quote is rejected when it betters nothing, or is no longer the best without having been taken. In a call a trade
counts as a quote taken. The belief is public: the traders of one type share one history. The code holds prices as
levels, which for buyers are P + 1 - price, so that for both a higher level pays more and (2) becomes (1).
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.market_row import (
    ASK,
    BEST_ASK,
    BEST_BID,
    BID,
    EVENT,
    LIMIT,
    SHOUT,
    SIDE,
    TRADE,
    TURN,
    check_row,
)

FOR, AGAINST = 0, 1  # taken and the other side's quotes; rejected


class State(NamedTuple):
    """The history that is remembered, as counts of quotes by level."""

    own_side: int
    highest_price: int
    counts: NDArray[np.int64]  # (2, P + 2), FOR and AGAINST acceptance, since the L-th last trade
    recent: NDArray[np.int64]  # (L + 1, 2, P + 2), the same between one trade and the next, as a ring
    now: NDArray[np.int64]  # (1,), the place in the ring
    event: NDArray[np.int64]  # (1,), number of the last event counted


@compiled
def level(learner, price):
    """Return the level of a price."""
    return np.int64(price) if learner.own_side == ASK else learner.highest_price + 1 - np.int64(price)


@compiled
def own_best(learner, observation):
    """Return the level of the own side's best quote, P + 1 if there is none."""
    return level(learner, observation[BEST_ASK] if learner.own_side == ASK else observation[BEST_BID])


@compiled
def others_best(learner, observation):
    """Return the level of the other side's best quote, 0 if there is none."""
    return level(learner, observation[BEST_BID] if learner.own_side == ASK else observation[BEST_ASK])


@compiled
def count(learner, kind, at):
    """Count a quote."""
    learner.counts[kind, at] += 1
    learner.recent[learner.now[0], kind, at] += 1


@compiled
def forget(learner):
    """After a trade, forget what happened before the L-th last one."""
    learner.now[0] = (learner.now[0] + 1) % learner.recent.shape[0]
    for kind in range(2):
        for at in range(learner.counts.shape[1]):
            learner.counts[kind, at] -= learner.recent[learner.now[0], kind, at]
            learner.recent[learner.now[0], kind, at] = 0


@compiled
def remember(learner, before, after):
    """Count what the last event says about acceptance."""
    shout, trade, is_own = after[SHOUT], after[TRADE], after[SIDE] == learner.own_side
    best_before, best_after = own_best(learner, before), own_best(learner, after)
    if trade > 0.0 and not is_own:
        count(learner, FOR, level(learner, trade))
    elif best_before != best_after and best_before <= learner.highest_price:
        count(learner, AGAINST, best_before)
    if trade > 0.0:
        forget(learner)
    elif shout > 0.0:
        at = level(learner, shout)
        if not is_own:
            count(learner, FOR, at)
        elif at != best_after:
            count(learner, AGAINST, at)


@compiled
def best_quote(learner, limit, lowest, highest):
    """Return the level from ``lowest`` to ``highest`` of the largest expected surplus over a limit level, 0 if none has
    any. At ``lowest`` acceptance is certain if that is above 0.
    """
    top = learner.highest_price + 1
    best, most = 0, 0.0
    if lowest > limit:
        best, most = lowest, np.float64(lowest - limit)
    likes, dislikes = 0, 0
    for at in range(1, top):
        likes += learner.counts[FOR, at]
    knot, belief = 0, 1.0
    for at in range(1, top + 1):
        if at < top and learner.counts[FOR, at] == 0 and learner.counts[AGAINST, at] == 0:
            continue
        dislikes += learner.counts[AGAINST, at]
        next_belief = 0.0 if at == top else likes / (likes + dislikes)
        likes -= learner.counts[FOR, at]
        for x in range(max(knot, lowest, limit) + 1, min(at, highest) + 1):
            t = (x - knot) / (at - knot)
            surplus = (x - limit) * (belief + (next_belief - belief) * t * t * (3.0 - 2.0 * t))
            if surplus > most:
                best, most = x, surplus
        knot, belief = at, next_belief
    return best


class GjerstadDickhaut(Learner):
    """Quotes what promises the largest expected surplus.

    Examples
    --------
    >>> GjerstadDickhaut(memory=8).memory
    8
    """

    memory: int = parameter(5, "trades L whose quotes are remembered", unit="trades", ge=1, le=1000)

    source: ClassVar[str] = "Gjerstad & Dickhaut 1998, Games and Economic Behavior 22:1-29"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out an empty history."""
        check_row(specification, self.name())
        highest_price = specification.fact("highest_price")
        return State(
            own_side=BID if specification.fact("is_buyer") else ASK,
            highest_price=highest_price,
            counts=np.zeros((2, highest_price + 2), np.int64),
            recent=np.zeros((self.memory + 1, 2, highest_price + 2), np.int64),
            now=np.zeros(1, np.int64),
            event=np.zeros(1, np.int64),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return nothing: what is known, all know."""
        return {}

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Quote what promises the largest expected surplus when it is one's turn."""
        if observation[LIMIT] == 0.0 or observation[TURN] == 0.0:
            return 0
        limit = level(learner, observation[LIMIT])
        best = best_quote(learner, limit, others_best(learner, observation), own_best(learner, observation) - 1)
        return level(learner, best) if best > 0 else 0

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Remember the event; whoever learns first does it for all."""
        if learner.event[0] != np.int64(next_observation[EVENT]):
            learner.event[0] = np.int64(next_observation[EVENT])
            remember(learner, observation, next_observation)
