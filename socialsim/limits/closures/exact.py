r"""SIS on a small network exactly: the chain of all 2^N states.

State s has bit i set where agent i is infected. It moves to s without i at the rate delta_i if i is infected, and to s
with i at the rate epsilon_i + beta sum_j a_ij s_j if not. With Q the matrix of these rates the law of the state obeys
p' = p Q. Without epsilon the healthy state absorbs; the **quasi-stationary** law, that of the state given that somebody
is infected, is the left eigenvector of Q among the other states whose eigenvalue, -1 over the mean time to extinction
from there, is nearest to 0. Every closure is an approximation of this chain, which it is held against where 2^N states
are few.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csc_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import eigs, expm_multiply, spsolve

from socialsim.core.errors import ParameterError
from socialsim.limits.closures.common import (
    Floats,
    Trajectory,
    adjacency,
    check_chances,
    check_rates,
    check_times,
    per_agent,
)

MOST_AGENTS = 12  # seconds of work; each further one takes seven times as long
FEW_STATES = 300  # for which eigenvectors are found densely


class ExactSIS:
    """SIS on at most 12 agents.

    Parameters
    ----------
    network : Network, NetworkX graph, spec string, file or matrix
        See `socialsim.limits.closures.common.adjacency`.
    infection : float
        beta, per link and unit of time.
    recovery, self_infection : float or array, shape (num_agents,)
        delta and epsilon.
    weighted : bool
        Whether the weights of links multiply beta.

    Raises
    ------
    ParameterError
        If there are more agents, or rates are negative.

    Examples
    --------
    Two agents: both recover from the state where both are infected within 1 + 1/2 + beta/2 in the mean.

    >>> round(ExactSIS("path:n=2", infection=1.0).time_to_extinction(), 9)
    2.0
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
        matrix = adjacency(network, weighted=weighted)
        self.size = matrix.shape[0]
        if self.size > MOST_AGENTS:
            raise ParameterError(f"network: {self.size} agents are not accepted; accepted: at most {MOST_AGENTS}")
        states = np.arange(2**self.size)
        self.bits = (states[:, None] >> np.arange(self.size) & 1).astype(float)  # (2^N, N)
        force = per_agent(self_infection, self.size) + infection * (self.bits @ matrix.T.toarray())
        rates = np.where(self.bits == 1, per_agent(recovery, self.size), force)
        self._absorbs = not rates[0].any()
        flipped = states[:, None] ^ (1 << np.arange(self.size))
        moves = csc_array((rates.ravel(), (np.repeat(states, self.size), flipped.ravel())), shape=(len(states),) * 2)
        self.rates = csc_array(moves - diags_array(rates.sum(axis=1)))

    def trajectory(self, times: ArrayLike, initial: ArrayLike = 1.0) -> Trajectory:
        """Return each agent's chance of being infected at some times, from independent initial chances.

        Examples
        --------
        An agent alone recovers exponentially:

        >>> ExactSIS([[0.0]], 0.0).trajectory([0.0, 1.0]).prevalence.round(9).tolist()
        [1.0, 0.367879441]
        """
        asked = check_times(times)
        start = check_chances(initial, self.size)
        law = np.where(self.bits == 1, start, 1.0 - start).prod(axis=1)
        backwards = self.rates.T.tocsc()
        laws = np.stack([expm_multiply(backwards * t, law) for t in asked])
        chances = laws @ self.bits
        return Trajectory(asked, chances, chances.mean(axis=1))

    def stationary_law(self) -> Floats:
        """Return the law of the states in the long run, shape (2^N,): quasi-stationary if the epidemic dies out.

        Raises
        ------
        ParameterError
            If the epidemic dies out and some agents do not reach others: what it looks like before then depends on
            where it began.

        Examples
        --------
        >>> ExactSIS("path:n=2", 1.0).stationary_law().round(6).tolist()
        [0.0, 0.292893, 0.292893, 0.414214]
        """
        if not self._absorbs:
            system = self.rates.T.tolil()
            system[0, :] = 1.0
            right = np.zeros(len(self.bits))
            right[0] = 1.0
            return np.asarray(spsolve(system.tocsc(), right))
        transient = self.rates[1:, 1:].T
        if connected_components(transient, connection="strong")[0] > 1:
            raise ParameterError(
                "network: no one quasi-stationary law; accepted: agents who all reach each other, and infection > 0"
            )
        if transient.shape[0] <= FEW_STATES:
            values, vectors = np.linalg.eig(transient.toarray())
            vector = vectors[:, values.real.argmax()].real
        else:
            start = np.ones(transient.shape[0])
            vector = eigs(transient.tocsc(), 1, sigma=0.0, v0=start)[1][:, 0].real
        return np.concatenate([[0.0], vector / vector.sum()])

    def stationary(self) -> Floats:
        """Return each agent's chance of being infected in the long run, given that somebody is where it dies out."""
        return np.asarray(self.stationary_law() @ self.bits)

    def prevalence(self) -> float:
        """Return the share infected in the long run, given that somebody is where it dies out."""
        return float(self.stationary().mean())

    def time_to_extinction(self) -> float:
        """Return the mean time until nobody is infected, if all are at first."""
        if not self._absorbs:
            return float("inf")
        times = spsolve(self.rates[1:, 1:].tocsc(), -np.ones(len(self.bits) - 1))
        return float(np.atleast_1d(times)[-1])
