"""Workers who divide their time between tasks that need each other (labour from reward).

Agent i gives the share x_ij of its time to task j, sum_j x_ij = 1, and makes of good j

    g_ij = (x_ij q_ij)^r,    q_ij its ability, r the returns to specialisation.

Goods are worth u(g) = prod_j g_j^(1/m) to everybody: none is worth anything without the others. In a **team** all goods
are pooled and everybody has an equal part of

    Y = prod_j [sum_i (x_ij q_ij)^r]^(1/m);                                                                        (1)

in **autarky** everybody has its own; under **trade** neighbours exchange what they have made. Preferences being the
same and homothetic, all efficient exchanges between two agents leave both with the same proportions of goods, and their
utilities sum to u(g_i + g_k), however it is shared. It is shared so that

    both gain the same                                    (Nash's bargain, [Nash1950]_),                          (2)
    goods change hands at the price that clears the two   (part_i = mean_j g_ij / (g_ij + g_kj)).                  (3)

In many rounds on a connected network all proportions become equal, and what all have is worth Y, as in a competitive
equilibrium; **gains from trade** are Y against the sum of what agents make alone.

**When does it pay to specialise?** Let two tasks and N agents who are alike be given. At x_i = 1/2 for all the gradient
of Y vanishes. With A = sum x_i^r, B = sum (1 - x_i)^r and a direction v with sum v_i = 0, |v| = 1,

    d^2 ln Y = (1/2) r (r - 1) (1/2)^(r-2) (1/A + 1/B) = 4 r (r - 1) / N,    d^2 Y = 4 r (r - 1) / 2^r,            (4)

since the first-order changes of A and B vanish. For r < 1 Y is concave and the generalists are its only maximum; at
r = 1 the curvature changes sign, and for r > 1 any difference between agents grows until each does one thing. Agents
who follow the slope of Y (`socialsim.learning.gradient_ascent`) remain generalists at r = .99 and are specialists at
r = 1.01. With different abilities, r = 1 is Ricardo's case: those who are relatively better at a task do it.

The slope that agents see, where effort is continuous, is worth_1 g_i1' - worth_2 g_i2', the goods being worth what they
are in the proportions that the agent has after exchange (at the ends of the range the slopes g' are those of a
thousandth of the time): in a team that is dY/dx_i, under trade what a price-taker sees.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import normal
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments.production.mechanics import TEAM, TRADE, make_goods, pool_goods, slope, trade, utility
from socialsim.environments.production.theory import alone, best_output
from socialsim.metrics.labour import division_of_labour
from socialsim.metrics.runs import over_runs
from socialsim.metrics.trade import comparative_advantage

ECONOMIES = ("team", "autarky", "trade")
BARGAINS = ("nash", "price")
ROUNDING = 1e-12  # of gains and indices


def without_rounding(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values, 0 in place of what is none but for rounding.

    Examples
    --------
    >>> without_rounding(np.array([2e-16, 0.5])).tolist()
    [0.0, 0.5]
    """
    return np.where(np.abs(values) <= ROUNDING, 0.0, values)


class State(NamedTuple):
    """What a replication holds."""

    returns: float
    ability_spread: float
    is_continuous: bool
    economy: int
    bargaining: int
    num_rounds: int
    burn_in: int
    allocation: NDArray[np.float64]  # (num_actions, num_tasks), shares of time of each discrete action; constant
    given: NDArray[np.float64]  # (num_agents, num_tasks), abilities before they are spread; constant
    ability: NDArray[np.float64]  # (num_agents, num_tasks), q
    share: NDArray[np.float64]  # (num_agents, num_tasks), x, of the last step
    goods: NDArray[np.float64]  # (num_agents, num_tasks), that each has at the end of the last step
    slope: NDArray[np.float64]  # (num_agents,), what more time for the first task would be worth
    earned: NDArray[np.float64]  # (num_agents,), utility of the last step
    is_there: NDArray[np.int8]  # (num_agents,), in the last step
    clock: NDArray[np.int64]  # (1,), steps so far
    # of the counted steps:
    time: NDArray[np.float64]  # (num_agents, num_tasks), time that each has given to each task
    output_sum: NDArray[np.float64]  # (1,), of all utilities


