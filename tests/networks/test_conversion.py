"""NetworkX graphs to networks and back."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import NetworkError
from socialsim.networks.conversion import from_networkx, to_networkx


@st.composite
def graphs(draw):
    graph = draw(st.sampled_from([nx.Graph, nx.DiGraph]))()
    names = draw(st.lists(st.text("abcxyz é", min_size=1, max_size=4), min_size=1, max_size=7, unique=True))
    for name in names:
        graph.add_node(name, age=draw(st.integers(0, 99)), town=draw(st.sampled_from(["Rome", "Siena"])))
    for u, v in draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=12)):
        if u != v:
            graph.add_edge(u, v, weight=draw(st.floats(0, 5)), kin=draw(st.booleans()))
    return graph


@given(graphs())
def test_labels_edges_weights_and_attributes_survive_the_round_trip(graph):
    again = to_networkx(from_networkx(graph))
    assert list(again.nodes(data=True)) == list(graph.nodes(data=True))
    assert again.is_directed() == graph.is_directed()
    assert set(again.edges) == set(graph.edges) or nx.utils.edges_equal(list(again.edges), list(graph.edges))
    for u, v, data in graph.edges(data=True):
        assert again.edges[u, v].get("weight", 1.0) == data["weight"]
        assert again.edges[u, v]["kin"] == data["kin"]


def test_a_directed_edge_says_that_its_source_informs_its_target():
    network = from_networkx(nx.DiGraph([("teacher", "pupil")]))
    assert network.labels == ("teacher", "pupil")
    assert network.in_degree.tolist() == [0, 1]


def test_an_edge_without_weight_weighs_one():
    network = from_networkx(nx.Graph([(0, 1, {"weight": 3}), (1, 2)]))
    assert network.weights.tolist() == [3.0, 3.0, 1.0, 1.0]


def test_unequal_attributes_are_missing_where_they_are_missing():
    graph = nx.Graph([("a", "b", {"since": 1990}), ("b", "c", {"note": "kin"})])
    network = from_networkx(graph)
    np.testing.assert_array_equal(network.edge_attributes["since"], [1990, 1990, np.nan, np.nan])
    assert network.edge_attributes["note"].tolist() == [None, None, "kin", "kin"]
    assert dict(to_networkx(network).edges["a", "b"]) == {"since": 1990}


def test_parallel_edges_in_different_layers_are_a_multiplex_network():
    graph = nx.MultiGraph()
    graph.add_edge("a", "b", layer="work", weight=2.0)
    graph.add_edge("a", "b", layer="home")
    network = from_networkx(graph)
    assert network.layer_names == ("work", "home")
    again = to_networkx(network)
    assert sorted(data["layer"] for _, _, data in again.edges(data=True)) == ["home", "work"]
    assert network.kind == "sparse"


def test_a_multigraph_without_parallel_edges_is_a_plain_network():
    assert from_networkx(nx.MultiDiGraph([(0, 1), (1, 0)])).num_edges == 2


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (nx.Graph(), "the network is empty"),
        (nx.Graph([("a", "a")]), "self-loop at a; accepted: none .whether one hears oneself is the model's choice"),
        (
            nx.MultiGraph([("a", "b"), ("a", "b")]),
            "parallel edges between b and a; accepted: one edge a pair, or .*layer",
        ),
        (nx.MultiGraph([("a", "b", {"layer": 1}), ("b", "a", {"layer": 1})]), "parallel edges"),
        (nx.Graph([("a", "b", {"weight": "strong"})]), "weight of edge 'a' -> 'b' is 'strong'"),
        (nx.Graph([("a", "b", {"weight": True})]), "weight of edge 'a' -> 'b' is True"),
        (nx.Graph([("a", "b", {"weight": 10**400})]), "weight of edge a -> b is inf"),
        (nx.Graph([("a", "b", {"weight": float("nan")})]), "weight of edge a -> b is nan"),
        (nx.Graph([(1, 2), (2, "1")]), "two agents are called '1'"),
    ],
)
def test_graphs_that_are_no_network_are_refused(graph, message):
    with pytest.raises(NetworkError, match=message):
        from_networkx(graph)
