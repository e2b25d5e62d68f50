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


# --- Aspirations: Macy & Flache 2002, payoffs 4, 3, 1, 0, A = 2, l = .5 ---------------------------------------------


def aspiring(num_actions=2, **parameters):
    specification = Specification(Discrete(num_actions), facts={"reward_range": (0.0, 4.0)})
    return BushMosteller(**{"alpha": 0.5, "aspiration": 2.0} | parameters).state(specification, 1)


@pytest.mark.parametrize(
    ("action", "reward", "expected"),
    [(0, 3.0, 0.625), (0, 0.0, 0.25), (1, 4.0, 0.25), (1, 1.0, 0.625)],  # .5 + .5 s .5 and its mirror
)
def test_a_round_of_the_prisoners_dilemma_by_hand(version, action, reward, expected):
    state = aspiring()
    version(BushMosteller.learn)(state, 0, 0, action, reward, 0, None)
    assert state.weights[0, 0].tolist() == pytest.approx([expected, 1 - expected])
    assert state.aspiration[0] == 2.0


def test_what_a_failure_takes_is_shared_by_the_other_actions(version):
    state = aspiring(num_actions=3)
    version(BushMosteller.learn)(state, 0, 0, 2, 0.0, 0, None)  # s = -1
    assert state.weights[0, 0].tolist() == pytest.approx([5 / 12, 5 / 12, 1 / 6])


def test_one_grows_used_to_what_one_gets(version):
    state = aspiring(habituation=0.2)
    version(BushMosteller.learn)(state, 0, 0, 0, 3.0, 0, None)
    assert state.aspiration[0] == pytest.approx(2.2)
    version(BushMosteller.learn)(state, 0, 0, 0, 3.0, 0, None)
    assert state.weights[0, 0, 0] == pytest.approx(0.625 + 0.5 * (0.8 / 2.2) * 0.375)  # sup |r' - 2.2| = 2.2


def test_whoever_starts_again_aspires_as_at_first(version):
    state = aspiring(habituation=0.5)
    version(BushMosteller.learn)(state, 0, 0, 0, 4.0, 0, None)
    version(BushMosteller.initialise)(state, 0, None)
    assert state.aspiration[0] == 2.0
    assert state.weights[0, 0].tolist() == [0.5, 0.5]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.floats(-9, 9)), max_size=40),
    st.floats(-20, 20),
    st.floats(0, 1),
    st.floats(0.01, 1),
)
def test_chances_stay_chances_whatever_one_aspires_to(rounds, aspiration, habituation, alpha):
    specification = Specification(Discrete(3), facts={"reward_range": (-9.0, 9.0)})
    learner = BushMosteller(alpha=alpha, aspiration=aspiration, habituation=habituation)
    state = learner.state(specification, 1)
    for action, reward in rounds:
        BushMosteller.learn(state, 0, 0, action, reward, 0, None)
    assert state.weights.sum() == pytest.approx(1.0)
    assert (state.weights >= 0).all()


def test_where_rewards_are_always_what_one_aspires_to_nothing_is_learnt(version):
    specification = Specification(Discrete(2), facts={"reward_range": (1.0, 1.0)})
    state = BushMosteller(aspiration=1.0).state(specification, 1)
    version(BushMosteller.learn)(state, 0, 0, 0, 1.0, 0, None)
    assert state.weights[0, 0].tolist() == [0.5, 0.5]


def test_rewards_of_an_unknown_range_are_refused():
    with pytest.raises(ParameterError, match=r"needs the fact 'reward_range'"):
        BushMosteller().state(Specification(Discrete(2)), 1)


@pytest.mark.parametrize("environment", [Signalling(), CheapTalk(), Dialects()])
def test_games_of_signals_tell_that_rewards_lie_between_0_and_1(environment):
    for kind in environment.agent_types:
        low, high = environment.specification(kind, 2).fact("reward_range")
        assert 0.0 <= low < high <= 1.0
