"""Sellers who learn to price (repeated Bertrand and Cournot competition; Calvano et al. 2020).

In each period n sellers choose one of m steps of a grid, from the most competitive to the most collusive,

    x_k = xN - xi (xM - xN) + k (1 + 2 xi) (xM - xN) / (m - 1),    k = 0 .. m - 1,

between the static Nash equilibrium xN and the joint monopoly xM of their market
(`socialsim.environments.pricing.demand`: logit, linear or Cournot demand, with unequal costs and qualities). Each is
paid its profit and sees the steps of the last periods as one number,

    o = sum_l sum_j d_{l,j} b^(l n + j),    d_{l,j} the step of seller j, l + 1 periods ago; b the number of steps,

on a network only those of itself and its in-neighbours (others count as 0). Nobody can talk: prices above Nash that
survive are **tacit collusion**, and the profit gain

    Delta = (pi - piN) / (piM - piN)                                                        ([Calvano2020]_)

is 0 at Nash and 1 at the joint monopoly. It is measured where play ends up when nobody explores or learns any more
(`socialsim.environments.pricing.cycles`), and what holds it up by forcing a deviation
(`socialsim.environments.pricing.deviations`).

With **sequential** moves one seller after the other may change its price, the others stay committed
([MaskinTirole1988]_, [Klein2021]_); o then also says whose turn it is. With **entry** there is one step more, to stay
out: it sells and costs nothing, but coming back costs ``entry_cost`` and each period in the market ``fixed_cost``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import pydantic
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.scenario import Scenario
from socialsim.environments.pricing.cycles import outcomes_of_cycles
from socialsim.environments.pricing.demand import Competition, Market
from socialsim.environments.pricing.facts import (
    choices_of_steps,
    committed_steps,
    grid_with_out,
    listed,
    profits_against_random,
)
from socialsim.environments.pricing.layout import KINDS, SIGHTS, State
from socialsim.environments.pricing.metrics import METRICS
from socialsim.environments.pricing.selling import look, see, sell
from socialsim.environments.pricing.windows import outcomes_of_windows, windows_of

MOST_OBSERVATIONS = 1 << 18
SHOWN = {"prices": "prices", "lowest": "own and lowest price", "payoffs": "payoff of each action"}
NEGLIGIBLE = 1e-9  # difference between Nash and monopoly, relative


class Pricing(Environment):
    """Sellers of differentiated goods who choose prices, or quantities, again and again.

    Examples
    --------
    >>> pricing = Pricing()
    >>> market = pricing.market(2)
    >>> market.nash().round(5).tolist(), market.monopoly().round(5).tolist()
    ([1.47293, 1.47293], [1.92498, 1.92498])
    >>> pricing.specification("seller", 2).num_observations
    225
    >>> Pricing(costs=[1.0, -1.0])
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: costs: seller 1 has -1.0; accepted: numbers >= 0
    """

    competition: Competition = parameter("logit", "demand, and whether prices or (cournot) quantities are chosen")
    costs: tuple[float, ...] = parameter((1.0,), "marginal cost: one for all, or one a seller", unit="money")
    qualities: tuple[float, ...] = parameter((2.0,), "quality: one for all, or one a seller", unit="money")
    differentiation: float = parameter(0.25, "mu of logit demand", unit="money", gt=0)
    outside: float = parameter(0.0, "utility of buying nothing in logit demand", unit="money")
    outside_spread: float = parameter(
        0.0, "by how much that utility is higher or lower, at random each period", unit="money", ge=0
    )
    substitution: float = parameter(0.5, "gamma of linear and Cournot demand", ge=0, le=1)
    num_prices: int = parameter(15, "steps of the grid", ge=2, le=1000)
    overshoot: float = parameter(0.1, "xi: how far the grid goes beyond Nash and monopoly", ge=0, le=1)
    memory: int = parameter(1, "periods that sellers remember", unit="periods", ge=0, le=2)
    observation: Literal["prices", "lowest", "payoffs"] = parameter(
        "prices", "what sellers see: all steps; their own and the lowest other; what each step would have paid"
    )
    moves: Literal["simultaneous", "sequential"] = parameter("simultaneous", "whether all move at once or in turn")
    entry: bool = parameter(False, "whether sellers may stay out of the market")
    entry_cost: float = parameter(0.0, "cost of coming into the market", unit="money", ge=0)
    fixed_cost: float = parameter(0.0, "cost of being in it", unit="money per period", ge=0)
    discount: float = parameter(0.95, "discount factor by which best responses are judged", ge=0, lt=1)
    num_rivals: int = parameter(0, "how many of the sellers, the last ones, have a learner of their own", ge=0)

    agent_types: ClassVar[tuple[str, ...]] = ("seller", "rival")
    default_learners: ClassVar[Mapping[str, str]] = {"rival": "uniform_random"}
    source: ClassVar[str] = "Calvano, Calzolari, Denicolo & Pastorello 2020, American Economic Review 110:3267-3297"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_price",
        "series_label": "price",
        "agent": "average_profit",
        "agent_label": "profit in the later half [per period]",
    }

    @pydantic.field_validator("costs", "qualities", mode="before")
    @classmethod
    def _of_all(cls, value: Any) -> Any:
        """Take one number for that of all sellers."""
        return (float(value),) if isinstance(value, (int, float)) and not isinstance(value, bool) else value

    def model_post_init(self, context: Any) -> None:
        """Refuse numbers that make no market."""
        for name, values in (("costs", self.costs), ("qualities", self.qualities)):
            if not values:
                raise ParameterError(f"{name}: () is empty; accepted: one number for all, or one a seller")
        for seller, cost in enumerate(self.costs):
            if cost < 0:
                raise ParameterError(f"costs: seller {seller} has {cost}; accepted: numbers >= 0")
        if self.competition == "linear" and self.substitution == 1:
            raise ParameterError("substitution: 1 is not accepted for linear demand; accepted: a float, >= 0, < 1")
        if self.competition != "logit" and self.outside_spread:
            raise ParameterError(
                f"outside_spread: {self.outside_spread} is not accepted for {self.competition} demand; accepted: 0"
            )
        if self.moves == "sequential" and self.observation != "prices":
            raise ParameterError(
                f"observation: {self.observation!r} is not accepted with sequential moves; accepted: 'prices'"
            )
        if self.moves == "sequential" and self.memory != 1:
            raise ParameterError(f"memory: {self.memory} is not accepted with sequential moves; accepted: 1")
        if not self.entry and (self.entry_cost or self.fixed_cost):
            raise ParameterError("entry_cost, fixed_cost: nobody can stay out; accepted: with entry=true")

    @property
    def num_steps(self) -> int:
        """How many actions a seller has: the steps of the grid and, with entry, staying out."""
        return self.num_prices + self.entry

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return the rivals last."""
        if self.num_rivals > num_agents:
            raise ParameterError(f"num_rivals: {self.num_rivals} of {num_agents} sellers; accepted: 0 to {num_agents}")
        return {"seller": num_agents - self.num_rivals, "rival": self.num_rivals}

    def market(self, num_sellers: int) -> Market:
        """Return the market of so many sellers."""
        if num_sellers < 2:
            raise ParameterError(f"network: {num_sellers} seller has nobody to compete with; accepted: 2 or more")
        return Market(
            self.competition,
            _one_each("costs", self.costs, num_sellers),
            _one_each("qualities", self.qualities, num_sellers),
            self.differentiation,
            self.outside,
            self.outside_spread,
            self.substitution,
        )

    def grid(self, num_sellers: int) -> NDArray[np.float64]:
        """Return what each seller may choose, shape (num_sellers, num_prices), from competitive to collusive."""
        market = self.market(num_sellers)
        nash, monopoly = market.nash(), market.monopoly()
        if np.isclose(nash, monopoly, rtol=NEGLIGIBLE, atol=0.0).any():
            raise ParameterError(
                "costs, qualities, substitution: a seller competes with nobody or sells nothing, Nash is monopoly; "
                "accepted: goods that compete and that somebody buys"
            )
        steps = np.linspace(-self.overshoot, 1.0 + self.overshoot, self.num_prices)
        grid = nash[:, None] + (monopoly - nash)[:, None] * steps
        if grid.min() < 0.0 or market.prices(grid.max(axis=1)).min() < 0.0:
            raise ParameterError(
                f"overshoot: {self.overshoot} leads to prices or quantities below 0; accepted: a smaller one"
            )
        return grid

    def state(self, num_agents: int) -> State:
        """Lay out the market; `initialise` draws what sellers remember at first."""
        n, market, num_steps = num_agents, self.market(num_agents), self.num_steps
        num_digits = max(self.memory, 1) * (2 if self.observation == "lowest" else n)
        has_numbers = self.observation != "payoffs"
        grid, profits = grid_with_out(self, n), listed(self, n).profits
        is_logit = self.competition == "logit"
        utilities = (market.qualities - self.outside)[:, None] - grid if is_logit else np.zeros_like(grid)
        return State(
            kind=KINDS[self.competition],
            sight=SIGHTS[self.observation],
            num_prices=self.num_prices,
            num_steps=num_steps,
            memory=self.memory,
            is_sequential=int(self.moves == "sequential"),
            is_simple=int(
                profits.shape[1] > 0
                and (self.memory, self.observation, self.moves) == (1, "prices", "simultaneous")
                and not (self.entry or self.outside_spread)
            ),
            powers=constant(num_steps ** np.arange(num_digits + 1 if has_numbers else 1, dtype=np.int64)),
            grid=constant(grid),
            weights=constant(np.exp(utilities / self.differentiation)),
            outside=constant(np.exp(self.outside_spread * np.array([-1.0, 1.0]) / self.differentiation)),
            has_spread=int(self.outside_spread > 0),
            costs=constant(market.costs),
            qualities=constant(market.qualities),
            substitution=self.substitution,
            entry_cost=self.entry_cost,
            fixed_cost=self.fixed_cost,
            history=np.zeros((max(self.memory, 1), n), np.int64),
            visible=np.zeros((n, n), np.int8),
            seen=np.zeros(n, np.int64),
            turn=np.zeros(1, np.int64),
            places=constant((self.num_prices + 1) ** np.arange(n, dtype=np.int64)),
            listed_profits=constant(profits),
            selling=np.zeros(n, np.int64),
            quantities=np.zeros(n),
            trial_quantities=np.zeros(n),
            forgone=np.zeros((0, 0) if has_numbers else (n, num_steps)),
            num_periods=np.zeros(1, np.int64),
            window_start=np.zeros(2, np.int64),
            num_visits=np.zeros((2, profits.shape[1]), np.int64),
            profit_sums=np.zeros((2, n)),
            quantity_sums=np.zeros((2, n)),
            num_out=np.zeros((2, n), np.int64),
            surplus_sums=np.zeros(2),
            surplus_factor=np.ones(1),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A seller chooses a step of its grid; it knows what steps pay against rivals who act at random."""
        n, collusion = num_agents, (self.num_prices - 1) / (1 + 2 * self.overshoot)
        labels = tuple(f"{value:.4g}" for value in self.grid(n).mean(axis=0)) + ("out",) * self.entry
        actions = Discrete(self.num_steps, labels)
        mean_profits, profit_range = profits_against_random(self, n)
        first, count = (0, n - self.num_rivals) if agent_type == "seller" else (n - self.num_rivals, self.num_rivals)
        market = self.market(n)
        competitive = market.profits(market.nash()) - self.fixed_cost
        facts = {
            "competitive_rewards": competitive[first : first + count],  # buyers pay for what exceeds them
            "mean_rewards": mean_profits[first : first + count],
            "reward_range": profit_range,
            "first_seller": first,
            "observation": SHOWN[self.observation],
            "payoffs_by": "environment.observation=payoffs",
            "discrete_by": "environment.observation=prices or lowest",
            "num_prices": self.num_steps,
            "num_sellers": n,
            "memory": self.memory,
            "nash_price_index": round(self.overshoot * collusion),
            "monopoly_price_index": round((1 + self.overshoot) * collusion),
        }
        if self.observation == "payoffs":
            return Specification(actions, Box(shape=(self.num_steps,)), facts)
        num_digits = (2 if self.observation == "lowest" else n) * self.memory
        num_observations = self.num_steps**num_digits * (n if self.moves == "sequential" else 1)
        if num_observations > MOST_OBSERVATIONS:
            raise ParameterError(
                f"memory, num_prices: {n} sellers would see one of {num_observations} situations; accepted: at most "
                f"{MOST_OBSERVATIONS}, as with observation=lowest"
            )
        if self.moves == "sequential":
            facts["committed"] = committed_steps(n, self.num_steps)[first : first + count]
        return Specification(actions, Discrete(num_observations), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each seller's present price (NaN out of the market), its profit a period and the share of periods that
        it stayed out, both over the later half of the run or more.
        """
        windows, steps = windows_of(self, state), state.history[:, 0]
        prices = self.market(steps.shape[1]).prices(choices_of_steps(self, steps))
        sells = (state.num_periods > 0) & (steps < self.num_prices)
        columns = {"price": np.where(sells, prices, math.nan), "average_profit": windows.profits}
        return columns | {"share_out": windows.share_out} if self.entry else columns

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what sellers and buyers had over the later half of the run or more."""
        return outcomes_of_windows(self, state)

    def outcomes_of_policies(self, state: State, policies: Mapping[str, NDArray[np.int64]]) -> dict[str, NDArray[Any]]:
        """Return the limit cycle to which play by the sellers' policies leads."""
        return outcomes_of_cycles(self, state, np.concatenate(list(policies.values()), axis=1))

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Let every seller remember random steps; a random seller is the first to move."""
        n = env.seen.shape[0]
        for m in range(env.history.shape[0]):
            for i in range(n):
                env.history[m, i] = integer(stream, env.num_steps)
        if env.is_sequential:
            env.turn[0] = integer(stream, n)
        look(env, network)
        see(env, network)

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Return the number of what seller i remembers, or fill in what each step would have paid it."""
        if out is None:
            return env.seen[i]
        for k in range(env.forgone.shape[1]):
            out[k] = env.forgone[i, k]
        return 0

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Sell, pay and remember."""
        sell(env, network, actions, rewards, stream)


def _one_each(name: str, values: tuple[float, ...], num_sellers: int) -> NDArray[np.float64]:
    if len(values) not in (1, num_sellers):
        raise ParameterError(f"{name}: {len(values)} numbers for {num_sellers} sellers; accepted: 1 or {num_sellers}")
    return np.broadcast_to(np.array(values), num_sellers).copy()


def scenario() -> Scenario:
    """Return the baseline of Calvano et al.: two Q-learners until neither's strategy has changed for 100,000
    periods.
    """
    learner = "q_learning:alpha=0.15,discount=0.95,epsilon=1.0,beta=4e-6,initial_value=uniform_rivals,patience=100000"
    return Scenario(Pricing(), {"seller": learner}, "complete:n=2", 20_000_000, METRICS)


def small() -> Scenario:
    """Return a short market of coarse prices."""
    learner = "q_learning:alpha=0.3,discount=0.9,epsilon=1.0,beta=0.02,initial_value=uniform_rivals,patience=20"
    return Scenario(Pricing(num_prices=4), {"seller": learner}, "complete:n=2", 300, METRICS)
