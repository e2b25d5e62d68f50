"""Allen and others 2017: on which networks does selection favour cooperators?

Run it with ``socialsim reproduce allen_2017 [--full]``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.evolution import Evolution, fixation
from socialsim.environments.evolution.theory import critical_ratio, donation_game, weight_matrix
from socialsim.networks.network import Network
from socialsim.networks.sources import parse

LEAVES = 500  # of a hub
STRONG = 1e6  # weight of a strong pair
PATH, SELECTION, BENEFITS = 6, 0.1, (1.5, 4.5)
MUTANT_FITNESS, SIZES = 1.1, (10, 100)
LONGEST = 10_000_000  # steps: no run lasts as long


def rank_by_birth(scenario: Scenario) -> Scenario:
    """A mutation: the fittest are born, not those who are fit beside a place that death has left."""
    return scenario.replace({"environment.update": "birth_death"})


def defect_at_no_cost(scenario: Scenario) -> Scenario:
    """A mutation: strategy 0 gets what strategy 1 gets."""
    payoffs = scenario.environment.payoffs  # type: ignore[attr-defined]
    return scenario.replace({"environment.payoffs": (payoffs[1], payoffs[1])})


MUTATIONS = {"births come first": rank_by_birth, "strategies are paid alike": defect_at_no_cost}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    measured = {f"(b/c)*, {name}": computed(critical_ratio(weights)) for name, weights in networks().items()}
    for number, benefit in enumerate(BENEFITS):
        payoffs = donation_game(benefit, 1.0).tolist()
        path = mutant(f"path:n={PATH}", PATH, payoffs, "death_birth", SELECTION)
        chance = taken_over(path, mutation, replications, seed + number)
        measured[f"fixation, path of 6, b/c = {benefit}"] = chance
        measured[f"fixation minus 1/6, path of 6, b/c = {benefit}"] = less(chance, 1.0 / PATH)
    for number, size in enumerate(SIZES):
        payoffs = [[MUTANT_FITNESS] * 2, [1.0] * 2]
        crowd = mutant(f"complete:n={size}", size, payoffs, "moran", 1.0)
        chance = taken_over(crowd, mutation, replications, seed + 10 + number)
        measured[f"fixation of a mutant, r = 1.1, N = {size}"] = chance
    return measured


def networks() -> dict[str, np.ndarray]:
    """Return the weights of each network whose critical ratio is computed."""
    karate = parse("karate").draw(None)
    pairs = nx.to_numpy_array(nx.cycle_graph(20))
    for k in range(0, 20, 2):
        pairs[k, k + 1] = pairs[k + 1, k] = STRONG
    return {
        **{f"ring of 100, {k} neighbours": weight_matrix(ring(100, k)) for k in (2, 4, 10)},
        "karate club, unweighted": weight_matrix(karate, weighted=False),
        "karate club, weighted": weight_matrix(karate),
        "two stars joined at their hubs": nx.to_numpy_array(joined_stars(LEAVES + 1)),
        "two stars joined hub to leaf": nx.to_numpy_array(joined_stars(LEAVES + 2)),
        "ceiling fan": nx.to_numpy_array(nx.windmill_graph(LEAVES, 3)),
        "ring of strong pairs": pairs,
        "path of 6": nx.to_numpy_array(nx.path_graph(PATH)),
    }


def ring(num_agents: int, num_neighbours: int) -> Network:
    """Return a ring on which everybody is linked to the nearest."""
    return parse(f"ring_lattice:n={num_agents},k={num_neighbours}").draw(None)


def joined_stars(place: int) -> nx.Graph:
    """Return two stars of as many leaves, the hub of the first linked to an agent of the second, whose hub comes
    first.
    """
    graph = nx.disjoint_union(nx.star_graph(LEAVES), nx.star_graph(LEAVES))
    graph.add_edge(0, place)
    return graph


def mutant(network: str, size: int, payoffs: list[list[float]], update: Any, selection: float) -> Scenario:
    """Return a population of strategy 1 but for one agent."""
    environment = Evolution(
        payoffs=tuple(map(tuple, payoffs)),
        update=update,
        selection=selection,
        payoff="averaged",
        initial=(1 / size, 1 - 1 / size),
    )
    return Scenario(environment, "innate", network, LONGEST)


def taken_over(scenario: Scenario, mutation: str | None, replications: int, seed: int) -> Estimate:
    """Return how often strategy 0 takes over."""
    if mutation is not None:
        scenario = MUTATIONS[mutation](scenario)
    return fixation(run(scenario, replications=replications, seed=seed, record_every=None))


def less(estimate: Estimate, constant: float) -> Estimate:
    """Return an estimate less a constant."""
    low, high = estimate.low - constant, estimate.high - constant
    return replace(estimate, value=estimate.value - constant, low=low, high=high)


def computed(value: float) -> Estimate:
    """Return a number that is computed and not sampled."""
    return Estimate(float(value), float(value), float(value), 1)
