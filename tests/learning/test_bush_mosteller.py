import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Discrete, Specification
from socialsim.environments.cheap_talk import CheapTalk
from socialsim.environments.dialects import Dialects
from socialsim.environments.signalling import Signalling
from socialsim.learning.bush_mosteller import BushMosteller, BushMostellerReceiver, BushMostellerSender


def a_state(learner=BushMosteller, num_actions=3, **parameters):
    facts = {"num_messages": 4, "reward_range": (0.0, 1.0)}
    return learner(**parameters).state(Specification(Discrete(num_actions), Discrete(2), facts), 1)


def test_the_chance_of_what_was_done_moves_towards_one(version):
    state = a_state(num_actions=2, alpha=0.1)
    version(BushMosteller.learn)(state, 0, 0, 1, 0.5, 0, None)
    assert state.weights[0, 0].tolist() == pytest.approx([0.475, 0.525])
    assert state.weights[0, 1].tolist() == [0.5, 0.5]


def test_a_failure_changes_nothing(version):
    state = a_state()
    before = state.weights.copy()
    version(BushMosteller.learn)(state, 0, 0, 1, 0.0, 0, None)
    assert (state.weights == before).all()


def test_senders_and_receivers_learn_on_what_they_saw_and_heard(version, stream):
    sender, receiver = a_state(BushMostellerSender, alpha=1.0), a_state(BushMostellerReceiver, alpha=1.0)
    said = int(version(BushMostellerSender.speak)(sender, 0, 1, stream))
    version(BushMostellerSender.learn)(sender, 0, 1, said, 1.0, 0, stream)
    version(BushMostellerReceiver.hear)(receiver, 0, 0, 1.0, float(said))
    done = version(BushMostellerReceiver.act)(receiver, 0, 0, stream)
    version(BushMostellerReceiver.learn)(receiver, 0, 0, done, 1.0, 0, stream)
    assert sender.weights[0, 1, said] == 1.0
    assert receiver.weights[0, said, done] == 1.0
    assert version(BushMostellerSender.act)(sender, 0, 1, stream) == said


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), max_size=40), st.integers(0, 2**32))
def test_chances_stay_chances(rounds, seed):
    state, stream = a_state(alpha=0.9), seed_streams(seed, np.arange(1), Purpose.LEARNERS)[0]
    for observation, reward in rounds:
        action = BushMosteller.act(state, 0, observation, stream)
        BushMosteller.learn(state, 0, observation, action, reward, 0, stream)
    assert state.weights.sum(axis=2) == pytest.approx(np.ones((1, 2)))
    assert (state.weights >= 0).all()


def test_the_chance_of_never_turning_back_is_the_product():
    """Always paid from p = 1/2 on, the first action is done n more times with the chance prod_k [1 - (1 - a)^k / 2]."""
    alpha, rounds, num_agents = 0.4, 12, 4000
    learner = BushMosteller(alpha=alpha)
    state = learner.state(Specification(Discrete(2), facts={"reward_range": (0.0, 1.0)}), num_agents)
    stream, same = seed_streams(3, np.arange(1), Purpose.LEARNERS)[0], np.ones(num_agents, bool)
    for i in range(num_agents):
        first = BushMosteller.act(state, i, 0, stream)
        for _ in range(rounds):
            BushMosteller.learn(state, i, 0, first, 1.0, 0, stream)
            if BushMosteller.act(state, i, 0, stream) != first:
                same[i] = False
                break
    expected = np.prod([1 - (1 - alpha) ** k / 2 for k in range(1, rounds + 1)])
    assert same.mean() == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / num_agents))


def test_rewards_beyond_one_or_unknown_are_refused():
    with pytest.raises(ParameterError, match=r"lie between 0 and 5; accepted: an environment whose rewards lie"):
        BushMosteller().state(Specification(Discrete(2), facts={"reward_range": (0.0, 5.0)}), 1)
    with pytest.raises(ParameterError, match=r"needs the fact 'reward_range'"):
        BushMosteller().state(Specification(Discrete(2)), 1)


@pytest.mark.parametrize("environment", [Signalling(), CheapTalk(), Dialects()])
def test_games_of_signals_tell_that_rewards_lie_between_0_and_1(environment):
    for kind in environment.agent_types:
        low, high = environment.specification(kind, 2).fact("reward_range")
        assert 0.0 <= low < high <= 1.0
