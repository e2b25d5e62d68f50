"""Two players who meet again and again (repeated matrix game with memory one).

In each round both choose one of m actions at once. Where the row player chooses a and the column player b, they get

    A[a][b] and B[a][b],    A = payoffs, B = column_payoffs; without these B[a][b] = A[b][a], a symmetric game.

Both then see what the other did: the observation is

    o = 0 before the first round,    o = 1 + m a_i + a_j afterwards,

so that a learner can answer to the last round (a memory-one strategy has one entry for each o). With ``observation =
"payoffs"`` they see instead what each of their actions would have paid in that round against what the other did, for
those who learn from foregone payoffs. The default is the prisoner's dilemma with the payoffs 3 (both cooperate), 5 and
0 (one exploits the other), 1 (both defect); action 0 is to cooperate. Source: [Axelrod1984]_, chapter 1; memory-one
play: [Nowak1993]_.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.scenario import Scenario
from socialsim.metrics.estimates import mean


class State(NamedTuple):
    """The payoffs, the last round, and how often each player took action 0."""

    payoffs: NDArray[np.float64]  # (2, num_actions, num_actions), of each player, whose own action comes first
    last: NDArray[np.int64]  # (2,), -1 before the first round
    num_rounds: NDArray[np.int64]  # (1,)
    num_first: NDArray[np.int64]  # (2,)


class RepeatedGame(Environment):
    """Two players, one game, many rounds.

    Examples
    --------
    >>> RepeatedGame().specification("row", 2).num_observations
    5
    >>> pennies = RepeatedGame(payoffs=[[1.0, -1.0], [-1.0, 1.0]], column_payoffs=[[-1.0, 1.0], [1.0, -1.0]])
    >>> pennies.specification("column", 2).fact("reward_range")
    (-1.0, 1.0)
    >>> RepeatedGame(payoffs=[[1.0], [2.0]])
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: payoffs: ((1.0,), (2.0,)) is not square; accepted: m rows of m finite numbers
    """

    payoffs: tuple[tuple[float, ...], ...] = parameter(
        ((3.0, 0.0), (5.0, 1.0)), "payoff of the row's action against the column's", unit="reward"
    )
    column_payoffs: tuple[tuple[float, ...], ...] = parameter(
        (), "what the column player is paid there; if empty, the game is symmetric", unit="reward"
    )
    observation: Literal["rounds", "payoffs"] = parameter(
        "rounds", "what is seen: the last round, or what each action would have paid in it"
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
        """Refuse matrices that are not square, or of two sizes."""
        for name, matrix in (("payoffs", self.payoffs), ("column_payoffs", self.column_payoffs or self.payoffs)):
            if not matrix or any(len(row) != len(matrix) for row in matrix):
                raise ParameterError(f"{name}: {matrix} is not square; accepted: m rows of m finite numbers")
        if len(self.column_payoffs) not in (0, len(self.payoffs)):
            raise ParameterError(
                f"column_payoffs: {len(self.column_payoffs)} rows are not accepted; accepted: as many as of payoffs, "
                f"{len(self.payoffs)}, or none"
            )

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return a row and a column player, who may learn differently."""
        if num_agents != 2:
            raise ParameterError(f"network: repeated_game needs 2 agents, not {num_agents}")
        return {"row": 1, "column": 1}

    def state(self, num_agents: int) -> State:
        """Lay out the matrix and an empty history."""
        history = np.full(2, -1, np.int64)
        return State(constant(self._payoffs()), history, np.zeros(1, np.int64), np.zeros(2, np.int64))

    def _payoffs(self) -> NDArray[np.float64]:
        """Return what each player is paid, shape (2, num_actions, num_actions), one's own action first."""
        row = np.array(self.payoffs)
        return np.stack([row, np.array(self.column_payoffs).T if self.column_payoffs else row])

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A player sees the last round, or what each action would have paid in it, and chooses a row or column."""
        num_actions, payoffs = len(self.payoffs), self._payoffs()[int(agent_type == "column")]
        facts = {
            "mean_rewards": payoffs.mean(axis=1)[None],
            "reward_range": (float(payoffs.min()), float(payoffs.max())),
        }
        if self.observation == "payoffs":
            shown = {"observation": "payoff of each action", "discrete_by": "environment.observation=rounds"}
            return Specification(Discrete(num_actions), Box(shape=(num_actions,)), facts | shown)
        facts["payoffs_by"] = "environment.observation=payoffs"
        return Specification(Discrete(num_actions), Discrete(1 + num_actions**2), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each player's share of action 0."""
        rounds = np.where(state.num_rounds > 0, state.num_rounds, math.nan)
        return {"share_first": state.num_first / rounds}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the share of action 0 over both players."""
        return {"share_first": self.columns(state)["share_first"].mean(axis=1)}

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Return the last round as player i sees it, or show what each action would have paid in it; before the first
        round 0.
        """
        if out is not None:
            for a in range(env.payoffs.shape[1]):
                out[a] = env.payoffs[i, a, env.last[1 - i]] if env.num_rounds[0] > 0 else 0.0
            return 0
        if env.last[0] < 0:
            return 0
        return 1 + env.payoffs.shape[1] * env.last[i] + env.last[1 - i]

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Pay both players and remember the round."""
        for i in range(2):
            rewards[i] = env.payoffs[i, actions[i], actions[1 - i]]
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
