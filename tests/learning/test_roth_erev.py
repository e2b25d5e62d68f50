import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Discrete, Specification
from socialsim.learning.roth_erev import (
    RothErev,
    RothErevReceiver,
    RothErevSender,
    RothErevSpeller,
    RothErevTalker,
)

UNUSED = np.zeros(4, np.uint64)
FACTS = {"num_messages": 4, "num_states": 2, "num_acts": 3, "symbols": (2, 3)}


def a_state(learner=RothErev, num_observations=2, num_actions=3, **parameters):
    specification = Specification(Discrete(num_actions), Discrete(num_observations), FACTS)
    return learner(**parameters).state(specification, 1)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_what_was_drawn_comes_back_with_its_reward(version, stream):
    state = a_state()
    action = version(RothErev.act)(state, 0, 1, stream)
    version(RothErev.learn)(state, 0, 1, action, 2.5, 0, stream)
    expected = np.ones((2, 3))
    expected[1, action] = 3.5
    assert state.weights[0].tolist() == expected.tolist()


def test_an_urn_with_one_kind_of_ball_gives_it(version, stream):
    state = a_state()
    state.weights[0, 1] = [0.0, 1e-9, 0.0]
    assert version(RothErev.act)(state, 0, 1, stream) == 1


def test_a_sender_acts_as_it_spoke_and_reinforces_the_message(version, stream):
    state = a_state(RothErevSender)
    assert state.weights.shape == (1, 2, 4)  # an urn a state, a ball a message
    state.weights[0, 1] = [0.0, 0.0, 0.0, 1.0]
    message = version(RothErevSender.speak)(state, 0, 1, stream)
    assert (message, version(RothErevSender.act)(state, 0, 1, stream)) == (3.0, 3)
    version(RothErevSender.learn)(state, 0, 1, 3, 1.0, 0, stream)
    assert state.weights[0].tolist() == [[1, 1, 1, 1], [0, 0, 0, 2]]


def test_a_receiver_draws_from_the_urn_of_the_message(version, stream):
    state = a_state(RothErevReceiver)
    assert state.weights.shape == (1, 4, 3)  # an urn a message, a ball an act
    state.weights[0, 2] = [0.0, 1.0, 0.0]
    version(RothErevReceiver.hear)(state, 0, 1, 1.0, 2.0)
    action = version(RothErevReceiver.act)(state, 0, 0, stream)
    version(RothErevReceiver.learn)(state, 0, 0, action, 4.0, 0, stream)
    assert action == 1
    assert state.weights[0, 2].tolist() == [0, 5, 0]


def test_certainty_is_the_mean_share_of_the_commonest_ball():
    state = a_state()._replace(weights=np.array([[[[1.0, 1.0, 2.0], [9.0, 0.5, 0.5]]]]))
    assert RothErev().columns(state)["certainty"].tolist() == [[(0.5 + 0.9) / 2]]


def test_forgetting_takes_a_share_of_the_urn_drawn_from_down_to_the_floor(version):
    state = a_state(forgetting=0.5, floor=0.2)
    state.weights[0, 1] = [8.0, 1.0, 0.3]
    state.urn[0] = 1
    version(RothErev.learn)(state, 0, 1, 0, 3.0, 0, UNUSED)
    assert state.weights[0].tolist() == [[1, 1, 1], [7.0, 0.5, 0.2]]


def test_forgetting_alone_never_empties_an_urn(version):
    state = a_state(forgetting=0.9)
    for _ in range(1000):
        version(RothErev.learn)(state, 0, 0, 0, 0.0, 0, UNUSED)
    assert (state.weights[0, 0] > 0).all()


def test_a_ball_below_the_cutoff_is_gone_for_good(version, stream):
    state = a_state(cutoff=0.1)
    state.weights[0, 0] = [9.0, 1.0, 2.0]
    version(RothErev.learn)(state, 0, 0, 0, 1.0, 0, UNUSED)
    assert state.weights[0, 0].tolist() == [10.0, 0.0, 2.0]
    assert {int(version(RothErev.act)(state, 0, 0, stream)) for _ in range(200)} == {0, 2}


def test_a_talker_has_urns_for_states_and_for_messages(version, stream):
    specification = Specification(Discrete(4), Discrete(3), FACTS)
    state = RothErevTalker().state(specification, 1)
    assert state.weights[0].tolist() == [[1, 1, 1, 1]] * 2 + [[1, 1, 1, 0]] * 4
    assert np.isnan(version(RothErevTalker.speak)(state, 0, 2, stream))  # it is to listen
    version(RothErevTalker.hear)(state, 0, 1, 1.0, 3.0)
    action = version(RothErevTalker.act)(state, 0, 2, stream)
    version(RothErevTalker.learn)(state, 0, 2, action, 2.0, 0, stream)
    assert state.weights[0, 2 + 3, action] == 3.0
    message = version(RothErevTalker.speak)(state, 0, 1, stream)
    assert version(RothErevTalker.act)(state, 0, 1, stream) == message
    version(RothErevTalker.learn)(state, 0, 1, int(message), 1.0, 0, stream)
    assert state.weights[0, 1, int(message)] == 2.0


