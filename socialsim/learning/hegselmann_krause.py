"""Bounded confidence, all at once (Hegselmann and Krause).

    x_i(t+1) = mean of {x_j(t): |x_j(t) - x_i(t)| <= epsilon}

over oneself and those whom i hears; on a weighted network the mean is weighted, with weight 1 for oneself. A medium
counts as one more source if it lies within epsilon. Source: [Hegselmann2002]_ (JASSS 5(3)2).
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.degroot import medium_weight


class State(NamedTuple):
    """Sums over the opinions that one has listened to in this step."""

    confidence: float
    medium_weight: float
    own: NDArray[np.float64]  # (num_agents,), one's opinion
    total: NDArray[np.float64]  # (num_agents,)
    weight: NDArray[np.float64]  # (num_agents,)


class HegselmannKrause(Learner):
    """Averages the opinions that are not too far from its own.

    Examples
    --------
    >>> HegselmannKrause(confidence=0.25).confidence
    0.25
    """

    confidence: float = parameter(0.2, "largest distance epsilon of an opinion that one listens to", ge=0, le=1)

    source: ClassVar[str] = "Hegselmann & Krause 2002, JASSS 5(3)2"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out the sums."""
        weight = medium_weight(specification, self.name())
        return State(self.confidence, weight, np.zeros(num_agents), np.zeros(num_agents), np.zeros(num_agents))

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return nothing: opinions are the environment's."""
        return {}

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        """State one's opinion, the first that one listens to."""
        learner.own[i] = observation[0]
        learner.total[i] = observation[0]
        learner.weight[i] = 1.0
        return observation[0]

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        """Listen to what lies within epsilon."""
        trust = weight if abs(message - learner.own[i]) <= learner.confidence else 0.0
        learner.total[i] += trust * message
        learner.weight[i] += trust

    @staticmethod
    @compiled
    def reach(learner, i):
        """Return epsilon."""
        return learner.confidence

    @staticmethod
    @compiled
    def hear_near(learner, i, total, count):
        """Listen to all that lies within epsilon, one's own opinion included."""
        learner.total[i] = total
        learner.weight[i] = count

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return the mean of the opinions that one has listened to."""
        total, weight = learner.total[i], learner.weight[i]
        if abs(observation[2] - observation[0]) <= learner.confidence:  # never where there is no medium, NaN
            total += learner.medium_weight * observation[2]
            weight += learner.medium_weight
        return total / weight
