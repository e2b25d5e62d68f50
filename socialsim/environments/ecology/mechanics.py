"""Life and death on the sites of `socialsim.environments.ecology`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer, normal, uniform

NOBODY = -1
PREY, PREDATOR = 0, 1
MOST_SEEN = 2


class State(NamedTuple):
    """Who lives where. The first half of the agents are prey, the others predators; most of them are not born yet."""

    birth: float
    birth_cost: float
    capture: float
    conversion: float
    death: float
    death_cost: float
    mobility: float
    mutation: float
    mutation_size: float
    prey_start: float
    predator_start: float
    prey_speed: float
    predator_speed: float
    num_levels: int
    is_mixed: bool
    is_learned: bool
    near: NDArray[np.int32]  # (num_sites, 4)
    holder: NDArray[np.int32]  # (num_sites,), agent on a site, -1 for none
    site: NDArray[np.int32]  # (num_agents,), -1 for those who do not live
    speed: NDArray[np.float64]  # (num_agents,), of the living
    unborn: NDArray[np.int32]  # (num_agents,), of each half a ring of rows: the free ones, the longest free first
    next_born: NDArray[np.int64]  # (2,), where in these the free ones begin
    num_alive: NDArray[np.int64]  # (2,), prey and predators
    num_born: NDArray[np.int64]  # (2,), since the beginning, those of the beginning apart
    num_steps: NDArray[np.int64]  # (1,)
    sums: NDArray[np.float64]  # (2, 2), densities summed over steps, and their squares


@compiled
def found(env, stream):
    """Empty the sites, and put prey and predators on some."""
    num_sites = env.holder.shape[0]
    for kind in range(2):
        env.num_alive[kind] = 0
        env.next_born[kind] = 0
        for k in range(num_sites):
            env.unborn[kind * num_sites + k] = kind * num_sites + k
    for i in range(env.site.shape[0]):
        env.site[i] = NOBODY
    for s in range(num_sites):
        env.holder[s] = NOBODY
        lot = uniform(stream)
        if lot < env.prey_start + env.predator_start:
            kind = 0 if lot < env.prey_start else 1
            bear(env, kind, s, env.prey_speed if kind == 0 else env.predator_speed)


@compiled
def bear(env, kind, site, speed):
    """Put a newborn of a kind, prey 0 or predator 1, on an empty site."""
    num_sites = env.holder.shape[0]
    i = env.unborn[kind * num_sites + env.next_born[kind]]
    env.next_born[kind] = (env.next_born[kind] + 1) % num_sites
    env.num_alive[kind] += 1
    env.holder[site] = i
    env.site[i] = site
    env.speed[i] = speed


@compiled
def remove(env, i):
    """Let agent i die; another may take its row, once all other free ones are taken: not in the same step."""
    num_sites = env.holder.shape[0]
    kind = 0 if i < num_sites else 1
    last = (env.next_born[kind] + num_sites - env.num_alive[kind]) % num_sites
    env.num_alive[kind] -= 1
    env.unborn[kind * num_sites + last] = i
    env.holder[env.site[i]] = NOBODY
    env.site[i] = NOBODY


@compiled
def somewhere(env, site, stream):
    """Return a neighbouring site, or any where all is mixed."""
    if env.is_mixed:
        return integer(stream, env.holder.shape[0])
    return np.int64(env.near[np.uint64(site), np.uint64(integer(stream, env.near.shape[1]))])


@compiled
def passed_on(env, speed, stream):
    """Return the speed of an offspring: its parent's, or by mutation another within [0, 1]."""
    if env.is_learned or env.mutation == 0.0 or uniform(stream) >= env.mutation:
        return speed
    return min(max(speed + env.mutation_size * normal(stream), 0.0), 1.0)


@compiled
def live(env, rewards, stream):
    """Let whoever lives on a random site move, breed or hunt, and perhaps die, equations (1) to (3)."""
    num_sites = env.holder.shape[0]
    s = integer(stream, num_sites)
    i = env.holder[np.uint64(s)]
    if i < 0:
        return
    if env.mobility > 0.0 and uniform(stream) < env.mobility:
        s = change_places(env, i, s, somewhere(env, s, stream))
    target = somewhere(env, s, stream)
    other = env.holder[np.uint64(target)]
    speed = env.speed[i]
    if i < num_sites:
        if other < 0 and uniform(stream) < env.birth * (1.0 - env.birth_cost * speed * speed):
            offspring(env, 0, i, target, rewards, stream)
        return
    if 0 <= other < num_sites and uniform(stream) < 0.5 * env.capture * (1.0 + speed - env.speed[other]):
        remove(env, other)
        rewards[other] -= 1.0
        if uniform(stream) < env.conversion:
            offspring(env, 1, i, target, rewards, stream)
    if uniform(stream) < env.death * (1.0 + env.death_cost * speed * speed):
        remove(env, i)
        rewards[i] -= 1.0


@compiled
def offspring(env, kind, parent, site, rewards, stream):
    """Let a parent have an offspring on an empty site."""
    bear(env, kind, site, passed_on(env, env.speed[parent], stream))
    env.num_born[kind] += 1
    rewards[parent] += 1.0


@compiled
def change_places(env, i, here, there):
    """Let agent i go from here to there, and whoever is there come here; return where it is then."""
    other = env.holder[there]
    if there != here:
        env.holder[there], env.holder[here] = i, other
        env.site[i] = there
        if other >= 0:
            env.site[other] = here
    return there


@compiled
def others_near(env, i):
    """Return how many of the other kind are beside agent i, at most two; none where all is mixed."""
    num_sites, count = env.holder.shape[0], 0
    if env.is_mixed:
        return 0
    for k in range(env.near.shape[1]):
        other = env.holder[env.near[env.site[i], k]]
        count += other >= 0 and (other < num_sites) != (i < num_sites)
    return min(count, MOST_SEEN)
