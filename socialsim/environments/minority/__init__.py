"""Agents who each want to be where few others are (the minority game, and the El Farol bar).

In every step each of N agents chooses between action 0 (stay at home, sell) and action 1 (go to the bar, buy). With n
agents taking action 1, action 1 wins if fewer than a share theta of all take it, else action 0:

    X = 2 (n - theta N)        excess; for theta = 1/2 the literature's A = sum_i a_i with a_i = -1 or 1
    action 1 wins iff X < 0

so that no action is best for all: what everybody believes is refuted by everybody acting on it. Payoffs of who takes
a = -1 or 1 ([Challet1997]_; [Challet2005]_, section 2.1):

    linear   -a X, not scaled by N or P         sign   1 for winners, -1 for the others        win   1 and 0

Both actions together pay the same whatever happens, 0 (in ``win`` 1): the fact ``payoff_sum``. Agents who neglect that
they move X themselves thus know what the other action would have paid.

All see the same information mu in {0, ..., P - 1}, P = 2^m: the last m winning actions (**real** history), or a number
drawn anew in each step (**random** history), which makes the game solvable and changes it little ([Cavagna1999]_;
above alpha_c it fluctuates somewhat more, [Challet2000b]_). Instead agents may see the last m attendances, or what each
of their own actions would have paid in the last step.

Who acts how is the learner's affair: in `socialsim.learning.inductive` they follow the best of some random strategies,
in `socialsim.learning.forecaster` those of Arthur. What comes of it depends on alpha = P/N alone and is solved in
`socialsim.environments.minority.theory`; `socialsim.environments.minority.measures` says what is measured.

**El Farol** ([Arthur1994]_): a bar is enjoyable if fewer than 60 of 100 are there. Preset ``el_farol``: theta = .6,
real history, payoff ``sign``, the last attendances to be seen. Arthur's agents forecast the attendance and go if it is
below the threshold: a map from past attendances to an action. With ``observation = "history"`` a past week is reduced
to whether the bar was enjoyable, and such a map is a strategy table of the minority game.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer
from socialsim.engine.interface import Box, Discrete, Environment, Specification
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments.minority.measures import (
    BLOCK,
    METRICS,
    attendance,
    attendance_spread,
    outcomes_of,
    volatility,
    win_share,
)
from socialsim.environments.minority.theory import attendance_chances

LINEAR, SIGN, WIN = 0, 1, 2
PAYOFFS = ("linear", "sign", "win")
ROUNDING = 1e-9  # of the threshold, in agents: .55 x 100 is 55
PRESETS: dict[str, dict[str, Any]] = {
    "minority": {"memory": 6, "history": "random", "payoff": "linear", "threshold": 0.5, "observation": "history"},
    "el_farol": {"memory": 8, "history": "real", "payoff": "sign", "threshold": 0.6, "observation": "attendance"},
}


class State(NamedTuple):
    """What a replication holds."""

    num_histories: int
    threshold: float
    payoff: int
    is_real: bool
    burn_in: int
    clock: NDArray[np.int64]  # (1,), steps so far
    history: NDArray[np.int64]  # (1,), mu
    attendances: NDArray[np.float64]  # (memory,), the latest first; empty if nobody sees them
    taken: NDArray[np.int8]  # (num_agents,), last action
    last: NDArray[np.int64]  # (2,), attendance and number of players of the last step; -1 before the first
    visits: NDArray[np.int64]  # (num_histories,), counted steps with this history
    sums: NDArray[np.float64]  # (2, num_histories), of X, in two halves of the visits
    squares: NDArray[np.float64]  # (1,), sum of X^2
    attended: NDArray[np.int64]  # (1,), sum of n
    winners: NDArray[np.int64]  # (1,)
    playing: NDArray[np.int64]  # (1,)


@compiled
def seats(threshold, num_players):
    """Return theta N, rounded to a whole number where it is one but for rounding.

    Examples
    --------
    >>> float(seats(0.55, 100)), float(seats(0.5, 101))
    (55.0, 50.5)
    """
    capacity = threshold * num_players
    nearest = math.floor(capacity + 0.5)
    return np.float64(nearest) if abs(capacity - nearest) < ROUNDING else capacity


@compiled
def pay(payoff, attendance, capacity):
    """Return what action 1 pays if so many take it; action 0 pays the payoff sum less it.

    Examples
    --------
    >>> pay(LINEAR, 3, 5.5), pay(SIGN, 6, 5.5), pay(WIN, 3, 5.5)
    (5.0, -1.0, 1.0)
    """
    if payoff == LINEAR:
        return -2.0 * (attendance - capacity)
    if attendance < capacity:
        return 1.0
    return -1.0 if payoff == SIGN else 0.0


@compiled
def count(env, network, actions):
    """Note what everybody does, and return how many play and how many of them take action 1."""
    num_players, attendance = actions.shape[0], 0
    if network.may_change:
        for i in range(actions.shape[0]):
            num_players -= is_away(network, i)
    for i in range(actions.shape[0]):
        env.taken[i] = 0 if is_away(network, i) else actions[i]
        attendance += env.taken[i]
    return num_players, attendance


class Minority(Environment):
    """Agents who want to be in the minority.

    Choosing a preset sets every rule; what is given beside it departs from it.

    Examples
    --------
    >>> Minority(preset="el_farol", memory=3).threshold
    0.6
    >>> Minority(preset="el farol")
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: unknown preset 'el farol'; did you mean 'el_farol'? Accepted: el_farol,
    minority
    """

    preset: str = parameter("minority", "the published rules that are the defaults of all others")
    memory: int = parameter(6, "number m of past steps that agents see; P = 2^m", unit="steps", ge=1, le=16)
    history: Literal["real", "random"] = parameter("random", "whether mu is the last winners or drawn anew")
    payoff: Literal["linear", "sign", "win"] = parameter("linear", "-aX; 1 or -1; 1 or 0")
    threshold: float = parameter(0.5, "share theta: action 1 wins if fewer take it", gt=0, lt=1)
    observation: Literal["history", "attendance", "payoffs"] = parameter(
        "history", "what agents see: mu, the last m attendances, or what each action would have paid"
    )
    burn_in: int = parameter(0, "first steps, which the measures leave out", unit="steps", ge=0)

    source: ClassVar[str] = "Challet & Zhang 1997, Physica A 246:407-418; Arthur 1994, AER 84(2):406-411"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_action",
        "series_label": "share that takes action 1",
        "agent": "action",
        "agent_label": "last action",
    }

    def __init__(self, **values: Any) -> None:
        preset = values.get("preset", "minority")
        if preset not in tuple(PRESETS):
            raise ParameterError(unknown("preset", preset, PRESETS))
        super().__init__(**{**PRESETS[preset], **values})

    def replace(self, **values: Any) -> Minority:
        """Return a copy with other values; with another preset, all rules that are not given are that preset's."""
        if values.get("preset", self.preset) != self.preset:
            return type(self)(**{"burn_in": self.burn_in, **values})
        return super().replace(**values)

    def counts(self, num_agents: int) -> dict[str, int]:
        """Refuse an even number of agents where there need not be a minority."""
        if self.threshold == 0.5 and num_agents % 2 == 0:
            raise ParameterError(
                f"network: {num_agents} agents may split evenly; accepted: an odd number, or another "
                "environment.threshold than 0.5"
            )
        return super().counts(num_agents)

    def state(self, num_agents: int) -> State:
        """Lay out a game that has not begun."""
        num_histories = 2**self.memory
        return State(
            num_histories=num_histories,
            threshold=self.threshold,
            payoff=PAYOFFS.index(self.payoff),
            is_real=self.history == "real",
            burn_in=self.burn_in,
            clock=np.zeros(1, np.int64),
            history=np.zeros(1, np.int64),
            attendances=np.zeros(self.memory if self.observation == "attendance" else 0),
            taken=np.zeros(num_agents, np.int8),
            last=np.full(2, -1),
            visits=np.zeros(num_histories, np.int64),
            sums=np.zeros((2, num_histories)),
            squares=np.zeros(1),
            attended=np.zeros(1, np.int64),
            winners=np.zeros(1, np.int64),
            playing=np.zeros(1, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees the history, attendances or payoffs, and takes one of two actions; learners may know what both
        pay together, the threshold, and what each action pays on average when the others toss coins.
        """
        facts: dict[str, Any] = {
            "payoff_sum": 1.0 if self.payoff == "win" else 0.0,
            "num_agents": num_agents,
            "capacity": float(seats(self.threshold, num_agents)),
            "mean_rewards": self.mean_rewards(num_agents),
            "discrete_by": "environment.observation=history",
        }
        seen: Discrete | Box = Discrete(2**self.memory)
        if self.observation == "attendance":
            seen = Box(0.0, float(num_agents), (self.memory,))
            facts["observation"] = "last attendances"
        if self.observation == "payoffs":
            seen = Box(shape=(2,))
            facts["observation"] = "payoff of each action"
        return Specification(Discrete(2, ("stay", "attend")), seen, facts)

    def mean_rewards(self, num_agents: int) -> NDArray[np.float64]:
        """Return each agent's expected reward for each action when all others toss coins, shape (num_agents, 2).

        Examples
        --------
        >>> Minority(payoff="linear").mean_rewards(3)[0].tolist()
        [-1.0, -1.0]
        """
        capacity, payoff = seats(self.threshold, num_agents), PAYOFFS.index(self.payoff)
        total = 1.0 if self.payoff == "win" else 0.0
        chances = attendance_chances(num_agents - 1)
        stay = sum(p * (total - pay(payoff, k, capacity)) for k, p in enumerate(chances))
        attend = sum(p * pay(payoff, k + 1, capacity) for k, p in enumerate(chances))
        return np.tile([stay, attend], (num_agents, 1))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what each agent did last; NaN before the first step."""
        return {"action": np.where(state.last[:, :1] < 0, math.nan, state.taken)}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return volatility, predictability, attendance, winners and alpha of each run."""
        return outcomes_of(state)

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Begin with any history; past attendances are drawn uniformly."""
        env.history[0] = integer(stream, env.num_histories)
        for k in range(env.attendances.shape[0]):
            env.attendances[k] = integer(stream, network.num_agents + 1)

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Return the history, or show the last attendances or what each own action would have paid."""
        if out is None:
            return env.history[0]
        if env.attendances.shape[0] > 0:
            for k in range(out.shape[0]):
                out[k] = env.attendances[k]
        elif env.last[0] < 0:
            out[0] = out[1] = 0.0
        else:
            others = env.last[0] - env.taken[i]
            capacity = seats(env.threshold, env.last[1])
            out[0] = (1.0 if env.payoff == WIN else 0.0) - pay(env.payoff, others, capacity)
            out[1] = pay(env.payoff, others + 1, capacity)
        return env.history[0]

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Count who attends, pay everybody, and let the next history follow."""
        num_players, attendance = count(env, network, actions)
        capacity = seats(env.threshold, num_players)
        attending = pay(env.payoff, attendance, capacity)
        staying = (1.0 if env.payoff == WIN else 0.0) - attending
        for i in range(actions.shape[0]):
            rewards[i] = 0.0 if is_away(network, i) else attending if actions[i] == 1 else staying
        winner = 1 if attendance < capacity else 0
        mu = env.history[0]
        if env.clock[0] >= env.burn_in:
            excess = 2.0 * (attendance - capacity)
            env.sums[(env.visits[mu] // BLOCK) % 2, mu] += excess
            env.visits[mu] += 1
            env.squares[0] += excess * excess
            env.attended[0] += attendance
            env.winners[0] += attendance if winner == 1 else num_players - attendance
            env.playing[0] += num_players
        env.clock[0] += 1
        env.last[0] = attendance
        env.last[1] = num_players
        if env.is_real:
            env.history[0] = (2 * mu + winner) & (env.num_histories - 1)
        else:
            env.history[0] = integer(stream, env.num_histories)
        for k in range(env.attendances.shape[0] - 1, 0, -1):
            env.attendances[k] = env.attendances[k - 1]
        if env.attendances.shape[0] > 0:
            env.attendances[0] = attendance


def scenario(preset: str = "minority") -> Scenario:
    """Return 101 agents with two strategies each in the minority game, or a hundred who may go to El Farol.

    Examples
    --------
    >>> scenario("el_farol").network.spec
    'complete:n=100'
    """
    if preset == "el_farol":
        bar = Minority(preset=preset, burn_in=1000)
        return Scenario(
            bar, "forecaster", "complete:n=100", 2000, (attendance, attendance_spread, volatility, win_share)
        )
    return Scenario(Minority(preset=preset, burn_in=10_000), "inductive", "complete:n=101", 30_000, METRICS)


def small() -> Scenario:
    """Return eleven agents with a short memory of what really happened."""
    return Scenario(Minority(memory=2, history="real"), "inductive", "complete:n=11", 40, METRICS)
