"""Roth-Erev reinforcement: urns whose drawn ball comes back with company.

An agent has an urn for each observation o with a weight w(o, a) for each action. It draws

    P(a | o) = w(o, a) / sum_b w(o, b)

and adds the reward to what was drawn: w(o, a) <- w(o, a) + r ([Roth1995]_, eq. 1-2). Weights start at
``initial_weight``; rewards must not be negative, and an environment whose fact ``reward_range`` says that they may be
is refused. A play without a reward leaves the urn as it was.

With **forgetting** phi the urn drawn from fades first, no ball below a **floor** nu (the ARP rule of [Bereby1998]_): an
urn that fails again and again then becomes even again, and what was given up is tried once more ([Barrett2009]_, in
signalling games). With a **cut-off** mu a ball whose share of its urn falls below mu is removed for good ([Roth1995]_,
section 3):

    w(o, b) <- max[nu, (1 - phi) w(o, b)] + r [b = a],        then w(o, b) <- 0 where w(o, b) < mu sum_c w(o, c)

In a signalling game the sender's act **is** its message, so that all learners share the rule ([Skyrms2010]_):
`RothErevSender` draws and reinforces messages, `RothErevReceiver` has an urn for each message that it may hear,
`RothErevTalker` is either from play to play, and `RothErevSpeller` draws a message symbol by symbol, as several senders
who do not know of each other would ([Barrett2009b]_).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Specification, constant
from socialsim.learning._urns import ReceiverUrns, SenderUrns, SpellerUrns, State, TalkerUrns, Urns, chances_of_urn

FAINTEST = 1e-200  # weight that forgetting alone leaves, so that no urn runs empty


@compiled
def reinforce(learner, i, urn, action, reward):
    """Let the urn fade, add the reward to what was done, and remove rare balls."""
    if learner.kept < 1.0:
        for k in range(learner.weights.shape[2]):
            if learner.weights[i, urn, k] > 0.0:
                learner.weights[i, urn, k] = max(learner.kept * learner.weights[i, urn, k], learner.floor)
    learner.weights[np.uint64(i), np.uint64(urn), np.uint64(action)] += reward
    if learner.cutoff > 0.0:
        total = 0.0
        for k in range(learner.weights.shape[2]):
            total += learner.weights[i, urn, k]
        for k in range(learner.weights.shape[2]):
            if learner.weights[i, urn, k] < learner.cutoff * total:
                learner.weights[i, urn, k] = 0.0


class _Reinforced(Urns):
    """What all of them share: first weights, forgetting, the cut-off and the rule."""

    initial_weight: float = parameter(1.0, "weight of each ball at first", unit="reward", gt=0)
    forgetting: float = parameter(0.0, "share phi of an urn's weights that fades when it is drawn from", ge=0, lt=1)
    floor: float = parameter(0.0, "weight nu below which forgetting takes no ball", unit="reward", ge=0)
    cutoff: float = parameter(0.0, "share mu of its urn below which a ball is removed", ge=0, lt=1)

    source: ClassVar[str] = "Roth & Erev 1995, Games and Economic Behavior 8:164-212"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out the urns."""
        low = specification.facts.get("reward_range", (0.0, 0.0))[0]
        if low < 0.0:
            raise ParameterError(
                f"learner: {self.name()!r} adds rewards to weights, and here they may be {low:g}; accepted: an "
                "environment whose rewards are not negative"
            )
        state = super().state(specification, num_agents)
        first = self.initial_weight * state.first_weights
        most = int((first > 0.0).sum(axis=1).max())
        if self.cutoff * most > 1.0:
            raise ParameterError(
                f"learner.cutoff: {self.cutoff} would empty an urn of {most} kinds of ball; accepted: at most 1/{most}"
            )
        return state._replace(
            first_weights=constant(first),
            kept=1.0 - self.forgetting,
            floor=max(self.floor, FAINTEST),
            cutoff=self.cutoff,
            weights=self.initial_weight * state.weights,
        )

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Reinforce what was done, by choice or by force."""
        reinforce(learner, i, learner.urn[np.uint64(i)], action, reward)


class RothErev(_Reinforced):
    """Draws actions from the urn of what it observes.

    Examples
    --------
    >>> RothErev().initial_weight
    1.0
    """

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action."""
        chances_of_urn(learner, i, observation, out)


class RothErevSender(_Reinforced, SenderUrns):
    """Draws messages from the urn of the state that it observes; needs the fact ``num_messages``.

    Examples
    --------
    >>> RothErevSender(initial_weight=0.5).initial_weight
    0.5
    """

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each message."""
        chances_of_urn(learner, i, observation, out)


class RothErevReceiver(_Reinforced, ReceiverUrns):
    """Draws actions from the urn of the message that it hears; needs the fact ``num_messages``.

    Examples
    --------
    >>> RothErevReceiver().name()
    'roth_erev_receiver'
    """


class RothErevTalker(_Reinforced, TalkerUrns):
    """Sends in some plays and receives in others, with urns for states and for messages.

    Needs the facts ``num_states`` (an observation below is a state to be told, that number itself means to listen),
    ``num_messages`` and ``num_acts``.

    Examples
    --------
    >>> RothErevTalker().act_is_message
    True
    """


class RothErevSpeller(_Reinforced, SpellerUrns):
    """Spells a message symbol by symbol, each from an urn of its own; needs the fact ``symbols``: how many each place
    of a message has.

    Examples
    --------
    >>> RothErevSpeller(forgetting=0.01).forgetting
    0.01
    """

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Reinforce each symbol of what was said, by choice or by force."""
        rest = action
        for back in range(learner.sizes.shape[0]):
            place = learner.sizes.shape[0] - 1 - back
            urn = learner.urn[np.uint64(i)] * learner.sizes.shape[0] + place
            reinforce(learner, i, urn, rest % learner.sizes[place], reward)
            rest = rest // learner.sizes[place]
