r"""How concentrated a market is, and how far its prices lie apart.

With shares s_k of the sellers, largest first, the Herfindahl-Hirschman index and the concentration ratio of the m
largest are

    HHI = sum_k s_k^2 = 1 / D_2,    C_m = s_1 + ... + s_m.

HHI is 1 for a monopoly and 1/n for n equal sellers; its inverse, the number of equal sellers that would be as
concentrated, is the Hill number of order 2 (`socialsim.metrics.diversity.hill_number`). Dispersion of n prices around
their mean p_bar is measured by

    coefficient of variation = sqrt(sum_k (p_k - p_bar)^2 / n) / p_bar,    range = p_(n) - p_(1).

A price of NaN is one that nobody posts. Source: [Hirschman1964]_; [Baye2006]_ for dispersion.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.metrics.diversity import hill_number


def herfindahl(sales: ArrayLike) -> NDArray[np.float64]:
    """Return the Herfindahl-Hirschman index of the last axis.

    Parameters
    ----------
    sales : array_like of float, shape (..., num_sellers)
        What each sells, or its share, >= 0; they need not sum to 1.

    Returns
    -------
    ndarray, shape (...)
        In [1/num_sellers, 1]; NaN where nothing is sold.

    Raises
    ------
    ParameterError
        If a number is negative or not finite, or there is no seller.

    Source
    ------
    [Hirschman1964]_.

    Examples
    --------
    >>> herfindahl([[5, 5, 0], [10, 0, 0]]).tolist()
    [0.5, 1.0]
    """
    return np.asarray(1.0 / hill_number(_sold("herfindahl", sales), order=2))


def concentration_ratio(sales: ArrayLike, num_largest: int = 4) -> NDArray[np.float64]:
    """Return the share of the largest sellers together, over the last axis.

    Parameters
    ----------
    sales : array_like of float, shape (..., num_sellers)
        What each sells, or its share, >= 0; they need not sum to 1.
    num_largest : int
        How many count as the largest, m >= 1; all do where there are no more.

    Returns
    -------
    ndarray, shape (...)
        In (0, 1]; NaN where nothing is sold.

    Raises
    ------
    ParameterError
        If a number is negative or not finite, there is no seller, or ``num_largest`` is below 1.

    Examples
    --------
    >>> concentration_ratio([[4, 1, 3, 2], [10, 0, 0, 0]], num_largest=2).tolist()
    [0.7, 1.0]
    """
    sold = np.sort(_sold("concentration_ratio", sales), axis=-1)
    if num_largest < 1:
        raise ParameterError(f"concentration_ratio: num_largest {num_largest} is not accepted; accepted: at least 1")
    with np.errstate(invalid="ignore"):
        share: NDArray[np.float64] = np.asarray(sold[..., -num_largest:].sum(axis=-1) / sold.sum(axis=-1))
    return share


def coefficient_of_variation(prices: ArrayLike) -> NDArray[np.float64]:
    """Return the standard deviation of the last axis, relative to its mean.

    Parameters
    ----------
    prices : array_like of float, shape (..., num_sellers)
        What each seller asks, >= 0; NaN for one that asks nothing.

    Returns
    -------
    ndarray, shape (...)
        >= 0; NaN where there is no price, or all are 0.

    Raises
    ------
    ParameterError
        If a price is negative or infinite, or there is no seller.

    Examples
    --------
    >>> coefficient_of_variation([[2.0, 2.0], [1.0, 3.0]]).tolist()
    [0.0, 0.5]
    """
    posted, values = _posted("coefficient_of_variation", prices)
    number = posted.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(posted, values, 0.0).sum(axis=-1) / number
        squares = np.where(posted, (values - centre[..., None]) ** 2, 0.0).sum(axis=-1)
        return np.asarray(np.sqrt(squares / number) / centre)


def price_range(prices: ArrayLike) -> NDArray[np.float64]:
    """Return the highest less the lowest price of the last axis.

    Parameters
    ----------
    prices : array_like of float, shape (..., num_sellers)
        What each seller asks, >= 0; NaN for one that asks nothing.

    Returns
    -------
    ndarray, shape (...)
        >= 0; NaN where there is no price.

    Raises
    ------
    ParameterError
        If a price is negative or infinite, or there is no seller.

    Examples
    --------
    >>> price_range([[2.0, 5.0, np.nan], [1.0, 3.0, 1.5]]).tolist()
    [3.0, 2.0]
    """
    posted, values = _posted("price_range", prices)
    highest = np.where(posted, values, -np.inf).max(axis=-1)
    lowest = np.where(posted, values, np.inf).min(axis=-1)
    return np.where(posted.any(axis=-1), highest - lowest, np.nan)


def _sold(name: str, sales: ArrayLike) -> NDArray[np.float64]:
    """Return sales as an array, after checking them."""
    sold = np.asarray(sales, dtype=np.float64)
    if sold.ndim == 0 or sold.shape[-1] == 0:
        raise ParameterError(f"{name}: no sellers; accepted: at least one number >= 0")
    if not np.isfinite(sold).all() or (sold < 0).any():
        raise ParameterError(f"{name}: a number is negative or not finite; accepted: numbers >= 0")
    return sold


def _posted(name: str, prices: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return which prices there are, and the prices, after checking them."""
    values = np.asarray(prices, dtype=np.float64)
    if values.ndim == 0 or values.shape[-1] == 0:
        raise ParameterError(f"{name}: no sellers; accepted: at least one number >= 0 or NaN")
    posted = ~np.isnan(values)
    if np.isinf(values).any() or (values[posted] < 0).any():
        raise ParameterError(f"{name}: a price is negative or infinite; accepted: numbers >= 0, or NaN for none")
    return posted, values
