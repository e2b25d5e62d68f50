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
from socialsim.learning.q_learning import QLearning
from socialsim.learning.values import TIED, assign, greedy_action, highest_value

UNUSED = np.zeros(4, np.uint64)


def a_state(num_observations=3, num_actions=2, num_agents=1, **parameters):
    specification = Specification(Discrete(num_actions), Discrete(num_observations))
    return QLearning(**parameters).state(specification, num_agents)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_two_updates(version):
    state, learn = a_state(alpha=0.5, discount=0.9), version(QLearning.learn)
    learn(state, 0, 0, 1, 5.0, 2, UNUSED)  # 0 + .5 (5 + .9 * 0 - 0)
    assert state.values[0].tolist() == [[0, 2.5], [0, 0], [0, 0]]
    learn(state, 0, 2, 0, 3.0, 0, UNUSED)  # 0 + .5 (3 + .9 * 2.5 - 0)
    assert state.values[0].tolist() == [[0, 2.5], [0, 0], [2.625, 0]]
    learn(state, 0, 0, 1, 5.0, 2, UNUSED)  # 2.5 + .5 (5 + .9 * 2.625 - 2.5)
    assert state.values[0, 0, 1] == pytest.approx(4.93125, rel=1e-15)


def test_values_start_at_the_initial_one_and_an_agent_that_enters_starts_again(version, stream):
    state = a_state(num_agents=2, initial_value=7.0)
    assert (state.values == 7.0).all()
    state.values[:], state.exploration[:], state.num_stable[:] = 1.0, 0.05, 5
    version(QLearning.initialise)(state, 1, stream)
    assert state.values[:, 0, 0].tolist() == [1.0, 7.0]
    assert state.exploration.tolist() == [0.05, 0.1]
    assert state.num_stable.tolist() == [5, 0]


def test_the_best_action_is_taken_without_a_draw(version, stream):
    before = stream.tolist()
    assert version(greedy_action)(np.array([1.0, 3.0, 2.0]), stream) == 1
    assert stream.tolist() == before


def test_exploration_decays_exponentially_with_ones_own_acts(version, stream):
    state = a_state(epsilon=0.8, beta=0.05, num_agents=2)
    for _ in range(3):
        version(QLearning.act)(state, 0, 1, stream)
    assert state.exploration == pytest.approx([0.8 * math.exp(-0.15), 0.8], rel=1e-14)


def test_an_agent_settles_when_its_strategy_has_not_changed_for_long_enough(version):
    state, learn, settled = a_state(patience=2, alpha=0.5), version(QLearning.learn), version(QLearning.settled)
    seen = []
    for reward, action in ((1.0, 0), (1.0, 0), (1.0, 0), (9.0, 1), (9.0, 1), (9.0, 1)):  # all values equal at first
        learn(state, 0, 0, action, reward, 1, UNUSED)
        seen.append(settled(state, 0))
    assert seen == [-1, -1, 0, -1, -1, 0]
    assert settled(a_state(patience=0), 0) == -1


def test_values_start_from_uniform_rivals():
    facts = {"mean_rewards": np.array([[1.0, 2.0], [3.0, 4.0]])}
    specification = Specification(Discrete(2), Discrete(3), facts)
    state = QLearning(initial_value="uniform_rivals", discount=0.5).state(specification, 2)
    assert state.values.tolist() == [[[2.0, 4.0]] * 3, [[6.0, 8.0]] * 3]


def test_only_the_committed_action_counts_where_one_is_committed():
    specification = Specification(Discrete(2), Discrete(3), {"committed": np.array([[-1, 0, 1]])})
    state = QLearning(initial_value=5.0).state(specification, 1)
    assert state.values[0].tolist() == [[5.0, 5.0], [5.0, -math.inf], [-math.inf, 5.0]]


# --- Frequencies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "best"), [([1.0, 1.0], [0, 1]), ([2.0, 0.0, 2.0, 2.0], [0, 2, 3]), ([0.0, 1.0, 1.0], [1, 2])]
)
def test_ties_are_broken_uniformly(values, best, stream):
    actions = [greedy_action(np.array(values), stream) for _ in range(3000)]
    counts = np.bincount(actions, minlength=len(values))
    assert counts[best].sum() == 3000
    assert chisquare(counts[best]).pvalue > 1e-4


