"""UCB1: by hand, and how often it takes what is not the best."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams, uniform
from socialsim.engine.interface import Discrete, Specification
from socialsim.learning.ucb import Ucb1


def a_state(num_actions=2, ends=(0.0, 1.0), **parameters):
    return Ucb1(**parameters).state(Specification(Discrete(num_actions), facts={"reward_range": ends}), 1)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_the_highest_bound_wins(version, stream):
    state = a_state(ends=(0.0, 10.0))
    for action, reward in ((0, 8.0), (1, 5.0), (0, 4.0)):
        version(Ucb1.learn)(state, 0, 0, action, reward, 0, stream)
    assert state.num_taken[0].tolist() == [2, 1]
    assert state.means[0] == pytest.approx([0.6, 0.5], rel=1e-15)
    assert version(Ucb1.act)(state, 0, 0, stream) == 1
    bounds = [0.6 + math.sqrt(2 * math.log(3) / 2), 0.5 + math.sqrt(2 * math.log(3))]
    assert state.bounds[0] == pytest.approx(bounds, rel=1e-15)


def test_each_action_is_tried_once_in_random_order(version):
    orders = []
    for stream in seed_streams(3, np.arange(300), Purpose.LEARNERS):
        state, order = a_state(num_actions=3), []
        for _ in range(3):
            order.append(int(version(Ucb1.act)(state, 0, 0, stream)))
            version(Ucb1.learn)(state, 0, 0, order[-1], 0.5, 0, stream)
        orders.append(tuple(order))
    assert set(map(frozenset, orders)) == {frozenset({0, 1, 2})}
    assert chisquare(np.unique(orders, axis=0, return_counts=True)[1]).pvalue > 1e-4
    assert len(set(orders)) == 6


def test_an_agent_that_enters_starts_again(version, stream):
    state = a_state()
    version(Ucb1.learn)(state, 0, 0, 1, 0.5, 0, stream)
    version(Ucb1.initialise)(state, 0, stream)
    assert (state.num_acts[0], state.num_taken.sum(), state.means.sum()) == (0, 0, 0.0)


def test_the_commonest_share_is_undefined_before_the_first_act():
    state = a_state()._replace(num_taken=np.array([[[0, 0], [3, 1]]]), num_acts=np.array([[0, 4]]))
    assert np.isnan(Ucb1().columns(state)["commonest_share"][0, 0])
    assert Ucb1().columns(state)["commonest_share"][0, 1] == 0.75


# --- Invariants and theorem 1 ------------------------------------------------------------------------------------


@given(st.integers(-3, 3), st.integers(-3, 3), st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=2))
def test_the_unit_of_rewards_changes_nothing(scale, shift, history):
    low, unit = float(shift), 2.0**scale  # powers of two and integers: no rounding
    plain, scaled = a_state(ends=(0.0, 8.0)), a_state(ends=(low, low + 8.0 * unit))
    for action, reward in history:
        Ucb1.learn(plain, 0, 0, action, float(reward), 0, None)
        Ucb1.learn(scaled, 0, 0, action, low + reward * unit, 0, None)
    assert plain.means.tolist() == scaled.means.tolist()


def test_worse_actions_are_taken_as_seldom_as_the_theorem_says():
    chances, num_acts, taken = (0.9, 0.6, 0.4), 3000, []
    for stream in seed_streams(1, np.arange(15), Purpose.LEARNERS):
        state = a_state(num_actions=3)
        for _ in range(num_acts):
            action = Ucb1.act(state, 0, 0, stream)
            Ucb1.learn(state, 0, 0, action, float(uniform(stream) < chances[action]), 0, stream)
        taken.append(state.num_taken[0].copy())
    for action in (1, 2):
        gap = 0.9 - chances[action]
        bound = 8 * math.log(num_acts) / gap**2 + 1 + math.pi**2 / 3
        chance, best = chances[action], 0.9
        divergence = chance * math.log(chance / best) + (1 - chance) * math.log((1 - chance) / (1 - best))
        lower = math.log(num_acts) / divergence  # no good rule takes it less often in the long run (Lai and Robbins)
        assert lower < np.mean(taken, axis=0)[action] < bound < num_acts


# --- Bad input -------------------------------------------------------------------------------------------------


def test_the_ends_of_rewards_must_be_known():
    with pytest.raises(ParameterError, match=r"^learner: 'ucb1' needs to know the lowest and the highest reward"):
        Ucb1().state(Specification(Discrete(2)), 1)
