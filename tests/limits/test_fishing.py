"""The fishing game without end to its agents: its equilibria are those of the theory."""

import numpy as np
import pytest

from socialsim.engine.simulation import Simulation
from socialsim.environments.fishing import Fishing
from socialsim.environments.fishing.theory import (
    dissipation,
    lasting_policy,
    long_run,
    long_run_on,
    optimum,
    short_run,
    sustained_rent,
)
from socialsim.learning.fixed_policy import FixedPolicy
from socialsim.limits.games import Game
from socialsim.limits.solvers import solve

ENDLESS = Fishing(num_steps=0)
BLOCKS = np.array([[0.9, 0.2], [0.2, 0.5]])
pytestmark = pytest.mark.compiled


def test_nobody_gains_by_leaving_open_access_that_lasts():
    found = Game(ENDLESS).mean_field().evaluate(lasting_policy(ENDLESS, long_run(ENDLESS).effort))
    assert found.exploitability < 1e-10
    assert found.flow.common[-1, 0] == pytest.approx(long_run(ENDLESS).stock, abs=1e-10)
    boat, none = found.best[0, 0, 1], found.best[0, 0, 0]
    assert (boat * ENDLESS.discount, none) == (pytest.approx(ENDLESS.boat_price), pytest.approx(0.0, abs=1e-9))


def test_at_the_optimum_everybody_gains_by_fishing_more():
    best = optimum(ENDLESS)
    found = Game(ENDLESS).mean_field().evaluate(lasting_policy(ENDLESS, best.effort))
    assert found.flow.common[-1, 0] == pytest.approx(best.stock, abs=1e-10)
    assert found.exploitability > 1.0
    assert found.best_response()[0, 0, 0].tolist() == [[0, 0, 1], [0, 0, 1]]


def test_what_the_flow_earns_is_the_rent_of_the_theory():
    """Values hold revenue less cost and boats; boats bring their interest to who has them at first."""
    for effort in (0.1, optimum(ENDLESS).effort, long_run(ENDLESS).effort):
        found = Game(ENDLESS).mean_field().evaluate(lasting_policy(ENDLESS, effort))
        earned = found.mean_return * (1 - ENDLESS.discount) - effort * ENDLESS.boat_price * ENDLESS.interest
        assert earned == pytest.approx(sustained_rent(ENDLESS, effort), abs=1e-9)


def test_mirror_descent_dissipates_the_rent():
    found = solve(Game(ENDLESS).mean_field(), "mirror_descent", iterations=200)
    assert found.exploitability < 1e-4
    effort = found.evaluation.flow.aggregates[-1, 0, 0]
    assert dissipation(ENDLESS, effort) == pytest.approx(1.0, abs=1e-3)


def test_a_long_game_passes_through_the_short_run_and_lasts_in_the_long_run():
    game = Fishing(num_steps=160, crowding=0.0, boat_loss=0.02)
    flow = solve(Game(game).mean_field(), "mirror_descent", iterations=600).evaluation.flow
    assert flow.common[:30, 0].min() == pytest.approx(short_run(game).stock, abs=0.03)
    assert flow.common[100, 0] == pytest.approx(long_run(game).stock, abs=0.003)


def test_nobody_gains_by_leaving_crowded_grounds_of_two_blocks():
    game = Fishing(num_steps=0, normalise="N")
    efforts = long_run_on(game, BLOCKS / 2, [0.5, 0.5])
    limit = Game(game).graphon(BLOCKS)
    found = limit.evaluate(lasting_policy(game, efforts))
    assert found.exploitability < 1e-10
    assert found.flow.states[-1, :, 1] == pytest.approx(efforts, abs=1e-10)


def test_fishers_on_a_graphon_fish_where_it_is_less_crowded():
    """On 1 - max(x, y), crowded near 0, who entered is who the theory of entry says."""
    game = Fishing(num_steps=0, normalise="N", crowding=1.0)
    limit = Game(game).graphon(lambda x, y: 1 - np.maximum(x, y), nodes=12)
    efforts = long_run_on(game, limit.left * limit.weights, limit.weights)
    found = limit.evaluate(lasting_policy(game, efforts))
    assert found.exploitability < 1e-9
    assert efforts[-1] > efforts[0]


def test_the_stock_of_n_fishers_is_that_of_the_limit_but_for_an_error_of_order_one_over_root_n():
    """The fishers know of no number of them: the same policy, the same game, N = 20, 80, 320, 1280."""
    game = Fishing(num_steps=40)
    policy = lasting_policy(game, long_run(game).effort)
    expected = Game(game).mean_field().flow(policy).common[-1, 0]
    sizes, errors = (20, 80, 320, 1280), []
    player = FixedPolicy(chances=(tuple(map(tuple, np.tile(policy, (40, 1)).tolist())),))
    for size in sizes:
        simulation = Simulation(Game(game).agents("complete", size, learner=player), seed=1, replications=range(400))
        simulation.advance(40)
        errors.append(np.sqrt(np.mean((simulation.environment.common[:, 0] - expected) ** 2)))
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.07)
