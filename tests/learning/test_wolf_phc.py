"""WoLF policy hill climbing: by hand, and why two rates are better than one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.learning.wolf_phc import WolfPhc

MATCHING_PENNIES = RepeatedGame(payoffs=((1.0, -1.0), (-1.0, 1.0)), column_payoffs=((-1.0, 1.0), (1.0, -1.0)))


def a_state(num_observations=2, num_actions=3, facts=None, **parameters):
    specification = Specification(Discrete(num_actions), Discrete(num_observations), facts or {})
    return WolfPhc(**parameters).state(specification, 1)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_two_updates(version, stream):
    state, learn = a_state(alpha=0.5, discount=0.5, delta_win=0.1, delta_lose=0.2), version(WolfPhc.learn)
    learn(state, 0, 0, 1, 4.0, 1, stream)  # Q = 0 + .5 (4 + .5 * 0 - 0); no lead yet: it loses
    assert state.values[0, 0].tolist() == [0.0, 2.0, 0.0]
    third = 1 / 3
    assert state.average_policy[0, 0] == pytest.approx([third, third, third])
    assert state.policy[0, 0] == pytest.approx([third - 0.1, third + 0.2, third - 0.1])
    learn(state, 0, 0, 1, 4.0, 0, stream)  # Q = 2 + .5 (4 + .5 * 2 - 2); the policy leads its average: it wins
    assert state.values[0, 0].tolist() == [0.0, 3.5, 0.0]
    assert state.average_policy[0, 0] == pytest.approx([third - 0.05, third + 0.1, third - 0.05])
    assert state.policy[0, 0] == pytest.approx([third - 0.15, third + 0.3, third - 0.15])
    assert state.num_visits[0].tolist() == [2, 0]
    assert state.policy[0, 1] == pytest.approx([third, third, third])


def test_no_chance_becomes_negative(version, stream):
    state = a_state(alpha=1.0, delta_win=1.0, delta_lose=1.0)
    state.policy[0, 0] = [0.1, 0.2, 0.7]
    version(WolfPhc.learn)(state, 0, 0, 1, 4.0, 1, stream)
    assert state.policy[0, 0] == pytest.approx([0.0, 0.8, 0.2])  # at most 1 / 2 from each


def test_acts_are_drawn_from_the_policy_or_uniformly(stream):
    state = a_state(epsilon=0.3)
    state.policy[0, 1] = [0.0, 0.25, 0.75]
    counts = np.bincount([WolfPhc.act(state, 0, 1, stream) for _ in range(3000)], minlength=3)
    assert chisquare(counts, [300, 300 + 525, 300 + 1575]).pvalue > 1e-4


def test_an_agent_that_enters_starts_again(version, stream):
    state = a_state(initial_value=2.0)
    version(WolfPhc.learn)(state, 0, 0, 1, 4.0, 1, stream)
    version(WolfPhc.initialise)(state, 0, stream)
    assert (state.values == 2.0).all()
    assert (state.policy == 1 / 3).all()
    assert (state.average_policy == 1 / 3).all()
    assert (state.num_visits == 0).all()


def test_one_action_is_no_choice(version, stream):
    state = a_state(num_actions=1)
    version(WolfPhc.learn)(state, 0, 0, 0, 4.0, 1, stream)
    assert state.policy[0, 0].tolist() == [1.0]


# --- Invariants ------------------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), st.floats(-5, 5), st.integers(0, 1)), max_size=40),
    st.floats(0.01, 1),
    st.floats(0.01, 1),
)
def test_policies_stay_distributions(transitions, delta_win, delta_lose):
    state, stream = a_state(delta_win=delta_win, delta_lose=delta_lose), np.ones(4, np.uint64)
    for observation, action, reward, following in transitions:
        WolfPhc.learn(state, 0, observation, action, reward, following, stream)
        for policy in (state.policy, state.average_policy):
            assert policy.min() >= 0.0
            assert policy.sum(axis=2) == pytest.approx(np.ones((1, 2)))


def test_what_is_impossible_is_never_in_the_policy(version, stream):
    state = a_state(facts={"committed": np.array([[2, -1]])})
    for _ in range(5):
        version(WolfPhc.learn)(state, 0, 0, 2, 1.0, 1, stream)
        version(WolfPhc.learn)(state, 0, 1, 0, 1.0, 0, stream)
    assert state.policy[0, 0].tolist() == state.average_policy[0, 0].tolist() == [0.0, 0.0, 1.0]
    assert state.policy[0, 1, 0] > 1 / 3
    assert not np.isnan(state.values).any()


# --- The variable rate ------------------------------------------------------------------------------------------


def distance_to_equilibrium(**rates):
    """Return the root mean square distance to (1/2, 1/2) in matching pennies, over rounds, observations and runs."""
    learner = WolfPhc(alpha=0.05, discount=0.0, **rates)
    simulation = Simulation(Scenario(MATCHING_PENNIES, learner, "path:n=2", 60_000), seed=1, replications=range(10))
    squares = []
    for rounds in range(30_000, 60_000, 5000):
        simulation.advance(rounds)
        squares += [(state.policy[..., 1:, :] - 0.5) ** 2 for state in simulation.learners.values()]
    return np.sqrt(np.mean(squares))


@pytest.mark.compiled
def test_two_who_win_slowly_and_lose_fast_come_near_to_the_mixed_equilibrium():
    assert distance_to_equilibrium(delta_win=0.0005, delta_lose=0.002) < 0.08


@pytest.mark.compiled
@pytest.mark.parametrize("delta", [0.0005, 0.002])
def test_with_one_rate_they_circle_around_it(delta):
    assert distance_to_equilibrium(delta_win=delta, delta_lose=delta) > 0.3


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["delta_win", "delta_lose"])
def test_a_policy_that_never_moves_is_refused(name):
    with pytest.raises(ParameterError, match=rf"^{name}: 0 is not accepted; accepted: a float, > 0, <= 1$"):
        WolfPhc(**{name: 0})
