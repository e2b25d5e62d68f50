"""Scientists who learn what pays: which hypothesis to pursue, how large a sample to take, whether to replicate.

There are L **lines of research**, each with one open hypothesis. Line l is of kind k = l mod K, and a share b_k
(``base_rates``) of the hypotheses of a kind are true. In every step each of N scientists follows a **practice**: a
pursuit and a sample size n. The pursuit is to test the hypothesis of any line of kind k, or to **replicate**: to test
one about which something has been published. A study of n subjects takes n / n_0 steps in the mean, where n_0 is the
smallest size, and is a one-sided z-test at level alpha of an effect of size d:

    P(positive | true) = w(n) = Phi(d sqrt(n) - z_{1-alpha}),    P(positive | false) = alpha.

A positive result is published, a negative one with probability rho (``negative_publication_rate``; **publication bias**
is rho < 1); a replication is published whatever comes out.

**Readers** hold log-odds x of each open hypothesis, ln[b_k / (1 - b_k)] at first. A published result moves them by its
likelihood ratio: naive readers add ln[w/alpha] for a positive and ln[(1-w)/(1-alpha)] for a negative one; corrected
readers know that studies are missing and take the likelihoods of a result that has been published, such as
w / [w + rho (1-w)]. Past the threshold the hypothesis is **settled**, as a fact or as refuted, and the line turns to a
new one. What a publication is worth for **truth** is what it does to the readers' logarithmic score, in bits: log2 of
their probability of what is the case, after minus before. It is negative where readers are misled.

**Credit** is what scientists are paid: ``novelty_k`` for a published test of a hypothesis of kind k,
``replication_credit`` for a replication, ``citation_credit`` for each citation, and minus ``refutation_penalty`` when
the positive result that one was the last to publish does not replicate. Each publication cites one earlier paper, and
who replicates takes up the line of one: a paper drawn uniformly or, with probability ``citation_bias``, the one that it
cites in its turn. To copy references is preferential attachment: papers gain citations in proportion to those that they
have ([Krapivsky2001]_, [Simkin2003]_). **Citation bias** is that naive readers take a reference copied unread for a
further finding, so that authority grows without evidence ([Greenberg2009]_); corrected readers do not.

Learners climb credit. The **truth gap** is the knowledge per step of the practice that serves truth best, minus that of
the practice that pays best, both as measured in the community itself. With one line, one size and no replications a
community is that of [Nissen2016]_, whose chance of canonising a false hypothesis is exact. The model is one of this
project, put together from [Nissen2016]_ (publication), [Smaldino2016]_ (sample size against output) and
[Krapivsky2001]_ (citation).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.links import degree, is_away, neighbour
from socialsim.engine.scenario import Scenario
from socialsim.environments.researchers.measures import METRICS
from socialsim.environments.researchers.mechanics import NOBODY, open_hypothesis, study
from socialsim.metrics.diversity import hill_number
from socialsim.metrics.inequality import gini

RECENT = 0.01  # weight of one step in a scientist's recent credit


class State(NamedTuple):
    """Constants of the tests, lines of research, the literature as a ring of papers, and tallies by practice."""

    num_kinds: int
    num_sizes: int
    burn_in: int
    shows_neighbours: int
    corrected_readers: int
    alpha: float
    settled_above: float  # log-odds of the threshold
    citation_bias: float
    citation_credit: float
    replication_credit: float
    refutation_penalty: float
    pace: NDArray[np.float64]  # (num_sizes,), chance that a study ends in a step, n_0 / n
    power: NDArray[np.float64]  # (num_sizes,)
    base_rates: NDArray[np.float64]  # (num_kinds,)
    novelty: NDArray[np.float64]  # (num_kinds,)
    publication: NDArray[np.float64]  # (2, 2), [test or replication, negative or positive]
    evidence: NDArray[np.float64]  # (2, num_sizes, 2), log-odds by [test or replication, size, negative or positive]
    clock: NDArray[np.int64]  # (1,), steps so far
    is_true: NDArray[np.int64]  # (num_lines,), the open hypothesis
    log_odds: NDArray[np.float64]  # (num_lines,)
    num_results: NDArray[np.int64]  # (num_lines,), published about the open hypothesis
    claimant: NDArray[np.int64]  # (num_lines,), who was the last to publish a positive result about it, or -1
    claimed_by: NDArray[np.int64]  # (num_lines,), with which practice
    num_settled: NDArray[np.int64]  # (num_lines,), hypotheses of the line before the open one
    num_papers: NDArray[np.int64]  # (1,), published so far; paper p stands in row p % memory
    line: NDArray[np.int64]  # (memory,)
    hypothesis: NDArray[np.int64]  # (memory,), the line's num_settled then
    result: NDArray[np.float64]  # (memory,), its evidence, in log-odds
    author: NDArray[np.int64]  # (memory,), -1 if they have left and another has taken their place
    practice: NDArray[np.int64]  # (memory,), of the author
    cited: NDArray[np.int64]  # (memory,), the paper that it cites, or -1
    is_copied: NDArray[np.bool_]  # (memory,), whether that reference was copied from another paper
    uses: NDArray[np.int64]  # (num_practices,), steps spent
    credit: NDArray[np.float64]  # (num_practices,), later citations and refutations with the cited paper's practice
    knowledge: NDArray[np.float64]  # (num_practices,), bits
    positives: NDArray[np.int64]  # (2,), published positive results of tests: all, about false hypotheses
    replications: NDArray[np.int64]  # (2,), of hypotheses claimed to be true: all, those that confirm
    facts: NDArray[np.int64]  # (2,), hypotheses settled as facts: all, false ones
    refuted: NDArray[np.int64]  # (2,), hypotheses settled as refuted: all, true ones
    last_practice: NDArray[np.int64]  # (num_agents,), -1 before the first
    earned: NDArray[np.float64]  # (num_agents,), credit since the burn-in
    recent: NDArray[np.float64]  # (num_agents,), running mean of credit per step


class Researchers(Environment):
    """Scientists who choose hypotheses, sample sizes and replications, and are paid in credit.

    Examples
    --------
    >>> environment = Researchers(sample_sizes=(5, 20))
    >>> environment.practices()[-1]
    'replication, n=20'
    >>> Researchers(base_rates=(0.5,), novelty=(1.0, 2.0))
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: novelty: 2 values for 1 base_rates; accepted: one for each kind of hypothesis
    """

    base_rates: tuple[float, ...] = parameter((0.5, 0.1), "share of true hypotheses among each kind", unit="share")
    novelty: tuple[float, ...] = parameter((0.5, 1.0), "credit of a published test of each kind", unit="credit")
    sample_sizes: tuple[int, ...] = parameter((5, 20, 80), "sample sizes to choose from, ascending", unit="subjects")
    effect_size: float = parameter(0.5, "effect d of a true hypothesis", unit="standard deviations", gt=0)
    false_positive_rate: float = parameter(0.05, "level alpha of the test", unit="probability", gt=0, lt=1)
    negative_publication_rate: float = parameter(0.1, "chance rho that a negative result is published", ge=0, le=1)
    threshold: float = parameter(
        0.999, "belief above which a hypothesis is a fact; refuted below 1 - threshold", gt=0.5, lt=1
    )
    citation_bias: float = parameter(0.5, "chance that a reference is copied from another paper, unread", ge=0, le=1)
    citation_credit: float = parameter(0.1, "credit of a citation", unit="credit", ge=0)
    replication_credit: float = parameter(0.1, "credit of a replication", unit="credit", ge=0)
    refutation_penalty: float = parameter(0.5, "credit lost when one's claim does not replicate", unit="credit", ge=0)
    corrected_readers: bool = parameter(False, "whether readers allow for publication bias")
    shows_neighbours: bool = parameter(False, "whether scientists see the practice of their best paid neighbour")
    num_lines: int = parameter(100, "lines of research, each with one open hypothesis", ge=1, le=100_000)
    memory: int = parameter(500, "latest papers that are cited and taken up", unit="papers", ge=2, le=1_000_000)
    burn_in: int = parameter(0, "steps before anything is tallied", unit="steps", ge=0)

    source: ClassVar[str] = "after Nissen et al. 2016, eLife 5:e21451; Smaldino & McElreath 2016, R. Soc. Open Sci. 3"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_sample_size",
        "series_label": "mean sample size [subjects]",
        "agent": "sample_size",
        "agent_label": "sample size [subjects]",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse rates outside (0, 1), lists of different lengths and sizes that do not ascend."""
        ends = 1.0 - self.threshold, self.threshold
        if not self.base_rates or not all(ends[0] < rate < ends[1] for rate in self.base_rates):
            raise ParameterError(
                f"base_rates: {self.base_rates}; accepted: one or more shares between 1 - threshold and threshold, "
                f"{ends[0]:g} and {ends[1]:g}"
            )
        if self.num_lines < len(self.base_rates):
            raise ParameterError(
                f"num_lines: {self.num_lines}; accepted: at least one for each of {len(self.base_rates)} base_rates"
            )
        if len(self.novelty) != len(self.base_rates):
            raise ParameterError(
                f"novelty: {len(self.novelty)} values for {len(self.base_rates)} base_rates; accepted: one for each "
                "kind of hypothesis"
            )
        if min(self.novelty) < 0:
            raise ParameterError(f"novelty: {self.novelty}; accepted: credits >= 0")
        ascending = all(low < high for low, high in zip(self.sample_sizes, self.sample_sizes[1:], strict=False))
        if not self.sample_sizes or self.sample_sizes[0] < 1 or not ascending:
            raise ParameterError(f"sample_sizes: {self.sample_sizes}; accepted: one or more integers >= 1, ascending")

    def power(self) -> NDArray[np.float64]:
        """Return w(n), the chance of a positive result about a true hypothesis, shape (num_sizes,)."""
        normal = NormalDist()
        minus_critical = normal.inv_cdf(self.false_positive_rate)
        return np.array([normal.cdf(self.effect_size * math.sqrt(n) + minus_critical) for n in self.sample_sizes])

    def practices(self) -> tuple[str, ...]:
        """Return the names of the actions: pursuits in the order of ``base_rates``, then replication, by size."""
        pursuits = [f"test, {rate:g} true" for rate in self.base_rates] + ["replication"]
        return tuple(f"{pursuit}, n={size}" for pursuit in pursuits for size in self.sample_sizes)

    def evidence(self) -> NDArray[np.float64]:
        """Return by how much a result moves log-odds: [test or replication, size, negative or positive]."""
        alpha, power = self.false_positive_rate, self.power()
        with np.errstate(divide="ignore"):
            plain = np.log(np.stack([(1.0 - power) / (1.0 - alpha), power / alpha], axis=-1))
        if not self.corrected_readers:
            return np.stack([plain, plain])
        published = [rate + (1.0 - rate) * self.negative_publication_rate for rate in (alpha, power)]
        return np.stack([plain + np.log(published[0] / published[1])[:, None], plain])

    def state(self, num_agents: int) -> State:
        """Lay out an empty literature; `initialise` draws the hypotheses."""
        sizes = np.array(self.sample_sizes, dtype=np.float64)
        num_practices, lines, papers = len(self.practices()), self.num_lines, self.memory
        return State(
            num_kinds=len(self.base_rates),
            num_sizes=sizes.size,
            burn_in=self.burn_in,
            shows_neighbours=int(self.shows_neighbours),
            corrected_readers=int(self.corrected_readers),
            alpha=self.false_positive_rate,
            settled_above=math.log(self.threshold / (1.0 - self.threshold)),
            citation_bias=self.citation_bias,
            citation_credit=self.citation_credit,
            replication_credit=self.replication_credit,
            refutation_penalty=self.refutation_penalty,
            pace=constant(sizes[0] / sizes),
            power=constant(self.power()),
            base_rates=constant(self.base_rates),
            novelty=constant(self.novelty),
            publication=constant([[self.negative_publication_rate, 1.0], [1.0, 1.0]]),
            evidence=constant(self.evidence()),
            clock=np.zeros(1, np.int64),
            is_true=np.zeros(lines, np.int64),
            log_odds=np.zeros(lines),
            num_results=np.zeros(lines, np.int64),
            claimant=np.zeros(lines, np.int64),
            claimed_by=np.zeros(lines, np.int64),
            num_settled=np.zeros(lines, np.int64),
            num_papers=np.zeros(1, np.int64),
            line=np.zeros(papers, np.int64),
            hypothesis=np.zeros(papers, np.int64),
            result=np.zeros(papers),
            author=np.zeros(papers, np.int64),
            practice=np.zeros(papers, np.int64),
            cited=np.zeros(papers, np.int64),
            is_copied=np.zeros(papers, np.bool_),
            uses=np.zeros(num_practices, np.int64),
            credit=np.zeros(num_practices),
            knowledge=np.zeros(num_practices),
            positives=np.zeros(2, np.int64),
            replications=np.zeros(2, np.int64),
            facts=np.zeros(2, np.int64),
            refuted=np.zeros(2, np.int64),
            last_practice=np.full(num_agents, -1, np.int64),
            earned=np.zeros(num_agents),
            recent=np.zeros(num_agents),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A scientist chooses a practice and may see that of the best paid neighbour."""
        practices = self.practices()
        seen = Discrete(len(practices), practices) if self.shows_neighbours else Discrete(1)
        return Specification(Discrete(len(practices), practices), seen)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each scientist's last practice and sample size, and the credit earned."""
        sizes = np.array([*self.sample_sizes, math.nan])
        used = state.last_practice >= 0
        size = sizes[np.where(used, state.last_practice % len(self.sample_sizes), len(self.sample_sizes))]
        replicates = np.where(used, state.last_practice >= len(self.base_rates) * len(self.sample_sizes), math.nan)
        return {"practice": state.last_practice, "sample_size": size, "replicates": replicates, "credit": state.earned}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the tallies of each practice (``uses_0``, ``credit_0``, ...), and those of the literature."""
        found: dict[str, NDArray[Any]] = {
            f"{tally}_{k}": getattr(state, tally)[:, k]
            for tally in ("uses", "credit", "knowledge")
            for k in range(state.uses.shape[1])
        }
        for name, part in (
            ("positives", "false"),
            ("replications", "confirming"),
            ("facts", "false"),
            ("refuted", "true"),
        ):
            counted = getattr(state, name)
            found |= {f"all_{name}": counted[:, 0], f"{part}_{name}": counted[:, 1]}
        steps = np.where(state.uses.any(axis=1), state.uses.sum(axis=1), math.nan)
        by_pursuit = state.uses.reshape(-1, len(self.base_rates) + 1, len(self.sample_sizes))
        found["replication_share"] = by_pursuit[:, -1].sum(axis=1) / steps
        found["mean_sample_size"] = by_pursuit.sum(axis=1) @ np.array(self.sample_sizes) / steps
        found["approaches"] = hill_number(state.uses)
        found["gini_of_credit"] = gini(np.maximum(state.earned, 0.0))
        return found

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw the first hypothesis of every line."""
        for line in range(env.is_true.shape[0]):
            open_hypothesis(env, line, stream)

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """A newcomer has no past: neither credit nor claims, nor papers for which to be cited."""
        env.last_practice[i] = -1
        env.earned[i] = 0.0
        env.recent[i] = 0.0
        for line in range(env.claimant.shape[0]):
            if env.claimant[line] == i:
                env.claimant[line] = NOBODY
        for row in range(env.author.shape[0]):
            if env.author[row] == i:
                env.author[row] = NOBODY

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return the practice of the best paid among oneself and one's neighbours; before the first step all differ."""
        if not env.shows_neighbours:
            return 0
        best = i
        for k in range(degree(network, i)):
            j = neighbour(network, i, k)
            if env.recent[j] > env.recent[best] and not is_away(network, j):
                best = j
        return env.last_practice[best] if env.last_practice[best] >= 0 else best % env.uses.shape[0]

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Everybody works a step; studies that end are published, or not, cited and paid."""
        for i in range(actions.shape[0]):
            rewards[i] = 0.0
        for i in range(actions.shape[0]):
            if is_away(network, i):
                continue
            practice = actions[i]
            env.last_practice[i] = practice
            if env.clock[0] >= env.burn_in:
                env.uses[practice] += 1
            if uniform(stream) < env.pace[practice % env.num_sizes]:
                study(env, network, i, practice, rewards, stream)
        for i in range(actions.shape[0]):
            env.recent[i] += RECENT * (rewards[i] - env.recent[i])
            if env.clock[0] >= env.burn_in:
                env.earned[i] += rewards[i]
        env.clock[0] += 1


def scenario() -> Scenario:
    """Return fifty Q-learners under publication and citation bias; the first half of the time is for learning."""
    learner = "q_learning:alpha=0.01,discount=0.0,epsilon=0.1"
    return Scenario(Researchers(burn_in=10_000), learner, "complete:n=50", 20_000, METRICS)


def small() -> Scenario:
    """Return six scientists with a short memory, for a few steps."""
    environment = Researchers(shows_neighbours=True, num_lines=5, memory=8)
    return Scenario(environment, "q_learning", "cycle:n=6", 60, METRICS)
