r"""Games on graphs by pairs: the replicator equation with another payoff matrix.

Everybody has k > 2 neighbours, plays a_ij with each, and under weak selection one of three rules decides who takes
whose place. Pairs reach their rest long before shares move, and the shares x_i of strategies then obey the replicator
equation
    x_i' = x_i [ sum_j (a_ij + b_ij) x_j - sum_lj x_l a_lj x_j ]                                                   (1)

in which b, the gain of i from local competition with j, is skew ([OhtsukiNowak2006]_):

    birth-death      b_ij = (a_ii + a_ij - a_ji - a_jj) / (k - 2)
    death-birth      b_ij = [(k + 1) a_ii + a_ij - a_ji - (k + 1) a_jj] / ((k + 1) (k - 2))
    imitation        b_ij = [(k + 3) a_ii + 3 a_ij - 3 a_ji - (k + 3) a_jj] / ((k + 3) (k - 2))

In a large population one holder of i among j takes over more often than without selection if a'_ii + 2 a'_ij > a'_ji +
2 a'_jj of the matrix a' = a + b (the one-third rule). Of those who pay c to give b to each neighbour this asks, as the
replicator equation does ([Ohtsuki2006]_),

    b / c > k (death-birth),    b / c > k + 2 (imitation),    never (birth-death).                                 (2)

`socialsim.limits.closures.coalescence` has what any finite network asks for exactly, under death-birth updating.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from socialsim.core.errors import ParameterError
from socialsim.limits.closures.common import Floats, follow

Rule = Literal["birth_death", "death_birth", "imitation"]
RULES = ("birth_death", "death_birth", "imitation")


def payoffs_on_graph(payoffs: ArrayLike, num_neighbours: int, rule: Rule) -> Floats:
    """Return a + b of (1), the payoffs that a well-mixed crowd would have to play for.

    Parameters
    ----------
    payoffs : array_like, shape (m, m)
        a_ij, to i against j.
    num_neighbours : int
        k > 2.
    rule : {"birth_death", "death_birth", "imitation"}

    Raises
    ------
    ParameterError
        If one is not accepted.

    Examples
    --------
    Helping at a cost of 1 for a benefit of 5, with 4 neighbours, by death-birth updating: it dominates.

    >>> payoffs_on_graph([[4.0, -1.0], [5.0, 0.0]], 4, "death_birth").round(9).tolist()
    [[4.0, 0.4], [3.6, 0.0]]
    """
    a, k = np.asarray(payoffs, float), num_neighbours
    if a.ndim != 2 or a.shape[0] != a.shape[1] or not np.isfinite(a).all():
        raise ParameterError("payoffs: accepted: a square matrix of finite numbers")
    if rule not in RULES:
        raise ParameterError(f"rule: {rule!r} is not accepted; accepted: {', '.join(RULES)}")
    if not k > 2:
        raise ParameterError(f"num_neighbours: {k} is not accepted; accepted: above 2")
    near, far = {"birth_death": (1.0, 1.0), "death_birth": (k + 1.0, 1.0), "imitation": (k + 3.0, 3.0)}[rule]
    own = np.diag(a)
    gain = near * (own[:, None] - own[None, :]) + far * (a - a.T)
    return np.asarray(a + gain / (near * (k - 2.0)))


def replicator(payoffs: ArrayLike, num_neighbours: int, rule: Rule, times: ArrayLike, initial: ArrayLike) -> Floats:
    """Return the shares of strategies (1) at some times, shape (T, m).

    A unit of time depends on the intensity of selection, on k and on the rule; where the shares go does not.

    Examples
    --------
    >>> replicator([[4.0, -1.0], [5.0, 0.0]], 4, "death_birth", [0.0, 60.0], [0.1, 0.9]).round(6).tolist()
    [[0.1, 0.9], [1.0, 0.0]]
    """
    game = payoffs_on_graph(payoffs, num_neighbours, rule)
    shares = np.asarray(initial, float)
    if shares.shape != (len(game),) or (shares < 0).any() or not abs(shares.sum() - 1.0) <= 1e-9:
        raise ParameterError(f"initial: accepted: {len(game)} shares >= 0 that sum to 1")

    def derivative(x: Floats) -> Floats:
        fitness = game @ x
        return np.asarray(x * (fitness - x @ fitness))

    return follow(derivative, shares.copy(), times)


def is_favoured(payoffs: ArrayLike, num_neighbours: int, rule: Rule) -> bool:
    """Return whether weak selection favours the fixation of one holder of the first of two strategies in a large crowd.

    Examples
    --------
    >>> [is_favoured([[b - 1.0, -1.0], [b, 0.0]], 4, "imitation") for b in (5.9, 6.1)]
    [False, True]
    """
    game = payoffs_on_graph(payoffs, num_neighbours, rule)
    if game.shape != (2, 2):
        raise ParameterError(f"payoffs: {len(game)} strategies are not accepted; accepted: 2")
    return bool(game[0, 0] + 2.0 * game[0, 1] > game[1, 0] + 2.0 * game[1, 1])


def critical_ratio_by_pairs(num_neighbours: int, rule: Rule) -> float:
    """Return b/c beyond which those who help are favoured (2), from the payoffs on the graph; infinite if never.

    Examples
    --------
    >>> [critical_ratio_by_pairs(4, rule) for rule in RULES]
    [inf, 4.0, 6.0]
    """
    gains = []  # of who helps over who does not, which is linear in b at c = 1 and the same whatever the shares
    for benefit in (0.0, 1.0):
        game = payoffs_on_graph([[benefit - 1.0, -1.0], [benefit, 0.0]], num_neighbours, rule)
        gains.append(game[0, 1] - game[1, 1])
    rise = gains[1] - gains[0]
    return round(float(-gains[0] / rise), 12) if rise > 1e-12 else math.inf
