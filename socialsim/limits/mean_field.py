"""The mean field of a game: infinitely many agents who all hear each other alike."""

from __future__ import annotations

import numpy as np

from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.limit import Limit


class MeanField(Limit):
    """A game among infinitely many agents on a complete network: one node, and z = phi . mu.

    Parameters
    ----------
    game : AggregativeGame
    """

    def __init__(self, game: AggregativeGame) -> None:
        super().__init__(game, np.ones(1), np.ones((1, 1)))
