"""Scientists on a network who choose between two methods (bandit problem of a scientific community).

Every scientist i repeatedly uses one of K methods ("arms"). A use of arm a is ``trials`` experiments that each succeed
with probability

    p_0 = 1/2  (the old method),    p_1 = 1/2 + e  (the better one),    p_a = 1/2 - e  for a >= 2,

so that the number of successes is Binomial(trials, p_a). Everybody sees the results of the neighbours, as well as their
own. A scientist who believes the old method to be better stops to experiment with the new one, and a community may thus
settle on the worse method for good. Zollman's finding is that **fewer links make a community more reliable, and
slower**: on the complete network an unlucky early streak convinces everybody at once.

What a scientist concludes, does and says is the learner's affair: `socialsim.learning.bayesian` is Zollman's, which
knows that arm 1 pays 1/2 + e or 1/2 - e; `socialsim.learning.mistrust` discounts what comes from those of other
beliefs, `socialsim.learning.conformity` does as others do, `socialsim.learning.reticence` keeps results to itself, and
`socialsim.learning.bandits` has some who know less. The last ``num_misinformants`` agents of the network are no
scientists: `socialsim.learning.misinformant` plays them.

A run ends in **success** (true consensus) if all scientists settle on arm 1, in a **false consensus** if all settle on
arm 0, and **polarised** if nobody will be moved any more and they do not agree. Where they never settle, what they use
when the horizon is reached decides between the first two. Source: [Zollman2007]_ (Philosophy of Science 74:574-587),
section 2; [Rosenstock2017]_ for larger effects; [OConnor2018]_ for polarisation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import alias_table, draw_alias
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.metrics.estimates import mean, proportion
from socialsim.metrics.polarisation import polarisation

BETTER_ARM = 1
POLARISED = 2  # verdict of learners that end in stable disagreement
NEVER_DRAWN = 2.0**-60  # tails of less mass are below what a 53-bit uniform number resolves


class State(NamedTuple):
    """What a replication holds: tables that draw the number of successes of each arm."""

    fewest: int
    num_scientists: int
    accept: NDArray[np.float64]  # (num_arms, num_outcomes)
    shift: NDArray[np.int64]  # (num_arms, num_outcomes)
    num_on_better: NDArray[np.int64]  # (1,), scientists that used the better arm in this step
    num_present: NDArray[np.int64]  # (1,), scientists that used any


class Epistemic(Environment):
    """A community that chooses between an old method and new ones.

    Examples
    --------
    >>> Epistemic(effect=0.01).success_probabilities()
    (0.5, 0.51)
    """

    effect: float = parameter(0.001, "advantage e of the better arm over 1/2", unit="probability", gt=0, lt=0.5)
    trials: int = parameter(1000, "experiments in one use of an arm", unit="trials per step", ge=1, le=10_000_000)
    num_arms: int = parameter(2, "number of methods", ge=2, le=100)
    num_misinformants: int = parameter(0, "how many of the agents, the last ones, misinform the others", ge=0)

    default_learners: ClassVar[Mapping[str, str]] = {"misinformant": "misinformant"}
    source: ClassVar[str] = "Zollman 2007, Philosophy of Science 74:574-587"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_credence",
        "series_label": "mean credence in the better method",
        "agent": "credence",
        "agent_label": "credence in the better method",
        "verdicts": {"0": "false consensus", "1": "truth", "2": "polarised"},
    }

    @property
    def agent_types(self) -> tuple[str, ...]:  # type: ignore[override]
        """Scientists, called agents, and misinformants if there are any."""
        return ("agent", "misinformant") if self.num_misinformants else ("agent",)

    def success_probabilities(self) -> tuple[float, ...]:
        """Return the chance of success of each arm, shape (num_arms,)."""
        return (0.5, 0.5 + self.effect, *[0.5 - self.effect] * (self.num_arms - 2))

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return how many scientists and misinformants there are, in the order of their rows."""
        if self.num_misinformants >= num_agents:
            raise ParameterError(
                f"environment.num_misinformants: {self.num_misinformants} is not accepted; "
                f"accepted: 0 to {num_agents - 1} on a network of {num_agents} agents"
            )
        sizes = (num_agents - self.num_misinformants, self.num_misinformants)
        return dict(zip(self.agent_types, sizes, strict=False))

    def state(self, num_agents: int) -> State:
        """Lay out the tables of all arms over the outcomes that any arm can show."""
        probabilities = self.success_probabilities()
        reach = math.sqrt(self.trials * math.log(2.0 / NEVER_DRAWN) / 2.0)  # Hoeffding's bound on both tails
        fewest = max(0, math.floor(self.trials * min(probabilities) - reach))
        most = min(self.trials, math.ceil(self.trials * max(probabilities) + reach))
        tables = [alias_table(binomial(self.trials, p, fewest, most)) for p in probabilities]
        return State(
            fewest=fewest,
            num_scientists=num_agents - self.num_misinformants,
            accept=constant([accept for accept, _ in tables]),
            shift=constant([shift for _, shift in tables]),
            num_on_better=np.zeros(1, np.int64),
            num_present=np.zeros(1, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """Agents see nothing and choose an arm; learners may know what an arm can be."""
        labels = ("old method", "better method", *[f"worse method {k}" for k in range(1, self.num_arms - 1)])
        facts = {"trials": self.trials, "better_rate": 0.5 + self.effect, "worse_rate": 0.5 - self.effect}
        return Specification(Discrete(self.num_arms, labels), facts=facts)

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how many scientists used the better arm in the last step, and how many took part."""
        return {"num_on_better": state.num_on_better[:, 0], "num_present": state.num_present[:, 0]}

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Every arm used pays its number of successes."""
        num_on_better = 0
        num_present = 0
        for i in range(actions.shape[0]):
            if is_away(network, i):
                rewards[i] = 0.0
                continue
            arm = actions[i]
            num_present += 1
            num_on_better += arm == BETTER_ARM
            rewards[i] = env.fewest + draw_alias(stream, env.accept, env.shift, arm)
        for i in range(env.num_scientists, actions.shape[0]):
            if not is_away(network, i):
                num_present -= 1
                num_on_better -= actions[i] == BETTER_ARM
        env.num_on_better[0] = num_on_better
        env.num_present[0] = num_present


def binomial(trials: int, probability: float, fewest: int, most: int) -> NDArray[np.float64]:
    """Return the chances of ``fewest`` to ``most`` successes, given that there are so many.

    They follow from the ratio of neighbours, outwards from the mode, where nothing cancels:

        P(k) / P(k - 1) = (n - k + 1) / k  p / (1 - p)

    Parameters
    ----------
    trials : int
        n, >= 1.
    probability : float
        p of one success, in (0, 1).
    fewest, most : int
        0 <= fewest <= most <= n.

    Returns
    -------
    ndarray, shape (most - fewest + 1,)

    Examples
    --------
    >>> binomial(2, 0.5, 0, 2)
    array([0.25, 0.5 , 0.25])
    """
    k = np.arange(fewest + 1, most + 1)
    steps = np.log((trials - k + 1) / k * (probability / (1.0 - probability)))
    mode = np.count_nonzero(steps > 0.0)
    down, up = -np.cumsum(steps[:mode][::-1])[::-1], np.cumsum(steps[mode:])
    masses: NDArray[np.float64] = np.exp(np.concatenate([down, [0.0], up]))
    return masses / masses.sum()


def success_rate(result: Result) -> Estimate:
    """Share of runs in which all scientists settle on the better method, or all use it when the horizon is reached.

    Those who failed or left do not count.
    """
    runs = result.runs
    together = (runs.stop == "horizon") & (runs.num_on_better == runs.num_present) & (runs.num_present > 0)
    return proportion((runs.verdict == BETTER_ARM) | together)


def false_consensus_rate(result: Result) -> Estimate:
    """Share of runs in which all scientists settle on the old method, or nobody uses the better one at the horizon."""
    runs = result.runs
    together = (runs.stop == "horizon") & (runs.num_on_better == 0) & (runs.num_present > 0)
    return proportion((runs.verdict == 0) | together)


def polarisation_rate(result: Result) -> Estimate:
    """Share of runs that end in stable disagreement; what is still open at the horizon does not count."""
    return proportion(result.runs.verdict == POLARISED)


def rounds_to_success(result: Result) -> Estimate:
    """Mean number of steps until all have settled on the better method, over the runs in which they do."""
    return mean(result.runs.steps[result.runs.verdict == BETTER_ARM])


def rounds_to_polarisation(result: Result) -> Estimate:
    """Mean number of steps until nobody will be moved any more, over the runs that end polarised."""
    return mean(result.runs.steps[result.runs.verdict == POLARISED])


def disagreement(result: Result) -> Estimate:
    """Mean polarisation of what scientists used in the last round: 4 s (1 - s), s the share on the better method; 1 for
    two camps of equal size. Runs without a round do not count.
    """
    runs = result.runs[result.runs.num_present > 0]
    share = (runs.num_on_better / runs.num_present).to_numpy()
    return mean(4.0 * share * (1.0 - share))


def credence_polarisation(result: Result) -> Estimate:
    """Mean `socialsim.metrics.polarisation.polarisation` of the scientists' credences at the end, over the runs whose
    agents are listed: all with ``record="counts"``, else the first.
    """
    agents = result.agents
    if "credence" not in agents:
        return Estimate.undefined("the learner has no credences")
    scientists = agents[agents.agent_type == "agent"]
    return mean(scientists.groupby("run").credence.apply(polarisation).astype(float))


METRICS = (
    success_rate,
    rounds_to_success,
    false_consensus_rate,
    polarisation_rate,
    rounds_to_polarisation,
    disagreement,
)


def scenario() -> Scenario:
    """Return Zollman's community: ten scientists on a cycle, until all have settled."""
    return Scenario(Epistemic(), "bayesian", "cycle:n=10", 100_000, METRICS)


def small() -> Scenario:
    """Return a community that settles within a few steps."""
    return Scenario(Epistemic(effect=0.05, trials=20), "bayesian", "cycle:n=4", 50, (success_rate, rounds_to_success))
