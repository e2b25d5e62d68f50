"""Demand, profits and surplus of a market of n differentiated goods, and its static benchmarks.

**Logit** (prices chosen). Buyers choose a good or nothing at all; with quality a_i, price p_i, differentiation mu and
the outside good's utility a_0,

    q_i = exp[(a_i - p_i) / mu] / D,    D = exp(a_0 / mu) + sum_j exp[(a_j - p_j) / mu]               ([Calvano2020]_)
    CS  = mu log[D exp(-a_0 / mu)],     what the market adds to the outside good                       ([Small1981]_)

The outside good's utility may be a_0 - x or a_0 + x with equal chances, drawn each period (stochastic demand); profits
and surplus are then expected ones.

**Linear** (prices chosen, Bertrand) and **Cournot** (quantities chosen). A buyer of quadratic utility ([Singh1984]_)
pays

    p = a - G q,    G = 1 on the diagonal and gamma (substitution) elsewhere;    CS = q' G q / 2

Where prices are chosen, q = G^-1 (a - p) among the goods that sell; a good whose q would be negative sells nothing.

Profits are pi_i = (p_i - c_i) q_i. **Nash**: nobody gains by another price (quantity). **Monopoly**: joint profit is
highest. Both are solved, for unequal costs and qualities too: in linear markets from first-order conditions, which are
linear. Under logit demand each seller, and the monopolist who adds the same margin to every cost, chooses the margin
t = (p - c) / mu of

    max_t t E[1 / (1 + exp(t - x))],    x = log(pull at a margin of 0 / pull of the others and of the outside good)

where pull is exp(utility / mu). Without stochastic demand t = 1 + omega(x - 1), with omega + log omega = x - 1. Best
replies are repeated from the lowest margin, 1: without stochastic demand they rise with the others' margins, and so
come to the Nash equilibrium.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp, wrightomega

from socialsim.core.errors import ParameterError

Floats = NDArray[np.float64]
Competition = Literal["logit", "linear", "cournot"]

MOST_UTILITY = 100.0  # in units of mu, at cost: products of its exponential stay far below the largest number
MOST_ROUNDS = 20_000
CLOSE_ENOUGH = 1e-14  # relative
NUM_TRIALS, NUM_HALVINGS = 128, 60
FLAT = 1e-4  # margins closer to each other may show the same profit to rounding


@dataclass(frozen=True)
class Market:
    """A market of n goods.

    Parameters
    ----------
    competition : {"logit", "linear", "cournot"}
    costs : ndarray, shape (num_sellers,)
        Marginal costs c_i, >= 0.
    qualities : ndarray, shape (num_sellers,)
        Qualities a_i; in linear markets the highest price that anybody would pay.
    differentiation : float
        mu > 0 of logit demand.
    outside : float
        Utility a_0 of buying nothing.
    outside_spread : float
        x >= 0: a_0 is drawn from a_0 - x and a_0 + x.
    substitution : float
        gamma of linear markets, in [0, 1] (below 1 where prices are chosen).

    Raises
    ------
    ParameterError
        If logit utilities are so far apart, in units of mu, that choices are certain.

    Examples
    --------
    >>> market = Market("logit", np.ones(2), np.full(2, 2.0))
    >>> market.nash().round(5).tolist(), market.monopoly().round(5).tolist()
    ([1.47293, 1.47293], [1.92498, 1.92498])
    >>> market.profits(market.nash()).round(5).tolist()
    [0.22293, 0.22293]
    """

    competition: Competition
    costs: Floats
    qualities: Floats
    differentiation: float = 0.25
    outside: float = 0.0
    outside_spread: float = 0.0
    substitution: float = 0.5

    def __post_init__(self) -> None:
        """Refuse exponentials that are no numbers."""
        utility = np.abs(self.qualities - self.costs - self.outside).max() + self.outside_spread
        if self.competition == "logit" and utility > MOST_UTILITY * self.differentiation:
            raise ParameterError(
                f"differentiation: {self.differentiation} makes choices certain where a - c differs by up to "
                f"{utility:g} from the outside good's utility; accepted: >= {utility / MOST_UTILITY:g}"
            )

    @property
    def outside_utilities(self) -> Floats:
        """The two utilities of buying nothing, equally likely."""
        return self.outside + self.outside_spread * np.array([-1.0, 1.0])

    @property
    def substitutes(self) -> Floats:
        """The matrix G, shape (num_sellers, num_sellers)."""
        n = len(self.costs)
        return np.full((n, n), self.substitution) + (1.0 - self.substitution) * np.eye(n)

    def quantities(self, choices: Floats, outside: float | None = None) -> Floats:
        """Return what each seller sells, shape (..., num_sellers).

        Parameters
        ----------
        choices : ndarray, shape (..., num_sellers)
            Prices, infinite for who stays out; where quantities are chosen, these.
        outside : float, optional
            Utility of buying nothing; by default the mean over both.
        """
        if self.competition == "cournot":
            return np.asarray(choices, float)
        if self.competition == "linear":
            return _linear_quantities(np.asarray(choices, float), self.qualities, self.substitution)
        if outside is None:
            return np.mean([self.quantities(choices, level) for level in self.outside_utilities], axis=0)
        weights = np.exp((self.qualities - outside - choices) / self.differentiation)
        return weights / (1.0 + weights.sum(axis=-1, keepdims=True))

    def prices(self, choices: Floats) -> Floats:
        """Return what buyers pay for each good, shape (..., num_sellers): the choices, or the price that clears."""
        if self.competition != "cournot":
            return np.asarray(choices, float)
        return self.qualities - np.asarray(choices, float) @ self.substitutes

    def profits(self, choices: Floats) -> Floats:
        """Return each seller's expected profit, shape (..., num_sellers); 0 for who stays out."""
        quantities = self.quantities(choices)
        margins = np.where(quantities > 0.0, self.prices(choices) - self.costs, 0.0)
        return margins * quantities

    def consumer_surplus(self, choices: Floats) -> Floats:
        """Return the buyers' expected surplus, shape (...,)."""
        if self.competition == "logit":
            excess = [(self.qualities - outside - choices) / self.differentiation for outside in self.outside_utilities]
            return self.differentiation * np.mean([np.log1p(np.exp(each).sum(axis=-1)) for each in excess], axis=0)
        quantities = self.quantities(choices)
        return 0.5 * np.einsum("...i,ij,...j->...", quantities, self.substitutes, quantities)

    def nash(self) -> Floats:
        """Return the prices (quantities) at which nobody gains by another one, shape (num_sellers,)."""
        if self.competition == "logit":
            return self._logit_nash()
        g = self.substitutes
        if self.competition == "cournot":
            return self._selling(np.linalg.solve(g + np.eye(len(g)), self.qualities - self.costs))
        slopes = np.linalg.inv(g)
        own = np.diag(np.diag(slopes))
        return self._selling(np.linalg.solve(slopes + own, slopes @ self.qualities + own @ self.costs))

    def monopoly(self) -> Floats:
        """Return the prices (quantities) of the highest joint profit, shape (num_sellers,)."""
        if self.competition == "logit":
            joint = logsumexp(self._worths) - self.outside_utilities / self.differentiation
            return self.costs + self.differentiation * best_margins(joint)
        if self.competition == "cournot":
            quantities, *_ = np.linalg.lstsq(2.0 * self.substitutes, self.qualities - self.costs, rcond=None)
            if not np.allclose(2.0 * self.substitutes @ quantities, self.qualities - self.costs):
                raise ParameterError(
                    "costs, qualities: joint profit is highest where not all sell; accepted: equal margins a - c, or "
                    "substitution < 1"
                )
            return self._selling(quantities)
        return self._selling(0.5 * (self.qualities + self.costs))

    @property
    def _worths(self) -> Floats:
        """Utilities of the goods at cost, in units of mu, shape (num_sellers,)."""
        return (self.qualities - self.costs) / self.differentiation

    def _logit_nash(self) -> Floats:
        """Return the prices at which best replies stand still."""
        worths, margins = self._worths, np.ones(len(self.costs))
        others = ~np.eye(len(margins), dtype=bool)
        levels = self.outside_utilities[:, None] / self.differentiation
        for _ in range(MOST_ROUNDS):
            rivals = np.where(others, worths - margins, -np.inf)
            replies = best_margins(worths - np.logaddexp(logsumexp(rivals, axis=1), levels))
            if (np.abs(replies - margins) <= CLOSE_ENOUGH * replies).all():
                return self.costs + self.differentiation * replies
            margins = replies
        raise ParameterError(
            f"outside_spread: best replies to {self.outside_spread} come to no Nash prices; accepted: less of it"
        )

    def _selling(self, choices: NDArray[Any]) -> Floats:
        """Refuse a benchmark at which a seller sells nothing."""
        silent = np.flatnonzero(self.quantities(choices) <= 0.0)
        if len(silent):
            raise ParameterError(
                f"costs, qualities: seller {silent[0]} would sell nothing at the benchmark prices; accepted: margins "
                "a - c closer to each other, or less substitution"
            )
        return choices


