"""Cournot's market of many firms: a step by hand, the functions that its limits use, and equilibria."""

import copy

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.aggregative import draw_successor
from socialsim.engine.run import run
from socialsim.environments.cournot import Cournot, scenario, small
from socialsim.environments.cournot.theory import (
    at_rest,
    best_welfare,
    equilibrium,
    gain_from_leaving,
    policy_of,
    quantities_on,
)
from socialsim.environments.pricing import Pricing
from socialsim.limits.discovery import find_game
from socialsim.limits.games import Game
from socialsim.testing.links import by_hand

FIXED = {"learning": 0.0, "forgetting": 0.0}  # types
ALIKE = FIXED | {"costs": (1.0,), "shares": (1.0,)}


def profits(game, quantities, network=None, states=None):
    """Return the profits of one step in which firms sell these quantities, on the grid."""
    env, rewards = game.state(len(quantities)), np.zeros(len(quantities))
    env.states[:] = 0 if states is None else states
    actions = np.rint(np.asarray(quantities) / game.unit).astype(int)
    network = by_hand(len(quantities)) if network is None else network
    Cournot.advance(env, network, actions, rewards, seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0])
    return rewards, env


def outcomes(game, env):
    """Return the outcomes of one run."""
    return game.outcomes(type(env)(*[np.asarray(field)[None] for field in env]))


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_step_by_hand(version, stream):
    """Quantities 2 and 4 of two firms that know: Q = 3, P = 7; costs 1 q + q^2/2 and 2 q + q^2/2."""
    game = Cournot(num_firms=2, **FIXED)
    env, rewards = game.state(2), np.zeros(2)
    env.states[:] = 0, 1
    version(Cournot.advance)(env, by_hand(2), np.array([8, 16]), rewards, stream)
    assert rewards == pytest.approx([7 * 2 - 2 - 2, 7 * 4 - 8 - 8], abs=1e-12)
    assert env.overall == pytest.approx([3.0, 0.5])  # quantity, type
    found = outcomes(game, env)
    assert (found["price"], found["quantity"]) == (pytest.approx([7.0]), pytest.approx([3.0]))
    assert found["welfare"] == pytest.approx([10 * 3 - 4.5 - 10])
    assert env.states.tolist() == [0, 1]


def test_a_price_does_not_fall_below_nothing():
    """Buyers take the 2 that they want, worth 2 to them, and 4 are thrown away."""
    game = Cournot(intercept=2.0, **ALIKE, num_firms=3)
    rewards, env = profits(game, [6.0, 6.0, 6.0])
    assert rewards == pytest.approx([-6 - 18] * 3)
    assert outcomes(game, env)["welfare"] == pytest.approx([2 - 24])


def test_efficiency_is_that_of_the_types_that_sold():
    """Two cheap firms sell what is best for all, 9/2, and forget everything."""
    game = Cournot(costs=(1.0, 5.0), learning=0.0, forgetting=1.0)
    found = outcomes(game, profits(game, [4.5, 4.5])[1])
    assert (found["efficiency"], found["share_1"]) == (pytest.approx([1.0]), [1.0])


@pytest.mark.parametrize("way", ["uncompiled", pytest.param("compiled", marks=pytest.mark.compiled)])
def test_firms_are_paid_and_moved_by_the_functions_of_the_limits_to_the_bit(way):
    """Rewards are those of `Game.reward`, next states drawn with the same stream from `Game.step`."""
    rules = Cournot(costs=(0.5, 1.0, 2.5), shares=(0.2, 0.3, 0.5), learning=0.1, forgetting=0.2, num_firms=9)
    edges = [[j for j in range(9) if (i + j) % 3] for i in range(9)]
    game, env, network = Game(rules), rules.state(9), by_hand(edges)
    stream = seed_streams(3, np.arange(1), Purpose.DYNAMICS)[0]
    Cournot.initialise(env, network, stream)
    seen = set()
    for t in range(30):
        before, actions, twin = env.states.copy(), np.arange(t, t + 9) % 25, copy.deepcopy(stream)
        rewards = np.zeros(9)
        Cournot.advance(env, network, actions, rewards, stream)
        for i in range(9):
            z = env.aggregates[i]
            assert rewards[i] == game.reward(t, z)[before[i], actions[i]]
            successors, chances = (table[before[i], actions[i]] for table in game.step(t, z))
            assert env.states[i] == draw_successor(successors, chances, twin)
        seen |= set(before.tolist())
    assert seen == {0, 1, 2}


# --- Theory ----------------------------------------------------------------------------------------------------


@given(st.integers(1, 50), st.floats(2.0, 20.0), st.floats(0.1, 5.0))
def test_n_firms_of_constant_cost_sell_what_cournot_says(num_firms, intercept, slope):
    game = Cournot(intercept=intercept, slope=slope, cost_slope=0.0, num_firms=num_firms, **ALIKE)
    expected = num_firms * (intercept - 1) / (slope * (num_firms + 1))
    assert equilibrium(game) == pytest.approx([expected])


