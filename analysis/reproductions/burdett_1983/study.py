"""Burdett and Judd 1983: how do prices differ among equal sellers if only some buyers compare them?

Sellers who draw from the equilibrium, and buyers who search as it says, are held against figures worked out by hand;
sellers who learn, against Diamond, Bertrand and what lies between. Run it with ``socialsim reproduce burdett_1983
[--full]``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count
from typing import Any, ClassVar, NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.streams import integer
from socialsim.engine.interface import Learner, Specification, constant
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.search_market import METRICS, SearchMarket
from socialsim.environments.search_market.theory import (
    dispersed_price,
    gain_of_second_quote,
    mean_price_paid,
    search_equilibria,
)
from socialsim.metrics.estimates import difference_of_means, mean

COST, VALUATION = 1.0, 2.0
NUM_SELLERS = 5
NUM_QUANTILES = NUM_PRICES = 10_000  # of the distribution, and of the grid on which sellers draw
STEPS, NUM_BUYERS = 1500, 15
LEARNING_STEPS, LEARNED, NUM_CUSTOMERS = 6000, 5000, 45
QUIET = "q_learning:discount=0.0,epsilon=1.0,beta=0.002"  # explores once in e^10 actions when it has learned
SOME = (0.4, 0.6)  # of the buyers ask once, twice
MIXED = {"10%": (0.1, 0.9), "40%": SOME, "90%": (0.9, 0.1)}
THRICE = (0.5, 0.0, 0.5)
SEARCHERS = {"all ask once": (1.0,), "half ask once": (0.5, 0.5), "all ask thrice": (0.0, 0.0, 1.0)}


class Drawn(NamedTuple):
    """Lists of actions."""

    actions: Any  # (num_agents, length)


class Draw(Learner):
    """Draws every action evenly from a list of one's own."""

    source: ClassVar[str] = ""

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Draw from the list."""
        return learner.actions[i, integer(stream, learner.actions.shape[1])]


class Sellers(Draw):
    """Sellers who draw prices from the equilibrium; the first one, or the others, may always do one thing instead."""

    quote_shares: tuple[float, ...] = SOME
    first: int = -1
    others: int = -1

    def quantiles(self) -> Any:
        """Return evenly spaced quantiles of the equilibrium, as shares of v - c above c."""
        return dispersed_price((np.arange(NUM_QUANTILES) + 0.5) / NUM_QUANTILES, self.quote_shares, 0.0, 1.0)

    def state(self, specification: Specification, num_agents: int) -> Drawn:
        """Lay out the prices on the grid."""
        actions = np.empty((num_agents, NUM_QUANTILES), np.int64)
        is_drawn = self.first < 0 or self.others < 0
        actions[:] = np.rint(self.quantiles() * specification.num_actions) - 1 if is_drawn else 0
        for rows, action in ((slice(1), self.first), (slice(1, None), self.others)):
            if action >= 0:
                actions[rows] = action
        return Drawn(constant(actions))


class EvenSellers(Sellers):
    """A mutation: sellers draw evenly between the lowest price and the highest."""

    def quantiles(self) -> Any:
        """Return evenly spaced prices."""
        low = float(dispersed_price(1.0, self.quote_shares, 0.0, 1.0))
        return np.linspace(low, 1.0, NUM_QUANTILES)


class Searchers(Draw):
    """Buyers who go to any seller first, and get one quote or more with fixed chances."""

    quote_shares: tuple[float, ...] = SOME

    def state(self, specification: Specification, num_agents: int) -> Drawn:
        """Lay out sellers and numbers of quotes; shares count in hundredths."""
        times = np.rint(100 * np.array(self.quote_shares)).astype(np.int64)
        numbers = np.repeat(np.arange(len(times)), times)
        actions = np.arange(NUM_SELLERS)[:, None] * len(times) + numbers
        return Drawn(constant(np.tile(actions.ravel(), (num_agents, 1))))


_advance = SearchMarket.advance


class Deaf(SearchMarket):
    """A mutation: buyers only ever hear the first quote."""

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Take away all further quotes."""
        for i in range(env.num_sellers, actions.shape[0]):
            actions[i] -= actions[i] % env.num_quote_choices
        _advance(env, network, actions, rewards, stream)


