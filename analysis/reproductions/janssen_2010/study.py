"""Janssen's foraging experiment: do greedy foragers empty the field as groups that could not talk did?

Run it with ``socialsim reproduce janssen_2010 [--full]``.

A step lasts as long as a forager needs for one move; it is the one number that is calibrated. The table of regrowth of
a second becomes one of a step by p_step = 1 - (1 - p)^(seconds a step).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.harvest import scenario
from socialsim.metrics.estimates import difference_of_means, mean

FORAGERS = ("greedy", "cautious")
SECONDS = 240
INITIAL = 169
EVERY = 3  # steps between two looks at the stock
STEP = 0.815  # seconds that a move takes; calibrated on the stock after 50 seconds
COLLECTED = 242.54
MEANS = (
    *(166.93, 157.41, 146.66, 137.76, 128.05, 118.8, 108.98, 99.27, 89.51, 79.32, 70.15, 61.93),
    *(53.61, 46.05, 39.44, 34.44, 30.22, 26.95, 24.71, 22.71, 21.27, 19.78, 18.02, 16.83),
    *(15.78, 14.59, 13.54, 12.9, 12.32, 11.32, 10.51, 9.59, 8.95, 8.32, 7.71, 7.17),
    *(6.95, 6.85, 6.49, 6.05, 5.22, 4.29, 3.66, 3.12, 2.66, 2.29, 2.07, 1.85),
)
STOCK = dict(zip(range(5, 245, 5), MEANS, strict=True))  # mean over groups in round 1, by seconds


def growth(second: tuple[float, ...]) -> dict[str, Any]:
    """Return the regrowth of a step from that of a second."""
    return {"environment.regrowth": tuple(1.0 - (1.0 - p) ** STEP for p in second)}


SECOND = scenario("janssen_2010").environment.regrowth
MUTATIONS: dict[str, dict[str, Any]] = {
    "growth without neighbours": growth((0.0025,) * 9),
    "no growth": growth((0.0,) * 9),
    "only the four nearest count": {"environment.growth_radius": 1.0},
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    broken = MUTATIONS[mutation] if mutation else {}
    greedy, cautious = (_foragers(name, replications, seed + k, broken) for k, name in enumerate(FORAGERS))
    stocks = dict(zip(STOCK, (mean(stock) for stock in _stocks(greedy)), strict=True))
    measured = {
        f"distance from the groups' stock after {t} s": _distance(stocks[t], STOCK[t]) for t in (5, 10, 20, 100, 240)
    }
    measured["distance from the groups' stock after 50 s (calibrated)"] = _distance(stocks[50], STOCK[50])
    measured["mean distance from the groups' stock, every 5 s"] = _mean_distance(stocks)
    collected = greedy.metrics["apples"]
    measured["distance from the tokens that groups collected"] = _distance(collected, COLLECTED, COLLECTED)
    measured["cautious minus greedy, tokens collected"] = difference_of_means(cautious.metrics["apples"], collected)
    return measured


def stock_curves(replications: int, seed: int) -> dict[str, dict[int, float]]:
    """Return the mean stock under greedy and under cautious foragers, by seconds."""
    curves = {}
    for k, name in enumerate(FORAGERS):
        stocks = _stocks(_foragers(name, replications, seed + k, {}))
        means = {t: float(stock.mean()) for t, stock in zip(STOCK, stocks, strict=True)}
        curves[name] = {0: INITIAL, **means}
    return curves


def _foragers(name: str, replications: int, seed: int, changes: dict[str, Any]) -> Result:
    steps = {"learner.harvester": name, "horizon.steps": math.ceil(SECONDS / STEP)}
    game = scenario("janssen_2010").replace({**steps, **growth(SECOND), **changes})
    return run(game, replications=replications, seed=seed, record_every=EVERY, series_runs=replications)


def _stocks(result: Result) -> Iterator[NDArray[np.float64]]:
    """Return the stocks of all runs at each time, by linear interpolation."""
    table = result.series.pivot(index="run", columns="step", values="mean_stock").to_numpy()
    for seconds in STOCK:
        whole, part = divmod(seconds / STEP / EVERY, 1.0)
        k = int(whole)
        yield (1.0 - part) * table[:, k] + part * table[:, min(k + 1, table.shape[1] - 1)]


def _distance(found: Estimate, published: float, whole: float = INITIAL) -> Estimate:
    """Return |measured - published| as a share of a whole; its interval is that of the measured value, folded."""
    ends = sorted(abs(end - published) / whole for end in (found.low, found.high))
    low = 0.0 if found.low <= published <= found.high else ends[0]
    value = abs(found.value - published) / whole
    return Estimate(
        value, low, ends[1], found.num_runs, method=found.method, standard_error=found.standard_error / whole
    )


def _mean_distance(stocks: dict[int, Estimate]) -> Estimate:
    """Return the mean distance over all times; errors of different times, all of the same runs, are added."""
    value = float(np.mean([abs(stocks[t].value - STOCK[t]) for t in STOCK])) / INITIAL
    error = float(np.mean([stocks[t].standard_error for t in STOCK])) / INITIAL
    reach = 1.96 * error
    num_runs = stocks[50].num_runs
    return Estimate(value, max(0.0, value - reach), value + reach, num_runs, standard_error=error)
