r"""A game on a graphon: infinitely many agents at x in [0, 1], linked by W(x, y).

What an agent at x feels is z(x) = 1/c_x int W(x, y) phi . mu_y dy, with the scale of the game: c_x = int W(x, y) dy for
``"degree"``, int int W for ``"density"`` and 1 for ``"N"``. The integral is a sum over the nodes of a quadrature;
Gauss-Legendre nodes are exact to rounding where W is smooth, midpoints of order 2 also where it has a kink on the
diagonal. A step graphon has a node for each block, weighted by its size: it is exact, and it is a game between several
populations.
"""

from __future__ import annotations

from typing import Literal

from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.limit import Limit
from socialsim.networks.graphons import Graphon, as_graphon


class GraphonLimit(Limit):
    """A game among infinitely many agents on a graphon.

    Parameters
    ----------
    game : AggregativeGame
    graphon : Graphon, callable, array or number
        W: a `Graphon`; a function of two arrays; a matrix, of blocks of equal size; or a constant.
    nodes : int
        Nodes of the quadrature; a step graphon has its own.
    rule : {"midpoint", "gauss", "endpoints"}
        Quadrature; "endpoints" has equal weights at ``nodes`` points from 0 to 1, of order 1, as published figures do.
    """

    def __init__(
        self,
        game: AggregativeGame,
        graphon: Graphon | object,
        *,
        nodes: int = 64,
        rule: Literal["midpoint", "gauss", "endpoints"] = "midpoint",
    ) -> None:
        self.graphon = as_graphon(graphon)
        found = self.graphon.discretise(nodes, rule)
        self.positions = found.positions
        super().__init__(game, found.weights, found.left, found.right)
