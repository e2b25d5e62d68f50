r"""What an exchange of goods achieves: competitive equilibrium, allocative efficiency, and how far prices are from it.

Buyers have a value for each unit that they may buy, sellers a cost for each unit that they may sell. With values in
falling and costs in rising order, v_1 >= v_2 >= ... and c_1 <= c_2 <= ..., the **competitive equilibrium** trades

    Q = max {k : v_k >= c_k}                                   units, at any price in
    [max(c_Q, v_{Q+1}), min(v_Q, c_{Q+1})],                                                                         (1)

which makes the **largest surplus** S = sum_{k <= Q} (v_k - c_k). What a market achieves of it is its

    allocative efficiency = sum over traded units of (v - c) / S,                                                   (2)

whatever the prices ([Plott1978]_). **Smith's alpha** ([Smith1962]_) is the root mean square deviation of the prices p_t
from the equilibrium price p*, in per cent of it,

    alpha = 100 sqrt[(1/T) sum_t (p_t - p*)^2] / p*.                                                                (3)
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError


class Equilibrium(NamedTuple):
    """The competitive equilibrium of a schedule."""

    quantity: int  # Q, the largest
    low: float  # ends of the interval of prices
    high: float
    surplus: float  # S

    @property
    def price(self) -> float:
        """Return the middle of the interval of prices."""
        return (self.low + self.high) / 2


def equilibrium(values: ArrayLike, costs: ArrayLike) -> Equilibrium:
    """Return the competitive equilibrium of values and costs, equation (1).

    Parameters
    ----------
    values, costs : array_like of float, one-dimensional
        One number for each unit, in any order.

    Returns
    -------
    Equilibrium
        With quantity 0, and NaN prices, where no unit is worth its cost.

    Raises
    ------
    ParameterError
        If there is no value or no cost, or one is not finite.

    Source
    ------
    [Smith1962]_.

    Examples
    --------
    >>> equilibrium([10, 8, 6, 3], [2, 4, 5, 9])
    Equilibrium(quantity=3, low=5.0, high=6.0, surplus=13.0)
    >>> equilibrium([10, 8, 6, 3], [2, 4, 5, 9]).price
    5.5
    """
    falling, rising = -np.sort(-_units(values, "values")), np.sort(_units(costs, "costs"))
    size = min(falling.size, rising.size)
    quantity = int((falling[:size] >= rising[:size]).sum())
    if quantity == 0:
        return Equilibrium(0, math.nan, math.nan, 0.0)
    next_value = falling[quantity] if quantity < falling.size else -math.inf
    next_cost = rising[quantity] if quantity < rising.size else math.inf
    return Equilibrium(
        quantity,
        low=float(max(rising[quantity - 1], next_value)),
        high=float(min(falling[quantity - 1], next_cost)),
        surplus=float((falling[:quantity] - rising[:quantity]).sum()),
    )


def _units(numbers: ArrayLike, name: str) -> NDArray[np.float64]:
    array = np.asarray(numbers, float)
    if array.ndim != 1 or array.size == 0 or not np.isfinite(array).all():
        raise ParameterError(f"{name}: {numbers!r} is not accepted; accepted: finite numbers, one for each unit")
    return array


def allocative_efficiency(surplus: ArrayLike, best: ArrayLike) -> NDArray[np.float64]:
    """Return realised over largest surplus, equation (2).

    Parameters
    ----------
    surplus : array_like of float
        Sum of v - c over the units that were traded.
    best : array_like of float
        Largest surplus S.

    Returns
    -------
    ndarray
        At most 1; below 0 where trades lose more than they gain. NaN where S is 0: there was nothing to achieve.

    Examples
    --------
    >>> allocative_efficiency([13.0, 6.5, -2.0], 13.0).round(3).tolist()
    [1.0, 0.5, -0.154]
    """
    reached, largest = np.asarray(surplus, float), np.asarray(best, float)
    return np.asarray(reached / np.where(largest > 0.0, largest, math.nan))


def smith_alpha(prices: ArrayLike, equilibrium_price: float) -> NDArray[np.float64]:
    """Return Smith's alpha over the last axis, equation (3).

    Parameters
    ----------
    prices : array_like of float, shape (..., num_trades)
        Prices of trades, > 0; numbers <= 0 stand for trades that did not take place.
    equilibrium_price : float
        p*, > 0.

    Returns
    -------
    ndarray, shape (...)
        In per cent; NaN where there was no trade.

    Raises
    ------
    ParameterError
        If the equilibrium price is not a number > 0.

    Examples
    --------
    >>> smith_alpha([[90, 110, 0], [100, 100, 100], [0, 0, 0]], 100).tolist()
    [10.0, 0.0, nan]
    """
    if not equilibrium_price > 0.0:
        raise ParameterError(f"equilibrium_price: {equilibrium_price} is not accepted; accepted: a number > 0")
    paid = np.asarray(prices, float)
    traded = paid > 0.0
    count = traded.sum(axis=-1)
    squares = np.where(traded, (paid - equilibrium_price) ** 2, 0.0).sum(axis=-1)
    return np.asarray(100.0 * np.sqrt(squares / np.where(count > 0, count, math.nan)) / equilibrium_price)
