r"""Mean-field Q-learning: the value of an action among the others' mean action ([Yang2018]_).

Among many agents a table over everybody's actions is out of reach. If what i earns is a sum over those j whom it hears,
Q(o, a_i, a_j), then up to second order in how far they are from their mean it depends on that mean alone. So an agent
keeps Q(o, a, abar), with abar the mean action of those whom it hears: the share of them at each action. In each step it
draws its action by the mean action that it heard of last, all act, it hears what they did, and learns with **that**:

    P(a | o, abar_-)  in proportion to  exp[Q(o, a, abar_-) / T_t]                                 (P)
    abar              = mean of what those whom it hears have now done                             (M)
    Q(o, a, abar)    <- Q(o, a, abar) + alpha [r + gamma v(o', abar) - Q(o, a, abar)]              (Q)
    v(o', abar)       = sum_b P(b | o', abar) Q(o', b, abar)                                       (V)

with T_t = T exp(-beta t), t one's own number of actions so far. A rest point is a policy that is Boltzmann against the
mean action that it makes itself: the fixed point is found over steps, one round of (M) and (P) in each. Nobody knows
rewards or transitions, and rewards may be noisy: only what happened to oneself and what others did is used.

**Classes.** The paper uses networks for large games and a table where the neighbours are few. Here shares are rounded
to multiples of 1 / K (``resolution``), so that abar is one of C(K + m - 1, m - 1) classes for m actions: K + 1 for two.
A table takes nothing for granted of how rewards depend on abar; with K the degree of a regular network it is exact.
Weights linear in abar would learn sooner, and be wrong wherever a crowd is paid out of proportion (a bar that is full).
Shares are rounded cumulatively, action by action, so that they always sum to 1. At first one expects all actions
alike; who hears nobody keeps what it heard last. Heard are those who announce what they do, by this or another learner
that does; agents who decide otherwise, as by a script, are not.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Learner, Specification, constant
from socialsim.learning.boltzmann_q import COLDEST
from socialsim.learning.logit import logit_chances, logit_choice

MOST_CLASSES = 100_000


class State(NamedTuple):
    """Values, how random each agent is, and the company that it keeps."""

    alpha: float
    discount: float
    temperature: float
    decay: float  # exp(-beta)
    initial_value: float
    resolution: int
    ranks: NDArray[np.int64]  # constant (m - 1, K + 1), what a cumulative share adds to the number of a class
    values: NDArray[np.float64]  # (num_agents, num_observations, num_classes, num_actions), Q
    heat: NDArray[np.float64]  # (num_agents,), T_t
    counts: NDArray[np.float64]  # (num_agents, num_actions), weight of those heard at each action in this step
    company: NDArray[np.int64]  # (num_agents,), class of the mean action heard last
    weights: NDArray[np.float64]  # (num_agents, num_actions), proportional to the chances at the last act
    chances: NDArray[np.float64]  # (num_agents, num_actions), scratch


def class_ranks(num_actions: int, resolution: int) -> NDArray[np.int64]:
    """Return what the b-th cumulative share, c_b / K, adds to the number of a class: C(c_b + b, b + 1), b = 0, 1, ...

    The numbers 0 <= c_0 <= c_1 <= ... <= K are so counted without gaps (the combinatorial number system).

    Parameters
    ----------
    num_actions : int
    resolution : int
        K.

    Returns
    -------
    ndarray of int, shape (num_actions - 1, K + 1)

    Raises
    ------
    ParameterError
        If there are too many classes for a table.

    Examples
    --------
    >>> class_ranks(3, 2)
    array([[0, 1, 2],
           [0, 1, 3]])
    """
    num_classes = math.comb(resolution + num_actions - 1, num_actions - 1)
    if num_classes > MOST_CLASSES:
        raise ParameterError(
            f"learner.resolution: {resolution} makes {num_classes} classes of mean actions of {num_actions} actions; "
            f"accepted: at most {MOST_CLASSES} classes"
        )
    rows = [[math.comb(c + b, b + 1) for c in range(resolution + 1)] for b in range(num_actions - 1)]
    return np.array(rows, np.int64).reshape(num_actions - 1, resolution + 1)


@compiled
def class_of(counts, ranks, fallback):
    """Return the class of the shares that counts make; ``fallback`` where there are none.

    Examples
    --------
    >>> int(class_of(np.array([1.0, 3.0]), class_ranks(2, 4), -1))
    1
    """
    total = 0.0
    for a in range(counts.shape[0]):
        total += counts[a]
    if total <= 0.0:
        return fallback
    number, below, most = 0, 0.0, ranks.shape[1] - 1
    for a in range(counts.shape[0] - 1):
        below += counts[a]
        number += ranks[a, np.int64(math.floor(most * below / total + 0.5))]
    return number


@compiled
def begin_company(learner, i):
    """Expect all actions alike."""
    for a in range(learner.counts.shape[1]):
        learner.counts[i, a] = 1.0
    learner.company[i] = class_of(learner.counts[i], learner.ranks, 0)
    for a in range(learner.counts.shape[1]):
        learner.counts[i, a] = 0.0


@compiled
def say_action(learner, i, observation, action, stream):
    """Let the neighbours see what one does, and look around anew."""
    for a in range(learner.counts.shape[1]):
        learner.counts[i, a] = 0.0
    return np.float64(action)


@compiled
def see_action(learner, i, j, weight, message):
    """Count what one of the neighbours does, if it is something that one could do too."""
    if message < learner.counts.shape[1]:
        learner.counts[i, np.int64(message)] += weight


class MeanFieldQ(Learner):
    """Learns the value of each action among the mean action of those whom it hears.

    Examples
    --------
    >>> MeanFieldQ(temperature=0.5).resolution
    4
    """

    alpha: float = parameter(0.1, "learning rate", gt=0, le=1)
    discount: float = parameter(0.9, "discount factor gamma", unit="per step", ge=0, lt=1)
    temperature: float = parameter(1.0, "temperature T of choice at first", unit="reward", gt=0)
    beta: float = parameter(0.0, "rate at which the temperature decays", unit="per action", ge=0)
    resolution: int = parameter(4, "K: shares of actions are rounded to multiples of 1 / K", ge=1, le=1000)
    initial_value: float = parameter(0.0, "initial value of every action", unit="reward")

    source: ClassVar[str] = "Yang et al. 2018, ICML, PMLR 80:5571-5580"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out one table for each agent."""
        num_actions, num_observations = specification.num_actions, specification.num_observations
        ranks = class_ranks(num_actions, self.resolution)
        num_classes = math.comb(self.resolution + num_actions - 1, num_actions - 1)
        return State(
            alpha=self.alpha,
            discount=self.discount,
            temperature=self.temperature,
            decay=math.exp(-self.beta),
            initial_value=self.initial_value,
            resolution=self.resolution,
            ranks=constant(ranks),
            values=np.full((num_agents, num_observations, num_classes, num_actions), self.initial_value),
            heat=np.full(num_agents, self.temperature),
            counts=np.zeros((num_agents, num_actions)),
            company=np.zeros(num_agents, np.int64),
            weights=np.ones((num_agents, num_actions)),
            chances=np.zeros((num_agents, num_actions)),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's highest value in its present company, and how certain its last choice was: the largest
        chance of an action.
        """
        certainty = state.weights.max(axis=2) / state.weights.sum(axis=2)
        return {"highest_value": in_company(state).max(axis=(2, 3)), "certainty": certainty}

    def policy(self, state: State) -> NDArray[np.int64]:
        """Return the best action on each observation in the present company, shape (num_runs, num_agents,
        num_observations).
        """
        return in_company(state).argmax(axis=3)

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Start with every value at its initial one, and hot."""
        for o in range(learner.values.shape[1]):
            for k in range(learner.values.shape[2]):
                for a in range(learner.values.shape[3]):
                    learner.values[i, o, k, a] = learner.initial_value
        for a in range(learner.weights.shape[1]):
            learner.weights[i, a] = 1.0
        learner.heat[i] = learner.temperature
        begin_company(learner, i)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Choose by logit in the company heard last (P), and cool down."""
        sensitivity = 1.0 / max(learner.heat[i], COLDEST)
        learner.heat[i] *= learner.decay
        values = learner.values[i, observation, learner.company[i]]
        return logit_choice(values, sensitivity, learner.weights[i], stream)

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action at the next act."""
        values = learner.values[i, observation, learner.company[i]]
        logit_chances(values, 1.0 / max(learner.heat[i], COLDEST), out)

    announce = staticmethod(say_action)
    witness = staticmethod(see_action)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Move Q(o, a, abar) towards r + gamma v(o', abar) (Q, V)."""
        company = class_of(learner.counts[i], learner.ranks, learner.company[i])
        learner.company[i] = company
        target = reward
        if learner.discount > 0.0:
            following = learner.values[i, next_observation, company]
            logit_chances(following, 1.0 / max(learner.heat[i], COLDEST), learner.chances[i])
            for a in range(following.shape[0]):
                target += learner.discount * learner.chances[i, a] * following[a]
        old = learner.values[i, observation, company, action]
        learner.values[i, observation, company, action] = old + learner.alpha * (target - old)


def in_company(state: Any) -> NDArray[np.float64]:
    """Return the values in each agent's present company.

    Parameters
    ----------
    state : NamedTuple
        With ``values``, shape (num_runs, num_agents, num_observations, num_classes, num_actions), and ``company``,
        shape (num_runs, num_agents).

    Returns
    -------
    ndarray, shape (num_runs, num_agents, num_observations, num_actions)
    """
    values, company = np.asarray(state.values), np.asarray(state.company)
    return np.take_along_axis(values, company[:, :, None, None, None], axis=3)[:, :, :, 0]
