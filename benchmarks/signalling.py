"""How fast Lewis games run through ``run(Scenario)``, against a plain Python loop and NumPy over many games at once.

All play the same game, n states, messages and acts, with Roth-Erev learners. The Python loop keeps lists; the NumPy way
plays many games at once, one play of each a step, by cumulative sums over their urns. Rates are the best of a few
measurements, by the processor time that they take.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import numpy as np

from socialsim.engine.run import run
from socialsim.environments.signalling import scenario

PLAYS, PYTHON_PLAYS, GAMES, NUMPY_PLAYS, REPEATS = 20_000_000, 20_000, 2000, 100, 9


def best_rate(work: Callable[[], float]) -> float:
    """Return the highest rate of a few calls, each of which returns the work that it did."""
    rates = []
    for _ in range(REPEATS):
        started = time.process_time()
        amount = work()
        rates.append(amount / (time.process_time() - started))
    return max(rates)


def line(what: str, rate: float, unit: str, *ratios: str) -> None:
    """Print one measurement."""
    print(f"{what:<58} {rate:10.3g} {unit:<14} {'; '.join(ratios)}", flush=True)


def scenario_plays(changes: dict[str, object], plays: int = PLAYS) -> float:
    """Run the scenario as the command line does and return its plays."""
    game = scenario().replace({"horizon.steps": plays} | changes)
    return float(run(game, replications=1, seed=1, threads=1, record_every=None).runs.steps.sum())


def python_plays(n: int, plays: int = PYTHON_PLAYS) -> float:
    """Play one game with lists and return its plays."""
    draw = random.Random(1)
    says, does = ([[1.0] * n for _ in range(n)] for _ in range(2))
    things = range(n)
    for _ in range(plays):
        state = draw.randrange(n)
        message = draw.choices(things, says[state])[0]
        if draw.choices(things, does[message])[0] == state:
            says[state][message] += 1.0
            does[message][state] += 1.0
    return float(plays)


def numpy_plays(n: int, games: int = GAMES, plays: int = NUMPY_PLAYS) -> float:
    """Play many games at once with arrays and return the plays of all."""
    draw = np.random.Generator(np.random.SFC64(1))
    says, does, every = np.ones((games, n, n)), np.ones((games, n, n)), np.arange(games)
    for _ in range(plays):
        state = draw.integers(n, size=games)
        message = drawn(says[every, state], draw)
        act = drawn(does[every, message], draw)
        success = (act == state).astype(float)
        says[every, state, message] += success
        does[every, message, act] += success
    return float(games * plays)


def drawn(weights: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Draw a column of each row in proportion to its weights."""
    passed = weights.cumsum(axis=1)
    return (passed <= passed[:, -1:] * draw.random((len(weights), 1))).sum(axis=1)


def main() -> None:
    """Measure and print."""
    for n in (3, 8):
        sizes: dict[str, object] = {"environment.num_states": n, "environment.num_messages": n}
        scenario_plays(sizes, 100)
        rate = best_rate(lambda: scenario_plays(sizes))  # noqa: B023
        python, numpy = best_rate(lambda: python_plays(n)), best_rate(lambda: numpy_plays(n))  # noqa: B023
        ratios = (f"{rate / python:.0f} x Python", f"{rate / numpy:.0f} x NumPy")
        line(f"Lewis game, n = {n}, one thread", rate, "plays/s", *ratios)
        line("  plain Python loop", python, "plays/s")
        line("  NumPy over 2000 games", numpy, "plays/s")
    variants: dict[str, dict[str, object]] = {
        "  n = 3, ten senders and ten receivers": {"network": "complete:n=20", "environment.num_senders": 10},
        "  n = 3, with forgetting": {"learner.forgetting": 0.01},
        "  n = 3, Zipf prior": {"environment.zipf_exponent": 1.0},
    }
    for what, changes in variants.items():
        three = {"environment.num_states": 3, "environment.num_messages": 3} | changes
        scenario_plays(three, 100)
        line(what, best_rate(lambda: scenario_plays(three)), "plays/s")  # noqa: B023


if __name__ == "__main__":
    main()