@pytest.mark.parametrize("num_firms", [2, 3, 10])
def test_it_is_the_equilibrium_of_the_pricing_model(num_firms):
    """Perfect substitutes there: p = a - sum of q; here b/N = 1."""
    market = Pricing(competition="cournot", substitution=1.0).market(num_firms)
    cost, quality = float(market.costs[0]), float(market.qualities[0])
    game = Cournot(
        **(ALIKE | {"costs": (cost,)}), intercept=quality, slope=float(num_firms), cost_slope=0.0, num_firms=num_firms
    )
    assert equilibrium(game) == pytest.approx(market.nash()[:1])


def test_no_firm_gains_by_leaving_the_equilibrium_on_a_grid_that_has_it():
    """Four firms, two of each cost: Q = 8.1/2.25 = 3.6, q = (10 - 3.6 - c)/1.25; each deviation is tried."""
    game = Cournot(**FIXED, intercept=10.0, costs=(1.0, 2.8), num_firms=4, largest=6.0, num_quantities=151)
    sold = equilibrium(game)
    assert sold / game.unit == pytest.approx(np.rint(sold / game.unit), abs=1e-9)
    states = np.array([0, 0, 1, 1])
    for firm in (0, 2):
        earned = []
        for quantity in game.quantities():
            quantities = sold[states]
            quantities[firm] = quantity
            earned.append(profits(game, quantities, states=states)[0][firm])
        assert np.argmax(earned) == round(sold[states[firm]] / game.unit)


def test_playing_the_limit_among_n_firms_costs_of_order_one_over_n_at_constant_cost():
    """All sell q = A - c = 8; who leaves, to 4, gains b q^2/(4 N): found by trying all quantities."""
    sizes, gains = (4, 8, 16, 32), []
    for size in sizes:
        game = Cournot(intercept=9.0, cost_slope=0.0, largest=8.0, num_quantities=17, num_firms=size, **ALIKE)
        usual = profits(game, [8.0] * size)[0][0]
        gains.append(max(profits(game, [q, *[8.0] * (size - 1)])[0][0] for q in game.quantities()) - usual)
        assert gains[-1] == pytest.approx(64 / (4 * size))
        assert gains[-1] == pytest.approx(gain_from_leaving(game, size))
    assert np.polyfit(np.log(sizes), np.log(gains), 1)[0] == pytest.approx(-1.0, abs=1e-9)


def test_where_marginal_cost_rises_it_costs_of_order_one_over_n_squared():
    gains = [gain_from_leaving(Cournot(**ALIKE), n) for n in (1000, 10_000)]
    assert gains[0] / gains[1] == pytest.approx(100, rel=0.01)


def test_firms_on_a_network_have_the_centrality_of_katz_with_a_negative_weight():
    """Each of the karate club is a group; (d I + b A/N) q = (A - c) 1."""
    graph = nx.karate_club_graph()
    matrix = nx.to_numpy_array(graph, weight=None)
    game = Cournot(slope=2.0, **ALIKE)
    sold = quantities_on(game, matrix / 34)[:, 0]
    katz = nx.katz_centrality_numpy(graph, alpha=-2.0 / 34, beta=9.0, normalized=False, weight=None)
    assert sold == pytest.approx(list(katz.values()))


def test_nobody_on_a_network_gains_by_leaving_its_equilibrium():
    """A hub and two others: 3 q_0 + q_1 + q_2 = 11 and 3 q_1 + q_0 = 11; and each deviation on a fine grid."""
    game = Cournot(num_firms=3, **ALIKE, intercept=12.0, slope=3.0, largest=4.0, num_quantities=401, cost_slope=1.0)
    matrix = np.array([[0, 1, 1], [1, 0, 0], [1, 0, 0]])
    sold = quantities_on(game, matrix / 3)[:, 0]
    assert sold == pytest.approx([11 / 7, 22 / 7, 22 / 7])
    network = by_hand([[1, 2], [0], [0]])
    near = np.rint(sold / game.unit) * game.unit
    for firm in range(3):
        earned = []
        for quantity in game.quantities():
            quantities = near.copy()
            quantities[firm] = quantity
            earned.append(profits(game, quantities, network)[0][firm])
        assert abs(game.quantities()[int(np.argmax(earned))] - sold[firm]) < 2 * game.unit


@given(st.integers(1, 30))
def test_n_firms_make_all_welfare_but_one_in_n_plus_one_squared(num_firms):
    game = Cournot(cost_slope=0.0, num_firms=num_firms, **ALIKE)
    sold = float(equilibrium(game)[0])
    welfare = 10 * sold - 0.5 * sold**2 - sold
    assert welfare / best_welfare(game) == pytest.approx(1 - 1 / (num_firms + 1) ** 2)


