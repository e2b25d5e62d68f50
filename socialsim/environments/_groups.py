r"""What games played in groups share: who meets whom, and the equilibria of two actions.

In a large population whose members meet in random groups of n, let a share x take the first of two actions, and let a_k
be what that action pays more than the other beside k of the other n - 1 who take it. Then it pays more by

    g(x) = sum_k C(n-1, k) x^k (1-x)^(n-1-k) a_k,    and    x' = x (1 - x) g(x)                                     (1)

is the replicator equation: its rest points are 0, 1 and the roots of g between them, stable where g falls. The roots
are no more than the changes of sign in a_0, ..., a_{n-1} and of the same parity, each counted as often as it is one
([Pena2014]_).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, xlog1py, xlogy

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer
from socialsim.engine.links import is_away

NUM_NODES = 4000  # of the grid on which changes of sign are looked for, denser towards its ends
BISECTIONS = 60  # halves an interval down to rounding


@compiled
def draw_order(order, network, stream):
    """Put those who are present into random order; return how many there are."""
    num_present = 0
    for i in range(order.shape[0]):
        if not is_away(network, i):
            order[num_present] = i
            num_present += 1
    for k in range(num_present - 1, 0, -1):
        other = integer(stream, k + 1)
        order[k], order[other] = order[other], order[k]
    return num_present


def advantage(shares: ArrayLike, gains: ArrayLike) -> NDArray[np.float64]:
    """Return how much more the first action pays at some shares of those who take it, g(x) of equation (1).

    Parameters
    ----------
    shares : array_like of float, shape (...)
        x, in [0, 1].
    gains : array_like of float, shape (n,)
        a_k, beside k = 0, ..., n - 1 others who take the action.

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> advantage([0.0, 0.5, 1.0], [1.0, 0.0, -3.0]).round(12).tolist()
    [1.0, -0.5, -3.0]
    """
    x, a = np.asarray(shares, float), np.asarray(gains, float)
    others = len(a) - 1
    found = np.zeros(x.shape)
    for k in np.flatnonzero(a):
        ways = gammaln(others + 1) - gammaln(k + 1) - gammaln(others - k + 1)  # binomials overflow from n = 1030 on
        found += a[k] * np.exp(ways + xlogy(k, x) + xlog1py(others - k, -x))
    return found


def interior_equilibria(gains: ArrayLike) -> list[tuple[float, bool]]:
    """Return the shares inside (0, 1) at which both actions pay alike, and whether each is stable (equation 1).

    Parameters
    ----------
    gains : array_like of float, shape (n,)
        a_k, beside k = 0, ..., n - 1 others who take the action.

    Returns
    -------
    list of (float, bool)
        Ascending; roots at which g touches 0 without changing its sign are left out.

    Source
    ------
    [Pena2014]_.

    Examples
    --------
    >>> [(round(share, 12), stable) for share, stable in interior_equilibria([1.0, -1.0])]
    [(0.5, True)]
    >>> interior_equilibria([-1.0, -1.0, -1.0])
    []
    """
    grid = np.sin(np.linspace(0.0, np.pi / 2, NUM_NODES)) ** 2
    values = advantage(grid, gains)
    grid, values = grid[values != 0.0], values[values != 0.0]  # a root on the grid lies between its neighbours
    found = []
    for k in np.flatnonzero(values[:-1] * values[1:] < 0.0):
        low, high = float(grid[k]), float(grid[k + 1])
        falls = bool(values[k] > 0.0)
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            if (float(advantage(middle, gains)) > 0.0) == falls:
                low = middle
            else:
                high = middle
        found.append((low, falls))
    return found
