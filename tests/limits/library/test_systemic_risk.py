"""Systemic risk: the Riccati equation by two roads, its limit, and the game on a grid."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from socialsim.core.errors import ParameterError
from socialsim.limits.games import Game
from socialsim.limits.library.systemic_risk import SystemicRisk, rules

COARSE = {"num_steps": 13, "num_places": 16, "num_rates": 21}  # h = .2, dt = 1/12


def test_eta_is_that_of_the_literature():
    """a = 1, q = .5, epsilon = 1.5, c = 1, T = 1."""
    game = rules()
    assert game.eta(0.0) == pytest.approx(0.3836453003728, abs=1e-12)
    gaps = [game.eta(0.0, n) - game.eta(0.0) for n in (5, 10, 20)]
    assert gaps == pytest.approx([1.87e-3, 4.63e-4, 1.155e-4], rel=4e-3)


@pytest.mark.parametrize("num_banks", [None, 2, 7])
@pytest.mark.parametrize("values", [{}, {"attraction": 0.0, "incentive": 0.0}, {"terminal": 0.0, "aversion": 4.0}])
def test_the_closed_form_solves_the_riccati_equation(num_banks, values):
    game = SystemicRisk(**values)
    inverse = 0.0 if num_banks is None else 1.0 / num_banks

    def slope(t, y):
        eta, _ = y
        pull, excess = game.attraction + game.incentive, game.aversion - game.incentive**2
        rise = 2.0 * pull * eta + (1.0 - inverse**2) * eta**2 - excess
        return [rise, -0.5 * game.volatility**2 * (1.0 - inverse) * eta]

    found = solve_ivp(slope, (1.0, 0.0), [game.terminal, 0.0], rtol=1e-11, atol=1e-13, dense_output=True)
    for t in (0.0, 0.4, 1.0):
        eta, noise = found.sol(t)
        assert game.eta(t, num_banks) == pytest.approx(eta, abs=1e-9)
        assert game.cost(t, 0.7, num_banks) == pytest.approx(0.5 * eta * 0.49 + noise, abs=1e-9)


def test_where_only_the_end_matters_eta_is_by_hand():
    """eta' = eta^2, eta_T = c: eta = c / (1 + c (T - t))."""
    game = SystemicRisk(attraction=0.0, incentive=0.0, aversion=0.0, terminal=3.0)
    assert game.eta(0.5) == pytest.approx(3.0 / 2.5, abs=1e-14)
    alone = SystemicRisk(attraction=0.0, incentive=0.0, aversion=2.0, terminal=3.0)
    assert alone.eta(0.5, 1) == pytest.approx(3.0 + 2.0 * 0.5, abs=1e-14)  # N = 1: eta' = - epsilon
    near = SystemicRisk(attraction=1e-7, incentive=0.0, aversion=0.0, terminal=3.0)
    assert near.eta(0.5) == pytest.approx(3.0 / 2.5, abs=1e-6)


@pytest.mark.parametrize(("method", "slope"), [("eta", -2.0), ("gain", -1.0), ("cost", -1.0)])
def test_n_banks_come_to_the_limit_at_the_rate_of_theory(method, slope):
    """Values by 1/N^2 in eta; policies, and the noise that reaches the mean, by 1/N."""
    game, numbers = rules(), np.array([20, 40, 80, 160])
    arguments = (0.0, 0.5) if method == "cost" else (0.0,)
    function = getattr(game, method)
    gaps = [abs(function(*arguments, n) - function(*arguments)) for n in numbers]
    assert np.polyfit(np.log(numbers), np.log(gaps), 1)[0] == pytest.approx(slope, abs=0.02)


def test_a_bank_of_n_gains_nothing_by_another_linear_policy():
    """All others as in equilibrium, one with its gain turned up or down at all times: brute force in N dimensions,
    by the linear equation of second moments.
    """
    game, n = SystemicRisk(), 4

    def expected_cost(factor):
        def slope(t, y):
            moments = y[:-1].reshape(n, n)
            gains = np.full(n, game.gain(t, n))
            gains[0] *= factor
            centred = np.full((n, n), 1.0 / n) - np.eye(n)  # (m - x) = centred x
            matrix = (game.attraction + gains)[:, None] * centred
            distance = centred[0] @ moments @ centred[0]
            k = gains[0]
            running = (0.5 * k**2 - game.incentive * k + 0.5 * game.aversion) * distance
            rise = matrix @ moments + moments @ matrix.T + game.volatility**2 * np.eye(n)
            return [*rise.ravel(), running]

        start = 0.09 * np.eye(n)
        end = solve_ivp(slope, (0.0, 1.0), [*start.ravel(), 0.0], rtol=1e-9, atol=1e-11).y[:, -1]
        centred = np.full(n, 1.0 / n) - np.eye(n)[0]
        return end[-1] + 0.5 * game.terminal * centred @ end[:-1].reshape(n, n) @ centred

    best = expected_cost(1.0)
    variance = 0.09 * (1.0 - 1.0 / n)
    assert best == pytest.approx(0.5 * game.eta(0.0, n) * variance + game.cost(0.0, 0.0, n), abs=1e-7)
    assert min(expected_cost(factor) for factor in (0.95, 1.05)) > best + 1e-6


