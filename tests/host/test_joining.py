"""Guests of a Mesa model: who joins, leaves, fails or answers nonsense."""

import math

import mesa
import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.scenario import PresenceEvent, Scenario, Turnover
from socialsim.environments import epistemic, repeated_game
from socialsim.environments.epistemic import Epistemic
from socialsim.host.model import SocialModel


def scientists(network, **changes):
    return Scenario(Epistemic(effect=0.05, trials=20), "bayesian", network, 200, **changes)


class Clerk(mesa.Agent):
    """An ordinary Mesa agent that remembers."""

    def __init__(self, model):
        super().__init__(model)
        self.seen, self.outcomes = [], []

    def act(self, observation):
        self.seen.append(observation)
        return 1 - observation % 2

    def learn(self, observation, action, reward, next_observation):
        self.outcomes.append((observation, action, reward, next_observation))


def test_a_mesa_agent_that_joins_is_a_registered_agent_and_plays_its_row():
    model = SocialModel(repeated_game.small(), seed=1)
    clerk = Clerk(model)
    model.join(1, clerk)
    model.run_for(5)
    assert len(clerk.seen) == len(clerk.outcomes) == 5
    assert [after for *_, after in clerk.outcomes[:-1]] == clerk.seen[1:]
    assert all(isinstance(seen, int) for seen in clerk.seen)
    assert model.agents[1].action == 1 - clerk.seen[-1] % 2
    assert model.agents[1].reward == clerk.outcomes[-1][2]
    assert model.agents[1].guest is clerk
    assert list(model.agents_by_type[Clerk]) == [clerk]
    assert clerk.unique_id not in [population.unique_id for population in model.populations.values()]


def test_a_removed_mesa_agent_leaves_its_place_empty():
    model = SocialModel(epistemic.small(), seed=1)
    clerk = Clerk(model)
    model.join(3, clerk)
    clerk.remove()
    assert model.guests == {}
    assert [agent.agent_index for agent in model.agents] == [0, 1, 2]


def test_a_guest_that_fails_is_not_asked_until_it_enters_again():
    scenario = scientists("cycle:n=5", presence_events=(PresenceEvent(4, 2, "leave"), PresenceEvent(6, 2, "enter")))
    model = SocialModel(scenario, seed=1)
    clerk = Clerk(model)
    model.join(2, clerk)
    model.run_for(2)
    model.fail(2)
    model.run_for(1)
    assert len(clerk.seen) == 2
    model.enter(2)
    model.run_for(5)
    assert len(clerk.seen) == 2 + 1 + 2
    assert model.clock == 8


def test_turnover_gives_a_guest_its_row_back():
    model = SocialModel(scientists("cycle:n=5", turnover=Turnover(enter_rate=1.0)), seed=1)
    clerk = Clerk(model)
    model.join(2, clerk)
    model.leave(2)
    model.run_for(3)
    assert len(clerk.seen) == 3


def test_a_dismissed_guest_leaves_its_row_to_the_learner():
    model = SocialModel(epistemic.small(), seed=1)
    model.join(2, Clerk(model))
    model.step()
    model.dismiss(2)
    assert model.guests == {}
    assert math.isfinite(model.agents[2].log_odds)
    model.step()
    with pytest.raises(ParameterError, match=r"no guest; accepted: \[\]"):
        model.dismiss(2)


class Fixed:
    def __init__(self, action=0, message=None):
        self.action, self.message = action, message

    def act(self, observation):
        return self.action

    def report(self, observation, action, reward):
        return self.message


@pytest.mark.parametrize("action", [2, -1, 0.5, None, "left", [0]])
def test_an_action_that_is_none_is_named(action):
    model = SocialModel(epistemic.small(), seed=1)
    model.join(0, Fixed(action))
    with pytest.raises(ParameterError, match="accepted: an integer from 0 to 1"):
        model.step()


@pytest.mark.parametrize("message", ["hello", [1.0, 2.0]])
def test_a_message_that_is_none_is_named(message):
    model = SocialModel(epistemic.small(), seed=1)
    model.join(0, Fixed(0, message))
    with pytest.raises(ParameterError, match=r"report of guest 0: .* accepted: a number"):
        model.step()


def test_a_message_of_nan_is_silence():
    silent, muttering = (SocialModel(epistemic.small(), seed=1) for _ in range(2))
    silent.join(0, Fixed(0, None))
    muttering.join(0, Fixed(0, math.nan))
    for _ in range(5):
        silent.step()
        muttering.step()
    assert np.array_equal(silent.agents.get("log_odds"), muttering.agents.get("log_odds"), equal_nan=True)
    assert np.isfinite(silent.agents.get("log_odds")[1:]).all()


@pytest.mark.parametrize(
    ("agent_index", "guest", "words"),
    [
        (0, object(), "no method act"),
        (4, Fixed(), "accepted: 0 to 3"),
        (-1, Fixed(), "accepted: 0 to 3"),
        ("0", Fixed(), "accepted: an integer"),
        (1, Fixed(), "dismiss it first"),
        (0, Clerk(mesa.Model(rng=1)), "another model"),
    ],
)
def test_a_guest_that_cannot_play_is_refused(agent_index, guest, words):
    model = SocialModel(epistemic.small(), seed=1)
    model.join(1, Fixed())
    with pytest.raises(ParameterError, match=words):
        model.join(agent_index, guest)
    assert list(model.guests) == [1]
