r"""Pairwise comparison: look at one neighbour, and do as it did, the more probably the better it fared.

After each step agents tell what they did and what it paid. Each draws one of those whom it hears, j, uniformly, and
does next what j did with a chance that depends on both rewards; otherwise it does the same again.

    P = 1 / (1 + exp[-w (r_j - r_i)])              `Fermi`                  ([Blume1993]_, [Szabo1998]_)            (1)
    P = max[0, (r_j - r_i) / (high - low)]         `ProportionalImitation`  ([Schlag1998]_)                         (2)

In (1) w is the intensity of selection: 0 is to copy anybody (the voter model), infinity to copy whoever fared better
and nobody else. In (2) rewards lie between low and high, which the environment must tell by the fact ``reward_range``;
nobody copies who fared worse, and among many who all meet the shares of actions follow the replicator equation. The
first action is drawn uniformly. Without mutation an action that nobody does never comes back: who hears of nothing else
than it does itself **has settled** on it, and when all have settled on the same nothing can change, links neither.
Components that settle on different actions play on, since a link might move between them.

Where an agent hears many, the one compared with is kept by lot as they come, the n-th with the chance 1/n; for these
lots each agent has a stream of its own, since what is heard comes without one.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import draw_word, integer, uniform
from socialsim.engine.interface import Learner, Specification

STEEPEST = 700.0  # beyond it exp overflows, and the chance is 0 or 1 in double precision


class State(NamedTuple):
    """What each agent does, and whom it has drawn."""

    scale: float  # per reward: w, or 1 / (high - low)
    mutation: float
    num_actions: int
    action: NDArray[np.int64]  # (num_agents,), to be taken next
    lots: NDArray[np.uint64]  # (num_agents, 4), a stream of each
    num_heard: NDArray[np.int64]  # (num_agents,), in this step
    model: NDArray[np.int64]  # (num_agents,), what the one drawn did
    paid: NDArray[np.float64]  # (num_agents,), what that paid
    is_alike: NDArray[np.int8]  # (num_agents,), whether all did the same as oneself


class _Compared(Learner):
    """What both share: first actions, messages, lots and mutation."""

    mutation: float = parameter(0.0, "chance of an action drawn uniformly instead", unit="per step", ge=0, le=1)

    @abstractmethod
    def scale(self, specification: Specification) -> float:
        """Return what a difference of rewards is multiplied by."""

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out the actions; `initialise` draws the first."""
        return State(
            scale=self.scale(specification),
            mutation=self.mutation,
            num_actions=specification.num_actions,
            action=np.zeros(num_agents, np.int64),
            lots=np.zeros((num_agents, 4), np.uint64),
            num_heard=np.zeros(num_agents, np.int64),
            model=np.zeros(num_agents, np.int64),
            paid=np.zeros(num_agents),
            is_alike=np.zeros(num_agents, np.int8),
        )

    def message_size(self, specification: Specification) -> int:
        """Return 2: a reward, and what was done for it."""
        return 2

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return whether each agent heard of nothing but what it does itself."""
        return {"is_alike": state.is_alike.astype(np.float64)}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Begin with any action."""
        learner.action[i] = integer(stream, learner.num_actions)
        learner.is_alike[i] = 0
        for k in range(4):
            learner.lots[i, k] = draw_word(stream)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Do what was decided."""
        return learner.action[i]

    @staticmethod
    @compiled
    def report(learner, i, observation, action, reward, stream, out):
        """Tell what was done and what it paid."""
        out[0] = reward
        out[1] = action
        learner.action[i] = action  # as it was done, by choice or by force
        learner.num_heard[i] = 0
        learner.is_alike[i] = 1

    @staticmethod
    @compiled
    def absorb(learner, i, j, weight, message):
        """Keep the n-th whom one hears with the chance 1/n."""
        learner.num_heard[i] += 1
        if learner.num_heard[i] == 1 or integer(learner.lots[i], learner.num_heard[i]) == 0:
            learner.paid[i] = message[0]
            learner.model[i] = np.int64(message[1])
        if np.int64(message[1]) != learner.action[i]:
            learner.is_alike[i] = 0

    @staticmethod
    @compiled
    def settled(learner, i):
        """Return what one does if one heard of nothing else, and nothing arises by chance; else -1."""
        return learner.action[i] if learner.is_alike[i] == 1 and learner.mutation == 0.0 else -1


@compiled
def follow(learner, i, action, chance, stream):
    """Do next as the one drawn did with a chance, or anything by mutation."""
    following = action
    if learner.num_heard[i] > 0 and learner.model[i] != action and uniform(stream) < chance:
        following = learner.model[i]
    if learner.mutation > 0.0 and uniform(stream) < learner.mutation:
        following = integer(stream, learner.num_actions)
    learner.action[i] = following


@compiled
def fermi_chance(selection, own, other):
    """Return the chance to copy who was paid ``other``, equation (1).

    Examples
    --------
    >>> fermi_chance(1.0, 2.0, 2.0), round(fermi_chance(0.5, 0.0, 2 * math.log(3)), 12)
    (0.5, 0.75)
    """
    return 1.0 / (1.0 + math.exp(-min(max(selection * (other - own), -STEEPEST), STEEPEST)))


class Fermi(_Compared):
    """Does as a neighbour did, with the chance of Fermi's function of the difference of their rewards.

    Examples
    --------
    >>> Fermi(selection=10.0).selection
    10.0
    """

    selection: float = parameter(1.0, "intensity of selection w", unit="per reward", ge=0)

    source: ClassVar[str] = "Blume 1993, Games and Economic Behavior 5:387-424; Szabó & Tőke 1998, Phys. Rev. E 58:69"

    def scale(self, specification: Specification) -> float:
        """Return the intensity."""
        return self.selection

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Compare oneself with the one drawn."""
        follow(learner, i, action, fermi_chance(learner.scale, reward, learner.paid[i]), stream)


class ProportionalImitation(_Compared):
    """Does as a neighbour did, with a chance in proportion to what that one was paid more.

    Examples
    --------
    >>> ProportionalImitation().mutation
    0.0
    """

    source: ClassVar[str] = "Schlag 1998, Journal of Economic Theory 78:130-156"

    def scale(self, specification: Specification) -> float:
        """Return one over the largest difference of rewards that there may be."""
        low, high = specification.fact("reward_range")
        return 1.0 / (high - low) if high > low else 0.0

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Compare oneself with the one drawn; no chance is below 0."""
        follow(learner, i, action, learner.scale * (learner.paid[i] - reward), stream)
