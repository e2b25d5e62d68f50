"""What an agent on a plane makes of its window: ways to apples, thin patches, and where to go when there is nothing.

A window holds the codes of `socialsim.grids.codes`; the agent sits in it facing up, and steps without turning, so that
a cell's place in the window is its place relative to the agent. `look` copies it into a field with a margin of walls,
so wide that no bound is checked afterwards; a cell is then one number.

`steps_to_apple` is a breadth-first search ([Moore1959]_). Each cell v that it reaches keeps its distance and the set of
first steps, as four bits, of all shortest paths to it:

    steps(v) = union of steps(u) over the neighbours u of v that are one step nearer,

so that ties are known without a second look. It stops at the distance of the nearest apple that may be taken, or when
all apples in sight have been judged. A mark carries the number of its search, so that none is ever wiped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import constant
from socialsim.grids.bytes import copy_bytes
from socialsim.grids.codes import AGENT, APPLE, FORWARD, STAY, TURN_LEFT, TURN_RIGHT, WALL

# A mark, from its lowest bits: four first steps, whether a goal, the distance, whether closed, the search's number.
STEPS, GOAL, DISTANCE, CLOSED, SEARCH = 15, 16, 5, 1 << 25, 26

NO_APPLES, THIN, AMPLE = -1, 0, 1  # what an agent stands at


class Sight(NamedTuple):
    """What strategies know of their windows, what they remember, and room for one search, which all agents share."""

    margin: int
    stride: int  # of the field
    home: int  # cell of the agent
    enough: int  # others that an apple needs around it to be taken
    turns: bool
    turn_rate: float
    threshold: float  # of restraint
    around: NDArray[np.int64]  # (num_around,), from a cell to those that count as around it
    neighbours: NDArray[np.int64]  # (4,), from a cell to those ahead, right, behind and left
    rays: NDArray[np.int64]  # (num_rays, length), from the agent to the cells in sight of each ray; 0 beyond its end
    heard: NDArray[np.float64]  # (num_agents,), sum of messages in this step
    num_heard: NDArray[np.float64]  # (num_agents,), sum of their weights
    restrained: NDArray[np.float64]  # (num_agents,), 1 unless the last apple taken was thin
    field: NDArray[np.uint8]  # (num_cells,), the window within its margin
    mark: NDArray[np.int64]  # (num_cells,)
    queue: NDArray[np.int64]  # (num_cells,), the cells reached
    num_searches: NDArray[np.int64]  # (1,)


def sight(
    facts: Mapping[str, Any],
    num_agents: int,
    *,
    enough: int = 0,
    radius: float = 2.0,
    turns: bool = True,
    turn_rate: float = 0.1,
    threshold: float = 0.0,
) -> Sight:
    """Return what strategies need of a window, and an empty memory.

    Parameters
    ----------
    facts : mapping
        How many cells are seen on each side: "ahead", "behind", "left", "right"; and where agents shoot "beam", rays
        of (cells aside, first cell ahead, number of cells).
    num_agents : int
        Number of agents.
    enough : int
        Other apples that an apple needs around it to be taken.
    radius : float
        Euclidean distance that counts as around.
    turns : bool
        Whether agents can turn.
    turn_rate : float
        Chance of turning while one wanders.
    threshold : float
        Share of restrained others from which on one is restrained.

    Examples
    --------
    >>> eyes = sight({"ahead": 9, "behind": 1, "left": 5, "right": 5}, num_agents=7)
    >>> len(eyes.around), eyes.field.reshape(-1, eyes.stride).shape
    (12, (15, 15))
    """
    reach = int(radius)
    margin = max(reach, 1)
    rows = facts["ahead"] + 1 + facts["behind"] + 2 * margin
    stride = facts["left"] + 1 + facts["right"] + 2 * margin
    square = range(-reach, reach + 1)
    around = [r * stride + c for r in square for c in square if 0 < r * r + c * c <= radius * radius]
    return Sight(
        margin=margin,
        stride=stride,
        home=(facts["ahead"] + margin) * stride + facts["left"] + margin,
        enough=enough,
        turns=turns,
        turn_rate=turn_rate,
        threshold=threshold,
        around=constant(np.array(around, np.int64)),
        neighbours=constant([-stride, 1, stride, -1]),
        rays=constant(_rays(facts, stride)),
        heard=np.zeros(num_agents),
        num_heard=np.zeros(num_agents),
        restrained=np.ones(num_agents),
        field=np.full(rows * stride, WALL, np.uint8),
        mark=np.zeros(rows * stride, np.int64),
        queue=np.zeros(rows * stride, np.int64),
        num_searches=np.zeros(1, np.int64),
    )


def _rays(facts: Mapping[str, Any], stride: int) -> NDArray[np.int64]:
    """Return where the cells of each ray of the beam lie, as far as they are in sight."""
    beam = [ray for ray in facts.get("beam", ()) if -facts["left"] <= ray[0] <= facts["right"]]
    rays = np.zeros((len(beam), max((length for _, _, length in beam), default=0)), np.int64)
    for row, (aside, first, length) in zip(rays, beam, strict=True):
        for k in range(min(length, facts["ahead"] + 1 - first)):
            row[k] = aside - (first + k) * stride
    return rays


@compiled
def look(learner, window):
    """Copy a window into the field."""
    width = window.shape[1]
    to = learner.margin * learner.stride + learner.margin
    for row in range(window.shape[0]):
        copy_bytes(learner.field, to, window, row * width, width)
        to += learner.stride


@compiled
def apples_around(learner, cell, most):
    """Return how many apples are seen around a cell, counting no further than ``most``."""
    count = 0
    for k in range(learner.around.shape[0]):
        count += learner.field[np.uint64(cell + learner.around[k])] == APPLE
        if count >= most:
            break
    return count


@compiled
def patch_at(learner, cell):
    """Return what an agent on a cell stands at: apples around it of which one has too few others around it to be taken
    (thin), of which none has (ample), or no apples.
    """
    patch = NO_APPLES
    for k in range(learner.around.shape[0]):
        near = cell + learner.around[k]
        if learner.field[np.uint64(near)] == APPLE:
            if apples_around(learner, near, learner.enough) < learner.enough:
                return THIN
            patch = AMPLE
    return patch


@compiled
def search(learner, enough, num_apples, passes_agents):
    """Return the first steps of all shortest paths to the nearest apples that may be taken (bit k for the k-th
    neighbour; 0 if there is none), and whether agents further off were in the way.
    """
    mark, queue, field = learner.mark, learner.queue, learner.field
    learner.num_searches[0] += 1
    now = learner.num_searches[0] << SEARCH
    mark[learner.home] = now
    queue[0] = learner.home
    head, tail, nearest, num_judged, is_blocked = 0, 1, CLOSED, 0, False
    while head < tail:
        cell = queue[np.uint64(head)]
        here = mark[np.uint64(cell)] - now
        distance = (here >> DISTANCE) + 1
        if distance > nearest or (num_judged == num_apples and nearest == CLOSED):
            break
        head += 1
        for k in range(4):
            steps = 1 << k if distance == 1 else here & STEPS
            neighbour = cell + learner.neighbours[k]
            place = np.uint64(neighbour)
            seen = mark[place] - now
            if seen >= 0:
                if seen >> DISTANCE == distance:
                    mark[place] |= steps
                continue
            code = field[place]
            is_open = code != WALL
            if code == APPLE:
                num_judged += 1
                is_open = apples_around(learner, neighbour, enough) >= enough
                if is_open:
                    steps |= GOAL
                    nearest = distance
            elif code >= AGENT:
                is_open = passes_agents and distance > 1
                is_blocked |= distance > 1
            if is_open:
                mark[place] = now + (distance << DISTANCE) + steps
                queue[np.uint64(tail)] = neighbour
                tail += 1
            else:
                mark[place] = now + CLOSED
    steps = 0
    if nearest < CLOSED:
        for k in range(head, tail):  # all at the distance of the nearest apple
            found = mark[queue[k]]
            if found & GOAL:
                steps |= found & STEPS
    return steps, is_blocked and num_judged < num_apples


@compiled
def steps_to_apple(learner, enough):
    """Return the first steps of all shortest paths to the nearest apples with ``enough`` others around them.

    Bit k stands for the action k + 1 (forward, right, backward, left); 0 if no such apple can be reached. Walls and all
    other apples are in the way, and so are agents; where no way is left, only agents right beside one are.
    """
    num_apples = 0
    for cell in range(learner.field.shape[0]):
        num_apples += learner.field[cell] == APPLE
    steps = 0
    if num_apples > enough:
        for passes_agents in range(2):
            steps, is_blocked = search(learner, enough, num_apples, passes_agents == 1)
            if steps > 0 or not is_blocked:
                break
    return steps


@compiled
def any_step(steps, stream):
    """Return one of a non-empty set of steps, as an action, uniformly."""
    size = (steps & 1) + (steps >> 1 & 1) + (steps >> 2 & 1) + (steps >> 3)
    left = integer(stream, size) if size > 1 else 0
    for k in range(4):
        if steps >> k & 1:
            if left == 0:
                return k + 1
            left -= 1
    return STAY


@compiled
def is_in_the_way(learner, cell):
    """Return whether a wanderer does not step on a cell: one with a wall, an agent or an apple."""
    code = learner.field[cell]
    return code in (WALL, APPLE) or code >= AGENT


@compiled
def wander(learner, stream):
    """Go ahead; turn to a random side where something is in the way, and else at the turn rate. Where agents cannot
    turn, step to any free side.
    """
    if not learner.turns:
        steps = 0
        for k in range(4):
            if not is_in_the_way(learner, learner.home + learner.neighbours[k]):
                steps |= 1 << k
        return any_step(steps, stream) if steps > 0 else STAY
    rate = 1.0 if is_in_the_way(learner, learner.home + learner.neighbours[0]) else learner.turn_rate
    chance = uniform(stream)
    if chance >= rate:
        return FORWARD
    return TURN_LEFT if chance < 0.5 * rate else TURN_RIGHT


@compiled
def forage(learner, enough, stream):
    """Step towards the nearest apple with ``enough`` others around it, or wander where none can be reached."""
    steps = steps_to_apple(learner, enough)
    return any_step(steps, stream) if steps > 0 else wander(learner, stream)
