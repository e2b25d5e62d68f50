"""Two players and one coin on a torus (the coin game of [Lerer2017]_ and [Foerster2018]_).

A board of n x n cells has no border: who leaves on one side enters on the other. On it are two players, red and blue,
and a coin that belongs to one of them. Both step at once, north, east, south or west; they do not block each other.
Whoever steps on the coin takes it and is paid 1, whosever it is; if it is the other's, the other is paid -2. Then a new
coin appears on a cell without a player, uniformly. To take the other's coins is to defect: +1 for oneself, -1 for both
together.

On a board of even size where nobody can stay, two players that are an odd number of steps apart are so for ever.

Published versions differ in whether colours take turns or are drawn, and in what happens if both step on the coin:
both take it, so that the owner gets +1 - 2, or only the first player does. With a_i the rate at which player i takes
its own coins, b_i that at which it takes the other's and q_i = a_i + b_i, the mean reward of a step is

    r_i = q_i - 2 b_j,        r_i + r_j = (a_i + a_j) - (b_i + b_j).                                           (1)

**Play that ignores colours.** Then a_i = b_i = q_i / 2, so that r_i = q_i - q_j = -r_j whatever they do: all that is
gained is lost. If both take a coin on which both step, equals have 0 each.

**Mutual greed** on 3 x 3, where a coin is one or two steps away and every player takes a shortest path, is a chain on
what happened at the last coin: one took it and the other stood beside it (A), or both arrived at once (T). The
next coin appears, from A, on one of 7 cells, 3 of which are as far from one as from the other; from T, where both
are on one cell, on any of the 8 others, and they arrive together again:

    P(T | A) = 3/7,    P(T | T) = 1,    steps to the next coin from T: (4 1 + 4 2) / 8 = 3/2.                  (2)

T absorbs. Greedy players end up on top of each other and take 2/3 coins a step together: r_i = 0 if both are paid. If
only the first is paid, it takes them all, r_1 = 2/3 = -r_2.

**A prisoner's dilemma.** A cooperative player takes its own coins by a shortest path and, while the coin is the
other's, steps at random where the coin is not. The long-run rewards of a step on 3 x 3, from the chain of all positions
if both can take a coin (colours may take turns or be drawn: a mirror image exchanges the players), are

                            other cooperative      other greedy
        cooperative         249/742 = .3356        -.2605
        greedy              .6251                  0                                                           (3)

Restraint costs no coin: two cooperative players take 249/371 = .6712 a step, two greedy ones .6667. Two that step at
random take 119/558 = .2133 and have 0 each; where only the first is paid, +7/558 and -7/558.

Observations: the board as four planes of 0 and 1, as [Foerster2018]_, or one number for tables. A torus looks the same
from everywhere, so that the number needs only where the other player (p) and the coin (c) are, counted row by row from
oneself, and whose the coin is:

    o = 2 (n^2 p + c) + (0 if the coin is one's own, else 1)        in 0 .. 2 n^4 - 1.                           (4)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import integer
from socialsim.engine.interface import Box, Discrete, Environment, Specification
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Horizon, Scenario
from socialsim.grids.codes import COIN, COLUMN_STEP, EMPTY, ROW_STEP
from socialsim.grids.frame import Frame
from socialsim.metrics.estimates import mean, ratio

PRESETS: dict[str, dict[str, Any]] = {
    "lerer_2017": {"size": 5, "both_take": True, "alternates": False, "stays": False},
    "foerster_2018": {"size": 3, "both_take": False, "alternates": True, "stays": False},
    "zhao_2022": {"size": 3, "both_take": True, "alternates": True, "stays": False},
}
ACTIONS = ("north", "east", "south", "west", "stay")
STAY = 4


class State(NamedTuple):
    """Where the players and the coin are, and what was taken."""

    size: int
    both_take: bool
    alternates: bool
    row: NDArray[np.int64]  # (2,)
    column: NDArray[np.int64]  # (2,)
    heading: NDArray[np.int64]  # (2,), of the last step: 0 north, 1 east, 2 south, 3 west
    coin: NDArray[np.int64]  # (3,): row, column, owner
    time: NDArray[np.int64]  # (1,), steps of the episode so far
    num_coins: NDArray[np.int64]  # (1,), coins taken
    own_coins: NDArray[np.int64]  # (2,), own coins that each took
    others_coins: NDArray[np.int64]  # (2,), the other's coins that each took
    returns: NDArray[np.float64]  # (2,), sum of rewards


class CoinGame(Environment):
    """Red, blue, and a coin of one of them.

    Choosing a preset sets every rule; what is given beside it departs from it. ``foerster_2018`` is the code of that
    paper, ``zhao_2022`` that of [Zhao2022]_ and most others; of [Lerer2017]_ the board and the drawn colours are known.

    Examples
    --------
    >>> CoinGame(preset="foerster_2018").both_take
    False
    >>> CoinGame(size=4).specification("red", 2).num_observations
    512
    >>> CoinGame(preset="lola")
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: unknown preset 'lola'; Accepted: foerster_2018, lerer_2017,
    zhao_2022
    """

    preset: str = parameter("zhao_2022", "the published rules that are the defaults of all others")
    size: int = parameter(3, "edge of the board", unit="cells", ge=2, le=32)
    both_take: bool = parameter(
        True, "whether both take a coin on which both step; if not, the first player (red) alone"
    )
    alternates: bool = parameter(True, "whether colours take turns; if not each is drawn")
    stays: bool = parameter(False, "whether there is a fifth action, to stay")
    observation: Literal["state", "window"] = parameter(
        "state",
        "what one sees: the state as a number, or planes of oneself, the other, one's own coin and the other's",
    )

    agent_types: ClassVar[tuple[str, ...]] = ("red", "blue")
    source: ClassVar[str] = "Lerer & Peysakhovich 2017, arXiv:1707.01068; Foerster et al. 2018, AAMAS"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_own_share",
        "series_label": "share of own coins among those taken",
        "agent": "return",
        "agent_label": "sum of rewards",
    }

    def __init__(self, **values: Any) -> None:
        preset = values.get("preset", type(self).model_fields["preset"].default)
        if preset not in tuple(PRESETS):
            raise ParameterError(unknown("preset", preset, PRESETS))
        super().__init__(**{**PRESETS[preset], **values})

    def replace(self, **values: Any) -> CoinGame:
        """Return a copy with other values; with another preset, all that is not given is that preset's."""
        if values.get("preset", self.preset) != self.preset:
            return type(self)(**{"observation": self.observation, **values})
        return super().replace(**values)

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return a red and a blue player, who may learn differently."""
        if num_agents != 2:
            raise ParameterError(f"network: coin_game needs 2 agents, red and blue, not {num_agents}")
        return {"red": 1, "blue": 1}

    def state(self, num_agents: int) -> State:
        """Lay out an empty board."""
        two = np.zeros(2, np.int64)
        return State(
            *(self.size, self.both_take, self.alternates),
            row=two,
            column=two.copy(),
            heading=two.copy(),
            coin=np.zeros(3, np.int64),
            time=np.zeros(1, np.int64),
            num_coins=np.zeros(1, np.int64),
            own_coins=two.copy(),
            others_coins=two.copy(),
            returns=np.zeros(2),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A player sees the whole board and steps."""
        num_actions = STAY + 1 if self.stays else STAY
        planes = Box(0, 1, (4, self.size, self.size), "uint8")
        seen = planes if self.observation == "window" else Discrete(2 * self.size**4)
        return Specification(Discrete(num_actions, ACTIONS[:num_actions]), seen, {"size": self.size})

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return of each player which share of the coins that it took was its own, and the sum of its rewards."""
        taken = state.own_coins + state.others_coins
        return {"own_share": state.own_coins / np.where(taken > 0, taken, math.nan), "return": state.returns}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what the last episode of each run came to; a coin that both took counts for each of them."""
        steps = np.where(state.time[:, 0] > 0, state.time[:, 0], math.nan)
        return {
            "steps": state.time[:, 0],
            "coins": state.num_coins[:, 0],
            "own_coins": state.own_coins.sum(axis=1),
            "others_coins": state.others_coins.sum(axis=1),
            "red_reward": state.returns[:, 0] / steps,
            "blue_reward": state.returns[:, 1] / steps,
        }

    def frame(self, state: State, row: int) -> Frame:
        """Return the picture of one replication."""
        cells = np.full((state.size, state.size), EMPTY, np.uint8)
        coin_row, coin_column, owner = state.coin[row]
        cells[coin_row, coin_column] = COIN + owner
        return Frame(cells, np.stack([state.row[row], state.column[row]], axis=1), state.heading[row])

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Put the players on two cells and a coin of either on a third, uniformly."""
        cells = env.size * env.size
        red = integer(stream, cells)
        blue = integer(stream, cells - 1)
        blue += blue >= red
        env.row[0], env.column[0] = red // env.size, red % env.size
        env.row[1], env.column[1] = blue // env.size, blue % env.size
        env.coin[2] = integer(stream, 2)
        place_coin(env, stream)

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Show the planes, or return the number of the state, eq. (4)."""
        j = 1 - i
        if out is not None:
            for plane in range(4):
                for row in range(env.size):
                    for column in range(env.size):
                        out[plane, row, column] = 0
            out[0, env.row[i], env.column[i]] = 1
            out[1, env.row[j], env.column[j]] = 1
            out[2 if env.coin[2] == i else 3, env.coin[0], env.coin[1]] = 1
            return 0
        other = offset(env, i, env.row[j], env.column[j])
        return 2 * (env.size * env.size * other + offset(env, i, env.coin[0], env.coin[1])) + (env.coin[2] != i)

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Both step; the coin is taken by whoever stands on it, and another appears."""
        env.time[0] += 1
        taken = False
        for i in range(2):
            rewards[i] = 0.0
        for i in range(2):
            if is_away(network, i):
                continue
            step(env, i, actions[i])
            if env.row[i] == env.coin[0] and env.column[i] == env.coin[1] and (env.both_take or not taken):
                take(env, network, i, rewards)
                taken = True
        for i in range(2):
            env.returns[i] += rewards[i]
        if taken:
            env.num_coins[0] += 1
            env.coin[2] = 1 - env.coin[2] if env.alternates else integer(stream, 2)
            place_coin(env, stream)


@compiled
def step(env, i, action):
    """Move player i, around the board if need be."""
    if action != STAY:
        env.heading[i] = action
        env.row[i] = wrapped(env, env.row[i] + ROW_STEP[action])
        env.column[i] = wrapped(env, env.column[i] + COLUMN_STEP[action])


@compiled
def take(env, network, i, rewards):
    """Give player i the coin; the owner, unless it is away, pays if that is not its own."""
    rewards[i] += 1.0
    owner = env.coin[2]
    if owner == i:
        env.own_coins[i] += 1
    else:
        env.others_coins[i] += 1
        if not is_away(network, owner):
            rewards[owner] -= 2.0


@compiled
def place_coin(env, stream):
    """Put the coin on a cell without a player, uniformly by one draw."""
    red = env.row[0] * env.size + env.column[0]
    blue = env.row[1] * env.size + env.column[1]
    low, high = min(red, blue), max(red, blue)
    cell = integer(stream, env.size * env.size - (1 if low == high else 2))
    cell += cell >= low
    cell += low != high and cell >= high
    env.coin[0], env.coin[1] = cell // env.size, cell % env.size


@compiled
def wrapped(env, place):
    """Return a row or column that is at most one board off, on the board."""
    if place < 0:
        return place + env.size
    return place - env.size if place >= env.size else place


@compiled
def offset(env, i, row, column):
    """Return the number of a cell, counted row by row from where player i stands."""
    return wrapped(env, row - env.row[i]) * env.size + wrapped(env, column - env.column[i])


def own_share(result: Result) -> Estimate:
    """Share of own coins among those taken: 1 if all cooperate, 1/2 if nobody minds whose a coin is."""
    return ratio(result.runs.own_coins, result.runs.own_coins + result.runs.others_coins)


def coins_per_step(result: Result) -> Estimate:
    """Coins that disappear in a step."""
    return mean(result.runs.coins / result.runs.steps)


def reward_per_step(result: Result) -> Estimate:
    """Mean reward of a player in a step."""
    return mean((result.runs.red_reward + result.runs.blue_reward) / 2)


METRICS = (own_share, coins_per_step, reward_per_step)
LEARNER = "q_learning:alpha=0.1,discount=0.9,epsilon=0.05"


def scenario(preset: str = "zhao_2022") -> Scenario:
    """Return two selfish learners, who start afresh every thousand steps and show the last thousand.

    Examples
    --------
    >>> scenario("lerer_2017").environment.size
    5
    """
    return Scenario(
        CoinGame(preset=preset), LEARNER, "complete:n=2", Horizon(steps=100_000, episode_steps=1000), METRICS
    )


def small() -> Scenario:
    """Return two episodes of twenty steps on a board of two cells by two."""
    environment = CoinGame(size=2, stays=True, alternates=False)
    return Scenario(environment, LEARNER, "complete:n=2", Horizon(steps=40, episode_steps=20), METRICS)
