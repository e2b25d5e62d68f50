"""Guests have the social preference of the agents that they play."""

import numpy as np
import pytest

from socialsim.engine.scenario import Scenario
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.host.model import SocialModel


class Firm:
    """A hill climber that learns no more than its last reward."""

    def __init__(self):
        self.learnt = []

    def act(self, observation):
        return 1 if len(self.learnt) % 3 else 0

    def learn(self, observation, action, reward, next_observation):
        self.learnt.append(reward)


@pytest.mark.parametrize("preference", ["shared_reward", "inequity_aversion", {"row": "shared_reward"}])
def test_a_guest_learns_from_the_subjective_reward(preference):
    model = SocialModel(Scenario(RepeatedGame(), "q_learning", "path:n=2", 20, preference=preference), seed=1)
    guest = Firm()
    model.join(0, guest)
    shared = []
    for _ in range(10):
        model.step()
        engine = model.simulation.engine
        assert guest.learnt[-1] == engine.subjective_rewards[0, 0] == model.agents[0].subjective_reward
        shared.append(engine.rewards[0].mean())
    if preference != "inequity_aversion":
        assert guest.learnt == shared
    assert guest.learnt != model.result().table("agent").reward.tolist()


def test_a_guest_in_the_place_of_a_learner_changes_nothing_for_the_other():
    class Idle:
        def act(self, observation):
            return 1

    scenario = Scenario(
        RepeatedGame(),
        {"row": "constant:action=1", "column": "q_learning"},
        "path:n=2",
        50,
        preference="inequity_aversion",
    )
    model, alone = SocialModel(scenario, seed=3), SocialModel(scenario, seed=3)
    model.join(0, Idle())
    for _ in range(50):
        model.step()
        alone.step()
    ours, theirs = (each.simulation.learners["column"].values for each in (model, alone))
    assert np.array_equal(ours, theirs)
    assert model.agents[1].subjective_reward == alone.agents[1].subjective_reward != alone.agents[1].reward
