"""Traders who catch each other's mood (herding, Lux and Marchesi).

N traders are **chartists**, who are optimists or pessimists, or **fundamentalists**. An optimist buys and a pessimist
sells T_c / N a unit of time; a fundamentalist buys T_f / N for each unit by which the price p is below the fundamental
one, p_f, and sells above it. A market maker answers the excess demand,

    ED = (n_+ - n_-) T_c / N + n_f T_f / N (p_f - p) + mu,    mu ~ N(0, noise^2),                                  (1)

by moving the price in ticks, beta ED of them in a step on average, at most ``most_ticks``:

    number of ticks = floor(beta |ED|), and one more with the chance that is left                                  (2)

A day has 100 steps. Moods change on meeting others: every trader meets somebody whom it hears at ``meeting_rate`` a
day, at random, and then decides whether to remain what it is. It sees its own mood and that of the one met, the opinion
index x = (n_+ - n_-) / (n_+ + n_-), the trend of the price over the last fifth of a day, p and p_f. What it makes of
them is the learner's affair: `socialsim.learning.contagion` is Lux and Marchesi's, in which chartists follow the crowd
and the trend, and strategies spread that pay. Few chartists leave the market calm; when they pass a critical share
(`socialsim.environments.herding.theory`) it bursts into volatility, which drives them out again: returns have fat tails
and volatility comes in clusters, although the fundamental price never moves. No mood dies out: the last ``fewest``
traders of each stay.

With ``observation = "mood"`` a trader sees only the mood of the one met, for learners such as
`socialsim.learning.imitation`: with noise these are Kirman's ants, whose moods follow a Dirichlet law
([Kirman1993]_). A trader's reward is what the orders of its mood gain a day at the present trend, with the dividend.
Source: [Lux2000]_ (section 2; the defaults are parameter set I), after [Lux1999]_.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import geometric, integer, normal, uniform
from socialsim.engine.interface import Box, Discrete, Environment, Specification
from socialsim.engine.links import is_away, random_neighbour
from socialsim.engine.scenario import Scenario
from socialsim.metrics.estimates import mean
from socialsim.metrics.returns import (
    correlated_lags,
    facts_of_runs,
    log_returns,
    return_correlation,
    typical_excess_kurtosis,
    typical_tail_index,
    typical_variance_ratio,
    volatility_correlation,
)
from socialsim.metrics.runs import unrolled

OPTIMIST, PESSIMIST, FUNDAMENTALIST = 0, 1, 2
MOODS = ("optimist", "pessimist", "fundamentalist")
STEPS_A_DAY = 100
TREND_STEPS = 20  # over which the trend is measured
MOST_TRADERS = 10_000
FEWEST_TICKS = 10  # in the fundamental price


class State(NamedTuple):
    """Moods, and the price."""

    meeting_chance: float  # per trader and step
    price_speed: float
    chartist_volume: float
    fundamentalist_volume: float
    noise: float
    fundamental_price: float
    dividend: float
    tick: float
    most_ticks: int
    fewest: int
    num_chartists: int
    mood: NDArray[np.int64]  # (num_agents,)
    met: NDArray[np.int64]  # (num_agents,), mood of the one met last
    holders: NDArray[np.int64]  # (3,), how many are of each mood
    ticks: NDArray[np.int64]  # (1,), the price
    trend: NDArray[np.float64]  # (1,), of the price, per day
    recent: NDArray[np.int64]  # (TREND_STEPS,), the price in ticks at the last steps, a ring
    prices: NDArray[np.float64]  # (window + 1,), at the end of the last days, a ring
    chartists: NDArray[np.float64]  # (window + 1,), share of them then
    num_steps: NDArray[np.int64]  # (1,)


class Herding(Environment):
    """A market of chartists and fundamentalists who meet.

    Examples
    --------
    >>> Herding(fundamental_price=20.0).specification("agent", 500).num_actions
    3
    """

    meeting_rate: float = parameter(8.0, "meetings of a trader", unit="per day", gt=0, le=STEPS_A_DAY)
    price_speed: float = parameter(6.0, "reaction beta of the price to excess demand", unit="ticks per step", gt=0)
    chartist_volume: float = parameter(10.0, "T_c, what all would trade if all were chartists", ge=0)
    fundamentalist_volume: float = parameter(
        5.0, "T_f, what all would trade if all were fundamentalists", unit="per unit of price", ge=0
    )
    noise: float = parameter(0.05, "standard deviation of the noise mu in excess demand", ge=0)
    fundamental_price: float = parameter(10.0, "p_f", unit="price", gt=0)
    dividend: float = parameter(0.004, "dividend r", unit="price per day", ge=0)
    tick: float = parameter(0.01, "least change of the price", unit="price", gt=0)
    most_ticks: int = parameter(5, "most ticks by which the price moves", unit="ticks per step", ge=1, le=1000)
    fewest: int = parameter(4, "traders of each mood who stay with it", unit="traders", ge=0)
    num_chartists: int = parameter(50, "chartists at first, half of them optimists", unit="traders", ge=0)
    window: int = parameter(2000, "last days that the measures cover", unit="days", ge=1, le=1_000_000)
    observation: Literal["market", "mood"] = parameter(
        "market", "what is seen: one's own mood, that of the one met and the market, or that of the one met alone"
    )

    loop: ClassVar = "events"
    participants: ClassVar[int] = MOST_TRADERS
    source: ClassVar[str] = "Lux & Marchesi 2000, Int. J. Theoretical and Applied Finance 3:675-702"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_price",
        "series_label": "price",
        "agent": "mood",
        "agent_label": "mood (0 optimist, 1 pessimist, 2 fundamentalist)",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse ticks in which the fundamental price cannot be told from its neighbours."""
        if self.tick > self.fundamental_price / FEWEST_TICKS:
            raise ParameterError(
                f"tick: {self.tick} is not accepted; accepted: at most a {FEWEST_TICKS}th of fundamental_price, "
                f"{self.fundamental_price / FEWEST_TICKS:g}"
            )

    def state(self, num_agents: int) -> State:
        """Lay out a market at its fundamental price; `initialise` deals out the moods."""
        if num_agents > MOST_TRADERS:
            raise ParameterError(f"network: herding has room for {MOST_TRADERS} agents, not {num_agents}")
        if self.num_chartists > num_agents:
            raise ParameterError(
                f"environment.num_chartists: {self.num_chartists} is not accepted; accepted: 0 to {num_agents}, the "
                "number of agents of the network"
            )
        names = set(State._fields)
        return State(
            **{name: value for name, value in self if name in names},
            meeting_chance=self.meeting_rate / STEPS_A_DAY,
            mood=np.zeros(num_agents, np.int64),
            met=np.zeros(num_agents, np.int64),
            holders=np.zeros(3, np.int64),
            ticks=np.zeros(1, np.int64),
            trend=np.zeros(1),
            recent=np.zeros(TREND_STEPS, np.int64),
            prices=np.zeros(self.window + 1),
            chartists=np.zeros(self.window + 1),
            num_steps=np.zeros(1, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A trader sees moods, and the market or not, and chooses a mood."""
        if self.observation == "mood":
            return Specification(Discrete(3, MOODS), Discrete(3, MOODS))
        facts = {
            "discrete_by": "environment.observation=mood",
            "observation": "mood, mood met, opinion index, trend, price, fundamental price",
            "meeting_rate": self.meeting_rate,
            "most_meetings": STEPS_A_DAY,
            "steepest_trend": self.most_ticks * self.tick * STEPS_A_DAY,
            "flatter_by": "a smaller environment.tick or environment.most_ticks",
            "fundamental_price": self.fundamental_price,
            "dividend": self.dividend,
        }
        return Specification(Discrete(3, MOODS), Box(shape=(6,)), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each trader's mood; and the price, the same for all."""
        return {"price": np.broadcast_to(state.ticks * state.tick, state.mood.shape), "mood": state.mood}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the stylised facts of the last ``window`` days, and who was in the market."""
        num_kept = state.num_steps[:, 0] // STEPS_A_DAY + 1  # and the beginning
        paths = [unrolled(ring, int(kept)) for ring, kept in zip(state.prices, num_kept, strict=True)]
        shares = [unrolled(ring, int(kept)) for ring, kept in zip(state.chartists, num_kept, strict=True)]
        return {
            "mispricing": np.array([np.abs(path / self.fundamental_price - 1.0).mean() for path in paths]),
            "chartist_share": np.array([share.mean() for share in shares]),
            "largest_chartist_share": np.array([share.max() for share in shares]),
        } | facts_of_runs([log_returns(path) if len(path) > 1 else np.zeros(0) for path in paths])

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Deal out moods at random, and begin at the fundamental price."""
        num_agents = env.mood.shape[0]
        for i in range(num_agents):
            env.mood[i] = FUNDAMENTALIST if i >= env.num_chartists else i % 2
            env.holders[env.mood[i]] += 1
        for i in range(num_agents - 1, 0, -1):
            j = integer(stream, i + 1)
            env.mood[i], env.mood[j] = env.mood[j], env.mood[i]
        env.ticks[0] = max(1, round(env.fundamental_price / env.tick))
        for k in range(TREND_STEPS):
            env.recent[k] = env.ticks[0]
        env.prices[0] = env.ticks[0] * env.tick
        env.chartists[0] = env.num_chartists / num_agents

    @staticmethod
    @compiled
    def wake(env, network, active, stream):
        """Let each trader meet somebody with a small chance; traders between two meetings are skipped."""
        count = 0
        i = geometric(stream, env.meeting_chance)
        while i < network.num_agents:
            other = random_neighbour(network, i, stream)
            if other >= 0 and not is_away(network, i) and not is_away(network, other):
                env.met[i] = env.mood[other]
                active[count] = i
                count += 1
            i += 1 + geometric(stream, env.meeting_chance)
        return count

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Show the market to who has met somebody; or return the mood met."""
        if out is not None:
            num_chartists = env.holders[OPTIMIST] + env.holders[PESSIMIST]
            out[0] = env.mood[i]
            out[1] = env.met[i]
            out[2] = (env.holders[OPTIMIST] - env.holders[PESSIMIST]) / max(num_chartists, 1)
            out[3] = env.trend[0]
            out[4] = env.ticks[0] * env.tick
            out[5] = env.fundamental_price
        return env.met[i]

    @staticmethod
    @compiled
    def advance(env, network, active, actions, rewards, stream):
        """Moods change, the market maker moves the price, and the day may end."""
        for a in range(active.shape[0]):
            i = active[a]
            if actions[i] != env.mood[i] and env.holders[env.mood[i]] > env.fewest:
                env.holders[env.mood[i]] -= 1
                env.holders[actions[i]] += 1
                env.mood[i] = actions[i]
        move_price(env, stream)
        num_agents = env.mood.shape[0]
        for a in range(active.shape[0]):
            rewards[active[a]] = orders(env, env.mood[active[a]]) / num_agents * (env.trend[0] + env.dividend)
        env.num_steps[0] += 1
        if env.num_steps[0] % STEPS_A_DAY == 0:
            day = (env.num_steps[0] // STEPS_A_DAY) % env.prices.shape[0]
            env.prices[day] = env.ticks[0] * env.tick
            env.chartists[day] = 1.0 - env.holders[FUNDAMENTALIST] / num_agents


@compiled
def orders(env, mood):
    """Return what all would buy if all had one mood."""
    if mood == FUNDAMENTALIST:
        return env.fundamentalist_volume * (env.fundamental_price - env.ticks[0] * env.tick)
    return env.chartist_volume if mood == OPTIMIST else -env.chartist_volume


@compiled
def move_price(env, stream):
    """Move the price by equations (1) and (2), and measure its trend."""
    demand = env.noise * normal(stream) if env.noise > 0.0 else 0.0
    for mood in range(3):
        demand += env.holders[mood] / env.mood.shape[0] * orders(env, mood)
    called_for = env.price_speed * abs(demand)
    if called_for >= env.most_ticks:
        moved = env.most_ticks
    else:
        moved = int(called_for)
        if uniform(stream) < called_for - moved:
            moved += 1
    env.ticks[0] = max(1, env.ticks[0] + (moved if demand > 0.0 else -moved))
    k = env.num_steps[0] % TREND_STEPS
    env.trend[0] = (env.ticks[0] - env.recent[k]) * env.tick * STEPS_A_DAY / TREND_STEPS
    env.recent[k] = env.ticks[0]


def chartist_share(result: Result) -> Estimate:
    """Mean share of chartists among traders."""
    return mean(result.runs.chartist_share)


METRICS = (
    *(typical_tail_index, typical_excess_kurtosis, return_correlation, correlated_lags, typical_variance_ratio),
    *(volatility_correlation, chartist_share),
)


def scenario() -> Scenario:
    """Return Lux and Marchesi's market of 500 traders for 2100 days, of which the last 2000 are measured."""
    return Scenario(Herding(), "contagion", "complete:n=500", 2100 * STEPS_A_DAY, METRICS)


def small() -> Scenario:
    """Return twenty traders for two days."""
    market = Herding(num_chartists=10, fewest=1, window=1)
    return Scenario(market, "contagion", "complete:n=20", 2 * STEPS_A_DAY, METRICS)
