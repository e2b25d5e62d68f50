"""What a plane looks like to people: the codes of its cells and where its agents are."""

from __future__ import annotations

from typing import NamedTuple

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
