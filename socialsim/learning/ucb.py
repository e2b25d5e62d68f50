"""UCB1: optimism in the face of uncertainty (Auer, Cesa-Bianchi & Fischer 2002).

An agent takes the action whose mean reward could be the highest. After n acts, n_a of them a with the mean reward m_a,
rewards scaled to [0, 1], it takes the action of the highest upper confidence bound

    m_a + sqrt(2 ln n / n_a)                                                        ([AuerFischer2002]_, figure 1),

and first of all each action once, in random order. If rewards of an action are independent draws, one whose mean falls
short of the best by D is expected to be taken at most

    8 ln n / D^2 + 1 + pi^2 / 3                                                      ([AuerFischer2002]_, theorem 1)

times. A reward outside the range that was given is scaled like any other, to less than 0 or more than 1, and then the
theorem does not hold: the range must be that of the rewards. Among other learners rewards are no such draws and nothing
of the kind holds; and the rule is deterministic once each action has been tried, so that two who saw the same go on in
step.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.knowledge import reward_ends
from socialsim.learning.values import greedy_action


class State(NamedTuple):
    """What each action has paid."""

    reward_low: float
    reward_range: float
    means: NDArray[np.float64]  # (num_agents, num_actions), of scaled rewards
    num_taken: NDArray[np.int64]  # (num_agents, num_actions)
    num_acts: NDArray[np.int64]  # (num_agents,)
    bounds: NDArray[np.float64]  # (num_agents, num_actions), upper confidence bounds at the last act


class Ucb1(Learner):
    """Takes what could be the best; must know between which ends rewards lie. Rewards beyond are not cut.

    Examples
    --------
    >>> Ucb1().name()
    'ucb1'
    """

    reward_low: float | None = parameter(None, "lowest reward; if not given, as the environment tells", unit="reward")
    reward_high: float | None = parameter(None, "highest reward; if not given, as the environment tells", unit="reward")

    source: ClassVar[str] = "Auer, Cesa-Bianchi & Fischer 2002, Machine Learning 47:235-256"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Start with nothing tried."""
        low, high = reward_ends(self.name(), specification, self.reward_low, self.reward_high)
        shape = (num_agents, specification.num_actions)
        return State(
            reward_low=low,
            reward_range=high - low,
            means=np.zeros(shape),
            num_taken=np.zeros(shape, np.int64),
            num_acts=np.zeros(num_agents, np.int64),
            bounds=np.zeros(shape),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how settled each agent is: the share of its acts that were the commonest one; NaN before the first."""
        acts = np.where(state.num_acts > 0, state.num_acts, math.nan)
        return {"commonest_share": state.num_taken.max(axis=2) / acts}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget everything."""
        learner.num_acts[i] = 0
        for a in range(learner.means.shape[1]):
            learner.means[i, a] = 0.0
            learner.num_taken[i, a] = 0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Take the action of the highest bound, which is infinite before the first try."""
        spread = 2.0 * math.log(max(learner.num_acts[i], 1))
        for a in range(learner.means.shape[1]):
            if learner.num_taken[i, a] == 0:
                learner.bounds[i, a] = math.inf
            else:
                learner.bounds[i, a] = learner.means[i, a] + math.sqrt(spread / learner.num_taken[i, a])
        return greedy_action(learner.bounds[i], stream)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Move the mean of what was done."""
        scaled = (reward - learner.reward_low) / learner.reward_range
        learner.num_acts[i] += 1
        learner.num_taken[i, action] += 1
        learner.means[i, action] += (scaled - learner.means[i, action]) / learner.num_taken[i, action]
