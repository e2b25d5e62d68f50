r"""Many traders who choose by logit: a deterministic map, where it comes to rest and where that ends.

With N -> infinity traders of the learner `socialsim.learning.discrete_choice` the shares of beliefs are its chances,
and without noise the price follows the map ([Brock1998]_, section 2)

    R x_t = sum_h n_{h,t} (g_h x_{t-1} + b_h),    n_{h,t} = exp(beta U_{h,t-1}) / Z,    U_t = u_t + w U_{t-1},

where u_{t-1} needs x_{t-1}, x_{t-2} and x_{t-3}. For costly fundamentalists (cost C) against trend followers (g),
without memory (section 4.1),

- x = 0 is at rest with a share 1 / (1 + exp(-beta C)) of trend followers, and small deviations are multiplied by g/R
  times that share in each step. For R < g < 2R this is 1 at the **primary bifurcation** (a pitchfork)

      beta* = ln[R / (g - R)] / C                                                                             (1)

- for beta > beta* there are two more, where a share R/g follows the trend:

      x^2 = (C - ln[R / (g - R)] / beta) a sigma^2 / [g (R - 1)]                                              (2)

- which lose stability at a **secondary bifurcation** (Hopf). With k = (beta - beta*) C (1 - R/g) / (R - 1) the
  eigenvalues there solve

      z^3 - (1 + k) z^2 + R k z + (R - 1) k = 0                                                               (3)

  of which two leave the unit circle, as a complex pair, at 1 - (2R - 1) k - R (R - 1) k^2 = 0 (Jury's condition):

      beta** = beta* + k (R - 1) / [C (1 - R/g)],    k = [sqrt((2R - 1)^2 + 4R(R - 1)) - (2R - 1)] / [2R(R - 1)]    (4)

  Beyond it prices circle around a closed curve, and at higher beta they are chaotic.

Equations (3) and (4) are not in the paper, which shows that there is such a bifurcation and finds it numerically.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError

if TYPE_CHECKING:
    from socialsim.environments.assets import Assets


class Trajectory(NamedTuple):
    """What the map does; ... is the shape of beta."""

    deviations: NDArray[np.float64]  # (num_steps, ...), x
    shares: NDArray[np.float64]  # (num_steps, ..., num_beliefs), n


def trajectory(market: Assets, beta: ArrayLike, num_steps: int, memory: float = 0.0) -> Trajectory:
    """Return how infinitely many traders move the price, without noise.

    Parameters
    ----------
    market : Assets
        Its beliefs, interest, risk and initial deviation; noise is left out.
    beta : float or array_like
        Intensities of choice, >= 0; one trajectory for each.
    num_steps : int
    memory : float
        Weight w of past payoffs, in [0, 1].

    Returns
    -------
    Trajectory

    Examples
    --------
    >>> from socialsim.environments.assets import Assets
    >>> path = trajectory(Assets(), 2.0, 200).deviations
    >>> bool(abs(path[-1]) < 1e-4)
    True
    """
    betas = np.asarray(beta, float)
    trend, bias = np.array(market.trends), np.array(market.biases)
    now = before = earlier = np.full(betas.shape, float(market.initial_deviation))
    fitness = np.zeros((*betas.shape, len(trend)))
    deviations, shares = [], []
    for _ in range(num_steps):
        fitness = payoffs(market, now, before, earlier) + memory * fitness
        split = logit(fitness, betas)
        following = (split * (trend * now[..., None] + bias)).sum(axis=-1) / (1.0 + market.interest)
        now, before, earlier = following, now, before
        deviations.append(now)
        shares.append(split)
    return Trajectory(np.array(deviations), np.array(shares))


def payoffs(market: Assets, now: ArrayLike, before: ArrayLike, earlier: ArrayLike) -> NDArray[np.float64]:
    """Return what each belief has earned when the deviation is ``now`` after ``before`` and ``earlier``.

        u_h = (x_t - R x_{t-1}) (g_h x_{t-2} + b_h - R x_{t-1}) / (a sigma^2) - C_h

    Parameters
    ----------
    market : Assets
    now, before, earlier : array_like, of one shape (...)
        x_t, x_{t-1}, x_{t-2}.

    Returns
    -------
    ndarray, shape (..., num_beliefs)

    Examples
    --------
    >>> from socialsim.environments.assets import Assets
    >>> payoffs(Assets(interest=0.5), 2.0, 1.0, 1.0).round(12).tolist()
    [-1.75, -0.15]
    """
    x, y, z = (np.asarray(values, float)[..., None] for values in (now, before, earlier))
    gross = 1.0 + market.interest
    expected = np.array(market.trends) * z + np.array(market.biases)
    return np.asarray((x - gross * y) * (expected - gross * y) / market.risk - np.array(market.costs))


def logit(fitness: ArrayLike, beta: ArrayLike) -> NDArray[np.float64]:
    """Return the shares that choose each belief.

    Examples
    --------
    >>> logit([0.0, np.log(3.0)], 1.0).round(12).tolist()
    [0.25, 0.75]
    """
    score = np.asarray(beta, float)[..., None] * np.asarray(fitness, float)
    weight = np.exp(score - score.max(axis=-1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


def growth_factor(market: Assets, beta: float) -> float:
    """Return by what a small deviation from the fundamental price is multiplied in a step, without memory or biases.

    Examples
    --------
    >>> from socialsim.environments.assets import Assets
    >>> round(growth_factor(Assets(), primary_bifurcation(Assets())), 12)
    1.0
    """
    shares = logit(-np.array(market.costs), beta)
    return float(shares @ np.array(market.trends) / (1.0 + market.interest))


def primary_bifurcation(market: Assets) -> float:
    """Return the intensity of choice at which the fundamental price loses stability, equation (1).

    Raises
    ------
    ParameterError
        If the beliefs are not fundamentalists and cheaper trend followers with R < g < 2R.

    Examples
    --------
    >>> from socialsim.environments.assets import Assets
    >>> round(primary_bifurcation(Assets()), 4)
    2.3979
    """
    gross, trend, cost = _two_types(market)
    return math.log(gross / (trend - gross)) / cost


def steady_deviation(market: Assets, beta: float) -> float:
    """Return the deviation at rest that is not negative: 0 up to beta*, then that of equation (2).

    Examples
    --------
    >>> from socialsim.environments.assets import Assets
    >>> round(steady_deviation(Assets(), 2.8), 4), steady_deviation(Assets(), 2.0)
    (1.094, 0.0)
    """
    gross, trend, cost = _two_types(market)
    if beta <= primary_bifurcation(market):
        return 0.0
    return math.sqrt((cost - cost * primary_bifurcation(market) / beta) * market.risk / (trend * (gross - 1.0)))


def secondary_bifurcation(market: Assets) -> float:
    """Return the intensity of choice at which the other prices at rest lose stability, equation (4).

    Examples
    --------
    >>> from socialsim.environments.assets import Assets
    >>> round(secondary_bifurcation(Assets()), 4)
    3.3313
    """
    gross, trend, cost = _two_types(market)
    linear, square = 2.0 * gross - 1.0, gross * (gross - 1.0)
    k = (math.sqrt(linear**2 + 4.0 * square) - linear) / (2.0 * square)
    return primary_bifurcation(market) + k * (gross - 1.0) / (cost * (1.0 - gross / trend))


def jacobian(market: Assets, beta: float, deviations: ArrayLike, step: float = 1e-6) -> NDArray[np.float64]:
    """Return the derivative of (x_t, x_{t-1}, x_{t-2}) by (x_{t-1}, x_{t-2}, x_{t-3}), without memory, by central
    differences.

    Parameters
    ----------
    market : Assets
    beta : float
    deviations : array_like, shape (3,), or float
        x_{t-1}, x_{t-2} and x_{t-3}; one number stands for all three, as at rest.
    step : float
        Half the distance of the points that are compared.

    Returns
    -------
    ndarray, shape (3, 3)

    Examples
    --------
    >>> from socialsim.environments.assets import Assets
    >>> jacobian(Assets(), 2.0, 0.0).round(4).tolist()
    [[0.9609, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    offsets = step * np.stack([np.eye(3), -np.eye(3)])
    now, before, earlier = np.moveaxis(np.asarray(deviations, float) + offsets, 2, 0)
    shares = logit(payoffs(market, now, before, earlier), beta)
    expected = np.array(market.trends) * now[..., None] + np.array(market.biases)
    following = (shares * expected).sum(axis=-1) / (1.0 + market.interest)
    return np.array([(following[0] - following[1]) / (2.0 * step), [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def lyapunov_exponent(market: Assets, beta: float, num_steps: int = 5000) -> float:
    """Return the mean rate at which neighbouring trajectories part, per step, without memory; > 0 means chaos.

    Examples
    --------
    >>> from socialsim.environments.assets import Assets
    >>> lyapunov_exponent(Assets(), 3.0) < 0 < lyapunov_exponent(Assets(), 3.6)
    True
    """
    path = trajectory(market, beta, num_steps).deviations
    parting, total = np.array([1.0, 0.0, 0.0]), 0.0
    for t in range(2, num_steps):
        parting = jacobian(market, beta, path[t - 2 : t + 1][::-1]) @ parting
        size = float(np.linalg.norm(parting))
        parting, total = parting / size, total + math.log(size)
    return total / (num_steps - 2)


def _two_types(market: Assets) -> tuple[float, float, float]:
    """Return R, g and C of costly fundamentalists against trend followers."""
    gross, cost = 1.0 + market.interest, market.costs[0] - market.costs[-1]
    is_pair = len(market.trends) == 2 and market.trends[0] == 0.0 and not any(market.biases)
    if not (is_pair and gross < market.trends[1] < 2.0 * gross and cost > 0.0):
        raise ParameterError(
            f"trends: {market.trends} with biases {market.biases} and costs {market.costs} are not accepted; accepted: "
            "fundamentalists (0) and cheaper trend followers with R < g < 2R, without biases"
        )
    return gross, market.trends[1], cost
