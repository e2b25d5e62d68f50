"""Where a colony with fixed thresholds comes to rest.

Of the agents of caste c, a share f_c of all, the share x_c is active. In the mean field, with one task,

    x_c' - x_c = (1 - x_c) T_c(s) - p x_c,    T_c(s) = s^n / (s^n + theta_c^n),

so that at rest x_c = T_c(s) / (T_c(s) + p), and the demand is met where sum_c f_c x_c = delta / alpha: one equation for
the stimulus s. Its left side rises with s from 0 to 1 / (1 + p): who has given up is idle for a step at least. With m
tasks that are alike in everything each has one m-th of the active. Multiplying all thresholds by k multiplies s by k
and leaves x_c as they are: only ratios of thresholds matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError


class Rest(NamedTuple):
    """Where demand is met."""

    stimulus: float
    active: NDArray[np.float64]  # (num_castes,), share of each caste that is active


def mean_field(
    thresholds: Sequence[float],
    shares: Sequence[float],
    demand: float = 1.0,
    efficiency: float = 3.0,
    stopping: float = 0.2,
    steepness: float = 2.0,
) -> Rest:
    """Return the stimulus and the share of each caste that is active at rest, with one task.

    Parameters
    ----------
    thresholds, shares : sequence of float, one for each caste
        theta_c > 0, and f_c, of sum 1.
    demand, efficiency, stopping, steepness : float
        delta, alpha, p and n.

    Returns
    -------
    Rest

    Raises
    ------
    ParameterError
        If the demand is negative or more than all can meet, a threshold is not positive, or shares do not sum to 1.

    Examples
    --------
    >>> rest = mean_field([8.0, 20.0], [0.5, 0.5])
    >>> round(rest.stimulus, 3), rest.active.round(3).tolist()
    (4.033, [0.503, 0.163])
    >>> round(float(rest.active.mean()), 12) == round(1 / 3, 12)
    True
    """
    theta, f = np.asarray(thresholds, float), np.asarray(shares, float)
    if not (theta > 0).all() or theta.shape != f.shape or not (f >= 0).all() or not math.isclose(f.sum(), 1.0):
        raise ParameterError(
            f"shares: {tuple(shares)} of thresholds {tuple(thresholds)} are not accepted; accepted: a share for each "
            "threshold, of sum 1, and thresholds > 0"
        )
    needed = demand / efficiency
    if not needed >= 0:
        raise ParameterError(f"demand: {demand:g} is not accepted; accepted: a number >= 0")
    if needed * (1 + stopping) >= 1:
        raise ParameterError(
            f"demand: {demand:g} is not accepted; accepted: less than efficiency / (1 + stopping), "
            f"{efficiency / (1 + stopping):g}, which all can meet"
        )
    low, high = 0.0, float(theta.max())
    while f @ _active(high, theta, stopping, steepness) < needed:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if f @ _active(middle, theta, stopping, steepness) < needed:
            low = middle
        else:
            high = middle
    return Rest(high, _active(high, theta, stopping, steepness))


def _active(stimulus: float, theta: NDArray[np.float64], stopping: float, steepness: float) -> NDArray[np.float64]:
    begins = stimulus**steepness / (stimulus**steepness + theta**steepness)
    return begins / (begins + stopping)
