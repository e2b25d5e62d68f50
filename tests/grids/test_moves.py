"""Walking on a plane, and where the nearest thing lies: by hand, and against a plain search of the window."""

import numpy as np
import pytest

from socialsim.grids.codes import APPLE, FIRE, FORWARD, LEFT, RIGHT, STAY, TURN_LEFT, TURN_RIGHT, WALL
from socialsim.grids.moves import walk
from socialsim.grids.nearest import direction_of
from socialsim.grids.plane import Window, look, place_agent, plane, show

NORTH, EAST = 0, 1


def room(height=5, width=6, num_agents=2, window=(3, 1, 2, 2)):
    return plane(np.zeros((height, width), bool), num_agents, Window(*window), margin=1)


def at(ground, row, column):
    return (row + 1) * (ground.width + 2) + column + 1


def test_only_steps_to_a_free_cell_count():
    ground = room()
    place_agent(ground, 0, at(ground, 2, 2), NORTH)
    place_agent(ground, 1, at(ground, 2, 1), EAST)
    assert walk(ground, 0, FORWARD)
    assert ground.cell[0] == at(ground, 1, 2)
    assert walk(ground, 0, RIGHT)
    assert walk(ground, 0, LEFT)
    assert not any(walk(ground, 0, action) for action in (STAY, TURN_LEFT, TURN_RIGHT, FIRE))
    assert (ground.cell[0], ground.heading[0]) == (at(ground, 1, 2), NORTH)
    assert walk(ground, 1, FORWARD)
    assert not walk(ground, 1, LEFT)  # north of it stands agent 0
    ground.things[at(ground, 2, 3)] = WALL
    assert not walk(ground, 1, FORWARD)
    ground.cell[1] = -1
    assert not walk(ground, 1, RIGHT)


def plain_direction(window, home, code):
    """Return what `direction_of` should: all cells of the code, by distance, farthest ahead, leftmost."""
    found = [(home[0] - r, c - home[1]) for r, c in np.argwhere(window == code)]
    if not found:
        return 0
    forward, right = min(found, key=lambda cell: (abs(cell[0]) + abs(cell[1]), -cell[0], cell[1]))
    if abs(forward) >= abs(right):
        return 1 if forward > 0 else 3
    return 2 if right > 0 else 4


@pytest.mark.parametrize("window", [(3, 1, 2, 2), (2, 2, 3, 1), (0, 4, 4, 4)])
def test_the_nearest_thing_is_that_of_a_plain_search(window):
    rng, seen = np.random.default_rng(1), set()
    out = np.zeros(Window(*window).shape, np.uint8)
    for trial in range(150):
        ground = room(num_agents=1, window=window)
        place_agent(ground, 0, at(ground, *rng.integers(5, size=2)), int(rng.integers(4)))
        for _ in range(trial % 4):
            cell = at(ground, *rng.integers(5, size=2))
            if ground.occupant[cell] < 0:
                show(ground, cell, APPLE)
        look(ground, 0, out)
        direction = direction_of(ground, 0, APPLE)
        assert direction == plain_direction(out, (window[0], window[2]), APPLE)
        seen.add(direction)
    assert len(seen) == 5 if window[0] else seen == {0, 2, 3, 4}
