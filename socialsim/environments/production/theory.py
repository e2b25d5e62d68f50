"""Best divisions of labour, exact or by search, and what agents make alone.

Of two tasks agent i gives the share x_i of its time to the first, and Y = [A B]^(1/2), A = sum_i (x_i a_i)^r,
B = sum_i ((1 - x_i) b_i)^r. Where two agents work at both tasks, dY = 0 in the direction that trades their time against
each other, and the curvature in this direction has the sign of r - 1. So

- **r < 1**: everybody divides its time, (1 - x_i) / x_i = [(b_i / a_i)^r A / B]^(1/(1-r)), one equation for A / B;
- **r = 1**: at most one divides it; who is relatively better at the first task does it ([Ricardo1817]_): in the order
  of a_i / b_i all before that one do the first task, all behind it the second;
- **r > 1**: at most one divides it. Who does what is a choice from 2^N: the better of two is taken, the order of r = 1
  and what is found, for 500 agents at most, by moving and exchanging agents until nothing is gained by it. With agents
  who are alike this is exact.

Where nobody can divide its time, moves and exchanges alone search for it: now and then some percent of the best are
missed, and agents may then make more than is said to be the best.

Alone and for themselves, agents make most by giving each of the m tasks an equal part of the time.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
FINE = np.linspace(0.0, 1.0, 1001)
MOST_TRIED = 5000  # assignments
MOST_EXCHANGES = 500  # agents among whom exchanges are tried


def output(shares: ArrayLike, abilities: ArrayLike, returns: float) -> float:
    """Return Y = prod_j [sum_i (x_ij q_ij)^r]^(1/m).

    Parameters
    ----------
    shares, abilities : array_like, shape (num_agents, num_tasks)
        Shares of time x_ij, and q_ij.
    returns : float
        r.

    Examples
    --------
    >>> output([[1, 0], [0, 1]], [[4, 1], [1, 4]], 1.0)
    4.0
    """
    made = ((np.asarray(shares, float) * np.asarray(abilities, float)) ** returns).sum(axis=0)
    return float(np.prod(made) ** (1.0 / len(made)))


def curvature(returns: float) -> float:
    """Return the second derivative of Y where agents who are alike all divide their time equally, in any direction of
    length 1 that leaves sum_i x_i as it is: 4 r (r - 1) / 2^r, whatever their number.

    Examples
    --------
    >>> [round(curvature(r), 4) for r in (0.99, 1.0, 1.01)]
    [-0.0199, 0.0, 0.0201]
    """
    return 4.0 * returns * (returns - 1.0) / 2.0**returns


def alone(abilities: ArrayLike, returns: float) -> float:
    """Return the sum of what agents make who each live on their own goods, sum_i prod_j (q_ij / m)^(r/m).

    Examples
    --------
    >>> round(alone([[4, 1], [1, 4]], 1.0), 12)
    2.0
    """
    q = np.asarray(abilities, float)
    return float(np.prod((q / q.shape[1]) ** (returns / q.shape[1]), axis=1).sum())


def best_output(abilities: ArrayLike, returns: float, divisible: bool = True) -> float:
    """Return the largest output Y, found as the module says; with more than two tasks, or where time cannot be divided,
    by trying every assignment if there are at most 5000, else by moves and exchanges alone.

    Parameters
    ----------
    abilities : array_like, shape (num_agents, num_tasks)
        q_ij > 0.
    returns : float
        r > 0.
    divisible : bool
        Whether an agent may divide its time between two tasks.

    Examples
    --------
    >>> best_output([[4, 1], [1, 4]], 1.0)
    4.0
    >>> round(best_output([[1, 1]] * 3, 1.0), 12)  # one of three divides its time
    1.5
    >>> best_output([[1, 1, 1]] * 3, 1.5)
    1.0
    """
    q = np.asarray(abilities, float)
    if len(q) == 0:
        return 0.0
    made = q**returns
    if not divisible or q.shape[1] > 2:
        few = q.shape[1] ** len(q) <= MOST_TRIED
        tasks = map(np.array, itertools.product(range(q.shape[1]), repeat=len(q))) if few else [_assigned(made)]
        return max(float(np.prod(_totals(made, task)) ** (1.0 / q.shape[1])) for task in tasks)
    if returns < 1:
        return _divided(made, returns)
    ordered = _in_order(made, returns)
    return ordered if returns == 1 else max(ordered, _searched(made, returns))


def _in_order(made: Array, returns: float) -> float:
    """Return the largest output if those who are relatively better at the first task do it, one perhaps not all day."""
    order = made[np.argsort(-made[:, 0] / made[:, 1], kind="stable")]
    first, second = np.r_[0.0, np.cumsum(order[:, 0])], np.r_[np.cumsum(order[::-1, 1])[::-1], 0.0]
    cut = int((first * second).argmax())  # with one peak, so that who divides its time stands beside it
    beside = range(max(cut - 1, 0), min(cut + 1, len(order)))
    return max(_best_split(first[k], second[k + 1], order[k, 0], order[k, 1], returns) for k in beside)


def _best_split(first: float, second: float, a: float, b: float, returns: float) -> float:
    """Return the largest output if one agent may divide its time and the others make so much of both."""
    vertex = min(max((second + b) / (2 * b) - first / (2 * a), 0.0), 1.0)  # of the parabola of r = 1
    x = np.array([vertex]) if returns == 1 else FINE
    for _ in range(4):
        values = np.sqrt((first + a * x**returns) * (second + b * (1 - x) ** returns))
        best = int(values.argmax())
        x = np.linspace(x[max(best - 1, 0)], x[min(best + 1, len(x) - 1)], len(x))
    return float(values.max())


def _divided(made: Array, returns: float) -> float:
    """Return the largest output under decreasing returns, by bisection for log (A / B)."""
    log_ratio = np.log(made[:, 1] / made[:, 0])
    low, high = -700.0, 700.0
    for _ in range(200):
        z = (low + high) / 2
        share = 1.0 / (1.0 + np.exp(np.clip((z + log_ratio) / (1 - returns), -700, 700)))
        first, second = (made[:, 0] * share**returns).sum(), (made[:, 1] * (1 - share) ** returns).sum()
        low, high = (z, high) if math.log(max(first, 1e-300)) - math.log(max(second, 1e-300)) > z else (low, z)
    return math.sqrt(first * second)


def _totals(made: Array, task: NDArray[np.int64]) -> Array:
    return np.asarray(np.bincount(task, made[np.arange(len(task)), task], made.shape[1]), float)


def _assigned(made: Array) -> NDArray[np.int64]:
    """Return who does what when nobody can move, and no two can change places, for the better."""
    task = np.arange(len(made)) % made.shape[1]
    if (made == made[0]).all():
        return task  # agents who are alike: as evenly as can be
    while True:
        totals = _totals(made, task)
        best = np.prod(totals) * (1 + 1e-12)
        change: tuple[tuple[Any, int], ...] = ()
        for j, l in itertools.permutations(range(made.shape[1]), 2):  # noqa: E741 - as k, l of two tasks
            here, there = np.flatnonzero(task == j), np.flatnonzero(task == l)
            rest = np.prod(np.delete(totals, [j, l]))
            moved = rest * (totals[j] - made[here, j]) * (totals[l] + made[here, l])
            if len(here) and moved.max() > best:
                best, change = moved.max(), ((here[moved.argmax()], l),)
            if j < l and len(here) and len(there) and len(made) <= MOST_EXCHANGES:
                gained = totals[j] - made[here, j, None] + made[None, there, j]
                swapped = rest * gained * (totals[l] + made[here, l, None] - made[None, there, l])
                i, k = np.unravel_index(swapped.argmax(), swapped.shape)
                if swapped[i, k] > best:
                    best, change = swapped[i, k], ((here[i], l), (there[k], j))
        if not change:
            return task
        for i, l in change:  # noqa: E741
            task[i] = l


def _searched(made: Array, returns: float) -> float:
    """Return the largest output found by moves and exchanges, with each agent in turn as the one who divides."""
    if (made == made[0]).all() or len(made) > MOST_EXCHANGES:
        return 0.0
    task = _assigned(made)
    totals = _totals(made, task)
    best = math.sqrt(totals[0] * totals[1])
    for i, (a, b) in enumerate(made):
        first, second = totals[0] - a * (task[i] == 0), totals[1] - b * (task[i] == 1)
        best = max(best, _best_split(first, second, a, b, returns))
    return best
