"""Cascades: everybody looks at once, and those who have seen enough join.

Every agent holds opinion 0 (inactive) or 1 (active). In a step each agent i looks at those whom it hears, all at once,
and does what its learner says:

- with ``observation = "share"`` it sees its own opinion and the share x_i of those it hears who hold opinion 1, with
  media of reach r_k what it would see of them on average, (1 - r_0 - r_1) x_i + r_1. With the learner
  `socialsim.learning.threshold` it acts if that reaches its threshold: the crowd of [Granovetter1978]_ on a complete
  network, the **global cascades** of [Watts2002]_ on a random one, from one seed;
- with ``observation = "neighbour"`` it sees the opinion of one of them, drawn uniformly, or with probability r_k that
  of medium k. With `socialsim.learning.imitation` this is the **voter model** in discrete time, with its noise the
  noisy one. Opinions then follow random walks backwards: with P_ij = 1 / d_i for each j that i hears,

      P(o_i(t) = 1) = (P^t o(0))_i        (duality),

  so that sum_i d_i o_i is conserved in the mean on an undirected network, and on the complete one opinion 1 wins with
  the probability n_1 / N. On a bipartite network the two sides may swap opinions for ever.

Where cascades are ``irreversible`` who has once been active stays so. **Zealots** never change. A run ends at rest,
when a step changes nobody (verdict 2, or 0 or 1 if all hold that opinion), or where that is chosen in consensus. Steps
count the last one, idle though it is. Who hears nobody sees the share 0; whoever leaves is not seen. What theory says
of large networks stands in `socialsim.environments.cascades.theory`. Sources: [Granovetter1978]_ (American Journal of
Sociology 83:1420-1443), [Watts2002]_ (PNAS 99:5766-5771), [Holley1975]_ for duality.
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
from socialsim.core.streams import draw_word, integer, uniform
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.links import COMPLETE, is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments._influence import (
    HALF,
    LOW,
    check_agents,
    check_lists,
    how_many,
    place_zealots,
    read_zealots,
    someone_heard,
)
from socialsim.metrics.estimates import mean, proportion
from socialsim.metrics.opinions import cross_cutting_exposure, echo_chamber, number_of_camps

OPINIONS = ("inactive", "active")
NEVER, REST, CONSENSUS = 0, 1, 2
AT_REST = 2  # verdict of a cascade that ends with both opinions
GLOBAL = 0.1  # share of all agents from which on a cascade counts as global


class State(NamedTuple):
    """Who is active."""

    irreversible: int
    looks_at_one: int
    ends: int
    attention: float  # sum of the media's reach
    media: NDArray[np.float64]  # (2,)
    num_seeds: int
    seed_agents: NDArray[np.int64]  # (num_seeds,), or (0,) if they are drawn
    num_zealots: int
    zealots: NDArray[np.int64]  # (2,), how many hold each opinion
    zealot_agents: NDArray[np.int64]  # (num_zealots,), or (0,) if they are drawn
    is_zealot: NDArray[np.int8]  # (num_agents,)
    opinion: NDArray[np.int8]  # (num_agents,)
    model: NDArray[np.int64]  # (num_agents,), whom one looks at next, -1 - k for medium k
    holders: NDArray[np.int64]  # (2,), how many hold each opinion
    changes: NDArray[np.int64]  # (1,), agents that changed in the last step, -1 before the first


class Cascades(Environment):
    """Agents that all look at once and join, or not.

    Examples
    --------
    >>> Cascades(seeds=0.1).state(50).num_seeds
    5
    """

    observation: Literal["share", "neighbour"] = parameter(
        "share", "what one sees: one's own opinion and the share of those heard who are active, or one's opinion"
    )
    irreversible: bool = parameter(True, "whether who has been active stays so")
    seeds: int | float = parameter(
        1, "agents active at first beside zealots: a whole number counts them, another (0.1) is a share of all", ge=0
    )
    seed_agents: tuple[int, ...] = parameter((), "which agents they are; drawn at random if empty")
    zealots: tuple[int | float, ...] = parameter(
        (), "zealots of opinions 0 and 1: whole numbers count agents, others (0.1) are shares of all; none if empty"
    )
    zealot_agents: tuple[int, ...] = parameter(
        (), "which agents they are, those of opinion 0 first; drawn at random if empty"
    )
    media: tuple[float, ...] = parameter(
        (), "chance of looking at a medium of each opinion in place of a neighbour; none if empty"
    )
    ends: Literal["rest", "consensus", "never"] = parameter(
        "rest", "when a run ends before the horizon: when a step changes nobody, or with one opinion left"
    )

    source: ClassVar[str] = "Watts 2002, PNAS 99:5766-5771; Granovetter 1978, Am. J. Sociology 83:1420-1443"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_opinion",
        "series_label": "share active",
        "agent": "opinion",
        "agent_label": "opinion (1: active)",
        "verdicts": {"0": "nobody is active", "1": "all are active", "2": "at rest with both"},
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse lists that are not one entry an opinion, and rest where a step may change nobody by chance."""
        check_lists(self.zealots, self.zealot_agents, self.media, 2)
        if self.observation == "neighbour" and self.ends == "rest":
            raise ParameterError(
                "ends: 'rest' is not accepted with observation=neighbour, where a step may change nobody by chance; "
                "accepted: consensus, never"
            )

    def state(self, num_agents: int) -> State:
        """Lay out who may be active; `initialise` draws who is."""
        zealots = read_zealots(self.zealots, self.zealot_agents, 2, num_agents)
        num_zealots = int(zealots.counts.sum())
        num_seeds = how_many(self.seeds, num_agents, "environment.seeds", self.seeds)
        if num_seeds > num_agents - num_zealots:
            raise ParameterError(
                f"environment.seeds: {num_seeds} of {num_agents} agents are not accepted beside {num_zealots} zealots; "
                f"accepted: at most {num_agents - num_zealots}"
            )
        check_agents("seed", self.seed_agents, num_seeds, num_agents)
        if both := set(self.seed_agents) & set(self.zealot_agents):
            raise ParameterError(
                f"environment.seed_agents: {sorted(both)} are zealots; accepted: agents that are no zealots"
            )
        return State(
            irreversible=int(self.irreversible),
            looks_at_one=int(self.observation == "neighbour"),
            ends={"never": NEVER, "rest": REST, "consensus": CONSENSUS}[self.ends],
            attention=sum(self.media),
            media=constant(self.media or [0.0, 0.0]),
            num_seeds=num_seeds,
            seed_agents=constant(np.array(self.seed_agents, np.int64)),
            num_zealots=num_zealots,
            zealots=zealots.counts,
            zealot_agents=zealots.agents,
            is_zealot=np.zeros(num_agents, np.int8),
            opinion=np.zeros(num_agents, np.int8),
            model=np.zeros(num_agents if self.observation == "neighbour" else 0, np.int64),
            holders=np.zeros(2, np.int64),
            changes=np.full(1, -1, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees its own opinion and a share, or an opinion, and takes an opinion."""
        actions = Discrete(2, OPINIONS)
        if self.observation == "neighbour":
            return Specification(actions, Discrete(2, OPINIONS))
        facts = {
            "observation": "own opinion, share of those heard that hold opinion 1",
            "discrete_by": "environment.observation=neighbour",
        }
        return Specification(actions, Box(0.0, 1.0, shape=(2,)), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's opinion."""
        return {"opinion": state.opinion}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the share that is active."""
        holders = np.asarray(state.holders)
        return {"share_active": holders[:, 1] / np.maximum(holders.sum(axis=1), 1)}

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Place zealots and seeds: the fewer of seeds and others are drawn, and the rest is filled up."""
        num_agents = env.opinion.shape[0]
        place_zealots(env, stream)
        num_free = num_agents - env.num_zealots
        most_are_seeds = 2 * env.num_seeds > num_free and env.seed_agents.shape[0] == 0
        num_drawn = num_free - env.num_seeds if most_are_seeds else env.num_seeds
        if most_are_seeds:
            for i in range(num_agents):
                if not env.is_zealot[i]:
                    env.opinion[i] = 1
        for k in range(num_drawn):
            if env.seed_agents.shape[0] > 0:
                i = env.seed_agents[k]
            else:
                i = integer(stream, num_agents)
                while env.is_zealot[i] or (env.opinion[i] == 1) != most_are_seeds:
                    i = integer(stream, num_agents)
            env.opinion[i] = 0 if most_are_seeds else 1
        for i in range(num_agents):
            env.holders[env.opinion[i]] += 1
        if env.looks_at_one:
            choose_models(env, network, stream)

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Show one's own opinion and the share of those heard who are active; or return the opinion looked at."""
        if out is not None:
            out[0] = env.opinion[i]
            out[1] = (1.0 - env.attention) * share_active(env, network, i) + env.media[1]
            return 0
        model = env.model[i]
        if model < 0:
            return -1 - model
        return np.int64(env.opinion[i if is_away(network, model) else model])

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Everybody takes the chosen opinion, except zealots, those away and those who can no longer turn back."""
        changes = 0
        gained = 0
        for i in range(actions.shape[0]):
            gain = actions[i] - env.opinion[i]
            if env.is_zealot[i] or is_away(network, i) or (env.irreversible and gain < 0):
                gain = 0
            env.opinion[i] += gain
            gained += gain
            changes += gain != 0
        env.holders[0] -= gained
        env.holders[1] += gained
        env.changes[0] = changes
        if env.looks_at_one:
            choose_models(env, network, stream)

    @staticmethod
    @compiled
    def done(env):
        """Return 0 or 1 if all hold that opinion, 2 at rest with both; -1 before that."""
        if env.ends == NEVER or (env.ends == REST and env.changes[0] != 0):
            return -1
        for opinion in range(2):
            if env.holders[opinion] == env.opinion.shape[0]:
                return opinion
        return AT_REST if env.ends == REST else -1


@compiled
def share_active(env, network, i):
    """Return the share of those whom agent i hears that hold opinion 1; 0 if it hears nobody."""
    active = 0
    present = 0
    if network.kind == COMPLETE and not network.may_change:
        present = network.num_agents - 1
        active = env.holders[1] - env.opinion[i]
    elif network.kind == COMPLETE:
        for j in range(network.num_agents):
            if j != i and not is_away(network, j):
                present += 1
                active += env.opinion[j]
    else:
        present = network.indptr[i + 1] - network.indptr[i]
        for k in range(np.uint64(network.indptr[i]), np.uint64(network.indptr[i + 1])):  # no check for -1
            source = np.uint64(network.sources[k])
            if is_away(network, source):
                present -= 1
            else:
                active += env.opinion[source]
    return active / present if present > 0 else 0.0


@compiled
def choose_models(env, network, stream):
    """Let everybody choose whom to look at next: a medium, or one of those heard; two choose by one random word."""
    word = np.uint64(0)
    for i in range(env.model.shape[0]):
        if i % 2 == 0:
            word = draw_word(stream)
        env.model[i] = someone_heard(network, i, word >> HALF if i % 2 == 0 else word & LOW, stream)
    if env.attention > 0.0:
        for i in range(env.model.shape[0]):
            left = uniform(stream)
            if left < env.media[0]:
                env.model[i] = -1
            elif left < env.attention:
                env.model[i] = -2


def final_share(result: Result) -> Estimate:
    """Mean share of agents that are active at the end."""
    return mean(result.runs.share_active)


def global_cascade_rate(result: Result) -> Estimate:
    """Share of runs in which at least a tenth of all agents are active at the end."""
    return proportion(result.runs.share_active >= GLOBAL)


def size_of_global_cascades(result: Result) -> Estimate:
    """Mean share that is active at the end, over the runs in which it is at least a tenth."""
    shares = result.runs.share_active
    large = shares[shares >= GLOBAL]
    return mean(large) if len(large) else Estimate.undefined("no cascade was global")


def steps_to_rest(result: Result) -> Estimate:
    """Mean number of steps until a run ends at rest, its idle last step counted, or in consensus."""
    ended = result.runs[result.runs.stop == "done"]
    return mean(ended.steps)


def consensus_rate(result: Result) -> Estimate:
    """Share of runs that end with one opinion."""
    return proportion(result.runs.verdict.isin((0, 1)))


METRICS = (
    *(final_share, global_cascade_rate, size_of_global_cascades, steps_to_rest, consensus_rate),
    *(number_of_camps, echo_chamber, cross_cutting_exposure),
)


def scenario() -> Scenario:
    """Return Watts's cascades from one seed among a thousand agents who hear four others on average."""
    return Scenario(Cascades(), "threshold", "erdos_renyi:n=1000,p=0.004", 10_000, METRICS)


def small() -> Scenario:
    """Return two seeds among twelve agents on a ring."""
    return Scenario(Cascades(seeds=2), "threshold", "ring_lattice:n=12,k=4", 20, METRICS)
