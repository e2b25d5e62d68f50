"""A rota: agents who clean a river in turns and eat the rest of the time.

Each agent cleans in a share ``duty`` of its steps, in one stretch of every ``period``; the stretches of several agents
are spread evenly. On duty it cleans where its beam reaches waste, else turns and walks towards the nearest waste that
it sees, or wanders until it sees some. Off duty it takes the nearest apple, as the greedy do all the time
(`socialsim.learning.foragers`). It keeps its duty whatever the others do: with the greedy as the other kind it makes a
Schelling diagram of a public good ([Hughes2018]_).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Specification
from socialsim.grids.codes import AGENT, CLEAN, FORWARD, LEFT, RIGHT, TURN_LEFT, TURN_RIGHT, WALL, WASTE
from socialsim.grids.plane import joined
from socialsim.learning.foragers import SIDES, Greedy
from socialsim.learning.sight import forage, look, wander


class Duty(NamedTuple):
    """What a rota knows beside what it sees."""

    ahead: int
    behind: int
    left: int
    right: int
    period: int
    steps_on_duty: int
    clock: NDArray[np.int64]  # (num_agents,), step within the period


class Rota(Greedy):
    """Cleans in turns.

    Examples
    --------
    >>> Rota(duty=0.5).period
    200
    """

    duty: float = parameter(0.25, "share of its steps in which it cleans", ge=0, le=1)
    period: int = parameter(200, "steps from the beginning of one stretch of duty to the next", unit="steps", ge=1)

    def state(self, specification: Specification, num_agents: int) -> Any:
        """Lay out what it sees and the rota, after checking that there is something to clean with."""
        if specification.num_actions <= CLEAN or "cleaning_beam" not in specification.facts:
            raise ParameterError("learner: 'rota' cleans; here agents have no beam to clean with")
        facts = {**specification.facts, "beam": specification.facts["cleaning_beam"]}
        eyes = super().state(replace(specification, facts=facts), num_agents)
        duty = Duty(
            **{side: facts[side] for side in SIDES},
            period=self.period,
            steps_on_duty=round(self.duty * self.period),
            clock=np.arange(num_agents) * self.period // max(num_agents, 1),
        )
        return joined(eyes, duty)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Clean or eat, as the rota has it."""
        look(learner, observation)
        is_on_duty = learner.clock[i] < learner.steps_on_duty
        learner.clock[i] = (learner.clock[i] + 1) % learner.period
        return clean(learner, stream) if is_on_duty else forage(learner, 0, stream)


@compiled
def reaches_waste(learner):
    """Return whether one would clean something; a ray ends at the first waste or wall."""
    for ray in range(learner.rays.shape[0]):
        for k in range(learner.rays.shape[1]):
            step = learner.rays[ray, k]
            code = learner.field[learner.home + step]
            if step == 0 or code == WALL:
                break
            if code == WASTE:
                return True
    return False


@compiled
def clean(learner, stream):
    """Clean, or go towards the nearest waste in sight, around what is in the way; wander where there is none."""
    if reaches_waste(learner):
        return CLEAN
    nearest, forward, aside = 1 << 30, 0, 0
    for f in range(learner.ahead, -learner.behind - 1, -1):
        for s in range(-learner.left, learner.right + 1):
            if abs(f) + abs(s) < nearest and learner.field[learner.home - f * learner.stride + s] == WASTE:
                nearest, forward, aside = abs(f) + abs(s), f, s
    if nearest == 1 << 30:
        return wander(learner, stream)
    if forward < abs(aside) or forward <= 0:
        return TURN_LEFT if aside < 0 else TURN_RIGHT
    code = learner.field[learner.home - learner.stride]
    if code == WALL or code >= AGENT:
        return RIGHT if uniform(stream) < 0.5 else LEFT
    return FORWARD
