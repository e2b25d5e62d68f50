"""What a run of a polity comes to, over the elections after the burn-in.

welfare           mean over elections and voters of u_i(policy)
worst_off         mean over elections of min_i u_i(policy)
representation    distance of the policy from the voters' median on each issue, over sqrt(d): 0 is best
dispersion        root mean square distance of the platforms from that median
effective parties 1/sum_c v_c^2, v_c the shares of first places, over elections in which anybody votes ([Laakso1979]_)
turnout           share of the voters who vote
rule changes      elections under another rule than the one before: amendments, and what a designer or the first
                  trials of a vote explore
rule shares       share of the elections under each rule of the menu
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.environments.polity.mechanics import (
    CHANGES,
    DISTANCE,
    ELECTIONS,
    MENU,
    PARTIES,
    PLATFORMS,
    TURNOUT,
    WELFARE,
    WITH_VOTES,
    WORST,
)
from socialsim.metrics.runs import over_runs

NO_ELECTION = "no election was counted after environment.burn_in"
NO_VOTES = "nobody voted in an election after environment.burn_in"
SUMS = {
    "welfare": WELFARE,
    "worst_off": WORST,
    "distance": DISTANCE,
    "dispersion": PLATFORMS,
    "turnout": TURNOUT,
}


def outcomes_of(state: Any, menu: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Return what each run has come to so far; NaN before the first counted election."""
    sums = state.sums
    elections, with_votes = (np.where(sums[:, k] > 0, sums[:, k], math.nan) for k in (ELECTIONS, WITH_VOTES))
    means = {name: sums[:, k] / elections for name, k in SUMS.items()}
    parties = {"effective_parties": sums[:, PARTIES] / with_votes}
    shares = {f"share_{name}": state.in_force[:, k] / elections for k, name in enumerate(menu)}
    changes = np.where(np.isfinite(elections), sums[:, CHANGES], math.nan)
    return {**means, **parties, **shares, "rule_changes": changes, "last_rule": np.array(menu)[state.rule[:, 0]]}


def welfare(result: Result) -> Estimate:
    """Mean utility that voters get from the policies of those whom they elect."""
    return over_runs(result, "welfare", NO_ELECTION)


def worst_off(result: Result) -> Estimate:
    """Mean over elections of the utility of the voter who gets least."""
    return over_runs(result, "worst_off", NO_ELECTION)


def distance_from_median(result: Result) -> Estimate:
    """How far policies are from the median voter's ideal point; 0 is perfect representation."""
    return over_runs(result, "distance", NO_ELECTION)


def platform_dispersion(result: Result) -> Estimate:
    """How far all platforms are from the median voter's ideal point, root mean square."""
    return over_runs(result, "dispersion", NO_ELECTION)


def effective_parties(result: Result) -> Estimate:
    """Effective number of candidates by shares of first places (Laakso and Taagepera)."""
    return over_runs(result, "effective_parties", NO_VOTES)


def turnout(result: Result) -> Estimate:
    """Share of the voters who vote."""
    return over_runs(result, "turnout", NO_ELECTION)


def rule_changes(result: Result) -> Estimate:
    """How often an election is held under another rule than the one before, whoever changed it and why."""
    return over_runs(result, "rule_changes", NO_ELECTION)


def _share_of(rule: str) -> Callable[[Result], Estimate]:
    def metric(result: Result) -> Estimate:
        if f"share_{rule}" not in result.runs:
            return Estimate.undefined(f"{rule} is not on environment.menu")
        return over_runs(result, f"share_{rule}", NO_ELECTION)

    metric.__name__ = f"share_{rule}"
    metric.__doc__ = f"Share of the elections under {rule.replace('_', ' ')}."
    return metric


METRICS = (
    welfare,
    worst_off,
    distance_from_median,
    platform_dispersion,
    effective_parties,
    turnout,
    rule_changes,
    *(_share_of(rule) for rule in MENU),
)
