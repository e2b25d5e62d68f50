r"""What a population makes of a commons, and whether restraint in it is a dilemma.

Of N agents with returns R_i over T steps, who took what they took at the steps t (eqs. of [Perolat2017]_, section 3.2):

    efficiency      U = sum_i R_i / T
    equality        E = 1 - sum_ij |R_i - R_j| / (2 N sum_i R_i), one minus the Gini coefficient
    sustainability  S = (1/N) sum_i t_i,    t_i the mean step at which agent i was rewarded
    peace           P = (N T - number of agent-steps spent in time-out) / T

A **Schelling diagram** ([Schelling1973]_) shows what a restrained and an unrestrained agent earn, R_c(l + 1) and
R_d(l), when l of the other N - 1 are restrained. Restraint is a social dilemma ([Hughes2018]_, section 2) if

    (1) mutual restraint beats mutual greed:         R_c(N) > R_d(0)
    (2) mutual restraint beats being exploited:      R_c(N) > R_c(1)
    (3) fear: greed beats being exploited:           R_d(0) > R_c(1), and/or
        greed: exploiting beats mutual restraint:    R_d(N - 1) > R_c(N).

The definition asks for (3) at sufficiently small or large l; here it is taken at the ends. (2) is printed with R_c(0),
but where nobody is restrained no restrained agent is paid; the lone one's R_c(1) is meant.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.metrics.estimates import difference_of_means, mean
from socialsim.metrics.inequality import gini


def efficiency(returns: ArrayLike, num_steps: ArrayLike) -> NDArray[np.float64]:
    """Return what all agents earn together in a step (U).

    Parameters
    ----------
    returns : array_like, shape (num_runs, num_agents)
        Sum of each agent's rewards.
    num_steps : int or array_like, shape (num_runs,)
        Length of the episode, >= 1.

    Returns
    -------
    ndarray, shape (num_runs,)

    Raises
    ------
    ParameterError
        If there are no agents or an episode has no step.

    Examples
    --------
    >>> efficiency([[10, 30], [0, 0]], num_steps=100).tolist()
    [0.4, 0.0]
    """
    return np.asarray(_per_agent(returns, "returns").sum(axis=1) / _steps(num_steps))


def equality(returns: ArrayLike) -> NDArray[np.float64]:
    """Return one minus the Gini coefficient of the returns (E).

    Parameters
    ----------
    returns : array_like, shape (num_runs, num_agents)
        Sum of each agent's rewards, >= 0.

    Returns
    -------
    ndarray, shape (num_runs,)
        In [1/num_agents, 1]; NaN where nobody earned anything.

    Raises
    ------
    ParameterError
        If there are no agents, or a return is negative: shares of a sum that may vanish say nothing.

    Examples
    --------
    >>> equality([[3, 3, 3], [0, 0, 9], [0, 0, 0]]).round(3).tolist()
    [1.0, 0.333, nan]
    """
    return 1.0 - gini(_per_agent(returns, "returns"))


def sustainability(step_sums: ArrayLike, num_rewarded: ArrayLike) -> NDArray[np.float64]:
    """Return the mean step at which agents were rewarded, averaged over the agents who were (S).

    Parameters
    ----------
    step_sums : array_like, shape (num_runs, num_agents)
        Sum over each agent's rewarded steps of their number.
    num_rewarded : array_like, shape (num_runs, num_agents)
        How many they are.

    Returns
    -------
    ndarray, shape (num_runs,)
        NaN where nobody was rewarded. An agent who never was has no t_i and is left out of the average.

    Raises
    ------
    ParameterError
        If the shapes differ or there are no agents.

    Examples
    --------
    >>> sustainability([[30, 100, 0], [0, 0, 0]], [[3, 2, 0], [0, 0, 0]]).tolist()
    [30.0, nan]
    """
    sums, counts = _per_agent(step_sums, "step_sums"), _per_agent(num_rewarded, "num_rewarded")
    if sums.shape != counts.shape:
        raise ParameterError(f"num_rewarded: shape {counts.shape} is not accepted; accepted: {sums.shape}")
    is_rewarded = counts > 0
    steps = np.where(is_rewarded, sums, 0.0) / np.where(is_rewarded, counts, 1.0)
    with np.errstate(invalid="ignore"):
        return np.asarray(steps.sum(axis=1) / is_rewarded.sum(axis=1))


def peace(steps_out: ArrayLike, num_steps: ArrayLike) -> NDArray[np.float64]:
    """Return how many agents were not in time-out in an average step (P).

    Parameters
    ----------
    steps_out : array_like, shape (num_runs, num_agents)
        Steps that each agent spent in time-out.
    num_steps : int or array_like, shape (num_runs,)
        Length of the episode, >= 1.

    Returns
    -------
    ndarray, shape (num_runs,)
        In [0, num_agents].

    Raises
    ------
    ParameterError
        If there are no agents or an episode has no step.

    Examples
    --------
    >>> peace([[0, 0, 0], [25, 25, 0]], num_steps=100).tolist()
    [3.0, 2.5]
    """
    out = _per_agent(steps_out, "steps_out")
    return np.asarray(out.shape[1] - out.sum(axis=1) / _steps(num_steps))


class Schelling(NamedTuple):
    """A Schelling diagram and the differences that make a dilemma, each with its interval."""

    restrained: tuple[Estimate, ...]  # R_c(l + 1) for l = 0, ..., N - 1 restrained others
    unrestrained: tuple[Estimate, ...]  # R_d(l)
    harmony: Estimate  # R_c(N) - R_d(0), inequality (1)
    safety: Estimate  # R_c(N) - R_c(1), inequality (2)
    fear: Estimate  # R_d(0) - R_c(1), inequality (3)
    greed: Estimate  # R_d(N - 1) - R_c(N), inequality (3)

    @property
    def is_dilemma(self) -> bool:
        """Whether inequalities (1) to (3) hold beyond the intervals."""
        return self.harmony.low > 0 and self.safety.low > 0 and (self.fear.low > 0 or self.greed.low > 0)


def schelling(restrained: ArrayLike, unrestrained: ArrayLike) -> Schelling:
    """Return the Schelling diagram of what agents earned, with 95% intervals.

    Parameters
    ----------
    restrained : array_like, shape (num_agents, num_runs)
        Row l: what a restrained agent earns with l restrained others, one value for each run (the mean over the
        restrained agents of a run with l + 1 of them).
    unrestrained : array_like, shape (num_agents, num_runs)
        Row l: what an unrestrained agent earns with l restrained others (a run with l restrained agents in all). Runs
        of different rows, and of the two arrays, are independent.

    Returns
    -------
    Schelling

    Raises
    ------
    ParameterError
        If the shapes differ, or there are fewer than two agents.

    Source
    ------
    [Hughes2018]_, section 2; [Schelling1973]_ for the diagram.

    Examples
    --------
    >>> diagram = schelling([[1, 1.2, 0.8], [3, 3.1, 2.9]], [[2, 2.1, 1.9], [4, 4.4, 3.6]])
    >>> print(diagram.fear, "|", diagram.greed)
    1.00 [0.58, 1.42] | 1.00 [0.08, 1.92]
    >>> diagram.is_dilemma
    True
    """
    rows, others = np.asarray(restrained, float), np.asarray(unrestrained, float)
    if rows.ndim != 2 or rows.shape != others.shape or len(rows) < 2:
        raise ParameterError(
            f"schelling: shapes {rows.shape} and {others.shape} are not accepted; accepted: two tables of one shape, "
            "(num_agents, num_runs), of two agents or more"
        )
    cautious, greedy = tuple(mean(row) for row in rows), tuple(mean(row) for row in others)
    return Schelling(
        cautious,
        greedy,
        harmony=difference_of_means(cautious[-1], greedy[0]),
        safety=difference_of_means(cautious[-1], cautious[0]),
        fear=difference_of_means(greedy[0], cautious[0]),
        greed=difference_of_means(greedy[-1], cautious[-1]),
    )


def _per_agent(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return one row a run, one column an agent."""
    array = np.asarray(values, float)
    if array.ndim != 2 or array.shape[1] == 0:
        raise ParameterError(f"{name}: shape {array.shape} is not accepted; accepted: (num_runs, num_agents)")
    return array


def _steps(num_steps: ArrayLike) -> NDArray[np.float64]:
    """Return the lengths of episodes."""
    steps = np.asarray(num_steps, float)
    if not (steps >= 1).all():
        raise ParameterError(f"num_steps: {num_steps!r} is not accepted; accepted: numbers of steps >= 1")
    return steps
