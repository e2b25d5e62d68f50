r"""Groups that must reach a target together, or may lose all (the collective-risk dilemma).

Each of n members of a group has an endowment e. In each of R rounds each puts one of some amounts into a common
account. If the account has reached the target T after the last round, everybody keeps what it has left; if not, all
lose it with the probability p ([Milinski2008]_: n = 6, e = 40, R = 10, amounts of 0, 2 or 4, T = 120, p = .9, .5 or
.1). To put in the fair share T/n and keep the rest is an equilibrium iff e - T/n >= (1 - p) e, that is, p >= T/(n e);
to put in nothing is always one as long as nobody can reach the target alone.

**One shot.** With one round and the amounts 0 and c the target needs M = T/c members. In a large population of random
groups of which a share x contributes, to contribute pays more by

    g(x) = sum_k C(n-1, k) x^k (1-x)^(n-1-k) a_k,    a_k = p e [k = M-1] - c                                        (1)

if the whole endowment is at stake (``at_stake = "endowment"``, as in [Santos2011]_: those who lose it have spent c in
vain besides), so that the rest points solve

    C(n-1, M-1) x^(M-1) (1-x)^(n-M) = c/(p e);                                                                      (2)

the left side is largest at x = (M-1)/(n-1). For 1 < M < n there is none below a critical risk and two above it: the
lower one, a barrier to cooperation, is unstable, the upper one, where contributors and others live together, is stable;
for M = 1 there is only the latter, for M = n only the former. If only what is left
is lost (``at_stake = "rest"``, as in the experiment), contributing in vain costs less: a_k = -(1-p) c for k < M-1.

A step is a round. Groups are put together at random anew for each game of R rounds; who is left over sits out, is paid
nothing and learns from it. What is left is paid after the last round, nothing before. An agent sees the round and how
far its group has come to the target, in some classes.
"""

from __future__ import annotations

import itertools
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
from socialsim.core.streams import uniform
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments._groups import draw_order, interior_equilibria
from socialsim.metrics.estimates import ratio
from socialsim.metrics.runs import over_runs

GAMES, REACHED, LOST, SEATS, SPENT, PAID = range(6)
NUM_TOTALS = 6
ROUNDING = 1e-9  # relative; amounts that differ by less are equal
NO_GAME = "no game ended in the time that counts"


class State(NamedTuple):
    """What a replication holds."""

    group_size: int
    num_rounds: int
    endowment: float
    target: float
    risk: float
    all_at_stake: int  # whether who loses has paid its contributions besides
    num_classes: int
    burn_in: int
    amounts: NDArray[np.float64]  # constant (num_actions,)
    clock: NDArray[np.int64]  # (1,)
    order: NDArray[np.int64]  # (num_agents,), who sits with whom in this game
    group: NDArray[np.int64]  # (num_agents,), -1 for who sits out
    spent: NDArray[np.float64]  # (num_agents,), in this game
    account: NDArray[np.float64]  # (num_agents,), of each group; there are fewer groups than agents
    put_in: NDArray[np.float64]  # (num_agents,), in the last game that ended; NaN for who sat out
    totals: NDArray[np.float64]  # (NUM_TOTALS,)


