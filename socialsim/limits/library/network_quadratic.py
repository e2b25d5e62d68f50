r"""Efforts on a network that encourage each other: a game with linear best responses.

Everybody chooses an effort x_i, a real number, once. With z_i = 1/c_i sum_j A_ij x_j,

    u_i = b x_i - x_i^2 / 2 + alpha x_i z_i,         best response  b + alpha z_i,

so that the only equilibrium, while |alpha| rho(A / c) < 1, is x = (I - alpha A / c)^-1 b 1: with c = 1 the centrality
of Katz [Ballester2006]_. On a graphon [PariseOzdaglar2023]_

    x(t) = b + alpha int W(t, s) x(s) ds,

in closed form for two of them, with k = sqrt(alpha) and alpha < pi^2 / 4,

    W = 1 - max(t, s):   x = b cos(k t) / cos k             W = min(t, s):   x = b cos(k (1 - t)) / cos k.

The quadrature's error is of order 2 for midpoints, where W has a kink on the diagonal. Equilibria on W-random graphs
come to that of W as N^(-1/2): each agent's z is a mean of N coins. Efforts are real numbers, so that this game is a few
functions and no `AggregativeGame`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from socialsim.core.errors import ParameterError
from socialsim.limits.limit import Floats
from socialsim.networks.graphon_nodes import Discretisation, Rule
from socialsim.networks.graphons import Graphon, PowerLaw, as_graphon
from socialsim.networks.network import Network
from socialsim.networks.sources import load

Scale = Literal["none", "degree", "N", "density"]
LARGEST_COUPLING = math.pi**2 / 4


@dataclass(frozen=True)
class Efforts:
    """Efforts in equilibrium.

    Parameters
    ----------
    efforts : ndarray, shape (n,)
        Of the agents, or at the nodes of a graphon.
    benefit, coupling : float
        b and alpha.
    coupled : ndarray, shape (n, n)
        What turns efforts into z: A / c, or W w.
    nodes : Discretisation, optional
        Of the graphon.
    graphon : Graphon, optional
    """

    efforts: Floats
    benefit: float
    coupling: float
    coupled: Floats
    nodes: Discretisation | None = None
    graphon: Graphon | None = None

    def __call__(self, t: Any) -> Floats:
        """Return the effort at any t of a graphon: the best response to those at the nodes (Nystrom's formula).

        Raises
        ------
        ParameterError
            If the efforts are those of a network.
        """
        if self.graphon is None or self.nodes is None:
            raise ParameterError("efforts on a network: have no position; accepted: efforts on a graphon")
        rows = self.graphon.rows(t, self.nodes)
        return np.asarray(self.benefit + self.coupling * (rows * self.nodes.weights) @ self.efforts)

    def gains(self, efforts: Any = None) -> Floats:
        """Return what each agent could earn more alone if all take given efforts: (b + alpha z - x)^2 / 2.

        Parameters
        ----------
        efforts : array, optional
            By default those of the equilibrium, from which nobody gains.
        """
        taken = self.efforts if efforts is None else np.asarray(efforts, np.float64)
        return np.asarray((self.benefit + self.coupling * self.coupled @ taken - taken) ** 2 / 2.0)


def network_efforts(
    network: Any, coupling: float, benefit: float = 1.0, *, normalise: Scale = "none", seed: int | None = None
) -> Efforts:
    """Return the equilibrium of agents on a network.

    Parameters
    ----------
    network : str, networkx.Graph, Network
        As `socialsim.networks.load` takes it.
    coupling : float
        alpha; negative where efforts replace each other.
    benefit : float
        b.
    normalise : {"none", "degree", "N", "density"}
        c: 1, the agent's degree, the number of agents or the mean degree.
    seed : int, optional
        Of a random network.

    Raises
    ------
    ParameterError
        If |alpha| times the largest eigenvalue is 1 or more: replies to replies then grow without end (an equilibrium
        may exist all the same, which nobody is led to); or if a parameter is not finite.

    Examples
    --------
    >>> network_efforts("star:n=3", 0.5).efforts.round(6)  # the hub, and two others
    array([4., 3., 3.])
    """
    found = network if isinstance(network, Network) else load(network, seed=seed)
    targets, sources, weights = found.edges()
    matrix = np.zeros((found.num_agents, found.num_agents))
    matrix[targets, sources] = weights
    if normalise not in ("none", "degree", "N", "density"):
        raise ParameterError(f"normalise: {normalise!r} is not accepted; accepted: none, degree, N, density")
    strength = matrix.sum(axis=1)
    scale = {"none": 1.0, "degree": strength, "N": float(len(matrix)), "density": strength.mean()}[normalise]
    scale = np.broadcast_to(np.asarray(scale, np.float64), (len(matrix),))[:, None]
    coupled = np.divide(matrix, scale, out=np.zeros_like(matrix), where=scale > 0.0)
    return Efforts(_solve(coupled, coupling, benefit), benefit, coupling, coupled)


def graphon_efforts(
    graphon: Graphon | object, coupling: float, benefit: float = 1.0, *, nodes: int = 64, rule: Rule = "midpoint"
) -> Efforts:
    """Return the equilibrium on a graphon, at the nodes of a quadrature and, when called, everywhere.

    Parameters
    ----------
    graphon : Graphon, or what `as_graphon` accepts
    coupling, benefit : float
        alpha and b.
    nodes : int
    rule : {"midpoint", "gauss", "endpoints"}

    Raises
    ------
    ParameterError
        If |alpha| times the largest eigenvalue is 1 or more: replies to replies then grow without end (an equilibrium
        may exist all the same, which nobody is led to); or if a parameter is not finite.

    Examples
    --------
    >>> found = graphon_efforts("minimum", 1.0, nodes=400)
    >>> found(0.0).round(4), minimum_efforts(0.0, 1.0).round(4)
    (np.float64(1.0), np.float64(1.0))
    """
    limit = as_graphon(graphon)
    if isinstance(limit, PowerLaw) and limit.alpha >= 0.5:
        raise ParameterError(
            f"graphon: a power law {limit.alpha:g} has no equilibrium in finite efforts; accepted: alpha below 1/2"
        )
    found = limit.discretise(nodes, rule)
    coupled = found.matrix * found.weights
    return Efforts(_solve(coupled, coupling, benefit), benefit, coupling, coupled, found, limit)


def uniform_attachment_efforts(t: Any, coupling: float, benefit: float = 1.0) -> Floats:
    """Return b cos(k t) / cos k, the equilibrium on W = 1 - max(t, s).

    Examples
    --------
    >>> uniform_attachment_efforts([0.0, 1.0], 1.0).round(6)
    array([1.850816, 1.      ])
    """
    root = _root(coupling)
    return np.asarray(benefit * np.cos(root * np.asarray(t, np.float64)) / math.cos(root))


def minimum_efforts(t: Any, coupling: float, benefit: float = 1.0) -> Floats:
    """Return b cos(k (1 - t)) / cos k, the equilibrium on W = min(t, s).

    Examples
    --------
    >>> minimum_efforts([0.0, 1.0], 1.0).round(6)
    array([1.      , 1.850816])
    """
    return uniform_attachment_efforts(1.0 - np.asarray(t, np.float64), coupling, benefit)


def _root(coupling: float) -> float:
    if not 0.0 <= coupling < LARGEST_COUPLING:
        raise ParameterError(f"coupling: {coupling} is not accepted; accepted: 0 to pi^2 / 4, without the end")
    return math.sqrt(coupling)


def _solve(coupled: Floats, coupling: float, benefit: float) -> Floats:
    """Return (I - alpha G)^-1 b 1."""
    for name, value in (("coupling", coupling), ("benefit", benefit)):
        if not math.isfinite(value):
            raise ParameterError(f"{name}: {value} is not accepted; accepted: a finite number")
    largest = float(np.abs(np.linalg.eigvals(coupled)).max())
    if not abs(coupling) * largest < 1.0:
        raise ParameterError(
            f"coupling: {coupling} is not accepted where the largest eigenvalue is {largest:.6g}; accepted: a size "
            f"below {1.0 / largest:.6g}"
        )
    n = len(coupled)
    return np.asarray(np.linalg.solve(np.eye(n) - coupling * coupled, np.full(n, float(benefit))))
