"""Weisberg & Muldoon 2009: how much of the landscape do controls, followers and mavericks visit, alone and together?

Run it with ``socialsim reproduce weisberg_2009 [--full]``.
"""

from __future__ import annotations

import numpy as np

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.landscape import Landscape, scenario
from socialsim.environments.landscape.terrain import peaks
from socialsim.learning.searchers import Follower, Sight
from socialsim.metrics.estimates import difference_of_means

RULES = ("published", "corrected")
MIXTURES = (10, 25, 50, 75)  # mavericks among 100
COMMUNITIES = {  # controls, followers, mavericks, rule of the followers
    "100 controls": (100, 0, 0, "corrected"),
    "100 mavericks": (0, 0, 100, "corrected"),
    "400 followers, published": (0, 400, 0, "published"),
    **{f"100 followers, {rule}": (0, 100, 0, rule) for rule in RULES},
    **{f"{100 - m} followers and {m} mavericks, {rule}": (0, 100 - m, m, rule) for m in MIXTURES for rule in RULES},
}


class Loner(Follower):
    """A mutation: a follower that looks at no visited patch."""

    def move(self, sight: Sight) -> str:
        """Explore while there is anything to explore."""
        return "explore" if sight.open else "stay"


def follow_nobody(community: Scenario) -> Scenario:
    """A mutation: followers ignore what has been visited."""
    return community.replace({"learner.follower": Loner()})


def keep_the_error(community: Scenario) -> Scenario:
    """A mutation: whatever is asked for, followers take what is only as good."""
    return community.replace({"learner.follower.rule": "published"})


def follow_all(community: Scenario) -> Scenario:
    """A mutation: mavericks do as followers."""
    return community.replace({"learner.maverick": "follower"})


def never_rest(community: Scenario) -> Scenario:
    """A mutation: controls turn on level ground in every step."""
    return community.replace({"learner.control.restlessness": 1.0})


MUTATIONS = {
    "followers ignore what has been visited": follow_nobody,
    "the error stays": keep_the_error,
    "mavericks follow": follow_all,
    "controls never rest": never_rest,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    communities = {}
    for k, (name, composition) in enumerate(COMMUNITIES.items()):
        searchers = community(*composition)
        if mutation is not None:
            searchers = MUTATIONS[mutation](searchers)
        communities[name] = run(searchers, replications=replications, seed=seed + k, record_every=None).metrics
    return _landscape() | _figures(communities) | _claims(communities)


def community(controls: int, followers: int, mavericks: int, rule: str) -> Scenario:
    """Return a community of so many searchers of each strategy."""
    composition = {"environment.num_controls": controls, "environment.num_mavericks": mavericks}
    network = f"complete:n={controls + followers + mavericks}"
    return scenario().replace({"network": network, "learner.follower.rule": rule} | composition)


def _landscape() -> dict[str, Estimate]:
    """Return how high the peaks are, and how many."""
    heights = Landscape().significance()
    tops = np.sort(heights[peaks(heights)])
    numbers = {
        "significance of the higher peak": tops[-1],
        "significance of the lower peak": tops[0],
        "number of peaks": len(tops),
    }
    return {name: Estimate(float(x), float(x), float(x), 1) for name, x in numbers.items()}


def _figures(communities: dict[str, dict[str, Estimate]]) -> dict[str, Estimate]:
    """Return the metrics of every community, by name."""
    names = {"progress": "progress", "both peaks found": "peaks_found_rate", "steps to both peaks": "steps_to_peaks"}
    return {
        f"{name}, {community}": metrics[metric]
        for name, metric in names.items()
        for community, metrics in communities.items()
    }


def _claims(communities: dict[str, dict[str, Estimate]]) -> dict[str, Estimate]:
    """Return the differences of which the papers speak."""
    progress = {name: metrics["progress"] for name, metrics in communities.items()}
    per_follower = {name: metrics["discoveries_per_follower"] for name, metrics in communities.items()}
    alone, mixed = "100 followers, published", "90 followers and 10 mavericks, published"
    controls, mavericks = progress["100 controls"], progress["100 mavericks"]
    pairs = {
        "progress of mavericks minus twice that of controls": (mavericks, _twice(controls)),
        "progress of mavericks minus twice that of followers, published": (mavericks, _twice(progress[alone])),
        "progress of controls minus followers, published": (controls, progress[alone]),
        "progress with 10 mavericks among 100 minus followers alone, published": (progress[mixed], progress[alone]),
        "discoveries per follower, with 10 mavericks among 100 minus alone, published": (
            per_follower[mixed],
            per_follower[alone],
        ),
        "progress of followers, corrected minus published": (progress["100 followers, corrected"], progress[alone]),
    }
    for rule in RULES:
        mixtures = [progress[f"{100 - m} followers and {m} mavericks, {rule}"] for m in MIXTURES]
        best = max(mixtures, key=lambda estimate: estimate.value)
        pairs[f"progress of the best mixture minus mavericks alone, {rule}"] = (best, mavericks)
    return {name: difference_of_means(*pair) for name, pair in pairs.items()}


def _twice(estimate: Estimate) -> Estimate:
    """Return twice a mean."""
    value, low, high = 2 * estimate.value, 2 * estimate.low, 2 * estimate.high
    return Estimate(value, low, high, estimate.num_runs, standard_error=2 * estimate.standard_error)
