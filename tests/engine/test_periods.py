"""Agents who decide once a period, among others who decide in every step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Discrete, Environment, Learner, Specification
from socialsim.engine.scenario import PresenceEvent, Scenario
from socialsim.engine.simulation import Simulation
from socialsim.host.model import SocialModel

NUM_STEPS = 30


class Offices(NamedTuple):
    step: np.ndarray  # (1,)
    history: np.ndarray  # (NUM_STEPS, num_agents): who did what


class Terms(Environment):
    """Clerks decide in every step, chairs once a term; all see the step and are paid it, plus their row."""

    term: int = parameter(5, "steps of a term", ge=0)
    office: str = parameter("chair", "who decides once a term")
    agent_types: ClassVar[tuple[str, ...]] = ("clerk", "chair")

    def counts(self, num_agents: int) -> dict[str, int]:
        return {"clerk": num_agents - 2, "chair": 2}

    def periods(self) -> dict[str, int]:
        return {self.office: self.term}

    def state(self, num_agents: int) -> Offices:
        return Offices(np.zeros(1, np.int64), np.zeros((NUM_STEPS, num_agents), np.int64))

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        return Specification(Discrete(1000), Discrete(1000))

    @staticmethod
    @compiled
    def observe(env, network, i):
        return env.step[0]

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        for i in range(rewards.shape[0]):
            env.history[env.step[0], i] = actions[i]
            rewards[i] = env.step[0] + i
        env.step[0] += 1


class Minutes(NamedTuple):
    decisions: np.ndarray
    lessons: np.ndarray
    last: np.ndarray  # (num_agents, 4): observation, action, reward, next observation


class Secretary(Learner):
    """Does ten times what it sees, and writes down how often it decides and what it learns from."""

    def state(self, specification: Specification, num_agents: int) -> Minutes:
        return Minutes(np.zeros(num_agents, np.int64), np.zeros(num_agents, np.int64), np.zeros((num_agents, 4)))

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        learner.decisions[i] += 1
        return 10 * observation

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        learner.lessons[i] += 1
        learner.last[i, 0] = observation
        learner.last[i, 1] = action
        learner.last[i, 2] = reward
        learner.last[i, 3] = next_observation


class Speaker(Secretary):
    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        return 1.0


def scenario(clerk: Any = None, chair: Any = None, **parameters: Any) -> Scenario:
    learners = {"clerk": clerk or Secretary(), "chair": chair or Secretary()}
    return Scenario(Terms(**parameters), learners, "complete:n=5", NUM_STEPS)


def finished(**changes: Any) -> Simulation:
    simulation = Simulation(scenario(**changes), seed=1, replications=[0])
    simulation.advance(NUM_STEPS - 3)
    return simulation


@pytest.mark.parametrize("clerk", [Secretary(), Speaker()])
def test_what_they_choose_stands_for_a_period(clerk):
    simulation = finished(clerk=clerk)
    steps = np.arange(NUM_STEPS - 3)
    history = simulation.environment.history[0, : NUM_STEPS - 3]
    assert (history[:, :3] == 10 * steps[:, None]).all()
    assert (history[:, 3:] == 10 * (steps // 5 * 5)[:, None]).all()
    assert simulation.learners["chair"].decisions[0].tolist() == [6, 6]


def test_they_learn_from_their_mean_reward_over_it():
    chairs = finished().learners["chair"]
    assert chairs.lessons[0].tolist() == [5, 5]
    # the fifth period is steps 20 ... 24: its mean is 22, plus the row; step 25 is what they see then
    assert chairs.last[0].tolist() == [[20, 200, 25, 25], [20, 200, 26, 25]]


def test_nobody_learns_from_a_period_that_somebody_else_opened():
    leaves = PresenceEvent(21, 3, "leave")
    for step, lessons in ((23, 4), (24, 4), (25, 4)):
        made = replace(scenario(), presence_events=(leaves, PresenceEvent(step, 3, "enter")))
        simulation = Simulation(made, seed=1, replications=[0])
        simulation.advance(NUM_STEPS)
        chairs = simulation.learners["chair"]
        assert chairs.lessons[0].tolist() == [lessons + 1, 6]  # those of steps 0 to 19, and of 25 to 29
        assert chairs.last[0, 0].tolist() == [25, 250, 30, 30]


def test_a_period_of_one_step_is_none():
    every, own = finished(term=1), finished(term=1, office="clerk")
    assert every.environment.history.tolist() == own.environment.history.tolist()
    assert every.learners["chair"].last.tolist() == own.learners["chair"].last.tolist()


def test_a_hosted_run_keeps_the_same_periods():
    model = SocialModel(scenario(), seed=1)
    for _ in range(NUM_STEPS - 3):
        model.step()
    hosted = [(chair.decisions, chair.lessons, chair.action) for chair in model.populations["chair"]]
    assert hosted == [(6, 5, 250)] * 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"term": 0}, "'chair': 0 is not accepted; accepted: steps >= 1 of clerk, chair"),
        ({"office": "cook"}, "'cook': 5 is not accepted"),
        ({"chair": Speaker()}, "sends messages, for agents that decide once a period"),
    ],
)
def test_what_has_no_sense_is_refused(changes, message):
    with pytest.raises(ParameterError, match=message):
        finished(**changes)
