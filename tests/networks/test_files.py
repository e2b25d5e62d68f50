"""Files: round trips through every format, and garbage."""

import json

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socialsim.core.errors import NetworkError
from socialsim.networks.conversion import to_networkx
from socialsim.networks.files import READERS, read


def write_json(graph, path):
    path.write_text(json.dumps(nx.node_link_data(graph, edges="links")))


def write_csv(graph, path):
    lines = [f"{u},{v},{data['weight']}" for u, v, data in graph.edges(data=True)]
    path.write_text("\n".join(["source,target,weight", *lines]))


WRITERS = {
    ".graphml": nx.write_graphml,
    ".gexf": nx.write_gexf,
    ".gml": nx.write_gml,
    ".net": nx.write_pajek,
    ".paj": nx.write_pajek,
    ".edgelist": nx.write_edgelist,
    ".edges": nx.write_weighted_edgelist,
    ".txt": nx.write_weighted_edgelist,
    ".csv": write_csv,
    ".weighted": nx.write_weighted_edgelist,
    ".wel": nx.write_weighted_edgelist,
    ".adjlist": nx.write_adjlist,
    ".json": write_json,
}
DIRECTED = [".graphml", ".gexf", ".gml", ".net", ".json"]
NAMES = st.lists(st.text("abcdeé", min_size=1, max_size=3), min_size=2, max_size=6, unique=True)


@st.composite
def graphs(draw, directed=False):
    names = draw(NAMES)
    graph = nx.DiGraph() if directed else nx.Graph()
    nx.add_path(graph, names, weight=1.5)
    for u, v in draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=8)):
        if u != v:
            graph.add_edge(u, v, weight=draw(st.floats(0.125, 5)))
    return graph


def triples(graph):
    """The edges with their weights, undirected ones in alphabetical order."""
    edges = [(u, v, data.get("weight", 1.0)) for u, v, data in graph.edges(data=True)]
    return sorted(edges if graph.is_directed() else [(*sorted(edge[:2]), edge[2]) for edge in edges])


quick = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_every_suffix_is_tested():
    assert set(WRITERS) == set(READERS)


@pytest.mark.parametrize("suffix", WRITERS)
@quick
@given(graph=graphs())
def test_labels_edges_and_weights_survive_every_format(tmp_path, suffix, graph):
    path = tmp_path / f"village{suffix}"
    WRITERS[suffix](graph, path)
    network = read(path)
    again = to_networkx(network)
    assert network.name == path.name
    assert set(again) == set(graph)
    if suffix == ".adjlist":
        assert [edge[:2] for edge in triples(again)] == [edge[:2] for edge in triples(graph)]
    else:
        assert triples(again) == triples(graph)


@pytest.mark.parametrize("suffix", DIRECTED)
@quick
@given(graph=graphs(directed=True))
def test_directions_survive_where_the_format_has_them(tmp_path, suffix, graph):
    path = tmp_path / f"village{suffix}"
    WRITERS[suffix](graph, path)
    network = read(path)
    assert network.directed
    assert triples(to_networkx(network)) == triples(graph)


