"""Graphons: values, integrals, eigenfunctions, factors, specs and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import NetworkError, ParameterError
from socialsim.networks.graphon_specs import FUNCTIONS, parse_graphon
from socialsim.networks.graphons import Graphon, LowRankGraphon, PowerLaw, StepGraphon, as_graphon, quadrature

X = np.linspace(0.05, 0.95, 7)


def slope(sizes, errors):
    return np.polyfit(np.log(sizes), np.log(errors), 1)[0]


@pytest.mark.parametrize("rule", ["midpoint", "gauss", "endpoints"])
def test_weights_of_a_quadrature_sum_to_one(rule):
    nodes, weights = quadrature(17, rule)
    assert weights.sum() == pytest.approx(1.0, abs=1e-14)
    assert nodes.min() >= 0.0
    assert nodes.max() <= 1.0


def test_gauss_integrates_polynomials_exactly():
    nodes, weights = quadrature(5, "gauss")
    for power in range(10):
        assert weights @ nodes**power == pytest.approx(1 / (power + 1), abs=1e-14)


DEGREES = {
    "constant:p=0.3": lambda x: np.full_like(x, 0.3),
    "uniform_attachment": lambda x: (1 - x**2) / 2,
    "ranked_attachment": lambda x: 1 - x / 2,
    "minimum": lambda x: x - x**2 / 2,
    "product": lambda x: x / 2,
    "power_law:alpha=0.4": lambda x: 0.6 * x**-0.4,
    "blocks:number=4,within=0.9,between=0.1": lambda x: np.full_like(x, 0.3),
}
DENSITIES = {
    "uniform_attachment": 1 / 3,
    "ranked_attachment": 3 / 4,
    "minimum": 1 / 3,
    "product": 1 / 4,
    "power_law:alpha=0.4": 1.0,
}


@pytest.mark.parametrize("spec", DEGREES)
def test_degrees_are_the_integrals_by_hand(spec):
    np.testing.assert_allclose(parse_graphon(spec).degree(X), DEGREES[spec](X), rtol=1e-12)


@pytest.mark.parametrize("spec", DENSITIES)
def test_densities_are_the_integrals_by_hand(spec):
    assert parse_graphon(spec).density() == pytest.approx(DENSITIES[spec], rel=1e-12)


def test_degree_without_a_known_form_agrees_with_that_of_blocks():
    blocks = StepGraphon([[0.2, 0.7], [0.7, 0.4]], sizes=[0.3, 0.7])
    at, weights = quadrature(20_000)
    np.testing.assert_allclose(blocks.degree(X), blocks(X[:, None], at) @ weights, atol=1e-12)


@pytest.mark.parametrize("spec", ["uniform_attachment", "minimum"])
def test_eigenvalues_of_kinked_graphons_converge_at_order_two(spec):
    """1 - max and min have the eigenvalues of -f'' = f / lambda with one fixed end: 1 / ((k - 1/2) pi)^2."""
    exact = 1 / ((np.arange(1, 4) - 0.5) * np.pi) ** 2
    sizes = np.array([16, 32, 64, 128])
    errors = [np.abs(parse_graphon(spec).eigenpairs(3, nodes=n).values - exact) for n in sizes]
    for k in range(3):
        assert slope(sizes, np.array(errors)[:, k]) == pytest.approx(-2.0, abs=0.05)


def test_eigenfunctions_of_min_are_sines_of_norm_one_everywhere():
    pairs = parse_graphon("minimum").eigenpairs(2, nodes=128)
    np.testing.assert_allclose(pairs.nodes.weights @ pairs.functions**2, 1.0, atol=1e-12)
    expected = np.sqrt(2) * np.sin((np.array([1, 2]) - 0.5) * np.pi * X[:, None])
    np.testing.assert_allclose(pairs(X), expected, atol=1e-3)


def test_the_power_law_has_one_eigenvalue_its_integral_of_the_square():
    """Rank 1: lambda = int (1 - a)^2 x^-2a = (1 - a)^2 / (1 - 2a) where a < 1/2."""
    pairs = PowerLaw(0.2).eigenpairs(1, nodes=4000)
    assert pairs.values[0] == pytest.approx(0.64 / 0.6, rel=2e-3)
    assert len(PowerLaw(0.2).eigenpairs(3).values) == 1


@pytest.mark.parametrize("alpha", [0.2, 0.3])
def test_the_eigenfunction_of_a_power_law_is_its_degree_between_the_nodes_too(alpha):
    """Two roads: f = g / |g|, with g the degree, whose norm over cells is the root of the eigenvalue."""
    pairs = PowerLaw(alpha).eigenpairs(1, nodes=64)
    np.testing.assert_allclose(pairs(X)[:, 0], PowerLaw(alpha).degree(X) / np.sqrt(pairs.values[0]), rtol=1e-12)


def test_a_function_that_forgets_an_argument_has_the_shape_of_both():
    constant = Graphon(lambda x, y: 0.5)
    assert constant(X[:, None], X).shape == (7, 7)
    np.testing.assert_allclose(constant.eigenpairs(1, nodes=8)(X), np.ones((7, 1)), rtol=1e-12)


def test_low_rank_of_a_product_is_the_product_itself():
    found = parse_graphon("ranked_attachment").low_rank(5, nodes=32, rule="gauss")
    assert len(found.values) == 2
    np.testing.assert_allclose(found(X[:, None], X), 1 - X[:, None] * X, atol=1e-12)


def test_low_rank_comes_closer_with_its_rank():
    exact = parse_graphon("minimum")
    errors = [
        np.abs(exact.low_rank(rank, nodes=64)(X[:, None], X) - exact(X[:, None], X)).mean() for rank in (1, 4, 16)
    ]
    assert errors[0] > 4 * errors[1] > 8 * errors[2]


def test_factors_give_the_matrix_at_any_nodes():
    ranked = parse_graphon("ranked_attachment")
    found = ranked.discretise(50, "gauss")
    assert found.left.shape == found.right.shape == (50, 2)
    np.testing.assert_allclose(found.matrix, 1 - np.outer(found.positions, found.positions), atol=1e-14)
    assert ranked.discretise(2).right.shape == (0, 0)  # two nodes are no more than two factors


def test_the_midpoint_rule_keeps_the_density_of_a_power_law():
    for nodes in (3, 10, 1000):
        found = PowerLaw(0.45).discretise(nodes)
        assert np.isfinite(found.matrix).all()
        assert found.weights @ found.matrix @ found.weights == pytest.approx(1.0, abs=1e-12)


def test_midpoints_of_a_power_law_are_means_over_cells():
    found = PowerLaw(0.3).discretise(4)
    at = (np.arange(200_000) + 0.5) / 200_000
    means = PowerLaw(0.3).degree(at).reshape(4, -1).mean(axis=1)
    np.testing.assert_allclose(found.right[:, 0], means, rtol=1e-3)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.floats(0, 1))
def test_blocks_cover_the_unit_interval(parts, x):
    sizes = np.array(parts) / sum(parts)
    blocks = StepGraphon(np.full((len(parts), len(parts)), 0.5), sizes)
    found = int(blocks.block(x))
    assert sizes[:found].sum() <= x + 1e-12
    assert x <= sizes[: found + 1].sum() + 1e-12


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_named_graphon_is_symmetric_and_in_its_range(name):
    found = parse_graphon(name)
    values = found(X[:, None], X)
    np.testing.assert_allclose(values, values.T, atol=1e-15)
    assert values.min() >= 0
    assert values.max() <= found.most
    assert found.name


def test_a_spec_gives_blocks_with_sizes():
    found = parse_graphon("step:matrix=[[0.5, 0.1], [0.1, 0.3]],sizes=[0.25, 0.75]")
    assert found(0.2, 0.3) == 0.1
    assert found(0.3, 0.9) == 0.3


def test_what_is_a_graphon():
    assert as_graphon(0.4)(0.1, 0.2) == 0.4
    assert as_graphon([[0.5, 0.1], [0.1, 0.3]])(0.2, 0.7) == 0.1
    assert as_graphon("product")(0.5, 0.5) == 0.25
    graphon = PowerLaw(0.1)
    assert as_graphon(graphon) is graphon


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Graphon(lambda x, y: x + y).discretise(4), NetworkError, "W = 1.25 between nodes 1 and 3.*0 to 1"),
        (lambda: Graphon(lambda x, y: x + 0 * y).discretise(4), NetworkError, "and .* back; accepted: symmetric"),
        (lambda: Graphon(lambda x, y: x * y / 0, bounded=False).discretise(3), NetworkError, "finite numbers >= 0"),
        (lambda: StepGraphon([[0.5, -0.1], [-0.1, 0.5]]), NetworkError, "W = -0.1 between nodes 0 and 1"),
        (lambda: StepGraphon([[0.5, 0.2], [0.1, 0.5]]), NetworkError, "accepted: symmetric"),
        (lambda: StepGraphon([[0.5, 0.2]]), NetworkError, r"shape \(1, 2\) is not accepted; accepted: a square one"),
        (lambda: StepGraphon("half"), NetworkError, "a square matrix of numbers"),
        (lambda: StepGraphon([[0.5]], sizes=[0.5]), NetworkError, "1 shares > 0 that sum to 1"),
        (lambda: StepGraphon(np.eye(2), sizes=[1.0, 0.0]), NetworkError, "2 shares > 0 that sum to 1"),
        (lambda: StepGraphon(np.eye(2), sizes=[0.5, 0.3, 0.2]), NetworkError, "2 shares"),
        (lambda: LowRankGraphon(lambda x: x[..., None], [1.0, 2.0]), NetworkError, "one factor each"),
        (lambda: LowRankGraphon(lambda x: x[..., None], [2.0]), NetworkError, "accepted: 0 to 1"),
        (lambda: LowRankGraphon(lambda x: x[..., None], [np.nan], bounded=False), NetworkError, "finite numbers"),
        (lambda: as_graphon("step:matrix=[[0.5]],sizes=half"), NetworkError, "1 shares > 0 that sum to 1"),
        (lambda: PowerLaw(0.5).eigenpairs(1), NetworkError, "accepted: alpha below 1/2"),
        (lambda: PowerLaw(1.0), NetworkError, "accepted: a number >= 0 and < 1"),
        (lambda: PowerLaw(0.3).discretise(5, "endpoints"), NetworkError, "infinite at 0; accepted: midpoint, gauss"),
        (lambda: as_graphon(0.5).eigenpairs(2), NetworkError, "2 of 1 nodes"),
        (lambda: quadrature(0), NetworkError, "nodes: 0 is not accepted"),
        (lambda: quadrature(5, "simpson"), NetworkError, "accepted: midpoint, gauss, endpoints"),
        (lambda: as_graphon("unifrom_attachment"), NetworkError, "did you mean 'uniform_attachment'"),
        (lambda: as_graphon("constant:p=2"), ParameterError, "p = 2; accepted: a number from 0 to 1"),
        (lambda: as_graphon("constant:q=2"), ParameterError, "unknown parameter of the network constant 'q'"),
        (lambda: as_graphon("step:sizes=[1.0]"), NetworkError, "no matrix is not accepted; accepted: matrix, sizes"),
        (lambda: as_graphon("step:matrix=[[0.5]],size=[1]"), NetworkError, "size is not accepted; accepted: matrix"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_no_graphon_is_gets_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
