"""What is measured of groups that may contribute to a public good."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.environments.public_goods import mechanics as parts
from socialsim.environments.public_goods.mechanics import State
from socialsim.environments.public_goods.theory import DEFECT
from socialsim.metrics.estimates import ratio
from socialsim.metrics.inequality import gini
from socialsim.metrics.runs import over_runs

NOBODY_MET = "nobody met anybody in a step that counts"


def outcomes_of(state: State, endowment: float, subsidy: float) -> dict[str, NDArray[Any]]:
    """Return what became of each run, over the steps that count."""
    totals = state.totals.T
    surplus = totals[parts.SURPLUS] - endowment * totals[parts.SEATS]
    fair = np.where((state.earned >= 0).all(axis=1, keepdims=True), state.earned, 0.0)
    met = state.action >= 0
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "acts": totals[parts.ACTS].astype(np.int64),
            "contributed": totals[parts.CONTRIBUTED].astype(np.int64),
            "punished": totals[parts.PUNISHED].astype(np.int64),
            "rewarded": totals[parts.REWARDED].astype(np.int64),
            "final_contribution": (met & (state.action != DEFECT)).sum(axis=1) / met.sum(axis=1),
            "efficiency": surplus / np.where(totals[parts.POTENTIAL] > 0.0, totals[parts.POTENTIAL], math.nan),
            "mean_reward": totals[parts.SURPLUS] / totals[parts.ACTS],
            "equality": 1.0 - gini(fair),
            "mean_tax": totals[parts.INCENTIVES] / totals[parts.STEPS] - subsidy,
        }


def contribution_rate(result: Result) -> Estimate:
    """Share of acts that contribute, with or without sanctions."""
    return _share_of_acts(result, "contributed")


def final_contribution(result: Result) -> Estimate:
    """Share of agents who contributed in the last step."""
    return over_runs(result, "final_contribution", "nobody met anybody in the last step")


def punishment_rate(result: Result) -> Estimate:
    """Share of acts that contribute and punish."""
    return _share_of_acts(result, "punished")


def reward_rate(result: Result) -> Estimate:
    """Share of acts that contribute and reward."""
    return _share_of_acts(result, "rewarded")


def efficiency(result: Result) -> Estimate:
    """What agents gained over their endowments, costs of sanctions included, as a share of what they could have."""
    return over_runs(result, "efficiency", f"{NOBODY_MET}, or contributions do not multiply")


def mean_reward(result: Result) -> Estimate:
    """Mean reward of an agent in a step."""
    return over_runs(result, "mean_reward", NOBODY_MET)


def equality(result: Result) -> Estimate:
    """One minus the Gini coefficient of what agents earned, in the runs in which nobody lost."""
    return over_runs(result, "equality", "somebody lost or nobody earned anything: shares of it mean nothing")


def mean_tax(result: Result) -> Estimate:
    """Mean tax in force."""
    return over_runs(result, "mean_tax", "no step counts")


def _share_of_acts(result: Result, what: str) -> Estimate:
    runs = result.runs
    return ratio(runs[what], runs.acts) if runs.acts.sum() else Estimate.undefined(NOBODY_MET, len(runs))


METRICS = (
    *(contribution_rate, final_contribution, punishment_rate, reward_rate),
    *(efficiency, mean_reward, equality),
)