class Cartel(SearchMarket):
    """A mutation: sellers share their profits."""

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Pay every seller the mean profit."""
        _advance(env, network, actions, rewards, stream)
        total = 0.0
        for j in range(env.num_sellers):
            total += rewards[j]
        for j in range(env.num_sellers):
            rewards[j] = total / env.num_sellers


class Market:
    """Where markets are run, with or without an error in the rules."""

    def __init__(self, replications: int, seed: int, mutation: str | None) -> None:
        self.replications, self.seeds = replications, count(seed)  # independent from market to market
        self.environment: type[SearchMarket] = SearchMarket
        self.sellers: type[Sellers] = Sellers
        if mutation is not None:
            MUTATIONS[mutation](self)

    def scenario(self, sellers: Any, quote_shares: tuple[float, ...], learning: bool = False) -> Scenario:
        """Return a market of some sellers, and buyers who search with these chances."""
        market = self.environment(
            num_sellers=NUM_SELLERS,
            cost=COST,
            highest_valuation=VALUATION,
            num_prices=10 if learning else NUM_PRICES,
            most_quotes=len(quote_shares),
            burn_in=LEARNED if learning else 0,
        )
        num_agents = NUM_SELLERS + (NUM_CUSTOMERS if learning else NUM_BUYERS)
        steps = LEARNING_STEPS if learning else STEPS
        learners = {"seller": sellers, "buyer": Searchers(quote_shares=quote_shares)}
        return Scenario(market, learners, f"complete:n={num_agents}", steps, METRICS)

    def draw(self, quote_shares: tuple[float, ...]) -> dict[str, Estimate]:
        """Return what sellers who draw from the equilibrium of some shares bring about."""
        return self.measured(self.scenario(self.sellers(quote_shares=quote_shares), quote_shares))

    def saved(self, quote_shares: tuple[float, ...]) -> Estimate:
        """Return how much less buyers pay if all ask twice, not once, where sellers draw the same prices."""
        sellers, seed = self.sellers(quote_shares=quote_shares), next(self.seeds)
        once, twice = (
            run(self.scenario(sellers, searching), replications=self.replications, seed=seed, record_every=None)
            for searching in ((1.0,), (0.0, 1.0))
        )
        return mean(once.runs.price - twice.runs.price)

    def learn(self, quote_shares: tuple[float, ...]) -> dict[str, Estimate]:
        """Return what sellers who learn bring about."""
        return self.measured(self.scenario(QUIET, quote_shares, learning=True))

    def measured(self, market: Scenario) -> dict[str, Estimate]:
        """Return the metrics of a market, and the standard deviation of its prices."""
        result = run(market, replications=self.replications, seed=next(self.seeds), record_every=None)
        spread = result.runs.price_dispersion * result.runs.posted_price
        return result.metrics | {"spread": mean(spread * math.sqrt(NUM_SELLERS / (NUM_SELLERS - 1)))}

    def profit(self, price: float, quote_shares: tuple[float, ...], others: float | None = None) -> Estimate:
        """Return what a seller earns of a buyer at a price, in units of (v - c)/n; others draw, or ask one price."""
        actions = {"first": action_of(price)} | ({} if others is None else {"others": action_of(others)})
        shares = quote_shares if others is None else SOME
        market = self.scenario(self.sellers(quote_shares=shares, **actions), quote_shares)
        simulation = Simulation(market, seed=next(self.seeds), replications=range(self.replications))
        simulation.advance(STEPS)
        sold = np.array(simulation.environment.sold[:, 0])
        return mean((price - COST) / (VALUATION - COST) * NUM_SELLERS * sold / (STEPS * NUM_BUYERS))


def draw_evenly(market: Market) -> None:
    """A mutation: sellers draw evenly from the support."""
    market.sellers = EvenSellers


def hear_one(market: Market) -> None:
    """A mutation: buyers only ever hear the first quote."""
    market.environment = Deaf


def share_profits(market: Market) -> None:
    """A mutation: sellers share their profits."""
    market.environment = Cartel


MUTATIONS: dict[str, Callable[[Market], None]] = {
    "sellers draw evenly": draw_evenly,
    "the second quote is not heard": hear_one,
    "profits are shared": share_profits,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    market = Market(replications, seed, mutation)
    return solved() | drawn(market) | indifference(market) | replies(market) | learned(market)


def solved() -> dict[str, Estimate]:
    """Return the equilibria that the solver finds."""
    most = minimize_scalar(lambda q: -gain_of_second_quote(q, COST, VALUATION), bounds=(0.05, 0.95), method="bounded")
    equilibria = search_equilibria(0.05, COST, VALUATION)
    places = {"lowest": 1.0, "median": 0.5, "highest": 0.0}
    measured = {
        f"{name} price, 40% ask once": float(dispersed_price(u, SOME, COST, VALUATION)) for name, u in places.items()
    }
    measured |= {
        "mean price of one quote, 40% ask once": mean_price_paid(1, SOME, COST, VALUATION),
        "mean price of two quotes, 40% ask once": mean_price_paid(2, SOME, COST, VALUATION),
        "share who ask once at search cost .05, cheap equilibrium": equilibria[0],
        "share who ask once at search cost .05, dear equilibrium": equilibria[1],
        "equilibria at search cost .05": len(equilibria),
        "equilibria at search cost .2": len(search_equilibria(0.2, COST, VALUATION)),
        "largest search cost with dispersed prices": -most.fun,
    }
    return {name: known(value) for name, value in measured.items()}


def drawn(market: Market) -> dict[str, Estimate]:
    """Return prices and surplus where sellers draw from the equilibrium."""
    found = {name: market.draw(shares) for name, shares in MIXED.items()}
    measured = {f"mean price paid, {name} ask once": metrics["price"] for name, metrics in found.items()}
    spread = {name: metrics["spread"] for name, metrics in found.items()}
    measured |= {
        f"standard deviation of prices, 40% ask once minus {name}": difference_of_means(spread["40%"], spread[name])
        for name in ("10%", "90%")
    }
    measured["mean price posted, sellers who draw, 40% ask once"] = found["40%"]["posted_price"]
    measured["standard deviation of prices posted, 40% ask once"] = spread["40%"]
    measured["surplus of a buyer, 40% ask once"] = found["40%"]["buyer_surplus"]
    measured["saved by a second quote, 40% ask once"] = market.saved(SOME)
    thrice = market.draw(THRICE)
    measured["mean price posted, half ask once and half thrice"] = thrice["posted_price"]
    measured["mean price paid, half ask once and half thrice"] = thrice["price"]
    return measured


def indifference(market: Market) -> dict[str, Estimate]:
    """Return what single prices earn against sellers who draw, over what the equilibrium earns."""
    cases = [(price, "40% ask once", SOME) for price in (1.1, 1.2, 1.25, 1.4, 1.7, 2.0)]
    return {
        f"profit at price {price:g} / of the equilibrium, {name}": times(market.profit(price, shares), 1.0 / shares[0])
        for price, name, shares in [*cases, (1.5, "half ask once and half thrice", THRICE)]
    }


def replies(market: Market) -> dict[str, Estimate]:
    """Return what a seller earns in the markets of Diamond and Bertrand."""
    cases = {
        "all ask once": [(2.0, 2.0), (1.9, 2.0), (2.0, 1.1)],
        "all ask thrice": [(2.0, 2.0), (1.9, 2.0), (1.1, 1.1), (1.2, 1.1)],
    }
    return {
        f"profit at {price:g} where others ask {others:g} and {name}": market.profit(price, SEARCHERS[name], others)
        for name, prices in cases.items()
        for price, others in prices
    }


def learned(market: Market) -> dict[str, Estimate]:
    """Return the prices of learners, and how they differ, by how buyers search."""
    found = {name: market.learn(shares) for name, shares in SEARCHERS.items()}
    once, half, thrice = (found[name]["price"] for name in SEARCHERS)
    spread = {name: metrics["spread"] for name, metrics in found.items()}
    measured = {
        "price of learners, all ask once": once,
        "price of learners, all ask thrice": thrice,
        "price of learners, all ask once minus half": difference_of_means(once, half),
        "price of learners, half ask once minus all ask thrice": difference_of_means(half, thrice),
    }
    for label, name in (("all", "all ask once"), ("all ask thrice", "all ask thrice")):
        more = difference_of_means(spread["half ask once"], spread[name])
        measured[f"standard deviation of learners' prices, half ask once minus {label}"] = more
    return measured


def action_of(price: float) -> int:
    """Return the action of a price on the grid of sellers who draw."""
    return round((price - COST) / (VALUATION - COST) * NUM_PRICES) - 1


def times(estimate: Estimate, factor: float) -> Estimate:
    """Return a multiple of an estimate."""
    value, low, high = (factor * x for x in (estimate.value, estimate.low, estimate.high))
    error = factor * estimate.standard_error
    return Estimate(value, low, high, estimate.num_runs, method=estimate.method, standard_error=error)


def known(value: float) -> Estimate:
    """Return a value without an error: nothing in it is drawn."""
    return Estimate(float(value), float(value), float(value), 1)
