"""WoLF policy hill climbing: learn slowly while winning, fast while losing (Bowling & Veloso 2002).

An agent learns the values Q(o, a) of actions as a Q-learner does, but acts by a mixed policy pi(a | o), which it moves
towards the action of the highest value:

    Q(o, a_t)  <- Q(o, a_t) + alpha [r_t + gamma max_b Q(o_t, b) - Q(o, a_t)]
    avg(a | o) <- avg(a | o) + [pi(a | o) - avg(a | o)] / C(o),    C(o) how often o was acted on                     (1)
    delta      =  delta_win if sum_a pi(a | o) Q(o, a) > sum_a avg(a | o) Q(o, a), else delta_lose                   (2)
    pi(a | o)  <- pi(a | o) - min[pi(a | o), delta / (K - 1)] for each a but the best one, which gains what they lose

([Bowling2002]_, policy hill climbing and WoLF-PHC). It wins when its policy is worth more than its average policy would
be. With delta_win = delta_lose this is plain policy hill climbing, which circles around a mixed equilibrium for ever;
with delta_win < delta_lose play spirals into it. With probability epsilon an act is drawn uniformly.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import categorical, integer, uniform
from socialsim.engine.interface import Learner, Specification, constant
from socialsim.learning.values import greedy_action, initial_table


class State(NamedTuple):
    """Values, the policy and the average of the policies so far."""

    alpha: float
    discount: float
    epsilon: float
    delta_win: float
    delta_lose: float
    initial_values: NDArray[np.float64]  # (num_agents, num_observations, num_actions)
    initial_policy: NDArray[np.float64]  # (num_agents, num_observations, num_actions)
    values: NDArray[np.float64]  # (num_agents, num_observations, num_actions)
    policy: NDArray[np.float64]  # (num_agents, num_observations, num_actions)
    average_policy: NDArray[np.float64]  # (num_agents, num_observations, num_actions)
    num_visits: NDArray[np.int64]  # (num_agents, num_observations)


@compiled
def is_winning(learner, i, observation):
    """Return whether the policy is worth more than the average policy (eq. 2), which moves first (eq. 1)."""
    lead = 0.0
    for a in range(learner.values.shape[2]):
        ahead = learner.policy[i, observation, a] - learner.average_policy[i, observation, a]
        learner.average_policy[i, observation, a] += ahead / learner.num_visits[i, observation]
        ahead = learner.policy[i, observation, a] - learner.average_policy[i, observation, a]
        if ahead != 0.0:  # an action that is impossible is worth minus infinity and never taken
            lead += ahead * learner.values[i, observation, a]
    return lead > 0.0


@compiled
def climb(learner, i, observation, best, delta):
    """Move the policy by at most delta towards the best action."""
    moved = 0.0
    for a in range(learner.values.shape[2]):
        if a != best:
            step = min(learner.policy[i, observation, a], delta / (learner.values.shape[2] - 1))
            learner.policy[i, observation, a] -= step
            moved += step
    learner.policy[i, observation, best] += moved


class WolfPhc(Learner):
    """Climbs its values by a mixed policy, slowly while it wins and fast while it loses.

    Examples
    --------
    >>> WolfPhc(delta_win=0.001, delta_lose=0.004).delta_lose
    0.004
    """

    alpha: float = parameter(0.1, "learning rate of values", gt=0, le=1)
    discount: float = parameter(0.9, "discount factor gamma", unit="per step", ge=0, lt=1)
    epsilon: float = parameter(0.05, "chance of an action drawn uniformly", ge=0, le=1)
    delta_win: float = parameter(0.0025, "largest move of the policy while winning", unit="per step", gt=0, le=1)
    delta_lose: float = parameter(0.01, "largest move of the policy while losing", unit="per step", gt=0, le=1)
    initial_value: float | Literal["uniform_rivals"] = parameter(
        0.0, "initial value of every action; uniform_rivals: what it would pay for ever if all others acted at random"
    )

    source: ClassVar[str] = "Bowling & Veloso 2002, Artificial Intelligence 136:215-250"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Start with the uniform policy over the actions that are possible."""
        values = initial_table(specification, num_agents, self.initial_value, self.discount)
        policy = np.isfinite(values) / np.isfinite(values).sum(axis=2, keepdims=True)
        return State(
            alpha=self.alpha,
            discount=self.discount,
            epsilon=self.epsilon,
            delta_win=self.delta_win,
            delta_lose=self.delta_lose,
            initial_values=values,
            initial_policy=constant(policy),
            values=values.copy(),
            policy=policy,
            average_policy=policy.copy(),
            num_visits=np.zeros(values.shape[:2], np.int64),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how certain each agent is: the largest chance of an action, averaged over observations."""
        return {"certainty": state.policy.max(axis=3).mean(axis=2)}

    def policy(self, state: State) -> NDArray[np.int64]:
        """Return the likeliest action on each observation, shape (num_runs, num_agents, num_observations)."""
        return state.policy.argmax(axis=3)

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget everything."""
        for observation in range(learner.values.shape[1]):
            learner.num_visits[i, observation] = 0
            for a in range(learner.values.shape[2]):
                learner.values[i, observation, a] = learner.initial_values[i, observation, a]
                learner.policy[i, observation, a] = learner.initial_policy[i, observation, a]
                learner.average_policy[i, observation, a] = learner.initial_policy[i, observation, a]

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Explore with probability epsilon, else draw from the policy."""
        if uniform(stream) < learner.epsilon:
            return integer(stream, learner.values.shape[2])
        return categorical(stream, learner.policy[i, observation])

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Move the value of what was done, then the average policy, then the policy."""
        following = learner.values[i, next_observation, 0]
        for a in range(1, learner.values.shape[2]):
            following = max(following, learner.values[i, next_observation, a])
        error = reward + learner.discount * following - learner.values[i, observation, action]
        learner.values[i, observation, action] += learner.alpha * error
        learner.num_visits[i, observation] += 1
        delta = learner.delta_win if is_winning(learner, i, observation) else learner.delta_lose
        climb(learner, i, observation, greedy_action(learner.values[i, observation], stream), delta)
