"""From N agents to infinitely many: how fast do they come closer? Run it with ``python scenarios/limits.py``."""

import numpy as np

from socialsim.limits.agents import Crowd
from socialsim.limits.compare import compare
from socialsim.limits.games import Game
from socialsim.limits.library import sis
from socialsim.limits.solvers import solve
from socialsim.networks.graphon_sampling import sample
from socialsim.networks.graphons import StepGraphon

SIZES = (20, 40, 80, 160)
TWO_TOWNS = StepGraphon([[0.9, 0.3], [0.3, 0.7]], [0.5, 0.5])


def positions(size: int) -> np.ndarray:
    """Return evenly spaced positions."""
    return (np.arange(size) + 0.5) / size


def main() -> None:
    """Print errors and slopes for an epidemic in a mean field, and what its equilibrium is worth on a real graph."""
    game = Game(sis.rules())
    found = compare(game, SIZES, "complete", range(10), policy="uniform", runs=30)
    print(found.table[["size", "rms", "bias", "exploitability"]].round(4).to_string(index=False))
    print(found)
    towns = game.graphon(TWO_TOWNS)
    solution = solve(towns, "fictitious_play", 100)
    print(f"two towns, {solution}")
    for size in SIZES[:-1]:
        network = sample(TWO_TOWNS, positions(size), rng=np.random.default_rng(size))
        crowd = Crowd(towns, solution.policy, network)
        gain = crowd.exploitability(range(50), agents=[0, size - 1], samples=200).mean
        print(f"  N = {size:3}: by leaving it one of either town gains {gain}")


if __name__ == "__main__":
    main()
