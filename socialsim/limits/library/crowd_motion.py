r"""A crowd in a square that follows a point of interest which moves.

Places (row, column) of a grid with walls. An agent goes to one of the four neighbours or stays, and is then shifted by
one more place, to each side with chance (1 - still) / 4. With mu the shares of all and the distance along rows and
columns,

    r(t, s, a) = attraction [1 - distance(s, bar_t) / (height + width)] - ln(mu(s) + floor).

To move costs nothing, so that several moves are often equally good. MFGLib draws the path of the bar with a seed; here
it is a parameter, by default the path of its seed 0. Its T = 3 pays 4 steps, as this game does. [Perolat2022]_
"""

from __future__ import annotations

import math
from typing import Any

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame


class CrowdMotion(AggregativeGame):
    """A crowd in a square that follows a point of interest which moves.

    Examples
    --------
    >>> from socialsim.limits.games import Game
    >>> small = CrowdMotion(height=2, width=2, bars=((0, 0),))
    >>> Game(small).reward(0, [0.25] * 4)[:, 4].round(3).tolist()
    [11.386, 8.886, 8.886, 6.386]
    """

    num_actions, num_successors, steady = 5, 5, True

    num_steps: int = parameter(
        4, "T, decisions of each agent; 0: it goes on for ever, at a bar that stays", unit="steps", ge=0
    )
    height: int = parameter(20, "rows of the grid", ge=1)
    width: int = parameter(20, "columns of the grid", ge=1)
    bars: tuple[tuple[int, int], ...] = parameter(
        ((10, 10), (10, 10), (9, 11), (9, 11)), "place of the bar in each step; it stays at the last one"
    )
    attraction: float = parameter(10.0, "what the bar is worth", ge=0)
    still: float = parameter(0.5, "chance not to be shifted", ge=0, le=1)
    floor: float = parameter(1e-10, "added to a share before its logarithm is taken", gt=0)

    def model_post_init(self, context: Any, /) -> None:
        """Check that the bar is on the grid."""
        super().model_post_init(context)
        for row, column in self.bars:
            if not (0 <= row < self.height and 0 <= column < self.width):
                raise ParameterError(
                    f"environment.bars: ({row}, {column}) is not accepted; accepted: rows 0 to {self.height - 1}, "
                    f"columns 0 to {self.width - 1}"
                )
        if self.num_steps == 0 and len(set(self.bars)) > 1:
            raise ParameterError(
                f"environment.bars: {len(self.bars)} places are not accepted in a game without end (num_steps = 0), "
                "whose policies know no time; accepted: one place"
            )
        if not self.bars:
            raise ParameterError("environment.bars: () is not accepted; accepted: one place or more")

    @property
    def num_states(self) -> int:
        """The places, row by row."""
        return self.height * self.width

    @property
    def num_features(self) -> int:
        """The share of each place."""
        return self.height * self.width

    def state_labels(self) -> tuple[str, ...]:
        """Return the places."""
        return tuple(f"({row}, {column})" for row in range(self.height) for column in range(self.width))

    def action_labels(self) -> tuple[str, ...]:
        """Return the moves."""
        return "down", "up", "right", "left", "stay"

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
        """Move, and be shifted, within the walls."""
        row, column = s // env.width, s % env.width
        for shift in range(5):
            down = (a == 0) - (a == 1) + (shift == 0) - (shift == 1)
            right = (a == 2) - (a == 3) + (shift == 2) - (shift == 3)
            there = min(max(row + down, 0), env.height - 1)
            successors[shift] = there * env.width + min(max(column + right, 0), env.width - 1)
            probabilities[shift] = env.still if shift == 4 else 0.25 * (1.0 - env.still)

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Pay for being near the bar, and for room."""
        now = min(t, env.bars.shape[0] - 1)
        away = abs(s // env.width - env.bars[now, 0]) + abs(s % env.width - env.bars[now, 1])
        near = 1.0 - away / (env.height + env.width)
        return env.attraction * near - math.log(z[s] + env.floor)


def rules() -> CrowdMotion:
    """Return the game with its default parameters."""
    return CrowdMotion()
