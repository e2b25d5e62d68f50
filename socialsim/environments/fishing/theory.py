r"""Where the fishing game comes to rest: open access in the short and the long run, the best for all, crowded grounds.

Let a mean effort E stay for ever. The stock comes to rest at x = K (1 - q E/r), and an effort, if all hear each other
alike, earns p q x - c - kappa E a step.

**Short run.** Where there are boats for all who would fish, they enter until that is 0: with C = c in

    E = (p q K - C) / (p q^2 K/r + kappa),        x = C/(p q) without crowding                    [Gordon1954]_

**Long run.** A boat costs R, comes one step later, and is lost with chance gamma. With V the value of having one and
1 + i = 1/discount, entry makes it worth its price, V = (1 + i) R, and so

    V = y + V (1 - gamma)/(1 + i)    =>    y = R (i + gamma)

is what it must earn a step: the same E with C = c + R (i + gamma), the total cost of effort ([Clark1979]_, who write it
c + (delta + gamma) c_f). All boats then fish with effort 1, and E of the agents have one; who has none gets one with
chance gamma E/(1 - E), at most 1.

**The best for all** that can last has the largest rent, (p q x - C - kappa E) E with the same C; it is a parabola in E
that is 0 at E = 0 and at open access, so that the best is half the effort of open access, which dissipates all of the
rent. Without crowding the stock is then (K + C/(p q))/2.

**Crowded grounds.** On a network, blocks or a graphon the effort E_k of group k crowds as z = A E says. With the mean
effort sum_l w_l E_l in place of E in the stock, entry goes on in each group until

    p q x - C - kappa (A E)_k = 0,  or <= 0 where E_k = 0,

which is linear where all groups fish: groups spread until they feel the same crowding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError, SolverError

if TYPE_CHECKING:
    from socialsim.environments.fishing import Fishing

MOST_SWEEPS = 100_000
ROUNDING = 1e-14


class Rest(NamedTuple):
    """Fishing at rest; amounts are per agent and step."""

    stock: float  # x
    effort: float  # E
    rent: float  # with the interest on boats and their losses paid


def total_cost(game: Fishing) -> float:
    """Return C = c + R (i + gamma), what an effort of 1 costs a step with its boat.

    Examples
    --------
    >>> from socialsim.environments.fishing import Fishing
    >>> round(total_cost(Fishing()), 6)
    0.202632
    """
    return game.cost + game.boat_price * (game.interest + game.boat_loss)


def stock_at_rest(game: Fishing, effort: float) -> float:
    """Return the stock at which a mean effort that stays catches what grows, K (1 - q E/r), at least 0.

    Examples
    --------
    >>> from socialsim.environments.fishing import Fishing
    >>> stock_at_rest(Fishing(), 0.4)
    0.5
    """
    return max(0.0, game.capacity * (1.0 - game.catchability * effort / game.growth_rate))


def sustained_rent(game: Fishing, effort: float) -> float:
    """Return what a mean effort earns for ever, if all hear each other alike, less the total cost.

    Examples
    --------
    >>> from socialsim.environments.fishing import Fishing
    >>> round(sustained_rent(Fishing(crowding=0.0), 0.4), 6)  # (.25 - C) .4
    0.018947
    """
    revenue = game.price * game.catchability * stock_at_rest(game, effort)
    return (revenue - total_cost(game) - game.crowding * effort) * effort


def short_run(game: Fishing) -> Rest:
    """Return open access while there are boats for all: nobody minds what they cost. The rent is below 0.

    Examples
    --------
    >>> from socialsim.environments.fishing import Fishing
    >>> round(short_run(Fishing(crowding=0.0)).stock, 6)  # c/(p q)
    0.2
    """
    return _at(game, min(1.0, _entry(game, game.cost)))


def long_run(game: Fishing) -> Rest:
    """Return open access that lasts: the mean-field equilibrium at rest.

    Examples
    --------
    >>> from socialsim.environments.fishing import Fishing
    >>> round(long_run(Fishing(crowding=0.0)).stock, 6)  # C/(p q)
    0.405263
    """
    return _at(game, min(most_effort(game), _entry(game, total_cost(game))))


def optimum(game: Fishing) -> Rest:
    """Return the largest rent that lasts (maximum economic yield).

    Examples
    --------
    >>> from socialsim.environments.fishing import Fishing
    >>> round(optimum(Fishing(crowding=0.0)).stock, 6)  # (K + C/(p q))/2
    0.702632
    """
    return _at(game, min(most_effort(game), _entry(game, total_cost(game)) / 2.0))


def dissipation(game: Fishing, effort: float) -> float:
    """Return the share of the largest rent that is lost at a mean effort; NaN where fishing never pays.

    Examples
    --------
    >>> from socialsim.environments.fishing import Fishing
    >>> game = Fishing()
    >>> round(dissipation(game, long_run(game).effort), 9), round(dissipation(game, optimum(game).effort), 9)
    (1.0, 0.0)
    """
    best = optimum(game).rent
    return 1.0 - sustained_rent(game, effort) / best if best > 0.0 else float("nan")


def most_effort(game: Fishing) -> float:
    """Return the largest mean effort that lasts, if all who lose a boat order one at once: 1/(1 + gamma).

    Examples
    --------
    >>> from socialsim.environments.fishing import Fishing
    >>> most_effort(Fishing(boat_loss=0.25))
    0.8
    """
    return 1.0 / (1.0 + game.boat_loss)


def long_run_on(game: Fishing, coupling: Any, weights: Any) -> NDArray[np.float64]:
    """Return each group's effort in open access that lasts, by entry in one group after the other.

    Parameters
    ----------
    game : Fishing
    coupling : array, shape (n, n)
        A, with z = A E.
    weights : array, shape (n,)
        Share of the agents in each group.

    Raises
    ------
    SolverError
        If entry does not come to rest, as where groups crowd each other more than themselves.

    Examples
    --------
    >>> from socialsim.environments.fishing import Fishing
    >>> long_run_on(Fishing(), [[0.45, 0.1], [0.1, 0.25]], [0.5, 0.5]).round(4)
    array([0.2679, 0.6251])
    """
    felt, share = np.asarray(coupling, np.float64), np.asarray(weights, np.float64)
    pays = game.price * game.catchability * game.capacity
    slopes = game.crowding * felt + pays * game.catchability / game.growth_rate * share[None, :]
    effort, most = np.zeros(len(share)), most_effort(game)
    for _ in range(MOST_SWEEPS):
        before = effort.copy()
        for k in range(len(share)):
            left = pays - total_cost(game) - slopes[k] @ effort + slopes[k, k] * effort[k]
            effort[k] = min(most, max(0.0, left / slopes[k, k]))
        moved = np.abs(effort - before).max()
        if moved <= ROUNDING:
            return effort
    raise SolverError(
        f"long_run_on: efforts still move by {moved:.3g} after {MOST_SWEEPS} sweeps; accepted: groups that crowd "
        "themselves more than each other"
    )


def lasting_policy(game: Fishing, effort: Any) -> NDArray[np.float64]:
    """Return the policy that keeps mean efforts for ever: all boats fish, and lost ones are replaced.

    Parameters
    ----------
    game : Fishing
    effort : float or array, shape (n,)
        E, of all or of each group; at most `most_effort`.

    Returns
    -------
    ndarray, shape (2, num_efforts) or (1, n, 2, num_efforts)

    Raises
    ------
    ParameterError
        If an effort cannot last.

    Examples
    --------
    >>> from socialsim.environments.fishing import Fishing
    >>> lasting_policy(Fishing(boat_loss=0.25), 0.5)  # with chance gamma E/(1 - E) for a boat
    array([[0.75, 0.  , 0.25],
           [0.  , 0.  , 1.  ]])
    """
    level, most = np.atleast_1d(np.asarray(effort, np.float64)), most_effort(game)
    if not ((level >= 0.0) & (level <= most)).all():
        raise ParameterError(f"effort: {effort} is not accepted; accepted: 0 to {most:g}, which lasts")
    order = np.minimum(1.0, game.boat_loss * level / (1.0 - level))
    chances = np.zeros((1, len(level), 2, game.num_efforts))
    chances[0, :, 0, 0], chances[0, :, 0, -1], chances[0, :, 1, -1] = 1.0 - order, order, 1.0
    return chances if np.ndim(effort) else chances[0, 0]


def _entry(game: Fishing, cost: float) -> float:
    """Return the effort at which one earns its cost and no more, if all hear each other alike."""
    pays = game.price * game.catchability * game.capacity
    return max(0.0, pays - cost) / (pays * game.catchability / game.growth_rate + game.crowding)


def _at(game: Fishing, effort: float) -> Rest:
    return Rest(stock_at_rest(game, effort), effort, sustained_rent(game, effort))
