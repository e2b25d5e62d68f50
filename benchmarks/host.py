"""The Mesa host: what a million agents cost to build and keep, and how fast a model steps.

    python benchmarks/host.py

The bars: a million agents in at most .5 s and 300 MB above the import.
"""

from __future__ import annotations

import gc
import time
import tracemalloc

from socialsim.engine.scenario import Scenario
from socialsim.environments.epistemic import Epistemic
from socialsim.environments.opinions import Opinions
from socialsim.host.model import SocialModel
from socialsim.networks.sources import load

MILLION = 1_000_000


def community(network: object) -> Scenario:
    """Return optimists whom no evidence moves much, so that a run goes on."""
    return Scenario(Epistemic(effect=1e-6), "bayesian:prior_low=0.9,prior_high=0.99", network, 1 << 40)


def build(label: str, scenario: Scenario) -> None:
    """Print the best of three building times, and the peak and lasting memory of one more."""
    seconds = []
    for seed in range(3):
        gc.collect()
        started = time.perf_counter()
        SocialModel(scenario, seed=seed)
        seconds.append(time.perf_counter() - started)
    gc.collect()
    tracemalloc.start()
    model = SocialModel(scenario)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(model.agents) == MILLION
    print(
        f"build {label}: {min(seconds):.3f} s, {kept / 1e6:.0f} MB kept, {peak / 1e6:.0f} MB at most", len(model.agents)
    )


def step(label: str, scenario: Scenario, num_steps: int, joins: bool = False) -> None:
    """Print the rate of ``model.step()``."""
    model = SocialModel(scenario, seed=1)
    if joins:
        model.join(0, Guest())
    model.run_for(50)
    started, clock = time.perf_counter(), model.clock
    model.run_for(num_steps)
    seconds, steps = time.perf_counter() - started, model.clock - clock
    print(f"step {label}: {steps / seconds:,.0f} steps/s, {steps * len(model.agents) / seconds:,.0f} agent-steps/s")


class Guest:
    """Plays one agent."""

    def act(self, observation: int) -> int:
        """Use the new method."""
        return 1


if __name__ == "__main__":
    SocialModel(community("complete:n=10")).step()  # compiles, or fetches what is compiled
    SocialModel(community("cycle:n=10")).step()
    build("complete:n=1000000", community(f"complete:n={MILLION}"))
    build("cycle:n=1000000, network included", community(f"cycle:n={MILLION}"))
    build("cycle:n=1000000, network at hand", community(load(f"cycle:n={MILLION}")))
    step("cycle:n=10", community("cycle:n=10"), 20_000)
    step("cycle:n=100000", community(load("cycle:n=100000")), 300)
    step("cycle:n=10 with a guest", community("cycle:n=10"), 2_000, joins=True)
    step("events, complete:n=1000", Scenario(Opinions(), "imitation", "complete:n=1000", 1 << 40), 20_000)
