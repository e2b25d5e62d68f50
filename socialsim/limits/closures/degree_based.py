r"""Degree-based mean field: agents of one degree are alike, and links join anybody to anybody.

In SIS on an uncorrelated network, agents of degree k are infected with the chance rho_k, and a link leads to somebody
infected with the chance theta, since it leads to degree k with the chance k p_k / <k>:

    rho_k' = (1 - rho_k) (epsilon + beta k theta) - delta rho_k,    theta = sum_k k p_k rho_k / <k>.               (1)

At rest rho_k = x / (1 + x) with x = (epsilon + beta k theta) / delta, and theta is the largest root of one equation. An
epidemic lasts for

    beta / delta > <k> / <k^2>,                                                ([PastorSatorras2001]_)  (2)

that is, at any rate of infection in a large network whose degrees have no second moment. Of an observed network it
takes the degrees alone; where all have k neighbours it is NIMFA.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from socialsim.limits.closures.common import Floats, Trajectory, check_chances, check_rates, degree_shares, follow

LEAST = 1e-300  # of theta: a smaller one is none
MOST_STEPS = 2000  # of the search for theta, which may halve it each time


class DegreeBased:
    """The degree-based mean field of SIS.

    Parameters
    ----------
    degrees : mapping, sequence, or network
        Shares by degree, one degree an agent, or the network itself.
    infection, recovery, self_infection : float
        beta, delta, epsilon.

    Attributes
    ----------
    degrees, shares : array, shape (num_degrees,)

    Raises
    ------
    ParameterError
        If a rate is negative, recovery not positive, or there is no link.

    Examples
    --------
    >>> model = DegreeBased({2: 0.5, 4: 0.5}, infection=0.5)
    >>> model.threshold, model.stationary().round(6).tolist()
    (0.3, [0.274917, 0.431271])
    """

    def __init__(self, degrees: Any, infection: float, recovery: float = 1.0, self_infection: float = 0.0) -> None:
        check_rates(infection, recovery, self_infection)
        self.degrees, self.shares = degree_shares(degrees)
        self.infection, self.recovery, self.self_infection = float(infection), float(recovery), float(self_infection)
        self._ends = self.degrees * self.shares / (self.degrees @ self.shares)

    @property
    def threshold(self) -> float:
        """Least beta at which an epidemic lasts, delta <k> / <k^2> (2).

        Examples
        --------
        >>> round(DegreeBased("karate", 1.0).threshold, 6)
        0.128713
        """
        return float(self.recovery * (self.shares @ self.degrees) / (self.shares @ self.degrees**2))

    def derivative(self, chances: Floats) -> Floats:
        """Return rho' (1)."""
        force = self.self_infection + self.infection * self.degrees * (self._ends @ chances)
        return np.asarray((1.0 - chances) * force - self.recovery * chances)

    def trajectory(self, times: ArrayLike, initial: ArrayLike = 1.0) -> Trajectory:
        """Return rho at some times, shape (T, num_degrees), from initial chances.

        Examples
        --------
        >>> DegreeBased({4: 1.0}, 0.5).trajectory([0.0, 40.0], initial=0.1).prevalence.round(6).tolist()
        [0.1, 0.5]
        """
        asked = np.asarray(times, float)
        chances = follow(self.derivative, check_chances(initial, len(self.degrees)), asked)
        return Trajectory(asked, chances, chances @ self.shares)

    def stationary(self) -> Floats:
        """Return rho at rest, shape (num_degrees,).

        Examples
        --------
        >>> DegreeBased({4: 1.0}, 0.5).stationary()
        array([0.5])
        """
        if self.self_infection == 0.0 and self.infection <= self.threshold:
            return np.zeros_like(self.degrees)
        if self._excess(LEAST) <= 0.0:  # beyond the threshold by rounding alone
            return np.zeros_like(self.degrees)
        theta = brentq(self._excess, LEAST, 1.0, xtol=LEAST, rtol=8.9e-16, maxiter=MOST_STEPS)
        return self._answer(theta)

    def prevalence(self) -> float:
        """Return the share infected at rest."""
        return float(self.stationary() @ self.shares)

    def _answer(self, theta: float) -> Floats:
        force = (self.self_infection + self.infection * self.degrees * theta) / self.recovery
        return np.asarray(force / (1.0 + force))

    def _excess(self, theta: float) -> float:
        """Return by how much the share of infected ends exceeds theta, over theta: it falls, and has one root."""
        return float(self._ends @ self._answer(theta)) / theta - 1.0
