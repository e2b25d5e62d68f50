"""Measures of how opinions lie beside each other and on a network."""

from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.opinions import (
    assortativity,
    camps,
    cluster_sizes,
    cross_cutting,
    cross_cutting_exposure,
    echo_chamber,
    nominal_assortativity,
    number_of_camps,
)
from socialsim.networks.sources import load

SEEDS = st.integers(0, 2**32 - 1)


def a_graph(seed, *, directed=False):
    """Return a random graph, whom each of its agents hears, and their opinions."""
    stream = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(12, 0.3, seed=int(seed % 2**31), directed=directed)
    opinions = stream.integers(3, size=12)
    nx.set_node_attributes(graph, {i: int(opinion) for i, opinion in enumerate(opinions)}, "opinion")
    rows = [sorted(graph.predecessors(i) if directed else graph.neighbors(i)) for i in range(12)]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return graph, opinions, indptr, np.array([j for row in rows for j in row], int)


# --- Two roads: NetworkX ------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("directed", [False, True])
@given(seed=SEEDS)
def test_assortativity_is_that_of_networkx(directed, seed):
    graph, *network = a_graph(seed, directed=directed)
    if graph.number_of_edges() == 0:
        assert np.isnan(assortativity(*network))
        return
    numeric = nx.numeric_assortativity_coefficient(graph, "opinion")
    nominal = nx.attribute_assortativity_coefficient(graph, "opinion")
    mine = assortativity(*network)
    assert mine == pytest.approx(numeric, abs=1e-9) or np.isnan(mine)
    mine = nominal_assortativity(*network)
    assert mine == pytest.approx(nominal, abs=1e-9) or np.isnan(mine)


@given(seed=SEEDS)
def test_camps_are_components_of_the_links_between_the_like(seed):
    graph, opinions, *links = a_graph(seed)
    alike = nx.Graph([(i, j) for i, j in graph.edges if opinions[i] == opinions[j]])
    alike.add_nodes_from(graph)
    assert camps(opinions, *links).tolist() == sorted(map(len, nx.connected_components(alike)), reverse=True)


@given(seed=SEEDS)
def test_cross_cutting_edges_are_counted(seed):
    graph, opinions, *links = a_graph(seed)
    joined = [opinions[i] != opinions[j] for i, j in graph.edges]
    found = cross_cutting(opinions, *links)
    assert found == pytest.approx(np.mean(joined)) if joined else np.isnan(found)


# --- By hand, and properties -----------------------------------------------------------------------------------


def test_two_cliques_of_one_mind_each_are_as_assortative_as_can_be():
    graph = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(4))
    network = load(graph)
    opinions = [0.1] * 4 + [0.9] * 4
    for measure in (assortativity, nominal_assortativity):
        assert measure(opinions, network.indptr, network.sources) == pytest.approx(1.0)
    assert cross_cutting(opinions, network.indptr, network.sources) == 0.0


def test_the_assortativity_of_one_opinion_is_undefined():
    network = load(nx.path_graph(4))
    for measure in (assortativity, nominal_assortativity):
        assert np.isnan(measure([0.3] * 4, network.indptr, network.sources))


def test_clusters_are_told_apart_by_gaps():
    opinions = [0.31, 0.0, 0.9, 0.1, 0.3]
    assert cluster_sizes(opinions, 0.1).tolist() == [2, 2, 1]
    assert cluster_sizes(opinions, 0.2).tolist() == [4, 1]
    assert cluster_sizes(opinions, 0.0).tolist() == [1, 1, 1, 1, 1]
    assert cluster_sizes([0.7], 0.0).tolist() == [1]


def test_a_gap_is_no_wider_for_rounding():
    assert cluster_sizes(np.arange(101) / 100, 0.01).tolist() == [101]
    assert len(cluster_sizes(np.arange(101) / 100, 0.01 - 1e-12)) == 101


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=20), st.floats(0, 10), st.randoms())
def test_clusters_do_not_depend_on_order_and_merge_as_the_gap_widens(opinions, gap, random):
    sizes = cluster_sizes(opinions, gap)
    assert sizes.tolist() == cluster_sizes(random.sample(opinions, len(opinions)), gap).tolist()
    assert sizes.sum() == len(opinions)
    assert 1 <= len(cluster_sizes(opinions, gap + 1.0)) <= len(sizes)


def listed(opinions, edges):
    """Return the tables of one run, with (source, target) edges or without that table."""
    agents = pd.DataFrame({"run": 0, "agent": range(len(opinions)), "opinion": opinions})
    edges = pd.DataFrame(edges, columns=["source", "target"]).assign(run=0)
    return SimpleNamespace(agents=agents, edges=edges, tables={"agent": agents, "edge": edges})


def test_what_no_edge_joins_is_undefined_and_the_reason_is_the_right_one():
    for metric in (echo_chamber, cross_cutting_exposure):
        assert metric(listed([0, 1, 1], [])).reason == "there are no edges"
    assert echo_chamber(listed([1, 1, 0], [(0, 1), (1, 0)])).reason.startswith("all edges join equal opinions")
    assert number_of_camps(listed([0, 1, 1], [])).value == 3.0


# --- Bad input -------------------------------------------------------------------------------------------------


def test_what_is_no_opinion_is_refused():
    with pytest.raises(ParameterError, match="cluster_sizes: accepted: at least one opinion, all of them finite"):
        cluster_sizes([0.1, np.nan], 0.1)
    with pytest.raises(ParameterError, match="gap -1 is not accepted; accepted: a number >= 0"):
        cluster_sizes([0.1], -1)
    with pytest.raises(ParameterError, match=r"shape \(1, 2\) are not accepted; accepted: a list"):
        cluster_sizes([[0.1, 0.2]], 0.1)


@pytest.mark.parametrize("measure", [assortativity, nominal_assortativity, camps, cross_cutting])
@pytest.mark.parametrize(
    ("indptr", "sources"), [([0, 1], [1]), ([0, 1, 2], [1]), ([0, 1, 2], [1, 2]), ([0, 1, 2], [1, -1])]
)
def test_another_networks_links_are_refused(measure, indptr, sources):
    with pytest.raises(ParameterError, match="do not fit the network; accepted: num_agents opinions"):
        measure([0.1, 0.2], indptr, sources)
