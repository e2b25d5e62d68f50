r"""Selection in structured populations: strategies that take the place of others (evolutionary games on networks).

Each of N agents has an innate **strategy**, one of m, and plays a symmetric game with every neighbour: holding s
against s' pays A[s][s'], and P_i is the sum over its games, by weight of the link, or their mean. Nobody learns
(`socialsim.learning.innate`); an **update rule** lets one strategy take the place of another
(`socialsim.environments.evolution.updating`). Three rules change everyone at once, and a step is a generation:
``best_neighbour`` ([Nowak1992]_), ``imitation`` ([Santos2005]_) and ``fermi``; four change one agent a step:
``pairwise_comparison`` ([Szabo1998]_, [Traulsen2006]_), ``death_birth``, ``birth_death`` and ``moran``
([Ohtsuki2006]_, [Moran1958]_). With the chance ``mutation`` an agent that would be updated takes any other strategy
instead. Without it a run ends when one strategy is left (**fixation**), which is the verdict.

By default strategy 0 cooperates and strategy 1 defects. What is known:

- one mutant of relative fitness r takes over a population of N who all meet with the chance
  (1 - 1/r) / (1 - r^-N) under ``moran`` ([Moran1958]_);
- where cooperators pay c for each neighbour, who gets b, weak selection favours them under ``death_birth`` with mean
  payoffs if b/c > (b/c)* = t_2 / (t_3 - t_1), t_n the mean time until two random walks meet that start at the ends of
  an n-step walk ([Allen2017]_); where all N agents are alike and have k neighbours that is (N - 2) / (N/k - 2), and
  under ``birth_death`` it never does ([Taylor2007]_);
- on a torus of Moore neighbourhoods with ``best_neighbour``, self-play, R = 1, S = P = 0 and 1.8 < T < 2 patches of
  both chase each other for ever, with cooperators at a share of about .32 ([Nowak1992]_).

`socialsim.environments.evolution.theory` computes these and the stationary distribution under mutation exactly.

On a torus of Moore neighbourhoods of at least 16 x 16 two strategies under ``best_neighbour`` are kept as bits
(`socialsim.environments.evolution.lattice`), to the same outcome; where everybody meets everybody, payoffs follow from
the numbers of holders, and two strategies of which one is replaced at a time go from change to change (`mixed`). An
agent who is away neither plays nor takes or leaves a place, and shares are of those present.
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
from socialsim.core.streams import integer
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.scenario import Scenario
from socialsim.environments.evolution.lattice import (
    NUM_PLANES,
    generation,
    is_moore_torus,
    no_order,
    pack,
    plane_words,
    unpack,
    walk_order,
)
from socialsim.environments.evolution.mixed import Rules, chances, cross, draw_wait, line_up
from socialsim.environments.evolution.updating import (
    DEATH_BIRTH,
    PAIRWISE_COMPARISON,
    UPDATES,
    count_all,
    give_birth,
    is_mixed,
    links_are_mutual,
    look,
    note_fixation,
    replace,
)
from socialsim.metrics.estimates import mean, proportion

MOST_STRATEGIES = 100
NOT_FIXED = NOT_WAITING = -1
NONE_FIXED = "no run ended in fixation"
TOO_SHORT = "no step was counted: the runs are not longer than environment.burn_in"


class State(NamedTuple):
    """Who holds which strategy, and how often all have met whom."""

    update: int
    num_strategies: int
    payoffs: NDArray[np.float64]  # (m, m)
    spread: float  # of the payoffs, 0 among them
    selection: float
    exponential: int
    averaged: int
    self_play: float
    mutation: float
    burn_in: int
    first_holders: NDArray[np.int64]  # (m,), at step 0
    walk_order: NDArray[np.uint64]  # (num_entries, 7)
    chances: NDArray[np.float64]  # (num_agents + 1, 3), of a change, by holders of strategy 0; or (0, 3)
    strategy: NDArray[np.int8]  # (num_agents,)
    holders: NDArray[np.int64]  # (m,)
    num_present: NDArray[np.int64]  # (1,)
    fixed: NDArray[np.int64]  # (1,)
    met: NDArray[np.float64]  # (num_agents, m), meetings with holders of each strategy, by weight; or row 0 for all
    games: NDArray[np.float64]  # (num_agents,)
    paid: NDArray[np.float64]  # (num_agents + m,)
    claims: NDArray[np.float64]  # (num_agents + m,), with which candidates have offspring
    changed: NDArray[np.int32]  # (num_agents,), those who change in a step
    next_strategy: NDArray[np.int8]  # (num_agents,), theirs
    row: NDArray[np.int32]  # (num_agents,), all agents, holders of strategy 0 first; or (0,)
    is_mutual: NDArray[np.int8]  # (1,)
    wait: NDArray[np.int64]  # (1,), steps until the next change; -1 where changes are not drawn ahead
    is_stale: NDArray[np.int8]  # (1,), whether meetings must be counted again
    clock: NDArray[np.int64]  # (1,)
    counted: NDArray[np.int64]  # (1,), the last step that the sums contain
    sums: NDArray[np.int64]  # (m,), of holders over the steps after burn_in
    lattice: NDArray[np.int64]  # (3,), rows, columns and words a row; 0 where the kernel of bits is not at work
    planes: NDArray[np.uint64]  # (num_planes, num_words)


class Evolution(Environment):
    """Agents with innate strategies, which selection replaces.

    Examples
    --------
    >>> Evolution(initial=(0.1, 0.9)).state(20).first_holders.tolist()
    [2, 18]
    >>> Evolution(payoffs=((1.0, 0.0),))
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: payoffs: ((1.0, 0.0),) is not accepted; accepted: m rows of m finite numbers,
    2 <= m <= 100
    """

    payoffs: tuple[tuple[float, ...], ...] = parameter(
        ((1.0, 0.0), (1.85, 0.0)), "what a strategy is paid against each; strategy 0 cooperates", unit="reward"
    )
    update: Literal[
        "best_neighbour", "imitation", "fermi", "pairwise_comparison", "death_birth", "birth_death", "moran"
    ] = parameter("best_neighbour", "how one strategy takes the place of another")
    selection: float = parameter(
        1.0, "intensity of selection w: of fitness, or of the Fermi function", unit="per reward", ge=0
    )
    fitness: Literal["linear", "exponential"] = parameter(
        "linear", "fitness of a payoff P: 1 - w + w P, or exp(w P); for death_birth, birth_death and moran"
    )
    payoff: Literal["accumulated", "averaged"] = parameter(
        "accumulated", "whether payoffs are summed over one's games, or their mean"
    )
    self_play: bool = parameter(False, "whether everybody also plays against itself")
    mutation: float = parameter(0.0, "chance that an agent takes any other strategy in place of an update", ge=0, le=1)
    initial: tuple[float, ...] = parameter(
        (), "share of agents that hold each strategy at first, dealt out at random; empty: equal shares"
    )
    burn_in: int = parameter(0, "first steps, which the mean shares leave out", unit="steps", ge=0)

    weighted: ClassVar[bool] = True
    source: ClassVar[str] = "Nowak & May 1992, Nature 359:826-829; Santos & Pacheco 2005, PRL 95:098104"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_cooperates",
        "series_label": "share of strategy 0",
        "agent": "strategy",
        "agent_label": "strategy",
        "verdicts": {"0": "strategy 0 fixed", "1": "strategy 1 fixed"},
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse matrices that are not square, shares that do not fit, and fitness that may fall below zero."""
        m = len(self.payoffs)
        if not 2 <= m <= MOST_STRATEGIES or any(len(row) != m for row in self.payoffs):
            raise ParameterError(
                f"payoffs: {self.payoffs} is not accepted; accepted: m rows of m finite numbers, 2 <= m <= "
                f"{MOST_STRATEGIES}"
            )
        if self.initial and (len(self.initial) != m or min(self.initial) < 0 or abs(sum(self.initial) - 1) > 1e-9):
            raise ParameterError(
                f"initial: {self.initial} is not accepted; accepted: {m} shares >= 0 of sum 1, one a strategy, or none"
            )
        if UPDATES.index(self.update) >= DEATH_BIRTH and self.fitness == "linear":
            self._check_fitness()

    def _check_fitness(self) -> None:
        """Refuse linear fitness that could be negative, however many games one plays."""
        if self.selection > 1:
            raise ParameterError(
                f"selection: {self.selection} is not accepted with fitness=linear; accepted: 0 to 1, or "
                "fitness=exponential"
            )
        least = min(map(min, self.payoffs))
        lowest = 1 - self.selection + self.selection * least
        if lowest < 0 or (least < 0 and self.payoff == "accumulated" and self.selection > 0):
            accumulated = " accumulated over any number of games" if self.payoff == "accumulated" else ""
            raise ParameterError(
                f"payoffs: {least} is not accepted with update={self.update} and fitness=linear, since fitness 1 - w + "
                f"w P with w = {self.selection} and payoffs{accumulated} may fall below zero; accepted: payoffs >= 0, "
                "payoff=averaged with a smaller selection, or fitness=exponential"
            )

    def state(self, num_agents: int) -> State:
        """Lay out the strategies; `initialise` deals them out."""
        payoffs, m = np.array(self.payoffs), len(self.payoffs)
        has_kernel = self.update == "best_neighbour" and m == 2 and self.mutation == 0
        is_one_of_two = m == 2 and UPDATES.index(self.update) >= PAIRWISE_COMPARISON
        averaged = self.payoff == "averaged"
        return State(
            update=UPDATES.index(self.update),
            num_strategies=m,
            payoffs=constant(payoffs),
            spread=float(max(payoffs.max(), 0.0) - min(payoffs.min(), 0.0)),
            selection=self.selection,
            exponential=int(self.fitness == "exponential"),
            averaged=int(averaged),
            self_play=float(self.self_play),
            mutation=self.mutation,
            burn_in=self.burn_in,
            first_holders=constant(whole_shares(self.initial or (1 / m,) * m, num_agents)),
            walk_order=walk_order(payoffs, self.self_play, averaged) if has_kernel else no_order(),
            chances=self._chances(payoffs, num_agents) if is_one_of_two else constant(np.zeros((0, 3))),
            strategy=np.zeros(num_agents, np.int8),
            holders=np.zeros(m, np.int64),
            num_present=np.zeros(1, np.int64),
            fixed=np.full(1, NOT_FIXED, np.int64),
            met=np.zeros((num_agents, m)),
            games=np.zeros(num_agents),
            paid=np.zeros(num_agents + m),
            claims=np.zeros(num_agents + m),
            changed=np.zeros(num_agents, np.int32),
            next_strategy=np.zeros(num_agents, np.int8),
            row=np.zeros(num_agents if is_one_of_two else 0, np.int32),
            is_mutual=np.zeros(1, np.int8),
            wait=np.full(1, NOT_WAITING, np.int64),
            is_stale=np.zeros(1, np.int8),
            clock=np.zeros(1, np.int64),
            counted=np.zeros(1, np.int64),
            sums=np.zeros(m, np.int64),
            lattice=np.zeros(3, np.int64),
            planes=np.zeros((NUM_PLANES, plane_words(num_agents) if has_kernel else 1), np.uint64),
        )

    def _chances(self, payoffs: NDArray[np.float64], num_agents: int) -> NDArray[np.float64]:
        """Return the chances of a change where all meet and one of two strategies is replaced at a time."""
        is_exponential, is_averaged = self.fitness == "exponential", self.payoff == "averaged"
        rules = Rules(self.update, self.selection, is_exponential, is_averaged, self.self_play, self.mutation)
        return chances(payoffs, num_agents, rules)

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees nothing and decides nothing."""
        return Specification(Discrete(1), facts={"decides_by": ""})  # nothing: selection alone

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's strategy, and whether it is strategy 0."""
        strategy = np.array(state.strategy)
        for r in np.flatnonzero(state.lattice[:, 0]):
            strategy[r] = unpack(state.planes[r], state.lattice[r])
        return {"strategy": strategy, "cooperates": (strategy == 0).astype(float)}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each strategy's mean share over the steps after `burn_in`, and, at the end, the share of strategy 0
        and the number of strategies. A fixed strategy keeps its share of 1 for ever.
        """
        holders, present = np.asarray(state.holders), np.maximum(state.num_present, 1)
        left = np.maximum(state.clock - np.maximum(state.counted, state.burn_in), 0)
        num_steps = np.maximum(state.clock - state.burn_in, 0)
        means = np.where(num_steps > 0, (state.sums + holders * left) / np.maximum(num_steps, 1), math.nan) / present
        shares = np.where(state.fixed >= 0, holders / present, means)
        return {
            **{f"share_{s}": shares[:, s] for s in range(shares.shape[1])},
            "final_share": holders[:, 0] / present[:, 0],
            "num_strategies": (holders > 0).sum(axis=1),
        }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Deal the strategies out and shuffle them (Fisher and Yates); look at the network."""
        i = 0
        for s in range(env.num_strategies):
            for _ in range(env.first_holders[s]):
                env.strategy[i] = s
                i += 1
        for i in range(env.strategy.shape[0] - 1, 0, -1):
            j = integer(stream, i + 1)
            env.strategy[i], env.strategy[j] = env.strategy[j], env.strategy[i]
        env.is_mutual[0] = links_are_mutual(network)
        env.is_stale[0] = 1
        for s in range(env.num_strategies):
            env.holders[s] = env.first_holders[s]
        env.num_present[0] = env.strategy.shape[0]
        note_fixation(env)
        if env.walk_order.shape[0] > 0 and not network.may_change and network.weights.shape[0] == 0:
            columns = is_moore_torus(network)
            if columns > 0:
                pack(env.planes, env.lattice, env.strategy, columns)
        if env.chances.shape[0] > 0 and is_mixed(network):
            line_up(env, stream)

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Let strategies be replaced, unless it is known that none is; first add up the shares so far."""
        if env.wait[0] > 0:
            env.wait[0] -= 1
        else:
            if network.may_change or env.is_stale[0]:
                env.is_stale[0] = 0
                count_all(env, network)
            add_up(env)
            num_changed = 0
            if env.lattice[0] > 0:
                next_generation(env)
            elif env.wait[0] == 0:
                num_changed = cross(env, stream)
            elif env.update <= PAIRWISE_COMPARISON:
                num_changed = look(env, network, stream)
            else:
                num_changed = give_birth(env, network, stream)
            for c in range(num_changed):
                replace(env, network, np.int64(env.changed[c]), np.int64(env.next_strategy[c]))
            if env.wait[0] == 0:
                draw_wait(env, stream)
        env.clock[0] += 1

    @staticmethod
    @compiled
    def done(env):
        """Return the strategy that alone is left, or -1; with mutation it is no end."""
        return env.fixed[0]


@compiled
def add_up(env):
    """Add the holders since the last step that the sums contain."""
    since = max(env.counted[0], env.burn_in)
    if env.clock[0] > since:
        for s in range(env.num_strategies):
            env.sums[s] += env.holders[s] * (env.clock[0] - since)
        env.counted[0] = env.clock[0]


@compiled
def next_generation(env):
    """Let the torus of bits take its next generation."""
    env.holders[0] = generation(env.planes, env.lattice, env.walk_order)
    env.holders[1] = env.num_present[0] - env.holders[0]
    if env.holders[0] == 0 or env.holders[1] == 0:
        env.fixed[0] = np.int64(env.holders[0] == 0)


def whole_shares(shares: tuple[float, ...], total: int) -> NDArray[np.int64]:
    """Return whole numbers of a total, nearest to some shares of it: those with the largest remainders get one more.

    Examples
    --------
    >>> whole_shares((0.5, 0.25, 0.25), 9).tolist()
    [5, 2, 2]
    """
    exact = np.asarray(shares) * total
    whole = np.floor(exact + 1e-9).astype(np.int64)
    more = np.argsort(whole - exact, kind="stable")[: total - whole.sum()]
    whole[more] += 1
    return whole


def cooperation(result: Result) -> Estimate:
    """Mean share of strategy 0 over the steps after `burn_in`; 1 or 0 in runs that ended in fixation."""
    shares = result.runs.share_0.dropna()
    return mean(shares) if len(shares) else Estimate.undefined(TOO_SHORT)


def final_cooperation(result: Result) -> Estimate:
    """Mean share of strategy 0 at the end."""
    return mean(result.runs.final_share)


def fixation(result: Result) -> Estimate:
    """Share of runs that end with strategy 0 alone."""
    return proportion(result.runs.verdict == 0)


def steps_to_fixation(result: Result) -> Estimate:
    """Mean number of steps until one strategy is left, over the runs in which it came to that."""
    ended = result.runs[result.runs.stop == "done"]
    return mean(ended.steps) if len(ended) else Estimate.undefined(NONE_FIXED)


METRICS = (cooperation, final_cooperation, fixation, steps_to_fixation)


def scenario() -> Scenario:
    """Return a torus on which patches of cooperators and defectors chase each other."""
    torus = "grid:rows=40,columns=40,periodic=true,neighbourhood=moore"
    return Scenario(Evolution(self_play=True, initial=(0.9, 0.1), burn_in=100), "innate", torus, 1000, METRICS)


def small() -> Scenario:
    """Return eight agents on a ring, one of whom compares payoffs with a neighbour in each step."""
    return Scenario(Evolution(update="pairwise_comparison", mutation=0.1), "innate", "cycle:n=8", 30, METRICS)
