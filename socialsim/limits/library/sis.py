r"""An epidemic among people who may be careful.

An agent is healthy (0) or infected (1) and in each step takes no care (0) or care (1), u. With z the infected that it
meets,

    P(0 -> 1) = infection (1 - u) z,     P(1 -> 0) = recovery,     r = - illness s - effort u,     phi(s, u) = s.

All begin infected with chance ``infected``. With ``normalise = "N"``, as in the source, z = int W(x, y) mu_y(1) dy, so
that who has many links is in more danger; the chance of infection is cut at 1, which matters only where W exceeds 1.
T = 50 decisions. [CuiKoeppl2022]_ (section 5)

The same game is known as susceptible-infected, with infection = .9^2, recovery = .3, illness = 1 and effort = .5
[CuiKoeppl2021]_; MFGLib pays a 51st step of it [Guo2023]_: `susceptible_infected`.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame


class SIS(AggregativeGame):
    """An epidemic among people who may be careful.

    Examples
    --------
    >>> from socialsim.limits.games import Game
    >>> successors, chances = Game(SIS()).step(0, 0.5)
    >>> chances[0, 0].round(3).tolist(), chances[1, 0].round(3).tolist()  # healthy and careless, infected
    ([0.6, 0.4], [0.8, 0.2])
    """

    num_states, num_actions, num_successors = 2, 2, 2

    infection: float = parameter(0.8, "chance of infection where all are infected", unit="1/step", ge=0, le=1)
    recovery: float = parameter(0.2, "chance to recover", unit="1/step", ge=0, le=1)
    illness: float = parameter(2.0, "cost of being infected", unit="per step", ge=0)
    effort: float = parameter(0.5, "cost of care", unit="per step", ge=0)
    infected: float = parameter(0.5, "share of the infected at first", ge=0, le=1)
    normalise: Literal["degree", "N", "density"] = parameter(
        "N", "what the sum over neighbours is divided by: the agent's degree, the number of agents, the mean degree"
    )

    def initial(self) -> NDArray[np.float64]:
        """Return the shares of the healthy and the infected."""
        return np.array([1.0 - self.infected, self.infected])

    def state_labels(self) -> tuple[str, ...]:
        """Return the states."""
        return "healthy", "infected"

    def action_labels(self) -> tuple[str, ...]:
        """Return the actions."""
        return "no care", "care"

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        """Count the infected."""
        features[0] = s

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Fall ill, or recover."""
        change = env.recovery if s == 1 else min(1.0, env.infection * (1 - a) * z[0])
        successors[0], probabilities[0] = s, 1.0 - change
        successors[1], probabilities[1] = 1 - s, change

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Illness and care cost."""
        return -env.illness * s - env.effort * a


def rules() -> SIS:
    """Return the game with the parameters of the source."""
    return SIS()


def susceptible_infected() -> SIS:
    """Return the game of MFGLib: 51 decisions, three in five infected at first.

    Examples
    --------
    >>> susceptible_infected().num_steps
    51
    """
    return SIS(num_steps=51, infection=0.81, recovery=0.3, illness=1.0, effort=0.5, infected=0.6)
