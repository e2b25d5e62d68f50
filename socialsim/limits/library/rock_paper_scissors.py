r"""Rock, paper, scissors, in which each wins by another amount.

All start at state 0 and choose rock (1), paper (2) or scissors (3), which is their state in the next step. There, with
mu the shares of the three,

    r(rock) = 2 mu(scissors) - mu(paper),
    r(paper) = 4 mu(rock) - 2 mu(scissors),
    r(scissors) = 6 mu(paper) - 3 mu(rock),

so that to win pays twice what to lose costs. Best responses run in a circle for ever, as in [Shapley1964]_, where even
their averages do not come to rest; here, where wins outweigh losses, those of fictitious play do, slowly. What is
chosen in the last step is never paid. In equilibrium all three earn the same: by the equations above the shares are
(26, 20, 31) / 77, and each earns 6/11. [CuiKoeppl2021]_
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame


class RockPaperScissors(AggregativeGame):
    """Rock, paper, scissors, in which each wins by another amount.

    Examples
    --------
    >>> from socialsim.limits.games import Game
    >>> limit = Game(RockPaperScissors()).mean_field()
    >>> round(limit.evaluate(limit.uniform_policy()).exploitability, 12)
    0.333333333333
    """

    num_states, num_actions, num_features, steady = 4, 3, 4, True

    num_steps: int = parameter(2, "T, decisions of each agent; 0: it goes on for ever", unit="steps", ge=0)
    wins: tuple[float, float, float] = parameter((2.0, 4.0, 6.0), "reward of rock, paper, scissors if all others lose")
    losses: tuple[float, float, float] = parameter((1.0, 2.0, 3.0), "cost of rock, paper, scissors if all others win")

    def initial(self) -> NDArray[np.float64]:
        """Return that nobody has shown a hand."""
        return np.array([1.0, 0.0, 0.0, 0.0])

    def state_labels(self) -> tuple[str, ...]:
        """Return the hands."""
        return "none", "rock", "paper", "scissors"

    def action_labels(self) -> tuple[str, ...]:
        """Return the hands to show next."""
        return "rock", "paper", "scissors"

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        """Count who shows what."""
        for hand in range(4):
            features[hand] = 0.0
        features[s] = 1.0

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Show the hand that one chose."""
        successors[0], probabilities[0] = 1 + a, 1.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Win against the hand before in the circle, lose against the next one."""
        if s == 0:
            return 0.0
        beaten, beats = 1 + (s + 1) % 3, 1 + s % 3
        return env.wins[s - 1] * z[beaten] - env.losses[s - 1] * z[beats]


def rules() -> RockPaperScissors:
    """Return the game with its default parameters."""
    return RockPaperScissors()
