import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.learning.policy_gradient import PolicyGradient, update_policy

UNUSED = np.zeros(4, np.uint64)


def a_state(num_observations=2, num_actions=3, num_agents=1, **parameters):
    specification = Specification(Discrete(num_actions), Discrete(num_observations))
    return PolicyGradient(**parameters).state(specification, num_agents)


def policy(state, i=0, observation=0):
    """Return a copy of the chances of each action."""
    update_policy(state, i, observation)
    return state.policy[i].copy()


# --- By hand ---------------------------------------------------------------------------------------------------


def test_the_policy_is_the_softmax_of_preferences(version):
    state = a_state()
    state.preferences[0, 1] = [math.log(1), math.log(2), math.log(5)]
    version(update_policy)(state, 0, 1)
    assert state.policy[0] == pytest.approx([1 / 8, 2 / 8, 5 / 8], rel=1e-14)


def test_large_preferences_do_not_overflow(version):
    state = a_state()
    state.preferences[0, 0] = [1000.0, 1000.0, -1000.0]
    version(update_policy)(state, 0, 0)
    assert state.policy[0].tolist() == [0.5, 0.5, 0.0]


def test_two_updates(version, stream):
    state, learn = a_state(alpha=0.5, baseline_rate=0.25), version(PolicyGradient.learn)
    update_policy(state, 0, 0)
    learn(state, 0, 0, 2, 3.0, 1, UNUSED)  # .5 (3 - 0) (1[a = 2] - 1/3)
    assert state.preferences[0] == pytest.approx(np.array([[-0.5, -0.5, 1.0], [0, 0, 0]]), rel=1e-14)
    assert state.baseline.tolist() == [0.75]
    chances = policy(state)
    learn(state, 0, 0, 0, 0.25, 1, UNUSED)  # .5 (.25 - .75) (1[a = 0] - pi)
    expected = np.array([-0.5, -0.5, 1.0]) - 0.25 * (np.array([1, 0, 0]) - chances)
    assert state.preferences[0, 0] == pytest.approx(expected, rel=1e-14)
    assert state.baseline[0] == 0.625


def test_who_enters_has_forgotten_everything(version, stream):
    state = a_state(num_agents=2)
    state.preferences[:], state.baseline[:], state.policy[:] = 7.0, 3.0, [1, 0, 0]
    version(PolicyGradient.initialise)(state, 1, stream)
    assert state.preferences[:, 0, 0].tolist() == [7, 0]
    assert state.baseline.tolist() == [3, 0]
    assert state.policy[1].tolist() == [1 / 3] * 3


# --- Frequencies, invariants, theorems --------------------------------------------------------------------------


def test_actions_are_drawn_from_the_policy(stream):
    state = a_state()
    state.preferences[0, 0] = [0.0, 1.0, 2.0]
    actions = [PolicyGradient.act(state, 0, 0, stream) for _ in range(5000)]
    assert chisquare(np.bincount(actions, minlength=3), 5000 * policy(state)).pvalue > 1e-4


rewards_and_actions = st.lists(st.tuples(st.integers(0, 2), st.floats(-5, 5)), max_size=30)


@given(rewards_and_actions, st.floats(0.01, 1))
def test_preferences_of_an_observation_keep_their_sum_and_others_their_values(history, alpha):
    state = a_state(alpha=alpha)
    for action, reward in history:
        update_policy(state, 0, 0)
        PolicyGradient.learn(state, 0, 0, action, reward, 0, UNUSED)
    assert state.preferences[0, 0].sum() == pytest.approx(0, abs=1e-9)
    assert (state.preferences[0, 1] == 0).all()


@given(*[st.lists(st.floats(-3, 3), min_size=3, max_size=3)] * 2, st.floats(-2, 2))
def test_the_expected_step_is_the_gradient_of_the_expected_reward_whatever_the_baseline(preferences, pays, baseline):
    """Williams' theorem: E[step of theta_k] = alpha d/d theta_k sum_a pi_a r_a = alpha pi_k (r_k - r_bar)."""
    step = np.zeros(3)
    start = a_state(alpha=1.0)
    start.preferences[0, 0] = preferences
    chances = policy(start)
    for action in range(3):
        state = a_state(alpha=1.0)
        state.preferences[0, 0], state.baseline[0] = preferences, baseline
        update_policy(state, 0, 0)
        PolicyGradient.learn(state, 0, 0, action, pays[action], 0, UNUSED)
        step += chances[action] * (state.preferences[0, 0] - np.array(preferences))
    assert step == pytest.approx(chances * (np.array(pays) - chances @ pays), abs=1e-12)


def test_defection_is_learned_in_the_prisoners_dilemma():
    game = Scenario(RepeatedGame(), "policy_gradient:alpha=0.1", "path:n=2", 5000)
    simulation = Simulation(game, seed=1, replications=range(20))
    simulation.advance(5000)
    defects = np.stack([simulation.learners[player].policy[:, 0, 1] for player in ("row", "column")])
    assert np.median(defects) > 0.99


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "accepted"), [("alpha", 0.0, "a float, > 0"), ("baseline_rate", 1.5, "a float, >= 0, <= 1")]
)
def test_a_value_out_of_range_is_refused(name, value, accepted):
    with pytest.raises(ParameterError) as error:
        PolicyGradient(**{name: value})
    assert str(error.value) == f"{name}: {value!r} is not accepted; accepted: {accepted}"


def test_a_softmax_needs_discrete_actions():
    with pytest.raises(ParameterError, match="needs discrete actions; in this environment they are real numbers"):
        PolicyGradient().state(Specification(Box()), 1)