def test_a_speller_reinforces_each_symbol_of_what_it_said(version, stream):
    state = a_state(RothErevSpeller)
    assert state.weights[0].tolist() == [[1, 1, 0], [1, 1, 1]] * 2  # two states, places of two and three symbols
    message = int(version(RothErevSpeller.speak)(state, 0, 1, stream))
    version(RothErevSpeller.learn)(state, 0, 1, message, 1.0, 0, stream)
    first, second = divmod(message, 3)
    assert state.weights[0, 2, first] == 2.0
    assert state.weights[0, 3, second] == 2.0
    assert state.weights.sum() == 12.0


def test_all_messages_can_be_spelled(version, stream):
    state = a_state(RothErevSpeller)
    assert {int(version(RothErevSpeller.speak)(state, 0, 0, stream)) for _ in range(300)} == set(range(6))


def test_a_receiver_on_a_noisy_channel_hears_any_message(version, stream):
    facts = FACTS | {"misheard": 1.0}
    state = RothErevReceiver().state(Specification(Discrete(3), Discrete(1), facts), 1)
    urns = set()
    for _ in range(200):
        version(RothErevReceiver.hear)(state, 0, 1, 1.0, 0.0)
        version(RothErevReceiver.act)(state, 0, 0, stream)
        urns.add(int(state.urn[0]))
    assert urns == {0, 1, 2, 3}


# --- Invariants ------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 10)), max_size=30), st.integers(0, 2**32))
def test_weights_never_shrink_and_add_up_to_the_rewards(rounds, seed):
    state, stream = a_state(initial_weight=0.5), seed_streams(seed, np.arange(1), Purpose.LEARNERS)[0]
    before = state.weights.copy()
    for observation, reward in rounds:
        action = RothErev.act(state, 0, observation, stream)
        RothErev.learn(state, 0, observation, action, reward, 0, stream)
        assert (state.weights >= before).all()
        before = state.weights.copy()
    assert state.weights.sum() == pytest.approx(6 * 0.5 + sum(reward for _, reward in rounds))


# --- Frequencies and a theorem ----------------------------------------------------------------------------------


def test_actions_are_drawn_in_proportion_to_the_weights(stream):
    state = a_state()
    state.weights[0, 0] = [1.0, 2.0, 5.0]
    counts = np.bincount([RothErev.act(state, 0, 0, stream) for _ in range(4000)], minlength=3)
    assert chisquare(counts, [500, 1000, 2500]).pvalue > 1e-4


def test_with_equal_rewards_every_composition_of_the_urn_is_equally_likely():
    """Polya's urn: from one ball of each of two kinds, the number of draws of the first is uniform on 0 .. n."""
    num_urns, num_draws, counts = 1500, 7, []
    stream = seed_streams(5, np.arange(1), Purpose.LEARNERS)[0]
    for _ in range(num_urns):
        state = a_state(num_observations=1, num_actions=2)
        for _ in range(num_draws):
            RothErev.learn(state, 0, 0, RothErev.act(state, 0, 0, stream), 1.0, 0, UNUSED)
        counts.append(int(state.weights[0, 0, 0]) - 1)
    assert chisquare(np.bincount(counts, minlength=num_draws + 1)).pvalue > 1e-4


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("learner", [RothErev, RothErevSender, RothErevReceiver])
def test_an_empty_urn_is_refused(learner):
    with pytest.raises(ParameterError, match=r"^initial_weight: 0 is not accepted; accepted: a float, > 0$"):
        learner(initial_weight=0)


def test_a_cutoff_that_would_empty_an_urn_is_refused():
    with pytest.raises(ParameterError, match=r"^learner.cutoff: 0.4 would empty an urn of 3 kinds of ball; .* 1/3$"):
        a_state(cutoff=0.4)


@pytest.mark.parametrize("learner", [RothErevSender, RothErevReceiver])
def test_signals_need_an_environment_with_messages(learner):
    with pytest.raises(ParameterError, match="needs the fact 'num_messages'"):
        learner().state(Specification(Discrete(2)), 1)


@pytest.mark.parametrize("learner", [RothErev, RothErevSender, RothErevReceiver, RothErevTalker, RothErevSpeller])
def test_environments_whose_rewards_may_be_negative_are_refused(learner):
    specification = Specification(Discrete(4), Discrete(3), FACTS | {"reward_range": (-1.0, 4.0)})
    with pytest.raises(ParameterError, match=r"here they may be -1; accepted: an environment whose rewards are"):
        learner().state(specification, 1)
