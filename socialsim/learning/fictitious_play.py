"""Fictitious play: reply best to what the others have done so far (Brown 1951).

An agent believes that the others will play as they have played, all rounds weighing the same. Against that belief an
action's expected payoff is the average of what it would have paid in each round, u_s(a), and the agent takes

    a_{t+1} in argmax_a  (1/t) sum_{s <= t} u_s(a),    ties broken uniformly                           ([Brown1951]_),

so that the first action is any. With several others the belief is the frequency of their joint acts. Where the
frequencies of play converge, they converge to a Nash equilibrium. They do in zero-sum games of two ([Robinson1951]_),
but not in all: in Shapley's game, 3 by 3, they cycle for ever, with cycles that get longer geometrically
([Shapley1964]_). Belief learning in which old rounds fade is `socialsim.learning.experience_weighted_attraction`.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.knowledge import needs_foregone_payoffs
from socialsim.learning.values import greedy_action


class State(NamedTuple):
    """What each action would have paid so far."""

    totals: NDArray[np.float64]  # (num_agents, num_actions), sums over rounds
    num_rounds: NDArray[np.int64]  # (num_agents,)


class FictitiousPlay(Learner):
    """Replies best to the past; needs an environment that shows what each action would have paid.

    Examples
    --------
    >>> FictitiousPlay().name()
    'fictitious_play'
    """

    source: ClassVar[str] = "Brown 1951, Activity Analysis of Production and Allocation, 374-376"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Start without a past."""
        num_actions = needs_foregone_payoffs(self.name(), specification)
        return State(np.zeros((num_agents, num_actions)), np.zeros(num_agents, np.int64))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the payoff that each agent expects of its best reply; NaN before the first round."""
        rounds = np.where(state.num_rounds > 0, state.num_rounds, math.nan)
        return {"expected_payoff": state.totals.max(axis=2) / rounds}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget everything."""
        learner.num_rounds[i] = 0
        for a in range(learner.totals.shape[1]):
            learner.totals[i, a] = 0.0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Reply best to the past."""
        return greedy_action(learner.totals[i], stream)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Add what each action would have paid."""
        learner.num_rounds[i] += 1
        for a in range(learner.totals.shape[1]):
            learner.totals[i, a] += next_observation[a]
