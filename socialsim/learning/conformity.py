"""Conformity: an action is worth what one expects of it and the company that one has in it.

Beliefs are those of `socialsim.learning.bayesian`: P_i is the credence that arm 1 pays 1/2 + e rather than 1/2 - e.
The choice is another. With s_i the share of the other scientists whom agent i hears that used arm 1 in the last round,
arm 1 is better than arm 0, in units of e, by

    u_i = (2 P_i - 1) + kappa (2 s_i - 1),

and used iff u_i > 0; in the first round there is no company yet. With kappa = 0 this is Zollman's scientist; from
kappa = 1 on a unanimous neighbourhood outweighs certainty. Beliefs and actions may then part for good: one who is
convinced of the better method may still go on with the worse among others who do.

A run ends when no agent's action can change any more. Agent i will stay with arm 0 if u_i <= 0 and nobody, itself
included, shows it a result of arm 1, or if even certainty would not suffice, 1 + kappa (2 s_i - 1) <= 0; it has settled
on arm 1 if u_i > 0 and P_i exceeds the threshold. If all are settled and not on the same arm the community is
polarised in its actions. Source: [Weatherall2021]_ (Synthese 198:7257-7278), where company is worth something beside
the expected payoff; [Mohseni2021]_ for the trade-off of truth against conformity. Departure: company is measured by its
share among those one sees, so that one strength serves every degree.
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Specification
from socialsim.learning.bayesian import Bayesian
from socialsim.learning.bayesian import State as Prior
from socialsim.learning.standing import BELIEVER, NOWHERE, NUM_STANDS, SCEPTIC, UNDECIDED, take_stand, verdict

draw_prior = Bayesian.initialise


class State(NamedTuple):
    """A Bayesian's beliefs, what was seen done in the last round, and where all stand."""

    trials: int
    weight: float  # ln[q / (1 - q)]
    settled_above: float  # log-odds of the threshold
    prior_low: float
    prior_high: float
    log_odds: NDArray[np.float64]  # (num_agents,)
    conformity: float
    on_better: NDArray[np.int64]  # (num_agents,), of those seen in the last round, how many used arm 1
    num_seen: NDArray[np.int64]  # (num_agents,)
    standing: NDArray[np.int64]  # (num_agents,)
    tally: NDArray[np.int64]  # (num_stands + 1,), how many stand where, and who was the last to say


@compiled
def company(learner, i):
    """Return 2 s_i - 1, in [-1, 1]; 0 where nobody is seen."""
    if learner.num_seen[i] == 0:
        return 0.0
    return 2.0 * learner.on_better[i] / learner.num_seen[i] - 1.0


@compiled
def prefers_better(learner, i):
    """Return whether u_i > 0; 2 P - 1 = tanh(x / 2)."""
    return math.tanh(learner.log_odds[i] / 2.0) + learner.conformity * company(learner, i) > 0.0


@compiled
def stand(learner, i, action):
    """Return where agent i stands that has just done an action."""
    if prefers_better(learner, i) != (action == 1):
        return UNDECIDED
    if action == 1:
        return BELIEVER if learner.log_odds[i] > learner.settled_above else UNDECIDED
    stays = learner.on_better[i] == 0 or 1.0 + learner.conformity * company(learner, i) <= 0.0
    return SCEPTIC if stays else UNDECIDED


class Conformist(Bayesian):
    """Would rather do what others do.

    Examples
    --------
    >>> Conformist(conformity=1.5).conformity
    1.5
    """

    conformity: float = parameter(
        0.5, "strength kappa: what unanimous neighbours count for, against certainty that arm 1 is better", ge=0
    )

    source: ClassVar[str] = "Weatherall & O'Connor 2021, Synthese 198:7257-7278"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Start as a Bayesian does; nobody has been seen yet."""
        prior: Prior = super().state(specification, num_agents)
        return State(
            *prior,
            conformity=self.conformity,
            on_better=np.zeros(num_agents, np.int64),
            num_seen=np.zeros(num_agents, np.int64),
            standing=np.full(num_agents, NOWHERE),
            tally=np.zeros(NUM_STANDS + 1, np.int64),
        )

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Draw a credence from U(low, high)."""
        draw_prior(learner, i, stream)
        learner.on_better[i] = 0
        learner.num_seen[i] = 0
        take_stand(learner.standing, learner.tally, i, UNDECIDED)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Use arm 1 iff u_i > 0."""
        return 1 if prefers_better(learner, i) else 0

    @staticmethod
    @compiled
    def announce(learner, i, observation, action, stream):
        """Let the neighbours see what one does, and look around anew."""
        learner.on_better[i] = 0
        learner.num_seen[i] = 0
        return 1.0 if action == 1 else 0.0

    @staticmethod
    @compiled
    def witness(learner, i, j, weight, message):
        """Count those who use arm 1 and those seen; one is no company to oneself."""
        if j != i:
            learner.on_better[i] += np.int64(message)
            learner.num_seen[i] += 1

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Note where one stands after the round."""
        take_stand(learner.standing, learner.tally, i, stand(learner, i, action))

    @staticmethod
    @compiled
    def settled(learner, i):
        """Return the community's end (see `socialsim.learning.standing`), or -1."""
        return verdict(learner.standing, learner.tally, i)
