r"""Laboratories that are rewarded for publishing (the natural selection of bad science).

Each of N labs has a power W, the chance that it detects a true hypothesis, an effort e in [1, 100], and a rate r of
replication. Effort makes false positives rarer and studies fewer ([Smaldino2016]_):

    alpha = W / (1 + (1 - W) e) <= W    (false positive rate),        h = 1 - eta log10 e    [studies per step]

In a step a lab begins a study with probability h. With probability r it **replicates** a published novel result, drawn
uniformly from all there ever were; else it tests a new hypothesis, true with the base rate b. A true hypothesis is
found positive with probability W, a false one with alpha. Novel positive results are published, negative ones with
probability c (0 in the paper), replications always. A novel publication pays V_N = 1, a replication V_R = 1/2; when
another lab's replication agrees with a result its author gains V_O+ = .1, otherwise V_O- = -100. Among the positive
results of such labs the share of false ones is

    FDR = (1 - b) alpha / (b W + (1 - b) alpha)

**Labs that evolve** (``evolve = true``, the paper). After each step one lab dies, the oldest of d drawn at random, and
one of the others founds a lab in its place, the one of highest payoff of d drawn at random. The new lab inherits e, W
and r, each mutated with a probability of its own by a normal deviate and cut off at the ends of its range. Nobody
cheats or plans; yet little effort spreads, because it makes more positive results. Without replication effort falls to
1, where alpha = 2/3 and FDR = .88; if power evolves instead, W and alpha go to 1 and FDR to 1 - b.

**Labs that learn** (``evolve = false``). Nobody dies. An action chooses a practice (e, W, r) from a grid, its reward is
what the step pays, and payoffs fade, p <- (1 - 1/memory) p + reward. With probability ``revision_rate`` a lab sees the
practice of the best paid among itself and d neighbours drawn at random, otherwise its own, so that the learner
`socialsim.learning.imitation` copies success.

Institutions, all of them off by default:

- *Preregistration* of a share q of the novel studies, as in registered reports: the analysis is fixed beforehand, so
  that false positives occur with probability min(alpha, alpha*), and the result is published whatever it is
  ([Nosek2018]_, [Chambers2022]_). The false positive rate of all novel studies is then
  (1 - q) alpha + q min(alpha, alpha*). To publish negative results alone, c > 0, is the reform of [Smaldino2019]_.
- *Audit*: with probability ``audit_rate`` a step one lab, drawn uniformly, is inspected, and fined if its effort is
  below the standard. In [Barnett2018]_ an inspected lab with too many false results is closed; here it pays.

Readings of the rules. The literature is never forgotten, so that papers of the dead soon prevail and few replications
reach a living author; papers of one lab and kind are exchangeable, so that counts of them suffice. To replicate one's
own result pays V_R only. Who would replicate before anything is published is idle. In the original program a coding
error kept the rate of replication low; corrected, it first soars, since a replication always pays V_R = .5 and a novel
study .125 in the mean, and fades when effort has fallen ([Kohrt2023]_). Here r evolves as the rule is written, which is
the corrected version. Source: [Smaldino2016]_; parameters: table 1 there.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments.incentives.mechanics import (
    REPLICATION,
    State,
    adopt,
    audit,
    look_around,
    open_lab,
    publish,
    replicate,
    set_chances,
    turn_over,
)
from socialsim.metrics.estimates import mean, ratio
from socialsim.metrics.inequality import gini

LEAST_EFFORT, MOST_EFFORT = 1.0, 100.0
FORGET = 0.999  # counts fade with a time constant of a thousand steps


class Incentives(Environment):
    """Labs whose practices evolve, or are learned, under a reward for publications.

    Examples
    --------
    >>> Incentives(evolve=False, powers=[0.5, 0.8]).specification("agent", 100).num_actions
    12
    >>> Incentives(powers=[])
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: powers: () is not accepted; accepted: one or more numbers, >= 0, <= 1
    """

    evolve: bool = parameter(True, "whether practices are inherited under selection; otherwise they are learned")
    base_rate: float = parameter(0.1, "share b of true ones among new hypotheses", ge=0, le=1)
    initial_effort: float = parameter(75.0, "effort e of every lab at first", ge=LEAST_EFFORT, le=MOST_EFFORT)
    initial_power: float = parameter(0.8, "power W of every lab at first", ge=0, le=1)
    initial_replication: float = parameter(0.0, "share r of replications among a lab's studies at first", ge=0, le=1)
    effort_cost: float = parameter(0.2, "eta, by which effort lowers the number of studies", ge=0, le=0.5)
    num_sampled: int = parameter(10, "labs d among which the oldest dies and the best paid is copied", ge=1)
    effort_mutation: float = parameter(0.01, "chance that a new lab's effort mutates", ge=0, le=1)
    power_mutation: float = parameter(0.0, "chance that a new lab's power mutates", ge=0, le=1)
    replication_mutation: float = parameter(0.0, "chance that a new lab's rate of replication mutates", ge=0, le=1)
    effort_spread: float = parameter(1.0, "standard deviation of a mutation of effort", ge=0)
    power_spread: float = parameter(0.01, "standard deviation of a mutation of power", ge=0)
    replication_spread: float = parameter(0.01, "standard deviation of a mutation of the rate of replication", ge=0)
    novel_payoff: float = parameter(1.0, "V_N, for publishing a novel result", unit="payoff")
    replication_payoff: float = parameter(0.5, "V_R, for publishing a replication", unit="payoff")
    replicated_payoff: float = parameter(0.1, "V_O+, when another lab confirms one's result", unit="payoff")
    failed_payoff: float = parameter(-100.0, "V_O-, when another lab refutes one's result", unit="payoff")
    negative_publication_rate: float = parameter(0.0, "chance c that a negative novel result is published", ge=0, le=1)
    preregistration: float = parameter(0.0, "share q of novel studies that are registered reports", ge=0, le=1)
    nominal_false_positive_rate: float = parameter(
        0.05, "alpha*, false positive rate of a registered report at most", ge=0, le=1
    )
    audit_rate: float = parameter(0.0, "chance that one lab is inspected", unit="per step", ge=0, le=1)
    audit_standard: float = parameter(50.0, "effort that an inspector asks for", ge=LEAST_EFFORT, le=MOST_EFFORT)
    audit_penalty: float = parameter(100.0, "fine for less effort than that", unit="payoff", ge=0)
    efforts: tuple[float, ...] = parameter((1.0, 10.0, 25.0, 50.0, 75.0, 100.0), "efforts to choose from by learning")
    powers: tuple[float, ...] = parameter((0.8,), "powers to choose from by learning")
    replications: tuple[float, ...] = parameter((0.0,), "rates of replication to choose from by learning")
    revision_rate: float = parameter(
        0.01, "chance that a lab that learns sees another's practice", unit="per step", ge=0, le=1
    )
    memory: float = parameter(100.0, "time in which payoffs fade where labs learn", unit="steps", ge=1)

    source: ClassVar[str] = "Smaldino & McElreath 2016, Royal Society Open Science 3:160384"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_effort",
        "series_label": "mean effort",
        "agent": "effort",
        "agent_label": "effort",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse levels of practices that are out of range, and empty grids."""
        ranges = {"efforts": (LEAST_EFFORT, MOST_EFFORT), "powers": (0.0, 1.0), "replications": (0.0, 1.0)}
        for name, (low, high) in ranges.items():
            levels = getattr(self, name)
            if not levels or not all(low <= level <= high for level in levels):
                accepted = f"one or more numbers, >= {low:g}, <= {high:g}"
                raise ParameterError(f"{name}: {levels} is not accepted; accepted: {accepted}")

    def practices(self) -> NDArray[np.float64]:
        """Return the effort, power and replication rate of every practice, shape (num_practices, 3)."""
        if self.evolve:
            return np.array([[self.initial_effort, self.initial_power, self.initial_replication]])
        return np.array(list(itertools.product(self.efforts, self.powers, self.replications)))

    def state(self, num_agents: int) -> State:
        """Lay out young labs and an empty literature; those that learn start with the practice nearest to (e, W, r)."""
        if self.evolve and self.num_sampled >= num_agents:
            raise ParameterError(
                f"environment.num_sampled: {self.num_sampled} is not accepted; "
                f"accepted: less than the number of labs, {num_agents}"
            )
        practices = self.practices()
        scale = np.array([MOST_EFFORT, 1.0, 1.0])
        initial = np.array([self.initial_effort, self.initial_power, self.initial_replication])
        first = int(np.abs((practices - initial) / scale).sum(axis=1).argmin())
        mutation = [
            (self.effort_mutation, self.effort_spread, LEAST_EFFORT, MOST_EFFORT),
            (self.power_mutation, self.power_spread, 0.0, 1.0),
            (self.replication_mutation, self.replication_spread, 0.0, 1.0),
        ]
        shared = {name: getattr(self, name) for name in State._fields if name in type(self).model_fields}
        return State(
            **shared,
            evolves=int(self.evolve),
            mutation=constant(mutation),
            retention=1.0 if self.evolve else 1.0 - 1.0 / self.memory,
            practices=constant(practices),
            first_practice=first,
            practice=np.full(num_agents, first),
            traits=np.tile(practices[first], (num_agents, 1)),
            alpha=np.zeros(num_agents),
            cut=np.zeros((num_agents, 5)),
            papers=np.zeros((num_agents, 4), np.int64),
            past_papers=np.zeros(4, np.int64),
            num_papers=np.zeros(1, np.int64),
            payoff=np.zeros(num_agents),
            born=np.zeros(num_agents, np.int64),
            clock=np.zeros(1, np.int64),
            order=np.arange(num_agents),
            observed=np.full(num_agents, first),
            recent=np.zeros(4),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A lab that learns sees a practice and chooses one; a lab that evolves has nothing to choose.

        Learners who count successes may know that a step is one trial, where it pays 0 or 1.
        """
        labels = tuple(f"effort {e:g}, power {w:g}, replication {r:g}" for e, w, r in self.practices())
        if self.evolve:
            return Specification(Discrete(1), Discrete(len(labels), labels), {"decides_by": "environment.evolve=false"})
        is_trial = self.novel_payoff == 1.0 and self.audit_rate == 0.0 and not self.practices()[:, 2].any()
        facts = {"trials": 1} if is_trial else {}
        return Specification(Discrete(len(labels), labels), Discrete(len(labels), labels), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each lab's practice, the error rates that follow from it, and what it has been paid."""
        effort, power, replication = np.moveaxis(state.traits, -1, 0)
        alpha = false_positive_rate(power, effort)
        registered = np.minimum(alpha, self.nominal_false_positive_rate)
        alpha = (1.0 - self.preregistration) * alpha + self.preregistration * registered
        return {
            "effort": effort,
            "power": power,
            "replication": replication,
            "false_positive_rate": alpha,
            "false_discovery_rate": false_discovery_share(self.base_rate, power, alpha),
            "payoff": state.payoff,
        }

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return means over labs, fading counts of about the last thousand steps, and how unequally labs are paid."""
        means = {name: values.mean(axis=1) for name, values in self.columns(state).items() if name != "payoff"}
        names = ("recent_positives", "recent_false_positives", "recent_replications", "recent_confirmations")
        counts = {name: state.recent[:, k] for k, name in enumerate(names)}
        return means | counts | {"payoff_gini": gini(np.maximum(state.payoff, 0.0))}

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Work out what each lab's practice brings."""
        for i in range(env.payoff.shape[0]):
            set_chances(env, i)

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """A new lab starts with the first practice."""
        adopt(env, i, env.first_practice)
        env.observed[i] = env.first_practice
        open_lab(env, i)

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return the practice that lab i sees."""
        return env.observed[i]

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Labs study and publish, an inspector comes by, and labs are replaced or look around."""
        for k in range(4):
            env.recent[k] *= FORGET
        for i in range(actions.shape[0]):
            rewards[i] = 0.0
        for i in range(actions.shape[0]):
            if is_away(network, i):
                continue
            if actions[i] != env.practice[i]:
                adopt(env, i, actions[i])
            chance = uniform(stream)  # decides at once whether there is a study, its truth, result and publication
            if chance < env.cut[i, REPLICATION]:
                kind = 0
                while chance >= env.cut[i, kind]:
                    kind += 1
                if kind == REPLICATION:
                    replicate(env, network, i, rewards, stream)
                else:
                    publish(env, i, kind, rewards)
        if env.audit_rate > 0.0 and uniform(stream) < env.audit_rate:
            audit(env, network, integer(stream, actions.shape[0]), rewards)
        for i in range(actions.shape[0]):
            env.payoff[i] = env.retention * env.payoff[i] + rewards[i]
        env.clock[0] += 1
        if env.evolves:
            turn_over(env, network, stream)
        else:
            look_around(env, network, stream)


def false_positive_rate(power: ArrayLike, effort: ArrayLike) -> NDArray[np.float64]:
    """Return alpha = W / (1 + (1 - W) e) for powers in [0, 1] and efforts >= 0 ([Smaldino2016]_).

    Examples
    --------
    >>> false_positive_rate([0.8, 0.8, 1.0], [75.0, 1.0, 75.0]).round(3).tolist()
    [0.05, 0.667, 1.0]
    """
    w, e = np.asarray(power, float), np.asarray(effort, float)
    rate: NDArray[np.float64] = np.asarray(w / (1.0 + (1.0 - w) * e))
    return rate


def false_discovery_share(base_rate: float, power: ArrayLike, alpha: ArrayLike) -> NDArray[np.float64]:
    """Return the expected share of false ones among positive results; NaN where no result is ever positive.

    Examples
    --------
    >>> round(float(false_discovery_share(0.1, 0.8, false_positive_rate(0.8, 1.0))), 3)
    0.882
    """
    true, false = base_rate * np.asarray(power, float), (1.0 - base_rate) * np.asarray(alpha, float)
    with np.errstate(invalid="ignore"):
        share: NDArray[np.float64] = np.asarray(false / (true + false))
    return share


# --- Metrics ---------------------------------------------------------------------------------------------------


def mean_effort(result: Result) -> Estimate:
    """Mean effort of labs at the end."""
    return mean(result.runs.effort)


def mean_power(result: Result) -> Estimate:
    """Mean power of labs at the end."""
    return mean(result.runs.power)


def mean_false_positive_rate(result: Result) -> Estimate:
    """Mean false positive rate of labs' novel studies at the end."""
    return mean(result.runs.false_positive_rate)


def false_discovery_rate(result: Result) -> Estimate:
    """Share of false ones among the novel positive results of about the last thousand steps."""
    return ratio(result.runs.recent_false_positives, result.runs.recent_positives)


def replication_rate(result: Result) -> Estimate:
    """Share of the replications of about the last thousand steps that confirm the published result."""
    return ratio(result.runs.recent_confirmations, result.runs.recent_replications)


def payoff_gini(result: Result) -> Estimate:
    """Gini coefficient of labs' payoffs at the end, negative ones counted as none.

    Runs in which nobody is paid are left out.
    """
    return mean(result.runs.payoff_gini.dropna())


METRICS = (mean_effort, mean_power, mean_false_positive_rate, false_discovery_rate, replication_rate, payoff_gini)


def scenario() -> Scenario:
    """Return a hundred labs whose effort evolves while nobody replicates."""
    return Scenario(Incentives(), "innate", "complete:n=100", 300_000, METRICS)


def small() -> Scenario:
    """Return twelve labs that evolve, replicate, preregister and are inspected for a few steps."""
    labs = Incentives(
        num_sampled=3,
        initial_replication=0.3,
        effort_mutation=0.5,
        power_mutation=0.5,
        replication_mutation=0.5,
        preregistration=0.3,
        audit_rate=0.2,
        audit_standard=75.0,
    )
    return Scenario(labs, "innate", "complete:n=12", 40, METRICS)
