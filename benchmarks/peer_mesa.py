"""Zollman's scientists as a lean ordinary Mesa model: one `mesa.Agent` a scientist, NumPy's generator, plain Python.

The same rules as `socialsim.environments.epistemic` with `socialsim.learning.bayesian`, written as somebody would who
knows Mesa and wants it fast: agents activated by `AgentSet.do`, log-odds in place of probabilities, neighbours resolved
once, one binomial draw for each use of an arm, no data collection. ``stripped=True`` goes round Mesa: a plain list in
place of its agent set, and no draw for the known arm, whose results teach nothing.

    python benchmarks/peer_mesa.py
"""

from __future__ import annotations

import math
import time

import mesa
import networkx as nx


class Scientist(mesa.Agent):
    """Uses the arm that it believes to be better and learns from its neighbours' results."""

    def __init__(self, model: Community) -> None:
        super().__init__(model)
        credence = model.rng.random()
        self.log_odds = math.log(credence / (1.0 - credence))
        self.evidence = 0.0
        self.heard: list[Scientist] = []

    def experiment(self) -> None:
        """Use an arm."""
        model = self.model
        if self.log_odds > 0.0:
            successes = model.rng.binomial(model.trials, model.better)
            self.evidence = (2 * successes - model.trials) * model.weight
        else:
            if not model.stripped:
                self.payoff = model.rng.binomial(model.trials, 0.5)
            self.evidence = 0.0

    def update(self) -> None:
        """Learn from one's own result and the neighbours'."""
        self.log_odds += self.evidence + sum(other.evidence for other in self.heard)


class Community(mesa.Model):
    """Scientists on a graph until all have settled on an arm."""

    def __init__(
        self, graph: nx.Graph, seed: int, *, stripped: bool, effect: float = 0.001, trials: int = 1000
    ) -> None:
        super().__init__(rng=seed)
        self.stripped = stripped
        self.trials, self.better = trials, 0.5 + effect
        self.weight = math.log(self.better / (1.0 - self.better))
        self.settled_above = math.log(0.9999 / (1.0 - 0.9999))
        scientists = {node: Scientist(self) for node in graph}
        self.members = list(scientists.values())
        for node, scientist in scientists.items():
            scientist.heard = [scientists[other] for other in graph[node]]

    def step(self) -> None:
        """Let everybody experiment, then everybody learn, and look whether all have settled."""
        if self.stripped:
            for scientist in self.members:
                scientist.experiment()
            for scientist in self.members:
                scientist.update()
        else:
            self.agents.do("experiment")
            self.agents.do("update")
        beliefs = [scientist.log_odds for scientist in self.members]
        self.running = not (max(beliefs) <= 0.0 or min(beliefs) > self.settled_above)


def run_peer(num_agents: int, network: str, seed: int, max_steps: int, *, stripped: bool = False) -> tuple[int, float]:
    """Run one community.

    Parameters
    ----------
    num_agents : int
    network : {"cycle", "complete"}
    seed : int
    max_steps : int
    stripped : bool
        Whether to go round Mesa.

    Returns
    -------
    (int, float)
        Steps taken, and agent-steps a second, without the building of the model.
    """
    graph = {"cycle": nx.cycle_graph, "complete": nx.complete_graph}[network](num_agents)
    model = Community(graph, seed, stripped=stripped)
    steps, started = 0, time.perf_counter()
    while model.running and steps < max_steps:
        model.step()
        steps += 1
    return steps, steps * num_agents / (time.perf_counter() - started)


if __name__ == "__main__":
    for name in ("cycle", "complete"):
        for stripped in (False, True):
            rates = [run_peer(10, name, seed, 5000, stripped=stripped) for seed in range(10)]
            most = max(rate for steps, rate in rates if steps)
            kind = "stripped" if stripped else "ordinary"
            print(f"Mesa {mesa.__version__}, {kind}, {name}, 10 scientists: {most:,.0f} agent-steps/s")
