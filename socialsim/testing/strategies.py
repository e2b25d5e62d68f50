"""Hypothesis strategies: small networks and scenarios to test a property on. Needs the extra ``dev``."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from socialsim.networks.network import Network


@st.composite
def networks(draw: st.DrawFn, min_agents: int = 2, max_agents: int = 12, *, weighted: bool = False) -> Network:
    """Draw a network: any directed graph without self-loops, disconnected ones included.

    Parameters
    ----------
    min_agents, max_agents : int
        Its size.
    weighted : bool
        Whether edges have weights, in [0, 10].

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(networks(max_agents=5))
    ... def check(network):
    ...     assert network.num_agents <= 5
    >>> check()
    """
    n = draw(st.integers(min_agents, max_agents))
    pairs = [(source, target) for source in range(n) for target in range(n) if source != target]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=3 * n))
    sources, targets = np.array(edges, np.int64).reshape(-1, 2).T
    weights = draw(st.lists(st.floats(0, 10), min_size=len(edges), max_size=len(edges))) if weighted else None
    return Network.from_edges(n, sources, targets, weights, directed=True)
