r"""Boltzmann-Q flow: the replicator with a pull towards the uniform policy ([Sato2003]_, [Tuyls2006]_).

    x_a' = x_a [u_a - sum_b x_b u_b - tau (ln x_a - sum_b x_b ln x_b)]                                            (1)

An agent that chooses by logit, x_a = exp(Q_a / tau) / sum_b exp(Q_b / tau), and whose values of *all* actions move
towards what they would pay, Q_a' = u_a - Q_a, follows (1) in the time t / tau. It is the limit of learners that know
what they forwent:

- `socialsim.learning.discrete_choice` with memory 1 - alpha and beta = alpha / tau;
- `socialsim.learning.experience_weighted_attraction` with delta = kappa = 1, phi = 1 - alpha, lambda = alpha / tau.

As alpha -> 0 one of their steps takes the time alpha / tau. `socialsim.learning.boltzmann_q` corrects only the action
that it takes, so that rare actions lag behind. It follows (1) only if alpha is divided by the chance of the action
([Kaisers2010]_); as it is it follows `socialsim.limits.flows.q_value_flow`. Rest points are those of the logit flow,
the quantal response equilibria. Between two populations rock-paper-scissors conserves sum ln x + sum ln y at tau = 0;
with tau > 0 the flow contracts volumes ([Sato2003]_).

(1) and the logit flow are one flow in two coordinates: if z follows the logit flow of A, x = L(A z) follows (1) in the
time t / tau.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.limits.flows.meetings import as_meetings, grow

Floats = NDArray[np.float64]

LEAST = 1e-300  # keeps logarithms finite


def boltzmann_q(payoffs: Any, start: Any, times: Any, *, temperature: float, step: float | None = None) -> Any:
    """Return the shares of actions at some times: the limit of `discrete_choice` that remembers, step alpha / tau.

    Parameters
    ----------
    payoffs : Meetings, or array of shape (m, m)
    start : array, shape (m,) or (n, m), or a pair of such
        Shares above 0.
    times : array
        The first is that of the start.
    temperature : float
        tau >= 0, in the unit of rewards; 0: the replicator flow.
    step : float, optional
        Of the map that follows (1) at once; agents do so only as it goes to 0.

    Returns
    -------
    ndarray, shape (times, m), on a graphon (times, n, m), or a pair of such

    Examples
    --------
    >>> dilemma = [[3.0, 0.0], [4.0, 1.0]]
    >>> boltzmann_q(dilemma, [0.5, 0.5], [0.0, 40.0], temperature=1 / np.log(3))[-1].round(6).tolist()
    [0.25, 0.75]
    """
    if not (np.isfinite(temperature) and temperature >= 0.0):
        raise ParameterError(f"temperature: {temperature!r} is not accepted; accepted: a number >= 0")
    meetings = as_meetings(payoffs)
    if any((shares <= 0.0).any() for shares in meetings.begin(start)):
        raise ParameterError(f"start: {start} is not accepted; accepted: shares > 0")

    def rate(shares: Floats, paid: Floats) -> Floats:
        return np.asarray(paid - temperature * np.log(np.maximum(shares, LEAST)))

    return grow(rate, meetings, start, times, step)
