"""The q-voter: yield to a unanimous sample.

An agent that looks at q others takes their opinion if all hold the same one. If they do not agree it still changes with
probability ``epsilon``, to one of the other opinions, drawn uniformly. With K = 2, x the share of the other opinion and
large networks it flips at the rate

    f(x) = x^q + epsilon (1 - x^q - (1 - x)^q),

the voter model's for q = 1, and for q = 2 with epsilon = 1/2. Source: [Castellano2009]_ (Physical Review E 80:041129,
eq. 1).
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.tallies import check_tally


class State(NamedTuple):
    """Nothing is remembered."""

    epsilon: float
    sample: int
    num_actions: int


class QVoter(Learner):
    """Yields to a unanimous sample, and to another now and then.

    Examples
    --------
    >>> QVoter(epsilon=0.1).epsilon
    0.1
    """

    epsilon: float = parameter(0.0, "chance to change where the sample is not of one mind", ge=0, le=1)

    source: ClassVar[str] = "Castellano, Muñoz & Pastor-Satorras 2009, Physical Review E 80:041129"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the constants."""
        check_tally("q_voter", specification)
        return State(self.epsilon, specification.fact("sample"), specification.num_actions)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return the sample's opinion if it has one, else perhaps another than one's own."""
        own = int(observation[0])
        for k in range(learner.num_actions):
            if observation[k + 1] == learner.sample:
                return k
        if learner.epsilon > 0.0 and uniform(stream) < learner.epsilon:
            return (own + 1 + integer(stream, learner.num_actions - 1)) % learner.num_actions
        return own
