r"""Graphons: what a dense network looks like from far away.

A graphon is a symmetric function W on [0, 1]^2; an agent at x is linked with one at y with the chance W(x, y). Here it
is made of a function, a constant or a matrix of blocks, turned into nodes and weights for the limits, and sampled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import NetworkError

Floats = NDArray[np.float64]
Rule = Literal["midpoint", "gauss", "endpoints"]
RULES = ("midpoint", "gauss", "endpoints")
ROUNDING = 1e-9


@dataclass(frozen=True)
class Discretisation:
    """A graphon at some nodes: W(x_k, x_l) = left, or left @ right.T where ``right`` has rows."""

    positions: Floats
    weights: Floats
    left: Floats
    right: Floats = field(default_factory=lambda: np.zeros((0, 0)))


def quadrature(num_nodes: int, rule: Rule = "midpoint") -> tuple[Floats, Floats]:
    """Return nodes in [0, 1] and their weights.

    Examples
    --------
    >>> quadrature(2)
    (array([0.25, 0.75]), array([0.5, 0.5]))
    """
    if isinstance(num_nodes, bool) or not isinstance(num_nodes, int | np.integer) or num_nodes < 1:
        raise NetworkError(f"nodes: {num_nodes!r} is not accepted; accepted: an integer >= 1")
    if rule == "gauss":
        at, weights = np.polynomial.legendre.leggauss(num_nodes)
        return (at + 1) / 2, weights / 2
    if rule == "midpoint":
        return (np.arange(num_nodes) + 0.5) / num_nodes, np.full(num_nodes, 1 / num_nodes)
    if rule == "endpoints":
        return np.linspace(0.0, 1.0, num_nodes), np.full(num_nodes, 1 / num_nodes)
    raise NetworkError(f"rule: {rule!r} is not accepted; accepted: {', '.join(RULES)}")


class Graphon:
    """A graphon given by a function of two arrays that broadcast.

    Parameters
    ----------
    function : callable
        W(x, y), symmetric, in [0, 1].

    Raises
    ------
    NetworkError
        If it is found outside [0, 1] or asymmetric where it is looked at.
    """

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        self._function = function

    def __call__(self, x: Any, y: Any) -> Floats:
        """Return W(x, y)."""
        return np.asarray(self._function(np.asarray(x, np.float64), np.asarray(y, np.float64)), np.float64)

    def discretise(self, num_nodes: int, rule: Rule = "midpoint") -> Discretisation:
        """Return W at the nodes of a quadrature."""
        positions, weights = quadrature(num_nodes, rule)
        left = np.array(np.broadcast_to(self(positions[:, None], positions[None, :]), (num_nodes, num_nodes)))
        check_matrix(left)
        return Discretisation(positions, weights, left)


class StepGraphon(Graphon):
    """A graphon of blocks, which several populations are.

    Parameters
    ----------
    matrix : array, shape (k, k)
        W between and within blocks.
    sizes : array, shape (k,), optional
        Share of the agents in each block; equal by default.
    """

    def __init__(self, matrix: Any, sizes: Any = None) -> None:
        self.matrix = np.atleast_2d(np.array(matrix, np.float64))
        check_matrix(self.matrix)
        k = len(self.matrix)
        self.sizes = np.full(k, 1.0 / k) if sizes is None else np.array(sizes, np.float64)
        if self.sizes.shape != (k,) or (self.sizes <= 0).any() or not abs(self.sizes.sum() - 1.0) <= ROUNDING:
            raise NetworkError(f"sizes: {sizes!r} is not accepted; accepted: {k} shares > 0 that sum to 1")
        self._ends = np.cumsum(self.sizes)

    def _block(self, x: Any) -> NDArray[np.int64]:
        return np.minimum(np.searchsorted(self._ends, x, side="right"), len(self.matrix) - 1)

    def __call__(self, x: Any, y: Any) -> Floats:
        """Return W(x, y)."""
        return np.asarray(self.matrix[self._block(x), self._block(y)])

    def discretise(self, num_nodes: int = 0, rule: Rule = "midpoint") -> Discretisation:
        """Return the blocks, whatever number of nodes is asked for: they are exact."""
        return Discretisation(self._ends - self.sizes / 2, self.sizes, self.matrix)


def check_matrix(matrix: Floats) -> None:
    """Refuse values of a graphon outside [0, 1], or that are not symmetric."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise NetworkError(f"graphon: a matrix of shape {matrix.shape} is not accepted; accepted: a square one")
    outside = np.argwhere(~((matrix >= -ROUNDING) & (matrix <= 1 + ROUNDING)))
    if len(outside):
        k, m = outside[0]
        raise NetworkError(f"graphon: W = {matrix[k, m]:g} between nodes {k} and {m}; accepted: 0 to 1")
    skew = np.abs(matrix - matrix.T)
    if skew.max(initial=0.0) > ROUNDING:
        k, m = np.unravel_index(skew.argmax(), skew.shape)
        raise NetworkError(
            f"graphon: W = {matrix[k, m]:g} between nodes {k} and {m}, and {matrix[m, k]:g} back; accepted: symmetric"
        )


def as_graphon(given: object) -> Graphon:
    """Return a graphon from one, a function of two arrays, a matrix of equal blocks, or a constant.

    Examples
    --------
    >>> as_graphon(0.5)(0.1, 0.9), as_graphon(lambda x, y: x * y)(0.5, 0.5)
    (array(0.5), array(0.25))
    """
    if isinstance(given, Graphon):
        return given
    if callable(given):
        return Graphon(given)
    return StepGraphon(given)
