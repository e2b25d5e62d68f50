"""Inductive agents: follow the best of a few random strategies (the agents of the minority game).

An agent holds S **strategies**, tables that name an action, 0 or 1, for each of P observations, drawn once and for all.
Each has a **virtual score**: what it would have earned had the agent always followed it, everything else being equal,

    U_s <- U_s + r                   where strategy s named the action that was taken
    U_s <- U_s + payoff_sum - r      where it named the other                              ([Challet1997]_, section 2)

and the agent does what the strategy of the highest score names, ties broken by coin. The second line needs an
environment in which both actions pay a constant together (the fact ``payoff_sum``); it neglects, as the literature
does, that the agent's own action moved the outcome. All scores start at 0.

`BestNeighbour` lives on a network ([Anghel2004]_): agents tell each other what their best strategy names and how often
that was right so far; each acts on the word of whoever of its neighbours and itself was right most often. Equals are
ranked by lot, anew in each step. Whom an agent follows is its **leader**; strategies are scored as if it were followed.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import draw_word, integer, uniform
from socialsim.engine.interface import Learner, Specification


class State(NamedTuple):
    """Strategies and their scores."""

    chance: float
    payoff_sum: float
    strategies: NDArray[np.int8]  # (num_observations, num_agents, num_strategies): those of one observation together
    scores: NDArray[np.float64]  # (num_agents, num_strategies); for two strategies (num_agents,), U_1 - U_0
    contrast: NDArray[np.int8]  # (num_agents,), for two strategies: what the second named less what the first did


class FollowerState(NamedTuple):
    """A `State`, and what was said and heard."""

    chance: float
    payoff_sum: float
    strategies: NDArray[np.int8]
    scores: NDArray[np.float64]
    contrast: NDArray[np.int8]
    advice: NDArray[np.int64]  # (num_agents,), what the own best strategy names
    num_right: NDArray[np.int64]  # (num_agents,), how often that won
    rank: NDArray[np.float64]  # (num_agents,), the highest heard so far in this step
    heard: NDArray[np.int64]  # (num_agents,), what its sender named
    leader: NDArray[np.int64]  # (num_agents,), its sender


@compiled
def draw_strategies(learner, i, stream):
    """Give agent i fresh strategies, all of score 0."""
    for observation in range(learner.strategies.shape[0]):
        for s in range(learner.strategies.shape[2]):
            learner.strategies[observation, i, s] = 1 if uniform(stream) < learner.chance else 0
    learner.scores[i] = 0.0


@compiled
def follow_best(scores, strategies, contrast, observation, i, stream):
    """Return what agent i's best strategy names. Unsigned indices need no check for negative ones."""
    if scores.ndim == 1:  # known when compiling, so that this costs nothing
        first, second = strategies[observation, i, np.uint64(0)], strategies[observation, i, np.uint64(1)]
        contrast[i] = second - first
        if scores[i] == 0.0:
            return np.int64(second if draw_word(stream) >> np.uint64(63) else first)
        return np.int64(second if scores[i] > 0.0 else first)
    return np.int64(strategies[observation, i, np.uint64(greedy_strategy(scores, i, stream))])


@compiled
def greedy_strategy(scores, i, stream):
    """Return agent i's strategy of the highest score, uniformly among equals."""
    best, ties = 0, 1
    for s in range(1, scores.shape[1]):
        if scores[i, s] > scores[i, best]:
            best, ties = s, 1
        elif scores[i, s] == scores[i, best]:
            ties += 1
            if integer(stream, ties) == 0:
                best = s
    return best


@compiled
def score(scores, strategies, contrast, observation, i, action, reward, other):
    """Add to each strategy's score what following it would have paid: the reward, or what the other action pays."""
    if scores.ndim == 1:
        scores[i] += contrast[i] * (reward - other if action == 1 else other - reward)
    else:
        for s in range(scores.shape[1]):
            scores[i, s] += reward if strategies[observation, i, s] == action else other


