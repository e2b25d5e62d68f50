"""Imitation of the best neighbour: do next what the most successful of those one hears did.

After each step agents tell what they did and what it paid. Whoever hears of a reward above its own does next what was
done by the neighbour of the highest reward, equals among neighbours ranked by lot; otherwise it does the same again
([Zollman2005]_; [Nowak1992]_ for the rule in spatial games). The first action is drawn uniformly. Everybody must
act at once, since an agent that acts alone hears nobody. Where payoffs depend on actions alone (the fact
``payoffs_by_actions``) an agent has settled when it did not change, and not by lot: when nobody does, on a network that
stands still, nobody ever will. Elsewhere the same actions may pay otherwise in the next step, and nobody settles.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Learner, Specification


class State(NamedTuple):
    """What each agent does, and the best that it has heard of."""

    mutation: float
    may_settle: bool
    num_actions: int
    action: NDArray[np.int64]  # (num_agents,), to be taken next
    best: NDArray[np.float64]  # (num_agents,), highest reward heard of in this step, at first one's own
    lot: NDArray[np.float64]  # (num_agents,), of whoever had it
    heard: NDArray[np.int64]  # (num_agents,), what was done for it
    is_lot: NDArray[np.int8]  # (num_agents,), whether it was heard by lot: others did something else for as much
    is_new: NDArray[np.int8]  # (num_agents,), whether the agent has changed its action


class ImitateBest(Learner):
    """Does what its most successful neighbour did, if that one did better than itself.

    Examples
    --------
    >>> ImitateBest().mutation
    0.0
    """

    mutation: float = parameter(0.0, "chance of an action drawn uniformly instead", unit="per step", ge=0, le=1)

    source: ClassVar[str] = "Zollman 2005, Philosophy of Science 72:69-85"
    hears_itself: ClassVar[bool] = True  # the best of all whom one hears and oneself, of one and the same step

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out the actions; `initialise` draws the first."""
        return State(
            mutation=self.mutation,
            may_settle=self.mutation == 0.0 and bool(specification.facts.get("payoffs_by_actions", False)),
            num_actions=specification.num_actions,
            action=np.zeros(num_agents, np.int64),
            best=np.zeros(num_agents),
            lot=np.zeros(num_agents),
            heard=np.zeros(num_agents, np.int64),
            is_lot=np.zeros(num_agents, np.int8),
            is_new=np.ones(num_agents, np.int8),
        )

    def message_size(self, specification: Specification) -> int:
        """Return 3: a reward, a lot, and what was done."""
        return 3

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return whether each agent has changed its action in the last step."""
        return {"changed": state.is_new.astype(np.float64)}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Begin with any action."""
        learner.action[i] = integer(stream, learner.num_actions)
        learner.is_new[i] = 1

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Do what was decided."""
        return learner.action[i]

    @staticmethod
    @compiled
    def report(learner, i, observation, action, reward, stream, out):
        """Tell what was done and what it paid; nobody ranks before oneself among equals."""
        out[0] = reward
        out[1] = uniform(stream)
        out[2] = action
        learner.best[i] = reward
        learner.lot[i] = 1.0
        learner.heard[i] = action
        learner.is_lot[i] = 0

    @staticmethod
    @compiled
    def absorb(learner, i, j, weight, message):
        """Turn to whoever did better."""
        if message[0] > learner.best[i]:
            learner.is_lot[i] = 0
        elif message[0] == learner.best[i] and learner.lot[i] < 1.0 and message[2] != learner.heard[i]:
            learner.is_lot[i] = 1
        if message[0] > learner.best[i] or (message[0] == learner.best[i] and message[1] > learner.lot[i]):
            learner.best[i] = message[0]
            learner.lot[i] = message[1]
            learner.heard[i] = np.int64(message[2])

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Decide on the best that was heard of, or on anything."""
        following = learner.heard[i]
        if learner.mutation > 0.0 and uniform(stream) < learner.mutation:
            following = integer(stream, learner.num_actions)
        learner.is_new[i] = 1 if following != action else 0
        learner.action[i] = following

    @staticmethod
    @compiled
    def settled(learner, i):
        """Return 0 unless the action has just changed, or may change by lot, by chance or by what it pays."""
        return 0 if learner.is_new[i] == 0 and learner.is_lot[i] == 0 and learner.may_settle else -1
