"""Merrill 1984: how well do electoral systems choose in a random society of 25 sincere voters?

Two of the paper's rules are not those of `socialsim.environments.elections` and stand here: each voter's utilities are
stretched to [0, 1], and under the Hare system one candidate goes out at a time, by lot among those who tie for last.

Run it with ``socialsim reproduce merrill_1984 [--full]``.
"""

from __future__ import annotations

from typing import Any

from socialsim.ballots.tallies import INSTANT_RUNOFF, condorcet, contains, pairwise
from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.core.streams import integer
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.elections import METRICS, Elections, lay_out
from socialsim.metrics.estimates import difference_of_means

STEPS = 200
VOTERS = 25
SIZES = (3, 4, 5, 7, 10)
RESTATED = (3, 5, 10)
RULES = {
    "plurality": "plurality",
    "plurality_runoff": "runoff",
    "instant_runoff": "Hare",
    "approval": "approval",
    "borda": "Borda",
}

_initialise: Any = Elections.initialise
_advance: Any = Elections.advance


@compiled
def stretch(utilities):
    """Stretch each voter's utilities so that its best candidate has 1 and its worst 0 (Merrill 1984, p. 26)."""
    for i in range(utilities.shape[0]):
        low, high = utilities[i, 0], utilities[i, 0]
        for c in range(utilities.shape[1]):
            low = min(low, utilities[i, c])
            high = max(high, utilities[i, c])
        for c in range(utilities.shape[1]):
            utilities[i, c] = (utilities[i, c] - low) / (high - low)


@compiled
def hare(rankings, scores, stream):
    """Return who is left when those with the fewest first places have gone, one at a time, ties by lot."""
    num_candidates = rankings.shape[1]
    for c in range(num_candidates):
        scores[c] = 0  # -1: out
    for _ in range(num_candidates - 1):
        for i in range(rankings.shape[0]):
            place = 0
            while scores[rankings[i, place]] < 0:
                place += 1
            scores[rankings[i, place]] += 1
        fewest, num_last = rankings.shape[0] + 1, 0
        for c in range(num_candidates):
            if 0 <= scores[c] < fewest:
                fewest, num_last = scores[c], 0
            num_last += scores[c] == fewest
        lot = integer(stream, num_last)
        for c in range(num_candidates):
            if scores[c] == fewest:
                scores[c] = -1 if lot == 0 else 0
                lot -= 1
            elif scores[c] > 0:
                scores[c] = 0
    winner = 0
    for c in range(num_candidates):
        if scores[c] == 0:
            winner = c
    return winner


class RandomSociety(Elections):
    """Elections with stretched utilities, and lots under the Hare system."""

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw the first electorate."""
        _initialise(env, network, stream)
        stretch(env.utilities)

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Count the ballots and draw the next electorate."""
        lay_out(env, env.number)
        pairwise(env.rankings, env.weights, env.margins)
        best = condorcet(env.margins)
        lay_out(env, actions)
        winner = hare(env.rankings, env.scores, stream)
        hits, welfare = env.hits[INSTANT_RUNOFF], env.elected_welfare[INSTANT_RUNOFF]
        _advance(env, network, actions, rewards, stream)
        env.hits[INSTANT_RUNOFF] = hits + contains(best, winner)
        env.elected_welfare[INSTANT_RUNOFF] = welfare + env.welfare[winner]
        stretch(env.utilities)


def approve_of_one(community: Scenario) -> Scenario:
    """A mutation: voters approve of their first candidate alone."""
    return community.replace({"environment.num_approved": 1})


def vote_at_random(community: Scenario) -> Scenario:
    """A mutation: every fifth ballot is drawn by lot."""
    return community.replace({"learner.noise": 0.2})


MUTATIONS = {"one approved": approve_of_one, "ballots by lot": vote_at_random}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    measured: dict[str, Estimate] = {}
    for k, num_candidates in enumerate((2, *SIZES)):
        result = _society(num_candidates, replications, seed + k, mutation)
        measured[f"Condorcet winner, {num_candidates} candidates"] = result.metrics["condorcet_winner_share"]
        for rule, name in RULES.items():
            for kind, metric in (("Condorcet", "condorcet_efficiency"), ("utilitarian", "utilitarian_efficiency")):
                measured[f"{kind} efficiency, {name}, {num_candidates} candidates"] = result.metrics[f"{metric}_{rule}"]
    for quantity in list(measured):
        if any(quantity.endswith(f" {size} candidates") for size in RESTATED):
            measured[f"{quantity} (elsim)"] = measured[quantity]
    for kind, better in (("utilitarian", "Borda"), ("Condorcet", "Hare")):
        measured[f"{kind} efficiency, {better} minus plurality, 10 candidates"] = difference_of_means(
            measured[f"{kind} efficiency, {better}, 10 candidates"],
            measured[f"{kind} efficiency, plurality, 10 candidates"],
        )
    return measured


def _society(num_candidates: int, replications: int, seed: int, mutation: str | None) -> Result:
    environment = RandomSociety(num_candidates=num_candidates, rules=tuple(RULES))
    community = Scenario(environment, "imitation", f"complete:n={VOTERS}", STEPS, METRICS)
    if mutation is not None:
        community = MUTATIONS[mutation](community)
    return run(community, replications=replications, seed=seed, record_every=None)
