"""A reader who adds up published evidence on one claim, naively or with publication bias in mind.

Let y results be published that speak for the claim and z against it. By Bayes' rule the log-odds of the claim are

    x = ln[p / (1 - p)] + d_1 y + d_0 z                                                       ([Nissen2016]_, eq. 5)

for a prior p, where d_1 and d_0 are the log-likelihood ratios of a positive and of a negative result. A **naive**
reader takes published results for all results, and a citation for another finding of what it cites. A **corrected**
reader weighs each by its likelihood given that it was published (eq. 3), and does not count citations.

With **surprise** s a reader insists on publishing a negative result of their own with probability s q, where q is the
belief in the claim: what contradicts a belief is news. At s = 1 this is the paper's figure 9. No constant weight
corrects for a bias that changes with belief, so that a corrected reader has s = 0.

x depends on what stands in the literature alone. A result that is withdrawn is forgotten, and whoever comes late reads
what the others have read.
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
from socialsim.engine.interface import Learner, Specification, constant


class State(NamedTuple):
    """Log-odds and what evidence weighs."""

    prior: float  # log-odds
    rejected_below: float  # log-odds
    canonised_above: float  # log-odds
    surprise: float
    weights: NDArray[np.float64]  # (num_kinds,), log-odds of one result or citation of each kind
    log_odds: NDArray[np.float64]  # (num_agents,)


class Reader(Learner):
    """Believes what is published.

    Examples
    --------
    >>> from socialsim.engine.interface import Box, Discrete
    >>> facts = {"evidence": (2.0, -1.0), "corrected_evidence": (1.0, -2.0)}
    >>> standards = {"rejected_below": -7.0, "canonised_above": 7.0}
    >>> specification = Specification(Discrete(2), Box(shape=(4,)), facts | standards)
    >>> Reader().state(specification, num_agents=1).weights
    array([ 2., -1.,  2., -1.])
    >>> Reader(corrected=True).state(specification, num_agents=1).weights
    array([ 1., -2.,  0.,  0.])
    """

    prior: float = parameter(0.5, "initial belief in the claim", unit="probability", gt=0, lt=1)
    corrected: bool = parameter(False, "whether publication bias and repetition are allowed for")
    surprise: float = parameter(0.0, "chance to insist on a negative result, per unit of belief", ge=0, le=1)

    source: ClassVar[str] = "Nissen, Magidson, Gross & Bergstrom 2016, eLife 5:e21451"

    def model_post_init(self, context: Any, /) -> None:
        """Refuse to correct for what no constant weight corrects."""
        if self.corrected and self.surprise > 0.0:
            raise ParameterError(f"surprise: {self.surprise!r} is not accepted; accepted: 0 where corrected = true")

    def state(self, specification: Specification, num_agents: int) -> State:
        """Start from the prior."""
        naive, corrected = specification.fact("evidence"), specification.fact("corrected_evidence")
        num_kinds = getattr(specification.observations, "shape", (0,))[0]
        prior = math.log(self.prior / (1.0 - self.prior))
        return State(
            prior=prior,
            rejected_below=specification.fact("rejected_below"),
            canonised_above=specification.fact("canonised_above"),
            surprise=self.surprise,
            weights=constant(((*corrected, 0.0, 0.0) if self.corrected else (*naive, *naive))[:num_kinds]),
            log_odds=np.full(num_agents, prior),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's belief in the claim."""
        return {"belief": expit(state.log_odds)}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Begin with the prior."""
        learner.log_odds[i] = learner.prior

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Insist on a negative result (1) with a chance in proportion to belief, else leave it to chance (0)."""
        if learner.surprise == 0.0:
            return 0
        belief = 0.5 + 0.5 * math.tanh(0.5 * learner.log_odds[i])
        return 1 if uniform(stream) < learner.surprise * belief else 0

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Weigh what is published by now."""
        log_odds = learner.prior + learner.weights[0] * next_observation[0] + learner.weights[1] * next_observation[1]
        if next_observation.shape[0] == 4:
            log_odds += learner.weights[2] * next_observation[2] + learner.weights[3] * next_observation[3]
        learner.log_odds[i] = log_odds

    @staticmethod
    @compiled
    def settled(learner, i):
        """Return 1 if the claim is canonised, 0 if it is rejected, else -1."""
        if learner.log_odds[i] > learner.canonised_above:
            return 1
        return 0 if learner.log_odds[i] < learner.rejected_below else -1
