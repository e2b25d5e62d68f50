"""Majority: hold the opinion that most of those looked at hold.

Of a sample of q agents n_k hold opinion k. An agent takes the opinion with the largest n_k; where several are level it
keeps its own if that is among them, and else takes one of them at random. With probability ``noise`` it takes an
opinion drawn uniformly instead: with two opinions this is the majority-vote model, in which the minority is followed
with half that probability ([DeOliveira1992]_, where ties are broken at random).
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

    noise: float
    num_actions: int


class Majority(Learner):
    """Goes with the majority of a sample.

    Examples
    --------
    >>> Majority(noise=0.1).noise
    0.1
    """

    noise: float = parameter(0.0, "chance of an opinion drawn uniformly", unit="per action", ge=0, le=1)

    source: ClassVar[str] = "de Oliveira 1992, Journal of Statistical Physics 66:273-281"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the constants."""
        check_tally("majority", specification)
        return State(self.noise, specification.num_actions)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return the commonest opinion in the sample."""
        if learner.noise > 0.0 and uniform(stream) < learner.noise:
            return integer(stream, learner.num_actions)
        most = 0.0
        num_level = 0
        for k in range(learner.num_actions):
            count = observation[k + 1]
            if count > most:
                most = count
                num_level = 1
            elif count == most:
                num_level += 1
        own = int(observation[0])
        if observation[own + 1] == most:
            return own
        place = integer(stream, num_level) if num_level > 1 else 0
        for k in range(learner.num_actions):
            if observation[k + 1] == most:
                if place == 0:
                    return k
                place -= 1
        return own
