"""Gradient ascent: do a little more of what a little more of would pay.

An agent that chooses a number x_i in [low, high] sees what it is doing and the slope of its reward there, and follows
it ([Cauchy1847]_, for one agent),

    x_i <- x_i + alpha du_i / dx_i,    each step at most a share of the range, kept within it.

It is model-based in so far as it is told the slope; it knows neither where the maximum is nor what others do. With all
others fixed it climbs to a local maximum of its reward; if all follow the slope of one common output, x moves along the
gradient of that output. It starts anywhere in the middle part of the range, of the width ``spread``, evenly.
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Box, Learner, Specification

SEEN = "own action, slope of the reward"


class State(NamedTuple):
    """What everybody does next."""

    alpha: float
    spread: float
    largest_step: float  # in the unit of the action
    low: float
    high: float
    level: NDArray[np.float64]  # (num_agents,), x


class GradientAscent(Learner):
    """Follows the slope of its reward.

    Examples
    --------
    >>> GradientAscent(alpha=0.5).largest_step
    0.1
    """

    alpha: float = parameter(0.1, "step along the slope", unit="action per slope", gt=0)
    largest_step: float = parameter(0.1, "longest step, as a share of the range of actions", gt=0, le=1)
    spread: float = parameter(1.0, "width of the middle part of the range where agents start", ge=0, le=1)

    source: ClassVar[str] = "Cauchy 1847, Comptes Rendus 25:536-538"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out the actions; `initialise` draws them."""
        actions = specification.actions
        if specification.facts.get("observation") != SEEN or not isinstance(actions, Box):
            hint = specification.facts.get("slope_by")
            raise ParameterError(
                "learner: 'gradient_ascent' needs an environment that shows the slope of the reward of a number"
                + (f"; accepted: {hint}" if hint else ", such as production")
            )
        if not math.isfinite(actions.high - actions.low):
            raise ParameterError("learner: 'gradient_ascent' needs actions between two finite ends")
        step = self.largest_step * (actions.high - actions.low)
        return State(self.alpha, self.spread, step, actions.low, actions.high, np.zeros(num_agents))

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Begin somewhere in the middle part."""
        middle, width = (learner.low + learner.high) / 2.0, learner.high - learner.low
        learner.level[i] = middle + learner.spread * width * (uniform(stream) - 0.5)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Do what was decided."""
        return learner.level[i]

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Follow the slope at what was done."""
        step = min(max(learner.alpha * next_observation[1], -learner.largest_step), learner.largest_step)
        learner.level[i] = min(max(action + step, learner.low), learner.high)
