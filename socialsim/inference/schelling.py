"""Is a situation a social dilemma? Schelling curves of trained cooperators and defectors.

Whether restraint, or contributing, or cooperation is a dilemma is not always seen from the rules. So it is measured
([Leibo2017]_, [Hughes2018]_). **Cooperators** are agents who learnt in the scenario with a social preference that looks
after others, **defectors** agents who learnt in it with another, selfish by default; each kind among its own, from its
own chance events. Then both are **frozen**: nobody learns or explores any more. For l = 0, ..., N, a population of l
cooperators and N - l defectors plays, and the mean material rewards of either kind in a step are

    R_c(l)   of cooperators, l >= 1            R_d(l)   of defectors, l < N,

the curves of a Schelling diagram ([Schelling1973]_). It is a dilemma if three inequalities hold
(`socialsim.metrics.commons`):

    (1) harmony  R_c(N) - R_d(0) > 0           (2) safety  R_c(N) - R_c(1) > 0
    (3) fear     R_d(0) - R_c(1) > 0   and/or   greed   R_d(N-1) - R_c(N) > 0.

The unit of inference is the **pair**: one population of cooperators and one of defectors, trained independently of all
others. Each agent keeps the place in which it was trained, by number; a random network is drawn anew for training and
for play, unless the scenario shares one. Whose places the l cooperators take is drawn for each pair as an order of all
places, and each mixture plays with several rotations of that order, up to 8; of at most 8 agents each has its turn.
Within a pair all mixtures share their chance events; differences are taken within pairs, with Student's intervals.

A **verdict** of "dilemma" needs whole intervals of (1), (2) and of one of (3) above zero, "no dilemma" one of (1), (2)
or both of (3) not above it; all else is undecided. Each interval is a test of size 2.5%. A dilemma is seen where there
is none in at most 5% of cases (of three conditions that must all hold one is a union of two), and none is seen where
there is one in at most 7.5% (any of three tests may err).

What is measured is a situation *for these learners*. Where cooperators learnt the same as defectors, the curves lie
upon each other and nothing is left to be decided between; the **contrast**, the mean distance between the policies of
the two kinds (total variation, over agents and observations), says so.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.engine.interface import Discrete, Learner
from socialsim.engine.preferences import SELFISH
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.inference.freezing import Frozen, contrast_of, freeze, num_agents_of, only_learner
from socialsim.metrics.commons import Schelling
from socialsim.metrics.estimates import mean

COOPERATORS = "shared_reward"
LEAST_CONTRAST = 0.05  # below which two policies are called much the same
MOST_ROTATIONS = 8  # of the order in which places go to cooperators
ROUNDING = 1e-12  # relative; two returns that differ by less are equal
BUDGET = 20_000_000  # agent-steps between two looks at the keyboard
MEANINGS = {
    "harmony": "all cooperate, over all defect: R_c(N) - R_d(0)",
    "safety": "all cooperate, over one's cooperating alone: R_c(N) - R_c(1)",
    "fear": "all defect, over one's cooperating alone: R_d(0) - R_c(1)",
    "greed": "one's defecting alone, over all cooperate: R_d(N-1) - R_c(N)",
    "contrast": "distance between the policies of cooperators and defectors",
}


@dataclass(frozen=True)
class SchellingCurves:
    """What cooperators and defectors earn beside each other.

    Parameters
    ----------
    scenario, learner, cooperators, defectors : str
        What was trained, and with which preferences.
    num_pairs, steps, seed : int
        Trained pairs, the steps that each mixture played, and the seed.
    diagram : Schelling
    contrast : Estimate
        Distance between the policies of the two kinds, in [0, 1].
    """

    scenario: str
    learner: str
    cooperators: str
    defectors: str
    num_pairs: int
    steps: int
    seed: int
    diagram: Schelling
    contrast: Estimate

    @property
    def differences(self) -> dict[str, Estimate]:
        """The estimates of `MEANINGS`, by name."""
        return {name: getattr(self.diagram, name) for name in self.diagram._fields[2:]} | {"contrast": self.contrast}

    @property
    def verdict(self) -> str:
        """Whether it is a dilemma, and by what: "dilemma by greed", "no dilemma", "undecided"..."""
        found = self.diagram
        drives = [name for name in ("fear", "greed") if getattr(found, name).low > 0]
        if found.harmony.low > 0 and found.safety.low > 0 and drives:
            return f"dilemma by {' and '.join(drives)}"
        if found.harmony.high <= 0 or found.safety.high <= 0 or (found.fear.high <= 0 and found.greed.high <= 0):
            return "no dilemma"
        return "undecided"

    @property
    def note(self) -> str:
        """What to bear in mind beside the verdict; empty if nothing."""
        if self.contrast.value < LEAST_CONTRAST:
            return "cooperators learnt much the same as defectors: train longer, or nothing is at stake"
        return ""

    def rows(self) -> list[tuple[str, str, str]]:
        """Return the differences in words: name, estimate, what it is."""
        return [(name, str(estimate), MEANINGS[name]) for name, estimate in self.differences.items()]

    def curve_rows(self) -> list[tuple[str, str, str]]:
        """Return the curves as a table: number of cooperators, what one of them earns, what a defector earns."""
        cautious, greedy = self.diagram.restrained, self.diagram.unrestrained
        paid = [["-", *map(str, cautious)], [*map(str, greedy), "-"]]
        return [(str(count), *pair) for count, pair in enumerate(zip(*paid, strict=True))]

    def to_json(self) -> dict[str, Any]:
        """Return everything in the types of JSON."""
        return {
            "scenario": self.scenario,
            "verdict": self.verdict,
            "note": self.note,
            "learner": self.learner,
            "preferences": {"cooperators": self.cooperators, "defectors": self.defectors},
            "pairs": self.num_pairs,
            "steps": self.steps,
            "seed": self.seed,
            "differences": {name: estimate.to_json(full=True) for name, estimate in self.differences.items()},
            "cooperators": [estimate.to_json(full=True) for estimate in self.diagram.restrained],
            "defectors": [estimate.to_json(full=True) for estimate in self.diagram.unrestrained],
        }

    def __str__(self) -> str:
        """Return the verdict and the differences."""
        lines = [f"{self.scenario}: {self.verdict}"]
        return "\n".join([*lines, *(f"  {name:8}  {estimate}" for name, estimate, _ in self.rows())])


def schelling_curves(
    scenario: Scenario,
    *,
    cooperators: str = COOPERATORS,
    defectors: str = SELFISH,
    pairs: int = 40,
    steps: int = 1000,
    seed: int = 0,
) -> SchellingCurves:
    """Train cooperators and defectors and let all mixtures of them play.

    Parameters
    ----------
    scenario : Scenario
        In which all act at once and nobody comes or goes, with agents of one type, whose learner has a policy
        (`Learner.policy`), chances of actions (``probabilities``) or a way to be ``frozen``. Its horizon is the length
        of the training.
    cooperators, defectors : str
        Specs of the social preferences with which the two kinds learn (`socialsim.learning.preferences`).
    pairs : int
        How many pairs are trained, >= 2.
    steps : int
        That each mixture plays, >= 1.
    seed : int
        Of training and play, >= 0.

    Returns
    -------
    SchellingCurves

    Raises
    ------
    ParameterError
        If the scenario cannot be measured so, or a number is not accepted.

    Examples
    --------
    Of two who share 1.6 times what they contribute each loses 1 - 1.6/2 by contributing, whatever the other does.

    >>> from socialsim.environments.public_goods import PublicGoods
    >>> goods = Scenario(PublicGoods(group_size=2), "q_learning:discount=0.0,epsilon=0.5", "complete:n=2", 500)
    >>> print(schelling_curves(goods, pairs=3, steps=10))
    public_goods: dilemma by fear and greed
      harmony   0.6
      safety    0.8
      fear      0.2
      greed     0.2
      contrast  1
    """
    _check(scenario, pairs, steps, seed)
    plain = scenario.replace({"preference": SELFISH})
    prosocial, selfish = (plain.replace({"preference": kind}) for kind in (cooperators, defectors))
    with ThreadPoolExecutor(2) as pool:
        trained = pool.map(_train, (prosocial, selfish), (seed, seed), (range(pairs), range(pairs, 2 * pairs)))
        first, second = trained
    returns = _play(plain, first, second, pairs, steps, seed)
    return SchellingCurves(
        scenario=scenario.name,
        learner=only_learner(scenario)[1].name(),
        cooperators=cooperators,
        defectors=defectors,
        num_pairs=pairs,
        steps=steps,
        seed=seed,
        diagram=paired_schelling(*returns),
        contrast=mean(contrast_of(first, second)),
    )


def paired_schelling(restrained: NDArray[np.float64], unrestrained: NDArray[np.float64]) -> Schelling:
    """Return the Schelling diagram of pairs that are measured in every mixture, with 95% intervals.

    Parameters
    ----------
    restrained : ndarray, shape (num_agents, num_pairs)
        Row l: what a cooperator earns beside l others.
    unrestrained : ndarray, shape (num_agents, num_pairs)
        Row l: what a defector earns beside l cooperators.

    Returns
    -------
    Schelling

    Examples
    --------
    >>> diagram = paired_schelling(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[2.0, 3.0], [4.0, 5.5]]))
    >>> print(diagram.fear, "|", diagram.greed.value)
    1 | 1.25
    """
    return Schelling(
        tuple(mean(row) for row in restrained),
        tuple(mean(row) for row in unrestrained),
        harmony=_difference(restrained[-1], unrestrained[0]),
        safety=_difference(restrained[-1], restrained[0]),
        fear=_difference(unrestrained[0], restrained[0]),
        greed=_difference(unrestrained[-1], restrained[-1]),
    )


def _difference(first: NDArray[np.float64], second: NDArray[np.float64]) -> Estimate:
    """Return the mean difference; one of rounding, which without noise would decide the sign, is none."""
    is_equal = np.abs(first - second) <= ROUNDING * np.maximum(np.abs(first), np.abs(second))
    return mean(np.where(is_equal, 0.0, first - second))


def _check(scenario: Scenario, pairs: int, steps: int, seed: int) -> None:
    """Refuse what cannot be trained or measured."""
    for name, value, least in (("pairs", pairs, 2), ("steps", steps, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ParameterError(f"{name}: {value!r} is not accepted; accepted: an integer >= {least}")
    environment, (agent_type, learner) = scenario.environment, only_learner(scenario)
    if environment.loop == "events":
        raise ParameterError(f"{environment.name()}: two meet at a time; accepted: a scenario in which all act at once")
    if scenario.turnover is not None or scenario.presence_events:
        raise ParameterError(f"{scenario.name}: agents fail, leave or enter; accepted: a scenario in which all stay")
    has_policy = type(learner).policy is not Learner.policy
    if not (has_policy or hasattr(learner, "probabilities") or hasattr(learner, "frozen")):
        raise ParameterError(
            f"learner: {learner.name()!r} has no policy that could be frozen; accepted: one with a policy or chances "
            "of actions, such as q_learning"
        )
    observations = environment.specification(agent_type, num_agents_of(scenario)).observations
    if not (hasattr(learner, "frozen") or isinstance(observations, Discrete)):
        raise ParameterError(
            f"learner: what {learner.name()!r} does on {observations} cannot be tabulated; accepted: discrete "
            "observations, and a learner of them such as q_learning"
        )


def _train(scenario: Scenario, seed: int, replications: range) -> Frozen:
    """Let agents learn to the horizon, and freeze them."""
    simulation = Simulation(scenario, seed=seed, replications=replications)
    first = 0
    while first < len(replications):
        first = simulation.advance(scenario.horizon.steps, budget=BUDGET, first=first)
    return freeze(simulation)


def _play(
    scenario: Scenario, cooperators: Frozen, defectors: Frozen, pairs: int, steps: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what cooperators and defectors earn in a step, shape (num_agents, num_pairs) each: row l beside l
    cooperators.
    """
    agent_type, _ = only_learner(scenario)
    stage = scenario.replace({f"learner.{agent_type}": cooperators.learner, "horizon.steps": steps})
    orders = _orders(num_agents_of(stage), pairs, seed)
    pair = np.repeat(np.arange(pairs), len(orders) // pairs)
    arena = Simulation(stage, seed=seed, replications=range(2 * pairs, 2 * pairs + len(orders)))
    arena.advance(0)
    start = arena.snapshot()
    restrained, unrestrained = np.full((2, arena.num_agents, pairs), np.nan)
    for count in range(arena.num_agents + 1):
        arena.restore(start)
        cooperates = orders < count
        for name, learnt in cooperators.arrays.items():
            mask = cooperates.reshape(cooperates.shape + (1,) * (learnt.ndim - 2))
            mixed = np.where(mask, learnt[pair], defectors.arrays[name][pair])
            getattr(arena.learners[agent_type], name)[:] = mixed
        earned = _earned(arena, steps)
        if count > 0:
            restrained[count - 1] = earned.mean(axis=1, where=cooperates).reshape(pairs, -1).mean(axis=1)
        if count < arena.num_agents:
            unrestrained[count] = earned.mean(axis=1, where=~cooperates).reshape(pairs, -1).mean(axis=1)
    return restrained, unrestrained


def _orders(num_agents: int, pairs: int, seed: int) -> NDArray[np.int64]:
    """Return the place of each agent in the orders of all pairs, rotations of one after each other, shape
    (num_pairs x num_rotations, num_agents).
    """
    places = np.tile(np.arange(num_agents), (pairs, 1))
    places = np.random.default_rng((seed, pairs)).permuted(places, axis=1)
    num_rotations = min(num_agents, MOST_ROTATIONS)
    shifts = np.arange(num_rotations) * num_agents // num_rotations
    return ((places[:, None] + shifts[:, None]) % num_agents).reshape(-1, num_agents)


def _earned(simulation: Simulation, steps: int) -> NDArray[np.float64]:
    """Return each agent's mean material reward in a step, shape (num_runs, num_agents)."""
    total = np.zeros((len(simulation.clock), simulation.num_agents))
    for step in range(1, steps + 1):
        before = simulation.clock.copy()
        simulation.advance(step)
        total += np.where((simulation.clock > before)[:, None], simulation.engine.rewards, 0.0)
    return total / np.maximum(simulation.clock, 1)[:, None]
