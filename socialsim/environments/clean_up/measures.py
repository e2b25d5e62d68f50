"""What a population makes of its public good: what it takes, what it gives, and who gives nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics import commons
from socialsim.metrics.estimates import mean


def outcomes_of(state: Any) -> dict[str, NDArray[Any]]:
    """Return what the episode of each run has come to so far."""
    steps = np.where(state.time[:, 0] > 0, state.time[:, 0], math.nan)
    has_begun = np.isfinite(steps)
    length = np.where(has_begun, steps, 1.0)
    num_agents = state.apples.shape[1]
    present = np.maximum(num_agents * length - state.steps_out.sum(axis=1), 1.0)
    return {
        "apples": state.apples.sum(axis=1),
        "efficiency": np.where(has_begun, commons.efficiency(state.apples, length), math.nan),
        "equality": commons.equality(state.apples),
        "sustainability": commons.sustainability(state.collected_at, state.apples),
        "peace": np.where(has_begun, commons.peace(state.steps_out, length), math.nan),
        "reward": state.returns.sum(axis=1),
        "waste_share": state.waste_sum[:, 0] / steps,
        "cleanings": state.num_cleanings.sum(axis=1),
        "cleaned": state.num_cleaned.sum(axis=1),
        "contribution_share": np.where(has_begun, state.num_cleanings.sum(axis=1) / present, math.nan),
        "free_riders": (state.num_cleaned == 0).sum(axis=1) / num_agents,
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
    """One minus the Gini coefficient of the apples that each took (E)."""
    return mean(result.runs.equality.dropna())


def sustainability(result: Result) -> Estimate:
    """Mean step at which apples were taken, averaged over those who took any (S)."""
    return mean(result.runs.sustainability.dropna())


def peace(result: Result) -> Estimate:
    """Mean number of agents that were not out (P)."""
    return mean(result.runs.peace)


def waste_share(result: Result) -> Estimate:
    """Mean share of the river that waste covered."""
    return mean(result.runs.waste_share)


def cleaned(result: Result) -> Estimate:
    """Mean number of pieces of waste that cleaning beams hit in an episode."""
    return mean(result.runs.cleaned)


def contribution_share(result: Result) -> Estimate:
    """Share of their steps on the plane that agents gave to cleaning."""
    return mean(result.runs.contribution_share)


def free_riders(result: Result) -> Estimate:
    """Share of the agents who cleaned nothing."""
    return mean(result.runs.free_riders)


METRICS = (
    apples,
    efficiency,
    equality,
    sustainability,
    peace,
    waste_share,
    cleaned,
    contribution_share,
    free_riders,
)
