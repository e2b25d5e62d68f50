"""Axelrod 1997: how many cultural regions are left when nothing can change any more?

Run it with ``socialsim reproduce axelrod_1997 [--full]``.
"""

from __future__ import annotations

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.streams import integer
from socialsim.engine.links import degree, neighbour
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.culture import Culture, num_shared, scenario
from socialsim.metrics.estimates import difference_of_means

CONSENSUS = ((5, 5), (5, 10), (5, 15), (10, 15), (15, 15))
PAPER = ((5, 10), (5, 15), (10, 15), (15, 15), (10, 5))
OPEN, TORUS = "grid:rows=10,columns=10", "grid:rows=10,columns=10,periodic=true"


class Indifferent(Culture):
    """A mutation: neighbours interact whether or not they are alike."""

    @staticmethod
    @compiled
    def wake(env, network, active, stream):
        """Draw a site and a neighbour who differs."""
        i = integer(stream, network.num_agents)
        j = neighbour(network, i, integer(stream, degree(network, i)))
        active[0] = env.pair[0] = i
        env.pair[1] = j
        return 0 if num_shared(env, i, j) == env.num_features else 1


def indifferent(lattice: Scenario) -> Scenario:
    """A mutation: similarity does not matter."""
    culture = Indifferent(**dict(lattice.environment))
    return Scenario(culture, lattice.learners["agent"], lattice.network, lattice.horizon, lattice.metrics)


def without_border(lattice: Scenario) -> Scenario:
    """A mutation: every lattice is a torus."""
    return lattice.replace({"network": TORUS})


MUTATIONS = {"similarity does not matter": indifferent, "the lattice has no border": without_border}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    pairs = enumerate(sorted({*CONSENSUS, *PAPER}))
    found = {pair: _regions(*pair, OPEN, replications, seed + k, mutation) for k, pair in pairs}
    measured = {f"regions, F {f}, q {q}": found[f, q] for f, q in CONSENSUS}
    measured |= {f"regions, F {f}, q {q} (paper)": found[f, q] for f, q in PAPER}
    torus = _regions(5, 10, TORUS, replications, seed + 50, mutation)
    measured["regions on a torus, F 5, q 10"] = torus
    name = "regions with an open border minus on a torus, F 5, q 10"
    measured[name] = difference_of_means(found[5, 10], torus)
    return measured


def _regions(features: int, traits: int, network: str, replications: int, seed: int, mutation: str | None) -> Estimate:
    changes = {"environment.num_features": features, "environment.num_traits": traits, "network": network}
    lattice = scenario().replace(changes)
    if mutation is not None:
        lattice = MUTATIONS[mutation](lattice)
    return run(lattice, replications=replications, seed=seed, record_every=None).metrics["num_regions"]
