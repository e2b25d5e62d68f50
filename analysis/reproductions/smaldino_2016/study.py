"""Smaldino & McElreath 2016: what becomes of labs that are selected for publications?

Run it with ``socialsim reproduce smaldino_2016 [--full]``.
"""

from __future__ import annotations

from typing import Any

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.incentives import (
    false_discovery_rate,
    false_discovery_share,
    false_positive_rate,
    mean_effort,
    mean_power,
    scenario,
)
from socialsim.metrics.estimates import difference_of_means, mean

BASE_RATE = 0.1
POWER_EVOLVES = {"environment.effort_mutation": 0.0, "environment.power_mutation": 0.01}
REPLICATION_EVOLVES = {"environment.replication_mutation": 0.01}
RATES = (".2", ".5")  # of replication

MUTATIONS: dict[str, dict[str, Any]] = {
    "no selection": {"environment.num_sampled": 1},
    "no mutation": {"environment.effort_mutation": 0.0, "environment.power_mutation": 0.0},
    "all results published": {"environment.negative_publication_rate": 1.0},
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    mutated = {} if mutation is None else MUTATIONS[mutation]
    early = _labs(300_000, replications, seed, mutated)
    late = _labs(1_000_000, replications if full else max(4, replications // 2), seed + 1, mutated)
    power = _labs(200_000, replications, seed + 2, POWER_EVOLVES | mutated)
    measured = _limits() | {
        "effort after 300 000 steps": mean_effort(early),
        "false discovery rate after 300 000 steps": false_discovery_rate(early),
        "false discovery rate when effort has evolved": false_discovery_rate(late),
        "power when power has evolved": mean_power(power),
        "false discovery rate when power has evolved": false_discovery_rate(power),
    }
    if full:
        measured |= _fixed_replication(late, replications, seed + 3, mutated)
        measured |= _evolving_replication(max(2, replications // 2), seed + 5, mutated)
    return measured


def _labs(steps: int, replications: int, seed: int, changes: dict[str, Any]) -> Result:
    labs = scenario().replace({"horizon.steps": steps} | changes)
    return run(labs, replications=replications, seed=seed, record_every=500_000)


def _limits() -> dict[str, Estimate]:
    """Return what follows from effort and power alone."""
    measured = {}
    for name, power, effort in (
        ("effort 75, power .8", 0.8, 75.0),
        ("effort 1, power .8", 0.8, 1.0),
        ("power 1", 1, 75),
    ):
        alpha = float(false_positive_rate(power, effort))
        share = float(false_discovery_share(BASE_RATE, power, alpha))
        measured[f"false positive rate, {name}"] = Estimate(alpha, alpha, alpha, 1)
        measured[f"false discovery rate, {name}"] = Estimate(share, share, share, 1)
    return measured


def _at(result: Result, column: str, step: int) -> Estimate:
    """Return the mean over runs of a column of the time course."""
    series = result.series
    return mean(series.loc[series.step == step, column])


def _fixed_replication(none: Result, replications: int, seed: int, mutated: dict[str, Any]) -> dict[str, Estimate]:
    """Return how far effort falls where a fixed share of studies are replications."""
    measured = {}
    for k, rate in enumerate(RATES):
        labs = _labs(1_000_000, replications, seed + k, {"environment.initial_replication": float(rate)} | mutated)
        difference = difference_of_means(_at(labs, "mean_effort", 500_000), _at(none, "mean_effort", 500_000))
        measured[f"effort after 1 000 000 steps, replication rate {rate}"] = mean_effort(labs)
        measured[f"effort after 500 000 steps, replication rate {rate} minus none"] = difference
    return measured


def _evolving_replication(replications: int, seed: int, mutated: dict[str, Any]) -> dict[str, Estimate]:
    """Return how the rate of replication evolves together with effort."""
    labs = _labs(2_500_000, replications, seed, REPLICATION_EVOLVES | mutated)
    peak, end = (_at(labs, "mean_replication", step) for step in (500_000, 2_500_000))
    return {
        "rate of replication after 500 000 steps when it evolves": peak,
        "rate of replication after 500 000 minus 2 500 000 steps": difference_of_means(peak, end),
        "effort after 2 500 000 steps when replication evolves": mean_effort(labs),
    }
