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
    accepted: a learner that acts, such as q_learning or roth_erev
    """

    def state(self, specification: Specification, num_agents: int) -> State:
        """Refuse an environment that asks agents to choose."""
        num_actions = getattr(specification.actions, "size", None)
        if num_actions != 1:
            what = f"among {num_actions} actions" if num_actions else "real numbers"
            raise ParameterError(
                f"learner: 'innate' decides nothing, and here agents choose {what}; accepted: a learner that acts, "
                "such as q_learning or roth_erev"
            )
        return State()
