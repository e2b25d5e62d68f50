r"""Replicator flow: what earns more than the mean spreads, as fast as it earns more ([Taylor1978]_).

    x_a' = x_a (u_a - sum_b x_b u_b)                                                                              (1)

It is the limit of two learners.

- `socialsim.learning.fermi.ProportionalImitation`: in a step an agent compares itself with one other and copies it with
  a chance of (r_j - r_i) / (high - low). In a large population the shares follow, exactly, the map of (1) with
  ``step = 1 / (high - low)`` ([Schlag1998]_): a step of the agents takes that much time. This holds where all meet
  alike; on a network imitators also copy what is done elsewhere, which (1) lacks (see
  `socialsim.limits.flows.imitation_flow`).
- `socialsim.learning.bush_mosteller` with an aspiration of 0 and rewards in [0, high] (Cross's rule): the chances of an
  agent follow (1) as alpha -> 0, on a graphon as well, and a step takes the time alpha / high ([Borgers1997]_,
  proposition 1).

In zero-sum games between two populations with an interior equilibrium (p, q), H = sum p_a ln x_a + sum q_b ln y_b never
changes ([Hofbauer1996]_): orbits stay inside, and come back as near as one likes; with two actions they are closed. So
in rock-paper-scissors between two populations sum ln x + sum ln y is conserved. In a symmetric game A = A^T the mean
payoff x . A x never falls (Fisher's theorem, [Hofbauer1998]_, section 7.8).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.limits.flows.meetings import grow

Floats = NDArray[np.float64]


def replicator_velocity(shares: Floats, paid: Floats) -> Floats:
    """Return how fast shares move, equation (1); both arrays have actions on the last axis.

    Examples
    --------
    >>> replicator_velocity(np.array([0.5, 0.5]), np.array([1.5, 3.0])).tolist()
    [-0.375, 0.375]
    """
    return np.asarray(shares * (paid - (shares * paid).sum(axis=-1, keepdims=True)))


def replicator(payoffs: Any, start: Any, times: Any, *, step: float | None = None) -> Any:
    """Return the shares of actions at some times: the limit of `proportional_imitation`, and of Cross's rule.

    Parameters
    ----------
    payoffs : Meetings, or array of shape (m, m)
    start : array, shape (m,) or (n, m), or a pair of such
    times : array
        The first is that of the start.
    step : float, optional
        1 / (high - low), for imitators who all revise at once.

    Returns
    -------
    ndarray, shape (times, m), on a graphon (times, n, m), or a pair of such

    Examples
    --------
    >>> hawk_dove = [[-1.0, 4.0], [0.0, 2.0]]  # V = 4, C = 6: two thirds are hawks
    >>> replicator(hawk_dove, [0.1, 0.9], [0.0, 50.0])[-1].round(6).tolist()
    [0.666667, 0.333333]
    """
    return grow(lambda _, paid: paid, payoffs, start, times, step)
