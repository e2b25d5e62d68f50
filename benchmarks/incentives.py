"""How fast labs evolve through ``run(Scenario)``, against a plain Python loop of the same rules, in one process."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable

from socialsim.engine.run import run
from socialsim.environments.incentives import scenario

NUM_LABS, STEPS, REPLICATIONS, REPEATS = 100, 100_000, 10, 5


def best_rate(work: Callable[[], float]) -> float:
    """Return the highest rate of a few calls, each of which returns the lab-steps that it did."""
    rates = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        amount = work()
        rates.append(amount / (time.perf_counter() - started))
    return max(rates)


def line(what: str, rate: float, unit: str, *ratios: str) -> None:
    """Print one measurement."""
    print(f"{what:<58} {rate:10.3g} {unit:<14} {'; '.join(ratios)}", flush=True)


def scenario_steps(changes: dict[str, object], steps: int = STEPS, threads: int = 1) -> float:
    """Run the scenario as the command line does and return its lab-steps."""
    labs = scenario().replace({"horizon.steps": steps} | changes)
    result = run(labs, replications=REPLICATIONS, seed=1, threads=threads)
    return float((result.runs.steps * result.runs.num_agents).sum())


def plain_steps(steps: int = 2000) -> float:
    """Run labs whose effort evolves, without replication, as one would write them in Python; return lab-steps."""
    draw = random.Random(1)
    labs = [{"effort": 75.0, "payoff": 0, "born": 0} for _ in range(NUM_LABS)]
    for step in range(1, steps + 1):
        for lab in labs:
            if draw.random() < 1 - 0.2 * math.log10(lab["effort"]):
                chance = 0.8 if draw.random() < 0.1 else 0.8 / (1 + 0.2 * lab["effort"])
                lab["payoff"] += draw.random() < chance
        dying = min(draw.sample(labs, 10), key=lambda lab: lab["born"])
        labs.remove(dying)
        parent = max(draw.sample(labs, 10), key=lambda lab: lab["payoff"])
        effort = parent["effort"]
        if draw.random() < 0.01:
            effort = min(max(effort + draw.gauss(0, 1), 1.0), 100.0)
        labs.append({"effort": effort, "payoff": 0, "born": step})
    return float(steps * NUM_LABS)


def main() -> None:
    """Measure and print."""
    variants: dict[str, dict[str, object]] = {
        "Labs evolve, one thread": {},
        "  with half of the studies replications": {"environment.initial_replication": 0.5},
        "  at effort 1, where most studies are published": {"environment.initial_effort": 1.0},
    }
    plain = best_rate(plain_steps)
    for what, changes in variants.items():
        scenario_steps(changes, steps=10)
        rate = best_rate(lambda: scenario_steps(changes))  # noqa: B023
        line(what, rate, "lab-steps/s", f"{rate / plain:.0f} x plain Python" if not changes else "")
    line("  plain Python loop", plain, "lab-steps/s")
    line("Labs evolve, two threads", best_rate(lambda: scenario_steps({}, threads=2)), "lab-steps/s")
    learning = {"environment.evolve": False, "learner": "imitation:noise=0.001"}
    scenario_steps(learning, steps=10)
    line("Labs imitate, one thread", best_rate(lambda: scenario_steps(learning, 10_000)), "lab-steps/s")


if __name__ == "__main__":
    main()