@pytest.mark.parametrize("epsilon", [0.8, 0.3])
def test_every_action_is_explored_equally_often(epsilon, stream):
    state, num_draws = a_state(num_actions=4, epsilon=epsilon), 4000
    state.values[0, 0] = [0.0, 0.0, 1.0, 0.0]
    counts = np.bincount([QLearning.act(state, 0, 0, stream) for _ in range(num_draws)], minlength=4)
    expected = num_draws * np.array([epsilon / 4, epsilon / 4, 1 - 3 * epsilon / 4, epsilon / 4])
    assert chisquare(counts, expected).pvalue > 1e-4


# --- Invariants ------------------------------------------------------------------------------------------------


@given(
    st.floats(0.01, 1),
    st.floats(0, 0.95),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.floats(-1, 1), st.integers(0, 2)), max_size=40),
)
def test_values_never_exceed_what_rewards_can_add_up_to(alpha, discount, transitions):
    state = a_state(alpha=alpha, discount=discount)
    for observation, action, reward, following in transitions:
        QLearning.learn(state, 0, observation, action, reward, following, UNUSED)
    assert np.abs(state.values).max() <= 1 / (1 - discount) + 1e-9


@given(st.integers(0, 2), st.integers(0, 1), st.floats(-9, 9), st.integers(0, 2))
def test_an_update_touches_one_entry_of_one_agent(observation, action, reward, following):
    state = a_state(num_agents=2, alpha=0.3, initial_value=1.5)
    QLearning.learn(state, 1, observation, action, reward, following, UNUSED)
    changed = np.argwhere(state.values != 1.5).tolist()
    assert changed in ([], [[1, observation, action]])


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(-2, 2)), max_size=60))
def test_the_kept_greedy_action_is_the_only_best_one_or_none(updates):
    state = a_state(num_observations=2, num_actions=3)
    for observation, action, value in updates:
        values, before = state.values[0, observation].copy(), state.greedy[0, observation]
        is_stable = assign(state, 0, observation, action, float(value))
        values[action] = value
        best = np.flatnonzero(values == values.max())
        assert state.values[0, observation].tolist() == values.tolist()
        assert state.greedy[0, observation] == (best[0] if len(best) == 1 else TIED)
        assert highest_value(state, 0, observation) == values.max()
        assert is_stable == (len(best) == 1 and before == best[0])


# --- Limits: the exact values of a decision problem -------------------------------------------------------------


@pytest.mark.parametrize(("opponent", "best_payoff", "other_payoff"), [(0, 5.0, 3.0), (1, 1.0, 0.0)])
def test_against_a_constant_opponent_values_converge_to_the_best_reply(opponent, best_payoff, other_payoff):
    """Defection pays r for ever, r / (1 - gamma); one round of cooperation first pays c + gamma r / (1 - gamma)."""
    learners = {"row": "q_learning:alpha=0.5,discount=0.8,epsilon=0.5", "column": f"constant:action={opponent}"}
    simulation = Simulation(Scenario(RepeatedGame(), learners, "path:n=2", 3000), seed=1, replications=range(5))
    simulation.advance(3000)
    values = simulation.learners["row"].values[:, 0]
    visited = [1 + opponent, 3 + opponent]  # after either act against this opponent
    defect, cooperate = best_payoff / 0.2, other_payoff + 0.8 * best_payoff / 0.2
    assert values[:, visited, 1] == pytest.approx(np.full((5, 2), defect), abs=1e-9)
    assert values[:, visited, 0] == pytest.approx(np.full((5, 2), cooperate), abs=1e-9)


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("alpha", 0.0, "a float, > 0, <= 1"),
        ("discount", 1.0, "a float, >= 0, < 1"),
        ("epsilon", -0.1, "a float, >= 0, <= 1"),
        ("beta", math.inf, "a float, >= 0"),
    ],
)
def test_a_value_out_of_range_is_refused(name, value, accepted):
    with pytest.raises(ParameterError) as error:
        QLearning(**{name: value})
    assert str(error.value) == f"{name}: {value!r} is not accepted; accepted: {accepted}"


def test_a_table_needs_discrete_actions():
    with pytest.raises(ParameterError, match="needs discrete actions; in this environment they are real numbers"):
        QLearning().state(Specification(Box()), 1)