class Production(Environment):
    """Workers, tasks that need each other, and what becomes of the goods.

    Examples
    --------
    >>> Production(returns=1.01).best(10)
    5.0
    >>> Production(effort="continuous", num_tasks=3)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: num_tasks: 3 is not accepted with effort=continuous; accepted: 2, or
    effort=tasks
    """

    num_tasks: int = parameter(2, "tasks, and goods", ge=2, le=50)
    effort: Literal["continuous", "levels", "tasks"] = parameter(
        "continuous", "what one chooses: any share of time for the first of two tasks, one of num_levels, or one task"
    )
    num_levels: int = parameter(11, "shares of time from 0 to 1, with effort=levels", ge=2, le=1000)
    returns: float = parameter(1.01, "returns r to specialisation", gt=0, le=10)
    abilities: tuple[tuple[float, ...], ...] = parameter(
        (), "of each agent at each task, one row an agent; 1 if empty", unit="good per step"
    )
    ability_spread: float = parameter(
        0.0, "standard deviation of the log of a factor of each ability, drawn for each run", ge=0, le=3
    )
    economy: Literal["team", "autarky", "trade"] = parameter("team", "what becomes of the goods")
    bargaining: Literal["nash", "price"] = parameter("nash", "how two who trade share what they gain")
    num_rounds: int = parameter(1, "how often in a step everybody meets a neighbour to trade", ge=1, le=10_000)
    burn_in: int = parameter(0, "first steps, which the measures leave out", unit="steps", ge=0)

    source: ClassVar[str] = "Ricardo 1817, On the Principles of Political Economy and Taxation, chapter 7"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_specialisation",
        "series_label": "how unevenly an agent divides its time",
        "agent": "share_1",
        "agent_label": "time for the first task",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse a number of tasks that the effort cannot be divided among, and abilities that are none."""
        if self.num_tasks != 2 and self.effort != "tasks":
            raise ParameterError(
                f"num_tasks: {self.num_tasks} is not accepted with effort={self.effort}; accepted: 2, or effort=tasks"
            )
        if self.economy == "autarky" and (self.allocation() == 0).any(axis=1).all():
            chosen = "effort=tasks" if self.effort == "tasks" else f"num_levels={self.num_levels}"
            raise ParameterError(
                f"economy: 'autarky' is not accepted with {chosen}: who does one task alone has nothing; accepted: "
                "team or trade, or shares of time between 0 and 1"
            )
        for i, row in enumerate(self.abilities):
            if len(row) != self.num_tasks or min(row) <= 0:
                raise ParameterError(
                    f"abilities: {row} of agent {i} is not accepted; accepted: {self.num_tasks} numbers > 0, one for "
                    "each task"
                )

    def given(self, num_agents: int) -> NDArray[np.float64]:
        """Return the abilities before they are spread, shape (num_agents, num_tasks)."""
        if self.abilities and len(self.abilities) != num_agents:
            raise ParameterError(
                f"environment.abilities: {len(self.abilities)} rows are not accepted; accepted: {num_agents}, one for "
                "each agent, or none"
            )
        return np.array(self.abilities, float) if self.abilities else np.ones((num_agents, self.num_tasks))

    def best(self, num_agents: int) -> float:
        """Return the largest output of so many agents, before abilities are spread."""
        return best_output(self.given(num_agents), self.returns, self.effort != "tasks")

    def allocation(self) -> NDArray[np.float64]:
        """Return the shares of time that each discrete action stands for, shape (num_actions, num_tasks)."""
        if self.effort == "tasks":
            return np.eye(self.num_tasks)
        first = np.arange(self.num_levels) / (self.num_levels - 1)
        return np.stack([first, 1.0 - first], axis=1)

    def state(self, num_agents: int) -> State:
        """Lay out agents who have made nothing yet; fewer than there are tasks to choose from would never make any."""
        if self.effort == "tasks" and num_agents < self.num_tasks:
            raise ParameterError(
                f"environment.num_tasks: {self.num_tasks} is not accepted with {num_agents} agents and effort=tasks, "
                f"one task each; accepted: at most {num_agents}"
            )
        given, shape = self.given(num_agents), (num_agents, self.num_tasks)
        return State(
            returns=self.returns,
            ability_spread=self.ability_spread,
            is_continuous=self.effort == "continuous",
            economy=ECONOMIES.index(self.economy),
            bargaining=BARGAINS.index(self.bargaining),
            num_rounds=self.num_rounds,
            burn_in=self.burn_in,
            allocation=constant(self.allocation()),
            given=constant(given),
            ability=given.copy(),
            share=np.full(shape, 1.0 / self.num_tasks),
            goods=np.zeros(shape),
            slope=np.zeros(num_agents),
            earned=np.zeros(num_agents),
            is_there=np.zeros(num_agents, np.int8),
            clock=np.zeros(1, np.int64),
            time=np.zeros(shape),
            output_sum=np.zeros(1),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent divides its time, and sees the slope of its reward; or it chooses one of some divisions and sees
        nothing.
        """
        if self.effort == "continuous":
            facts = {
                "observation": "own action, slope of the reward",
                "discrete_by": "environment.effort=levels or environment.effort=tasks",
            }
            return Specification(Box(0.0, 1.0), Box(shape=(2,)), facts)
        names = [f"task {j + 1}" for j in range(self.num_tasks)]
        if self.effort == "levels":
            names = [f"share {first:.3g}" for first in self.allocation()[:, 0]]
        known: dict[str, Any] = {"slope_by": "environment.effort=continuous"}
        if self.ability_spread == 0:
            known["reward_range"] = (0.0, self.best(num_agents) / (num_agents if self.economy == "team" else 1))
        return Specification(Discrete(len(names), tuple(names)), Discrete(1), known)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how each agent divides its time, how unevenly (0: equally, 1: one task), what it earns, and its
        abilities.
        """
        tasks = range(self.num_tasks)
        return {
            **{f"share_{j + 1}": state.share[:, :, j] for j in tasks},
            "specialisation": (self.num_tasks * state.share.max(axis=2) - 1.0) / (self.num_tasks - 1),
            "utility": state.earned,
            **{f"ability_{j + 1}": state.ability[:, :, j] for j in tasks},
        }

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return, of the counted steps, the output against the best and against agents alone, and how labour was
        divided.
        """
        is_divisible = self.effort != "tasks"
        num_counted = np.maximum(state.clock[:, 0] - self.burn_in, 0)
        runs = zip(state.ability, state.time, num_counted, strict=True)
        measured = [_of_run(*run, self.returns, is_divisible) for run in runs]
        best, own, by_individual, by_task, jointly, alignment = np.array(measured).T
        with np.errstate(invalid="ignore", divide="ignore"):
            produced = state.output_sum[:, 0] / num_counted
            return {
                "output": produced,
                "best_output": best,
                "efficiency": produced / best,
                "gains": without_rounding(produced / own - 1.0),
                "last_output": (state.earned * state.is_there).sum(axis=1),
                "division_by_individual": without_rounding(by_individual),
                "division_by_task": without_rounding(by_task),
                "division_jointly": without_rounding(jointly),
                "alignment": alignment,
            }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw abilities, and let nobody have made anything."""
        for i in range(env.ability.shape[0]):
            env.slope[i] = 0.0
            for j in range(env.ability.shape[1]):
                env.ability[i, j] = env.given[i, j]
                if env.ability_spread > 0.0:
                    env.ability[i, j] *= math.exp(env.ability_spread * normal(stream))

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Show how agent i divided its time and the slope of its reward there; nothing where it chooses one of some."""
        if out is not None:
            out[0] = env.share[i, 0]
            out[1] = env.slope[i]
        return 0

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Everybody works, goods are pooled or exchanged, and are worth something."""
        num_there = 0
        for i in range(actions.shape[0]):
            env.is_there[i] = 0 if is_away(network, i) else 1
            if env.is_there[i]:
                num_there += 1
                make_goods(env, i, actions[i])
        if env.economy == TEAM:
            pool_goods(env, network, num_there)
        elif env.economy == TRADE:
            trade(env, network, stream)
        is_counted = env.clock[0] >= env.burn_in
        for i in range(actions.shape[0]):
            rewards[i] = utility(env, i) if env.is_there[i] else 0.0
            env.earned[i] = rewards[i]
            if env.is_continuous and env.is_there[i]:
                env.slope[i] = slope(env, i)
            if is_counted and env.is_there[i]:
                count_work(env, i)
        env.clock[0] += 1


@compiled
def count_work(env, i):
    """Add the step's time and earnings of agent i."""
    env.output_sum[0] += env.earned[i]
    for j in range(env.share.shape[1]):
        env.time[i, j] += env.share[i, j]


