r"""NIMFA: every agent's chance of being infected, as if neighbours were independent.

In SIS on a network agent i is infected with the chance v_i, and

    v_i' = (1 - v_i) (epsilon_i + beta sum_j a_ij v_j) - delta_i v_i                    ([VanMieghem2009]_)  (1)

where the process has P(S_i, I_j) in place of (1 - v_i) v_j. Infections are correlated, P(S_i, I_j) <= P(S_i) P(I_j)
([Cator2014]_), so that from the same start v_i(t) is never below the process. Without epsilon the state 0 is stable for

    beta / delta <= 1 / lambda_1,    lambda_1 the largest eigenvalue of a;                                          (2)

beyond, a connected network has one other state at rest, to which all starts but 0 lead:

    v_i = 1 - 1 / (1 + (epsilon_i + beta sum_j a_ij v_j) / delta_i),    with k neighbours each: v = 1 - delta/(beta k).

Where the network falls apart, or links go one way, (2) holds of each part whose agents all reach each other: at rest
those are ill whom a part beyond its threshold reaches, or somebody who falls ill from outside, and no others.

At rest G_i(v) = delta_i v_i / (1 - v_i) - epsilon_i - beta sum_j a_ij v_j = 0. G is convex and its derivative an
M-matrix above the solution, so that Newton's method falls to it monotonically from v_i = 1 - 1 / (1 + (epsilon_i + beta
d_i) / delta_i), and quadratically but at the threshold.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackError, eigs, eigsh, spsolve

from socialsim.core.errors import SolverError
from socialsim.limits.closures.common import (
    Floats,
    Trajectory,
    adjacency,
    check_chances,
    check_rates,
    follow,
    per_agent,
)

MOST_STEPS = 200
ROUNDING = 1e-14
DENSE = 400  # agents up to which eigenvalues are found densely


class NIMFA:
    """The N-intertwined mean-field approximation of SIS.

    Parameters
    ----------
    network : Network, NetworkX graph, spec string, file or matrix
        Who hears whom; see `socialsim.limits.closures.common.adjacency`.
    infection : float
        beta, per link and unit of time.
    recovery : float or array, shape (num_agents,)
        delta.
    self_infection : float or array, shape (num_agents,)
        epsilon.
    weighted : bool
        Whether the weights of links multiply beta.

    Raises
    ------
    ParameterError
        If a rate is negative, or recovery not positive.

    Examples
    --------
    >>> ring = NIMFA("ring_lattice:n=20,k=4", infection=0.5)
    >>> ring.threshold, round(ring.prevalence(), 12)
    (0.25, 0.5)
    """

    def __init__(
        self,
        network: Any,
        infection: float,
        recovery: ArrayLike = 1.0,
        self_infection: ArrayLike = 0.0,
        *,
        weighted: bool = False,
    ) -> None:
        check_rates(infection, recovery, self_infection)
        self.matrix = adjacency(network, weighted=weighted)
        self.infection = float(infection)
        size = self.matrix.shape[0]
        self.recovery, self.self_infection = (per_agent(rate, size) for rate in (recovery, self_infection))

    @property
    def threshold(self) -> float:
        """Least beta at which an epidemic lasts: delta / lambda_1, or 1 / lambda_1(a / delta) where agents differ.

        Examples
        --------
        >>> round(NIMFA("karate", 1.0).threshold, 7)
        0.1486835
        """
        return float(self._thresholds().min())

    def derivative(self, chances: Floats) -> Floats:
        """Return v' (1)."""
        force = self.self_infection + self.infection * (self.matrix @ chances)
        return np.asarray((1.0 - chances) * force - self.recovery * chances)

    def trajectory(self, times: ArrayLike, initial: ArrayLike = 1.0) -> Trajectory:
        """Return v at some times, shape (T, num_agents), from initial chances.

        Examples
        --------
        >>> NIMFA("cycle:n=4", 1.0).trajectory([0.0, 50.0], initial=0.1).prevalence.round(9).tolist()
        [0.1, 0.5]
        """
        asked = np.asarray(times, float)
        chances = follow(self.derivative, check_chances(initial, len(self.recovery)), asked)
        return Trajectory(asked, chances, chances.mean(axis=1))

    def stationary(self) -> Floats:
        """Return v at rest, shape (num_agents,): 0 up to the threshold, else the state that all epidemics lead to.

        Raises
        ------
        SolverError
            If Newton's method does not arrive.

        Examples
        --------
        >>> NIMFA("star:n=5", 1.0).stationary().round(6).tolist()
        [0.6, 0.375, 0.375, 0.375, 0.375]
        """
        degrees = self.matrix.sum(axis=1)
        force = (self.self_infection + self.infection * degrees) / self.recovery
        chances = np.where(self._ill_at_rest(), force / (1.0 + force), 0.0)
        if not chances.any():
            return chances
        for _ in range(MOST_STEPS):
            odds = self.recovery * chances / (1.0 - chances)
            gap = odds - self.self_infection - self.infection * (self.matrix @ chances)
            slope = diags_array(self.recovery / (1.0 - chances) ** 2) - self.infection * self.matrix
            step = spsolve(slope.tocsc(), gap)
            chances = np.clip(chances - step, 0.0, None)
            if np.abs(step).max() <= ROUNDING:
                return np.asarray(chances)
        raise SolverError(
            f"stationary: still moves by {np.abs(step).max():.3g} after {MOST_STEPS} steps of Newton's method"
        )

    def prevalence(self) -> float:
        """Return the share infected at rest."""
        return float(self.stationary().mean())

    def _thresholds(self) -> Floats:
        """Return the threshold of the part of the network that each agent belongs to."""
        alike = (self.recovery == self.recovery[0]).all()
        unit = float(self.recovery[0]) if alike else 1.0
        largest = radii(self.matrix if alike else csr_array(diags_array(1.0 / self.recovery) @ self.matrix))
        return np.array([round_off(unit / value) if value > 0 else np.inf for value in largest.tolist()])

    def _ill_at_rest(self) -> NDArray[np.bool_]:
        """Return who is ill at rest: who falls ill from outside, is of a part beyond its threshold, or hears such."""
        ill: NDArray[np.bool_] = (self.self_infection > 0) | (self.infection > self._thresholds())
        while self.infection > 0:
            hears = ill | (self.matrix @ ill.astype(float) > 0)
            if (hears == ill).all():
                break
            ill = hears
        return ill


