"""A plane in memory: its cells, its agents, and four turned pictures of it.

Cells are numbered row by row within a frame of walls as wide as the farthest look-up, so that neither a step nor a
beam nor a neighbourhood needs to be checked against the border. Beside its cells the plane keeps four pictures of
itself, one for each heading d, turned so that what lies ahead is up; ``place[cell, d]`` is the byte that shows a cell
there. What an agent sees is then a block of whole rows, without any turning, and a change of one cell writes four
bytes.

An environment joins the plane's fields to its own: ``joined(plane(...), Own(...))``. The compiled functions below take
that state; in them a **cell** is a number, and an agent that is out stands on cell -1.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.streams import integer
from socialsim.grids.bytes import copy_16, copy_bytes
from socialsim.grids.codes import AGENT, APPLE, BEAM, EMPTY, NUM_SHOWN, WALL

MOST_BYTES = 2**31 - 1
MOST_AGENTS = 2**15 - 1  # numbers of agents on cells are of two bytes: planes stay small


class Window(NamedTuple):
    """How far an agent sees, in cells; it stands on row ``ahead``, column ``left`` of what it sees."""

    ahead: int
    behind: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.ahead + 1 + self.behind, self.left + 1 + self.right


class Plane(NamedTuple):
    """The fields of a plane in the state of one replication; num_cells counts the frame of walls too."""

    height: int
    width: int
    margin: int  # width of the frame
    ahead: int
    behind: int
    left: int
    right: int
    place: NDArray[np.int32]  # (num_cells, 4): byte of `shown` that shows a cell in each picture
    pitch: NDArray[np.int64]  # (4,): bytes from one row of a picture to the next
    neighbour_step: NDArray[np.int64]  # (4,): from a cell to the next one north, east, south and west
    shown: NDArray[np.uint8]  # the four pictures, one after the other
    things: NDArray[np.uint8]  # (num_cells,): code of what lies on each cell, agents and beams apart
    occupant: NDArray[np.int16]  # (num_cells,): agent on the cell, -1 for none
    cell: NDArray[np.int64]  # (num_agents,): where each agent is, -1 where it is out
    heading: NDArray[np.int64]  # (num_agents,): 0 north, 1 east, 2 south, 3 west
    order: NDArray[np.int64]  # (num_agents,): in which order agents move


def plane(walls: NDArray[np.bool_], num_agents: int, window: Window, margin: int = 1) -> Plane:
    """Lay out a plane whose cells are walls or empty, with all agents out.

    Parameters
    ----------
    walls : ndarray of bool, shape (height, width)
    num_agents : int
    window : Window
        What each agent sees.
    margin : int
        Width of the frame of walls: the farthest that anything looks from a cell without checking, >= 1.

    Raises
    ------
    ParameterError
        If there are more agents than can be numbered.

    Examples
    --------
    >>> empty = plane(np.zeros((2, 3), bool), num_agents=1, window=Window(1, 0, 1, 1))
    >>> empty.things.reshape(4, 5).tolist()
    [[1, 1, 1, 1, 1], [1, 0, 0, 0, 1], [1, 0, 0, 0, 1], [1, 1, 1, 1, 1]]
    """
    if num_agents > MOST_AGENTS:
        raise ParameterError(f"network: {num_agents} agents on a plane; accepted: at most {MOST_AGENTS}")
    height, width = walls.shape
    rows, columns = height + 2 * margin, width + 2 * margin
    things = np.full((rows, columns), WALL, np.uint8)
    things[margin : margin + height, margin : margin + width] = np.where(walls, WALL, EMPTY)
    row, column = np.mgrid[:rows, :columns]
    turned = [
        (row, column),
        (columns - 1 - column, row),
        (rows - 1 - row, columns - 1 - column),
        (column, rows - 1 - row),
    ]
    place, pitch, first = np.zeros((rows * columns, 4), np.int32), [], 0
    for heading, (up_down, across) in enumerate(turned):
        high, wide = (rows, columns) if heading % 2 == 0 else (columns, rows)
        pitch.append(wide + window.left + window.right)
        place[:, heading] = (first + (up_down + window.ahead) * pitch[-1] + across + window.left).ravel()
        first += (high + window.ahead + window.behind) * pitch[-1]
    if first > MOST_BYTES:
        raise ParameterError(
            f"map: {rows} x {columns} cells with such windows take {first} bytes; accepted: {MOST_BYTES}"
        )
    shown = np.full(first, WALL, np.uint8)
    shown[place] = things.ravel()[:, None]
    return Plane(
        *(height, width, margin, *window),
        place=_fixed(place),
        pitch=_fixed(np.array(pitch, np.int64)),
        neighbour_step=_fixed(np.array([-columns, 1, columns, -1], np.int64)),
        shown=shown,
        things=things.ravel(),
        occupant=np.full(rows * columns, -1, np.int16),
        cell=np.full(num_agents, -1, np.int64),
        heading=np.zeros(num_agents, np.int64),
        order=np.arange(num_agents),
    )


def cell_numbers(positions: NDArray[np.int64], walls: NDArray[np.bool_], margin: int) -> NDArray[np.int64]:
    """Return the numbers of cells given by row and column of the map, shape (num_cells, 2), as a constant.

    Examples
    --------
    >>> cell_numbers(np.array([[0, 2]]), np.zeros((2, 3), bool), margin=1).tolist()
    [8]
    """
    columns = walls.shape[1] + 2 * margin
    rows, across = np.asarray(positions, np.int64).reshape(-1, 2).T
    return _fixed((rows + margin) * columns + across + margin)


def positions_of(state: Any, row: int) -> NDArray[np.int64]:
    """Return row and column on the map of each agent of replication ``row``, -1 where it is out."""
    columns = state.width + 2 * state.margin
    cell = state.cell[row]
    places = np.stack([cell // columns, cell % columns], axis=1) - state.margin
    return np.where(cell[:, None] >= 0, places, -1)


def things_of(state: Any, row: int) -> NDArray[np.uint8]:
    """Return the codes of what is seen on each cell of the map of replication ``row``, beams over things, shape
    (height, width).
    """
    rows, columns = state.height + 2 * state.margin, state.width + 2 * state.margin
    inner = slice(state.margin, -state.margin)
    seen = state.things[row].copy()
    if hasattr(state, "lit"):
        seen[state.lit[row, : state.num_lit[row, 0]]] = BEAM
    return seen.reshape(rows, columns)[inner, inner]


def joined(*parts: NamedTuple) -> Any:
    """Return one named tuple of the fields of several.

    Examples
    --------
    >>> joined(Window(9, 1, 5, 5), namedtuple("Own", "stock")(3))
    State(ahead=9, behind=1, left=5, right=5, stock=3)
    """
    fields = {name: value for part in parts for name, value in part._asdict().items()}
    make: Any = namedtuple
    joint = make("State", fields)
    joint.parts = tuple(type(part) for part in parts)  # whose source says what each field is
    joint.__doc__ = f"Together: {', '.join(part.__name__.lower() for part in joint.parts)}."
    return joint(**fields)


def _fixed(array: NDArray[Any]) -> NDArray[Any]:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array


# --- Compiled: one replication ---------------------------------------------------------------------------------


@compiled
def show(env, cell, code):
    """Let all four pictures show a code on a cell, whatever lies there."""
    for d in range(4):
        env.shown[np.uint64(env.place[cell, d])] = code


@compiled
def show_agent(env, i):
    """Let the pictures show agent i, in each with its heading relative to the viewer."""
    code = AGENT + 4 * (i % NUM_SHOWN)
    for d in range(4):
        env.shown[np.uint64(env.place[env.cell[i], d])] = code + ((env.heading[i] - d) & 3)


@compiled
def lay(env, cell, code):
    """Put a thing on a cell; it is seen unless an agent stands there or a beam crosses it."""
    env.things[cell] = code
    if env.occupant[cell] < 0 and env.shown[env.place[cell, 0]] != BEAM:
        show(env, cell, code)


@compiled
def place_agent(env, i, cell, heading):
    """Put agent i, which is out, on a free cell."""
    env.cell[i] = cell
    env.heading[i] = heading
    env.occupant[cell] = i
    show_agent(env, i)


@compiled
def take_off(env, i):
    """Take agent i off the plane; nothing happens if it is out."""
    cell = env.cell[i]
    if cell >= 0:
        env.occupant[cell] = -1
        env.cell[i] = -1
        show(env, cell, env.things[cell])


@compiled
def move_agent(env, i, cell):
    """Move agent i, which is on the plane, to a free cell."""
    before = env.cell[i]
    env.occupant[before] = -1
    show(env, before, env.things[before])
    env.cell[i] = cell
    env.occupant[cell] = i
    show_agent(env, i)


@compiled
def turn_agent(env, i, turns):
    """Turn agent i by so many quarters to the right."""
    env.heading[i] = (env.heading[i] + turns) & 3
    show_agent(env, i)


@compiled
def target_cell(env, i, action):
    """Return the cell that a step (action 1 to 4: forward, right, backward, left) of agent i leads to."""
    return env.cell[i] + env.neighbour_step[(env.heading[i] + action - 1) & 3]


@compiled
def is_free(env, cell):
    """Return whether an agent may step on a cell."""
    return env.things[cell] != WALL and env.occupant[cell] < 0


@compiled
def shuffle(order, stream):
    """Put the agents in a random order, each as likely as any other (Fisher & Yates)."""
    for k in range(order.shape[0] - 1, 0, -1):
        other = integer(stream, k + 1)
        order[k], order[other] = order[other], order[k]


@compiled
def is_vacant(env, cell):
    """Return whether somebody can be put on a cell: nobody is there, nor an apple."""
    return env.occupant[cell] < 0 and env.things[cell] != APPLE


@compiled
def free_cell(env, cells, stream):
    """Return one of the cells on which are nobody and no apple, uniformly; -1 if there is none."""
    size = cells.shape[0]
    for _ in range(4):  # mostly the first try succeeds
        cell = cells[integer(stream, size)]
        if is_vacant(env, cell):
            return cell
    count = 0
    for k in range(size):
        count += is_vacant(env, cells[k])
    if count == 0:
        return -1
    left = integer(stream, count)
    for k in range(size):
        if is_vacant(env, cells[k]):
            if left == 0:
                return cells[k]
            left -= 1
    return -1


@compiled
def look(env, i, out):
    """Write what agent i sees, codes of shape (ahead + 1 + behind, left + 1 + right); only walls where it is out."""
    width = env.left + 1 + env.right
    rows = env.ahead + 1 + env.behind
    if env.cell[i] < 0:
        for r in range(rows):
            for c in range(width):
                out[r, c] = WALL
        return
    d = env.heading[i]
    pitch = env.pitch[d]
    start = env.place[env.cell[i], d] - env.ahead * pitch - env.left
    first = 0
    if 8 < width < 16:  # what a row writes too much the next one mends
        first = rows - 1
        for r in range(first):
            copy_16(out, r * width, env.shown, start + r * pitch)
    for r in range(first, rows):
        copy_bytes(out, r * width, env.shown, start + r * pitch, width)


@compiled
def sees(env, i, j):
    """Return whether agent j stands where agent i sees."""
    if env.cell[i] < 0 or env.cell[j] < 0:
        return False
    d = env.heading[i]
    pitch = env.pitch[d]
    start = env.place[env.cell[i], d] - env.ahead * pitch - env.left
    distance = env.place[env.cell[j], d] - start
    if distance < 0:
        return False
    return distance // pitch < env.ahead + 1 + env.behind and distance % pitch < env.left + 1 + env.right
