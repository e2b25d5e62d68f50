"""Beams: agents that tag each other, and are out for a while.

A beam is a set of rays. A ray (aside, first, length) starts ``aside`` cells to the shooter's right and ``first`` cells
ahead and runs ``length`` cells ahead; it ends at the first wall or agent, and that agent is hit. All beams of a step
are shot from the same positions: who is hit leaves the plane once everyone has shot, so that two can hit each other. A
hit agent is out for ``time_out`` steps, in which it neither acts nor is seen; then it stands on a free cell of those
that agents return to. After a shot an agent cannot shoot for ``cooldown`` steps, in which it is on the plane.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer
from socialsim.grids.codes import BEAM, FIRE, WALL
from socialsim.grids.plane import free_cell, place_agent, show, take_off

Rays = tuple[tuple[int, int, int], ...]
LONGEST = 200


class Beams(NamedTuple):
    """The fields of beams in the state of one replication."""

    rays: NDArray[np.int64]  # (num_rays, 3): aside, first, length
    cooldown: int
    time_out: int
    waiting: NDArray[np.int64]  # (num_agents,): steps before the next shot
    out: NDArray[np.int64]  # (num_agents,): steps left outside the plane, this one included; 0 for nobody tagged
    is_hit: NDArray[np.int64]  # (num_agents,): how often in this step
    lit: NDArray[np.int64]  # cells that show a beam, the first num_lit
    num_lit: NDArray[np.int64]  # (1,)
    num_shots: NDArray[np.int64]  # (num_agents,)
    num_hits: NDArray[np.int64]  # (num_agents,): by each shooter


def beams(rays: Rays, cooldown: int, time_out: int, num_agents: int) -> Beams:
    """Lay out beams of one shape; no ray, no beam.

    Examples
    --------
    >>> beams(((0, 1, 3), (-1, 0, 3)), cooldown=2, time_out=5, num_agents=4).lit.shape
    (24,)
    """
    shape = np.array(rays, np.int64).reshape(-1, 3)
    shape.flags.writeable = False
    return Beams(
        *(shape, cooldown, time_out),
        waiting=np.zeros(num_agents, np.int64),
        out=np.zeros(num_agents, np.int64),
        is_hit=np.zeros(num_agents, np.int64),
        lit=np.zeros(max(1, num_agents * int(shape[:, 2].sum())), np.int64),
        num_lit=np.zeros(1, np.int64),
        num_shots=np.zeros(num_agents, np.int64),
        num_hits=np.zeros(num_agents, np.int64),
    )


def reach_of(rays: Rays) -> int:
    """Return the least margin of a plane on which such beams are shot: each ray's first cell must be on it."""
    return max([1, *(abs(aside) for aside, _, _ in rays), *(abs(first) for _, first, _ in rays)])


def fault_in(rays: Rays) -> str:
    """Return what is wrong with the shape of a beam, or an empty string."""
    for ray in rays:
        if len(ray) != 3 or ray[1] < 0 or ray[2] < 1 or ray[:2] == (0, 0) or max(map(abs, ray)) > LONGEST:
            return (
                f"beam: ray {list(ray)} is not accepted; accepted: [cells aside, first cell ahead >= 0, number of "
                f"cells >= 1], none above {LONGEST}, not from the shooter's own cell"
            )
    return ""


# --- Compiled: one replication ---------------------------------------------------------------------------------


@compiled
def clear_beams(env):
    """Let no cell show a beam any more."""
    for k in range(env.num_lit[0]):
        cell = env.lit[k]
        if env.occupant[cell] < 0:
            show(env, cell, env.things[cell])
    env.num_lit[0] = 0


@compiled
def shoot(env, i):
    """Shoot agent i's beam: mark whom it hits, and light the cells that it crosses."""
    env.num_shots[i] += 1
    ahead = env.neighbour_step[env.heading[i]]
    aside = env.neighbour_step[(env.heading[i] + 1) & 3]
    for k in range(env.rays.shape[0]):
        cell = env.cell[i] + env.rays[k, 0] * aside + env.rays[k, 1] * ahead
        for _ in range(env.rays[k, 2]):
            other = env.occupant[cell]
            if other >= 0:
                if other != i:
                    env.is_hit[other] += 1
                    env.num_hits[i] += 1
                break
            if env.things[cell] == WALL:
                break
            show(env, cell, BEAM)
            env.lit[env.num_lit[0]] = cell
            env.num_lit[0] += 1
            cell += ahead


@compiled
def shoot_all(env, actions):
    """Let everyone shoot who wants to and can; return how many did. ``is_hit`` counts; who reads it sets it to 0."""
    shots = 0
    for i in range(actions.shape[0]):
        if env.cell[i] >= 0:
            if env.waiting[i] > 0:
                env.waiting[i] -= 1
            elif actions[i] == FIRE:
                env.waiting[i] = env.cooldown
                shoot(env, i)
                shots += 1
    return shots


@compiled
def send_off(env, i):
    """Let agent i leave the plane for the time that is set."""
    take_off(env, i)
    env.out[i] = env.time_out + 1


@compiled
def fire_beams(env, actions):
    """Let everyone shoot who wants to and can; then those who were hit leave the plane."""
    if shoot_all(env, actions) == 0:
        return
    for i in range(actions.shape[0]):
        if env.is_hit[i] != 0:
            env.is_hit[i] = 0
            send_off(env, i)


@compiled
def return_agents(env, cells, stream):
    """Let those whose time is over return to a free cell of some, heading anywhere; where none is free, they wait."""
    for i in range(env.out.shape[0]):
        if env.out[i] > 0:
            env.out[i] -= 1
            if env.out[i] == 0:
                cell = free_cell(env, cells, stream)
                if cell < 0:
                    env.out[i] = 1
                else:
                    place_agent(env, i, cell, integer(stream, 4))


@compiled
def is_in_reach(env, i):
    """Return whether agent i's beam would hit somebody now."""
    ahead = env.neighbour_step[env.heading[i]]
    aside = env.neighbour_step[(env.heading[i] + 1) & 3]
    for k in range(env.rays.shape[0]):
        cell = env.cell[i] + env.rays[k, 0] * aside + env.rays[k, 1] * ahead
        for _ in range(env.rays[k, 2]):
            if env.occupant[cell] >= 0:
                if env.occupant[cell] != i:
                    return True
                break
            if env.things[cell] == WALL:
                break
            cell += ahead
    return False