@pytest.mark.parametrize("suffix", READERS)
@quick
@given(content=st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")))
def test_garbage_is_a_network_or_one_line(tmp_path, suffix, content):
    path = tmp_path / f"garbage{suffix}"
    path.write_bytes(content)
    assert_network_or_one_line(path)


@pytest.mark.parametrize("suffix", READERS)
@settings(quick, max_examples=40)
@given(
    start=st.integers(0, 2000), length=st.integers(0, 40), patch=st.binary(max_size=8) | st.sampled_from([b"-", b"nan"])
)
def test_a_damaged_file_is_a_network_or_one_line(tmp_path, suffix, start, length, patch):
    path = tmp_path / f"damaged{suffix}"
    graph = nx.relabel_nodes(nx.path_graph(4), dict(enumerate("abcd")))
    nx.set_edge_attributes(graph, 2.5, "weight")
    WRITERS[suffix](graph, path)
    content = path.read_bytes()
    start %= len(content)
    path.write_bytes(content[:start] + patch + content[start + length :])
    assert_network_or_one_line(path)


def assert_network_or_one_line(path):
    try:
        network = read(path)
    except NetworkError as error:
        message = str(error)
    else:
        assert network.num_agents > 0
        return
    assert message.startswith(f"network file {path.as_posix()}: ")
    assert "accepted:" in message
    assert len(message.splitlines()) == 1


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_gexf_labels_name_the_agents_and_ids_become_an_attribute(tmp_path):
    graph = nx.Graph([("7", "8")])
    graph.nodes["7"]["label"], graph.nodes["8"]["label"] = "Valjean", "Javert"
    nx.write_gexf(graph, tmp_path / "miserables.gexf")
    network = read(tmp_path / "miserables.gexf")
    assert network.labels == ("Valjean", "Javert")
    assert network.node_attributes["id"].tolist() == ["7", "8"]


def test_gml_nodes_without_labels_keep_their_ids(tmp_path):
    path = written(tmp_path, "x.gml", "graph [ node [ id 4 ] node [ id 9 ] edge [ source 4 target 9 ] ]")
    assert read(path).labels == ("4", "9")


def test_numbered_agents_of_an_edge_list_come_in_the_order_of_their_numbers(tmp_path):
    assert read(written(tmp_path, "x.txt", "10 2\n2 0  # a comment\n")).labels == ("0", "2", "10")


def test_an_edge_list_is_weighted_only_if_every_line_has_a_number(tmp_path):
    assert read(written(tmp_path, "x.edgelist", "a b 2\nb c 0.5\n")).weights.tolist() == [2.0, 2.0, 0.5, 0.5]
    with pytest.raises(NetworkError, match=r"line 1 is 'a b 2'; accepted: .* on every line or on none"):
        read(written(tmp_path, "x.edgelist", "a b 2\nb c\n"))


def test_node_link_json_may_call_its_edges_links_or_edges(tmp_path):
    for key in ("links", "edges"):
        data = {"nodes": [{"id": "a"}, {"id": "b"}], key: [{"source": "a", "target": "b", "weight": 2}]}
        assert read(written(tmp_path, "x.json", json.dumps(data))).weights.tolist() == [2.0, 2.0]


def test_an_empty_section_of_arcs_does_not_direct_a_pajek_network(tmp_path):
    network = read(written(tmp_path, "x.net", '*Vertices 2\n% people\n1 "Ann B"\n2 Cy\n*Arcs\n*Edges\n1 2 4\n'))
    assert (network.directed, network.labels, network.weights.tolist()) == (False, ("Ann B", "Cy"), [4.0, 4.0])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("x.txt", "", "the file is empty"),
        ("x.txt", "# nothing\n", "the network is empty"),
        ("x.txt", "a b\nfoo\n", "line 2 is 'foo'"),
        ("x.txt", "a a\n", "self-loop at a"),
        ("x.txt", "a b\nb a\n", "parallel edges between b and a"),
        ("x.wel", "a b strong\n", "line 1 is 'a b strong'; accepted: source, target and a numeric weight"),
        ("x.wel", "a b -1\n", "weight of edge a -> b is -1.0"),
        ("x.wel", "a b nan\n", "weight of edge a -> b is nan"),
        ("x.net", "*Vertices 2\n1 a\n2 a\n*Edges\n1 2\n", "1 different vertex labels"),
        ("x.net", "*Vertices 2\n1 a\n2 b\n*Edges\n1 2 x\n", "the link '1 2 x' has no numeric weight"),
        ("x.net", "*Vertices 2\n1 a\n2 b\n*Arcs\n1 2\n*Edges\n1 2\n", "2 lists of links"),
        ("x.json", "[1, 2]", "it cannot be read .* accepted: node-link JSON"),
        ("x.json", '{"nodes": [{"id": 1}]}', "accepted: node-link JSON"),
        ("x.graphml", "graph [ node [ id 1 ] ]", "accepted: GraphML"),
        ("x.gml", "<graphml/>", "accepted: GML"),
        ("x.gexf", "<graphml/>", "accepted: GEXF"),
        ("x.doc", "a b", "unknown suffix '.doc'; accepted: .adjlist"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, name, text, message):
    with pytest.raises(NetworkError, match=message):
        read(written(tmp_path, name, text))


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(NetworkError, match=r"none\.gml: there is no such file"):
        read(tmp_path / "none.gml")
    with pytest.raises(NetworkError, match="this is a folder"):
        read(tmp_path)
    with pytest.raises(NetworkError, match="too long"):
        read("x" * 300 + ".gml")
