"""A naming game with two words, as an event model that uses every stage of a conversation.

A speaker and a hearer meet. The speaker says one of the words that it knows, uniformly. If the hearer knows it too,
both forget all others; if not, the hearer adds it. Half of the agents begin with each word. ([Baronchelli2006]_ with
two words, [Xie2011]_ without committed agents.)
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Discrete, Environment, Learner, Specification
from socialsim.engine.links import random_neighbour
from socialsim.engine.scenario import Scenario

HEARER, SPEAKER = 0, 1


class Meeting(NamedTuple):
    """Who speaks."""

    speaker: np.ndarray  # (1,)


class NamingGame(Environment):
    """Pairs who meet; both are paid 1 if the hearer knew the word."""

    loop: ClassVar = "events"
    participants: ClassVar[int] = 2

    def state(self, num_agents: int) -> Meeting:
        """Nobody has spoken yet."""
        return Meeting(np.zeros(1, np.int64))

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees its part and says whether it knew the word."""
        return Specification(Discrete(2), Discrete(2))

    @staticmethod
    @compiled
    def wake(env, network, active, stream):
        """Wake a speaker and one of those it hears."""
        speaker = integer(stream, network.num_agents)
        active[0] = speaker
        active[1] = random_neighbour(network, speaker, stream)
        env.speaker[0] = speaker
        return 2

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return one's part."""
        return SPEAKER if env.speaker[0] == i else HEARER

    @staticmethod
    @compiled
    def advance(env, network, active, actions, rewards, stream):
        """Both succeed if the hearer knew the word."""
        success = np.float64(actions[active[1]])
        rewards[active[0]] = success
        rewards[active[1]] = success


class Words(NamedTuple):
    """What each agent knows: bit 0 and bit 1."""

    known: np.ndarray  # (num_agents,)
    word: np.ndarray  # (num_agents,), said or heard


class Namer(Learner):
    """Knows one or both words."""

    def state(self, specification: Specification, num_agents: int) -> Words:
        """Half of the agents begin with each word."""
        return Words(1 + np.arange(num_agents) % 2, np.zeros(num_agents, np.int64))

    def columns(self, state: Any) -> dict[str, np.ndarray]:
        """Return whether each agent knows word 1."""
        return {"knows_word_1": (state.known & 1).astype(float)}

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        """A speaker says one of its words; a hearer is silent."""
        if observation == HEARER:
            return np.nan
        word = learner.known[i] if learner.known[i] < 3 else 1 + np.int64(uniform(stream) < 0.5)
        learner.word[i] = word
        return np.float64(word)

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        """Keep the word in mind."""
        learner.word[i] = np.int64(message)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Say whether one knows the word."""
        return 1 if learner.known[i] & learner.word[i] else 0

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Forget all other words on success; a hearer learns the word on failure."""
        if reward > 0.0:
            learner.known[i] = learner.word[i]
        elif observation == HEARER:
            learner.known[i] |= learner.word[i]

    @staticmethod
    @compiled
    def settled(learner, i):
        """An agent has settled while it knows one word."""
        return learner.known[i] if learner.known[i] < 3 else -1


def scenario() -> Scenario:
    """Return a thousand agents who all hear each other."""
    return Scenario(NamingGame(), Namer(), "complete:n=1000", 10_000_000)
