r"""How unequally something is held: credit, income, influence.

The Gini coefficient is half the mean absolute difference of two holders drawn at random, relative to the mean:

    G = sum_i sum_j |x_i - x_j| / (2 n^2 x_bar) = sum_i (2i - n - 1) x_(i) / (n sum_i x_i),

where x_(1) <= ... <= x_(n). It is 0 where all hold the same and 1 - 1/n where one holds everything. Source:
[Gini1912]_; the second form is that of sorted values ([Damgaard2000]_). Two more indices are about the shares
x_i / x_bar alone ([Cowell2011]_, chapter 3):

    Theil       T = (1/n) sum_i (x_i / x_bar) ln (x_i / x_bar),             in [0, ln n]
    Atkinson    A = 1 - [(1/n) sum_i (x_i / x_bar)^(1 - e)]^(1 / (1 - e)),  in [0, 1],

the latter the share of the total that would do if it were held equally, for an aversion e > 0 to inequality; at e = 1
the bracket is the geometric mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError


def gini(values: ArrayLike) -> NDArray[np.float64]:
    """Return the Gini coefficient of the last axis.

    Parameters
    ----------
    values : array_like of float, shape (..., num_agents)
        What each agent holds, >= 0.

    Returns
    -------
    ndarray, shape (...)
        In [0, 1 - 1/num_agents]; NaN where nobody holds anything.

    Raises
    ------
    ParameterError
        If a value is negative or not finite, or there is no agent.

    Source
    ------
    [Gini1912]_; [Damgaard2000]_.

    Examples
    --------
    >>> gini([[1, 1, 1, 1], [0, 0, 0, 8]]).tolist()
    [0.0, 0.75]
    """
    held = np.sort(_held(values, "gini"), axis=-1)
    n = held.shape[-1]
    ranks = 2.0 * np.arange(1, n + 1) - n - 1.0
    total = held.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        coefficient: NDArray[np.float64] = np.asarray((held * ranks).sum(axis=-1) / (n * total))
    return coefficient


def theil(values: ArrayLike) -> NDArray[np.float64]:
    """Return Theil's index of the last axis.

    Parameters
    ----------
    values : array_like of float, shape (..., num_agents)
        What each agent holds, >= 0.

    Returns
    -------
    ndarray, shape (...)
        In [0, ln num_agents]; NaN where nobody holds anything.

    Raises
    ------
    ParameterError
        If a value is negative or not finite, or there is no agent.

    Source
    ------
    [Theil1967]_; [Cowell2011]_.

    Examples
    --------
    >>> (theil([[1, 1, 1, 1], [0, 0, 0, 8]]) / np.log(4)).tolist()
    [0.0, 1.0]
    """
    shares = _shares(values, "theil")
    return np.asarray((shares * np.log(np.where(shares > 0, shares, 1.0))).mean(axis=-1))


def atkinson(values: ArrayLike, aversion: float = 0.5) -> NDArray[np.float64]:
    """Return Atkinson's index of the last axis.

    Parameters
    ----------
    values : array_like of float, shape (..., num_agents)
        What each agent holds, >= 0.
    aversion : float
        e > 0; from 1 on the index is 1 as soon as somebody holds nothing.

    Returns
    -------
    ndarray, shape (...)
        In [0, 1]; NaN where nobody holds anything.

    Raises
    ------
    ParameterError
        If a value is negative or not finite, there is no agent, or the aversion is not positive.

    Source
    ------
    [Atkinson1970]_.

    Examples
    --------
    >>> atkinson([[1, 1], [1, 9]]).round(12).tolist()  # 1 - (1/2 sqrt(1/5) + 1/2 sqrt(9/5))^2
    [0.0, 0.2]
    """
    if not 0 < aversion < np.inf:
        raise ParameterError(f"aversion: {aversion} is not accepted; accepted: > 0")
    shares = _shares(values, "atkinson")
    with np.errstate(divide="ignore"):
        if aversion == 1.0:
            equivalent = np.exp(np.log(shares).mean(axis=-1))
        else:
            equivalent = (shares ** (1.0 - aversion)).mean(axis=-1) ** (1.0 / (1.0 - aversion))
    return np.asarray(1.0 - equivalent)


def _held(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return what agents hold, after checking it."""
    held = np.asarray(values, dtype=np.float64)
    if held.ndim == 0 or held.shape[-1] == 0:
        raise ParameterError(f"{name}: no values; accepted: at least one number >= 0")
    if not np.isfinite(held).all() or (held < 0).any():
        raise ParameterError(f"{name}: a value is negative or not finite; accepted: numbers >= 0")
    return held


def _shares(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return what agents hold relative to the mean."""
    held = _held(values, name)
    with np.errstate(invalid="ignore"):
        return held / held.mean(axis=-1, keepdims=True)
