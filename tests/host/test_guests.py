"""Guests in a compiled population: a guest that does what its learner does must change nothing for anybody."""

import math
from typing import ClassVar, NamedTuple

import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Box, Environment, Learner, Specification
from socialsim.engine.rewiring import Rewiring
from socialsim.engine.scenario import Scenario
from socialsim.environments import epistemic, opinions
from socialsim.environments.epistemic import Epistemic
from socialsim.host.model import SocialModel
from socialsim.networks.network import Network

# --- A tiny situation with two types, in which messages travel at all moments


class TownState(NamedTuple):
    level: np.ndarray


class Town(Environment):
    """Everybody sees a level of their own and moves it."""

    agent_types: ClassVar = ("voter", "official")
    weighted: ClassVar = True

    def counts(self, num_agents):
        return {"voter": num_agents - 2, "official": 2}

    def state(self, num_agents):
        return TownState(np.zeros(num_agents))

    def specification(self, agent_type, num_agents):
        return Specification(Box(-1e9, 1e9), Box())

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        for i in range(env.level.shape[0]):
            env.level[i] = uniform(stream)

    @staticmethod
    @compiled
    def observe(env, network, i):
        return env.level[i]

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        for i in range(actions.shape[0]):
            rewards[i] = 0.5 * actions[i] - env.level[i] + 0.01 * uniform(stream)
            env.level[i] = 0.5 * env.level[i] + 0.1 * actions[i]


class Hamlet(Town):
    """The same, where a few wake at a time."""

    loop: ClassVar = "events"
    participants: ClassVar = 3

    @staticmethod
    @compiled
    def wake(env, network, active, stream):
        active[0] = integer(stream, network.num_agents)
        active[1] = (active[0] + 1) % network.num_agents
        active[2] = (active[0] + 3) % network.num_agents
        return 3

    @staticmethod
    @compiled
    def advance(env, network, active, actions, rewards, stream):
        for a in range(active.shape[0]):
            i = active[a]
            rewards[i] = 0.5 * actions[i] - env.level[i] + 0.01 * uniform(stream)
            env.level[i] = 0.5 * env.level[i] + 0.1 * actions[i]


class TalkerState(NamedTuple):
    mood: np.ndarray
    trust: np.ndarray


class Talker(Learner):
    """Talks, announces and reports; hears edge by edge."""

    def state(self, specification, num_agents):
        return TalkerState(np.full(num_agents, 0.25), np.full(num_agents, 0.5))

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        return observation + learner.mood[i]

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        learner.mood[i] = 0.5 * learner.mood[i] + 0.1 * weight * message + 0.01 * j

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        return learner.mood[i] - 0.3 * observation

    @staticmethod
    @compiled
    def announce(learner, i, observation, action, stream):
        return action if action > 0.1 else math.nan

    @staticmethod
    @compiled
    def witness(learner, i, j, weight, message):
        learner.trust[i] = 0.9 * learner.trust[i] + 0.1 * message * weight

    @staticmethod
    @compiled
    def report(learner, i, observation, action, reward, stream):
        return reward * learner.trust[i]

    @staticmethod
    @compiled
    def absorb(learner, i, j, weight, message):
        learner.mood[i] += 0.01 * message

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        learner.mood[i] += 0.1 * reward + 0.05 * (next_observation - observation)


class PlainTalker:
    """What `Talker` does, in plain Python."""

    def __init__(self, row):
        self.mood, self.trust = row.mood, row.trust

    def speak(self, observation):
        return observation + self.mood

    def hear(self, sender, weight, message):
        self.mood = 0.5 * self.mood + 0.1 * weight * message + 0.01 * sender

    def act(self, observation):
        return self.mood - 0.3 * observation

    def announce(self, observation, action):
        return action if action > 0.1 else None

    def witness(self, sender, weight, message):
        self.trust = 0.9 * self.trust + 0.1 * message * weight

    def report(self, observation, action, reward):
        return reward * self.trust

    def absorb(self, sender, weight, message):
        self.mood += 0.01 * message

    def learn(self, observation, action, reward, next_observation):
        self.mood += 0.1 * reward + 0.05 * (next_observation - observation)


class AdderState(NamedTuple):
    sums: np.ndarray


class Adder(Learner):
    """Reports a row of two numbers and adds up what others report."""

    additive: ClassVar = frozenset({"absorb"})

    def state(self, specification, num_agents):
        return AdderState(np.full((num_agents, 2), 0.3))

    def message_size(self, specification):
        return 2

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        return 1 if learner.sums[i, 0] > learner.sums[i, 1] else 0

    @staticmethod
    @compiled
    def report(learner, i, observation, action, reward, stream, out):
        out[0] = 0.1 * reward
        out[1] = learner.sums[i, 0] / 3.0

    @staticmethod
    @compiled
    def absorb(learner, i, total):
        for c in range(2):
            learner.sums[i, c] = 0.1 * total[c] + 0.5 * learner.sums[i, 1 - c]


