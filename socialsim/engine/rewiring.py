"""Networks that change inside the loop.

At each step every directed edge is redirected with probability ``rate``: its target looks to another source instead.
In-degrees stay as they are. The new source is that of `choose`, uniform over the other agents here; a subclass may
prefer the like-minded. An edge that would double another, or come from the agent itself, stays.
"""

from __future__ import annotations

from socialsim.core.compiled import compiled
from socialsim.core.parameters import Parameters, parameter
from socialsim.core.streams import integer


class Rewiring(Parameters):
    """Redirect edges to sources drawn uniformly.

    Examples
    --------
    >>> Rewiring(rate=0.01).rate
    0.01
    """

    rate: float = parameter(0.01, "chance that an edge is redirected", unit="per edge and step", ge=0, le=1)

    @staticmethod
    @compiled
    def choose(network, i, source, actions, stream):
        """Return the new source of an edge that informs agent i, or -1 to keep the old one."""
        return integer(stream, network.num_agents)
