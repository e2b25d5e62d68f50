"""What a defection brings, and how the next generation is drawn (see the package)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer, uniform
from socialsim.engine.links import degree, is_away, neighbour

BITS = 3
LEVELS = 1 << BITS
TOP = LEVELS - 1
ABOVE_MEAN, AVERAGE = 1, 2  # selections
ANYONE, WITNESSES = 1, 2  # metapunishers
UNSEEN, PUNISHED, SHIRKED = 0, 1, 2
COUNTS = ("opportunities", "defections", "seen", "punished", "shirked", "metapunished", "caught")
OPPORTUNITIES, DEFECTIONS, SEEN, PUNISHMENTS, SHIRKS, METAPUNISHMENTS, CAUGHT = range(7)
ROUNDING = 1e-11  # relative; scores that differ by less are equal up to rounding


class State(NamedTuple):
    """Strategies, scores of the generation, and who punished whom."""

    temptation: float
    hurt: float
    punishment: float
    enforcement: float
    metapunishment: float
    metaenforcement: float
    num_opportunities: int
    mutation: float
    has_metanorms: int
    selection: int
    drifts_on_ties: int
    metapunishers: int
    inherited: NDArray[np.int64]  # (num_agents,), strategy that each is born with
    played: NDArray[np.int64]  # (num_agents,), strategy of the last generation
    witness: NDArray[np.int64]  # (num_agents,), what each did about the defection at hand
    punished: NDArray[np.int32]  # (num_agents, num_agents), how often the row punished the column this time
    metapunished: NDArray[np.int32]  # (num_agents, num_agents), the same for not punishing
    offspring: NDArray[np.int64]  # (2 num_agents,), parents, one entry an offspring
    totals: NDArray[np.int64]  # (7,), over all generations, in the order of `COUNTS`


# --- One defection ---------------------------------------------------------------------------------------------


@compiled
def defect(env, network, i, chance, rewards, stream):
    """Agent i defects; those around it suffer, and may see and punish it."""
    env.totals[DEFECTIONS] += 1
    rewards[i] += env.temptation
    for j in range(env.witness.shape[0]):
        env.witness[j] = UNSEEN
    before = env.totals[PUNISHMENTS]
    for position in range(degree(network, i)):
        j = neighbour(network, i, position)
        if is_away(network, j):
            continue
        rewards[j] -= env.hurt
        draw = uniform(stream)  # decides at once whether j sees it and whether it punishes
        if draw < chance:
            env.totals[SEEN] += 1
            if draw < chance * ((env.played[j] % LEVELS) / TOP):
                env.witness[j] = PUNISHED
                env.punished[j, i] += 1
                env.totals[PUNISHMENTS] += 1
                rewards[i] -= env.punishment
                rewards[j] -= env.enforcement
            else:
                env.witness[j] = SHIRKED
                env.totals[SHIRKS] += 1
    env.totals[CAUGHT] += np.int64(env.totals[PUNISHMENTS] > before)
    if env.has_metanorms:
        for position in range(degree(network, i)):
            j = neighbour(network, i, position)
            if env.witness[j] == SHIRKED:
                punish_shirker(env, network, i, j, chance, rewards, stream)


@compiled
def punish_shirker(env, network, i, j, chance, rewards, stream):
    """Those around j may see and punish that it has let i get away."""
    for position in range(degree(network, j)):
        k = neighbour(network, j, position)
        if is_away(network, k) or (k == i and env.metapunishers != ANYONE):
            continue
        if env.metapunishers == WITNESSES and env.witness[k] == UNSEEN:
            continue
        if uniform(stream) < chance * ((env.played[k] % LEVELS) / TOP):
            env.metapunished[k, j] += 1
            env.totals[METAPUNISHMENTS] += 1
            rewards[j] -= env.metapunishment
            rewards[k] -= env.metaenforcement


# --- The next generation ---------------------------------------------------------------------------------------


@compiled
def num_offspring(env, lead, deviation, slack):
    """Return how many offspring a score earns: ``lead`` is N score - sum, ``deviation`` N sd; what differs by at most
    ``slack`` is equal.
    """
    if deviation <= slack:
        return 2 if env.drifts_on_ties else 1
    if env.selection == AVERAGE:
        return 2 if lead >= -slack else 0
    if lead >= deviation - slack:
        return 2
    if env.selection == ABOVE_MEAN:
        return 1 if lead >= -slack else 0
    return 0 if lead <= slack - deviation else 1


@compiled
def reproduce(env, network, rewards, stream):
    """Give every place to an offspring drawn at random, and mutate it."""
    num_present, total, largest = 0, 0.0, 0.0
    for i in range(rewards.shape[0]):
        if not is_away(network, i):
            num_present += 1
            total += rewards[i]
            largest = max(largest, abs(rewards[i]))
    squares = 0.0
    for i in range(rewards.shape[0]):
        if not is_away(network, i):
            squares += (num_present * rewards[i] - total) ** 2
    deviation = np.sqrt(squares / max(num_present, 1))  # exact where scores, and it, are whole numbers
    largest += env.num_opportunities * env.temptation  # no score was further from 0 while it was summed up
    slack = ROUNDING * num_present * largest
    size = 0
    for i in range(rewards.shape[0]):
        if not is_away(network, i):
            for _ in range(num_offspring(env, num_present * rewards[i] - total, deviation, slack)):
                env.offspring[size] = i
                size += 1
    for k in range(size, num_present):
        env.offspring[k] = env.offspring[integer(stream, size)]
    size = max(size, num_present)
    place = 0
    for i in range(rewards.shape[0]):
        if not is_away(network, i):
            drawn = place + integer(stream, size - place)
            env.offspring[place], env.offspring[drawn] = env.offspring[drawn], env.offspring[place]
            env.inherited[i] = mutated(env, env.played[env.offspring[place]], stream)
            place += 1


@compiled
def mutated(env, strategy, stream):
    """Return a strategy, each bit of which is flipped with the chance of a mutation."""
    for bit in range(2 * BITS):
        if uniform(stream) < env.mutation:
            strategy ^= 1 << bit
    return strategy
