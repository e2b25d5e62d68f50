"""Deterministic families of networks.

Agents are numbered from 0. Every edge goes both ways. ``n`` is always the number of **all** agents, a hub included.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from socialsim.core.errors import NetworkError
from socialsim.networks.network import Network
from socialsim.networks.parameters import Bounds

MOST_AGENTS = 100_000_000


def complete(n: Annotated[int, Bounds("number of agents", 1, MOST_AGENTS)] = 10) -> Network:
    """Return the network in which everybody hears everybody else; it takes no memory for edges.

    Examples
    --------
    >>> complete(n=4)
    <Network complete: 4 agents, 6 edges, connected>
    """
    return Network.complete(n)


def cycle(n: Annotated[int, Bounds("number of agents", 3, MOST_AGENTS)] = 10) -> Network:
    """Return a ring on which everybody hears the two neighbours.

    Examples
    --------
    >>> cycle(n=5).sources.reshape(5, 2)[0]
    array([1, 4], dtype=int32)
    """
    agents = np.arange(n)
    return Network.from_edges(n, agents, (agents + 1) % n, name="cycle")


def wheel(n: Annotated[int, Bounds("number of agents, the hub included", 4, MOST_AGENTS)] = 10) -> Network:
    """Return a ring of n - 1 agents around a hub, agent 0, that everybody hears and that hears everybody.

    Examples
    --------
    >>> wheel(n=6).in_degree
    array([5, 3, 3, 3, 3, 3])
    """
    rim = np.arange(1, n)
    sources, targets = np.concatenate([np.zeros_like(rim), rim]), np.concatenate([rim, np.roll(rim, -1)])
    return Network.from_edges(n, sources, targets, name="wheel")


def star(n: Annotated[int, Bounds("number of agents, the hub included", 2, MOST_AGENTS)] = 10) -> Network:
    """Return n - 1 agents who hear only a hub, agent 0, that hears them all (NetworkX's ``star_graph(n - 1)``).

    Examples
    --------
    >>> star(n=4).in_degree
    array([3, 1, 1, 1])
    """
    leaves = np.arange(1, n)
    return Network.from_edges(n, np.zeros_like(leaves), leaves, name="star")


def path(n: Annotated[int, Bounds("number of agents", 2, MOST_AGENTS)] = 10) -> Network:
    """Return a line on which everybody hears the one before and the one after.

    Examples
    --------
    >>> path(n=4).in_degree
    array([1, 2, 2, 1])
    """
    agents = np.arange(n - 1)
    return Network.from_edges(n, agents, agents + 1, name="path")


def ring_lattice(
    n: Annotated[int, Bounds("number of agents", 3, MOST_AGENTS)] = 10,
    k: Annotated[int, Bounds("neighbours of each agent, even, less than n", 2)] = 4,
) -> Network:
    """Return a ring on which everybody hears the k/2 nearest on either side.

    Raises
    ------
    NetworkError
        If k is odd or not less than n.

    Examples
    --------
    >>> ring_lattice(n=7, k=4).offsets
    array([1, 2, 5, 6])
    """
    sources, targets = lattice_edges(n, k, "ring_lattice")
    return Network.from_edges(n, sources.ravel(), targets.ravel(), name="ring_lattice")


def lattice_edges(n: int, k: int, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of a ring lattice, each once, as two arrays of shape (k/2, n): lap by lap around the ring.

    Raises
    ------
    NetworkError
        If k is odd or not less than n.

    Examples
    --------
    >>> lattice_edges(5, 2, "ring_lattice")
    (array([[0, 1, 2, 3, 4]]), array([[1, 2, 3, 4, 0]]))
    """
    if k % 2 or k >= n:
        raise NetworkError(f"{name}: k = {k} with n = {n}; accepted: an even k less than n (k/2 on either side)")
    agents, laps = np.arange(n), np.arange(1, k // 2 + 1)[:, None]
    return np.broadcast_to(agents, (k // 2, n)), (agents + laps) % n


def grid(
    rows: Annotated[int, Bounds("number of rows", 1, MOST_AGENTS)] = 10,
    columns: Annotated[int, Bounds("number of columns", 1, MOST_AGENTS)] = 10,
    periodic: Annotated[bool, Bounds("whether the opposite borders are joined")] = False,
    neighbourhood: Annotated[
        Literal["von_neumann", "moore"], Bounds("the 4 cells beside an agent, or the 8 around it")
    ] = "von_neumann",
) -> Network:
    """Return agents on the cells of a rectangle, with node attributes `row` and `column`.

    Agent ``row * columns + column`` stands on that cell.

    Examples
    --------
    >>> grid(rows=3, columns=3).in_degree.reshape(3, 3)
    array([[2, 3, 2],
           [3, 4, 3],
           [2, 3, 2]])
    >>> set(grid(periodic=True, neighbourhood="moore").in_degree.tolist())
    {8}
    """
    row, column = np.divmod(np.arange(rows * columns), columns)
    shifts = [(0, 1), (1, 0)] if neighbourhood == "von_neumann" else [(0, 1), (1, 0), (1, 1), (1, -1)]
    pairs = np.concatenate([_shifted(row, column, rows, columns, shift, periodic) for shift in shifts], axis=1)
    low, high = np.sort(pairs[:, pairs[0] != pairs[1]], axis=0)
    low, high = np.divmod(np.unique(low * rows * columns + high), rows * columns)  # a short border meets itself twice
    place = {"row": row, "column": column}
    return Network.from_edges(rows * columns, low, high, node_attributes=place, name="grid")


def _shifted(
    row: np.ndarray, column: np.ndarray, rows: int, columns: int, shift: tuple[int, int], periodic: bool
) -> np.ndarray:
    """Return the pairs (cell, shifted cell) of a grid, shape (2, number of pairs)."""
    down, right = row + shift[0], column + shift[1]
    inside = (down < rows) & (right >= 0) & (right < columns) | periodic
    return np.array([row * columns + column, (down % rows) * columns + right % columns])[:, inside]
