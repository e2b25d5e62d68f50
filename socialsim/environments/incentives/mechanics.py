"""What happens in a step of labs: studies, literature, audits, selection and imitation (see the package)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer, normal, uniform
from socialsim.engine.links import is_away, random_neighbour

TRUE_POSITIVE, FALSE_POSITIVE, FALSE_NEGATIVE, TRUE_NEGATIVE, REPLICATION = range(5)  # what a study turns out to be
POSITIVES, FALSE_POSITIVES, REPLICATIONS, CONFIRMATIONS = range(4)  # what is counted


class State(NamedTuple):
    """Labs, the literature and recent counts."""

    evolves: int
    base_rate: float
    effort_cost: float
    num_sampled: int
    mutation: NDArray[np.float64]  # constant (3, 4): of e, W and r the probability, spread, lowest and highest value
    novel_payoff: float
    replication_payoff: float
    replicated_payoff: float
    failed_payoff: float
    negative_publication_rate: float
    preregistration: float
    nominal_false_positive_rate: float
    audit_rate: float
    audit_standard: float
    audit_penalty: float
    revision_rate: float
    retention: float  # of payoffs from step to step
    practices: NDArray[np.float64]  # constant (num_practices, 3): effort, power, replication
    first_practice: int
    practice: NDArray[np.int64]  # (num_agents,)
    traits: NDArray[np.float64]  # (num_agents, 3): effort, power, replication
    alpha: NDArray[np.float64]  # (num_agents,), false positive rate
    cut: NDArray[np.float64]  # (num_agents, 5), cumulated chances of what a step brings, in the order of the kinds
    papers: NDArray[np.int64]  # (num_agents, 4), published novel results of each kind
    past_papers: NDArray[np.int64]  # (4,), those of labs that have died
    num_papers: NDArray[np.int64]  # (1,)
    payoff: NDArray[np.float64]  # (num_agents,), over a lab's life; fading where labs learn
    born: NDArray[np.int64]  # (num_agents,), step
    clock: NDArray[np.int64]  # (1,)
    order: NDArray[np.int64]  # (num_agents,), shuffled to draw samples
    observed: NDArray[np.int64]  # (num_agents,), the practice that each lab sees
    recent: NDArray[np.float64]  # (4,), fading counts


# --- Studies ---------------------------------------------------------------------------------------------------


@compiled
def set_chances(env, i):
    """Work out the false positive rate of lab i, and the cumulated chances of what a step brings it."""
    effort, power, replication = env.traits[i, 0], env.traits[i, 1], env.traits[i, 2]
    alpha = power / (1.0 + (1.0 - power) * effort)
    registered_alpha = min(alpha, env.nominal_false_positive_rate)
    studies = 1.0 - env.effort_cost * math.log10(effort)
    true = studies * (1.0 - replication) * env.base_rate
    false = studies * (1.0 - replication) * (1.0 - env.base_rate)
    registered = env.preregistration
    usual = 1.0 - registered
    negatives = registered + usual * env.negative_publication_rate
    env.alpha[i] = alpha
    env.cut[i, TRUE_POSITIVE] = true * power
    env.cut[i, FALSE_POSITIVE] = env.cut[i, TRUE_POSITIVE] + false * (usual * alpha + registered * registered_alpha)
    env.cut[i, FALSE_NEGATIVE] = env.cut[i, FALSE_POSITIVE] + true * (1.0 - power) * negatives
    usual_negatives = usual * (1.0 - alpha) * env.negative_publication_rate
    env.cut[i, TRUE_NEGATIVE] = env.cut[i, FALSE_NEGATIVE] + false * (
        usual_negatives + registered * (1.0 - registered_alpha)
    )
    env.cut[i, REPLICATION] = env.cut[i, TRUE_NEGATIVE] + studies * replication


@compiled
def publish(env, i, kind, rewards):
    """Lab i publishes a novel result."""
    env.papers[i, kind] += 1
    env.num_papers[0] += 1
    rewards[i] += env.novel_payoff
    if kind in (TRUE_POSITIVE, FALSE_POSITIVE):
        env.recent[POSITIVES] += 1.0
        env.recent[FALSE_POSITIVES] += kind == FALSE_POSITIVE


@compiled
def draw_paper(env, stream):
    """Return the author (-1 if dead) and the kind of a paper drawn uniformly from the whole literature."""
    rank = np.int64(uniform(stream) * env.num_papers[0])
    for kind in range(4):
        if rank < env.past_papers[kind]:
            return -1, kind
        rank -= env.past_papers[kind]
    for i in range(env.papers.shape[0]):
        for kind in range(4):
            if rank < env.papers[i, kind]:
                return i, kind
            rank -= env.papers[i, kind]
    return -1, 0


@compiled
def replicate(env, network, i, rewards, stream):
    """Lab i repeats a published study; the author gains if the results agree, and otherwise loses."""
    if env.num_papers[0] == 0:
        return
    author, kind = draw_paper(env, stream)
    is_true = kind in (TRUE_POSITIVE, FALSE_NEGATIVE)
    was_positive = kind in (TRUE_POSITIVE, FALSE_POSITIVE)
    is_positive = uniform(stream) < (env.traits[i, 1] if is_true else env.alpha[i])
    rewards[i] += env.replication_payoff
    env.recent[REPLICATIONS] += 1.0
    env.recent[CONFIRMATIONS] += is_positive == was_positive
    if author >= 0 and author != i and not is_away(network, author):
        rewards[author] += env.replicated_payoff if is_positive == was_positive else env.failed_payoff


@compiled
def audit(env, network, i, rewards):
    """Fine lab i if its effort is below the standard."""
    if not is_away(network, i) and env.traits[i, 0] < env.audit_standard:
        rewards[i] -= env.audit_penalty


# --- Selection -------------------------------------------------------------------------------------------------


@compiled
def draw_sample(env, size, stream):
    """Put ``num_sampled`` of the first ``size`` labs of ``order`` at its front, in random order (Fisher and Yates)."""
    for k in range(env.num_sampled):
        j = k + integer(stream, size - k)
        env.order[k], env.order[j] = env.order[j], env.order[k]


@compiled
def turn_over(env, network, stream):
    """The oldest of a sample dies; the best paid of a sample of the others founds a lab. Chance breaks ties."""
    last = env.order.shape[0] - 1
    draw_sample(env, last + 1, stream)
    oldest = -1
    for k in range(env.num_sampled):
        i = env.order[k]
        if not is_away(network, i) and (oldest < 0 or env.born[i] < env.born[env.order[oldest]]):
            oldest = k
    if oldest < 0:
        return
    dying = env.order[oldest]
    env.order[oldest], env.order[last] = env.order[last], dying
    draw_sample(env, last, stream)
    parent = -1
    for k in range(env.num_sampled):
        i = env.order[k]
        if not is_away(network, i) and (parent < 0 or env.payoff[i] > env.payoff[parent]):
            parent = i
    if parent < 0:
        return
    for k in range(3):
        env.traits[dying, k] = mutated(env, env.traits[parent, k], k, stream)
    open_lab(env, dying)


@compiled
def mutated(env, value, k, stream):
    """Return the inherited value of trait k, now and then changed."""
    if env.mutation[k, 0] > 0.0 and uniform(stream) < env.mutation[k, 0]:
        value += env.mutation[k, 1] * normal(stream)
        value = min(max(value, env.mutation[k, 2]), env.mutation[k, 3])
    return value


@compiled
def open_lab(env, i):
    """Start lab i without a record; what was published in its place remains in the literature."""
    for kind in range(4):
        env.past_papers[kind] += env.papers[i, kind]
        env.papers[i, kind] = 0
    env.payoff[i] = 0.0
    env.born[i] = env.clock[0]
    set_chances(env, i)


# --- Learning --------------------------------------------------------------------------------------------------


@compiled
def adopt(env, i, practice):
    """Lab i changes to a practice of the grid."""
    env.practice[i] = practice
    for k in range(3):
        env.traits[i, k] = env.practices[practice, k]
    set_chances(env, i)


@compiled
def look_around(env, network, stream):
    """Now and then a lab sees the practice of the best paid of itself and some neighbours, otherwise its own."""
    for i in range(env.payoff.shape[0]):
        best = i
        if uniform(stream) < env.revision_rate:
            for _ in range(env.num_sampled):
                j = random_neighbour(network, i, stream)
                if j >= 0 and not is_away(network, j) and env.payoff[j] > env.payoff[best]:
                    best = j
        env.observed[i] = env.practice[best]
