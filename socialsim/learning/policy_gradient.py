"""Policy gradient: REINFORCE with a softmax policy and a running baseline (Williams 1992).

An agent keeps a preference theta(o, a) for each observation o and action a, and acts by the softmax policy

    pi(a | o) = exp theta(o, a) / sum_k exp theta(o, k).

The gradient of its expected reward is E[(r - b) grad ln pi(a | o)] for any baseline b that does not depend on a, and
d ln pi(a | o) / d theta(o, k) = 1[k = a] - pi(k | o); hence, after the reward of an action,

    theta(o, k) <- theta(o, k) + alpha (r - b) (1[k = a] - pi(k | o))      for all k,
    b           <- b + beta (r - b)

([Williams1992]_, theorem 1). The baseline is a running mean of rewards and only makes steps smaller. The reward that
counts is the immediate one. The sum of theta(o, .) never changes.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.logit import logit_chances


class State(NamedTuple):
    """Preferences, and what rewards are compared with."""

    alpha: float
    baseline_rate: float
    preferences: NDArray[np.float64]  # (num_agents, num_observations, num_actions), theta
    policy: NDArray[np.float64]  # (num_agents, num_actions), pi(. | o) of the observation at hand
    baseline: NDArray[np.float64]  # (num_agents,), b


@compiled
def update_policy(learner, i, observation):
    """Write pi(. | observation) of agent i; the largest preference is taken out, so that nothing overflows."""
    largest = learner.preferences[i, observation, 0]
    for a in range(1, learner.policy.shape[1]):
        largest = max(largest, learner.preferences[i, observation, a])
    total = 0.0
    for a in range(learner.policy.shape[1]):
        learner.policy[i, a] = math.exp(learner.preferences[i, observation, a] - largest)
        total += learner.policy[i, a]
    for a in range(learner.policy.shape[1]):
        learner.policy[i, a] /= total


class PolicyGradient(Learner):
    """Climbs the expected reward of a softmax policy.

    Examples
    --------
    >>> PolicyGradient(alpha=0.05).alpha
    0.05
    """

    alpha: float = parameter(0.1, "step size of preferences", unit="per reward", gt=0)
    baseline_rate: float = parameter(0.01, "rate beta at which the baseline follows rewards", ge=0, le=1)

    source: ClassVar[str] = "Williams 1992, Machine Learning 8:229-256"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Start indifferent between all actions."""
        num_observations, num_actions = specification.num_observations, specification.num_actions
        return State(
            alpha=self.alpha,
            baseline_rate=self.baseline_rate,
            preferences=np.zeros((num_agents, num_observations, num_actions)),
            policy=np.full((num_agents, num_actions), 1.0 / num_actions),
            baseline=np.zeros(num_agents),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's baseline, and how certain its last choice was: the largest chance of an action."""
        return {"baseline": state.baseline, "certainty": state.policy.max(axis=2)}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget everything."""
        learner.preferences[i, :, :] = 0.0
        learner.policy[i, :] = 1.0 / learner.policy.shape[1]
        learner.baseline[i] = 0.0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Draw from the policy."""
        update_policy(learner, i, observation)
        left = uniform(stream)
        last = learner.policy.shape[1] - 1
        for a in range(last):
            left -= learner.policy[i, a]
            if left < 0.0:
                return a
        return last

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action."""
        logit_chances(learner.preferences[i, observation], 1.0, out)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Move preferences along the gradient of ln pi, in proportion to what the reward exceeds the baseline by."""
        advantage = reward - learner.baseline[i]
        for a in range(learner.policy.shape[1]):
            learner.preferences[i, observation, a] -= learner.alpha * advantage * learner.policy[i, a]
        learner.preferences[i, observation, action] += learner.alpha * advantage
        learner.baseline[i] += learner.baseline_rate * advantage
