r"""The voter model: exactly where everybody hears everybody, and by pairs on networks of given degrees.

An event wakes one agent, uniformly, who takes over the opinion of a random neighbour; N events are a sweep.

**Complete network.** The number k of holders of an opinion moves up and down with equal chances p_k = k (N - k) / (N (N
- 1)), so that it wins with the chance k / N, and the mean number T_k of events to consensus solves

    p_k (T_{k+1} - 2 T_k + T_{k-1}) = -1,    T_0 = T_N = 0.                                                        (1)

**Pairs.** Let the degrees be uncorrelated, of mean mu and second moment mu_2, and let the links of an agent be active,
that is, join unlike opinions, independently of each other. At magnetisation m (the opinions are +1 and -1) the share
rho of active links obeys

    d rho / d sweeps = (2 rho / mu) [mu - 2 - 2 (mu - 1) rho / (1 - m^2)],                                         (2)

and soon rests, for mu > 2, at xi (1 - m^2) with xi = (mu - 2) / (2 (mu - 1)); at mu = 2 it falls as 1 / time, below
exponentially. On N agents m then diffuses (weighted by degrees: it is conserved in the mean), which gives

    <rho> = xi (1 - m_0^2) exp(-2 t / tau),    tau = (mu - 1) mu^2 N / ((mu - 2) mu_2),                            (3)
    T = -tau [(1 + m)/2 ln((1 + m)/2) + (1 - m)/2 ln((1 - m)/2)]    sweeps to consensus,                           (4)

and (mu - 2) / (3 (mu - 1)) active links among the runs that are not yet at consensus ([Vazquez2008]_).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_banded

from socialsim.core.errors import ParameterError
from socialsim.limits.closures.common import Floats, degree_shares, follow


def complete_consensus(num_agents: int, num_first: int) -> tuple[float, float]:
    """Return the mean number of sweeps to consensus where everybody hears everybody, and the chance that the opinion of
    ``num_first`` agents wins, by the tridiagonal system (1).

    Raises
    ------
    ParameterError
        If the holders are more than the agents, or there are fewer than two of these.

    Examples
    --------
    >>> sweeps, chance = complete_consensus(100, 50)
    >>> round(sweeps, 8), chance
    (68.12904575, 0.5)
    """
    n = num_agents
    if not (isinstance(n, int | np.integer) and isinstance(num_first, int | np.integer)) or n < 2:
        raise ParameterError(f"num_agents: {n!r} is not accepted; accepted: an integer >= 2, and holders among them")
    if not 0 <= num_first <= n:
        raise ParameterError(f"num_first: {num_first} is not accepted; accepted: 0 to {n}")
    if num_first in (0, n):
        return 0.0, num_first / n
    k = np.arange(1, n)
    chances = k * (n - k) / (n * (n - 1.0))
    bands = np.ones((3, n - 1))
    bands[1] = -2.0
    return float(solve_banded((1, 1), bands, -1.0 / chances)[num_first - 1]) / n, num_first / n


class VoterPairs:
    """The pair approximation of the voter model on an uncorrelated network.

    Parameters
    ----------
    degrees : mapping, sequence, or network
        Shares by degree, one degree an agent, or the network itself.

    Raises
    ------
    ParameterError
        If there is no link.

    Examples
    --------
    >>> model = VoterPairs({4: 1.0})
    >>> round(model.plateau(), 6), round(model.plateau_of_survivors, 6), round(model.sweeps_to_consensus(100), 4)
    (0.333333, 0.222222, 103.9721)
    """

    def __init__(self, degrees: Any) -> None:
        values, shares = degree_shares(degrees)
        self.mean_degree = float(values @ shares)
        self.second_moment = float(values**2 @ shares)

    def plateau(self, magnetisation: float = 0.0) -> float:
        """Return the share of active links at which (2) rests; 0 where the mean degree is at most 2."""
        self._check(magnetisation)
        mu = self.mean_degree
        return (mu - 2.0) / (2.0 * (mu - 1.0)) * (1.0 - magnetisation**2) if mu > 2.0 else 0.0

    @property
    def plateau_of_survivors(self) -> float:
        """Share of active links among the runs of a finite network that are not yet at consensus."""
        return 2.0 / 3.0 * self.plateau()

    def trajectory(self, sweeps: ArrayLike, initial: float, magnetisation: float = 0.0) -> Floats:
        """Return the share of active links (2) after some sweeps, on a network without end.

        Examples
        --------
        >>> VoterPairs({4: 1.0}).trajectory([0.0, 30.0], initial=0.5).round(6).tolist()
        [0.5, 0.333333]
        """
        self._check(magnetisation)
        if not 0.0 <= initial <= 1.0 or abs(magnetisation) == 1.0:
            raise ParameterError("initial: accepted: a share of active links in [0, 1], at a magnetisation in (-1, 1)")
        mu, spread = self.mean_degree, 1.0 - magnetisation**2

        def derivative(rho: Floats) -> Floats:
            return np.asarray(2.0 * rho / mu * (mu - 2.0 - 2.0 * (mu - 1.0) * rho / spread))

        return follow(derivative, np.array([initial], float), sweeps)[:, 0]

    def relaxation(self, num_agents: int) -> float:
        """Return tau (3), in sweeps; the mean degree must exceed 2."""
        mu = self.mean_degree
        if not num_agents >= 2:
            raise ParameterError(f"num_agents: {num_agents!r} is not accepted; accepted: an integer >= 2")
        if mu <= 2.0:
            raise ParameterError(f"degrees: a mean degree of {mu:g} leaves nothing to relax from; accepted: above 2")
        return (mu - 1.0) * mu**2 * num_agents / ((mu - 2.0) * self.second_moment)

    def mean_density(self, sweeps: ArrayLike, num_agents: int, magnetisation: float = 0.0) -> Floats:
        """Return the mean share of active links (3) over all runs of a finite network, after the first few sweeps.

        Examples
        --------
        >>> VoterPairs({4: 1.0}).mean_density([0.0, 75.0], 100).round(6).tolist()
        [0.333333, 0.122626]
        """
        times = np.asarray(sweeps, float)
        return np.asarray(self.plateau(magnetisation) * np.exp(-2.0 * times / self.relaxation(num_agents)))

    def sweeps_to_consensus(self, num_agents: int, magnetisation: float = 0.0) -> float:
        """Return T (4)."""
        self._check(magnetisation)
        shares = ((1.0 + magnetisation) / 2.0, (1.0 - magnetisation) / 2.0)
        return self.relaxation(num_agents) * -sum(share * math.log(share) for share in shares if share > 0.0)

    @staticmethod
    def _check(magnetisation: float) -> None:
        if not -1.0 <= magnetisation <= 1.0:
            raise ParameterError(f"magnetisation: {magnetisation} is not accepted; accepted: -1 to 1")
