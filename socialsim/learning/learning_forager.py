"""A forager who learns how much to leave: trial and error over the restraint of a cautious one.

In a commons on a plane a whole rule can be learnt where single steps say little: what an apple left today is worth
shows hundreds of steps later. So this agent forages as `cautious` does (`socialsim.learning.foragers`), leaving an
apple that has fewer than k others around it, and learns k. It keeps to one k of 0, ..., K for a **trial** of so many
steps, best an episode, and moves the value of that k towards what a step of the trial paid:

    V(k) <- V(k) + alpha (mean reward - V(k)),    V(k) <- mean reward after the first trial of k.

The next trial has the k of the highest value, ties broken uniformly, or, with probability epsilon, any; a k that was
never tried comes first. It is a bandit of K + 1 arms ([Sutton2018]_, section 2.4), and a search among policies of one
parameter. With a social preference it learns from what others get too.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Specification
from socialsim.grids.plane import joined
from socialsim.learning.foragers import RADIUS, Greedy
from socialsim.learning.sight import forage, look
from socialsim.learning.values import greedy_action


class Search(NamedTuple):
    """The fields of the learner beside those of its sight."""

    alpha: float
    epsilon: float
    trial: int
    values: NDArray[np.float64]  # (num_agents, K + 1), mean reward of a step; infinite before the first trial
    num_left: NDArray[np.int64]  # (num_agents,), k of this trial
    steps: NDArray[np.int64]  # (num_agents,), of this trial so far
    gained: NDArray[np.float64]  # (num_agents,), in this trial


class LearningForager(Greedy):
    """Learns how many apples must be left around one that it takes.

    Examples
    --------
    >>> LearningForager(most_left=3).trial
    1000
    """

    most_left: int = parameter(4, "most other apples that it may learn to leave around one, K", unit="apples", ge=1)
    radius: float = parameter(
        0.0, "Euclidean distance that counts as around; 0: the one of growth, or 2", unit="cells", ge=0, le=10
    )
    trial: int = parameter(1000, "steps for which it keeps to one k", unit="steps", ge=1)
    alpha: float = parameter(0.2, "learning rate; 0: none", ge=0, le=1)
    epsilon: float = parameter(0.2, "chance of any k", unit="per trial", ge=0, le=1)

    source: ClassVar[str] = "Sutton & Barto 2018, Reinforcement Learning, section 2.4"

    def _restraint(self, facts: Any) -> dict[str, Any]:
        return {"radius": self.radius or facts.get("growth_radius", RADIUS)}

    def state(self, specification: Specification, num_agents: int) -> Any:
        """Lay out sight and values."""
        own = Search(
            alpha=self.alpha,
            epsilon=self.epsilon,
            trial=self.trial,
            values=np.full((num_agents, self.most_left + 1), math.inf),
            num_left=np.zeros(num_agents, np.int64),
            steps=np.zeros(num_agents, np.int64),
            gained=np.zeros(num_agents),
        )
        return joined(super().state(specification, num_agents), own)

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return what each agent leaves at present."""
        return {"num_left": state.num_left}

    def frozen(self, state: Any) -> tuple[LearningForager, dict[str, NDArray[Any]]]:
        """Return the learner that goes on without learning and exploring, and what to write into its state; a k that
        was never tried is not tried then either, if another was.
        """
        is_tried = np.isfinite(state.values)
        is_left = ~is_tried & is_tried.any(axis=-1, keepdims=True)
        return self.replace(alpha=0.0, epsilon=0.0), {"values": np.where(is_left, -math.inf, state.values)}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget all trials."""
        learner.steps[i] = 0
        for k in range(learner.values.shape[1]):
            learner.values[i, k] = math.inf

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Begin a trial where the last one is over, and forage."""
        if learner.steps[i] == 0:
            learner.gained[i] = 0.0
            if uniform(stream) < learner.epsilon:
                learner.num_left[i] = integer(stream, learner.values.shape[1])
            else:
                learner.num_left[i] = greedy_action(learner.values[i], stream)
        look(learner, observation)
        return forage(learner, learner.num_left[i], stream)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Count the reward; at the end of a trial move the value of what was tried."""
        learner.gained[i] += reward
        learner.steps[i] += 1
        if learner.steps[i] == learner.trial:
            learner.steps[i] = 0
            mean = learner.gained[i] / learner.trial
            value = learner.values[i, learner.num_left[i]]
            if learner.alpha > 0.0:
                value = mean if math.isinf(value) else value + learner.alpha * (mean - value)
            learner.values[i, learner.num_left[i]] = value
