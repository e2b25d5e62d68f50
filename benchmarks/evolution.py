"""How fast selection runs through ``run(Scenario)`` on one thread, against peers and against plain programs.

- Nowak & May's torus of 200 x 200, a generation after the other, against the same rule over whole NumPy arrays, shifted
  by ``np.roll``;
- pairwise comparison among 100 who all meet, one comparison a step, against EGTtools (GPL, no dependency: it takes part
  where it can be imported) and against plain Python;
- imitation on a scale-free network of 10 000, everyone at once, against plain Python.

All are timed by the processor time that they take, in one process; the best of a few.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.evolution import Evolution

REPEATS = 5
SIDE, GENERATIONS = 200, 20_000
SIZE, COMPARISONS = 100, 20_000_000
REGIMES = ((1.0, 0.001), (0.01, 0.001), (0.01, 0.1))  # selection and mutation: often uniform, seldom, never
AGENTS, ROUNDS = 10_000, 2000
TEMPTATIONS = (1.2, 1.5, 1.8)
DILEMMA = ((1.0, 0.0), (1.2, 0.1))


def best_rate(work: Callable[[], float], repeats: int = REPEATS) -> float:
    """Return the highest rate of a few calls, each of which returns the work that it did."""
    rates = []
    for _ in range(repeats):
        started = time.process_time()
        amount = work()
        rates.append(amount / (time.process_time() - started))
    return max(rates)


def steps(scenario: Scenario) -> float:
    """Run a scenario once and return its steps."""
    return float(run(scenario, seed=1, threads=1, record_every=None).runs.steps.sum())


# --- Plain programs ------------------------------------------------------------------------------------------------


def rolled(cooperates: NDArray[np.bool_], temptation: float) -> NDArray[np.bool_]:
    """Return the torus after one generation, by shifts of whole arrays."""
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    around = sum(np.roll(cooperates, shift, axis=(0, 1)).astype(np.int64) for shift in shifts)
    paid = np.where(cooperates, 1.0, temptation) * around
    best, new = paid, cooperates
    for shift in shifts:
        shifted = np.roll(paid, shift, axis=(0, 1))
        is_better = shifted > best
        best = np.where(is_better, shifted, best)
        new = np.where(is_better, np.roll(cooperates, shift, axis=(0, 1)), new)
    return new


def rolled_rate() -> float:
    """Return generations a second of the rule over whole arrays."""
    torus = np.random.default_rng(1).random((SIDE, SIDE)) < 0.9

    def work() -> float:
        cells = torus
        for _ in range(50):
            cells = rolled(cells, 1.85)
        return 50.0

    return best_rate(work)


def plain_comparisons(selection: float, mutation: float) -> float:
    """Return comparisons a second of plain Python."""

    def work() -> float:
        holders = [SIZE // 2, SIZE - SIZE // 2]
        for _ in range(200_000):
            own = int(random.random() * SIZE >= holders[0])
            if random.random() < mutation:
                other = 1 - own
            else:
                others = holders[0] - (own == 0)
                model = int(random.random() * (SIZE - 1) >= others)
                if model == own:
                    continue
                paid = [
                    DILEMMA[s][0] * (holders[0] - (s == 0)) + DILEMMA[s][1] * (holders[1] - (s == 1)) for s in (0, 1)
                ]
                chance = 1.0 / (1.0 + math.exp(-selection * (paid[model] - paid[own])))
                if random.random() >= chance:
                    continue
                other = model
            holders[own] -= 1
            holders[other] += 1
        return 200_000.0

    return best_rate(work, 3)


def plain_imitation(rows: list[list[int]], temptation: float) -> float:
    """Return agent updates a second of plain Python."""

    def work() -> float:
        strategy = [int(random.random() < 0.5) for _ in rows]
        for _ in range(10):
            met = [sum(1 - strategy[j] for j in row) for row in rows]
            paid = [met[i] * (temptation if strategy[i] else 1.0) for i in range(len(rows))]
            new = list(strategy)
            for i, row in enumerate(rows):
                j = random.choice(row)
                if random.random() * max(len(row), len(rows[j])) * temptation < paid[j] - paid[i]:
                    new[i] = strategy[j]
            strategy = new
        return 10.0 * len(rows)

    return best_rate(work, 3)


def egttools_rate(selection: float, mutation: float) -> float | None:
    """Return comparisons a second of EGTtools, or None where it is not installed."""
    try:
        from egttools.games import Matrix2PlayerGameHolder
        from egttools.numerical import PairwiseComparisonNumerical
    except ImportError as error:
        print(f"EGTtools cannot be imported ({error}): it is left out")
        return None
    game = Matrix2PlayerGameHolder(2, np.array(DILEMMA))  # by a name of its own: EGTtools keeps no reference to it
    held = PairwiseComparisonNumerical(SIZE, game, 10_000)
    start: Any = np.array([SIZE // 2, SIZE - SIZE // 2], np.uint64)

    def work() -> float:
        held.evolve(2_000_000, selection, mutation, start)
        return 2_000_000.0

    return best_rate(work)


# --- Measurements --------------------------------------------------------------------------------------------------


def torus() -> None:
    """Measure Nowak & May's torus."""
    network = f"grid:rows={SIDE},columns={SIDE},periodic=true,neighbourhood=moore"
    environment = Evolution(self_play=True, initial=(0.9, 0.1))
    scenario = Scenario(environment, "innate", network, GENERATIONS)
    steps(scenario.replace({"horizon.steps": 1}))
    rate, numpy_rate = best_rate(lambda: steps(scenario)), rolled_rate()
    print(f"Nowak & May, {SIDE} x {SIDE}: {rate:.3g} generations/s; {rate / numpy_rate:.0f} x NumPy ({numpy_rate:.3g})")


