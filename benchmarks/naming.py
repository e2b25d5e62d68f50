"""How fast the naming game runs through ``run(Scenario)`` on one thread, against plain Python.

A game is one meeting of a speaker and a hearer. Both programs play the same rules, from the first word until all agree:
games are slow at the peak, where inventories are large, and quick at the end. Rates are the best of a few measurements,
by the processor time that they take.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.culture import scenario as culture
from socialsim.environments.naming import scenario
from socialsim.learning.naming_game import NamingGame

REPEATS = 7
SIZES = {100: (10_000, 200), 1000: (400, 8), 10_000: (8, 1)}  # replications, and those of the plain loop
MOST = 100_000_000  # games, never reached


def best_rate(work: Callable[[], float], repeats: int = REPEATS) -> float:
    """Return the highest rate of a few calls, each of which returns the work that it did."""
    rates = []
    for _ in range(repeats):
        started = time.process_time()
        amount = work()
        rates.append(amount / (time.process_time() - started))
    return max(rates)


def plain_games(size: int) -> float:
    """Play until all know one word, over lists; return how many games."""
    words: list[list[int]] = [[] for _ in range(size)]
    for game in range(MOST):
        i = int(random.random() * size)
        j = int(random.random() * (size - 1))
        j += j >= i
        if not words[i]:
            words[i].append(game)
        word = random.choice(words[i])
        if word in words[j]:
            words[i], words[j] = [word], [word]
        else:
            words[j].append(word)
        if game % size == 0 and all(known == words[0] and len(known) == 1 for known in words):
            return game + 1.0
    return float(MOST)


def games(model: Scenario, replications: int) -> float:
    """Run a scenario and return its games, or events."""
    return float(run(model, replications=replications, seed=1, threads=1, record_every=None).runs.steps.sum())


def line(what: str, rate: float, unit: str, *ratios: str) -> None:
    """Print one measurement."""
    print(f"{what:<58} {rate:10.3g} {unit:<14} {'; '.join(ratios)}", flush=True)


def main() -> None:
    """Measure and print."""
    for size, (replications, plain_replications) in SIZES.items():
        model = scenario().replace({"network.n": size, "horizon.steps": MOST})
        run(model, replications=1, threads=1, record_every=None)
        rate = best_rate(lambda: games(model, replications))  # noqa: B023
        plain = best_rate(lambda: sum(plain_games(size) for _ in range(plain_replications)), 3)  # noqa: B023
        line(f"Naming game of {size:,}, one thread", rate, "games/s", f"{rate / plain:.0f} x plain Python")
    learner = NamingGame(first_word=1, committed=0.05)
    model = scenario().replace({"network.n": 1000, "environment.vocabulary": 2, "learner": learner})
    model = model.replace({"horizon.steps": 100_000})
    run(model, replications=1, threads=1, record_every=None)
    rate = best_rate(lambda: games(model, 100))
    line("  two words, a committed minority of 5%", rate, "games/s")
    lattice = culture()
    run(lattice, replications=1, threads=1, record_every=None)
    rate = best_rate(lambda: games(lattice, 200))
    line("Axelrod's culture, 10 x 10, 5 features, 10 traits", rate, "events/s")


if __name__ == "__main__":
    main()
