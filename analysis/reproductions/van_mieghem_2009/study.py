"""Van Mieghem, Omic & Kooij 2009: what NIMFA says of an epidemic on a network, and what the epidemic does.

Run it with ``socialsim reproduce van_mieghem_2009 [--full]``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import networkx as nx

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.epidemic import Epidemic, endemic_prevalence, prevalence, time_to_extinction
from socialsim.limits.closures.common import adjacency
from socialsim.limits.closures.exact import ExactSIS
from socialsim.limits.closures.nimfa import NIMFA, largest_eigenvalue
from socialsim.limits.closures.pair_approximation import regular_prevalence

SIZE = 1000
LARGE = f"random_regular:n={SIZE},d=4"
BURN_IN, DAYS, DAY = 50, 150, 100
NEVER = 100_000  # days: no small epidemic lasts as long
SMALL = 100  # times as many runs of small networks
TIMES = (0.5, 1.0, 2.0, 4.0)  # at which NIMFA is held against the process
SEVEN, INFECTION, INITIAL = nx.lollipop_graph(4, 3), 0.8, 0.5


def slow_recovery(scenario: Scenario) -> Scenario:
    """A mutation: one is ill for twice as long."""
    return scenario.replace({"environment.recovery": 0.5})


def immune_afterwards(scenario: Scenario) -> Scenario:
    """A mutation: nobody falls ill twice."""
    return scenario.replace({"environment.immunity": True})


def with_anybody(scenario: Scenario) -> Scenario:
    """A mutation: on large networks one meets anybody, as often as one's four neighbours, for which NIMFA is right."""
    if scenario.network.spec != LARGE:
        return scenario
    rate = cast(Epidemic, scenario.environment).infection * 4 / (SIZE - 1)
    return scenario.replace({"network": f"complete:n={SIZE}", "environment.infection": rate})


MUTATIONS = {
    "one is ill for twice as long": slow_recovery,
    "nobody falls ill twice": immune_afterwards,
    "one meets anybody": with_anybody,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""

    def spread(scenario: Scenario, number: int, runs: int) -> Result:
        if mutation is not None:
            scenario = MUTATIONS[mutation](scenario)
        return run(scenario, replications=runs, seed=seed + number, record_every=None)

    half, whole = (
        endemic_prevalence(spread(four_neighbours(beta, BURN_IN, DAYS), number, replications))
        for number, beta in enumerate((0.5, 1.0))
    )
    low, near = (
        prevalence(spread(four_neighbours(beta, 0, DAY), 2 + number, replications))
        for number, beta in enumerate((0.3, 0.35))
    )
    complete, hub = (
        spread(small(network, beta), 4 + number, SMALL * replications)
        for number, (network, beta) in enumerate((("complete:n=10", 0.2), ("star:n=10", 0.8)))
    )
    return {
        **computed_by_nimfa(),
        "prevalence, four neighbours, beta = 0.5": half,
        "prevalence, four neighbours, beta = 1": whole,
        "prevalence on day 100, four neighbours, beta = 0.3": low,
        "prevalence on day 100, four neighbours, beta = 0.35": near,
        "process minus pairs, four neighbours, beta = 0.5": less(half, regular_prevalence(0.5, 4)),
        "days to extinction, complete network of 10, beta = 0.2": time_to_extinction(complete),
        "days to extinction, hub and nine leaves, beta = 0.8": time_to_extinction(hub),
        "endemic prevalence, complete network of 10, beta = 0.2": endemic_prevalence(complete),
    }


def computed_by_nimfa() -> dict[str, Estimate]:
    """Return what no run is needed for."""
    regular = nx.random_regular_graph(4, 100, seed=1)
    gap = NIMFA(SEVEN, INFECTION).trajectory(TIMES, INITIAL).chances
    gap -= ExactSIS(SEVEN, INFECTION).trajectory(TIMES, INITIAL).chances
    return {
        "largest eigenvalue, karate club": computed(largest_eigenvalue(adjacency("karate"))),
        "NIMFA threshold, karate club": computed(NIMFA("karate", 1.0).threshold),
        "NIMFA prevalence, four neighbours, beta = 0.35": computed(NIMFA(regular, 0.35).prevalence()),
        "NIMFA prevalence, four neighbours, beta = 1": computed(NIMFA(regular, 1.0).prevalence()),
        "NIMFA prevalence, hub and nine leaves, beta = 1": computed(NIMFA("star:n=10", 1.0).prevalence()),
        "NIMFA minus process, least of seven agents and four times": computed(float(gap.min())),
    }


def four_neighbours(beta: float, burn_in: int, days: int) -> Scenario:
    """Return a large random network on which everybody has four neighbours and half are ill at first."""
    environment = Epidemic(infection=beta, initial_share=0.5, burn_in=burn_in)
    return Scenario(environment, "innate", LARGE, days)


def small(network: str, beta: float) -> Scenario:
    """Return a small network on which all are ill at first, until nobody is."""
    return Scenario(Epidemic(infection=beta, initial_share=1.0, burn_in=10), "innate", network, NEVER)


def less(estimate: Estimate, constant: float) -> Estimate:
    """Return an estimate less a constant."""
    low, high = estimate.low - constant, estimate.high - constant
    return replace(estimate, value=estimate.value - constant, low=low, high=high)


def computed(value: float) -> Estimate:
    """Return a number that is computed and not sampled."""
    return Estimate(float(value), float(value), float(value), 1)
