"""Bounded confidence: how many opinions survive, all at once [Hegselmann2002]_ and in pairs [Deffuant2000]_?

Run it with ``socialsim reproduce hegselmann_2002 [--full]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.engine.interface import Learner
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.deliberation import Deliberation
from socialsim.environments.encounters import Encounters
from socialsim.learning.deffuant import Deffuant
from socialsim.learning.hegselmann_krause import HegselmannKrause
from socialsim.metrics.estimates import difference_of_means, mean, proportion
from socialsim.metrics.opinions import cluster_sizes

CONFIDENCES = {".01": 0.01, ".15": 0.15, ".25": 0.25}
DISTANCES = {".5": 0.5, ".3": 0.3, ".2": 0.2, ".15": 0.15, ".1": 0.1}
TWO_OR_THREE = "share of starts in two or three clusters at epsilon .15, all at once"
NUM_AT_ONCE, NUM_IN_PAIRS, NUM_SMALL = 625, 1000, 12
PEAK = 0.02  # share of the agents
GAP = 0.005
SWEEPS = 400  # outliers may meet each other much later


class Selfless(HegselmannKrause):
    """A mutation: one's own opinion does not count, unless nobody else is heard."""

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Leave oneself out."""
        if learner.weight[i] > 1.5:
            return (learner.total[i] - observation[0]) / (learner.weight[i] - 1.0)
        return observation[0]


class HalfConfident(HegselmannKrause):
    """A mutation: one listens only to those within half of epsilon."""

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        """Listen to what lies within epsilon / 2."""
        trust = weight if abs(message - learner.own[i]) <= learner.confidence / 2.0 else 0.0
        learner.total[i] += trust * message
        learner.weight[i] += trust


class Upward(Deffuant):
    """A mutation: of two who meet only the lower moves."""

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return the next opinion."""
        distance = observation[1] - observation[0]
        return observation[0] + (learner.pace * distance if 0.0 < distance < learner.confidence else 0.0)


MUTATIONS: dict[str, type[Learner]] = {
    "oneself does not count": Selfless,
    "half the confidence": HalfConfident,
    "only the lower of two moves": Upward,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    learner = MUTATIONS.get(mutation or "", Learner)
    at_once: Any = learner if issubclass(learner, HegselmannKrause) else HegselmannKrause
    in_pairs: Any = learner if issubclass(learner, Deffuant) else Deffuant
    measured, swaps, apart = {}, [], []
    for k, (name, confidence) in enumerate(CONFIDENCES.items()):
        _, first, last = listen(at_once(confidence=confidence), NUM_AT_ONCE, replications, seed + k)
        clusters = np.array([len(cluster_sizes(own, GAP)) for own in last])
        if name == ".15":
            measured[TWO_OR_THREE] = proportion((clusters == 2) | (clusters == 3))
        else:
            measured[f"clusters at epsilon {name}, all at once"] = mean(clusters)
        swaps += [changed_places(*ends) for ends in zip(first, last, strict=True)]
        apart += [least_distance(own) / confidence for own in last]
    small, _, _ = listen(at_once(confidence=0.1), NUM_SMALL, 20 * replications, seed)
    measured["share of small communities that come to rest"] = proportion(small.stops() == "done")
    measured["neighbours in opinion who change places"] = mean(swaps)
    least = min(apart)
    measured["least distance of clusters, in epsilon"] = Estimate(least, least, least, len(apart))
    return measured | _pairs(in_pairs, replications, seed)


def _pairs(learner: Any, replications: int, seed: int) -> dict[str, Estimate]:
    """Return what is measured of meetings in pairs."""
    measured, largest, moved = {}, {}, []
    for k, (name, distance) in enumerate(DISTANCES.items()):
        first, last = meet(learner(confidence=distance), replications, seed + k)
        sizes = [cluster_sizes(own, GAP) / NUM_IN_PAIRS for own in last]
        peaks = np.array([(own >= PEAK).sum() for own in sizes])
        largest[name] = mean([own.max() for own in sizes])
        moved += list(last.mean(axis=1) - first.mean(axis=1))
        if name == ".1":
            measured["peaks at d .1 over 1/(2d), in pairs"] = mean(2 * distance * peaks)
            measured["1/(2d) over peaks at d .1, in pairs"] = mean(1 / (2 * distance * peaks))
        else:
            measured[f"peaks at d {name}, in pairs"] = mean(peaks)
    measured["change of the mean opinion, in pairs"] = mean(moved)
    gain = difference_of_means(largest[".3"], largest[".2"])
    return measured | {"largest cluster at d .3 minus at d .2, in pairs": gain}


def listen(
    learner: Learner, num_agents: int, replications: int, seed: int
) -> tuple[Simulation, NDArray[np.float64], NDArray[np.float64]]:
    """Return communities in which all listen at once, and their opinions at first and at rest."""
    community = Scenario(Deliberation(tolerance=1e-9), learner, f"complete:n={num_agents}", 1000)
    return _opinions(community, 1000, replications, seed)


def meet(learner: Learner, replications: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return opinions at first and after many meetings in pairs."""
    steps = SWEEPS * NUM_IN_PAIRS
    community = Scenario(Encounters(), learner, f"complete:n={NUM_IN_PAIRS}", steps)
    return _opinions(community, steps, replications, seed)[1:]


def _opinions(
    community: Scenario, steps: int, replications: int, seed: int
) -> tuple[Simulation, NDArray[np.float64], NDArray[np.float64]]:
    simulation = Simulation(community, seed=seed, replications=range(replications))
    simulation.advance(0)
    first = simulation.environment.opinion.copy()
    simulation.advance(steps)
    return simulation, first, simulation.environment.opinion


def changed_places(first: NDArray[np.float64], last: NDArray[np.float64]) -> int:
    """Return how many neighbours in the order of first opinions end in the other order."""
    return int((np.diff(last[np.argsort(first)]) < -1e-9).sum())


def least_distance(opinions: NDArray[np.float64]) -> float:
    """Return the least distance between two neighbouring clusters; infinite if there is one."""
    gaps = np.diff(np.sort(opinions))
    return float(min(gaps[gaps > GAP], default=np.inf))
