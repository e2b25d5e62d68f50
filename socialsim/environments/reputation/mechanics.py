"""A meeting of donor and recipient, what is thought of it, and how a generation follows another (see the package)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer, uniform
from socialsim.engine.links import degree, is_away, neighbour, random_neighbour
from socialsim.environments.reputation.norms import GIVE, REFUSE

MEETINGS, GIFTS, LEVEL, LIVES = range(4)
NUM_TOTALS = 4


class State(NamedTuple):
    """Who thinks what of whom, and what each has earned."""

    benefit: float
    cost: float
    endowment: float
    is_learned: int
    is_private: int
    observed: float
    execution_error: float
    perception_error: float
    assignment_error: float
    generation: int  # meetings; 0: no selection
    mutation: float
    burn_in: int
    initial: int  # reputation of whoever is new
    assessment: NDArray[np.int64]  # constant (num_levels, num_levels, 2), d[own, recipient's, act]
    gives: NDArray[np.int8]  # constant (num_strategies, num_levels, num_levels)
    image: NDArray[np.int8]  # (num_observers, num_agents), reputation of each; one observer where it is public
    partner: NDArray[np.int64]  # (num_agents,), whom each meets when it is a donor next; -1: nobody
    donor: NDArray[np.int64]  # (1,), of this meeting
    strategy: NDArray[np.int64]  # (num_agents,)
    born: NDArray[np.int64]  # (num_agents,), strategies of the next generation
    payoff: NDArray[np.float64]  # (num_agents,), in this generation
    owed: NDArray[np.float64]  # (num_agents,), received since one's own last meeting as a donor
    cumulated: NDArray[np.float64]  # (num_agents,), payoffs, for the draw of parents
    last: NDArray[np.float64]  # (num_agents,), whether each gave when it was last a donor, NaN before
    level: NDArray[np.int64]  # (1,), sum of all reputations in the eyes of others
    census: NDArray[np.float64]  # (num_strategies,), agents of each, summed over the generations that count
    clock: NDArray[np.int64]  # (1,), meetings so far
    totals: NDArray[np.float64]  # (NUM_TOTALS,)


# --- A meeting ---------------------------------------------------------------------------------------------------


@compiled
def seen_by(env, i, j):
    """Return the reputation of j in the eyes of i."""
    return np.int64(env.image[i if env.is_private else 0, j])


@compiled
def find_partner(env, network, i, stream):
    """Draw whom agent i meets next; whoever is away is drawn again, as often as there are neighbours."""
    env.partner[i] = -1
    for _ in range(degree(network, i)):
        j = random_neighbour(network, i, stream)
        if not is_away(network, j):
            env.partner[i] = j
            break


@compiled
def decide(env, i, action, stream):
    """Return whether donor i gives: as its strategy says or as it has learned, unless its gift fails."""
    act = action
    if not env.is_learned:
        gives = env.gives[env.strategy[i], seen_by(env, i, i), seen_by(env, i, env.partner[i])]
        act = GIVE if gives else REFUSE
    if act == GIVE and env.execution_error > 0.0 and uniform(stream) < env.execution_error:
        return REFUSE
    return act


@compiled
def judge(env, observer, i, j, act, stream):
    """Let an observer judge donor i by what it did to j."""
    if env.perception_error > 0.0 and uniform(stream) < env.perception_error:
        act = 1 - act
    before = np.int64(env.image[observer, i])
    after = env.assessment[before, np.int64(env.image[observer, j]), act]
    if env.assignment_error > 0.0 and uniform(stream) < env.assignment_error:
        after = 1 - after
    set_image(env, observer, i, after)


@compiled
def set_image(env, observer, i, reputation):
    """Note a reputation, and keep their sum."""
    if not env.is_private or observer != i:
        env.level[0] += reputation - env.image[observer, i]
    env.image[observer, i] = reputation


@compiled
def spread(env, network, i, j, act, stream):
    """Let those who observe a meeting judge the donor: both themselves, and each neighbour of the donor by chance."""
    if not env.is_private:
        if env.observed >= 1.0 or uniform(stream) < env.observed:
            judge(env, 0, i, j, act, stream)
        return
    judge(env, i, i, j, act, stream)
    judge(env, j, i, j, act, stream)
    for k in range(degree(network, i)):
        observer = neighbour(network, i, k)
        is_there = observer != j and not is_away(network, observer)
        if is_there and (env.observed >= 1.0 or uniform(stream) < env.observed):
            judge(env, observer, i, j, act, stream)


@compiled
def count(env, act):
    """Add a meeting to the totals; as long as it is too early to count, only the last stands."""
    if env.clock[0] <= env.burn_in:
        for k in range(NUM_TOTALS):
            env.totals[k] = 0.0
        for s in range(env.census.shape[0]):
            env.census[s] = 0.0
    env.totals[MEETINGS] += 1.0
    env.totals[GIFTS] += act == GIVE
    env.totals[LEVEL] += env.level[0]


# --- Generations -------------------------------------------------------------------------------------------------


@compiled
def forget(env, i):
    """Let all think of agent i what is thought of whoever is new, and i of all others if it has views of its own."""
    for observer in range(env.image.shape[0]):
        set_image(env, observer, i, env.initial)
    if env.is_private:
        for j in range(env.image.shape[1]):
            set_image(env, i, j, env.initial)
    env.payoff[i] = 0.0
    env.owed[i] = 0.0


@compiled
def parent(env, total, network, stream):
    """Return an agent drawn in proportion to its payoff; any one if nobody has earned anything."""
    if total <= 0.0:
        i = integer(stream, env.payoff.shape[0])
        while is_away(network, i):
            i = integer(stream, env.payoff.shape[0])
        return i
    drawn = uniform(stream) * total
    low, high = 0, env.payoff.shape[0] - 1
    while low < high:
        middle = (low + high) // 2
        if env.cumulated[middle] > drawn:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def reproduce(env, network, stream):
    """Give every place to an offspring of somebody, and count the strategies of those who go."""
    total = 0.0
    for i in range(env.payoff.shape[0]):
        if not is_away(network, i):
            total += env.payoff[i]
            env.totals[LIVES] += 1.0
            env.census[env.strategy[i]] += 1.0
        env.cumulated[i] = total
    for i in range(env.payoff.shape[0]):
        if not is_away(network, i):
            env.born[i] = env.strategy[parent(env, total, network, stream)]
            if env.mutation > 0.0 and uniform(stream) < env.mutation:
                env.born[i] = integer(stream, env.gives.shape[0])
    for observer in range(env.image.shape[0]):
        for i in range(env.image.shape[1]):
            set_image(env, observer, i, env.initial)
    for i in range(env.payoff.shape[0]):
        if not is_away(network, i):
            env.strategy[i] = env.born[i]
        env.payoff[i] = 0.0
        env.owed[i] = 0.0
