"""Regularities of known kind, on which a certificate is tried: planted norms, and controls that are none.

Norms are held up by agents who respond to whoever breaks them:

- `MutualPunisher`, for the repeated prisoner's dilemma: after a defection both defect for some rounds, then forgive;
- `ForgivingCartel`, for the sellers of `socialsim.environments.pricing`: collude until somebody undercuts, compete for
  some periods, then collude again ([Green1984]_, with prices that are seen);
- `Scold`, for the `Village`, in which it makes no difference what one wears: whoever does not wear what all wear is
  told off by the others in the next step ([Koster2022]_ calls such a rule silly).

Controls respond to nobody: `Habit` does the same always but for mistakes; `Sticky` repeats what it did, and now and
then draws another act; nor do the two learners of `socialsim.learning.scripted`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Discrete, Environment, Learner, Specification

COMPLY, BREAK, SCOLD = range(3)


class Square(NamedTuple):
    """What everybody wore last."""

    bonus: float
    scolding: float
    harm: float
    has_broken: NDArray[np.int64]  # (num_agents,), in the last step


class Village(Environment):
    """Villagers who wear red or blue; who wears red may scold those who wore blue in the last step.

    Blue pays ``bonus`` more than red. To scold costs ``scolding``, even where nobody wore blue, to be scolded ``harm``
    each time. A villager sees whether anybody else wore blue in the last step.

    Examples
    --------
    >>> village = Village(bonus=0.5)
    >>> state, rewards = village.state(3), np.zeros(3)
    >>> Village.advance(state, None, np.array([1, 0, 0]), rewards, None)
    >>> Village.advance(state, None, np.array([0, 2, 0]), rewards, None)
    >>> rewards.tolist()
    [-1.0, -0.1, 0.0]
    """

    bonus: float = parameter(0.0, "what blue pays more than red", unit="reward")
    scolding: float = parameter(0.1, "cost of scolding", unit="reward", ge=0)
    harm: float = parameter(1.0, "of being scolded by one", unit="reward", ge=0)

    def state(self, num_agents: int) -> Square:
        """Return a village in which nobody has worn anything yet."""
        return Square(self.bonus, self.scolding, self.harm, np.zeros(num_agents, np.int64))

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A villager sees whether anybody else wore blue, and wears red, blue, or red and a frown."""
        return Specification(Discrete(3, ("red", "blue", "red, and scold")), Discrete(2, ("all red", "some blue")))

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return whether anybody else wore blue."""
        for j in range(env.has_broken.shape[0]):
            if j != i and env.has_broken[j] == 1:
                return 1
        return 0

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Scold, and wear."""
        for i in range(actions.shape[0]):
            rewards[i] = env.bonus if actions[i] == BREAK else 0.0
            if actions[i] == SCOLD:
                rewards[i] -= env.scolding
        for i in range(actions.shape[0]):
            for j in range(actions.shape[0]):
                if actions[i] == SCOLD and j != i and env.has_broken[j] == 1:
                    rewards[j] -= env.harm
        for i in range(actions.shape[0]):
            env.has_broken[i] = 1 if actions[i] == BREAK else 0


class Manners(NamedTuple):
    """How often one slips, and what else one knows."""

    tremble: float
    num_actions: int
    action: int
    length: int  # of a punishment, rounds
    usual: NDArray[np.int64]  # (num_agents,), taken last
    left: NDArray[np.int64]  # (num_agents,), rounds of punishment that are left


class _Villager(Learner):
    """One who slips now and then."""

    tremble: float = parameter(0.02, "chance of another act, drawn evenly", ge=0, le=1)

    def state(self, specification: Specification, num_agents: int) -> Manners:
        """Lay out the agents."""
        nothing = np.zeros(num_agents, np.int64)
        action, length = (getattr(self, name, 0) for name in ("action", "length"))
        return Manners(self.tremble, specification.num_actions, action, length, nothing, nothing.copy())


