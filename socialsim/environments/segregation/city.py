"""The plan of a city, and measures of who lives next to whom."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

MOORE = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
VON_NEUMANN = ((-1, 0), (0, -1), (0, 1), (1, 0))


def neighbours(rows: int, columns: int, periodic: bool, neighbourhood: str) -> NDArray[np.int32]:
    """Return the neighbours of each site of a grid, numbered row by row; -1 beyond the border.

    Parameters
    ----------
    rows, columns : int
    periodic : bool
        Whether opposite borders are joined.
    neighbourhood : {"moore", "von_neumann"}

    Returns
    -------
    ndarray of int32, shape (rows * columns, 8 or 4)

    Examples
    --------
    >>> neighbours(2, 3, False, "von_neumann").tolist()[1]
    [-1, 0, 2, 4]
    """
    steps = np.array(MOORE if neighbourhood == "moore" else VON_NEUMANN)
    row, column = np.divmod(np.arange(rows * columns)[:, None], columns)
    row, column = row + steps[:, 0], column + steps[:, 1]
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    sites = row % rows * columns + column % columns
    return np.where(inside | periodic, sites, -1).astype(np.int32)


def sites_by_distance(rows: int, columns: int, periodic: bool | None) -> NDArray[np.int32]:
    """Return all steps from one site to another, nearest first: rows, columns and their sum; none if nobody asks.

    Parameters
    ----------
    rows, columns : int
    periodic : bool or None
        Whether opposite borders are joined, so that there is a nearer way round; None for no steps at all.

    Returns
    -------
    ndarray of int32, shape (num_steps, 3)

    Examples
    --------
    >>> sites_by_distance(3, 3, True)[:, 2].tolist()
    [1, 1, 1, 1, 2, 2, 2, 2]
    """
    if periodic is None:
        return np.zeros((0, 3), np.int32)
    if periodic:
        far = [(-((size - 1) // 2), size // 2) for size in (rows, columns)]
    else:
        far = [(1 - size, size - 1) for size in (rows, columns)]
    row, column = np.mgrid[far[0][0] : far[0][1] + 1, far[1][0] : far[1][1] + 1]
    steps = np.stack([row.ravel(), column.ravel(), (abs(row) + abs(column)).ravel()], axis=1).astype(np.int32)
    return steps[np.argsort(steps[:, 2], kind="stable")][1:]  # the first is to stay


def group_sizes(shares: tuple[float, ...], num_agents: int) -> NDArray[np.int64]:
    """Return how many belong to each group: the whole parts of their shares, then one more for the largest rests.

    Examples
    --------
    >>> group_sizes((0.5, 0.3, 0.2), 11).tolist()
    [6, 3, 2]
    """
    exact = np.array(shares) * num_agents / sum(shares)
    sizes = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(sizes - exact, kind="stable")
    sizes[order[: num_agents - int(sizes.sum())]] += 1
    return sizes


def expected_like_share(groups: ArrayLike) -> float:
    """Return the mean share of like neighbours if people are permuted over their homes, equation (2).

    Parameters
    ----------
    groups : array_like of int, shape (num_agents,)

    Examples
    --------
    >>> expected_like_share([0, 0, 1, 1])
    0.3333333333333333
    """
    sizes = np.bincount(np.asarray(groups))
    return float((sizes * (sizes - 1)).sum() / max(sizes.sum() * (sizes.sum() - 1), 1))


def neighbours_of_all(
    homes: NDArray[np.integer], around: NDArray[np.integer], groups: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many like neighbours everybody has, and how many neighbours, each of shape (num_runs, num_agents).

    Parameters
    ----------
    homes : ndarray of int, shape (num_runs, num_agents)
    around : ndarray of int, shape (num_runs, num_sites, num_groups)
        Neighbours of each site by group.
    groups : ndarray of int, shape (num_agents,)

    Examples
    --------
    >>> around = np.array([[[0, 1], [1, 0]]])  # group 0 on the first of two sites, group 1 on the second
    >>> [numbers.tolist() for numbers in neighbours_of_all(np.array([[0, 1]]), around, np.array([0, 1]))]
    [[[0, 0]], [[1, 1]]]
    """
    own = np.take_along_axis(around, homes[..., None].astype(np.int64), axis=1).astype(np.int64)
    return own[:, np.arange(len(groups)), groups], own.sum(axis=2)


def cluster_index(lived: ArrayLike, width: int, periodic: bool) -> float:
    """Return sum_c n_c^2 / sum_g n_g^2 over clusters c and groups g, in (0, 1].

    Parameters
    ----------
    lived : array_like of int, shape (num_sites,)
        Group of whoever lives on each site, row by row, -1 for a vacancy.
    width : int
        Sites in a row.
    periodic : bool
        Whether opposite borders are joined.

    Returns
    -------
    float
        1 if every group is one cluster; the weighed mean size of clusters over that of one cluster a group.

    Source
    ------
    [Gauvin2009]_, for two groups of equal numbers.

    Examples
    --------
    >>> cluster_index([0, 0, 1, 0, -1], 5, False), cluster_index([0, 0, 0, 1, -1], 5, False)
    (0.6, 1.0)
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    groups = np.asarray(lived)
    beside = neighbours(len(groups) // width, width, periodic, "von_neumann")[:, 2:]  # each pair once
    site, k = np.nonzero((beside >= 0) & (groups[:, None] >= 0) & (groups[beside] == groups[:, None]))
    links = coo_array((np.ones(len(site), np.int8), (site, beside[site, k])), shape=(len(groups), len(groups)))
    _, label = connected_components(links, directed=False)
    clusters = np.bincount(label[groups >= 0])
    return float((clusters**2).sum() / (np.bincount(groups[groups >= 0]) ** 2).sum())
