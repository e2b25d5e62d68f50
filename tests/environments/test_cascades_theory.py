"""What theory says of cascades on large networks, against what is known and what is simulated."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from scipy.special import lambertw

from socialsim.engine.run import run
from socialsim.environments.cascades import scenario
from socialsim.environments.cascades.theory import (
    cascade_condition,
    cascade_size,
    cascade_window,
    poisson,
    rest_point,
    trigger_chance,
    vulnerable,
)


def test_a_hundred_thresholds_one_apart_and_the_one_that_is_missing():
    """Granovetter's example as a distribution function: k + 1 people have a threshold of at most k of a hundred."""
    full = [k / 100 for k in range(100)]
    gap = [0.0, 0.02, *full[2:]]
    for thresholds, rioters in ((full, 100), (gap, 1)):
        share = rest_point(lambda x, those=thresholds: sum(phi <= x + 1e-12 for phi in those) / 100)
        assert round(100 * share) == rioters


def test_the_crowd_tips_where_granovetters_figure_2_does():
    """Mean 25: up to a standard deviation of about 12.2 some six of a hundred join, and beyond it nearly all."""
    assert rest_point(NormalDist(0.25, 0.122).cdf) == pytest.approx(0.055, abs=5e-4)
    assert rest_point(NormalDist(0.25, 0.123).cdf) > 0.999


@pytest.mark.parametrize("threshold", [0.18, 0.24, 1 / 3])
def test_degrees_up_to_the_inverse_of_the_threshold_are_vulnerable(threshold):
    assert vulnerable(threshold, 20).sum() - 1 == math.floor(1 / threshold + 1e-9)


def test_the_window_is_where_the_condition_holds():
    low, high = cascade_window(0.18)
    for z, inside in ((low - 1e-6, False), (low + 1e-6, True), (high - 1e-6, True), (high + 1e-6, False)):
        assert (cascade_condition(poisson(z), 0.18) > 1.0) is inside
    assert (low, high) == pytest.approx((1.0207, 5.7647), abs=1e-4)
    assert cascade_window(0.2) == pytest.approx((low, high))  # 1/.2 = 5 is vulnerable too
    assert cascade_window(0.21)[1] < 4.0


@pytest.mark.parametrize("z", [1.2, 2.0, 3.5])
def test_where_any_neighbour_suffices_the_cascade_is_the_giant_component(z):
    """S = 1 - exp(-z S), by Lambert's function."""
    giant = float(np.real(1.0 + lambertw(-z * math.exp(-z)) / z))
    assert trigger_chance(poisson(z), 1e-3) == pytest.approx(giant, abs=1e-9)
    assert cascade_size(poisson(z), 1e-3, seeds=1e-12) == pytest.approx(giant, abs=1e-6)


@pytest.mark.parametrize("z", [0.9, 6.0])
def test_outside_the_window_nothing_starts(z):
    assert trigger_chance(poisson(z), 0.18) == pytest.approx(0.0, abs=1e-9)
    assert cascade_size(poisson(z), 0.18) < 1e-4


def test_more_seeds_reach_further():
    reached = [cascade_size(poisson(7.0), 0.18, seeds) for seeds in (0.001, 0.01, 0.02, 0.05)]
    assert reached == sorted(reached)
    assert reached[0] < 0.01
    assert reached[-1] > 0.9


@pytest.mark.compiled
@pytest.mark.parametrize("z", [2.0, 4.0])
def test_simulated_cascades_approach_the_exact_chance_and_size(z):
    n = 2000
    model = scenario().replace({"network.n": n, "network.p": z / (n - 1)})
    metrics = run(model, replications=400, seed=3, record_every=None).metrics
    chance, size = trigger_chance(poisson(z), 0.18), cascade_size(poisson(z), 0.18)
    assert metrics["global_cascade_rate"].value == pytest.approx(chance, abs=4 * math.sqrt(0.2 / 400))
    assert metrics["size_of_global_cascades"].value == pytest.approx(size, abs=0.01)
