"""Exp3: by hand, its chances, and its bound against rewards that somebody else has chosen."""

import math

import numpy as np
import pytest
from scipy.stats import chisquare

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Discrete, Specification
from socialsim.learning.exp3 import FAR, Exp3, chance_of

UNUSED = np.zeros(4, np.uint64)


def a_state(num_actions=2, ends=(0.0, 1.0), num_agents=1, **parameters):
    return Exp3(**parameters).state(Specification(Discrete(num_actions), facts={"reward_range": ends}), num_agents)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_two_updates(version):
    state, learn, chance = a_state(ends=(-5.0, 5.0), gamma=0.5), version(Exp3.learn), version(chance_of)
    assert chance(state, 0, 0) == 0.5
    learn(state, 0, 0, 0, 0.0, 0, UNUSED)  # x = 1/2, over its chance 1: ln w = .5 * 1 / 2
    assert state.log_weights[0].tolist() == [0.25, 0.0]
    assert state.weights[0].tolist() == [math.exp(0.25), 1.0]
    first = 0.5 * math.exp(0.25) / (math.exp(0.25) + 1) + 0.25
    assert chance(state, 0, 0) == pytest.approx(first, rel=1e-15)
    learn(state, 0, 0, 1, 5.0, 0, UNUSED)  # x = 1
    assert state.log_weights[0, 1] == pytest.approx(0.5 / (1 - first) / 2, rel=1e-15)


@pytest.mark.parametrize(("reward", "as_if"), [(-9.0, -5.0), (7.0, 5.0)])
def test_rewards_beyond_the_ends_count_as_the_ends(version, reward, as_if):
    beyond, at_the_end = a_state(ends=(-5.0, 5.0)), a_state(ends=(-5.0, 5.0))
    version(Exp3.learn)(beyond, 0, 0, 1, reward, 0, UNUSED)
    version(Exp3.learn)(at_the_end, 0, 0, 1, as_if, 0, UNUSED)
    assert beyond.log_weights.tolist() == at_the_end.log_weights.tolist()


def test_weights_neither_overflow_nor_lose_whoever_falls_behind(version):
    state, learn = a_state(gamma=1.0), version(Exp3.learn)
    for _ in range(2000):
        learn(state, 0, 0, 0, 1.0, 0, UNUSED)
    assert state.log_weights[0, 0] == pytest.approx(2000.0)
    assert state.weights[0, 1] == math.exp(-state.reference[0])
    assert 1.0 <= state.weights[0, 0] <= math.exp(FAR)
    for _ in range(2000):
        learn(state, 0, 0, 1, 1.0, 0, UNUSED)
    assert state.weights[0, 0] == state.weights[0, 1] > 0.0


def test_an_agent_that_enters_starts_again(version, stream):
    state = a_state(num_agents=2)
    state.log_weights[:], state.weights[:], state.reference[:] = 3.0, 4.0, 5.0
    version(Exp3.initialise)(state, 1, stream)
    assert state.log_weights[:, 0].tolist() == [3.0, 0.0]
    assert state.weights[:, 0].tolist() == [4.0, 1.0]
    assert state.reference.tolist() == [5.0, 0.0]


# --- Frequencies -----------------------------------------------------------------------------------------------


def test_acts_have_the_stated_chances(stream):
    state = a_state(num_actions=3, gamma=0.3)
    state.weights[0] = [1.0, 2.0, 5.0]
    counts = np.bincount([Exp3.act(state, 0, 0, stream) for _ in range(4000)], minlength=3)
    expected = [4000 * (0.7 * share + 0.1) for share in (0.125, 0.25, 0.625)]
    assert [4000 * chance_of(state, 0, a) for a in range(3)] == pytest.approx(expected)
    assert chisquare(counts, expected).pvalue > 1e-4


# --- Theorem 3.1 -----------------------------------------------------------------------------------------------

ROUNDS = 1500
PAID = {  # rewards of three actions in each round, chosen beforehand
    "one is always best": lambda t: (0.2, 0.3, 0.9),
    "the best one turns bad": lambda t: (1.0, 0.4, 0.0) if t < ROUNDS / 3 else (0.0, 0.4, 1.0),
    "whatever was best is worst next": lambda t: [(float(a != t % 3)) for a in range(3)],
}


@pytest.mark.parametrize("sequence", PAID)
def test_regret_stays_below_the_bound_whatever_is_paid(sequence):
    gamma = math.sqrt(3 * math.log(3) / ((math.e - 1) * ROUNDS))
    paid, regrets = np.array([PAID[sequence](t) for t in range(ROUNDS)]), []
    for stream in seed_streams(2, np.arange(20), Purpose.LEARNERS):
        state, gained = a_state(num_actions=3, gamma=gamma), 0.0
        for rewards in paid:
            action = Exp3.act(state, 0, 0, stream)
            Exp3.learn(state, 0, 0, action, rewards[action], 0, stream)
            gained += rewards[action]
        regrets.append(paid.sum(axis=0).max() - gained)
    bound = (math.e - 1) * gamma * paid.sum(axis=0).max() + 3 * math.log(3) / gamma
    assert np.mean(regrets) < bound < 0.2 * ROUNDS
    assert np.mean(regrets) < (paid.max(axis=1) - paid.mean(axis=1)).sum()  # better than at random


# --- Bad input -------------------------------------------------------------------------------------------------


def test_the_ends_of_rewards_must_be_known():
    with pytest.raises(ParameterError, match=r"^learner: 'exp3' needs to know the lowest and the highest reward"):
        Exp3().state(Specification(Discrete(2)), 1)
    state = Exp3(reward_low=-1.0, reward_high=3.0).state(Specification(Discrete(2)), 1)
    assert (state.reward_low, state.reward_range) == (-1.0, 4.0)


@pytest.mark.parametrize("high", [0.0, -1.0])
def test_the_ends_of_rewards_must_be_in_order(high):
    with pytest.raises(ParameterError, match=r"^learner.reward_high: .* accepted: more than the lowest, 0.0$"):
        a_state(reward_high=high)


@pytest.mark.parametrize("gamma", [0.0, 1.1])
def test_gamma_is_a_chance_above_zero(gamma):
    with pytest.raises(ParameterError, match=r"^gamma: .* is not accepted; accepted: a float, > 0, <= 1$"):
        Exp3(gamma=gamma)
