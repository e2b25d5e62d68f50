"""Networks that change over time: a table of edge events.

    (step, source, target, weight):   at the beginning of `step` the edge source -> target gets this weight

An edge that was not there appears; weight 0 removes it. In an undirected network an event changes both ways. The CSR is
rebuilt once for each step at which something changes.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import numpy as np

from socialsim.core.errors import NetworkError
from socialsim.networks.checks import check_edges
from socialsim.networks.csr import Array
from socialsim.networks.network import Network

COLUMNS = ("step", "source", "target", "weight")


@dataclass(frozen=True, eq=False)
class EdgeEvents:
    """Changes of edges, sorted by step; of one step, in the order given.

    Attributes
    ----------
    step : ndarray of int64, shape (M,)
        >= 0.
    source, target : ndarray of int64, shape (M,)
        Rows of the network.
    weight : ndarray of float64, shape (M,)
        Finite, >= 0; 0 removes the edge.

    Raises
    ------
    NetworkError
        If the columns differ in length or a step is negative.

    Examples
    --------
    >>> events = EdgeEvents([5, 2], [0, 1], [1, 2], [0.0, 1.0])
    >>> events.steps
    array([2, 5])
    >>> events.at(5)
    EdgeEvents(step=array([5]), source=array([0]), target=array([1]), weight=array([0.]))
    """

    step: Array
    source: Array
    target: Array
    weight: Array

    def __post_init__(self) -> None:
        columns = [np.asarray(getattr(self, name), dtype=np.int64) for name in COLUMNS[:3]]
        columns.append(np.asarray(self.weight, dtype=np.float64))
        if len({len(column) for column in columns}) > 1:
            raise NetworkError(f"edge events with columns of {[len(c) for c in columns]} rows; accepted: equal lengths")
        if len(columns[0]) and columns[0].min() < 0:
            raise NetworkError(f"an edge event at step {columns[0].min()}; accepted: 0 or later")
        order = np.argsort(columns[0], kind="stable")
        for name, column in zip(COLUMNS, columns, strict=True):
            ordered = column[order]
            ordered.flags.writeable = False
            object.__setattr__(self, name, ordered)

    def __len__(self) -> int:
        return len(self.step)

    @property
    def steps(self) -> Array:
        """The steps at which something changes, ascending."""
        return np.unique(self.step)

    def at(self, step: int) -> EdgeEvents:
        """Return the events of one step."""
        low, high = np.searchsorted(self.step, [step, step + 1])
        rows = slice(low, high)
        return EdgeEvents(self.step[rows], self.source[rows], self.target[rows], self.weight[rows])


def apply(network: Network, events: EdgeEvents) -> Network:
    """Return the network after all the events; of several for one edge the last counts.

    An edge keeps its attributes when its weight changes; one that appears has none. Removing an edge that is not there
    changes nothing.

    Raises
    ------
    NetworkError
        If an event names no agent, a self-loop or a weight that is not finite and >= 0; if the network is multiplex
        (an event says no layer), or complete and larger than 5000 agents.

    Examples
    --------
    >>> line = Network.from_edges(4, [0, 1, 2], [1, 2, 3], name="line")
    >>> apply(line, EdgeEvents([0, 0], [1, 3], [2, 0], [0.0, 1.0]))
    <Network line: 4 agents, 3 edges, connected>
    """
    if network.layers is not None:
        raise NetworkError(f"{network.name} has layers, which edge events do not name; accepted: one layer")
    check_edges(network.num_agents, events.source, events.target, events.weight, network.given_labels)
    pairs, strength = _last(network, events)
    targets, sources, weights = network.edges()
    before = targets * network.num_agents + sources  # ascending, as the CSR is
    place = np.minimum(np.searchsorted(before, pairs), max(len(before) - 1, 0))
    known = before[place] == pairs if len(before) else np.zeros(len(pairs), dtype=bool)
    after, kept = weights.copy(), np.ones(len(before), dtype=bool)
    after[place[known]] = strength[known]
    kept[place[known & (strength == 0)]] = False
    appear = ~known & (strength > 0)
    targets, sources = np.divmod(np.concatenate([before[kept], pairs[appear]]), network.num_agents)
    attributes = {
        name: [*values[kept].tolist(), *[None] * int(appear.sum())] for name, values in network.edge_attributes.items()
    }
    changed = Network.from_edges(
        network.num_agents,
        sources,
        targets,
        np.concatenate([after[kept], strength[appear]]),
        directed=True,  # both ways of an undirected edge are listed
        labels=network.given_labels,
        node_attributes=network.node_attributes,
        edge_attributes=attributes,
        groups=network.groups,
        name=network.name,
    )
    return replace(changed, directed=network.directed)


def _last(network: Network, events: EdgeEvents) -> tuple[Array, Array]:
    """Return each changed edge once, as target * N + source ascending, with its last weight."""
    source, target = events.source, events.target
    if not network.directed:
        source, target = np.minimum(source, target), np.maximum(source, target)
    key, last = np.unique((target * network.num_agents + source)[::-1], return_index=True)
    weight = events.weight[::-1][last]
    if network.directed:
        return key, weight
    high, low = np.divmod(key, network.num_agents)
    both = np.concatenate([key, low * network.num_agents + high])
    order = np.argsort(both)
    return both[order], np.concatenate([weight, weight])[order]


def read_events(path: str | PathLike[str], network: Network) -> EdgeEvents:
    """Return the edge events in a CSV file with the columns step, source, target and, if it likes, weight (else 1).

    Sources and targets are labels of the network; if they are no labels but all whole numbers, they are rows.

    Raises
    ------
    NetworkError
        If the file cannot be read; the message names the row and the column of a wrong entry.

    Examples
    --------
    >>> read_events("strikes.csv", Network.complete(3))
    Traceback (most recent call last):
    socialsim.core.errors.NetworkError: edge events strikes.csv: cannot be read (No such file or directory); ac...
    """
    file = Path(path)
    try:
        return _events(_table(file), network)
    except NetworkError as error:
        raise NetworkError(f"edge events {' '.join(file.as_posix().split())}: {error}") from error.__cause__


def _table(file: Path) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of the CSV file with their numbers in it."""
    accepted = f"a CSV file with the columns {', '.join(COLUMNS)}"
    try:
        rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise NetworkError(f"cannot be read ({reason}); accepted: {accepted}") from error
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    if sorted(header) not in (sorted(COLUMNS), sorted(COLUMNS[:3])):
        raise NetworkError(f"the columns are {', '.join(header)[:80] or 'missing'}; accepted: {', '.join(COLUMNS)}")
    for number, row in enumerate(rows, start=1):
        if row and len(row) != len(header):
            raise NetworkError(f"row {number} has {len(row)} entries; accepted: {len(header)}")
    cells = [[cell.strip() for cell in row] for row in rows[1:]]
    return [(number, dict(zip(header, row, strict=True))) for number, row in enumerate(cells, start=2) if row]


