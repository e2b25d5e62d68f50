"""What abatement costs at least, what is best for all, and at which price firms would do it.

Firm i abates the share a_i of its emissions at the cost (g_i / 2) a_i^2, so that its marginal cost is g_i a_i. At a
price p for each unit emitted it abates until that is the price, and all together

    a_i(p) = min(p / g_i, 1),    A(p) = sum_i a_i(p),                                                               (1)

which is continuous, increasing up to A = n, and linear between the prices g_i at which a firm stops to emit. Whatever
total A is asked for, its cost is least where marginal costs are equal, that is, where a_i = a_i(p) and A(p) = A: a
permit market and a tax that lead to the same total do so at the same, least cost ([Montgomery1972]_; [Baumol1971]_).
If each unit emitted does the damage d the best total is A(d): the best tax is the marginal damage ([Pigou1920]_).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def abatement_at(price: ArrayLike, slopes: ArrayLike) -> NDArray[np.float64]:
    """Return what each firm abates at a price of emissions, a_i(p) of equation (1).

    Parameters
    ----------
    price : array_like of float, shape (...)
        p >= 0.
    slopes : array_like of float, shape (num_firms,)
        g_i > 0, the slope of each firm's marginal cost.

    Returns
    -------
    ndarray, shape (..., num_firms)
        In [0, 1].

    Examples
    --------
    >>> abatement_at(0.8, [0.5, 1.0, 4.0]).tolist()
    [1.0, 0.8, 0.2]
    """
    return np.minimum(np.divide.outer(np.asarray(price, float), np.asarray(slopes, float)), 1.0)


def price_of(total: ArrayLike, slopes: ArrayLike) -> NDArray[np.float64]:
    """Return the price at which firms abate a total, the inverse of A(p) of equation (1).

    Parameters
    ----------
    total : array_like of float, shape (...)
        A in [0, num_firms].
    slopes : array_like of float, shape (num_firms,)

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> price_of([0.0, 2.0, 3.0], [0.5, 1.0, 4.0]).round(6).tolist()
    [0.0, 0.8, 4.0]
    """
    corners = np.concatenate([[0.0], np.sort(np.asarray(slopes, float))])
    return np.asarray(np.interp(np.asarray(total, float), abatement_at(corners, slopes).sum(axis=1), corners))


def abatement_cost(abatement: ArrayLike, slopes: ArrayLike) -> NDArray[np.float64]:
    """Return what abatement costs all firms together, over the last axis.

    Parameters
    ----------
    abatement : array_like of float, shape (..., num_firms)
    slopes : array_like of float, shape (num_firms,)

    Examples
    --------
    >>> float(abatement_cost([1.0, 0.5], [1.0, 4.0]))
    1.0
    """
    shares = np.asarray(abatement, float)
    return np.asarray((0.5 * np.asarray(slopes, float) * shares * shares).sum(axis=-1))


def least_cost(total: ArrayLike, slopes: ArrayLike) -> NDArray[np.float64]:
    """Return the least cost of a total of abatement.

    Parameters
    ----------
    total : array_like of float, shape (...)
        A in [0, num_firms].
    slopes : array_like of float, shape (num_firms,)

    Returns
    -------
    ndarray, shape (...)

    Source
    ------
    [Montgomery1972]_.

    Examples
    --------
    >>> round(float(least_cost(1.0, [1.0, 4.0])), 6)  # shares of .8 and .2
    0.4
    """
    return abatement_cost(abatement_at(price_of(total, slopes), slopes), slopes)


def best_abatement(damage: float, slopes: ArrayLike) -> NDArray[np.float64]:
    """Return the abatement of each firm that is best for all: marginal cost is marginal damage, or all is abated.

    Parameters
    ----------
    damage : float
        d >= 0 for each unit emitted.
    slopes : array_like of float, shape (num_firms,)

    Source
    ------
    [Pigou1920]_, part II.

    Examples
    --------
    >>> best_abatement(0.8, [0.5, 1.0, 4.0]).tolist()
    [1.0, 0.8, 0.2]
    """
    return abatement_at(damage, slopes)
