r"""Two Bush-Mosteller learners in a 2 x 2 game: what is exact of stochastic collusion.

Players with the same aspiration A, rate l and no habituation; p and p' are their chances of action 0, to cooperate. The
stimulus of an act a against b is s(a, b) (`socialsim.learning.bush_mosteller`, equation 1). A joint act (a, b) that
satisfies both, s(a, b) > 0 and s(b, a) > 0, is a **self-reinforcing equilibrium**. Started from chances x and x' of
doing their part, they do it for ever with the chance

    prod_{t >= 0} [1 - (1 - x) (1 - l s)^t] [1 - (1 - x') (1 - l s')^t] > 0              ([Izquierdo2008]_)          (1)

since what is left of either falls to the share 1 - l s each time. The expected motion of the chances is, for p, over l,

    sum_b P(b) {p f[s(0, b), p] - (1 - p) f[s(1, b), 1 - p]},    f(s, q) = s (1 - q) if s >= 0, else s q;           (2)

where it vanishes for p = p' and pulls back along the diagonal there is a **self-correcting equilibrium**: slow learners
stay about it for a time that grows exponentially as l falls ([Macy2002]_, [Izquierdo2008]_).

`spread` follows the distribution of (p, p') through the rounds on a grid, evenly spaced in log[p / (1 - p)], 0 and 1
included: mass that falls between two points is shared so that its mean stays. The error falls with the square of the
spacing, so that `collusion` extrapolates from two grids; with 201 points it is then below .001.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.sparse import csr_array

from socialsim.core.errors import ParameterError

WIDEST = 18.0  # log-odds of the last points but 0 and 1


def stimuli(payoffs: ArrayLike, aspiration: float) -> NDArray[np.float64]:
    """Return the stimulus s(a, b) of each action against each.

    Parameters
    ----------
    payoffs : array_like, shape (2, 2)
        What action a pays against b.
    aspiration : float

    Raises
    ------
    ParameterError
        If the matrix is not 2 x 2 of finite numbers, or the aspiration not finite.

    Examples
    --------
    >>> stimuli([[3.0, 0.0], [4.0, 1.0]], aspiration=2.0).tolist()
    [[0.5, -1.0], [1.0, -0.5]]
    """
    game = np.asarray(payoffs, float)
    if game.shape != (2, 2) or not np.isfinite(game).all():
        raise ParameterError(f"payoffs: shape {game.shape} is not accepted; accepted: 2 x 2 finite numbers")
    if not math.isfinite(aspiration):
        raise ParameterError(f"aspiration: {aspiration} is not accepted; accepted: a finite number")
    largest = np.abs(game - aspiration).max()
    return (game - aspiration) / largest if largest > 0 else np.zeros((2, 2))


def self_reinforcing(payoffs: ArrayLike, aspiration: float) -> list[tuple[int, int]]:
    """Return the joint acts that satisfy both players.

    Examples
    --------
    >>> self_reinforcing([[3.0, 0.0], [4.0, 1.0]], aspiration=2.0)
    [(0, 0)]
    >>> self_reinforcing([[3.0, 0.0], [4.0, 1.0]], aspiration=0.5)
    [(0, 0), (1, 1)]
    """
    s = stimuli(payoffs, aspiration)
    return [(a, b) for a in range(2) for b in range(2) if s[a, b] > 0 and s[b, a] > 0]


def lasting_chance(first: float, second: float, step: float) -> float:
    """Return the chance that both do their part for ever, equation (1), where each time satisfies both alike.

    Parameters
    ----------
    first, second : float
        Their chances to do it now, in [0, 1].
    step : float
        l s, in (0, 1].

    Raises
    ------
    ParameterError
        If a number lies outside.

    Examples
    --------
    >>> round(lasting_chance(0.9, 0.9, 0.25), 4)
    0.4386
    """
    if not (0 <= first <= 1 and 0 <= second <= 1 and 0 < step <= 1):
        raise ParameterError("first, second, step: accepted: chances in [0, 1] and a step in (0, 1]")
    if step == 1:
        return first * second
    left = (1.0 - step) ** np.arange(math.ceil(math.log(1e-18) / math.log1p(-step)))
    return float(np.prod((1.0 - (1.0 - first) * left) * (1.0 - (1.0 - second) * left)))


def expected_motion(own: float, other: float, payoffs: ArrayLike, aspiration: float) -> float:
    """Return the expected change of a player's chance to cooperate in a round, over l, equation (2).

    Examples
    --------
    >>> expected_motion(0.5, 0.5, [[3.0, 0.0], [4.0, 1.0]], aspiration=2.0)
    -0.125
    """
    s = stimuli(payoffs, aspiration)
    motion = 0.0
    for b, chance in enumerate((other, 1.0 - other)):
        motion += chance * (own * _move(s[0, b], own) - (1.0 - own) * _move(s[1, b], 1.0 - own))
    return float(motion)


def _move(s: float, chance: float) -> float:
    return s * (1.0 - chance) if s >= 0 else s * chance


def self_correcting(payoffs: ArrayLike, aspiration: float) -> float:
    """Return the chance to cooperate at the lowest self-correcting equilibrium of two alike; NaN if there is none.

    Examples
    --------
    >>> round(self_correcting([[3.0, 0.0], [4.0, 1.0]], aspiration=2.0), 4)
    0.366
    """

    def motion(p: float) -> float:
        return expected_motion(p, p, payoffs, aspiration)

    grid = np.linspace(1e-6, 1.0 - 1e-6, 2001)
    values = np.array([motion(p) for p in grid])
    falls = np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0))
    return float(brentq(motion, grid[falls[0]], grid[falls[0] + 1])) if len(falls) else math.nan


def spread(
    payoffs: ArrayLike, aspiration: float, rate: float, num_rounds: int, num_points: int = 201
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the distribution of both chances to cooperate after some rounds, from 1/2 each.

    Parameters
    ----------
    payoffs : array_like, shape (2, 2)
    aspiration : float
    rate : float
        l, in (0, 1].
    num_rounds : int
        >= 0.
    num_points : int
        Odd, >= 5.

    Returns
    -------
    points : ndarray, shape (num_points,)
        From 0 to 1.
    mass : ndarray, shape (num_points, num_points)
        Of sum 1.

    Raises
    ------
    ParameterError
        If a number is out of its range, or the number of points even.

    Examples
    --------
    >>> points, mass = spread([[3.0, 0.0], [4.0, 1.0]], aspiration=2.0, rate=0.5, num_rounds=1)
    >>> round(float(points @ mass.sum(axis=1)), 9)  # 1/2 + l times the expected motion
    0.4375
    """
    if num_rounds < 0:
        raise ParameterError(f"num_rounds: {num_rounds} is not accepted; accepted: a number >= 0")
    points, course = _course(payoffs, aspiration, rate, num_points)
    return points, next(mass for t, mass in enumerate(course) if t == num_rounds)


