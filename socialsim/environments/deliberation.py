"""Real opinions that everybody reconsiders at once (DeGroot, Friedkin and Johnsen, Hegselmann and Krause).

Agent i holds an opinion x_i in [0, 1]. In each step everybody states it, hears those whom the network lets it hear, and
chooses the next one; what it makes of what it hears is the learner's affair:

- `socialsim.learning.degroot`: a weighted mean of one's own opinion and those heard. With the influence matrix P the
  opinions are x(t) = P^t x(0). If P is irreducible and aperiodic they converge to a consensus,

      x_i(t) -> sum_j pi_j x_j(0),    pi P = pi,    sum_j pi_j = 1,                                               (1)

- `socialsim.learning.friedkin_johnsen`: the same, with a pull back to one's first opinion of weight 1 - lambda,

      x(t) -> (I - lambda P)^-1 (1 - lambda) x(0),                                                                (2)

  a disagreement that lasts;
- `socialsim.learning.hegselmann_krause`: the mean of those opinions that lie within epsilon of one's own. Where all
  hear each other the order of opinions never changes, they come to rest after finitely many steps, and clusters then
  lie further than epsilon apart.

Weights of edges count. A **medium** of opinion m is one more source, of weight ``medium_weight``, for a share of the
agents. Whoever is stubborn or away keeps their opinion.

Opinions are at rest when the largest change c of a step is less than ``tolerance`` and so is what is left to go. Where
a network mixes slowly opinions far from their limit hardly move either, but their changes hardly shrink: with c' the
largest change of the step before, those to come are c (c/c') + c (c/c')^2 + ..., as they are geometric in the end, or

    c^2 / (c' - c) < tolerance.                                                                                      (3)

The run ends then: in **consensus** (verdict 0) if all opinions lie within ``cluster_gap``, else with **several**
(verdict 1). Sources: [DeGroot1974]_ (JASA 69:118-121) for (1), [Friedkin1990]_ (J. Mathematical Sociology 15:193-206)
for (2), [Hegselmann2002]_ (JASSS 5(3)2).
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
from socialsim.engine.interface import Box, Specification, constant
from socialsim.engine.links import COMPLETE, degree, is_away, link_weight, neighbour
from socialsim.engine.scenario import Scenario
from socialsim.environments._real_opinions import (
    RealOpinions,
    consensus_rate,
    deal_opinions,
    echo_chambers,
    effective_clusters,
    final_polarisation,
    is_drawn,
    num_clusters,
    verdict,
)
from socialsim.metrics.estimates import mean

ROUNDING = 1e-15  # of a mean of opinions; changes may repeat for ever that are no larger


class State(NamedTuple):
    """Opinions, and how much there is to hear."""

    given: NDArray[np.float64]  # (num_agents,), or empty: first opinions
    stubborn_opinions: NDArray[np.float64]  # (k,)
    num_stubborn: int
    num_reached: int
    medium: float
    tolerance: float
    cluster_gap: float
    opinion: NDArray[np.float64]  # (num_agents,)
    stubborn: NDArray[np.int8]  # (num_agents,)
    weight_heard: NDArray[np.float64]  # (num_agents,), sum over those present whom one hears
    medium_heard: NDArray[np.float64]  # (num_agents,), the medium's opinion; NaN out of its reach
    change: NDArray[np.float64]  # (2,), largest of the last step and of the one before; NaN where there was none


class Deliberation(RealOpinions):
    """A community that listens and reconsiders, all at once.

    Examples
    --------
    >>> Deliberation(stubborn_share=0.2).state(10).num_stubborn
    2
    """

    medium_weight: float = parameter(1.0, "weight of the medium, where an edge has 1", ge=0)
    medium_reach: float = parameter(0.0, "share of agents, drawn at random, that hear the medium", ge=0, le=1)

    weighted: ClassVar[bool] = True
    source: ClassVar[str] = (
        "DeGroot 1974, JASA 69:118-121; Friedkin & Johnsen 1990, J. Math. Sociol. 15:193-206; "
        "Hegselmann & Krause 2002, JASSS 5(3)2"
    )

    def state(self, num_agents: int) -> State:
        """Lay out the opinions; `initialise` deals them out."""
        return State(
            given=self.given(num_agents),
            stubborn_opinions=constant(np.array(self.stubborn_opinions, np.float64)),
            num_stubborn=round(self.stubborn_share * num_agents),
            num_reached=round(self.medium_reach * num_agents),
            medium=self.medium,
            tolerance=self.tolerance,
            cluster_gap=self.cluster_gap,
            opinion=np.zeros(num_agents),
            stubborn=np.zeros(num_agents, np.int8),
            weight_heard=np.zeros(num_agents),
            medium_heard=np.full(num_agents, np.nan),
            change=np.full(2, np.nan),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees its opinion, what weight it hears, and the medium; it chooses its next opinion."""
        facts = {"observation": "opinion, weight heard, opinion of the medium", "medium_weight": self.medium_weight}
        return Specification(Box(0.0, 1.0), Box(shape=(3,)), facts)

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Deal out opinions, and draw who hears the medium."""
        deal_opinions(env, stream)
        n, num_drawn = env.opinion.shape[0], 0
        for i in range(n):
            env.medium_heard[i] = math.nan
            if is_drawn(env.num_reached - num_drawn, n - i, stream):
                env.medium_heard[i] = env.medium
                num_drawn += 1
        weigh(env, network)
        env.change[0] = env.change[1] = math.nan

    @staticmethod
    @compiled
    def observe(env, network, i, out):
        """Show agent i its opinion, the weight that it hears, and the medium's opinion."""
        out[0] = env.opinion[i]
        out[1] = env.weight_heard[i]
        out[2] = env.medium_heard[i]

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Everybody takes the opinion that they have chosen, within [0, 1]."""
        largest = 0.0
        for i in range(actions.shape[0]):
            if is_away(network, i) or env.stubborn[i]:
                continue
            chosen = min(max(actions[i], 0.0), 1.0)
            largest = max(largest, abs(chosen - env.opinion[i]))
            env.opinion[i] = chosen
        env.change[1] = env.change[0]
        env.change[0] = largest
        if network.may_change:
            weigh(env, network)

    @staticmethod
    @compiled
    def done(env):
        """Return how opinions lie once they are at rest, or -1."""
        return verdict(env) if is_at_rest(env) else -1


@compiled
def is_at_rest(env):
    """Return whether opinions neither move nor, by (3), have any way to go."""
    now, before = env.change[0], env.change[1]
    if now < ROUNDING:
        return True
    return now < env.tolerance and now * now < env.tolerance * (before - now)


@compiled
def weigh(env, network):
    """Sum the weights of those whom each agent hears and who are present."""
    n = env.weight_heard.shape[0]
    num_present = 0
    for i in range(n):
        num_present += not is_away(network, i)
    for i in range(n):
        if network.kind == COMPLETE:
            env.weight_heard[i] = num_present - (not is_away(network, i))
            continue
        total = 0.0
        for k in range(degree(network, i)):
            if not is_away(network, neighbour(network, i, k)):
                total += link_weight(network, i, k)
        env.weight_heard[i] = total


def steps_to_rest(result: Result) -> Estimate:
    """Mean number of steps until opinions are at rest, over the runs that come to rest."""
    return mean(result.runs[result.runs.stop == "done"].steps)


METRICS = (consensus_rate, num_clusters, effective_clusters, final_polarisation, echo_chambers, steps_to_rest)


def scenario() -> Scenario:
    """Return a hundred agents of bounded confidence who all hear each other."""
    return Scenario(Deliberation(), "hegselmann_krause", "complete:n=100", 10_000, METRICS)


def small() -> Scenario:
    """Return six agents on a ring, one of them stubborn, and a medium that half of them hear."""
    environment = Deliberation(stubborn_share=0.2, medium_reach=0.5, medium=0.9)
    return Scenario(environment, "hegselmann_krause", "cycle:n=6", 60, METRICS)
