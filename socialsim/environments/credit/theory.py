"""How a planner divides labour over projects: success chances, the best allocation, the distance from it.

A project with n workers succeeds with probability p(n) = c (1 - exp(-lambda n)), increasing and concave. Projects with
goals of their own are worth sum_k v_k p_k(n_k) to society; projects with one goal v (1 - prod_k [1 - p_k(n_k)]), which
increases with -sum_k ln[1 - p_k(n_k)]. Both are sums of concave functions, since 1 - p is log-convex. Hence

- whole workers: it is best to give each next one to the project where it gains most (**greedy**; [Fox1966]_), and the
  table of gains, shape (num_projects, most_workers) with non-increasing rows, is all that one needs to know;
- divisible labour: the multiplier of sum_k n_k = N equalises v_k p_k'(n_k) over the projects in use ([Kitcher1990]_).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

TIE = 1e-9  # relative; gains that differ by less are equal up to rounding


def success_chances(ceilings: ArrayLike, rates: ArrayLike, num_workers: int) -> NDArray[np.float64]:
    """Return p_k(n) = c_k (1 - exp(-lambda_k n)) for n = 0, ..., N.

    Parameters
    ----------
    ceilings : array_like, shape (num_projects,)
        c_k in (0, 1], the chance that a project succeeds with any number of workers.
    rates : array_like, shape (num_projects,)
        lambda_k > 0, per worker.
    num_workers : int
        N >= 0.

    Returns
    -------
    ndarray, shape (num_projects, num_workers + 1)

    Source
    ------
    The increasing concave family of [Kitcher1990]_.

    Examples
    --------
    >>> success_chances([0.8], [np.log(2)], 3).round(3).tolist()
    [[0.0, 0.4, 0.6, 0.7]]
    """
    exponents = np.multiply.outer(np.asarray(rates, float), np.arange(num_workers + 1))
    chances: NDArray[np.float64] = np.asarray(ceilings, float)[:, None] * -np.expm1(-exponents)
    return chances


def marginal_chances(ceilings: ArrayLike, rates: ArrayLike, num_workers: int) -> NDArray[np.float64]:
    """Return p_k(n) - p_k(n - 1) for n = 1, ..., N, exact where p_k(n) is all but c_k.

    Parameters
    ----------
    ceilings, rates, num_workers
        As for `success_chances`.

    Returns
    -------
    ndarray, shape (num_projects, num_workers)

    Examples
    --------
    >>> marginal_chances([0.8], [np.log(2)], 3).round(3).tolist()
    [[0.4, 0.2, 0.1]]
    """
    speed = np.asarray(rates, float)
    first = np.asarray(ceilings, float) * -np.expm1(-speed)
    gains: NDArray[np.float64] = first[:, None] * np.exp(-np.multiply.outer(speed, np.arange(num_workers)))
    return gains


def failure_gains(ceilings: ArrayLike, rates: ArrayLike, num_workers: int) -> NDArray[np.float64]:
    """Return ln[1 - p_k(n - 1)] - ln[1 - p_k(n)] for n = 1, ..., N, also where p_k(n) is all but 1.

    Parameters
    ----------
    ceilings, rates, num_workers
        As for `success_chances`.

    Returns
    -------
    ndarray, shape (num_projects, num_workers)
        Non-increasing along a row; constant, lambda_k, where c_k = 1.

    Examples
    --------
    >>> failure_gains([0.8, 1.0], [np.log(2), 900.0], 3).round(3).tolist()
    [[0.511, 0.405, 0.288], [900.0, 900.0, 900.0]]
    """
    tops, speed = np.asarray(ceilings, float)[:, None], np.asarray(rates, float)[:, None]
    workers = np.arange(1, num_workers + 1)
    with np.errstate(divide="ignore"):
        failure = np.logaddexp(np.log1p(-tops), np.log(tops) - speed * workers)
    gain = np.log(tops) - speed * (workers - 1) + np.log(-np.expm1(-speed))  # ln[p(n) - p(n - 1)]
    gains: NDArray[np.float64] = np.logaddexp(0.0, gain - failure)
    return gains


def greedy_allocation(gains: ArrayLike, num_workers: int) -> NDArray[np.int64]:
    """Give each next worker to the project where it gains most, the first of equals.

    With non-increasing rows the result maximises the sum of gains. With a planner's gains it is the optimum. With what
    the n-th worker on a project is **paid**, where that depends on n alone, it maximises the game's potential and is an
    equilibrium ([Rosenthal1973]_).

    Parameters
    ----------
    gains : array_like, shape (num_projects, most_workers)
        What the first, second, ... worker adds, non-increasing along a row.
    num_workers : int
        At most ``most_workers``.

    Returns
    -------
    ndarray of int, shape (num_projects,)

    Source
    ------
    [Fox1966]_.

    Examples
    --------
    >>> greedy_allocation([[5, 3, 1], [4, 2, 0]], 3).tolist()
    [2, 1]
    """
    table = np.asarray(gains, float)
    best = np.argsort(-table, axis=None, kind="stable")[:num_workers]
    return np.bincount(best // max(1, table.shape[1]), minlength=table.shape[0])


def continuous_allocation(
    ceilings: Sequence[float], rates: Sequence[float], values: Sequence[float], num_workers: float
) -> NDArray[np.float64]:
    """Return the best division of N divisible workers over separate goals.

    Where n_k > 0 the marginal values v_k p_k'(n_k) = v_k c_k lambda_k exp(-lambda_k n_k) equal the multiplier mu, so
    that over the projects in use, A,

        n_k = ln(v_k c_k lambda_k / mu) / lambda_k,    ln mu = [sum_A ln(v_k c_k lambda_k) / lambda_k - N] / sum_A
        1 / lambda_k,

    and A holds the projects whose first worker is worth more than mu.

    Parameters
    ----------
    ceilings, rates, values : sequence of float
        c_k, lambda_k and v_k > 0, one for each project.
    num_workers : float
        N >= 0.

    Returns
    -------
    ndarray, shape (num_projects,)

    Source
    ------
    [Kitcher1990]_; [Strevens2003]_.

    Examples
    --------
    >>> continuous_allocation([0.9, 0.6, 0.3], [0.05, 0.05, 0.05], [1, 1, 1], 60).round(2).tolist()
    [30.03, 21.92, 8.05]
    """
    speed = np.asarray(rates, float)
    first_worth = np.log(np.asarray(values, float) * np.asarray(ceilings, float) * speed)
    multiplier = np.inf
    for k in np.argsort(-first_worth):
        if first_worth[k] <= multiplier < np.inf:
            break
        used = first_worth >= first_worth[k]
        multiplier = ((first_worth / speed)[used].sum() - num_workers) / (1.0 / speed)[used].sum()
    return np.maximum(0.0, (first_worth - multiplier) / speed)


def moves_to_optimum(workers: ArrayLike, gains: ArrayLike) -> NDArray[np.int64]:
    """Return how many workers would have to move to the nearest of the best allocations.

    With the M-th largest gain g the best allocations of M workers give project k at least as many as its gains above g
    and at most as many as its gains of g or more; where gains are equal there are several.

    Parameters
    ----------
    workers : array_like of int, shape (..., num_projects)
        How many work on each project.
    gains : array_like, shape (num_projects, most_workers)
        As for `greedy_allocation`.

    Returns
    -------
    ndarray of int, shape (...)

    Examples
    --------
    >>> moves_to_optimum([[3, 0], [2, 1], [1, 2]], [[5, 3, 1], [4, 2, 0]]).tolist()
    [1, 0, 1]
    """
    counts, table = np.asarray(workers, np.int64), np.asarray(gains, float)
    total = counts.sum(axis=-1)
    ranked = np.append(np.sort(table, axis=None)[::-1], 0.0)
    last = ranked[np.maximum(total - 1, 0)]  # the gain of the last worker to be placed
    at_least = np.stack([np.searchsorted(-row, -last * (1.0 + TIE), side="left") for row in table], axis=-1)
    at_most = np.stack([np.searchsorted(-row, -last * (1.0 - TIE), side="right") for row in table], axis=-1)
    surplus = np.maximum(counts - at_most, 0).sum(axis=-1)
    deficit = np.maximum(at_least - counts, 0).sum(axis=-1)
    moves: NDArray[np.int64] = np.where(total > 0, np.maximum(surplus, deficit), 0)
    return moves