def _course(
    payoffs: ArrayLike, aspiration: float, rate: float, num_points: int
) -> tuple[NDArray[np.float64], Iterator[NDArray[np.float64]]]:
    """Return the points, and the distribution before each round."""
    if not 0 < rate <= 1:
        raise ParameterError(f"rate: {rate} is not accepted; accepted: a number in (0, 1]")
    if num_points < 5 or num_points % 2 == 0:
        raise ParameterError(f"num_points: {num_points} is not accepted; accepted: an odd number >= 5")
    points = np.concatenate([[0.0], 1.0 / (1.0 + np.exp(-np.linspace(-WIDEST, WIDEST, num_points - 2))), [1.0]])
    s = stimuli(payoffs, aspiration)
    moves = {(a, b): _onto(points, _moved(points, a, rate * s[a, b])).T for a in range(2) for b in range(2)}
    acts = [(a, b, np.outer((points, 1.0 - points)[a], (points, 1.0 - points)[b])) for a, b in moves]

    def masses() -> Iterator[NDArray[np.float64]]:
        mass = np.zeros((num_points, num_points))
        mass[num_points // 2, num_points // 2] = 1.0
        while True:
            yield mass
            mass = np.sum([(moves[b, a] @ (moves[a, b] @ (mass * chance)).T).T for a, b, chance in acts], axis=0)

    return points, masses()


def _moved(points: NDArray[np.float64], action: int, step: float) -> NDArray[np.float64]:
    """Return the chances to cooperate after an act with the step l s."""
    done = points if action == 0 else 1.0 - points
    after = done + step * (1.0 - done) if step >= 0 else done + step * done
    return after if action == 0 else 1.0 - after


def _onto(points: NDArray[np.float64], targets: NDArray[np.float64]) -> csr_array:
    """Return the matrix that shares what lies at each target between the two points beside it."""
    size = len(points)
    below = np.clip(np.searchsorted(points, targets, side="right") - 1, 0, size - 2)
    share = np.clip((targets - points[below]) / (points[below + 1] - points[below]), 0.0, 1.0)
    rows = np.arange(size)
    entries = np.concatenate([1.0 - share, share]), (np.tile(rows, 2), np.concatenate([below, below + 1]))
    return csr_array(entries, shape=(size, size))


def collusion(
    payoffs: ArrayLike, aspiration: float, rate: float, rounds: ArrayLike, lock_in: int, num_points: int = 201
) -> NDArray[np.float64]:
    """Return the chance that two learners have cooperated in each of the last ``lock_in`` of so many rounds.

    Parameters
    ----------
    payoffs : array_like, shape (2, 2)
    aspiration : float
    rate : float
    rounds : array_like of int, shape (k,)
        Ascending.
    lock_in : int
        At most the first of them.
    num_points : int
        Of the finer grid, 1 + 4 m.

    Returns
    -------
    ndarray, shape (k,)

    Raises
    ------
    ParameterError
        If there are fewer rounds than have to be alike, or they do not ascend.

    Examples
    --------
    >>> collusion([[3.0, 0.0], [4.0, 1.0]], aspiration=2.0, rate=0.5, rounds=[2, 100], lock_in=2).round(3).tolist()
    [0.098, 0.509]
    """
    ends = [int(number) for number in np.atleast_1d(np.asarray(rounds))]
    if not ends or not 1 <= lock_in <= ends[0] or ends != sorted(ends):
        raise ParameterError(f"rounds: {ends} is not accepted; accepted: ascending numbers >= lock_in, {lock_in} >= 1")
    fine, coarse = (
        _colluded(payoffs, aspiration, rate, ends, lock_in, size) for size in (num_points, num_points // 2 + 1)
    )
    return (4.0 * fine - coarse) / 3.0


def _colluded(
    payoffs: ArrayLike, aspiration: float, rate: float, ends: list[int], lock_in: int, num_points: int
) -> NDArray[np.float64]:
    """Return the same on one grid."""
    points, course = _course(payoffs, aspiration, rate, num_points)
    lasting, chances = np.ones(num_points), points
    for _ in range(lock_in):
        lasting = lasting * chances
        chances = _moved(chances, 0, rate * stimuli(payoffs, aspiration)[0, 0])
    starts = {end - lock_in for end in ends}
    passing = zip(range(max(starts) + 1), course, strict=False)
    found = {t: float(lasting @ mass @ lasting) for t, mass in passing if t in starts}
    return np.array([found[end - lock_in] for end in ends])
