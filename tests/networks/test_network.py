"""The type: CSR, kinds, refusals."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import NetworkError
from socialsim.networks.network import Groups, Network


@st.composite
def edge_lists(draw, directed):
    n = draw(st.integers(1, 8))
    pairs = [(u, v) for u in range(n) for v in range(n) if (u != v if directed else u < v)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    weights = draw(st.lists(st.floats(0, 10), min_size=len(chosen), max_size=len(chosen)))
    return n, chosen, weights


def as_matrix(network):
    """A road of its own to the same network: who (row) hears whom (column), as a matrix of weights, NaN for no edge."""
    matrix = np.full((network.num_agents, network.num_agents), np.nan)
    targets, sources, weights = network.edges()
    for target, source, weight in zip(targets, sources, weights, strict=True):
        assert np.isnan(matrix[target, source])
        matrix[target, source] = weight
    return matrix


@given(edge_lists(directed=True))
def test_directed_csr_holds_exactly_the_given_edges(case):
    n, pairs, weights = case
    network = Network.from_edges(n, [u for u, _ in pairs], [v for _, v in pairs], weights, directed=True)
    expected = np.full((n, n), np.nan)
    for (u, v), weight in zip(pairs, weights, strict=True):
        expected[v, u] = weight
    np.testing.assert_array_equal(as_matrix(network), expected)
    assert network.num_edges == len(pairs)
    assert (network.in_degree == (~np.isnan(expected)).sum(axis=1)).all()


@given(edge_lists(directed=False))
def test_undirected_edges_go_both_ways_with_their_weights_and_attributes(case):
    n, pairs, weights = case
    names = [f"{u}-{v}" for u, v in pairs]
    network = Network.from_edges(
        n, [u for u, _ in pairs], [v for _, v in pairs], weights, edge_attributes={"name": names}
    )
    matrix = as_matrix(network)
    np.testing.assert_array_equal(matrix, matrix.T)
    assert network.num_edges == 2 * len(pairs)
    if pairs:
        targets, sources, _ = network.edges()
        ends = [f"{min(u, v)}-{max(u, v)}" for u, v in zip(sources, targets, strict=True)]
        assert network.edge_attributes["name"].tolist() == ends


@given(edge_lists(directed=True))
def test_arrays_have_their_types_and_cannot_be_written(case):
    n, pairs, weights = case
    network = Network.from_edges(n, [u for u, _ in pairs], [v for _, v in pairs], weights, directed=True)
    assert (network.indptr.dtype, network.sources.dtype, network.weights.dtype) == (np.int64, np.int32, np.float64)
    for array in (network.indptr, network.sources, network.weights, network.offsets):
        assert array.flags.c_contiguous
        assert not array.flags.writeable


def test_a_directed_edge_makes_the_target_hear_the_source():
    network = Network.from_edges(3, [2, 0], [1, 1], directed=True)
    assert network.indptr.tolist() == [0, 0, 2, 2]
    assert network.sources.tolist() == [0, 2]


def test_every_edge_present_is_complete_and_stores_nothing():
    upper = np.triu_indices(6, 1)
    network = Network.from_edges(6, *upper)
    assert network.kind == "complete"
    assert network.is_implicit
    assert (len(network.sources), network.num_edges, network.indptr.tolist()) == (0, 30, [0] * 7)
    np.testing.assert_array_equal(as_matrix(network), as_matrix(Network.complete(6)))


def test_a_complete_network_keeps_edges_that_carry_something():
    pairs = ([0, 0, 1], [1, 2, 2])
    assert Network.from_edges(3, *pairs, [1.0, 2.0, 1.0]).kind == "sparse"
    network = Network.from_edges(3, *pairs, edge_attributes={"since": [1, 2, 3]})
    assert (network.kind, network.is_implicit, network.num_edges) == ("complete", False, 6)


def test_edges_of_a_large_complete_network_are_refused():
    with pytest.raises(NetworkError, match="at most 5000 agents"):
        Network.complete(5001).edges()


@given(st.integers(4, 12), st.sets(st.integers(1, 11), min_size=1))
def test_circulant_offsets_reproduce_every_row(n, offsets):
    offsets = {offset for offset in offsets if offset < n}
    if not offsets or len(offsets) == n - 1:
        return
    pairs = [((i + offset) % n, i) for i in range(n) for offset in offsets]
    network = Network.from_edges(n, [u for u, _ in pairs], [v for _, v in pairs], directed=True)
    assert network.kind == "circulant"
    assert network.offsets.tolist() == sorted(offsets)


def test_a_regular_network_that_is_no_ring_is_sparse():
    prism = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (0, 3), (1, 4), (2, 5)]
    network = Network.from_edges(6, [u for u, _ in prism], [v for _, v in prism])
    assert network.kind == "sparse"
    assert set(network.in_degree.tolist()) == {3}


def test_components_are_counted_whichever_way_edges_point():
    network = Network.from_edges(5, [1, 1, 4], [0, 2, 3], directed=True, name="two")
    assert network.num_components == 2
    assert network.describe() == "two: 5 agents, 3 directed edges, disconnected (2 components)"


def test_one_agent_alone_is_a_network():
    network = Network.from_edges(1, [], [])
    assert (network.num_agents, network.num_edges, network.is_connected) == (1, 0, True)


def test_layers_allow_one_edge_each_for_the_same_pair():
    network = Network.from_edges(2, [0, 0], [1, 1], layers=[1, 0], layer_names=["work", "home"])
    assert network.num_edges == 4
    assert network.layers is not None
    assert network.layers.tolist() == [0, 1, 0, 1]


def test_groups_are_an_incidence_in_rows():
    groups = Groups.from_lists([[3, 1], [0, 1, 2]])
    network = Network.from_edges(4, [0], [1], groups=groups)
    assert network.groups is groups
    assert groups.group_ptr.tolist() == [0, 2, 5]
    assert groups.group_members.tolist() == [1, 3, 0, 1, 2]


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network))])
def test_copies_and_pickles_are_the_same_network(duplicate):
    network = Network.from_edges(4, [0, 1], [1, 2], [0.5, 2.0], labels=["a", "b", "c", "d"])
    again = duplicate(network)
    np.testing.assert_array_equal(as_matrix(again), as_matrix(network))
    assert again.labels == network.labels


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_agents": 0, "sources": [], "targets": []}, "the network is empty"),
        ({"sources": [1], "targets": [1]}, "self-loop at bob"),
        ({"sources": [0, 1], "targets": [1, 0]}, "parallel edges between bob and ann"),
        ({"sources": [0], "targets": [3]}, "edge 0 -> 3 names no agent; accepted: 0 to 2"),
        ({"sources": [-1], "targets": [0]}, "edge -1 -> 0 names no agent"),
        ({"sources": [0], "targets": [1], "weights": [float("nan")]}, "weight of edge ann -> bob is nan"),
        ({"sources": [0], "targets": [1], "weights": [float("inf")]}, "weight of edge ann -> bob is inf"),
        ({"sources": [0], "targets": [1], "weights": [-2]}, "weight of edge ann -> bob is -2.0"),
        ({"sources": [0], "targets": [1], "weights": ["strong"]}, "the weights are not all numbers"),
        ({"sources": [0.5], "targets": [1]}, "the sources are not all whole numbers"),
        ({"sources": [0], "targets": [1], "weights": [1, 2]}, "1 sources, 1 targets and 2 weights"),
        ({"sources": [0], "targets": [1], "labels": ["a", "b"]}, "2 labels for 3 agents"),
        ({"sources": [0], "targets": [1], "labels": ["a", "b", "a"]}, "two agents are called 'a'"),
        ({"sources": [0], "targets": [1], "node_attributes": {"age": [3]}}, "agent attribute 'age' has 1 values"),
        ({"sources": [0], "targets": [1], "edge_attributes": {"since": []}}, "edge attribute 'since' has 0 values"),
        ({"sources": [0], "targets": [1], "layers": [2], "layer_names": ["x"]}, "an edge lies in layer 2"),
        ({"sources": [0], "targets": [1], "layers": [0, 0], "layer_names": ["x"]}, "2 layers for 1 edges"),
        ({"sources": [0], "targets": [1], "groups": Groups.from_lists([[3]])}, "a group holds agent 3"),
    ],
)
def test_what_is_no_network_is_refused_in_one_line(arguments, message):
    with pytest.raises(NetworkError, match=message) as error:
        Network.from_edges(**{"num_agents": 3, "labels": ["ann", "bob", "eve"], **arguments})
    assert "\n" not in str(error.value)
    assert "accepted:" in str(error.value)


@pytest.mark.parametrize("groups", [[[]], [[1, 1]]])
def test_groups_are_not_empty_and_name_nobody_twice(groups):
    with pytest.raises(NetworkError, match="one or more different agents"):
        Groups.from_lists(groups)
