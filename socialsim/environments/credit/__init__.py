"""Scientists who choose projects for credit (division of cognitive labour).

N scientists choose among K projects. Project k with n workers succeeds with probability

    p_k(n) = c_k (1 - exp(-lambda_k n))                                      (increasing and concave; [Kitcher1990]_)

independently of the others. If each project has its own goal, society gains from every success; if the projects are
roads to one goal (``common_goal``), a second success adds nothing ([Strevens2003]_):

    V(n) = sum_k v_k p_k(n_k),    or    V(n) = v (1 - prod_k [1 - p_k(n_k)]).                                      (1)

Which division of labour comes out depends on how credit is given. A scientist on project k expects

    u_k(n) = v_k s_k(n_k) E[f(S_k)],    S_k = number of other projects that succeed,                                (2)

- ``marginal``: s_k = p_k(n_k) - p_k(n_k - 1), paid if society gains by it: f = 1, or f = [S_k = 0] for a common goal.
  It is one's marginal contribution, V(n) - V(n less oneself). V is then a potential of the game ([Monderer1996]_), and
  since V is concave the equilibria are the optima: v_k p_k' is equal over all projects in use.
- ``fair_share``: a success is shared by its team, or goes to one of it by lot: s_k = p_k(n_k) / n_k, f = 1. In
  equilibrium v_k p_k / n_k is equal up to one worker, so that too many work on what is promising ([Kitcher1990]_).
- ``priority``: all credit goes to the team that is first, each that succeeds being equally likely to be:
  s_k = p_k(n_k) / n_k, f = 1 / (1 + S_k). With two projects u_1 = v_1 p_1 (1 - p_2 / 2) / n_1.

Since 1 / (1 + S) is the integral of t^S over [0, 1], all three are

    E[f(S_k)] = int prod_{j != k} [1 - p_j (1 - t)] dm(t),                                                          (3)

where m sits at t = 1 (whatever others do), at t = 0 (only alone), or is uniform (first): a polynomial of degree K - 1,
which ceil(K/2) Gauss-Legendre nodes integrate exactly. Where a reward is at least one's marginal contribution and all
rewards together at most V, as with fair shares of separate goals and priority for a common one, every equilibrium is
worth at least half the optimum ([Vetta2002]_; for credit [Kleinberg2011]_).

Everybody chooses anew at each step. Scientists see what each project would pay them if the others stayed
(``shows_payoffs``), or nothing; they are paid what they may expect, or by lot (``sampled``). The network says only how
many there are.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments.credit.measures import METRICS
from socialsim.environments.credit.theory import (
    TIE,
    failure_gains,
    greedy_allocation,
    marginal_chances,
    moves_to_optimum,
    success_chances,
)
from socialsim.metrics.diversity import hill_number
from socialsim.metrics.inequality import gini

ALWAYS, IF_FIRST, IF_ALONE = 0, 1, 2  # when a success is paid
MOST_PROJECTS = 100
LARGEST = 1e6  # rate or value; far below, one worker exhausts a project
MOST_ALLOCATIONS = 1_000_000


class State(NamedTuple):
    """Tables of the projects, who works on what, and what it pays."""

    sampled: int
    paid: int  # ALWAYS, IF_FIRST or IF_ALONE
    node: NDArray[np.float64]  # (num_nodes,), t of equation (3)
    weight: NDArray[np.float64]  # (num_nodes,)
    chance: NDArray[np.float64]  # (num_projects, num_agents + 2), p_k(n)
    share: NDArray[np.float64]  # (num_projects, num_agents + 2), v_k s_k(n)
    project: NDArray[np.int64]  # (num_agents,); num_projects for those who work on none
    workers: NDArray[np.int64]  # (num_projects,)
    payoffs: NDArray[np.float64]  # (num_projects + 1, num_projects), on k for who works on ..., the others staying
    rivals: NDArray[np.float64]  # (num_projects,), what is left of equation (3)'s product; scratch
    prize: NDArray[np.float64]  # (num_projects,), paid to each of the team in this step
    credit: NDArray[np.float64]  # (num_agents,), all that was paid so far


@compiled
def tabulate_payoffs(env):
    """Compute what each project would pay those who now work on project ``left`` (none: the last row), equation (2)."""
    num_projects = env.workers.shape[0]
    for left in range(num_projects + 1):
        for k in range(num_projects):
            env.payoffs[left, k] = 0.0
        if left < num_projects and env.workers[left] == 0:
            continue
        for q in range(env.node.shape[0]):
            before, after = env.weight[q], 1.0
            for k in range(num_projects):
                env.rivals[k] = before
                before *= 1.0 - env.chance[k, env.workers[k] - (k == left)] * (1.0 - env.node[q])
            for k in range(num_projects - 1, -1, -1):
                env.payoffs[left, k] += env.rivals[k] * after
                after *= 1.0 - env.chance[k, env.workers[k] - (k == left)] * (1.0 - env.node[q])
        for k in range(num_projects):
            env.payoffs[left, k] *= env.share[k, env.workers[k] + (k != left)]


@compiled
def draw_prizes(env, stream):
    """Draw which projects succeed, which is first, and what each of its team is paid."""
    num_successes, first = 0, -1
    for k in range(env.workers.shape[0]):
        chance = env.chance[k, env.workers[k]]
        env.prize[k] = 0.0
        if env.workers[k] > 0 and uniform(stream) < chance:
            env.prize[k] = env.share[k, env.workers[k]] / chance
            num_successes += 1
            if integer(stream, num_successes) == 0:
                first = k
    for k in range(env.workers.shape[0]):
        if (env.paid == IF_FIRST and k != first) or (env.paid == IF_ALONE and num_successes > 1):
            env.prize[k] = 0.0


class Credit(Environment):
    """A community whose members choose projects for the credit that they expect.

    Examples
    --------
    >>> community = Credit(ceilings=(0.8, 0.4), rates=(0.1, 0.1), values=(1, 1))
    >>> greedy_allocation(community.gains(10), 10).tolist()
    [8, 2]
    >>> equilibrium_allocations(community.replace(reward="fair_share"), 10).tolist()
    [[10, 0]]
    >>> Credit(ceilings=(0.8, 1.4), rates=(0.1, 0.1), values=(1, 1))
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: ceilings: (0.8, 1.4) is not accepted; accepted: probabilities > 0, <= 1
    """

    ceilings: tuple[float, ...] = parameter(
        (0.9, 0.6, 0.3), "chance c_k that each project succeeds with any number of workers", unit="probability"
    )
    rates: tuple[float, ...] = parameter(
        (0.05, 0.05, 0.05), "rate lambda_k at which labour exhausts that chance", unit="per worker"
    )
    values: tuple[float, ...] = parameter((1.0, 1.0, 1.0), "value v_k of each project's goal", unit="credit")
    common_goal: bool = parameter(False, "whether all projects have one goal, so that the first success is all")
    reward: Literal["marginal", "priority", "fair_share"] = parameter("fair_share", "how credit is given")
    sampled: bool = parameter(False, "whether successes are drawn and paid, in place of the expected credit")
    shows_payoffs: bool = parameter(True, "whether scientists see what each project would pay them")

    source: ClassVar[str] = "Kitcher 1990, J. Philosophy 87:5-22; Strevens 2003, J. Philosophy 100:55-79"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_regret",
        "series_label": "mean gain by moving [credit]",
        "agent": "project",
        "agent_label": "project (-1: none)",
        "verdicts": {"0": "equilibrium"},
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse lists of other lengths and numbers out of range."""
        if not 1 <= len(self.ceilings) <= MOST_PROJECTS or not all(0.0 < c <= 1.0 for c in self.ceilings):
            words = f"1 to {MOST_PROJECTS} " if not 1 <= len(self.ceilings) <= MOST_PROJECTS else ""
            raise ParameterError(f"ceilings: {self.ceilings} is not accepted; accepted: {words}probabilities > 0, <= 1")
        for name, numbers in (("rates", self.rates), ("values", self.values)):
            if len(numbers) != len(self.ceilings):
                raise ParameterError(
                    f"{name}: {len(numbers)} numbers for {len(self.ceilings)} ceilings; accepted: one for each project"
                )
            if not all(0.0 < number <= LARGEST for number in numbers):
                raise ParameterError(f"{name}: {numbers} is not accepted; accepted: numbers > 0, <= {LARGEST:g}")
        if self.common_goal and len(set(self.values)) > 1:
            raise ParameterError(f"values: {self.values} differ; accepted: equal values where common_goal is true")

    def chances(self, num_agents: int) -> NDArray[np.float64]:
        """Return p_k(n) for n = 0, ..., num_agents, shape (num_projects, num_agents + 1)."""
        return success_chances(self.ceilings, self.rates, num_agents)

    def gains(self, num_agents: int) -> NDArray[np.float64]:
        """Return what each further worker on a project adds, shape (num_projects, num_agents): to V, or for a common
        goal to -sum_k ln[1 - p_k(n_k)], with which V increases.
        """
        if self.common_goal:
            return failure_gains(self.ceilings, self.rates, num_agents)
        return np.array(self.values)[:, None] * marginal_chances(self.ceilings, self.rates, num_agents)

    def shares(self, num_agents: int) -> NDArray[np.float64]:
        """Return v_k s_k(n) of equation (2), shape (num_projects, num_agents + 1); 0 at n = 0."""
        if self.reward == "marginal":
            shares = marginal_chances(self.ceilings, self.rates, num_agents)
        else:
            shares = self.chances(num_agents)[:, 1:] / np.arange(1, num_agents + 1)
        return np.array(self.values)[:, None] * np.pad(shares, ((0, 0), (1, 0)))

    def value(self, workers: ArrayLike) -> NDArray[np.float64]:
        """Return what an allocation is worth to society, equation (1).

        Parameters
        ----------
        workers : array_like of int, shape (..., num_projects)

        Returns
        -------
        ndarray, shape (...)
        """
        counts = np.asarray(workers, np.int64)
        chances = self.chances(int(counts.max(initial=0)))[np.arange(len(self.values)), counts]
        if self.common_goal:
            return np.asarray(self.values[0] * (1.0 - np.prod(1.0 - chances, axis=-1)))
        return np.asarray((np.array(self.values) * chances).sum(axis=-1))

    def efficiency(self, workers: ArrayLike) -> NDArray[np.float64]:
        """Return the value of an allocation relative to the best of as many workers; NaN if nobody works.

        Parameters
        ----------
        workers : array_like of int, shape (num_runs, num_projects)

        Returns
        -------
        ndarray, shape (num_runs,)
        """
        counts = np.asarray(workers, np.int64)
        sizes, row = np.unique(counts.sum(axis=1), return_inverse=True)
        best = [float(self.value(greedy_allocation(self.gains(int(size)), int(size)))) for size in sizes]
        return self.value(counts) / np.where(sizes > 0, best, math.nan)[row]

    def state(self, num_agents: int) -> State:
        """Lay out the tables of the projects; nobody works yet."""
        num_projects = len(self.values)
        paid = IF_FIRST if self.reward == "priority" else ALWAYS
        paid = IF_ALONE if self.reward == "marginal" and self.common_goal else paid
        node, weight = np.array([1.0 if paid == ALWAYS else 0.0]), np.ones(1)
        if paid == IF_FIRST:
            node, weight = np.polynomial.legendre.leggauss((num_projects + 1) // 2)
            node, weight = (node + 1.0) / 2.0, weight / 2.0  # from [-1, 1] to [0, 1]
        return State(
            sampled=int(self.sampled),
            paid=paid,
            node=constant(node),
            weight=constant(weight),
            chance=constant(self.chances(num_agents + 1)),
            share=constant(self.shares(num_agents + 1)),
            project=np.full(num_agents, num_projects),
            workers=np.zeros(num_projects, np.int64),
            payoffs=np.zeros((num_projects + 1, num_projects)),
            rivals=np.zeros(num_projects),
            prize=np.zeros(num_projects),
            credit=np.zeros(num_agents),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A scientist sees what each project would pay, or nothing, and chooses one."""
        actions = Discrete(len(self.values), tuple(f"project {k}" for k in range(len(self.values))))
        if not self.shows_payoffs:
            return Specification(actions)
        return Specification(actions, Box(low=0.0, shape=(actions.size,)), {"observation": "payoff of each action"})

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each scientist's project (-1: none), credit so far, and regret: what moving would have added."""
        is_idle = state.project == len(self.values)
        regret = np.take_along_axis(_regrets(state), np.where(is_idle, 0, state.project), axis=1)
        project = np.where(is_idle, -1, state.project)
        return {"project": project, "credit": state.credit, "regret": np.where(is_idle, math.nan, regret)}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how labour is divided at the end, and what it is worth."""
        own = np.diagonal(state.payoffs[:, :-1], axis1=1, axis2=2)
        content = (_regrets(state) <= TIE * own) | (state.workers == 0)
        return {
            **{f"workers_{k}": state.workers[:, k] for k in range(len(self.values))},
            "value": self.value(state.workers),
            "efficiency": self.efficiency(state.workers),
            "distance_to_optimum": moves_to_optimum(state.workers, self.gains(state.project.shape[1])),
            "num_approaches": hill_number(state.workers),
            "credit_gini": gini(state.credit),
            "is_equilibrium": content.all(axis=1),
        }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Work out what the first worker on each project would be paid."""
        tabulate_payoffs(env)

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """A newcomer works on nothing yet and has no credit."""
        env.project[i] = env.workers.shape[0]
        env.credit[i] = 0.0

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Show what each project would pay, the others staying; 0 where nothing is shown."""
        if out is not None:
            for k in range(env.workers.shape[0]):
                out[k] = env.payoffs[env.project[i], k]
        return 0

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Everybody works on the chosen project and is paid."""
        num_projects = env.workers.shape[0]
        for k in range(num_projects):
            env.workers[k] = 0
        for i in range(actions.shape[0]):
            env.project[i] = num_projects if is_away(network, i) else actions[i]
            if env.project[i] < num_projects:
                env.workers[actions[i]] += 1
        tabulate_payoffs(env)
        for k in range(num_projects):
            env.prize[k] = env.payoffs[k, k]
        if env.sampled:
            draw_prizes(env, stream)
        for i in range(actions.shape[0]):
            rewards[i] = env.prize[env.project[i]] if env.project[i] < num_projects else 0.0
            env.credit[i] += rewards[i]


def _regrets(state: State) -> NDArray[np.float64]:
    """Return what those on each project would gain by moving, shape (num_runs, num_projects), >= 0."""
    payoffs = state.payoffs[:, :-1]
    regrets: NDArray[np.float64] = payoffs.max(axis=2) - np.diagonal(payoffs, axis1=1, axis2=2)
    return regrets


def equilibrium_allocations(environment: Credit, num_agents: int) -> NDArray[np.int64]:
    """Return all allocations from which nobody gains by moving, by looking at every one.

    Parameters
    ----------
    environment : Credit
    num_agents : int
        N; there are C(N + K - 1, K - 1) allocations to K projects, of which a million are looked at, at most.

    Returns
    -------
    ndarray of int, shape (num_equilibria, num_projects)

    Raises
    ------
    ParameterError
        If there are too many allocations.

    Examples
    --------
    >>> equilibrium_allocations(Credit(reward="marginal"), 60).tolist()
    [[30, 22, 8]]
    >>> equilibrium_allocations(Credit(reward="fair_share"), 60).tolist()
    [[41, 19, 0]]
    """
    num_projects = len(environment.values)
    num_allocations = math.comb(num_agents + num_projects - 1, num_projects - 1)
    if num_allocations > MOST_ALLOCATIONS:
        raise ParameterError(
            f"num_agents: {num_agents} on {num_projects} projects have {num_allocations} allocations; accepted: at "
            f"most {MOST_ALLOCATIONS}"
        )
    state, found = environment.state(num_agents), []
    for bars in itertools.combinations(range(num_agents + num_projects - 1), num_projects - 1):
        state.workers[:] = np.diff([-1, *bars, num_agents + num_projects - 1]) - 1
        tabulate_payoffs(state)
        own = np.diagonal(state.payoffs)
        if (state.payoffs[:-1].max(axis=1)[state.workers > 0] <= own[state.workers > 0] * (1.0 + TIE)).all():
            found.append(state.workers.copy())
    return np.array(found, np.int64).reshape(len(found), num_projects)


def scenario() -> Scenario:
    """Return sixty scientists on three projects who reply to each other until nobody gains by moving."""
    return Scenario(Credit(), "best_reply", "complete:n=60", 1000, METRICS)


def small() -> Scenario:
    """Return six scientists in a race for drawn prizes."""
    return Scenario(Credit(reward="priority", sampled=True), "best_reply", "complete:n=6", 30, METRICS)
