"""Mesa's `batch_run` over Zollman's scientists: the model of `peer_mesa.py` as `batch_run` takes it.

It is built from numbers and reports how many believe in the better method. `batch_run` reads what was collected by the
number of the last step, so that the model has to collect at every step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mesa
import networkx as nx
from mesa.batchrunner import batch_run
from peer_mesa import Community

GRAPHS = {"cycle": nx.cycle_graph, "complete": nx.complete_graph}


class Batched(Community):
    """Scientists on a graph of a given kind and size."""

    def __init__(self, network: str, n: int, effect: float) -> None:
        super().__init__(GRAPHS[network](n), None, stripped=False, effect=effect)
        self.datacollector = mesa.DataCollector(model_reporters={"believers": count_believers})

    def step(self) -> None:
        """Let everybody experiment and learn, and collect."""
        super().step()
        self.datacollector.collect(self)


def count_believers(model: Community) -> int:
    """Return how many believe in the better method."""
    return sum(scientist.log_odds > 0.0 for scientist in model.members)


def run_batch(levels: Mapping[str, Sequence[Any]], iterations: int, max_steps: int) -> int:
    """Run a full factorial design on one process and return the number of runs."""
    options = {"iterations": iterations, "max_steps": max_steps, "number_processes": 1, "display_progress": False}
    return len(batch_run(Batched, levels, **options))
