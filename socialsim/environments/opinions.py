"""Opinions that spread by imitation, one agent at a time.

Every agent i holds an opinion o_i in {0, ..., K - 1}. An event wakes one agent, uniformly; it looks at one of those
whom it hears, uniformly, and does with that opinion what its learner says. With the learner
`socialsim.learning.imitation` it adopts it: the **voter model**. On the complete network of N agents two opinions, one
held by n0 agents, then form a birth and death chain with equal chances up and down, so that

    P(all come to hold it) = n0 / N,
    E(sweeps to consensus) = (N - 1)/N [ (N - n0) sum_{k <= n0} 1/(N - k) + n0 sum_{n0 < k < N} 1/k ],

where a sweep is N events. The run ends when one opinion is left, which is the verdict; with noise consensus does not
last, and ``stop_at_consensus = false`` lets a run go on. Whoever leaves takes their opinion out of sight, not out of
the count. Source: [Clifford1973]_ (Biometrika 60:581-588), [Holley1975]_ (Annals of Probability 3:643-663).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import integer
from socialsim.engine.interface import Discrete, Environment, Specification
from socialsim.engine.links import is_away, random_neighbour
from socialsim.engine.scenario import Scenario
from socialsim.metrics.estimates import mean, proportion


class State(NamedTuple):
    """Who holds which opinion."""

    num_opinions: int
    num_first: int
    stop_at_consensus: int
    opinion: NDArray[np.int64]  # (num_agents,)
    holders: NDArray[np.int64]  # (num_opinions,), how many hold each
    model: NDArray[np.int64]  # (1,), the agent looked at in this event


class Opinions(Environment):
    """Agents that meet one at a time and see the opinion of one they hear.

    Examples
    --------
    >>> Opinions(share=0.3).state(10).holders.tolist()
    [0, 0]
    """

    num_opinions: int = parameter(2, "number of opinions K", ge=2, le=1000)
    share: float = parameter(
        0.5, "share of agents that hold opinion 1 at first; the others hold each other opinion", ge=0, le=1
    )

    stop_at_consensus: bool = parameter(True, "whether a run ends when one opinion is left")

    loop: ClassVar = "events"
    participants: ClassVar[int] = 1
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

    def state(self, num_agents: int) -> State:
        """Lay out the opinions; `initialise` deals them out."""
        return State(
            num_opinions=self.num_opinions,
            num_first=round(self.share * num_agents),
            stop_at_consensus=int(self.stop_at_consensus),
            opinion=np.zeros(num_agents, np.int64),
            holders=np.zeros(self.num_opinions, np.int64),
            model=np.zeros(1, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees an opinion and takes one."""
        return Specification(Discrete(self.num_opinions), Discrete(self.num_opinions))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's opinion."""
        return {"opinion": state.opinion}

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Deal opinion 1 to the stated number of agents and the others in turn, then shuffle (Fisher and Yates)."""
        other = 0
        for i in range(env.opinion.shape[0]):
            if i < env.num_first:
                env.opinion[i] = 1
            else:
                env.opinion[i] = other if other != 1 else 2
                other = (env.opinion[i] + 1) % env.num_opinions
                if other == 1:
                    other = 2 % env.num_opinions
            env.holders[env.opinion[i]] += 1
        for i in range(env.opinion.shape[0] - 1, 0, -1):
            j = integer(stream, i + 1)
            env.opinion[i], env.opinion[j] = env.opinion[j], env.opinion[i]

    @staticmethod
    @compiled
    def wake(env, network, active, stream):
        """Wake one agent and let it look at one of those it hears; where nobody is there, at itself."""
        active[0] = integer(stream, network.num_agents)
        model = random_neighbour(network, active[0], stream)
        env.model[0] = model if model >= 0 and not is_away(network, model) else active[0]
        return 1

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return the opinion of the agent looked at."""
        return env.opinion[env.model[0]]

    @staticmethod
    @compiled
    def advance(env, network, active, actions, rewards, stream):
        """Whoever is awake takes the chosen opinion."""
        for a in range(active.shape[0]):
            i = active[a]
            env.holders[env.opinion[i]] -= 1
            env.opinion[i] = actions[i]
            env.holders[env.opinion[i]] += 1

    @staticmethod
    @compiled
    def done(env):
        """Return the opinion that all hold, or -1."""
        if not env.stop_at_consensus:
            return -1
        opinion = env.opinion[0]
        return opinion if env.holders[opinion] == env.opinion.shape[0] else -1


def consensus_rate(result: Result) -> Estimate:
    """Share of runs that end in consensus."""
    return proportion(result.runs.stop == "done")


def consensus_on_first(result: Result) -> Estimate:
    """Share of runs in consensus that agree on opinion 1."""
    ended = result.runs[result.runs.stop == "done"]
    return proportion(ended.verdict == 1)


def sweeps_to_consensus(result: Result) -> Estimate:
    """Mean number of sweeps (events per agent) to consensus, over the runs that reach it."""
    ended = result.runs[result.runs.stop == "done"]
    return mean(ended.steps / ended.num_agents)


METRICS = (consensus_rate, consensus_on_first, sweeps_to_consensus)


def scenario() -> Scenario:
    """Return the voter model among a hundred agents who all hear each other."""
    return Scenario(Opinions(), "imitation", "complete:n=100", 10_000_000, METRICS)


def small() -> Scenario:
    """Return six agents on a ring."""
    return Scenario(Opinions(), "imitation", "cycle:n=6", 60, METRICS)