class Inductive(Learner):
    """Follows the best of some random strategies.

    Examples
    --------
    >>> Inductive(num_strategies=4).num_strategies
    4
    """

    num_strategies: int = parameter(2, "number S of strategies of an agent", ge=1, le=100)
    chance: float = parameter(0.5, "chance that a strategy names action 1 on an observation", ge=0, le=1)

    source: ClassVar[str] = "Challet & Zhang 1997, Physica A 246:407-418"

    def state(self, specification: Specification, num_agents: int) -> Any:
        """Lay out strategies that `initialise` draws, all of score 0."""
        if specification.num_actions != 2:
            raise ParameterError(
                f"learner: {self.name()!r} chooses between two actions, not {specification.num_actions}; accepted: an "
                "environment with two"
            )
        return State(
            chance=self.chance,
            payoff_sum=float(specification.fact("payoff_sum")),
            strategies=np.zeros((specification.num_observations, num_agents, self.num_strategies), np.int8),
            scores=np.zeros((num_agents,) if self.num_strategies == 2 else (num_agents, self.num_strategies)),
            contrast=np.zeros(num_agents, np.int8),
        )

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return by how much the best strategy's score exceeds the worst's."""
        scores = np.abs(state.scores) if self.num_strategies == 2 else np.ptp(state.scores, axis=2)
        return {"score_range": scores}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Draw all strategies."""
        draw_strategies(learner, i, stream)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Do what the best strategy names."""
        return follow_best(
            *(learner.scores, learner.strategies, learner.contrast),
            *(np.uint64(observation), np.uint64(i), stream),
        )

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Score all strategies, the one that was followed like the others."""
        other = learner.payoff_sum - reward
        score(learner.scores, learner.strategies, learner.contrast, observation, i, action, reward, other)


class BestNeighbour(Inductive):
    """Does what the most successful of its neighbours and itself recommends.

    Examples
    --------
    >>> BestNeighbour().name()
    'best_neighbour'
    """

    source: ClassVar[str] = "Anghel et al. 2004, Physical Review Letters 92:058701"

    def state(self, specification: Specification, num_agents: int) -> FollowerState:
        """Lay out strategies, and agents who have not spoken yet."""
        return FollowerState(
            **super().state(specification, num_agents)._asdict(),
            advice=np.zeros(num_agents, np.int64),
            num_right=np.zeros(num_agents, np.int64),
            rank=np.zeros(num_agents),
            heard=np.zeros(num_agents, np.int64),
            leader=np.arange(num_agents),
        )

    def message_size(self, specification: Specification) -> int:
        """Return 2: how often one was right, with a fraction drawn by lot, and what one recommends."""
        return 2

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return how often each agent's best strategy was right, and whether the agent follows somebody else."""
        follows = state.leader != np.arange(state.leader.shape[1])
        return {"num_right": state.num_right, "follows": follows.astype(np.int64), "leader": state.leader}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Draw all strategies; nobody has been right yet."""
        draw_strategies(learner, i, stream)
        learner.num_right[i] = 0
        learner.leader[i] = i

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream, out):
        """Recommend what the own best strategy names, and be one's own leader until somebody better speaks."""
        learner.advice[i] = learner.heard[i] = follow_best(
            *(learner.scores, learner.strategies, learner.contrast),
            *(np.uint64(observation), np.uint64(i), stream),
        )
        learner.rank[i] = learner.num_right[i] + uniform(stream)
        learner.leader[i] = i
        out[0] = learner.rank[i]
        out[1] = learner.advice[i]

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        """Turn to whoever has been right more often."""
        if message[0] > learner.rank[i]:
            learner.rank[i] = message[0]
            learner.heard[i] = np.int64(message[1])
            learner.leader[i] = j

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Do as the leader says."""
        return learner.heard[i]

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Score the strategies, and count whether the own best one was right."""
        other = learner.payoff_sum - reward
        score(learner.scores, learner.strategies, learner.contrast, observation, i, action, reward, other)
        earned = reward if learner.advice[i] == action else learner.payoff_sum - reward
        if 2.0 * earned > learner.payoff_sum:
            learner.num_right[i] += 1
