"""Koster et al. 2022: foragers without a rule, with an important one, and with a silly one besides.

Run it with ``socialsim reproduce koster_2022 [--full]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.taboo import scenario
from socialsim.environments.taboo.measures import learning_curve, mean_if_defined
from socialsim.metrics.estimates import difference_of_means

CONDITIONS: dict[str, dict[str, Any]] = {
    "no rule": {"environment.rule": "none"},
    "important rule": {"environment.rule": "important"},
    "silly rule": {"environment.rule": "silly"},
    "silly rule with distinct marks": {"environment.rule": "silly", "environment.marks": "distinct"},
}
FIRST, THIRD, FOURTH, LAST = 0, 2, 3, 9  # tenths of the time of learning
EATEN = ("poison_eaten", "poison_found")
RECALL = ("marked_sanctioned", "marked_met")
SANCTIONS, SICK, RETURN = (("marked_sanctioned", "steps"), ("steps_sick", "steps"), ("earned", "steps"))

MUTATIONS: dict[str, dict[str, Any]] = {
    "each rule has its own mark": {"environment.marks": "distinct"},
    "sanctions do not hurt": {"environment.loss": 0.0},
    "sanctions do not pay": {"environment.bonus": 0.0},
}


def forage(condition: str, replications: int, seed: int, intervals: int, changes: dict[str, Any]) -> Result:
    """Return runs of a condition with a time course of so many intervals."""
    described = scenario().replace(CONDITIONS[condition] | changes)
    every = described.horizon.steps // intervals
    return run(described, replications=replications, seed=seed, record_every=every, series_runs=replications)


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    changes = MUTATIONS[mutation] if mutation else {}
    results = {name: forage(name, replications, seed + k, 10, changes) for k, name in enumerate(CONDITIONS)}

    def tenth(condition: str, what: tuple[str, str], which: int) -> Estimate:
        return mean_if_defined(learning_curve(results[condition], *what)[:, which])

    def change(condition: str, what: tuple[str, str], later: int, sooner: int) -> Estimate:
        curve: NDArray[np.float64] = learning_curve(results[condition], *what)
        return mean_if_defined(curve[:, later] - curve[:, sooner])

    def difference(condition: str, other: str, what: tuple[str, str], which: int) -> Estimate:
        return difference_of_means(tenth(condition, what, which), tenth(other, what, which))

    none, important, silly, distinct = CONDITIONS
    return {
        "poison eaten, last tenth, important rule minus no rule": difference(important, none, EATEN, LAST),
        "return, last tenth, important rule minus no rule": difference(important, none, RETURN, LAST),
        "marked partners sanctioned, important rule, third tenth minus first": change(important, RECALL, THIRD, FIRST),
        "sanctions of marked partners a step, important rule, last tenth minus first": change(
            important, SANCTIONS, LAST, FIRST
        ),
        "return, first tenth, silly minus important rule": difference(silly, important, RETURN, FIRST),
        "marked partners sanctioned, third tenth, silly minus important rule": difference(
            silly, important, RECALL, THIRD
        ),
        "poison eaten, fourth tenth, silly minus important rule": difference(silly, important, EATEN, FOURTH),
        "time sick, fourth tenth, silly minus important rule": difference(silly, important, SICK, FOURTH),
        "return, fourth tenth, silly minus important rule": difference(silly, important, RETURN, FOURTH),
        "return, last tenth, silly minus important rule": difference(silly, important, RETURN, LAST),
        "return, fourth tenth, silly rule with distinct marks minus important rule": difference(
            distinct, important, RETURN, FOURTH
        ),
    }
