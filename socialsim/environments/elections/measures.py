"""What the elections of a run come to, and the metrics over runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.ballots.tallies import RULES
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import ratio

ELECTING = tuple(rule for rule in RULES if rule != "condorcet")


def outcomes_of(state: Any) -> dict[str, NDArray[Any]]:
    """Return counts and sums over a run's elections; NaN where a rule was not counted or there are no utilities."""
    welfare = np.where(state.has_utilities, 1.0, math.nan)
    columns: dict[str, NDArray[Any]] = {
        "elections": state.num_elections[:, 0],
        "condorcet_winners": state.num_decided[:, 0],
        "best_welfare": state.best_welfare[:, 0] * welfare,
        "mean_welfare": state.mean_welfare[:, 0] * welfare,
    }
    for rule in ELECTING:
        counted = 1.0 if state.is_counted[RULES[rule]] else math.nan
        columns |= {
            f"{rule}_hits": state.hits[:, RULES[rule]] * counted,
            f"{rule}_ties": state.ties[:, RULES[rule]] * counted,
            f"{rule}_welfare": state.elected_welfare[:, RULES[rule]] * counted * welfare,
        }
    return columns


def condorcet_winner_share(result: Result) -> Estimate:
    """Share of the elections in which one candidate beats every other."""
    return ratio(result.runs.condorcet_winners, result.runs.elections)


def _condorcet_efficiency(rule: str) -> Callable[[Result], Estimate]:
    def metric(result: Result) -> Estimate:
        if result.runs[f"{rule}_hits"].isna().all():
            return Estimate.undefined(f"{rule} is not among environment.rules")
        if not result.runs.condorcet_winners.any():
            return Estimate.undefined("no election had a Condorcet winner")
        return ratio(result.runs[f"{rule}_hits"], result.runs.condorcet_winners)

    metric.__name__ = f"condorcet_efficiency_{rule}"
    metric.__doc__ = f"Share of the Condorcet winners that {rule.replace('_', ' ')} elects; ties count by their shares."
    return metric


def _utilitarian_efficiency(rule: str) -> Callable[[Result], Estimate]:
    def metric(result: Result) -> Estimate:
        runs = result.runs
        if runs[f"{rule}_hits"].isna().all():
            return Estimate.undefined(f"{rule} is not among environment.rules")
        if runs.best_welfare.isna().all():
            return Estimate.undefined("voters have no utilities")
        gain = runs[f"{rule}_welfare"] - runs.mean_welfare
        return ratio(gain, runs.best_welfare - runs.mean_welfare)

    metric.__name__ = f"utilitarian_efficiency_{rule}"
    metric.__doc__ = f"How far {rule.replace('_', ' ')} gets from the mean candidate (0) to the best one (1)."
    return metric


METRICS = (
    condorcet_winner_share,
    *(_condorcet_efficiency(rule) for rule in ELECTING),
    *(_utilitarian_efficiency(rule) for rule in ELECTING),
)
