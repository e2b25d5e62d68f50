"""Misinformants: agents among scientists who speak against the better method, whatever they find.

A misinformant experiments with arm 1 like a scientist who believes in it, and reports, as evidence in log-odds like
`socialsim.learning.bayesian`,

    fabrication   n - k successes in place of k: what an honest result would be if arm 1 paid 1/2 - e
    selection     its result if it speaks against arm 1, k < n/2, else nothing

Fabricated evidence takes from the scientists who hear it as much as an honest colleague would give. Selected evidence
is true, every piece of it, and still misleads, since the rest is missing: its mean is E[w; w < 0] < 0, most of it where
studies are small and come out either way. It learns nothing and never settles.
A fabricator's report may speak for arm 1 and win sceptics back; a run ends all the same when no scientist
uses arm 1 any more, so that a share of false consensus is that of its first occurrence. Source: [Holman2015]_
(Philosophy of Science 82:956-968) for intransigently biased agents; [Weatherall2020]_, section 4 (biased production),
and [OConnor2019]_ for the strategies. Departure: a misinformant makes one study of n trials a round, like everybody,
and speaks to scientists themselves, not to those who decide on policy. It is understood by learners whose messages are
evidence in log-odds.
"""

from __future__ import annotations

import math
from typing import ClassVar, Literal, NamedTuple

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Learner, Specification


class State(NamedTuple):
    """Nothing is remembered."""

    trials: int
    weight: float  # ln[q / (1 - q)]
    fabricates: int


class Misinformant(Learner):
    """Reports fabricated or selected results against arm 1.

    Examples
    --------
    >>> Misinformant().strategy
    'selection'
    """

    strategy: Literal["selection", "fabrication"] = parameter("selection", "how reports are made to mislead")

    source: ClassVar[str] = "Weatherall, O'Connor & Bruner 2020, Brit. J. Phil. Sci. 71:1157-1186"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the constants."""
        better = specification.fact("better_rate")
        return State(
            trials=specification.fact("trials"),
            weight=math.log(better / (1.0 - better)),
            fabricates=int(self.strategy == "fabrication"),
        )

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Experiment with arm 1."""
        return 1

    @staticmethod
    @compiled
    def report(learner, i, observation, action, reward, stream):
        """Return evidence against arm 1, or 0 where there is none to show."""
        evidence = (2.0 * reward - learner.trials) * learner.weight
        if learner.fabricates:
            return -evidence
        return min(evidence, 0.0)
