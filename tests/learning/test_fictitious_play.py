"""Fictitious play: by hand, where it converges, and where it cycles for ever."""

import numpy as np
import pytest
from scipy.stats import chisquare

from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.learning.fictitious_play import FictitiousPlay

ROCK_PAPER_SCISSORS = ((0.0, -1.0, 1.0), (1.0, 0.0, -1.0), (-1.0, 1.0, 0.0))
SHAPLEY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
SHAPLEY_COLUMN = ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0))
SUPERGOLDEN = 1.4655712318767680  # r^3 = r^2 + 1


def a_state(num_actions=3):
    facts = {"observation": "payoff of each action"}
    return FictitiousPlay().state(Specification(Discrete(num_actions), Box(shape=(num_actions,)), facts), 1)


def a_scenario(payoffs, column_payoffs, rounds):
    game = RepeatedGame(payoffs=payoffs, column_payoffs=column_payoffs, observation="payoffs")
    return Scenario(game, "fictitious_play", "path:n=2", rounds)


def play(payoffs, column_payoffs=(), *, rounds, replications):
    """Return who did what, shape (num_runs, num_rounds, 2)."""
    result = run(a_scenario(payoffs, column_payoffs, rounds), replications=replications, seed=1, record="events")
    actions = result.table("act").sort_values(["run", "step", "agent"]).action
    return actions.to_numpy().reshape(replications, rounds, 2)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_the_best_reply_to_the_past(version, stream):
    state, learn, act = a_state(), version(FictitiousPlay.learn), version(FictitiousPlay.act)
    learn(state, 0, None, 0, 1.0, np.array([1.0, 0.0, 2.0]), stream)
    assert act(state, 0, None, stream) == 2
    learn(state, 0, None, 2, 0.0, np.array([2.0, 2.5, 0.0]), stream)
    assert state.totals[0].tolist() == [3.0, 2.5, 2.0]
    assert act(state, 0, None, stream) == 0
    assert state.num_rounds[0] == 2


def test_the_first_act_is_any(stream):
    counts = np.bincount([FictitiousPlay.act(a_state(), 0, None, stream) for _ in range(1500)], minlength=3)
    assert chisquare(counts).pvalue > 1e-4


def test_an_agent_that_enters_starts_again(version, stream):
    state = a_state()
    version(FictitiousPlay.learn)(state, 0, None, 0, 1.0, np.array([1.0, 0.0, 2.0]), stream)
    version(FictitiousPlay.initialise)(state, 0, stream)
    assert (state.totals.sum(), state.num_rounds[0]) == (0.0, 0)


# --- Theorems --------------------------------------------------------------------------------------------------


def test_zero_sum_games_are_solved():
    """Robinson's theorem: what both expect of their best replies adds up to the value of the game, 0, in the end."""
    simulation = Simulation(a_scenario(ROCK_PAPER_SCISSORS, (), 10_000), seed=1, replications=range(50))
    gaps = []
    for rounds in (100, 10_000):
        simulation.advance(rounds)
        totals = np.hstack([state.totals for state in simulation.learners.values()])
        gaps.append(totals.max(axis=2).sum(axis=1) / rounds)
    assert gaps[0].min() > 0.05
    assert 0.0 <= gaps[1].min() <= gaps[1].max() < 0.03
    assert simulation.environment.num_first / 10_000 == pytest.approx(np.full((50, 2), 1 / 3), abs=0.03)


def test_dominated_actions_are_given_up_at_once():
    actions = play(((3.0, 0.0), (5.0, 1.0)), rounds=50, replications=20)
    assert (actions[:, 1:] == 1).all()
    assert set(actions[:, 0].ravel()) == {0, 1}


def test_who_meets_in_a_pure_equilibrium_stays_there():
    """Battle of the sexes: as long as they miss each other, the mixed equilibrium's frequencies; else for ever."""
    actions = play(((2.0, 0.0), (0.0, 1.0)), ((1.0, 0.0), (0.0, 2.0)), rounds=200, replications=50)
    meets = actions[..., 0] == actions[..., 1]
    assert meets[:, -1].mean() > 0.9
    for run_actions, run_meets in zip(actions, meets, strict=True):
        first = np.flatnonzero(run_meets)
        assert first.size == 0 or (run_actions[first[0] :] == run_actions[first[0]]).all()


def test_in_shapleys_game_play_cycles_for_ever_and_cycles_grow_geometrically():
    """Six joint acts follow each other. If each is kept up r times as long as the last, row turns to an action when the
    column player's count of it has caught up with the former one; summed over all cycles past that is r^5 + 1 = r^4 +
    r^3, whose root above 1 is the supergolden ratio.
    """
    joint = play(SHAPLEY, SHAPLEY_COLUMN, rounds=10_000, replications=1)[0]
    starts = np.flatnonzero(np.r_[True, (joint[1:] != joint[:-1]).any(axis=1)])
    lengths = np.diff(starts)[-9:]  # without the last one, which is cut off
    assert [tuple(map(int, joint[start])) for start in starts[-6:]] in (
        [((k + s) // 2 % 3, (k + s + 1) // 2 % 3) for k in range(6)] for s in range(6)
    )
    assert lengths[1:] / lengths[:-1] == pytest.approx(np.full(8, SUPERGOLDEN), abs=0.02)
    assert lengths[-1] / lengths[-2] == pytest.approx(SUPERGOLDEN, abs=2e-3)
    shares = np.stack([(joint[:until] == 0).mean(axis=0) for until in starts[-6:]])
    assert (np.ptp(shares, axis=0) > 0.2).all()  # the frequencies do not converge
