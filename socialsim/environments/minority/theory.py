r"""What is known of the minority game in closed form: its stationary state in the limit of many agents.

N agents with two random strategies each play for the linear payoff on histories drawn at random. Their stationary state
minimises the predictability H over the agents' mean choices, a problem of disordered spins with one control parameter,
alpha = P/N. Replicas solve it ([Challet2000]_; [Challet2005]_, chapter 3). With a free parameter z > 0,

    Q(z) = 1 - sqrt(2/pi) exp(-z^2/2)/z - (1 - 1/z^2) erf(z/sqrt 2)             mean squared magnetisation
    alpha = z^2 (1 + Q)                                                                                          (1)
    chi = 1/[alpha/erf(z/sqrt 2) - 1]                                            susceptibility                  (2)
    H/N = (1 + Q)/[2 (1 + chi)^2]                                                predictability                  (3)
    sigma^2/N = H/N + (1 - Q)/2                                                  volatility                      (4)

chi diverges where alpha = erf(z/sqrt 2): at alpha_c = .33740 the predictability vanishes. Below it H = 0 (the
**symmetric phase**: the history says nothing of the outcome), the minimum is no longer unique, and sigma^2 depends on
the initial scores, so that the theory is silent: agents who start alike herd and do worse than coins ([Savit1999]_).
Above it (the **asymmetric phase**) the state is unique.

A share erf(z/sqrt 2) of the agents goes on to use both strategies; the others are frozen on one.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError

SMALLEST, LARGEST = 0.05, 1e6  # between them lie all z of alpha in [alpha_c, 1e12]
COIN_TOSS = 1.0  # sigma^2/N of agents who toss coins


class StationaryState(NamedTuple):
    """The limit of many agents at one alpha."""

    alpha: float
    overlap: float  # Q
    susceptibility: float  # chi
    predictability: float  # H/N
    volatility: float  # sigma^2/N
    frozen: float  # share of agents who always use the same strategy


def overlap(z: float) -> float:
    """Return Q(z), z > 0.

    Examples
    --------
    >>> round(overlap(1.0), 5)
    0.51606
    """
    return 1.0 - math.sqrt(2.0 / math.pi) * math.exp(-z * z / 2.0) / z - (1.0 - 1.0 / z**2) * _erf(z)


def alpha_of(z: float) -> float:
    """Return alpha(z) = z^2 (1 + Q), equation (1), which rises with z."""
    return z * z * (1.0 + overlap(z))


def critical_alpha() -> float:
    """Return alpha_c, where alpha(z) = erf(z/sqrt 2).

    Examples
    --------
    >>> f"{critical_alpha():.5f}"
    '0.33740'
    """
    from scipy.optimize import brentq

    return alpha_of(brentq(lambda z: alpha_of(z) - _erf(z), SMALLEST, 1.0, xtol=1e-14))


def stationary_state(alpha: float) -> StationaryState:
    """Return the stationary state at some alpha = P/N of at least alpha_c, equations (1) to (4).

    Raises
    ------
    ParameterError
        If alpha is below alpha_c, where there are many states, or not finite.

    Examples
    --------
    >>> for alpha in (256 / 301, 512 / 301, 1024 / 301):
    ...     print(f"{alpha:.3f} {stationary_state(alpha).volatility:.3f}")
    0.850 0.299
    1.701 0.506
    3.402 0.700
    """
    from scipy.optimize import brentq

    lowest = critical_alpha()
    if not lowest <= alpha <= LARGEST:
        raise ParameterError(f"alpha: {alpha:g} is not accepted; accepted: {lowest:.5f} (critical) to {LARGEST:g}")
    z = brentq(lambda z: alpha_of(z) - alpha, SMALLEST, LARGEST, xtol=1e-14)
    q, fickle = overlap(z), _erf(z)
    rigidity = max(0.0, 1.0 - fickle / alpha)  # 1/(1 + chi)
    predictability = 0.5 * (1.0 + q) * rigidity**2
    susceptibility = 1.0 / rigidity - 1.0 if rigidity > 0.0 else math.inf
    volatility = predictability + 0.5 * (1.0 - q)
    return StationaryState(alpha, q, susceptibility, predictability, volatility, 1.0 - fickle)


def predicted_predictability(alpha: float) -> float:
    """Return H/N at any alpha > 0: equation (3), and 0 below alpha_c.

    Examples
    --------
    >>> predicted_predictability(0.2)
    0.0
    """
    return 0.0 if alpha < critical_alpha() else stationary_state(alpha).predictability


def predicted_volatility(alpha: float) -> float:
    """Return sigma^2/N at any alpha > 0: equation (4), and NaN below alpha_c.

    Examples
    --------
    >>> predicted_volatility(0.2)
    nan
    """
    return math.nan if alpha < critical_alpha() else stationary_state(alpha).volatility


def attendance_chances(num_agents: int) -> NDArray[np.float64]:
    """Return the chance that 0, 1, ..., n of n agents take action 1 when all toss fair coins, shape (num_agents + 1,).

    Examples
    --------
    >>> attendance_chances(2).tolist()
    [0.25, 0.5, 0.25]
    """
    from scipy.special import gammaln

    k = np.arange(num_agents + 1)
    logarithms = gammaln(num_agents + 1) - gammaln(k + 1) - gammaln(num_agents - k + 1) - num_agents * math.log(2.0)
    chances: NDArray[np.float64] = np.exp(logarithms)
    return chances / chances.sum()


def _erf(z: float) -> float:
    return math.erf(z / math.sqrt(2.0))
