"""Neighbours who signal to each other, and regions in which messages mean the same (Zollman 2005).

Everybody has a **strategy**: a message for each of n states and an act for each of m messages, m^n n^m in all (16 for
two states and two messages). In each step everybody plays the signalling game with all whom it hears, once as sender
and once as receiver in each state, and is paid the mean success over these plays:

    u_i = 1/|N_i| sum_{j in N_i} [ w(i, j) + w(j, i) ] / 2,    w(i, j) = sum_s P(s) [ j does s when i tells it s ]

Strategies that speak to themselves without fail, w(i, i) = 1, are the **signalling systems**; there are two of them
with two states and two messages, each the inversion of the other. Where everybody meets everybody at most one is left.
On a lattice on which all do as their best neighbour did (`socialsim.learning.imitate_best`) both live on, in regions
with borders across which nobody is understood ([Zollman2005]_).

A strategy is numbered sum_s message(s) m^s + m^n sum_k act(k) n^k. The game between strategies is symmetric, so that
any learner may play it that needs nothing but rewards.
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
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.links import degree, is_away, neighbour
from socialsim.engine.scenario import Scenario
from socialsim.metrics.estimates import mean, proportion

MOST_STRATEGIES = 1024


class State(NamedTuple):
    """What everybody does."""

    payoffs: NDArray[np.float64]  # (num_strategies, num_strategies), [w(i, j) + w(j, i)] / 2
    strategy: NDArray[np.int64]  # (num_agents,)
    payoff: NDArray[np.float64]  # (num_agents,)


class Dialects(Environment):
    """Agents who each have a strategy of sending and receiving.

    Examples
    --------
    >>> len(Dialects().codes()[0]), len(Dialects().systems())
    (16, 2)
    """

    num_states: int = parameter(2, "number of equally likely states, and of acts", ge=2, le=4)
    num_messages: int = parameter(2, "number of messages", ge=1, le=4)

    source: ClassVar[str] = "Zollman 2005, Philosophy of Science 72:69-85"
    figure: ClassVar[Mapping[str, Any]] = {
        "step_label": "generation",
        "series": "mean_payoff",
        "series_label": "mean success",
        "agent": "system",
        "agent_label": "signalling system (0: none)",
    }

    def codes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return each strategy's message for each state and its act on each message, two arrays with a row a strategy.

        Examples
        --------
        >>> messages, acts = Dialects().codes()
        >>> messages[10].tolist(), acts[10].tolist()  # 10 = 2 + 4 * 2: the first system
        ([0, 1], [0, 1])
        """
        n, m = self.num_states, self.num_messages
        number = np.arange(m**n * n**m)
        says = np.stack([number // m**s % m for s in range(n)], axis=1)
        does = np.stack([number // m**n // n**k % n for k in range(m)], axis=1)
        return says, does

    def success(self) -> NDArray[np.float64]:
        """Return w(i, j), the success of strategy i as sender with strategy j as receiver."""
        says, does = self.codes()
        return np.mean([s == does[:, says[:, s]].T for s in range(self.num_states)], axis=0)

    def systems(self) -> NDArray[np.int64]:
        """Return the signalling systems among the strategies.

        Examples
        --------
        >>> Dialects().systems().tolist()
        [5, 10]
        """
        return np.flatnonzero(np.diagonal(self.success()) == 1.0)

    def model_post_init(self, context: Any) -> None:
        """Refuse games of too many strategies."""
        num_strategies = self.num_messages**self.num_states * self.num_states**self.num_messages
        if num_strategies > MOST_STRATEGIES:
            raise ParameterError(
                f"environment.num_messages: {self.num_messages} messages of {self.num_states} states make "
                f"{num_strategies} strategies; accepted: at most {MOST_STRATEGIES}"
            )

    def state(self, num_agents: int) -> State:
        """Lay out strategies; learners choose them."""
        success = self.success()
        payoffs = constant((success + success.T) / 2.0)
        return State(payoffs, np.zeros(num_agents, np.int64), np.zeros(num_agents))

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees nothing and chooses a strategy."""
        return Specification(
            Discrete(len(self.codes()[0])), facts={"reward_range": (0.0, 1.0), "payoffs_by_actions": True}
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's payoff, strategy, and the number of its signalling system from 1 on, 0 if it has none."""
        place = np.searchsorted(self.systems(), state.strategy)
        system = np.where(np.isin(state.strategy, self.systems()), place + 1, 0)
        return {"payoff": state.payoff, "strategy": state.strategy, "system": system}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the mean success, the share of agents with any signalling system, with the commonest one, and how many
        systems there are.
        """
        shares = np.stack([(state.strategy == system).mean(axis=1) for system in self.systems()], axis=1)
        return {
            "success": state.payoff.mean(axis=1),
            "system_share": shares.sum(axis=1),
            "largest_share": shares.max(axis=1),
            "num_systems": (shares > 0).sum(axis=1),
        }

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Let everybody play with all whom it hears."""
        for i in range(actions.shape[0]):
            env.strategy[i] = actions[i]
        for i in range(actions.shape[0]):
            total, num_partners = 0.0, 0
            if not is_away(network, i):
                for k in range(degree(network, i)):
                    j = neighbour(network, i, k)
                    if not is_away(network, j):
                        total += env.payoffs[actions[i], actions[j]]
                        num_partners += 1
            env.payoff[i] = total / num_partners if num_partners > 0 else 0.0
            rewards[i] = env.payoff[i]


def system_share(result: Result) -> Estimate:
    """Mean share of agents that have a signalling system at the end."""
    return mean(result.runs.system_share)


def largest_share(result: Result) -> Estimate:
    """Mean share of agents that have the commonest signalling system at the end."""
    return mean(result.runs.largest_share)


def coexistence_rate(result: Result) -> Estimate:
    """Share of runs that end with several signalling systems."""
    return proportion(result.runs.num_systems > 1)


METRICS = (system_share, largest_share, coexistence_rate)


def scenario() -> Scenario:
    """Return a torus of 900 agents, each with eight neighbours, who do as the best of them did."""
    return Scenario(
        Dialects(), "imitate_best", "grid:rows=30,columns=30,neighbourhood=moore,periodic=true", 200, METRICS
    )


def small() -> Scenario:
    """Return nine agents on a torus for a few generations."""
    return Scenario(Dialects(), "imitate_best", "grid:rows=3,columns=3,neighbourhood=moore,periodic=true", 20, METRICS)
