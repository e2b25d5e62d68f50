"""Weighted means of opinions with a pull back to one's first opinion (Friedkin and Johnsen).

    x_i(t+1) = lambda [w x_i(t) + (1 - w) sum_j p_ij x_j(t)] + (1 - lambda) x_i(0)

with the susceptibility lambda and the mean of `socialsim.learning.degroot`, whose rule it is at lambda = 1. Where
lambda < 1 opinions converge, and in general not to consensus. One's first opinion is what one first sees oneself to
hold; who enters anew starts anew. Source: [Friedkin1990]_ (J. Mathematical Sociology 15:193-206).
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.degroot import mean_heard, medium_weight


class State(NamedTuple):
    """What was heard in this step, and everybody's first opinion."""

    susceptibility: float
    self_weight: float
    medium_weight: float
    total: NDArray[np.float64]  # (num_agents,), weighted sum of the opinions heard
    first: NDArray[np.float64]  # (num_agents,), NaN before the first step


class FriedkinJohnsen(Learner):
    """Averages what it hears, and holds on to its first opinion.

    Examples
    --------
    >>> FriedkinJohnsen(susceptibility=0.6).self_weight
    0.0
    """

    susceptibility: float = parameter(0.8, "weight lambda of others against one's first opinion", ge=0, le=1)
    self_weight: float = parameter(0.0, "weight w of one's own opinion among those averaged", ge=0, le=1)

    source: ClassVar[str] = "Friedkin & Johnsen 1990, J. Math. Sociol. 15:193-206"
    additive: ClassVar[frozenset[str]] = frozenset({"hear"})

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out the sums; first opinions are yet to be seen."""
        weight = medium_weight(specification, self.name())
        return State(
            self.susceptibility, self.self_weight, weight, np.zeros(num_agents), first=np.full(num_agents, np.nan)
        )

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return nothing: opinions are the environment's."""
        return {}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget one's first opinion."""
        learner.first[i] = math.nan

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        """State one's opinion, and remember it if it is the first."""
        if math.isnan(learner.first[i]):
            learner.first[i] = observation[0]
        return observation[0]

    @staticmethod
    @compiled
    def hear(learner, i, total):
        """Keep the weighted sum of what was heard."""
        learner.total[i] = total

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return the mean, pulled back to one's first opinion."""
        heard = mean_heard(observation, learner.total[i], learner.medium_weight)
        social = learner.self_weight * observation[0] + (1.0 - learner.self_weight) * heard
        return learner.susceptibility * social + (1.0 - learner.susceptibility) * learner.first[i]
