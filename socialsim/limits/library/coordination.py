r"""Conventions: do as the others do, if to change does not cost more than it brings.

There are m conventions. An agent's state is the one that it followed last, s; it now follows a, and with z the shares
of all at each convention now,

    r(s, a, z) = v_a z_a - cost [a != s],        s' = a.

Everybody is paid for meeting those who do the same, v_a at convention a, and to change costs ([Lewis1969]_;
[Young1993]_ for which convention lasts where agents err). T steps long, the game has many equilibria:

    all at k        from the start on: nobody meets anybody elsewhere
    all move to k   at once, if cost <= T v_k: who stays where it was meets nobody, for ever
    all stay        at the shares mu with which they begin, if T (v_k mu_k - v_s mu_s) <= cost for all s and k:
                    inertia, the wider the shorter the game
    mixed           one step, no cost: mu_k in proportion to 1 / v_k, so that all conventions pay alike

`staying_exploitability` says what one agent gains by leaving the third. The mixed one is a watershed: a little more
at one convention and best responses lead there. Crowding pays, so that the game is the opposite of a monotone one, and
which equilibrium a solver finds depends on where it starts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame

ROUNDING = 1e-9


class Coordination(AggregativeGame):
    """Conventions that pay the more, the more follow them.

    Examples
    --------
    >>> from socialsim.limits.games import Game
    >>> limit = Game(Coordination(num_steps=1, cost=0.0)).mean_field()
    >>> limit.exploitability(limit.uniform_policy())  # 2/2 at the better one, (1/2 + 2/2) / 2 where both are drawn
    0.25
    """

    steady = True

    num_steps: int = parameter(10, "T, decisions of each agent; 0: it goes on for ever", unit="steps", ge=0)
    values: tuple[float, ...] = parameter((1.0, 2.0), "v, what each convention pays if all follow it", unit="reward")
    cost: float = parameter(0.5, "what a change costs", unit="reward", ge=0)
    shares: tuple[float, ...] = parameter((), "mu, of those who begin at each convention; if empty, all alike")

    def model_post_init(self, context: Any, /) -> None:
        """Refuse less than two conventions, and shares that are none."""
        super().model_post_init(context)
        if len(self.values) < 2 or min(self.values) <= 0.0:
            raise ParameterError(f"values: {self.values} is not accepted; accepted: two or more numbers above 0")
        wrong = len(self.shares) != len(self.values) or min(self.shares) < 0.0 or abs(sum(self.shares) - 1.0) > ROUNDING
        if self.shares and wrong:
            raise ParameterError(
                f"shares: {self.shares} is not accepted; accepted: {len(self.values)} shares that sum to 1, or none"
            )

    @property
    def num_states(self) -> int:
        """The conventions."""
        return len(self.values)

    @property
    def num_actions(self) -> int:
        """The conventions."""
        return len(self.values)

    @property
    def num_features(self) -> int:
        """The share of each convention."""
        return len(self.values)

    def initial(self) -> NDArray[np.float64]:
        """Return the shares with which all begin."""
        return np.array(self.shares) if self.shares else super().initial()

    def state_labels(self) -> tuple[str, ...]:
        """Return the conventions."""
        return tuple(f"convention {s}" for s in range(self.num_states))

    def action_labels(self) -> tuple[str, ...]:
        """Return the conventions."""
        return tuple(f"follow {a}" for a in range(self.num_actions))

    def constants(self) -> dict[str, Any]:
        """Return how many conventions there are."""
        return {"num_conventions": len(self.values)}

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        """Count who follows what."""
        for k in range(env.num_conventions):
            features[k] = 0.0
        features[a] = 1.0

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Remember what one followed."""
        successors[0], probabilities[0] = a, 1.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Be paid for company, and pay for a change."""
        return env.values[a] * z[a] - (env.cost if a != s else 0.0)


def staying_exploitability(game: Coordination) -> float:
    """Return the exploitability of "all stay", with an end and no discount: those at s gain by going at once to the
    best k, if at all, max_k T (v_k mu_k - v_s mu_s) - cost.

    Parameters
    ----------
    game : Coordination
        With T > 0 and gamma = 1.

    Raises
    ------
    ParameterError
        If it has no end, or a discount.

    Examples
    --------
    >>> staying_exploitability(Coordination(num_steps=4, values=(1.0, 2.0), cost=1.0, shares=(0.5, 0.5)))
    0.5
    """
    if not game.num_steps or game.discount != 1.0:
        raise ParameterError("staying_exploitability: accepted: a game with an end, num_steps > 0, and discount 1")
    shares = game.initial()
    paid = np.array(game.values) * shares
    return float(shares @ np.maximum(game.num_steps * (paid.max() - paid) - game.cost, 0.0))


def mixed_equilibrium(game: Coordination) -> NDArray[np.float64]:
    """Return the shares at which all conventions pay alike, mu_k in proportion to 1 / v_k.

    Parameters
    ----------
    game : Coordination

    Examples
    --------
    >>> mixed_equilibrium(Coordination(values=(1.0, 3.0))).tolist()
    [0.75, 0.25]
    """
    inverse = 1.0 / np.array(game.values)
    return np.asarray(inverse / inverse.sum())


def rules() -> Coordination:
    """Return the game with its default parameters."""
    return Coordination()
