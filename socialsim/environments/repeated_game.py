"""Two players who meet again and again (repeated symmetric matrix game with memory one).

In each round both choose one of m actions at once. A player who chose a against b is paid ``payoffs[a][b]``. Both then
see what the other did: the observation is

    o = 0 before the first round,    o = 1 + m a_i + a_j afterwards,

so that a learner can answer to the last round (a memory-one strategy has one entry for each o). The default is the
prisoner's dilemma with the payoffs 3 (both cooperate), 5 and 0 (one exploits the other), 1 (both defect); action 0 is
to cooperate. Source: [Axelrod1984]_, chapter 1; memory-one play: [Nowak1993]_.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.scenario import Scenario
from socialsim.metrics.estimates import mean


class State(NamedTuple):
    """The payoffs, the last round, and how often each player took action 0."""

    payoffs: NDArray[np.float64]  # (num_actions, num_actions)
    last: NDArray[np.int64]  # (2,), -1 before the first round
    num_rounds: NDArray[np.int64]  # (1,)
    num_first: NDArray[np.int64]  # (2,)


class RepeatedGame(Environment):
    """Two players, one matrix, many rounds.

    Examples
    --------
    >>> RepeatedGame().specification("row", 2).num_observations
    5
    >>> RepeatedGame(payoffs=[[1.0], [2.0]])
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: payoffs: ((1.0,), (2.0,)) is not square; accepted: m rows of m finite numbers
    """

    payoffs: tuple[tuple[float, ...], ...] = parameter(
        ((3.0, 0.0), (5.0, 1.0)), "payoff of the row's action against the column's", unit="reward"
    )

    agent_types: ClassVar[tuple[str, ...]] = ("row", "column")
    source: ClassVar[str] = "Axelrod 1984, The Evolution of Cooperation"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_share_first",
        "series_label": "share of action 0 so far",
        "agent": "share_first",
        "agent_label": "share of action 0",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse a matrix that is not square."""
        if not self.payoffs or any(len(row) != len(self.payoffs) for row in self.payoffs):
            raise ParameterError(f"payoffs: {self.payoffs} is not square; accepted: m rows of m finite numbers")

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return a row and a column player, who may learn differently."""
        if num_agents != 2:
            raise ParameterError(f"network: repeated_game needs 2 agents, not {num_agents}")
        return {"row": 1, "column": 1}

    def state(self, num_agents: int) -> State:
        """Lay out the matrix and an empty history."""
        history = np.full(2, -1, np.int64)
        return State(constant(self.payoffs), history, np.zeros(1, np.int64), np.zeros(2, np.int64))

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A player sees the last round and chooses a row."""
        num_actions = len(self.payoffs)
        return Specification(Discrete(num_actions), Discrete(1 + num_actions**2))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each player's share of action 0."""
        rounds = np.where(state.num_rounds > 0, state.num_rounds, math.nan)
        return {"share_first": state.num_first / rounds}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the share of action 0 over both players."""
        return {"share_first": self.columns(state)["share_first"].mean(axis=1)}

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return the last round as player i sees it."""
        if env.last[0] < 0:
            return 0
        return 1 + env.payoffs.shape[0] * env.last[i] + env.last[1 - i]

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Pay both players and remember the round."""
        for i in range(2):
            rewards[i] = env.payoffs[actions[i], actions[1 - i]]
            env.last[i] = actions[i]
            if actions[i] == 0:
                env.num_first[i] += 1
        env.num_rounds[0] += 1


def cooperation_rate(result: Result) -> Estimate:
    """Mean share of action 0 over both players and all rounds."""
    return mean(result.runs.share_first)


def scenario() -> Scenario:
    """Return two Q-learners in the prisoner's dilemma."""
    return Scenario(RepeatedGame(), "q_learning", "path:n=2", 10_000, (cooperation_rate,))


def small() -> Scenario:
    """Return thirty rounds."""
    return Scenario(RepeatedGame(), "q_learning", "path:n=2", 30, (cooperation_rate,))
