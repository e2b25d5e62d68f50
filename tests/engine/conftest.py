"""Tiny models that the engine's tests share."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.streams import uniform
from socialsim.engine.discovery import environment_names
from socialsim.engine.interface import Box, Discrete, Environment, Learner, Specification


class Nothing(NamedTuple):
    num_steps: np.ndarray  # (1,)


class Silence(Environment):
    """Agents who act; each is paid its own row number."""

    def state(self, num_agents: int) -> Nothing:
        return Nothing(np.zeros(1, np.int64))

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        return Specification(Discrete(2))

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        env.num_steps[0] += 1
        for i in range(rewards.shape[0]):
            rewards[i] = i


class Opinion(NamedTuple):
    opinion: np.ndarray
    heard: np.ndarray
    num_heard: np.ndarray


class _Speaking(Learner):
    def state(self, specification: Specification, num_agents: int) -> Opinion:
        return Opinion(np.zeros(num_agents), np.zeros(num_agents), np.zeros(num_agents, np.int64))

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        learner.opinion[i] = 1.0 + i
        learner.heard[i] = 0.0
        learner.num_heard[i] = 0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        return 1


class Adding(_Speaking):
    """Hears the sum of what others say."""

    additive: ClassVar[frozenset[str]] = frozenset({"hear"})

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        return learner.opinion[i]

    @staticmethod
    @compiled
    def hear(learner, i, total):
        learner.heard[i] += total


class AddingItself(Adding):
    hears_itself: ClassVar[bool] = True


class Listening(_Speaking):
    """Hears each message, weighted by its edge; agents 0, 3, 6, ... are silent."""

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        return np.nan if i % 3 == 0 else learner.opinion[i]

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        learner.heard[i] += weight * message
        learner.num_heard[i] += 1


class AddingRows(_Speaking):
    """Reports (opinion, 1) after outcomes and hears the sum of these rows."""

    additive: ClassVar[frozenset[str]] = frozenset({"absorb"})

    def message_size(self, specification: Specification) -> int:
        return 2

    @staticmethod
    @compiled
    def report(learner, i, observation, action, reward, stream, out):
        out[0] = learner.opinion[i]
        out[1] = 1.0

    @staticmethod
    @compiled
    def absorb(learner, i, total):
        learner.heard[i] += total[0]
        learner.num_heard[i] += np.int64(total[1])


class Announcing(_Speaking):
    """Announces its action and remembers those of others."""

    @staticmethod
    @compiled
    def announce(learner, i, observation, action, stream):
        return 10.0 * action + learner.opinion[i]

    @staticmethod
    @compiled
    def witness(learner, i, j, weight, message):
        learner.heard[i] += message


class Weighted(Silence):
    weighted: ClassVar[bool] = True


class Grid(NamedTuple):
    cells: np.ndarray  # (num_agents, 3), what each agent sees


class Windows(Environment):
    """Agents see rows of numbers and answer with rows of numbers; both are paid their product."""

    def state(self, num_agents: int) -> Grid:
        return Grid(np.arange(3.0 * num_agents).reshape(num_agents, 3))

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        return Specification(Box(shape=(2,)), Box(shape=(3,)))

    @staticmethod
    @compiled
    def observe(env, network, i, out):
        for c in range(3):
            out[c] = env.cells[i, c]

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        for i in range(rewards.shape[0]):
            rewards[i] = actions[i, 0] * actions[i, 1]
            env.cells[i, 0] += 1.0


class Seen(NamedTuple):
    before: np.ndarray
    after: np.ndarray


class Watcher(Learner):
    def state(self, specification: Specification, num_agents: int) -> Seen:
        return Seen(np.zeros(num_agents), np.zeros(num_agents))

    @staticmethod
    @compiled
    def act(learner, i, observation, stream, out):
        out[0] = observation[0]
        out[1] = uniform(stream)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        learner.before[i] = observation[0]
        learner.after[i] = next_observation[0]


@pytest.fixture
def models() -> Any:
    """Return the tiny models by name."""
    return {cls.__name__: cls for cls in _all(Environment) + _all(Learner) if cls.__module__ == __name__}


def _all(base: type) -> list[type]:
    return [cls for child in base.__subclasses__() for cls in [child, *_all(child)]]


ALWAYS_TRIED = {
    "auction",  # events that wake everybody
    "credit",  # observations by the row
    "epistemic",  # messages
    "harvest",  # windows
    "opinions",  # events of one
    "publication",  # an environment that ends runs
    "repeated_game",  # two types of agents
}


def pytest_generate_tests(metafunc):
    """Let tests that compile one more loop for each environment try a few kinds always, and all with --full."""
    if "any_environment" in metafunc.fixturenames:
        names = environment_names()
        tried = [pytest.param(name, marks=() if name in ALWAYS_TRIED else pytest.mark.full) for name in names]
        metafunc.parametrize("any_environment", tried)
