"""What a population makes of its commons: the four numbers of Perolat et al. 2017, the stock and its end."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics import commons
from socialsim.metrics.estimates import mean, proportion


def outcomes_of(state: Any) -> dict[str, NDArray[Any]]:
    """Return what the episode of each run has come to so far."""
    steps, has_begun = np.maximum(state.time[:, 0], 1), np.where(state.time[:, 0] > 0, 1.0, math.nan)
    return {
        "apples": state.returns.sum(axis=1),
        "efficiency": commons.efficiency(state.returns, steps) * has_begun,
        "equality": commons.equality(state.returns),
        "sustainability": commons.sustainability(state.collected_at, state.returns),
        "peace": commons.peace(state.steps_out, steps) * has_begun,
        "stock": state.stock[:, 0],
        "exhausted_at": np.where(state.exhausted_at[:, 0] >= 0, state.exhausted_at[:, 0], math.nan),
        "shots": state.num_shots.sum(axis=1),
        "hits": state.num_hits.sum(axis=1),
    }


def apples(result: Result) -> Estimate:
    """Mean number of apples that all took in an episode."""
    return mean(result.runs.apples)


def efficiency(result: Result) -> Estimate:
    """Apples that all took a step (U)."""
    return mean(result.runs.efficiency)


def equality(result: Result) -> Estimate:
    """One minus the Gini coefficient of what each took (E)."""
    return mean(result.runs.equality.dropna())


def sustainability(result: Result) -> Estimate:
    """Mean step at which apples were taken, averaged over those who took any (S)."""
    return mean(result.runs.sustainability.dropna())


def peace(result: Result) -> Estimate:
    """Mean number of harvesters that were not out (P)."""
    return mean(result.runs.peace)


def exhaustion_rate(result: Result) -> Estimate:
    """Share of runs in which the last apple was taken."""
    return proportion(result.runs.exhausted_at.notna())


def hits(result: Result) -> Estimate:
    """Mean number of hits by beams in an episode."""
    return mean(result.runs.hits)


METRICS = (apples, efficiency, equality, sustainability, peace, exhaustion_rate, hits)
