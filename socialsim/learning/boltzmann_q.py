"""Boltzmann Q-learning: values as a Q-learner's, acts by logit ([Sutton2018]_, section 2.8).

Values move as in `socialsim.learning.q_learning`. The action is drawn from

    P(a | o) = exp[Q(o, a) / T_t] / sum_b exp[Q(o, b) / T_t],    T_t = T exp(-beta t),

t = 0, 1, ... one's own number of actions so far: what is nearly as good is tried nearly as often, what is bad hardly
ever. The temperature T is in the unit of values, which are about 1 / (1 - gamma) times a reward. With ``beta = 0`` the
agent stays as random as it is.

With small alpha, beta = 0 and gamma = 0 the value of an action moves in the mean by alpha x_a (u_a - Q_a) a step, since
it is corrected only when it is taken, with chance x_a. That is **not** the replicator with a pull towards the uniform
policy, as is often said ([Tuyls2006]_): it would be, in the mean, if each step corrected all actions, or if alpha were
divided by x_a ([Kaisers2010]_). The two have the same rest points, but not the same way there: with the payoffs 3, 0,
4, 1 of a prisoner's dilemma, T = 1/2 and first values even on [0, 4], cooperation differs by up to .185.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.logit import logit_chances, logit_choice
from socialsim.learning.q_learning import QLearning
from socialsim.learning.values import TIED, forget, greedy_policy, initial_table

COLDEST = 1e-300  # keeps 1 / T finite


class State(NamedTuple):
    """Values, the greedy action of each row, and how random each agent is."""

    alpha: float
    discount: float
    temperature: float
    decay: float  # exp(-beta)
    patience: int
    initial_values: NDArray[np.float64]  # (num_agents, num_observations, num_actions)
    values: NDArray[np.float64]  # (num_agents, num_observations, num_actions)
    greedy: NDArray[np.int32]  # (num_agents, num_observations), -1 where tied
    others: NDArray[np.float64]  # (num_agents, num_observations), no other action's value is higher
    heat: NDArray[np.float64]  # (num_agents,), T_t
    weights: NDArray[np.float64]  # (num_agents, num_actions), proportional to the chances at the last act
    num_stable: NDArray[np.int64]  # (num_agents,), acts since the greedy strategy last changed


class BoltzmannQ(Learner):
    """Learns the value of each action on each observation, and takes better ones more often.

    Examples
    --------
    >>> BoltzmannQ(temperature=0.5).temperature
    0.5
    """

    alpha: float = parameter(0.1, "learning rate", gt=0, le=1)
    discount: float = parameter(0.9, "discount factor gamma", unit="per step", ge=0, lt=1)
    temperature: float = parameter(1.0, "temperature T of choice at first", unit="reward", gt=0)
    beta: float = parameter(0.0, "rate at which the temperature decays", unit="per action", ge=0)
    initial_value: float | Literal["uniform_rivals"] = parameter(
        0.0, "initial value of every action; uniform_rivals: what it would pay for ever if all others acted at random"
    )
    patience: int = parameter(
        0, "acts without a change of the best actions after which one has settled; 0: never", unit="actions", ge=0
    )

    source: ClassVar[str] = "Sutton & Barto 2018, Reinforcement Learning, section 2.8"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out one table for each agent."""
        initial_values = initial_table(specification, num_agents, self.initial_value, self.discount)
        return State(
            alpha=self.alpha,
            discount=self.discount,
            temperature=self.temperature,
            decay=math.exp(-self.beta),
            patience=self.patience,
            initial_values=initial_values,
            values=initial_values.copy(),
            greedy=np.full(initial_values.shape[:2], TIED, np.int32),
            others=np.full(initial_values.shape[:2], -math.inf),
            heat=np.full(num_agents, self.temperature),
            weights=np.ones((num_agents, specification.num_actions)),
            num_stable=np.zeros(num_agents, np.int64),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's highest value, and how certain its last choice was: the largest chance of an action."""
        certainty = state.weights.max(axis=2) / state.weights.sum(axis=2)
        return {"highest_value": state.values.max(axis=(2, 3)), "certainty": certainty}

    def policy(self, state: State) -> NDArray[np.int64]:
        """Return the best action on each observation, shape (num_runs, num_agents, num_observations)."""
        return greedy_policy(state)

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Start with every value at its initial one, and hot."""
        forget(learner, i)
        for a in range(learner.weights.shape[1]):
            learner.weights[i, a] = 1.0
        learner.heat[i] = learner.temperature
        learner.num_stable[i] = 0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Choose by logit, and cool down."""
        sensitivity = 1.0 / max(learner.heat[i], COLDEST)
        learner.heat[i] *= learner.decay
        return logit_choice(learner.values[i, observation], sensitivity, learner.weights[i], stream)

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action at the next act."""
        logit_chances(learner.values[i, observation], 1.0 / max(learner.heat[i], COLDEST), out)

    learn = staticmethod(QLearning.learn)
    settled = staticmethod(QLearning.settled)
