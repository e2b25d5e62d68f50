r"""Logit flow, or smoothed best response: everybody turns to what a logit choice would be now ([FudenbergLevine1998]_).

    x_a' = L_a(u) - x_a,    L_a(u) = exp(u_a / tau) / sum_b exp(u_b / tau)                                        (1)

Its rest points are the **quantal response equilibria** x = L(A x) of [McKelvey1995]_; as tau -> 0 it is the best
response flow. It is the limit of learners that see what each action would pay.

- `socialsim.learning.discrete_choice` without memory, beta = 1 / tau: a large population makes the step ``step = 1``.
- `socialsim.learning.experience_weighted_attraction` with delta = 1, kappa = 0 and lambda = 1 / tau (stochastic
  fictitious play): beliefs follow (1), with ``step = 1 - phi`` where experience is at its rest, 1 / (1 - phi); where
  nothing fades a round t takes the time 1/t ([Hopkins2002]_). Choices are then L of what beliefs expect.

In a symmetric game A = A^T the potential x . A x / 2 - tau sum x ln x never falls ([Hofbauer2007]_).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from socialsim.core.errors import ParameterError
from socialsim.limits.flows.meetings import follow

Floats = NDArray[np.float64]


def positive(name: str, value: float) -> float:
    """Return a number above 0, or refuse it."""
    if not (np.isfinite(value) and value > 0.0):
        raise ParameterError(f"{name}: {value!r} is not accepted; accepted: a number > 0")
    return float(value)


def logit(payoffs: Any, start: Any, times: Any, *, temperature: float, step: float | None = None) -> Any:
    """Return the shares of actions at some times: the limit of `discrete_choice` and of stochastic fictitious play.

    Parameters
    ----------
    payoffs : Meetings, or array of shape (m, m)
    start : array, shape (m,) or (n, m), or a pair of such
    times : array
        The first is that of the start.
    temperature : float
        tau, in the unit of rewards.
    step : float, optional
        Share of agents who revise at once; 1 for `discrete_choice`.

    Returns
    -------
    ndarray, shape (times, m), on a graphon (times, n, m), or a pair of such

    Examples
    --------
    >>> dilemma = [[3.0, 0.0], [4.0, 1.0]]  # to defect pays 1 more, whatever the others do
    >>> logit(dilemma, [0.5, 0.5], [0.0, 40.0], temperature=1 / np.log(3))[-1].round(6).tolist()
    [0.25, 0.75]
    """
    tau = positive("temperature", temperature)
    return follow(lambda shares, paid: softmax(paid / tau, axis=-1) - shares, payoffs, start, times, step)
