"""Networks from files; the suffix says the format.

The formats are parsed by NetworkX. What it would pass over in silence is refused here instead: a line of an edge list
that is no edge, vertices of a Pajek file that share a label, a list of arcs after one of edges. Edge lists, weighted
edge lists and adjacency lists are undirected; a directed network is kept in one of the other formats.
"""

from __future__ import annotations

import csv
import json
import warnings
from ast import literal_eval
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from socialsim.core.errors import NetworkError
from socialsim.networks.conversion import from_networkx
from socialsim.networks.network import Network

if TYPE_CHECKING:
    import networkx as nx


def read(path: str | PathLike[str]) -> Network:
    """Return the network in a file.

    Parameters
    ----------
    path : str or path
        GraphML (.graphml), GEXF (.gexf), GML (.gml), Pajek (.net, .paj), edge list (.edgelist, .edges, .txt, .csv),
        weighted edge list (.weighted, .wel, or any edge list whose lines all have a number in a third column),
        adjacency list (.adjlist) or node-link JSON (.json).

    Raises
    ------
    NetworkError
        If the file is missing, unreadable, empty, in another format, or holds no valid network.

    Examples
    --------
    >>> read("village.graphml")
    Traceback (most recent call last):
    socialsim.core.errors.NetworkError: network file village.graphml: there is no such file; accepted: .adjlist, .csv...
    """
    file = Path(path)
    named = " ".join(file.as_posix().split())
    try:
        _check_file(file)
        return from_networkx(_parse(file), name=file.name)
    except NetworkError as error:
        raise NetworkError(f"network file {named}: {error}") from error.__cause__
    except OSError as error:
        raise NetworkError(f"network file {named}: {error.strerror}; accepted: a file to read") from error


def _check_file(file: Path) -> None:
    """Raise NetworkError if there is nothing to read."""
    accepted = ", ".join(sorted(READERS))
    if file.is_dir():
        raise NetworkError(f"this is a folder; accepted: a file ending in {accepted}")
    if file.suffix.lower() not in READERS:
        raise NetworkError(f"unknown suffix {file.suffix!r}; accepted: {accepted}")
    if not file.exists():
        raise NetworkError(f"there is no such file; accepted: {accepted}")
    if file.stat().st_size == 0:
        raise NetworkError("the file is empty; accepted: one edge or more")


def _parse(file: Path) -> nx.Graph:
    """Return the graph in a file; whatever a parser raises becomes one line."""
    kind = READERS[file.suffix.lower()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return kind.read(file)
        except NetworkError:
            raise
        except Exception as error:  # parsers raise errors of many kinds on files that they do not understand
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
            raise NetworkError(f"it cannot be read ({reason}); accepted: {kind.name}") from error


def _read_graphml(file: Path) -> nx.Graph:
    import networkx as nx

    return nx.read_graphml(file)


def _read_gexf(file: Path) -> nx.Graph:
    import networkx as nx

    return _named_by_label(nx.read_gexf(file))


def _read_gml(file: Path) -> nx.Graph:
    import networkx as nx

    return _named_by_label(nx.read_gml(file, label="id"))


def _named_by_label(graph: nx.Graph) -> nx.Graph:
    """Return the graph with each node's label for its name, if all have different ones; the id becomes an attribute."""
    import networkx as nx

    names = {node: str(label) for node, label in graph.nodes(data="label") if label is not None}
    if len(set(names.values())) < len(graph):
        return graph
    for node, data in graph.nodes(data=True):
        del data["label"]
        if str(node) != names[node]:
            data["id"] = node
    return nx.relabel_nodes(graph, names)


def _read_pajek(file: Path) -> nx.Graph:
    import networkx as nx

    lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").split("\n")]
    sections = _pajek_sections([line for line in lines if line and not line.startswith("%")])
    graph = nx.parse_pajek([line for section in sections for line in section])
    declared = [section[0].split()[1:] for section in sections if section[0].lower().startswith("*vertices")]
    if declared != [[str(len(graph))]]:
        raise NetworkError(
            f"{len(graph)} different vertex labels; accepted: a section `*vertices` that declares as many"
        )
    return graph


def _pajek_sections(lines: list[str]) -> list[list[str]]:
    """Return the sections of a Pajek file, each from its star on: the vertices and those links that are not empty."""
    starts = [number for number, line in enumerate(lines) if line.startswith("*")]
    sections = [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]
    vertices = [section for section in sections if section[0].lower().startswith("*vertices")]
    links = [section for section in sections if len(section) > 1 and section not in vertices]
    if len(links) > 1:
        raise NetworkError(f"it has {len(links)} lists of links; accepted: one (write an edge beside arcs as two arcs)")
    for line in links[0][1:] if links and not links[0][0].lower().startswith("*matrix") else []:
        if not all(map(_is_number, line.split()[2:3])):
            raise NetworkError(f"the link {line!r} has no numeric weight; accepted: source, target, weight")
    return vertices + links


def _read_edges(file: Path) -> nx.Graph:
    """Read an edge list, weighted if every line has a number in a third column."""
    return _edge_list(_rows(file))


def _read_weighted(file: Path) -> nx.Graph:
    """Read an edge list whose lines must have a weight."""
    rows = _rows(file)
    for number, row in rows:
        if len(row) != 3 or not _is_number(row[2]):
            raise NetworkError(f"line {number} is {' '.join(row)!r}; accepted: source, target and a numeric weight")
    return _edge_list(rows)


def _rows(file: Path) -> list[tuple[int, list[str]]]:
    """Return the lines of an edge list as (line number, columns), without comments and the header of a table."""
    text = file.read_text(encoding="utf-8-sig")
    if file.suffix.lower() == ".csv":
        rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines())]
        if rows and [cell.lower() for cell in rows[0][:2]] == ["source", "target"]:
            rows[0] = []
    else:
        rows = [line.partition("#")[0].split() for line in text.split("\n")]
    return [(number, row) for number, row in enumerate(rows, start=1) if row]


