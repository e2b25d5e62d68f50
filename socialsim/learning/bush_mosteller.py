"""Bush-Mosteller reinforcement: the chance of what was done moves towards one, as far as it paid.

    p(o, b) <- p(o, b) + alpha r ([b = a] - p(o, b))                                           ([Bush1955]_, chapter 3)

for a reward r in [0, 1] after the action a on the observation o; chances start equal and always sum to 1. A play
without a reward changes nothing. Unlike Roth and Erev's urns, which learn ever more slowly, it learns at a constant
rate: the chance of doing for ever what one happened to do first is above zero. The environment must tell by the fact
``reward_range`` that rewards lie between 0 and 1, since chances leave these ends where rewards do.

`BushMostellerSender` and `BushMostellerReceiver` talk as Roth-Erev learners do: a message for each state, an act for
each message ([Skyrms2010]_, chapter 7).
"""

from __future__ import annotations

from typing import ClassVar

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Specification, constant
from socialsim.learning._urns import ReceiverUrns, SenderUrns, State, Urns, chances_of_urn


class _Moved(Urns):
    """What all of them share: the rate and the rule."""

    alpha: float = parameter(0.1, "learning rate", unit="per reward", gt=0, le=1)

    source: ClassVar[str] = "Bush & Mosteller 1955, Stochastic Models for Learning"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out equal chances."""
        low, high = specification.fact("reward_range")
        if low < 0.0 or high > 1.0:
            raise ParameterError(
                f"learner: {self.name()!r} moves chances by rewards, which here lie between {low:g} and {high:g}; "
                "accepted: an environment whose rewards lie between 0 and 1"
            )
        state = super().state(specification, num_agents)
        chances = state.first_weights / state.first_weights.sum(axis=1, keepdims=True)
        return state._replace(first_weights=constant(chances), weights=chances + 0.0 * state.weights, rate=self.alpha)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Move the chances towards what was done, by choice or by force."""
        urn, step = learner.urn[i], learner.rate * reward
        for b in range(learner.weights.shape[2]):
            target = 1.0 if b == action else 0.0
            learner.weights[i, urn, b] += step * (target - learner.weights[i, urn, b])


class BushMosteller(_Moved):
    """Moves the chances of its actions on what it observes.

    Examples
    --------
    >>> BushMosteller(alpha=0.05).alpha
    0.05
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
