"""O'Connor & Weatherall 2018: how often does a community polarise whose members mistrust those of other beliefs?

Run it with ``socialsim reproduce oconnor_2018 [--full]``.
"""

from __future__ import annotations

from typing import Any

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.epistemic import scenario
from socialsim.learning.bayesian import Bayesian
from socialsim.learning.mistrust import Mistrust, mixed_update
from socialsim.learning.mistrust import credence as credence_of
from socialsim.metrics.estimates import difference_of_proportions

SIZES = (2, 6, 10, 20)
SIMULTANEOUS_SIZES = (6, 20)
MULTIPLIERS = {"1.1": 1.1, "1.5": 1.5, "2": 2.0, "2.5": 2.5}
SETTING = {"environment.effect": 0.2, "environment.trials": 50}


class DistanceIgnored(Mistrust):
    """A mutation: every colleague is mistrusted as if at a distance of 1/2."""

    @staticmethod
    @compiled
    def absorb(learner, i, j, weight, message):
        """Take up one result, discounted by D = m / 2."""
        discount = 0.0 if i == j else 0.5 * learner.mistrust
        if discount < 1.0:
            learner.log_odds[i] += mixed_update(credence_of(learner.log_odds[i]), message, discount)
            learner.listens[i] = 1


MUTATIONS: dict[str, Any] = {
    "no mistrust": lambda learner: learner.replace(mistrust=0.0),
    "all at once": lambda learner: learner.replace(sequential=False),
    "distance ignored": lambda learner: DistanceIgnored(**dict(learner)),
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""

    def community(size: int, learner: Bayesian, number: int) -> Result:
        if mutation is not None and isinstance(learner, Mistrust):
            learner = MUTATIONS[mutation](learner)
        changed = scenario().replace({"network": f"complete:n={size}", "learner": learner, **SETTING})
        return run(changed, replications=replications, seed=seed + number, record_every=None)

    measured, number = {}, 0
    for sizes, sequential in ((SIZES, True), (SIMULTANEOUS_SIZES, False)):
        for size in sizes:
            for name, multiplier in MULTIPLIERS.items():
                result = community(size, Mistrust(mistrust=multiplier, sequential=sequential), number)
                quantity = f"polarised, {size} scientists, m = {name}" + ("" if sequential else ", simultaneous")
                measured[quantity] = result.metrics["polarisation_rate"]
                number += 1
    trusting = community(10, Mistrust(mistrust=1.0, sequential=True), number)
    mistrusting = community(10, Mistrust(mistrust=1.5, sequential=True), number + 1)
    without = community(10, Mistrust(mistrust=0.0, sequential=True), number + 2)
    bayes = community(10, Bayesian(threshold=0.99), number + 2)
    measured["polarised, 10 scientists, m = 1"] = trusting.metrics["polarisation_rate"]
    measured["success, 10 scientists, m = 0 minus Bayes"] = _difference(without, bayes)
    measured["polarised, 20 minus 6 scientists, m = 1.5"] = difference_of_proportions(
        measured["polarised, 20 scientists, m = 1.5"], measured["polarised, 6 scientists, m = 1.5"]
    )
    measured["success, 10 scientists, m = 1.5 minus m = 1"] = _difference(mistrusting, trusting)
    return measured


def _difference(first: Result, second: Result) -> Estimate:
    return difference_of_proportions(first.metrics["success_rate"], second.metrics["success_rate"])
