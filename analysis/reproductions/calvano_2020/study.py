"""Calvano et al. 2020: do Q-learning sellers come to collude, and by what strategies?

Run it with ``socialsim reproduce calvano_2020 [--full]``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.pricing import Pricing, scenario
from socialsim.environments.pricing.deviations import Responses, respond
from socialsim.environments.pricing.selling import sell
from socialsim.metrics.estimates import mean

CONTROL = {"learner.alpha": 0.05, "learner.beta": 2e-5}
SPURIOUS = {"learner.discount": 0.0}
PERIODS = 15
TRIOPOLIES = 4  # duopolies to one triopoly, whose sessions take longer


class Amnesia(Pricing):
    """A mutation: sellers believe that every period looks like the first."""

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Return the same number for ever."""
        return 0


class FreeRiding(Pricing):
    """A mutation: everybody is paid the mean profit."""

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Sell, and share the profits."""
        sell(env, network, actions, rewards, stream)
        total = 0.0
        for i in range(rewards.shape[0]):
            total += rewards[i]
        for i in range(rewards.shape[0]):
            rewards[i] = total / rewards.shape[0]


def narrow_grid(market: Scenario) -> Scenario:
    """A mutation: the grid ends at the Nash and the monopoly price."""
    return market.replace({"environment.overshoot": 0.0})


MUTATIONS: dict[str, Callable[[Scenario], Scenario]] = {
    "nothing is remembered": lambda market: replace(market, environment=Amnesia(**dict(market.environment))),
    "profits are shared": lambda market: replace(market, environment=FreeRiding(**dict(market.environment))),
    "a narrow grid": narrow_grid,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    mutate = MUTATIONS[mutation] if mutation else lambda market: market
    duopoly = _sessions(mutate(scenario()), replications, seed)
    measured = _benchmarks(2) | _benchmarks(3)
    measured["profit gain, n = 2"] = measured["profit gain, n = 2 (paper)"] = duopoly.metrics["profit_gain"]
    measured["share converged, n = 2"] = duopoly.metrics["share_converged"]
    measured["periods to convergence, n = 2"] = duopoly.metrics["periods_to_convergence"]
    triopoly = _sessions(mutate(scenario().replace({"network.n": 3})), max(replications // TRIOPOLIES, 5), seed + 1)
    measured["profit gain, n = 3 (paper)"] = triopoly.metrics["profit_gain"]
    control = _sessions(mutate(scenario().replace(CONTROL)), replications, seed + 2)
    measured["profit gain, alpha = .05, beta = 2e-5"] = control.metrics["profit_gain"]
    spurious = _sessions(mutate(scenario().replace(SPURIOUS)), replications, seed + 3)
    measured["profit gain, delta = 0 (spurious collusion)"] = spurious.metrics["profit_gain"]
    responses = follow_deviations(mutate(scenario()), replications, seed + 4)
    return measured | _responses(responses)


def follow_deviations(market: Scenario, replications: int, seed: int) -> Responses:
    """Return what follows when the first seller deviates after convergence."""
    return respond(market, periods=PERIODS, replications=replications, seed=seed)


def _sessions(market: Scenario, replications: int, seed: int) -> Result:
    return run(market, replications=replications, seed=seed, record_every=None)


def _benchmarks(num_sellers: int) -> dict[str, Estimate]:
    market = Pricing().market(num_sellers)
    values = {
        "Nash price": market.nash()[0],
        "monopoly price": market.monopoly()[0],
        "Nash profit": market.profits(market.nash())[0],
        "monopoly profit": market.profits(market.monopoly())[0],
    }
    return {f"{name}, n = {num_sellers}": _computed(value) for name, value in values.items()}


def _computed(value: float) -> Estimate:
    return Estimate(float(value), float(value), float(value), 1)


def _responses(responses: Responses) -> dict[str, Estimate]:
    fall = responses.price_effect("deviation", 2)
    prices = responses.prices["deviation"][responses.deviates]
    placebo = np.abs(responses.prices["placebo"] - responses.prices["baseline"]).max()
    return {
        "fall of the rival's price after a deviation": replace(
            fall, value=0.0 - fall.value, low=0.0 - fall.high, high=0.0 - fall.low
        ),
        "share of deviations that did not pay": responses.share_unprofitable(),
        "price after 15 periods less price before": mean((prices[:, -1] - prices[:, 0]).mean(axis=1)),
        "effect of a placebo deviation on prices": _computed(placebo),
    }