def best_margins(advantages: Floats) -> Floats:
    """Return the margins t, in units of mu, of the highest t E[1 / (1 + exp(t - x))].

    The best margin lies between those that are best at either level of demand. Among trial margins there, the profit
    rises before the best one and falls after it: halving finds where its slope is 0.

    Parameters
    ----------
    advantages : ndarray, shape (2, ...)
        x at both levels, equally likely.

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> best_margins(np.array([2.0, 2.0])).round(6)  # 1 + omega, omega + log omega = 1
    np.float64(2.0)
    """
    single = 1.0 + wrightomega(advantages - 1.0)
    low, high = single.min(axis=0), single.max(axis=0)
    if (low == high).all():
        return low

    def profit(margins: Floats) -> Floats:
        return margins * expit(advantages - margins).mean(axis=0)

    def slope(margins: Floats) -> Floats:
        shares = expit(advantages - margins)
        return (shares * (1.0 - margins * (1.0 - shares))).mean(axis=0)

    trials = [low + (high - low) * k / NUM_TRIALS for k in range(NUM_TRIALS + 1)]
    best = low + (high - low) * np.argmax([profit(each) for each in trials], axis=0) / NUM_TRIALS
    distance = (high - low) / NUM_TRIALS + FLAT
    low, high = np.maximum(best - distance, low), np.minimum(best + distance, high)
    for _ in range(NUM_HALVINGS):
        middle = 0.5 * (low + high)
        rises = slope(middle) > 0.0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    return 0.5 * (low + high)


def _linear_quantities(prices: Floats, qualities: Floats, substitution: float) -> Floats:
    """Return q = G^-1 (a - p) among the goods that sell: the others are dropped one by one, the worst first."""
    worth = np.where(np.isfinite(prices), qualities - np.where(np.isfinite(prices), prices, 0.0), -np.inf)
    sells = worth > 0.0
    quantities = np.zeros_like(worth)
    for _ in range(worth.shape[-1]):
        count = sells.sum(axis=-1, keepdims=True)
        total = np.where(sells, worth, 0.0).sum(axis=-1, keepdims=True)
        shared = substitution / (1.0 + substitution * (count - 1.0))
        quantities = np.where(sells, (np.where(sells, worth, 0.0) - shared * total) / (1.0 - substitution), 0.0)
        lowest = np.where(sells, quantities, np.inf).min(axis=-1, keepdims=True)
        sells = sells & ~((quantities == lowest) & (lowest < 0.0))
    return np.where(sells, quantities, 0.0)
