"""Imitation: do what was seen done.

    action_t = observation_t

With an environment in which agents see another's opinion this is the voter model's rule ([Clifford1973]_,
[Holley1975]_). With probability ``noise`` the agent takes an action drawn uniformly instead (the noisy voter model,
[Granovsky1995]_).
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Learner, Specification


class State(NamedTuple):
    """Nothing is remembered."""

    noise: float
    num_actions: int


class Imitation(Learner):
    """Does what it sees, or now and then anything.

    Examples
    --------
    >>> Imitation().noise
    0.0
    """

    noise: float = parameter(0.0, "chance of an action drawn uniformly", unit="per action", ge=0, le=1)

    source: ClassVar[str] = "Clifford & Sudbury 1973, Biometrika 60:581-588"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the constants."""
        if specification.num_observations != specification.num_actions:
            raise ParameterError(
                "learner: 'imitation' needs an environment in which agents see what others do; here they see "
                f"{specification.num_observations} things and do {specification.num_actions}"
            )
        return State(self.noise, specification.num_actions)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return what was seen."""
        if learner.noise > 0.0 and uniform(stream) < learner.noise:
            return integer(stream, learner.num_actions)
        return observation
