"""Real opinions that change when two agents meet (Deffuant and others).

Agent i holds an opinion x_i in [0, 1]. An event is a meeting: an agent is drawn uniformly, and one of those whom it
hears. Each sees its own opinion and the other's and chooses its next one, both from the old values; how is the
learner's affair. With `socialsim.learning.deffuant`, confidence epsilon and pace mu,

    x_i' = x_i + mu (x_j - x_i),    x_j' = x_j + mu (x_i - x_j)    if |x_j - x_i| < epsilon,                       (1)

the mean opinion never changes and the variance falls by 2 mu (1 - mu) (x_i - x_j)^2 / N at every such meeting. Opinions
end in clusters further than epsilon apart, about 1 / (2 epsilon) of them among agents who may all meet, and a few
outliers. With the chance ``medium_rate`` the one drawn does not meet anybody but a **medium**, which nobody moves.
Stubborn agents move others and are not moved.

The run is at rest when no two linked agents could move each other. Nothing is known here of epsilon, but who meets
without moving, at a distance d, shows that epsilon <= d. Every sixteenth sweep of N meetings is watched, and if no
opinion moved by ``tolerance`` or more in it, the run ends if every linked pair that is not of two stubborn ones (and
every agent and the medium) is either nearer than the tolerance or as far apart as a pair that has met in vain. This
presumes that whoever is unmoved by one distance is unmoved by any greater, and that all are alike. The verdict is 0,
**consensus**, if all opinions lie within ``cluster_gap``, else 1. Sources: [Deffuant2000]_ (Adv. Complex Systems
3:87-98); [Weisbuch2002]_ for networks.
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import draw_word, uniform
from socialsim.engine.interface import Box, Specification, constant
from socialsim.engine.links import COMPLETE, degree, is_away, neighbour
from socialsim.engine.scenario import Scenario
from socialsim.environments._influence import HALF, LOW, below, someone_heard
from socialsim.environments._real_opinions import (
    RealOpinions,
    consensus_rate,
    deal_opinions,
    echo_chambers,
    effective_clusters,
    final_polarisation,
    num_clusters,
    verdict,
)
from socialsim.metrics.estimates import mean

WATCH_EVERY = 16  # sweeps


class State(NamedTuple):
    """Opinions, and what meetings have shown."""

    given: NDArray[np.float64]  # (num_agents,), or empty: first opinions
    stubborn_opinions: NDArray[np.float64]  # (k,)
    num_stubborn: int
    medium: float
    medium_rate: float
    tolerance: float
    cluster_gap: float
    opinion: NDArray[np.float64]  # (num_agents,)
    stubborn: NDArray[np.int8]  # (num_agents,)
    both: NDArray[np.int64]  # (1,), sum of the rows of those who meet; -1: the medium meets one
    is_watched: NDArray[np.int64]  # (1,), whether meetings of this sweep are watched
    sweep: NDArray[np.int64]  # (1,), that is or was watched last
    change: NDArray[np.float64]  # (1,), largest of a watched sweep
    refused: NDArray[np.float64]  # (1,), least distance at which a meeting was in vain
    suspect: NDArray[np.int64]  # (1,), who was last found able to move
    camps: NDArray[np.float64]  # (num_agents,), scratch


class Encounters(RealOpinions):
    """A community whose members meet in pairs.

    Examples
    --------
    >>> Encounters(stubborn_share=0.2).state(10).num_stubborn
    2
    """

    medium_rate: float = parameter(0.0, "chance that a meeting is one with the medium", ge=0, le=1)

    loop: ClassVar = "events"
    source: ClassVar[str] = "Deffuant, Neau, Amblard & Weisbuch 2000, Adv. Complex Systems 3:87-98"

    @property
    def cast(self) -> tuple[str, ...]:  # type: ignore[override]
        """Two who meet; where one may meet the medium their number varies."""
        return () if self.medium_rate else ("agent", "agent")

    def state(self, num_agents: int) -> State:
        """Lay out the opinions; `initialise` deals them out."""
        return State(
            given=self.given(num_agents),
            stubborn_opinions=constant(np.array(self.stubborn_opinions, np.float64)),
            num_stubborn=round(self.stubborn_share * num_agents),
            medium=self.medium,
            medium_rate=self.medium_rate,
            tolerance=self.tolerance,
            cluster_gap=self.cluster_gap,
            opinion=np.zeros(num_agents),
            stubborn=np.zeros(num_agents, np.int8),
            both=np.zeros(1, np.int64),
            is_watched=np.zeros(1, np.int64),
            sweep=np.zeros(1, np.int64),
            change=np.zeros(1),
            refused=np.full(1, np.inf),
            suspect=np.zeros(1, np.int64),
            camps=np.zeros(num_agents),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees its opinion and that of the one met; it chooses its next opinion."""
        return Specification(Box(0.0, 1.0), Box(0.0, 1.0, (2,)), {"observation": "opinion, opinion met"})

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Deal out opinions."""
        deal_opinions(env, stream)
        env.is_watched[0] = 0
        env.refused[0] = math.inf
        env.suspect[0] = 0

    @staticmethod
    @compiled
    def wake(env, network, active, stream):
        """Draw who meets whom; whoever hears nobody meets nobody."""
        word = draw_word(stream)  # its halves choose one and the other
        i = below(word >> HALF, network.num_agents, stream)
        active[0] = i
        if env.medium_rate > 0.0 and uniform(stream) < env.medium_rate:
            env.both[0] = -1
            return 1
        j = someone_heard(network, i, word & LOW, stream)
        active[1] = j
        env.both[0] = i + j
        return 0 if j == i else 2

    @staticmethod
    @compiled
    def observe(env, network, i, out):
        """Show agent i its opinion and that of the one whom it meets."""
        out[0] = env.opinion[np.uint64(i)]
        both = env.both[0]
        out[1] = env.medium if both < 0 else env.opinion[np.uint64(both - i)]

    @staticmethod
    @compiled
    def advance(env, network, active, actions, rewards, stream):
        """Whoever is not stubborn takes the opinion chosen, within [0, 1]."""
        if active.shape[0] == 2 and env.num_stubborn == 0 and not env.is_watched[0]:  # nearly all meetings
            i, j = np.uint64(active[0]), np.uint64(active[1])  # unsigned: no check for negative indices
            env.opinion[i] = min(max(actions[i], 0.0), 1.0)
            env.opinion[j] = min(max(actions[j], 0.0), 1.0)
        elif active.shape[0] > 0:
            i = np.uint64(active[0])
            own, other, moved = env.opinion[i], env.medium, take(env, i, actions[i])
            num_free = 1 - env.stubborn[i]
            if active.shape[0] == 2:
                j = np.uint64(active[1])
                other, moved = env.opinion[j], max(moved, take(env, j, actions[j]))
                num_free += 1 - env.stubborn[j]
            if env.is_watched[0] and num_free > 0:
                watch(env, abs(own - other), moved)

    @staticmethod
    @compiled
    def rest(env, network, num_rounds):
        """Return how opinions lie if nobody moved in a watched sweep and no pair can, or -1; watch the next or not."""
        was_watched = env.is_watched[0] and num_rounds > env.sweep[0]
        if was_watched and env.change[0] < env.tolerance and not can_move(env, network):
            return verdict(env)
        env.is_watched[0] = num_rounds % WATCH_EVERY == WATCH_EVERY - 1
        if env.is_watched[0] and num_rounds > env.sweep[0]:
            env.sweep[0] = num_rounds
            env.change[0] = 0.0
        return -1


@compiled
def take(env, i, chosen):
    """Let agent i take an opinion unless it is stubborn; return how far it moved."""
    if env.stubborn[i]:
        return 0.0
    before = env.opinion[i]
    env.opinion[i] = min(max(chosen, 0.0), 1.0)
    return abs(env.opinion[i] - before)


@compiled
def watch(env, distance, moved):
    """Note how far a meeting has moved somebody, and from what distance it has not."""
    env.change[0] = max(env.change[0], moved)
    if moved == 0.0 and env.tolerance <= distance < env.refused[0]:
        env.refused[0] = distance


@compiled
def can_move(env, network):
    """Return whether some meeting might still move somebody."""
    if env.medium_rate > 0.0:
        for i in range(env.opinion.shape[0]):
            if not is_away(network, i) and not env.stubborn[i] and is_open(env, env.opinion[i], env.medium):
                return True
    return some_camps_open(env, network) if network.kind == COMPLETE else some_link_open(env, network)


@compiled
def some_link_open(env, network):
    """Look at every link, beginning with the agent where the last search ended."""
    n = env.opinion.shape[0]
    for step in range(n):
        i = (env.suspect[0] + step) % n
        if is_away(network, i):
            continue
        for k in range(degree(network, i)):
            j = neighbour(network, i, k)
            both_stubborn = env.stubborn[i] and env.stubborn[j]
            if is_open(env, env.opinion[i], env.opinion[j]) and not both_stubborn and not is_away(network, j):
                env.suspect[0] = i
                return True
    return False


@compiled
def some_camps_open(env, network):
    """Compare everybody with the first of each camp, those within the tolerance of it: where all may meet there are too
    many pairs. First those who are free, then those who are stubborn, who found no camp.
    """
    num_camps = 0
    for stubborn in range(2):
        for i in range(env.opinion.shape[0]):
            if env.stubborn[i] != stubborn or is_away(network, i):
                continue
            is_first = True
            for camp in range(num_camps):
                if is_open(env, env.opinion[i], env.camps[camp]):
                    return True
                if abs(env.opinion[i] - env.camps[camp]) < env.tolerance:
                    is_first = False
            if is_first and not stubborn:
                env.camps[num_camps] = env.opinion[i]
                num_camps += 1
    return False


@compiled
def is_open(env, first, second):
    """Return whether two opinions are apart, but nearer than any two that have met in vain."""
    return env.tolerance <= abs(first - second) < env.refused[0]


def sweeps_to_rest(result: Result) -> Estimate:
    """Mean number of sweeps (meetings per agent) until nobody can be moved, over the runs that come to rest."""
    ended = result.runs[result.runs.stop == "done"]
    return mean(ended.steps / ended.num_agents)


METRICS = (consensus_rate, num_clusters, effective_clusters, final_polarisation, echo_chambers, sweeps_to_rest)


def scenario() -> Scenario:
    """Return a hundred agents of bounded confidence who may all meet."""
    return Scenario(Encounters(), "deffuant", "complete:n=100", 10_000_000, METRICS)


def small() -> Scenario:
    """Return six agents on a ring, one of them stubborn, and a medium."""
    return Scenario(Encounters(stubborn_share=0.2, medium_rate=0.1, medium=0.9), "deffuant", "cycle:n=6", 200, METRICS)
