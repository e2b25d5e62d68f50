"""Santos, Santos & Pacheco 2008: does it help public goods if some take part in many groups and others in few?

Run it with ``socialsim reproduce santos_2008 [--full]``.
"""

from __future__ import annotations

from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.engine.interface import Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.public_goods import METRICS, PublicGoods
from socialsim.learning.fermi import ProportionalImitation
from socialsim.metrics.estimates import difference_of_means, mean

SIZES, GENERATIONS = {False: 500, True: 1000}, {False: 700, True: 4500}
DEGREE = 4
LARGEST = {"each": 20.0, "divided": 4.0}  # a difference from which on imitation is certain, in contributions
NETWORKS = {
    "regular": "watts_strogatz:n={},k=4,p=0.0",
    "per game": "barabasi_albert:n={},m=2",
    "per individual": "barabasi_albert:n={},m=2",
}
POINTS = (
    *(("regular", 0.6), ("regular", 0.7), ("regular", 0.9)),
    *(("per game", 0.4), ("per game", 0.7)),
    *(("per individual", 0.4), ("per individual", 0.5)),
)


class Comparison(ProportionalImitation):
    """Imitates with a chance in proportion to a difference of payoffs, which is certain from the largest on."""

    largest: float = parameter(20.0, "difference of rewards from which on imitation is certain", unit="reward")

    def scale(self, specification: Specification) -> float:
        """Return one over the largest difference."""
        return 1.0 / self.largest


def meet_strangers(population: Scenario) -> Scenario:
    """A mutation: groups are drawn at random, of equal sizes."""
    return population.replace({"environment.groups": "random", "environment.group_size": DEGREE + 1})


def imitate_the_worse(population: Scenario) -> Scenario:
    """A mutation: who was paid less is imitated."""
    return population.replace({"learner": Comparison(largest=-20.0)})


MUTATIONS = {"strangers meet": meet_strangers, "the worse are imitated": imitate_the_worse}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    shares = {point: contributors(*point, replications, seed + k, full, mutation) for k, point in enumerate(POINTS)}
    return {
        "contributors, regular, .6": shares["regular", 0.6],
        "contributors, regular, .9": shares["regular", 0.9],
        "contributors, scale-free, per game, .7": shares["per game", 0.7],
        "contributors, scale-free, per individual, .5": shares["per individual", 0.5],
        "scale-free, per game, less regular, .7": difference_of_means(shares["per game", 0.7], shares["regular", 0.7]),
        "per individual less per game, .4": difference_of_means(shares["per individual", 0.4], shares["per game", 0.4]),
    }


def contributors(kind: str, eta: float, replications: int, seed: int, full: bool, mutation: str | None) -> Estimate:
    """Return the share who contribute in the last third of the time, mean over runs."""
    stake, generations = "divided" if kind == "per individual" else "each", GENERATIONS[full]
    goods = PublicGoods(
        groups="neighbourhoods", multiplier=eta * (DEGREE + 1), stake=stake, burn_in=2 * generations // 3
    )
    network = NETWORKS[kind].format(SIZES[full])
    population = Scenario(goods, Comparison(largest=LARGEST[stake]), network, generations, METRICS)
    changed = population if mutation is None else MUTATIONS[mutation](population)
    found: Result = run(changed, replications=replications, seed=seed, record_every=None)
    return mean(found.runs.contributed / found.runs.acts)
