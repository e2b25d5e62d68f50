"""What a replication of an aggregative game holds, see `socialsim.engine.aggregative`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Held(NamedTuple):
    """What a replication holds beside the parameters of the game."""

    scale_by: int  # what sums over neighbours are divided by: 0 degree, 1 number of agents, 2 mean degree
    num_states: int
    num_signals: int
    chances: NDArray[np.float64]  # (num_states,), of each state at first
    first_common: NDArray[np.float64]  # (num_common,)
    clock: NDArray[np.int64]  # (1,), decisions so far
    states: NDArray[np.int64]  # (num_agents,)
    signals: NDArray[np.int64]  # (num_agents,), what each saw last of its aggregate
    returns: NDArray[np.float64]  # (num_agents,), sum of gamma^t r so far
    worth: NDArray[np.float64]  # (1,), gamma^t
    features: NDArray[np.float64]  # (num_agents, num_features)
    overall: NDArray[np.float64]  # (num_features,), means over all agents
    aggregates: NDArray[np.float64]  # (num_agents, num_features + num_common), what each felt last
    common: NDArray[np.float64]  # (num_common,)
    common_next: NDArray[np.float64]  # (num_common,)
    successors: NDArray[np.int64]  # (num_successors,), scratch
    probabilities: NDArray[np.float64]  # (num_successors,), scratch
