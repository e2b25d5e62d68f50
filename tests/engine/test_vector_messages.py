"""Messages from outside: who hears what, and what cannot be said."""

from __future__ import annotations

from typing import NamedTuple

import networkx as nx
import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Environment, Specification
from socialsim.engine.scenario import Scenario
from socialsim.engine.vector import VectorEnvironment
from socialsim.environments.opinions import small as voters
from socialsim.environments.repeated_game import small as game


class Place(NamedTuple):
    place: np.ndarray  # (num_agents,)


class Street(Environment):
    """Agents who walk along a street and hear those beside them."""

    def state(self, num_agents: int) -> Place:
        return Place(np.arange(num_agents))

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        return Specification(Discrete(4))

    @staticmethod
    @compiled
    def audible(env, network, i, j):
        return abs(env.place[i] - env.place[j]) <= 1

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        for i in range(actions.shape[0]):
            env.place[i] += actions[i]


def test_messages_reach_those_who_hear_their_sender():
    vector = VectorEnvironment(game(), 2, num_messages=3)
    vector.reset()
    assert (vector.inbox == -1).all()
    actions = np.zeros((2, 2), np.int64)
    vector.step(actions, messages=np.array([[0, -1], [2, 1]]))
    assert vector.inbox.tolist() == [[[-1, -1], [0, -1]], [[-1, 1], [2, -1]]]
    vector.step(actions)
    assert (vector.inbox == -1).all()


def test_messages_travel_along_the_edges_alone():
    network = nx.DiGraph([(0, 1), (1, 2)])  # 0 informs 1, 1 informs 2
    vector = VectorEnvironment(Scenario(Street(), "uniform_random", network, 10), num_messages="real")
    vector.reset()
    assert np.argwhere(vector.audience()[0]).tolist() == [[1, 0], [2, 1]]
    vector.step(np.zeros((1, 3), np.int64), messages=np.array([[1.5, 2.5, 3.5]]))
    expected = np.full((3, 3), np.nan)
    expected[1, 0], expected[2, 1] = 1.5, 2.5
    np.testing.assert_array_equal(vector.inbox[0], expected)


def test_the_environment_decides_at_each_step_who_is_heard():
    vector = VectorEnvironment(Scenario(Street(), "uniform_random", "complete:n=3", 10), num_messages=2)
    vector.reset()
    mask = np.zeros((1, 3, 3), bool)
    assert vector.audience(mask) is mask
    assert mask[0].tolist() == [[False, True, False], [True, False, True], [False, True, False]]
    walk, talk = np.array([[0, 0, 1]]), np.array([[0, 0, 1]])
    vector.step(walk, messages=talk)  # heard as they stand before they walk
    assert vector.inbox[0].tolist() == [[-1, 0, -1], [0, -1, 1], [-1, 0, -1]]
    vector.step(walk, messages=talk)
    assert vector.inbox[0].tolist() == [[-1, 0, -1], [0, -1, -1], [-1, -1, -1]]


def test_a_new_episode_begins_in_silence():
    vector = VectorEnvironment(game().replace({"horizon.steps": 1}), num_messages=2)
    vector.reset()
    vector.step(np.zeros((1, 2), np.int64), messages=np.ones((1, 2), np.int64))
    assert (vector.inbox == -1).all()


@pytest.mark.parametrize(("alphabet", "wrong"), [(3, 3), (3, -2), ("real", np.inf)])
def test_messages_outside_the_alphabet_are_refused(alphabet, wrong):
    vector = VectorEnvironment(game(), 2, num_messages=alphabet)
    vector.reset()
    messages = np.zeros((2, 2), np.float64 if alphabet == "real" else np.int64)
    messages[1, 0] = wrong
    with pytest.raises(ParameterError, match=f"messages: {wrong} of agent 0 in replication 1 is not accepted"):
        vector.step(np.zeros((2, 2), np.int64), messages=messages)
    assert vector.clock.tolist() == [0, 0]


def test_messages_need_an_alphabet_and_the_right_array():
    vector, actions = VectorEnvironment(game()), np.zeros((1, 2), np.int64)
    vector.reset()
    with pytest.raises(ParameterError, match="nobody speaks here"):
        vector.step(actions, messages=actions)
    vector = VectorEnvironment(game(), num_messages=2)
    vector.reset()
    with pytest.raises(ParameterError, match="messages: an array of float64"):
        vector.step(actions, messages=np.zeros((1, 2)))
    for wrong in (0, 1.5, True, "words"):
        with pytest.raises(ParameterError, match="num_messages: "):
            VectorEnvironment(game(), num_messages=wrong)
    with pytest.raises(ParameterError, match="opinions goes event by event"):
        VectorEnvironment(voters(), num_messages=2)