class PlainAdder:
    """What `Adder` does, in plain Python."""

    def __init__(self, row):
        self.sums = row.sums.copy()

    def act(self, observation):
        return int(self.sums[0] > self.sums[1])

    def report(self, observation, action, reward):
        return [0.1 * reward, self.sums[0] / 3.0]

    def absorb(self, total):
        for c in range(2):
            self.sums[c] = 0.1 * total[c] + 0.5 * self.sums[1 - c]


class Scientist:
    """What the learner `bayesian` does, in plain Python."""

    trials, weight, settled_above = 20, math.log(0.55 / (1.0 - 0.55)), math.log(0.9999 / (1.0 - 0.9999))

    def __init__(self, row):
        self.log_odds = row.log_odds

    def act(self, observation):
        return int(self.log_odds > 0)

    def report(self, observation, action, reward):
        return (2.0 * reward - self.trials) * self.weight if action == 1 else 0.0

    def absorb(self, total):
        self.log_odds += total

    def settled(self):
        return 0 if self.log_odds <= 0 else 1 if self.log_odds > self.settled_above else -1


class Copycat:
    """What the learner `imitation` does, in plain Python."""

    def __init__(self, row):
        pass

    def act(self, observation):
        return observation


WEIGHTED = Network.from_edges(
    7, [0, 0, 1, 2, 3, 4, 5, 6], [1, 5, 2, 3, 4, 5, 6, 0], [0.5, 2.0, 1.5, 1, 1, 0.25, 1, 3], name="weighted"
)


def scientists(network, **changes):
    return Scenario(Epistemic(effect=0.05, trials=20), "bayesian", network, 200, **changes)


CASES = {
    "a sum over few": (epistemic.small(), Scientist),
    "a sum on a long ring": (scientists("ring_lattice:n=80,k=12"), Scientist),
    "a sum over edges": (scientists("watts_strogatz:n=40,k=4,p=0.3"), Scientist),
    "a sum over everybody": (scientists("complete:n=12"), Scientist),
    "rows on everybody": (Scenario(Epistemic(trials=20), Adder(), "complete:n=5", 50), PlainAdder),
    "rows on edges": (Scenario(Epistemic(trials=20), Adder(), "watts_strogatz:n=12,k=4,p=0.3", 50), PlainAdder),
    "edges that are rewired": (scientists("erdos_renyi:n=20,p=0.2", rewiring=Rewiring(rate=0.1)), Scientist),
    "events": (opinions.small(), Copycat),
    "two types, all moments": (Scenario(Town(), Talker(), WEIGHTED, 100), PlainTalker),
    "two types, everybody": (Scenario(Town(), Talker(), "complete:n=6", 100), PlainTalker),
    "two types, events": (Scenario(Hamlet(), Talker(), WEIGHTED, 100), PlainTalker),
}


@pytest.mark.parametrize("joins_at", [0, 3])
@pytest.mark.parametrize("case", CASES)
def test_guests_that_do_what_the_learner_does_change_nothing(case, joins_at):
    scenario, guest = CASES[case]
    model, alone = SocialModel(scenario, seed=6), SocialModel(scenario, seed=6)
    model.run_for(joins_at)
    alone.run_for(joins_at)
    for i in {1, len(model.agents) // 2, len(model.agents) - 1}:
        model.join(i, guest(model.agents[i]))
    for _ in range(25):
        model.step()
        alone.step()
        assert (model.clock, model.stop, model.verdict) == (alone.clock, alone.stop, alone.verdict)
        for population, other in zip(model.populations.values(), alone.populations.values(), strict=True):
            for name in other.state_columns:
                assert population.column(name).tobytes() == other.column(name).tobytes(), (name, model.clock)
    assert joins_at < model.clock
    assert np.array_equal(model.simulation.streams, alone.simulation.streams)


def test_guests_are_counted_as_others_are():
    scenario = epistemic.small()
    tables = []
    for guests in (0, 1):
        model = SocialModel(scenario, seed=6, record="counts")
        if guests:
            model.join(2, Scientist(model.agents[2]))
        tables.append(model.run().table("count"))
    assert tables[0].equals(tables[1])


def test_a_guest_joins_and_others_learn_from_it():
    class Oracle:
        def act(self, observation):
            return 1

        def report(self, observation, action, reward):
            return 5.0

        def settled(self):
            return 1

    model = SocialModel(scientists("star:n=8"), seed=1)
    model.agents.set("log_odds", -1.0)
    model.join(0, Oracle())
    model.step()
    assert model.agents.get("log_odds")[1:].tolist() == [4.0] * 7
    assert math.isnan(model.agents[0].log_odds)
    assert model.result().parameters["host.guests"] == ["0: Oracle at 0"]


class Boundless:
    def act(self, observation):
        return 1e10


def test_an_action_of_real_numbers_has_its_shape_and_range():
    model = SocialModel(Scenario(Town(), Talker(), "complete:n=6", 100), seed=1)
    model.join(0, Boundless())
    with pytest.raises(ParameterError, match=r"accepted: a number from -1e\+09 to 1e\+09"):
        model.step()
