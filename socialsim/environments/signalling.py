"""A sender who knows, a receiver who acts (Lewis signalling game).

At each step nature draws one of n states, uniformly. The sender sees it and says one of m messages; the receiver hears
the message, not the state, and acts. Both are paid 1 if the act fits the state (act = state), else 0. A message means
nothing at first. It comes to mean something if the two learn to use it alike: in a **signalling system** each state has
its own message, each message its own act, and success is certain. Without information the best success is 1/n.

With two states, two messages and Roth-Erev learners a signalling system always emerges ([Argiento2009]_, theorem 1.1);
with more states some runs end in partial pooling. Source: [Lewis1969]_; [Skyrms2010]_, chapters 1 and 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import integer
from socialsim.engine.interface import Discrete, Environment, Specification
from socialsim.engine.scenario import Scenario
from socialsim.metrics.estimates import mean

RECENT = 0.001  # weight of one play in the running success


class State(NamedTuple):
    """The state of nature and how the plays went."""

    num_states: int
    nature: NDArray[np.int64]  # (1,)
    recent_success: NDArray[np.float64]  # (1,), running mean over about the last thousand plays


class Signalling(Environment):
    """One sender, one receiver, and a state of nature that only the sender sees.

    Examples
    --------
    >>> Signalling(num_states=3).counts(2)
    {'sender': 1, 'receiver': 1}
    """

    num_states: int = parameter(2, "number of states of nature, and of acts", ge=2, le=1000)
    num_messages: int = parameter(2, "number of messages", ge=1, le=1000)

    agent_types: ClassVar[tuple[str, ...]] = ("sender", "receiver")
    source: ClassVar[str] = "Lewis 1969, Convention; Skyrms 2010, Signals"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_certainty",
        "series_label": "mean certainty of the urns",
        "agent": "certainty",
        "agent_label": "certainty of the urns",
    }

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return one sender and one receiver."""
        if num_agents != 2:
            raise ParameterError(f"network: signalling needs 2 agents, a sender and a receiver, not {num_agents}")
        return {"sender": 1, "receiver": 1}

    def state(self, num_agents: int) -> State:
        """Lay out the state of nature; success starts at chance."""
        return State(self.num_states, np.zeros(1, np.int64), np.full(1, 1.0 / self.num_states))

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """The sender sees a state and says a message; the receiver sees nothing and acts."""
        facts = {"num_messages": self.num_messages}
        if agent_type == "sender":
            return Specification(Discrete(self.num_messages), Discrete(self.num_states), facts)
        return Specification(Discrete(self.num_states), Discrete(1), facts)

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the success of about the last thousand plays."""
        return {"recent_success": state.recent_success[:, 0]}

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw the first state of nature."""
        env.nature[0] = integer(stream, env.num_states)

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return the state to the sender, nothing to the receiver."""
        return env.nature[0] if i == 0 else 0

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Pay both if the act fits the state, and draw the next state."""
        success = 1.0 if actions[1] == env.nature[0] else 0.0
        rewards[0] = success
        rewards[1] = success
        env.recent_success[0] += RECENT * (success - env.recent_success[0])
        env.nature[0] = integer(stream, env.num_states)


def recent_success(result: Result) -> Estimate:
    """Mean success of about the last thousand plays; 1/n without information, 1 in a signalling system."""
    return mean(result.runs.recent_success)


LEARNERS = {"sender": "roth_erev_sender", "receiver": "roth_erev_receiver"}


def scenario() -> Scenario:
    """Return the 2 x 2 game between two Roth-Erev learners."""
    return Scenario(Signalling(), LEARNERS, "path:n=2", 100_000, (recent_success,))


def small() -> Scenario:
    """Return forty plays with three states."""
    return Scenario(Signalling(num_states=3, num_messages=3), LEARNERS, "path:n=2", 40, (recent_success,))
