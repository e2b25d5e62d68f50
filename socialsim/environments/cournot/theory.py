r"""Equilibria of the Cournot game: few firms, infinitely many, firms on a network or graphon, firms that learn.

**Firms that keep their types.** Each step is a game of its own. A firm of cost c beside z sells, from the first-order
condition A - b z - c - (d + 2 b/N) q = 0, and as the mean is Q = z + q/N if all are in one market,

    q_s = (A - b Q - c_s) / (d + b/N),        Q = (A - cbar) / (b + d + b/N),        cbar the mean cost

which for d = 0 and one type is Cournot's N (A - c)/(b (N + 1)) [Cournot1838]_; without the terms b/N, a firm being too
small to move the price, it is the mean field: price equals marginal cost, which is also the best for all (largest
welfare). At d = 0 N firms make 1 - 1/(N + 1)^2 of it. A firm that alone leaves the mean field's quantity q among N that
move the price gains (b q/N)^2 / (2 d + 4 b/N) a step: b q^2/(4 N) at d = 0, and O(1/N^2) where marginal cost rises.

**On a network or graphon** with z = W q, W scaled as the game says, the means of the groups solve

    [(d + 2 b/N) I + b W] q = A - cbar                                                             [Bramoulle2014]_

in which N counts only if firms know of it: q is the centrality of Katz and Bonacich with the negative weight -b/d. It
is the best response of everybody where all quantities are >= 0. With a = b/d, for W = 1 - max(x, y) and min(x, y),

    q(x) = (A - c)/d cosh(sqrt(a) x)/cosh(sqrt(a)),        (A - c)/d cosh(sqrt(a) (1 - x))/cosh(sqrt(a))

**Firms that learn and forget**, two types, infinitely many, at rest: with D the value of being cheap and beta the
discount, a costly firm sells more than pays today ([Spence1981]_),

    q_0 = (P - c_0)/d,    q_1 = (P - c_1 + beta lambda D)/d,    D [1 - beta (1 - delta)] = d (q_0^2 - q_1^2)/2,

a quadratic equation in D; the share of cheap firms is lambda q_1/(lambda q_1 + delta), and P = A - b Q closes the
circle.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError

if TYPE_CHECKING:
    from socialsim.environments.cournot import Cournot


class Rest(NamedTuple):
    """Firms that learn and forget, at rest."""

    price: float
    quantities: tuple[float, float]  # of cheap and costly firms
    cheap: float  # their share
    value: float  # D, of being cheap


def equilibrium(game: Cournot) -> NDArray[np.float64]:
    """Return what each type sells in one market whose firms keep their types: N of them if they know it, else the mean
    field's.

    Raises
    ------
    ParameterError
        If a type would sell less than nothing, or several have constant marginal costs and nobody moves the price.

    Examples
    --------
    >>> from socialsim.environments.cournot import Cournot
    >>> equilibrium(Cournot())
    array([4.75, 3.75])
    >>> equilibrium(Cournot(costs=(1.0,), shares=(1.0,), cost_slope=0.0, num_firms=2))  # N (A - c) / (b (N + 1))
    array([6.])
    """
    costs, curve = np.array(game.costs), game.cost_slope + game.slope * game.own_share
    total = (game.intercept - costs @ np.array(game.shares)) / (game.slope + curve)
    if curve == 0.0 and len(costs) == 1:
        return np.array([max(0.0, total)])  # all sell alike, at what it costs
    if curve == 0.0:
        raise ParameterError("cost_slope: 0.0 is not accepted for several types, none of which moves the price")
    margin = game.intercept - game.slope * total - costs
    if (margin < 0.0).any():
        raise ParameterError(f"costs: {game.costs} are not accepted; accepted: such that all types sell")
    return np.asarray(margin / curve)


def best_welfare(game: Cournot, shares: Any = None) -> float:
    """Return the largest welfare of a step, per firm, when firms of these types sell without regard to the largest
    quantity.

    Examples
    --------
    >>> from socialsim.environments.cournot import Cournot
    >>> best_welfare(Cournot(), [1.0, 0.0])  # (A - c)^2 / (2 (b + d))
    20.25
    """
    share = np.array(game.shares if shares is None else shares, np.float64)
    costs = np.array(game.costs)
    if game.cost_slope == 0.0:
        return max(0.0, game.intercept - costs[share > 0.0].min()) ** 2 / (2.0 * game.slope)
    for count in range(len(costs), 0, -1):  # the cheapest types sell, down to the first whose margin is not below 0
        weight = share[:count].sum()
        total = (game.intercept * weight - share[:count] @ costs[:count]) / (game.cost_slope + game.slope * weight)
        sold = (game.intercept - game.slope * total - costs[:count]) / game.cost_slope
        if (sold >= 0.0).all():
            spent = share[:count] @ (costs[:count] * sold + 0.5 * game.cost_slope * sold**2)
            return float(game.intercept * total - 0.5 * game.slope * total**2 - spent)
    return 0.0


def gain_from_leaving(game: Cournot, num_firms: int) -> float:
    """Return what one of N firms gains a step that moves the price and knows it, if it leaves the mean field's quantity
    that all others sell; firms keep their one type, and the price does not fall to 0.

    The margin that the others leave it is A - c - b (N - 1) q/N, and its own curve d + 2 b/N.

    Examples
    --------
    >>> from socialsim.environments.cournot import Cournot
    >>> game = Cournot(costs=(1.0,), shares=(1.0,))
    >>> [round(gain_from_leaving(game, n) * n**2, 2) for n in (10, 100, 1000)]  # of order 1/N^2 at d > 0
    [8.44, 9.93, 10.1]
    """
    if len(game.costs) != 1:
        raise ParameterError(f"costs: {game.costs} are not accepted; accepted: one type")
    if num_firms < 1:
        raise ParameterError(f"num_firms: {num_firms} is not accepted; accepted: 1 or more")
    sold = float(equilibrium(game.model_copy(update={"num_firms": 0}))[0])
    margin = game.intercept - game.costs[0] - game.slope * (num_firms - 1) / num_firms * sold
    curve = game.cost_slope + 2.0 * game.slope / num_firms
    best = margin / curve
    return float(0.5 * curve * (best - sold) ** 2)


def quantities_on(game: Cournot, coupling: Any) -> NDArray[np.float64]:
    """Return what each type sells in each group of firms that keep their types, shape (n, types).

    Parameters
    ----------
    game : Cournot
    coupling : array, shape (n, n)
        W, with z = W q, q the groups' means; for agents, of whom each is a group of one type, the scaled network.

    Raises
    ------
    ParameterError
        If a group would sell less than nothing, where the equilibrium is not linear; or marginal costs are constant and
        nobody moves the price.

    Examples
    --------
    >>> from socialsim.environments.cournot import Cournot
    >>> game = Cournot(costs=(1.0,), shares=(1.0,))
    >>> quantities_on(game, [[0.5, 0.0], [0.0, 0.0]]).round(3)  # the second is alone
    array([[6.],
           [9.]])
    """
    felt, costs = np.asarray(coupling, np.float64), np.array(game.costs)
    curve = game.cost_slope + 2.0 * game.slope * game.own_share
    if curve == 0.0:
        raise ParameterError("cost_slope: 0.0 is not accepted on a network; accepted: above 0, or num_firms above 0")
    left = game.intercept - costs @ np.array(game.shares)
    means = np.linalg.solve(curve * np.eye(len(felt)) + game.slope * felt, np.full(len(felt), left))
    sold = (game.intercept - game.slope * (felt @ means)[:, None] - costs) / curve
    if (sold < 0.0).any():
        group, kind = np.argwhere(sold < 0.0)[0]
        raise ParameterError(
            f"coupling: type {kind} of group {group} would sell {sold[group, kind]:.3g}; accepted: such that all sell"
        )
    return np.asarray(sold)


def at_rest(game: Cournot) -> Rest:
    """Return the mean field's equilibrium at rest of two types that learn and forget, quantities being any numbers.

    Raises
    ------
    ParameterError
        If there are not two types, or nobody forgets or learns.

    Examples
    --------
    >>> from socialsim.environments.cournot import Cournot
    >>> rest = at_rest(Cournot())
    >>> round(rest.price, 4), round(rest.cheap, 4)
    (5.6033, 0.619)
    """
    if len(game.costs) != 2 or not game.learning or not game.forgetting or not game.cost_slope or game.num_firms:
        raise ParameterError(
            "at_rest: accepted: two types, learning, forgetting and cost_slope > 0, firms that do not move the price"
        )
    from scipy.optimize import brentq

    price = brentq(lambda price: _supply(game, price).price - price, 0.0, game.intercept, xtol=1e-14)
    return _supply(game, price)._replace(price=price)


def policy_of(game: Cournot, quantities: Any) -> NDArray[np.float64]:
    """Return the policy that sells given quantities on average, by the two on the grid between which each lies.

    Examples
    --------
    >>> from socialsim.environments.cournot import Cournot
    >>> policy_of(Cournot(largest=2.0, num_quantities=3, learning=0.0), [0.25, 2.0])
    array([[0.75, 0.25, 0.  ],
           [0.  , 0.  , 1.  ]])
    """
    position = np.asarray(quantities, np.float64) / game.unit
    if not ((position >= 0.0) & (position <= game.num_quantities - 1)).all():
        raise ParameterError(f"quantities: {quantities} are not accepted; accepted: 0 to {game.largest:g}")
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(position[..., None] - np.arange(game.num_quantities))))


def _supply(game: Cournot, price: float) -> Rest:
    """Return what firms do at a price that stays, and the price that this would make."""
    curve, pull = game.cost_slope, game.discount * game.learning
    cheap = max(0.0, price - game.costs[0]) / curve
    idle = price - game.costs[1]  # margin of a costly firm, without what it learns
    keep = 1.0 - game.discount * (1.0 - game.forgetting)
    value, costly = 0.5 * curve * cheap**2 / keep, 0.0  # if it does not sell, and stays costly
    if idle + pull * value > 0.0:
        # D k = d/2 (q_0^2 - q_1^2) with q_1 = (idle + pull D)/d is pull^2 D^2 + 2 half D = ahead
        half, ahead = pull * idle + curve * keep, (curve * cheap) ** 2 - idle * idle
        root = math.sqrt(half * half + pull * pull * ahead)
        value = ahead / (half + root) if half > 0.0 else (root - half) / pull**2
        costly = (idle + pull * value) / curve
    share = game.learning * costly / (game.learning * costly + game.forgetting)
    total = share * cheap + (1.0 - share) * costly
    return Rest(game.intercept - game.slope * total, (cheap, costly), share, value)