def _of_run(
    ability: NDArray[np.float64], time: NDArray[np.float64], num_counted: int, returns: float, is_divisible: bool
) -> tuple[float, ...]:
    """Return best output, NaN where agents came or went, mean output of those present alone, the three indices, and how
    well labour follows comparative advantage.
    """
    worked = time.sum(axis=1) > 0
    if not worked.any():
        return (math.nan,) * 6
    q, hours = ability[worked], time[worked]
    shares = hours / hours.sum(axis=1, keepdims=True)
    indices = division_of_labour(hours)
    present = hours.sum(axis=1) / num_counted  # share of the counted steps
    best = best_output(q, returns, is_divisible) if present.min() > 1 - 0.5 / num_counted else math.nan
    own = sum(part * alone([row], returns) for part, row in zip(present, q, strict=True))
    return (best, own, *indices, comparative_advantage(q, shares))


def mean_output(result: Result) -> Estimate:
    """Mean output of all in a counted step."""
    return over_runs(result, "output", "no step was counted")


def efficiency(result: Result) -> Estimate:
    """Output in the counted steps as a share of the best division of labour's."""
    return over_runs(result, "efficiency", "no step was counted, or agents came or went in the counted steps")


def gains(result: Result) -> Estimate:
    """How much more all make together than each alone, relative to the latter: gains from trade."""
    return over_runs(result, "gains", "no step was counted")


def division(result: Result) -> Estimate:
    """Division of labour by task, I / H_task, of the time worked in the counted steps; no null is subtracted."""
    return over_runs(result, "division_by_task", "no step was counted")


def alignment(result: Result) -> Estimate:
    """How well who does what follows comparative advantage (gamma)."""
    return over_runs(result, "alignment", "nobody is relatively better, or does relatively more, of anything")


METRICS = (mean_output, efficiency, gains, division, alignment)


def scenario() -> Scenario:
    """Return ten agents who are alike, with returns just above 1."""
    return Scenario(Production(burn_in=1900), "gradient_ascent:alpha=0.5", "complete:n=10", 2000, METRICS)


def small() -> Scenario:
    """Return four agents of different abilities who trade on a cycle."""
    environment = Production(economy="trade", ability_spread=0.5, burn_in=3)
    return Scenario(environment, "gradient_ascent:alpha=0.5", "cycle:n=4", 20, METRICS)
