"""Random families of networks.

Agents are numbered from 0 and every edge goes both ways. Each function draws from the numpy.random.Generator `rng`
alone, so that the same state of it gives the same network. A network that turns out disconnected is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement
from typing import Annotated

import numpy as np

from socialsim.core.errors import NetworkError
from socialsim.networks.conversion import from_networkx
from socialsim.networks.network import Network
from socialsim.networks.parameters import Bounds
from socialsim.networks.regular import MOST_AGENTS, lattice_edges


def erdos_renyi(
    n: Annotated[int, Bounds("number of agents", 1, MOST_AGENTS)] = 100,
    p: Annotated[float, Bounds("chance of each edge", 0, 1)] = 0.05,
    *,
    rng: np.random.Generator,
) -> Network:
    """Return a network in which every pair is joined with chance p, independently: G(n, p).

    Time and memory grow with the number of edges, not of pairs.

    References
    ----------
    .. [Gilbert1959] E. N. Gilbert (1959). Random graphs. Annals of Mathematical Statistics 30(4), 1141-1144.
    .. [ErdosRenyi1959] P. Erdos and A. Renyi (1959). On random graphs I. Publicationes Mathematicae 6, 290-297.

    Examples
    --------
    >>> erdos_renyi(n=4, p=1.0, rng=np.random.default_rng(1)).num_edges
    12
    """
    low, high = _pairs(_successes(n * (n - 1) // 2, p, rng))
    return Network.from_edges(n, low, high, name="erdos_renyi")


def stochastic_block(
    sizes: Annotated[list[int], Bounds("agents in each block", 1, MOST_AGENTS)] = [50, 50],  # noqa: B006 (never changed)
    within: Annotated[float, Bounds("chance of an edge inside a block", 0, 1)] = 0.1,
    between: Annotated[float, Bounds("chance of an edge between two blocks", 0, 1)] = 0.01,
    *,
    rng: np.random.Generator,
) -> Network:
    """Return agents in blocks, joined with one chance inside a block and another between blocks.

    The agents' attribute `block` is their block's number. This is the planted partition, the simplest of the models of
    [Holland1983]_; others come through NetworkX's ``stochastic_block_model``.

    References
    ----------
    .. [Holland1983] P. W. Holland, K. B. Laskey and S. Leinhardt (1983). Stochastic blockmodels: first steps.
       Social Networks 5(2), 109-137.

    Examples
    --------
    >>> stochastic_block(sizes=[2, 3], within=1.0, between=0.0, rng=np.random.default_rng(1))
    <Network stochastic_block: 5 agents, 4 edges, disconnected (2 components)>
    """
    starts = np.concatenate([[0], np.cumsum(sizes)])
    edges = []
    for a, b in combinations_with_replacement(range(len(sizes)), 2):
        if a == b:
            low, high = _pairs(_successes(sizes[a] * (sizes[a] - 1) // 2, within, rng))
        else:
            low, high = np.divmod(_successes(sizes[a] * sizes[b], between, rng), sizes[b])
        edges.append(np.array([low + starts[a], high + starts[b]]))
    sources, targets = np.concatenate(edges, axis=1)
    blocks = {"block": np.repeat(np.arange(len(sizes)), sizes)}
    return Network.from_edges(int(starts[-1]), sources, targets, node_attributes=blocks, name="stochastic_block")


def watts_strogatz(
    n: Annotated[int, Bounds("number of agents", 3, MOST_AGENTS)] = 100,
    k: Annotated[int, Bounds("neighbours of each agent on the ring, even, less than n", 2)] = 4,
    p: Annotated[float, Bounds("chance that an edge is rewired", 0, 1)] = 0.1,
    *,
    rng: np.random.Generator,
) -> Network:
    """Return a small world: a ring lattice some of whose edges lead anywhere.

    Lap by lap around the ring, each edge (u, u + lap) moves its far end with chance p to an agent drawn uniformly from
    those that u is not yet joined to.

    References
    ----------
    .. [WattsStrogatz1998] D. J. Watts and S. H. Strogatz (1998). Collective dynamics of 'small-world' networks.
       Nature 393, 440-442.

    Raises
    ------
    NetworkError
        If k is odd or not less than n.

    Examples
    --------
    >>> watts_strogatz(n=20, k=4, p=0.5, rng=np.random.default_rng(1)).num_edges
    80
    >>> watts_strogatz(n=9, k=4, p=0.0, rng=np.random.default_rng(1)).kind
    'circulant'
    """
    near, far = lattice_edges(n, k, "watts_strogatz")
    taken = set((np.minimum(near, far) * n + np.maximum(near, far)).ravel().tolist())
    degree = [k] * n
    draws = _whole_numbers(rng, n)
    for lap, u in np.argwhere(rng.random(near.shape) < p).tolist():
        if degree[u] == n - 1:
            continue  # already joined to everybody
        old, new = (u + lap + 1) % n, u
        while new == u or min(u, new) * n + max(u, new) in taken:
            new = next(draws)
        taken.remove(min(u, old) * n + max(u, old))
        taken.add(min(u, new) * n + max(u, new))
        degree[old] -= 1
        degree[new] += 1
    low, high = np.divmod(np.fromiter(taken, dtype=np.int64, count=len(taken)), n)
    return Network.from_edges(n, low, high, name="watts_strogatz")


def barabasi_albert(
    n: Annotated[int, Bounds("number of agents", 2, MOST_AGENTS)] = 100,
    m: Annotated[int, Bounds("edges that each newcomer brings, less than n", 1)] = 2,
    *,
    rng: np.random.Generator,
) -> Network:
    """Return a network grown by preferential attachment.

    To a star of m + 1 agents newcomers are added one by one; each joins m different agents, drawn one after another
    with chances proportional to their degrees (the source leaves the first agents and the repeated draws open; these
    are NetworkX's).

    References
    ----------
    .. [BarabasiAlbert1999] A.-L. Barabasi and R. Albert (1999). Emergence of scaling in random networks.
       Science 286, 509-512.

    Raises
    ------
    NetworkError
        If m is not less than n.

    Examples
    --------
    >>> barabasi_albert(n=50, m=2, rng=np.random.default_rng(1))
    <Network barabasi_albert: 50 agents, 96 edges, connected>
    """
    if m >= n:
        raise NetworkError(f"barabasi_albert: m = {m} with n = {n}; accepted: m less than n")
    ends = [end for leaf in range(1, m + 1) for end in (0, leaf)]  # every agent as often as it has edges
    draws = _fractions(rng)
    for newcomer in range(m + 1, n):
        chosen: dict[int, None] = {}
        while len(chosen) < m:
            chosen[ends[int(next(draws) * len(ends))]] = None
        for old in chosen:
            ends += (old, newcomer)
    return Network.from_edges(n, np.array(ends[::2]), np.array(ends[1::2]), name="barabasi_albert")


def random_regular(
    n: Annotated[int, Bounds("number of agents", 1, MOST_AGENTS)] = 100,
    d: Annotated[int, Bounds("neighbours of each agent, less than n, with n d even", 0)] = 4,
    *,
    rng: np.random.Generator,
) -> Network:
    """Return a network in which everybody has d neighbours, drawn nearly uniformly from all such networks.

    Drawn by NetworkX after [StegerWormald1999]_: the same generator state may give another network under another
    version of it.

    References
    ----------
    .. [StegerWormald1999] A. Steger and N. C. Wormald (1999). Generating random regular graphs quickly.
       Combinatorics, Probability and Computing 8(4), 377-396.

    Raises
    ------
    NetworkError
        If d is not less than n, or n d is odd.

    Examples
    --------
    >>> random_regular(n=6, d=3, rng=np.random.default_rng(1)).in_degree
    array([3, 3, 3, 3, 3, 3])
    """
    if d >= n or n * d % 2:
        raise NetworkError(f"random_regular: d = {d} with n = {n}; accepted: d less than n, and n d even")
    import networkx as nx

    return from_networkx(nx.random_regular_graph(d, n, seed=rng), name="random_regular")


def _successes(total: int, p: float, rng: np.random.Generator) -> np.ndarray:
    """Return which of `total` independent trials succeed with chance p, skipping geometrically from one to the next."""
    places, last = [np.empty(0, dtype=np.int64)], -1
    while p > 0 and last < total - 1:
        expected = (total - last) * p
        gaps = rng.geometric(p, size=int(expected + 4 * expected**0.5) + 8)
        places.append(last + np.cumsum(np.minimum(gaps, total + 1)))
        last = int(places[-1][-1])
    found = np.concatenate(places)
    return found[found < total]


def _pairs(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pair low < high at each place of the list (0, 1), (0, 2), (1, 2), (0, 3), ..."""
    high = ((1 + np.sqrt(1 + 8 * places.astype(np.float64))) / 2).astype(np.int64)
    high -= high * (high - 1) // 2 > places  # the root of a large number may be rounded past a whole one
    high += high * (high + 1) // 2 <= places
    return places - high * (high - 1) // 2, high


def _whole_numbers(rng: np.random.Generator, n: int) -> Iterator[int]:
    """Yield uniform draws from 0..n-1, made many at a time."""
    while True:
        yield from rng.integers(n, size=4096).tolist()


def _fractions(rng: np.random.Generator) -> Iterator[float]:
    """Yield uniform draws from [0, 1), made many at a time."""
    while True:
        yield from rng.random(4096).tolist()
