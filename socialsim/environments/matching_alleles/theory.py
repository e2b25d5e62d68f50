"""What infinite populations of hosts and parasites do, and how fast they cycle."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError


def next_frequencies(
    hosts: ArrayLike, parasites: ArrayLike, host_cost: float, parasite_cost: float, mutation: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the allele frequencies of the next generation of infinite populations, equations (1) and (2).

    Parameters
    ----------
    hosts, parasites : array_like, shape (num_alleles,)
        Frequencies of sum 1.
    host_cost, parasite_cost : float
        s_h, what infection costs a host; s_p, what failing to infect costs a parasite; in [0, 1].
    mutation : float
        mu, chance that an offspring has another allele.

    If costs of 1 leave all unfit, all are equally fit, as with costs just below 1.

    Returns
    -------
    tuple of ndarray, shape (num_alleles,)

    Examples
    --------
    >>> hosts, parasites = next_frequencies([0.5, 0.5], [0.8, 0.2], 0.5, 0.5)
    >>> hosts.round(6).tolist(), parasites.round(6).tolist()
    ([0.4, 0.6], [0.8, 0.2])
    """
    h, p = np.asarray(hosts, float), np.asarray(parasites, float)

    def drawn(grown: NDArray[np.float64], now: NDArray[np.float64]) -> NDArray[np.float64]:
        share = grown / grown.sum() if grown.any() else now
        return (1.0 - mutation) * share + mutation * (1.0 - share) / (len(share) - 1)

    return drawn(h * (1.0 - host_cost * p), h), drawn(p * (1.0 - parasite_cost * (1.0 - h)), p)


def cycle(num_alleles: int, host_cost: float, parasite_cost: float, mutation: float = 0.0) -> tuple[float, float]:
    """Return the period of the cycles around even frequencies and their growth per generation, equation (4).

    Parameters
    ----------
    num_alleles : int
    host_cost, parasite_cost : float
        s_h and s_p, in (0, 1].
    mutation : float
        mu, in [0, (m - 1) / m): with more nothing is inherited.

    Returns
    -------
    period : float
        In generations.
    growth : float
        Modulus of the eigenvalue: cycles widen if it is above 1, and fade if it is below.

    Raises
    ------
    ParameterError
        If a number is out of range.

    Examples
    --------
    >>> period, growth = cycle(2, host_cost=0.2, parasite_cost=0.2)
    >>> round(period, 2), round(growth, 4)
    (56.78, 1.0062)
    """
    m = num_alleles
    if m < 2 or not (0 < host_cost <= 1 and 0 < parasite_cost <= 1):
        raise ParameterError(
            f"{m} alleles with costs {host_cost} and {parasite_cost}; accepted: 2 or more, with costs in (0, 1]"
        )
    if not 0 <= mutation < (m - 1) / m:
        raise ParameterError(f"mutation: {mutation} with {m} alleles; accepted: >= 0, below {(m - 1) / m:g}")
    turn = math.sqrt(host_cost / (m - host_cost) * parasite_cost / (m * (1.0 - parasite_cost) + parasite_cost))
    kept = 1.0 - mutation * m / (m - 1)
    return 2.0 * math.pi / math.atan(turn), kept * math.sqrt(1.0 + turn * turn)


def time_shift(hosts: ArrayLike, parasites: ArrayLike, lag: int) -> float:
    """Return how many hosts of a generation the parasites of ``lag`` generations later would infect, in the mean.

    Parameters
    ----------
    hosts, parasites : array_like, shape (num_generations, num_alleles)
        Frequencies.
    lag : int
        Negative: parasites of the hosts' past.

    Returns
    -------
    float
        Share of pairs that match; 1 / num_alleles if parasites know nothing of hosts. Parasites that follow their hosts
        do best with those of some generations ago, and worst with those to come.

    Raises
    ------
    ParameterError
        If there are too few generations.

    Examples
    --------
    >>> turn = 2 * np.pi * np.arange(40) / 20
    >>> hosts = np.stack([0.5 + 0.5 * np.cos(turn), 0.5 - 0.5 * np.cos(turn)], axis=1)
    >>> followers = np.roll(hosts, 5, axis=0)  # a quarter of a cycle behind
    >>> [round(time_shift(hosts, followers, lag), 2) for lag in (-5, 0, 5)]
    [0.26, 0.5, 0.76]
    """
    h, p = np.asarray(hosts, float), np.asarray(parasites, float)
    if abs(lag) >= len(h):
        raise ParameterError(f"lag: {lag} with {len(h)} generations; accepted: fewer than there are")
    first, later = (h[: len(h) - lag], p[lag:]) if lag >= 0 else (h[-lag:], p[:lag])
    return float((first * later).sum(axis=1).mean())
