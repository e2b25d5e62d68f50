"""A tiny model for social preferences: agents of two types are paid at random and write down what they learn from."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.streams import uniform
from socialsim.engine.interface import Discrete, Environment, Learner, Specification
from socialsim.engine.scenario import Scenario


class Wages(NamedTuple):
    step: np.ndarray  # (1,)


class Payday(Environment):
    """Agent i is paid i + 1 times a draw from [0, 1), plus its action."""

    agent_types: ClassVar[tuple[str, ...]] = ("worker", "clerk")

    def counts(self, num_agents: int) -> dict[str, int]:
        return {"worker": num_agents - num_agents // 2, "clerk": num_agents // 2}

    def state(self, num_agents: int) -> Wages:
        return Wages(np.zeros(1, np.int64))

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        return Specification(Discrete(2))

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        env.step[0] += 1
        for i in range(rewards.shape[0]):
            rewards[i] = (i + 1) * uniform(stream) + actions[i]


class Pages(NamedTuple):
    subjective: np.ndarray  # (num_agents,), the last reward that it learned from
    diary: np.ndarray  # (num_agents,), their sum
    reported: np.ndarray  # (num_agents,), the last reward that it was told to report


class Diarist(Learner):
    """Writes down what it learns from, and acts when that was more than it reported."""

    def state(self, specification: Specification, num_agents: int) -> Pages:
        return Pages(np.zeros(num_agents), np.zeros(num_agents), np.zeros(num_agents))

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        learner.subjective[i] = 0.0
        learner.diary[i] = 0.0
        learner.reported[i] = 0.0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        return 1 if learner.subjective[i] > learner.reported[i] else 0

    @staticmethod
    @compiled
    def report(learner, i, observation, action, reward, stream):
        learner.reported[i] = reward
        return reward

    @staticmethod
    @compiled
    def absorb(learner, i, j, weight, message):
        learner.diary[i] *= 0.5

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        learner.subjective[i] = reward
        learner.diary[i] += reward


def payday(preference: Any, network: str = "complete:n=6", steps: Any = 30, **parts: Any) -> Scenario:
    """Return a population of diarists with a preference."""
    return Scenario(Payday(), Diarist(), network, steps, preference=preference, **parts)


def scenario() -> Scenario:
    """Return the selfish."""
    return payday(None)


MIXED = {"worker": "inequity_aversion:envy=2,guilt=0.5", "clerk": "social_value_orientation:angle=30"}
CASES = {
    "everybody": ("inequity_aversion:guilt=0.5", "complete:n=6"),
    "sorted": ("inequity_aversion:guilt=0.5", "complete:n=110"),
    "a ring": ("shared_reward:weight=0.6", "ring_lattice:n=9,k=4"),
    "two types": (MIXED, "star:n=7"),
    "one type": ({"clerk": "shared_reward"}, "watts_strogatz:n=12,k=4,p=0.3"),
}
