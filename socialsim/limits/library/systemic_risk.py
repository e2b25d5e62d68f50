r"""Systemic risk: banks that lend and borrow, a linear-quadratic game with everything exact ([Carmona2015]_).

Bank i has the log-reserve X^i and chooses the rate alpha^i at which it borrows from a central bank (lends, if < 0).
With m the mean of all,

    dX^i = [a (m - X^i) + alpha^i] dt + sigma dW^i                                                       (2.5)
    cost = E int_0^T [alpha^2/2 - q alpha (m - X) + epsilon/2 (m - X)^2] dt + c/2 (m - X)_T^2,  q^2 <= epsilon   (2.6)

The closed-loop Nash equilibrium of N banks, each of whom counts in the mean, is

    alpha^i = [q + (1 - 1/N) eta_t] (m_t - X^i_t)
    eta'    = 2 (a + q) eta + (1 - 1/N^2) eta^2 - (epsilon - q^2),       eta_T = c              (Riccati)
    cost    = eta_t/2 (m_t - X^i_t)^2 + mu_t,    mu' = - sigma^2/2 (1 - 1/N) eta,    mu_T = 0

from the ansatz V^i = eta/2 (m - x^i)^2 + mu in the Hamilton-Jacobi-Bellman equation; in the limit 1/N is 0. The N
banks' eta differs from its limit by O(1/N^2), their policy by O(1/N), for each bank's own weight in the mean. (Where
the class runs with N agents on a complete network, a bank feels the mean of the **others**, N/(N-1) times as far away:
that is another game of N banks, with the same limit.) With
d = - (a + q) +- sqrt R, R = (a + q)^2 + (1 - 1/N^2) (epsilon - q^2), and E = exp[2 sqrt R (T - t)],

    eta_t = - {(epsilon - q^2) (E - 1) + c (d_+ E - d_-)} / {d_- E - d_+ - c (1 - 1/N^2) (E - 1)}.

`SystemicRisk.eta`, `gain` and `cost` are these. The class itself is the same game on a grid: places and rates of
equal spacing, n = T/dt steps, the noise and the drift b as a chain on three neighbouring places,

    p(x +- h) = (s + u^2 +- u) / 2,    p(x) = 1 - s - u^2,    s = sigma^2 dt / h^2,  u = b dt / h,

whose step has the mean b dt and the variance sigma^2 dt exactly. It needs 1/4 <= s < 1, and u is held where all three
are chances. The last of its n + 1 decisions is void: there the cost at T falls due. What it costs comes to the closed
form as dt and h^2 and the square of the spacing of rates go to 0.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame


class SystemicRisk(AggregativeGame):
    """Banks that borrow when they have less than others.

    Examples
    --------
    >>> game = SystemicRisk()
    >>> round(game.eta(0.0), 13)
    0.3836453003728
    >>> [round(game.eta(0.0, n) - game.eta(0.0), 6) for n in (5, 10, 20)]
    [0.001866, 0.000463, 0.000116]
    """

    num_successors = 3

    num_steps: int = parameter(51, "n + 1, decisions, of which the last is void", unit="steps", ge=2)
    attraction: float = parameter(
        1.0, "a, rate at which reserves come to their mean by themselves", unit="1/time", ge=0
    )
    incentive: float = parameter(0.5, "q, what it is worth to borrow where one has less than others", ge=0)
    aversion: float = parameter(1.5, "epsilon, cost of being away from the mean", ge=0)
    terminal: float = parameter(1.0, "c, cost of being away from it at the end", ge=0)
    volatility: float = parameter(0.5, "sigma", unit="1/sqrt(time)", gt=0)
    horizon: float = parameter(1.0, "T", unit="time", gt=0)
    reach: float = parameter(1.5, "the grid of reserves goes from minus to plus this", gt=0)
    num_places: int = parameter(31, "places of the grid of reserves", ge=3)
    largest_rate: float = parameter(2.5, "the grid of rates goes from minus to plus this", unit="1/time", gt=0)
    num_rates: int = parameter(41, "rates", ge=2)
    mean: float = parameter(0.0, "of reserves at first")
    spread: float = parameter(0.3, "standard deviation of reserves at first", gt=0)

    def model_post_init(self, context: Any, /) -> None:
        """Refuse costs that are not convex, and grids on which the chain has no chances."""
        super().model_post_init(context)
        if self.incentive**2 > self.aversion:
            raise ParameterError(
                f"incentive: {self.incentive} is not accepted; accepted: at most the root of the aversion, "
                f"{math.sqrt(self.aversion):.6g}"
            )
        share = self.volatility**2 * self.time_step / self.spacing**2
        if not 0.25 <= share < 1.0:
            raise ParameterError(
                f"num_steps: {self.num_steps} makes sigma^2 dt / h^2 = {share:.4g} with {self.num_places} places; "
                "accepted: 0.25 or more, below 1"
            )

    # --- Exact, in continuous time and space ----------------------------------------------------------------

    def eta(self, time: float, num_banks: int | None = None) -> float:
        """Return eta_t, half of whose product with the squared distance from the mean a bank has yet to pay.

        Parameters
        ----------
        time : float
            t, 0 .. T.
        num_banks : int, optional
            N; by default infinitely many.

        Raises
        ------
        ParameterError
            If the time is not one of the game, or N is less than 1.
        """
        squared = _weight(num_banks) ** 2
        if not 0.0 <= time <= self.horizon:
            raise ParameterError(f"time: {time} is not accepted; accepted: 0 to {self.horizon:g}")
        pull, excess = self.attraction + self.incentive, self.aversion - self.incentive**2
        root = math.sqrt(pull**2 + (1.0 - squared) * excess)
        if root == 0.0:  # nobody is drawn anywhere, and nothing but the end matters or N = 1
            left = self.horizon - time
            return self.terminal / (1.0 + self.terminal * (1.0 - squared) * left) + excess * left
        high, low = root - pull, -root - pull
        growth = math.exp(-2.0 * root * (self.horizon - time))  # 1 / E
        above = excess * (1.0 - growth) + self.terminal * (high - low * growth)
        return -above / (low - high * growth - self.terminal * (1.0 - squared) * (1.0 - growth))

    def gain(self, time: float, num_banks: int | None = None) -> float:
        """Return q + (1 - 1/N) eta_t, the rate at which a bank borrows by how far it is below the mean."""
        own = _weight(num_banks)
        return self.incentive + (1.0 - own) * self.eta(time, num_banks)

    def cost(self, time: float, distance: float, num_banks: int | None = None) -> float:
        """Return what a bank at some distance from the mean has yet to pay in equilibrium.

        Parameters
        ----------
        time : float
        distance : float
            m - x.
        num_banks : int, optional
        """
        own = _weight(num_banks)
        noise = quad(lambda s: self.eta(s, num_banks), time, self.horizon, epsabs=1e-13)[0]
        return 0.5 * self.eta(time, num_banks) * distance**2 + 0.5 * self.volatility**2 * (1.0 - own) * noise

    # --- On a grid ------------------------------------------------------------------------------------------------

    @property
    def time_step(self) -> float:
        """Time between two decisions, dt."""
        return self.horizon / (self.num_steps - 1)

    @property
    def spacing(self) -> float:
        """Distance between two places, h."""
        return 2.0 * self.reach / (self.num_places - 1)

    @property
    def num_states(self) -> int:
        """The places."""
        return self.num_places

    @property
    def num_actions(self) -> int:
        """The rates."""
        return self.num_rates

    def initial(self) -> NDArray[np.float64]:
        """Return a normal distribution on the grid."""
        weights = np.exp(-0.5 * ((self.constants()["places"] - self.mean) / self.spread) ** 2)
        return np.asarray(weights / weights.sum())

    def state_labels(self) -> tuple[str, ...]:
        """Return the reserves."""
        return tuple(f"reserve {x:g}" for x in self.constants()["places"].round(6))

    def action_labels(self) -> tuple[str, ...]:
        """Return the rates."""
        return tuple(f"borrow at {rate:g}" for rate in self.constants()["rates"].round(6))

    def constants(self) -> dict[str, Any]:
        """Return the grids, and the steps on them."""
        return {
            "places": np.linspace(-self.reach, self.reach, self.num_places),
            "rates": np.linspace(-self.largest_rate, self.largest_rate, self.num_rates),
            "time_step": self.time_step,
            "spacing": self.spacing,
            "jump": self.volatility**2 * self.time_step / self.spacing**2,  # s
        }

    def linear_policy(self) -> NDArray[np.float64]:
        """Return the exact equilibrium on the grid, at the mean of the start: each rate that it asks for drawn from
        the two nearest, so that it is right in the mean. Shape (T, S, A).
        """
        grids, policy = self.constants(), np.zeros((self.num_steps, self.num_places, self.num_rates))
        mean = float(self.initial() @ grids["places"])
        for t in range(self.num_steps):
            wanted = self.gain(min(t * self.time_step, self.horizon)) * (mean - grids["places"])
            place = np.interp(wanted, grids["rates"], np.arange(self.num_rates))
            below = np.minimum(place.astype(int), self.num_rates - 2)
            policy[t, np.arange(self.num_places), below] = 1.0 - (place - below)
            policy[t, np.arange(self.num_places), below + 1] += place - below
        return policy

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        """Weigh reserves."""
        features[0] = env.places[s]

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Move to a neighbouring place, or stay; the ends hold."""
        drift = env.attraction * (z[0] - env.places[s]) + env.rates[a]
        most = math.sqrt(1.0 - env.jump)
        u = min(max(drift * env.time_step / env.spacing, -most), most)
        last = env.places.shape[0] - 1
        successors[0], probabilities[0] = max(s - 1, 0), 0.5 * (env.jump + u * u - u)
        successors[1], probabilities[1] = s, max(0.0, 1.0 - env.jump - u * u)  # below 0 by rounding where u is held
        successors[2], probabilities[2] = min(s + 1, last), 0.5 * (env.jump + u * u + u)

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Pay for a step, or at the end for where one is."""
        distance = z[0] - env.places[s]
        if t == env.num_steps - 1:
            return -0.5 * env.terminal * distance * distance
        rate = env.rates[a]
        running = 0.5 * rate * rate - env.incentive * rate * distance + 0.5 * env.aversion * distance * distance
        return -env.time_step * running


def _weight(num_banks: int | None) -> float:
    """Return 1/N, what a bank weighs in the mean."""
    if num_banks is not None and num_banks < 1:
        raise ParameterError(f"num_banks: {num_banks} is not accepted; accepted: 1 or more")
    return 0.0 if num_banks is None else 1.0 / num_banks


def rules() -> SystemicRisk:
    """Return the game with its default parameters."""
    return SystemicRisk()
