"""Checks of worlds of cells: what the compiled core keeps step by step, drawn again from scratch.

For tests of this project's environments and of users' own that join `socialsim.grids.plane.plane` to their state.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.grids.codes import AGENT, APPLE, BEAM, NUM_SHOWN, WALL
from socialsim.grids.growth import near_counts


def pictures(state: Any, row: int) -> list[NDArray[np.uint8]]:
    """Return what the plane of replication ``row`` looks like to viewers of each heading, frame and beams included.

    The plane is painted cell by cell and turned with `numpy.rot90`.
    """
    shape = _shape(state)
    painted = state.things[row].copy()
    if hasattr(state, "lit"):
        painted[state.lit[row, : state.num_lit[row, 0]]] = BEAM
    drawn = []
    for heading in range(4):
        codes = painted.copy()
        for i, cell in enumerate(state.cell[row]):
            if cell >= 0:
                codes[cell] = AGENT + 4 * (i % NUM_SHOWN) + (state.heading[row, i] - heading) % 4
        turned = np.rot90(codes.reshape(shape), heading)
        margins = ((state.ahead, state.behind), (state.left, state.right))
        drawn.append(np.pad(turned, margins, constant_values=WALL))
    return drawn


def naive_window(state: Any, row: int, i: int) -> NDArray[np.uint8]:
    """Return what agent i of replication ``row`` should see."""
    rows, columns = state.ahead + 1 + state.behind, state.left + 1 + state.right
    if state.cell[row, i] < 0:
        return np.full((rows, columns), WALL, np.uint8)
    heading = state.heading[row, i]
    here = np.zeros(_shape(state), bool)
    here.flat[state.cell[row, i]] = True
    (r, c), *_ = np.argwhere(np.rot90(here, heading))
    return pictures(state, row)[heading][r : r + rows, c : c + columns]


def put(state: Any, row: int, i: int, place: tuple[int, int], heading: int) -> None:
    """Put agent i of replication ``row`` on a cell of the map, given by row and column."""
    columns = _shape(state)[1]
    if state.cell[row, i] >= 0:
        state.occupant[row, state.cell[row, i]] = -1
    cell = (place[0] + state.margin) * columns + place[1] + state.margin
    state.cell[row, i], state.heading[row, i], state.occupant[row, cell] = cell, heading, i
    repaint(state, row)


def repaint(state: Any, row: int) -> None:
    """Paint the four pictures anew, after something was altered by hand."""
    state.shown[row] = np.concatenate([picture.ravel() for picture in pictures(state, row)])


def check_plane(state: Any, row: int, good: int | None = None, radius: float = 0.0) -> None:
    """Check that the plane of replication ``row`` is in order.

    Nobody stands on a wall, on an apple or on somebody else, the four pictures show what there is, and, where a good is
    named, the numbers of goods near each cell are those of a count.

    Raises
    ------
    AssertionError
        If it is not.
    """
    cells = state.cell[row][state.cell[row] >= 0]
    assert len(set(cells.tolist())) == len(cells)
    assert not np.any(np.isin(state.things[row, cells], (WALL, APPLE)))
    occupant = np.full(state.occupant.shape[1], -1)
    for i, cell in enumerate(state.cell[row]):
        if cell >= 0:
            occupant[cell] = i
    assert np.array_equal(state.occupant[row], occupant)
    assert np.array_equal(state.shown[row], np.concatenate([picture.ravel() for picture in pictures(state, row)]))
    if good is not None:
        is_good = (state.things[row] == good).reshape(_shape(state))
        assert state.num_goods[row, 0] == is_good.sum()
        assert np.array_equal(state.num_near[row], near_counts(is_good, radius).ravel())


def _shape(state: Any) -> tuple[int, int]:
    return state.height + 2 * state.margin, state.width + 2 * state.margin
