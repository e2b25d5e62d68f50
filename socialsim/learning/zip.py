r"""ZIP traders: zero intelligence plus a margin that learns.

A trader keeps a margin mu over its limit price l: mu >= 0 for a seller, -1 <= mu <= 0 for a buyer. It quotes the price
p = l (1 + mu), rounded to the grid. At every quote in the market, its own included, each trader compares what it would
quote with what happened at the price q ([Cliff1997]_):

- a trade at q: who would have traded there too (a seller with p <= q, a buyer with p >= q) **raises** its margin; else,
  if the other side made the quote that led to it, or in a call, who has a unit left **lowers** it;
- a quote q of one's own side that found nobody: who has a unit left and asks as much or more (bids as little or less)
  lowers its margin.

To raise a margin is to move the price towards a target a little beyond q, to lower it, towards one a little short of q;
up, or down with the signs of both terms reversed,

    tau = R q + A,    R ~ U(1, 1 + relative),    A ~ U(0, absolute),                                          (1)

by the Widrow-Hoff rule with momentum,

    Gamma <- gamma Gamma + (1 - gamma) beta (tau - p),    mu <- (p + Gamma) / l - 1.                          (2)

beta, gamma and the first mu are drawn for each trader. What is learned is kept from day to day. The paper's traders
have one unit a day each. Where the next unit has another limit price l', the *price* carries over, mu <- p / l' - 1,
within the range of mu: a margin of 100% over a cost of 30 says nothing about a unit that costs 60.
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.market_row import ASK, BID, LIMIT, SHOUT, SIDE, TRADE, TURN, check_row


class State(NamedTuple):
    """Margins and how each trader learns."""

    own_side: int
    highest_price: int
    relative: float
    absolute: float
    lowest_rate: float
    highest_rate: float
    highest_momentum: float
    lowest_margin: float
    highest_margin: float
    limit: NDArray[np.float64]  # (num_agents,), of the last unit in hand, 0 before the first
    margin: NDArray[np.float64]  # (num_agents,), mu
    change: NDArray[np.float64]  # (num_agents,), Gamma
    rate: NDArray[np.float64]  # (num_agents,), beta
    momentum: NDArray[np.float64]  # (num_agents,), gamma


@compiled
def quoted(learner, price):
    """Return a price on the grid."""
    return min(max(math.floor(price + 0.5), 1.0), np.float64(learner.highest_price))


@compiled
def direction(own_side, price, is_active, side, shout, trade):
    """Return +1 if a trader who would quote some price should move it up, -1 if down, 0 if it should leave it."""
    up = 1 if own_side == ASK else -1  # where more profit lies
    if trade > 0:
        if up * (trade - price) >= 0:
            return up
        return -up if is_active and side != own_side else 0
    if shout > 0 and is_active and side == own_side and up * (price - shout) >= 0:
        return -up
    return 0


@compiled
def bounded(own_side, margin):
    """Return a margin within its range."""
    return max(margin, 0.0) if own_side == ASK else min(max(margin, -1.0), 0.0)


@compiled
def take_in_hand(learner, i, limit):
    """Carry the price over to a unit of another limit price."""
    if learner.limit[i] > 0.0 and limit != learner.limit[i]:
        price = learner.limit[i] * (1.0 + learner.margin[i])
        learner.margin[i] = bounded(learner.own_side, price / limit - 1.0)
    learner.limit[i] = limit


class Zip(Learner):
    """Quotes its limit price plus a margin that follows the market.

    Examples
    --------
    >>> Zip(relative=0.1).relative
    0.1
    >>> Zip(lowest_rate=0.6)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: lowest_rate: 0.6 is above highest_rate, 0.5; accepted: at most that
    """

    lowest_rate: float = parameter(0.1, "lower end of the uniform distribution of the learning rate beta", gt=0, le=1)
    highest_rate: float = parameter(0.5, "its upper end", gt=0, le=1)
    highest_momentum: float = parameter(0.1, "upper end of the uniform distribution of gamma, from 0", ge=0, lt=1)
    lowest_margin: float = parameter(0.05, "lower end of the uniform distribution of the first margin", ge=0, le=1)
    highest_margin: float = parameter(0.35, "its upper end; buyers' margins are the negatives", ge=0, le=1)
    relative: float = parameter(0.05, "largest relative distance of a target from a price", ge=0, le=1)
    absolute: float = parameter(0.05, "largest further distance", unit="price", ge=0)

    source: ClassVar[str] = "Cliff 1997, Hewlett-Packard Laboratories Technical Report HPL-97-91"

    def model_post_init(self, context: object) -> None:
        """Refuse ranges that are upside down."""
        for low, high in (("lowest_rate", "highest_rate"), ("lowest_margin", "highest_margin")):
            if getattr(self, low) > getattr(self, high):
                raise ParameterError(
                    f"{low}: {getattr(self, low)} is above {high}, {getattr(self, high)}; accepted: at most that"
                )

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out the margins; `initialise` draws them."""
        check_row(specification, self.name())
        columns = (np.zeros(num_agents) for _ in range(5))
        own_side = BID if specification.fact("is_buyer") else ASK
        constants = {name: value for name, value in self if name in State._fields}
        highest_price = specification.fact("highest_price")
        limit, margin, change, rate, momentum = columns
        return State(
            own_side=own_side,
            highest_price=highest_price,
            **constants,
            limit=limit,
            margin=margin,
            change=change,
            rate=rate,
            momentum=momentum,
        )

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Draw beta, gamma and the first margin."""
        margin = learner.lowest_margin + (learner.highest_margin - learner.lowest_margin) * uniform(stream)
        learner.margin[i] = margin if learner.own_side == ASK else -margin
        learner.rate[i] = learner.lowest_rate + (learner.highest_rate - learner.lowest_rate) * uniform(stream)
        learner.momentum[i] = learner.highest_momentum * uniform(stream)
        learner.change[i] = 0.0
        learner.limit[i] = 0.0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Quote the limit price plus the margin when it is one's turn."""
        limit = observation[LIMIT]
        if limit == 0.0 or observation[TURN] == 0.0:
            return 0
        take_in_hand(learner, i, limit)
        return np.int64(quoted(learner, limit * (1.0 + learner.margin[i])))

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Move the margin after a quote, by equations (1) and (2)."""
        is_active = observation[LIMIT] > 0.0
        if is_active:
            take_in_hand(learner, i, observation[LIMIT])
        limit = learner.limit[i]
        price = limit * (1.0 + learner.margin[i])
        shout, trade = next_observation[SHOUT], next_observation[TRADE]
        move = direction(learner.own_side, quoted(learner, price), is_active, next_observation[SIDE], shout, trade)
        if move == 0 or limit == 0.0:
            return
        base = trade if trade > 0.0 else shout
        target = base * (1.0 + move * learner.relative * uniform(stream)) + move * learner.absolute * uniform(stream)
        change = learner.rate[i] * (target - price)
        learner.change[i] = learner.momentum[i] * learner.change[i] + (1.0 - learner.momentum[i]) * change
        learner.margin[i] = bounded(learner.own_side, (price + learner.change[i]) / limit - 1.0)
