"""Best reply: do what would pay most if the others stayed with what they do.

An agent sees what each action would pay it, u(a). With probability ``revision_rate`` a step it reconsiders and takes
the first of the best actions, but stays with its own, a_tm1, where no other pays more:

    a_t = a_tm1    if u(a_tm1) >= max_a u(a),    else the first a of the highest u(a)

An agent is **settled** when it would stay. When all are, nobody gains by moving: a Nash equilibrium in pure strategies,
where the run ends. In a potential game replies by one agent at a time raise the potential and end ([Monderer1996]_).
Where all reply at once, at rate 1, they may chase each other for ever; at a lower rate there is always a chance that
one moves alone.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Learner, Specification

INDIFFERENT = 1e-9  # relative; payoffs that differ by less are equal up to rounding


class State(NamedTuple):
    """What everybody does, and who would stay with it."""

    revision_rate: float
    num_actions: int
    action: NDArray[np.int64]  # (num_agents,)
    is_content: NDArray[np.int64]  # (num_agents,)


@compiled
def best_reply(payoffs, action):
    """Return the first of the best actions, or the present one where no other pays more.

    Parameters
    ----------
    payoffs : ndarray, shape (num_actions,)
        What each action would pay.
    action : int
        The present one.

    Examples
    --------
    >>> payoffs = np.array([1.0, 2.0, 2.0])
    >>> int(best_reply(payoffs, 0)), int(best_reply(payoffs, 2))
    (1, 2)
    """
    best = action
    highest = payoffs[action] + INDIFFERENT * abs(payoffs[action])
    for a in range(payoffs.shape[0]):
        if payoffs[a] > highest:
            best, highest = a, payoffs[a]
    return best


class BestReply(Learner):
    """Takes what would pay most now; needs an environment that shows agents what each action would pay.

    Examples
    --------
    >>> BestReply(revision_rate=0.5).revision_rate
    0.5
    """

    revision_rate: float = parameter(0.1, "chance of reconsidering", unit="per step", gt=0, le=1)

    source: ClassVar[str] = "Monderer & Shapley 1996, Games and Economic Behavior 14:124-143"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out the actions; `initialise` draws the first."""
        if specification.facts.get("observation") != "payoff of each action":
            raise ParameterError("learner: 'best_reply' needs an environment that shows what each action would pay")
        return State(
            revision_rate=self.revision_rate,
            num_actions=specification.num_actions,
            action=np.zeros(num_agents, np.int64),
            is_content=np.zeros(num_agents, np.int64),
        )

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Begin with any action."""
        learner.action[i] = integer(stream, learner.num_actions)
        learner.is_content[i] = 0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Reconsider now and then, else go on."""
        if uniform(stream) < learner.revision_rate:
            learner.action[i] = best_reply(observation, learner.action[i])
        return learner.action[i]

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Notice whether another action would now pay more than what was done, by choice or by force."""
        learner.action[i] = action
        learner.is_content[i] = best_reply(next_observation, action) == action

    @staticmethod
    @compiled
    def settled(learner, i):
        """Return 0 if the agent would stay, else -1."""
        return 0 if learner.is_content[i] == 1 else -1
