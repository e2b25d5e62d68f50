"""Tabular Q-learning (Watkins 1989).

An agent keeps a value Q(o, a) for each observation o and action a and, after acting, moves it towards what it got and
expects:

    Q(o_tm1, a_tm1) <- Q(o_tm1, a_tm1) + alpha [r_t + gamma max_a Q(o_t, a) - Q(o_tm1, a_tm1)]        ([Watkins1992]_,
    eq. 1)

It takes the action of the highest value, ties broken uniformly, except that with probability

    epsilon_t = epsilon exp(-beta t),    t = 0, 1, ... one's own number of actions so far,

it takes any action. With ``beta = 0`` it explores for ever. With a ``patience`` it has **settled** when its greedy
action on what it observed has stayed the same at so many acts in a row: since an update touches no other row, its whole
strategy has then stayed the same.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.values import TIED, assign, chances, choose, forget, greedy_policy, highest_value, initial_table


class State(NamedTuple):
    """Values, the greedy action of each row, and how much each agent explores."""

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
    initial_value: float | Literal["uniform_rivals"] = parameter(
        0.0, "initial value of every action; uniform_rivals: what it would pay for ever if all others acted at random"
    )
    patience: int = parameter(
        0, "acts without a change of strategy after which one has settled; 0: never", unit="actions", ge=0
    )

    source: ClassVar[str] = "Watkins & Dayan 1992, Machine Learning 8:279-292"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out one table for each agent."""
        initial_values = initial_table(specification, num_agents, self.initial_value, self.discount)
        return State(
            alpha=self.alpha,
            discount=self.discount,
            epsilon=self.epsilon,
            decay=math.exp(-self.beta),
            patience=self.patience,
            initial_values=initial_values,
            values=initial_values.copy(),
            greedy=np.full(initial_values.shape[:2], TIED, np.int32),
            others=np.full(initial_values.shape[:2], -math.inf),
            exploration=np.full(num_agents, self.epsilon),
            num_stable=np.zeros(num_agents, np.int64),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's highest value over observations and actions."""
        return {"highest_value": state.values.max(axis=(2, 3))}

    def policy(self, state: State) -> NDArray[np.int64]:
        """Return the greedy action on each observation, shape (num_runs, num_agents, num_observations)."""
        return greedy_policy(state)

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Start with every value at its initial one."""
        forget(learner, i)
        learner.exploration[i] = learner.epsilon
        learner.num_stable[i] = 0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Explore with probability epsilon_t, else take the best action."""
        epsilon = learner.exploration[i]
        learner.exploration[i] = epsilon * learner.decay
        return choose(learner, i, observation, epsilon, stream)

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action at the next act."""
        chances(learner.values[i, observation], learner.exploration[i], out)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Move Q(o_tm1, a_tm1) towards r_t + gamma max Q(o_t, .)."""
        old = learner.values[i, observation, action]
        best = highest_value(learner, i, next_observation)
        value = old + learner.alpha * (reward + learner.discount * best - old)
        is_stable = assign(learner, i, observation, action, value)
        learner.num_stable[i] = learner.num_stable[i] + 1 if is_stable else 0

    @staticmethod
    @compiled
    def settled(learner, i):
        """Return 0 once the strategy has not changed for long enough, else -1."""
        return 0 if learner.patience > 0 and learner.num_stable[i] >= learner.patience else -1
