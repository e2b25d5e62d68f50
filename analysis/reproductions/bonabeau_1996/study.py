"""Bonabeau, Theraulaz & Deneubourg 1996: who works in a colony of minors and majors with fixed thresholds?

Run it with ``socialsim reproduce bonabeau_1996 [--full]``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.streams import uniform
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.thresholds import METRICS, Thresholds
from socialsim.learning.response_threshold import ResponseThreshold, first_response
from socialsim.metrics.estimates import mean, ratio

NEAR, FAR = (8.0, 20.0), (8.0, 64.0)  # thresholds of minors and majors
MIXES = (0.1, 0.5, 0.9)
WILSON = (0.25, 0.5, 0.9)
COLONY, BURN_IN, STEPS = 500, 200, 2000
MINORS_LEAVE, TAKEN_OVER = 1000, 1200
advance = Thresholds.advance


class Restless(ResponseThreshold):
    """A mutation: who gives up what it does meets the task again at once."""

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Go on, or give up and begin again."""
        if learner.task[i] > 0 and uniform(stream) >= learner.stopping:
            return learner.task[i]
        return first_response(learner, i, observation, stream)


class Forgotten(Thresholds):
    """A mutation: a tenth of what is left undone is forgotten in each step."""

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Work, and forget."""
        advance(env, network, actions, rewards, stream)
        for j in range(env.stimulus.shape[0]):
            env.stimulus[j] *= 0.9


def restless(colony: Scenario) -> Scenario:
    """A mutation: nobody rests."""
    return replace(colony, learners={"agent": Restless(**colony.learners["agent"].model_dump())})


def forgotten(colony: Scenario) -> Scenario:
    """A mutation: demand does not wait."""
    return replace(colony, environment=Forgotten(**colony.environment.model_dump()))


MUTATIONS: dict[str, Callable[[Scenario], Scenario]] = {
    "nobody rests": restless,
    "demand does not wait": forgotten,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    measured = {}
    for k, share in enumerate(MIXES):
        minors, majors, everybody = _activity(NEAR, share, replications, seed + k, mutation)
        measured[f"active share of all, {share} majors"] = mean(everybody)
        measured[f"active share of minors, {share} majors"] = mean(minors)
        measured[f"active share of majors, {share} majors"] = mean(majors)
    far = {share: _activity(FAR, share, replications, seed + 10 + k, mutation)[1] for k, share in enumerate(WILSON)}
    for share, active in far.items():
        measured[f"active share of majors, {share} majors, thresholds 8 and 64"] = mean(active)
    measured["majors at .9 over majors at .25, thresholds 8 and 64"] = ratio(far[0.9], far[0.25])
    measured |= _removal(replications, seed + 20, mutation)
    return measured


def _simulation(
    thresholds: tuple[float, float], share: float, replications: int, seed: int, mutation: str | None
) -> Simulation:
    learner = ResponseThreshold(thresholds=tuple((theta,) for theta in thresholds), shares=(1 - share, share))
    colony = Scenario(Thresholds(burn_in=BURN_IN), learner, f"complete:n={COLONY}", STEPS, METRICS)
    if mutation is not None:
        colony = MUTATIONS[mutation](colony)
    return Simulation(colony, seed=seed, replications=range(replications), guests=True)


def _activity(
    thresholds: tuple[float, float], share: float, replications: int, seed: int, mutation: str | None
) -> tuple[NDArray[np.float64], ...]:
    """Return the share of minors, of majors and of all that is active, shape (num_runs,)."""
    simulation = _simulation(thresholds, share, replications, seed, mutation)
    simulation.advance(STEPS)
    columns = simulation.columns()
    active, is_major = columns["active"], columns["caste"][0] == 1
    return active[:, ~is_major].mean(axis=1), active[:, is_major].mean(axis=1), active.mean(axis=1)


def _removal(replications: int, seed: int, mutation: str | None) -> dict[str, Estimate]:
    """Return how many majors work, and at which stimulus, before and after all minors have left."""
    simulation = _simulation(NEAR, 0.5, replications, seed, mutation)
    simulation.advance(MINORS_LEAVE)
    is_major = simulation.columns()["caste"][0] == 1
    before = _work(simulation)
    for row in range(replications):
        for i in np.flatnonzero(~is_major):
            simulation.change_presence(row, int(i), "leave")
    simulation.advance(TAKEN_OVER)
    settled = _work(simulation)
    simulation.advance(STEPS)
    after = (_work(simulation) - settled) / (STEPS - TAKEN_OVER)
    return {
        "active share of majors before all minors leave": mean(
            before[:, is_major].mean(axis=1) / (MINORS_LEAVE - BURN_IN)
        ),
        "active share of majors after all minors left": mean(after[:, is_major].mean(axis=1)),
    }


def _work(simulation: Simulation) -> NDArray[np.int64]:
    """Return in how many steps each agent has worked, shape (num_runs, num_agents)."""
    return simulation.environment.work.sum(axis=2).copy()
