r"""What specialising is worth: gains from trade and comparative advantage.

Agent i makes q_ij of good j in a unit of time. With a share x_ij of its time, goods of equal weight are worth

    U(x) = prod_j (sum_i x_ij q_ij)^(1/m),                                                                         (1)

and the **gains from trade** of an allocation are U(x) / sum_i prod_j (q_ij / m)^(1/m) - 1, compared with agents who
each make everything for themselves, in equal parts as is then best for them. Agents follow their **comparative
advantage** ([Ricardo1817]_) if those who are relatively better at a task do relatively more of it.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError


def gains_from_trade(productivity: ArrayLike, allocation: ArrayLike) -> float:
    """Return how much more agents make together than each for itself, relative to the latter, equation (1).

    Parameters
    ----------
    productivity : array_like, shape (num_agents, num_goods)
        q_ij > 0: what an agent makes of a good in a unit of time.
    allocation : array_like, shape (num_agents, num_goods)
        x_ij >= 0: shares of the agent's time; each row sums to 1 at most.

    Returns
    -------
    float
        >= -1; 0 where all agents are alike and nobody specialises.

    Raises
    ------
    ParameterError
        If the shapes differ, a productivity is not positive or a row is no division of time.

    Examples
    --------
    >>> round(gains_from_trade([[3, 1], [1, 3]], [[1, 0], [0, 1]]), 3)
    0.732
    >>> round(gains_from_trade([[2, 2], [2, 2]], [[1, 0], [0, 1]]), 12)  # nobody is better at anything
    0.0
    """
    q, x = _time_use(productivity, allocation)
    made = float(np.prod((x * q).sum(axis=0) ** (1.0 / q.shape[1])))
    alone = float(np.prod((q / q.shape[1]) ** (1.0 / q.shape[1]), axis=1).sum())
    return made / alone - 1.0


def comparative_advantage(productivity: ArrayLike, allocation: ArrayLike) -> float:
    """Return how well the division of tasks follows comparative advantage: Goodman and Kruskal's gamma.

    For each two agents i, j and tasks k, l, the sign of q_ik q_jl - q_il q_jk (is i relatively better at k?) is
    compared with that of x_ik x_jl - x_il x_jk (does i do relatively more of k?): (agreeing - opposed) / both.

    Parameters
    ----------
    productivity, allocation : array_like, shape (num_agents, num_goods)
        As for `gains_from_trade`.

    Returns
    -------
    float
        In [-1, 1]; NaN if nobody is relatively better, or nobody does relatively more, of anything.

    Source
    ------
    [Ricardo1817]_, chapter 7; [Goodman1954]_ for gamma.

    Examples
    --------
    >>> comparative_advantage([[6, 4], [3, 1]], [[0.2, 0.8], [0.9, 0.1]])  # the second is worse at both
    1.0
    """
    q, x = _time_use(productivity, allocation)
    agree = oppose = 0
    for k, l in itertools.combinations(range(q.shape[1]), 2):  # noqa: E741 - as in the docstring
        for i, j in itertools.combinations(range(len(q)), 2):
            better = _sign(q[i, k] * q[j, l], q[i, l] * q[j, k])
            more = _sign(x[i, k] * x[j, l], x[i, l] * x[j, k])
            agree += better * more > 0
            oppose += better * more < 0
    return (agree - oppose) / (agree + oppose) if agree + oppose else math.nan


def _sign(a: float, b: float) -> int:
    return 0 if math.isclose(a, b, rel_tol=1e-12) else (1 if a > b else -1)


def _time_use(productivity: ArrayLike, allocation: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    q, x = np.asarray(productivity, float), np.asarray(allocation, float)
    if q.ndim != 2 or q.size == 0 or q.shape != x.shape:
        raise ParameterError(
            f"allocation: shapes {q.shape} and {x.shape} are not accepted; accepted: (num_agents, num_goods), both"
        )
    if not (np.isfinite(q).all() and (q > 0).all()):
        raise ParameterError("productivity: not accepted; accepted: finite numbers > 0")
    if not ((x >= 0).all() and (x.sum(axis=1) <= 1 + 1e-9).all()):
        raise ParameterError("allocation: not accepted; accepted: shares >= 0 of which each row sums to 1 at most")
    return q, x
