"""What is measured of sellers who have learnt: collusion, where it ends up and how long it takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import mean, proportion

SETTLED = "settled"


def share_converged(result: Result) -> Estimate:
    """Share of runs in which no seller's strategy changed any more before the horizon, among learners with a
    patience.
    """
    if not _patience(result):
        return Estimate.undefined("no learner here has a patience after which it has settled")
    return proportion(result.runs.stop == SETTLED)


def profit_gain(result: Result) -> Estimate:
    """Delta over the limit cycle, mean over the runs that converged: 0 at Nash, 1 at the joint monopoly."""
    return _of_converged(result, "profit_gain")


def average_profit_gain(result: Result) -> Estimate:
    """Delta over the later half of each run or more, exploration included, for learners of every kind."""
    return _where_defined(result, "average_profit_gain")


def periods_to_convergence(result: Result) -> Estimate:
    """Mean number of periods before the sellers' strategies stayed the same; the time for which they had to is left
    out.
    """
    return _of_converged(result, "steps", less=_patience(result))


def cycle_length(result: Result) -> Estimate:
    """Mean length of the limit cycles, in periods."""
    return _of_converged(result, "cycle_length")


def price_dispersion(result: Result) -> Estimate:
    """Highest less lowest price among sellers, mean over the limit cycle."""
    return _of_converged(result, "cycle_dispersion")


def best_response_gap(result: Result) -> Estimate:
    """Share of its profit that a seller forgoes by not answering the others' policies best, on the limit cycle."""
    return _of_converged(result, "best_response_gap")


def consumer_surplus(result: Result) -> Estimate:
    """Buyers' surplus a period, over the later half of each run or more."""
    return _where_defined(result, "consumer_surplus")


def total_surplus(result: Result) -> Estimate:
    """Buyers' surplus and sellers' profits a period, over the later half of each run or more."""
    return _where_defined(result, "total_surplus")


def concentration(result: Result) -> Estimate:
    """Herfindahl-Hirschman index of the quantities sold, over the later half of each run or more."""
    return _where_defined(result, "concentration")


def _patience(result: Result) -> int:
    """Return for how long strategies must stay the same; 0 where no learner ever settles."""
    given = [v for k, v in result.parameters.items() if k.startswith("learner") and k.endswith(".patience")]
    return max(given, default=0)


def _of_converged(result: Result, column: str, less: Any = 0) -> Estimate:
    """Return the mean of a column over the runs that converged; others are never averaged in."""
    runs = result.runs
    converged = (runs.stop == SETTLED).to_numpy()
    if not converged.any():
        return Estimate.undefined("no run converged within the horizon")
    if column not in runs:
        return Estimate.undefined("not every learner here has a policy without exploration", len(runs))
    return _where_defined(result, column, converged, less)


def _where_defined(result: Result, column: str, rows: NDArray[np.bool_] | None = None, less: Any = 0) -> Estimate:
    """Return the mean of a column over the runs that have it: nobody may have sold anything."""
    values = result.runs[column].to_numpy(float) - less
    values = values if rows is None else values[rows]
    if np.isnan(values).all():
        return Estimate.undefined(f"{column} is not defined in this market", len(result.runs))
    return mean(values[~np.isnan(values)])


METRICS = (
    share_converged,
    profit_gain,
    average_profit_gain,
    periods_to_convergence,
    cycle_length,
    price_dispersion,
    best_response_gap,
    consumer_surplus,
    total_surplus,
    concentration,
)
