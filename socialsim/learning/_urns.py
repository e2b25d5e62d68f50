"""Urns of weighted balls, from which actions and messages are drawn; how weights change is a learner's affair.

An agent has an urn for each observation o with a weight w(o, a) for each action, and draws

    P(a | o) = w(o, a) / sum_b w(o, b)

In a signalling game the sender's act **is** its message. A sender draws messages from the urn of what it observes, a
receiver acts from the urn of the message that it heard, a talker does either from play to play, and a speller draws a
message symbol by symbol. On a noisy channel (the fact ``misheard``) what is heard is, with that chance, any message.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Learner, Specification, constant
from socialsim.learning.logit import shares


class State(NamedTuple):
    """Urns, and which urn was drawn from."""

    first_weights: NDArray[np.float64]  # (num_urns, num_balls)
    kept: float  # what is left of an urn's weights when it is drawn from
    floor: float  # weight below which it does not fall
    cutoff: float  # share below which a ball is removed
    rate: float  # at which chances move
    noise: float  # chance that a message is misheard
    sizes: NDArray[np.int64]  # (num_places,), symbols of each place of a message
    num_states: int  # talkers: urns of messages
    weights: NDArray[np.float64]  # (num_agents, num_urns, num_balls)
    urn: NDArray[np.int64]  # (num_agents,)
    drawn: NDArray[np.int64]  # (num_agents,)


@compiled
def draw_ball(weights, i, urn, stream):
    """Return a ball of one urn of agent i in proportion to its weight, without a branch that would be mispredicted."""
    first = weights[np.uint64(i), np.uint64(urn), np.uint64(0)]
    total = first
    for k in range(1, weights.shape[2]):
        total += weights[np.uint64(i), np.uint64(urn), np.uint64(k)]
    drawn, passed, place = 0, first, uniform(stream) * total
    for k in range(1, weights.shape[2]):
        drawn += passed <= place
        passed += weights[np.uint64(i), np.uint64(urn), np.uint64(k)]
    return drawn


class Urns(Learner):
    """Draws actions from the urn of what it observes."""

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how certain each agent is: the mean over urns of the largest share of one ball."""
        certainty = state.weights.max(axis=3) / state.weights.sum(axis=3)
        return {"certainty": certainty.mean(axis=2)}

    def first_weights(self, specification: Specification) -> NDArray[np.float64]:
        """Return the relative weights at first, shape (num_urns, num_balls); 0 is no ball."""
        return np.ones((specification.num_observations, specification.num_actions))

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out the urns."""
        first = self.first_weights(specification)
        return State(
            first_weights=constant(first),
            kept=1.0,
            floor=0.0,
            cutoff=0.0,
            rate=0.0,
            noise=float(specification.facts.get("misheard", 0.0)),
            sizes=constant(specification.facts.get("symbols", (0,))),
            num_states=int(specification.facts.get("num_states", 0)),
            weights=np.repeat(first[None], num_agents, axis=0),
            urn=np.zeros(num_agents, np.int64),
            drawn=np.zeros(num_agents, np.int64),
        )

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Fill every urn."""
        for urn in range(learner.weights.shape[1]):
            for k in range(learner.weights.shape[2]):
                learner.weights[i, urn, k] = learner.first_weights[urn, k]

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Draw from the urn of the observation."""
        learner.urn[np.uint64(i)] = observation
        learner.drawn[np.uint64(i)] = draw_ball(learner.weights, i, observation, stream)
        return learner.drawn[np.uint64(i)]


class SenderUrns(Urns):
    """Draws messages from the urn of the state that it observes; needs the fact ``num_messages``."""

    act_is_message: ClassVar[bool] = True

    def first_weights(self, specification: Specification) -> NDArray[np.float64]:
        """Return an urn for each observation, with a ball for each message."""
        return np.ones((specification.num_observations, specification.fact("num_messages")))

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        """Draw a message from the urn of the observation."""
        learner.urn[np.uint64(i)] = observation
        message = draw_ball(learner.weights, i, observation, stream)
        learner.drawn[np.uint64(i)] = message
        return np.float64(message)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """A sender's act is what it said."""
        return learner.drawn[np.uint64(i)]


class ReceiverUrns(Urns):
    """Draws actions from the urn of the message that it hears; needs the fact ``num_messages``."""

    def first_weights(self, specification: Specification) -> NDArray[np.float64]:
        """Return an urn for each message, with a ball for each action."""
        return np.ones((specification.fact("num_messages"), specification.num_actions))

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        """Turn to the urn of the message."""
        learner.urn[np.uint64(i)] = np.int64(message)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Draw from the urn of the message heard last."""
        if learner.noise > 0.0 and uniform(stream) < learner.noise:
            learner.urn[np.uint64(i)] = integer(stream, learner.weights.shape[1])
        return draw_ball(learner.weights, i, learner.urn[np.uint64(i)], stream)


class SpellerUrns(SenderUrns):
    """Draws a message symbol by symbol from an urn for each observation and place; needs the fact ``symbols``."""

    def first_weights(self, specification: Specification) -> NDArray[np.float64]:
        """Return an urn for each observation and place, the places of one observation side by side."""
        symbols = np.array(specification.fact("symbols"))
        present = np.arange(symbols.max()) < symbols[:, None]
        return np.tile(present, (specification.num_observations, 1)).astype(float)

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        """Draw a symbol for each place."""
        message = 0
        for place in range(learner.sizes.shape[0]):
            urn = observation * learner.sizes.shape[0] + place
            message = message * learner.sizes[place] + draw_ball(learner.weights, i, urn, stream)
        learner.urn[np.uint64(i)] = observation
        learner.drawn[np.uint64(i)] = message
        return np.float64(message)


class TalkerUrns(Urns):
    """Sends in some plays and receives in others, with urns for states and for messages.

    Needs the facts ``num_states`` (an observation below is a state to be told, that number itself means to listen),
    ``num_messages`` and ``num_acts``.
    """

    act_is_message: ClassVar[bool] = True

    def first_weights(self, specification: Specification) -> NDArray[np.float64]:
        """Return the urns of messages, then those of acts."""
        num_states, num_messages = specification.fact("num_states"), specification.fact("num_messages")
        weights = np.zeros((num_states + num_messages, specification.num_actions))
        weights[:num_states, :num_messages] = 1.0
        weights[num_states:, : specification.fact("num_acts")] = 1.0
        return weights

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        """Draw a message from the urn of a state, or keep silent and listen."""
        if observation >= learner.num_states:
            return math.nan
        learner.urn[np.uint64(i)] = observation
        message = draw_ball(learner.weights, i, observation, stream)
        learner.drawn[np.uint64(i)] = message
        return np.float64(message)

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        """Turn to the urn of the message."""
        learner.urn[np.uint64(i)] = learner.num_states + np.int64(message)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Do as one said, or draw from the urn of the message."""
        if observation >= learner.num_states:
            if learner.noise > 0.0 and uniform(stream) < learner.noise:
                num_messages = learner.weights.shape[1] - learner.num_states
                learner.urn[np.uint64(i)] = learner.num_states + integer(stream, num_messages)
            return draw_ball(learner.weights, i, learner.urn[np.uint64(i)], stream)
        return learner.drawn[np.uint64(i)]


@compiled
def chances_of_urn(learner, i, urn, out):
    """Write the chance of each ball of one urn."""
    shares(learner.weights[i, urn], out)
