"""Partial observation: agents who see a class of what z was in the last step, and not the time."""

import networkx as nx
import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.agents import Crowd
from socialsim.limits.games import Game
from socialsim.networks.graphons import StepGraphon


class Bar(AggregativeGame):
    """Go or stay away; whoever goes is paid for the room that is left, and all hear whether it was crowded."""

    num_states, num_actions, num_signals = 2, 2, 2
    num_steps: int = parameter(6, "T", ge=1)

    def initial(self):
        return np.array([1.0, 0.0])

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        features[0] = a

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = a, 1.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return a * (0.5 - z[0])

    @staticmethod
    @compiled
    def signal(env, t, z):
        return 1 if z[0] > 0.5 else 0


GAME = Game(Bar())
AWAY_IF_CROWDED = np.array([[0.3, 0.7], [0.7, 0.3]])[None, None, :, None, :].repeat(2, axis=3)  # the same at all times
CROWDED_FIRST = [0.0, 0.7, 0.3, 0.7, 0.3, 0.7, 0.3]
TWO_ROOMS = StepGraphon([[1.0, 0.0], [0.0, 1.0]])


def test_the_crowd_comes_every_other_time():
    flow = GAME.mean_field().flow(AWAY_IF_CROWDED)
    assert flow.states[:, 0, 1] == pytest.approx(CROWDED_FIRST)
    assert flow.signals[:, 0].tolist() == [0, 1, 0, 1, 0, 1, 0]


def test_what_that_earns_and_what_one_could_earn_more():
    found = GAME.mean_field().evaluate(AWAY_IF_CROWDED)
    assert found.mean_return == pytest.approx(3 * (0.7 * -0.2 + 0.3 * 0.2))
    assert found.exploitability == pytest.approx(3 * 0.2 - found.mean_return)  # to go when it is not crowded


def test_a_constant_graphon_is_the_mean_field_with_signals_too():
    flow = GAME.graphon(1.0, nodes=3).flow(AWAY_IF_CROWDED)
    assert flow.states[:, 0, 1] == pytest.approx(CROWDED_FIRST)
    assert flow.signals[:, 0].tolist() == [0, 1, 0, 1, 0, 1, 0]


def test_each_room_of_a_graphon_sees_its_own_crowd():
    policy = np.concatenate([AWAY_IF_CROWDED, 1.0 - AWAY_IF_CROWDED], axis=1)  # the others go if it was crowded
    flow = GAME.graphon(TWO_ROOMS).flow(policy)
    assert flow.states[:, 0, 1] == pytest.approx(CROWDED_FIRST)
    assert flow.states[:, 1, 1] == pytest.approx([0.0, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3])
    assert flow.signals[1:].tolist() == [[1, 0], [0, 0], [1, 0], [0, 0], [1, 0], [0, 0]]


def test_n_agents_do_as_their_limit_does():
    play = Crowd(GAME.mean_field(), AWAY_IF_CROWDED, "complete:n=400").play(range(3), seed=1)
    assert np.abs(play.shares[:, :, 0, 1] - CROWDED_FIRST).max() < 4 * np.sqrt(0.21 / 400)


def test_n_agents_in_two_rooms_do_as_the_graphon_does():
    policy = np.concatenate([AWAY_IF_CROWDED, 1.0 - AWAY_IF_CROWDED], axis=1)
    limit = GAME.graphon(TWO_ROOMS)
    rooms = nx.disjoint_union(nx.complete_graph(100), nx.complete_graph(100))
    play = Crowd(limit, policy, rooms).play(range(2), seed=1)
    assert np.abs(2 * play.shares[..., 1] - limit.flow(policy).states[..., 1]).max() < 4 * np.sqrt(0.21 / 100)


def test_a_few_agents_mistake_the_crowd_and_many_do_not():
    """With z near one half the signal is a matter of chance; with 251 agents it almost never is."""
    wrong = []
    for size in (9, 251):
        crowd = Crowd(GAME.mean_field(), AWAY_IF_CROWDED, f"complete:n={size}")
        play = crowd.play(range(30), seed=2, watched=[0])
        wrong.append(np.mean(play.signals[:, 0] != [0, 1, 0, 1, 0, 1]))
    assert wrong[0] > 0.1
    assert wrong[1] == 0.0


def test_the_gain_of_a_deviation_in_a_large_crowd_is_that_of_the_limit():
    crowd = Crowd(GAME.mean_field(), AWAY_IF_CROWDED, "complete:n=200")
    found = crowd.exploitability(range(10), seed=3, samples=10)
    assert abs(found.mean.value - GAME.mean_field().exploitability(AWAY_IF_CROWDED)) < 0.05


def test_a_deviant_makes_use_of_the_signal_where_the_time_says_little():
    """Five agents: who came is much a matter of chance, and the signal tells."""
    crowd = Crowd(GAME.mean_field(), AWAY_IF_CROWDED, "complete:n=5")
    found = crowd.exploitability(range(200), seed=3, samples=1000)
    goes = found.responses[0][:, :, 0, 1]
    assert goes[1:].tolist() == [[0.0, 1.0]] * 5  # it was crowded: the others stay away now
    assert found.mean.low > 0.0
