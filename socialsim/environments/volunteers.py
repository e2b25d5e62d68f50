r"""Who volunteers, if one will do (the volunteer's dilemma).

A group of n needs at least k volunteers; if they come forward all gain b, the others as much as they. To volunteer
costs c < b, needed or not ([Diekmann1985]_, k = 1):

    volunteer (0)    b - c if at least k - 1 others do, else -c
    wait (1)         b if at least k others do, else 0

For k = 1 it is best to volunteer iff no other does: there are n equilibria with one volunteer, and a symmetric one, in
which each waits with the probability

    q = (c/b)^(1/(n-1)),                                                                                            (1)

so that nobody comes forward with q^n = (c/b)^(n/(n-1)), which grows with n: the larger the group, the less likely is
help. The expected payoff is b - c, as if one volunteered alone. In general to volunteer pays more by b where exactly
k - 1 others do, and by -c always:

    g(x) = b C(n-1, k-1) x^(k-1) (1-x)^(n-k) - c                                                                    (2)

where a share x of a large population volunteers. For 1 < k < n it has two roots, or none if c is too high: the upper
one is stable, the lower one is the share below which cooperation dies out ([Archetti2011]_). For k = n it has one,
below which nobody comes to volunteer and above which all do.

In every step those who are present are put into groups of n at random; who is left over sits out, and learns from a
reward of 0. With n the number of
all agents they always meet, and may divide roles among themselves: one comes to volunteer for all. Agents see nothing,
or what each action would have paid in the last step (``observation = "payoffs"``). The network says who hears whom, of
learners that imitate.
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
from socialsim.engine.interface import Box, Discrete, Environment, Specification
from socialsim.engine.scenario import Scenario
from socialsim.environments._groups import advantage, draw_order, interior_equilibria
from socialsim.metrics.estimates import ratio
from socialsim.metrics.runs import over_runs

VOLUNTEER, WAIT = 0, 1
GROUPS, HELPED, SEATS, VOLUNTEERS, PAID = range(5)
NUM_TOTALS = 5
NOBODY_MET = "no group met in a step that counts"


class State(NamedTuple):
    """What a replication holds."""

    group_size: int
    num_needed: int
    benefit: float
    cost: float
    endowment: float
    burn_in: int
    clock: NDArray[np.int64]  # (1,)
    order: NDArray[np.int64]  # (num_agents,), who sits with whom
    volunteered: NDArray[np.int64]  # (num_agents,), in the last step; -1 for who sat out
    others: NDArray[np.int64]  # (num_agents,), who volunteered in one's group beside oneself; -1 for who sat out
    totals: NDArray[np.float64]  # (NUM_TOTALS,)


class Volunteers(Environment):
    """Groups that need a volunteer.

    Examples
    --------
    >>> [round(share, 4) for share, stable in Volunteers(group_size=5, benefit=1.0, cost=0.5).equilibria()]
    [0.1591]
    >>> Volunteers(cost=2.0)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: environment.cost: 2.0 is not accepted; accepted: less than the benefit, 1.0
    """

    group_size: int = parameter(5, "n, who need volunteers together", unit="agents", ge=2)
    num_needed: int = parameter(1, "k, volunteers that a group needs", unit="agents", ge=1)
    benefit: float = parameter(1.0, "b, of each in a group that has them", unit="reward", gt=0)
    cost: float = parameter(0.5, "c, of a volunteer", unit="reward", gt=0)
    endowment: float = parameter(0.0, "what an agent has before each meeting", unit="reward", ge=0)
    observation: Literal["nothing", "payoffs"] = parameter(
        "nothing", "what is seen: nothing, or what each action would have paid in the last step"
    )
    burn_in: int = parameter(0, "first steps that the measures leave out", unit="steps", ge=0)

    source: ClassVar[str] = "Diekmann 1985, Journal of Conflict Resolution 29:605-610"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_volunteered",
        "series_label": "share who volunteer",
        "agent": "volunteered",
        "agent_label": "volunteered",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse costs above the benefit, and more volunteers than there are."""
        if self.cost >= self.benefit:
            raise ParameterError(
                f"environment.cost: {self.cost} is not accepted; accepted: less than the benefit, {self.benefit}"
            )
        if self.num_needed > self.group_size:
            raise ParameterError(
                f"environment.num_needed: {self.num_needed} is not accepted; accepted: at most group_size, "
                f"{self.group_size}"
            )

    def gains(self) -> NDArray[np.float64]:
        """Return how much more volunteering pays beside 0, ..., n - 1 others who do, equation (2)."""
        return self.benefit * (np.arange(self.group_size) == self.num_needed - 1) - self.cost

    def equilibria(self) -> list[tuple[float, bool]]:
        """Return the shares of volunteers inside (0, 1) at which both actions pay alike, and whether each is stable."""
        return interior_equilibria(self.gains())

    def state(self, num_agents: int) -> State:
        """Lay out a population before its first meeting."""
        if self.group_size > num_agents:
            raise ParameterError(
                f"environment.group_size: {self.group_size} is not accepted; accepted: at most as many as agents, "
                f"{num_agents}"
            )
        return State(
            group_size=self.group_size,
            num_needed=self.num_needed,
            benefit=self.benefit,
            cost=self.cost,
            endowment=self.endowment,
            burn_in=self.burn_in,
            clock=np.zeros(1, np.int64),
            order=np.zeros(num_agents, np.int64),
            volunteered=np.full(num_agents, -1, np.int64),
            others=np.full(num_agents, -1, np.int64),
            totals=np.zeros(NUM_TOTALS),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees nothing, or what each action would have paid, and volunteers or waits."""
        others = np.arange(self.group_size)
        helped = self.benefit * float(advantage(0.5, others >= self.num_needed))  # if all others toss a coin
        pivotal = self.benefit * float(advantage(0.5, others == self.num_needed - 1))
        worst = min(0.0, self.benefit - self.cost if self.num_needed == 1 else -self.cost)
        facts: dict[str, Any] = {
            "reward_range": (min(0.0, self.endowment + worst), self.endowment + self.benefit),
            "payoffs_by_actions": self.group_size == num_agents,
            "mean_rewards": np.tile([helped + pivotal - self.cost, helped], (num_agents, 1)) + self.endowment,
        }
        actions = Discrete(2, ("volunteer", "wait"))
        if self.observation == "nothing":
            return Specification(actions, facts=facts | {"payoffs_by": "environment.observation=payoffs"})
        facts |= {"observation": "payoff of each action", "discrete_by": "environment.observation=nothing"}
        return Specification(actions, Box(shape=(2,)), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return whether each agent volunteered in the last step; NaN for who sat out."""
        return {"volunteered": np.where(state.volunteered >= 0, state.volunteered, math.nan)}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how many volunteered, how many groups were helped, and what all were paid, in the steps that count."""
        totals = state.totals.T
        return {
            "groups": totals[GROUPS].astype(np.int64),
            "helped": totals[HELPED].astype(np.int64),
            "acts": totals[SEATS].astype(np.int64),
            "volunteers": totals[VOLUNTEERS].astype(np.int64),
            "mean_reward": totals[PAID] / np.where(totals[SEATS] > 0, totals[SEATS], math.nan),
        }

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Show what each action would have paid in the last step; 0 where nothing is shown."""
        if out is not None:
            for action in range(2):
                out[action] = payoff(env, action, env.others[i]) if env.others[i] >= 0 else 0.0
        return 0

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Groups form, volunteers come forward or not, and all are paid."""
        if env.clock[0] <= env.burn_in:
            for k in range(NUM_TOTALS):
                env.totals[k] = 0.0
        for i in range(actions.shape[0]):
            rewards[i] = 0.0
            env.volunteered[i] = -1
            env.others[i] = -1
        num_present = draw_order(env.order, network, stream)
        for group in range(num_present // env.group_size):
            meet(env, group * env.group_size, actions, rewards)
        env.clock[0] += 1


@compiled
def payoff(env, action, others):
    """Return what an action pays beside so many other volunteers."""
    volunteers = others + (1 if action == VOLUNTEER else 0)
    paid = env.endowment - (env.cost if action == VOLUNTEER else 0.0)
    return paid + (env.benefit if volunteers >= env.num_needed else 0.0)


@compiled
def meet(env, first, actions, rewards):
    """Pay the group whose members stand in the order from ``first`` on."""
    volunteers = 0
    for k in range(first, first + env.group_size):
        volunteers += actions[env.order[k]] == VOLUNTEER
    for k in range(first, first + env.group_size):
        i = env.order[k]
        env.volunteered[i] = 1 if actions[i] == VOLUNTEER else 0
        env.others[i] = volunteers - env.volunteered[i]
        rewards[i] = payoff(env, actions[i], env.others[i])
        env.totals[PAID] += rewards[i]
    env.totals[GROUPS] += 1.0
    env.totals[HELPED] += volunteers >= env.num_needed
    env.totals[SEATS] += env.group_size
    env.totals[VOLUNTEERS] += volunteers


# --- Metrics ---------------------------------------------------------------------------------------------------


def volunteering_rate(result: Result) -> Estimate:
    """Share of acts that volunteer."""
    runs = result.runs
    return ratio(runs.volunteers, runs.acts) if runs.acts.sum() else Estimate.undefined(NOBODY_MET, len(runs))


def help_rate(result: Result) -> Estimate:
    """Share of groups that had the volunteers they needed."""
    runs = result.runs
    return ratio(runs.helped, runs.groups) if runs.groups.sum() else Estimate.undefined(NOBODY_MET, len(runs))


def mean_reward(result: Result) -> Estimate:
    """Mean reward of an agent who met others in a step."""
    return over_runs(result, "mean_reward", NOBODY_MET)


METRICS = (volunteering_rate, help_rate, mean_reward)


def scenario() -> Scenario:
    """Return a hundred agents in random groups of five who learn by reinforcement."""
    return Scenario(Volunteers(), "roth_erev", "complete:n=100", 2000, METRICS)


def small() -> Scenario:
    """Return seven agents in groups of three that need two."""
    group = Volunteers(group_size=3, num_needed=2, endowment=0.5, burn_in=2)
    return Scenario(group, "roth_erev", "cycle:n=7", 15, METRICS)
