"""Networks from NetworkX graphs and back.

Nodes become rows in the graph's own order, and their names become labels (text). The edge attribute `weight` becomes
the weights, 1 where an edge has none, as NetworkX reads it. An edge attribute `layer` on every edge makes the network
multiplex; only then may edges of a multigraph be parallel. All other attributes become columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from socialsim.core.errors import NetworkError
from socialsim.networks.csr import Array
from socialsim.networks.network import Network

if TYPE_CHECKING:
    import networkx as nx


def from_networkx(graph: nx.Graph, name: str = "") -> Network:
    """Return a NetworkX graph as a network.

    Parameters
    ----------
    graph : networkx.Graph, DiGraph, MultiGraph or MultiDiGraph
        A directed edge u -> v means that u informs v.
    name : str
        The graph's own name where not given.

    Raises
    ------
    NetworkError
        If the graph is empty, or has self-loops, parallel edges in one layer, two nodes of one name, or a weight
        that is not a finite number >= 0.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.Graph([("ann", "bob", {"weight": 2.5}), ("bob", "eve")])
    >>> network = from_networkx(graph, name="friends")
    >>> network, network.labels, network.weights
    (<Network friends: 3 agents, 2 edges, connected>, ('ann', 'bob', 'eve'), array([2.5, 2.5, 1. , 1. ]))
    """
    rows = {node: row for row, node in enumerate(graph)}
    edges = list(graph.edges(data=True))
    attributes = _columns([data for _, _, data in edges])
    layers, layer_names = _layers(attributes)
    strengths = attributes.pop("weight", None)
    numbered = all(type(node) is int and node == row for node, row in rows.items())
    return Network.from_edges(
        len(rows),
        [rows[u] for u, _, _ in edges],
        [rows[v] for _, v, _ in edges],
        None if strengths is None else [_weight(value, edge) for value, edge in zip(strengths, edges, strict=True)],
        directed=graph.is_directed(),
        labels=None if numbered else [str(node) for node in rows],
        node_attributes=_columns([data for _, data in graph.nodes(data=True)]),
        edge_attributes=attributes,
        layers=layers,
        layer_names=layer_names,
        name=name or str(graph.name or "graph"),
    )


def to_networkx(network: Network) -> nx.Graph:
    """Return a network as a NetworkX graph whose nodes are the labels.

    The graph is directed as the network is, and a multigraph if it has layers. Groups are left out. An unweighted
    network gives edges without the attribute `weight`; missing attributes are left out.

    Raises
    ------
    NetworkError
        If the network is complete and has more than 5000 agents.

    Examples
    --------
    >>> network = Network.from_edges(3, [0, 1], [1, 2], [1.0, 4.0], labels=["ann", "bob", "eve"])
    >>> list(to_networkx(network).edges(data="weight"))
    [('ann', 'bob', 1.0), ('bob', 'eve', 4.0)]
    """
    import networkx as nx

    targets, sources, weights = network.edges()
    once = slice(None) if network.directed else sources < targets
    columns = dict(network.edge_attributes)
    if network.weighted:
        columns["weight"] = weights
    if network.layers is not None:
        columns["layer"] = np.array(network.layer_names, dtype=object)[network.layers]
    kinds = {(False, False): nx.Graph, (True, False): nx.DiGraph, (False, True): nx.MultiGraph}
    graph: nx.Graph = kinds.get((network.directed, network.layers is not None), nx.MultiDiGraph)(name=network.name)
    labels = network.labels
    graph.add_nodes_from(zip(labels, _records(network.node_attributes, network.num_agents), strict=True))
    ends = zip(sources[once].tolist(), targets[once].tolist(), strict=True)
    data = _records({name: values[once] for name, values in columns.items()}, len(sources[once]))
    graph.add_edges_from((labels[u], labels[v], record) for (u, v), record in zip(ends, data, strict=True))
    return graph


def _columns(records: list[Mapping[Any, Any]]) -> dict[str, list[Any]]:
    """Return records as columns, None where a record lacks an entry."""
    names = dict.fromkeys(name for record in records for name in record)
    return {str(name): [record.get(name) for record in records] for name in names}


def _layers(attributes: dict[str, list[Any]]) -> tuple[list[int] | None, list[str]]:
    """Take the layers out of the edges' attributes, if every edge lies in one."""
    if None in attributes.get("layer", [None]):
        return None, []
    named = [str(layer) for layer in attributes.pop("layer")]
    place = {layer: number for number, layer in enumerate(dict.fromkeys(named))}
    return [place[layer] for layer in named], list(place)


def _weight(value: Any, edge: tuple[Any, Any, Any]) -> float:
    """Return the weight of one edge; infinite, and so refused later, where it is too large for a float."""
    if value is None:
        return 1.0
    if not isinstance(value, Real) or isinstance(value, bool):
        raise NetworkError(
            f"the weight of edge {edge[0]!r} -> {edge[1]!r} is {value!r}; accepted: a finite number >= 0"
        )
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _records(columns: Mapping[str, Array], length: int) -> Iterable[dict[str, Any]]:
    """Return columns as one dict a row, without the missing values."""
    if not columns:
        return ({} for _ in range(length))
    rows = zip(*(values.tolist() for values in columns.values()), strict=True)
    return ({name: value for name, value in zip(columns, row, strict=True) if not _missing(value)} for row in rows)


def _missing(value: Any) -> bool:
    """Return whether an entry of a column stands for no value."""
    return value is None or value != value
