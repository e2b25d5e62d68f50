"""Reticence: scientists who do not share all that they find.

Beliefs and actions are those of `socialsim.learning.bayesian`, and one's own result always counts for oneself. What
others learn of it is one's choice:

    all          every result, the norm of communism; the same as the Bayesian
    favourable   only results that speak for the method that one uses, k > n/2: the file drawer
    none         nothing: everybody is on their own

An agent that shares nothing is a community of one, whose sceptics nobody can reach: such communities end polarised.
Those who share what is favourable tell each other good news only: hardly any community gives the new method up, but
none would if it were the worse one either. Source: [Heesen2017]_ (Philosophy of Science 84:698-716) on why scientists
share results or keep them; [Weatherall2020]_, section 3, on sharing selectively.
"""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Specification
from socialsim.learning.bayesian import Bayesian
from socialsim.learning.bayesian import State as Prior
from socialsim.learning.standing import BELIEVER, LISTENER, NOWHERE, NUM_STANDS, SCEPTIC, UNDECIDED, take_stand, verdict

ALL, FAVOURABLE, NONE = 0, 1, 2
POLICIES = {"all": ALL, "favourable": FAVOURABLE, "none": NONE}

draw_prior = Bayesian.initialise


class State(NamedTuple):
    """A Bayesian's beliefs, what is shared, and where all stand."""

    trials: int
    weight: float  # ln[q / (1 - q)]
    settled_above: float  # log-odds of the threshold
    prior_low: float
    prior_high: float
    log_odds: NDArray[np.float64]  # (num_agents,)
    sharing: int
    standing: NDArray[np.int64]  # (num_agents,)
    tally: NDArray[np.int64]  # (num_stands + 1,), how many stand where, and who was the last to say


@compiled
def evidence_of(learner, action, reward):
    """Return the evidence of one's result, (2k - n) ln[q / (1 - q)]."""
    return (2.0 * reward - learner.trials) * learner.weight if action == 1 else 0.0


@compiled
def stand(learner, i):
    """Return where agent i stands; where nothing is shared no sceptic hears anything."""
    if learner.log_odds[i] > learner.settled_above:
        return BELIEVER
    if learner.log_odds[i] > 0.0:
        return UNDECIDED
    return SCEPTIC if learner.sharing == NONE else LISTENER


class Reticent(Bayesian):
    """Shares all results, the favourable ones, or none.

    Examples
    --------
    >>> Reticent(sharing="none").sharing
    'none'
    """

    sharing: Literal["all", "favourable", "none"] = parameter("favourable", "which of their results agents share")

    source: ClassVar[str] = "Heesen 2017, Philosophy of Science 84:698-716"
    hears_itself: ClassVar[bool] = False

    def state(self, specification: Specification, num_agents: int) -> State:
        """Start as a Bayesian does; nobody stands anywhere yet."""
        prior: Prior = super().state(specification, num_agents)
        return State(
            *prior,
            sharing=POLICIES[self.sharing],
            standing=np.full(num_agents, NOWHERE),
            tally=np.zeros(NUM_STANDS + 1, np.int64),
        )

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Draw a credence from U(low, high)."""
        draw_prior(learner, i, stream)
        take_stand(learner.standing, learner.tally, i, stand(learner, i))

    @staticmethod
    @compiled
    def report(learner, i, observation, action, reward, stream):
        """Return the evidence of one's result if it is shared."""
        evidence = evidence_of(learner, action, reward)
        if learner.sharing == ALL or (learner.sharing == FAVOURABLE and evidence > 0.0):
            return evidence
        return 0.0

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Add the evidence of one's own result, shared or not, and note where one stands."""
        learner.log_odds[i] += evidence_of(learner, action, reward)
        take_stand(learner.standing, learner.tally, i, stand(learner, i))

    @staticmethod
    @compiled
    def settled(learner, i):
        """Return the community's end (see `socialsim.learning.standing`), or -1."""
        return verdict(learner.standing, learner.tally, i)
