"""A market in which sellers learn what to ask and buyers where to go.

Each of n sellers posts a price for a good that costs c a unit, from the grid

    p_k = c + (v - c) (k + 1) / m,    k = 0, ..., m - 1,                                        v: the highest valuation

and sells to all who come. Each buyer wants one unit, worth v_b, and chooses a seller whom it asks first and how many
quotes k it gets in all; the further k - 1 come from other sellers, drawn without replacement, at the search cost s
each. It buys at the lowest price that it has seen, from the one asked earliest among equals, if that is at most v_b.
The step pays

    seller j: (p_j - c) x units sold,    buyer b: (v_b - p)^+ - s (k - 1).

A buyer reaches the sellers that it hears on the network (its in-neighbours). Who asks first a seller out of reach finds
nothing; further quotes come from sellers in reach. Valuations lie evenly from ``highest_valuation`` down to
``lowest_valuation``; by default all are equal.

- Buyers who go anywhere and ask once leave sellers their monopoly price, however small s > 0 ([Diamond1971]_). Those
  who all ask twice or more leave them the cost (Bertrand). On the grid, if all get three quotes or more, the lowest
  price is the only one that all can ask in equilibrium; with two quotes the lowest but one is another, since to
  undercut it doubles sales and halves the margin. If only some ask twice prices differ, among equal sellers and equal
  buyers ([Burdett1983]_): `socialsim.environments.search_market.theory`.
- Buyers who learn come back to those who treated them well. **Loyalty** is the share of visits that go to the same
  seller as the visit before ([Weisbuch2000]_; [Kirman2001]_). If every visit pays the same r, Roth-Erev buyers are
  Polya urns, balls of weight w for each seller and r more for the one visited, and two visits of theirs, whichever,
  go to one seller with probability (w + r) / (n w + r) ([Eggenberger1923]_).

With ``entry`` a seller may stay out for a step, and pays the operating cost of a step that it is in and the entry cost
where it was out before; all are out at first. It then sees whether it was in and how many others were.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments.search_market import mechanics as parts
from socialsim.environments.search_market.measures import METRICS
from socialsim.environments.search_market.mechanics import PROFIT, State, post_prices, shop
from socialsim.environments.search_market.theory import chances_to_sell, lowest_of
from socialsim.metrics.concentration import herfindahl
from socialsim.metrics.diversity import hill_number


class SearchMarket(Environment):
    """Sellers who post prices, and buyers who choose where to ask and how often.

    Examples
    --------
    >>> SearchMarket(num_sellers=2, num_prices=4).prices().tolist()
    [1.25, 1.5, 1.75, 2.0]
    >>> SearchMarket(num_sellers=2, most_quotes=3)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: most_quotes: 3 is not accepted; accepted: at most num_sellers, 2
    """

    num_sellers: int = parameter(5, "how many of the agents, the first ones, sell; the others buy", ge=1, le=1000)
    cost: float = parameter(1.0, "cost c of a unit to its seller", unit="money", ge=0)
    highest_valuation: float = parameter(2.0, "highest valuation v of a unit among buyers", unit="money", gt=0)
    lowest_valuation: float | None = parameter(
        None, "lowest valuation; the highest, if not given: all are equal", unit="money", ge=0
    )
    num_prices: int = parameter(10, "prices m that a seller may ask, above c up to v", ge=1, le=10_000)
    search_cost: float = parameter(0.05, "cost s of each quote after the first", unit="money", ge=0)
    fewest_quotes: int = parameter(1, "fewest quotes that a buyer gets", ge=1)
    most_quotes: int = parameter(2, "most quotes that a buyer gets", ge=1)
    entry: bool = parameter(False, "whether a seller may stay out")
    operating_cost: float = parameter(0.0, "cost of being in, with entry", unit="money per step", ge=0)
    entry_cost: float = parameter(0.0, "cost of coming in, with entry", unit="money", ge=0)
    burn_in: int = parameter(0, "first steps, which the measures leave out", unit="steps", ge=0)

    agent_types: ClassVar[tuple[str, ...]] = ("seller", "buyer")
    source: ClassVar[str] = "Burdett & Judd 1983, Econometrica 51:955; Kirman & Vriend 2001, JEDC 25:459"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_price",
        "series_label": "mean posted price",
        "agent": "price",
        "agent_label": "price posted last",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse numbers that do not fit each other."""
        lowest = self.highest_valuation if self.lowest_valuation is None else self.lowest_valuation
        for name, value, is_accepted, words in (
            ("highest_valuation", self.highest_valuation, self.highest_valuation > self.cost, f"> cost, {self.cost}"),
            ("lowest_valuation", lowest, lowest <= self.highest_valuation, f"at most {self.highest_valuation}"),
            ("most_quotes", self.most_quotes, self.most_quotes <= self.num_sellers, None),
            ("fewest_quotes", self.fewest_quotes, self.fewest_quotes <= self.most_quotes, None),
        ):
            if not is_accepted:
                limits = {"most_quotes": f"num_sellers, {self.num_sellers}", "fewest_quotes": f"{self.most_quotes}"}
                words = words or f"at most {limits[name]}"
                raise ParameterError(f"{name}: {value} is not accepted; accepted: {words}")

    def prices(self) -> NDArray[np.float64]:
        """Return the grid, shape (num_prices,)."""
        steps = np.arange(1, self.num_prices + 1) / self.num_prices
        grid: NDArray[np.float64] = self.cost + (self.highest_valuation - self.cost) * steps
        grid[-1] = self.highest_valuation
        return grid

    def valuations(self, num_buyers: int) -> NDArray[np.float64]:
        """Return what a unit is worth to each buyer, in decreasing order, shape (num_buyers,)."""
        lowest = self.highest_valuation if self.lowest_valuation is None else self.lowest_valuation
        return np.linspace(self.highest_valuation, lowest, num_buyers)

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return how many sellers and buyers there are, in the order of their rows."""
        if self.num_sellers >= num_agents:
            raise ParameterError(
                f"environment.num_sellers: {self.num_sellers} is not accepted; accepted: 1 to {num_agents - 1} "
                f"on a network of {num_agents} agents"
            )
        return {"seller": self.num_sellers, "buyer": num_agents - self.num_sellers}

    def state(self, num_agents: int) -> State:
        """Lay out a market in which nobody has traded yet."""
        num_buyers = num_agents - self.num_sellers
        return State(
            num_sellers=self.num_sellers,
            cost=self.cost,
            search_cost=self.search_cost,
            fewest_quotes=self.fewest_quotes,
            num_quote_choices=self.most_quotes - self.fewest_quotes + 1,
            operating_cost=self.operating_cost,
            entry_cost=self.entry_cost,
            entry=int(self.entry),
            burn_in=self.burn_in,
            prices=constant(self.prices()),
            valuations=constant(self.valuations(num_buyers)),
            clock=np.zeros(1, np.int64),
            price=np.full(self.num_sellers, math.inf),
            sales=np.zeros(self.num_sellers, np.int64),
            sold=np.zeros(self.num_sellers, np.int64),
            others=np.zeros(self.num_sellers, np.int64),
            visited=np.full(num_buyers, -1, np.int64),
            quotes=np.zeros(num_buyers, np.int64),
            repeated=np.full(num_buyers, -1, np.int64),
            visits=np.zeros((num_buyers, self.num_sellers), np.int64),
            totals=np.zeros(parts.NUM_TOTALS),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A seller chooses a price, or to stay out, and sees nothing, or who was in; a buyer sees nothing and chooses
        whom to ask first and how many quotes to get.
        """
        num_buyers = num_agents - self.num_sellers
        if agent_type == "seller":
            labels = tuple(f"price {price:.4g}" for price in self.prices()) + (("stay out",) if self.entry else ())
            facts = {"mean_rewards": self._mean_profits(num_buyers)}
            seen = Discrete(2 * self.num_sellers if self.entry else 1)
            return Specification(Discrete(len(labels), labels), seen, facts)
        numbers = range(self.fewest_quotes, self.most_quotes + 1)
        labels = tuple(f"seller {j}, {k} quotes" for j in range(self.num_sellers) for k in numbers)
        return Specification(Discrete(len(labels), labels), facts={"mean_rewards": self._mean_surpluses(num_buyers)})

    def _chances(self) -> NDArray[np.float64]:
        """Return how likely each price is when a seller acts at random."""
        return np.full(self.num_prices, 1.0 / (self.num_prices + self.entry))

    def _mean_profits(self, num_buyers: int) -> NDArray[np.float64]:
        """Return what each price earns in the first step if all others act at random and all reach all."""
        prices, numbers = self.prices(), range(self.fewest_quotes, self.most_quotes + 1)
        sales = sum(chances_to_sell(self._chances(), k) * k for k in numbers) / (len(numbers) * self.num_sellers)
        demand = (self.valuations(num_buyers) >= prices[:, None]).sum(axis=1)
        profits = (prices - self.cost) * demand * sales
        if self.entry:
            profits = np.append(profits - self.operating_cost - self.entry_cost, 0.0)
        return np.tile(profits, (self.num_sellers, 1))

    def _mean_surpluses(self, num_buyers: int) -> NDArray[np.float64]:
        """Return what each seller and number of quotes is worth to each buyer if sellers act at random."""
        gains = np.maximum(self.valuations(num_buyers)[:, None] - self.prices(), 0.0)
        numbers = range(self.fewest_quotes, self.most_quotes + 1)
        surpluses = [gains @ lowest_of(self._chances(), k) - self.search_cost * (k - 1) for k in numbers]
        return np.tile(np.stack(surpluses, axis=1), (1, self.num_sellers))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the sellers' prices and sales, and the buyers' first seller, quotes and whether they came back."""
        sellers, buyers = np.full(state.price.shape, math.nan), np.full(state.visited.shape, math.nan)
        began = state.clock > 0
        seen = {
            "price": np.where(np.isfinite(state.price), state.price, math.nan),
            "sales": np.where(began, state.sales, math.nan),
        }
        done = {
            "quotes": np.where(began, state.quotes, math.nan),
            "repeated": np.where(state.repeated >= 0, state.repeated, math.nan),
            "seller": np.where(state.visited >= 0, state.visited, math.nan),
        }
        return {
            **{name: np.concatenate([values, buyers], axis=1) for name, values in seen.items()},
            **{name: np.concatenate([sellers, values], axis=1) for name, values in done.items()},
        }

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what became of prices, sales, surpluses, loyalty and entry in the counted steps."""
        total, num_buyers = state.totals.T, state.visited.shape[1]
        with np.errstate(invalid="ignore", divide="ignore"):
            posted = total[parts.PRICES] / total[parts.POSTED]
            possible = (self.valuations(num_buyers) - self.cost).clip(0.0).sum() * total[parts.STEPS]
            return {
                "posted_price": posted,
                "price": total[parts.PAID] / total[parts.BOUGHT],
                "price_dispersion": np.sqrt(total[parts.VARIANCE] / total[parts.POSTED]) / posted,
                "sales_hhi": herfindahl(state.sold),
                "buyer_surplus": total[parts.SURPLUS] / (total[parts.STEPS] * num_buyers),
                "seller_surplus": total[parts.PROFIT] / (total[parts.STEPS] * num_buyers),
                "search_costs": total[parts.SEARCHED] / (total[parts.STEPS] * num_buyers),
                "efficiency": (total[parts.SURPLUS] + total[parts.PROFIT]) / possible,
                "num_quotes": total[parts.QUOTES] / total[parts.VISITS],
                "loyalty": total[parts.REPEATS] / total[parts.CHANCES],
                "sellers_per_buyer": hill_number(state.visits, order=2).mean(axis=1),
                "share_out": total[parts.OUT] / total[parts.PLACES],
                "share_alone": total[parts.ALONE] / total[parts.STEPS],
                "price_alone": total[parts.ALONE_PRICES] / total[parts.ALONE],
            }

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return, with entry, to a seller: whether it was in, and how many others were; else nothing."""
        if not env.entry or i >= env.num_sellers:
            return 0
        num_others = 0
        for j in range(env.num_sellers):
            num_others += j != i and env.price[j] < math.inf
        return 2 * num_others + (1 if env.price[i] < math.inf else 0)

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """A newcomer was not in the market, and is loyal to nobody."""
        if i < env.num_sellers:
            env.price[i] = math.inf
        else:
            env.visited[i - env.num_sellers] = -1

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Sellers post their prices, buyers look around and buy."""
        is_counted = env.clock[0] >= env.burn_in
        post_prices(env, network, actions, rewards, is_counted)
        for i in range(env.num_sellers, actions.shape[0]):
            if is_away(network, i):
                rewards[i] = 0.0
                env.repeated[i - env.num_sellers] = -1
            else:
                shop(env, network, i, actions[i], rewards, is_counted, stream)
        if is_counted:
            for j in range(env.num_sellers):
                env.totals[PROFIT] += rewards[j]
        env.clock[0] += 1


LEARNERS = {"seller": "q_learning:discount=0.0", "buyer": "q_learning:discount=0.0"}


def scenario() -> Scenario:
    """Return five sellers and a hundred buyers who all learn, measured when they have."""
    return Scenario(SearchMarket(burn_in=5000), LEARNERS, "complete:n=105", 10_000, METRICS)


def small() -> Scenario:
    """Return three sellers who may stay out and five buyers on a network, for a few steps."""
    market = SearchMarket(
        num_sellers=3, num_prices=4, lowest_valuation=1.4, entry=True, operating_cost=0.1, entry_cost=0.2, burn_in=5
    )
    return Scenario(market, LEARNERS, "watts_strogatz:n=8,k=4,p=0.3", 30, METRICS)
