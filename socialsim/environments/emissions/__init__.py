"""Firms that pollute, and a tax or a market for permits that is switched on (institutions that change incentives).

Each of n firms earns the same and emits one unit a step, of which it may abate a share a_i at the cost (g_i / 2) a_i^2;
the slopes g_i of marginal costs lie evenly from ``lowest_slope`` to ``highest_slope``. A unit emitted does the damage d
to others, so that welfare and a firm's profit without any rule are

    W = sum_i [e - (g_i / 2) a_i^2 - d (1 - a_i)],    pi_i = e - (g_i / 2) a_i^2.

Nobody abates, although marginal damage exceeds the marginal cost of the first unit. From the step ``rule_from`` on

- ``tax``: a firm pays t for each unit that it emits. To abate until g_i a_i = t is dominant, so that t = d restores
  the optimum ([Pigou1920]_).
- ``cap_and_trade``: emissions need permits, ``cap`` for each firm: given to all firms alike, to the half with the lower
  or the higher costs, or sold at auction. The share that a firm chooses is what it abates in any case. Then permits are
  traded in a call market at one price p, where everybody bids and asks its marginal costs: a firm would rather abate
  a further unit than hold a permit for it where the unit costs less than p. In the end

      a_i(p) = max(chosen a_i, min(p / g_i, 1)),    p the lowest with sum_i a_i(p) >= n - permits,                  (1)

  and a firm pays p for each unit beyond the permits that it was given, or is paid p for each that it does not need.

(1) does not ask who was given the permits. If nobody has chosen more than p / g_i marginal costs are equal among all
who emit: the cap is kept at the least cost, whatever the allocation ([Montgomery1972]_), and to choose more never pays
those who take p as given. Buyers who notice that it lowers p choose more, the more so the fewer firms there are and the
fewer permits they were given: then the allocation matters ([Hahn1984]_). With equal totals tax and permits do the same
here; they differ if costs are uncertain when the rule is made, and then a tax is better where, as here, damage is
linear and marginal cost rises ([Weitzman1974]_).

By default the tax is d and the cap is the optimum of `socialsim.environments.emissions.theory`. Firms see nothing, or
what each share would have paid in the step before (``observation = "payoffs"``). Welfare is measured over the steps
before the rule and under it, without the first ``burn_in`` of both; of a time that ends within these, as when all
agents settle, the last step is measured. The network says only how many firms there are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments.emissions import mechanics as parts
from socialsim.environments.emissions.measures import METRICS
from socialsim.environments.emissions.mechanics import (
    NONE,
    State,
    abatement,
    count,
    price_emissions,
    profit,
)
from socialsim.environments.emissions.theory import abatement_cost, best_abatement, least_cost

RULES = ("none", "tax", "cap_and_trade")


class Emissions(Environment):
    """Firms that learn how much to emit, under a rule or none.

    Examples
    --------
    >>> Emissions(lowest_slope=1.0, highest_slope=4.0).slopes(4).tolist()
    [1.0, 2.0, 3.0, 4.0]
    >>> round(Emissions().best_emissions(20), 4)  # of a firm, in the mean
    0.6233
    >>> Emissions(lowest_slope=5.0)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: lowest_slope: 5.0 is not accepted; accepted: at most highest_slope, 4.0
    """

    rule: Literal["none", "tax", "cap_and_trade"] = parameter("tax", "rule that is switched on")
    rule_from: int = parameter(10_000, "first step under the rule", unit="steps", ge=0)
    tax: float | None = parameter(None, "tax; the damage, if not given", unit="money per unit emitted", ge=0)
    cap: float | None = parameter(
        None, "permits; the best emissions, if not given", unit="units per firm and step", ge=0, le=1
    )
    allocation: Literal["equal", "cheap", "costly", "auction"] = parameter(
        "equal", "who gets the permits: all firms, the half with low or with high costs of abatement, or who buys them"
    )
    damage: float = parameter(0.8, "damage d to others", unit="money per unit emitted", ge=0)
    lowest_slope: float = parameter(1.0, "lowest slope g of a firm's marginal cost of abatement", unit="money", gt=0)
    highest_slope: float = parameter(4.0, "highest slope g", unit="money", gt=0)
    earnings: float = parameter(3.0, "what a firm earns before all costs", unit="money per step", ge=0)
    num_levels: int = parameter(11, "shares from 0 to 1 that a firm may choose to abate", ge=2, le=1000)
    observation: Literal["nothing", "payoffs"] = parameter(
        "nothing", "what firms see: nothing, or what each share would have paid in the last step"
    )
    burn_in: int = parameter(0, "steps that the measures leave out at first and after the switch", unit="steps", ge=0)

    source: ClassVar[str] = "Pigou 1920, The Economics of Welfare; Montgomery 1972, J. Economic Theory 5:395"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_emissions",
        "series_label": "emissions of a firm",
        "agent": "marginal_cost",
        "agent_label": "marginal cost of abatement",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse slopes in the wrong order."""
        if self.lowest_slope > self.highest_slope:
            raise ParameterError(
                f"lowest_slope: {self.lowest_slope} is not accepted; accepted: at most highest_slope, "
                f"{self.highest_slope}"
            )

    def slopes(self, num_firms: int) -> NDArray[np.float64]:
        """Return g_i of each firm, in increasing order, shape (num_firms,)."""
        return np.linspace(self.lowest_slope, self.highest_slope, num_firms)

    def levels(self) -> NDArray[np.float64]:
        """Return the shares that a firm may choose to abate, shape (num_levels,)."""
        return np.arange(self.num_levels) / (self.num_levels - 1)

    def best_emissions(self, num_firms: int) -> float:
        """Return the mean emissions of a firm that are best for all."""
        return float(1.0 - best_abatement(self.damage, self.slopes(num_firms)).mean())

    def best_welfare(self, num_firms: int) -> float:
        """Return the largest welfare, per firm and step."""
        best, slopes = best_abatement(self.damage, self.slopes(num_firms)), self.slopes(num_firms)
        cost = float(abatement_cost(best, slopes)) / num_firms
        return self.earnings - cost - self.damage * self.best_emissions(num_firms)

    def permits(self, num_firms: int) -> float:
        """Return how many permits there are for each firm."""
        return self.best_emissions(num_firms) if self.cap is None else self.cap

    def given(self, num_firms: int) -> NDArray[np.float64]:
        """Return how many permits each firm is given, shape (num_firms,)."""
        rank, half = np.arange(num_firms), (num_firms + 1) // 2
        chosen = {"equal": rank >= 0, "cheap": rank < half, "costly": rank >= num_firms - half, "auction": rank < 0}
        shares = chosen[self.allocation] / max(1, chosen[self.allocation].sum())
        return np.asarray(self.permits(num_firms) * num_firms * shares)

    def state(self, num_agents: int) -> State:
        """Lay out firms that have abated nothing yet."""
        rule = RULES.index(self.rule)
        return State(
            rule=rule,
            rule_from=self.rule_from,
            damage=self.damage,
            tax=self.damage if self.tax is None else self.tax,
            earnings=self.earnings,
            auctioned=self.permits(num_agents) if self.allocation == "auction" else 0.0,
            burn_in=self.burn_in,
            levels=constant(self.levels()),
            slopes=constant(self.slopes(num_agents)),
            allocation=constant(self.given(num_agents)),
            clock=np.zeros(1, np.int64),
            in_force=np.full(1, NONE if self.rule_from else rule),
            present=np.ones(num_agents, np.int64),
            planned=np.zeros(num_agents),
            abated=np.zeros(num_agents),
            price=np.zeros(1),
            totals=np.zeros((2, parts.NUM_TOTALS)),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A firm sees nothing, or what each share would have paid, and chooses which share to abate."""
        levels = self.levels()
        actions = Discrete(self.num_levels, tuple(f"abate {level:.3g}" for level in levels))
        facts: dict[str, Any] = {}
        if self.rule_from or self.rule != "cap_and_trade":  # else profits depend on what all the others do
            tax = 0.0 if self.rule_from or self.rule == "none" else self.state(num_agents).tax
            cost = 0.5 * self.slopes(num_agents)[:, None] * levels * levels
            facts["mean_rewards"] = self.earnings - cost - tax * (1.0 - levels)
        if self.observation == "nothing":
            return Specification(actions, facts=facts)
        facts["observation"] = "payoff of each action"
        return Specification(actions, Box(shape=(self.num_levels,)), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each firm's emissions and marginal cost of abatement, and the price of emissions."""
        is_here = state.present > 0
        price = np.broadcast_to(state.price, state.abated.shape)
        return {
            "emissions": np.where(is_here, 1.0 - state.abated, math.nan),
            "marginal_cost": np.where(is_here, state.slopes * state.abated, math.nan),
            "price": price,
        }

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what became of welfare, emissions, costs and prices; amounts are per firm and step."""
        num_firms = state.planned.shape[1]
        best, none = self.best_welfare(num_firms), self.earnings - self.damage
        found: dict[str, NDArray[Any]] = {}
        with np.errstate(invalid="ignore", divide="ignore"):
            for row, when in enumerate(("before", "after")):
                total = state.totals[:, row].T
                cost, emitted = total[parts.COST] / total[parts.FIRMS], total[parts.EMITTED] / total[parts.FIRMS]
                welfare = self.earnings - cost - self.damage * emitted
                found |= {
                    f"welfare_{when}": welfare,
                    f"gain_{when}": (welfare - none) / (best - none)
                    if best > none
                    else np.full_like(welfare, math.nan),
                    f"emissions_{when}": emitted,
                }
            least = least_cost(np.nan_to_num(1.0 - emitted) * num_firms, self.slopes(num_firms)) / num_firms
            return found | {
                "cost_ratio": cost / np.where(least > 0.0, least, math.nan),
                "emission_price": total[parts.PRICE] / total[parts.STEPS],
                "revenue": total[parts.REVENUE] / total[parts.FIRMS],
                "permits_traded": total[parts.TRADED] / total[parts.FIRMS],
            }

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Show what each share would have paid, the others staying; 0 where nothing is shown."""
        if out is not None:
            chosen, was_present = env.planned[i], env.present[i]
            env.present[i] = 1
            for k in range(env.levels.shape[0]):
                env.planned[i] = env.levels[k]
                out[k] = profit(env, i, price_emissions(env))
            env.planned[i], env.present[i] = chosen, was_present
        return 0

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Firms abate as planned, the rule sets a price, and everybody pays."""
        env.in_force[0] = env.rule if env.clock[0] >= env.rule_from else NONE
        for i in range(actions.shape[0]):
            env.present[i] = 0 if is_away(network, i) else 1
            env.planned[i] = env.levels[actions[i]]
        price = price_emissions(env)
        for i in range(actions.shape[0]):
            env.abated[i] = abatement(env, i, price)
            rewards[i] = profit(env, i, price) if env.present[i] else 0.0
        env.price[0] = price
        count(env, price)
        env.clock[0] += 1


LEARNER = "q_learning:discount=0.0,epsilon=0.05,initial_value=3.0"  # at first any share seems as good as earnings


def scenario() -> Scenario:
    """Return twenty Q-learning firms that come under a tax when they have learned to pollute."""
    return Scenario(
        Emissions(burn_in=5000),
        "q_learning:discount=0.0,epsilon=0.05,initial_value=3.0",
        "complete:n=20",
        20_000,
        METRICS,
    )


def small() -> Scenario:
    """Return five firms for a few steps, under a market for permits from the tenth on."""
    market = Emissions(rule="cap_and_trade", rule_from=10, allocation="cheap", num_levels=5, burn_in=2)
    return Scenario(market, LEARNER, "complete:n=5", 30, METRICS)