class CollectiveRisk(Environment):
    """Groups with a target, and a risk.

    Examples
    --------
    >>> one_shot = CollectiveRisk(num_rounds=1, endowment=1.0, amounts=[0.0, 0.1], target=0.3, at_stake="endowment")
    >>> [(round(share, 4), stable) for share, stable in one_shot.equilibria()]
    [(0.1299, False), (0.723, True)]
    >>> CollectiveRisk(amounts=[0.0, 5.0])
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: environment.amounts: 10 rounds of 5.0 exceed the endowment, 40.0; accepted: at
    most 4.0
    """

    group_size: int = parameter(6, "n, members of a group", unit="agents", ge=2)
    num_rounds: int = parameter(10, "R, rounds of a game", unit="steps", ge=1)
    endowment: float = parameter(40.0, "e, what each has before a game", unit="reward", gt=0)
    amounts: tuple[float, ...] = parameter((0.0, 2.0, 4.0), "what one may put in, in each round", unit="reward")
    target: float = parameter(120.0, "T, of each group's account", unit="reward", gt=0)
    risk: float = parameter(0.9, "p, of losing it all if the target is missed", ge=0, le=1)
    at_stake: Literal["rest", "endowment"] = parameter(
        "rest", "what is lost: what is left, or as much as the endowment, with what was put in on top"
    )
    num_classes: int = parameter(4, "classes of an account below the target that agents tell apart", ge=1, le=1000)
    burn_in: int = parameter(0, "first steps that the measures leave out", unit="steps", ge=0)

    source: ClassVar[str] = "Milinski et al. 2008, PNAS 105:2291-2294; Santos & Pacheco 2011, PNAS 108:10421-10425"
    figure: ClassVar[Mapping[str, Any]] = {
        "step_label": "round",
        "series": "mean_put_in",
        "series_label": "put in, in a game",
        "agent": "put_in",
        "agent_label": "put in, in a game",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse amounts that are not increasing or exceed the endowment, and a target that cannot be reached."""
        amounts = self.amounts
        if len(amounts) < 2 or amounts[0] < 0 or any(b <= a for a, b in itertools.pairwise(amounts)):
            raise ParameterError(
                f"environment.amounts: {list(amounts)} is not accepted; accepted: two or more increasing amounts >= 0"
            )
        most = self.endowment / self.num_rounds
        if amounts[-1] > most * (1 + ROUNDING):
            raise ParameterError(
                f"environment.amounts: {self.num_rounds} rounds of {amounts[-1]} exceed the endowment, "
                f"{self.endowment}; accepted: at most {most}"
            )
        reachable = self.group_size * self.num_rounds * amounts[-1]
        if self.target > reachable * (1 + ROUNDING):
            raise ParameterError(
                f"environment.target: {self.target} cannot be reached by {self.group_size} agents; accepted: at most "
                f"{reachable}"
            )

    def gains(self) -> NDArray[np.float64]:
        """Return how much more contributing pays beside 0, ..., n - 1 others who do, a_k of equation (1)."""
        if self.num_rounds != 1 or len(self.amounts) != 2 or self.amounts[0] != 0.0:
            raise ParameterError(
                f"environment: {self.num_rounds} rounds of {list(self.amounts)} have no equilibria by shares; "
                "accepted: num_rounds=1 and two amounts, the first of them 0"
            )
        cost = self.amounts[1]
        others = np.arange(self.group_size)
        reached = [(others + own) * cost >= self.target * (1 - ROUNDING) for own in (0, 1)]
        keeps = [np.where(saved, 1.0, 1.0 - self.risk) for saved in reached]
        if self.at_stake == "endowment":
            return np.asarray(self.endowment * (keeps[1] - keeps[0]) - cost)
        return np.asarray((self.endowment - cost) * keeps[1] - self.endowment * keeps[0])

    def equilibria(self) -> list[tuple[float, bool]]:
        """Return the shares of contributors inside (0, 1) at which both amounts pay alike, and which are stable."""
        return interior_equilibria(self.gains())

    def state(self, num_agents: int) -> State:
        """Lay out a population before its first game."""
        if self.group_size > num_agents:
            raise ParameterError(
                f"environment.group_size: {self.group_size} is not accepted; accepted: at most as many as agents, "
                f"{num_agents}"
            )
        return State(
            group_size=self.group_size,
            num_rounds=self.num_rounds,
            endowment=self.endowment,
            target=self.target * (1 - ROUNDING),
            risk=self.risk,
            all_at_stake=int(self.at_stake == "endowment"),
            num_classes=self.num_classes,
            burn_in=self.burn_in,
            amounts=constant(np.array(self.amounts, np.float64)),
            clock=np.zeros(1, np.int64),
            order=np.zeros(num_agents, np.int64),
            group=np.full(num_agents, -1, np.int64),
            spent=np.zeros(num_agents),
            account=np.zeros(num_agents),
            put_in=np.full(num_agents, math.nan),
            totals=np.zeros(NUM_TOTALS),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees round and account as one number, (classes + 1) x round + class, and chooses an amount."""
        classes = [f"below {k + 1}/{self.num_classes}" for k in range(self.num_classes)] + ["reached"]
        labels = tuple(f"round {r + 1}, target {name}" for r in range(self.num_rounds) for name in classes)
        most = self.num_rounds * self.amounts[-1]
        facts = {"reward_range": (-most if self.at_stake == "endowment" else 0.0, self.endowment)}
        actions = Discrete(len(self.amounts), tuple(f"{amount:g}" for amount in self.amounts))
        return Specification(actions, Discrete(len(labels), labels), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what each agent put in, in the last game that ended."""
        return {"put_in": state.put_in}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how many games reached the target, what was put in and what was kept, of the games that count."""
        totals = state.totals.T
        seats = np.where(totals[SEATS] > 0, totals[SEATS], math.nan)
        return {
            "games": totals[GAMES].astype(np.int64),
            "reached": totals[REACHED].astype(np.int64),
            "lost": totals[LOST].astype(np.int64),
            "put_in": totals[SPENT] / seats,
            "kept": totals[PAID] / seats,
        }

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return the round and the class of one's group's account; the first class for who sits out."""
        level = 0
        if env.group[i] >= 0:
            share = env.account[env.group[i]] / env.target
            level = min(env.num_classes, np.int64(env.num_classes * share))
        return (env.clock[0] % env.num_rounds) * (env.num_classes + 1) + level

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Groups form in the first round, all put in, and after the last round they keep what is left, or not."""
        if env.clock[0] <= env.burn_in:
            for k in range(NUM_TOTALS):
                env.totals[k] = 0.0
        if env.clock[0] % env.num_rounds == 0:
            form(env, network, stream)
        for i in range(actions.shape[0]):
            rewards[i] = 0.0
            if env.group[i] >= 0 and not is_away(network, i):
                env.spent[i] += env.amounts[actions[i]]
                env.account[env.group[i]] += env.amounts[actions[i]]
        env.clock[0] += 1
        if env.clock[0] % env.num_rounds == 0:
            settle(env, network, rewards, stream)


@compiled
def form(env, network, stream):
    """Put those who are present into groups with empty accounts."""
    num_seats = draw_order(env.order, network, stream) // env.group_size * env.group_size
    for i in range(env.group.shape[0]):
        env.group[i] = -1
        env.spent[i] = 0.0
        env.account[i] = 0.0
    for k in range(num_seats):
        env.group[env.order[k]] = k // env.group_size


@compiled
def settle(env, network, rewards, stream):
    """Let each group keep what is left, or lose it; those who have gone meanwhile are paid nothing."""
    for i in range(env.group.shape[0]):
        env.put_in[i] = np.nan
    for group in range(env.group.shape[0] // env.group_size):
        if env.group[env.order[group * env.group_size]] != group:
            break
        reached = env.account[group] >= env.target
        lost = not reached and uniform(stream) < env.risk
        env.totals[GAMES] += 1.0
        env.totals[REACHED] += reached
        env.totals[LOST] += lost
        for k in range(env.group_size):
            i = env.order[group * env.group_size + k]
            if not is_away(network, i):
                left = env.endowment - env.spent[i]
                rewards[i] = (-env.spent[i] if env.all_at_stake else 0.0) if lost else left
                env.put_in[i] = env.spent[i]
                env.totals[SEATS] += 1.0
                env.totals[SPENT] += env.spent[i]
                env.totals[PAID] += rewards[i]
    for i in range(env.group.shape[0]):
        env.group[i] = -1


# --- Metrics ---------------------------------------------------------------------------------------------------


def success_rate(result: Result) -> Estimate:
    """Share of games in which the group reached its target."""
    return _of_games(result, "reached")


def loss_rate(result: Result) -> Estimate:
    """Share of games that ended in the loss of everything."""
    return _of_games(result, "lost")


def mean_put_in(result: Result) -> Estimate:
    """What a player put in, in a game, mean over players."""
    return over_runs(result, "put_in", NO_GAME)


def mean_kept(result: Result) -> Estimate:
    """What a player was paid for a game, mean over players."""
    return over_runs(result, "kept", NO_GAME)


def _of_games(result: Result, what: str) -> Estimate:
    runs = result.runs
    return ratio(runs[what], runs.games) if runs.games.sum() else Estimate.undefined(NO_GAME, len(runs))


METRICS = (success_rate, loss_rate, mean_put_in, mean_kept)


def scenario() -> Scenario:
    """Return sixty Q-learners who play the game of the experiment ten thousand times."""
    game = CollectiveRisk(burn_in=50_000)
    return Scenario(game, "q_learning:discount=0.99,epsilon=0.05", "complete:n=60", 100_000, METRICS)


def small() -> Scenario:
    """Return seven agents in groups of three who play games of two rounds."""
    game = CollectiveRisk(group_size=3, num_rounds=2, endowment=8.0, target=12.0, num_classes=2, burn_in=2)
    return Scenario(game, "q_learning:discount=0.99,epsilon=0.05", "cycle:n=7", 14, METRICS)