def _edge_list(rows: list[tuple[int, list[str]]]) -> nx.Graph:
    """Return the graph of an edge list; agents whose names are all whole numbers come in the order of these."""
    import networkx as nx

    weighted = all(len(row) == 3 and _is_number(row[2]) for _, row in rows)
    edges: list[tuple[str, str, dict[str, Any]]] = []
    for number, row in rows:
        data = {"weight": float(row[2])} if weighted else _edge_data(number, row)
        edges.append((row[0], row[1], data))
    names = list(dict.fromkeys(name for edge in edges for name in edge[:2]))
    if all(map(str.isdecimal, names)):
        names.sort(key=int)
    graph: nx.MultiGraph = nx.MultiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from(edges)
    return graph


def _edge_data(number: int, row: list[str]) -> dict[str, Any]:
    """Return the attributes on a line of an edge list, which NetworkX writes as a dict."""
    text = " ".join(row[2:]) or "{}"
    data = literal_eval(text) if len(row) >= 2 and text.startswith("{") else None
    if not isinstance(data, dict):
        accepted = "source and target, a numeric weight on every line or on none, or NetworkX's dict of attributes"
        raise NetworkError(f"line {number} is {' '.join(row)[:80]!r}; accepted: {accepted}")
    return data


def _is_number(text: str) -> bool:
    """Return whether a column is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_adjacency(file: Path) -> nx.Graph:
    import networkx as nx

    return nx.parse_adjlist(file.read_text(encoding="utf-8-sig").split("\n"))


def _read_json(file: Path) -> nx.Graph:
    import networkx as nx

    data = json.loads(file.read_text(encoding="utf-8-sig"))
    return nx.node_link_graph(data, edges="edges" if "edges" in data else "links")


class Format(NamedTuple):
    """A file format: what an error calls it, and the function that reads it."""

    name: str
    read: Callable[[Path], nx.Graph]


_EDGES = Format("an edge list", _read_edges)
_WEIGHTED = Format("a weighted edge list", _read_weighted)
_PAJEK = Format("Pajek", _read_pajek)

READERS = MappingProxyType(
    {
        ".graphml": Format("GraphML", _read_graphml),
        ".gexf": Format("GEXF", _read_gexf),
        ".gml": Format("GML", _read_gml),
        ".net": _PAJEK,
        ".paj": _PAJEK,
        ".edgelist": _EDGES,
        ".edges": _EDGES,
        ".txt": _EDGES,
        ".csv": _EDGES,
        ".weighted": _WEIGHTED,
        ".wel": _WEIGHTED,
        ".adjlist": Format("an adjacency list", _read_adjacency),
        ".json": Format("node-link JSON", _read_json),
    }
)
"""The reader of each suffix."""
