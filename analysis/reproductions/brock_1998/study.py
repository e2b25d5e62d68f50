"""Brock and Hommes 1998: when do those who choose beliefs by what they have earned leave the fundamental price?

Run it with ``socialsim reproduce brock_1998 [--full]``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.assets import Assets, scenario
from socialsim.environments.assets.theory import (
    jacobian,
    lyapunov_exponent,
    trajectory,
)
from socialsim.metrics.estimates import mean

NUM_TRADERS = 2000
NEAR = 1e-3  # a small deviation
SHORT, LONG = 50, 1500  # steps: of growth, and until the price has settled
MUTATIONS: dict[str, dict[str, Any]] = {
    "information is free": {"environment.costs": (0.0, 0.0)},
    "profits are remembered": {"learner.memory": 0.5},
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    changes = MUTATIONS.get(mutation or "", {})
    market = scenario().replace({k: v for k, v in changes.items() if k.startswith("environment")}).environment
    assert isinstance(market, Assets)
    memory = changes.get("learner.memory", 0.0)
    first = bisect(lambda beta: growth_of_map(market, beta, memory) > 1.0, 0.0, 10.0)
    measured = {
        "primary bifurcation": exact(first),
        "secondary bifurcation": exact(bisect(lambda beta: is_left(market, beta), first + 0.1, 10.0)),
        "price at rest, beta 2.8": exact(abs(at_rest(market, 2.8, memory))),
    }
    for name, beta in (("2", 2.0), ("ln 11", math.log(11.0)), ("3", 3.0)):
        result = traders(beta, NEAR, SHORT, replications, seed, changes)
        growth = np.log(result.runs.last_deviation.abs() / NEAR) / SHORT
        measured[f"growth of small deviations a step, traders, beta {name}"] = mean(growth)
    settled = {beta: traders(beta, 1.0, LONG, replications, seed + 1, changes) for beta in (2.0, 2.8, 3.6)}
    measured["price at rest, traders, beta 2.8"] = settled[2.8].metrics["mispricing"]
    measured["mispricing, traders, beta 2"] = settled[2.0].metrics["mispricing"]
    for beta in (2.8, 3.6):
        measured[f"spread of prices, traders, beta {beta}"] = settled[beta].metrics["spread"]
    for beta in (3.2, 3.6):
        measured[f"Lyapunov exponent, beta {beta}"] = exact(lyapunov_exponent(market, beta))
    return measured


def exact(value: float) -> Estimate:
    """Return a number that is computed and not sampled."""
    return Estimate(value, value, value, 1, method="computed")


def traders(beta: float, start: float, steps: int, replications: int, seed: int, changes: dict[str, Any]) -> Result:
    """Run markets of traders from some deviation; the last 500 steps are measured."""
    market = scenario().replace(
        {
            "network": f"complete:n={NUM_TRADERS}",
            "horizon.steps": steps,
            "environment.initial_deviation": start,
            "environment.window": 500,
            "environment.noise": 0.0,
            "learner.beta": beta,
            **changes,
        }
    )
    return run(market, replications=replications, seed=seed, record_every=None)


def growth_of_map(market: Assets, beta: float, memory: float) -> float:
    """Return by what a tiny deviation is multiplied in a step of the map, once it has settled down."""
    path = trajectory(market.replace(initial_deviation=1e-9), beta, 60, memory).deviations
    return float(path[-1] / path[-2])


def at_rest(market: Assets, beta: float, memory: float) -> float:
    """Return where the map comes to rest."""
    return float(trajectory(market.replace(initial_deviation=1.0), beta, 3000, memory).deviations[-1])


def is_left(market: Assets, beta: float) -> bool:
    """Say whether the map leaves the price at which it could rest, by the eigenvalues there."""
    price = bisect(lambda x: next_price(market, beta, x) < x, 1e-6, 20.0)
    return bool(np.abs(np.linalg.eigvals(jacobian(market, beta, price))).max() > 1.0)


def next_price(market: Assets, beta: float, price: float) -> float:
    """Return what follows a deviation that has been the same for three steps."""
    return float(trajectory(market.replace(initial_deviation=price), beta, 1).deviations[0])


def bisect(is_above: Callable[[float], bool], low: float, high: float) -> float:
    """Return where a statement becomes true; ``high`` if it does not."""
    while high - low > 1e-9:
        middle = (low + high) / 2.0
        low, high = (low, middle) if is_above(middle) else (middle, high)
    return high
