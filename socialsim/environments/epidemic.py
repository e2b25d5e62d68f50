r"""An epidemic on a network, in continuous time: SIS and SIR.

Every agent is susceptible (S), infected (I) or immune (R). Agent j infects each susceptible agent who hears it at the
rate beta, and recovers at the rate delta; anybody susceptible falls ill from outside at the rate epsilon:

    S_i -> I_i    at the rate    beta sum_j a_ij 1[j infected] + epsilon,
    I_i -> S_i (or R_i, for good, with ``immunity``)    at the rate    delta.

A step is an ``interval`` of time, within which every event happens at its own moment (Gillespie's direct method with
rejection, [Cota2017]_): of the total rate delta I + beta sum_{i infected} d_i + epsilon N an exponential time is drawn
and one event. An infected agent meets one of its d_i neighbours; if this one is not susceptible, nothing happens but
the passing of time. That is exact: the interval changes what is recorded, not what happens. Where links are not mutual
the rate is beta sum_i d_i instead, and somebody meets one of those it hears.

**What is known.** In SIS the chances v_i of being infected obey v_i' = -delta v_i + beta sum_j a_ij P(S_i, I_j). As
P(S_i, I_j) <= (1 - v_i) v_j ([Cator2014]_), independence of neighbours (NIMFA, `socialsim.limits.closures.nimfa`)
overestimates v_i: below beta / delta = 1 / lambda_1, the largest eigenvalue of the network, an epidemic dies out soon
([VanMieghem2009]_). On a complete network the number infected is a birth and death chain. A finite epidemic in SIS
always ends; before, it rests for long in a **quasi-stationary** state, whose share of infected agents is measured over
the time after ``burn_in`` for which it lasts (with epsilon, all of it). In SIR the share who are ever infected in a
large crowd where everybody meets everybody solves r = 1 - exp(-R_0 r), R_0 = beta (N - 1) / delta, if the epidemic
takes off ([Kermack1927]_).

Who is away neither infects nor is infected nor recovers; a newcomer is susceptible.
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
from socialsim.core.streams import draw_word, exponential, integer, uniform
from socialsim.engine.interface import Discrete, Environment, Specification
from socialsim.engine.links import SPARSE, degree, is_away, neighbour
from socialsim.engine.scenario import Scenario
from socialsim.environments._influence import HALF, LOW, below
from socialsim.metrics.estimates import mean, proportion, ratio

SUSCEPTIBLE, INFECTED, IMMUNE = 0, 1, 2
EXTINCT = 0  # verdict
MIX, MIX_AGAIN = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)  # odd, from SplitMix64


class State(NamedTuple):
    """Who is infected, and what has been counted."""

    infection: float
    recovery: float
    self_infection: float
    interval: float
    immunity: int
    num_first: int
    burn_in: int
    status: NDArray[np.int8]  # (num_agents,)
    infected: NDArray[np.int64]  # (num_agents,), who is: the first num_infected entries, in no order
    place: NDArray[np.int64]  # (num_agents,), where each of them stands in that list
    num_infected: NDArray[np.int64]  # (1,), those who are there
    contacts: NDArray[np.int64]  # (1,), sum of their degrees; of all degrees where links are not mutual
    longest: NDArray[np.int64]  # (1,), largest degree
    is_mutual: NDArray[np.int8]  # (1,), whether everybody hears those whom they are heard by
    num_infections: NDArray[np.int64]  # (num_agents,), times that each was infected, those ill at first once
    clock: NDArray[np.int64]  # (1,), steps so far
    illness: NDArray[np.float64]  # (1,), time that agents were infected after the burn-in
    lasted: NDArray[np.float64]  # (1,), time after the burn-in for which the epidemic lasted
    ended: NDArray[np.float64]  # (1,), when the last one recovered


class Epidemic(Environment):
    """A disease that spreads along links and that one recovers from.

    Examples
    --------
    >>> Epidemic(infection=0.5, initial_share=0.1).state(20).num_first
    2
    """

    infection: float = parameter(0.5, "rate beta at which an infected agent infects a neighbour", unit="per day", ge=0)
    recovery: float = parameter(1.0, "rate delta at which an infected agent recovers", unit="per day", gt=0)
    self_infection: float = parameter(0.0, "rate epsilon at which one falls ill from outside", unit="per day", ge=0)
    immunity: bool = parameter(False, "whether one is immune afterwards: SIR, else SIS")
    initial_share: float = parameter(0.2, "share infected at first, at least one agent unless 0", ge=0, le=1)
    interval: float = parameter(1.0, "time that a step takes", unit="days", gt=0)
    burn_in: int = parameter(20, "first steps, which the endemic prevalence leaves out", unit="steps", ge=0)

    source: ClassVar[str] = "Van Mieghem, Omic & Kooij 2009, IEEE/ACM Trans. Networking 17:1-14"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_infected",
        "series_label": "share infected",
        "agent": "infected",
        "agent_label": "infected",
        "verdicts": {"0": "died out"},
    }

    def state(self, num_agents: int) -> State:
        """Lay out agents of whom none is ill yet."""
        return State(
            infection=self.infection,
            recovery=self.recovery,
            self_infection=self.self_infection,
            interval=self.interval,
            immunity=int(self.immunity),
            num_first=max(round(self.initial_share * num_agents), int(self.initial_share > 0)),
            burn_in=self.burn_in,
            status=np.zeros(num_agents, np.int8),
            infected=np.zeros(num_agents, np.int64),
            place=np.zeros(num_agents, np.int64),
            num_infected=np.zeros(1, np.int64),
            contacts=np.zeros(1, np.int64),
            longest=np.zeros(1, np.int64),
            is_mutual=np.zeros(1, np.int8),
            num_infections=np.zeros(num_agents, np.int64),
            clock=np.zeros(1, np.int64),
            illness=np.zeros(1),
            lasted=np.zeros(1),
            ended=np.zeros(1),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """Agents decide nothing."""
        return Specification(Discrete(1))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return who is infected or immune, and how often each was infected."""
        status = np.asarray(state.status)
        return {
            "infected": (status == INFECTED).astype(np.int64),
            "immune": (status == IMMUNE).astype(np.int64),
            "num_infections": state.num_infections,
        }

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return who is and was infected, illness and time after the burn-in, and when the epidemic ended."""
        status, again = np.asarray(state.status), np.asarray(state.num_infections)
        is_over = (np.asarray(state.num_infected)[:, 0] == 0) & (state.self_infection == 0.0)
        return {
            "final_prevalence": (status == INFECTED).mean(axis=1),
            "ever_infected": (again > 0).mean(axis=1),
            "illness": np.asarray(state.illness)[:, 0] / status.shape[1],
            "time_endemic": np.asarray(state.lasted)[:, 0],
            "extinction_time": np.where(is_over, np.asarray(state.ended)[:, 0], np.nan),
        }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Infect the stated number of agents, drawn uniformly (a partial shuffle)."""
        n = env.status.shape[0]
        for i in range(n):
            env.infected[i] = i
        for k in range(env.num_first):
            j = k + integer(stream, n - k)
            env.infected[k], env.infected[j] = env.infected[j], env.infected[k]
            env.status[env.infected[k]] = INFECTED
            env.num_infections[env.infected[k]] = 1
        env.num_infected[0] = env.num_first

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """Whoever comes is susceptible and has never been ill."""
        env.status[i] = SUSCEPTIBLE
        env.num_infections[i] = 0

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Let an interval pass, one event after another."""
        counts = env.clock[0] >= env.burn_in
        begun = env.clock[0] * env.interval
        had_any = env.num_infected[0] > 0
        list_the_infected(env, network)
        if had_any and env.num_infected[0] == 0:
            env.ended[0] = begun  # the last of them has left
        env.clock[0] += 1
        left = env.interval
        while True:
            healing = env.recovery * env.num_infected[0]
            meeting = env.infection * env.contacts[0]
            from_outside = env.self_infection * env.status.shape[0]
            total = healing + meeting + from_outside
            if env.num_infected[0] == 0:
                meeting = 0.0
                total = from_outside
            waited = exponential(stream) / total if total > 0.0 else left
            passed = min(waited, left)
            if counts and (env.num_infected[0] > 0 or env.self_infection > 0.0):
                env.illness[0] += passed * env.num_infected[0]
                env.lasted[0] += passed
            left -= waited
            if left <= 0.0:
                break
            drawn = uniform(stream) * total
            if drawn < healing:
                recover(env, network, env.infected[integer(stream, env.num_infected[0])])
                if env.num_infected[0] == 0:
                    env.ended[0] = begun + env.interval - left
            elif drawn < healing + meeting:
                i = met(env, network, stream)
                if i >= 0:
                    infect(env, network, i)
            else:
                i = integer(stream, env.status.shape[0])
                if not is_away(network, i):
                    infect(env, network, i)

    @staticmethod
    @compiled
    def done(env):
        """Return EXTINCT when nobody is infected and nobody can become so."""
        return EXTINCT if env.num_infected[0] == 0 and env.self_infection == 0.0 else -1


@compiled
def list_the_infected(env, network):
    """List the infected who are there, and sum up degrees: agents and links may have changed since the last step."""
    env.is_mutual[0] = is_mutual(network)
    env.num_infected[0] = 0
    env.contacts[0] = 0
    env.longest[0] = 0
    for i in range(env.status.shape[0]):
        size = degree(network, i)
        env.longest[0] = max(env.longest[0], size)
        if env.status[i] == INFECTED and not is_away(network, i):
            env.place[i] = env.num_infected[0]
            env.infected[env.num_infected[0]] = i
            env.num_infected[0] += 1
            env.contacts[0] += size
        elif not env.is_mutual[0]:
            env.contacts[0] += size


@compiled
def is_mutual(network):
    """Return whether everybody is heard by those whom they hear: the hashes of the links' pairs, those of one direction
    less those of the other, then sum to 0, and else to another number but for one chance in 2^64.
    """
    if network.kind != SPARSE:
        for k in range(network.offsets.shape[0]):
            if network.offsets[k] + network.offsets[network.offsets.shape[0] - 1 - k] != network.num_agents:
                return False
        return True
    total = np.uint64(0)
    n = np.uint64(network.num_agents)
    for i in range(network.num_agents):
        for e in range(network.indptr[i], network.indptr[i + 1]):
            j = np.int64(network.sources[e])
            low, high = (i, j) if i < j else (j, i)
            pair = (np.uint64(low) * n + np.uint64(high)) * MIX
            pair = (pair ^ (pair >> HALF)) * MIX_AGAIN
            pair ^= pair >> HALF
            total += pair if i < j else ~pair + np.uint64(1)
    return total == np.uint64(0)


@compiled
def met(env, network, stream):
    """Return the agent whom a meeting may infect, or -1: each link from somebody infected with the same chance."""
    while True:
        word = draw_word(stream)
        if env.is_mutual[0]:
            i = env.infected[np.uint64(below(word >> HALF, env.num_infected[0], stream))]
        else:
            i = below(word >> HALF, env.status.shape[0], stream)
        k = below(word & LOW, env.longest[0], stream)
        if k < degree(network, i):
            break
    j = neighbour(network, i, k)
    if is_away(network, i) or is_away(network, j):
        return np.int64(-1)
    if env.is_mutual[0]:
        return np.int64(j)
    return np.int64(i) if env.status[j] == INFECTED else np.int64(-1)


@compiled
def infect(env, network, i):
    """Infect agent i if it is susceptible."""
    if env.status[i] == SUSCEPTIBLE:
        env.status[i] = INFECTED
        env.num_infections[i] += 1
        env.place[i] = env.num_infected[0]
        env.infected[env.num_infected[0]] = i
        env.num_infected[0] += 1
        if env.is_mutual[0]:
            env.contacts[0] += degree(network, i)


@compiled
def recover(env, network, i):
    """Let agent i recover; the last of the list takes its place there."""
    env.status[i] = IMMUNE if env.immunity else SUSCEPTIBLE
    env.num_infected[0] -= 1
    last = env.infected[env.num_infected[0]]
    env.infected[env.place[i]] = last
    env.place[last] = env.place[i]
    if env.is_mutual[0]:
        env.contacts[0] -= degree(network, i)


def prevalence(result: Result) -> Estimate:
    """Mean share infected at the end, 0 in runs that have died out."""
    return mean(result.runs.final_prevalence)


def endemic_prevalence(result: Result) -> Estimate:
    """Mean share infected over the time after the burn-in for which the epidemic lasts: until nobody is infected, which
    gives the quasi-stationary prevalence, or to the end where some fall ill from outside.
    """
    if not (result.runs.time_endemic > 0).any():
        return Estimate.undefined("no run outlasts the burn-in", method="ratio")
    return ratio(result.runs.illness, result.runs.time_endemic)


def extinction(result: Result) -> Estimate:
    """Share of runs in which the epidemic dies out."""
    return proportion(result.runs.stop == "done")


def time_to_extinction(result: Result) -> Estimate:
    """Mean time at which the last one recovers, in days, over the runs that die out: too short for all runs where some
    reach the horizon.
    """
    return mean(result.runs.extinction_time.dropna())


def attack_rate(result: Result) -> Estimate:
    """Mean share of agents who were ever infected, those at first included."""
    return mean(result.runs.ever_infected)


METRICS = (prevalence, endemic_prevalence, extinction, time_to_extinction, attack_rate)


def scenario() -> Scenario:
    """Return two hundred agents with four neighbours each, drawn at random, and a disease that stays for long."""
    return Scenario(Epidemic(), "innate", "random_regular:n=200,d=4", 100, METRICS)


def small() -> Scenario:
    """Return six agents on a ring, for a few intervals."""
    return Scenario(Epidemic(infection=1.0, interval=0.5, burn_in=2), "innate", "cycle:n=6", 8, METRICS)
