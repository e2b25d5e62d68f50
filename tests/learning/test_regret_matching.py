"""Regret matching: by hand, its bound, and the equilibria that it finds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.learning.regret_matching import RegretMatching

ROCK_PAPER_SCISSORS = ((0.0, -1.0, 1.0), (1.0, 0.0, -1.0), (-1.0, 1.0, 0.0))
SHAPLEY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
SHAPLEY_COLUMN = ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0))


def a_state(num_actions=3, **parameters):
    facts = {"observation": "payoff of each action"}
    seen = Box(shape=(num_actions,))
    return RegretMatching(**parameters).state(Specification(Discrete(num_actions), seen, facts), 1)


def play(payoffs, column_payoffs=(), *, rounds, replications, **parameters):
    """Return each player's share of action 0 and average regret, shape (num_runs, 2)."""
    game = RepeatedGame(payoffs=payoffs, column_payoffs=column_payoffs, observation="payoffs")
    learner = RegretMatching(**parameters)
    simulation = Simulation(Scenario(game, learner, "path:n=2", rounds), seed=1, replications=range(replications))
    simulation.advance(rounds)
    regrets = np.hstack([learner.columns(state)["regret"] for state in simulation.learners.values()])
    return game.columns(simulation.environment)["share_first"], regrets


# --- By hand ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("plus", "second"), [(False, [-2, 2, -3]), (True, [0, 2, 0])])
def test_two_rounds(version, stream, plus, second):
    state, learn = a_state(plus=plus), version(RegretMatching.learn)
    learn(state, 0, None, 0, 1.0, np.array([1.0, 3.0, 0.0]), stream)
    assert state.regrets[0].tolist() == ([0, 2, 0] if plus else [0, 2, -1])
    assert version(RegretMatching.act)(state, 0, None, stream) == 1  # the only regret
    learn(state, 0, None, 1, 2.0, np.array([0.0, 2.0, 0.0]), stream)
    assert state.regrets[0].tolist() == second
    assert state.weights[0].tolist() == [0, 2, 0]
    assert state.num_rounds[0] == 2


def test_acts_are_drawn_in_proportion_to_positive_regrets(stream):
    state = a_state()
    RegretMatching.learn(state, 0, None, 1, 0.0, np.array([1.0, 0.0, 3.0]), stream)
    counts = np.bincount([RegretMatching.act(state, 0, None, stream) for _ in range(2000)], minlength=3)
    assert counts[1] == 0
    assert chisquare(counts[[0, 2]], [500, 1500]).pvalue > 1e-4


def test_who_regrets_nothing_acts_uniformly(stream):
    state = a_state()
    RegretMatching.learn(state, 0, None, 1, 0.0, np.array([-1.0, 0.0, -3.0]), stream)
    counts = np.bincount([RegretMatching.act(state, 0, None, stream) for _ in range(2000)], minlength=3)
    assert chisquare(counts).pvalue > 1e-4


def test_an_agent_that_enters_starts_again(version, stream):
    state = a_state()
    version(RegretMatching.learn)(state, 0, None, 1, 0.0, np.array([1.0, 0.0, 3.0]), stream)
    version(RegretMatching.initialise)(state, 0, stream)
    assert (state.regrets.sum(), state.weights.sum(), state.num_rounds[0]) == (0.0, 0.0, 0)


# --- Invariants ------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 2), st.tuples(*[st.integers(-9, 9)] * 3)), min_size=1, max_size=20))
def test_regrets_are_what_one_thing_throughout_would_have_added(rounds):
    state, forgiving = a_state(), a_state(plus=True)
    for action, payoffs in rounds:
        for each in (state, forgiving):
            RegretMatching.learn(each, 0, None, action, 0.0, np.array(payoffs, float), None)
    paid = np.array([payoffs for _, payoffs in rounds])
    received = sum(payoffs[action] for action, payoffs in rounds)
    assert state.regrets[0].tolist() == (paid.sum(axis=0) - received).tolist()
    assert (forgiving.regrets >= np.maximum(state.regrets, 0)).all()
    if max(state.regrets[0]) >= 0:
        stacked = type(state)(0, *(np.array(values)[None] for values in state[1:]))
        assert RegretMatching().columns(stacked)["regret"][0, 0] == max(state.regrets[0]) / len(rounds)


# --- Theorems --------------------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize("plus", [False, True])
@pytest.mark.parametrize("rounds", [100, 10_000])
@pytest.mark.parametrize(
    ("payoffs", "column_payoffs", "largest_difference"),
    [(ROCK_PAPER_SCISSORS, (), 2.0), (SHAPLEY, SHAPLEY_COLUMN, 1.0)],
)
def test_average_regret_vanishes_as_fast_as_the_bound(payoffs, column_payoffs, largest_difference, rounds, plus):
    _, regrets = play(payoffs, column_payoffs, rounds=rounds, replications=50, plus=plus)
    assert 0.0 < regrets.mean() < largest_difference * math.sqrt(2 / rounds)


@pytest.mark.compiled
def test_average_play_in_rock_paper_scissors_becomes_the_equilibrium():
    """Where both regret at most e, average play is within 2e of an equilibrium, here a third each."""
    short, long = (
        np.abs(play(ROCK_PAPER_SCISSORS, rounds=rounds, replications=100)[0] - 1 / 3).mean() for rounds in (100, 10_000)
    )
    assert long < short / 5
    assert long < 0.01


def test_dominated_actions_die_out():
    shares, _ = play(((3.0, 0.0), (5.0, 1.0)), rounds=1000, replications=20)
    assert shares.max() < 0.01
