"""Axelrod 1986: does a norm stand if its enforcement costs, and if not to enforce it is punished too?

With what Galan & Izquierdo (2005) found of it. Run it with ``socialsim reproduce axelrod_1986 [--full]``.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.metanorms import Metanorms, scenario
from socialsim.environments.metanorms.mechanics import TOP, reproduce
from socialsim.environments.metanorms.theory import expected_scores, vengefulness_to_deter
from socialsim.metrics.estimates import difference_of_proportions, mean

NORMS = {"environment.metanorms": False}
ABOVE = NORMS | {"environment.selection": "above_mean"}
ONCE = {"environment.ties": "once"}
TENTH = {"environment.metapunishment": 0.9, "environment.metaenforcement": 0.2}
LONG, LONGEST = 1000, 60_000


class Scoreless(Metanorms):
    """A mutation: nobody scores."""

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Nobody gains or loses: strategies only drift."""
        for i in range(actions.shape[0]):
            rewards[i] = 0.0
            env.played[i] = actions[i]
        reproduce(env, network, rewards, stream)


def scoreless(group: Scenario) -> Scenario:
    """A mutation: scores do not count."""
    return dataclasses.replace(group, environment=Scoreless(**dict(group.environment)))


def harmless(group: Scenario) -> Scenario:
    """A mutation: to be punished costs nothing."""
    return group.replace({"environment.punishment": 0.0, "environment.metapunishment": 0.0})


def free(group: Scenario) -> Scenario:
    """A mutation: to punish costs nothing."""
    return group.replace({"environment.enforcement": 0.0, "environment.metaenforcement": 0.0})


MUTATIONS = {"scores do not count": scoreless, "punishment does not hurt": harmless, "punishing is free": free}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    few = max(replications // 4, 1)
    norms = _group(NORMS, LONG, few, seed, mutation)
    measured = {
        "norms game, collapsed at generation 100": _at_100(NORMS, replications, seed + 2, mutation)["collapsed"],
        "norms game, collapsed at generation 1000": norms.metrics["collapsed_share"],
        "norms game, collapsed at generation 100, above the mean once": _at_100(
            ABOVE, replications, seed + 3, mutation
        )["collapsed"],
    }
    twice = _at_100({}, replications, seed + 4, mutation)["established"]
    once = _at_100(ONCE, replications, seed + 5, mutation)["established"]
    tenth = _group(TENTH, LONG // 2, few, seed + 6, mutation).metrics["established_share"]
    half = _group({}, LONG // 2, few, seed + 7, mutation).metrics["established_share"]
    measured |= {
        "metanorms, established at generation 100": twice,
        "metanorms, established at generation 100, ties once minus twice": difference_of_proportions(once, twice),
        "metanorms of a tenth, established at generation 500 minus whole ones": difference_of_proportions(tenth, half),
        **_theory(mutation, replications, seed + 8),
    }
    if full:
        early = _group({}, LONG, few, seed + 1, mutation).metrics["established_share"]
        late = _group({}, LONGEST, few // 16, seed + 9, mutation).metrics["established_share"]
        measured["metanorms, established at generation 1000 minus 60000"] = difference_of_proportions(early, late)
    return measured


def _group(changes: dict[str, Any], generations: int, runs: int, seed: int, mutation: str | None) -> Result:
    group = scenario().replace({**changes, "horizon.steps": generations})
    if mutation is not None:
        group = MUTATIONS[mutation](group)
    return run(group, replications=runs, seed=seed, record_every=None)


def _at_100(changes: dict[str, Any], runs: int, seed: int, mutation: str | None) -> dict[str, Estimate]:
    metrics = _group(changes, 100, runs, seed, mutation).metrics
    return {"established": metrics["established_share"], "collapsed": metrics["collapsed_share"]}


def _theory(mutation: str | None, runs: int, seed: int) -> dict[str, Estimate]:
    """Return the threshold of compliance, and how far a simulated generation is from its exact mean."""
    group = scenario().replace({"horizon.steps": 1})
    if mutation is not None:
        group = MUTATIONS[mutation](group)
    result = run(group, replications=5 * runs, seed=seed, record="events")
    acts = result.table("act").query("agent == 0")
    played = result.table("act").action.to_numpy().reshape(len(acts), -1)
    exact = [expected_scores(Metanorms(), row // 8 / TOP, row % 8 / TOP)[0] for row in played]
    return {
        "vengefulness that deters boldness 1/7": _exactly(vengefulness_to_deter(3.0, 9.0, 1 / 7)),
        "score in a first generation, simulated minus exact": mean(acts.reward.to_numpy() - np.array(exact)),
    }


def _exactly(value: float) -> Estimate:
    return Estimate(float(value), float(value), float(value), 1)