class Scold(_Villager):
    """Wears red, and scolds if anybody wore blue.

    Examples
    --------
    >>> state = Scold(tremble=0.0).state(Village().specification("agent", 3), 3)
    >>> [Scold.act(state, 0, seen, np.arange(1, 5, dtype=np.uint64)) for seen in (0, 1)]
    [0, 2]
    """

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Do what is proper, but for slips."""
        if uniform(stream) < learner.tremble:
            return integer(stream, learner.num_actions)
        return SCOLD if observation == 1 else COMPLY


class Habit(_Villager):
    """Does the same always, but for slips.

    Examples
    --------
    >>> Habit(action=1).action
    1
    """

    action: int = parameter(0, "the habit", ge=0)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Do as ever, but for slips."""
        return integer(stream, learner.num_actions) if uniform(stream) < learner.tremble else learner.action


class Sticky(_Villager):
    """Repeats itself; a slip becomes the new habit.

    Examples
    --------
    >>> Sticky(tremble=0.1).tremble
    0.1
    """

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Go on, or begin something else."""
        if uniform(stream) < learner.tremble:
            learner.usual[i] = integer(stream, learner.num_actions)
        return learner.usual[i]


class MutualPunisher(_Villager):
    """Cooperates (act 0); after a defection (act 1) of either it defects for some rounds, and then forgives.

    Acts other than these two it lets pass.

    Examples
    --------
    >>> from socialsim.environments.repeated_game import RepeatedGame
    >>> state = MutualPunisher(tremble=0.0).state(RepeatedGame().specification("row", 2), 1)
    >>> stream, acts = np.arange(1, 5, dtype=np.uint64), []
    >>> for seen in (1 + 2 * 0 + 1, 1 + 2 * 1 + 1, 1 + 2 * 1 + 1, 1):  # the other defects, then both do
    ...     acts.append(MutualPunisher.act(state, 0, seen, stream))
    >>> acts
    [1, 1, 0, 0]
    """

    length: int = parameter(2, "of a punishment", unit="rounds", ge=1)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Count down, or begin to count."""
        if learner.left[i] > 0:
            learner.left[i] -= 1
        elif observation > 1:
            own, other = divmod(observation - 1, learner.num_actions)
            if own == 1 or other == 1:
                learner.left[i] = learner.length
        if uniform(stream) < learner.tremble:
            return integer(stream, learner.num_actions)
        return 1 if learner.left[i] > 0 else 0


class Pact(NamedTuple):
    """How to read prices, and how long punishment still lasts."""

    tremble: float
    length: int
    num_prices: int
    num_sellers: int
    collusive: int
    competitive: int
    left: NDArray[np.int64]  # (num_agents,)


class ForgivingCartel(Learner):
    """Takes the monopoly price; after a lower price of anybody the Nash price for some periods.

    Examples
    --------
    >>> ForgivingCartel(length=3).length
    3
    """

    tremble: float = parameter(0.02, "chance of another price, drawn evenly", ge=0, le=1)
    length: int = parameter(5, "of a price war", unit="periods", ge=1)

    def state(self, specification: Specification, num_agents: int) -> Pact:
        """Begin with a pact that holds."""
        return Pact(
            tremble=self.tremble,
            length=self.length,
            num_prices=specification.fact("num_prices"),
            num_sellers=specification.fact("num_sellers"),
            collusive=specification.fact("monopoly_price_index"),
            competitive=specification.fact("nash_price_index"),
            left=np.zeros(num_agents, np.int64),
        )

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Keep the pact, make war, or slip."""
        if learner.left[i] > 0:
            learner.left[i] -= 1
        else:
            rest = observation
            for _ in range(learner.num_sellers):
                if rest % learner.num_prices < learner.collusive:
                    learner.left[i] = learner.length
                rest //= learner.num_prices
        if uniform(stream) < learner.tremble:
            return integer(stream, learner.num_prices)
        return learner.competitive if learner.left[i] > 0 else learner.collusive
