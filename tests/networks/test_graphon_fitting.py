"""Graphons fitted to networks: errors fall at the published rates, observed networks make sense."""

import networkx as nx
import numpy as np
import pytest

from socialsim.core.errors import NetworkError
from socialsim.networks import load
from socialsim.networks.graphon_fitting import METHODS, fit_graphon, smooth
from socialsim.networks.graphon_sampling import draw_positions, sample
from socialsim.networks.graphons import Graphon, StepGraphon

SMOOTH = Graphon(lambda x, y: (x + y) / 2)
BLOCKS = StepGraphon([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.1, 0.3, 0.2]])
SIZES = (100, 200, 400)
KARATE = nx.Graph(nx.karate_club_graph().edges)


def squared_error(graphon, n, method, seed, **options):
    rng = np.random.default_rng((n, seed))
    at = draw_positions(n, "drawn", rng)
    fit = fit_graphon(sample(graphon, at, rng=rng), method=method, **options)
    return ((fit.chances() - graphon(at[:, None], at)) ** 2)[~np.eye(n, dtype=bool)].mean()


def rate(graphon, method, **options):
    errors = [np.mean([squared_error(graphon, n, method, seed, **options) for seed in range(3)]) for n in SIZES]
    return np.polyfit(np.log(SIZES), np.log(errors), 1)[0], errors[-1]


@pytest.mark.parametrize(
    ("graphon", "method", "num_blocks", "published"),
    [
        (SMOOTH, "sas", None, -0.8),  # log(n) / n has this slope from 100 to 400
        (SMOOTH, "usvt", None, -1 / 3),  # at least; 1 / n for a smooth W
        (BLOCKS, "usvt", None, -1 / 2),  # at least
        (BLOCKS, "blocks", 3, -1.0),  # once all agents are in the right block, 1 / n^2
    ],
)
def test_errors_fall_at_least_at_the_published_rate(graphon, method, num_blocks, published):
    slope, last = rate(graphon, method, num_blocks=num_blocks)
    assert slope < published + 0.1
    assert last < 0.003


def test_sorting_by_degree_fails_where_degrees_are_equal():
    """Two blocks of one degree cannot be told apart by it; this is the condition of the theorem."""
    twins = StepGraphon([[0.8, 0.2], [0.2, 0.8]])
    assert squared_error(twins, 300, "sas", 1) > 0.04
    assert squared_error(twins, 300, "blocks", 1) < 0.0005


def test_smoothing_helps_a_smooth_graphon(monkeypatch):
    with_it = squared_error(SMOOTH, 200, "sas", 1)
    monkeypatch.setattr("socialsim.networks.graphon_fitting.SMOOTHING", 0.0)
    assert with_it < 0.5 * squared_error(SMOOTH, 200, "sas", 1)


def test_smoothing_minimises_its_objective():
    """Two roads: random changes of the result never lower 1/2 |X - M|^2 + weight TV(X)."""
    rng = np.random.default_rng(2)
    matrix = rng.random((6, 6))
    matrix = (matrix + matrix.T) / 2

    def objective(x):
        down, right = np.zeros_like(x), np.zeros_like(x)
        down[:-1], right[:, :-1] = np.diff(x, axis=0), np.diff(x, axis=1)
        return ((x - matrix) ** 2).sum() / 2 + 0.1 * np.sqrt(down**2 + right**2).sum()

    found = smooth(matrix, 0.1)
    assert objective(found) < objective(matrix)
    for size in (0.1, 0.01):
        for _ in range(200):
            assert objective(found + size * rng.standard_normal((6, 6))) > objective(found) - 1e-4


def test_smoothing_keeps_the_mean():
    matrix = np.random.default_rng(3).random((8, 8))
    matrix = (matrix + matrix.T) / 2
    assert smooth(matrix, 0.3).mean() == pytest.approx(matrix.mean(), abs=1e-12)


def test_planted_blocks_are_found_whole():
    network = load("stochastic_block:sizes=[60, 40],within=0.6,between=0.1", seed=1)
    fit = fit_graphon(network, method="blocks")
    planted = network.node_attributes["block"]
    assert len(fit.graphon.matrix) == 2
    assert (fit.blocks == fit.blocks[0]).tolist() == (planted == planted[0]).tolist()
    np.testing.assert_allclose(np.sort(fit.graphon.sizes), [0.4, 0.6])
    np.testing.assert_allclose(np.diag(fit.graphon.matrix), 0.6, atol=0.05)


