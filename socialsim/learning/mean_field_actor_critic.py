r"""Mean-field actor-critic: a policy, and a critic who knows the others' mean action ([Yang2018]_).

The critic keeps Q(o, a, abar) as `socialsim.learning.mean_field_q` does, with abar the mean action of those whom the
agent hears, in classes. The actor keeps a preference theta(o, a) and acts by

    pi(a | o) = exp theta(o, a) / sum_b exp theta(o, b),

which does not know abar: what others do enters by what the critic thinks of one's actions. After each step, with the
mean action of this very step,

    advantage          = Q(o, a, abar) - sum_b pi(b | o) Q(o, b, abar)
    theta(o, k)       <- theta(o, k) + beta advantage (1[k = a] - pi(k | o))
    Q(o, a, abar)     <- Q(o, a, abar) + alpha [r + gamma sum_b pi(b | o') Q(o', b, abar) - Q(o, a, abar)]

The paper's step has Q in place of the advantage; what is taken off does not depend on a and so leaves the mean step as
it is, and makes it less noisy. The critic of this step judges it before it learns from it, so that the noise of a
reward does not enter the actor's step on the same reward twice.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import categorical
from socialsim.engine.interface import Learner, Specification, constant
from socialsim.learning.logit import logit_chances
from socialsim.learning.mean_field_q import begin_company, class_of, class_ranks, say_action, see_action


class State(NamedTuple):
    """The actor's preferences, the critic's values, and the company that each agent keeps."""

    alpha: float
    beta: float
    discount: float
    ranks: NDArray[np.int64]  # constant (m - 1, K + 1), see `mean_field_q`
    preferences: NDArray[np.float64]  # (num_agents, num_observations, num_actions), theta
    values: NDArray[np.float64]  # (num_agents, num_observations, num_classes, num_actions), Q
    counts: NDArray[np.float64]  # (num_agents, num_actions), weight of those heard at each action in this step
    company: NDArray[np.int64]  # (num_agents,), class of the mean action heard last
    chances: NDArray[np.float64]  # (num_agents, num_actions), pi(. | o) at the last act
    following: NDArray[np.float64]  # (num_agents, num_actions), scratch


class MeanFieldActorCritic(Learner):
    """Climbs what a critic, who knows the mean action of those whom one hears, thinks of each action.

    Examples
    --------
    >>> MeanFieldActorCritic(beta=0.2).alpha
    0.1
    """

    alpha: float = parameter(0.1, "learning rate of the critic", gt=0, le=1)
    beta: float = parameter(0.05, "step size of the actor's preferences", unit="per reward", gt=0)
    discount: float = parameter(0.9, "discount factor gamma", unit="per step", ge=0, lt=1)
    resolution: int = parameter(4, "K: shares of actions are rounded to multiples of 1 / K", ge=1, le=1000)

    source: ClassVar[str] = "Yang et al. 2018, ICML, PMLR 80:5571-5580"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Start indifferent between all actions."""
        num_actions, num_observations = specification.num_actions, specification.num_observations
        ranks = class_ranks(num_actions, self.resolution)
        num_classes = math.comb(self.resolution + num_actions - 1, num_actions - 1)
        return State(
            alpha=self.alpha,
            beta=self.beta,
            discount=self.discount,
            ranks=constant(ranks),
            preferences=np.zeros((num_agents, num_observations, num_actions)),
            values=np.zeros((num_agents, num_observations, num_classes, num_actions)),
            counts=np.zeros((num_agents, num_actions)),
            company=np.zeros(num_agents, np.int64),
            chances=np.full((num_agents, num_actions), 1.0 / num_actions),
            following=np.zeros((num_agents, num_actions)),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how certain each agent's last choice was: the largest chance of an action."""
        return {"certainty": state.chances.max(axis=2)}

    def policy(self, state: State) -> NDArray[np.int64]:
        """Return the likeliest action on each observation, shape (num_runs, num_agents, num_observations)."""
        return np.asarray(state.preferences).argmax(axis=3)

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget everything."""
        for o in range(learner.preferences.shape[1]):
            for a in range(learner.preferences.shape[2]):
                learner.preferences[i, o, a] = 0.0
                for k in range(learner.values.shape[2]):
                    learner.values[i, o, k, a] = 0.0
        for a in range(learner.chances.shape[1]):
            learner.chances[i, a] = 1.0 / learner.chances.shape[1]
        begin_company(learner, i)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Draw from the policy."""
        logit_chances(learner.preferences[i, observation], 1.0, learner.chances[i])
        return categorical(stream, learner.chances[i])

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action at the next act."""
        logit_chances(learner.preferences[i, observation], 1.0, out)

    announce = staticmethod(say_action)
    witness = staticmethod(see_action)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Let the critic judge the action in the company that it had, the actor climb, and the critic learn."""
        company = class_of(learner.counts[i], learner.ranks, learner.company[i])
        learner.company[i] = company
        num_actions = learner.chances.shape[1]
        logit_chances(learner.preferences[i, next_observation], 1.0, learner.following[i])
        advantage = learner.values[i, observation, company, action]
        target = reward
        for a in range(num_actions):
            advantage -= learner.chances[i, a] * learner.values[i, observation, company, a]
            target += learner.discount * learner.following[i, a] * learner.values[i, next_observation, company, a]
        for a in range(num_actions):
            taken = 1.0 if a == action else 0.0
            learner.preferences[i, observation, a] += learner.beta * advantage * (taken - learner.chances[i, a])
        old = learner.values[i, observation, company, action]
        learner.values[i, observation, company, action] = old + learner.alpha * (target - old)
