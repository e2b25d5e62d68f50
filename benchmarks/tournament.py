"""How fast iterated games run through ``run(Scenario)`` on one thread, against plain Python and the library Axelrod.

A match is 200 turns of two strategies. Every row is a round robin with self-play of one set of strategies: of the
nineteen of Stewart & Plotkin about half of the matches hold no chance, and those are played once and remembered; with
noise, and among the stochastic ones, every turn of every match is drawn. All programs play the same matches in one
process and are timed by the processor time that they take; rates are the best of a few measurements. Axelrod (MIT),
which is no dependency, takes part where it can be imported; only its matches are timed, not its analysis.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.tournament import STEWART_PLOTKIN, Tournament, scenario

TURNS, REPEATS = 200, 7
REPETITIONS, REPLICATIONS = 1000, 4
STOCHASTIC = ("random", "joss", "generous_tit_for_tat", "zdgtft_2", "extort_2")
ROWS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("Nineteen strategies", STEWART_PLOTKIN, 0.0),
    ("Nineteen strategies, noise .01", STEWART_PLOTKIN, 0.01),
    ("Five stochastic strategies", STOCHASTIC, 0.0),
)
PEERS = {
    "zdgtft_2": "ZDGTFT2",
    "generous_tit_for_tat": "GTFT",
    "tit_for_two_tats": "TitFor2Tats",
    "tit_for_tat": "TitForTat",
    "hard_prober": "HardProber",
    "hard_tit_for_two_tats": "HardTitFor2Tats",
    "win_stay_lose_shift": "WinStayLoseShift",
    "random": "Random",
    "prober_2": "Prober2",
    "grim": "Grudger",
    "cooperator": "Cooperator",
    "hard_tit_for_tat": "HardTitForTat",
    "hard_majority": "HardGoByMajority",
    "calculator": "Calculator",
    "prober": "Prober",
    "joss": "FirstByJoss",
    "prober_3": "Prober3",
    "extort_2": "ZDExtort2",
    "defector": "Defector",
}  # their names in Axelrod


def best_rate(work: Callable[[], float], repeats: int = REPEATS) -> float:
    """Return the highest rate of a few calls, each of which returns the work that it did."""
    rates = []
    for _ in range(repeats):
        started = time.process_time()
        amount = work()
        rates.append(amount / (time.process_time() - started))
    return max(rates)


def model_of(strategies: Sequence[str], noise: float) -> Scenario:
    """Return a round robin, repeated."""
    return scenario().replace(
        {
            "environment.strategies": tuple(strategies),
            "environment.noise": noise,
            "network.n": len(strategies),
            "horizon.steps": REPETITIONS,
        }
    )


def matches(model: Scenario) -> float:
    """Run a scenario and return how many matches were played."""
    n = run(model, replications=REPLICATIONS, seed=1, threads=1, record_every=None).runs.num_agents[0]
    return REPLICATIONS * REPETITIONS * float(n * (n + 1) / 2)


def plain_matches(strategies: Sequence[str], noise: float) -> float:
    """Play one round robin over lists of chances and moves."""
    players = [
        (rule.with_noise(noise).tolist(), rule.moves.tolist())
        for rule in Tournament(strategies=tuple(strategies)).automata()
    ]
    payoffs, totals = (3, 0, 5, 1), [0.0] * len(players)
    for i, (p, first) in enumerate(players):
        for j, (q, second) in enumerate(players[: i + 1]):
            s = t = 0
            for _ in range(TURNS):
                x, y = random.random() >= p[s], random.random() >= q[t]
                totals[i] += payoffs[2 * x + y]
                totals[j] += payoffs[2 * y + x]
                s, t = first[s][2 * x + y], second[t][2 * y + x]
    return len(players) * (len(players) + 1) / 2


def axelrod_matches(axelrod: Any, strategies: Sequence[str], noise: float) -> float:
    """Let Axelrod play one round robin."""
    players = [getattr(axelrod, PEERS[name])() for name in strategies]
    for i, first in enumerate(players):
        for second in players[: i + 1]:
            match = axelrod.Match((first, second), turns=TURNS, noise=noise, seed=1)
            match.play()
            match.final_score_per_turn()
    return len(players) * (len(players) + 1) / 2


def line(what: str, rate: float, unit: str, *ratios: str) -> None:
    """Print one measurement."""
    print(f"{what:<58} {rate:10.3g} {unit:<14} {'; '.join(ratios)}", flush=True)


def main() -> None:
    """Measure and print."""
    try:
        import axelrod
    except ModuleNotFoundError:
        axelrod = None
        print("Axelrod is not installed, and takes no part")
    for name, strategies, noise in ROWS:
        model = model_of(strategies, noise)
        run(model, replications=1, threads=1, record_every=None)
        rate = best_rate(lambda: matches(model))  # noqa: B023
        plain = best_rate(lambda: plain_matches(strategies, noise), 3)  # noqa: B023
        ratios = [f"{1e9 / rate / TURNS:.2f} ns a turn", f"{rate / plain:.0f} x plain Python"]
        if axelrod:
            peer = best_rate(lambda: axelrod_matches(axelrod, strategies, noise), 3)  # noqa: B023
            ratios.append(f"{rate / peer:.0f} x Axelrod")
        line(f"{name}, one thread", rate, "matches/s", *ratios)


if __name__ == "__main__":
    main()
