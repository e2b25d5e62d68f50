"""Lux and Marchesi 2000: fat tails and clustered volatility from traders who follow each other.

Run it with ``socialsim reproduce lux_2000 [--full]``.
"""

from __future__ import annotations

from typing import Any

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.herding import STEPS_A_DAY, scenario
from socialsim.metrics.estimates import mean, median, proportion

FIRST_DAYS = 100  # that are left out
LONG_RUNS, LONG_DAYS = 40, 20_000
PAPER_KURTOSIS = 135.73
STRATEGIES_FIXED = {"learner.strategy_rate": 1e-9, "learner.profit_weight": 0.0}
MUTATIONS: dict[str, dict[str, Any]] = {
    "strategies are fixed": STRATEGIES_FIXED,
    "fundamentalists do not trade": {"environment.fundamentalist_volume": 0.0},
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    changes = MUTATIONS.get(mutation or "", {})
    result = market(2000, replications, seed, changes)
    runs, metrics = result.runs, result.metrics
    fixed = market(2000, max(4, replications // 8), seed + 1, changes | STRATEGIES_FIXED)
    measured = {
        "tail index, largest 2.5% of returns": median(runs.tail_index_025),
        "tail index, largest 5% of returns": median(runs.tail_index_050),
        "tail index, largest 10% of returns": median(runs.tail_index_100),
        "excess kurtosis": metrics["typical_excess_kurtosis"],
        "autocorrelation of returns, lag 1": metrics["return_correlation"],
        "lags 1 to 50 with correlated returns": metrics["correlated_lags"],
        "variance ratio over 20 days": metrics["typical_variance_ratio"],
        "autocorrelation of absolute returns, lags 1 to 50": metrics["volatility_correlation"],
        "largest share of chartists": median(runs.largest_chartist_share),
        "excess kurtosis, strategies fixed": mean(fixed.runs.excess_kurtosis),
    }
    if full:
        kurtosis = market(LONG_DAYS, LONG_RUNS, seed + 2, changes).runs.excess_kurtosis
        name = f"runs of 20 000 days with an excess kurtosis {{}} {PAPER_KURTOSIS}"
        measured[name.format("above")] = proportion(kurtosis > PAPER_KURTOSIS)
        measured[name.format("below")] = proportion(kurtosis < PAPER_KURTOSIS)
    return measured


def market(days: int, replications: int, seed: int, changes: dict[str, Any]) -> Result:
    """Run the paper's market, of which the last days are measured."""
    days_in_all = FIRST_DAYS + days
    values = {"horizon.steps": days_in_all * STEPS_A_DAY, "environment.window": days, **changes}
    return run(scenario().replace(values), replications=replications, seed=seed, record_every=None)
