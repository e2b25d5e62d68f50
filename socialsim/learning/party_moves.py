"""Laver's politicians where parties choose among moves, so that they compete with those who learn.

A move is one of K = 3^d, the middle one to stay, and what is seen is one number,

    o = g + 2 (a + K (m + K l)),

g whether the last move was followed by a gain, a that move, m the move that leads towards one's supporters and l that
towards the largest party (the last two only where directions are shown). A Sticker stays, an Aggregator takes m, a
Predator l; a Hunter repeats a after a gain, else it draws one of the moves at least 90 degrees from a. They are those
of `socialsim.learning.party_strategies` with all steps of one length. Source: [Laver2005]_.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer
from socialsim.engine.interface import Learner, Specification, constant
from socialsim.learning.party_strategies import AGGREGATOR, PREDATOR, RULES, STICKER, check_rules


class State(NamedTuple):
    """The moves, and who follows which rule."""

    moves: NDArray[np.float64]  # (num_moves, d); constant
    mix: NDArray[np.int64]  # (num_rules,); constant
    rule: NDArray[np.int64]  # (num_agents,)


@compiled
def other_move(learner, last, stream):
    """Return a move at least 90 degrees from the last one; any but to stay, if that was to stay."""
    found, count, stay = last, 0, learner.moves.shape[0] // 2
    for move in range(learner.moves.shape[0]):
        along = 0.0
        for k in range(learner.moves.shape[1]):
            along += learner.moves[move, k] * learner.moves[last, k]
        if move != stay and along <= 0.0:
            count += 1
            if integer(stream, count) == 0:
                found = move
    return found


class PartyMoves(Learner):
    """Parties that choose moves by several rules, which they take in turn.

    Examples
    --------
    >>> from socialsim.engine.interface import Discrete
    >>> facts = {"moves": [[-0.1], [0.0], [0.1]], "shows_directions": True}
    >>> politics = Specification(Discrete(3), Discrete(54), facts)
    >>> state = PartyMoves(rules=["hunter", "aggregator", "predator"]).state(politics, num_agents=3)
    >>> stream = np.ones(4, np.uint64)
    >>> for i in range(3):
    ...     PartyMoves.initialise(state, i, stream)
    >>> seen = 1 + 2 * (2 + 3 * (0 + 3 * 1))  # a gain, by moving right; supporters to the left; at the largest party
    >>> [int(PartyMoves.act(state, i, seen, stream)) for i in range(3)]
    [2, 0, 1]
    """

    rules: tuple[str, ...] = parameter(("hunter",), "the rules that parties take in turn: " + ", ".join(RULES))

    source: ClassVar[str] = "Laver 2005, American Political Science Review 99:263-281"

    def model_post_init(self, context: Any) -> None:
        """Refuse a rule that there is not."""
        check_rules(self.rules)

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out who follows which rule."""
        needy = [name for name in self.rules if name in ("aggregator", "predator")]
        if "shows_directions" not in specification.facts:
            raise ParameterError("learner: 'party_moves' takes moves; accepted: environment.actions=moves")
        if needy and not specification.fact("shows_directions"):
            raise ParameterError(
                f"learner.rules: {needy[0]} must see where its supporters and the largest party are; accepted: "
                "environment.sight=directions"
            )
        mix = constant([RULES.index(name) for name in self.rules])
        return State(constant(specification.fact("moves")), mix, np.zeros(num_agents, np.int64))

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Take one's rule."""
        learner.rule[i] = learner.mix[i % learner.mix.shape[0]]

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Follow one's rule."""
        size = learner.moves.shape[0]
        last = observation // 2 % size
        if learner.rule[i] == AGGREGATOR:
            return observation // (2 * size) % size
        if learner.rule[i] == PREDATOR:
            return observation // (2 * size * size)
        if learner.rule[i] == STICKER:
            return size // 2
        if observation % 2 == 1 and last != size // 2:
            return last
        return other_move(learner, last, stream)
