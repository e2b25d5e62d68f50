"""Publication bias and the canonisation of false facts.

A claim is true or false. In every step each researcher makes one experiment on it, which comes out positive with
probability

    1 - b  if the claim is true  (b: false negative rate; 1 - b is the power),
    a      if it is false        (a: false positive rate).

Positive results are published, negative ones with probability r < 1: this is the **publication bias**. Readers know a
and b, see the published results of those whom they hear and their own, and take them for all that there are. Each moves
the log-odds of the claim by

    d_1 = ln[(1 - b) / a] if positive,    d_0 = ln[b / (1 - a)] if negative,                               (eq. 5)

until belief is above t_1 (the claim is **canonised** as a fact) or below t_0 (it is rejected). A published result of a
false claim is positive with probability w_F = a / [a + (1 - a) r] (eq. 2), so that belief drifts by

    d_1 w_F + d_0 (1 - w_F)                                                                                (eq. 7)

per publication. Where r < r* = a d_1 / [(1 - a)(-d_0)] this is upwards: science then makes facts of false claims, the
more surely the stricter its standards are. True claims are hardly ever rejected.

One researcher alone is the paper's process, since the paper's community reads all that is published. Its verdict is
computed exactly by `socialsim.environments.publication.theory.absorption`. Further rules, none in force by default:

- **p-hacking** (the paper's figure 8): a false claim is confirmed more often than the rate a that readers know;
- **surprise** (figure 9): an author may insist on a negative result, which is then published for sure. A reader who
  does so with probability q, the belief in the claim, makes it appear with probability r + q (1 - r);
- **citation bias**: a new publication cites earlier ones, each drawn in proportion to 1 + the citations that it has (a
  Polya urn over positive and negative publications), and a naive reader takes every citation for another finding;
- **retraction**: a published result that is wrong is found out and withdrawn at some rate, and readers forget it. It
  may still be cited.

Source: [Nissen2016]_ (eLife 5:e21451); [Price1976]_ for citations.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import geometric, uniform
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.links import COMPLETE, degree, is_away, neighbour
from socialsim.engine.scenario import Scenario
from socialsim.environments.publication.measures import (
    experiments_to_verdict,
    false_canonisation_rate,
    false_fact_rate,
    publications_to_verdict,
    true_canonisation_rate,
    wrong_result_rate,
)

POSITIVE, NEGATIVE = 0, 1
INSIST = 1
TIE = 1e-9  # log-odds; belief at a threshold, but for rounding, is not past it


class State(NamedTuple):
    """What a replication holds."""

    base_rate: float
    positive_chance: NDArray[np.float64]  # (2,), of an experiment on a false claim, on a true one
    negative_publication_rate: float
    num_citations: int
    retraction_rate: float
    is_true: NDArray[np.int64]  # (1,), whether the claim is true
    record: NDArray[np.float64]  # (num_agents, 2 or 4), each author's standing results and the citations in them
    literature: NDArray[np.float64]  # (2 or 4,), the same of all authors
    urn: NDArray[np.float64]  # (2,), publications and citations of positive results, of negative ones
    num_experiments: NDArray[np.int64]  # (1,)
    num_published: NDArray[np.int64]  # (2,), positive and negative results, withdrawn ones included
    num_withdrawn: NDArray[np.int64]  # (1,)


class Publication(Environment):
    """Researchers who test one claim, publish some of the results, and read.

    Examples
    --------
    >>> [round(d, 3) for d in Publication(false_positive_rate=0.05, false_negative_rate=0.2).evidence()]
    [2.773, -1.558]
    """

    base_rate: float = parameter(0.0, "chance that the claim is true", unit="probability", ge=0, le=1)
    false_positive_rate: float = parameter(
        0.05, "chance that a test of a false claim is positive, as readers know it", unit="probability", gt=0, lt=1
    )
    false_negative_rate: float = parameter(
        0.2, "chance that a test of a true claim is negative", unit="probability", gt=0, lt=1
    )
    negative_publication_rate: float = parameter(
        0.1, "chance that a negative result is published", unit="probability", ge=0, le=1
    )
    threshold: float = parameter(0.999, "belief above which a claim is canonised", unit="probability", gt=0, lt=1)
    lower_threshold: float | None = parameter(
        None, "belief below which a claim is rejected; 1 - threshold if not given", unit="probability", gt=0, lt=1
    )
    p_hacking: float = parameter(1.0, "actual false positive rate over the one that readers know", ge=1)
    num_citations: int = parameter(0, "citations that a publication makes", ge=0, le=1000)
    retraction_rate: float = parameter(
        0.0, "chance that a published result that is wrong is withdrawn", unit="per step", ge=0, le=1
    )

    source: ClassVar[str] = "Nissen, Magidson, Gross & Bergstrom 2016, eLife 5:e21451"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_belief",
        "series_label": "mean belief in the claim",
        "agent": "belief",
        "agent_label": "belief in the claim",
        "verdicts": {"0": "rejected", "1": "canonised"},
    }

    def model_post_init(self, context: Any, /) -> None:
        """Check what concerns several parameters; say so where a positive result does not speak for the claim."""
        rejected_below, canonised_above = self.thresholds()
        if rejected_below >= canonised_above:
            if self.lower_threshold is None:
                raise ParameterError(f"threshold: {self.threshold!r} is not accepted; accepted: a float, > 0.5, < 1")
            raise ParameterError(
                f"lower_threshold: {self.lower_threshold!r} is not accepted; "
                f"accepted: a float, > 0, < {canonised_above:g} (threshold)"
            )
        if self.p_hacking * self.false_positive_rate > 1.0:
            raise ParameterError(
                f"p_hacking: {self.p_hacking!r} is not accepted; accepted: a float, >= 1, "
                f"<= {1.0 / self.false_positive_rate:g} (1 / false_positive_rate)"
            )
        if 1.0 - self.false_negative_rate < self.false_positive_rate + TIE:
            _notice_low_power(1.0 - self.false_negative_rate, self.false_positive_rate)

    def thresholds(self) -> tuple[float, float]:
        """Return the beliefs below which a claim is rejected and above which it is canonised."""
        lower = 1.0 - self.threshold if self.lower_threshold is None else self.lower_threshold
        return lower, self.threshold

    def positive_chance(self, *, is_true: bool) -> float:
        """Return the chance that an experiment is positive."""
        return 1.0 - self.false_negative_rate if is_true else self.p_hacking * self.false_positive_rate

    def evidence(self, *, corrected: bool = False) -> tuple[float, float]:
        """Return how much a published positive and a published negative result move the log-odds.

            d_1 - c,  d_0 - c,    c = ln[(1 - b) + b r] / [a + (1 - a) r]

        where c = 0 for those who ignore publication bias (eq. 5). With it the two are ln(w_T / w_F) and
        ln[(1 - w_T) / (1 - w_F)], the likelihood ratios of a result that has been published (eq. 3).

        Examples
        --------
        >>> [round(d, 3) for d in Publication(negative_publication_rate=0.1).evidence(corrected=True)]
        [1.04, -3.291]
        """
        power, size = 1.0 - self.false_negative_rate, self.false_positive_rate
        rate = self.negative_publication_rate if corrected else 1.0
        correction = math.log(power + (1.0 - power) * rate) - math.log(size + (1.0 - size) * rate)
        positive, negative = math.log(power) - math.log(size), math.log(1.0 - power) - math.log(1.0 - size)
        return (positive - correction, negative - correction) if corrected else (positive, negative)

    def state(self, num_agents: int) -> State:
        """Lay out an empty literature; citations take columns of their own where there are any."""
        num_columns = 2 if self.num_citations == 0 else 4
        return State(
            base_rate=self.base_rate,
            positive_chance=constant([self.positive_chance(is_true=False), self.positive_chance(is_true=True)]),
            negative_publication_rate=self.negative_publication_rate,
            num_citations=self.num_citations,
            retraction_rate=self.retraction_rate,
            is_true=np.zeros(1, np.int64),
            record=np.zeros((num_agents, num_columns)),
            literature=np.zeros(num_columns),
            urn=np.zeros(2),
            num_experiments=np.zeros(1, np.int64),
            num_published=np.zeros(2, np.int64),
            num_withdrawn=np.zeros(1, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A researcher sees the standing positive and negative results, and the citations of each, and chooses what to
        do with a negative result.
        """
        rejected_below, canonised_above = self.thresholds()
        facts = {
            "evidence": self.evidence(),
            "corrected_evidence": self.evidence(corrected=True),
            "rejected_below": math.log(rejected_below / (1.0 - rejected_below)) - TIE,
            "canonised_above": math.log(canonised_above / (1.0 - canonised_above)) + TIE,
        }
        actions = Discrete(2, ("leave a negative result to chance", "insist on a negative result"))
        return Specification(actions, Box(low=0.0, shape=(2 if self.num_citations == 0 else 4,)), facts)

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return whether the claim was true, and how many experiments and publications there were."""
        return {
            "is_true": state.is_true[:, 0],
            "num_experiments": state.num_experiments[:, 0],
            "num_positive": state.num_published[:, POSITIVE],
            "num_negative": state.num_published[:, NEGATIVE],
            "num_withdrawn": state.num_withdrawn[:, 0],
        }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw whether the claim is true."""
        env.is_true[0] = 1 if uniform(stream) < env.base_rate else 0

    @staticmethod
    @compiled
    def observe(env, network, i, out):
        """Count what stands in the publications of oneself and of those whom one hears."""
        if network.kind == COMPLETE:
            out[0], out[1] = env.literature[0], env.literature[1]
            if env.num_citations > 0:
                out[2], out[3] = env.literature[2], env.literature[3]
            return
        for k in range(out.shape[0]):
            out[k] = env.record[i, k]
        for e in range(degree(network, i)):
            j = neighbour(network, i, e)
            for k in range(out.shape[0]):
                out[k] += env.record[j, k]

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Wrong results are withdrawn; everybody makes an experiment, and is paid 1 if it is published.

        Publications of one step appear in the order of rows.
        """
        if env.retraction_rate > 0.0:
            withdraw(env, stream)
        positive = env.positive_chance[env.is_true[0]]
        for i in range(actions.shape[0]):
            rewards[i] = 0.0
            if is_away(network, i):
                continue
            env.num_experiments[0] += 1
            rate = 1.0 if actions[i] == INSIST else env.negative_publication_rate
            draw = uniform(stream)  # decides the result and whether it appears
            if draw < positive + (1.0 - positive) * rate:
                publish(env, i, POSITIVE if draw < positive else NEGATIVE, stream)
                rewards[i] = 1.0


@compiled
def publish(env, i, result, stream):
    """Let author i publish a result; the publication cites earlier ones."""
    env.record[i, result] += 1.0
    env.literature[result] += 1.0
    env.num_published[result] += 1
    if env.num_citations > 0:
        if env.urn[POSITIVE] + env.urn[NEGATIVE] > 0.0:
            for _ in range(env.num_citations):
                ball = uniform(stream) * (env.urn[POSITIVE] + env.urn[NEGATIVE])
                cited = POSITIVE if ball < env.urn[POSITIVE] else NEGATIVE
                env.urn[cited] += 1.0
                env.record[i, 2 + cited] += 1.0
                env.literature[2 + cited] += 1.0
        env.urn[result] += 1.0


@compiled
def withdraw(env, stream):
    """Withdraw each standing result that is wrong at the stated rate, skipping from one withdrawal to the next."""
    wrong = NEGATIVE if env.is_true[0] == 1 else POSITIVE
    for i in range(env.record.shape[0]):
        num_standing = env.record[i, wrong]
        if num_standing > 0.0:
            paper = geometric(stream, env.retraction_rate)
            while paper < num_standing:
                env.record[i, wrong] -= 1.0
                env.literature[wrong] -= 1.0
                env.num_withdrawn[0] += 1
                paper += 1 + geometric(stream, env.retraction_rate)


@cache  # once a process for each pair
def _notice_low_power(power: float, size: float) -> None:
    """Say that tests are useless or worse: legal, but seldom meant."""
    logging.getLogger(__name__).warning(
        "note: the power 1 - false_negative_rate, %g, does not exceed the false_positive_rate, %g: "
        "a positive result does not speak for the claim",
        power,
        size,
    )


METRICS = (
    *(false_canonisation_rate, true_canonisation_rate, false_fact_rate),
    *(wrong_result_rate, experiments_to_verdict, publications_to_verdict),
)


def scenario() -> Scenario:
    """Return the paper's process: one false claim, strict standards, and a tenth of the negative results published."""
    return Scenario(Publication(), "reader", "complete:n=1", 100_000, METRICS)


def small() -> Scenario:
    """Return four researchers on a ring with every rule switched on."""
    environment = Publication(base_rate=0.5, threshold=0.9, p_hacking=2.0, num_citations=2, retraction_rate=0.1)
    return Scenario(environment, "reader:surprise=0.5", "cycle:n=4", 30, METRICS)
