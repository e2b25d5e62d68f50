"""Small networks made by hand, for tests that call the compiled functions of an environment one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from socialsim.engine.links import ABSENT, COMPLETE, FAILED, SPARSE, Links

if TYPE_CHECKING:
    import networkx as nx


def by_hand(
    heard: int | Sequence[Iterable[int]] | nx.Graph,
    presence: ArrayLike | None = None,
    *,
    failed: Iterable[int] = (),
    absent: Iterable[int] = (),
) -> Links:
    """Return a network as a compiled function sees it.

    Parameters
    ----------
    heard : int, sequence of iterables of int, or networkx.Graph
        A number of agents who all hear each other; or whom each agent hears, row by row; or an undirected graph of
        nodes 0 to n - 1, in which an agent hears its neighbours in ascending order.
    presence : array_like of int, optional
        Whether each agent is present (0), has failed (1) or has left (2). By default all are present.
    failed, absent : iterable of int
        Agents who have failed or left, whatever ``presence`` says.

    Examples
    --------
    >>> from socialsim.engine.links import degree, neighbour
    >>> everybody = by_hand(4)
    >>> [int(neighbour(everybody, 1, k)) for k in range(degree(everybody, 1))]
    [0, 2, 3]
    >>> chain = by_hand([[], [0], [1]], absent=[2])
    >>> chain.indptr.tolist(), chain.sources.tolist(), chain.presence.tolist()
    ([0, 0, 1, 2], [0, 1], [0, 0, 2])
    """
    rows: Sequence[Iterable[int]]
    if isinstance(heard, int):
        kind, num_agents, rows = COMPLETE, heard, []
    else:
        kind, num_agents = SPARSE, len(heard)
        rows = [sorted(heard[i]) for i in range(num_agents)] if hasattr(heard, "nodes") else heard
    sources = [np.array(list(row), np.int32) for row in rows]
    codes = np.zeros(num_agents, np.int8) if presence is None else np.array(presence, np.int8)
    codes[list(failed)], codes[list(absent)] = FAILED, ABSENT
    return Links(
        kind=kind,
        num_agents=num_agents,
        indptr=np.cumsum([0, *map(len, sources)], dtype=np.int64),
        sources=np.concatenate([np.zeros(0, np.int32), *sources]),
        weights=np.zeros(0),
        offsets=np.zeros(0, np.int64),
        presence=codes,
        may_change=bool(codes.any()),
    )
