"""The city of `socialsim.environments.segregation`: who lives where, who is content there, and how one moves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer
from socialsim.engine.links import is_away

ANY, CONTENT, NEAREST = range(3)
TOGETHER, RANDOM, READING, SINGLE = range(4)
NO_SITE = -1
NUM_TRIES = 8  # vacancies looked at by chance before all are
NUM_CLASSES = 10  # nobody near, or the share of like neighbours in eighths


class State(NamedTuple):
    """Where everybody lives. The first sites of ``slots`` are the agents' homes, the others are vacant."""

    num_columns: int
    num_rows: int
    periodic: bool
    destination: int
    schedule: int
    is_restless: bool
    is_learned: bool
    moving_cost: float
    near: NDArray[np.int32]  # (num_sites, num_neighbours), -1 beyond the border
    is_content: NDArray[np.int8]  # (num_neighbours + 1, num_neighbours + 1), by like and unlike neighbours
    reach: NDArray[np.int32]  # (num_offsets, 3): rows and columns away, and their sum, nearest first
    group: NDArray[np.int8]  # (num_agents,)
    slots: NDArray[np.int32]  # (num_sites,), sites
    holder: NDArray[np.int32]  # (num_sites,), place of a site in ``slots``: of a home, its agent
    around: NDArray[np.int8]  # (num_sites, num_groups), neighbours of each group
    queue: NDArray[np.int32]  # (num_agents,), the discontented first
    rank: NDArray[np.int32]  # (num_agents,), place in the queue; -1 for the content
    order: NDArray[np.int32]  # (num_agents,), who wants to move in this step
    num_discontented: NDArray[np.int64]  # (1,)
    num_moves: NDArray[np.int64]  # (1,)
    is_stuck: NDArray[np.int8]  # (1,), whether nobody who wants to move can


@compiled
def settle(env, stream):
    """Give everybody a home at random, and see who is content."""
    num_sites = env.slots.shape[0]
    for s in range(num_sites):
        env.slots[s] = s
        for g in range(env.around.shape[1]):
            env.around[s, g] = 0
    for i in range(env.group.shape[0]):
        other = i + integer(stream, num_sites - i)
        env.slots[i], env.slots[other] = env.slots[other], env.slots[i]
    for k in range(num_sites):
        env.holder[env.slots[k]] = k
    for i in range(env.group.shape[0]):
        env.rank[i] = -1
        count_in(env, env.slots[i], env.group[i], 1)
    env.num_discontented[0] = 0
    for i in range(env.group.shape[0]):
        judge(env, env.slots[i])


@compiled
def count_in(env, site, group, by):
    """Let the neighbours of a site have so many more of a group."""
    for k in range(env.near.shape[1]):
        other = env.near[np.uint64(site), np.uint64(k)]
        if other >= 0:
            env.around[np.uint64(other), np.uint64(group)] += by


@compiled
def suits(env, site, group):
    """Return whether somebody of a group who does not live near by would be content on a site."""
    total = 0
    for g in range(env.around.shape[1]):
        total += env.around[np.uint64(site), np.uint64(g)]
    like = env.around[np.uint64(site), np.uint64(group)]
    return env.is_content[np.uint64(like), np.uint64(total - like)]


@compiled
def judge(env, site):
    """Put whoever lives on a site into the queue of the discontented, or take them out."""
    i = env.holder[np.uint64(site)]
    if i >= env.group.shape[0]:
        return
    is_content = suits(env, site, env.group[i])
    if is_content and env.rank[i] >= 0:
        env.num_discontented[0] -= 1
        last = env.queue[env.num_discontented[0]]
        env.queue[env.rank[i]] = last
        env.rank[last] = env.rank[i]
        env.rank[i] = -1
    elif not is_content and env.rank[i] < 0:
        env.rank[i] = env.num_discontented[0]
        env.queue[env.num_discontented[0]] = i
        env.num_discontented[0] += 1


