"""The Q-value flow: a population of Q-learners whose values are spread."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import softmax

from socialsim.core.errors import ParameterError, SolverError
from socialsim.limits.flows import Meetings, grid, q_values
from socialsim.networks.graphons import StepGraphon

DILEMMA = np.array([[3.0, 0.0], [4.0, 1.0]])
HAWK_DOVE = np.array([[0.0, 4.0], [1.0, 2.0]])
TAU = 0.5


def spread(num_cells, density=None):
    return grid([0.0, 0.0], [4.0, 4.0], num_cells, density)


def test_one_euler_step_is_that_of_the_equation_by_hand():
    particles, weights = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([0.25, 0.75])
    policies = softmax(particles / TAU, axis=1)
    paid = DILEMMA @ (weights @ policies)
    slope = policies * (paid + 0.5 * particles.max(axis=1, keepdims=True) - particles)
    h = 1e-5
    flow = q_values(DILEMMA, particles, [0.0, h], temperature=TAU, weights=weights, discount=0.5)
    np.testing.assert_allclose((flow.values[1] - flow.values[0]) / h, slope, atol=1e-4)
    np.testing.assert_allclose(flow.shares[0], weights @ policies)


def test_the_error_falls_with_the_square_of_the_spacing_of_particles():
    def density(first, second):
        return (1 + first) * np.exp(-second)

    def at(cells):
        particles, weights = spread(cells, density)
        return q_values(HAWK_DOVE, particles, [0.0, 2.0], temperature=TAU, weights=weights, step=0.05).shares[-1, 0]

    sizes, exact = np.array([4, 8, 16, 32]), at(128)
    errors = [abs(at(cells) - exact) for cells in sizes]
    assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] == pytest.approx(-2.0, abs=0.15)


def test_the_integration_is_of_order_four_in_time():
    particles, weights = spread(8)

    def at(step):
        return q_values(DILEMMA, particles, [0.0, 2.0], temperature=TAU, weights=weights, step=step).shares[-1, 0]

    exact, steps = at(0.005), np.array([0.4, 0.2, 0.1])
    errors = [abs(at(step) - exact) for step in steps]
    assert np.polyfit(np.log(steps), np.log(errors), 1)[0] == pytest.approx(4.0, abs=0.4)


def test_at_rest_all_have_the_values_of_the_quantal_response_equilibrium():
    particles, weights = spread(6)
    flow = q_values(DILEMMA, particles, [0.0, 400.0], temperature=TAU, weights=weights, step=0.1)
    share = brentq(lambda x: x - 1 / (1 + math.exp(1.0 / TAU)), 0, 1, xtol=1e-14)  # to defect pays 1 more always
    assert flow.shares[-1, 0] == pytest.approx(share, abs=1e-10)
    np.testing.assert_allclose(flow.values[-1], [DILEMMA @ flow.shares[-1]] * 36, atol=1e-9)


def test_discounted_values_at_rest_are_those_of_bellman():
    flow = q_values(DILEMMA, [[0.0, 0.0]], [0.0, 600.0], temperature=TAU, discount=0.5, step=0.1)
    cooperation, defection = flow.values[-1, 0]
    paid = DILEMMA @ flow.shares[-1]
    assert defection == pytest.approx(2 * paid[1], abs=1e-8)  # u + gamma max Q = Q
    assert cooperation == pytest.approx(paid[0] + 0.5 * defection, abs=1e-8)


def test_the_mean_of_the_values_does_not_stand_for_their_spread():
    """Nor does equal spread with another shape: one particle errs by .065, the figure of the prisoner's dilemma."""
    times = np.linspace(0.0, 4.0, 41)
    particles, weights = spread(24)
    exact = q_values(DILEMMA, particles, times, temperature=TAU, weights=weights, step=0.05).shares[:, 0]
    alone = q_values(DILEMMA, [[2.0, 2.0]], times, temperature=TAU, step=0.05).shares[:, 0]
    errors = np.abs(exact - alone)
    assert errors.max() == pytest.approx(0.065, abs=1e-3)
    assert times[errors.argmax()] == pytest.approx(1.0, abs=0.15)


def test_particles_of_equal_values_are_one_particle():
    times = [0.0, 1.0, 3.0]
    one = q_values(DILEMMA, [[2.0, 1.0]], times, temperature=TAU)
    many = q_values(DILEMMA, [[2.0, 1.0]] * 5, times, temperature=TAU, weights=[0.1, 0.2, 0.3, 0.4, 0.0])
    np.testing.assert_allclose(many.shares, one.shares, atol=1e-14)


def test_a_constant_graphon_is_the_homogeneous_flow():
    particles, weights = spread(4)
    times = [0.0, 0.5, 2.0]
    everybody = Meetings(DILEMMA, graphon=lambda x, y: 0.4 + 0 * x * y, nodes=3)
    on_graphon = q_values(everybody, particles, times, temperature=TAU, weights=weights)
    alone = q_values(DILEMMA, particles, times, temperature=TAU, weights=weights)
    assert on_graphon.values.shape == (3, 3, 16, 2)
    np.testing.assert_allclose(on_graphon.shares, np.stack([alone.shares] * 3, axis=1), atol=1e-14)


def test_two_blocks_that_meet_only_each_other_are_two_populations():
    times, first, second = [0.0, 0.5, 2.0], [[1.0, 2.0], [3.0, 1.0]], [[0.0, 1.0], [2.0, 2.0]]
    blocks = StepGraphon([[0.0, 1.0], [1.0, 0.0]], [0.3, 0.7])
    on_blocks = q_values(Meetings(HAWK_DOVE, graphon=blocks), [first, second], times, temperature=TAU)
    rows, columns = q_values(Meetings(HAWK_DOVE, HAWK_DOVE.T), (first, second), times, temperature=TAU).shares
    np.testing.assert_allclose(on_blocks.shares, np.stack([rows, columns], axis=1), atol=1e-14)


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ([[0.0]], {}, "values: shape (1, 1) is not accepted"),
        ([[0.0, math.inf]], {}, "accepted: finite numbers, (particles, 2)"),
        ([[0.0, 0.0]], {"weights": [0.5]}, "weights: are not accepted; accepted: 1 shares"),
        ([[0.0, 0.0]], {"discount": 1.0}, "discount: 1.0 is not accepted"),
        ([[0.0, 0.0]], {"step": 0.0}, "step: 0.0 is not accepted"),
        ([[0.0, 0.0]], {"temperature": 0.0}, "temperature: 0.0 is not accepted"),
    ],
)
def test_bad_input_is_named(values, options, message):
    with pytest.raises(ParameterError) as error:
        q_values(DILEMMA, values, [0.0, 1.0], **{"temperature": TAU, **options})
    assert message in str(error.value)


def test_values_that_run_away_are_no_result():
    with pytest.raises(SolverError, match="take a shorter step"):
        q_values(DILEMMA, [[0.0, 0.0]], [0.0, 5000.0], temperature=TAU, step=5.0)


def test_a_grid_needs_a_box_cells_and_a_density():
    with pytest.raises(ParameterError, match="the corners of a box"):
        grid([0.0], [0.0], 3)
    with pytest.raises(ParameterError, match="the corners of a box"):
        grid([0.0], [math.inf], 3)
    with pytest.raises(ParameterError, match="num_cells: 0 is not accepted"):
        grid([0.0], [1.0], 0)
    with pytest.raises(ParameterError, match="density: is not accepted"):
        grid([0.0], [1.0], 3, lambda q: -q)
