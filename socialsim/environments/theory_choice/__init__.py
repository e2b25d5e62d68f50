r"""Scientists who choose which theory to work on, for credit and among peers.

There are K theories. In every step each scientist works on one, with a productivity e_l that depends on its standing l
there (``standing``: the first entry is a novice's). z_k is the labour on theory k of those whom it hears, a mean of
e_l over them with who works elsewhere counted as 0, and Z_k the same of all. Labour solves problems: of those that are
open, a share

    p_k(z) = c_k [1 - exp(-lambda_k z^sigma)]                                                                       (1)

is solved in a step. With ``steepness`` sigma = 1 the first hand adds most and each further one less, the increasing
concave family of [Kitcher1990]_; with sigma > 1 a theory needs a critical mass, and more hands at first pay each of
them more. A share o_k of the problems of theory k is open; what is known of it is 1 - o_k. Knowledge grows with work,
and new problems come up:

    o_k <- o_k - d p_k(Z_k) o_k + rho (1 - o_k),    o_k = 1 at first                                                (2)

with ``depletion`` d and ``renewal`` rho; d = 0 leaves the ground as fertile as it was, which is Kitcher's case. Credit
for what is found on a theory, of ``values`` v_k, is divided in proportion to labour, and so is the esteem of
peers who work on the same (``conformity`` b):

    r = e_l [v_k p_k(z_k) o_k / z_k + b z_k]                                                                         (3)

A scientist is paid at its *old* standing if it stays with its theory, as a novice if it comes from another. It then
rises by one level with the chance theta (``learning``), and retires with the chance mu (``turnover``): a novice takes
its place, who is free to begin elsewhere. A state is s = L k + l for L levels. Everybody begins as a novice, on any
theory. What society gains in a step is sum_k v_k o_k p_k(Z_k).

Credit pays by the average success of a theory, society gains by its margin: too many work on what is promising
([Kitcher1990]_, [Strevens2003]_). How labour is divided in equilibrium, and how a planner would divide it, is worked
out in `socialsim.environments.theory_choice.theory`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.engine.aggregative import AggregativeGame
from socialsim.engine.scenario import Scenario
from socialsim.environments.theory_choice.theory import (
    Science,
    best_division,
    labour_per_head,
    value_at_rest,
)
from socialsim.metrics.diversity import hill_number
from socialsim.metrics.estimates import mean


@compiled
def solved(ceiling, rate, steepness, z):
    """Return the share of the open problems of a theory that labour z solves, equation (1)."""
    return -ceiling * math.expm1(-rate * z**steepness)


@compiled
def credit_per_labour(ceiling, rate, steepness, z):
    """Return p(z) / z; at z = 0 its limit."""
    exponent = rate * z**steepness
    shrink = -math.expm1(-exponent) / exponent if exponent > 0.0 else 1.0
    return ceiling * rate * z ** (steepness - 1.0) * shrink


class TheoryChoice(AggregativeGame):
    """Scientists who divide their labour between theories.

    Examples
    --------
    >>> TheoryChoice().num_states, TheoryChoice().num_common
    (4, 2)
    >>> TheoryChoice(values=(1.0, 0.5, 0.2), ceilings=(0.5, 0.5, 0.5), rates=(2.0, 2.0, 2.0)).num_actions
    3
    >>> TheoryChoice(rates=(1.0,))
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: environment.rates: 1 number is not accepted; accepted: one for each of 2
    theories, as in environment.values
    """

    values: tuple[float, ...] = parameter((1.0, 0.5), "v, worth of all open problems of each theory", unit="reward")
    ceilings: tuple[float, ...] = parameter((0.5, 0.5), "c, share of them that any labour solves in a step, at most")
    rates: tuple[float, ...] = parameter((3.0, 3.0), "lambda, rate at which labour comes to it", unit="per labour")
    steepness: float = parameter(1.0, "sigma; above 1 a theory needs a critical mass", ge=1, le=5)
    depletion: float = parameter(0.2, "d, share of what is found that is not there any more", ge=0, le=1)
    renewal: float = parameter(0.1, "rho, chance that a solved problem opens another", unit="per step", gt=0, le=1)
    conformity: float = parameter(0.0, "b, esteem of peers who work on the same", unit="reward per labour", ge=0)
    standing: tuple[float, ...] = parameter((0.5, 1.0), "e, productivity at each level of standing", unit="labour")
    learning: float = parameter(0.2, "theta, chance to rise by one level", unit="per step", ge=0, le=1)
    turnover: float = parameter(0.05, "mu, chance that a novice takes one's place", unit="per step", ge=0, le=1)
    num_steps: int = parameter(0, "T, decisions of each agent; 0: it goes on for ever", unit="steps", ge=0)
    discount: float = parameter(0.9, "gamma, worth of a reward one step later", gt=0, le=1)

    num_successors: ClassVar[int] = 3
    steady: ClassVar[bool] = True
    source: ClassVar[str] = "Kitcher 1990, J. Philosophy 87:5-22; Strevens 2003, J. Philosophy 100:55-79"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_on_first",
        "series_label": "share on the first theory",
        "agent": "theory",
        "agent_label": "theory worked on",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse tables that do not fit each other, or numbers that mean nothing."""
        most = len(self.values)
        if most < 2:
            raise ParameterError(f"environment.values: {most} theories are not accepted; accepted: 2 or more")
        for name, numbers in (("ceilings", self.ceilings), ("rates", self.rates)):
            if len(numbers) != most:
                raise ParameterError(
                    f"environment.{name}: {len(numbers)} number{'s are' if len(numbers) != 1 else ' is'} not accepted; "
                    f"accepted: one for each of {most} theories, as in environment.values"
                )
        for name, least, largest in (("values", 0.0, math.inf), ("ceilings", 0.0, 1.0), ("rates", 0.0, math.inf)):
            for number in getattr(self, name):
                if not least < number <= largest:
                    upto = f", <= {largest:g}" if largest < math.inf else ""
                    raise ParameterError(f"environment.{name}: {number} is not accepted; accepted: > {least:g}{upto}")
        if not self.standing or min(self.standing) <= 0.0 or max(self.standing) > 1.0:
            raise ParameterError(
                f"environment.standing: {list(self.standing)} is not accepted; accepted: numbers > 0, <= 1"
            )

    @property
    def num_levels(self) -> int:
        """Levels of standing L."""
        return len(self.standing)

    @property
    def num_states(self) -> int:
        """A theory, and one's standing there."""
        return len(self.values) * self.num_levels

    @property
    def num_actions(self) -> int:
        """Which theory to work on."""
        return len(self.values)

    @property
    def num_features(self) -> int:
        """Labour on each theory."""
        return len(self.values)

    def science(self) -> Science:
        """Return what the theory of the division of labour needs to know."""
        return Science(
            np.array(self.values),
            np.array(self.ceilings),
            np.array(self.rates),
            self.steepness,
            self.depletion,
            self.renewal,
            self.conformity,
            self.labour_per_head(),
        )

    def labour_per_head(self) -> float:
        """Return the mean productivity of a community at rest in which nobody changes theories."""
        return labour_per_head(np.array(self.standing), self.learning, self.turnover)

    def initial(self) -> NDArray[np.float64]:
        """Return novices, on any theory."""
        chances = np.zeros((len(self.values), self.num_levels))
        chances[:, 0] = 1.0 / len(self.values)
        return chances.reshape(-1)

    def initial_common(self) -> NDArray[np.float64]:
        """Return that all problems are open."""
        return np.ones(len(self.values))

    def constants(self) -> dict[str, Any]:
        """Return the number of levels."""
        return {"num_levels": self.num_levels}

    def state_labels(self) -> tuple[str, ...]:
        """Return theories and levels."""
        return tuple(f"theory {k}, level {level}" for k in range(len(self.values)) for level in range(self.num_levels))

    def action_labels(self) -> tuple[str, ...]:
        """Return the theories."""
        return tuple(f"theory {k}" for k in range(len(self.values)))

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return each scientist's theory, whether it is the first, its level, and what it has earned."""
        levels = self.num_levels
        theory = state.states // levels
        on_first = (theory == 0).astype(float)
        return {"theory": theory, "on_first": on_first, "level": state.states % levels, "return": state.returns}

    def outcomes(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return how labour is divided, what is known, and how much of the best division's worth it has at rest."""
        theory = state.states // self.num_levels
        division = (theory[:, :, None] == np.arange(len(self.values))).mean(axis=1)
        science = self.science()
        best = value_at_rest(science, best_division(science))
        return {
            **{f"share_{k}": division[:, k] for k in range(len(self.values))},
            **{f"known_{k}": 1.0 - state.common[:, k] for k in range(len(self.values))},
            "standing": np.array(self.standing)[state.states % self.num_levels].mean(axis=1),
            "diversity": np.asarray(hill_number(division, 1)),
            "efficiency": value_at_rest(science, division) / best,
        }

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        """Count one's labour where one works."""
        level = s % env.num_levels if a == s // env.num_levels else 0
        for k in range(features.shape[0]):
            features[k] = env.standing[level] if k == a else 0.0

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Rise, stay or retire."""
        level = s % env.num_levels if a == s // env.num_levels else 0
        first = a * env.num_levels
        successors[0], probabilities[0] = first, env.turnover
        successors[1], probabilities[1] = first + level, (1.0 - env.turnover) * (1.0 - env.learning)
        successors[2] = first + min(level + 1, env.num_levels - 1)
        probabilities[2] = 1.0 - probabilities[0] - probabilities[1]

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Return one's part of the credit and the esteem of peers, equation (3)."""
        level = s % env.num_levels if a == s // env.num_levels else 0
        still_open = z[env.values.shape[0] + a]
        credit = env.values[a] * credit_per_labour(env.ceilings[a], env.rates[a], env.steepness, z[a]) * still_open
        return env.standing[level] * (credit + env.conformity * z[a])

    @staticmethod
    @compiled
    def common(env, t, overall, common, common_next):
        """Problems are solved, and new ones come up, equation (2)."""
        for k in range(common.shape[0]):
            found = solved(env.ceilings[k], env.rates[k], env.steepness, overall[k])
            common_next[k] = common[k] - env.depletion * found * common[k] + env.renewal * (1.0 - common[k])


# --- Metrics ---------------------------------------------------------------------------------------------------


def efficiency(result: Result) -> Estimate:
    """What the division of labour at the end is worth at rest, as a share of the best division's worth."""
    return mean(result.runs.efficiency)


def diversity(result: Result) -> Estimate:
    """Effective number of theories that are worked on at the end: exp of the entropy of the division of labour."""
    return mean(result.runs.diversity)


def share_on_the_first(result: Result) -> Estimate:
    """Share of the scientists who work on the first theory at the end."""
    return mean(result.runs.share_0)


def mean_standing(result: Result) -> Estimate:
    """Mean productivity at the end."""
    return mean(result.runs.standing)


METRICS = (efficiency, diversity, share_on_the_first, mean_standing)


def scenario() -> Scenario:
    """Return a hundred scientists and two theories, of which one promises twice as much, who learn by reward."""
    learner = "q_learning:alpha=0.05,discount=0,epsilon=0.02,initial_value=1.0"
    return Scenario(TheoryChoice(), learner, "complete:n=100", 2000, METRICS)


def small() -> Scenario:
    """Return seven scientists on a circle, three levels and three theories, with peers and a critical mass."""
    science = TheoryChoice(
        values=(1.0, 0.8, 0.5),
        ceilings=(0.5, 0.9, 1.0),
        rates=(1.0, 2.0, 3.0),
        steepness=1.5,
        conformity=0.1,
        standing=(0.4, 0.7, 1.0),
        normalise="N",
        num_steps=15,
        discount=1.0,
    )
    return Scenario(science, "q_learning", "cycle:n=7", 15, METRICS)
