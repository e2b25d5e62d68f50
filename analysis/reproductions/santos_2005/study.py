"""Santos & Pacheco 2005: cooperation on networks in which some have many links.

Run it with ``socialsim reproduce santos_2005 [--full]``.
"""

from __future__ import annotations

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.evolution import Evolution, cooperation
from socialsim.metrics.estimates import difference_of_means

BURN_IN, AVERAGED = 10_000, 1000
NUM_ROWS = {False: 20, True: 50}  # of the lattice, of 80 columns
NETWORKS = {
    "scale-free": "barabasi_albert:n={agents},m=2",
    "random regular": "random_regular:n={agents},d=4",
    "ring": "ring_lattice:n={agents},k=4",
    "lattice": "grid:rows={rows},columns=80,periodic=true",
}
ROWS = [
    *((network, temptation) for network in ("scale-free", "random regular") for temptation in (1.2, 1.5, 1.8)),
    ("ring", 1.2),
    ("lattice", 1.2),
]


def average_payoffs(scenario: Scenario) -> Scenario:
    """A mutation: payoffs are means over one's games, so that links are no advantage."""
    return scenario.replace({"environment.payoff": "averaged"})


def choose_by_fermi(scenario: Scenario) -> Scenario:
    """A mutation: whoever is paid less is imitated too, now and then."""
    return scenario.replace({"environment.update": "fermi", "environment.selection": 0.1})


MUTATIONS = {"payoffs averaged": average_payoffs, "also the worse are imitated": choose_by_fermi}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    measured = {}
    for number, (network, temptation) in enumerate(ROWS):
        scenario = population(network, temptation, full)
        if mutation is not None:
            scenario = MUTATIONS[mutation](scenario)
        result = run(scenario, replications=replications, seed=seed + number, record_every=None)
        measured[f"cooperators, {network}, b = {temptation}"] = cooperation(result)
    measured["scale-free minus random regular, b = 1.5"] = difference_of_means(
        measured["cooperators, scale-free, b = 1.5"], measured["cooperators, random regular, b = 1.5"]
    )
    return measured


def population(network: str, temptation: float, full: bool) -> Scenario:
    """Return 4000 agents, 1600 in the quick version, in the prisoner's dilemma R = 1, T = b, S = P = 0; they have four
    neighbours in the mean.
    """
    environment = Evolution(payoffs=((1.0, 0.0), (temptation, 0.0)), update="imitation", burn_in=BURN_IN)
    rows = NUM_ROWS[full]
    return Scenario(environment, "innate", NETWORKS[network].format(agents=80 * rows, rows=rows), BURN_IN + AVERAGED)
