"""Assimilation: take over one of the traits in which one differs.

Of the features in which the neighbour's culture differs from one's own one is chosen, uniformly, and its trait taken
over. Source: [Axelrod1997]_ (Journal of Conflict Resolution 41:203-226).
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.streams import integer
from socialsim.engine.interface import Learner, Specification

SEEN = "own culture, then the neighbour's"


class State(NamedTuple):
    """Nothing is remembered."""

    num_features: int
    num_traits: int


class Assimilation(Learner):
    """Becomes more like whom it meets.

    Examples
    --------
    >>> Assimilation().name()
    'assimilation'
    """

    source: ClassVar[str] = "Axelrod 1997, Journal of Conflict Resolution 41:203-226"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the constants."""
        if specification.facts.get("observation") != SEEN:
            raise ParameterError(f"learner: 'assimilation' needs an environment in which agents see: {SEEN}")
        num_traits = int(specification.fact("num_traits"))
        return State(specification.num_actions // num_traits, num_traits)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return feature x traits + trait, of one that differs; of the first where none does."""
        num_different = 0
        for f in range(learner.num_features):
            num_different += observation[f] != observation[learner.num_features + f]
        left = integer(stream, num_different) if num_different > 0 else 0
        feature = 0
        for f in range(learner.num_features):
            if observation[f] != observation[learner.num_features + f]:
                if left == 0:
                    feature = f
                left -= 1
        return feature * learner.num_traits + np.int64(observation[learner.num_features + feature])
