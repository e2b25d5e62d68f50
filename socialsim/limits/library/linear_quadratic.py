r"""Linear dynamics and quadratic costs, drawn to the mean, on a line of 2 L + 1 places.

An agent at x in -L .. L pushes by a in -M .. M; the mean m of all draws it too, and noise shakes it:

    x' = round(x + [k (m - x) + a] delta + sigma e sqrt(delta)),  held in -L .. L,   e in {-3, .., 3} sigma,
    r = delta [- a^2 / 2 + q a (m - x) - kappa (m - x)^2 / 2],    at the last step - c (m - x)^2 / 2.

The chances of e are as of a normal density, exp(-e^2 / 2). With a continuous state it is the model of interbank lending
of [Carmona2015]_, which has a closed solution; on so few places it has not. [Perrin2020]_ (section 4.1). MFGLib
pays T + 1 steps for its T = 3, hence 4 here; it rounds halves to even, and so does this game.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame

POINTS = 7  # of the noise


class LinearQuadratic(AggregativeGame):
    """Agents on a line who are drawn to the mean of all.

    Examples
    --------
    >>> from socialsim.limits.games import Game
    >>> Game(LinearQuadratic()).reward(3, 0.0)[:3, 0].tolist()  # at the end: x = -5, -4, -3
    [-12.5, -8.0, -4.5]
    """

    num_successors = POINTS

    num_steps: int = parameter(4, "T, decisions of each agent; 0: it goes on for ever", unit="steps", ge=0)
    reach: int = parameter(5, "L, farthest place", ge=1)
    push: int = parameter(2, "M, strongest push", ge=0)
    sigma: float = parameter(3.0, "strength of the noise, and the distance of its points", ge=0)
    delta: float = parameter(0.1, "length of a step", unit="time", gt=0)
    draw: float = parameter(1.0, "k, how strongly the mean draws", ge=0)
    q: float = parameter(0.01, "what it is worth to push towards the mean", ge=0)
    kappa: float = parameter(0.5, "cost of being away from the mean", ge=0)
    last: float = parameter(1.0, "c, cost of being away from the mean in the last step", ge=0)

    @property
    def num_states(self) -> int:
        """The places."""
        return 2 * self.reach + 1

    @property
    def num_actions(self) -> int:
        """The pushes."""
        return 2 * self.push + 1

    def constants(self) -> dict[str, Any]:
        """Return the points of the noise and their chances."""
        points = self.sigma * np.arange(-(POINTS // 2), POINTS // 2 + 1)
        weights = np.exp(-0.5 * points**2)
        return {"points": points, "chances_of_points": weights / weights.sum()}

    def state_labels(self) -> tuple[str, ...]:
        """Return the places."""
        return tuple(f"x = {x}" for x in range(-self.reach, self.reach + 1))

    def action_labels(self) -> tuple[str, ...]:
        """Return the pushes."""
        return tuple(f"push {a}" for a in range(-self.push, self.push + 1))

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        """Add up the places."""
        features[0] = s - env.reach

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Move by the mean, the push and the noise."""
        x, u, most = s - env.reach, a - env.push, float(env.reach)
        for k in range(probabilities.shape[0]):
            moved = x + (env.draw * (z[0] - x) + u) * env.delta + env.sigma * env.points[k] * math.sqrt(env.delta)
            successors[k] = env.reach + int(round(min(max(moved, -most), most)))  # noqa: RUF046 - a float, compiled
            probabilities[k] = env.chances_of_points[k]

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Pay for the push and for the distance to the mean."""
        away, u = z[0] - (s - env.reach), a - env.push
        if t == env.num_steps - 1:
            return -0.5 * env.last * away * away
        return env.delta * (-0.5 * u * u + env.q * u * away - 0.5 * env.kappa * away * away)


def rules() -> LinearQuadratic:
    """Return the game with its default parameters."""
    return LinearQuadratic()