@compiled
def relocate(env, i, stream):
    """Let agent i move if there is somewhere to go, and return whether it did."""
    group, old = env.group[i], env.slots[i]
    count_in(env, old, group, -1)  # whoever moves is no neighbour of itself
    place = vacancy(env, group, old, stream)
    new = old
    if place >= 0:
        new = env.slots[place]
        env.slots[place], env.slots[i] = old, new
        env.holder[old], env.holder[new] = place, i
    count_in(env, new, group, 1)
    if place < 0:
        return False
    judge(env, new)
    for k in range(env.near.shape[1]):
        for site in (env.near[old, k], env.near[new, k]):
            if site >= 0:
                judge(env, site)
    env.num_moves[0] += 1
    return True


@compiled
def vacancy(env, group, home, stream):
    """Return the place among the slots of the vacancy that somebody of a group moves to; -1 if there is none."""
    if env.destination == NEAREST:
        return nearest(env, group, home, stream)
    first = env.group.shape[0]
    size = env.slots.shape[0] - first
    if env.destination == ANY:
        return first + integer(stream, size)
    for _ in range(NUM_TRIES):
        place = first + integer(stream, size)
        if suits(env, env.slots[place], group):
            return place
    count = 0
    for place in range(first, first + size):
        count += suits(env, env.slots[place], group)
    if count > 0:
        left = integer(stream, count)
        for place in range(first, first + size):
            if suits(env, env.slots[place], group):
                if left == 0:
                    return place
                left -= 1
    return -1


@compiled
def nearest(env, group, home, stream):
    """Return the nearest vacancy that suits, one of several at random; -1 if there is none."""
    row, column = home // env.num_columns, home % env.num_columns
    found, distance, count = np.int64(-1), -1, 0
    for k in range(env.reach.shape[0]):
        if count > 0 and env.reach[k, 2] > distance:
            break
        r, c = row + env.reach[k, 0], column + env.reach[k, 1]
        if env.periodic:
            r, c = r % env.num_rows, c % env.num_columns
        if 0 <= r < env.num_rows and 0 <= c < env.num_columns:
            site = r * env.num_columns + c
            place = env.holder[site]
            if place >= env.group.shape[0] and suits(env, site, group):
                distance = env.reach[k, 2]
                count += 1
                if count == 1 or integer(stream, count) == 0:
                    found = np.int64(place)
    return found


@compiled
def who_wants(env, network, actions):
    """List who may move in this step, and return how many: those who chose to, all, or the discontented."""
    count = 0
    if env.is_learned:
        for i in range(env.group.shape[0]):
            if actions[i] == 1 and not is_away(network, i):
                env.order[count] = i
                count += 1
        return count
    if env.schedule == READING:
        for s in range(env.slots.shape[0]):
            if env.holder[s] < env.group.shape[0]:
                env.order[count] = env.holder[s]
                count += 1
        return count
    if env.is_restless or env.schedule == RANDOM:
        for i in range(env.group.shape[0]):
            env.order[i] = i
        return env.group.shape[0]
    for k in range(env.num_discontented[0]):
        env.order[k] = env.queue[k]
    return env.num_discontented[0]


@compiled
def move_all(env, network, actions, stream):
    """Let those who want to move do so, one after the other."""
    count = who_wants(env, network, actions)
    asks_again = not (env.is_learned or env.is_restless or env.schedule == TOGETHER)
    in_order = env.schedule == READING and not env.is_learned
    moved = 0
    for k in range(count):
        if not in_order:
            other = k + integer(stream, count - k)
            env.order[k], env.order[other] = env.order[other], env.order[k]
        i = env.order[k]
        if (asks_again and env.rank[i] < 0) or is_away(network, i):
            continue
        moved += relocate(env, i, stream)
        if env.schedule == SINGLE and moved > 0 and not env.is_learned:
            break
    if moved == 0 and not env.is_learned and not env.is_restless:
        env.is_stuck[0] = 1
