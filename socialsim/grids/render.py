"""Pictures of planes: every cell becomes a tile of pixels.

A tile is drawn once for each code and scale; a picture is the table of tiles looked up at the codes of the cells, so
that it costs little more than copying its pixels. Agents are discs with a white nose where they head, in one of seven
colours; from the eighth on they have a tail in a second colour, and all sixty that codes tell apart look different.
Colours are told apart with every common form of colour blindness, and things differ in shape as well.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.grids.codes import AGENT, APPLE, BEAM, COIN, EMPTY, NUM_SHOWN, RIVER, WALL, WASTE
from socialsim.grids.frame import Frame

GROUND, NOSE = "#F4F2EC", "#FFFFFF"
THING_COLOURS = {
    EMPTY: GROUND,
    WALL: "#5A5A5A",
    BEAM: "#FFD400",
    APPLE: "#009E73",
    WASTE: "#8B6B3F",
    RIVER: "#A6CDE8",
}
AGENT_COLOURS = ("#56B4E9", "#D55E00", "#332288", "#E69F00", "#AA4499", "#661100", "#202020")
TAIL_COLOURS = (*AGENT_COLOURS, "#FFD400", "#009E73")
MAX_SCALE = 128
PLAIN_BELOW = 4  # a tile of fewer pixels shows one colour
FINENESS = 8  # subpixels along an edge of a pixel, for smooth outlines

UNDER = (EMPTY, BEAM, WASTE, RIVER)  # what shows around an agent that stands on it
_PLACE_UNDER = np.array([UNDER.index(code) if code in UNDER else 0 for code in range(256)], np.uint16)

Points = NDArray[np.float64]
Shape = Callable[[Points, Points], NDArray[np.bool_]]


def render(frame: Frame, scale: int = 8) -> NDArray[np.uint8]:
    """Return a picture of a plane, north up.

    Parameters
    ----------
    frame : Frame
        What to show; agents that are out are not shown.
    scale : int
        Pixels along the edge of a cell, 1 to 128; headings show from 4 on.

    Returns
    -------
    ndarray of uint8, shape (height * scale, width * scale, 3)
        Red, green, blue.

    Raises
    ------
    ParameterError
        If the scale is not accepted.

    Examples
    --------
    >>> cells = np.array([[1, 1, 1], [1, 0, 3]], np.uint8)
    >>> frame = Frame(cells, positions=np.array([[1, 1]]), headings=np.array([0]))
    >>> render(frame).shape
    (16, 24, 3)
    >>> render(frame, scale=1)[1].tolist()  # a wall, agent 0 and an apple
    [[90, 90, 90], [86, 180, 233], [0, 158, 115]]
    """
    return _picture(looks(frame), _checked(scale))


def render_window(window: NDArray[np.uint8], scale: int = 8) -> NDArray[np.uint8]:
    """Return a picture of what one agent sees, with its own heading up.

    Parameters
    ----------
    window : ndarray of uint8, shape (height, width)
        Codes of `socialsim.grids.codes`.
    scale : int
        Pixels along the edge of a cell, 1 to 128.

    Returns
    -------
    ndarray of uint8, shape (height * scale, width * scale, 3)

    Raises
    ------
    ParameterError
        If the window or the scale is not accepted.

    Examples
    --------
    >>> window = np.array([[1, 16 + 4 * 2 + 3]], np.uint8)  # a wall, and agent 2 that heads to the left
    >>> render_window(window, scale=5).shape
    (5, 10, 3)
    """
    window = np.asarray(window)
    if window.ndim != 2 or window.dtype != np.uint8:
        raise ParameterError(f"window: {window.dtype} of shape {window.shape} is not accepted; accepted: 2-D uint8")
    return _picture(window, _checked(scale))


def _checked(scale: int) -> int:
    if isinstance(scale, bool) or not isinstance(scale, int | np.integer) or not 1 <= scale <= MAX_SCALE:
        raise ParameterError(f"scale: {scale!r} is not accepted; accepted: an integer from 1 to {MAX_SCALE}")
    return int(scale)


def _picture(shown: NDArray[np.integer], scale: int) -> NDArray[np.uint8]:
    height, width = shown.shape
    rows = tiles(scale)[shown]  # (height, width, scale, scale, 3)
    return rows.swapaxes(1, 2).reshape(height * scale, width * scale, 3)


def looks(frame: Frame) -> NDArray[np.uint16]:
    """Return how the cells of a frame look, as rows of `tiles`; where several agents stand in a cell the last shows.

    Examples
    --------
    >>> frame = Frame(np.zeros((1, 2), np.uint8), positions=np.array([[-1, -1], [0, 1]]), headings=np.array([0, 3]))
    >>> looks(frame).tolist()
    [[0, 23]]
    """
    shown = frame.cells.astype(np.uint16)
    agents = np.flatnonzero(frame.positions[:, 0] >= 0)
    rows, columns = frame.positions[agents].T
    under = _PLACE_UNDER[frame.cells[rows, columns]]
    shown[rows, columns] = 256 * under + AGENT + 4 * (agents % NUM_SHOWN) + frame.headings[agents]
    return shown


def agent_colour(agent_index: int) -> str:
    """Return the colour of an agent's body.

    Examples
    --------
    >>> agent_colour(0), agent_colour(7)
    ('#56B4E9', '#56B4E9')
    """
    return AGENT_COLOURS[agent_index % NUM_SHOWN % len(AGENT_COLOURS)]


@lru_cache(maxsize=16)
def tiles(scale: int) -> NDArray[np.uint8]:
    """Return how each code looks, shape (256 * 4, scale, scale, 3), read-only.

    Row ``256 * k + code`` is an agent on the thing ``UNDER[k]``; the first 256 rows are what windows show.

    Examples
    --------
    >>> tiles(8).shape
    (1024, 8, 8, 3)
    """
    table = np.empty((len(UNDER), 256, scale, scale, 3), np.uint8)
    table[:] = _rgb(GROUND)
    for thing, colour in THING_COLOURS.items():
        table[:, thing] = _rgb(colour)
    for coin in range(COIN, AGENT):
        table[:, coin] = _paint(_rgb(GROUND), scale, (_diamond, agent_colour(coin - COIN)))
    table[:, APPLE] = _paint(_rgb(GROUND), scale, (_apple, THING_COLOURS[APPLE]))
    for place, thing in enumerate(UNDER):
        for i in range(NUM_SHOWN):
            tail = [(_tail, _tail_colour(i))] if i >= len(AGENT_COLOURS) else []
            layers = [(_body, agent_colour(i)), *tail, (_nose, NOSE)]
            towards_north = _paint(_rgb(THING_COLOURS[thing]), scale, *layers)
            for heading in range(4):
                table[place, AGENT + 4 * i + heading] = np.rot90(towards_north, -heading)
    table.flags.writeable = False
    return table.reshape(-1, scale, scale, 3)


def _tail_colour(agent_index: int) -> str:
    """Return the second colour of an agent, which differs from its first."""
    group, body = divmod(agent_index, len(AGENT_COLOURS))
    if group >= len(AGENT_COLOURS):
        return TAIL_COLOURS[group]
    return AGENT_COLOURS[(body + group) % len(AGENT_COLOURS)]


# --- shapes: which points of the unit square, x to the right and y down, belong to a thing ---------------------------


def _body(x: Points, y: Points) -> NDArray[np.bool_]:
    return (x - 0.5) ** 2 + (y - 0.5) ** 2 <= 0.47**2


def _nose(x: Points, y: Points) -> NDArray[np.bool_]:
    return (y >= 0.08) & (y <= 0.5) & (np.abs(x - 0.5) <= 0.75 * (y - 0.08))


def _tail(x: Points, y: Points) -> NDArray[np.bool_]:
    return _body(x, y) & (y >= 0.68)


def _apple(x: Points, y: Points) -> NDArray[np.bool_]:
    return (x - 0.5) ** 2 + (y - 0.5) ** 2 <= 0.32**2


def _diamond(x: Points, y: Points) -> NDArray[np.bool_]:
    return np.abs(x - 0.5) + np.abs(y - 0.5) <= 0.42


def _paint(ground: NDArray[np.float64], scale: int, *layers: tuple[Shape, str]) -> NDArray[np.float64]:
    """Return a tile with shapes painted over its ground, each with the share of every pixel that it covers."""
    if scale < PLAIN_BELOW:
        return np.broadcast_to(_rgb(layers[0][1]), (scale, scale, 3))
    tile = np.broadcast_to(ground, (scale, scale, 3))
    for shape, colour in layers:
        covered = _coverage(shape, scale)
        tile = (1 - covered) * tile + covered * _rgb(colour)
    return np.rint(tile)


@lru_cache(maxsize=128)
def _coverage(shape: Shape, scale: int) -> NDArray[np.float64]:
    """Return the share of every pixel that a shape covers, shape (scale, scale, 1)."""
    centres = (np.arange(scale * FINENESS) + 0.5) / (scale * FINENESS)
    x, y = np.meshgrid(centres, centres)
    return shape(x, y).reshape(scale, FINENESS, scale, FINENESS).mean(axis=(1, 3))[..., None]


def _rgb(colour: str) -> NDArray[np.float64]:
    return np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)], float)
