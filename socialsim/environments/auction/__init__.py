r"""Buyers and sellers in a double auction: an order book, the rules of Gode and Sunder, or a call.

A buyer has a value v for each unit that it may buy in a day, a seller a cost c for each that it may sell; units are
traded in order. At each event one trader, drawn uniformly from those who have a unit left, **quotes** an integer price
in 1, ..., P, or stays silent (0). A trade of a unit at the price p brings the buyer v - p and the seller p - c. Three
institutions decide who trades:

- **continuous**: a limit order book. A quote is an order for ``order_size`` units (or what is left), which replaces the
  trader's earlier one. It trades with the best orders of the other side that meet its price, each at *their* price,
  the best price first and at one price the oldest order; what is left of it stands. Silence withdraws an order.
- **gode_sunder** [Gode1993]_: quotes are for one unit. A quote that meets the best one of the other side trades at that
  earlier price, and all other quotes are cancelled; one that does not must better the standing one of its own side,
  which it replaces, or is ignored.
- **call**: orders are collected, for all to see. After every ``quotes_per_call`` events they are crossed: as many units
  are traded as can be, the best orders first and at one level the oldest, all at one price, the middle of those that
  clear the market, rounded down. Then the book is cleared.

A day ends after ``day_length`` events or when one side has nothing left; the next begins with an empty book and fresh
endowments. Learners keep what they have learned. After ``num_days`` days the run ends.

What the values and costs make possible is in `socialsim.metrics.exchange`: the competitive equilibrium, the largest
surplus, and what is held against them, allocative efficiency and Smith's alpha.

**An identity.** If trade goes on until all units are traded, who trades with whom and at what prices is irrelevant: the
surplus is sum v - sum c over all units, however low that is. So far fall traders who may trade at a loss (ZI-U). Those
who never quote beyond their limit (ZI-C) trade no unit at a loss, and reach nearly all of the largest surplus by random
quotes alone: the rules of the market do what intelligence need not ([Gode1993]_).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments.auction.book import best_ask, best_bid, empty_book, level_of
from socialsim.environments.auction.measures import METRICS
from socialsim.environments.auction.mechanics import begin_day, end_quote, measure_spread, quote
from socialsim.environments.auction.schedules import Schedule, check_units, read_schedule
from socialsim.metrics.exchange import Equilibrium, allocative_efficiency, equilibrium

INSTITUTIONS = ("continuous", "gode_sunder", "call")
INFORMATION = ("limit", "outcomes", "market")
MARKET_ROW = ("limit", "turn", "bid", "ask", "side", "shout", "trade", "event")
"""What a trader sees with ``information = "market"``: its limit price (0: no unit left); whether it is its turn; the
best bid (0: none) and ask (P + 1: none); the last event's side (0 bid, 1 ask, -1 a call or silence), price quoted (0:
none) and price of the trade that it made (0: none); and the number of the event.
"""


class State(NamedTuple):
    """What a replication holds: endowments, the book (see `Book`), and what has been traded."""

    num_buyers: int
    institution: int
    everyone_wakes: int
    shows_standing: int
    order_size: int
    quotes_per_call: int
    budget_constraint: int
    day_length: int
    num_days: int
    equilibrium_price: float
    best_surplus: float  # of one day
    limit: NDArray[np.int64]  # (num_traders, most_units + 1), 0 beyond the last unit
    order_limit: NDArray[np.int64]  # the same, of the last unit of an order that begins with this one
    num_units: NDArray[np.int64]  # (num_traders,)
    order_side: NDArray[np.int64]
    order_level: NDArray[np.int64]
    order_quantity: NDArray[np.int64]
    order_next: NDArray[np.int64]
    order_previous: NDArray[np.int64]
    level_first: NDArray[np.int64]
    level_last: NDArray[np.int64]
    best: NDArray[np.int64]
    num_orders: NDArray[np.int64]
    unit: NDArray[np.int64]  # (num_traders,), units traded today: the index of the one in hand
    units_left: NDArray[np.int64]  # (2,), of each side
    able: NDArray[np.int64]  # (num_traders,), those with a unit left come first
    place: NDArray[np.int64]  # (num_traders,), where each stands in `able`
    num_able: NDArray[np.int64]  # (1,)
    matched: NDArray[np.int64]  # (2, most trades of a day), scratch of a call
    quoter: NDArray[np.int64]  # (1,), whose turn it is
    shout: NDArray[np.int64]  # (1,), price quoted in the last event, 0: none
    traded_at: NDArray[np.int64]  # (1,), price at which that traded, 0: it did not
    last_price: NDArray[np.float64]  # (1,), of the last trade, NaN before the first
    day: NDArray[np.int64]  # (1,)
    quotes_today: NDArray[np.int64]  # (1,), events of the day, silence included
    num_events: NDArray[np.int64]  # (1,)
    num_quotes: NDArray[np.int64]  # (1,), without silence
    price: NDArray[np.int32]  # (num_days + 1, most trades of a day), 0: no trade
    price_sum: NDArray[np.int64]  # (num_days + 1,)
    square_sum: NDArray[np.float64]  # (num_days + 1,), of the distances from the equilibrium price
    num_trades: NDArray[np.int64]  # (num_days + 1,)
    surplus: NDArray[np.int64]  # (num_days + 1,), realised
    profit: NDArray[np.float64]  # (num_traders,)
    spread_sum: NDArray[np.float64]  # (1,)
    num_spreads: NDArray[np.int64]  # (1,)


class Auction(Environment):
    """A market for units of one good.

    Examples
    --------
    >>> market = Auction(values=((10, 8), (6, 3)), costs=((2, 4, 5, 9),), highest_price=20)
    >>> market.counts(3)
    {'buyer': 2, 'seller': 1}
    >>> market.equilibrium()
    Equilibrium(quantity=3, low=5.0, high=6.0, surplus=13.0)
    >>> Auction(values=((10, 8),), costs=((12, 11),))
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: values: the highest, 10, is below the lowest cost, 11; accepted: at least one
    unit that can be traded at a gain
    """

    schedule: str = parameter(
        "market_1",
        "supply and demand: market_1 to market_5, or the path of a CSV file with the columns side, trader, unit, limit",
    )
    values: tuple[tuple[int, ...], ...] = parameter(
        (), "each buyer's values, in the order of its units; with costs, in place of the schedule", unit="price"
    )
    costs: tuple[tuple[int, ...], ...] = parameter((), "each seller's costs, in the order of its units", unit="price")
    highest_price: int = parameter(200, "highest price P; the lowest is 1", unit="price", ge=2, le=10_000)
    institution: Literal["continuous", "gode_sunder", "call"] = parameter("gode_sunder", "the rules of the market")
    order_size: int = parameter(1, "units of an order; of one unit in gode_sunder", unit="units", ge=1, le=1000)
    quotes_per_call: int = parameter(12, "events from one call to the next", unit="events", ge=1)
    day_length: int = parameter(1000, "most events of a day", unit="events", ge=1)
    num_days: int = parameter(6, "trading days, after which a run ends", unit="days", ge=1, le=100_000)
    budget_constraint: bool = parameter(False, "whether a quote beyond one's limit price counts as silence")
    information: Literal["limit", "outcomes", "market"] = parameter(
        "outcomes",
        "limit: a trader sees its limit price, and only the quoter is woken, which is quick but teaches nobody what a "
        "standing quote brings; outcomes: everybody is woken at every quote; market: and sees the market",
    )

    loop: ClassVar = "events"
    agent_types: ClassVar[tuple[str, ...]] = ("buyer", "seller")
    source: ClassVar[str] = "Gode & Sunder 1993, J. Political Economy 101:119-137; Smith 1962, ibid. 70:111-137"
    figure: ClassVar[Mapping[str, Any]] = {
        "step_label": "event",
        "series": "mean_last_price",
        "series_label": "price of the last trade",
        "agent": "profit",
        "agent_label": "profit over all days",
        "verdicts": {"0": "all days over"},
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse schedules that are empty, one-sided, off the grid or without a gain from trade."""
        if bool(self.values) != bool(self.costs):
            given, missing = ("values", "costs") if self.values else ("costs", "values")
            raise ParameterError(f"{missing}: none for the given {given}; accepted: both, or neither and a schedule")
        schedule = self.units()
        if self.values:
            check_units(schedule, self.highest_price)
        if self.institution == "gode_sunder" and self.order_size > 1:
            raise ParameterError(f"order_size: {self.order_size} in gode_sunder; accepted: 1, as in the paper")
        if self.equilibrium().quantity == 0:
            highest = max(v for units in schedule.values for v in units)
            lowest = min(c for units in schedule.costs for c in units)
            raise ParameterError(
                f"values: the highest, {highest}, is below the lowest cost, {lowest}; accepted: at least one unit that "
                "can be traded at a gain"
            )

    def units(self) -> Schedule:
        """Return the limit prices of all units."""
        if self.values:
            return Schedule(self.values, self.costs)
        return read_schedule(self.schedule, self.highest_price)

    def equilibrium(self) -> Equilibrium:
        """Return the competitive equilibrium of one day."""
        schedule = self.units()
        return equilibrium(*([limit for units in side for limit in units] for side in schedule))

    @property
    def participants(self) -> int:  # type: ignore[override]
        """Return how many traders an event wakes: the quoter, or all."""
        return 1 if self.information == "limit" else sum(map(len, self.units()))

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return the numbers of buyers and of sellers in the schedule."""
        num_buyers, num_sellers = map(len, self.units())
        if num_agents != num_buyers + num_sellers:
            raise ParameterError(
                f"network: {num_agents} agents for a schedule of {num_buyers} buyers and {num_sellers} sellers; "
                f"accepted: {num_buyers + num_sellers} agents, as in --network complete:n={num_buyers + num_sellers}"
            )
        return {"buyer": num_buyers, "seller": num_sellers}

    def state(self, num_agents: int) -> State:
        """Lay out the first day."""
        schedule = self.units()
        traders, point = [*schedule.values, *schedule.costs], self.equilibrium()
        num_units = np.array([len(units) for units in traders], np.int64)
        limit = np.zeros((num_agents, num_units.max() + 1), np.int64)
        order_limit = limit.copy()
        for i, units in enumerate(traders):
            limit[i, : len(units)] = units
            order_limit[i, : len(units)] = [
                (min if i < len(schedule.values) else max)(units[k : k + self.order_size]) for k in range(len(units))
            ]
        units_left = np.array([sum(map(len, side)) for side in schedule], np.int64)
        most_trades = int(units_left.min())
        return State(
            num_buyers=len(schedule.values),
            institution=INSTITUTIONS.index(self.institution),
            everyone_wakes=int(self.information != "limit"),
            shows_standing=int(self.information == "outcomes"),
            order_size=self.order_size,
            quotes_per_call=self.quotes_per_call,
            budget_constraint=int(self.budget_constraint),
            day_length=self.day_length,
            num_days=self.num_days,
            equilibrium_price=point.price,
            best_surplus=point.surplus,
            limit=constant(limit),
            order_limit=constant(order_limit),
            num_units=constant(num_units),
            **empty_book(num_agents, self.highest_price)._asdict(),
            unit=np.zeros(num_agents, np.int64),
            units_left=units_left,
            able=np.arange(num_agents),
            place=np.arange(num_agents),
            num_able=np.full(1, num_agents),
            matched=np.zeros((2, most_trades), np.int64),
            quoter=np.zeros(1, np.int64),
            shout=np.zeros(1, np.int64),
            traded_at=np.zeros(1, np.int64),
            last_price=np.full(1, np.nan),
            day=np.zeros(1, np.int64),
            quotes_today=np.zeros(1, np.int64),
            num_events=np.zeros(1, np.int64),
            num_quotes=np.zeros(1, np.int64),
            price=np.zeros((self.num_days + 1, most_trades), np.int32),
            price_sum=np.zeros(self.num_days + 1, np.int64),
            square_sum=np.zeros(self.num_days + 1),
            num_trades=np.zeros(self.num_days + 1, np.int64),
            surplus=np.zeros(self.num_days + 1, np.int64),
            profit=np.zeros(num_agents),
            spread_sum=np.zeros(1),
            num_spreads=np.zeros(1, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A trader sees its limit price, or the market, and quotes a price or nothing."""
        actions = Discrete(self.highest_price + 1)
        facts: dict[str, Any] = {"is_buyer": agent_type == "buyer", "highest_price": self.highest_price}
        if self.information == "market":
            facts |= {"market_row": MARKET_ROW, "discrete_by": "environment.information=outcomes"}
            return Specification(actions, Box(low=-1.0, shape=(len(MARKET_ROW),)), facts)
        return Specification(actions, Discrete(self.highest_price + 1), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each trader's profit and units traded today; and the price of the last trade, the same for all."""
        last_price = np.broadcast_to(state.last_price, state.profit.shape)
        return {"profit": state.profit, "units": state.unit, "last_price": last_price}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what the days that are over have achieved."""
        days = np.arange(state.surplus.shape[1])
        over, last = days < state.day, days == state.day - 1
        trades = np.where(over & (state.num_trades > 0), state.num_trades, np.nan)
        alpha = 100.0 * np.sqrt(state.square_sum / trades) / state.equilibrium_price
        efficiency = allocative_efficiency(state.surplus, state.best_surplus)
        return {
            "num_days": state.day[:, 0],
            "num_quotes": state.num_quotes[:, 0],
            "efficiency": _mean_where(efficiency, over),
            "smith_alpha": _mean_where(alpha, over),
            "smith_alpha_first_day": _mean_where(alpha, over & (days == 0)),
            "smith_alpha_last_day": _mean_where(alpha, over & last),
            "volume": _mean_where(state.num_trades, over),
            "mean_price": _ratio(np.where(over, state.price_sum, 0).sum(axis=1), np.nansum(trades, axis=1)),
            "spread": _ratio(state.spread_sum[:, 0], state.num_spreads[:, 0]),
        }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Begin the first day: an empty book, all units in the hands of their traders."""
        begin_day(env)

    @staticmethod
    @compiled
    def wake(env, network, active, stream):
        """Draw who quotes from those who have a unit left; wake everybody who learns from it, the quoter first."""
        active[0] = env.able[integer(stream, env.num_able[0])]
        env.quoter[0] = active[0]
        count = 1
        if env.everyone_wakes and not is_away(network, active[0]):
            for i in range(env.unit.shape[0]):
                if i != active[0] and not is_away(network, i):
                    active[count] = i
                    count += 1
        return count

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Return trader i's limit price; in a row, the market."""
        limit = env.order_limit[np.uint64(i), np.uint64(env.unit[np.uint64(i)])]
        if out is not None:
            is_bid = env.quoter[0] < env.num_buyers
            out[0] = limit
            out[1] = 1.0 if env.quoter[0] == i else 0.0
            out[2] = best_bid(env)
            out[3] = best_ask(env)
            out[4] = -1.0 if env.shout[0] == 0 else (0.0 if is_bid else 1.0)
            out[5] = env.shout[0]
            out[6] = env.traded_at[0]
            out[7] = env.num_events[0]
        return limit

    @staticmethod
    @compiled
    def advance(env, network, active, actions, rewards, stream):
        """Let the quoter quote, trade, and go on to the next day when it is time.

        Of the others, who let their orders stand, the action is what stands.
        """
        if active.shape[0] == 0:
            return
        for a in range(active.shape[0]):
            i = active[a]
            rewards[i] = 0.0
            if env.shows_standing and a > 0:
                side = 0 if i < env.num_buyers else 1
                actions[i] = level_of(env, side, env.order_level[i]) if env.order_quantity[i] > 0 else 0
        env.num_events[0] += 1
        env.shout[0] = 0
        env.traded_at[0] = 0
        quote(env, active[0], actions[active[0]], rewards)
        measure_spread(env)
        end_quote(env, rewards)

    @staticmethod
    @compiled
    def done(env):
        """Return 0 when all days are over, else -1."""
        return 0 if env.day[0] >= env.num_days else -1


def _mean_where(values: NDArray[Any], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return each run's mean over some days that are over and have a value; NaN where there is none."""
    counted = chosen & np.isfinite(values)
    return _ratio(np.where(counted, values, 0.0).sum(axis=1), counted.sum(axis=1))


def _ratio(total: NDArray[Any], count: NDArray[Any]) -> NDArray[np.float64]:
    """Return total / count; NaN where nothing was counted."""
    return np.asarray(total / np.where(count > 0, count, np.nan))


LEARNERS = {"buyer": "zi_c", "seller": "zi_c"}


def scenario() -> Scenario:
    """Return twelve constrained zero-intelligence traders under the rules of Gode and Sunder."""
    return Scenario(Auction(), LEARNERS, "complete:n=12", 6000, METRICS)


def small() -> Scenario:
    """Return four traders with orders of two units in a limit order book."""
    market = Auction(
        values=((18, 12, 9), (15, 10)),
        costs=((4, 8, 11), (6, 13)),
        highest_price=20,
        institution="continuous",
        order_size=2,
        day_length=15,
        num_days=2,
    )
    return Scenario(market, LEARNERS, "complete:n=4", 40, METRICS)
