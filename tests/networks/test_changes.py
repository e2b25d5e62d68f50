"""Edge events against a matrix that is changed one event after another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import NetworkError
from socialsim.networks.changes import EdgeEvents, apply, read_events
from socialsim.networks.network import Network

LINE = Network.from_edges(4, [0, 1, 2], [1, 2, 3], labels=["ann", "bob", "cy", "dee"], name="line")


def as_matrix(network):
    matrix = np.zeros((network.num_agents, network.num_agents))
    targets, sources, weights = network.edges()
    matrix[targets, sources] = weights
    return matrix


@st.composite
def cases(draw):
    n, directed = draw(st.integers(2, 6)), draw(st.booleans())
    pairs = [(u, v) for u in range(n) for v in range(n) if (u != v if directed else u < v)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True))
    weights = [draw(st.floats(0.5, 3)) for _ in edges]
    network = Network.from_edges(n, [u for u, _ in edges], [v for _, v in edges], weights, directed=directed)
    ordered = [(u, v) for u in range(n) for v in range(n) if u != v]
    events = draw(st.lists(st.tuples(st.sampled_from(ordered), st.sampled_from([0.0, 1.0, 2.5])), max_size=8))
    return network, events


@given(cases())
def test_events_change_the_network_as_one_after_another_would(case):
    network, events = case
    matrix = as_matrix(network)
    for (u, v), weight in events:
        matrix[v, u] = weight
        if not network.directed:
            matrix[u, v] = weight
    table = EdgeEvents(
        [0] * len(events), [u for (u, _), _ in events], [v for (_, v), _ in events], [weight for _, weight in events]
    )
    changed = apply(network, table)
    np.testing.assert_array_equal(as_matrix(changed), matrix)
    assert changed.directed == network.directed
    assert changed.num_edges == (matrix > 0).sum()


def test_events_are_sorted_by_step_and_keep_their_order_within_one():
    events = EdgeEvents([3, 1, 3], [0, 1, 2], [1, 2, 3], [1, 2, 3])
    assert events.step.tolist() == [1, 3, 3]
    assert events.steps.tolist() == [1, 3]
    assert events.at(3).source.tolist() == [0, 2]
    assert len(events.at(2)) == 0


def test_labels_attributes_and_name_survive_and_a_new_edge_has_none():
    network = Network.from_edges(
        3,
        [0],
        [1],
        labels=["x", "y", "z"],
        edge_attributes={"since": [7]},
        node_attributes={"age": [1, 2, 3]},
        name="me",
    )
    changed = apply(network, EdgeEvents([0, 0], [0, 2], [1, 1], [2.0, 1.0]))
    assert (changed.labels, changed.name) == (network.labels, "me")
    assert changed.node_attributes["age"].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(changed.edge_attributes["since"], [7, 7, np.nan, np.nan])


def test_a_complete_network_loses_an_edge_and_gets_it_back():
    broken = apply(Network.complete(4), EdgeEvents([0], [0], [1], [0]))
    assert (broken.kind, broken.num_edges) == ("sparse", 10)
    assert apply(broken, EdgeEvents([1], [1], [0], [1])).kind == "complete"


def test_the_first_edge_of_an_empty_network_appears():
    assert apply(Network.from_edges(3, [], []), EdgeEvents([0], [2], [1], [1])).edges()[0].tolist() == [1, 2]


def written(tmp_path, text):
    path = tmp_path / "events.csv"
    path.write_text(text)
    return path


def test_events_are_read_by_label(tmp_path):
    events = read_events(written(tmp_path, "step,source,target,weight\n5,ann,cy,2\n2,bob,ann,0\n"), LINE)
    assert events.step.tolist() == [2, 5]
    assert (events.source.tolist(), events.target.tolist(), events.weight.tolist()) == ([1, 0], [0, 2], [0, 2])


def test_events_are_read_by_row_and_without_weights(tmp_path):
    events = read_events(written(tmp_path, "target,step,source\n3,0,1\n\n"), LINE)
    assert (events.source.tolist(), events.target.tolist(), events.weight.tolist()) == ([1], [3], [1.0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the columns are missing; accepted: step, source, target, weight"),
        ("a,b\n1,2\n", "the columns are a, b; accepted"),
        ("step,source,target\n1,ann\n", "row 2 has 2 entries; accepted: 3"),
        ("step,source,target\n1,ann,bob\n1,ann,zoe\n", "row 3, column target: 'zoe'; accepted: a label of line"),
        ("step,source,target\n1,ann,2\n", "row 2, column target: '2'"),
        ("step,source,target\n-1,ann,bob\n", "row 2, column step: '-1'; accepted: a whole number >= 0"),
        ("step,source,target\n1.5,ann,bob\n", "row 2, column step: '1.5'"),
        ("step,source,target,weight\n1,ann,bob,nan\n", "row 2, column weight: 'nan'; accepted: a finite number >= 0"),
        ("step,source,target,weight\n1,ann,bob,much\n", "row 2, column weight: 'much'"),
    ],
)
def test_a_wrong_entry_is_named_by_row_and_column(tmp_path, text, message):
    with pytest.raises(NetworkError, match=message):
        read_events(written(tmp_path, text), LINE)


@given(content=st.binary(max_size=60) | st.text("step,ourcagwih\n019-\"'", max_size=60).map(str.encode))
def test_garbage_is_events_or_one_line(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "garbage.csv"
    path.write_bytes(b"step,source,target\n" * (len(content) % 2) + content)
    try:
        events = read_events(path, LINE)
    except NetworkError as error:
        message = str(error)
    else:
        assert (events.step >= 0).all()
        return
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (([0], [0], [4], [1]), "names no agent"),
        (([0], [2], [2], [1]), "self-loop at cy"),
        (([0], [0], [1], [np.nan]), "weight of edge ann -> bob is nan"),
        (([0], [0], [1], [-1]), "weight of edge ann -> bob is -1.0"),
    ],
)
def test_events_that_no_network_can_follow_are_refused(events, message):
    with pytest.raises(NetworkError, match=message):
        apply(LINE, EdgeEvents(*events))


def test_layers_are_not_changed_by_events():
    multiplex = Network.from_edges(2, [0], [1], layers=[0], layer_names=["work"])
    with pytest.raises(NetworkError, match="has layers"):
        apply(multiplex, EdgeEvents([0], [0], [1], [0]))


@pytest.mark.parametrize(
    ("columns", "message"), [(([-1], [0], [1], [1]), "step -1"), (([0], [0, 1], [1], [1]), "equal")]
)
def test_event_columns_are_checked(columns, message):
    with pytest.raises(NetworkError, match=message):
        EdgeEvents(*columns)
