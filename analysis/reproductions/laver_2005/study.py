"""Laver 2005: who finds votes, and where do parties end up that stick, aggregate, hunt or prey?

Run it with ``socialsim reproduce laver_2005 [--full]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.parties import Parties
from socialsim.learning.party_strategies import RULES, PartyRule
from socialsim.metrics.estimates import difference_of_means, mean, proportion

AT_REST = 1e-9  # of the variance: parties stand at their supporters' mean
follow_rule = PartyRule.act
show = Parties.observe

POLITICS = {"num_voters": 1000, "burn_in": 200}
LIVES = {"num_voters": 300, "burn_in": 1000, "election_every": 20, "survival_threshold": 0.1, "birth": "random"}
SYSTEMS: dict[str, tuple[dict[str, Any], tuple[str, ...], int, int]] = {  # environment, rules, parties, steps
    "5 Stickers": (POLITICS, ("sticker",), 5, 201),
    "5 Aggregators": (POLITICS | {"burn_in": 999}, ("aggregator",), 5, 1000),
    "5 Hunters": (POLITICS, ("hunter",), 5, 1000),
    "2 Hunters": (POLITICS, ("hunter",), 2, 1000),
    "2 Aggregators": ({"num_voters": 20_000, "burn_in": 150}, ("aggregator",), 2, 151),
    "3 Aggregators": ({"num_voters": 20_000, "burn_in": 150}, ("aggregator",), 3, 151),
    "contest": (POLITICS, RULES, 8, 1000),
    "come and go": (LIVES, RULES, 12, 4000),
}


class StraightOn(PartyRule):
    """A mutation: a Hunter never turns, whatever happens to its share."""

    @staticmethod
    @compiled
    def act(learner, i, observation, stream, out):
        """Take any share for a gain once there is a direction."""
        if learner.num_steps[i] > 0:
            observation[learner.share_before] = -1.0
        follow_rule(learner, i, observation, stream, out)


class OneMean(Parties):
    """A mutation: what parties take for the mean of their supporters is the mean of all voters."""

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Show the centre in place of one's supporters' mean."""
        show(env, network, i, out)
        d = env.centre.shape[0]
        for k in range(d):
            out[d + k] = env.centre[k]


MUTATIONS = {
    "Hunters never turn": (Parties, StraightOn),
    "Aggregators go to the mean of all": (OneMean, PartyRule),
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    results = {name: system(name, replications, seed + k, mutation) for k, name in enumerate(SYSTEMS)}
    runs = {name: result.runs for name, result in results.items()}
    aggregators = runs["5 Aggregators"]
    unexplained = aggregators.party_spread**2 + aggregators.misery - aggregators.voter_spread**2
    eccentricity = {name: mean(table.eccentricity) for name, table in runs.items()}
    measured = {f"eccentricity, {name}": eccentricity[name] for name in list(SYSTEMS)[:6] if name != "5 Aggregators"}
    measured["share of systems at rest, 5 Aggregators"] = proportion(np.abs(unexplained) < AT_REST)
    measured["eccentricity, 5 Hunters minus 5 Aggregators"] = difference_of_means(
        eccentricity["5 Hunters"], eccentricity["5 Aggregators"]
    )
    measured["distance to the closest party, 5 Aggregators minus 5 Hunters"] = difference_of_means(
        mean(aggregators.distance), mean(runs["5 Hunters"].distance)
    )
    votes = votes_of_a_party(results["contest"])
    for first, second in (("hunter", "aggregator"), ("hunter", "predator"), ("hunter", "sticker")):
        measured[f"votes of a Hunter minus {article(second)}"] = mean(votes[first] - votes[second])
    measured["votes of an Aggregator minus a Predator"] = mean(votes["aggregator"] - votes["predator"])
    measured["votes of all Hunters where parties come and go"] = mean(votes_of_a_rule(results["come and go"])["hunter"])
    measured["effective parties where parties come and go"] = mean(runs["come and go"].effective_parties)
    return measured


def article(rule: str) -> str:
    """Return a rule's name in words."""
    return f"{'an' if rule[0] == 'a' else 'a'} {rule.capitalize()}"


def system(name: str, replications: int, seed: int, mutation: str | None = None) -> Result:
    """Return the runs of one system of parties, with their last step."""
    environment, rules, num_parties, steps = SYSTEMS[name]
    politics, learner = MUTATIONS[mutation] if mutation else (Parties, PartyRule)
    scenario = Scenario(politics(**environment), learner(rules=rules), f"complete:n={num_parties}", steps)
    return run(scenario, replications=replications, seed=seed, record_every=steps, series_runs=replications)


def votes_of_a_rule(result: Result) -> dict[str, NDArray[np.float64]]:
    """Return the share of the votes that all parties of a rule had in each run, over the steps that count."""
    last = result.table("series").groupby("run").last()
    counted = result.runs.steps.to_numpy() - result.parameters["environment.burn_in"]
    num_parties = result.runs.num_agents.to_numpy()
    return {rule: last[f"mean_reward_as_{rule}"].to_numpy() * num_parties / counted for rule in RULES}


def votes_of_a_party(result: Result) -> dict[str, NDArray[np.float64]]:
    """Return the share of the votes that a party of a rule had in each run, over the steps that it was in play."""
    last = result.table("series").groupby("run").last()
    return {rule: (last[f"mean_reward_as_{rule}"] / last[f"mean_steps_as_{rule}"]).to_numpy() for rule in RULES}
