"""How fast the minority game runs through ``run(Scenario)``, against NumPy over the agents of one game, in one process.

The NumPy game has the same rules and measures: two strategies, linear payoff, random history, ties broken by coin, sums
of A for each history and of A^2. It keeps the difference of the two scores and tables by history, as the fast one does.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from socialsim.engine.run import run
from socialsim.environments.minority import scenario

NUM_AGENTS, MEMORY, STEPS, REPEATS = 101, 6, 200_000, 25
SPARSE = "erdos_renyi:n=101,p=0.05"


def best_rate(work: Callable[[], float]) -> float:
    """Return the highest rate of a few calls, each of which returns the work that it did."""
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
    """Run the scenario as the command line does and return its steps."""
    game = scenario().replace({"network": f"complete:n={NUM_AGENTS}", "environment.memory": MEMORY})
    game = game.replace({"horizon.steps": steps, "environment.burn_in": steps // 2} | changes)
    return float(run(game, replications=threads, seed=1, threads=threads, record_every=None).runs.steps.sum())


def numpy_steps(steps: int = 5000, num_agents: int = NUM_AGENTS, num_histories: int = 2**MEMORY) -> float:
    """Run one game with NumPy, vectorised over agents, and return its steps."""
    return float(numpy_game(steps, num_agents, num_histories)[0])


def numpy_game(steps: int, num_agents: int, num_histories: int, seed: int = 1) -> tuple[int, float]:
    """Return the number of steps and sigma^2/N of the second half of a game."""
    draw = np.random.Generator(np.random.SFC64(seed))
    first, second = draw.choice([-1, 1], (2, num_histories, num_agents))
    contrast, lead = second - first, np.zeros(num_agents)
    visits, sums, squares = np.zeros(num_histories), np.zeros(num_histories), 0.0
    for step in range(steps):
        history = draw.integers(num_histories)
        uses_second = lead > 0
        ties = lead == 0
        if ties.any():
            uses_second |= ties & (draw.random(num_agents) < 0.5)
        total = np.where(uses_second, second[history], first[history]).sum()
        lead -= contrast[history] * total
        if 2 * step >= steps:
            visits[history] += 1
            sums[history] += total
            squares += float(total) ** 2
    return steps, squares / float(visits.sum()) / num_agents


def main() -> None:
    """Measure and print."""
    peer = best_rate(numpy_steps)
    line(f"Minority game, {NUM_AGENTS} agents, P = {2**MEMORY}: NumPy over agents", peer, "steps/s")
    variants: dict[str, dict[str, object]] = {
        "  run(Scenario), one thread": {},
        "  real history": {"environment.history": "real"},
        "  four strategies": {"learner.num_strategies": 4},
        "  agents who follow their best neighbour": {
            "learner": "best_neighbour",
            "network": "erdos_renyi:n=101,p=0.05",
        },
        # "  El Farol, Arthur's forecasters": {"environment.preset": "el_farol", "learner": "forecaster"},
    }
    for what, changes in variants.items():
        scenario_steps(changes, steps=100)
        rate = best_rate(lambda: scenario_steps(changes))  # noqa: B023
        line(what, rate, "steps/s", f"{rate / peer:.1f} x NumPy" if not changes else "")
    line("  run(Scenario), two threads", best_rate(lambda: scenario_steps({}, threads=2)), "steps/s")


if __name__ == "__main__":
    main()
