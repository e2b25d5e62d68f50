r"""Susceptible or infected: go out and be infected by those one meets, or keep away.

Who is susceptible (0) and goes out (action 0) is infected with a chance that grows with the share of the infected; who
keeps away (action 1) is not, at a cost. The infected (1) recover by themselves:

    p(1 | 0, out) = rate^2 mu(1),    p(0 | 1) = recovery,    r = - sickness [s = 1] - distance [a = 1].

Published with rate = .9, recovery = .3, sickness = 1 and distance = .5 over T = 50 steps [CuiKoeppl2021]_. MFGLib pays
a 51st one [Guo2023]_, and so does this game by default.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame


class SusceptibleInfected(AggregativeGame):
    """An epidemic in which agents choose to go out or to keep away.

    Examples
    --------
    >>> from socialsim.limits.games import Game
    >>> game = Game(SusceptibleInfected())
    >>> successors, probabilities = game.step(0, 0.5)
    >>> probabilities[0].round(3).tolist()  # of the susceptible: stay so, or not
    [[0.595, 0.405], [1.0, 0.0]]
    """

    num_states, num_actions, num_successors = 2, 2, 2

    num_steps: int = parameter(51, "T, decisions of each agent; 0: it goes on for ever", unit="steps", ge=0)
    rate: float = parameter(0.9, "square root of the chance to be infected if all are", ge=0, le=1)
    recovery: float = parameter(0.3, "chance to recover in a step", ge=0, le=1)
    sickness: float = parameter(1.0, "cost of a step infected", ge=0)
    distance: float = parameter(0.5, "cost of a step of keeping away", ge=0)
    infected: float = parameter(0.6, "share of the infected at first", ge=0, le=1)

    def initial(self) -> NDArray[np.float64]:
        """Return the shares at first."""
        return np.array([1.0 - self.infected, self.infected])

    def state_labels(self) -> tuple[str, ...]:
        """Return the two states."""
        return "susceptible", "infected"

    def action_labels(self) -> tuple[str, ...]:
        """Return the two actions."""
        return "go out", "keep away"

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        """Count the infected."""
        features[0] = s

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Be infected, or recover."""
        leave = env.recovery if s == 1 else (1 - a) * env.rate * env.rate * z[0]
        successors[0], probabilities[0] = s, 1.0 - leave
        successors[1], probabilities[1] = 1 - s, leave

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Pay for sickness and for distance."""
        return -env.sickness * s - env.distance * a


def rules() -> SusceptibleInfected:
    """Return the game with its default parameters."""
    return SusceptibleInfected()
