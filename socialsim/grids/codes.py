"""What the numbers in a window mean, what an agent can do on a plane, and which way it heads.

A cell shows one code. Codes below `AGENT` are things; an agent i shows ``AGENT + 4 (i mod 60) + d`` where d is its
heading relative to the viewer: 0 the same way, 1 to the viewer's right, 2 towards it, 3 to its left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError

EMPTY, WALL, BEAM, APPLE, WASTE, RIVER = 0, 1, 2, 3, 4, 5
COIN = 6  # the coin of agent i has the code COIN + i
AGENT = 16
NUM_SHOWN = 60  # agents that can be told apart; agent i looks as i mod 60
THINGS = ("empty", "wall", "beam", "apple", "waste", "river", "coin 0", "coin 1")

NORTH, EAST, SOUTH, WEST = 0, 1, 2, 3
ROW_STEP = (-1, 0, 1, 0)  # of each heading
COLUMN_STEP = (0, 1, 0, -1)

STAY, FORWARD, RIGHT, BACKWARD, LEFT, TURN_LEFT, TURN_RIGHT, FIRE, CLEAN = range(9)
ACTIONS = ("stay", "forward", "right", "backward", "left", "turn left", "turn right", "fire", "clean")


def channels(num_agents: int, *, things: tuple[int, ...] = (WALL, BEAM, APPLE)) -> NDArray[np.float32]:
    """Return the table that turns codes into channels: one for each thing, one for each agent, four for headings.

    Parameters
    ----------
    num_agents : int
        Number of agents that have a channel, 1 to 60.
    things : tuple of int
        Codes of the things that have a channel.

    Returns
    -------
    ndarray of float32, shape (256, len(things) + num_agents + 4)
        Row c is what a cell of code c shows: 1 where a channel applies, else 0. ``table[window]`` is the one-hot
        window.

    Raises
    ------
    ParameterError
        If there are more agents than can be told apart.

    Examples
    --------
    >>> table = channels(7)
    >>> table.shape
    (256, 14)
    >>> np.flatnonzero(table[AGENT + 4 * 2 + 3]).tolist()  # agent 2, heading to the viewer's left
    [5, 13]
    """
    if not 1 <= num_agents <= NUM_SHOWN:
        raise ParameterError(f"num_agents: {num_agents} is not accepted; accepted: 1 to {NUM_SHOWN}")
    table = np.zeros((256, len(things) + num_agents + 4), np.float32)
    for k, thing in enumerate(things):
        table[thing, k] = 1.0
    for i in range(num_agents):
        for heading in range(4):
            code = AGENT + 4 * i + heading
            table[code, len(things) + i] = 1.0
            table[code, len(things) + num_agents + heading] = 1.0
    return table
