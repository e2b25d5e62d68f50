r"""Firms that invest in the quality of their product, and sell better the worse their neighbours' products are.

A firm's quality is s = 0 .. n - 1, at first 0. In each step it invests (a = 1) or not; an investment succeeds more
rarely the better the product is,

    s -> s + 1 with chance (n - 1 - s) / n if a = 1,     r = profit s / (1 + z) - cost a,     phi(s, a) = s.

With ``normalise = "N"``, as in the source, z = int W(x, y) E s_y dy is the quality that a firm competes with, so that
one with few links has more to gain. T = 50 decisions. A firm of the best quality may still pay for nothing.
[CuiKoeppl2022]_ (section 5)
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame


class Investment(AggregativeGame):
    """Firms that invest in the quality of their product.

    Examples
    --------
    >>> from socialsim.limits.games import Game
    >>> game = Game(Investment())
    >>> game.step(0, 2.0)[1][7, 1].round(3).tolist(), float(game.reward(0, 2.0)[7, 1].round(3))
    ([0.8, 0.2], -1.3)
    """

    num_actions, num_successors, steady = 2, 2, True

    num_qualities: int = parameter(10, "n, qualities", ge=2)
    profit: float = parameter(0.3, "profit of one more quality without competition", unit="per step", ge=0)
    cost: float = parameter(2.0, "of an investment", ge=0)
    normalise: Literal["degree", "N", "density"] = parameter(
        "N", "what the sum over neighbours is divided by: the agent's degree, the number of agents, the mean degree"
    )

    @property
    def num_states(self) -> int:
        """The qualities."""
        return self.num_qualities

    def initial(self) -> NDArray[np.float64]:
        """Return the shares of the qualities: all have the lowest."""
        return np.eye(self.num_qualities)[0]

    def state_labels(self) -> tuple[str, ...]:
        """Return the qualities."""
        return tuple(f"quality {s}" for s in range(self.num_qualities))

    def action_labels(self) -> tuple[str, ...]:
        """Return the actions."""
        return "keep", "invest"

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        """Weigh the quality."""
        features[0] = s

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Get better, or stay."""
        better = a * (env.num_qualities - 1.0 - s) / env.num_qualities
        successors[0], probabilities[0] = s, 1.0 - better
        successors[1], probabilities[1] = min(s + 1, env.num_qualities - 1), better

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Sell, and pay for the investment."""
        return env.profit * s / (1.0 + z[0]) - env.cost * a


def rules() -> Investment:
    """Return the game with the parameters of the source."""
    return Investment()
