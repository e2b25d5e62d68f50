"""What a plane looks like to people: the codes of its cells and where its agents are."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Frame(NamedTuple):
    """One moment of a plane.

    An environment that has a plane returns it from ``frame(state, row)``, where ``state`` holds all replications and
    ``row`` is one of them.
    """

    cells: NDArray[np.uint8]  # (height, width), codes of `socialsim.grids.codes`: things and walls, no agents
    positions: NDArray[np.int64]  # (num_agents, 2): row and column; -1 for an agent that is out
    headings: NDArray[np.int64]  # (num_agents,), 0 north, 1 east, 2 south, 3 west


def has_plane(environment: object) -> bool:
    """Say whether an environment, or a class of them, has a plane: whether it defines ``frame(state, row)``.

    Examples
    --------
    >>> has_plane(Frame)
    False
    """
    cls = environment if isinstance(environment, type) else type(environment)
    return callable(getattr(cls, "frame", None))


def take_frame(environment: Any, state: Any, row: int = 0) -> Frame:
    """Return the present moment of one replication as a copy, which stays as it is when the run goes on.

    Parameters
    ----------
    environment : Environment
        One that has a plane.
    state : NamedTuple of arrays
        The environment's state, all replications.
    row : int
        Which of them.
    """
    cells, positions, headings = environment.frame(state, row)
    return Frame(np.array(cells, np.uint8), np.array(positions, np.int64), np.array(headings, np.int64))
