"""Gode and Sunder 1993 and after: how efficient is a double auction among traders who know nothing, or learn?

Constrained and unconstrained zero-intelligence traders in five markets; then, in the first of them, traders who learn,
ZIP and Gjerstad-Dickhaut. Run it with ``socialsim reproduce gode_1993 [--full]``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.core.streams import integer
from socialsim.engine.interface import Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.auction import METRICS, Auction
from socialsim.learning.zero_intelligence import ZiC
from socialsim.learning.zip import State, Zip
from socialsim.metrics.estimates import difference_of_means, mean
from socialsim.metrics.exchange import smith_alpha

MARKETS = tuple(f"market_{k}" for k in range(1, 6))
NUM_DAYS = 6
LONG = 4000  # events of a day, after which constrained traders have hardly anything left to trade
ENDLESS = 1_000_000  # unconstrained ones have traded everything long before
LEARNING_DAYS, LEARNING_DAY = 10, 400
WITH_QUANTITY = {"market_3": 6, "market_5": 24}


class OneSided(ZiC):
    """A mutation: sellers ask any price, whatever their costs."""

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Draw from all prices as a seller, from those without loss as a buyer."""
        if observation == 0:
            return 0
        return 1 + integer(stream, observation if learner.is_buyer else learner.highest_price)


class Giveaway(Zip):
    """A mutation: traders quote their limit prices and hardly learn."""

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return a state without margins, in which traders learn a thousand times as slowly."""
        given = super().state(specification, num_agents)
        slow = given._replace(lowest_rate=given.lowest_rate / 1000, highest_rate=given.highest_rate / 1000)
        return slow._replace(lowest_margin=0.0, highest_margin=0.0)


class Rules:
    """How markets are run, with or without an error in the rules."""

    def __init__(self, mutation: str | None) -> None:
        self.constrained: Any = "zi_c"
        self.learner: Any = "zip"
        self.endless = ENDLESS
        if mutation is not None:
            MUTATIONS[mutation](self)

    def market(self, schedule: str, learner: Any, day_length: int) -> Scenario:
        """Return a market of traders who do not learn, and need not be woken to see what others do."""
        auction = Auction(schedule=schedule, information="limit", day_length=day_length, num_days=NUM_DAYS)
        return Scenario(auction, learner, "complete:n=12", day_length * NUM_DAYS, METRICS)

    def school(self, learner: Any) -> Scenario:
        """Return the first market with traders who learn."""
        auction = Auction(information="market", day_length=LEARNING_DAY, num_days=LEARNING_DAYS)
        return Scenario(auction, learner, "complete:n=12", LEARNING_DAY * LEARNING_DAYS, METRICS)


def constrain_buyers_alone(rules: Rules) -> None:
    """A mutation: the budget constraint binds buyers alone."""
    rules.constrained = OneSided()


def give_away(rules: Rules) -> None:
    """A mutation: ZIP traders have no margin and hardly learn one."""
    rules.learner = Giveaway()


def end_early(rules: Rules) -> None:
    """A mutation: days end before all units are traded."""
    rules.endless = 100


MUTATIONS: dict[str, Callable[[Rules], None]] = {
    "buyers alone are constrained": constrain_buyers_alone,
    "no margins": give_away,
    "days end early": end_early,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    rules = Rules(mutation)
    return equilibria() | without_intelligence(rules, replications, seed) | with_learning(rules, replications, seed)


def equilibria() -> dict[str, Estimate]:
    """Return the prices and quantities that the solver finds."""
    found = {name: Auction(schedule=name).equilibrium() for name in MARKETS}
    measured = {f"equilibrium price, {name}": known(found[name].price) for name in MARKETS}
    return measured | {f"equilibrium quantity, {name}": known(found[name].quantity) for name in WITH_QUANTITY}


def without_intelligence(rules: Rules, replications: int, seed: int) -> dict[str, Estimate]:
    """Return the efficiency of both kinds of zero intelligence, and what constrained ones pay."""
    measured = {}
    for k, name in enumerate(MARKETS):
        unconstrained = play(rules.market(name, "zi_u", rules.endless), max(2, replications // 20), seed + k)
        constrained = play(rules.market(name, rules.constrained, LONG), replications, seed + k)
        free, bound = unconstrained.metrics["efficiency"], constrained.metrics["efficiency"]
        measured[f"efficiency without constraint, {name}"] = free
        measured[f"efficiency without constraint, {name} (paper)"] = free
        measured[f"efficiency with constraint, {name}"] = bound
        measured[f"gain by the constraint, {name}"] = difference_of_means(bound, free)
        if name == "market_1":
            measured["alpha, ZI-C: last day minus first"] = change_of_alpha(constrained)
        if name == "market_4":
            measured["price minus equilibrium, ZI-C, market_4"] = mean(constrained.runs.mean_price - 170.0)
    prices = price_paths(rules.market("market_1", rules.constrained, LONG), replications, seed)
    early, late = (smith_alpha(part, 69.0) for part in (prices[:, :, :4], prices[:, :, 8:12]))
    measured["alpha, ZI-C: trades 9 to 12 minus 1 to 4 of a day"] = mean(np.nanmean(late - early, axis=1))
    return measured


def with_learning(rules: Rules, replications: int, seed: int) -> dict[str, Estimate]:
    """Return how ZIP and Gjerstad-Dickhaut traders fare in the first market."""
    runs = max(10, replications // 10)
    unconscious = play(rules.school("zi_c"), runs, seed)
    measured = {}
    for name, learner in (("ZIP", rules.learner), ("GD", "gjerstad_dickhaut")):
        result = play(rules.school(learner), runs, seed)
        measured[f"efficiency, {name}"] = result.metrics["efficiency"]
        measured[f"alpha, {name}: last day minus first"] = change_of_alpha(result)
        measured[f"alpha on the last day, {name} minus ZI-C"] = difference_of_means(
            result.metrics["smith_alpha_last_day"], unconscious.metrics["smith_alpha_last_day"]
        )
    return measured


def change_of_alpha(result: Result) -> Estimate:
    """Return Smith's alpha on the last day less that on the first, over the runs that trade on both."""
    return mean((result.runs.smith_alpha_last_day - result.runs.smith_alpha_first_day).dropna())


def play(market: Scenario, replications: int, seed: int) -> Result:
    """Run a market."""
    return run(market, replications=replications, seed=seed, record_every=None)


def price_paths(market: Scenario, replications: int, seed: int) -> Any:
    """Return the prices of all trades, shape (num_runs, num_days, most trades of a day); 0: no trade."""
    simulation = Simulation(market, seed=seed, replications=range(replications))
    simulation.advance(market.horizon.steps)
    return simulation.environment.price[:, :-1]


def known(value: float) -> Estimate:
    """Return a value without an error: nothing in it is drawn."""
    return Estimate(float(value), float(value), float(value), 1)
