"""Nodes of a graphon: quadratures on [0, 1], and the values of W and of its eigenfunctions there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import NetworkError

if TYPE_CHECKING:
    from socialsim.networks.graphons import Graphon

Floats = NDArray[np.float64]
Rule = Literal["midpoint", "gauss", "endpoints"]
RULES = ("midpoint", "gauss", "endpoints")
ROUNDING = 1e-9


@dataclass(frozen=True)
class Discretisation:
    """A graphon at some nodes: W(x_k, x_l) = left, or left @ right.T where ``right`` has rows.

    Parameters
    ----------
    positions, weights : ndarray, shape (n,)
        Nodes in [0, 1], and the share of the agents that each stands for.
    left : ndarray, shape (n, n) or (n, rank)
    right : ndarray, shape (0, 0) or (n, rank)

    Examples
    --------
    >>> Discretisation(np.array([0.25, 0.75]), np.full(2, 0.5), np.array([[0.8, 0.2], [0.2, 0.4]])).matrix[0].tolist()
    [0.8, 0.2]
    """

    positions: Floats
    weights: Floats
    left: Floats
    right: Floats = field(default_factory=lambda: np.zeros((0, 0)))

    @property
    def matrix(self) -> Floats:
        """W between all nodes, shape (n, n).

        Examples
        --------
        >>> Discretisation(np.zeros(2), np.full(2, 0.5), np.array([[1.0], [2.0]]), np.array([[1.0], [2.0]])).matrix
        array([[1., 2.],
               [2., 4.]])
        """
        return np.asarray(self.left @ self.right.T) if self.right.shape[0] else self.left


@dataclass(frozen=True)
class Eigenpairs:
    """Eigenvalues of a graphon and its eigenfunctions, of which each has int f^2 = 1 and int f >= 0.

    Parameters
    ----------
    values : ndarray, shape (k,)
        The largest in size first.
    functions : ndarray, shape (n, k)
        At the nodes.
    nodes : Discretisation
    graphon : Graphon
    """

    values: Floats
    functions: Floats
    nodes: Discretisation
    graphon: Graphon

    def __call__(self, x: Any) -> Floats:
        """Return f(x) = 1/lambda int W(x, y) f(y) dy, shape (..., k)."""
        return np.asarray((self.graphon.rows(x, self.nodes) * self.nodes.weights) @ self.functions / self.values)


def quadrature(num_nodes: int, rule: Rule = "midpoint") -> tuple[Floats, Floats]:
    """Return nodes in [0, 1] and their weights.

    Parameters
    ----------
    num_nodes : int
    rule : {"midpoint", "gauss", "endpoints"}
        Midpoints of equal cells (order 2); Gauss-Legendre (exact to rounding where all is smooth); or equal weights at
        points from 0 to 1 (order 1), as in some published figures.

    Examples
    --------
    >>> quadrature(2)
    (array([0.25, 0.75]), array([0.5, 0.5]))
    """
    if isinstance(num_nodes, bool) or not isinstance(num_nodes, int | np.integer) or num_nodes < 1:
        raise NetworkError(f"nodes: {num_nodes!r} is not accepted; accepted: an integer >= 1")
    if rule == "gauss":
        at, weights = np.polynomial.legendre.leggauss(int(num_nodes))
        return (at + 1) / 2, weights / 2
    if rule == "midpoint":
        return (np.arange(num_nodes) + 0.5) / num_nodes, np.full(num_nodes, 1 / num_nodes)
    if rule == "endpoints":
        return np.linspace(0.0, 1.0, num_nodes), np.full(num_nodes, 1 / num_nodes)
    raise NetworkError(f"rule: {rule!r} is not accepted; accepted: {', '.join(RULES)}")


def check_matrix(matrix: Floats, *, most: float = 1.0) -> None:
    """Refuse values of a graphon outside [0, ``most``], or that are not symmetric.

    Raises
    ------
    NetworkError
        With the first such pair of nodes.

    Examples
    --------
    >>> check_matrix(np.array([[0.0, 1.2], [1.2, 0.0]]))
    Traceback (most recent call last):
    socialsim.core.errors.NetworkError: graphon: W = 1.2 between nodes 0 and 1; accepted: 0 to 1
    """
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise NetworkError(f"graphon: a matrix of shape {matrix.shape} is not accepted; accepted: a square one")
    fits = np.isfinite(matrix) & (matrix >= -ROUNDING) & (matrix <= most + ROUNDING)
    if not fits.all():
        k, m = np.argwhere(~fits)[0]
        accepted = "0 to 1" if most == 1.0 else "finite numbers >= 0"
        raise NetworkError(f"graphon: W = {matrix[k, m]:g} between nodes {k} and {m}; accepted: {accepted}")
    skew = np.abs(matrix - matrix.T)
    if skew.max(initial=0.0) > ROUNDING * max(1.0, float(np.abs(matrix).max(initial=0.0))):
        k, m = np.unravel_index(skew.argmax(), skew.shape)
        raise NetworkError(
            f"graphon: W = {matrix[k, m]:g} between nodes {k} and {m}, and {matrix[m, k]:g} back; accepted: symmetric"
        )
