"""Theraulaz, Bonabeau & Deneubourg 1998: practice makes specialists; what if they are taken away and come back?

Run it with ``socialsim reproduce theraulaz_1998 [--full]``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.thresholds import METRICS, Thresholds
from socialsim.learning.response_threshold import ResponseThreshold
from socialsim.metrics.estimates import mean

SPECIALIST, NOT_INTERESTED = 100.0, 900.0  # thresholds below and above which the paper speaks of either
SMALL, LARGE = 5, 100  # agents
BURN_IN, STEPS = 1000, 3000
BEFORE, AFTER = 4000, 2500  # steps before specialists are taken away, and after they have come back
ABSENCES = (100, 1500)
LARGE_COLONIES = 10  # one for so many small ones
PRACTICE = {"learning": 10.0, "forgetting": 1.0}
Parts = dict[str, Any]


def no_practice(parts: Parts) -> Parts:
    """A mutation: thresholds never change."""
    return parts | {"learning": 0.0, "forgetting": 0.0}


def no_forgetting(parts: Parts) -> Parts:
    """A mutation: thresholds fall and never rise."""
    return parts | {"forgetting": 0.0}


MUTATIONS: dict[str, Callable[[Parts], Parts]] = {
    "practice is in vain": no_practice,
    "thresholds never rise": no_forgetting,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    reinforced = _settled(PRACTICE, SMALL, replications, seed, mutation)
    control = _settled({"learning": 0.0, "forgetting": 0.0}, SMALL, replications, seed + 1, None)
    is_low = reinforced.learners["agent"].threshold < SPECIALIST
    measured = {
        "I / H_task, xi 10, phi 1": mean(_outcomes(reinforced)["division_by_task"]),
        "I / H_task, xi = phi = 0": mean(_outcomes(control)["division_by_task"]),
        "active share, xi 10, phi 1": mean(_outcomes(reinforced)["active"]),
        "tasks with specialists": mean(is_low.any(axis=1).sum(axis=1)),
        "agents who are specialists of one task": mean((is_low.sum(axis=2) == 1).mean(axis=1)),
        "initial threshold of specialists minus of others": mean(_predisposed(replications, seed + 2, mutation)),
    }
    num_large = max(2, replications // LARGE_COLONIES)
    slow = _settled({"learning": 2.0, "forgetting": 9.0}, LARGE, num_large, seed + 3, mutation)
    measured["specialists of 100, xi 2, phi 9"] = mean(
        (slow.learners["agent"].threshold < SPECIALIST).any(axis=2).sum(axis=1)
    )
    return measured | _removal(num_large, seed + 4, mutation)


def _colony(practice: Parts, num_agents: int, steps: int, mutation: str | None, drawn: bool = False) -> Scenario:
    parts = practice if mutation is None else MUTATIONS[mutation](practice)
    learner = ResponseThreshold(thresholds=() if drawn else ((500.0,),), **parts)
    environment = Thresholds(demand=(1.0, 1.0), burn_in=BURN_IN)
    return Scenario(environment, learner, f"complete:n={num_agents}", steps, METRICS)


def _settled(practice: Parts, num_agents: int, num_runs: int, seed: int, mutation: str | None) -> Simulation:
    simulation = Simulation(_colony(practice, num_agents, STEPS, mutation), seed=seed, replications=range(num_runs))
    simulation.advance(STEPS)
    return simulation


def _outcomes(simulation: Simulation) -> dict[str, NDArray[Any]]:
    return simulation.scenario.environment.outcomes(simulation.environment)


def _predisposed(num_runs: int, seed: int, mutation: str | None) -> NDArray[np.float64]:
    """Return how much lower the initial thresholds, drawn evenly, of later specialists of a task are, shape (n,)."""
    simulation = Simulation(_colony(PRACTICE, SMALL, STEPS, mutation, True), seed=seed, replications=range(num_runs))
    simulation.advance(0)
    initial = simulation.learners["agent"].threshold.copy()
    simulation.advance(STEPS)
    is_low = simulation.learners["agent"].threshold < SPECIALIST
    found = [
        start[low].mean() - start[~low].mean()
        for start, low in zip(initial, is_low, strict=True)
        if 0 < low.sum() < low.size
    ]
    return np.array(found)


def _removal(num_runs: int, seed: int, mutation: str | None) -> dict[str, Estimate]:
    """Return how many took over a task whose specialists were away for some time, and how many kept it."""
    steps = BEFORE + max(ABSENCES) + AFTER
    start = Simulation(_colony(PRACTICE, LARGE, steps, mutation), seed=seed, replications=range(num_runs), guests=True)
    start.advance(BEFORE)
    measured = {}
    for absence in ABSENCES:
        colony = start.copies(np.arange(num_runs))
        threshold = colony.learners["agent"].threshold[:, :, 0]
        removed, idle = threshold < SPECIALIST, threshold > NOT_INTERESTED
        for row, i in np.argwhere(removed):
            colony.change_presence(int(row), int(i), "leave")
        colony.advance(BEFORE + absence)
        took_over = idle & (colony.learners["agent"].threshold[:, :, 0] < SPECIALIST)
        colony.engine.presence[removed] = 0  # they come back as they were
        colony.advance(BEFORE + absence + AFTER)
        kept = took_over & (colony.learners["agent"].threshold[:, :, 0] < SPECIALIST)
        measured[f"of 100, took over in an absence of {absence} steps"] = mean(took_over.sum(axis=1))
        measured[f"of 100, kept it after an absence of {absence} steps"] = mean(kept.sum(axis=1))
    return measured
