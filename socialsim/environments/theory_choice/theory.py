r"""How labour is divided between theories: in equilibrium, and by a planner.

At rest a community has the same standing on each theory, since nobody gains by moving between theories that pay alike:
labour on theory k is x_k = e n_k with n_k the share of heads and e the mean productivity. The share of open problems
comes to rest at

    o_k = rho / (rho + d p_k(x_k)),                                                                                 (4)

society gains Y_k(x) = v_k rho p_k(x) / (rho + d p_k(x)) from theory k in a step, and a unit of labour is paid
Y_k(x) / x, and b x for conformity. Hence, without conformity and with sigma = 1,

    equilibrium    Y_k(x_k) / x_k is equal for the theories in use, and less for the others even at x = 0       (5)
    planner        Y_k'(x_k) is equal for the theories in use, and less for the others,                         (6)

which is Kitcher's comparison of what scientists gain with what science gains ([Kitcher1990]_). Y is
concave and Y(0) = 0, so that Y / x and Y' fall with x and each condition has one solution, found from the common
value; Y' < Y / x, so that selfish scientists try a theory that pays less *later* than a planner would.

With conformity, or a critical mass (sigma > 1), there may be several equilibria. For two theories all are found where
the advantage of the first, as a function of its share, changes its sign or is one-sided at an end; an equilibrium is
**stable** if the advantage falls through it.

**Two camps.** Let two theories be alike, and two communities of equal size have a share h of links within each. That
one community holds all the first theory and the other all the second is an equilibrium iff conformity outweighs the
credit that the neglected theory pays there,

    b >= b(h) = [y(e (1 - h)) - y(e h)] / [e (2h - 1)],    y(x) = v o p(x) / x,                                     (7)

with o of equation (4) at x = e / 2, since each theory has half of all. For sigma = 1 y is a mixture of falling
exponentials, y(x) = v o c int_0^lambda exp(-u x) du, whose chords around e / 2 are the steeper the longer they are, so
that b(h) grows with h: credit is divided among those who hear each other, and the better a camp is shut off the more
its first dissenter gains. Where hands pay each other (sigma > 1, y rising) b(h) is negative, and camps need no
conformity.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError

GRID = 2001
BISECTIONS = 45
STEPS = 1000


class Science(NamedTuple):
    """What there is to divide.

    Parameters
    ----------
    values, ceilings, rates : ndarray, shape (K,)
        v, c and lambda of each theory.
    steepness, depletion, renewal, conformity : float
        sigma, d, rho and b.
    labour : float
        e, mean productivity of a head.
    """

    values: NDArray[np.float64]
    ceilings: NDArray[np.float64]
    rates: NDArray[np.float64]
    steepness: float
    depletion: float
    renewal: float
    conformity: float
    labour: float


def standing_at_rest(num_levels: int, learning: float, turnover: float) -> NDArray[np.float64]:
    """Return the distribution of levels at rest where nobody changes theories.

    Who works at level l retires to 0 with the chance mu, else rises with the chance theta. With two levels the share of
    the upper one is (1 - mu) theta / [mu + (1 - mu) theta].

    Parameters
    ----------
    num_levels : int
    learning, turnover : float
        theta and mu.

    Returns
    -------
    ndarray, shape (num_levels,)

    Examples
    --------
    >>> standing_at_rest(2, 0.25, 0.2)
    array([0.5, 0.5])
    """
    if learning == 0.0 or turnover == 1.0:
        return np.eye(num_levels)[0]
    rise = (1 - turnover) * learning
    shares = [turnover / (turnover + rise)] if num_levels > 1 else [1.0]
    for level in range(1, num_levels):
        leave = turnover + (rise if level < num_levels - 1 else 0.0)
        shares.append(shares[-1] * rise / leave if leave > 0.0 else 1.0 - sum(shares))
    return np.array(shares)


def labour_per_head(standing: Any, learning: float, turnover: float) -> float:
    """Return the mean productivity at rest where nobody changes theories.

    Examples
    --------
    >>> labour_per_head([0.5, 1.0], 0.25, 0.2)
    0.75
    """
    standing = np.asarray(standing, np.float64)
    return float(standing @ standing_at_rest(len(standing), learning, turnover))


def success(science: Science, labour: Any) -> NDArray[np.float64]:
    """Return the share of open problems solved in a step, p_k, from labour of shape (..., K)."""
    raised = science.rates * np.asarray(labour, np.float64) ** science.steepness
    return np.asarray(-science.ceilings * np.expm1(-raised))


def open_at_rest(science: Science, labour: Any) -> NDArray[np.float64]:
    """Return the share of problems open at rest, equation (4), from labour of shape (..., K)."""
    return np.asarray(science.renewal / (science.renewal + science.depletion * success(science, labour)))


def value_at_rest(science: Science, division: Any) -> NDArray[np.float64]:
    """Return what society gains in a step at rest, sum_k Y_k.

    Parameters
    ----------
    science : Science
    division : array, shape (..., K)
        Share of heads on each theory.

    Returns
    -------
    ndarray, shape (...)
    """
    labour = science.labour * np.asarray(division, np.float64)
    return np.asarray((science.values * success(science, labour) * open_at_rest(science, labour)).sum(axis=-1))


def pay(science: Science, division: Any) -> NDArray[np.float64]:
    """Return what a head of mean productivity is paid on each theory at rest, credit and conformity.

    Parameters
    ----------
    science : Science
    division : array, shape (..., K)
        Share of heads on each theory.

    Returns
    -------
    ndarray, shape (..., K)
    """
    labour = science.labour * np.asarray(division, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        at_zero = science.ceilings * science.rates * (1.0 if science.steepness == 1.0 else 0.0)
        average = np.where(labour > 0.0, success(science, labour) / labour, at_zero)
    credit = science.values * average * open_at_rest(science, labour)
    return np.asarray(science.labour * (credit + science.conformity * labour))


def marginal_value(science: Science, division: Any) -> NDArray[np.float64]:
    """Return Y_k', what a unit of labour adds on each theory at rest, for sigma = 1.

        Y' = v p' [rho / (rho + d p)]^2,    p' = c lambda exp(-lambda x)

    Parameters
    ----------
    science : Science
    division : array, shape (..., K)

    Returns
    -------
    ndarray, shape (..., K)
    """
    labour = science.labour * np.asarray(division, np.float64)
    slope = science.ceilings * science.rates * np.exp(-science.rates * labour)
    return np.asarray(science.values * slope * open_at_rest(science, labour) ** 2)


def selfish_division(science: Science) -> NDArray[np.float64]:
    """Return the share of heads on each theory in the equilibrium of scientists who seek credit, equation (5).

    Raises
    ------
    ParameterError
        With conformity or a critical mass, where equilibria may be several; `equilibria` finds those of two theories.

    Examples
    --------
    >>> kitcher = Science(np.array([1.0, 0.5]), np.full(2, 0.5), np.full(2, 3.0), 1.0, 0.0, 0.1, 0.0, 1.0)
    >>> selfish_division(kitcher).round(3)
    array([0.803, 0.197])
    """
    if science.conformity > 0.0:
        raise ParameterError(f"conformity: {science.conformity} is not accepted; accepted: 0, where all is unique")
    return _level(science, pay)


def best_division(science: Science) -> NDArray[np.float64]:
    """Return the share of heads on each theory that is worth most to society, equation (6).

    With a critical mass (sigma > 1) it is the best in steps of 1 / 1000.

    Examples
    --------
    >>> kitcher = Science(np.array([1.0, 0.5]), np.full(2, 0.5), np.full(2, 3.0), 1.0, 0.0, 0.1, 0.0, 1.0)
    >>> best_division(kitcher).round(4)  # exp(-3 x) = .5 exp(-3 (1 - x)): x = 1/2 + ln(2) / 6
    array([0.6155, 0.3845])
    """
    if science.steepness == 1.0:
        return _level(science, marginal_value)
    return _best_on_grid(science)


def _level(science: Science, falling: Any) -> NDArray[np.float64]:
    """Return the division in which a falling function of each share is equal on all theories in use."""
    from scipy.optimize import brentq

    if science.steepness != 1.0:
        raise ParameterError(f"steepness: {science.steepness} is not accepted; accepted: 1")
    num_theories = len(science.values)

    def shares(level: float) -> NDArray[np.float64]:
        low, high = np.zeros(num_theories), np.ones(num_theories)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            above = falling(science, middle) > level
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return np.where(falling(science, np.zeros(num_theories)) > level, (low + high) / 2, 0.0)

    highest = float(falling(science, np.zeros(num_theories)).max())
    found = shares(0.0)
    if found.sum() > 1.0:  # else labour is worth nothing more long before all are at work
        found = shares(brentq(lambda level: shares(level).sum() - 1.0, 0.0, highest, xtol=1e-15))
    return np.asarray(found / found.sum())


def _best_on_grid(science: Science) -> NDArray[np.float64]:
    """Return the best division in steps of 1 / 1000: theory after theory, the best worth of each total of hands."""
    num_theories, hands = len(science.values), np.arange(STEPS + 1)
    labour = science.labour * np.repeat(hands[:, None] / STEPS, num_theories, axis=1)
    worth = science.values * success(science, labour) * open_at_rest(science, labour)
    best, taken = worth[:, 0], []
    for k in range(1, num_theories):
        left = hands[:, None] - hands[None, :]  # hands in all, of whom so many on k
        total = np.where(left >= 0, best[left] + worth[None, :, k], -np.inf)
        taken.append(total.argmax(axis=1))
        best = total.max(axis=1)
    division, left_over = np.zeros(num_theories), STEPS
    for k in range(num_theories - 1, 0, -1):
        division[k] = taken[k - 1][left_over]
        left_over -= int(division[k])
    division[0] = left_over
    return division / STEPS


def equilibria(science: Science) -> list[tuple[float, bool]]:
    """Return the shares of the first of two theories at which nobody gains by moving, and whether each is stable.

    Parameters
    ----------
    science : Science

    Returns
    -------
    list of (float, bool)

    Examples
    --------
    >>> even = Science(np.ones(2), np.full(2, 0.5), np.full(2, 3.0), 1.0, 0.0, 0.1, 0.0, 1.0)
    >>> [(round(share, 3), stable) for share, stable in equilibria(even)]
    [(0.5, True)]
    >>> [(round(share, 3), stable) for share, stable in equilibria(even._replace(conformity=2.0))]
    [(0.0, True), (0.5, False), (1.0, True)]
    """
    from scipy.optimize import brentq

    if len(science.values) != 2:
        raise ParameterError(f"values: {len(science.values)} theories are not accepted; accepted: 2")

    def advantage(share: Any) -> NDArray[np.float64]:
        paid = pay(science, np.stack([share, 1.0 - np.asarray(share)], axis=-1))
        return np.asarray(paid[..., 0] - paid[..., 1])

    grid = np.linspace(0.0, 1.0, GRID)
    gained = advantage(grid)
    found = [(0.0, True)] if gained[0] < 0.0 else []
    for k in range(GRID - 1):
        if gained[k] == 0.0:
            found.append((float(grid[k]), bool(gained[k + 1] < 0.0)))
        elif gained[k] * gained[k + 1] < 0.0:
            root = brentq(lambda share: float(advantage(share)), grid[k], grid[k + 1], xtol=1e-15)
            found.append((float(root), bool(gained[k + 1] < 0.0)))
    if gained[-1] >= 0.0:
        found.append((1.0, bool(gained[-1] > 0.0 or gained[-2] > 0.0)))
    return found


def camp_conformity(science: Science, within: float) -> float:
    """Return the least conformity at which two communities stay two camps, b(h) of equation (7).

    Parameters
    ----------
    science : Science
        With two theories that are alike.
    within : float
        h, share of links within each community, in (1/2, 1].

    Examples
    --------
    >>> even = Science(np.ones(2), np.full(2, 0.5), np.full(2, 3.0), 1.0, 0.0, 0.1, 0.0, 1.0)
    >>> [round(camp_conformity(even, h), 3) for h in (0.6, 0.8, 1.0)]
    [0.89, 0.933, 1.025]
    >>> camp_conformity(even._replace(steepness=3.0), 0.8) < 0.0  # a critical mass holds a camp together
    True
    """
    if any(row[0] != row[1] or len(row) != 2 for row in (science.values, science.ceilings, science.rates)):
        raise ParameterError("science: theories that differ are not accepted; accepted: two that are alike")
    if not 0.5 < within <= 1.0:
        raise ParameterError(f"within: {within} is not accepted; accepted: above 0.5, at most 1")
    still_open = open_at_rest(science, np.full(2, science.labour / 2))
    local = science._replace(depletion=0.0, conformity=0.0, values=science.values * still_open)
    held, neglected = pay(local, [within, 1.0 - within])
    return float((neglected - held) / (science.labour**2 * (2.0 * within - 1.0)))
