r"""Seats from votes: divisor methods and largest remainders, with a threshold.

With votes v_i of those parties that reach a share h of all votes (if none does, of all), S seats are given by

    D'Hondt              one after the other to the highest v_i / (s_i + 1), s_i the seats that i has already
    Sainte-Lague         the same with v_i / (2 s_i + 1)
    largest remainder    floor(v_i / q) each, q = sum_j v_j / S (Hare), the rest one each to the largest v_i / q - s_i

Ties are broken by lot. Source: [Gallagher1991]_ (Electoral Studies 10:33-51), [Balinski2001]_ (Fair Representation).
"""

from __future__ import annotations

import math

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer

DHONDT, SAINTE_LAGUE, LARGEST_REMAINDER = 0, 1, 2
METHODS = ("dhondt", "sainte_lague", "largest_remainder")
ROUNDING = 1e-9  # of quotas, in seats: whole numbers of seats stay whole


@compiled
def eligible_votes(votes, threshold):
    """Return the least that a party must have, and the sum over those who do; without anybody above it, all count."""
    total, most = 0.0, 0.0
    for i in range(votes.shape[0]):
        total += votes[i]
        most = max(most, votes[i])
    least = threshold * total if most >= threshold * total else 0.0
    eligible = 0.0
    for i in range(votes.shape[0]):
        if votes[i] >= least:
            eligible += votes[i]
    return least, eligible


@compiled
def give_quotas(votes, num_seats, least, eligible, seats):
    """Give everybody its full quotas; return how many seats are left."""
    left = num_seats
    for i in range(votes.shape[0]):
        seats[i] = math.floor(votes[i] * num_seats / eligible + ROUNDING) if votes[i] >= least else 0.0
        left -= int(seats[i])
    return left


@compiled
def apportion(method, votes, num_seats, threshold, seats, stream):
    """Fill ``seats`` with the number of seats of each party; none where there are no votes.

    Parameters
    ----------
    method : int
        0 D'Hondt, 1 Sainte-Lague, 2 largest remainder.
    votes : ndarray of float, shape (num_parties,)
    num_seats : int
    threshold : float
        Share of the votes below which a party gets nothing.
    seats : ndarray of float, shape (num_parties,)
        Is filled.
    stream : ndarray
        Breaks ties.

    Examples
    --------
    >>> import numpy as np
    >>> seats, stream = np.zeros(4), np.ones(4, np.uint64)
    >>> for method in (DHONDT, SAINTE_LAGUE, LARGEST_REMAINDER):
    ...     apportion(method, np.array([100.0, 80.0, 30.0, 20.0]), 8, 0.0, seats, stream)
    ...     print(seats.astype(int).tolist())
    [4, 3, 1, 0]
    [3, 3, 1, 1]
    [3, 3, 1, 1]
    """
    least, eligible = eligible_votes(votes, threshold)
    for i in range(votes.shape[0]):
        seats[i] = 0.0
    left = num_seats if eligible > 0.0 else 0
    if method == LARGEST_REMAINDER and eligible > 0.0:
        left = give_quotas(votes, num_seats, least, eligible, seats)
    for _ in range(left):
        best, claim, ties = -1, -math.inf, 1
        for i in range(votes.shape[0]):
            if votes[i] >= least and votes[i] > 0.0:
                if method == LARGEST_REMAINDER:
                    own = votes[i] * num_seats / eligible - seats[i]
                else:
                    own = votes[i] / (seats[i] + 1.0 if method == DHONDT else 2.0 * seats[i] + 1.0)
                if own > claim:
                    best, claim, ties = i, own, 1
                elif own == claim:
                    ties += 1
                    if integer(stream, ties) == 0:
                        best = i
        seats[best] += 1.0