@given(st.lists(st.floats(0.1, 1.0), min_size=3, max_size=3), st.lists(st.floats(0, 9), min_size=3, max_size=3))
def test_no_quantities_make_more_welfare_than_the_best(shares, sold):
    game = Cournot(costs=(1.0, 3.0, 7.0), shares=(1.0, 0.0, 0.0))
    share, sold = np.array(shares) / sum(shares), np.array(sold)
    total = share @ sold
    welfare = 10 * total - 0.5 * total**2 - share @ (np.array(game.costs) * sold + 0.5 * sold**2)
    assert welfare <= best_welfare(game, share) + 1e-9


def test_the_mean_field_sells_what_is_best_for_all():
    game = Cournot(**FIXED)
    sold, share = equilibrium(game), np.array([0.5, 0.5])
    total = share @ sold
    welfare = 10 * total - 0.5 * total**2 - share @ (np.array(game.costs) * sold + 0.5 * sold**2)
    assert welfare == pytest.approx(best_welfare(game))


@given(st.floats(0.001, 0.1), st.floats(0.01, 0.4))
def test_firms_at_rest_keep_their_shares_and_weigh_what_they_learn(learning, forgetting):
    game = Cournot(learning=learning, forgetting=forgetting)
    rest = at_rest(game)
    cheap, costly = rest.quantities
    assert rest.cheap * forgetting == pytest.approx((1 - rest.cheap) * learning * costly)
    assert rest.price == pytest.approx(10 - rest.cheap * cheap - (1 - rest.cheap) * costly)
    assert costly == pytest.approx(max(0.0, rest.price - 2 + 0.95 * learning * rest.value))
    keep = 1 - 0.95 * (1 - forgetting)
    assert rest.value * keep == pytest.approx((cheap**2 - costly**2) / 2)


def test_a_policy_sells_on_average_what_is_given():
    game = Cournot()
    chances = policy_of(game, [[0.1, 3.33], [6.0, 0.0]])
    assert chances @ np.array(game.quantities()) == pytest.approx(np.array([[0.1, 3.33], [6.0, 0.0]]))
    assert ((chances > 0).sum(axis=-1) <= 2).all()


# --- Agents ----------------------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_learners_sell_more_the_more_they_are_and_less_than_price_takers():
    sold = [
        run(scenario().replace({"network.n": n, "environment.num_firms": n}), replications=8, seed=1, record_every=None)
        for n in (2, 10)
    ]
    few, many = (each.metrics["quantity"].value for each in sold)
    assert few < many < float(equilibrium(Cournot()).mean())
    for n, found in ((2, few), (10, many)):
        theory = equilibrium(Cournot(num_firms=n)).mean()
        assert found == pytest.approx(theory, rel=0.07)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"costs": (2.0, 1.0)}, r"environment.costs: \(2.0, 1.0\) is not accepted; accepted: .* from cheap to costly"),
        ({"costs": ()}, r"environment.costs: \(\) is not accepted; accepted: one or more"),
        ({"shares": (0.5, 0.6)}, r"environment.shares: .* accepted: 2 shares >= 0 that sum to 1"),
        ({"shares": (1.0,)}, r"environment.shares: .* accepted: 2 shares"),
        ({"learning": 0.2}, r"environment.learning: 0.2 is not accepted; accepted: at most 0.158333"),
    ],
)
def test_what_makes_no_market_is_refused(values, message):
    with pytest.raises(ParameterError, match=message):
        Cournot(**values)


def test_equilibria_that_are_not_linear_are_refused():
    with pytest.raises(ParameterError, match=r"costs: .* accepted: such that all types sell"):
        equilibrium(Cournot(costs=(0.0, 9.0)))
    with pytest.raises(ParameterError, match="type 0 of group 1 would sell -"):
        quantities_on(Cournot(slope=20.0, **ALIKE), [[0.5, 0.5], [0.5, 0.0]])
    with pytest.raises(ParameterError, match=r"cost_slope: 0.0 is not accepted for several types"):
        equilibrium(Cournot(cost_slope=0.0))
    with pytest.raises(ParameterError, match=r"cost_slope: 0.0 is not accepted on a network"):
        quantities_on(Cournot(**ALIKE, cost_slope=0.0), np.eye(2))
    with pytest.raises(ParameterError, match="at_rest: accepted: two types"):
        at_rest(Cournot(**ALIKE))
    with pytest.raises(ParameterError, match="num_firms: 0 is not accepted; accepted: 1 or more"):
        gain_from_leaving(Cournot(**ALIKE), 0)
    with pytest.raises(ParameterError, match=r"quantities: .* accepted: 0 to 6"):
        policy_of(Cournot(), [np.nan, 1.0])


def test_firms_that_take_the_market_for_another_ones_size_are_refused():
    with pytest.raises(
        ParameterError, match=r"environment.num_firms: 4 is not accepted in a market of 10; accepted: 10"
    ):
        run(scenario().replace({"network.n": 10}), replications=1, seed=1)


def test_its_limits_are_of_firms_too_small_to_move_the_price():
    assert find_game("cournot") == Cournot()
    assert Cournot().own_share == 0.0 < scenario().environment.own_share


def test_small_runs_have_an_efficiency():
    assert run(small(), replications=2, seed=1).metrics["efficiency"].value < 1.0
