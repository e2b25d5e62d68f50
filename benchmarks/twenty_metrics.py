"""Ten agents for a thousand steps, with twenty numbers a run and twenty time courses: what a study has to carry.

Agents toss coins and the totals count them: so little computing that what the runner and the store add to it shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import uniform
from socialsim.engine.interface import Discrete, Environment, Learner, Specification
from socialsim.engine.scenario import Scenario
from socialsim.metrics.estimates import mean

NUM_METRICS = 20


class Room(NamedTuple):
    """What a replication adds up."""

    weight: float
    totals: NDArray[np.float64]  # (NUM_METRICS,)


class Drift(Environment):
    """Agents who act at random."""

    weight: float = parameter(1.0, "what an act adds to a total", gt=0)

    def state(self, num_agents: int) -> Room:
        """Nothing has happened."""
        return Room(self.weight, np.zeros(NUM_METRICS))

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """Two acts."""
        return Specification(Discrete(2))

    def outcomes(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return the totals."""
        return {f"total_{k}": state.totals[:, k] for k in range(NUM_METRICS)}

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Add up who did what."""
        for i in range(actions.shape[0]):
            env.totals[(i + actions[i]) % NUM_METRICS] += env.weight
            rewards[i] = 0.0


class Traits(NamedTuple):
    """What an agent is."""

    trait: NDArray[np.float64]  # (num_agents,)


class Drifter(Learner):
    """Acts at random."""

    def state(self, specification: Specification, num_agents: int) -> Traits:
        """All are alike."""
        return Traits(np.zeros(num_agents))

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return twenty numbers that differ from agent to agent."""
        return {f"trait_{k}": state.trait + k for k in range(NUM_METRICS)}

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Toss a coin."""
        heads = uniform(stream) < 0.5
        learner.trait[i] += 1.0 if heads else -1.0
        return 1 if heads else 0


def _metric(k: int) -> Callable[[Result], Estimate]:
    """Return the mean of one of the totals."""

    def metric(result: Result) -> Estimate:
        return mean(result.runs[f"total_{k}"])

    metric.__name__ = f"mean_total_{k}"
    return metric


def scenario() -> Scenario:
    """Return ten agents on a cycle for a thousand steps."""
    metrics = tuple(_metric(k) for k in range(NUM_METRICS))
    return Scenario(Drift(), Drifter(), "cycle:n=10", 1000, metrics)
