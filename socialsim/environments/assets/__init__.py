"""Traders who choose what to believe of an asset's price (heterogeneous beliefs, Brock and Hommes).

An asset pays a dividend of mean y; safe money grows by R = 1 + r. Were all to expect the same and know it, the price
would be the fundamental one, p* = y / r. In deviations from it, x_t = p_t - p*, a belief of kind h says

    E_h[x_{t+1}] = f_h = g_h x_{t-1} + b_h                                            trend g_h, bias b_h          (1)

so that fundamentalists have g = b = 0, trend followers g > 0, contrarians g < 0. Who believes h demands

    z_{h,t} = (f_h - R x_t) / (a sigma^2)                  a: risk aversion, sigma^2: variance of returns          (2)

and the market, with no outside supply, clears at the price of the average belief:

    R x_t = sum_h n_h (g_h x_{t-1} + b_h) + e_t            n_h: share of those who believe h, e: noise             (3)

That period's return settles what was bought in the last one. Each belief has then earned, or would have, less what it
costs to hold (fundamentals must be studied),

    u_{h,t} = (x_t - R x_{t-1} + d_t) (g_h x_{t-2} + b_h - R x_{t-1}) / (a sigma^2) - C_h    d: dividend - y       (4)

Traders see the u_{h,t} of all beliefs (or nothing), and choose anew: the price x_{t+1} knows profits up to x_t. What a
choice will earn depends on what others choose next, for it is settled one step later. A trader's **reward** is
therefore u_{h,t} of the belief that it has just chosen, what that belief has just brought, so that learners credit
beliefs with what these earn. The money made on what a trader in fact held is counted in ``profit``.

With the learner `socialsim.learning.discrete_choice` it is the adaptive belief system of [Brock1998]_ (sections 2 and
4), of which `socialsim.environments.assets.theory` has the limit for many traders: the higher the intensity of choice,
the less stable the fundamental price. Finitely many traders who are all fundamentalists for once set x = 0 exactly,
where without noise or bias it stays. The network says only how many traders there are. The measures cover the last
``window`` steps; a run whose price goes beyond all bounds ends there.
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
from socialsim.metrics.estimates import mean, proportion
from socialsim.metrics.returns import FEWEST, facts_of_runs, log_returns
from socialsim.metrics.runs import unrolled

FARTHEST = 1e6  # deviation, in units of price, beyond which the price has run away
RAN_AWAY = 0  # verdict


class State(NamedTuple):
    """Beliefs, the last deviations, and who believes what."""

    gross_return: float
    risk: float
    initial_deviation: float
    noise: float
    dividend_noise: float
    trend: NDArray[np.float64]  # (num_beliefs,), g
    bias: NDArray[np.float64]  # (num_beliefs,), b
    cost: NDArray[np.float64]  # (num_beliefs,), C
    deviation: NDArray[np.float64]  # (3,), x_t, x_{t-1}, x_{t-2}
    payoff: NDArray[np.float64]  # (num_beliefs,), u_t
    holders: NDArray[np.int64]  # (num_beliefs,), how many hold each belief
    belief: NDArray[np.int64]  # (num_agents,), -1 before the first choice
    position: NDArray[np.float64]  # (num_agents,), z, what each holds
    profit: NDArray[np.float64]  # (num_agents,), made so far on what each held
    path: NDArray[np.float64]  # (window,), the last deviations, a ring
    num_steps: NDArray[np.int64]  # (1,)


@compiled
def settle(env, excess):
    """Compute what each belief has earned in a period with some excess return, equation (4)."""
    for h in range(env.payoff.shape[0]):
        expected = env.trend[h] * env.deviation[2] + env.bias[h]
        env.payoff[h] = excess * (expected - env.gross_return * env.deviation[1]) / env.risk - env.cost[h]


class Assets(Environment):
    """A market whose price is what its traders believe on average.

    Examples
    --------
    >>> Assets().fundamental_price()
    10.0
    >>> Assets(biases=(0.0,))
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: biases: (0.0,) is not accepted; accepted: a number for each of 2 trends
    """

    trends: tuple[float, ...] = parameter((0.0, 1.2), "trend g of each belief; 0: fundamentalist or biased")
    biases: tuple[float, ...] = parameter((0.0, 0.0), "bias b of each belief", unit="price")
    costs: tuple[float, ...] = parameter((1.0, 0.0), "cost C of holding each belief", unit="money per step")
    interest: float = parameter(0.1, "interest r on safe money; R = 1 + r", unit="per step", gt=0, le=1)
    dividend: float = parameter(1.0, "mean dividend y; y / r is the fundamental price", unit="money per step", gt=0)
    risk: float = parameter(1.0, "risk aversion times variance of returns, a sigma^2", unit="money", gt=0)
    noise: float = parameter(0.0, "standard deviation of the noise e in demand, in units of R x", unit="price", ge=0)
    dividend_noise: float = parameter(0.0, "standard deviation of dividends", unit="money per step", ge=0)
    initial_deviation: float = parameter(
        0.1, "deviation x before the first step", unit="price", ge=-FARTHEST, le=FARTHEST
    )
    observation: Literal["payoffs", "nothing"] = parameter(
        "payoffs", "what is seen: what each belief has just earned, or nothing"
    )
    window: int = parameter(1000, "last steps that the measures cover", unit="steps", ge=1, le=1_000_000)

    source: ClassVar[str] = "Brock & Hommes 1998, J. Economic Dynamics and Control 22:1235-1274"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_deviation",
        "series_label": "price - fundamental price",
        "agent": "profit",
        "agent_label": "profit so far",
        "verdicts": {"0": "the price ran away"},
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse beliefs that are not complete."""
        size = len(self.trends)
        if size < 1:
            raise ParameterError("trends: () is not accepted; accepted: a number for each belief, at least one")
        for name in ("biases", "costs"):
            values = getattr(self, name)
            if len(values) != size:
                raise ParameterError(f"{name}: {values} is not accepted; accepted: a number for each of {size} trends")
        if min(self.costs) < 0:
            raise ParameterError(f"costs: {self.costs} is not accepted; accepted: numbers >= 0")

    def fundamental_price(self) -> float:
        """Return the price p* = y / r that all would pay who knew that all knew it."""
        return self.dividend / self.interest

    def state(self, num_agents: int) -> State:
        """Lay out a market before its first step."""
        num_beliefs = len(self.trends)
        return State(
            gross_return=1.0 + self.interest,
            risk=self.risk,
            initial_deviation=self.initial_deviation,
            noise=self.noise,
            dividend_noise=self.dividend_noise,
            trend=constant(self.trends),
            bias=constant(self.biases),
            cost=constant(self.costs),
            deviation=np.full(3, self.initial_deviation),
            payoff=np.zeros(num_beliefs),
            holders=np.zeros(num_beliefs, np.int64),
            belief=np.full(num_agents, -1, np.int64),
            position=np.zeros(num_agents),
            profit=np.zeros(num_agents),
            path=np.zeros(self.window),
            num_steps=np.zeros(1, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A trader sees what each belief has just earned, or nothing, and chooses one."""
        labels = tuple(describe(g, b) for g, b in zip(self.trends, self.biases, strict=True))
        actions = Discrete(len(labels), labels)
        if self.observation == "nothing":
            return Specification(actions, facts={"payoffs_by": "environment.observation=payoffs"})
        facts = {"observation": "payoff of each action", "discrete_by": "environment.observation=nothing"}
        return Specification(actions, Box(shape=(len(labels),)), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each trader's belief and profit so far; and the deviation of the price, the same for all."""
        deviation = np.broadcast_to(state.deviation[:, :1], state.profit.shape)
        return {"deviation": deviation, "belief": state.belief, "profit": state.profit}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how the price went in the last ``window`` steps, and the share of each belief in the last one."""
        paths = [unrolled(path, int(steps)) for path, steps in zip(state.path, state.num_steps[:, 0], strict=True)]
        shares = state.holders / np.maximum(state.holders.sum(axis=1, keepdims=True), 1)
        columns = {
            "mispricing": np.array([np.abs(path).mean() if len(path) else math.nan for path in paths]),
            "mean_deviation": np.array([path.mean() if len(path) else math.nan for path in paths]),
            "deviation_spread": np.array([path.std() if len(path) else math.nan for path in paths]),
            "last_deviation": state.deviation[:, 0],
        }
        columns |= {f"share_{h}": shares[:, h] for h in range(shares.shape[1])}
        return columns | facts_of_runs([self._returns(path) for path in paths])

    def _returns(self, deviations: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log returns of prices; none where a price is not above zero, and a return is not defined."""
        prices = self.fundamental_price() + deviations
        if len(prices) <= FEWEST or not (prices > 0).all():
            return np.zeros(0)
        return log_returns(prices)

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Begin where the price has been at its initial deviation for some steps."""
        for k in range(3):
            env.deviation[k] = env.initial_deviation
        settle(env, (1.0 - env.gross_return) * env.initial_deviation)

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Show what each belief has just earned; 0 where nothing is shown."""
        if out is not None:
            for h in range(env.payoff.shape[0]):
                out[h] = env.payoff[h]
        return 0

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """A newcomer holds nothing."""
        env.belief[i] = -1
        env.position[i] = env.profit[i] = 0.0

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """The market clears at the average belief, what was held is settled, and everybody takes a new position."""
        last, expected, present = env.deviation[0], 0.0, 0
        for h in range(env.holders.shape[0]):
            env.holders[h] = 0
        for i in range(actions.shape[0]):
            if not is_away(network, i):
                env.holders[actions[i]] += 1
                present += 1
        for h in range(env.holders.shape[0]):
            expected += env.holders[h] * (env.trend[h] * last + env.bias[h])
        demand = expected / present if present > 0 else env.gross_return * last  # without traders the price stays
        if env.noise > 0.0:
            demand += env.noise * normal(stream)
        env.deviation[2], env.deviation[1], env.deviation[0] = env.deviation[1], last, demand / env.gross_return
        excess = env.deviation[0] - env.gross_return * last
        if env.dividend_noise > 0.0:
            excess += env.dividend_noise * normal(stream)
        settle(env, excess)
        for i in range(actions.shape[0]):
            rewards[i] = 0.0
            if is_away(network, i):
                continue
            h = actions[i]
            rewards[i] = env.payoff[h]
            if env.belief[i] >= 0:
                env.profit[i] += excess * env.position[i] - env.cost[env.belief[i]]
            env.position[i] = (env.trend[h] * last + env.bias[h] - demand) / env.risk
            env.belief[i] = h
        env.path[env.num_steps[0] % env.path.shape[0]] = env.deviation[0]
        env.num_steps[0] += 1

    @staticmethod
    @compiled
    def done(env):
        """Return `RAN_AWAY` when the price has gone beyond all bounds, else -1."""
        return RAN_AWAY if abs(env.deviation[0]) > FARTHEST else -1


def describe(trend: float, bias: float) -> str:
    """Return the name of a belief.

    Examples
    --------
    >>> describe(0.0, 0.0), describe(1.2, 0.0), describe(-0.9, 0.2)
    ('fundamentalist', 'trend follower, g = 1.2', 'contrarian, g = -0.9, b = 0.2')
    """
    kind = "trend follower" if trend > 0 else "contrarian" if trend < 0 else "biased" if bias else "fundamentalist"
    return ", ".join([kind, *([f"g = {trend:g}"] if trend else []), *([f"b = {bias:g}"] if bias else [])])


def mispricing(result: Result) -> Estimate:
    """Mean distance |x| of the price from the fundamental one, over runs whose price did not run away."""
    return _bounded(result, "mispricing")


def spread(result: Result) -> Estimate:
    """Mean over runs of the standard deviation of the price, over runs whose price did not run away."""
    return _bounded(result, "deviation_spread")


def runaway_rate(result: Result) -> Estimate:
    """Share of runs in which the price ran away without bound."""
    return proportion(result.runs.stop == "done")


def _bounded(result: Result, column: str) -> Estimate:
    runs = result.runs[result.runs.stop != "done"]
    return mean(runs[column]) if len(runs) else Estimate.undefined("the price ran away in every run")


METRICS = (mispricing, spread, runaway_rate)


def scenario() -> Scenario:
    """Return costly fundamentalists against trend followers, at an intensity of choice where no price is stable."""
    return Scenario(Assets(noise=0.01), "discrete_choice:beta=3.6", "complete:n=1000", 2000, METRICS)


def small() -> Scenario:
    """Return ten traders with four beliefs and noise, for a few steps."""
    market = Assets(
        trends=(0.0, 0.9, 0.9, 1.01),
        biases=(0.0, 0.2, -0.2, 0.0),
        costs=(0.1, 0.0, 0.0, 0.0),
        noise=0.01,
        dividend_noise=0.02,
        window=15,
    )
    return Scenario(market, "discrete_choice:beta=2,memory=0.5", "complete:n=10", 30, METRICS)
