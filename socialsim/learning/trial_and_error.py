"""Interactive trial and error: moods decide when to experiment, wait and search ([Young2009]_, section 3).

An agent knows neither the game nor the other players. It holds a benchmark action a*, a benchmark payoff u* and a mood.
After acting it compares its payoff u with u*:

    content     plays a*, or with probability epsilon another action, as an experiment
                experiment with u > u*: benchmarks become (a, u); else they stay. Without an experiment:
                u > u*: hopeful,  u < u*: watchful,  u = u*: content
    hopeful     plays a*.   u > u*: content with u* = u,   u = u*: content,   u < u*: watchful
    watchful    plays a*.   u > u*: hopeful,   u = u*: content,   u < u*: discontent
    discontent  plays any action; with probability phi(u, u*) it becomes content with benchmarks (a, u)

    phi(u, u*) = 1 / (1 + exp[(u* - u) / scale])

Others' experiments last one round, so that hope or worry ends with them; a change that lasts two rounds is taken for
one of behaviour. Theorem ([Young2009]_, theorem 1): in a game of generic payoffs that is interdependent and has a pure
Nash equilibrium, for every delta > 0 and small enough epsilon a pure Nash equilibrium is played at least a share
1 - delta of all rounds. Any phi will do that rises in u, falls in u* and stays away from 0 and 1. All begin discontent
with u* = 0.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Learner, Specification

CONTENT, HOPEFUL, WATCHFUL, DISCONTENT = range(4)
LARGEST = 700.0  # exp of more is beyond the largest float, which math.exp refuses and compiled code does not


class State(NamedTuple):
    """Benchmarks and moods."""

    epsilon: float
    scale: float
    num_actions: int
    mood: NDArray[np.int64]  # (num_agents,)
    action: NDArray[np.int64]  # (num_agents,), a*
    payoff: NDArray[np.float64]  # (num_agents,), u*


class TrialAndError(Learner):
    """Experiments now and then while content, and searches when things get worse for good.

    Examples
    --------
    >>> TrialAndError(epsilon=0.01).epsilon
    0.01
    """

    epsilon: float = parameter(0.02, "chance of an experiment while content", unit="per action", gt=0, lt=1)
    scale: float = parameter(
        1.0, "difference of payoffs that matters to who searches for a new benchmark", unit="reward", gt=0
    )

    source: ClassVar[str] = "Young 2009, Games and Economic Behavior 65:626-643"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out moods and benchmarks."""
        return State(
            epsilon=self.epsilon,
            scale=self.scale,
            num_actions=specification.num_actions,
            mood=np.full(num_agents, DISCONTENT),
            action=np.zeros(num_agents, np.int64),
            payoff=np.zeros(num_agents),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return whether each agent is content, and its benchmark payoff."""
        return {"content": (state.mood == CONTENT).astype(float), "benchmark": state.payoff}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Begin discontent."""
        learner.mood[i] = DISCONTENT
        learner.action[i] = 0
        learner.payoff[i] = 0.0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Play the benchmark, experiment or search."""
        if learner.mood[i] == DISCONTENT:
            return integer(stream, learner.num_actions)
        if learner.mood[i] == CONTENT and learner.num_actions > 1 and uniform(stream) < learner.epsilon:
            return (learner.action[i] + 1 + integer(stream, learner.num_actions - 1)) % learner.num_actions
        return learner.action[i]

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Let the mood follow from the payoff."""
        mood = learner.mood[i]
        if mood == DISCONTENT:
            loss = (learner.payoff[i] - reward) / learner.scale
            accepts = 1.0 / (1.0 + math.exp(min(loss, LARGEST)))
            if uniform(stream) < accepts:
                learner.mood[i], learner.action[i], learner.payoff[i] = CONTENT, action, reward
        elif action != learner.action[i]:
            if mood == CONTENT and reward > learner.payoff[i]:
                learner.action[i], learner.payoff[i] = action, reward
        elif reward > learner.payoff[i]:
            if mood == HOPEFUL:
                learner.payoff[i] = reward
            learner.mood[i] = CONTENT if mood == HOPEFUL else HOPEFUL
        elif reward < learner.payoff[i]:
            learner.mood[i] = DISCONTENT if mood == WATCHFUL else WATCHFUL
        else:
            learner.mood[i] = CONTENT