def _events(table: list[tuple[int, dict[str, str]]], network: Network) -> EdgeEvents:
    """Return the rows as events of the network."""
    rows = {label: row for row, label in enumerate(network.labels)}
    ends = [row[name] for _, row in table for name in ("source", "target")]
    if not rows.keys() & set(ends):
        rows = {str(row): row for row in range(network.num_agents)}
    accepted = f"a label of {network.name}, or numbers from 0 to {network.num_agents - 1} throughout"
    return EdgeEvents(
        np.array([_whole(number, row["step"]) for number, row in table], dtype=np.int64),
        _agents(table, "source", rows, accepted),
        _agents(table, "target", rows, accepted),
        np.array([_weight(number, row.get("weight", "1")) for number, row in table], dtype=np.float64),
    )


def _agents(table: list[tuple[int, dict[str, str]]], name: str, rows: dict[str, int], accepted: str) -> Array:
    """Return a column of agents as rows of the network."""
    for number, row in table:
        if row[name] not in rows:
            raise NetworkError(f"row {number}, column {name}: {row[name]!r}; accepted: {accepted}")
    return np.array([rows[row[name]] for _, row in table], dtype=np.int64)


def _whole(number: int, text: str) -> int:
    """Return an entry of the column `step`."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NetworkError(f"row {number}, column step: {text!r}; accepted: a whole number >= 0")
    return int(text)


def _weight(number: int, text: str) -> float:
    """Return an entry of the column `weight`."""
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0 <= weight < math.inf:
        raise NetworkError(
            f"row {number}, column weight: {text!r}; accepted: a finite number >= 0 (0 removes the edge)"
        )
    return weight
