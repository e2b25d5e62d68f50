"""Perolat et al. 2017: random, greedy, restrained and learning harvesters on the map of 155 apples.

Run it with ``socialsim reproduce perolat_2017 [--full]``.
"""

from __future__ import annotations

from typing import Any

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.harvest import scenario
from socialsim.metrics.estimates import difference_of_means, mean

STEPS = 1000
GREEDY_STEPS = 200  # long after the last apple
NO_BEAM = {"environment.beam": ()}
GLOBAL_SIGHT = {f"environment.{side}": 37 for side in ("ahead", "behind", "left", "right")}

LEARNER = "q_learning:alpha=0.1,discount=0.9,epsilon=0.1"
EPISODES = 20
LEARNERS = NO_BEAM | {
    "environment.observation": "summary",
    "learner.harvester": LEARNER,
    "horizon.episode_steps": STEPS,
}

MUTATIONS: dict[str, dict[str, Any]] = {
    "growth without neighbours": {"environment.regrowth": (0.01, 0.01, 0.01, 0.05, 0.05, 0.1)},
    "hits without consequences": {"environment.time_out": 0},
    "near is the square of nine": {"environment.growth_radius": 1.5},
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    broken = MUTATIONS[mutation] if mutation else {}

    def harvesters(k: int, learner: str, changes: dict[str, Any]) -> Result:
        game = scenario("perolat_2017").replace(
            {"learner.harvester": learner, "horizon.steps": STEPS, **changes, **broken}
        )
        return run(game, replications=replications, seed=seed + k, record_every=None)

    with_beam, without = harvesters(0, "uniform_random", {}), harvesters(1, "uniform_random", NO_BEAM)
    greedy = harvesters(2, "greedy", GLOBAL_SIGHT | {"horizon.steps": GREEDY_STEPS})
    cautious = harvesters(3, "cautious", {})
    patrolling = harvesters(4, "patrolling", {})
    trained = harvesters(5, LEARNER, LEARNERS | {"horizon.steps": EPISODES * STEPS})
    measured = {
        "apples, random": with_beam.metrics["apples"],
        "hits, random": with_beam.metrics["hits"],
        "apples, random, no beam": without.metrics["apples"],
        "apples, greedy": greedy.metrics["apples"],
        "step at which greedy harvesters have taken the last apple": mean(greedy.runs.exhausted_at.dropna()),
        "peace, greedy minus patrolling": difference_of_means(greedy.metrics["peace"], patrolling.metrics["peace"]),
    }
    for name, result in (("random", with_beam), ("cautious", cautious), ("patrolling", patrolling)):
        measured[f"{name} minus greedy, apples"] = difference_of_means(
            result.metrics["apples"], greedy.metrics["apples"]
        )
    columns = {"step of the last apple": "exhausted_at", "apples": "apples", "sustainability": "sustainability"}
    for name, column in columns.items():
        before, after = (mean(result.runs[column].fillna(STEPS)) for result in (without, trained))
        measured[f"learners, no beam: {name}, trained minus untrained"] = difference_of_means(after, before)
    return measured
