"""What traders read off an observation: their limit price, alone or at the head of a row that shows the market."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Specification

MARKET_ROW = ("limit", "turn", "bid", "ask", "side", "shout", "trade", "event")
LIMIT, TURN, BEST_BID, BEST_ASK, SIDE, SHOUT, TRADE, EVENT = range(len(MARKET_ROW))
BID, ASK = 0, 1  # what SIDE may be; -1: no quote, or a call


def check_row(specification: Specification, name: str) -> None:
    """Refuse an environment that does not show the market in the row that these traders read."""
    if specification.facts.get("market_row") != MARKET_ROW:
        raise ParameterError(
            f"learner: {name!r} needs a market in which everybody sees every quote; accepted: an auction with "
            "environment.information=market"
        )


def limit_price(observation: Any) -> Any:
    """Return the limit price from an observation that is one, or from a row that begins with one.

    Examples
    --------
    >>> limit_price(70), limit_price(np.array([70.0, 1.0, 65.0]))
    (70, 70)
    """
    return observation if np.ndim(observation) == 0 else int(observation[0])


@overload(limit_price, jit_options={"_nrt": False, "forceinline": True})
def _limit_price(observation):
    if isinstance(observation, types.Array):
        return lambda observation: np.int64(observation[0])
    return lambda observation: observation
