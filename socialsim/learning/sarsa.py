"""Sarsa: Q-learning that expects of itself what it really does (Rummery & Niranjan 1994).

Where a Q-learner values the next observation by the best action on it, Sarsa values it by the action a_t that it then
takes, exploration included:

    Q(o_tm1, a_tm1) <- Q(o_tm1, a_tm1) + alpha [r_t + gamma Q(o_t, a_t) - Q(o_tm1, a_tm1)]     ([Sutton2018]_, eq. 6.7)

So it learns the value of the policy that it follows (on-policy), and keeps away from what is dangerous to somebody who
explores. a_t is known only after the next act; the update waits until then, which is the textbook's order. The last act
of a run therefore teaches nothing. Exploration, ties, ``patience`` and initial values are those of
`socialsim.learning.q_learning`.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.engine.interface import Specification
from socialsim.learning.q_learning import QLearning
from socialsim.learning.values import assign

NOTHING = -1

start_values = QLearning.initialise


class State(NamedTuple):
    """What a Q-learner holds, and the act that is still to be valued."""

    alpha: float
    discount: float
    epsilon: float
    decay: float  # exp(-beta)
    patience: int
    initial_values: NDArray[np.float64]  # (num_agents, num_observations, num_actions)
    values: NDArray[np.float64]  # (num_agents, num_observations, num_actions)
    greedy: NDArray[np.int32]  # (num_agents, num_observations), -1 where tied
    others: NDArray[np.float64]  # (num_agents, num_observations), no other action's value is higher
    exploration: NDArray[np.float64]  # (num_agents,), epsilon_t
    num_stable: NDArray[np.int64]  # (num_agents,), acts since the strategy last changed
    pending_observation: NDArray[np.int64]  # (num_agents,), o_tm1, -1 before the first act
    pending_action: NDArray[np.int64]  # (num_agents,), a_tm1
    pending_reward: NDArray[np.float64]  # (num_agents,), r_t


class Sarsa(QLearning):
    """Learns the value of each action on each observation under its own policy.

    Examples
    --------
    >>> Sarsa(alpha=0.2, discount=0.95).alpha
    0.2
    """

    source: ClassVar[str] = "Rummery & Niranjan 1994, Cambridge University CUED/F-INFENG/TR 166"

    def state(self, specification: Specification, num_agents: int) -> Any:
        """Lay out one table for each agent; no act is to be valued yet."""
        return State(
            *super().state(specification, num_agents),
            pending_observation=np.full(num_agents, NOTHING),
            pending_action=np.zeros(num_agents, np.int64),
            pending_reward=np.zeros(num_agents),
        )

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget everything."""
        start_values(learner, i, stream)
        learner.pending_observation[i] = NOTHING

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Value the act before this one, by choice or by force; keep this one for later."""
        if learner.pending_observation[i] >= 0:
            o, a = learner.pending_observation[i], learner.pending_action[i]
            old = learner.values[i, o, a]
            target = learner.pending_reward[i] + learner.discount * learner.values[i, observation, action]
            is_stable = assign(learner, i, o, a, old + learner.alpha * (target - old))
            learner.num_stable[i] = learner.num_stable[i] + 1 if is_stable else 0
        learner.pending_observation[i] = observation
        learner.pending_action[i] = action
        learner.pending_reward[i] = reward
