"""What is innate: the agent decides nothing and learns nothing.

It is what it was born as. Where strategies change nevertheless, the environment lets some agents take the place of
others: selection, not learning (`socialsim.environments.evolution`).
"""

from __future__ import annotations

from typing import NamedTuple

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Learner, Specification


class State(NamedTuple):
    """Nothing is remembered."""


class Innate(Learner):
    """Decides nothing; costs nothing.

    Examples
    --------
    >>> from socialsim.engine.interface import Discrete
    >>> Innate().state(Specification(Discrete(1)), num_agents=2)
    State()
    >>> Innate().state(Specification(Discrete(2)), num_agents=2)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: learner: 'innate' decides nothing, and here agents choose among 2 actions;
    accepted: a learner with acts
    """

    def state(self, specification: Specification, num_agents: int) -> State:
        """Refuse an environment that asks agents to choose."""
        if specification.num_actions != 1:
            raise ParameterError(
                "learner: 'innate' decides nothing, and here agents choose among "
                f"{specification.num_actions} actions; accepted: a learner with acts"
            )
        return State()
