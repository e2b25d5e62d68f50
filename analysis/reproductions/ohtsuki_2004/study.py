"""Ohtsuki & Iwasa 2004: which norms keep cooperation up, and how much of it? The leading eight.

Run it with ``socialsim reproduce ohtsuki_2004 [--full]``.
"""

from __future__ import annotations

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.reputation import METRICS, Reputation
from socialsim.environments.reputation.norms import LEADING, NORMS
from socialsim.environments.reputation.theory import Errors, stable_pairs
from socialsim.metrics.estimates import difference_of_means, mean

RARE = Errors(execution=0.02, assignment=0.02)
BENEFIT, COST = 2.0, 1.0
SIZE, MEETINGS_EACH, FORGOTTEN = 2000, 440, 40
PRIVATE_SIZE, PRIVATE_MEETINGS = 50, 2000
JUSTIFIED = 5  # the letter of a norm that tells what is thought of a good one who refuses a bad one
REPORTED_GOOD = ("L1", "L6", "L8")


def blame_all_who_refuse(group: Scenario) -> Scenario:
    """A mutation: a good one that refuses a bad one is bad, too."""
    norm = str(group.parameters()["environment.norm"])
    letters = NORMS.get(norm, norm)
    return group.replace({"environment.norm": letters[:JUSTIFIED] + "B" + letters[JUSTIFIED + 1 :]})


def never_fail(group: Scenario) -> Scenario:
    """A mutation: gifts do not fail."""
    return group.replace({"environment.execution_error": 0.0})


def judge_alike(group: Scenario) -> Scenario:
    """A mutation: all share one view of everybody."""
    return group.replace({"environment.information": "public"})


MUTATIONS = {
    "whoever refuses is bad": blame_all_who_refuse,
    "gifts never fail": never_fail,
    "opinions are shared": judge_alike,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    pairs = stable_pairs(BENEFIT, COST, RARE)
    measured = {
        "stable pairs that keep cooperation up": mean([len(pairs)] * 2),
        "of them among the leading eight": mean([len(set(pairs) & set(LEADING.values()))] * 2),
        "stable pairs with scoring": mean([sum(norm == NORMS["scoring"] for norm, _ in pairs)] * 2),
    }
    rates = {}
    for k, name in enumerate((*LEADING, "scoring")):
        found = _simulate(_public(name), replications, seed + k, mutation)
        rates[name] = mean(found.runs.gifts / found.runs.meetings)
        if name in LEADING:
            measured[f"cooperation, {name}"] = rates[name]
        if name in REPORTED_GOOD:
            measured[f"good ones, {name}"] = found.metrics["mean_reputation"]
    private = _simulate(_private(), replications, seed + len(rates), mutation)
    measured["good in the mean eye, L6, private"] = private.metrics["mean_reputation"]
    measured["cooperation, L6 less scoring"] = difference_of_means(rates["L6"], rates["scoring"])
    return measured


def _public(name: str) -> Scenario:
    """Return a large population of one strategy under a norm."""
    group = Reputation(
        norm=name,
        strategies=(LEADING[name][1] if name in LEADING else "discriminator",),
        execution_error=0.05,
        assignment_error=0.05,
        burn_in=FORGOTTEN * SIZE,
    )
    return Scenario(group, "innate", f"complete:n={SIZE}", MEETINGS_EACH * SIZE, METRICS)


def _private() -> Scenario:
    """Return stern judges of whom each sees for itself, and errs for itself."""
    group = Reputation(
        norm="L6",
        strategies=("discriminator",),
        information="private",
        perception_error=0.05,
        observed=0.9,
        burn_in=PRIVATE_MEETINGS // 4 * PRIVATE_SIZE,
    )
    return Scenario(group, "innate", f"complete:n={PRIVATE_SIZE}", PRIVATE_MEETINGS * PRIVATE_SIZE, METRICS)


def _simulate(group: Scenario, replications: int, seed: int, mutation: str | None) -> Result:
    changed = group if mutation is None else MUTATIONS[mutation](group)
    return run(changed, replications=replications, seed=seed, record_every=None)
