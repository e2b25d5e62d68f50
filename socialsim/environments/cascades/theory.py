r"""How far a cascade must go: the fixed point of a crowd, and cascades from one seed on a large random network.

**Crowds.** Where everybody hears everybody and the share F(x) of a crowd has a threshold of at most x, the share that
acts moves from x to F(x). From x = 0 it climbs to the least x with F(x) = x ([Granovetter1978]_).

**Random networks.** Let p_k be the shares of degrees in an uncorrelated network of mean degree z, and let one active
neighbour suffice for a node of degree k if its threshold phi <= 1/k: it is then **vulnerable**, rho_k = 1, else
rho_k = 0. With

    G_0(x) = sum_k rho_k p_k x^k,    G_1(x) = G_0'(x) / z,                                              (Watts, 3)

vulnerable nodes form a giant cluster, and a single seed can start a **global cascade**, if and only if

    sum_k k (k - 1) rho_k p_k > z                                                                       (Watts, 5)

(at the ends of the window the two are equal). A neighbour fails to pass the cascade on with the probability
h = 1 - G_1(1) + G_1(h), the least solution, so that a seed drawn at random starts one with the probability

    S_e = 1 - sum_k p_k h^k,

the share of nodes next to the giant vulnerable cluster. Once under way, or from a share s of seeds, the cascade reaches

    q <- s + (1 - s) sum_k k p_k / z  sum_m C(k - 1, m) q^m (1 - q)^(k-1-m) [m/k >= phi],
    size = s + (1 - s) sum_k p_k sum_m C(k, m) q^m (1 - q)^(k-m) [m/k >= phi]              ([Gleeson2007]_, 1 and 2).

All of this is exact as the network grows. Sources: [Granovetter1978]_, [Watts2002]_.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

ROUNDING = 1e-12  # a share m/k this little below a threshold reaches it


def rest_point(distribution: Callable[[float], float], start: float = 0.0, most_steps: int = 1_000_000) -> float:
    """Return the share that acts in the end in a crowd where everybody hears everybody.

    Parameters
    ----------
    distribution : callable
        F, the share of the crowd whose threshold is at most x.
    start : float
        Share that acts at first.
    most_steps : int
        Steps after which to stop where the approach is slow.

    Returns
    -------
    float
        The fixed point of max(start, F) that the share climbs to.

    Examples
    --------
    Granovetter's normal distributions of mean .25: a slightly wider one starts an avalanche.

    >>> from statistics import NormalDist
    >>> [round(rest_point(NormalDist(0.25, spread).cdf), 3) for spread in (0.122, 0.123)]
    [0.055, 1.0]
    """
    share = start
    for _ in range(most_steps):
        following = max(start, distribution(share))
        if following == share:
            break
        share = following
    return share


def poisson(mean_degree: float, highest: int | None = None) -> NDArray[np.float64]:
    """Return the shares of the degrees 0, 1, ... in a large random graph of a mean degree.

    Examples
    --------
    >>> poisson(1.0)[:3].round(4).tolist()
    [0.3679, 0.3679, 0.1839]
    """
    highest = math.ceil(mean_degree + 12 * math.sqrt(mean_degree) + 20) if highest is None else highest
    logs = [k * math.log(mean_degree) - mean_degree - math.lgamma(k + 1) for k in range(highest + 1)]
    return np.exp(logs)


def vulnerable(threshold: float, num_degrees: int) -> NDArray[np.bool_]:
    """Return for each degree 0, 1, ... whether one active neighbour suffices.

    Examples
    --------
    >>> vulnerable(0.18, 8).tolist()
    [True, True, True, True, True, True, False, False]
    """
    return np.arange(num_degrees) * (threshold - ROUNDING) <= 1.0


def cascade_condition(degrees: ArrayLike, threshold: float) -> float:
    """Return sum k (k - 1) rho_k p_k / z: above 1 a single seed can start a global cascade (Watts, eq. 5).

    Parameters
    ----------
    degrees : array_like of float
        p_k for k = 0, 1, ...
    threshold : float
        phi, equal for all, in (0, 1].

    Examples
    --------
    >>> [cascade_condition(poisson(z), 0.18) > 1 for z in (0.9, 1.1, 5.7, 5.8)]
    [False, True, True, False]
    """
    shares = np.asarray(degrees, float)
    k = np.arange(len(shares))
    return float((k * (k - 1) * vulnerable(threshold, len(shares)) * shares).sum() / (k * shares).sum())


def cascade_window(threshold: float, tolerance: float = 1e-9) -> tuple[float, float] | None:
    """Return the mean degrees between which global cascades start in a large random graph; None if there are none.

    Parameters
    ----------
    threshold : float
        phi, equal for all, in (0, 1].
    tolerance : float
        Of either end.

    Examples
    --------
    >>> [round(end, 3) for end in cascade_window(0.18)]
    [1.021, 5.765]
    >>> cascade_window(0.26) is None
    True
    """
    grid = np.geomspace(0.5, 4.0 / threshold + 10.0, 2000)
    above = np.flatnonzero([cascade_condition(poisson(z), threshold) > 1.0 for z in grid])
    if len(above) == 0:
        return None
    ends = []
    for inside, outside in ((above[0], above[0] - 1), (above[-1], above[-1] + 1)):
        yes, no = float(grid[inside]), float(grid[outside])
        while abs(yes - no) > tolerance:
            middle = (yes + no) / 2.0
            yes, no = (middle, no) if cascade_condition(poisson(middle), threshold) > 1.0 else (yes, middle)
        ends.append((yes + no) / 2.0)
    return ends[0], ends[1]


def trigger_chance(degrees: ArrayLike, threshold: float) -> float:
    """Return S_e, the chance that a seed drawn at random starts a global cascade.

    Parameters
    ----------
    degrees : array_like of float
        p_k for k = 0, 1, ...
    threshold : float
        phi, equal for all, in (0, 1].

    Examples
    --------
    A threshold that any neighbour passes: the giant component of a random graph, S = 1 - exp(-z S).

    >>> round(trigger_chance(poisson(2.0), 0.01), 4)
    0.7968
    """
    shares = np.asarray(degrees, float)
    k = np.arange(len(shares))
    passes = k * vulnerable(threshold, len(shares)) * shares / (k * shares).sum()
    fails = 0.0
    for _ in range(100_000):
        following = float(1.0 - passes.sum() + (passes[1:] * fails ** (k[1:] - 1)).sum())
        if abs(following - fails) < ROUNDING:
            break
        fails = following
    return float(1.0 - (shares * fails**k).sum())


def cascade_size(degrees: ArrayLike, threshold: float, seeds: float = 1e-6) -> float:
    """Return the share of a large random network that a cascade from a share of seeds reaches.

    Parameters
    ----------
    degrees : array_like of float
        p_k for k = 0, 1, ...
    threshold : float
        phi, equal for all, in (0, 1].
    seeds : float
        Share of nodes that are active at first; next to none gives the size of a global cascade, if there can be one.

    Examples
    --------
    >>> [round(cascade_size(poisson(z), 0.18), 3) for z in (2.0, 4.0, 7.0)]
    [0.797, 0.98, 0.0]
    """
    shares = np.asarray(degrees, float)
    k = np.arange(len(shares))
    along = k * shares / (k * shares).sum()
    reached, following = -1.0, seeds
    for _ in range(100_000):
        if abs(following - reached) < ROUNDING:
            break
        reached = following
        following = seeds + (1.0 - seeds) * float(along[1:] @ _responses(reached, threshold, k[1:], k[1:] - 1))
    return seeds + (1.0 - seeds) * float(shares @ _responses(reached, threshold, k, k))


def _responses(
    active: float, threshold: float, degrees: NDArray[np.int64], num_others: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the chance that a node of each degree has enough active ones among so many of its neighbours."""
    from scipy.special import bdtrc

    needed = np.maximum(np.ceil((threshold - ROUNDING) * degrees), 1.0)
    return np.where(num_others > 0, bdtrc(needed - 1, np.maximum(num_others, 1), active), 0.0)
