"""Bounded confidence, two at a time (Deffuant and others).

    x_i' = x_i + mu (x_j - x_i)    if |x_j - x_i| < epsilon, else x_i

when i meets j. Source: [Deffuant2000]_ (Adv. Complex Systems 3:87-98), where epsilon is called d.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Learner, Specification

SEEN = "opinion, opinion met"


class State(NamedTuple):
    """Nothing is remembered."""

    confidence: float
    pace: float


class Deffuant(Learner):
    """Moves towards whom it meets, if they are not too far apart.

    Examples
    --------
    >>> Deffuant(confidence=0.3).pace
    0.5
    """

    confidence: float = parameter(0.2, "distance epsilon from which on a meeting is in vain", ge=0, le=2)
    pace: float = parameter(0.5, "share mu of the distance by which one moves", ge=0, le=1)

    source: ClassVar[str] = "Deffuant, Neau, Amblard & Weisbuch 2000, Adv. Complex Systems 3:87-98"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the constants."""
        if specification.facts.get("observation") != SEEN:
            raise ParameterError(f"learner: 'deffuant' needs an environment in which agents meet and see: {SEEN}")
        return State(self.confidence, self.pace)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return the next opinion."""
        distance = observation[1] - observation[0]
        return observation[0] + learner.pace * distance * (abs(distance) < learner.confidence)  # no branch
