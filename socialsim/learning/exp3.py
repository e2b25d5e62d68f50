"""Exp3: exponential weights for exploration and exploitation, against any sequence of rewards (Auer et al. 2002).

An agent knows nothing but what the action that it took has paid, scaled to x_t in [0, 1]. Of K actions it takes

    p_t(a) = (1 - gamma) w_t(a) / sum_b w_t(b) + gamma / K                                          ([Auer2002]_, Exp3)

and gives the one that it took a weight as if it were the average over many tries:

    w_{t+1}(a_t) = w_t(a_t) exp[gamma x_t / (K p_t(a_t))],    w_1 = 1.

Whatever the rewards, even if somebody chooses them who knows the rule, the expected sum of rewards falls behind that of
the best single action by at most

    (e - 1) gamma G + K ln K / gamma,    G the best action's sum                            ([Auer2002]_, theorem 3.1)

in units of the range of rewards. Rewards outside the range count as its nearer end. Weights are kept as logarithms, so
that an action that has fallen far behind can come back.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import categorical, integer, uniform
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.knowledge import reward_ends

FAR = 300.0  # largest logarithm of a weight


class State(NamedTuple):
    """Weights, in logarithms and relative to a reference that follows the largest."""

    gamma: float
    reward_low: float
    reward_range: float
    log_weights: NDArray[np.float64]  # (num_agents, num_actions)
    weights: NDArray[np.float64]  # (num_agents, num_actions), exp(log_weight - reference)
    reference: NDArray[np.float64]  # (num_agents,)


@compiled
def chance_of(learner, i, action):
    """Return p(a), the chance that agent i takes an action."""
    num_actions = learner.weights.shape[1]
    total = 0.0
    for a in range(num_actions):
        total += learner.weights[i, a]
    return (1.0 - learner.gamma) * learner.weights[i, action] / total + learner.gamma / num_actions


class Exp3(Learner):
    """Holds its own against any rewards; must know between which ends they lie, and cuts others to the nearer end.

    Examples
    --------
    >>> Exp3(gamma=0.05).gamma
    0.05
    """

    gamma: float = parameter(0.1, "share of acts that are drawn uniformly, and speed of learning", gt=0, le=1)
    reward_low: float | None = parameter(None, "lowest reward; if not given, as the environment tells", unit="reward")
    reward_high: float | None = parameter(None, "highest reward; if not given, as the environment tells", unit="reward")

    source: ClassVar[str] = "Auer, Cesa-Bianchi, Freund & Schapire 2002, SIAM Journal on Computing 32:48-77"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Start with equal weights."""
        low, high = reward_ends(self.name(), specification, self.reward_low, self.reward_high)
        shape = (num_agents, specification.num_actions)
        return State(self.gamma, low, high - low, np.zeros(shape), np.ones(shape), np.zeros(num_agents))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how certain each agent is: the largest chance of an action."""
        share = state.weights.max(axis=2) / state.weights.sum(axis=2)
        return {"certainty": (1.0 - self.gamma) * share + self.gamma / state.weights.shape[2]}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget everything."""
        learner.reference[i] = 0.0
        for a in range(learner.weights.shape[1]):
            learner.log_weights[i, a] = 0.0
            learner.weights[i, a] = 1.0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Take any action with probability gamma, else one in proportion to its weight."""
        if uniform(stream) < learner.gamma:
            return integer(stream, learner.weights.shape[1])
        return categorical(stream, learner.weights[i])

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action."""
        for a in range(learner.weights.shape[1]):
            out[a] = chance_of(learner, i, a)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Raise the weight of what was done, by the reward over its chance."""
        scaled = min(max((reward - learner.reward_low) / learner.reward_range, 0.0), 1.0)
        gain = scaled / chance_of(learner, i, action)
        learner.log_weights[i, action] += learner.gamma * gain / learner.weights.shape[1]
        if learner.log_weights[i, action] > learner.reference[i] + FAR:
            learner.reference[i] = learner.log_weights[i, action]
            for a in range(learner.weights.shape[1]):
                learner.weights[i, a] = math.exp(learner.log_weights[i, a] - learner.reference[i])
        else:
            learner.weights[i, action] = math.exp(learner.log_weights[i, action] - learner.reference[i])
