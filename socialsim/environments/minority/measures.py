"""What a run of the minority game comes to, and the theory beside it.

With X the excess over the threshold (see `socialsim.environments.minority`), averages over the counted steps:

    volatility       sigma^2/N = <X^2>/N
    predictability   H/N = sum_mu rho_mu <X|mu>^2 / N,    rho_mu: share of the steps in which the history was mu

The square of a mean over n visits overstates <X|mu>^2 by Var(X|mu)/n. Instead the visits of a history are dealt in
turn, ``BLOCK`` by ``BLOCK``, to two halves, whose means x_mu and y_mu err apart, and

    <X|mu>^2 is estimated by x_mu y_mu,

without bias where visits are independent; the product may fall below zero. Below the critical alpha they are not: X
changes its sign from visit to visit, and H/N, which is 0 there, comes out too low by an amount of order 10^-3 that no
number of runs removes, only more visits: in games of 301 agents -.002 to -.004 with 40 visits of each history, -.0003
to -.0009 with 300. (Pairs of different visits would be biased by about -Var(X|mu)/n, much more. Neighbours in time are
nearly always in the same half.) A history that was visited at most ``BLOCK`` times is left out.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.environments.minority.theory import predicted_predictability, predicted_volatility
from socialsim.metrics.runs import over_runs

BLOCK = 16  # visits
TOO_FEW = "too few steps were counted after environment.burn_in"
SOLVED = {  # the game whose stationary state is known
    "environment.history": "random",
    "environment.payoff": "linear",
    "environment.threshold": 0.5,
    "learner": "inductive",
    "learner.num_strategies": 2,
    "learner.chance": 0.5,
}


def squared_means(visits: NDArray[Any], sums: NDArray[Any]) -> NDArray[np.float64]:
    """Return the mean over visits of the squared conditional mean, estimated by products of two halves.

    Parameters
    ----------
    visits : ndarray, shape (..., num_histories)
        Number of visits of each history.
    sums : ndarray, shape (..., 2, num_histories)
        Sum of X over those in each half.

    Returns
    -------
    ndarray, shape (...)
        NaN where no history was visited more than ``BLOCK`` times.

    Examples
    --------
    >>> visits = np.array([32, 20, 1])
    >>> sums = np.array([[48.0, -16.0, 9.0], [32.0, -12.0, 0.0]])  # means 3 and 2; -1 and -3; 9 and none
    >>> round(float(squared_means(visits, sums)), 6) == round((32 * 3 * 2 + 20 * -1 * -3) / 52, 6)
    True
    """
    first = visits // (2 * BLOCK) * BLOCK + np.minimum(visits % (2 * BLOCK), BLOCK)
    sizes = np.stack([first, visits - first], axis=-2)
    means = sums / np.where(sizes > 0, sizes, 1)
    counted = np.where(visits > BLOCK, visits, 0)
    total = counted.sum(axis=-1)
    squares: NDArray[np.float64] = (counted * means[..., 0, :] * means[..., 1, :]).sum(axis=-1)
    return squares / np.where(total > 0, total, math.nan)


def outcomes_of(state: Any) -> dict[str, NDArray[Any]]:
    """Return what each run has come to so far; NaN before the first counted step."""
    num_agents = state.taken.shape[1]
    visits = state.visits.sum(axis=1)
    steps = np.where(visits > 0, visits, math.nan)
    return {
        "volatility": state.squares[:, 0] / steps / num_agents,
        "predictability": squared_means(state.visits, state.sums) / num_agents,
        "attendance": state.attended[:, 0] / steps,
        "attendance_spread": _spread(state, steps),
        "win_share": state.winners[:, 0] / np.where(state.playing > 0, state.playing, math.nan)[:, 0],
        "alpha": np.full(len(visits), state.num_histories / num_agents),
    }


def _spread(state: Any, steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviation over steps of the attendance, from X = 2 (n - theta N)."""
    mean_excess = state.sums.sum(axis=(1, 2)) / steps
    return 0.5 * np.sqrt(np.maximum(state.squares[:, 0] / steps - mean_excess**2, 0.0))


def volatility(result: Result) -> Estimate:
    """Fluctuations of the attendance, sigma^2/N; 1 if all toss fair coins and the threshold is one half."""
    return over_runs(result, "volatility", TOO_FEW)


def predictability(result: Result) -> Estimate:
    """What the history tells of the outcome, H/N; below the critical alpha too low by an amount of order 10^-3."""
    return over_runs(result, "predictability", TOO_FEW)


def attendance(result: Result) -> Estimate:
    """Mean number of agents who take action 1."""
    return over_runs(result, "attendance", TOO_FEW)


def attendance_spread(result: Result) -> Estimate:
    """Standard deviation over the steps of a run of the number who take action 1, about that run's mean."""
    return over_runs(result, "attendance_spread", TOO_FEW)


def win_share(result: Result) -> Estimate:
    """Share of the agents on the winning side; below 1/2 in a minority game."""
    return over_runs(result, "win_share", TOO_FEW)


def theory_volatility(result: Result) -> Estimate:
    """sigma^2/N in the limit of many agents, where it is known (`socialsim.environments.minority.theory`)."""
    return _theory(result, predicted_volatility)


def theory_predictability(result: Result) -> Estimate:
    """H/N in the limit of many agents, where it is known (`socialsim.environments.minority.theory`)."""
    return _theory(result, predicted_predictability)


def _theory(result: Result, predicted: Any) -> Estimate:
    for name, value in SOLVED.items():
        if result.parameters.get(name) != value:
            return Estimate.undefined(f"no closed form; it is known for {name}={str(value).lower()}")
    value = predicted(float(result.runs.alpha.iloc[0]))
    if math.isnan(value):
        return Estimate.undefined("below the critical alpha it depends on the initial scores")
    return Estimate(value, value, value, result.num_runs, method="replicas")


METRICS = (volatility, theory_volatility, predictability, theory_predictability, attendance, win_share)
