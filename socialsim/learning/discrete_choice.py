"""Discrete choice: what has paid well is chosen by many, the more so the higher the intensity of choice.

An agent sees what each action a has just paid, or would have paid, u_t(a). Its fitness remembers the past with weight
w, and the chance of an action is

    U_t(a) = u_t(a) + w U_{t-1}(a)                                                      ([Brock1998]_, section 2.1)
    P_{t+1}(a) = exp[beta U_t(a)] / sum_b exp[beta U_t(b)]

With beta = 0 all actions are equally likely, with beta -> infinity and w = 0 everybody does what has just paid most.
With w = 1 it is the exponential weights of online learning. Agents who see the same payoffs have the same chances, so
that a large population splits as P: the "adaptive belief system". It is the corner delta = kappa = 1, phi = w of
`socialsim.learning.experience_weighted_attraction`, apart from the first choice, which here knows the payoffs that it
sees.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.knowledge import needs_foregone_payoffs
from socialsim.learning.logit import logit_chances, logit_choice


class State(NamedTuple):
    """What each agent remembers of what actions have paid."""

    beta: float
    memory: float
    past: NDArray[np.float64]  # (num_agents, num_actions), U as it was before the payoffs now seen
    fitness: NDArray[np.float64]  # (num_agents, num_actions), U at the last choice
    weights: NDArray[np.float64]  # (num_agents, num_actions), proportional to the chances at the last choice


class DiscreteChoice(Learner):
    """Chooses by logit among actions whose payoffs it sees.

    Examples
    --------
    >>> DiscreteChoice(beta=2.5).beta
    2.5
    """

    beta: float = parameter(1.0, "intensity of choice", unit="per reward", ge=0)
    memory: float = parameter(0.0, "weight w of past payoffs", unit="per step", ge=0, le=1)

    source: ClassVar[str] = "Brock & Hommes 1998, J. Economic Dynamics and Control 22:1235-1274"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Remember nothing."""
        shape = (num_agents, needs_foregone_payoffs(self.name(), specification))
        return State(self.beta, self.memory, np.zeros(shape), np.zeros(shape), np.ones(shape))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how certain each agent's last choice was: the largest chance of an action."""
        return {"certainty": state.weights.max(axis=2) / state.weights.sum(axis=2)}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget everything."""
        for a in range(learner.past.shape[1]):
            learner.past[i, a] = 0.0
            learner.weights[i, a] = 1.0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Choose by logit on the payoffs seen and remembered."""
        for a in range(learner.past.shape[1]):
            learner.fitness[i, a] = observation[a] + learner.memory * learner.past[i, a]
        return logit_choice(learner.fitness[i], learner.beta, learner.weights[i], stream)

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action on the payoffs seen and remembered."""
        for a in range(learner.past.shape[1]):
            out[a] = observation[a] + learner.memory * learner.past[i, a]
        logit_chances(out, learner.beta, out)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Keep the fitness on which one has chosen; the next payoffs are added when they are seen."""
        for a in range(learner.past.shape[1]):
            learner.past[i, a] = learner.fitness[i, a]
