"""Zollman 2007: how reliable is a community of N scientists on a cycle and on the complete network?

Run it with ``socialsim reproduce zollman_2007 [--full]``.
"""

from __future__ import annotations

from math import log

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.interface import Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.epistemic import scenario
from socialsim.learning.bayesian import Bayesian, State
from socialsim.metrics.estimates import difference_of_proportions

SIZES = (3, 4, 6, 8, 10)
NETWORKS = ("cycle", "complete")
ROUNDS_REPORTED = {"cycle": SIZES, "complete": (6, 8, 10)}


class WrongLikelihood(Bayesian):
    """A mutation: evidence weighs as if the better arm paid 1/2 + 4e."""

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the state with the wrong weight."""
        effect = 4.0 * (specification.fact("better_rate") - 0.5)
        return super().state(specification, num_agents)._replace(weight=log((0.5 + effect) / (0.5 - effect)))


def ignore_neighbours(community: Scenario, size: int) -> Scenario:
    """A mutation: nobody sees the results of others."""
    import networkx as nx

    return community.replace({"network": nx.empty_graph(size)})


def weigh_wrongly(community: Scenario, size: int) -> Scenario:
    """A mutation: the likelihood of the evidence is wrong."""
    return community.replace({"learner": WrongLikelihood()})


MUTATIONS = {"neighbours ignored": ignore_neighbours, "wrong likelihood": weigh_wrongly}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    results = {
        (network, size): _community(network, size, replications, seed + k, mutation)
        for k, (network, size) in enumerate((network, size) for network in NETWORKS for size in SIZES)
    }
    measured = {}
    for (network, size), result in results.items():
        measured[f"success, {network} of {size}"] = result.metrics["success_rate"]
        if size in ROUNDS_REPORTED[network]:
            measured[f"rounds when successful, {network} of {size}"] = result.metrics["rounds_to_success"]
    for network in NETWORKS:
        measured[f"success, {network} of 10 (paper)"] = measured[f"success, {network} of 10"]
    for size, name in ((3, "cycle of 3 minus complete of 3"), (10, "success, cycle of 10 minus complete of 10")):
        measured[name] = difference_of_proportions(
            measured[f"success, cycle of {size}"], measured[f"success, complete of {size}"]
        )
    return measured


def _community(network: str, size: int, replications: int, seed: int, mutation: str | None) -> Result:
    community = scenario().replace({"network": f"{network}:n={size}"})
    if mutation is not None:
        community = MUTATIONS[mutation](community, size)
    return run(community, replications=replications, seed=seed, record_every=None)
