"""Edge lists as compressed rows (CSR): plain functions on arrays, without names or attributes.

Row i lists the agents that i hears. With N agents and E directed edges, ``indptr`` (int64, N + 1) says where each row
begins, ``sources`` (int32, E) names who is heard, ascending within each row. An undirected edge is two directed ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def row_order(num_agents: int, sources: Array, targets: Array, layers: Array | None = None) -> tuple[Array, Array]:
    """Return the order that sorts edges into rows, and where each row begins.

    Parameters
    ----------
    num_agents : int
        N, the number of rows.
    sources, targets : ndarray of int64, shape (E,)
        Who informs whom, in 0..N-1.
    layers : ndarray of int, shape (E,), optional
        Sorts edges of the same pair.

    Returns
    -------
    order : ndarray of int64, shape (E,)
        ``sources[order]`` is the CSR's column of sources.
    indptr : ndarray of int64, shape (N + 1,)

    Examples
    --------
    >>> row_order(3, np.array([2, 0, 1]), np.array([1, 1, 0]))
    (array([2, 1, 0]), array([0, 1, 3, 3]))
    """
    key = targets * num_agents + sources
    order = np.argsort(key, kind="stable") if layers is None else np.lexsort((layers, key))
    indptr = np.zeros(num_agents + 1, dtype=np.int64)
    np.cumsum(np.bincount(targets, minlength=num_agents), out=indptr[1:])
    return order, indptr


def row_of_edge(indptr: Array) -> Array:
    """Return the row that each edge stands in: its target.

    Examples
    --------
    >>> row_of_edge(np.array([0, 1, 3, 3]))
    array([0, 1, 1])
    """
    return np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))


def first_parallel(sources: Array, targets: Array, layers: Array | None = None) -> int | None:
    """Return the place of the first edge that repeats its predecessor, or None; the edges are in CSR order.

    Examples
    --------
    >>> first_parallel(np.array([1, 0, 0]), np.array([0, 1, 1]))
    2
    >>> first_parallel(np.array([1, 0, 0]), np.array([0, 1, 1]), layers=np.array([0, 0, 1])) is None
    True
    """
    same = (sources[1:] == sources[:-1]) & (targets[1:] == targets[:-1])
    if layers is not None:
        same &= layers[1:] == layers[:-1]
    places = np.flatnonzero(same)
    return int(places[0]) + 1 if len(places) else None


def find_offsets(indptr: Array, sources: Array) -> Array:
    """Return the offsets o of a circulant network, in which each row i is {(i + o) mod N}; empty if it is none.

    Parameters
    ----------
    indptr, sources : ndarray
        A CSR without parallel edges.

    Returns
    -------
    ndarray of int64, shape (k,)
        Ascending, in 1..N-1.

    Examples
    --------
    A ring of five, then a line of three:

    >>> find_offsets(np.array([0, 2, 4, 6, 8, 10]), np.array([1, 4, 0, 2, 1, 3, 2, 4, 0, 3]))
    array([1, 4])
    >>> find_offsets(np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1]))
    array([], dtype=int64)
    """
    num_agents, degree = len(indptr) - 1, int(indptr[1])
    if degree == 0 or not (np.diff(indptr) == degree).all():
        return np.empty(0, dtype=np.int64)
    rows = sources.reshape(num_agents, degree).astype(np.int64)
    expected = np.sort((rows[0] + np.arange(num_agents)[:, None]) % num_agents, axis=1)
    return rows[0].copy() if np.array_equal(rows, expected) else np.empty(0, dtype=np.int64)


def column(values: Any) -> Array:
    """Return the values of an attribute as an array of one kind, fit for a table.

    Truth values, whole numbers and numbers keep their kind (a missing number is NaN); all else is text in an object
    array, where a missing value stays None.

    Examples
    --------
    >>> column([1, 2]), column([1, None, 0.5]), column(["a", None, 3])
    (array([1, 2]), array([1. , nan, 0.5]), array(['a', None, '3'], dtype=object))
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "bif":
        return values.copy()
    items = list(values)
    kinds = set(map(type, items)) - {type(None)}
    if kinds and all(issubclass(kind, (bool, np.bool_)) for kind in kinds) and None not in items:
        return np.array(items, dtype=bool)
    numbers = (int, float, np.integer, np.floating)
    if kinds and all(issubclass(kind, numbers) and kind is not bool for kind in kinds):
        return _numbers(items)
    texts = np.empty(len(items), dtype=object)
    texts[:] = [item if item is None else str(item) for item in items]
    return texts


def _numbers(items: list[Any]) -> Array:
    """Return numbers as int64 where all are whole and fit, else as float64."""
    whole = all(isinstance(item, (int, np.integer)) for item in items)
    try:
        return np.array(items, dtype=np.int64 if whole else np.float64)
    except OverflowError:
        return np.array([np.nan if item is None else _float(item) for item in items])


def _float(value: Any) -> float:
    """Return a number as a float, infinite where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return float("inf")