def bipartite_rest(strength: float, sizes: tuple[int, int]) -> tuple[float, float]:
    """Return NIMFA's chances at rest on the two sides of a complete bipartite network of m and n agents.

        v_m = (tau^2 m n - 1) / (tau m (tau n + 1)),    v_n = (tau^2 m n - 1) / (tau n (tau m + 1))

    for tau = beta / delta > 1 / sqrt(m n), which solve eq. 1; a star has m = 1.

    Examples
    --------
    >>> bipartite_rest(1.0, (1, 4))
    (0.6, 0.375)
    """
    m, n = sizes
    rise = strength**2 * m * n - 1.0
    if rise <= 0.0:
        return 0.0, 0.0
    return rise / (strength * m * (strength * n + 1.0)), rise / (strength * n * (strength * m + 1.0))


def largest_eigenvalue(matrix: Any) -> float:
    """Return the largest eigenvalue of a matrix >= 0, which is its spectral radius.

    Examples
    --------
    >>> round(largest_eigenvalue(adjacency("karate")), 7)
    6.7256977
    """
    return float(radii(csr_array(matrix)).max())


def radii(matrix: csr_array) -> Floats:
    """Return for each agent the largest eigenvalue of its strongly connected part of a matrix >= 0; 0 where alone.

    Examples
    --------
    >>> radii(adjacency([[0, 1, 0], [1, 0, 1], [0, 0, 0]])).tolist()
    [1.0, 1.0, 0.0]
    """
    parts, part = connected_components(matrix, connection="strong")
    if parts == 1 and matrix.shape[0] > 1:
        return np.full(matrix.shape[0], _radius(matrix))
    found = np.zeros(parts)
    for k in np.flatnonzero(np.bincount(part) > 1).tolist():
        members = np.flatnonzero(part == k)
        found[k] = _radius(matrix[members][:, members])
    return found[part]


def _radius(matrix: csr_array) -> float:
    """Return the largest eigenvalue of a matrix >= 0 whose agents all reach each other."""
    size = matrix.shape[0]
    is_symmetric = abs(matrix - matrix.T).max() == 0
    if size <= DENSE:
        values = np.linalg.eigvalsh(matrix.toarray()) if is_symmetric else np.linalg.eigvals(matrix.toarray())
        return float(values.real.max())
    start = np.ones(size)
    try:
        if is_symmetric:
            return float(eigsh(matrix, 1, which="LA", v0=start, return_eigenvectors=False)[0])
        return float(eigs(matrix, 1, which="LR", v0=start, return_eigenvectors=False)[0].real)
    except ArpackError as error:
        raise SolverError(f"largest eigenvalue: {error}") from None


def round_off(value: float) -> float:
    """Return a number without the last two digits, which eigenvalues do not have.

    Examples
    --------
    >>> round_off(0.25000000000000006)
    0.25
    """
    return float(f"{value:.14g}")
