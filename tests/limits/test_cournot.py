"""Cournot's market of infinitely many firms: one market, a graphon, firms that learn."""

import networkx as nx
import numpy as np
import pytest

from socialsim.engine.simulation import Simulation
from socialsim.environments.cournot import Cournot
from socialsim.environments.cournot.theory import at_rest, equilibrium, policy_of, quantities_on
from socialsim.learning.fixed_policy import FixedPolicy
from socialsim.limits.games import Game
from socialsim.limits.library.network_quadratic import graphon_efforts, network_efforts
from socialsim.limits.solvers import solve

FIXED = {"learning": 0.0, "forgetting": 0.0}  # types
ALIKE = FIXED | {"costs": (1.0,), "shares": (1.0,), "largest": 9.0, "num_quantities": 37, "num_steps": 1}
pytestmark = pytest.mark.compiled


def uniform_attachment(x, y):
    return 1 - np.maximum(x, y)


def test_nobody_gains_by_leaving_the_mean_field_equilibrium_that_is_on_the_grid():
    game = Cournot(**FIXED)
    assert Game(game).mean_field().exploitability(policy_of(game, equilibrium(game))) == 0.0


def test_where_it_is_off_the_grid_one_gains_at_most_what_rounding_costs():
    """Half the curvature times the square of half a unit: d h^2/8 a step."""
    game = Cournot(**FIXED, costs=(1.1, 2.2), num_steps=1)
    gain = Game(game).mean_field().exploitability(policy_of(game, equilibrium(game)))
    assert 0.0 < gain <= game.unit**2 / 8 + 1e-12


def test_firms_that_learn_gain_by_leaving_their_equilibrium_as_little_as_the_grid_is_fine():
    gains = []
    for num_quantities in (25, 97, 385):
        game = Cournot(num_steps=0, num_quantities=num_quantities)
        found = Game(game).mean_field().evaluate(policy_of(game, at_rest(game).quantities))
        gains.append(found.exploitability / (game.unit**2 / 8 / (1 - game.discount)))
    assert max(gains) < 1.0 + 1e-9  # of order h^2
    assert found.flow.states[-1, 0, 0] == pytest.approx(at_rest(game).cheap, abs=1e-9)
    assert found.best[0, 0, 0] - found.best[0, 0, 1] == pytest.approx(at_rest(game).value, abs=1e-2)


def test_mirror_descent_finds_the_equilibrium():
    game = Cournot(**FIXED, num_steps=1)
    found = solve(Game(game).mean_field(), "mirror_descent", iterations=400)
    assert found.exploitability < 1e-3
    sold = found.policy[0, 0, 0] @ np.array(game.quantities())
    assert sold == pytest.approx(equilibrium(game), abs=0.02)


def test_firms_on_a_graphon_sell_what_the_closed_form_says_with_an_error_of_order_two():
    """On 1 - max(x, y) with b = d = 1 and A - c = 9: q(x) = 9 cosh(x)/cosh(1)."""
    game, errors, sizes = Cournot(**ALIKE), [], (8, 16, 32, 64)
    for nodes in sizes:
        limit = Game(game).graphon(uniform_attachment, nodes=nodes)
        sold = quantities_on(game, limit.left * limit.weights)[:, 0]
        errors.append(np.abs(sold - 9 * np.cosh(limit.positions) / np.cosh(1)).max())
        gain = limit.exploitability(policy_of(game, sold[:, None])[None])
        assert gain <= game.unit**2 / 8 + 1e-12
    assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] == pytest.approx(-2.0, abs=0.05)


def test_quantities_on_graphon_and_network_are_efforts_in_which_rivals_replace_each_other():
    """The network game with quadratic payoffs at alpha = -b/d and benefit (A - c)/d."""
    game = Cournot(**ALIKE | {"slope": 1.5, "cost_slope": 2.0})
    limit = Game(game).graphon("minimum", nodes=16)
    sold = quantities_on(game, limit.left * limit.weights)[:, 0]
    assert sold == pytest.approx(graphon_efforts("minimum", -0.75, 4.5, nodes=16).efforts)
    graph = nx.path_graph(9)
    on_network = network_efforts(graph, -0.75, 4.5, normalise="N")
    assert quantities_on(game, nx.to_numpy_array(graph) / 9)[:, 0] == pytest.approx(on_network.efforts)


def test_mirror_descent_on_a_graphon_finds_the_closed_form():
    game = Cournot(**ALIKE)
    limit = Game(game).graphon(lambda x, y: np.minimum(x, y), nodes=32)
    found = solve(limit, "mirror_descent", iterations=300)
    sold = found.policy[0, :, 0, 0] @ np.array(game.quantities())
    assert found.exploitability < 2e-3
    assert sold == pytest.approx(9 * np.cosh(1 - limit.positions) / np.cosh(1), abs=0.1)


def test_two_blocks_of_firms_are_two_equations():
    """(1 + W_00/2) q_0 + W_01/2 q_1 = 9 and the like."""
    game, blocks = Cournot(**ALIKE), np.array([[0.8, 0.2], [0.2, 0.4]])
    sold = quantities_on(game, blocks / 2)[:, 0]
    assert sold == pytest.approx(np.linalg.solve([[1.4, 0.1], [0.1, 1.2]], [9, 9]))
    gain = Game(game).graphon(blocks).exploitability(policy_of(game, sold[:, None])[None])
    assert gain <= game.unit**2 / 8 + 1e-12


def test_quantities_of_n_firms_are_those_of_the_limit_but_for_an_error_of_order_one_over_root_n():
    game = Cournot(num_steps=15, num_quantities=13)
    policy = policy_of(game, at_rest(game).quantities)
    expected = Game(game).mean_field().flow(policy).aggregates[-1, 0, 0]
    player = FixedPolicy(chances=(tuple(map(tuple, np.tile(policy, (15, 1)).tolist())),))
    sizes, errors = (20, 60, 180), []
    for size in sizes:
        simulation = Simulation(Game(game).agents("complete", size, learner=player), seed=1, replications=range(400))
        simulation.advance(15)
        errors.append(np.sqrt(np.mean((simulation.environment.overall[:, 0] - expected) ** 2)))
    assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] == pytest.approx(-0.5, abs=0.07)
