r"""Hosts and parasites that must keep running to stay where they are (matching alleles, the Red Queen).

Hosts and parasites each carry one of m alleles. A parasite infects the hosts of its own allele and no others. With
frequencies h_a of hosts and p_a of parasites the fitness of allele a is

    w_a = 1 - s_h p_a    in hosts, whom infection costs s_h,
    v_a = 1 - s_p (1 - h_a)    in parasites, whom failing to infect costs s_p,                                  (1)

and the next generation is drawn, each host and parasite for itself, from the offspring of all (Wright and Fisher):

    h_a' = (1 - mu) f_a + mu (1 - f_a) / (m - 1),    f_a = h_a w_a / sum_b h_b w_b,                             (2)

likewise for parasites; mu is the chance of mutation. Rare alleles are an advantage to hosts and common hosts an
advantage to parasites, with a delay: whatever hosts are common, parasites are after them a quarter of a cycle later.

**Period.** Around even frequencies, where all alleles are equally fit, deviations x of hosts and y of parasites follow

    x' = kappa (x - A y),    y' = kappa (y + B x),    A = s_h / (m - s_h),    B = s_p / [m (1 - s_p) + s_p],    (3)

with kappa = 1 - mu m / (m - 1), so that the eigenvalues are kappa (1 +- i sqrt(A B)):

    period = 2 pi / arctan sqrt(A B) generations,    growth = kappa sqrt(1 + A B) per generation.               (4)

Without mutation every cycle is wider than the last, until alleles are lost: what is a closed orbit in continuous time
([Hofbauer1996]_, for zero-sum games) spirals outwards where generations do not overlap. Mutation brings alleles back,
and above a rate at which kappa^2 (1 + A B) = 1 cycles fade; then chance alone keeps them up, with sizes that finite
populations of N make of order 1/sqrt(N) (`theory`).

**The same world with learners.** With ``inheritance = "learned"`` nobody is born or dies: everybody chooses an allele
in each step and is paid its fitness (1), which is the game of matching pennies among two populations. Slow
reinforcement (`socialsim.learning.bush_mosteller`) is then selection under another name ([Borgers1997]_). Sources:
[Hamilton1980]_ for the theory; [Seger1988]_ for cycles of this model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Discrete, Environment, Specification
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.metrics.diversity import hill_number
from socialsim.metrics.estimates import mean, proportion, ratio

HOST, PARASITE = 0, 1
FULL_TURN = 2.0 * math.pi


class State(NamedTuple):
    """Who carries which allele; hosts come first."""

    num_hosts: int
    host_cost: float
    parasite_cost: float
    mutation: float
    is_learned: bool
    start: float
    allele: NDArray[np.int64]  # (num_agents,)
    numbers: NDArray[np.int64]  # (2, num_alleles), hosts and parasites present of each allele
    fitness: NDArray[np.float64]  # (2, num_alleles)
    chance: NDArray[np.float64]  # (2, num_alleles), of each allele in the next generation
    num_steps: NDArray[np.int64]  # (1,)
    infected: NDArray[np.float64]  # (2,), share of pairs that match: now, and summed over all steps
    turned: NDArray[np.float64]  # (1,), angle by which frequencies have gone round even ones [radians]


class MatchingAlleles(Environment):
    """Hosts and parasites with alleles that match or do not.

    Examples
    --------
    >>> MatchingAlleles(host_cost=0.2).counts(101)
    {'host': 51, 'parasite': 50}
    """

    num_alleles: int = parameter(2, "number of alleles m", ge=2, le=100)
    host_cost: float = parameter(0.3, "s_h, what infection costs a host", unit="fitness", ge=0, le=1)
    parasite_cost: float = parameter(0.3, "s_p, what failing to infect costs a parasite", unit="fitness", ge=0, le=1)
    mutation: float = parameter(0.01, "mu, chance that an offspring has another allele", ge=0, le=1)
    host_share: float = parameter(0.5, "share of hosts among all agents", gt=0, lt=1)
    start: float = parameter(0.0, "chance that a host begins with allele 0, not with any", ge=0, le=1)
    inheritance: Literal["selection", "learned"] = parameter(
        "selection", "whether alleles are inherited from parents drawn by fitness, or chosen"
    )

    agent_types: ClassVar[tuple[str, ...]] = ("host", "parasite")
    source: ClassVar[str] = "Hamilton 1980, Oikos 35:282-290; Seger 1988, Phil. Trans. R. Soc. B 319:541-555"
    figure: ClassVar[Mapping[str, Any]] = {
        "step_label": "generation",
        "series": "mean_host_0",
        "series_label": "share of hosts with allele 0",
        "agent": "allele",
        "agent_label": "allele",
        "verdicts": {"0": "an allele has taken all"},
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse mutation among those who inherit nothing."""
        if self.inheritance == "learned" and self.mutation:
            raise ParameterError(
                f"mutation: {self.mutation} is not accepted; accepted: 0 with inheritance=learned, where nobody is born"
            )

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return how many hosts and parasites there are."""
        hosts = math.floor(self.host_share * num_agents + 0.5)
        if not 0 < hosts < num_agents:
            raise ParameterError(
                f"environment.host_share: {self.host_share} of {num_agents} agents leaves no host or no parasite; "
                "accepted: a share that leaves both, or more agents"
            )
        return {"host": hosts, "parasite": num_agents - hosts}

    def state(self, num_agents: int) -> State:
        """Lay out alleles; `initialise` draws them."""
        return State(
            num_hosts=self.counts(num_agents)["host"],
            host_cost=self.host_cost,
            parasite_cost=self.parasite_cost,
            mutation=self.mutation,
            is_learned=self.inheritance == "learned",
            start=self.start,
            allele=np.zeros(num_agents, np.int64),
            numbers=np.zeros((2, self.num_alleles), np.int64),
            fitness=np.zeros((2, self.num_alleles)),
            chance=np.zeros((2, self.num_alleles)),
            num_steps=np.zeros(1, np.int64),
            infected=np.zeros(2),
            turned=np.zeros(1),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """Nobody has a choice, or all choose an allele and see nothing."""
        if self.inheritance == "selection":
            return Specification(Discrete(1), facts={"decides_by": "environment.inheritance=learned"})
        cost = self.host_cost if agent_type == "host" else self.parasite_cost
        labels = tuple(f"allele {a}" for a in range(self.num_alleles))
        return Specification(Discrete(self.num_alleles, labels), facts={"reward_range": (1.0 - cost, 1.0)})

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return alleles, and whether a host, and a parasite, carries allele 0."""
        allele = np.asarray(state.allele)
        is_host = np.arange(allele.shape[1]) < state.num_hosts
        first = (allele == 0).astype(np.float64)
        return {
            "allele": allele,
            "host_0": np.where(is_host, first, math.nan),
            "parasite_0": np.where(is_host, math.nan, first),
        }

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return effective numbers of alleles, shares of allele 0, and infection now and so far."""
        counts = np.asarray(state.numbers, float)
        steps = state.num_steps[:, 0]
        return {
            "host_diversity": hill_number(counts[:, HOST]),
            "parasite_diversity": hill_number(counts[:, PARASITE]),
            "host_0": counts[:, HOST, 0] / np.maximum(counts[:, HOST].sum(axis=1), 1),
            "parasite_0": counts[:, PARASITE, 0] / np.maximum(counts[:, PARASITE].sum(axis=1), 1),
            "infected": state.infected[:, 0],
            "mean_infected": np.where(steps > 0, state.infected[:, 1] / np.maximum(steps, 1), math.nan),
            "cycles": state.turned[:, 0] / FULL_TURN,
        }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw alleles: any, and for hosts allele 0 with an extra chance."""
        for i in range(env.allele.shape[0]):
            is_first = i < env.num_hosts and env.start > 0.0 and uniform(stream) < env.start
            env.allele[i] = 0 if is_first else integer(stream, env.numbers.shape[1])
        look(env, network)

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Let the next generation be born; or let all choose, and pay them."""
        before_host, before_parasite = excess(env, 0), excess(env, 1)
        if env.is_learned:
            for i in range(actions.shape[0]):
                env.allele[i] = actions[i]
            look(env, network)
            for i in range(actions.shape[0]):
                rewards[i] = 0.0 if is_away(network, i) else env.fitness[0 if i < env.num_hosts else 1, actions[i]]
        else:
            breed(env)
            for i in range(actions.shape[0]):
                if not is_away(network, i):
                    env.allele[i] = inherited(env, 0 if i < env.num_hosts else 1, stream)
            look(env, network)
        env.turned[0] += angle(before_host, before_parasite, excess(env, 0), excess(env, 1))
        env.num_steps[0] += 1
        env.infected[1] += env.infected[0]

    @staticmethod
    @compiled
    def done(env):
        """Return 0 if nothing can change any more: one allele each, that no mutation will alter."""
        if env.is_learned or env.mutation > 0.0:
            return -1
        for kind in range(2):
            kinds = 0
            for a in range(env.numbers.shape[1]):
                kinds += env.numbers[kind, a] > 0
            if kinds > 1:
                return -1
        return 0


@compiled
def look(env, network):
    """Count alleles, and what they are worth, equation (1)."""
    for kind in range(2):
        for a in range(env.numbers.shape[1]):
            env.numbers[kind, a] = 0
    for i in range(env.allele.shape[0]):
        if not is_away(network, i):
            env.numbers[0 if i < env.num_hosts else 1, env.allele[i]] += 1
    hosts, parasites = 0, 0
    for a in range(env.numbers.shape[1]):
        hosts += env.numbers[0, a]
        parasites += env.numbers[1, a]
    env.infected[0] = 0.0
    for a in range(env.numbers.shape[1]):
        h, p = env.numbers[0, a] / max(hosts, 1), env.numbers[1, a] / max(parasites, 1)
        env.fitness[0, a] = 1.0 - env.host_cost * p
        env.fitness[1, a] = 1.0 - env.parasite_cost * (1.0 - h)
        env.infected[0] += h * p


@compiled
def excess(env, kind):
    """Return how far allele 0 is above its even frequency, by what it is worth to the others."""
    if kind == 0:
        return (env.fitness[1, 0] - 1.0) + env.parasite_cost * (1.0 - 1.0 / env.numbers.shape[1])
    return (1.0 - env.fitness[0, 0]) - env.host_cost / env.numbers.shape[1]


@compiled
def angle(x, y, next_x, next_y):
    """Return the angle from one vector to the next, within a half turn; 0 if one of them is none."""
    return math.atan2(x * next_y - y * next_x, x * next_x + y * next_y)


@compiled
def breed(env):
    """Find how likely each allele is in an offspring, equation (2); where all are unfit, all are equally so."""
    num_alleles = env.numbers.shape[1]
    for kind in range(2):
        total, present = 0.0, 0
        for a in range(num_alleles):
            env.chance[kind, a] = env.numbers[kind, a] * env.fitness[kind, a]
            total += env.chance[kind, a]
            present += env.numbers[kind, a]
        for a in range(num_alleles):
            share = env.chance[kind, a] / total if total > 0.0 else env.numbers[kind, a] / max(present, 1)
            env.chance[kind, a] = (1.0 - env.mutation) * share + env.mutation * (1.0 - share) / (num_alleles - 1)


@compiled
def inherited(env, kind, stream):
    """Draw the allele of an offspring."""
    left = uniform(stream)
    for a in range(env.numbers.shape[1] - 1):
        left -= env.chance[kind, a]
        if left < 0.0:
            return a
    return env.numbers.shape[1] - 1


# --- Metrics ---------------------------------------------------------------------------------------------------


def host_diversity(result: Result) -> Estimate:
    """Mean effective number of alleles among hosts at the end."""
    return mean(result.runs.host_diversity)


def parasite_diversity(result: Result) -> Estimate:
    """Mean effective number of alleles among parasites at the end."""
    return mean(result.runs.parasite_diversity)


def mean_infection(result: Result) -> Estimate:
    """Mean share of pairs of host and parasite that match, over all generations; 1/m if neither is ahead."""
    return mean(result.runs.mean_infected.dropna())


def fixation_rate(result: Result) -> Estimate:
    """Share of runs that end with one allele each."""
    return proportion(result.runs.stop == "done")


def cycle_period(result: Result) -> Estimate:
    """Generations per turn of the frequencies of allele 0 around even ones, parasites after hosts: those of all runs
    over the turns of all.
    """
    runs = result.runs
    turns = mean(runs.cycles)
    if turns.value <= 0.0 or turns.low <= 0.0:
        return Estimate.undefined("parasites do not go round after hosts, beyond chance", num_runs=len(runs))
    return ratio(runs.steps, runs.cycles)


METRICS = (host_diversity, parasite_diversity, mean_infection, fixation_rate, cycle_period)


def scenario() -> Scenario:
    """Return a thousand hosts and a thousand parasites with two alleles."""
    return Scenario(MatchingAlleles(), "innate", "complete:n=2000", 1000, METRICS)


def small() -> Scenario:
    """Return a few hosts and parasites with three alleles."""
    return Scenario(MatchingAlleles(num_alleles=3, mutation=0.05), "innate", "complete:n=14", 20, METRICS)
