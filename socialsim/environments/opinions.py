"""Opinions that spread one agent at a time: voters, zealots and media.

Every agent i holds an opinion o_i in {0, ..., K - 1}. An event wakes one agent, uniformly; it looks at one of those
whom it hears, uniformly, and does with that opinion what its learner says. With the learner
`socialsim.learning.imitation` it adopts it: the **voter model**. On the complete network of N agents two opinions, one
held by n0 agents, then form a birth and death chain with equal chances up and down, so that

    P(all come to hold it) = n0 / N,
    E(sweeps to consensus) = (N - 1)/N [ (N - n0) sum_{k <= n0} 1/(N - k) + n0 sum_{n0 < k < N} 1/k ],

where a sweep is N events. On other networks what is conserved in the mean is the sum of d_i o_i, d_i the degree, so
that the chance of winning is the holders' share of all links; with ``update = "link"``, where an event takes a link at
random and its target looks at its source, it is the holders' share of all agents again ([Suchecki2005]_).

**Zealots** never change. **Media** of opinion k are looked at in place of a neighbour with probability r_k. With z_k
zealots (or a_k = (N - 1) r_k / (1 - sum r) in their place: for a voter on the complete network a medium is a zealot)
the number of the n others who hold opinion 1 has in the long run the beta-binomial law ([Mobilia2007]_, [Kirman1993]_)

    P(m) = C(n, m) B(m + z_1, n - m + z_0) / B(z_1, z_0).

An agent that looks at ``sample`` > 1 neighbours, with repetition, sees its own opinion and how many of them hold each:
for `socialsim.learning.majority` and `socialsim.learning.q_voter`. The run ends when one opinion is left, which is the
verdict; where zealots, media or noise keep opinions alive ``stop_at_consensus = false`` lets it go on. Whoever leaves
takes their opinion out of sight, not out of the count. Source: [Clifford1973]_ (Biometrika 60:581-588), [Holley1975]_
(Annals of Probability 3:643-663).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import draw_word, integer
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.scenario import Scenario
from socialsim.environments._influence import (
    HALF,
    check_lists,
    pair_heard,
    place_zealots,
    read_zealots,
    shown,
    someone_heard,
)
from socialsim.metrics.diversity import hill_number
from socialsim.metrics.estimates import mean, proportion
from socialsim.metrics.opinions import cross_cutting_exposure, echo_chamber, number_of_camps


class State(NamedTuple):
    """Who holds which opinion."""

    num_opinions: int
    num_first: int
    sample: int
    by_link: int
    stop_at_consensus: int
    attention: float  # sum of the media's reach
    media: NDArray[np.float64]  # (num_opinions,)
    num_zealots: int
    zealots: NDArray[np.int64]  # (num_opinions,), how many hold each
    zealot_agents: NDArray[np.int64]  # (num_zealots,), or (0,) if they are drawn
    is_zealot: NDArray[np.int8]  # (num_agents,)
    opinion: NDArray[np.int16]  # (num_agents,)
    holders: NDArray[np.int64]  # (num_opinions,), how many hold each
    seen: NDArray[np.int64]  # (1,), the opinion looked at in this event
    tally: NDArray[np.int64]  # (num_opinions,), how many of those looked at hold each


class Opinions(Environment):
    """Agents that wake one at a time and see opinions of those they hear.

    Examples
    --------
    >>> Opinions(share=0.3, zealots=(0, 2)).state(10).zealots.tolist()
    [0, 2]
    """

    num_opinions: int = parameter(2, "number of opinions K", ge=2, le=1000)
    share: float = parameter(
        0.5,
        "share of all but zealots that hold opinion 1 at first; the others hold each other opinion",
        ge=0,
        le=1,
    )
    zealots: tuple[int | float, ...] = parameter(
        (), "zealots of each opinion: whole numbers count agents, others (0.1) are shares of all agents; none if empty"
    )
    zealot_agents: tuple[int, ...] = parameter(
        (), "which agents they are, those of opinion 0 first; drawn at random if empty"
    )
    media: tuple[float, ...] = parameter(
        (), "chance of looking at a medium of each opinion in place of a neighbour; none if empty"
    )
    sample: int = parameter(1, "neighbours looked at in an event, with repetition", unit="agents", ge=1, le=10_000)
    update: Literal["node", "link"] = parameter(
        "node", "what an event draws uniformly: an agent, or a link whose target looks at its source"
    )
    stop_at_consensus: bool = parameter(True, "whether a run ends when one opinion is left")

    loop: ClassVar = "events"
    participants: ClassVar[int] = 1
    cast: ClassVar[tuple[str, ...]] = ("agent",)
    source: ClassVar[str] = (
        "Clifford & Sudbury 1973, Biometrika 60:581-588; Holley & Liggett 1975, Ann. Probab. 3:643-663"
    )
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_opinion",
        "series_label": "mean opinion",
        "agent": "opinion",
        "agent_label": "opinion",
        "verdicts": {"0": "all hold opinion 0", "1": "all hold opinion 1"},
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse lists that are not one entry an opinion, and several looks along one link."""
        check_lists(self.zealots, self.zealot_agents, self.media, self.num_opinions)
        if self.update == "link" and self.sample > 1:
            raise ParameterError(
                f"sample: {self.sample} is not accepted with update=link; accepted: 1, since a link has one source"
            )

    def state(self, num_agents: int) -> State:
        """Lay out the opinions; `initialise` deals them out."""
        zealots = read_zealots(self.zealots, self.zealot_agents, self.num_opinions, num_agents)
        num_zealots = int(zealots.counts.sum())
        return State(
            num_opinions=self.num_opinions,
            num_first=round(self.share * (num_agents - num_zealots)),
            sample=self.sample,
            by_link=int(self.update == "link"),
            stop_at_consensus=int(self.stop_at_consensus),
            attention=sum(self.media),
            media=constant(self.media or [0.0] * self.num_opinions),
            num_zealots=num_zealots,
            zealots=zealots.counts,
            zealot_agents=zealots.agents,
            is_zealot=np.zeros(num_agents, np.int8),
            opinion=np.zeros(num_agents, np.int16),
            holders=np.zeros(self.num_opinions, np.int64),
            seen=np.zeros(1, np.int64),
            tally=np.zeros(self.num_opinions, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees an opinion, or its own and how many it saw hold each, and takes one."""
        if self.sample == 1:
            return Specification(Discrete(self.num_opinions), Discrete(self.num_opinions))
        facts = {
            "observation": "own opinion, then how many of those looked at hold each opinion",
            "discrete_by": "environment.sample=1",
            "sample": self.sample,
        }
        seen = Box(0.0, max(self.sample, self.num_opinions), shape=(self.num_opinions + 1,))
        return Specification(Discrete(self.num_opinions), seen, facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's opinion."""
        return {"opinion": state.opinion}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the effective number of opinions and the share of the commonest."""
        holders = np.asarray(state.holders)
        shares = holders / np.maximum(holders.sum(axis=1, keepdims=True), 1)
        return {"effective_opinions": hill_number(holders, order=2), "largest_share": shares.max(axis=1)}

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Place the zealots, deal opinion 1 to the stated number of others and the rest in turn, then shuffle these
        (Fisher and Yates).
        """
        place_zealots(env, stream)
        other = 0
        dealt = 0
        for i in range(env.opinion.shape[0]):
            if not env.is_zealot[i]:
                if dealt < env.num_first:
                    env.opinion[i] = 1
                else:
                    env.opinion[i] = other if other != 1 else 2
                    other = (env.opinion[i] + 1) % env.num_opinions
                    if other == 1:
                        other = 2 % env.num_opinions
                dealt += 1
            env.holders[env.opinion[i]] += 1
        for i in range(env.opinion.shape[0] - 1, 0, -1):
            if not env.is_zealot[i]:
                j = integer(stream, i + 1)
                while env.is_zealot[j]:
                    j = integer(stream, i + 1)
                env.opinion[i], env.opinion[j] = env.opinion[j], env.opinion[i]

    @staticmethod
    @compiled
    def wake(env, network, active, stream):
        """Wake one agent and let it look at those it hears; where nobody is there, at itself. One random word chooses
        both. A zealot that is woken does nothing.
        """
        i, j = pair_heard(network, env.by_link, draw_word(stream), stream)
        if i < 0:
            return 0
        if env.num_zealots > 0 and env.is_zealot[np.uint64(i)]:
            return 0
        active[0] = i
        env.seen[0] = shown(env, network, i, j, stream)
        if env.sample > 1:
            look_at_more(env, network, i, stream)
        return 1

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Return the opinion looked at; or show one's own and the tally of those looked at."""
        if out is not None:
            out[0] = env.opinion[i]
            for k in range(env.num_opinions):
                out[k + 1] = env.tally[k]
        return env.seen[0]

    @staticmethod
    @compiled
    def advance(env, network, active, actions, rewards, stream):
        """Whoever is awake takes the chosen opinion. Of two opinions one gains what the other loses: to count so takes
        a third off the time of an event.
        """
        for a in range(active.shape[0]):
            i = np.uint64(active[a])
            if env.num_opinions == 2:
                gain = actions[i] - env.opinion[i]
                env.holders[0] -= gain
                env.holders[1] += gain
            else:
                env.holders[env.opinion[i]] -= 1
                env.holders[actions[i]] += 1
            env.opinion[i] = actions[i]

    @staticmethod
    @compiled
    def done(env):
        """Return the opinion that all hold, or -1; where a medium is for another it is no end."""
        if not env.stop_at_consensus:
            return -1
        opinion = np.int64(env.opinion[0])
        lasts = env.holders[opinion] == env.opinion.shape[0] and env.attention <= env.media[opinion]
        return opinion if lasts else -1


@compiled
def look_at_more(env, network, i, stream):
    """Look at the rest of the sample and count who holds what."""
    for k in range(env.num_opinions):
        env.tally[k] = 0
    env.tally[env.seen[0]] = 1
    for _ in range(env.sample - 1):
        j = someone_heard(network, i, draw_word(stream) >> HALF, stream)
        env.tally[shown(env, network, i, j, stream)] += 1


def consensus_rate(result: Result) -> Estimate:
    """Share of runs that end in consensus."""
    return proportion(result.runs.stop == "done")


def consensus_on_first(result: Result) -> Estimate:
    """Share of runs in consensus in which all hold opinion 1; opinions are numbered 0, 1, ... ."""
    ended = result.runs[result.runs.stop == "done"]
    return proportion(ended.verdict == 1)


def sweeps_to_consensus(result: Result) -> Estimate:
    """Mean number of sweeps (events per agent) to consensus, over the runs that reach it."""
    ended = result.runs[result.runs.stop == "done"]
    return mean(ended.steps / ended.num_agents)


def effective_opinions(result: Result) -> Estimate:
    """Mean effective number of opinions at the end: 1 / sum of squared shares."""
    return mean(result.runs.effective_opinions)


METRICS = (
    *(consensus_rate, consensus_on_first, sweeps_to_consensus),
    *(effective_opinions, number_of_camps, echo_chamber, cross_cutting_exposure),
)


def scenario() -> Scenario:
    """Return the voter model among a hundred agents who all hear each other."""
    return Scenario(Opinions(), "imitation", "complete:n=100", 10_000_000, METRICS)


def small() -> Scenario:
    """Return six agents on a ring."""
    return Scenario(Opinions(), "imitation", "cycle:n=6", 60, METRICS)
