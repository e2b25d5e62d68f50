r"""Graphons: what a dense network looks like from far away.

A graphon is a symmetric function W on [0, 1]^2; an agent at x is linked with one at y with the chance W(x, y)
[Lovasz2012]_. Here it is made of a function, a constant, blocks, a power law or factors, and it has

    degree(x) = int W(x, y) dy,      density = int int W,      int W(x, y) f(y) dy = lambda f(x)    (eigenfunctions).

Integrals over a node's neighbours are sums over the nodes of a quadrature [Nystrom1930]_. A power law is no chance near
0, where it exceeds 1: it is the limit of sparse networks with edges of chance min(1, rho W) [Borgs2019]_.

`Graphon.discretise` gives what the limits of games need, `socialsim.networks.graphon_sampling` draws networks, and
`socialsim.networks.graphon_fitting` fits a graphon to a network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import NetworkError
from socialsim.networks.graphon_nodes import (
    ROUNDING,
    RULES,
    Discretisation,
    Eigenpairs,
    Floats,
    Rule,
    check_matrix,
    quadrature,
)

__all__ = [
    "RULES",
    "Discretisation",
    "Eigenpairs",
    "Graphon",
    "LowRankGraphon",
    "PowerLaw",
    "Rule",
    "StepGraphon",
    "as_graphon",
    "check_matrix",
    "quadrature",
]

GAUSS_NODES = 64  # on each side of the diagonal, for degrees
LOOKS = 33  # points on each axis at which factors are looked at


class Graphon:
    """A graphon given by a function of two arrays that broadcast.

    Parameters
    ----------
    function : callable
        W(x, y), symmetric, in [0, 1].
    bounded : bool
        With False, W may exceed 1: a limit of sparse networks.
    name : str
        What figures call it.

    Raises
    ------
    NetworkError
        If it is found outside its range or asymmetric where it is looked at.

    Examples
    --------
    >>> uniform_attachment = Graphon(lambda x, y: 1 - np.maximum(x, y))
    >>> uniform_attachment(0.2, [0.1, 0.7]), uniform_attachment.density().round(12)
    (array([0.8, 0.3]), np.float64(0.333333333333))
    """

    def __init__(self, function: Callable[[Any, Any], Any], *, bounded: bool = True, name: str = "") -> None:
        self._function = function
        self.bounded = bounded
        self.name = name

    def __call__(self, x: Any, y: Any) -> Floats:
        """Return W(x, y), of the shape that x and y broadcast to."""
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        return np.array(np.broadcast_to(self._function(x, y), np.broadcast(x, y).shape), np.float64)

    def rows(self, x: Any, nodes: Discretisation) -> Floats:
        """Return W between any x and the nodes of a discretisation of it, shape (..., n)."""
        return self(np.asarray(x, np.float64)[..., None], nodes.positions)

    def discretise(self, num_nodes: int, rule: Rule = "midpoint") -> Discretisation:
        """Return W at the nodes of a quadrature."""
        positions, weights = quadrature(num_nodes, rule)
        left = self(positions[:, None], positions[None, :])
        check_matrix(left, most=self.most)
        return Discretisation(positions, weights, left)

    @property
    def most(self) -> float:
        """What W may be at most: 1, or infinity."""
        return 1.0 if self.bounded else np.inf

    # --- integrals ---------------------------------------------------------------------------------------------

    def degree(self, x: Any) -> Floats:
        """Return int W(x, y) dy, for each x; exact to rounding where W is smooth off the diagonal.

        Examples
        --------
        >>> Graphon(np.minimum).degree([0.0, 0.5, 1.0]).round(12).tolist()  # x - x^2 / 2
        [0.0, 0.375, 0.5]
        """
        x = np.asarray(x, np.float64)[..., None]
        at, weights = quadrature(GAUSS_NODES, "gauss")
        below, above = self(x, x * at), self(x, x + (1 - x) * at)
        return np.asarray(x[..., 0] * (below @ weights) + (1 - x[..., 0]) * (above @ weights))

    def density(self) -> Any:
        """Return int int W, the chance that two random agents are linked."""
        at, weights = quadrature(GAUSS_NODES, "gauss")
        return self.degree(at) @ weights

    def eigenpairs(self, number: int, *, nodes: int = 256, rule: Rule = "midpoint") -> Eigenpairs:
        """Return the eigenvalues of largest size and their eigenfunctions, by Nystrom's method; of factors, as many as
        there are.

        Parameters
        ----------
        number : int
        nodes : int
        rule : {"midpoint", "gauss", "endpoints"}

        Examples
        --------
        >>> pairs = Graphon(np.minimum).eigenpairs(2, nodes=400)
        >>> (pairs.values * np.pi**2).round(4).tolist()  # 1 / (k - 1/2)^2
        [4.0, 0.4444]
        """
        found = self.discretise(nodes, rule)
        n = len(found.weights)
        if not 1 <= number <= n:
            raise NetworkError(f"eigenpairs: {number} of {n} nodes are not accepted; accepted: 1 to {n}")
        root = np.sqrt(found.weights)
        if found.right.shape[0]:  # all other eigenvalues are 0
            left, upper = np.linalg.qr(root[:, None] * found.left)
            right = np.linalg.lstsq(left, root[:, None] * found.right, rcond=None)[0]
            values, vectors = np.linalg.eigh(upper @ right.T)
            vectors = left @ vectors
        else:
            values, vectors = np.linalg.eigh(root[:, None] * found.matrix * root)
        first = np.argsort(-np.abs(values), kind="stable")[:number]
        functions = vectors[:, first] / root[:, None]
        functions *= np.where(found.weights @ functions < 0, -1.0, 1.0)
        return Eigenpairs(values[first], functions, found, self)

    def low_rank(self, rank: int, *, nodes: int = 256, rule: Rule = "midpoint") -> LowRankGraphon:
        """Return the best approximation of a rank, whose cost in a limit grows as nodes times rank.

        Its factors are eigenfunctions, extended between the nodes by Nystrom's formula. It may leave [0, 1], by .25 of
        rank 2 where W is 1 within a band and 0 outside, and z with it: look at both.

        Examples
        --------
        >>> rough = Graphon(np.minimum).low_rank(20)
        >>> bool(abs(rough(0.3, 0.6) - 0.3) < 0.01)
        True
        """
        pairs = self.eigenpairs(rank, nodes=nodes, rule=rule)
        kept = np.abs(pairs.values) > ROUNDING * np.abs(pairs.values[0])  # the rest is rounding, if W has a lower rank
        pairs = replace(pairs, values=pairs.values[kept], functions=pairs.functions[:, kept])
        return LowRankGraphon(pairs, pairs.values, bounded=False, name=f"{self.name} of rank {rank}".strip())

    # --- what a sampler asks -------------------------------------------------------------------------------------

    def groups(self, positions: Floats) -> NDArray[np.int64]:
        """Return where groups of agents begin and end, of whom pairs have a common bound on W; positions ascend."""
        return np.array([0, len(positions)])

    def bound(self, x: float, y: float) -> float:
        """Return the most that W is between a group that begins at x and one that begins at y."""
        if not self.bounded:
            raise NetworkError("graphon: an unbounded function cannot be sampled; accepted: W <= 1, or a PowerLaw")
        return 1.0


class StepGraphon(Graphon):
    """A graphon of blocks, which several populations are.

    Parameters
    ----------
    matrix : array, shape (k, k)
        W between and within blocks.
    sizes : array, shape (k,), optional
        Share of the agents in each block; equal by default.
    bounded : bool
    name : str

    Examples
    --------
    >>> villages = StepGraphon([[0.5, 0.1], [0.1, 0.3]], sizes=[0.25, 0.75])
    >>> float(villages(0.1, 0.9)), villages.degree([0.1, 0.9]), float(villages.density())
    (0.1, array([0.2 , 0.25]), 0.2375)
    """

    def __init__(self, matrix: Any, sizes: Any = None, *, bounded: bool = True, name: str = "") -> None:
        self.bounded, self.name = bounded, name
        try:
            self.matrix = np.atleast_2d(np.array(matrix, np.float64))
        except (TypeError, ValueError):  # no numbers, or rows of several lengths
            raise NetworkError(f"graphon: {matrix!r} is not accepted; accepted: a square matrix of numbers") from None
        check_matrix(self.matrix, most=self.most)
        k = len(self.matrix)
        try:
            self.sizes = np.full(k, 1.0 / k) if sizes is None else np.array(sizes, np.float64)
        except (TypeError, ValueError):
            self.sizes = np.zeros(0)
        if self.sizes.shape != (k,) or not (self.sizes > 0).all() or not abs(self.sizes.sum() - 1.0) <= ROUNDING:
            raise NetworkError(f"sizes: {sizes!r} is not accepted; accepted: {k} shares > 0 that sum to 1")
        self._ends = np.cumsum(self.sizes)

    def block(self, x: Any) -> NDArray[np.int64]:
        """Return the block that x is in."""
        return np.minimum(np.searchsorted(self._ends, x, side="right"), len(self.matrix) - 1)

    def __call__(self, x: Any, y: Any) -> Floats:
        """Return W(x, y)."""
        return np.asarray(self.matrix[self.block(x), self.block(y)])

    def discretise(self, num_nodes: int = 0, rule: Rule = "midpoint") -> Discretisation:
        """Return the blocks, whatever number of nodes is asked for: they are exact."""
        return Discretisation(self._ends - self.sizes / 2, self.sizes, self.matrix)

    def degree(self, x: Any) -> Floats:
        """Return int W(x, y) dy."""
        return np.asarray((self.matrix @ self.sizes)[self.block(x)])

    def density(self) -> Any:
        """Return int int W."""
        return self.sizes @ self.matrix @ self.sizes

    def groups(self, positions: Floats) -> NDArray[np.int64]:
        """Return where the blocks begin and end."""
        return np.concatenate([[0], np.searchsorted(self.block(positions), np.arange(len(self.sizes)), side="right")])

    def bound(self, x: float, y: float) -> float:
        """Return W between two blocks."""
        return float(self(x, y))


class LowRankGraphon(Graphon):
    r"""A graphon made of few factors, W(x, y) = sum_r c_r f_r(x) f_r(y); aggregates cost nodes times factors.

    Parameters
    ----------
    factors : callable
        f(x), shape (..., rank).
    values : array, shape (rank,)
        c_r.
    bounded : bool
        With False only that W is finite is looked at.
    name : str

    Examples
    --------
    >>> ranked = LowRankGraphon(lambda x: np.stack([np.ones_like(x), x], axis=-1), [1.0, -1.0])  # 1 - x y
    >>> float(ranked(0.5, 0.5)), ranked.discretise(1000).left.shape
    (0.75, (1000, 2))
    """

    def __init__(
        self, factors: Callable[[Any], Any], values: Sequence[float] | Floats, *, bounded: bool = True, name: str = ""
    ) -> None:
        self.bounded, self.name = bounded, name
        self._factors = factors
        self.values = np.atleast_1d(np.array(values, np.float64))
        shape = np.shape(factors(np.array([0.5])))
        if shape != (1, len(self.values)):
            raise NetworkError(
                f"factors: {shape[1:]} for one position with {len(self.values)} values; accepted: one factor each"
            )
        at = quadrature(LOOKS)[0]
        found = self(at[:, None], at[None, :])
        check_matrix(found if bounded else np.abs(found), most=self.most)

    def factors(self, x: Any) -> Floats:
        """Return f(x), shape (..., rank)."""
        return np.asarray(self._factors(np.asarray(x, np.float64)), np.float64)

    def __call__(self, x: Any, y: Any) -> Floats:
        """Return W(x, y)."""
        return np.asarray((self.factors(x) * self.values * self.factors(y)).sum(axis=-1))

    def rows(self, x: Any, nodes: Discretisation) -> Floats:
        """Return W between any x and the nodes of a discretisation of it, by its factors there."""
        return (self.factors(x) * self.values) @ nodes.right.T if nodes.right.shape[0] else super().rows(x, nodes)

    def discretise(self, num_nodes: int, rule: Rule = "midpoint") -> Discretisation:
        """Return the factors at the nodes of a quadrature, or W itself where nodes are fewer."""
        positions, weights = quadrature(num_nodes, rule)
        factors = self._at(positions, rule)
        found = Discretisation(positions, weights, factors * self.values, factors)
        return found if len(self.values) < num_nodes else Discretisation(positions, weights, found.matrix)

    def _at(self, positions: Floats, rule: Rule) -> Floats:
        return self.factors(positions)


class PowerLaw(LowRankGraphon):
    """A graphon of hubs, W(x, y) = (1 - alpha)^2 (x y)^-alpha, with degrees (1 - alpha) x^-alpha and density 1.

    W exceeds 1 near 0; it has an integral of W^p for p < 1/alpha, of its square for alpha < 1/2. Networks with edges of
    chance min(1, rho W) have degrees with P(degree > d) ~ d^(-1/alpha). The midpoint rule takes means over cells, which
    the integral of W over a cell is finite for, and so keeps the density. [Borgs2019]_

    Parameters
    ----------
    alpha : float
        0 <= alpha < 1.

    Examples
    --------
    >>> hubs = PowerLaw(0.3)
    >>> hubs(0.01, 0.01).round(3), hubs.degree(0.01).round(3), float(hubs.density())
    (np.float64(7.766), np.float64(2.787), 1.0)
    """

    def __init__(self, alpha: float) -> None:
        if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not 0 <= alpha < 1:
            raise NetworkError(f"alpha: {alpha!r} is not accepted; accepted: a number >= 0 and < 1")
        self.alpha = float(alpha)
        super().__init__(self._degree, [1.0], bounded=False, name=f"power law {alpha:g}")

    def _degree(self, x: Any) -> Floats:
        with np.errstate(divide="ignore"):
            return np.asarray((1 - self.alpha) * np.asarray(x, np.float64)[..., None] ** -self.alpha)

    def _at(self, positions: Floats, rule: Rule) -> Floats:
        if rule == "endpoints" and self.alpha > 0:
            raise NetworkError("rule: a power law is infinite at 0; accepted: midpoint, gauss")
        if rule == "midpoint":
            n = len(positions)
            return np.diff((np.arange(n + 1) / n) ** (1 - self.alpha))[:, None] * n
        return self._degree(positions)

    def eigenpairs(self, number: int, *, nodes: int = 256, rule: Rule = "midpoint") -> Eigenpairs:
        """Return its only eigenvalue, int (1 - alpha)^2 x^(-2 alpha), and the eigenfunction."""
        if self.alpha >= 0.5:
            raise NetworkError(f"eigenpairs: a power law {self.alpha:g} has none; accepted: alpha below 1/2")
        return super().eigenpairs(number, nodes=nodes, rule=rule)

    def degree(self, x: Any) -> Floats:
        """Return (1 - alpha) x^-alpha."""
        return self._degree(x)[..., 0]

    def density(self) -> Any:
        """Return 1."""
        return 1.0

    def groups(self, positions: Floats) -> NDArray[np.int64]:
        """Return groups of which each is as large as all before it, so that W falls little within one."""
        n = len(positions)
        return np.minimum(np.array([0, *(2 ** np.arange(int(np.ceil(np.log2(max(n, 2)))) + 1))]), n)

    def bound(self, x: float, y: float) -> float:
        """Return W where both groups begin."""
        return float(self(x, y))


def as_graphon(given: object) -> Graphon:
    """Return a graphon from one, a spec, a function of two arrays, a matrix of equal blocks, or a constant.

    A spec is a name of `socialsim.networks.graphon_specs`, with parameters if it has any.

    Examples
    --------
    >>> as_graphon(0.5)(0.1, 0.9), as_graphon(lambda x, y: x * y)(0.5, 0.5), as_graphon("minimum")(0.1, 0.9)
    (array(0.5), array(0.25), array(0.1))
    """
    if isinstance(given, Graphon):
        return given
    if isinstance(given, str):
        from socialsim.networks.graphon_specs import parse_graphon

        return parse_graphon(given)
    if callable(given):
        return Graphon(given)
    return StepGraphon(given)
