"""Forecasters: believe the rule that forecast best, and go where it forecasts few others (Arthur's bar-goers).

An agent sees how many others acted in the last m steps, y_1 (the latest), ..., y_m. It holds K different **forecasting
rules**, drawn from these, each over a stretch of steps, a <= b, and all cut to [0, N] ([Arthur1994]_, section II):

    average      (y_a + ... + y_b) / (b - a + 1)          a = b: as many as a steps ago (a > 1: a cycle)
    trend        the line through y_a, ..., y_b, continued to the coming step,  a < b
    mirror       N less what one of these forecasts       as far on the other side of one half

All are linear, f = c + sum_j w_j y_j; there are 2 m^2 of them. After each step the error of each rule grows by how far
off it was,

    E_s <- lambda E_s + |f_s - y|,

and the agent relies on the rule of the smallest error, ties broken by lot. It takes action 1 (goes) if the forecast is
below the ``capacity``, else action 0. Arthur printed neither the full list of rules nor how errors are remembered; the
families are those of his examples, over every stretch. How far attendance strays depends on how many agents rely on
one rule at once: the fewer rules there are, and the more of them each agent holds, the more they act alike.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer
from socialsim.engine.interface import Box, Learner, Specification, constant


class State(NamedTuple):
    """The rules that there are, and those that each agent holds."""

    highest: float
    capacity: float
    forgetting: float
    offsets: NDArray[np.float64]  # (num_kinds,), c
    weights: NDArray[np.float64]  # (num_kinds, num_steps), w
    rules: NDArray[np.int64]  # (num_agents, num_rules), which each holds
    errors: NDArray[np.float64]  # (num_agents, num_rules), E


def forecasting_rules(num_steps: int, highest: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return c and w of all rules over so many past steps, shapes (2 m^2,) and (2 m^2, m); mirrors are the second half.

    Examples
    --------
    >>> offsets, weights = forecasting_rules(2, 100.0)
    >>> (offsets + weights @ [60.0, 50.0]).round(9).tolist()  # averages, their trend, and the mirrors of these
    [60.0, 55.0, 50.0, 70.0, 40.0, 45.0, 50.0, 30.0]
    """
    stretches = [np.arange(a, b + 1) for a in range(num_steps) for b in range(a, num_steps)]
    weights = np.zeros((num_steps**2, num_steps))
    for rule, steps in enumerate(stretches):
        weights[rule, steps] = 1.0 / len(steps)
    for rule, steps in enumerate([steps for steps in stretches if len(steps) > 1], start=len(stretches)):
        weights[rule, steps] = _coming_on_line(steps)
    return np.repeat([0.0, highest], num_steps**2), np.concatenate([weights, -weights])


def _coming_on_line(steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the weights of the values at some steps, 0 the latest, in the least-squares line at the coming step."""
    times = -1.0 - steps
    centred = times - times.mean()
    weights: NDArray[np.float64] = 1.0 / len(steps) - times.mean() * centred / (centred**2).sum()
    return weights


@compiled
def forecast(learner, rule, seen):
    """Return what a rule forecasts from the last steps."""
    expected = learner.offsets[rule]
    for k in range(seen.shape[0]):
        expected += learner.weights[rule, k] * seen[k]
    return min(max(expected, 0.0), learner.highest)


class Forecaster(Learner):
    """Relies on the most accurate of some forecasting rules.

    Examples
    --------
    >>> Forecaster(num_rules=12).num_rules
    12
    """

    num_rules: int = parameter(6, "number K of rules that an agent holds", ge=1, le=60)
    forgetting: float = parameter(0.95, "weight lambda of past errors; 1: all count alike", unit="per step", ge=0, le=1)

    source: ClassVar[str] = "Arthur 1994, American Economic Review 84(2):406-411"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out all rules; `initialise` draws who holds which."""
        seen = specification.observations
        if specification.facts.get("observation") != "last attendances" or not isinstance(seen, Box):
            raise ParameterError(
                "learner: 'forecaster' needs an environment in which agents see the last attendances; in the minority "
                "game accepted: environment.observation=attendance"
            )
        offsets, weights = forecasting_rules(seen.shape[0], seen.high)
        if self.num_rules > len(offsets):
            raise ParameterError(
                f"learner.num_rules: {self.num_rules} is not accepted; accepted: 1 to {len(offsets)}, the rules over "
                f"{seen.shape[0]} past steps"
            )
        return State(
            highest=seen.high,
            capacity=float(specification.fact("capacity")),
            forgetting=self.forgetting,
            offsets=constant(offsets),
            weights=constant(weights),
            rules=np.zeros((num_agents, self.num_rules), np.int64),
            errors=np.zeros((num_agents, self.num_rules)),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the rule on which each agent relies, and its error."""
        best = state.errors.argmin(axis=2)[..., None]
        return {
            "rule": np.take_along_axis(state.rules, best, axis=2)[..., 0],
            "error": np.take_along_axis(state.errors, best, axis=2)[..., 0],
        }

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Draw different rules, none of which has erred yet (Floyd's sampling)."""
        num_kinds, num_rules = learner.offsets.shape[0], learner.rules.shape[1]
        for s in range(num_rules):
            newest = num_kinds - num_rules + s
            drawn = integer(stream, newest + 1)
            for earlier in range(s):
                if learner.rules[i, earlier] == drawn:
                    drawn = newest
                    break
            learner.rules[i, s] = drawn
            learner.errors[i, s] = 0.0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Go if the best rule forecasts fewer than the capacity."""
        best, ties = 0, 1
        for s in range(1, learner.rules.shape[1]):
            if learner.errors[i, s] < learner.errors[i, best]:
                best, ties = s, 1
            elif learner.errors[i, s] == learner.errors[i, best]:
                ties += 1
                if integer(stream, ties) == 0:
                    best = s
        return 1 if forecast(learner, learner.rules[i, best], observation) < learner.capacity else 0

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Compare what each rule forecast with what came."""
        for s in range(learner.rules.shape[1]):
            missed = abs(forecast(learner, learner.rules[i, s], observation) - next_observation[0])
            learner.errors[i, s] = learner.forgetting * learner.errors[i, s] + missed
