"""Exact results, each found on a second road."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.environments.evolution.theory import (
    coalescence_times,
    critical_ratio,
    critical_ratio_of_alike,
    death_birth_fixation,
    donation_game,
    fixation_probability,
    meeting_times,
    moran_fixation,
    rare_mutation_distribution,
    stationary_distribution,
    weight_matrix,
)
from socialsim.networks.sources import parse


def random_weights(seed, size=6):
    generator = np.random.default_rng(seed)
    weights = np.triu(generator.random((size, size)) + 0.01, 1)
    return weights + weights.T


def by_linear_system(weights):
    """Return coalescence times from one linear equation a pair."""
    n = len(weights)
    steps = weights / weights.sum(axis=1, keepdims=True)
    system, right = np.eye(n * n), np.zeros(n * n)
    for i in range(n):
        for j in range(n):
            if i != j:
                right[i * n + j] = 1.0
                for k in range(n):
                    system[i * n + j, k * n + j] -= 0.5 * steps[i, k]
                    system[i * n + j, i * n + k] -= 0.5 * steps[j, k]
    return np.linalg.solve(system, right).reshape(n, n)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_coalescence_times_solve_their_equations(seed):
    weights = random_weights(seed)
    assert np.allclose(coalescence_times(weights), by_linear_system(weights), rtol=1e-9)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_mean_return_times_weighted_by_squared_degree_sum_to_one(seed):
    """sum_i pi_i^2 tau+_i = 1, where tau+_i is the time to meet again (Allen et al. 2017, methods)."""
    weights = random_weights(seed)
    strength = weights.sum(axis=1)
    again = 1.0 + (weights / strength[:, None] * coalescence_times(weights)).sum(axis=1)
    assert (strength / strength.sum()) ** 2 @ again == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize(("weighted", "published"), [(False, 7.767862), (True, 7.454)])
def test_the_karate_club(weighted, published):
    digits = 6 if not weighted else 3
    assert round(critical_ratio(weight_matrix(parse("karate").draw(None), weighted=weighted)), digits) == published


@pytest.mark.parametrize(
    "graph", [nx.cycle_graph(9), nx.petersen_graph(), nx.hypercube_graph(4), nx.complete_graph(7), nx.cubical_graph()]
)
def test_on_vertex_transitive_graphs_degree_and_size_are_enough(graph):
    ratio = critical_ratio(nx.to_numpy_array(graph))
    assert ratio == pytest.approx(
        critical_ratio_of_alike(len(graph), next(iter(dict(graph.degree).values()))), rel=1e-9
    )


def test_the_critical_ratio_does_not_depend_on_the_unit_of_weights():
    weights = random_weights(5)
    assert critical_ratio(7.0 * weights) == pytest.approx(critical_ratio(weights), rel=1e-10)


def test_walks_that_start_at_the_same_place_have_met():
    assert meeting_times(random_weights(3), (0,)) == [0.0]


@pytest.mark.parametrize("graph", [nx.path_graph(6), nx.lollipop_graph(4, 3), nx.wheel_graph(6)])
def test_the_effect_of_weak_selection_changes_its_sign_at_the_critical_ratio(graph):
    weights = nx.to_numpy_array(graph)
    ratio, neutral = critical_ratio(weights), 1.0 / len(graph)
    for factor, sign in ((0.98, -1.0), (1.02, 1.0)):
        effect = death_birth_fixation(weights, donation_game(factor * ratio, 1.0), 1e-5) - neutral
        assert math.copysign(1.0, effect) == sign


def test_one_mutant_takes_over_with_chance_one_half_if_there_are_two():
    assert fixation_probability([[0.0, 3.0], [3.0, 0.0]], 2, 5.0) == pytest.approx(0.5)


@given(st.floats(-2, 2), st.integers(2, 60))
def test_constant_gaps_give_morans_formula(gap, num_agents):
    """Under pairwise comparison T-/T+ = exp(-w gap), as for a mutant of fitness exp(w gap) under Moran's rule."""
    exact = moran_fixation(math.exp(gap), num_agents)
    assert fixation_probability([[gap, gap], [0.0, 0.0]], num_agents, 1.0, averaged=True) == pytest.approx(
        exact, rel=1e-6
    )


def test_the_distribution_with_mutation_tends_to_that_of_rare_mutation():
    payoffs, errors = [[1.0, 0.0], [1.2, 0.1]], []
    limit = rare_mutation_distribution(payoffs, 10, 0.2)
    for mutation in (1e-3, 1e-4, 1e-5):
        shares = stationary_distribution(payoffs, 10, 0.2, mutation)
        errors.append(abs(shares[-1] - limit[0]))
    slopes = np.diff(np.log(errors)) / math.log(0.1)
    assert slopes == pytest.approx([1.0, 1.0], abs=0.05)  # of first order


def test_the_stationary_distribution_is_kept_by_a_step():
    payoffs, size, u = [[1.0, 0.0], [1.5, 0.3]], 8, 0.07
    shares = stationary_distribution(payoffs, size, 1.0, u)
    moves = np.zeros((size + 1, size + 1))
    for k in range(size + 1):
        gap = (k - 1) - (1.5 * k + 0.3 * (size - k - 1))
        adopt = 1 / (1 + math.exp(-gap)), 1 / (1 + math.exp(gap))
        up = (size - k) / size * ((1 - u) * k / (size - 1) * adopt[0] + u)
        down = k / size * ((1 - u) * (size - k) / (size - 1) * adopt[1] + u)
        moves[k, k] = 1 - up - down
        if k < size:
            moves[k, k + 1] = up
        if k > 0:
            moves[k, k - 1] = down
    assert shares @ moves == pytest.approx(shares, rel=1e-10)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([[0, 1], [2, 0]], "symmetric"),
        ([[1, 1], [1, 0]], "zeros on the diagonal"),
        ([[0, -1], [-1, 0]], ">= 0"),
        ([[0, 1, 0], [1, 0, 0], [0, 0, 0]], "somebody has no neighbour"),
        (nx.to_numpy_array(nx.disjoint_union(nx.path_graph(2), nx.path_graph(2))), "falls apart"),
    ],
)
def test_networks_without_an_answer_are_refused(weights, message):
    with pytest.raises(ParameterError, match=message):
        critical_ratio(weights)


def test_a_chain_of_too_many_states_is_refused():
    with pytest.raises(ParameterError, match="at most 12"):
        death_birth_fixation(nx.to_numpy_array(nx.cycle_graph(13)), donation_game(2.0, 1.0), 0.1)
