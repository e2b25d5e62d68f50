"""How two players answer each other: the four probabilities of a memory-one strategy, from the records of any result.

What p_CC, p_CD, p_DC and p_DD are says `socialsim.metrics.dilemmas`, whose `memory_one` takes one player's acts. Here
both players' answers are pooled, and the cooperative action is that which the record tells.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.dilemmas import EARNED, of_cooperators
from socialsim.metrics.metric import Known, metric
from socialsim.metrics.records import act_table, constructed, finite_rewards


def _known_answers(value: float) -> Known:
    """Return two runs in which each player meets each joint act, and cooperates after CC and DC alone; the value."""
    both = [[1, 1], [1, 1], [0, 1], [1, 0], [0, 1], [0, 0], [0, 0]]
    pays = {(1, 1): [3, 3], (1, 0): [0, 5], (0, 1): [5, 0], (0, 0): [1, 1]}
    return Known(constructed(act=act_table([both] * 2, rewards=[[pays[a, b] for a, b in both]] * 2)), value)


@metric(family="dilemmas", needs=EARNED, known=lambda: _known_answers(0.75))
def cooperation_after_cc(result: Result) -> Estimate:
    """How often one of two players cooperates after both did: p_CC of a memory-one strategy.

    Examples
    --------
    >>> cooperation_after_cc(cooperation_after_cc.known().result).value
    0.75
    """
    return _answers(result, True, True)


@metric(family="dilemmas", needs=EARNED, known=lambda: _known_answers(0.0))
def cooperation_after_cd(result: Result) -> Estimate:
    """How often one of two players cooperates after it alone did: p_CD of a memory-one strategy.

    Examples
    --------
    >>> cooperation_after_cd(cooperation_after_cd.known().result).value
    0.0
    """
    return _answers(result, True, False)


@metric(family="dilemmas", needs=EARNED, known=lambda: _known_answers(2 / 3))
def cooperation_after_dc(result: Result) -> Estimate:
    """How often one of two players cooperates after the other alone did: p_DC of a memory-one strategy.

    Examples
    --------
    >>> round(cooperation_after_dc(cooperation_after_dc.known().result).value, 4)
    0.6667
    """
    return _answers(result, False, True)


@metric(family="dilemmas", needs=EARNED, known=lambda: _known_answers(0.0))
def cooperation_after_dd(result: Result) -> Estimate:
    """How often one of two players cooperates after neither did: p_DD of a memory-one strategy.

    Examples
    --------
    >>> cooperation_after_dd(cooperation_after_dd.known().result).value
    0.0
    """
    return _answers(result, False, False)


def _answers(result: Result, was_own: bool, was_other: bool) -> Estimate:
    """Return how often players cooperate after a joint act, over the answers of both."""
    act = result.table("act")
    finite_rewards("act", act)
    if (act.groupby("run")["agent"].nunique() != 2).any():
        return Estimate.undefined("a memory-one strategy is that of two players, the same at every step")

    def statistic(c: NDArray[np.bool_], _: NDArray[np.float64]) -> float:
        state = (c[:-1] == was_own) & (c[:-1, ::-1] == was_other)
        return float(c[1:][state].mean()) if state.any() else math.nan

    return of_cooperators(result, statistic, f"no step came after {'DC'[was_own]}{'DC'[was_other]}")
