"""How cultures spread, and why they do not all become one (Axelrod's model).

A **culture** is a list of F **features**, such as language or dress, each of which takes one of q **traits**. At first
all traits are drawn at random. An event wakes a site, uniformly, and one of its neighbours, uniformly. The two interact
with a chance that is their **similarity**, the share of features on which they agree; then the site sees both cultures
and changes by its learner's rule: with `socialsim.learning.assimilation` it takes over one of the traits on which they
differ ([Axelrod1997]_). Likeness makes for influence and influence for likeness, so that neighbours end up either
identical or without anything in common, and nothing can change any more:

    rest:    every two neighbours agree on all features, or on none.

A **region** is a largest set of sites of one culture that are linked among themselves. Axelrod's lattice of 10 x 10
sites has an open border, and comes to rest with few regions if there are many features and few traits. On a large
lattice there is a critical number of traits below which one culture takes nearly all ([Castellano2000]_). With
``drift`` > 0 an event is preceded, with that chance, by a change of any trait of any site to any other: rare drift lets
one culture win, much of it keeps up many ([Klemm2003]_), and nothing is at rest any more.

The run ends in the very event after which no two neighbours can change each other: one pair that still could is kept in
mind, and another is looked for only when it no longer can.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import draw_word, integer, uniform
from socialsim.engine.interface import Box, Discrete, Environment, Specification
from socialsim.engine.links import degree, is_away, neighbour
from socialsim.engine.scenario import Scenario
from socialsim.environments._influence import HALF, LOW, below, someone_heard
from socialsim.metrics.estimates import mean, proportion

NO_COUNT = -1


class State(NamedTuple):
    """Who has which culture."""

    num_features: int
    num_traits: int
    drift: float
    culture: NDArray[np.int16]  # (num_agents, num_features)
    pair: NDArray[np.int64]  # (2,), the site awake and the neighbour it looks at
    suspect: NDArray[np.int64]  # (2,), a site and the place of a neighbour who can still change it
    at_rest: NDArray[np.int64]  # (1,)
    num_regions: NDArray[np.int64]  # (1,), counted at rest
    largest_region: NDArray[np.int64]  # (1,), sites
    queue: NDArray[np.int64]  # (num_agents,), sites of the region that is being counted
    is_counted: NDArray[np.int8]  # (num_agents,)


class Culture(Environment):
    """Sites that influence the more those who are more like them.

    Examples
    --------
    >>> Culture(num_features=3, num_traits=2).state(4).culture.shape
    (4, 3)
    """

    num_features: int = parameter(5, "number of features F", ge=1, le=100)
    num_traits: int = parameter(10, "number of traits q of each feature", ge=2, le=10_000)
    drift: float = parameter(0.0, "chance that a random trait changes", unit="per event", ge=0, le=1)

    loop: ClassVar = "events"
    participants: ClassVar[int] = 1
    cast: ClassVar[tuple[str, ...]] = ("agent",)
    source: ClassVar[str] = "Axelrod 1997, Journal of Conflict Resolution 41:203-226"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_share_alike",
        "series_label": "share of sites of one's own culture",
        "agent": "culture",
        "agent_label": "culture",
        "verdicts": {"0": "one region", "1": "several regions"},
    }

    def state(self, num_agents: int) -> State:
        """Lay out the cultures; `initialise` draws them."""
        return State(
            num_features=self.num_features,
            num_traits=self.num_traits,
            drift=self.drift,
            culture=np.zeros((num_agents, self.num_features), np.int16),
            pair=np.zeros(2, np.int64),
            suspect=np.zeros(2, np.int64),
            at_rest=np.zeros(1, np.int64),
            num_regions=np.full(1, NO_COUNT, np.int64),
            largest_region=np.full(1, NO_COUNT, np.int64),
            queue=np.zeros(num_agents, np.int64),
            is_counted=np.zeros(num_agents, np.int8),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A site sees its own culture and then its neighbour's; the action f q + v gives its feature f the trait v."""
        facts = {"observation": "own culture, then the neighbour's", "num_traits": self.num_traits}
        seen = Box(0.0, self.num_traits - 1.0, shape=(2 * self.num_features,))
        return Specification(Discrete(self.num_features * self.num_traits), seen, facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the number of each site's culture, that of the first site which has it, and the share of sites that
        have it too.
        """
        first = np.zeros(state.culture.shape[:2], np.int64)
        share = np.zeros(state.culture.shape[:2])
        for r, cultures in enumerate(np.asarray(state.culture)):
            _, index, inverse, counts = np.unique(
                cultures, axis=0, return_index=True, return_inverse=True, return_counts=True
            )
            first[r] = index[inverse.ravel()]
            share[r] = counts[inverse.ravel()] / len(cultures)
        return {"culture": first, "share_alike": share}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how many cultures there are and, at rest, how many regions and how large the largest is."""
        counted = state.num_regions[:, 0] != NO_COUNT
        return {
            "num_cultures": np.array([len(np.unique(cultures, axis=0)) for cultures in state.culture]),
            "num_regions": np.where(counted, state.num_regions[:, 0], math.nan),
            "largest_share": np.where(counted, state.largest_region[:, 0] / state.culture.shape[1], math.nan),
        }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw all traits."""
        for i in range(env.culture.shape[0]):
            for f in range(env.num_features):
                env.culture[i, f] = integer(stream, env.num_traits)
        env.suspect[0] = 0
        env.suspect[1] = 0
        look_for_rest(env, network)

    @staticmethod
    @compiled
    def wake(env, network, active, stream):
        """Draw a site and a neighbour, by one random word, and let them interact by their similarity."""
        if env.drift > 0.0 and uniform(stream) < env.drift:
            drift_once(env, stream)
        word = draw_word(stream)
        i = below(word >> HALF, network.num_agents, stream)
        j = someone_heard(network, i, word & LOW, stream)
        shared = num_shared(env, i, j)
        if shared == 0 or shared == env.num_features or integer(stream, env.num_features) >= shared:
            return 0
        active[0] = i
        env.pair[0] = i
        env.pair[1] = j
        return 0 if is_away(network, j) else 1

    @staticmethod
    @compiled
    def observe(env, network, i, out):
        """Show a site its own culture and its neighbour's; its own twice if it is not awake."""
        j = env.pair[1] if env.pair[0] == i else i
        for f in range(env.num_features):
            out[f] = env.culture[i, f]
            out[env.num_features + f] = env.culture[j, f]

    @staticmethod
    @compiled
    def advance(env, network, active, actions, rewards, stream):
        """Change a trait, and see whether that was the last change."""
        if active.shape[0] == 0:
            return
        i = active[0]
        env.culture[i, actions[i] // env.num_traits] = actions[i] % env.num_traits
        look_for_rest(env, network)

    @staticmethod
    @compiled
    def done(env):
        """Return whether several regions are left, 0 or 1, at rest; else -1."""
        return (0 if env.num_regions[0] == 1 else 1) if env.at_rest[0] else -1


@compiled
def num_shared(env, i, j):
    """Return on how many features two sites agree."""
    shared = 0
    for f in range(env.num_features):
        shared += env.culture[np.uint64(i), np.uint64(f)] == env.culture[np.uint64(j), np.uint64(f)]
    return shared


@compiled
def drift_once(env, stream):
    """Change a random trait of a random site to any other."""
    i, f = integer(stream, env.culture.shape[0]), integer(stream, env.num_features)
    env.culture[i, f] = (env.culture[i, f] + 1 + integer(stream, env.num_traits - 1)) % env.num_traits


@compiled
def look_for_rest(env, network):
    """Count the regions if no two neighbours can change each other any more; never, if traits drift."""
    if env.drift == 0.0 and not some_link_active(env, network):
        env.at_rest[0] = 1
        count_regions(env, network)


@compiled
def is_active(env, network, i, k):
    """Return whether site i and its k-th neighbour have something, but not all, in common."""
    j = neighbour(network, i, k)
    return 0 < num_shared(env, i, j) < env.num_features and not is_away(network, i) and not is_away(network, j)


@compiled
def some_link_active(env, network):
    """Look at the link that was active last; if it is no longer, at the others until one is."""
    n, start = env.culture.shape[0], env.suspect[0]
    if env.suspect[1] < degree(network, start) and is_active(env, network, start, env.suspect[1]):
        return True
    for step in range(n):
        i = (start + step) % n
        for k in range(degree(network, i)):
            if is_active(env, network, i, k):
                env.suspect[0] = i
                env.suspect[1] = k
                return True
    return False


@compiled
def count_regions(env, network):
    """Go through each region from its first site on."""
    regions, largest = 0, 0
    for i in range(env.is_counted.shape[0]):
        env.is_counted[i] = 0
    for first in range(env.is_counted.shape[0]):
        if env.is_counted[first]:
            continue
        regions += 1
        env.is_counted[first] = 1
        env.queue[0] = first
        size, head = 1, 0
        while head < size:
            i = env.queue[head]
            head += 1
            for k in range(degree(network, i)):
                j = neighbour(network, i, k)
                if not env.is_counted[j] and num_shared(env, i, j) == env.num_features:
                    env.is_counted[j] = 1
                    env.queue[size] = j
                    size += 1
        largest = max(largest, size)
    env.num_regions[0] = regions
    env.largest_region[0] = largest


def num_regions(result: Result) -> Estimate:
    """Mean number of regions, over the runs that come to rest."""
    return mean(result.runs.num_regions.dropna())


def num_cultures(result: Result) -> Estimate:
    """Mean number of different cultures at the end."""
    return mean(result.runs.num_cultures)


def largest_share(result: Result) -> Estimate:
    """Mean share of all sites in the largest region, over the runs that come to rest."""
    return mean(result.runs.largest_share.dropna())


def one_culture_rate(result: Result) -> Estimate:
    """Share of runs that end with one culture."""
    return proportion(result.runs.num_cultures == 1)


def sweeps_to_rest(result: Result) -> Estimate:
    """Mean number of sweeps (events per site) until nothing can change, over the runs that come to rest."""
    ended = result.runs[result.runs.stop == "done"]
    return mean(ended.steps / ended.num_agents)


METRICS = (num_regions, num_cultures, largest_share, one_culture_rate, sweeps_to_rest)


def scenario() -> Scenario:
    """Return Axelrod's lattice of 10 x 10 sites with an open border, five features and ten traits."""
    return Scenario(Culture(), "assimilation", "grid:rows=10,columns=10", 100_000_000, METRICS)


def small() -> Scenario:
    """Return six sites on a ring, with three features of three traits."""
    return Scenario(Culture(num_features=3, num_traits=3), "assimilation", "cycle:n=6", 200, METRICS)
