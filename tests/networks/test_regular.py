"""Deterministic families: NetworkX as the second road."""

import networkx as nx
import pytest

from socialsim.core.errors import NetworkError
from socialsim.networks import regular
from socialsim.networks.conversion import from_networkx


def edges_of(network):
    targets, sources, _ = network.edges()
    return set(zip(targets.tolist(), sources.tolist(), strict=True))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (regular.complete(n=7), nx.complete_graph(7)),
        (regular.cycle(n=7), nx.cycle_graph(7)),
        (regular.wheel(n=7), nx.wheel_graph(7)),
        (regular.star(n=7), nx.star_graph(6)),
        (regular.path(n=7), nx.path_graph(7)),
        (regular.ring_lattice(n=9, k=4), nx.circulant_graph(9, [1, 2])),
        (regular.grid(rows=3, columns=5), nx.convert_node_labels_to_integers(nx.grid_2d_graph(3, 5))),
        (
            regular.grid(rows=3, columns=4, periodic=True),
            nx.convert_node_labels_to_integers(nx.grid_2d_graph(3, 4, True)),
        ),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_families_are_those_of_networkx(ours, theirs):
    assert edges_of(ours) == edges_of(from_networkx(theirs))


@pytest.mark.parametrize(
    ("network", "kind"),
    [
        (regular.complete(n=9), "complete"),
        (regular.cycle(n=3), "complete"),
        (regular.cycle(n=9), "circulant"),
        (regular.ring_lattice(n=9, k=4), "circulant"),
        (regular.ring_lattice(n=5, k=4), "complete"),
        (regular.star(n=9), "sparse"),
        (regular.grid(periodic=True), "sparse"),
    ],
)
def test_kinds_are_found(network, kind):
    assert network.kind == kind


def test_a_moore_neighbourhood_is_the_eight_cells_around():
    network = regular.grid(rows=4, columns=5, neighbourhood="moore")
    row, column = network.node_attributes["row"], network.node_attributes["column"]
    cells = range(20)
    around = {(a, b) for a in cells for b in cells if max(abs(row[a] - row[b]), abs(column[a] - column[b])) == 1}
    assert edges_of(network) == around


@pytest.mark.parametrize("neighbourhood", ["von_neumann", "moore"])
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 2), (2, 2), (1, 5), (2, 3)])
def test_a_narrow_torus_has_neither_loops_nor_parallel_edges(rows, columns, neighbourhood):
    network = regular.grid(rows=rows, columns=columns, periodic=True, neighbourhood=neighbourhood)
    assert network.num_agents == rows * columns
    assert network.is_connected


@pytest.mark.parametrize(("n", "k"), [(10, 3), (4, 4), (4, 6)])
def test_a_ring_lattice_needs_an_even_k_less_than_n(n, k):
    with pytest.raises(NetworkError, match=f"k = {k} with n = {n}; accepted: an even k less than n"):
        regular.ring_lattice(n=n, k=k)
