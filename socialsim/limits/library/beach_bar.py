r"""A beach with a bar: near the bar, but not where everybody is.

n places in a row, a bar at one of them. An agent moves by -1, 0 or 1, and the sand shifts it by one more place to
either side with chance (1 - still) / 2 each; the ends hold it. With mu the shares of all,

    r(s, a) = - |s - bar| - |move| / n - ln(mu(s) + floor).

Crowding is paid by its logarithm, so that the game is monotone and has one equilibrium. The distance is as on a ring of
n places, as MFGLib has it, although nobody walks around it. MFGLib pays T + 1 steps for its T = 2, hence 3 here.
[Perrin2020]_ (section 4.2)
"""

from __future__ import annotations

import math
from typing import Any

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame


class BeachBar(AggregativeGame):
    """A beach with a bar: near the bar, but not where everybody is.

    Examples
    --------
    >>> from socialsim.limits.games import Game
    >>> Game(BeachBar()).reward(0, [0.25] * 4)[:, 1].round(3).tolist()  # to stay
    [-0.614, 0.386, 1.386, 0.386]
    """

    num_actions, num_successors, steady = 3, 3, True

    num_steps: int = parameter(3, "T, decisions of each agent; 0: it goes on for ever", unit="steps", ge=0)
    num_places: int = parameter(4, "n, places on the beach", ge=2)
    bar: int = parameter(2, "place of the bar, 0 .. n - 1", ge=0)
    still: float = parameter(0.5, "chance that the sand does not shift", ge=0, le=1)
    floor: float = parameter(1e-20, "added to a share before its logarithm is taken", gt=0)

    def model_post_init(self, context: Any, /) -> None:
        """Check that the bar is on the beach."""
        super().model_post_init(context)
        if self.bar >= self.num_places:
            raise ParameterError(f"environment.bar: {self.bar} is not accepted; accepted: 0 to {self.num_places - 1}")

    @property
    def num_states(self) -> int:
        """The places."""
        return self.num_places

    @property
    def num_features(self) -> int:
        """The share of each place."""
        return self.num_places

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
        for place in range(env.num_places):
            features[place] = 0.0
        features[s] = 1.0

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Move, and shift with the sand."""
        for shift in range(3):
            successors[shift] = min(max(s + a - 1 + shift - 1, 0), env.num_places - 1)
            probabilities[shift] = env.still if shift == 1 else 0.5 * (1.0 - env.still)

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Pay for the way to the bar, for moving, and for the crowd."""
        way = abs(s - env.bar)
        return -min(way, env.num_places - way) - abs(a - 1) / env.num_places - math.log(z[s] + env.floor)


def rules() -> BeachBar:
    """Return the game with its default parameters."""
    return BeachBar()
