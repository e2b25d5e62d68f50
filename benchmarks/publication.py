"""How many experiments a second `publication` makes through ``run(Scenario)``, against the same rules in plain Python.

A run of the default scenario is over after about a hundred experiments, so that what each run costs beyond its steps
(streams, tables) weighs as much as the steps; long runs show these alone. Figures are the best of a few measurements.
"""

from __future__ import annotations

import importlib.util
import math
import random
from pathlib import Path
from types import ModuleType

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.publication import scenario

CLAIMS_IN_PLAIN_PYTHON = 2000
CASES = {  # network, changes, replications
    "one researcher, t = .999 (default)": ("complete:n=1", {}, 300_000),
    "one researcher, t = 1 - 1e-15": ("complete:n=1", {"environment.threshold": 1.0 - 1e-15}, 20_000),
    "ten researchers on a cycle": ("cycle:n=10", {}, 2_000),
    "a hundred who read everything": ("complete:n=100", {}, 50_000),
    "one researcher, two citations": ("complete:n=1", {"environment.num_citations": 2}, 100_000),
}


def load(name: str) -> ModuleType:
    """Import a file beside this one."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def experiments(community: Scenario, replications: int) -> float:
    """Run a scenario on one thread and return its experiments."""
    result = run(community, replications=replications, seed=1, threads=1, record_every=None)
    return float(result.runs.num_experiments.sum())


def plain_experiments(num_claims: int) -> float:
    """Follow the default scenario's rules in plain Python and return the experiments."""
    draw = random.Random(1).random
    up, down = math.log(0.8 / 0.05), math.log(0.2 / 0.95)
    decided = math.log(0.999 / 0.001)
    num_experiments = 0
    for _ in range(num_claims):
        log_odds = 0.0
        while -decided <= log_odds <= decided:
            num_experiments += 1
            if draw() < 0.05:
                log_odds += up
            elif draw() < 0.1:
                log_odds += down
    return float(num_experiments)


def main() -> None:
    """Measure and print."""
    speed = load("speed")
    plain = speed.best_rate(lambda: plain_experiments(CLAIMS_IN_PLAIN_PYTHON))
    speed.line("one researcher, plain Python", plain, "experiments/s")
    for name, (network, changes, replications) in CASES.items():
        community = scenario().replace({"network": network, **changes})
        run(community, replications=10)
        rate = speed.best_rate(lambda: experiments(community, replications))  # noqa: B023
        speed.line(name, rate, "experiments/s", f"{rate / plain:.0f} x plain Python")
    single = scenario().replace({"horizon.steps": 1})
    cost = 1e6 / speed.best_rate(lambda: experiments(single, 300_000))
    print(f"a run of one experiment takes {cost:.2f} microseconds")


if __name__ == "__main__":
    main()
