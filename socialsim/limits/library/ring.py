r"""A crowd on a ring: to one side of it, but not where everybody is, and perhaps slowly.

n places on a circle. An agent moves by -1, 0 or 1 and is then shifted to either side with chance noise / 2 each. In a
crowd it may not get away at all: with mu its place's share of all agents,

    held(s) = congestion n mu(s) / (1 + congestion n mu(s)),
    r(s, a) = attraction (1 - |s - h| / h) - effort |move| - ln(mu(s) + floor),      h = n / 2, rounded down.

Without congestion transitions depend on nobody (`steady`) and the game is monotone. By default it is the crowd model of
OpenSpiel, but for two things: that one has an effort of 1 / n, and charges it for the move **before** the present one,
which its states do not hold, so that what it computes depends on the order in which it visits them. After section 4.2
of [Perrin2020]_, with the congestion of [AchdouPorretta2018]_.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame


class Ring(AggregativeGame):
    """A crowd on a ring.

    Examples
    --------
    >>> from socialsim.limits.games import Game
    >>> successors, probabilities = Game(Ring(noise=0.2, congestion=1.0)).step(0, [0.1] * 10)
    >>> successors[4, 2].tolist(), probabilities[4, 2].tolist()  # to the right of 4, or held
    ([4, 5, 6, 4], [0.05, 0.4, 0.05, 0.5])
    """

    num_actions = 3

    num_steps: int = parameter(50, "T, decisions of each agent; 0: it goes on for ever", unit="steps", ge=0)
    num_places: int = parameter(10, "n, places on the ring", ge=3)
    noise: float = parameter(2 / 3, "chance to be shifted", ge=0, le=1)
    congestion: float = parameter(0.0, "how strongly a crowd holds those in it", ge=0)
    attraction: float = parameter(1.0, "how much better the place half-way is than place 0", ge=0)
    effort: float = parameter(0.0, "cost of a move", ge=0)
    floor: float = parameter(1e-25, "added to a share before its logarithm is taken", gt=0)

    @property
    def steady(self) -> bool:
        """Whether nobody is held."""
        return self.congestion == 0.0

    @property
    def num_states(self) -> int:
        """The places."""
        return self.num_places

    @property
    def num_features(self) -> int:
        """The share of each place."""
        return self.num_places

    @property
    def num_successors(self) -> int:
        """Three places, and one's own where one may be held."""
        return 3 if self.steady else 4

    def constants(self) -> dict[str, Any]:
        """Return what each place is worth."""
        half = self.num_places // 2
        return {"worth_of": self.attraction * (1.0 - np.abs(np.arange(self.num_places) - half) / half)}

    def state_labels(self) -> tuple[str, ...]:
        """Return the places."""
        return tuple(f"place {s}" for s in range(self.num_places))

    def action_labels(self) -> tuple[str, ...]:
        """Return the moves."""
        return "left", "stay", "right"

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        """Count who is where."""
        for place in range(features.shape[0]):
            features[place] = 0.0
        features[s] = 1.0

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Be held, or move and be shifted."""
        crowd = env.congestion * env.num_places * z[s]
        free = 1.0 / (1.0 + crowd)
        for shift in range(3):
            there = s + a + shift - 2
            if there < 0:
                there += env.num_places
            elif there >= env.num_places:
                there -= env.num_places
            successors[shift] = there
            probabilities[shift] = free * (1.0 - env.noise if shift == 1 else 0.5 * env.noise)
        if probabilities.shape[0] > 3:
            successors[3], probabilities[3] = s, 1.0 - free

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Pay for the place, for moving, and for the crowd."""
        return env.worth_of[s] - env.effort * abs(a - 1) - math.log(z[s] + env.floor)


def rules() -> Ring:
    """Return the game with its default parameters."""
    return Ring()
