"""How fast Q-learning sellers run through ``run(Scenario)``, against a loop of the same rules in Python and NumPy.

The loop comes in two versions: it works out demand in each period, or looks profits up in a list made beforehand.

``python benchmarks/pricing.py [--sessions]``: with the flag also how long 1000 sessions take, on two threads.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from socialsim.engine.run import run
from socialsim.environments.pricing import Pricing, scenario
from socialsim.environments.pricing.facts import joint_steps, profits_against_random, profits_of_steps

ALPHA, DISCOUNT, BETA, PATIENCE = 0.15, 0.95, 4e-6, 100_000
PERIODS, REPEATS = 10_000_000, 7
ENDLESS = {"learner.patience": 0}


def best_rate(work: Callable[[], float]) -> float:
    """Return the highest rate of a few calls, each of which returns the work that it did."""
    rates = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        amount = work()
        rates.append(amount / (time.perf_counter() - started))
    return max(rates)


def line(what: str, rate: float, unit: str, *ratios: str) -> None:
    """Print one measurement."""
    print(f"{what:<58} {rate:10.3g} {unit:<14} {'; '.join(ratios)}", flush=True)


def scenario_periods(changes: dict[str, object], periods: int = PERIODS, threads: int = 1) -> float:
    """Run the market as the command line does and return its periods."""
    market = scenario().replace({"horizon.steps": periods} | changes)
    return float(run(market, replications=threads, seed=1, threads=threads, record_every=None).runs.steps.sum())


def plain_periods(num_sellers: int, *, is_listed: bool, periods: int = 20_000) -> float:
    """Run one market as one would write it with NumPy, without replication, and return its periods."""
    pricing, draw = Pricing(), np.random.default_rng(1)
    grid, market = pricing.grid(num_sellers), pricing.market(num_sellers)
    sellers = np.arange(num_sellers)
    num_prices, num_states = pricing.num_prices, pricing.num_prices**num_sellers
    profits = profits_of_steps(pricing, joint_steps(num_prices, num_sellers))
    initial = profits_against_random(pricing, num_sellers)[0] / (1 - DISCOUNT)
    values = np.repeat(initial[:, None, :], num_states, axis=1)
    visits, stable = np.zeros(num_states), np.zeros(num_sellers)
    state = draw.integers(num_states)
    for period in range(periods):
        epsilon = np.exp(-BETA * period)
        greedy = [best_action(values[i, state], draw) for i in range(num_sellers)]
        prices = [draw.integers(num_prices) if draw.random() < epsilon else greedy[i] for i in range(num_sellers)]
        following = sum(price * num_prices**j for j, price in enumerate(prices))
        visits[following] += 1
        if is_listed:
            earned = profits[following]
        else:
            asked = grid[sellers, prices]
            weights = np.exp((market.qualities - asked) / market.differentiation)
            outside = np.exp(market.outside / market.differentiation)
            earned = (asked - market.costs) * weights / (weights.sum() + outside)
        for i, price in enumerate(prices):
            target = earned[i] + DISCOUNT * values[i, following].max()
            values[i, state, price] += ALPHA * (target - values[i, state, price])
            stable[i] = stable[i] + 1 if values[i, state].argmax() == greedy[i] else 0
        if stable.min() >= PATIENCE:
            break
        state = following
    return float(periods)


def best_action(values: NDArray[np.float64], draw: np.random.Generator) -> int:
    """Return the action of the highest value, ties broken at random."""
    best = np.flatnonzero(values == values.max())
    return int(best[0] if len(best) == 1 else draw.choice(best))


def main() -> None:
    """Measure and print."""
    for num_sellers in (2, 3):
        size: dict[str, object] = {"network.n": num_sellers}
        scenario_periods(ENDLESS | size, periods=100)
        rate = best_rate(lambda: scenario_periods(ENDLESS | size))  # noqa: B023
        line(f"Q-learners, n = {num_sellers}, one thread", rate, "periods/s")
        for is_listed, name in ((False, "a loop in Python and NumPy"), (True, "the same, profits listed beforehand")):
            plain = best_rate(lambda: plain_periods(num_sellers, is_listed=is_listed))  # noqa: B023
            line(f"  {name}", plain, "periods/s", f"{rate / plain:.0f} x")
    until = best_rate(lambda: scenario_periods({}))
    line("Sessions, n = 2, to convergence, one thread", until, "periods/s")
    line("  two threads", best_rate(lambda: scenario_periods({}, threads=2)), "periods/s")
    if "--sessions" in sys.argv:
        started = time.perf_counter()
        metrics = run(scenario(), replications=1000, seed=1, threads=2, record_every=None).metrics
        line("1000 sessions, n = 2, two threads", time.perf_counter() - started, "s")
        line("  profit gain", metrics["profit_gain"].value, "", f"{metrics['share_converged'].value:.3f} converged")


if __name__ == "__main__":
    main()
