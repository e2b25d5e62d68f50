"""Fixed strategies, which learn nothing: the controls of every experiment.

`UniformRandom` draws each action uniformly; `Constant` repeats one.
"""

from __future__ import annotations

from typing import NamedTuple

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer
from socialsim.engine.interface import Learner, Specification


class State(NamedTuple):
    """Nothing is remembered."""

    num_actions: int
    action: int


class UniformRandom(Learner):
    """Draws every action uniformly.

    Examples
    --------
    >>> from socialsim.engine.interface import Discrete
    >>> UniformRandom().state(Specification(Discrete(3)), num_agents=2).num_actions
    3
    """

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the constants."""
        return State(specification.num_actions, 0)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return any action."""
        return integer(stream, learner.num_actions)

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action."""
        for a in range(learner.num_actions):
            out[a] = 1.0 / learner.num_actions


class Constant(Learner):
    """Always takes the same action.

    Examples
    --------
    >>> Constant(action=1).action
    1
    """

    action: int = parameter(0, "the action taken", ge=0)

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the constants."""
        if self.action >= specification.num_actions:
            raise ParameterError(
                f"learner.action: {self.action} is not accepted; accepted: 0 to {specification.num_actions - 1}"
            )
        return State(specification.num_actions, self.action)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return the action."""
        return learner.action
