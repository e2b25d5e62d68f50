"""Weighted means of opinions (DeGroot).

    x_i(t+1) = w x_i(t) + (1 - w) sum_j p_ij x_j(t),    p_ij = w_ij / sum_k w_ik,

over those j whom i hears, with the weights w_ij of the edges and w that of one's own opinion; a medium counts as one
more source. Whoever hears nobody keeps their opinion. On a bipartite network w = 0 lets the two sides swap opinions for
ever; any other w is a cure. Source: [DeGroot1974]_ (JASA 69:118-121).
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Learner, Specification

SEEN = "opinion, weight heard, opinion of the medium"


class State(NamedTuple):
    """What was heard in this step."""

    self_weight: float
    medium_weight: float
    total: NDArray[np.float64]  # (num_agents,), weighted sum of the opinions heard


def medium_weight(specification: Specification, name: str) -> float:
    """Return the weight of the medium, or refuse an environment in which opinions are not deliberated on."""
    if specification.facts.get("observation") != SEEN:
        raise ParameterError(f"learner: {name!r} needs an environment in which agents see: {SEEN}")
    return float(specification.fact("medium_weight"))


@compiled
def mean_heard(observation, total, weight_of_medium):
    """Return the weighted mean of what was heard, the medium included; one's own opinion where there was nothing."""
    weight = observation[1]
    if not math.isnan(observation[2]):
        total += weight_of_medium * observation[2]
        weight += weight_of_medium
    return total / weight if weight > 0.0 else observation[0]


class Degroot(Learner):
    """Averages what it hears with its own opinion.

    Examples
    --------
    >>> Degroot(self_weight=0.2).self_weight
    0.2
    """

    self_weight: float = parameter(0.5, "weight w of one's own opinion", ge=0, le=1)

    source: ClassVar[str] = "DeGroot 1974, JASA 69:118-121"
    additive: ClassVar[frozenset[str]] = frozenset({"hear"})

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out the sums."""
        return State(self.self_weight, medium_weight(specification, self.name()), np.zeros(num_agents))

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return nothing: opinions are the environment's."""
        return {}

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        """State one's opinion."""
        return observation[0]

    @staticmethod
    @compiled
    def hear(learner, i, total):
        """Keep the weighted sum of what was heard."""
        learner.total[i] = total

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return the weighted mean of one's own opinion and those heard."""
        heard = mean_heard(observation, learner.total[i], learner.medium_weight)
        return learner.self_weight * observation[0] + (1.0 - learner.self_weight) * heard