def test_a_network_without_structure_is_one_block():
    fit = fit_graphon(load("erdos_renyi:n=150,p=0.3", seed=2), method="blocks")
    assert fit.graphon.matrix.shape == (1, 1)
    assert fit.graphon.density() == pytest.approx(0.3, abs=0.02)


def test_agents_who_are_all_alike_are_one_block_however_many_are_asked_for():
    assert len(fit_graphon(nx.complete_graph(6), method="blocks", num_blocks=3).graphon.matrix) == 1


def test_shares_within_and_between_blocks_are_counted_by_hand():
    graph = nx.Graph([(0, 1), (0, 2), (1, 2), (2, 3), (3, 4)])
    fit = fit_graphon(graph, method="sas", num_blocks=1)
    assert fit.graphon.matrix.tolist() == [[5 / 10]]


def test_the_karate_club_has_two_factions_and_their_leaders():
    fit = fit_graphon(KARATE, method="blocks", num_blocks=4, variance=0.12)
    place = dict(zip(KARATE.nodes, fit.blocks.tolist(), strict=True))
    clubs = nx.get_node_attributes(nx.karate_club_graph(), "club")
    leaders = {0: "Mr. Hi", 33: "Officer"}
    assert place[0] != place[33]
    assert place[33] == place[32]  # the officer's deputy
    matrix, sizes = fit.graphon.matrix, fit.graphon.sizes
    followers = [block for block in range(len(sizes)) if sizes[block] > 0.2]
    assert len(followers) == 2
    for node, club in leaders.items():
        own = max(followers, key=lambda block: matrix[place[node], block])
        same = [clubs[other] == club for other, block in place.items() if block == own]
        assert np.mean(same) > 0.9


@pytest.mark.parametrize("method", ["sas", "blocks"])
def test_a_fit_keeps_the_density_of_the_karate_club(method):
    fit = fit_graphon(KARATE, method=method)
    assert fit.graphon.density() == pytest.approx(nx.density(KARATE), rel=0.05)


@pytest.mark.parametrize("method", METHODS)
def test_a_fit_is_a_graphon_with_everybody_in_a_block_by_degree(method):
    fit = fit_graphon(KARATE, method=method)
    assert np.bincount(fit.blocks).tolist() == np.round(fit.graphon.sizes * 34).tolist()
    assert np.array_equal(fit.graphon.block(fit.positions), fit.blocks)
    assert np.sort(fit.positions).tolist() == ((np.arange(34) + 0.5) / 34).tolist()
    degrees = fit.graphon.matrix @ fit.graphon.sizes
    assert (np.diff(degrees) >= -1e-12).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_fit_does_not_depend_on_the_order_of_agents(method):
    rng = np.random.default_rng(4)
    network = sample(BLOCKS, draw_positions(60, "grid", rng), rng=rng)
    graph = network.to_networkx()
    shuffled = nx.Graph()
    shuffled.add_nodes_from(rng.permutation(list(graph.nodes)).tolist())
    shuffled.add_edges_from(graph.edges)
    first, second = fit_graphon(graph, method=method), fit_graphon(shuffled, method=method)
    if method == "sas":  # equal degrees are sorted as they come
        assert second.graphon.density() == pytest.approx(first.graphon.density(), rel=0.05)
    else:
        np.testing.assert_allclose(second.graphon.matrix, first.graphon.matrix, atol=1e-9)


@pytest.mark.parametrize(
    ("graph", "options", "message"),
    [
        (nx.DiGraph([(0, 1)]), {}, "directed network; accepted: undirected, unweighted, with edges"),
        (nx.karate_club_graph(), {}, "weighted network; accepted: undirected"),
        (nx.empty_graph(5), {}, "without edges; accepted: undirected"),
        (nx.Graph(), {}, "empty; accepted: one agent or more"),
        (KARATE, {"method": "mcmc"}, "unknown method 'mcmc'"),
        (KARATE, {"num_blocks": 35}, "num_blocks: 35 is not accepted; accepted: 1 to 34"),
        (KARATE, {"num_blocks": 2.5}, "num_blocks: 2.5 is not accepted"),
        (KARATE, {"num_blocks": 0}, "num_blocks: 0 is not accepted"),
        (KARATE, {"method": "usvt", "num_blocks": 3}, "usvt has a block for each agent"),
        (KARATE, {"variance": 0.3}, "variance: 0.3 is not accepted; accepted: above 0, at most 0.25"),
    ],
)
def test_what_cannot_be_fitted_gets_refused(graph, options, message):
    with pytest.raises(NetworkError, match=message):
        fit_graphon(graph, **options)
