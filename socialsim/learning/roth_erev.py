"""Roth-Erev reinforcement: urns whose drawn ball comes back with company.

An agent has an urn for each observation o with a weight w(o, a) for each action. It draws

    P(a | o) = w(o, a) / sum_b w(o, b)

and adds the reward to what was drawn: w(o, a) <- w(o, a) + r ([Roth1995]_, eq. 1-2, without forgetting). Weights start
at ``initial_weight``; rewards must not be negative.

In a signalling game the sender's act **is** its message, so that two learners share the rule ([Skyrms2010]_):
`RothErevSender` draws and reinforces messages, `RothErevReceiver` has an urn for each message that it may hear.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import categorical
from socialsim.engine.interface import Learner, Specification


class State(NamedTuple):
    """Urns, and which urn was drawn from."""

    initial_weight: float
    weights: NDArray[np.float64]  # (num_agents, num_urns, num_actions)
    urn: NDArray[np.int64]  # (num_agents,)
    drawn: NDArray[np.int64]  # (num_agents,)


class _Urns(Learner):
    """The urns and their reinforcement, for those who draw actions or messages."""

    initial_weight: float = parameter(1.0, "weight of each ball at first", unit="reward", gt=0)

    source: ClassVar[str] = "Roth & Erev 1995, Games and Economic Behavior 8:164-212"

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how certain each agent is: the mean over urns of the largest share of one ball."""
        shares = state.weights.max(axis=3) / state.weights.sum(axis=3)
        return {"certainty": shares.mean(axis=2)}

    def _state(self, num_agents: int, num_urns: int, num_actions: int) -> State:
        weights = np.full((num_agents, num_urns, num_actions), float(self.initial_weight))
        return State(self.initial_weight, weights, np.zeros(num_agents, np.int64), np.zeros(num_agents, np.int64))

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Put one ball of each kind into every urn."""
        learner.weights[i, :, :] = learner.initial_weight

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Add the reward to what was done, by choice or by force."""
        learner.weights[i, learner.urn[i], action] += reward


class RothErev(_Urns):
    """Draws actions from the urn of what it observes.

    Examples
    --------
    >>> RothErev().initial_weight
    1.0
    """

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out an urn for each observation."""
        return self._state(num_agents, specification.num_observations, specification.num_actions)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Draw from the urn of the observation."""
        learner.urn[i] = observation
        learner.drawn[i] = categorical(stream, learner.weights[i, observation])
        return learner.drawn[i]


class RothErevSender(_Urns):
    """Draws messages from the urn of the state that it observes; needs the fact ``num_messages``.

    Examples
    --------
    >>> RothErevSender(initial_weight=0.5).initial_weight
    0.5
    """

    act_is_message: ClassVar[bool] = True

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out an urn for each observation, with a ball for each message."""
        return self._state(num_agents, specification.num_observations, specification.fact("num_messages"))

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        """Draw a message from the urn of the observation."""
        learner.urn[i] = observation
        learner.drawn[i] = categorical(stream, learner.weights[i, observation])
        return np.float64(learner.drawn[i])

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """A sender's act is what it said."""
        return learner.drawn[i]


class RothErevReceiver(_Urns):
    """Draws actions from the urn of the message that it hears; needs the fact ``num_messages``.

    Examples
    --------
    >>> RothErevReceiver().name()
    'roth_erev_receiver'
    """

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out an urn for each message, with a ball for each action."""
        return self._state(num_agents, specification.fact("num_messages"), specification.num_actions)

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        """Turn to the urn of the message."""
        learner.urn[i] = np.int64(message)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Draw from the urn of the message heard last."""
        learner.drawn[i] = categorical(stream, learner.weights[i, learner.urn[i]])
        return learner.drawn[i]
