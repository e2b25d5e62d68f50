"""The two fixed strategies of the coin game: take every coin, or only one's own ([Lerer2017]_, [Foerster2018]_).

On an n x n torus the observation is o = 2 (n^2 p + c) + w (`socialsim.environments.coin_game`, eq. 4): the coin lies
c // n rows south and c % n columns east of oneself, around the board, and w = 1 if it is the other's. A taker makes a
step that brings it nearer, uniformly among those that do. Who leaves the other's coins alone steps at random where
that coin is not.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer
from socialsim.engine.interface import Discrete, Learner, Specification

NORTH, EAST, SOUTH, WEST = 0, 1, 2, 3


class State(NamedTuple):
    """Nothing is remembered."""

    size: int
    takes_all: bool


class CoinTaker(Learner):
    """Walks to coins, all or its own.

    Examples
    --------
    >>> CoinTaker(takes="own").takes
    'own'
    """

    takes: Literal["all", "own"] = parameter("all", "which coins it takes")

    source: ClassVar[str] = "Lerer & Peysakhovich 2017, arXiv:1707.01068; Foerster et al. 2018, AAMAS"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the constants, after checking that the observation is the coin game's number."""
        size = specification.fact("size")
        seen = specification.observations
        if not isinstance(seen, Discrete) or seen.size != 2 * size**4:
            raise ParameterError(f"learner: 'coin_taker' reads the state as a number; here agents observe {seen}")
        return State(size, self.takes == "all")

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Nothing is remembered."""
        return {}

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Step towards the coin, or where it is not."""
        cell = (observation >> 1) % (learner.size * learner.size)
        south, east = cell // learner.size, cell % learner.size
        follows = learner.takes_all or (observation & 1) == 0
        chosen, num_fit = -1, 0
        for action in range(4):
            if nears(learner, action, south, east) if follows else not takes(learner, action, south, east):
                num_fit += 1
                if num_fit == 1 or integer(stream, num_fit) == 0:
                    chosen = action
        return chosen


@compiled
def nears(learner, action, south, east):
    """Return whether a step leads nearer to a cell so far south and east, the other way round if that is shorter."""
    if action == SOUTH:
        return 0 < 2 * south <= learner.size
    if action == NORTH:
        return 2 * south >= learner.size
    if action == EAST:
        return 0 < 2 * east <= learner.size
    return 2 * east >= learner.size


@compiled
def takes(learner, action, south, east):
    """Return whether a step leads onto a cell so far south and east."""
    last = learner.size - 1
    if action in (NORTH, SOUTH):
        return east == 0 and south == (1 if action == SOUTH else last)
    return south == 0 and east == (1 if action == EAST else last)
