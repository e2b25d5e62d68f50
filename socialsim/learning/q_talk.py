"""Q-learning of what to say and of what to do when something is said.

A sender keeps a value for each message on each state that it observes, a receiver for each action on each message that
it hears, and both learn, explore and choose as in `socialsim.learning.q_learning` ([Watkins1992]_). Since the next
state of nature depends on nothing that was said, the future is left out:

    Q(o, a) <- Q(o, a) + alpha [r - Q(o, a)]

The sender's act is its message. On a noisy channel (the fact ``misheard``) what is heard is, with that chance, any
message.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Discrete, Learner, Specification
from socialsim.learning.q_learning import QLearning
from socialsim.learning.values import assign, choose, forget


class State(NamedTuple):
    """A `socialsim.learning.q_learning.State` without discount and patience; which row was chosen from."""

    alpha: float
    epsilon: float
    decay: float  # exp(-beta)
    noise: float
    initial_values: NDArray[np.float64]  # (num_agents, num_rows, num_actions)
    values: NDArray[np.float64]  # (num_agents, num_rows, num_actions)
    greedy: NDArray[np.int32]  # (num_agents, num_rows), -1 where tied
    others: NDArray[np.float64]  # (num_agents, num_rows)
    exploration: NDArray[np.float64]  # (num_agents,), epsilon_t
    row: NDArray[np.int64]  # (num_agents,)
    chosen: NDArray[np.int64]  # (num_agents,)


@compiled
def choose_from(learner, i, row, stream):
    """Explore with probability epsilon_t, else take the best of one row."""
    epsilon = learner.exploration[i]
    learner.exploration[i] = epsilon * learner.decay
    learner.row[i] = row
    learner.chosen[i] = choose(learner, i, row, epsilon, stream)
    return learner.chosen[i]


class _Valued(Learner):
    """What both share: a table, exploration and the rule."""

    alpha: float = parameter(0.1, "learning rate", gt=0, le=1)
    epsilon: float = parameter(0.1, "initial chance of an action drawn uniformly", ge=0, le=1)
    beta: float = parameter(0.0, "rate at which exploration decays", unit="per action", ge=0)
    initial_value: float = parameter(0.0, "initial value of every action", unit="reward")

    source: ClassVar[str] = "Watkins & Dayan 1992, Machine Learning 8:279-292"

    def _state(self, specification: Specification, num_agents: int, num_rows: int, num_actions: int) -> State:
        inner = QLearning(alpha=self.alpha, epsilon=self.epsilon, beta=self.beta, initial_value=self.initial_value)
        table = inner.state(Specification(Discrete(num_actions), Discrete(num_rows)), num_agents)._asdict()
        return State(
            **{name: table[name] for name in State._fields if name in table},
            noise=float(specification.facts.get("misheard", 0.0)),
            row=np.zeros(num_agents, np.int64),
            chosen=np.zeros(num_agents, np.int64),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's mean over its rows of the highest value."""
        return {"highest_value": state.values.max(axis=3).mean(axis=2)}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Start with every value at its initial one."""
        forget(learner, i)
        learner.exploration[i] = learner.epsilon

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Move the value of what was done, by choice or by force, towards the reward."""
        old = learner.values[i, learner.row[i], action]
        assign(learner, i, learner.row[i], action, old + learner.alpha * (reward - old))


class QSender(_Valued):
    """Learns the value of each message on each state; needs the fact ``num_messages``.

    Examples
    --------
    >>> QSender(epsilon=0.2).epsilon
    0.2
    """

    act_is_message: ClassVar[bool] = True

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out a row for each state."""
        return self._state(
            specification, num_agents, specification.num_observations, specification.fact("num_messages")
        )

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        """Choose a message."""
        return np.float64(choose_from(learner, i, observation, stream))

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """A sender's act is what it said."""
        return learner.chosen[i]


class QReceiver(_Valued):
    """Learns the value of each action on each message; needs the fact ``num_messages``.

    Examples
    --------
    >>> QReceiver().name()
    'q_receiver'
    """

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out a row for each message."""
        return self._state(specification, num_agents, specification.fact("num_messages"), specification.num_actions)

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        """Turn to the row of the message."""
        learner.row[i] = np.int64(message)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Choose on the message heard last."""
        row = learner.row[i]
        if learner.noise > 0.0 and uniform(stream) < learner.noise:
            row = integer(stream, learner.values.shape[1])
        return choose_from(learner, i, row, stream)
