"""Two words and a committed minority, among infinitely many who may all meet (Xie and others 2011).

A share p of all agents says A for ever. Of all agents the shares n_A, n_B and n_AB = 1 - p - n_A - n_B can change and
know A, B or both; per agent and unit of time one game is played:

    dn_A/dt = -n_A n_B + n_AB^2 + n_AB n_A + 3/2 p n_AB                                                          (1)
    dn_B/dt = -n_A n_B + n_AB^2 + n_AB n_B - p n_B

All A, (1 - p, 0), is always at rest. Below p_c there is a second state of rest, which is stable, where most know B
alone, and an unstable one between; at p_c these two meet (a saddle-node bifurcation), so that there the rates (1) and
the determinant of their Jacobian vanish together. Source: [Xie2011]_ (Physical Review E 84:011130), section II.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def rates(n_a: Any, n_b: Any, p: float) -> NDArray[np.float64]:
    """Return dn_A/dt and dn_B/dt (1), of two shares or of two arrays of them.

    Examples
    --------
    >>> rates(0.9, 0.0, 0.1).tolist()
    [0.0, 0.0]
    """
    both = 1.0 - p - n_a - n_b
    shared = -n_a * n_b + both * both
    return np.array([shared + both * n_a + 1.5 * p * both, shared + both * n_b - p * n_b])


def _rates(shares: NDArray[np.float64], p: float) -> NDArray[np.float64]:
    return rates(float(shares[0]), float(shares[1]), p)


def path(p: float, times: NDArray[np.float64], step: float = 0.01) -> NDArray[np.float64]:
    """Return n_A and n_B at some times, for a population in which all but the committed know B alone at first.

    Parameters
    ----------
    p : float
        Share of committed agents, in [0, 1).
    times : ndarray, shape (num_times,)
        Games per agent, increasing, >= 0.
    step : float
        Of the fourth-order Runge-Kutta method.

    Returns
    -------
    ndarray, shape (num_times, 2)

    Examples
    --------
    >>> path(0.1, np.array([0.0, 1.0])).round(3).tolist()
    [[0.0, 0.9], [0.005, 0.841]]
    """
    shares, now, found = np.array([0.0, 1.0 - p]), 0.0, []
    for time in times:
        while now < time - 1e-12:
            h = min(step, time - now)
            first = _rates(shares, p)
            second = _rates(shares + h / 2 * first, p)
            third = _rates(shares + h / 2 * second, p)
            fourth = _rates(shares + h * third, p)
            shares = shares + h / 6 * (first + 2 * second + 2 * third + fourth)
            now += h
        found.append(shares)
    return np.array(found)


def states_of_rest(p: float) -> list[tuple[float, float]]:
    """Return all states of rest (n_A, n_B) in which not all know A alone, from the most that know B on.

    The difference of the two rates gives n_AB = p n_B / (n_B - n_A - 3 p / 2), which leaves one equation in n_B.

    Examples
    --------
    >>> [len(states_of_rest(p)) for p in (0.05, 0.0978, 0.0979, 0.2)]
    [2, 2, 0, 0]
    """
    from scipy.optimize import brentq

    def n_a(n_b: Any) -> Any:
        """Return the smaller root of n_AB (n_B - n_A - 3 p / 2) = p n_B, n_AB = 1 - p - n_A - n_B."""
        a, b = 1.0 - p - n_b, n_b - 1.5 * p
        return ((a + b) - np.sqrt(np.maximum((a - b) ** 2 + 4.0 * p * n_b, 0.0))) / 2.0

    def gap(n_b: Any) -> Any:
        return rates(n_a(n_b), n_b, p)[1]

    grid = np.linspace(1.0 - p, 1e-3, 20_001)
    gaps = gap(grid)
    roots = [brentq(gap, grid[k + 1], grid[k]) for k in np.flatnonzero(gaps[:-1] * gaps[1:] < 0)]
    return [(float(n_a(n_b)), n_b) for n_b in roots if 0.0 <= n_a(n_b) <= 1.0 - p - n_b]


def tipping_point() -> float:
    """Return p_c, the share of committed agents from which on nothing but A is at rest.

    Examples
    --------
    >>> round(tipping_point(), 5)
    0.09789
    """
    from scipy.optimize import root

    def conditions(unknown: NDArray[np.float64]) -> NDArray[np.float64]:
        n_a, n_b, p = unknown
        both = 1.0 - p - n_a - n_b
        jacobian = np.array(
            [
                [-n_b - both - n_a - 1.5 * p, -n_a - 2.0 * both - n_a - 1.5 * p],
                [-n_b - 2.0 * both - n_b, -n_a - both - n_b - p],
            ]
        )
        return np.array([*rates(n_a, n_b, p), np.linalg.det(jacobian)])

    return float(root(conditions, [0.05, 0.6, 0.1], tol=1e-13).x[2])
