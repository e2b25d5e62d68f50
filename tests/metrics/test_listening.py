"""Influence by hand and by theorem; a marginal taken wrongly; tests that keep their size on sticky agents."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.information import joint_counts, mutual_information
from socialsim.metrics.listening import (
    causal_influence,
    instantaneous_coordination,
    one_to_one_score,
    positive_listening,
    positive_signalling,
    social_influence,
)

SEEDS = st.integers(0, 10_000)


def policies(seed, num_messages=3, num_actions=4):
    stream = np.random.default_rng(seed)
    return stream.dirichlet(np.ones(num_actions), num_messages), stream.dirichlet(np.ones(num_messages))


def sticky(stream, num_steps, num_values=3, switch=0.1):
    """Return acts that are kept for ten steps on average."""
    draws = stream.integers(num_values, size=num_steps)
    kept = np.where(stream.random(num_steps) < switch, np.arange(num_steps), 0)
    return draws[np.maximum.accumulate(kept)]


def test_influence_by_hand():
    assert causal_influence([[1, 0], [0, 1]], [0.25, 0.75]) == pytest.approx(0.811278, abs=1e-6)
    assert causal_influence([[1, 0], [0.5, 0.5]]) == pytest.approx(0.311278, abs=1e-6)
    assert social_influence([[1, 0], [0, 1]], said=1) == 1.0


def test_the_mean_over_messages_in_place_of_the_sum_is_off_by_the_log_of_their_number():
    heard, said = policies(5)
    joint = said[:, None] * heard
    wrong = joint.mean(axis=0)  # of p(m) P(a | m), where the marginal is their sum
    published = float((joint * np.log2(joint / (said[:, None] * wrong))).sum())
    assert published == pytest.approx(causal_influence(heard, said) + math.log2(3), abs=1e-12)


@given(SEEDS)
def test_influence_is_the_information_of_messages_that_are_set(seed):
    heard, said = policies(seed)
    assert causal_influence(heard, said) == pytest.approx(float(mutual_information(said[:, None] * heard)), abs=1e-9)


@given(SEEDS)
def test_influence_is_the_mean_of_social_influence(seed):
    heard, said = policies(seed)
    each = [social_influence(heard, m, said) for m in range(len(said))]
    assert causal_influence(heard, said) == pytest.approx(float(said @ each), abs=1e-12)


@given(SEEDS, st.integers(2, 6))
def test_who_does_not_listen_is_not_influenced(seed, num_messages):
    deaf = np.tile(policies(seed)[0][0], (num_messages, 1))
    assert causal_influence(deaf) == pytest.approx(0, abs=1e-12)
    assert positive_listening(deaf, deaf[0]) == 0.0


def test_a_message_that_is_never_said_has_no_influence_where_it_does_what_none_does():
    assert math.isnan(social_influence([[1, 0], [0, 1]], said=0, message_probabilities=[0, 1]))
    assert social_influence([[0.5, 0.5], [0.25, 0.75]], 0, [0, 1]) == pytest.approx(0.207519, abs=1e-6)
    assert causal_influence([[1, 0], [0, 1]], [0, 1]) == 0.0


def test_one_message_leaves_influence_undefined():
    assert math.isnan(causal_influence([[0.5, 0.5]]))
    assert math.isnan(social_influence([[0.5, 0.5]], 0))


def test_positive_listening_is_the_largest_distance():
    assert positive_listening([[0.5, 0.5], [0.9, 0.1]], [0.5, 0.5]) == pytest.approx(0.4)
    assert positive_listening([[0, 1]], [1, 0]) == 1.0


def test_consistency_counts_rare_messages_as_much_as_common_ones():
    # H(A | m) = 1, 0; H(M | a) = H(1/101), 0
    h = -(1 / 101 * math.log2(1 / 101) + 100 / 101 * math.log2(100 / 101))
    assert one_to_one_score([[100, 100], [1, 0]]) == pytest.approx(1 - 0.5 * (1 / 2 + h / 2))
    assert one_to_one_score([[9, 0, 0], [0, 5, 0], [0, 0, 1]]) == 1.0
    assert math.isnan(one_to_one_score([[3, 4]]))
    assert math.isnan(one_to_one_score(np.zeros((2, 2))))


def test_coordination_is_about_the_act_that_follows():
    message = np.random.default_rng(1).integers(2, size=4000)
    act = np.roll(message, 1)
    assert instantaneous_coordination(message, act) == pytest.approx(1, abs=0.001)
    assert instantaneous_coordination(message, act, lag=0) < 0.01
    assert math.isnan(instantaneous_coordination([0], [0]))


def test_a_speaker_of_one_message_signals_nothing():
    signal = positive_signalling([0, 1, 0, 1, 1, 0], [4, 4, 4, 4, 4, 4])
    assert (signal.value, signal.p_value) == (0.0, 1.0)
    assert math.isnan(positive_signalling([], []).value)


def test_the_test_of_signalling_keeps_its_size_on_sticky_agents_and_shuffles_do_not():
    stream = np.random.default_rng(11)
    plays = [(sticky(stream, 150), sticky(stream, 150)) for _ in range(250)]
    found = np.array([positive_signalling(seen, said, num_draws=99) for seen, said in plays])
    assert (found[:, 2] <= 0.05).mean() <= 0.07
    assert abs(found[:, 0].mean()) < 0.02  # three standard errors; .17 before the subtraction

    def shuffled_p(seen, said):
        draws = [mutual_information(joint_counts(seen, stream.permutation(said))) for _ in range(39)]
        return (1 + (np.array(draws) >= mutual_information(joint_counts(seen, said))).sum()) / 40

    assert np.mean([shuffled_p(seen, said) <= 0.05 for seen, said in plays[:50]]) > 0.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: causal_influence([[0.5, 0.4], [0.5, 0.5]]), "row 0 sum to 0.9"),
        (lambda: causal_influence([[0.5, math.nan], [0.5, 0.5]]), "not finite"),
        (lambda: causal_influence([[1.0, 0.0]], [0.5, 0.5]), "accepted: 1, one for each message"),
        (lambda: causal_influence(np.eye(2), [0.5, 0.6]), "sum to 1.1"),
        (lambda: causal_influence([]), "shape"),
        (lambda: social_influence(np.eye(2), 2), "said: 2"),
        (lambda: positive_listening(np.eye(2), [1.0]), "silent: 1 actions"),
        (lambda: one_to_one_score([[1, -1], [0, 1]]), "negative"),
        (lambda: instantaneous_coordination([0, 1], [0]), "equal lengths"),
        (lambda: instantaneous_coordination([0], [0], lag=-1), "lag -1"),
        (lambda: positive_signalling([0, 1], [0]), "one value of each"),
    ],
)
def test_what_is_no_policy_is_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
