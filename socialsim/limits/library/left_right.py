r"""Left or right: two roads, one twice as narrow.

All start at a crossing (state 0), go left (1) or right (2) and stay in motion for one more step. On a road with the
share mu of all agents one earns - mu on the left, - 2 mu on the right:

    r(s) = - [0, 1, 2]_s mu(s),        p(s' | s, a) = 1 where s' = 1 + a.

What is chosen in the last step is never paid. In equilibrium both roads cost the same: mu(left) = 2/3, and each agent
earns -2/3. Best responses jump from one road to the other for ever. [CuiKoeppl2021]_
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame


class LeftRight(AggregativeGame):
    """Two roads that cost as many as are on them, the right one twice.

    Examples
    --------
    >>> from socialsim.limits.games import Game
    >>> limit = Game(LeftRight()).mean_field()
    >>> limit.evaluate(limit.uniform_policy()).exploitability
    0.25
    """

    num_states, num_actions, num_features, steady = 3, 2, 3, True

    num_steps: int = parameter(2, "T, decisions of each agent; 0: it goes on for ever", unit="steps", ge=0)
    left: float = parameter(1.0, "cost of the left road if all are on it", ge=0)
    right: float = parameter(2.0, "cost of the right road if all are on it", ge=0)

    def initial(self) -> NDArray[np.float64]:
        """Return that all are at the crossing."""
        return np.array([1.0, 0.0, 0.0])

    def state_labels(self) -> tuple[str, ...]:
        """Return the three places."""
        return "crossing", "on the left", "on the right"

    def action_labels(self) -> tuple[str, ...]:
        """Return the two ways."""
        return "left", "right"

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        """Count who is where."""
        features[0] = features[1] = features[2] = 0.0
        features[s] = 1.0

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Go where one chose to."""
        successors[0], probabilities[0] = 1 + a, 1.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Pay for the crowd on one's own road."""
        if s == 0:
            return 0.0
        return -(env.left if s == 1 else env.right) * z[s]


def rules() -> LeftRight:
    """Return the game with its default parameters."""
    return LeftRight()
