r"""Pair approximation of SIS: every agent and every link, as if neighbours of a link were independent given its ends.

With rho_i the chance that i is infected, phi_ij = P(S_i, I_j), psi_ij = P(I_i, I_j) = rho_j - phi_ij and omega_ij =
P(S_i, S_j) = 1 - rho_i - phi_ij, triples are closed by P(S_i, S_j, I_l) = omega_ij phi_jl / (1 - rho_j):

    rho_i'  = epsilon (1 - rho_i) + beta sum_j a_ij phi_ij - delta rho_i
    phi_ij' = delta psi_ij - delta phi_ij - beta phi_ij
              + beta omega_ij / (1 - rho_j) sum_{l != i} a_jl phi_jl                        j falls ill
              - beta phi_ij / (1 - rho_i) sum_{l != j} a_il phi_il                          i falls ill of another
              + epsilon (omega_ij - phi_ij)                                          ([Mata2013]_)       (1)

It costs one equation a link more than NIMFA and is exact for two agents. Linear in rho about 0 it reads phi_ij = ((2
delta + beta) rho_j - beta rho_i) / (2 (delta + beta)), so that with delta = 1 an epidemic lasts where the largest
eigenvalue of

    beta (2 + beta) A - diag(2 (1 + beta) + beta^2 d_i)                                                            (2)

is positive. Where all have k neighbours ([Eames2002]_, and by eq. 1):

    beta / delta > 1 / (k - 1),    rho = x / (1 + x),    x = k (beta / delta - 1 / (k - 1)).                       (3)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.sparse import diags_array
from scipy.sparse.linalg import ArpackError, eigsh

from socialsim.core.errors import ParameterError, SolverError
from socialsim.limits.closures.common import (
    Floats,
    Trajectory,
    adjacency,
    check_chances,
    check_rates,
    check_symmetric,
    follow,
    settle,
)

DENSE = 50  # agents up to which eigenvalues are found densely
HIGHEST = 1e6  # rate of infection beyond which no threshold is sought
NEAR = 1e-12  # share of the threshold by which a rate beyond it is taken for the threshold, up to rounding
LEAST = 1e-300  # chance of being susceptible below which shares of it are not asked for


class PairApproximation:
    """The pair approximation of SIS on a given network.

    Parameters
    ----------
    network : Network, NetworkX graph, spec string, file or matrix of 0 and 1
        Undirected; weights do not count.
    infection, recovery, self_infection : float
        beta, delta, epsilon.

    Raises
    ------
    ParameterError
        If links are not mutual or weighted, a rate is negative, or recovery not positive.

    Examples
    --------
    >>> ring = PairApproximation("ring_lattice:n=20,k=4", infection=0.5)
    >>> round(ring.threshold, 9), round(ring.prevalence(), 7)
    (0.333333333, 0.4)
    """

    def __init__(self, network: Any, infection: float, recovery: float = 1.0, self_infection: float = 0.0) -> None:
        check_rates(infection, recovery, self_infection)
        self.matrix = adjacency(network)
        if (self.matrix.data != 1.0).any():
            raise ParameterError("network: accepted by the pair approximation: weights of 0 and 1")
        check_symmetric(self.matrix, "the pair approximation")
        self.matrix.sort_indices()
        self.infection, self.recovery, self.self_infection = float(infection), float(recovery), float(self_infection)
        self.size = self.matrix.shape[0]
        self._one = np.repeat(np.arange(self.size), np.diff(self.matrix.indptr))  # i of each link
        self._other = self.matrix.indices.astype(np.int64)  # j
        self._back = np.lexsort((self._one, self._other))  # the place of (j, i)

    @property
    def threshold(self) -> float:
        """Least beta at which an epidemic lasts (2); infinite where all have at most one neighbour.

        Examples
        --------
        >>> round(PairApproximation("karate", 1.0).threshold, 6)
        0.180742
        """
        degrees = self.matrix.sum(axis=1)

        def growth(beta: float) -> float:
            system = beta * (2.0 + beta) * self.matrix - diags_array(2.0 * (1.0 + beta) + beta**2 * degrees)
            return _largest(system) / (1.0 + beta) ** 2

        if not (degrees > 1).any():
            return float("inf")
        high = 1.0
        while growth(high) <= 0.0 and high < HIGHEST:
            high *= 2.0
        return self.recovery * float(brentq(growth, 0.0, high, xtol=1e-14))

    def derivative(self, state: Floats) -> Floats:
        """Return (rho', phi') (1), rho of the agents followed by phi of the links (i, j), row by row."""
        beta, delta, epsilon = self.infection, self.recovery, self.self_infection
        rho, phi = state[: self.size], state[self.size :]
        i, j = self._one, self._other
        force = np.bincount(i, phi, self.size)  # sum_j a_ij phi_ij
        healthy = np.maximum(1.0 - rho, LEAST)
        omega = 1.0 - rho[i] - phi
        j_ill = beta * omega / healthy[j] * (force[j] - phi[self._back])
        i_ill = beta * phi / healthy[i] * (force[i] - phi)
        rise = delta * (rho[j] - 2.0 * phi) - beta * phi + j_ill - i_ill + epsilon * (omega - phi)
        return np.concatenate([epsilon * (1.0 - rho) + beta * force - delta * rho, rise])

    def trajectory(self, times: ArrayLike, initial: ArrayLike = 1.0) -> Trajectory:
        """Return rho at some times, shape (T, num_agents), from independent initial chances.

        Examples
        --------
        >>> PairApproximation("cycle:n=5", 2.0).trajectory([0.0, 60.0], initial=0.1).prevalence.round(6).tolist()
        [0.1, 0.666667]
        """
        asked = np.asarray(times, float)
        chances = follow(self.derivative, self._start(initial), asked)[:, : self.size]
        return Trajectory(asked, chances, chances.mean(axis=1))

    def stationary(self) -> Floats:
        """Return rho at rest, shape (num_agents,), where an epidemic among nine tenths ends.

        Raises
        ------
        SolverError
            If it does not come to rest, as just above the threshold.
        """
        if self.self_infection == 0.0 and self.infection <= (1.0 + NEAR) * self.threshold:
            return np.zeros(self.size)
        return settle(self.derivative, self._start(0.9), 1.0 / self.recovery)[: self.size]

    def prevalence(self) -> float:
        """Return the share infected at rest."""
        return float(self.stationary().mean())

    def _start(self, initial: ArrayLike) -> Floats:
        rho = check_chances(initial, self.size)
        return np.concatenate([rho, (1.0 - rho[self._one]) * rho[self._other]])


def regular_prevalence(strength: float, num_neighbours: int) -> float:
    """Return the share infected at rest where all have k neighbours (3), at beta / delta.

    Examples
    --------
    >>> [round(regular_prevalence(tau, 4), 4) for tau in (0.3, 0.35, 0.5, 1.0)]
    [0.0, 0.0625, 0.4, 0.7273]
    """
    odds = num_neighbours * (strength - 1.0 / (num_neighbours - 1)) if num_neighbours > 1 else 0.0
    return odds / (1.0 + odds) if odds > 0 else 0.0


def _largest(matrix: Any) -> float:
    """Return the largest eigenvalue of a symmetric matrix."""
    if matrix.shape[0] <= DENSE:
        return float(np.linalg.eigvalsh(matrix.toarray())[-1])
    try:
        return float(eigsh(matrix, 1, which="LA", v0=np.ones(matrix.shape[0]), return_eigenvectors=False)[0])
    except ArpackError as error:
        raise SolverError(f"largest eigenvalue: {error}") from None
