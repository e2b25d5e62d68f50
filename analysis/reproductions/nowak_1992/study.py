"""Nowak & May 1992: cooperators and defectors on a torus where everybody takes after the best of the nine.

Run it with ``socialsim reproduce nowak_1992 [--full]``.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.evolution import Evolution, cooperation
from socialsim.metrics.estimates import mean

SIDE, MIRROR_SIDE = 200, 69
BURN_IN = 500
STEPS = {False: 3000, True: 30_000}
EVERY = 10  # steps between two rows of the time course, for the standard deviation
PATTERN_STEPS = 100
DEFECTORS = 0.1  # at first
GROWTH_LIMIT = 12 * math.log(2) - 8


def without_self_play(scenario: Scenario) -> Scenario:
    """A mutation: nobody plays against itself."""
    return scenario.replace({"environment.self_play": False})


def four_neighbours(scenario: Scenario) -> Scenario:
    """A mutation: the cells at the corners are no neighbours."""
    return scenario.replace({"network.neighbourhood": "von_neumann"})


def one_at_a_time(scenario: Scenario) -> Scenario:
    """A mutation: one agent a step compares itself with one neighbour."""
    return scenario.replace({"environment.update": "pairwise_comparison"})


MUTATIONS = {
    "without self-play": without_self_play,
    "four neighbours": four_neighbours,
    "one at a time": one_at_a_time,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""

    def play(temptation: float, number: int, side: int = SIDE, steps: int = STEPS[full], **options: object) -> Result:
        scenario = torus(temptation, side, steps, **options)
        if mutation is not None:
            scenario = MUTATIONS[mutation](scenario)
        return run(scenario, replications=replications, seed=seed + number, record_every=None)

    chaos = play(1.85, 0)
    share = cooperation(chaos)
    first, last = (cooperation(play(temptation, 1)) for temptation in (1.81, 1.99))
    return {
        "cooperators, 1.8 < b < 2": share,
        "standard deviation over time, 1.8 < b < 2": mean(deviations(replications, seed, mutation)),
        "cooperators, b = 1.76": cooperation(play(1.76, 2)),
        "cooperators, b = 1.81 minus b = 1.99": computed(first.value - last.value),
        "cooperators, 1.8 < b < 2, minus 12 ln 2 - 8": replace(
            share, value=share.value - GROWTH_LIMIT, low=share.low - GROWTH_LIMIT, high=share.high - GROWTH_LIMIT
        ),
        "cells unlike their mirror image, one defector": computed(
            asymmetry(play(1.85, 3, MIRROR_SIDE, PATTERN_STEPS, one_defector=True))
        ),
        **{
            f"defectors after one step, one defector, b = {temptation}": computed(
                SIDE**2 * (1.0 - play(temptation, 4, SIDE, 1, one_defector=True).runs.final_share.mean())
            )
            for temptation in (1.85, 1.1)
        },
    }


def torus(temptation: float, side: int, steps: int, *, one_defector: bool = False) -> Scenario:
    """Return a torus of some side, with R = 1, T = b and S = P = 0."""
    defectors = 1 / side**2 if one_defector else DEFECTORS
    environment = Evolution(
        payoffs=((1.0, 0.0), (temptation, 0.0)),
        self_play=True,
        initial=(1.0 - defectors, defectors),
        burn_in=0 if one_defector else BURN_IN,
    )
    network = f"grid:rows={side},columns={side},periodic=true,neighbourhood=moore"
    return Scenario(environment, "innate", network, steps)


def deviations(replications: int, seed: int, mutation: str | None) -> NDArray[np.float64]:
    """Return the standard deviation of the share of cooperators over time, of each run."""
    scenario = torus(1.85, SIDE, STEPS[False])
    if mutation is not None:
        scenario = MUTATIONS[mutation](scenario)
    series = run(scenario, replications=replications, seed=seed, record_every=EVERY).series
    late = series[series.step > BURN_IN]
    return late.groupby("run").mean_cooperates.std().to_numpy()


def asymmetry(result: Result) -> float:
    """Return the share of cells that differ from their image in one of four mirrors through the first defector."""
    agents = result.agents[result.agents.run == 0].sort_values("agent")
    first = int(np.argmax(agents.initial_strategy.to_numpy()))
    cells = agents.strategy.to_numpy().reshape(MIRROR_SIDE, MIRROR_SIDE)
    row, column = divmod(first, MIRROR_SIDE)
    centred = np.roll(cells, (MIRROR_SIDE // 2 - row, MIRROR_SIDE // 2 - column), axis=(0, 1))
    images = (centred[::-1], centred[:, ::-1], centred.T, centred[::-1, ::-1].T)
    return float(np.mean([np.mean(centred != image) for image in images]))


def computed(value: float) -> Estimate:
    """Return a number that is computed and not sampled."""
    return Estimate(float(value), float(value), float(value), 1)