def comparison() -> None:
    """Measure pairwise comparison where all meet; the rarer changes are, the faster both we and EGTtools skip them."""
    for selection, mutation in REGIMES:
        environment = Evolution(payoffs=DILEMMA, update="pairwise_comparison", selection=selection, mutation=mutation)
        scenario = Scenario(environment, "innate", f"complete:n={SIZE}", COMPARISONS)
        steps(scenario.replace({"horizon.steps": 1}))
        rate, plain = best_rate(lambda: steps(scenario)), plain_comparisons(selection, mutation)  # noqa: B023
        peer = egttools_rate(selection, mutation)
        beside = f"{rate / peer:.0f} x EGTtools ({peer:.3g}); " if peer else ""
        print(
            f"Pairwise comparison, Z = {SIZE}, w = {selection:g}, u = {mutation:g}: {rate:.3g} steps/s; {beside}"
            f"{rate / plain:.0f} x plain Python ({plain:.3g})"
        )


def imitation() -> None:
    """Measure imitation on a scale-free network, from half cooperators on."""
    drawn = Scenario(Evolution(), "innate", f"barabasi_albert:n={AGENTS},m=2").network.draw(np.random.default_rng(1))
    rows = [drawn.sources[drawn.indptr[i] : drawn.indptr[i + 1]].tolist() for i in range(AGENTS)]
    for temptation in TEMPTATIONS:
        environment = Evolution(payoffs=((1.0, 0.0), (temptation, 0.0)), update="imitation")
        scenario = Scenario(environment, "innate", drawn, ROUNDS, shared_network=True)
        steps(scenario.replace({"horizon.steps": 1}))
        rate, plain = best_rate(lambda: AGENTS * steps(scenario)), plain_imitation(rows, temptation)  # noqa: B023
        print(
            f"Imitation, scale-free, N = {AGENTS}, b = {temptation}: {rate:.3g} agent updates/s; "
            f"{rate / plain:.0f} x plain Python ({plain:.3g})"
        )


def main() -> None:
    """Measure and print."""
    torus()
    comparison()
    imitation()


if __name__ == "__main__":
    main()
