r"""A game on a graphon: infinitely many agents at x in [0, 1], linked by W(x, y).

What an agent at x feels is z(x) = 1/c_x int W(x, y) phi . mu_y dy, with the scale of the game: c_x = int W(x, y) dy for
``"degree"``, int int W for ``"density"`` and 1 for ``"N"``. The integral is a sum over the nodes of a quadrature;
Gauss-Legendre nodes are exact to rounding where W is smooth, midpoints of order 2 also where it has a kink on the
diagonal (exploitabilities are of order 2 with either: they have a kink where another response becomes the best). A step
graphon has a node for each block, weighted by its size: it is exact, and it is a game between several populations.
Where W is made of factors a step costs nodes times factors, not nodes squared. [CuiKoeppl2022]_
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
    graphon : Graphon, str, callable, array or number
        W: a `Graphon`; a spec such as "power_law:alpha=0.3"; a function of two arrays; a matrix, of blocks of equal
        size; or a constant.
    nodes : int
        Nodes of the quadrature; a step graphon has its own.
    rule : {"midpoint", "gauss", "endpoints"}
        Quadrature; "endpoints" has equal weights at ``nodes`` points from 0 to 1, of order 1, as published figures do.

    Raises
    ------
    NetworkError
        If the graphon is outside [0, 1] or asymmetric at its nodes, or nodes or rule are not accepted.

    Examples
    --------
    The source's exploitability of the uniform policy, in its epidemic on 1 - max(x, y) and with its quadrature:

    >>> from socialsim.limits.library.sis import rules
    >>> limit = GraphonLimit(rules(), "uniform_attachment", nodes=101, rule="endpoints")
    >>> limit.exploitability(limit.uniform_policy())
    8.818052870102...
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
