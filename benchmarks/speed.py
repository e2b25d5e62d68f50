"""How fast scenarios run through ``run(Scenario)``, against the best kernel written by hand and an ordinary Mesa model.

Each figure is the best of a few measurements in one process, because other work on the machine only ever slows a run.
Start-up and compilation are left out: `start.py` measures them.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np

from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.discovery import load_file
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.epistemic import scenario

HERE = Path(__file__).parent
REPEATS = 5


def best_rate(work: Callable[[], float]) -> float:
    """Return the highest rate of a few calls, each of which returns the work that it did."""
    rates = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        amount = work()
        rates.append(amount / (time.perf_counter() - started))
    return max(rates)


def agent_steps(community: Scenario, replications: int, threads: int) -> float:
    """Run a scenario as the command line does and return its agent-steps."""
    result = run(community, replications=replications, seed=1, threads=threads)
    return float((result.runs.steps * result.runs.num_agents).sum())


def kernel_steps(community: Scenario, replications: int, kernels: ModuleType) -> float:
    """Run the kernel written by hand and return its agent-steps."""
    network = community.network.draw()
    tables = community.environment.state(network.num_agents)
    learner = community.learners["agent"].state(
        community.environment.specification("agent", network.num_agents), network.num_agents
    )
    numbers = np.arange(replications)
    streams = [seed_streams(1, numbers, purpose) for purpose in (Purpose.INITIAL, Purpose.DYNAMICS)]
    steps, verdicts = np.zeros(replications, np.int64), np.zeros(replications, np.int64)
    kernels.zollman(
        *(network.num_agents, network.kind == "complete", tables.fewest, tables.accept, tables.shift),
        *(learner.trials, learner.weight, learner.settled_above, *streams, steps, verdicts),
    )
    return float(steps.sum() * network.num_agents)


def load(name: str) -> ModuleType:
    """Import a file beside this one."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def line(what: str, rate: float, unit: str, *ratios: str) -> None:
    """Print one measurement."""
    print(f"{what:<58} {rate:10.3g} {unit:<14} {'; '.join(ratios)}", flush=True)


def main() -> None:
    """Measure and print."""
    kernels, peer = load("kernels"), load("peer_mesa")
    for network, replications in (("cycle:n=10", 40_000), ("complete:n=10", 200_000)):
        community = scenario().replace({"network": network})
        run(community, replications=10)
        kernel_steps(community, 10, kernels)
        one = best_rate(lambda: agent_steps(community, replications, 1))  # noqa: B023
        two = best_rate(lambda: agent_steps(community, replications, 2))  # noqa: B023
        hand = best_rate(lambda: kernel_steps(community, replications, kernels))  # noqa: B023
        kind = network.partition(":")[0]
        mesa = max(peer.run_peer(10, kind, seed, 3000)[1] for seed in range(5))
        stripped = max(peer.run_peer(10, kind, seed, 3000, stripped=True)[1] for seed in range(5))
        line(f"Zollman, {network}, one thread", one, "agent-steps/s")
        line("  ordinary Mesa model", mesa, "agent-steps/s", f"the scenario is {one / mesa:.0f} x as fast")
        line("  the same without Mesa's agent set", stripped, "agent-steps/s", f"{one / stripped:.0f} x")
        line("  kernel written by hand, same streams", hand, "agent-steps/s", f"{hand / one:.2f} x the scenario")
        line("  two threads", two, "agent-steps/s", f"{two / one:.2f} x one thread")
    large = scenario().replace({"network": "watts_strogatz:n=100000,k=4,p=0.1", "horizon.steps": 300})
    large = large.replace({"network.shared": True})
    network = large.network.draw(np.random.default_rng(1))
    large = large.replace({"network": network})
    rate = best_rate(lambda: agent_steps(large, 2, 1))
    line("Zollman, small world of 100 000, one thread", rate, "agent-steps/s")
    naming = load_file(HERE / "naming_game.py").scenario()
    run(naming, replications=1, threads=1)

    def events() -> float:
        return float(run(naming, replications=2000, seed=1, threads=1).runs.steps.sum())

    line("Naming game of 1000, one thread", best_rate(events), "events/s")


if __name__ == "__main__":
    main()
