"""Efforts on networks and graphons: centrality, closed forms, orders, limits."""

import networkx as nx
import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.limits.library.network_quadratic import (
    graphon_efforts,
    minimum_efforts,
    network_efforts,
    uniform_attachment_efforts,
)
from socialsim.networks.graphon_sampling import draw_positions, sample
from socialsim.networks.graphons import PowerLaw

KARATE = nx.Graph(nx.karate_club_graph().edges)
CLOSED = {"uniform_attachment": uniform_attachment_efforts, "minimum": minimum_efforts}


def slope(sizes, errors):
    return np.polyfit(np.log(sizes), np.log(errors), 1)[0]


def test_efforts_are_the_centrality_of_katz():
    expected = nx.katz_centrality(KARATE, alpha=0.1, beta=2.0, normalized=False, tol=1e-13, max_iter=5000)
    found = network_efforts(KARATE, 0.1, 2.0).efforts
    np.testing.assert_allclose(found, [expected[node] for node in KARATE], rtol=1e-10)


def test_efforts_of_two_by_hand():
    """x = b + a x: b / (1 - a), and with a < 0, where efforts replace each other, as well."""
    for coupling in (0.5, -0.5):
        found = network_efforts(nx.Graph([(0, 1)]), coupling, 3.0)
        np.testing.assert_allclose(found.efforts, 3.0 / (1 - coupling), rtol=1e-14)


@pytest.mark.parametrize("normalise", ["none", "degree", "N", "density"])
def test_nobody_gains_by_another_effort(normalise):
    """Brute force: each agent's utility on a grid of its own efforts, the others fixed."""
    found = network_efforts(KARATE, 0.1, normalise=normalise)
    x, z = found.efforts, found.coupled @ found.efforts
    grid = np.linspace(0.0, 2 * x.max(), 501)[:, None]
    utility = grid - grid**2 / 2 + 0.1 * grid * z
    assert (utility.max(axis=0) <= x - x**2 / 2 + 0.1 * x * z + 1e-12).all()
    assert found.gains().max() < 1e-25


def test_gains_are_what_the_best_response_earns_more():
    found = network_efforts(KARATE, 0.1)
    taken = np.random.default_rng(1).random(34)
    z = found.coupled @ taken
    best = 1.0 + 0.1 * z
    earned = [x - x**2 / 2 + 0.1 * x * z for x in (taken, best)]
    np.testing.assert_allclose(found.gains(taken), earned[1] - earned[0], atol=1e-14)


@pytest.mark.parametrize("coupling", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("name", CLOSED)
def test_nystrom_comes_to_the_closed_form_at_order_two(name, coupling):
    at, sizes = np.linspace(0, 1, 9), np.array([16, 32, 64, 128])
    exact = CLOSED[name](at, coupling, 0.7)
    errors = [np.abs(graphon_efforts(name, coupling, 0.7, nodes=n)(at) - exact).max() for n in sizes]
    assert slope(sizes, errors) == pytest.approx(-2.0, abs=0.1)


def test_closed_forms_solve_their_integral_equation():
    """Two roads: x - b - a int W x, with the integral by a fine quadrature on each side of the kink."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    for t in (0.0, 0.3, 0.9):
        below, above = t * (nodes + 1) / 2, t + (1 - t) * (nodes + 1) / 2
        for name, kernel in (("uniform_attachment", lambda s, t=t: 1 - np.maximum(s, t)), ("minimum", np.minimum)):
            total = 0.0
            for part, length in ((below, t), (above, 1 - t)):
                w = kernel(part) if name == "uniform_attachment" else kernel(part, t)
                total += length / 2 * weights @ (w * CLOSED[name](part, 1.5))
            assert CLOSED[name](t, 1.5) == pytest.approx(1.0 + 1.5 * total, rel=1e-13)


def test_a_constant_graphon_has_the_effort_of_a_mean_field():
    found = graphon_efforts(0.4, 1.5, 2.0)
    np.testing.assert_allclose(found.efforts, 2.0 / (1 - 0.6), rtol=1e-14)


@pytest.mark.parametrize("alpha", [0.1, 0.2])
def test_efforts_on_a_power_law_are_those_by_hand(alpha):
    """x(t) = b + a g(t) C with g = (1 - alpha) t^-alpha, C = int g x = b / (1 - a int g^2)."""
    square = (1 - alpha) ** 2 / (1 - 2 * alpha)
    at, coupling = np.array([0.1, 0.5, 0.9]), 0.3
    found = graphon_efforts(PowerLaw(alpha), coupling, nodes=512)
    exact = 1 + coupling * (1 - alpha) * at**-alpha / (1 - coupling * square)
    np.testing.assert_allclose(found(at), exact, rtol=1e-3)
    inner = slice(100, None)  # a node's cell is narrow beside its distance to 0
    np.testing.assert_allclose(found(found.nodes.positions)[inner], found.efforts[inner], rtol=1e-6)


def test_equilibria_on_w_random_networks_converge_with_the_root_of_n():
    sizes, errors = np.array([50, 100, 200, 400]), []
    for size in sizes:
        squares = []
        for seed in range(10):
            rng = np.random.default_rng((seed, size))
            at = draw_positions(size, "grid", rng)
            network = sample("uniform_attachment", at, rng=rng)
            found = network_efforts(network, 1.0, normalise="N").efforts
            squares.append(((found - uniform_attachment_efforts(at, 1.0)) ** 2).mean())
        errors.append(np.sqrt(np.mean(squares)))
    assert -0.52 < slope(sizes, errors) < -0.43


def test_efforts_of_the_limit_are_nearly_an_equilibrium_among_agents():
    gains = []
    for size in (50, 400):
        rng = np.random.default_rng((3, size))
        at = draw_positions(size, "grid", rng)
        found = network_efforts(sample("minimum", at, rng=rng), 1.0, normalise="N")
        gains.append(found.gains(minimum_efforts(at, 1.0)).mean())
    assert gains[1] < gains[0] / 4  # (error of z)^2 falls as 1 / N


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: network_efforts(KARATE, 0.2), r"largest eigenvalue is 6.7257; accepted: a size below 0.148683"),
        (
            lambda: graphon_efforts("minimum", 3.0),
            "coupling: 3.0 is not accepted where the largest eigenvalue is 0.405",
        ),
        (lambda: graphon_efforts(PowerLaw(0.6), 0.1), "a power law 0.6 has no equilibrium in finite efforts"),
        (lambda: network_efforts(nx.empty_graph(3), float("nan")), "coupling: nan is not accepted"),
        (lambda: network_efforts(KARATE, 0.1, float("inf")), "benefit: inf is not accepted"),
        (lambda: minimum_efforts(0.5, 2.5), r"accepted: 0 to pi\^2 / 4"),
        (lambda: network_efforts(KARATE, 0.1, normalise="n"), "accepted: none, degree, N, density"),
        (lambda: network_efforts(KARATE, 0.1)(0.5), "have no position; accepted: efforts on a graphon"),
    ],
)
def test_what_has_no_equilibrium_gets_refused(make, message):
    with pytest.raises(ParameterError, match=message):
        make()
