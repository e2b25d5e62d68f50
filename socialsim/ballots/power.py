"""Power indices of weighted voting games, exact.

A proposal passes if its supporters weigh at least the quota q. Player i, of weight w_i, is a **swing** in a winning
coalition that would lose without it: there are

    eta_i = number of coalitions S without i with q - w_i <= w(S) < q

of them, eta_is with |S| = s, among n players. The indices are

    Banzhaf, normalised      eta_i / sum_j eta_j                                                  ([Banzhaf1965]_)
    Banzhaf, absolute        eta_i / 2^(n-1), the chance of a swing if all others toss coins      ([Penrose1946]_)
    Shapley-Shubik           sum_s s! (n-s-1)!/n! eta_is, the chance of being the one whose vote
                             turns the proposal if all orders of voting are equally likely        ([Shapley1954]_)

Coalitions are counted by the generating function of their weight and size,

    f(x, y) = prod_i (1 + y x^{w_i}),    [x^w y^s] f = number of coalitions of weight w and size s   ([Brams1976]_),

and those without i by f/(1 + y x^{w_i}). A polynomial is kept as one integer, its value at powers of two so large that
no coefficient carries into the next (Kronecker substitution). A product by 1 + z is then a shift and an addition, and
since

    1/(1 + z) = (1 - z)(1 + z^2)(1 + z^4)(1 + z^8)...,

so is a quotient up to some power of x. The coefficients between two powers of x sum to the remainder by 2^b - 1, b the
bits of a coefficient. Python's integers do not overflow, so that all counts are exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from socialsim.core.errors import ParameterError

LARGEST = 2**31  # bits of a polynomial, 256 MiB


class Banzhaf(NamedTuple):
    """Banzhaf's index of each player, in the order of the weights."""

    swings: tuple[int, ...]
    normalised: tuple[Fraction, ...]
    absolute: tuple[Fraction, ...]


def banzhaf(quota: int, weights: Sequence[int]) -> Banzhaf:
    """Return how often each player is a swing, and the two indices of Banzhaf.

    Parameters
    ----------
    quota : int
        Weight that a coalition needs to win, at least 1 and at most the sum of the weights.
    weights : sequence of int
        Weight of each player, >= 0.

    Returns
    -------
    Banzhaf
        Exact: ``swings`` are integers, ``normalised`` and ``absolute`` fractions.

    Raises
    ------
    ParameterError
        If there is no player, a weight is negative or no whole number, or no coalition could reach the quota, or the
        empty one could.

    Source
    ------
    [Banzhaf1965]_, Rutgers Law Review 19:317-343; the absolute index is [Penrose1946]_'s.

    Examples
    --------
    >>> index = banzhaf(12, [4, 4, 4, 2, 2, 1])  # the Council of the EEC in 1958
    >>> index.swings
    (10, 10, 10, 6, 6, 0)
    >>> str(index.normalised[0]), str(index.absolute[0])
    ('5/21', '5/16')
    """
    swings = tuple(sizes[0] for sizes in _swings(*_checked(quota, weights), by_size=False))
    total, others = sum(swings), 2 ** (len(swings) - 1)
    return Banzhaf(swings, tuple(Fraction(k, total) for k in swings), tuple(Fraction(k, others) for k in swings))


def shapley_shubik(quota: int, weights: Sequence[int]) -> tuple[Fraction, ...]:
    """Return the index of Shapley and Shubik of each player.

    Parameters
    ----------
    quota, weights
        As in `banzhaf`.

    Returns
    -------
    tuple of Fraction
        They sum to 1.

    Raises
    ------
    ParameterError
        As `banzhaf`, and where the quota is so large that counting by size would take more than 256 MiB.

    Source
    ------
    [Shapley1954]_, American Political Science Review 48:787-792.

    Examples
    --------
    >>> [str(60 * index) for index in shapley_shubik(12, [4, 4, 4, 2, 2, 1])]
    ['14', '14', '14', '9', '9', '0']
    """
    counts = _swings(*_checked(quota, weights), by_size=True)
    n = len(counts)
    orders = [math.factorial(s) * math.factorial(n - s - 1) for s in range(n)]
    return tuple(
        Fraction(sum(k * m for k, m in zip(sizes, orders, strict=False)), math.factorial(n)) for sizes in counts
    )


def _checked(quota: Any, weights: Sequence[Any]) -> tuple[int, list[int]]:
    """Return quota and weights as integers without a common divisor, or refuse them."""
    if len(weights) == 0:
        raise ParameterError("weights: none are given; accepted: one for each player, whole numbers >= 0")
    for place, weight in enumerate(weights, start=1):
        if not _is_whole(weight) or weight < 0:
            raise ParameterError(
                f"weights: {weight!r}, of player {place}, is not accepted; accepted: whole numbers >= 0"
            )
    total = sum(int(weight) for weight in weights)
    if not _is_whole(quota) or not 1 <= quota <= total:
        raise ParameterError(
            f"quota: {quota!r} is not accepted; accepted: a whole number from 1 to the sum of the weights, {total}"
        )
    divisor = math.gcd(*(int(weight) for weight in weights))
    return -(-int(quota) // divisor), [int(weight) // divisor for weight in weights]


def _is_whole(number: Any) -> bool:
    return hasattr(number, "__index__") and not isinstance(number, bool)


def _swings(quota: int, weights: list[int], *, by_size: bool) -> list[list[int]]:
    """Return the number of swings of each player, by the number of the others in the coalition or all in one."""
    n = len(weights)
    bits = n + 1  # no coefficient, and no sum of some, exceeds 2^n
    sizes = n + 1 if by_size else 1
    x = bits * sizes  # x = 2^x, y = 2^y
    y = bits if by_size else 0
    end = quota * x
    if end > LARGEST:
        raise ParameterError(
            f"quota: counting {'by size ' if by_size else ''}up to {quota} with {n} players would take "
            f"{end / 2**23:,.0f} MiB, more than {LARGEST >> 23}; accepted: smaller weights, such as those in thousands"
        )
    below_quota = (1 << end) - 1
    game = 1
    for weight in weights:
        game += (game << (weight * x + y)) & below_quota
    found: dict[int, list[int]] = {0: [0] * sizes}
    for weight in set(weights) - {0}:
        others = _without(game, weight * x + y, end)
        pivotal = others >> max(0, (quota - weight) * x)
        total = pivotal % ((1 << x) - 1)
        found[weight] = [(total >> (bits * s)) % (1 << bits) for s in range(sizes)]
    return [found[weight] for weight in weights]


def _without(game: int, shift: int, end: int) -> int:
    """Return the polynomial over 1 + z, z = 2^shift, up to 2^end."""
    below_quota = (1 << end) - 1
    game -= game << shift
    game &= below_quota
    while (shift := 2 * shift) < end:
        game = (game + (game << shift)) & below_quota
    return game
