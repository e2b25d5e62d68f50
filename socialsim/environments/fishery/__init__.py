"""Fishers who share a stock, and the rules by which they may keep it (the aggregate commons).

N agents fish one stock. In every step agent i chooses an effort e_i in {0, 1/(m-1), ..., 1}. All amounts are per agent:
the whole stock is N x and the catchability of one agent q/N, so that for any N, and in the limit,

    h_i = (q/N) e_i (N x) = q e_i x            catch of agent i [Schaefer1957]_, at most the stock all together
    x <- x + z G(x) - q e x,    G(x) = r x [1 - (x/K)^theta]        e: mean effort, z: shock of mean 1
    profit_i = p h_i - c e_i                                                                          [Gordon1954]_

One agent's own effort moves the stock by a 1/N-th of what the mean effort does: what it leaves, the others take. With N
large nobody has a reason to spare the stock; it falls until x = c/(p q), where fishing pays nothing, although all
together could earn the profit of x = (K + c/(p q))/2 for ever. `socialsim.environments.fishery.theory` has these
equilibria and those in between.

The cost of effort is what it would earn elsewhere, so that the reward, c (1 - e_i) + p h_i, is the profit plus the same
c for all. Rules that a community may give itself ([Ostrom1990]_, chapter 3), none in force by default:

- **quota**: a catch above it in a step is an offence, which by itself has no consequence;
- **monitoring**: an agent is watched with some chance in each step; watching costs, and somebody pays for it;
- **graduated sanctions**: who is watched in an offence pays f g^k, where k earlier offences are remembered, M at most;
  at M it is also excluded from fishing for some steps. One offence is forgotten after some steps without another;
- **tax**: a share of the value of each catch, which all in the fishery get back in equal parts;
- **communication**: agents see what their neighbours on the network did (the observation), and a learner may say what
  it intends and what it took (`socialsim.learning.conditional_cooperator`);
- **exit**: a further action, to stay out of the fishery for the step for some pay.

Nobody pays more in a step than it has: rewards are never negative. An agent observes the class of the stock, its own
remembered offences, and the class of its neighbours' mean effort, as one number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Discrete, Environment, Specification
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments._stocks import catch, growth, rationing, stock_class
from socialsim.environments.fishery import mechanics as parts
from socialsim.environments.fishery.measures import (
    collapse_rate,
    compliance,
    dissipation,
    efficiency,
    equality,
    final_stock,
    mean_stock,
    sanction_rate,
    sustainability,
)
from socialsim.environments.fishery.mechanics import (
    EVERYONE,
    OFFENDERS,
    OUT,
    ROUNDING,
    choose_efforts,
    count_catch,
    count_step,
    draw_shock,
    forget,
    is_watched,
    levy,
    look_around,
    punish,
    sanction_class,
    share_out,
)
from socialsim.environments.fishery.theory import nash, social_optimum
from socialsim.metrics.inequality import gini

PAYERS = ("outside", "everyone", "offenders")


class State(NamedTuple):
    """What a replication holds."""

    growth_rate: float
    growth_shape: float
    growth_noise: float
    capacity: float
    initial_stock: float
    catchability: float
    price: float
    cost: float
    num_efforts: int
    quota: float  # infinite without one
    tax: float
    monitoring: float
    monitoring_cost: float
    payer: int
    fine: float
    fine_growth: float
    max_offences: int
    forgetting: int
    exclusion: int
    exit_pay: float
    num_stock_classes: int
    num_sanction_classes: int
    num_neighbour_classes: int
    burn_in: int
    best_profit: float  # largest sustainable profit, per agent and step
    collapse_below: float
    stock: NDArray[np.float64]  # (1,), x, per agent
    lowest: NDArray[np.float64]  # (1,), lowest stock in a counted step
    clock: NDArray[np.int64]  # (1,), steps so far
    effort: NDArray[np.float64]  # (num_agents,), of the last step
    around: NDArray[np.float64]  # (num_agents,), mean effort of those whom one hears, of the last step
    caught: NDArray[np.float64]  # (num_agents,), all catches of the counted steps
    offences: NDArray[np.int64]  # (num_agents,), that are remembered
    quiet: NDArray[np.int64]  # (num_agents,), steps since the last offence was found or forgotten
    excluded: NDArray[np.int64]  # (num_agents,), steps for which it may not fish
    inside: NDArray[np.int8]  # (num_agents,), whether it was in the fishery in the last step
    totals: NDArray[np.float64]  # (num_totals,), see `socialsim.environments.fishery.mechanics`


class Fishery(Environment):
    """A stock that all may fish, under rules or none.

    Examples
    --------
    >>> Fishery(price=2.0).efforts()
    (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    """

    growth_rate: float = parameter(0.4, "intrinsic growth rate r", unit="per step", gt=0, le=2)
    growth_shape: float = parameter(1.0, "theta of theta-logistic growth; 1 is logistic", gt=0, le=10)
    growth_noise: float = parameter(0.0, "standard deviation of the log of the shocks to growth", ge=0, le=1)
    capacity: float = parameter(1.0, "carrying capacity K", unit="stock per agent", gt=0)
    initial_stock: float = parameter(1.0, "stock at first, as a share of the capacity", gt=0, le=1)
    catchability: float = parameter(
        0.5, "share q of the stock that all take who fish with effort 1; q/N is one agent's", unit="per effort", gt=0
    )
    price: float = parameter(1.0, "price p of the catch", unit="money per stock", gt=0)
    cost: float = parameter(0.1, "cost c of effort: what it would earn elsewhere", unit="money per effort", ge=0)
    num_efforts: int = parameter(6, "levels of effort from 0 to 1", ge=2, le=1000)

    quota: float | None = parameter(None, "largest lawful catch; none if not given", unit="stock per step", ge=0)
    tax: float = parameter(0.0, "share of the value of a catch that is paid out again to all alike", ge=0, le=1)
    monitoring: float = parameter(0.0, "chance that an agent is watched", unit="per step", ge=0, le=1)
    monitoring_cost: float = parameter(0.0, "cost of watching an agent", unit="money", ge=0)
    monitoring_payer: Literal["outside", "everyone", "offenders"] = parameter(
        "everyone", "who pays for it: nobody here, all in the fishery alike, those found in an offence each their own"
    )
    fine: float = parameter(0.0, "fine f for an offence where none is remembered", unit="money", ge=0)
    fine_growth: float = parameter(1.0, "factor g of the fine for each remembered offence", ge=1, le=1000)
    max_offences: int = parameter(3, "most offences M that are remembered", ge=1, le=20)
    forgetting: int = parameter(0, "steps without a found offence after which one is forgotten; 0: never", ge=0)
    exclusion: int = parameter(0, "steps without fishing for who reaches M offences or offends again", ge=0)
    exit_pay: float | None = parameter(
        None, "pay for staying out of the fishery; no such action if not given", unit="money per step", ge=0
    )

    num_stock_classes: int = parameter(10, "classes of the stock that agents tell apart", ge=1, le=1000)
    num_neighbour_classes: int = parameter(3, "classes of the neighbours' last mean effort; 1: unseen", ge=1, le=100)
    burn_in: int = parameter(0, "first steps, which the measures leave out", unit="steps", ge=0)
    collapse_below: float = parameter(0.1, "share of the capacity below which the stock has collapsed", ge=0, le=1)

    source: ClassVar[str] = "Gordon 1954, J. Political Economy 62:124-142; Schaefer 1957; Ostrom 1990"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_stock",
        "series_label": "stock / capacity",
        "agent": "catch",
        "agent_label": "catch in the counted steps",
    }

    def efforts(self) -> tuple[float, ...]:
        """Return the levels of effort."""
        return tuple(k / (self.num_efforts - 1) for k in range(self.num_efforts))

    def nearest(self, effort: float) -> int:
        """Return the action whose effort is nearest to some effort.

        Examples
        --------
        >>> Fishery().nearest(0.32)
        2
        """
        return min(range(self.num_efforts), key=lambda k: abs(self.efforts()[k] - effort))

    def state(self, num_agents: int) -> State:
        """Lay out a stock that nobody has fished yet."""
        constants: dict[str, Any] = {name: value for name, value in self if name in State._fields}
        constants["initial_stock"] = self.initial_stock * self.capacity
        constants["quota"] = math.inf if self.quota is None else self.quota
        constants["exit_pay"] = 0.0 if self.exit_pay is None else self.exit_pay
        return State(
            **constants,
            payer=PAYERS.index(self.monitoring_payer),
            num_sanction_classes=self._num_sanction_classes(),
            best_profit=social_optimum(self).profit,
            stock=np.full(1, self.initial_stock * self.capacity),
            lowest=np.full(1, self.initial_stock * self.capacity),
            clock=np.zeros(1, np.int64),
            effort=np.zeros(num_agents),
            around=np.zeros(num_agents),
            caught=np.zeros(num_agents),
            offences=np.zeros(num_agents, np.int64),
            quiet=np.zeros(num_agents, np.int64),
            excluded=np.zeros(num_agents, np.int64),
            inside=np.zeros(num_agents, np.int8),
            totals=np.zeros(parts.NUM_TOTALS),
        )

    def _num_sanction_classes(self) -> int:
        """Return how many classes of one's own record there are: one where nobody can be sanctioned."""
        if self.quota is None or self.monitoring == 0.0:
            return 1
        return self.max_offences + (2 if self.exclusion else 1)

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees stock, own record and neighbours, each as a class, and chooses an effort or stays out; learners
        may know which efforts are nearest to the social optimum and to the Nash equilibrium.
        """
        labels = tuple(f"effort {effort:.3g}" for effort in self.efforts())
        labels += ("stay out",) if self.exit_pay is not None else ()
        size = self.num_stock_classes * self._num_sanction_classes() * self.num_neighbour_classes
        facts = {
            "restrained_action": self.nearest(social_optimum(self).effort),
            "unrestrained_action": self.nearest(nash(self, num_agents).effort),
        }
        return Specification(Discrete(len(labels), labels), Discrete(size), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's last effort, its catch, and its remembered offences; and the stock, the same for all."""
        stock = np.broadcast_to(state.stock / state.capacity, state.effort.shape)
        return {"stock": stock, "effort": state.effort, "catch": state.caught, "offences": state.offences}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what became of the stock, of profits and of the rules; amounts of money per agent and step."""
        total, num_agents = state.totals.T, state.effort.shape[1]
        with np.errstate(invalid="ignore", divide="ignore"):
            steps, agent_steps = total[parts.STEPS], total[parts.STEPS] * num_agents
            profit, monitoring = total[parts.PROFIT] / agent_steps, total[parts.MONITORING] / agent_steps
            best = state.best_profit if state.best_profit > 0.0 else math.nan
            return {
                "final_stock": state.stock[:, 0] / state.capacity,
                "mean_stock": total[parts.STOCK] / steps / state.capacity,
                "lowest_stock": state.lowest[:, 0] / state.capacity,
                "collapsed": (state.lowest[:, 0] < state.collapse_below * state.capacity).astype(np.int64),
                "mean_effort": total[parts.EFFORT] / agent_steps,
                "mean_catch": total[parts.CATCH] / agent_steps,
                "profit": profit,
                "monitoring_cost": monitoring,
                "fines": total[parts.FINES] / agent_steps,
                "efficiency": (profit - monitoring) / best,
                "equality": 1.0 - gini(state.caught),
                "sustainability": total[parts.TIMED_CATCH] / total[parts.ANY_CATCH],
                "num_inside": total[parts.INSIDE].astype(np.int64),
                "num_within": total[parts.WITHIN].astype(np.int64),
                "num_sanctions": total[parts.SANCTIONS].astype(np.int64),
                "num_out": total[parts.OUT].astype(np.int64),
            }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Begin with the initial stock."""
        env.stock[0] = env.initial_stock
        env.lowest[0] = env.initial_stock

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return the classes of the stock, of the own record and of the neighbours' mean effort as one number."""
        seen = stock_class(env.stock[0], env.capacity, env.num_stock_classes)
        if env.num_sanction_classes > 1:
            seen = seen * env.num_sanction_classes + sanction_class(env, i)
        neighbours = min(env.num_neighbour_classes - 1, int(env.num_neighbour_classes * env.around[i]))
        return seen * env.num_neighbour_classes + neighbours

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """A newcomer has no record."""
        env.offences[i] = env.quiet[i] = env.excluded[i] = 0

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Everybody fishes, the rules are enforced, and the stock grows."""
        mean_effort = choose_efforts(env, network, actions)
        stock, share_left = env.stock[0], rationing(mean_effort, env.catchability)
        is_counted = env.clock[0] >= env.burn_in
        num_watched, fund = 0, 0.0
        for i in range(actions.shape[0]):
            rewards[i] = 0.0
            if is_away(network, i):
                continue
            forget(env, i)
            if not env.inside[i]:
                is_out = actions[i] >= env.num_efforts
                rewards[i] = env.exit_pay if is_out else env.cost
                env.totals[OUT] += 1.0 if is_out and is_counted else 0.0
                continue
            caught = share_left * catch(env.effort[i], stock, env.catchability)
            due = env.tax * env.price * caught
            rewards[i] = env.cost * (1.0 - env.effort[i]) + env.price * caught - due
            fund += due
            is_lawful, is_found, fine = caught <= env.quota * (1.0 + ROUNDING), False, 0.0
            if is_watched(env, stream):
                num_watched += 1
                is_found = not is_lawful
            if is_found:
                fine = min(punish(env, i), rewards[i])
                costs = env.monitoring_cost if env.payer == OFFENDERS else 0.0
                rewards[i] = max(0.0, rewards[i] - fine - costs)
            if is_counted:
                count_catch(env, i, caught, is_lawful, is_found, fine)
        if fund > 0.0:
            share_out(env, rewards, fund)
        if env.payer == EVERYONE and num_watched > 0:
            levy(env, rewards, num_watched)
        mean_catch = share_left * catch(mean_effort, stock, env.catchability)
        shock = draw_shock(env.growth_noise, stream)
        grown = shock * growth(stock, env.growth_rate, env.capacity, env.growth_shape)
        env.stock[0] = max(0.0, stock + grown - mean_catch)
        count_step(env, stock, mean_effort, mean_catch, num_watched, is_counted)
        if env.num_neighbour_classes > 1:
            look_around(env, network)


METRICS = (
    *(efficiency, mean_stock, final_stock, collapse_rate, dissipation),
    *(equality, sustainability, compliance, sanction_rate),
)


def scenario() -> Scenario:
    """Return the tragedy of open access: twenty Q-learners on a small world, measured when they have learned."""
    return Scenario(Fishery(burn_in=40_000), "q_learning", "watts_strogatz:n=20,k=4,p=0.1", 50_000, METRICS)


def small() -> Scenario:
    """Return six fishers on a ring for a few steps, under every rule."""
    under_rules = Fishery(
        growth_noise=0.2,
        growth_shape=1.5,
        quota=0.1,
        monitoring=0.5,
        monitoring_cost=0.01,
        fine=0.02,
        fine_growth=2.0,
        max_offences=2,
        forgetting=4,
        exclusion=2,
        exit_pay=0.12,
        burn_in=5,
    )
    return Scenario(under_rules, "q_learning", "cycle:n=6", 30, METRICS)
