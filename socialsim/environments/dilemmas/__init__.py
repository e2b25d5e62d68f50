r"""Learners in a social dilemma: a matrix game with every neighbour, round after round.

In each round every agent chooses one of m actions and plays it against all those whom it hears. Against one of them who
chooses b the action a pays A[a][b]; an agent is paid the mean over its neighbours, or the sum. Action 0 is to
**cooperate**. With two actions A holds the reward R, the sucker's payoff S, the temptation T and the punishment P,

        C  D
    C   R  S        a social dilemma if R > P, R > S, 2R > T + S and either greed T > R or fear P > S
    D   T  P                                                          ([Leibo2017]_, `socialsim.metrics.games`)

    prisoner's dilemma  T > R > P > S        to defect pays whatever the other does
    chicken, snowdrift  T > R > S > P        to defect pays against cooperators alone (greed without fear)
    stag hunt           R > T > P > S        to defect pays against defectors alone (fear without greed)
    harmony             R > T, S > P         no dilemma

With R = 1 and P = 0 the four are the quarters of the T-S plane ([Santos2006b]_). Games of more actions are given in
the same way. With ``column_payoffs`` a game is asymmetric: the first half of the agents are rows,
the others columns, and only rows and columns play each other: a row's a against a column's b pays them A[a][b] and
B[a][b]. Links within a side are not used for play; ``complete`` and ``stochastic_block`` with links between two blocks
alone suit it.

What agents see before they choose is nothing; what they did themselves; how many neighbours cooperated in the last
round (up to ``most_counted``); or what each action would have paid in it, for those who learn from foregone payoffs.

**Learning, not selection.** Here agents live on and change what they do, by reinforcement (`bush_mosteller`,
`roth_erev`, `q_learning`, ...) or by imitation of neighbours, of whom they hear what they did and what it paid
(`imitate_best`, `fermi`). Where strategies are innate and agents take each other's place see
`socialsim.environments.evolution`.

**Stochastic collusion** ([Macy2002]_). Two Bush-Mosteller learners with an aspiration between P and R are discontent
with anything but mutual cooperation, in the prisoner's dilemma at least one of them. Their chances hover about a
self-correcting equilibrium until they happen to cooperate often enough in a row for each time to make the next more
likely: then they are **locked in**, here by definition if all have done the same for ``lock_in`` rounds. What is
exact of it stands in `socialsim.environments.dilemmas.theory`.
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
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.links import COMPLETE, degree, is_away, neighbour
from socialsim.engine.scenario import Scenario
from socialsim.metrics.estimates import mean, proportion

NOTHING, OWN, NEIGHBOURS, PAYOFFS = range(4)  # what is seen
OBSERVATIONS = ("nothing", "own", "neighbours", "payoffs")


class State(NamedTuple):
    """The game, what everybody did last, and for how long."""

    payoffs: NDArray[np.float64]  # constant (2, num_actions, num_actions), of row and column, own action first
    num_rows: int  # agents below are rows; 0: no sides, and all are paid as rows
    is_mean: int
    seen: int
    most_counted: int
    lock_in: int
    last: NDArray[np.int64]  # (num_agents,), action of the last round; -1 before the first, and of those away
    streak: NDArray[np.int64]  # (num_agents,), rounds in a row with that action
    num_rounds: NDArray[np.int64]  # (num_agents,)
    num_first: NDArray[np.int64]  # (num_agents,), rounds with action 0
    takers: NDArray[np.int64]  # (2, num_actions), how many rows, and columns, did each in the last round


class Dilemmas(Environment):
    """A network of agents who play one game with all their neighbours.

    Examples
    --------
    >>> stag_hunt = Dilemmas(payoffs=((4.0, 0.0), (3.0, 1.0)))
    >>> stag_hunt.specification("agent", 2).fact("reward_range")
    (0.0, 4.0)
    >>> Dilemmas(payoffs=((1.0, 2.0),))
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: payoffs: ((1.0, 2.0),) is not square; accepted: m rows of m finite numbers
    """

    payoffs: tuple[tuple[float, ...], ...] = parameter(
        ((3.0, 0.0), (4.0, 1.0)), "what each action pays against each; action 0 is to cooperate", unit="reward"
    )
    column_payoffs: tuple[tuple[float, ...], ...] = parameter(
        (), "what columns are paid by the row's and their own action; if empty, the game is symmetric", unit="reward"
    )
    payoff: Literal["averaged", "accumulated"] = parameter(
        "averaged", "what one is paid in a round: the mean of one's games, or their sum"
    )
    observation: Literal["nothing", "own", "neighbours", "payoffs"] = parameter(
        "nothing",
        "what is seen of the last round: own act, cooperating neighbours, what each act would have paid",
    )
    most_counted: int = parameter(8, "cooperating neighbours that are told apart, at most", ge=1, le=1000)
    lock_in: int = parameter(50, "rounds with the same action after which one is locked in", unit="rounds", ge=1)

    source: ClassVar[str] = "Macy & Flache 2002, PNAS 99:7229-7236"
    figure: ClassVar[Mapping[str, Any]] = {
        "step_label": "round",
        "series": "mean_share_cooperated",
        "series_label": "share of cooperation so far",
        "agent": "share_cooperated",
        "agent_label": "share of rounds in which one cooperated",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse matrices that are not square, or of two sizes."""
        for name, matrix in (("payoffs", self.payoffs), ("column_payoffs", self.column_payoffs or self.payoffs)):
            if not matrix or any(len(row) != len(matrix) for row in matrix):
                raise ParameterError(f"{name}: {matrix} is not square; accepted: m rows of m finite numbers")
        if len(self.column_payoffs) not in (0, len(self.payoffs)):
            raise ParameterError(
                f"column_payoffs: {len(self.column_payoffs)} rows are not accepted; accepted: as many as of payoffs, "
                f"{len(self.payoffs)}, or none"
            )

    def tables(self) -> NDArray[np.float64]:
        """Return what rows and columns are paid, shape (2, num_actions, num_actions), one's own action first."""
        row = np.array(self.payoffs)
        return np.stack([row, np.array(self.column_payoffs).T if self.column_payoffs else row])

    def state(self, num_agents: int) -> State:
        """Lay out everybody before the first round."""
        tables = self.tables()
        return State(
            payoffs=constant(tables),
            num_rows=(num_agents + 1) // 2 if self.column_payoffs else 0,
            is_mean=int(self.payoff == "averaged"),
            seen=OBSERVATIONS.index(self.observation),
            most_counted=self.most_counted,
            lock_in=self.lock_in,
            last=np.full(num_agents, -1, np.int64),
            streak=np.zeros(num_agents, np.int64),
            num_rounds=np.zeros(num_agents, np.int64),
            num_first=np.zeros(num_agents, np.int64),
            takers=np.zeros((2, tables.shape[1]), np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees something of the last round and chooses an action."""
        tables = self.tables()
        num_actions, low, high = tables.shape[1], float(tables.min()), float(tables.max())
        facts: dict[str, Any] = {"payoffs_by_actions": True}
        if self.payoff == "averaged":
            facts["reward_range"] = (low, high)
            rows = (num_agents + 1) // 2 if self.column_payoffs else num_agents
            facts["mean_rewards"] = tables.mean(axis=2)[[0] * rows + [1] * (num_agents - rows)]
        else:
            most = num_agents - 1  # neighbours
            facts["reward_range"] = (min(0.0, most * low), max(0.0, most * high))
        if num_actions == 2:
            facts |= {"restrained_action": 0, "unrestrained_action": 1}
        actions = Discrete(num_actions, ("cooperate", "defect") if num_actions == 2 else ())
        if self.observation == "payoffs":
            shown = {"observation": "payoff of each action", "discrete_by": "environment.observation=nothing"}
            return Specification(actions, Box(shape=(num_actions,)), facts | shown)
        facts["payoffs_by"] = "environment.observation=payoffs"
        sizes = {"nothing": 1, "own": 1 + num_actions, "neighbours": 2 + self.most_counted}
        return Specification(actions, Discrete(sizes[self.observation]), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return who cooperated last, for how many rounds each has done the same, and how often each cooperated."""
        rounds = np.where(state.num_rounds > 0, state.num_rounds, math.nan)
        return {
            "cooperates": np.where(state.last >= 0, state.last == 0, math.nan),
            "streak": state.streak,
            "share_cooperated": state.num_first / rounds,
        }

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the share of cooperators over all rounds and in the last one, and who is locked in, of those present;
        NaN where nobody is, or nothing was played.
        """
        last, is_present = np.asarray(state.last), np.asarray(state.last) >= 0
        present = np.where(is_present.any(axis=1), is_present.sum(axis=1), math.nan)
        rounds = np.asarray(state.num_rounds).sum(axis=1)
        locked = is_present & (np.asarray(state.streak) >= self.lock_in)
        return {
            "cooperation": np.asarray(state.num_first).sum(axis=1) / np.where(rounds > 0, rounds, math.nan),
            "final_cooperation": (last == 0).sum(axis=1) / present,
            "locked_in": locked.sum(axis=1) / present,
            "locked_cooperators": (locked & (last == 0)).sum(axis=1) / present,
        }

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Return what agent i sees of the last round, 0 before the first; or show what each action would have paid."""
        if out is not None:
            for a in range(env.payoffs.shape[1]):
                out[a] = earned(env, network, i, a)
            return 0
        if env.seen == NOTHING or env.last[i] < 0:
            return 0
        return 1 + (env.last[i] if env.seen == OWN else cooperating_neighbours(env, network, i))

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Everybody plays with everybody whom it hears."""
        for side in range(2):
            for a in range(env.takers.shape[1]):
                env.takers[side, a] = 0
        for i in range(actions.shape[0]):
            if is_away(network, i):
                env.last[i] = -1
                env.streak[i] = 0
            else:
                env.streak[i] = env.streak[i] + 1 if actions[i] == env.last[i] else 1
                env.last[i] = actions[i]
                env.takers[side_of(env, i), actions[i]] += 1
                env.num_rounds[i] += 1
                env.num_first[i] += actions[i] == 0
        for i in range(actions.shape[0]):
            if env.last[i] >= 0:
                rewards[i] = earned(env, network, i, actions[i])


@compiled
def side_of(env, i):
    """Return 0 for a row and, in a game of two sides, 1 for a column."""
    return 1 if 0 < env.num_rows <= i else 0


@compiled
def faces(env, i, j):
    """Return whether i, in a round played, meets j."""
    return env.last[j] >= 0 and (env.num_rows == 0 or side_of(env, i) != side_of(env, j))


@compiled
def faced_takers(env, i, action):
    """Return how many of those whom i meets did an action, where it hears all."""
    if env.num_rows > 0:
        return env.takers[1 - side_of(env, i), action]
    return env.takers[0, action] - (env.last[i] == action)


@compiled
def earned(env, network, i, action):
    """Return what an action pays agent i against what those whom it meets did last; 0 if it meets nobody."""
    side, total, size = side_of(env, i), 0.0, 0
    if network.kind == COMPLETE:
        for b in range(env.takers.shape[1]):
            count = faced_takers(env, i, b)
            total += env.payoffs[side, action, b] * count
            size += count
    else:
        for k in range(degree(network, i)):
            j = neighbour(network, i, k)
            if faces(env, i, j):
                total += env.payoffs[side, action, env.last[j]]
                size += 1
    return total / size if env.is_mean and size > 0 else total


@compiled
def cooperating_neighbours(env, network, i):
    """Return how many of those whom i met cooperated, up to the most that it tells apart."""
    count = 0
    if network.kind == COMPLETE:
        count = faced_takers(env, i, 0)
    else:
        for k in range(degree(network, i)):
            j = neighbour(network, i, k)
            count += faces(env, i, j) and env.last[j] == 0
    return min(count, env.most_counted)


def cooperation_rate(result: Result) -> Estimate:
    """Mean share of cooperators over all rounds."""
    return mean(result.runs.cooperation.dropna())


def final_cooperation(result: Result) -> Estimate:
    """Mean share of cooperators in the last round."""
    return mean(result.runs.final_cooperation.dropna())


def locked_in_rate(result: Result) -> Estimate:
    """Share of runs in which everybody is locked in at the end, whatever each does."""
    return proportion(result.runs.locked_in == 1.0)


def collusion_rate(result: Result) -> Estimate:
    """Share of runs in which everybody is locked into cooperation at the end."""
    return proportion(result.runs.locked_cooperators == 1.0)


METRICS = (cooperation_rate, final_cooperation, locked_in_rate, collusion_rate)


def scenario() -> Scenario:
    """Return two Bush-Mosteller learners in the prisoner's dilemma, who aspire to 2."""
    return Scenario(Dilemmas(), "bush_mosteller:alpha=0.5,aspiration=2.0", "path:n=2", 500, METRICS)


def small() -> Scenario:
    """Return five learners on a ring who see how many neighbours cooperated."""
    environment = Dilemmas(observation="neighbours", most_counted=2, lock_in=5)
    return Scenario(environment, "bush_mosteller:alpha=0.5,aspiration=2.0", "cycle:n=5", 20, METRICS)
