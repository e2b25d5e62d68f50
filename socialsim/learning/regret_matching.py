"""Regret matching: take an action in proportion to how much one regrets not having taken it (Hart & Mas-Colell 2000).

After each round an agent sees what each action would have paid, u_t(a), and adds up its regrets

    R_t(a) = R_{t-1}(a) + u_t(a) - u_t(a_t),    R_0 = 0.

Then it takes action a with the probability

    p_{t+1}(a) = [R_t(a)]+ / sum_b [R_t(b)]+,    uniformly if no regret is positive   ([HartMasColell2000]_, section 4).

This is the procedure of their theorem B, whose regrets are against always having done another thing. Whatever the
others do, the average regret max_a R_T(a) / T vanishes (Hannan consistency): by Blackwell's argument

    E max_a R_T(a) <= D sqrt[(K - 1) T],    D the largest difference of two payoffs of a round,                      (1)

since the expected squared length of the positive regrets grows by at most (K - 1) D^2 a round. In a zero-sum game of
two the average play of those without regrets is an equilibrium; in other games their joint play approaches the coarse
correlated equilibria.

With ``plus`` regrets never fall below zero, R <- max(R + u(a) - u(a_t), 0), which forgives at once what has turned bad:
regret matching+ ([Tammelin2014]_). The same bound holds.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import categorical, integer
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.knowledge import needs_foregone_payoffs
from socialsim.learning.logit import shares


class State(NamedTuple):
    """Regrets so far."""

    plus: int
    regrets: NDArray[np.float64]  # (num_agents, num_actions), sums over rounds
    weights: NDArray[np.float64]  # (num_agents, num_actions), the positive ones
    num_rounds: NDArray[np.int64]  # (num_agents,)


class RegretMatching(Learner):
    """Does what it regrets not having done; needs an environment that shows what each action would have paid.

    Examples
    --------
    >>> RegretMatching(plus=True).plus
    True
    """

    plus: bool = parameter(False, "whether regrets never fall below zero (regret matching+)")

    source: ClassVar[str] = "Hart & Mas-Colell 2000, Econometrica 68:1127-1150"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Start without regrets."""
        shape = (num_agents, needs_foregone_payoffs(self.name(), specification))
        return State(int(self.plus), np.zeros(shape), np.zeros(shape), np.zeros(num_agents, np.int64))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's average regret, max_a R(a) / t, or 0 if that is negative (with ``plus`` at least that);
        NaN before the first round.
        """
        rounds = np.where(state.num_rounds > 0, state.num_rounds, math.nan)
        return {"regret": np.maximum(state.regrets.max(axis=2), 0.0) / rounds}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget everything."""
        learner.num_rounds[i] = 0
        for a in range(learner.regrets.shape[1]):
            learner.regrets[i, a] = 0.0
            learner.weights[i, a] = 0.0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Draw in proportion to positive regrets, or uniformly if there are none."""
        for a in range(learner.weights.shape[1]):
            if learner.weights[i, a] > 0.0:
                return categorical(stream, learner.weights[i])
        return integer(stream, learner.weights.shape[1])

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action."""
        highest = 0.0
        for a in range(learner.weights.shape[1]):
            highest = max(highest, learner.weights[i, a])
        for a in range(learner.weights.shape[1]):
            out[a] = learner.weights[i, a] if highest > 0.0 else 1.0
        shares(out, out)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Add what each action would have paid beyond what was done, by choice or by force."""
        learner.num_rounds[i] += 1
        for a in range(learner.regrets.shape[1]):
            learner.regrets[i, a] += next_observation[a] - next_observation[action]
            learner.weights[i, a] = max(learner.regrets[i, a], 0.0)
            if learner.plus == 1:
                learner.regrets[i, a] = learner.weights[i, a]
