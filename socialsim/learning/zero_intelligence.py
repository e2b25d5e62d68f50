"""Traders without intelligence: random quotes.

A trader who has a unit to trade quotes an integer price drawn uniformly,

    ZI-U:  from 1, ..., P,
    ZI-C:  from 1, ..., v (buyers) or c, ..., P (sellers), so that it never trades at a loss,

whatever has happened before ([Gode1993]_). v and c are the limit price of the unit in hand, which is what
the trader observes, alone or at the head of a row; 0 means that it has none, and it stays silent.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.market_row import limit_price


class State(NamedTuple):
    """Nothing is remembered."""

    is_buyer: int
    highest_price: int


class _ZeroIntelligence(Learner):
    """What both have in common: nothing to learn."""

    source: ClassVar[str] = "Gode & Sunder 1993, J. Political Economy 101:119-137"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the constants."""
        return State(int(specification.fact("is_buyer")), specification.fact("highest_price"))


class ZiU(_ZeroIntelligence):
    """Quotes any price.

    Examples
    --------
    >>> ZiU().name()
    'zi_u'
    """

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Draw from all prices."""
        if limit_price(observation) == 0:
            return 0
        return 1 + integer(stream, learner.highest_price)


class ZiC(_ZeroIntelligence):
    """Quotes any price that brings no loss.

    Examples
    --------
    >>> ZiC().name()
    'zi_c'
    """

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Draw from the prices on the right side of the limit price."""
        limit = limit_price(observation)
        if limit == 0:
            return 0
        if learner.is_buyer:
            return 1 + integer(stream, limit)
        return limit + integer(stream, learner.highest_price - limit + 1)
