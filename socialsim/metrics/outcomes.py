"""What the acts of a population brought, read from any record: efficiency, sustainability, and how it is shared.

The formulas stand in `socialsim.metrics.commons` and `socialsim.metrics.inequality`. An agent's return is the sum of
its rewards in a run. Indices of inequality are about shares of a total: a run in which somebody lost, or nobody earned
anything, does not define them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics import commons, inequality
from socialsim.metrics.blocks import Record
from socialsim.metrics.metric import Known, metric
from socialsim.metrics.nulls import over_runs
from socialsim.metrics.records import act_table, constructed, rewards_by_step

EARNED = {"act": ("step", "agent", "reward")}


def _known(value: float) -> Known:
    """Return two agents, in two runs, who earn 1 and 3 in the first step, nothing and 6 in the third."""
    rewards = [[1.0, 3.0], [0.0, 0.0], [0.0, 6.0]]
    return Known(constructed(act=act_table(np.zeros((2, 3, 2), int), rewards=[rewards] * 2)), value)


@metric(family="dilemmas", needs=EARNED, known=lambda: _known(10 / 3))
def efficiency(result: Result) -> Estimate:
    """What all agents earn together in a step (U).

    Examples
    --------
    >>> round(efficiency(efficiency.known().result).value, 12)
    3.333333333333
    """
    return _of_rewards(result, lambda rewards: float(rewards.sum(axis=1).mean()), "no acts")


@metric(family="dilemmas", needs=EARNED, known=lambda: _known((0 + 2 / 2) / 2))
def sustainability(result: Result) -> Estimate:
    """The mean step, counted from 0, at which an agent earned something, mean over the agents who did (S).

    Examples
    --------
    >>> sustainability(sustainability.known().result).value
    0.5
    """

    def statistic(rewards: NDArray[np.float64]) -> float:
        earned = rewards > 0
        sums = (earned * np.arange(len(rewards))[:, None]).sum(axis=0)
        return float(commons.sustainability(sums[None], earned.sum(axis=0)[None])[0])

    return _of_rewards(result, statistic, "in no run did anybody earn a positive reward")


@metric(family="dilemmas", needs=EARNED, known=lambda: _known(0.6))
def equality(result: Result) -> Estimate:
    """One minus the Gini coefficient of the agents' returns (E).

    Examples
    --------
    >>> equality(equality.known().result).value
    0.6
    """
    return _of_returns(result, lambda returns: commons.equality(returns[None])[0])


@metric(family="dilemmas", needs=EARNED, known=lambda: _known(0.1 * math.log(0.2) + 0.9 * math.log(1.8)))
def theil_of_returns(result: Result) -> Estimate:
    """Theil's index of the agents' returns.

    Examples
    --------
    >>> round(theil_of_returns(theil_of_returns.known().result).value, 4)
    0.3681
    """
    return _of_returns(result, inequality.theil)


@metric(family="dilemmas", needs=EARNED, known=lambda: _known(0.2))
def atkinson_of_returns(result: Result) -> Estimate:
    """Atkinson's index of the agents' returns, with an aversion of 1/2.

    Examples
    --------
    >>> round(atkinson_of_returns(atkinson_of_returns.known().result).value, 12)
    0.2
    """
    return _of_returns(result, inequality.atkinson)


def _of_returns(result: Result, index: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Estimate:
    """Return an index of inequality, of the runs in which nobody lost and somebody earned."""

    def statistic(rewards: NDArray[np.float64]) -> float:
        returns = rewards.sum(axis=0)
        return float(index(returns)) if returns.min() >= 0 and returns.sum() > 0 else math.nan

    return _of_rewards(result, statistic, "in no run are all returns >= 0 and their sum > 0: shares of it mean nothing")


def _of_rewards(result: Result, statistic: Callable[[NDArray[np.float64]], float], undefined: str) -> Estimate:
    records = [[rewards] for rewards in rewards_by_step(result)]

    def of_record(record: Record) -> float:
        return statistic(np.asarray(record[0], float))

    return over_runs(records, of_record, undefined)
