r"""The bar El Farol: an evening there is fun unless too many have the same idea.

Each evening everybody decides whether to go (1) or to stay at home (0). With z the share of the others who go and c the
share up to which the bar is comfortable,

    r(stay) = 0,        r(go) = - tanh[k (z - c) / 2].

In [Arthur1994]_ it is +1 below c = .6 and -1 above: k -> infinity. There no crowd of infinitely many is in equilibrium:
at any z <= c all would go, at any z > c none. For each finite sharpness k one crowd is, and only one, since to go pays
the less the more go (the game is monotone): a share **c** goes, and both pay 0. If all go with probability q, one agent
could earn more by

    T [max(f(q), 0) - q f(q)],        f(q) = - tanh[k (q - c) / 2].

N agents who all go with the same probability are in equilibrium at another q_N, where the mean of f over the others'
binomial numbers is 0 (`mixed_equilibrium`). Since f is odd about c the limit is near,

    q_N - c = k^2/12 c (1 - c) (1 - 2c) / N^2 + O(1/N^3).

They also have equilibria in which c N of them go for certain, evening after evening. Learners in the same bar:
`socialsim.environments.minority`.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame


@compiled
def fun(share, comfort, sharpness):
    """Return r(go) = - tanh[k (z - c) / 2]."""
    return -math.tanh(0.5 * sharpness * (share - comfort))


class ElFarol(AggregativeGame):
    """A bar that is fun up to a share of all.

    Examples
    --------
    >>> from socialsim.limits.games import Game
    >>> limit = Game(ElFarol(num_steps=1)).mean_field()
    >>> abs(limit.exploitability([[0.4, 0.6]])) < 1e-15
    True
    """

    num_states, num_actions, steady = 1, 2, True

    num_steps: int = parameter(1, "T, evenings; 0: it goes on for ever", unit="steps", ge=0)
    comfort: float = parameter(0.6, "c, share of all up to which the bar is fun", gt=0, lt=1)
    sharpness: float = parameter(10.0, "k, how suddenly it stops being fun", gt=0)

    def state_labels(self) -> tuple[str, ...]:
        """Return that all evenings are alike."""
        return ("evening",)

    def action_labels(self) -> tuple[str, ...]:
        """Return what one can do."""
        return "stay", "go"

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        """Count who goes."""
        features[0] = a

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Begin another evening like this one."""
        successors[0], probabilities[0] = 0, 1.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Have fun at the bar, or not."""
        return fun(z[0], env.comfort, env.sharpness) if a == 1 else 0.0


def mixed_equilibrium(game: ElFarol, num_agents: int) -> float:
    """Return q_N: the probability with which N agents go, each of whom hears all others, so that to go pays nothing.

    Parameters
    ----------
    game : ElFarol
    num_agents : int
        N >= 2.

    Raises
    ------
    ParameterError
        If one agent alone is to play.

    Examples
    --------
    >>> [round(mixed_equilibrium(ElFarol(), n), 4) for n in (2, 10, 1000)]
    [0.5079, 0.5981, 0.6]
    """
    if num_agents < 2:
        raise ParameterError(f"num_agents: {num_agents} is not accepted; accepted: 2 or more")
    others = np.arange(num_agents)
    paid = np.array([fun(k / (num_agents - 1), game.comfort, game.sharpness) for k in others])
    return float(brentq(lambda q: binom.pmf(others, num_agents - 1, q) @ paid, 0.0, 1.0, xtol=1e-14))


def rules() -> ElFarol:
    """Return the game with its default parameters."""
    return ElFarol()
