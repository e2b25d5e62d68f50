"""What is measured of a community that divides its labour: how well, how evenly, how stably.

Efficiency, approaches and the distribution of credit are undefined in a run in which nobody works, or nothing was ever
paid; such runs are left out.
"""

from __future__ import annotations

import numpy as np

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import mean, proportion


def _defined(result: Result, column: str) -> Estimate:
    values = result.runs[column]
    return mean(values[np.isfinite(values)])


def efficiency(result: Result) -> Estimate:
    """Mean value of the last allocation, relative to the best one."""
    return _defined(result, "efficiency")


def distance_to_optimum(result: Result) -> Estimate:
    """Mean number of scientists who would have to move to reach the nearest best allocation."""
    return mean(result.runs.distance_to_optimum)


def num_approaches(result: Result) -> Estimate:
    """Mean effective number of projects worked on at the end (Hill number of order 1)."""
    return _defined(result, "num_approaches")


def credit_gini(result: Result) -> Estimate:
    """Mean Gini coefficient of the credit that scientists have earned."""
    return _defined(result, "credit_gini")


def equilibrium_rate(result: Result) -> Estimate:
    """Share of runs whose last allocation is an equilibrium: nobody expects more elsewhere."""
    return proportion(result.runs.is_equilibrium)


METRICS = (efficiency, distance_to_optimum, num_approaches, credit_gini, equilibrium_rate)
