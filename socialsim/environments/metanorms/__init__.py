r"""A norm that costs to enforce, and the norm to enforce it (Axelrod's norms and metanorms games).

Each of N agents has a boldness B and a vengefulness V in {0, 1/7, ..., 1}. A step is a generation, in which everybody
has four opportunities to defect. At each, a chance S ~ U(0, 1) of being seen is drawn, and

    i defects iff S < B_i; it gains T = 3 and each neighbour loses 1 (H = -1)
    j, a neighbour, sees it with probability S and then punishes with probability V_j: i loses 9 (P), j loses 2 (E)
    k, a neighbour of a j who saw and did not punish, sees that with probability S and punishes **j** with probability
    V_k: j loses 9 (P'), k loses 2 (E')

the last only with metanorms. Then the strategies of the next generation are drawn. An agent whose score is at least one
standard deviation above the mean has two offspring, one at least that far below it none, any other one; offspring
drawn at random are left out, or copied, until there are N again, and each bit of the two three-bit numbers flips with
probability .01 ([Axelrod1986]_).

**Does it pay to comply?** Given everybody's strategy the gain from boldness b at one opportunity is, in the mean,

    G(b) = int_0^b (T + P S sum V) dS = T b - |P| b^2 / 2 sum V,    sum V over the others who may see it,           (1)

so that the least boldness, b = 1/7, pays less than none iff sum V > 2 T / (|P| b) = 14/3 = 4.67. Vengefulness is paid
for by whoever has it and, in the norms game, brings nothing back: it is selected against wherever somebody defects,
and then boldness spreads. Metanorms make it costly not to punish. But where nobody defects nobody is punished either,
vengefulness drifts, and in the long run metanorms erode too ([Galan2005]_). Exact expected scores stand in
`socialsim.environments.metanorms.theory`.

The text leaves rules open that change the result; they are switches.

- ``selection``: *deviations*, as above, or *above_mean*, by which those within a standard deviation have one offspring
  only if their score is the mean or more, or *average*, two for all from the mean on and none for others.
- ``ties``: if all scores are equal, sd = 0 and everybody is both at least sd above and at least sd below the mean:
  *twice* gives two offspring to all, of which half are drawn, so that strategies drift; *once* leaves all as they are.
  Scores, and distances from the mean, that differ by rounding alone are equal.
- ``metapunishers``: *third_parties*, all but the defector and the one who did not punish; *anyone*, the defector
  included; *witnesses*, those third parties alone who themselves saw the defection.

**Whom sanctions meet.** The norm is not to defect: punishments answer a defection, and those for not punishing, the
meta-sanctions, meet agents who have not broken it. The counts tell both exactly; `socialsim.metrics.sanctions`, which
sees acts alone, finds no norm, since all observe their own strategy.

**In this package** an agent observes the strategy that it has inherited, 8 (7 B) + 7 V, and its action is the strategy
that it plays; its reward is its score. The learner `socialsim.learning.imitation` plays what it inherited, which is the
paper. A strategy forced on an agent (`socialsim.engine.fork`) is a deviation, and is passed on if it succeeds.
Sources: [Axelrod1986]_; [Galan2005]_; on networks [Galan2011]_.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Discrete, Environment, Specification
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments.metanorms.mechanics import COUNTS, LEVELS, OPPORTUNITIES, TOP, State, defect, reproduce
from socialsim.metrics.estimates import mean, proportion, ratio

SELECTIONS = ("deviations", "above_mean", "average")
METAPUNISHERS = ("third_parties", "anyone", "witnesses")


class Metanorms(Environment):
    """A group whose members defect, punish, and punish those who do not punish.

    Examples
    --------
    >>> Metanorms(metanorms=False).specification("agent", 20).num_actions
    64
    """

    metanorms: bool = parameter(True, "whether those who do not punish are punished")
    temptation: float = parameter(3.0, "T, gain from defecting", unit="score", ge=0)
    hurt: float = parameter(1.0, "-H, each other's loss from a defection", unit="score", ge=0)
    punishment: float = parameter(9.0, "-P, loss of a defector who is punished", unit="score", ge=0)
    enforcement: float = parameter(2.0, "-E, cost of punishing", unit="score", ge=0)
    metapunishment: float = parameter(9.0, "-P', loss of whoever is punished for not punishing", unit="score", ge=0)
    metaenforcement: float = parameter(2.0, "-E', cost of punishing that", unit="score", ge=0)
    num_opportunities: int = parameter(4, "opportunities to defect of each agent", unit="per generation", ge=1, le=1000)
    mutation: float = parameter(0.01, "chance that a bit of an offspring's strategy flips", ge=0, le=1)
    selection: Literal["deviations", "above_mean", "average"] = parameter(
        "deviations", "offspring by the distance of a score from the mean: see the theory"
    )
    ties: Literal["twice", "once"] = parameter("twice", "offspring of each where all scores are equal, before the draw")
    metapunishers: Literal["third_parties", "anyone", "witnesses"] = parameter(
        "third_parties", "who punishes those who do not punish"
    )

    source: ClassVar[str] = "Axelrod 1986, American Political Science Review 80:1095-1111"
    figure: ClassVar[Mapping[str, Any]] = {
        "step_label": "generation",
        "series": "mean_boldness",
        "series_label": "mean boldness",
        "agent": "vengefulness",
        "agent_label": "vengefulness",
    }

    def state(self, num_agents: int) -> State:
        """Lay out the strategies; `initialise` draws the first."""
        return State(
            temptation=self.temptation,
            hurt=self.hurt,
            punishment=self.punishment,
            enforcement=self.enforcement,
            metapunishment=self.metapunishment,
            metaenforcement=self.metaenforcement,
            num_opportunities=self.num_opportunities,
            mutation=self.mutation,
            has_metanorms=int(self.metanorms),
            selection=SELECTIONS.index(self.selection),
            drifts_on_ties=int(self.ties == "twice"),
            metapunishers=METAPUNISHERS.index(self.metapunishers),
            inherited=np.zeros(num_agents, np.int64),
            played=np.zeros(num_agents, np.int64),
            witness=np.zeros(num_agents, np.int64),
            punished=np.zeros((num_agents, num_agents), np.int32),
            metapunished=np.zeros((num_agents, num_agents), np.int32),
            offspring=np.zeros(2 * num_agents, np.int64),
            totals=np.zeros(len(COUNTS), np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees the strategy that it has inherited and plays one."""
        labels = tuple(f"boldness {k // LEVELS}/{TOP}, vengefulness {k % LEVELS}/{TOP}" for k in range(LEVELS**2))
        return Specification(Discrete(LEVELS**2, labels), Discrete(LEVELS**2, labels))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the strategy that each agent played last."""
        return {"boldness": state.played // LEVELS / TOP, "vengefulness": state.played % LEVELS / TOP}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how the norm stands in the last generation, and what was done over all of them."""
        bold, vengeful = (state.played // LEVELS).mean(axis=1), (state.played % LEVELS).mean(axis=1)  # [1/7]
        return {
            "boldness": bold / TOP,
            "vengefulness": vengeful / TOP,
            "established": ((bold <= 2) & (vengeful >= 5)).astype(np.int64),
            "collapsed": ((bold >= 6) & (vengeful <= 1)).astype(np.int64),
            **{f"num_{name}": state.totals[:, k] for k, name in enumerate(COUNTS)},
        }

    def sanctions(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the punishments of the last generation, for defecting and for not punishing, and their full prices."""
        both = (
            (state.punished, self.enforcement, self.punishment),
            (state.metapunished, self.metaenforcement, self.metapunishment),
        )
        parts = []
        for times, cost, loss in both:
            row, source, target = np.nonzero(times)
            times = np.asarray(times)[row, source, target]
            prices = np.full(len(row), float(cost)), np.full(len(row), float(loss))
            parts.append([np.repeat(column, times) for column in (row, source, target, *prices)])
        joined = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
        return dict(zip(("row", "source", "target", "cost", "loss"), joined, strict=True))

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw everybody's strategy uniformly."""
        for i in range(env.inherited.shape[0]):
            env.inherited[i] = integer(stream, LEVELS * LEVELS)
            env.played[i] = env.inherited[i]

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """Whoever enters has any strategy."""
        env.inherited[i] = integer(stream, LEVELS * LEVELS)

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return the inherited strategy."""
        return env.inherited[i]

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Play a generation and draw the next."""
        for i in range(actions.shape[0]):
            rewards[i] = 0.0
            env.played[i] = actions[i]
            for j in range(actions.shape[0]):
                env.punished[i, j] = 0
                env.metapunished[i, j] = 0
        for i in range(actions.shape[0]):
            if not is_away(network, i):
                boldness = (actions[i] // LEVELS) / TOP
                for _ in range(env.num_opportunities):
                    chance = uniform(stream)
                    if chance < boldness:
                        defect(env, network, i, chance, rewards, stream)
                env.totals[OPPORTUNITIES] += env.num_opportunities
        reproduce(env, network, rewards, stream)


# --- Metrics ---------------------------------------------------------------------------------------------------


def established_share(result: Result) -> Estimate:
    """Share of runs in which the norm stands: mean boldness at most 2/7, mean vengefulness at least 5/7."""
    return proportion(result.runs.established)


def collapsed_share(result: Result) -> Estimate:
    """Share of runs in which the norm has collapsed: mean boldness at least 6/7, mean vengefulness at most 1/7."""
    return proportion(result.runs.collapsed)


def mean_boldness(result: Result) -> Estimate:
    """Mean boldness in the last generation."""
    return mean(result.runs.boldness)


def mean_vengefulness(result: Result) -> Estimate:
    """Mean vengefulness in the last generation."""
    return mean(result.runs.vengefulness)


def compliance_rate(result: Result) -> Estimate:
    """Share of all opportunities to defect that were not taken."""
    runs = result.runs
    return ratio(runs.num_opportunities - runs.num_defections, runs.num_opportunities)


def punishment_rate(result: Result) -> Estimate:
    """Share of the defections seen that the witness punished."""
    return ratio(result.runs.num_punished, result.runs.num_seen)


def metapunishments_per_shirk(result: Result) -> Estimate:
    """Punishments for each time that somebody saw a defection and did not punish it."""
    return ratio(result.runs.num_metapunished, result.runs.num_shirked)


def sanction_precision(result: Result) -> Estimate:
    """Share of all punishments that meet a defector, for defecting."""
    runs = result.runs
    return _share(runs.num_punished, runs.num_punished + runs.num_metapunished, "nobody punished anybody")


def sanction_recall(result: Result) -> Estimate:
    """Share of defections that at least one other punished."""
    return _share(result.runs.num_caught, result.runs.num_defections, "nobody defected")


def meta_sanctions(result: Result) -> Estimate:
    """Share of all punishments that meet one who saw a defection and did not punish it."""
    runs = result.runs
    return _share(runs.num_metapunished, runs.num_punished + runs.num_metapunished, "nobody punished anybody")


def _share(part: pd.Series, whole: pd.Series, reason: str) -> Estimate:
    return ratio(part, whole) if whole.sum() else Estimate.undefined(reason, len(whole))


METRICS = (
    *(established_share, collapsed_share, mean_boldness, mean_vengefulness),
    *(compliance_rate, punishment_rate, metapunishments_per_shirk),
    *(sanction_precision, sanction_recall, meta_sanctions),
)


def scenario() -> Scenario:
    """Return Axelrod's twenty with metanorms for a hundred generations."""
    return Scenario(Metanorms(), "imitation", "complete:n=20", 100, METRICS)


def small() -> Scenario:
    """Return six agents on a ring for a few generations."""
    return Scenario(Metanorms(mutation=0.1, metapunishers="witnesses"), "imitation", "cycle:n=6", 12, METRICS)
