"""The network as a compiled function sees it.

Row i of a `Links` lists the agents that i hears (its in-neighbours: the source informs the target). A complete network
is implicit. Functions that ask for neighbours go through `degree`, `neighbour` and `random_neighbour`, which hold for
every kind of network.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer
from socialsim.networks.network import Network

SPARSE, COMPLETE, CIRCULANT = 0, 1, 2
KINDS = {"sparse": SPARSE, "complete": COMPLETE, "circulant": CIRCULANT}

PRESENT, FAILED, ABSENT, GUEST = 0, 1, 2, 3
PRESENCE = ("present", "failed", "absent", "present")


class Links(NamedTuple):
    """One replication's network inside a loop."""

    kind: int
    num_agents: int
    indptr: NDArray[np.int64]
    sources: NDArray[np.int32]
    weights: NDArray[np.float64]
    offsets: NDArray[np.int64]
    presence: NDArray[np.int8]
    may_change: bool = False  # whether agents may be away; where it is false, asking costs nothing


@compiled
def is_away(network, i):
    """Return whether agent i has failed or left."""
    return network.may_change and 0 < network.presence[i] < 3


@compiled
def is_absent(network, i):
    """Return whether agent i has left."""
    return network.may_change and network.presence[i] == ABSENT


@compiled
def degree(network, i):
    """Return how many agents i hears."""
    if network.kind == COMPLETE:
        return network.num_agents - 1
    return network.indptr[i + 1] - network.indptr[i]


@compiled
def neighbour(network, i, k):
    """Return the k-th agent that i hears, 0 <= k < degree."""
    if network.kind == COMPLETE:
        return k if k < i else k + 1
    return np.int64(network.sources[network.indptr[i] + k])


@compiled
def random_neighbour(network, i, stream):
    """Return an agent that i hears, uniformly; -1 if it hears nobody."""
    size = degree(network, i)
    if size == 0:
        return -1
    return neighbour(network, i, integer(stream, size))


@compiled
def link_weight(network, i, k):
    """Return the weight of the edge to i from its k-th in-neighbour; 1 on an unweighted network."""
    if network.weights.shape[0] == 0:
        return 1.0
    return network.weights[network.indptr[i] + k]


class LinkArrays(NamedTuple):
    """The networks of a chunk of replications, as the arrays that cross into a loop.

    ``row[r]`` is the network of replication r; ``extent[m]`` holds (kind, first edge, end, whether weighted, number of
    offsets) of network m.
    """

    row: NDArray[np.int64]
    extent: NDArray[np.int64]
    indptr: NDArray[np.int64]
    sources: NDArray[np.int32]
    weights: NDArray[np.float64]
    offsets: NDArray[np.int64]


def pack(networks: list[Network], num_runs: int, *, weighted: bool, rewired: bool = False) -> LinkArrays:
    """Lay out one network for all replications, or one for each.

    Parameters
    ----------
    networks : list of Network
        One (shared) or ``num_runs`` of them, of equal numbers of agents.
    num_runs : int
        Number of replications.
    weighted : bool
        Whether edge weights mean anything to the model; if not they are left out.
    rewired : bool
        Whether edges move inside the loop, which must then read each of them.
    """
    num_offsets = max(len(_offsets(network)) for network in networks)
    offsets = np.zeros((len(networks), num_offsets), np.int64)
    extent = np.zeros((len(networks), 5), np.int64)
    end = 0
    for m, network in enumerate(networks):
        start, end = end, end + len(network.sources)
        own = _offsets(network)
        offsets[m, : len(own)] = own
        is_weighted = weighted and network.weighted
        kind = "sparse" if rewired or (is_weighted and network.kind != "complete") else network.kind
        extent[m] = KINDS[kind], start, end, is_weighted, len(own)
    return LinkArrays(
        row=np.zeros(num_runs, np.int64) if len(networks) == 1 else np.arange(num_runs),
        extent=extent,
        indptr=np.stack([network.indptr for network in networks]),
        sources=np.concatenate([network.sources for network in networks]),
        weights=np.concatenate([network.weights for network in networks]) if weighted else np.zeros(0),
        offsets=offsets,
    )


def _offsets(network: Network) -> NDArray[np.int64]:
    return network.offsets if network.kind == "circulant" else np.zeros(0, np.int64)
