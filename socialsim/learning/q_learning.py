"""Tabular Q-learning (Watkins 1989).

An agent keeps a value Q(o, a) for each observation o and action a and, after acting, moves it towards what it got and
expects:

    Q(o_tm1, a_tm1) <- Q(o_tm1, a_tm1) + alpha [r_t + gamma max_a Q(o_t, a) - Q(o_tm1, a_tm1)]        ([Watkins1992]_,
    eq. 1)

It takes the action of the highest value, ties broken uniformly, except that with probability

    epsilon_t = epsilon exp(-beta t),    t = 0, 1, ... one's own number of actions so far,

it takes any action. With ``beta = 0`` it explores for ever.
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


class State(NamedTuple):
    """Values and how often each agent has acted."""

    alpha: float
    discount: float
    epsilon: float
    beta: float
    initial_value: float
    values: NDArray[np.float64]  # (num_agents, num_observations, num_actions)
    num_acts: NDArray[np.int64]  # (num_agents,)


@compiled
def greedy_action(values, stream):
    """Return the index of the highest value, uniformly among equals; draws only where there are equals."""
    best, ties = 0, 1
    for a in range(1, values.shape[0]):
        if values[a] > values[best]:
            best, ties = a, 1
        elif values[a] == values[best]:
            ties += 1
            if integer(stream, ties) == 0:
                best = a
    return best


class QLearning(Learner):
    """Learns the value of each action on each observation.

    Examples
    --------
    >>> QLearning(alpha=0.2, discount=0.95).alpha
    0.2
    """

    alpha: float = parameter(0.1, "learning rate", gt=0, le=1)
    discount: float = parameter(0.9, "discount factor gamma", unit="per step", ge=0, lt=1)
    epsilon: float = parameter(0.1, "initial chance of an action drawn uniformly", ge=0, le=1)
    beta: float = parameter(0.0, "rate at which exploration decays", unit="per action", ge=0)
    initial_value: float = parameter(0.0, "initial value of every action")

    source: ClassVar[str] = "Watkins & Dayan 1992, Machine Learning 8:279-292"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out one table for each agent."""
        shape = (num_agents, specification.num_observations, specification.num_actions)
        return State(
            alpha=self.alpha,
            discount=self.discount,
            epsilon=self.epsilon,
            beta=self.beta,
            initial_value=self.initial_value,
            values=np.full(shape, float(self.initial_value)),
            num_acts=np.zeros(num_agents, np.int64),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's highest value over observations and actions."""
        return {"highest_value": state.values.max(axis=(2, 3))}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Start with every value at its initial one."""
        learner.values[i, :, :] = learner.initial_value
        learner.num_acts[i] = 0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Explore with probability epsilon_t, else take the best action."""
        epsilon = learner.epsilon * math.exp(-learner.beta * learner.num_acts[i])
        learner.num_acts[i] += 1
        if uniform(stream) < epsilon:
            return integer(stream, learner.values.shape[2])
        return greedy_action(learner.values[i, observation], stream)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Move Q(o_tm1, a_tm1) towards r_t + gamma max Q(o_t, .)."""
        best = learner.values[i, next_observation, 0]
        for a in range(1, learner.values.shape[2]):
            best = max(best, learner.values[i, next_observation, a])
        error = reward + learner.discount * best - learner.values[i, observation, action]
        learner.values[i, observation, action] += learner.alpha * error
