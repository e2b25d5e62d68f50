"""Learning flows: differential equations that large populations of learners follow.

Each is the limit of a learner of `socialsim.learning` in a matrix game, as the number of agents grows and, where it is
said, as their steps become small. `FLOWS` tells which.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, NamedTuple

from socialsim.limits.flows.best_response_flow import best_response
from socialsim.limits.flows.boltzmann_q_flow import boltzmann_q
from socialsim.limits.flows.imitation_flow import imitation
from socialsim.limits.flows.logit_flow import logit
from socialsim.limits.flows.meetings import Meetings
from socialsim.limits.flows.q_value_flow import ValueFlow, grid, q_values
from socialsim.limits.flows.replicator_flow import replicator

__all__ = [
    "FLOWS",
    "Flow",
    "Meetings",
    "ValueFlow",
    "best_response",
    "boltzmann_q",
    "grid",
    "imitation",
    "logit",
    "q_values",
    "replicator",
]


class Flow(NamedTuple):
    """A flow, and what it is the limit of.

    Parameters
    ----------
    follow : callable
        f(payoffs, start, times, ...) -> shares of actions.
    learners : tuple of str
        Names, the exact one first.
    what : str
        In a line.
    """

    follow: Callable[..., Any]
    learners: tuple[str, ...]
    what: str


FLOWS = MappingProxyType(
    {
        "replicator": Flow(
            replicator,
            ("proportional_imitation", "bush_mosteller"),
            "what earns more than the mean spreads as fast as it earns more",
        ),
        "logit": Flow(
            logit,
            ("discrete_choice", "experience_weighted_attraction"),
            "everybody turns to what a logit choice would be now",
        ),
        "boltzmann_q": Flow(
            boltzmann_q,
            ("discrete_choice", "experience_weighted_attraction"),
            "the replicator with a pull towards the uniform policy",
        ),
        "best_response": Flow(
            best_response, ("best_reply", "fictitious_play"), "some reconsider at any time, and take what pays most"
        ),
        "imitation": Flow(imitation, ("fermi",), "one looks at another, and copies it by Fermi's function"),
        "q_values": Flow(q_values, ("boltzmann_q",), "a population of Q-learners whose values are spread"),
    }
)
