"""Equilibrium prices where buyers search, and what prices and searches pay against rivals who act at random.

Sellers have unit cost c, buyers of valuation v ask k sellers with probability q_k. A seller that asks p sells to a
buyer of k quotes if all k - 1 others ask more, so that against sellers who draw from F it earns, per buyer and seller,

    pi(p) = (p - c) sum_k k q_k [1 - F(p)]^(k-1).                                                                   (1)

If nobody asks twice (q_1 = 1) the price is the monopoly's, at any search cost ([Diamond1971]_). If all do (q_1 = 0) it
is the cost (Bertrand). In between no price is certain: sellers mix over [p_low, v] and are indifferent
([Burdett1983]_), pi(p) = pi(v) = (v - c) q_1. Solved for the price that a share u = 1 - F of sellers
exceed,

    p(u) = c + (v - c) q_1 / sum_k k q_k u^(k-1),    p_low = p(1).                                                  (2)

A buyer of k quotes pays the lowest of k, on average int_0^1 k u^(k-1) p(u) du, since the lowest price is the one that
most exceed. (1) holds for any number of sellers n >= k if buyers draw sellers uniformly. With one and two quotes, q =
q_1 and b = 2 (1 - q), a second quote saves

    V(q) = (v - c) {q/b ln[(2 - q)/q] (1 + 2 q/b) - 2 q/b},                                                         (3)

which is 0 at both ends: a search cost s has two dispersed equilibria V(q) = s, one where they touch, or none, and
always the monopoly price ([Burdett1983]_).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize_scalar

from socialsim.core.errors import ParameterError

NEARLY_MONOPOLY = 1.0 - 1e-3  # from here on V is summed as a series: its terms cancel
NUM_TERMS = 12
NUM_NODES = 400


def dispersed_price(survival: ArrayLike, quote_shares: ArrayLike, cost: float, valuation: float) -> NDArray[np.float64]:
    """Return the price that a share of sellers exceed in equilibrium, equation (2).

    Parameters
    ----------
    survival : array_like, shape (...)
        u = 1 - F(p), in [0, 1].
    quote_shares : array_like, shape (most_quotes,)
        q_1, q_2, ...: the shares of buyers with one quote, two, ...; of sum 1, and 0 < q_1 < 1.
    cost, valuation : float
        c < v.

    Returns
    -------
    ndarray, shape (...)
        From v at u = 0 down to p_low at u = 1.

    Raises
    ------
    ParameterError
        If the shares do not allow prices to differ.

    Source
    ------
    [Burdett1983]_.

    Examples
    --------
    >>> dispersed_price([0.0, 0.5, 1.0], [0.5, 0.5], cost=1.0, valuation=2.0).round(4).tolist()
    [2.0, 1.5, 1.3333]
    """
    shares = np.asarray(quote_shares, float)
    if shares.ndim != 1 or (shares < 0).any() or abs(shares.sum() - 1.0) > 1e-9 or not 0.0 < shares[0] < 1.0:
        raise ParameterError(
            f"quote_shares: {shares.tolist()} are not accepted; accepted: shares of sum 1, the first > 0, < 1"
        )
    number = np.arange(1, len(shares) + 1)
    asked = np.polynomial.polynomial.polyval(np.asarray(survival, float), number * shares)
    return np.asarray(cost + (valuation - cost) * shares[0] / asked)


def mean_price_paid(num_quotes: int, quote_shares: ArrayLike, cost: float, valuation: float) -> float:
    """Return what a buyer of so many quotes pays on average in the dispersed equilibrium.

    Parameters
    ----------
    num_quotes : int
        k >= 1.
    quote_shares, cost, valuation
        As for `dispersed_price`.

    Examples
    --------
    >>> round(mean_price_paid(1, [0.5, 0.5], 1.0, 2.0), 4), round(mean_price_paid(2, [0.5, 0.5], 1.0, 2.0), 4)
    (1.5493, 1.4507)
    """
    node, weight = _nodes()
    u = (node + 1.0) / 2.0
    prices = dispersed_price(u, quote_shares, cost, valuation)
    return float((weight / 2.0 * num_quotes * u ** (num_quotes - 1) * prices).sum())


@cache
def _nodes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.polynomial.legendre.leggauss(NUM_NODES)


def gain_of_second_quote(share_of_one: float, cost: float, valuation: float) -> float:
    """Return what a second quote saves on average, V(q) of equation (3).

    Parameters
    ----------
    share_of_one : float
        q in [0, 1], the share of buyers with one quote; the others have two.
    cost, valuation : float
        c < v.

    Examples
    --------
    >>> round(gain_of_second_quote(0.5, 1.0, 2.0), 4), gain_of_second_quote(1.0, 1.0, 2.0)
    (0.0986, 0.0)
    """
    if share_of_one <= 0.0 or share_of_one >= 1.0:
        return 0.0
    odds = share_of_one / (2.0 * (1.0 - share_of_one))  # q/b
    x = 1.0 / odds
    if share_of_one > NEARLY_MONOPOLY:  # ln(1 + x)/x (1 + 2/x) - 2/x, whose first two terms cancel
        signs = [(-1.0) ** k * x**k * (1.0 / (k + 1) - 2.0 / (k + 2)) for k in range(1, NUM_TERMS)]
        return (valuation - cost) * math.fsum(signs)
    return (valuation - cost) * (odds * math.log1p(x) * (1.0 + 2.0 * odds) - 2.0 * odds)


def search_equilibria(search_cost: float, cost: float, valuation: float) -> tuple[float, ...]:
    """Return the shares of buyers with one quote in equilibrium, where others ask twice; 1 is the monopoly price.

    Parameters
    ----------
    search_cost : float
        s > 0, of a second quote.
    cost, valuation : float
        c < v.

    Returns
    -------
    tuple of float
        Increasing; the last is 1.

    Source
    ------
    [Burdett1983]_.

    Examples
    --------
    >>> [round(share, 3) for share in search_equilibria(0.05, 1.0, 2.0)]
    [0.052, 0.821, 1.0]
    >>> search_equilibria(0.2, 1.0, 2.0)
    (1.0,)
    """
    if search_cost <= 0.0:
        raise ParameterError(f"search_cost: {search_cost} is not accepted; accepted: a float, > 0")

    def surplus(share: float) -> float:
        return gain_of_second_quote(share, cost, valuation) - search_cost

    top = float(minimize_scalar(lambda q: -surplus(q), bounds=(0.0, 1.0), method="bounded").x)
    if surplus(top) < 0.0:
        return (1.0,)
    return (float(brentq(surplus, 0.0, top)), float(brentq(surplus, top, 1.0)), 1.0)


def monopoly_price(prices: ArrayLike, valuations: ArrayLike, cost: float) -> float:
    """Return the price of a grid that earns a lone seller most, the lowest of equals.

    Parameters
    ----------
    prices : array_like, shape (num_prices,)
    valuations : array_like, shape (num_buyers,)
    cost : float

    Examples
    --------
    >>> monopoly_price([1.25, 1.5, 1.75, 2.0], [2.0, 1.75, 1.5, 1.25], cost=1.0)
    1.5
    """
    grid = np.asarray(prices, float)
    demand = (np.asarray(valuations, float) >= grid[:, None]).sum(axis=1)
    return float(grid[np.argmax((grid - cost) * demand)])


def chances_to_sell(chances: ArrayLike, num_quotes: int) -> NDArray[np.float64]:
    """Return how likely a seller that is among so many quotes is to be the cheapest at each price of the grid.

    The others draw independently, with what is missing to 1 for those that ask nothing. Among equals the buyer takes
    the first, and each place in the order is equally likely.

    Parameters
    ----------
    chances : array_like, shape (num_prices,)
        Of each price of an increasing grid.
    num_quotes : int
        k >= 1.

    Examples
    --------
    >>> chances_to_sell([0.5, 0.5], 2).tolist()
    [0.75, 0.25]
    """
    above = 1.0 - np.cumsum(np.asarray(chances, float))
    at_least = above + np.asarray(chances, float)
    first = np.arange(num_quotes)[:, None]
    return np.asarray((above**first * at_least ** (num_quotes - 1 - first)).mean(axis=0))


def lowest_of(chances: ArrayLike, num_quotes: int) -> NDArray[np.float64]:
    """Return how likely each price of the grid is to be the lowest of so many independent quotes.

    Examples
    --------
    >>> lowest_of([0.5, 0.5], 2).tolist()
    [0.75, 0.25]
    """
    above = 1.0 - np.cumsum(np.asarray(chances, float))
    at_least = above + np.asarray(chances, float)
    return np.asarray(at_least**num_quotes - above**num_quotes)
