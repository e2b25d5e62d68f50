"""What a network may not be: one-line errors that name the agent or the edge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from socialsim.core.errors import NetworkError
from socialsim.networks.csr import Array, column, first_parallel

Labels = tuple[str, ...] | None


def check_agents(num_agents: int, labels: Labels) -> None:
    """Raise NetworkError if there is no agent, or the labels are too few, too many or not all different.

    Examples
    --------
    >>> check_agents(2, ("a", "a"))
    Traceback (most recent call last):
    socialsim.core.errors.NetworkError: two agents are called 'a'; accepted: different names
    """
    if num_agents < 1:
        raise NetworkError("the network is empty; accepted: one agent or more")
    if labels is None:
        return
    if len(labels) != num_agents:
        raise NetworkError(f"{len(labels)} labels for {num_agents} agents; accepted: one each")
    if len(set(labels)) < num_agents:
        seen: set[str] = set()
        twice = next(label for label in labels if label in seen or seen.add(label))  # type: ignore[func-returns-value]
        raise NetworkError(f"two agents are called {twice!r}; accepted: different names")


def numbers(name: str, values: Any, kind: type) -> Array:
    """Return a column as an array of numbers of one kind; whole numbers must be whole.

    Raises
    ------
    NetworkError
        If an entry is no such number.

    Examples
    --------
    >>> numbers("sources", [0.5], np.int64)
    Traceback (most recent call last):
    socialsim.core.errors.NetworkError: the sources are not all whole numbers; accepted: one whole number an edge
    """
    array = np.asarray(values)
    whole = issubclass(kind, np.integer)
    if array.ndim != 1 or (array.size and array.dtype.kind not in ("iu" if whole else "iuf")):
        word = "whole number" if whole else "number"
        raise NetworkError(f"the {name} are not all {word}s; accepted: one {word} an edge")
    return array.astype(kind)


def check_columns(kind: str, length: int, columns: Mapping[str, Sequence[Any] | Array]) -> dict[str, Array]:
    """Return attributes as columns, or raise NetworkError if one has not `length` values.

    Examples
    --------
    >>> check_columns("agent", 2, {"age": [30, 41]})
    {'age': array([30, 41])}
    """
    for name, values in columns.items():
        if len(values) != length:
            raise NetworkError(f"{kind} attribute {name!r} has {len(values)} values; accepted: {length}, one each")
    return {str(name): column(values) for name, values in columns.items()}


def check_edges(num_agents: int, sources: Array, targets: Array, weights: Array, labels: Labels) -> None:
    """Raise NetworkError if an edge names no agent, is a self-loop, or its weight is not a finite number >= 0.

    Examples
    --------
    >>> check_edges(2, np.array([0]), np.array([1]), np.array([-1.0]), ("ann", "bob"))
    Traceback (most recent call last):
    socialsim.core.errors.NetworkError: the weight of edge ann -> bob is -1.0; accepted: a finite number >= 0
    """
    if not len(sources) == len(targets) == len(weights):
        lengths = f"{len(sources)} sources, {len(targets)} targets and {len(weights)} weights"
        raise NetworkError(f"{lengths}; accepted: one each for every edge")
    outside = np.flatnonzero((np.minimum(sources, targets) < 0) | (np.maximum(sources, targets) >= num_agents))
    if len(outside):
        edge = outside[0]
        raise NetworkError(f"edge {sources[edge]} -> {targets[edge]} names no agent; accepted: 0 to {num_agents - 1}")
    loops = np.flatnonzero(sources == targets)
    if len(loops):
        node = _name(sources[loops[0]], labels)
        raise NetworkError(f"self-loop at {node}; accepted: none (whether one hears oneself is the model's choice)")
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(wrong):
        edge = wrong[0]
        pair = f"{_name(sources[edge], labels)} -> {_name(targets[edge], labels)}"
        raise NetworkError(f"the weight of edge {pair} is {float(weights[edge])}; accepted: a finite number >= 0")


def check_layers(num_edges: int, layers: Array | None, layer_names: Sequence[str]) -> None:
    """Raise NetworkError if an edge has no layer, or one that has no name.

    Examples
    --------
    >>> check_layers(2, np.array([0, 1]), ["work"])
    Traceback (most recent call last):
    socialsim.core.errors.NetworkError: an edge lies in layer 1; accepted: 0 to 0, one for each layer name
    """
    if layers is None:
        return
    if len(layers) != num_edges:
        raise NetworkError(f"{len(layers)} layers for {num_edges} edges; accepted: one each")
    wrong = layers[(layers < 0) | (layers >= len(layer_names))]
    if len(wrong):
        last = len(layer_names) - 1
        raise NetworkError(f"an edge lies in layer {wrong[0]}; accepted: 0 to {last}, one for each layer name")


def check_members(num_agents: int, members: Array | None) -> None:
    """Raise NetworkError if a group names no agent.

    Examples
    --------
    >>> check_members(3, np.array([0, 3]))
    Traceback (most recent call last):
    socialsim.core.errors.NetworkError: a group holds agent 3; accepted: 0 to 2
    """
    if members is None:
        return
    wrong = members[(members < 0) | (members >= num_agents)]
    if len(wrong):
        raise NetworkError(f"a group holds agent {wrong[0]}; accepted: 0 to {num_agents - 1}")


def check_parallel(sources: Array, targets: Array, layers: Array | None, labels: Labels) -> None:
    """Raise NetworkError if two edges, in the order of the CSR, join the same pair in the same layer.

    Examples
    --------
    >>> check_parallel(np.array([1, 1]), np.array([0, 0]), None, None)
    Traceback (most recent call last):
    socialsim.core.errors.NetworkError: parallel edges between 1 and 0; accepted: one edge a pair, or edges that...
    """
    edge = first_parallel(sources, targets, layers)
    if edge is not None:
        pair = f"{_name(sources[edge], labels)} and {_name(targets[edge], labels)}"
        accepted = "one edge a pair, or edges that differ in their attribute `layer`"
        raise NetworkError(f"parallel edges between {pair}; accepted: {accepted}")


def _name(agent: int, labels: Labels) -> str:
    """Return how an error calls an agent."""
    return str(agent) if labels is None else " ".join(labels[agent].split())
