"""Three strategies of searching a landscape of approaches: controls, followers and mavericks.

A strategy says what to do for each sight: the **trend** of significance since the last move (-1, 0 or 1), how the
**best** visited neighbour compares with the patch that one is on (-1, also if none is visited, 0 or 1), and whether any
neighbour, and whether the one straight ahead, is unvisited ([Weisberg2009]_):

- a **control** looks at no neighbour. Trend up: go ahead. Down: go back and turn. Level: with a chance of 2% go in a
  random direction, else stay.
- a **follower** goes to the best visited neighbour if that is *more* significant than the own patch; else to an
  unvisited neighbour; else stays.
- a **maverick** goes back and turns if the trend is down. Else, if any neighbour is unvisited, it goes there, straight
  ahead if it can; else to the best visited neighbour if that is at least as significant as the own patch; else stays.

The program behind the paper's figures differs from its text in one sign: it let followers go to visited neighbours that
are *at least as* significant ([Alexander2015]_). ``rule = "published"`` repeats that. On the plane all is equally
insignificant, and there such a follower walks to and fro on patches that are known already, in place of exploring.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Learner, Specification, constant


class Sight(NamedTuple):
    """What a scientist sees."""

    trend: int
    best: int
    open: int
    ahead: int


class State(NamedTuple):
    """The strategy: a move for each sight."""

    moves: NDArray[np.int64]  # (num_observations,)


class ControlState(NamedTuple):
    """The strategy, and how seldom a turn on level ground is made."""

    restlessness: float
    stay: int
    turn: int
    moves: NDArray[np.int64]  # (num_observations,)


class _Searcher(Learner, ABC):
    """Base of the strategies: a subclass says, by its name, which move is made on a sight."""

    source: ClassVar[str] = "Weisberg & Muldoon 2009, Philosophy of Science 76:225-252"

    @abstractmethod
    def move(self, sight: Sight) -> str:
        """Return the name of the move that is made on a sight."""

    def state(self, specification: Specification, num_agents: int) -> Any:
        """Write the strategy out for all sights; nothing is remembered."""
        sights, names = specification.fact("sights"), specification.fact("moves")
        return State(constant([names.index(self.move(Sight(*sight))) for sight in sights]))

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return the move on this sight."""
        return learner.moves[np.uint64(observation)]


class Control(_Searcher):
    """Climbs alone: ahead while it goes up, back when it goes down, seldom on where it is level.

    Examples
    --------
    >>> [Control().move(Sight(trend, best=1, open=1, ahead=1)) for trend in (-1, 0, 1)]
    ['back', 'turn', 'ahead']
    """

    restlessness: float = parameter(
        0.02, "chance of going in a random direction where it is level", unit="per step", ge=0, le=1
    )

    def move(self, sight: Sight) -> str:
        """Return what to do; where it is level the turn is made with the chance `restlessness`."""
        return {-1: "back", 0: "turn", 1: "ahead"}[sight.trend]

    def state(self, specification: Specification, num_agents: int) -> ControlState:
        """Write the strategy out, and what it takes to delay a turn."""
        moves, names = super().state(specification, num_agents).moves, specification.fact("moves")
        return ControlState(self.restlessness, names.index("stay"), names.index("turn"), moves)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return the move on this sight, or stay where a turn is not due yet."""
        move = learner.moves[np.uint64(observation)]
        if move == learner.turn and uniform(stream) >= learner.restlessness:
            return learner.stay
        return move


class Follower(_Searcher):
    """Goes where others have found something better, and only else where nobody has been.

    Examples
    --------
    >>> level = Sight(trend=0, best=0, open=1, ahead=1)
    >>> Follower().move(level), Follower(rule="published").move(level)
    ('explore', 'follow')
    """

    rule: Literal["corrected", "published"] = parameter(
        "corrected", "whether a neighbour must be better (the text) or at least as good (the published program)"
    )

    def move(self, sight: Sight) -> str:
        """Return what to do."""
        if sight.best > 0 or (sight.best == 0 and self.rule == "published"):
            return "follow"
        return "explore" if sight.open else "stay"


class Maverick(_Searcher):
    """Goes where nobody has been.

    Examples
    --------
    >>> Maverick().move(Sight(trend=0, best=1, open=1, ahead=0)), Maverick().move(Sight(0, 1, open=0, ahead=0))
    ('explore', 'follow')
    """

    def move(self, sight: Sight) -> str:
        """Return what to do."""
        if sight.trend < 0:
            return "back"
        if sight.open:
            return "ahead" if sight.ahead else "explore"
        return "follow" if sight.best >= 0 else "stay"
