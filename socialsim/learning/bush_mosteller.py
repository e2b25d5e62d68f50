r"""Bush-Mosteller reinforcement: the chance of what was done moves up as far as it satisfied, and down as it did not.

A reward r after the action a on the observation o satisfies as far as it exceeds an aspiration A; beside the largest
such gap that there may be, it is a **stimulus** s in [-1, 1] ([Macy2002]_, equation 1), which moves all chances,

    s = (r - A) / sup |r' - A|                                            r' over all rewards that there may be     (1)

    p(o, a) <- p(o, a) + alpha s [1 - p(o, a)],    others shrink to fit:   p(o, b) <- p(o, b) - alpha s p(o, b)     (2)
    p(o, a) <- p(o, a) + alpha s p(o, a)           if s < 0; what is lost is shared equally by the others           (3)

([Bush1955]_, chapter 3; [Macy2002]_, equation 2; for two actions (3) leaves no choice). Chances start equal and always
sum to 1. With ``habituation`` h > 0 one grows used to what one gets ([Macy2002]_, equation 3):

    A <- (1 - h) A + h r                                                                                            (4)

The default, A = 0, learns from success alone where rewards lie in [0, 1]: s = r, and a play without a reward changes
nothing. Unlike Roth and Erev's urns, which learn ever more slowly, the rule learns at a constant rate: the chance of
doing for ever what one happened to do first is above zero. Joint actions that satisfy everybody are **self-reinforcing
equilibria**: each repetition makes the next more likely. Where chances would stand still in the mean but no joint
action satisfies all, there is a **self-correcting** one, which play hovers about until it happens to fall into the
other ([Izquierdo2008]_; `socialsim.environments.dilemmas.theory`).

The environment must tell by the fact ``reward_range`` between which ends rewards lie. `BushMostellerSender` and
`BushMostellerReceiver` talk as Roth-Erev learners do: a message for each state, an act for each message
([Skyrms2010]_, chapter 7).
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Specification, constant
from socialsim.learning._urns import ReceiverUrns, SenderUrns, Urns, chances_of_urn


class State(NamedTuple):
    """Chances, which of them were drawn from, and what one aspires to."""

    first_weights: NDArray[np.float64]  # (num_urns, num_actions), chances at first
    noise: float  # chance that a message is misheard
    rate: float
    first_aspiration: float
    habituation: float
    low: float
    high: float  # rewards lie between them
    weights: NDArray[np.float64]  # (num_agents, num_urns, num_actions), chances
    urn: NDArray[np.int64]  # (num_agents,)
    drawn: NDArray[np.int64]  # (num_agents,)
    aspiration: NDArray[np.float64]  # (num_agents,)


class _Moved(Urns):
    """What all of them share: the rate, the aspiration and the rule."""

    alpha: float = parameter(0.1, "learning rate", unit="per stimulus", gt=0, le=1)
    aspiration: float = parameter(0.0, "aspiration A at first", unit="reward")
    habituation: float = parameter(0.0, "rate h at which it follows rewards", unit="per reward", ge=0, le=1)

    source: ClassVar[str] = "Bush & Mosteller 1955, Stochastic Models for Learning; Macy & Flache 2002, PNAS 99:7229"

    def state(self, specification: Specification, num_agents: int) -> Any:
        """Lay out equal chances."""
        low, high = specification.fact("reward_range")
        urns = super().state(specification, num_agents)
        chances = urns.first_weights / urns.first_weights.sum(axis=1, keepdims=True)
        return State(
            first_weights=constant(chances),
            noise=urns.noise,
            rate=self.alpha,
            first_aspiration=self.aspiration,
            habituation=self.habituation,
            low=float(low),
            high=float(high),
            weights=np.repeat(chances[None], num_agents, axis=0),
            urn=urns.urn,
            drawn=urns.drawn,
            aspiration=np.full(num_agents, self.aspiration),
        )

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return how certain each agent is, and its aspiration."""
        return {**super().columns(state), "aspiration": state.aspiration}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Start with equal chances and the first aspiration."""
        learner.aspiration[i] = learner.first_aspiration
        for urn in range(learner.weights.shape[1]):
            for b in range(learner.weights.shape[2]):
                learner.weights[i, urn, b] = learner.first_weights[urn, b]

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Move the chances by the stimulus of what was done, by choice or by force, and grow used to it."""
        urn, level = learner.urn[i], learner.aspiration[i]
        move_chances(learner.weights, i, urn, action, learner.rate * stimulus(reward, level, learner.low, learner.high))
        learner.aspiration[i] = level + learner.habituation * (reward - level)


@compiled
def stimulus(reward, aspiration, low, high):
    """Return how far a reward satisfies, in [-1, 1], equation (1); 0 where all rewards are what one aspires to.

    Examples
    --------
    >>> stimulus(3.0, 2.0, 0.0, 4.0), stimulus(0.0, 1.0, 0.0, 4.0)
    (0.5, -0.3333333333333333)
    """
    largest = max(high - aspiration, aspiration - low)
    return min(max((reward - aspiration) / largest, -1.0), 1.0) if largest > 0.0 else 0.0


@compiled
def move_chances(chances, i, urn, action, step):
    """Move the chances of one urn of agent i by a step in [-1, 1], equations (2) and (3)."""
    num_actions = chances.shape[2]
    if step >= 0.0:
        for b in range(num_actions):
            target = 1.0 if b == action else 0.0
            chances[i, urn, b] += step * (target - chances[i, urn, b])
    elif num_actions > 1:
        lost = -step * chances[i, urn, action]
        for b in range(num_actions):
            chances[i, urn, b] += -lost if b == action else lost / (num_actions - 1)


class BushMosteller(_Moved):
    """Moves the chances of its actions on what it observes.

    Examples
    --------
    >>> BushMosteller(alpha=0.5, aspiration=2.0).aspiration
    2.0
    """

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action."""
        chances_of_urn(learner, i, observation, out)


class BushMostellerSender(_Moved, SenderUrns):
    """Moves the chances of its messages on the state that it observes; needs the fact ``num_messages``.

    Examples
    --------
    >>> BushMostellerSender().act_is_message
    True
    """

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each message."""
        chances_of_urn(learner, i, observation, out)


class BushMostellerReceiver(_Moved, ReceiverUrns):
    """Moves the chances of its actions on the message that it hears; needs the fact ``num_messages``.

    Examples
    --------
    >>> BushMostellerReceiver().name()
    'bush_mosteller_receiver'
    """
