r"""Graphons fitted to an observed network.

One network of n agents shows each chance W(x_i, x_j) by one coin. Three estimators share coins among agents who are
alike:

**Sort and smooth** [ChanAiroldi2014]_. Agents are sorted by degree and cut into groups of h (about log n); W between
two groups is the share of their pairs that are linked, smoothed by total variation. Consistent where degrees differ,
degree(x) strictly monotone, with a mean squared error of order log(n) / n.

**Blocks** [Airoldi2013]_. Agents whose links are alike form k blocks, found as clusters of the rows of the thresholded
matrix below (in place of the source's distances, which need two networks of the same agents), and W is the share of
linked pairs.

**Singular value thresholding** [Chatterjee2015]_. Of the singular values of A - 1/2 those above (2 + eta) sqrt(n v) are
kept, with v a bound on W (1 - W), 1/4 where nothing is known, and the result is cut to [0, 1]. Error O(n^(-1/3)) for
W with a Lipschitz constant, O(sqrt(k / n)) for k blocks.

The identification of W stops at a relabelling of [0, 1]: here agents lie in the order of their degrees, the largest
last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import NetworkError, unknown
from socialsim.networks.graphon_nodes import Floats
from socialsim.networks.graphons import StepGraphon
from socialsim.networks.network import Network

if TYPE_CHECKING:
    import networkx as nx

Whole = NDArray[np.int64]

ETA = 0.01  # beyond the edge of the noise's spectrum [Chatterjee2015]_
SMOOTHING = 1.0  # weight of total variation, in standard errors of a group's share
SWEEPS = 200
MOST_AGENTS = 20_000  # matrices are dense


@dataclass(frozen=True)
class Fit:
    """A graphon fitted to a network.

    Parameters
    ----------
    graphon : StepGraphon
    blocks : ndarray of int, shape (n,)
        The block of each agent, in the order of the network's agents.
    positions : ndarray, shape (n,)
        Where each agent lies in [0, 1].
    method : str

    Examples
    --------
    >>> import networkx as nx
    >>> fit = fit_graphon(nx.disjoint_union(nx.complete_graph(6), nx.empty_graph(6)), method="blocks", num_blocks=2)
    >>> fit.graphon.matrix.tolist(), fit.blocks.tolist()
    ([[0.0, 0.0], [0.0, 1.0]], [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    """

    graphon: StepGraphon
    blocks: Whole
    positions: Floats
    method: str

    def chances(self) -> Floats:
        """Return the fitted chance of each edge, shape (n, n).

        Examples
        --------
        >>> import networkx as nx
        >>> fit_graphon(nx.complete_graph(6), method="blocks", num_blocks=1).chances()[0, 1]
        np.float64(1.0)
        """
        return np.asarray(self.graphon.matrix[self.blocks[:, None], self.blocks])


def fit_graphon(
    graph: nx.Graph | Network,
    *,
    method: Literal["sas", "blocks", "usvt"] = "sas",
    num_blocks: int | None = None,
    variance: float = 0.25,
) -> Fit:
    """Return a graphon fitted to an observed network.

    Parameters
    ----------
    graph : networkx.Graph or Network
        Undirected and unweighted.
    method : {"sas", "blocks", "usvt"}
        Sort and smooth, blocks, or singular value thresholding (which has a block for each agent).
    num_blocks : int, optional
        By default groups of log n agents (sas), or as many blocks as differ by more than noise (blocks).
        Blocks are fewer where agents do not differ in so many ways.
    variance : float
        v, a bound on W (1 - W); smaller than 1/4 for a sparse network, whose W is about its density at most.

    Raises
    ------
    NetworkError
        If the network is directed, weighted or empty, or too large, or the number of blocks does not fit.

    Examples
    --------
    >>> import networkx as nx
    >>> fit = fit_graphon(nx.Graph(nx.karate_club_graph().edges), method="blocks", num_blocks=4, variance=0.12)
    >>> fit.graphon.matrix.round(2)  # two factions, and their leaders: two of one and one of the other
    array([[0.08, 0.02, 0.75, 0.12],
           [0.02, 0.18, 0.1 , 0.93],
           [0.75, 0.1 , 1.  , 0.  ],
           [0.12, 0.93, 0.  , 0.14]])
    """
    if method not in METHODS:
        raise NetworkError(unknown("method", method, METHODS))
    adjacency = _adjacency(graph)
    n = len(adjacency)
    is_whole = isinstance(num_blocks, int | np.integer) and not isinstance(num_blocks, bool)
    if num_blocks is not None and not (is_whole and 1 <= num_blocks <= n):
        raise NetworkError(f"num_blocks: {num_blocks!r} is not accepted; accepted: 1 to {n}, the number of agents")
    if not 0 < variance <= 0.25:
        raise NetworkError(f"variance: {variance!r} is not accepted; accepted: above 0, at most 0.25")
    matrix, blocks = METHODS[method](adjacency, num_blocks, variance)
    return _in_order(adjacency, matrix, blocks, method)


def _adjacency(graph: nx.Graph | Network) -> Floats:
    """Return the matrix of an undirected, unweighted network."""
    from socialsim.networks.sources import parse

    network = parse(graph).draw(None)
    accepted = "accepted: undirected, unweighted, with edges (networkx.Graph(graph.edges) drops weights)"
    if network.directed:
        raise NetworkError(f"a graphon cannot be fitted to a directed network; {accepted}")
    if network.num_edges == 0:
        raise NetworkError(f"a graphon cannot be fitted to a network without edges; {accepted}")
    if network.num_agents > MOST_AGENTS:
        raise NetworkError(f"a graphon is fitted to at most {MOST_AGENTS} agents; {network.num_agents} are given")
    targets, sources, weights = network.edges()
    if not (weights == 1.0).all():
        raise NetworkError(f"a graphon cannot be fitted to a weighted network; {accepted}")
    adjacency = np.zeros((network.num_agents, network.num_agents))
    adjacency[targets, sources] = 1.0
    return adjacency


def _in_order(adjacency: Floats, matrix: Floats, blocks: Whole, method: str) -> Fit:
    """Return a fit whose blocks lie in the order of their degrees, and agents within them in that of theirs."""
    n = len(adjacency)
    shares = np.bincount(blocks, minlength=len(matrix)) / n
    order = np.argsort(matrix @ shares, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    blocks = place[blocks]
    graphon = StepGraphon(matrix[np.ix_(order, order)], shares[order], name=f"fitted by {method}")
    positions = np.empty(n)
    positions[np.lexsort((adjacency.sum(axis=1), blocks))] = (np.arange(n) + 0.5) / n
    return Fit(graphon, blocks, positions, method)


def _shares(adjacency: Floats, blocks: Whole, num_blocks: int) -> tuple[Floats, Floats]:
    """Return the share of pairs between blocks that are linked, and the number of these pairs."""
    member = np.eye(num_blocks)[blocks]
    sizes = member.sum(axis=0)
    pairs = np.outer(sizes, sizes) - np.diag(sizes)  # ordered; nobody with himself
    links = member.T @ adjacency @ member
    overall = adjacency.sum() / (len(adjacency) * max(1, len(adjacency) - 1))
    return np.divide(links, pairs, out=np.full_like(links, overall), where=pairs > 0), pairs


# --- sort and smooth -----------------------------------------------------------------------------------------------


def _sort_and_smooth(adjacency: Floats, num_blocks: int | None, variance: float) -> tuple[Floats, Whole]:
    n = len(adjacency)
    k = num_blocks or max(1, n // max(1, round(np.log(n))))
    blocks = np.empty(n, np.int64)
    blocks[np.argsort(adjacency.sum(axis=1), kind="stable")] = np.arange(n) * k // n
    shares, pairs = _shares(adjacency, blocks, k)
    density = adjacency.mean()
    noise = np.sqrt(density * (1 - density) / max(1.0, float(np.median(pairs))))
    return np.clip(smooth(shares, SMOOTHING * noise), 0.0, 1.0), blocks


def smooth(matrix: Floats, weight: float) -> Floats:
    """Return the matrix X that minimises 1/2 |X - matrix|^2 + weight TV(X), with TV(X) = sum |grad X|.

    By projections of the dual field p, with X = matrix - weight div p and |p| <= 1. [Chambolle2004]_

    Examples
    --------
    >>> smooth(np.array([[0.0, 0.0], [0.0, 1.0]]), 10.0).round(3)  # the mean, where nothing else counts
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    if weight == 0.0:
        return matrix.copy()
    field = np.zeros((2, *matrix.shape))
    for _ in range(SWEEPS):
        slope = _gradient(_divergence(field) - matrix / weight)
        field = (field + 0.125 * slope) / (1.0 + 0.125 * np.sqrt((slope**2).sum(axis=0)))
    found = matrix - weight * _divergence(field)
    return np.asarray((found + found.T) / 2)


def _gradient(matrix: Floats) -> Floats:
    out = np.zeros((2, *matrix.shape))
    out[0, :-1], out[1, :, :-1] = np.diff(matrix, axis=0), np.diff(matrix, axis=1)
    return out


def _divergence(field: Floats) -> Floats:
    out = np.zeros(field.shape[1:])
    out[:-1] += field[0, :-1]
    out[1:] -= field[0, :-1]
    out[:, :-1] += field[1, :, :-1]
    out[:, 1:] -= field[1, :, :-1]
    return out


# --- singular values -----------------------------------------------------------------------------------------------


def _threshold(adjacency: Floats, variance: float) -> tuple[Floats, int]:
    """Return A without what its singular values cannot tell from noise, and how many are kept."""
    values, vectors = np.linalg.eigh(adjacency - 0.5)
    kept = np.abs(values) >= (2.0 + ETA) * np.sqrt(len(adjacency) * variance)
    found = (vectors[:, kept] * values[kept]) @ vectors[:, kept].T + 0.5
    return np.clip((found + found.T) / 2, 0.0, 1.0), int(kept.sum())


def _universal(adjacency: Floats, num_blocks: int | None, variance: float) -> tuple[Floats, Whole]:
    if num_blocks is not None:
        raise NetworkError("num_blocks: usvt has a block for each agent; accepted: none given")
    return _threshold(adjacency, variance)[0], np.arange(len(adjacency))


# --- blocks --------------------------------------------------------------------------------------------------------


def _stochastic_blocks(adjacency: Floats, num_blocks: int | None, variance: float) -> tuple[Floats, Whole]:
    n = len(adjacency)
    rows, rank = _threshold(adjacency, variance)
    noise = 8.0 * rank * variance * np.log(n)  # squared distance of rows that are equal but for coins
    blocks = _clusters(rows, n, noise) if num_blocks is None else _clusters(rows, num_blocks, 0.0)
    return _shares(adjacency, blocks, int(blocks.max()) + 1)[0], blocks


def _clusters(rows: Floats, number: int, noise: float) -> Whole:
    """Return at most ``number`` clusters of rows: about rows that differ by more than noise, and then by Lloyd's
    iteration, without chance.
    """
    centres = rows[[int(np.argmax(((rows - rows.mean(axis=0)) ** 2).sum(axis=1)))]]
    distances = ((rows - centres[0]) ** 2).sum(axis=1)
    while len(centres) < number and distances.max() > noise:
        centres = np.vstack([centres, rows[distances.argmax()]])
        distances = np.minimum(distances, ((rows - centres[-1]) ** 2).sum(axis=1))
    nearest = np.full(len(rows), -1)
    for _ in range(SWEEPS):
        squares = (centres**2).sum(axis=1) - 2.0 * rows @ centres.T
        found = squares.argmin(axis=1)
        if np.array_equal(found, nearest):
            break
        nearest = found
        for c in range(len(centres)):
            if (nearest == c).any():
                centres[c] = rows[nearest == c].mean(axis=0)
    return np.unique(nearest, return_inverse=True)[1].astype(np.int64)


METHODS: Mapping[str, Callable[[Floats, int | None, float], tuple[Any, Whole]]] = MappingProxyType(
    {"sas": _sort_and_smooth, "blocks": _stochastic_blocks, "usvt": _universal}
)
