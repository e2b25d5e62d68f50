"""Goods that grow back faster where others of their kind are near.

An empty site grows with probability p(L) a step, where L counts the goods within a radius (Euclidean distance) and p
is a table, p(0), p(1), ..., whose last entry serves all larger L. All sites decide at once, on the counts before. Of
num_sites sites those that could grow at the greatest probability p* are found by skipping geometrically from one to the
next, and each is accepted with probability p(L) / p*: a few draws a step in place of one for each site. Where the table
is meant for whole neighbourhoods, a site at the border can be given its share: p(L) times the number of cells within
the radius over the number of those that are on the map.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.streams import uniform

NEVER = 4_000_000_000_000_000_000


class Growth(NamedTuple):
    """The fields of growing goods in the state of one replication."""

    growth_table: NDArray[np.float64]  # p(L) / p* for L = 0, 1, ...
    growth_scale: float  # 1 / log(1 - p*)
    sites: NDArray[np.int64]  # (num_sites,): cells
    site_scale: NDArray[np.float64]  # (num_sites,): what p(L) is multiplied by at each site
    near: NDArray[np.int64]  # steps from a cell to those within the radius
    num_near: NDArray[np.uint8]  # (num_cells,): goods within the radius of each cell
    num_goods: NDArray[np.int64]  # (1,)
    skip: NDArray[np.int64]  # (1,): sites before the next one that may grow
    grown: NDArray[np.int64]  # (num_sites,): cells that have grown in this step, the first num_grown
    num_grown: NDArray[np.int64]  # (1,)


def growth(
    probabilities: tuple[float, ...],
    sites: NDArray[np.int64],
    is_inside: NDArray[np.bool_],
    radius: float,
    *,
    scales_at_edges: bool = False,
) -> Growth:
    """Lay out goods that grow on some cells; none lies there yet.

    Parameters
    ----------
    probabilities : tuple of float
        p(0), p(1), ... in [0, 1].
    sites : ndarray of int, shape (num_sites,)
        Cells on which they grow.
    is_inside : ndarray of bool, shape (rows, columns)
        Which cells of the plane, its frame included, are on the map.
    radius : float
        Cells up to this Euclidean distance are near; the plane's margin must be as wide.
    scales_at_edges : bool
        Whether a site at the border is given its share.

    Examples
    --------
    >>> growth((0.0, 0.1), np.array([7]), np.ones((5, 5), bool), radius=1.0).near.tolist()
    [-5, -1, 1, 5]
    """
    reach, columns = math.floor(radius), is_inside.shape[1]
    steps = range(-reach, reach + 1)
    near = np.array([r * columns + c for r in steps for c in steps if 0 < r * r + c * c <= radius * radius], np.int64)
    scale = np.ones(len(sites))
    if scales_at_edges:
        scale = len(near) / np.maximum(near_counts(is_inside, radius).ravel()[sites], 1)
    most = min(1.0, max(probabilities) * max(scale, default=1.0))
    table = np.array(probabilities) / (most or 1.0)
    return Growth(
        growth_table=_fixed(table),
        growth_scale=-math.inf if most == 0 else 0.0 if most == 1 else 1.0 / math.log1p(-most),
        sites=_fixed(np.array(sites, np.int64)),
        site_scale=_fixed(scale),
        near=_fixed(near),
        num_near=np.zeros(is_inside.size, np.uint8),
        num_goods=np.zeros(1, np.int64),
        skip=np.zeros(1, np.int64),
        grown=np.zeros(max(len(sites), 1), np.int64),
        num_grown=np.zeros(1, np.int64),
    )


def _fixed(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


def margin_of(radius: float) -> int:
    """Return the least margin of a plane on which goods look so far."""
    return max(1, math.floor(radius))


@compiled
def count_good(env, cell, change):
    """Note that a good has come to a cell (change 1) or gone (-1)."""
    env.num_goods[0] += change
    for k in range(env.near.shape[0]):
        there = np.uint64(cell + env.near[k])
        env.num_near[there] = np.int64(env.num_near[there]) + change


@compiled
def skipped(env, stream):
    """Return how many sites are passed over before the next one that may grow."""
    if env.growth_scale == -math.inf:
        return NEVER
    return np.int64(min(math.log1p(-uniform(stream)) * env.growth_scale, 4.0e18))


@compiled
def grow(env, good, may_grow_under, stream):
    """Find the cells on which a good grows in this step: ``grown``, the first ``num_grown``; nothing is laid yet."""
    num_grown = 0
    k = env.skip[0]
    last = env.growth_table.shape[0] - 1
    while k < env.sites.shape[0]:
        cell = env.sites[np.uint64(k)]
        if env.things[cell] != good and (may_grow_under or env.occupant[cell] < 0):
            accept = env.growth_table[min(np.int64(env.num_near[cell]), last)] * env.site_scale[k]
            if accept > 0.0 and uniform(stream) < accept:
                env.grown[num_grown] = cell
                num_grown += 1
        k += 1 + skipped(env, stream)
    env.skip[0] = k - env.sites.shape[0]
    env.num_grown[0] = num_grown


def check_probabilities(name: str, probabilities: tuple[float, ...]) -> str:
    """Return what is wrong with a table of probabilities, or an empty string."""
    if probabilities and all(0.0 <= value <= 1.0 for value in probabilities):
        return ""
    return f"{name}: {list(probabilities)} is not accepted; accepted: one or more probabilities, p(0), p(1), ..."


def near_counts(is_good: NDArray[np.bool_], radius: float) -> NDArray[Any]:
    """Count by brute force the goods within a radius of each cell of a map; what `count_good` keeps step by step.

    Examples
    --------
    >>> near_counts(np.array([[True, False, True]]), 1.0).tolist()
    [[0, 2, 0]]
    """
    reach = math.floor(radius)
    padded = np.pad(is_good.astype(int), reach)
    height, width = is_good.shape
    counts = np.zeros(is_good.shape, int)
    for r in range(-reach, reach + 1):
        for c in range(-reach, reach + 1):
            if 0 < r * r + c * c <= radius * radius:
                counts += padded[reach + r : reach + r + height, reach + c : reach + c + width]
    return counts
