"""Experience-weighted attraction: by hand, and the rules that it contains."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.learning.experience_weighted_attraction import ExperienceWeightedAttraction
from socialsim.learning.fictitious_play import FictitiousPlay

SPECIFICATION = Specification(Discrete(3), Box(shape=(3,)), {"observation": "payoff of each action"})
ROUNDS = st.lists(st.tuples(st.integers(0, 2), st.tuples(*[st.floats(-9, 9)] * 3)), min_size=1, max_size=15)


def a_state(**parameters):
    return ExperienceWeightedAttraction(**parameters).state(SPECIFICATION, 1)


def learn(state, rounds):
    """Return the attractions after some rounds of (action, what each action would have paid)."""
    for action, payoffs in rounds:
        ExperienceWeightedAttraction.learn(state, 0, None, action, payoffs[action], np.array(payoffs), None)
    return state.attractions[0]


def faded(rounds, phi, counts):
    """Return sum_s phi^(t-s) u_s(a) over what counts, and the sum of all phi^(t-s)."""
    weights = phi ** np.arange(len(rounds))[::-1]
    paid = np.array([payoffs for _, payoffs in rounds])
    taken = np.array([[a == action for a in range(3)] for action, _ in rounds])
    return weights @ (paid * (taken if counts == "taken" else 1.0)), weights.sum()


# --- By hand ---------------------------------------------------------------------------------------------------


def test_two_rounds(version, stream):
    state = a_state(phi=0.5, delta=0.25, kappa=0.5, initial_attraction=2.0, initial_experience=1.0)
    step = version(ExperienceWeightedAttraction.learn)
    step(state, 0, None, 0, 4.0, np.array([4.0, 8.0, 0.0]), stream)
    assert state.experience[0] == 1.25  # rho = .25: .25 * 1 + 1
    assert state.attractions[0].tolist() == [5 / 1.25, 3 / 1.25, 1 / 1.25]  # (.5 * 1 * 2 + u) / N, u = 4, 2, 0
    step(state, 0, None, 2, 1.0, np.array([4.0, 0.0, 1.0]), stream)
    assert state.experience[0] == 1.3125
    assert state.attractions[0] == pytest.approx([(0.625 * 4 + 1) / 1.3125, 0.625 * 2.4 / 1.3125, 1.5 / 1.3125])


def test_choice_is_logit(version, stream):
    state = a_state(sensitivity=2.0)
    state.attractions[0] = [0.0, math.log(3) / 2, -1e9]
    version(ExperienceWeightedAttraction.act)(state, 0, None, stream)
    assert state.weights[0] / state.weights[0].sum() == pytest.approx([0.25, 0.75, 0.0], abs=1e-15)


def test_the_reward_received_counts_for_what_was_done(version, stream):
    state = a_state(phi=0.0, delta=0.5)
    version(ExperienceWeightedAttraction.learn)(state, 0, None, 1, -7.0, np.array([2.0, 4.0, 6.0]), stream)
    assert state.attractions[0].tolist() == [1.0, -7.0, 3.0]


def test_an_agent_that_enters_starts_again(version, stream):
    state = a_state(initial_attraction=3.0, initial_experience=2.0)
    learn(state, [(0, (1.0, 2.0, 3.0))])
    version(ExperienceWeightedAttraction.initialise)(state, 0, stream)
    assert state.attractions[0].tolist() == [3.0, 3.0, 3.0]
    assert state.experience[0] == 2.0


# --- The rules at the corners of the cube ------------------------------------------------------------------------


@given(ROUNDS, st.floats(0.1, 1))
def test_weighted_fictitious_play(rounds, phi):
    attractions = learn(a_state(delta=1.0, kappa=0.0, phi=phi, initial_experience=0.0), rounds)
    total, experience = faded(rounds, phi, "all")
    assert attractions == pytest.approx(total / experience, abs=1e-9)


@given(ROUNDS)
def test_fictitious_play(rounds):
    attractions = learn(a_state(delta=1.0, kappa=0.0, phi=1.0, initial_experience=0.0), rounds)
    player = FictitiousPlay().state(SPECIFICATION, 1)
    for action, payoffs in rounds:
        FictitiousPlay.learn(player, 0, None, action, payoffs[action], np.array(payoffs), None)
    assert attractions == pytest.approx(player.totals[0] / player.num_rounds[0], abs=1e-9)


@given(ROUNDS, st.floats(0.1, 1))
def test_cumulative_reinforcement(rounds, phi):
    attractions = learn(a_state(delta=0.0, kappa=1.0, phi=phi), rounds)
    total, _ = faded(rounds, phi, "taken")
    assert attractions == pytest.approx(total, abs=1e-9)


@given(ROUNDS, st.floats(0.1, 1))
def test_average_reinforcement(rounds, phi):
    attractions = learn(a_state(delta=0.0, kappa=0.0, phi=phi, initial_experience=0.0), rounds)
    total, experience = faded(rounds, phi, "taken")
    assert attractions == pytest.approx(total / experience, abs=1e-9)


@given(ROUNDS, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_experience_approaches_its_limit(rounds, phi, kappa, delta):
    state = a_state(phi=phi, kappa=kappa, delta=delta, initial_experience=0.0)
    learn(state, rounds)
    assert state.experience[0] == pytest.approx(sum(state.rho**age for age in range(len(rounds))))


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["phi", "delta", "kappa"])
@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_the_cube_has_sides_of_one(name, value):
    with pytest.raises(ParameterError, match=rf"^{name}: {value} is not accepted; accepted: a float, >= 0, <= 1$"):
        ExperienceWeightedAttraction(**{name: value})