# --- On a grid -------------------------------------------------------------------------------------------------


def test_a_step_has_the_drift_and_the_noise_of_the_diffusion():
    rules_ = SystemicRisk(**COARSE)
    game, grids = Game(rules_), rules_.constants()
    successors, chances = game.step(0, [0.1])
    moves = grids["places"][successors] - grids["places"][:, None, None]
    mean = (moves * chances).sum(axis=-1)
    variance = (moves**2 * chances).sum(axis=-1) - mean**2
    inner, slow = slice(5, 11), slice(7, -7)  # whose drift is not held
    drift = 0.1 - grids["places"][inner, None] + grids["rates"][slow]
    assert mean[inner, slow] == pytest.approx(drift * rules_.time_step, abs=1e-14)
    assert variance[inner, slow] == pytest.approx(0.25 * rules_.time_step, abs=1e-14)


@pytest.mark.parametrize("num_steps", range(26, 100))
def test_where_the_drift_is_held_chances_are_none_below_nothing(num_steps):
    game = SystemicRisk(num_steps=num_steps, largest_rate=50.0)
    env, successors, chances = game.state(1), np.zeros(3, np.int64), np.zeros(3)
    for action in (0, game.num_rates - 1):
        SystemicRisk.step(env, 0, 15, action, np.zeros(1), successors, chances)
        assert (chances >= 0.0).all()
        assert chances.sum() == pytest.approx(1.0, abs=1e-15)


def test_the_exact_policy_is_hardly_exploitable_on_a_coarse_grid():
    game = SystemicRisk(**COARSE)
    limit = Game(game).mean_field()
    found = limit.evaluate(game.linear_policy())
    assert found.exploitability < 0.03 * limit.exploitability(limit.uniform_policy())


@pytest.mark.compiled
def test_the_grid_comes_to_the_closed_form():
    """Errors of cost and exploitability fall as h^2 and dt do; best rates are those of the Riccati equation."""
    errors, exploitabilities = [], []
    for num_steps, num_places, num_rates in ((13, 16, 21), (49, 31, 41), (193, 61, 81)):
        game = SystemicRisk(num_steps=num_steps, num_places=num_places, num_rates=num_rates, mean=0.2)
        found = Game(game).mean_field().evaluate(game.linear_policy())
        start, places = game.initial(), game.constants()["places"]
        mean = start @ places
        exact = sum(chance * game.cost(0.0, mean - x) for chance, x in zip(start, places, strict=True))
        errors.append(abs(found.mean_return + exact))
        exploitabilities.append(found.exploitability)
    assert errors[2] < 0.01 * exact
    assert np.log2(np.divide(errors[:-1], errors[1:])) == pytest.approx([2.0, 2.0], abs=0.5)
    assert exploitabilities[2] < 2e-4
    assert exploitabilities[2] < exploitabilities[1] < exploitabilities[0]
    rates = game.constants()["rates"][found.best_response()[60, 0, 0].argmax(axis=-1)]
    wanted = game.gain(60 / 192) * (mean - places)
    inner = slice(15, 46)
    assert np.abs(rates - wanted)[inner].max() < 1.5 * (game.constants()["rates"][1] - game.constants()["rates"][0])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"incentive": 2.0}, "incentive: 2.0 is not accepted; accepted: at most the root of the aversion, 1.22474"),
        (
            {"num_steps": 200},
            r"num_steps: 200 makes .* = 0.1256 with 31 places; accepted: 0.25 or more",
        ),
        ({"num_steps": 10}, "accepted: 0.25 or more, below 1"),
    ],
)
def test_bad_values_are_refused(values, message):
    with pytest.raises(ParameterError, match=message):
        SystemicRisk(**values)


@pytest.mark.parametrize("arguments", [(-0.1,), (1.1,), (math.nan,), (0.0, 0)])
def test_times_and_numbers_outside_the_game_are_refused(arguments):
    with pytest.raises(ParameterError, match=r"(time|num_banks): .* is not accepted"):
        SystemicRisk().eta(*arguments)


def test_the_mean_stays_where_it_is_in_equilibrium():
    game = SystemicRisk(**COARSE, mean=0.2)
    flow = Game(game).mean_field().flow(game.linear_policy())
    means = flow.states[:, 0] @ game.constants()["places"]
    assert means[0] == pytest.approx(0.2, abs=2e-3)
    assert np.ptp(means) < 5e-3
    assert math.isclose(flow.states[-1].sum(), 1.0)
