import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.repeated_game import RepeatedGame, cooperation_rate
from socialsim.environments.tournament.automata import memory_one as automaton
from socialsim.environments.tournament.exact import outcome_shares
from socialsim.learning.memory_one import MemoryOne
from socialsim.metrics.dilemmas import memory_one as fit

GAME = Specification(Discrete(2), Discrete(5))


def play(row, column, steps, replications):
    """Return the acts of both players, shape (replications, steps) each."""
    model = Scenario(RepeatedGame(), {"row": row, "column": column}, "path:n=2", steps, (cooperation_rate,))
    acts = run(model, replications=replications, seed=3, record="events").table("act")
    return [acts[acts.agent == i].action.to_numpy().reshape(replications, steps) for i in (0, 1)]


def test_the_last_round_decides(version, stream):
    pavlov = MemoryOne(dc=0.0, dd=1.0).state(GAME, 1)
    acts = [int(version(MemoryOne.act)(pavlov, 0, observation, stream)) for observation in range(5)]
    assert acts == [0, 0, 1, 1, 0]


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5), st.floats(0, 1), st.integers(0, 4))
def test_chances_sum_to_one(chances, noise, observation):
    first, cc, cd, dc, dd = chances
    state, out = MemoryOne(first=first, cc=cc, cd=cd, dc=dc, dd=dd, noise=noise).state(GAME, 1), np.zeros(2)
    getattr(MemoryOne.probabilities, "py_func", MemoryOne.probabilities)(state, 0, observation, out)
    assert out.sum() == pytest.approx(1.0)
    assert ((out >= 0) & (out <= 1)).all()


def test_what_is_measured_is_what_was_given():
    row = MemoryOne(cc=0.9, cd=0.3, dc=0.6, dd=0.2)
    own, other = play(row, MemoryOne(cc=0.7, cd=0.5, dc=0.4, dd=0.3), steps=400, replications=10)
    for estimate, chance in zip(fit(own == 0, other == 0), (0.9, 0.3, 0.6, 0.2), strict=True):
        assert abs(estimate.value - chance) < 4 * estimate.standard_error


def test_play_agrees_with_the_exact_chain():
    row, column = MemoryOne(noise=0.05), MemoryOne(cc=0.9, cd=0.1, dc=0.9, dd=0.1, first=0.5)
    own, other = play(row, column, steps=20, replications=400)
    exact = outcome_shares(automaton([0.95, 0.05, 0.95, 0.05], 0.95), automaton([0.9, 0.1, 0.9, 0.1], 0.5), turns=20)
    shares = np.array([((2 * own + other) == outcome).mean(axis=1) for outcome in range(4)])
    error = shares.std(axis=1, ddof=1) / np.sqrt(400)
    assert (np.abs(shares.mean(axis=1) - exact) < 3.8 * error).all()


@pytest.mark.parametrize(
    ("specification", "told"),
    [(Specification(Discrete(3), Discrete(10)), "3 actions and 10"), (Specification(Discrete(2)), "2 actions and 1")],
)
def test_other_games_are_refused(specification, told):
    with pytest.raises(ParameterError, match=f"here are {told} observations; accepted: an environment of 2 actions"):
        MemoryOne().state(specification, 1)
