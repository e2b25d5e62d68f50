"""Sincerity: always the ballot that says what one thinks, whatever others do.

The environment says which action that is: a vote for the best candidate, against the worst, one's own ranking.
"""

from __future__ import annotations

from typing import NamedTuple

from socialsim.core.compiled import compiled
from socialsim.engine.interface import Learner, Specification


class State(NamedTuple):
    """Nothing is remembered."""

    sincere: int


class Sincere(Learner):
    """Votes as it thinks.

    Examples
    --------
    >>> from socialsim.engine.interface import Discrete
    >>> Sincere().state(Specification(Discrete(3), facts={"sincere": 2}), 10).sincere
    2
    """

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the sincere action."""
        return State(int(specification.fact("sincere")))

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Vote."""
        return learner.sincere
