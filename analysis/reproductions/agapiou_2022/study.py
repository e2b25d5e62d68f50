"""Melting Pot's and SocialJax's commons harvest: what random, greedy and cautious agents collect in 1000 steps.

Run it with ``socialsim reproduce agapiou_2022 [--full]``.
"""

from __future__ import annotations

from typing import Any

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.harvest import scenario
from socialsim.environments.harvest.maps import MAPS
from socialsim.metrics.estimates import difference_of_means, mean

STEPS = 1000
GREEDY_STEPS = 300  # long after the last apple
P_STARTS = {"environment.map": MAPS["melting_pot_open"].replace("Q", " ")}
NO_BEAM = {"environment.beam": ()}
GLOBAL_SIGHT = {f"environment.{side}": 23 for side in ("ahead", "behind", "left", "right")}

GROWTH = "environment.regrowth"
MUTATIONS: dict[str, dict[str, Any]] = {
    "growth without neighbours": {GROWTH: (0.0025, 0.0025, 0.005, 0.025)},
    "hits without consequences": {"environment.time_out": 0},
    "near is the square of nine": {"environment.growth_radius": 1.5},
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    broken = MUTATIONS[mutation] if mutation else {}

    def agents(k: int, learner: str, changes: dict[str, Any], preset: str = "melting_pot_open") -> Result:
        game = scenario(preset).replace({"learner.harvester": learner, "horizon.steps": STEPS, **changes, **broken})
        return run(game, replications=replications, seed=seed + k, record_every=None)

    with_beam, without = agents(0, "uniform_random", {}), agents(1, "uniform_random", NO_BEAM)
    from_p, from_p_without = (agents(2 + k, "uniform_random", P_STARTS | NO_BEAM if k else P_STARTS) for k in range(2))
    socialjax = agents(4, "uniform_random", NO_BEAM, preset="socialjax")
    greedy = agents(5, "greedy", GLOBAL_SIGHT | {"horizon.steps": GREEDY_STEPS})
    alone = agents(6, "greedy", GLOBAL_SIGHT | {"network": "complete:n=1"})
    cautious = agents(7, "cautious", GLOBAL_SIGHT)

    found = {
        "apples, random": with_beam,
        "apples, random, no beam": without,
        "apples, random, P starts": from_p,
        "apples, random, no beam, P starts": from_p_without,
        "apples, random, no beam, SocialJax": socialjax,
        "apples, greedy": greedy,
        "apples, one greedy agent": alone,
    }
    measured = {name: result.metrics["apples"] for name, result in found.items()}
    measured |= {"hits, random": with_beam.metrics["hits"], "hits, random, P starts": from_p.metrics["hits"]}
    ends = greedy.runs.exhausted_at.dropna()
    measured["step at which greedy agents have taken the last apple"] = mean(ends)
    measured["share of greedy runs that end without an apple"] = greedy.metrics["exhaustion_rate"]
    for name, result in (("random", with_beam), ("cautious", cautious)):
        measured[f"{name} minus greedy, apples"] = difference_of_means(
            result.metrics["apples"], greedy.metrics["apples"]
        )
    return measured
