r"""Games in normal form: is it a social dilemma, how hard is it, and what does selfishness cost?

Two players are paid R for mutual cooperation, P for mutual defection, T and S for a defector and a cooperator who
meet. It is a social dilemma ([Leibo2017]_, section 2) if

    (1) R > P,  (2) R > S,  (3) 2R > T + S,  (4) greed T > R, or fear P > S, or both,                              (1)

and cooperation is the easier the larger **Rapoport's** index ([Rapoport1967]_)

    K = (R - P) / (T - S).                                                                                         (2)

For more players see `socialsim.metrics.commons.schelling`. The **price of anarchy** ([Koutsoupias1999]_) is the largest
welfare over that of the worst equilibrium.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.metrics.estimates import difference_of_means


class Payoffs(NamedTuple):
    """What two players are paid in a game of two actions."""

    reward: float  # R, both cooperate
    sucker: float  # S, the one who cooperates
    temptation: float  # T, the one who defects
    punishment: float  # P, both defect


def is_dilemma(reward: float, sucker: float, temptation: float, punishment: float) -> bool:
    """Say whether two players face a social dilemma, conditions (1).

    Source
    ------
    [Leibo2017]_, section 2.

    Examples
    --------
    >>> is_dilemma(3, 0, 5, 1)  # the prisoner's
    True
    >>> is_dilemma(3, 0, 2, 1), is_dilemma(3, 2, 3.5, 1), is_dilemma(3, 0, 7, 1)  # the stag's; chicken; 2R < T + S
    (True, True, False)
    """
    r, s, t, p = _finite(Payoffs(reward, sucker, temptation, punishment))
    return r > p and r > s and 2 * r > t + s and (t > r or p > s)


def rapoport_k(reward: float, sucker: float, temptation: float, punishment: float) -> float:
    """Return Rapoport's index of cooperation, equation (2).

    Returns
    -------
    float
        In (0, 1) in a prisoner's dilemma; NaN if T = S.

    Source
    ------
    [Rapoport1967]_.

    Examples
    --------
    >>> rapoport_k(3, 0, 5, 1)
    0.4
    """
    r, s, t, p = _finite(Payoffs(reward, sucker, temptation, punishment))
    return (r - p) / (t - s) if t != s else math.nan


def _finite(payoffs: Payoffs) -> Payoffs:
    for name, value in zip(payoffs._fields, payoffs, strict=True):
        if not math.isfinite(value):
            raise ParameterError(f"{name}: {value} is not accepted; accepted: finite numbers")
    return payoffs


class Dilemma(NamedTuple):
    """The differences of conditions (1), each with its interval."""

    harmony: Estimate  # R - P
    safety: Estimate  # R - S
    alternation: Estimate  # 2R - T - S
    greed: Estimate  # T - R
    fear: Estimate  # P - S

    @property
    def is_dilemma(self) -> bool:
        """Whether conditions (1) hold beyond the intervals."""
        first = min(self.harmony.low, self.safety.low, self.alternation.low)
        return first > 0 and (self.greed.low > 0 or self.fear.low > 0)


def dilemma(reward: Estimate, sucker: Estimate, temptation: Estimate, punishment: Estimate) -> Dilemma:
    """Return the differences that make a social dilemma from measured payoffs, with 95% intervals.

    Parameters
    ----------
    reward, sucker, temptation, punishment : Estimate
        Of independent runs, as `mean` returns them.

    Examples
    --------
    >>> from socialsim.metrics.estimates import mean
    >>> found = dilemma(mean([3, 3.2]), mean([0, 0.2]), mean([5, 5.2]), mean([1, 1.2]))
    >>> print(found.fear, "|", found.greed)
    1.00 [0.39, 1.61] | 2.00 [1.39, 2.61]
    >>> found.is_dilemma
    False
    >>> print(found.alternation)  # two runs do not show that 2R > T + S
    1.00 [-0.05, 2.05]
    """
    return Dilemma(
        difference_of_means(reward, punishment),
        difference_of_means(reward, sucker),
        _alternation(reward, temptation, sucker),
        difference_of_means(temptation, reward),
        difference_of_means(punishment, sucker),
    )


def _alternation(reward: Estimate, temptation: Estimate, sucker: Estimate) -> Estimate:
    """Return (R - T) + (R - S) = 2R - T - S with Welch's interval."""
    value = 2 * reward.value - temptation.value - sucker.value
    if math.isnan(value):
        return Estimate.undefined(reward.reason or temptation.reason or sucker.reason)
    payoffs = (reward, temptation, sucker)
    errors = (2 * reward.standard_error, temptation.standard_error, sucker.standard_error)
    error, num_runs = math.hypot(*errors), min(each.num_runs for each in payoffs)
    if error == 0.0:
        return Estimate(value, value, value, num_runs, method="Welch, 95%")
    if math.isnan(error):
        nan = math.nan
        reason = "one run gives no interval"
        return Estimate(value, nan, nan, num_runs, method="Welch, 95%", reason=reason, standard_error=nan)
    from scipy.special import stdtrit

    freedom = error**4 / sum(e**4 / (each.num_runs - 1) for e, each in zip(errors, payoffs, strict=True) if e > 0)
    reach = float(stdtrit(freedom, 0.975)) * error
    return Estimate(value, value - reach, value + reach, num_runs, method="Welch, 95%", standard_error=error)


def price_of_anarchy(payoffs: ArrayLike) -> float:
    """Return the largest sum of payoffs over the smallest in an equilibrium in pure strategies.

    Parameters
    ----------
    payoffs : array_like, shape (num_players, num_actions_0, num_actions_1, ...)
        What each player is paid for each joint action.

    Returns
    -------
    float
        >= 1; NaN if there is no equilibrium in pure strategies, or its welfare is not positive: a ratio to nothing or
        to a loss compares nothing.

    Raises
    ------
    ParameterError
        If the shape is no game's, or a payoff is not finite.

    Source
    ------
    [Koutsoupias1999]_.

    Examples
    --------
    >>> price_of_anarchy([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    3.0
    >>> price_of_anarchy([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])  # matching pennies
    nan
    """
    u = np.asarray(payoffs, float)
    if u.ndim < 2 or len(u) != u.ndim - 1 or u.size == 0 or not np.isfinite(u).all():
        raise ParameterError(
            f"payoffs: shape {u.shape} is not accepted; accepted: finite numbers, (num_players, then the number of "
            "actions of each player)"
        )
    is_stable = np.ones(u.shape[1:], bool)
    for player, paid in enumerate(u):
        is_stable &= paid >= paid.max(axis=player, keepdims=True)
    welfare = u.sum(axis=0)
    worst = welfare[is_stable].min() if is_stable.any() else math.nan
    return float(welfare.max() / worst) if worst > 0 else math.nan
