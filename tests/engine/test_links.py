import networkx as nx
import numpy as np
import pytest

from socialsim.engine.links import COMPLETE, FAILED, SPARSE, degree, is_absent, is_away, neighbour
from socialsim.networks.conversion import from_networkx
from socialsim.testing.links import by_hand


def heard(network):
    return [[int(neighbour(network, i, k)) for k in range(degree(network, i))] for i in range(network.num_agents)]


@pytest.mark.parametrize(
    ("given", "kind", "expected"),
    [
        (3, COMPLETE, [[1, 2], [0, 2], [0, 1]]),
        (0, COMPLETE, []),
        ([[2, 1], (), [0]], SPARSE, [[2, 1], [], [0]]),
        (nx.star_graph([1, 2, 0]), SPARSE, [[1], [0, 2], [1]]),
        (nx.empty_graph(2), SPARSE, [[], []]),
    ],
)
def test_agents_hear_whom_they_are_given(given, kind, expected):
    network = by_hand(given)
    assert (network.kind, heard(network)) == (kind, expected)
    assert not network.may_change


def test_a_graph_by_hand_is_the_graph_converted():
    graph = nx.karate_club_graph()
    network, converted = by_hand(graph), from_networkx(graph)
    assert np.array_equal(network.indptr, converted.indptr)
    assert np.array_equal(network.sources, converted.sources)


def test_agents_may_be_away():
    network = by_hand(5, [0, FAILED, 0, 0, 0], failed=[2], absent=(3,))
    assert [bool(is_away(network, i)) for i in range(5)] == [False, True, True, True, False]
    assert [bool(is_absent(network, i)) for i in range(5)] == [False, False, False, True, False]


@pytest.mark.parametrize("network", [by_hand(2), by_hand([[1], [0]], absent=[0]), by_hand([(), ()])])
def test_arrays_have_the_types_of_the_engine(network):
    types = [array.dtype for array in (network.indptr, network.sources, network.weights, network.offsets)]
    assert types == [np.int64, np.int32, np.float64, np.int64]
    assert network.presence.dtype == np.int8
