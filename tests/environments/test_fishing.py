"""Owners of boats on one stock: steps by hand, the functions that its limits use, and where it comes to rest."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError, SolverError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.aggregative import draw_successor
from socialsim.engine.run import run
from socialsim.environments import fishery
from socialsim.environments.fishery import theory as fishery_theory
from socialsim.environments.fishing import BOAT, Fishing, scenario, small
from socialsim.environments.fishing.theory import (
    dissipation,
    lasting_policy,
    long_run,
    long_run_on,
    most_effort,
    optimum,
    short_run,
    stock_at_rest,
    sustained_rent,
    total_cost,
)
from socialsim.limits.discovery import find_game
from socialsim.limits.games import Game
from socialsim.testing.links import by_hand

RATES = st.floats(0.05, 1.0)
MONEY = st.floats(0.0, 2.0)
GAMES = st.builds(
    Fishing,
    **{"growth_rate": RATES, "catchability": RATES, "price": st.floats(0.1, 5.0), "cost": MONEY},
    **{"crowding": MONEY, "boat_price": MONEY, "boat_loss": RATES, "discount": st.floats(0.5, 1.0)},
)


def begin(game, states, stock):
    env = game.state(len(states))
    env.states[:], env.common[0] = states, stock
    return env


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_step_by_hand(version, stream):
    """At sea: 1, 1/2 and nobody; others hear efforts of 1/4, 1/2, 3/4; one orders a boat, which comes for sure."""
    env, rewards = begin(Fishing(boat_loss=1.0), [1, 1, 0], 0.5), np.zeros(3)
    version(Fishing.advance)(env, by_hand(3), np.array([2, 1, 2]), rewards, stream)
    assert rewards == pytest.approx([0.25 - (0.1 + 0.1 * 0.25), 0.125 - (0.1 + 0.1 * 0.5) * 0.5, -1.0], abs=1e-15)
    assert env.common[0] == pytest.approx(0.5 + 0.1 - 0.5 * 0.5 * 0.5, abs=1e-15)  # G = .1, mean effort .5
    assert env.states.tolist() == [0, 0, 1]


def test_only_neighbours_crowd(stream):
    env, rewards = begin(Fishing(), [1, 1, 1], 0.5), np.zeros(3)
    Fishing.advance(env, by_hand([[1], [0], []]), np.array([2, 2, 2]), rewards, stream)
    assert rewards == pytest.approx([0.05, 0.05, 0.15], abs=1e-15)


def test_the_stock_that_was_fished_is_seen_in_classes(stream):
    env = begin(Fishing(num_stock_classes=10), [1, 0], 0.55)
    Fishing.advance(env, by_hand(2), np.array([0, 0]), np.zeros(2), stream)
    assert env.signals.tolist() == [5, 5]
    assert [Fishing.observe(env, by_hand(2), i) for i in range(2)] == [(10 + 5) * 2 + env.states[0], (10 + 5) * 2]


@pytest.mark.parametrize("way", ["uncompiled", pytest.param("compiled", marks=pytest.mark.compiled)])
def test_agents_are_paid_and_moved_by_the_functions_of_the_limits_to_the_bit(way):
    """Rewards are those of `Game.reward`, next states drawn with the same stream from `Game.step`."""
    rules = Fishing(num_steps=0, num_efforts=7, initial_boats=0.6)
    game, env, network = Game(rules), rules.state(9), by_hand([[j for j in range(9) if (i + j) % 3] for i in range(9)])
    stream = seed_streams(3, np.arange(1), Purpose.DYNAMICS)[0]
    Fishing.initialise(env, network, stream)
    for t in range(30):
        before, actions, twin = env.states.copy(), np.arange(t, t + 9) % 7, copy.deepcopy(stream)
        rewards = np.zeros(9)
        Fishing.advance(env, network, actions, rewards, stream)
        for i in range(9):
            z = env.aggregates[i]
            assert rewards[i] == game.reward(t, z)[before[i], actions[i]]
            successors, chances = (table[before[i], actions[i]] for table in game.step(t, z))
            assert env.states[i] == draw_successor(successors, chances, twin)
    assert 0 < before.sum() < 9


# --- Theory ----------------------------------------------------------------------------------------------------


@given(GAMES)
def test_what_lasts_solves_the_conditions_of_entry(game):
    rest, most = long_run(game), most_effort(game)
    left = game.price * game.catchability * rest.stock - total_cost(game) - game.crowding * rest.effort
    assert left == pytest.approx(0.0, abs=1e-9) or (left < 0 and rest.effort == 0) or (left > 0 and rest.effort == most)
    assert rest.stock == stock_at_rest(game, rest.effort)
    assert short_run(game).effort >= rest.effort


@given(GAMES, st.floats(0.0, 1.0))
def test_no_lasting_effort_earns_more_than_the_optimum(game, share):
    effort = share * most_effort(game)
    assert sustained_rent(game, effort) <= optimum(game).rent + 1e-12


@given(GAMES.filter(lambda game: 0.001 < optimum(game).effort < most_effort(game) / 2))
def test_open_access_is_twice_the_best_effort_and_dissipates_all_rent(game):
    assert long_run(game).effort == pytest.approx(2 * optimum(game).effort)
    assert dissipation(game, long_run(game).effort) == pytest.approx(1.0)


@given(GAMES.filter(lambda game: 0 < long_run(game).effort < most_effort(game)))
def test_a_boat_is_worth_its_price_where_entry_stops(game):
    """V = y + V (1 - gamma)/(1 + i) at y what a boat earns, and V/(1 + i) = R."""
    rest = long_run(game)
    earned = game.price * game.catchability * rest.stock - game.cost - game.crowding * rest.effort
    value = earned / (1 - game.discount * (1 - game.boat_loss))
    assert game.discount * value == pytest.approx(game.boat_price, abs=1e-9)


@given(RATES, RATES, st.floats(0.1, 2.0), st.floats(0.01, 0.5))
def test_with_free_boats_and_room_it_is_the_fishery(growth_rate, catchability, price, cost):
    shared = {"growth_rate": growth_rate, "catchability": catchability, "price": price, "cost": cost}
    game = Fishing(**shared, boat_price=0.0, crowding=0.0, boat_loss=1e-9)
    other = fishery.Fishery(**shared)
    for ours, theirs in (
        (long_run(game), fishery_theory.open_access(other)),
        (short_run(game), fishery_theory.open_access(other)),
        (optimum(game), fishery_theory.social_optimum(other)),
    ):
        assert (ours.stock, ours.effort, ours.rent) == pytest.approx(
            (theirs.stock, theirs.effort, theirs.profit), abs=1e-8
        )


def test_groups_that_all_fish_feel_the_same_crowding():
    """Two equal blocks of W = [[.9, .2], [.2, .5]], "N": .45 E_0 + .1 E_1 = .1 E_0 + .25 E_1 gives E_1 = 7/3 E_0."""
    efforts = long_run_on(Fishing(), [[0.45, 0.1], [0.1, 0.25]], [0.5, 0.5])
    assert efforts[1] == pytest.approx(7 / 3 * efforts[0], abs=1e-12)
    stock = stock_at_rest(Fishing(), efforts.mean())
    felt = 0.45 * efforts[0] + 0.1 * efforts[1]
    assert 0.5 * stock - total_cost(Fishing()) - 0.1 * felt == pytest.approx(0.0, abs=1e-12)


def test_who_is_crowded_out_stays_in_port():
    """Where the first block feels twice what the second does, it does not fish: one equation is left."""
    first, second = long_run_on(Fishing(), [[0.75, 0.5], [0.5, 0.25]], [0.5, 0.5])
    assert first == 0.0
    assert second == pytest.approx((0.5 - total_cost(Fishing())) / (0.1 * 0.25 + 0.5 * 0.5 / 0.4 * 0.5))


def test_one_group_is_the_mean_field():
    assert long_run_on(Fishing(), [[1.0]], [1.0])[0] == pytest.approx(long_run(Fishing()).effort, abs=1e-14)


def test_groups_that_crowd_each_other_more_than_themselves_may_not_come_to_rest():
    with pytest.raises(SolverError, match=r"long_run_on: efforts still move by .* accepted: groups that crowd"):
        long_run_on(Fishing(crowding=50.0), [[0.1, 1, 0], [0, 0.1, 1], [1, 0, 0.1]], [0.3, 0.3, 0.4])


def test_a_lasting_policy_keeps_the_share_of_boats():
    order = lasting_policy(Fishing(), 0.4)[0, -1]
    assert 0.4 * (1 - 0.05) + (1 - 0.4) * order == pytest.approx(0.4)
    most = most_effort(Fishing())
    assert lasting_policy(Fishing(), most)[0, -1] == pytest.approx(1.0)


@pytest.mark.parametrize("effort", [0.99, -0.1, np.nan, [0.5, 1.0]])
def test_an_effort_that_cannot_last_has_no_lasting_policy(effort):
    with pytest.raises(ParameterError, match=r"effort: .* is not accepted; accepted: 0 to 0.952381"):
        lasting_policy(Fishing(), effort)


def test_groups_count_in_the_stock_by_their_share():
    """All fish: left = kappa (A E)_k + p q K q/r sum_l w_l E_l is linear."""
    game, felt, share = Fishing(), np.array([[0.6, 0.1], [0.1, 0.5]]), np.array([0.2, 0.8])
    slopes = 0.1 * felt + 0.5 * 0.5 / 0.4 * share
    expected = np.linalg.solve(slopes, np.full(2, 0.5 - total_cost(game)))
    assert (expected > 0.0).all()
    assert long_run_on(game, felt, share) == pytest.approx(expected)


def test_its_limits_are_of_agents_who_do_not_see_the_stock_and_stop():
    assert find_game("fishing") == Fishing()
    assert (Fishing().num_signals, Fishing().num_steps) == (1, 80)


# --- Agents ----------------------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_more_learners_leave_less_of_the_stock_than_the_best_for_all_and_no_less_than_the_short_run():
    found = run(scenario().replace({"network.n": 100}), replications=8, seed=1, record_every=None)
    game = scenario().environment
    assert short_run(game).stock < found.metrics["final_stock"].value < optimum(game).stock
    assert abs(found.metrics["final_stock"].value - long_run(game).stock) < 0.05
    assert found.metrics["efficiency"].value < 0.5


@given(st.integers(0, 5), st.floats(0.01, 1.0), RATES, RATES)
def test_the_stock_stays_between_none_and_the_capacity(effort, initial, growth_rate, catchability):
    game = Fishing(growth_rate=growth_rate, catchability=catchability, num_efforts=6)
    stock, after = np.array([initial]), np.zeros(1)
    for _ in range(30):
        Fishing.common(game.state(1), 0, np.array([effort / 5]), stock, after)
        stock[0] = after[0]
        assert 0.0 <= stock[0] <= 1.0 + 1e-12


def test_outcomes_are_those_of_the_last_step():
    """All fish with effort 1 at K: rent = p q K - C - kappa, and the stock falls by q."""
    game = Fishing(num_steps=1)
    env = begin(game, [BOAT] * 4, 1.0)
    Fishing.advance(env, by_hand(4), np.full(4, 2), np.zeros(4), seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0])
    found = game.outcomes(type(env)(*[np.asarray(field)[None] for field in env]))
    assert found["rent"] == pytest.approx([0.5 - total_cost(game) - 0.1])
    assert found["efficiency"] == pytest.approx(found["rent"] / optimum(game).rent)
    assert (found["stock"], found["effort"]) == (pytest.approx([0.5]), [1.0])


def test_where_fishing_never_pays_efficiency_is_undefined():
    dear = small().replace({"environment.cost": 2.0})
    estimate = run(dear, replications=2, seed=1).metrics["efficiency"]
    assert np.isnan(estimate.value)
    assert estimate.reason == "fishing never pays"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"boat_loss": 0.0}, "boat_loss: 0.0 is not accepted; accepted: a float, > 0, <= 1"),
        ({"catchability": 1.5}, "catchability: 1.5 is not accepted"),
        ({"growth_rate": 1.1}, "growth_rate: 1.1 is not accepted"),
    ],
)
def test_what_makes_no_fishery_is_refused(values, message):
    with pytest.raises(ParameterError, match=message):
        Fishing(**values)
