"""Bayesian agents who weigh two hypotheses about one uncertain arm (Zollman 2007).

Arm 0 is known to succeed half of the time. Arm 1 succeeds either with probability q = 1/2 + e ("better") or 1 - q
("worse"); x_i is the log-odds of "better":

    x_i = ln P_i(better) / P_i(worse)

An agent uses arm 1 iff P_i(better) > 1/2, that is x_i > 0. By Bayes' rule k successes in n trials of arm 1 move the
log-odds of whoever sees them by

    (2k - n) ln[q / (1 - q)],                                                            ([Zollman2007]_, section 2, in
    log-odds)

and results of arm 0 teach nothing. Evidence therefore adds up over neighbours and oneself. An agent has settled on arm
0 when x_i <= 0 and on arm 1 when P_i(better) exceeds the threshold. The threshold changes how long a run lasts, hardly
how often it succeeds: a community that is past it turns back with a chance of about 1 - threshold.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Learner, Specification


class State(NamedTuple):
    """Log-odds and what evidence weighs."""

    trials: int
    weight: float  # ln[q / (1 - q)]
    settled_above: float  # log-odds of the threshold
    prior_low: float
    prior_high: float
    log_odds: NDArray[np.float64]  # (num_agents,)


class Bayesian(Learner):
    """Weighs "arm 1 pays 1/2 + e" against "arm 1 pays 1/2 - e".

    Examples
    --------
    >>> Bayesian(threshold=0.999).threshold
    0.999
    """

    threshold: float = parameter(0.9999, "credence above which an agent has settled on arm 1", ge=0.5, lt=1)
    prior_low: float = parameter(0.0, "lower end of the uniform distribution of initial credences", ge=0, le=1)
    prior_high: float = parameter(1.0, "upper end of the uniform distribution of initial credences", ge=0, le=1)

    source: ClassVar[str] = "Zollman 2007, Philosophy of Science 74:574-587"
    additive: ClassVar[frozenset[str]] = frozenset({"absorb"})
    hears_itself: ClassVar[bool] = True

    def state(self, specification: Specification, num_agents: int) -> Any:
        """Start from log-odds 0; `initialise` draws the priors. A subclass may hold more than a `State`."""
        if specification.num_actions != 2:
            raise ParameterError(
                f"learner: {self.name()!r} weighs two arms of known chances, not {specification.num_actions} actions"
            )
        if self.prior_low > self.prior_high:
            raise ParameterError(f"learner.prior_low: {self.prior_low} is above prior_high, {self.prior_high}")
        better = specification.fact("better_rate")
        return State(
            trials=specification.fact("trials"),
            weight=math.log(better / (1.0 - better)),
            settled_above=math.log(self.threshold / (1.0 - self.threshold)),
            prior_low=self.prior_low,
            prior_high=self.prior_high,
            log_odds=np.zeros(num_agents),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's credence that arm 1 is better."""
        return {"credence": expit(state.log_odds)}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Draw a credence from U(low, high)."""
        credence = learner.prior_low + (learner.prior_high - learner.prior_low) * uniform(stream)
        if credence <= 0.0:
            learner.log_odds[i] = -math.inf
        elif credence >= 1.0:
            learner.log_odds[i] = math.inf
        else:
            learner.log_odds[i] = math.log(credence / (1.0 - credence))

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Use arm 1 iff it is believed to be better."""
        return 1 if learner.log_odds[i] > 0.0 else 0

    @staticmethod
    @compiled
    def report(learner, i, observation, action, reward, stream):
        """Return the evidence of one's result, (2k - n) ln[q / (1 - q)]."""
        return (2.0 * reward - learner.trials) * learner.weight if action == 1 else 0.0

    @staticmethod
    @compiled
    def absorb(learner, i, total):
        """Add the evidence that one sees."""
        learner.log_odds[i] += total

    @staticmethod
    @compiled
    def settled(learner, i):
        """Return the arm on which agent i has settled, or -1."""
        if learner.log_odds[i] <= 0.0:
            return 0
        return 1 if learner.log_odds[i] > learner.settled_above else -1
