"""How many orders a second the double auction takes through ``run(Scenario)``, against a plain Python book.

Every order counted was quoted by a trader: it replaces the trader's earlier one, which is a cancellation wherever that
still stood, and trades, in part or in whole, or joins a queue. The plain book keeps the same rules (price and time
priority, an order a trader, partial fills) in dictionaries and deques, as one would write it in Python, and is filled
by the same kind of traders; both are measured in one process.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.auction import Auction

REPEATS = 5
HIGHEST_PRICE = 200
NUM_TRADERS = 12
EVENTS, REPLICATIONS = 2_000_000, 5
UNITS, DAY_LENGTH = 400, 10_000


def best_rate(work: Callable[[], float]) -> float:
    """Return the highest rate of a few calls, each of which returns the orders that it took."""
    rates = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        amount = work()
        rates.append(amount / (time.perf_counter() - started))
    return max(rates)


def line(what: str, rate: float, unit: str, *ratios: str) -> None:
    """Print one measurement."""
    print(f"{what:<58} {rate:10.3g} {unit:<14} {'; '.join(ratios)}", flush=True)


def limits() -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]:
    """Return values and costs of six buyers and six sellers who have many units each, in crossing straight lines."""
    values = tuple(tuple(150 - 100 * k // UNITS - b for k in range(UNITS)) for b in range(NUM_TRADERS // 2))
    costs = tuple(tuple(50 + 100 * k // UNITS + s for k in range(UNITS)) for s in range(NUM_TRADERS // 2))
    return values, costs


def market(learner: str, **changes: object) -> Scenario:
    """Return a market whose days are long, so that hardly anything but quoting happens."""
    values, costs = limits()
    num_days = EVENTS // (NUM_TRADERS // 2 * UNITS)  # a day may end early, when one side has traded all its units
    given = {"institution": "continuous", "information": "limit", "day_length": DAY_LENGTH, "num_days": num_days}
    auction = Auction(values=values, costs=costs, highest_price=HIGHEST_PRICE, **(given | changes))  # type: ignore[arg-type]
    return Scenario(auction, {"buyer": learner, "seller": learner}, f"complete:n={NUM_TRADERS}", EVENTS, ())


def orders(scenario: Scenario, replications: int = REPLICATIONS, threads: int = 1) -> float:
    """Run a scenario and return the orders that its traders quoted."""
    return float(run(scenario, replications=replications, seed=1, threads=threads).runs.num_quotes.sum())


class PlainBook:
    """A limit order book as one would write it in Python."""

    def __init__(self) -> None:
        self.queues: tuple[dict[int, deque[int]], dict[int, deque[int]]] = ({}, {})
        self.standing: dict[int, list[int]] = {}  # trader -> [side, price, quantity]

    def best(self, side: int) -> int | None:
        """Return the best price of a side."""
        prices = self.queues[side]
        return (max(prices) if side == 0 else min(prices)) if prices else None

    def remove(self, trader: int) -> None:
        """Take a trader's order out of its queue."""
        side, price, _ = self.standing.pop(trader)
        queue = self.queues[side][price]
        queue.remove(trader)
        if not queue:
            del self.queues[side][price]

    def quote(self, trader: int, side: int, price: int, quantity: int) -> list[tuple[int, int]]:
        """Replace a trader's order, and return whom it traded with, and at what."""
        trades = []
        if trader in self.standing:
            self.remove(trader)
        while quantity:
            best = self.best(1 - side)
            if best is None or (price < best if side == 0 else price > best):
                break
            other = self.queues[1 - side][best][0]
            trades.append((other, best))
            self.standing[other][2] -= 1
            if self.standing[other][2] == 0:
                self.remove(other)
            quantity -= 1
        if quantity:
            self.standing[trader] = [side, price, quantity]
            self.queues[side].setdefault(price, deque()).append(trader)
        return trades


def plain_orders(constrained: bool, num_orders: int = 40_000) -> float:
    """Let random traders quote in the plain book, days like those of the scenario, and return the orders."""
    draw, half = random.Random(1), NUM_TRADERS // 2
    values, costs = limits()
    limit = [*values, *costs]
    done = 0
    while done < num_orders:
        book, unit, profit = PlainBook(), [0] * NUM_TRADERS, [0] * NUM_TRADERS
        able = list(range(NUM_TRADERS))
        for _ in range(DAY_LENGTH):
            if not any(i < half for i in able) or not any(i >= half for i in able):
                break
            i = draw.choice(able)
            side, own = int(i >= half), limit[i][unit[i]]
            low, high = ((1, own) if side == 0 else (own, HIGHEST_PRICE)) if constrained else (1, HIGHEST_PRICE)
            for other, price in book.quote(i, side, draw.randint(low, high), 1):
                for k in (i, other):
                    gain = price - limit[k][unit[k]]
                    profit[k] += gain if k >= half else -gain
                    unit[k] += 1
                    if unit[k] == UNITS:
                        able.remove(k)
            done += 1
    return float(done)


def main() -> None:
    """Measure and print."""
    for learner, what in (("zi_u", "Uniform random traders"), ("zi_c", "Constrained traders (ZI-C)")):
        scenario = market(learner)
        orders(scenario, 1)
        plain = best_rate(lambda: plain_orders(learner == "zi_c"))  # noqa: B023
        rate = best_rate(lambda: orders(scenario))  # noqa: B023
        line(f"{what}, limit order book, one thread", rate, "orders/s", f"{rate / plain:.0f} x the plain book")
        line("  two threads", best_rate(lambda: orders(scenario, threads=2)), "orders/s")  # noqa: B023
        line("  plain Python book of the same rules", plain, "orders/s")
    for institution in ("gode_sunder", "call"):
        scenario = market("zi_c", institution=institution)
        orders(scenario, 1)
        line(f"Constrained traders, {institution}, one thread", best_rate(lambda: orders(scenario)), "orders/s")  # noqa: B023


if __name__ == "__main__":
    main()
