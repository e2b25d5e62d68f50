"""Memory-one strategies: an answer to the last round, by chance.

In a repeated game of two actions, of which 0 is to cooperate, one cooperates with the chances

    p_CC, p_CD, p_DC, p_DD

after each outcome of the last round, one's own act first, and with ``first`` in the first round. An act goes wrong with
the chance ``noise``. Tit for tat is (1, 0, 1, 0), win-stay, lose-shift (1, 0, 0, 1). Nothing is learnt. The environment
must show the last round, as `socialsim.environments.repeated_game` does. Source: [Nowak1993]_.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Learner, Specification, constant

NUM_OBSERVATIONS = 5  # nothing yet, CC, CD, DC, DD


class State(NamedTuple):
    """Nothing is remembered: the last round is observed."""

    chances: NDArray[np.float64]  # (5,), to cooperate in the first round and after CC, CD, DC, DD


class MemoryOne(Learner):
    """Answers the last round.

    Examples
    --------
    >>> from socialsim.engine.interface import Discrete
    >>> generous = MemoryOne(cd=0.25, dd=0.25, noise=0.1)
    >>> generous.state(Specification(Discrete(2), Discrete(5)), num_agents=1).chances.round(2).tolist()
    [0.9, 0.9, 0.3, 0.9, 0.3]
    """

    first: float = parameter(1.0, "chance to cooperate in the first round", ge=0, le=1)
    cc: float = parameter(1.0, "chance to cooperate after mutual cooperation", ge=0, le=1)
    cd: float = parameter(0.0, "chance to cooperate after being exploited", ge=0, le=1)
    dc: float = parameter(1.0, "chance to cooperate after exploiting", ge=0, le=1)
    dd: float = parameter(0.0, "chance to cooperate after mutual defection", ge=0, le=1)
    noise: float = parameter(0.0, "chance that an act goes wrong", unit="per act", ge=0, le=1)

    source: ClassVar[str] = "Nowak & Sigmund 1993, Nature 364:56-58"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the chances."""
        if specification.num_actions != 2 or specification.num_observations != NUM_OBSERVATIONS:
            raise ParameterError(
                f"learner: 'memory_one' answers a last round of two players with two actions each; here are "
                f"{specification.num_actions} actions and {specification.num_observations} observations; accepted: an "
                f"environment of 2 actions and {NUM_OBSERVATIONS} observations, such as repeated_game"
            )
        chances = np.array([self.first, self.cc, self.cd, self.dc, self.dd])
        return State(constant((1.0 - self.noise) * chances + self.noise * (1.0 - chances)))

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Cooperate by chance."""
        return 0 if uniform(stream) < learner.chances[observation] else 1

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action."""
        out[0] = learner.chances[observation]
        out[1] = 1.0 - learner.chances[observation]
