r"""Groups that may contribute to a public good, punish and reward (the public goods game).

In every step groups meet. Each member of a group of n contributes c or does not; what is contributed is multiplied by r
and shared equally by all n, contributors or not ([Hardin1968]_ for the problem; [Ledyard1995]_ for the game). For
1 < r < n it pays each not to contribute, and all to contribute. Who meets (``groups``):

- *neighbourhoods*: each agent organises one group, of itself and all whom it hears, and takes part in its own and in
  those of all who hear it: k + 1 groups for k neighbours ([Santos2008]_);
- *random*: those who are present are put into groups of ``group_size`` anew in each step; who is left over sits out;
- *hyperedges*: groups of any sizes, given as lists of agents (``hyperedges``) or as a CSV file with the columns
  ``group`` and ``agent``, a line for each member; an agent may belong to any number of them.

An agent takes one action for all its groups, and its reward is the sum over them. A contributor puts c into each, or
c/m into each of the m in which it meets (``stake``): the latter is the fixed cost per individual of [Santos2008]_, by
which those in the middle of a heterogeneous network risk little in each group. A group of which fewer than two are
there does not meet.

**Sanctions** are actions beside contributing (0) and defecting (1). With *peer* sanctions one may contribute and punish
(2): each defector of the group pays a fine, each fine costs the punisher; or contribute and reward (3): each other
contributor gets a bonus, each bonus costs ([Fehr2000]_; [Sigmund2001]_). With *pool* punishment one may contribute and
pay into a pool (2), once and whoever defects; each defector is fined for each who does ([Sigmund2010]_).

**Tax and subsidy**: in each group a defector pays the tax and a contributor gets the subsidy. What the tax leaves or
the subsidy lacks is shared equally by all members as a payment or a levy, so that the budget of each group balances;
the exact least rates stand in `socialsim.environments.public_goods.theory`, with the payoffs of each action and when
punishers spread. With ``tax_levels`` one more agent, the last, is a **designer**: every ``designer_period`` steps it
chooses one of these taxes, and is paid the welfare, the mean reward of those who met. It learns from the mean over a
period, in which the others have adapted ([Zheng2022]_).

Agents see nothing, or what each action would have paid in the last step, others' actions as they were
(``observation = "payoffs"``). Efficiency is what all gained beyond their endowments as a share of what they would have
gained if all had contributed and nobody had sanctioned anybody. It is below 0 where sanctions destroy more than is
gained, and above 1 only by bonuses that are worth more than they cost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments._groups import draw_order
from socialsim.environments.public_goods.hyperedges import lay_out, read_hyperedges
from socialsim.environments.public_goods.measures import METRICS, mean_tax, outcomes_of
from socialsim.environments.public_goods.mechanics import (
    HYPEREDGES,
    NEIGHBOURHOODS,
    NUM_TOTALS,
    RANDOM,
    State,
    count,
    meet,
    member,
    num_groups,
    num_present_in,
    size_of,
    start_anew,
)
from socialsim.environments.public_goods.theory import (
    DEFECT,
    NUM_ACTIONS,
    PEER,
    Rules,
    expected_payoffs,
    payoffs_beside,
)

KINDS = {"neighbourhoods": NEIGHBOURHOODS, "random": RANDOM, "hyperedges": HYPEREDGES}
SANCTIONS = ("none", "peer", "pool")
LEARNER = "q_learning:discount=0.0,epsilon=0.05"
DESIGNER = "q_learning:alpha=0.2,discount=0.0,epsilon=0.05,initial_value=1.0"
ACTIONS = ("contribute", "defect", "contribute and punish", "contribute and reward")
MOST_SANCTIONERS = 1000  # who punished whom in a step is kept for so many agents at most: a square table


class PublicGoods(Environment):
    """Groups whose members contribute or ride free, with sanctions or none.

    Examples
    --------
    >>> PublicGoods(sanctioning="peer").specification("agent", 40).actions.labels
    ('contribute', 'defect', 'contribute and punish', 'contribute and reward')
    >>> PublicGoods(hyperedges=[[0, 1, 2], [2, 3]])
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: environment.hyperedges: groups are 'random'; accepted: with
    environment.groups=hyperedges
    """

    groups: Literal["neighbourhoods", "random", "hyperedges"] = parameter("random", "who meets")
    group_size: int = parameter(4, "n, size of a random group", unit="agents", ge=2)
    hyperedges: tuple[tuple[int, ...], ...] = parameter(
        (), "the agents of each group, by row from 0; empty: none given"
    )
    hyperedges_file: str = parameter("", "path of a CSV file with the columns group and agent; empty: none")
    multiplier: float = parameter(1.6, "r, by which contributions are multiplied", ge=0)
    contribution: float = parameter(1.0, "c, of an agent who contributes", unit="reward", gt=0)
    stake: Literal["each", "divided"] = parameter(
        "each", "what a contributor puts into each of its groups: c, or c divided by how many they are"
    )
    endowment: float = parameter(0.0, "what an agent has before each meeting", unit="reward", ge=0)
    sanctioning: Literal["none", "peer", "pool"] = parameter("none", "sanctions that contributors may choose")
    fine: float = parameter(1.0, "loss of a defector from each who punishes in its group", unit="reward", ge=0)
    fine_cost: float = parameter(0.3, "cost of a fine, or of paying into the pool", unit="reward", ge=0)
    bonus: float = parameter(1.0, "gain of a contributor from each other who rewards in its group", unit="reward", ge=0)
    bonus_cost: float = parameter(0.3, "cost of a bonus", unit="reward", ge=0)
    tax: float = parameter(0.0, "what a defector pays in each group", unit="reward", ge=0)
    subsidy: float = parameter(0.0, "what a contributor gets in each group", unit="reward", ge=0)
    tax_levels: tuple[float, ...] = parameter((), "taxes of which a designer chooses; none: no designer", unit="reward")
    designer_period: int = parameter(1000, "steps for which a tax of the designer stands", unit="steps", ge=1)
    observation: Literal["nothing", "payoffs"] = parameter(
        "nothing", "what is seen: nothing, or what each action would have paid in the last step"
    )
    burn_in: int = parameter(0, "first steps that the measures leave out", unit="steps", ge=0)

    default_learners: ClassVar[Mapping[str, str]] = {"designer": DESIGNER}
    source: ClassVar[str] = "Ledyard 1995, Handbook of Experimental Economics; Santos et al. 2008, Nature 454:213-216"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_contributes",
        "series_label": "share who contribute",
        "agent": "contributes",
        "agent_label": "contributes",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse groups that are given but not asked for, and the other way round."""
        given = [name for name in ("hyperedges", "hyperedges_file") if getattr(self, name)]
        if self.groups != "hyperedges" and given:
            raise ParameterError(
                f"environment.{given[0]}: groups are {self.groups!r}; accepted: with environment.groups=hyperedges"
            )
        if self.groups == "hyperedges" and len(given) != 1:
            raise ParameterError(
                f"environment.hyperedges: {len(given) or 'no'} sources of groups; accepted: one of hyperedges and "
                "hyperedges_file"
            )
        if self.tax_levels and self.groups == "neighbourhoods":
            raise ParameterError(
                "environment.tax_levels: groups are 'neighbourhoods'; accepted: with environment.groups=random or "
                "hyperedges, since a designer has no neighbours"
            )
        if self.tax_levels and self.tax:
            raise ParameterError(
                f"environment.tax: {self.tax} is not accepted; accepted: 0 beside environment.tax_levels"
            )
        if any(not 0.0 <= level < math.inf for level in self.tax_levels):
            raise ParameterError(f"environment.tax_levels: {self.tax_levels} are not accepted; accepted: numbers >= 0")

    @property
    def agent_types(self) -> tuple[str, ...]:  # type: ignore[override]
        """Members of groups, and a designer if there is one."""
        return ("agent", "designer") if self.tax_levels else ("agent",)

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return how many are members of groups; a designer comes last."""
        return {"agent": num_agents - 1, "designer": 1} if self.tax_levels else {"agent": num_agents}

    def periods(self) -> dict[str, int]:
        """The designer decides seldom."""
        return {"designer": self.designer_period} if self.tax_levels else {}

    def rules(self) -> Rules:
        """Return what a group plays by, for `socialsim.environments.public_goods.theory`; under the mean tax of a
        designer.
        """
        return Rules(
            multiplier=self.multiplier,
            contribution=self.contribution,
            endowment=self.endowment,
            sanctions=SANCTIONS.index(self.sanctioning),
            fine=self.fine,
            fine_cost=self.fine_cost,
            bonus=self.bonus,
            bonus_cost=self.bonus_cost,
            incentive=sum(self.incentives()) / len(self.incentives()),
        )

    def incentives(self) -> tuple[float, ...]:
        """Return the sums of tax and subsidy that may be in force."""
        return tuple(level + self.subsidy for level in self.tax_levels or (self.tax,))

    def hyperedges_of(self, num_agents: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where each given group starts among the members, and these; none where groups are not given."""
        if self.groups == "random" and self.group_size > num_agents:
            raise ParameterError(
                f"environment.group_size: {self.group_size} is not accepted; accepted: at most as many as agents, "
                f"{num_agents}"
            )
        if self.groups != "hyperedges":
            return np.zeros(1, np.int64), np.zeros(0, np.int64)
        if self.hyperedges:
            return lay_out(self.hyperedges, num_agents, "environment.hyperedges")
        named = f"environment.hyperedges_file: {self.hyperedges_file}"
        return lay_out(read_hyperedges(self.hyperedges_file), num_agents, named)

    def state(self, num_agents: int) -> State:
        """Lay out a population before the first meeting."""
        num_agents = self.counts(num_agents)["agent"]
        starts, members = self.hyperedges_of(num_agents)
        num_actions = NUM_ACTIONS[SANCTIONS.index(self.sanctioning)]
        kept = num_agents if self.sanctioning == "peer" and num_agents <= MOST_SANCTIONERS else 0
        rules = self.rules()
        return State(
            groups=KINDS[self.groups],
            group_size=self.group_size,
            multiplier=self.multiplier,
            contribution=self.contribution,
            is_divided=int(self.stake == "divided"),
            endowment=self.endowment,
            sanctions=rules.sanctions,
            fine=self.fine,
            fine_cost=self.fine_cost,
            bonus=self.bonus,
            bonus_cost=self.bonus_cost,
            incentives=constant(self.incentives()),
            is_designed=int(bool(self.tax_levels)),
            burn_in=self.burn_in,
            starts=constant(starts),
            members=constant(members),
            incentive=np.full(1, self.incentives()[0]),
            clock=np.zeros(1, np.int64),
            order=np.zeros(num_agents, np.int64),
            num_meetings=np.zeros(num_agents, np.int64),
            action=np.full(num_agents, -1, np.int64),
            forgone=np.zeros((num_agents if self.observation == "payoffs" else 0, num_actions)),
            sanctioned=np.zeros((kept, kept), np.int64),
            earned=np.zeros(num_agents),
            totals=np.zeros(NUM_TOTALS),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees nothing, or what each action would have paid, and chooses for all its groups; a designer sees
        nothing and chooses a tax.
        """
        num_agents = self.counts(num_agents)["agent"]
        if agent_type == "designer":
            levels = tuple(f"tax {level:g}" for level in self.tax_levels)
            return Specification(Discrete(len(levels), levels), facts={"reward_range": self.welfare_range(num_agents)})
        rules = self.rules()
        num_actions = NUM_ACTIONS[rules.sanctions]
        actions = Discrete(num_actions, ACTIONS[:num_actions])
        if rules.sanctions != PEER and num_actions > 2:
            actions = Discrete(num_actions, (*ACTIONS[:2], "contribute and pay into the pool"))
        facts: dict[str, Any] = {
            "reward_range": self.reward_range(num_agents),
            "payoffs_by_actions": self.groups != "random",
        }
        if self.groups == "random":
            uniform = np.full(num_actions, 1.0 / num_actions)
            means = expected_payoffs(rules, uniform, self.group_size)
            facts["mean_rewards"] = np.tile(means, (num_agents, 1))
        if self.observation == "nothing":
            return Specification(actions, facts=facts | {"payoffs_by": "environment.observation=payoffs"})
        facts |= {"observation": "payoff of each action", "discrete_by": "environment.observation=nothing"}
        return Specification(actions, Box(shape=(num_actions,)), facts)

    def reward_range(self, num_agents: int) -> tuple[float, float]:
        """Return bounds of an agent's reward in a step; wide ones where it may meet in any number of groups."""
        if self.groups == "random":
            sizes, most = np.array([self.group_size]), 1
        elif self.groups == "hyperedges":
            starts, members = self.hyperedges_of(num_agents)
            sizes, most = np.arange(2, np.diff(starts).max() + 1), int(np.bincount(members).max())
        else:
            sizes, most = np.arange(2, max(2, num_agents) + 1), num_agents
        lows, highs = zip(*(self._range_in(int(size)) for size in sizes), strict=True)
        return min(0.0, most * min(lows)), max(0.0, most * max(highs))

    def welfare_range(self, num_agents: int) -> tuple[float, float]:
        """Return bounds of the mean reward of those who meet; wide ones where there are sanctions."""
        if self.groups != "random" or self.sanctioning != "none":
            return self.reward_range(num_agents)
        all_in = (self.multiplier - 1.0) * self.contribution
        return self.endowment + min(0.0, all_in), self.endowment + max(0.0, all_in)

    def _range_in(self, size: int) -> tuple[float, float]:
        """Return the extremes of what a group pays: payoffs are linear in what others do, in what all put in, and in
        the sum of tax and subsidy.
        """
        rules = self.rules()
        num_actions = NUM_ACTIONS[rules.sanctions]
        stakes = (0.0, self.contribution) if self.stake == "divided" else (self.contribution,)
        paid = [
            payoffs_beside(rules._replace(incentive=incentive), (size - 1) * np.eye(num_actions)[other], (own, theirs))
            for incentive in self.incentives()
            for other in range(num_actions)
            for own in stakes
            for theirs in stakes
        ]
        return float(np.min(paid)), float(np.max(paid))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return whether each agent contributed in the last step, and what it did; NaN for who met nobody."""
        met = state.action >= 0
        columns = {
            "contributes": np.where(met, state.action != DEFECT, math.nan),
            "act": np.where(met, state.action, math.nan),
            "earned": state.earned,
        }
        others = ((0, 0), (0, 1 if self.tax_levels else 0))
        return {name: np.pad(values, others, constant_values=math.nan) for name, values in columns.items()}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return who contributed, what sanctions and taxes there were and what all gained, in the steps that count."""
        return outcomes_of(state, self.endowment, self.subsidy)

    def sanctions(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the punishments of the last step; of rewards, and of fines from a pool, there is no list."""
        if self.sanctioning != "peer":
            return {}
        num_agents = state.order.shape[1]
        if num_agents > MOST_SANCTIONERS:
            raise ParameterError(
                f"network: sanctions among {num_agents} agents are not listed; accepted: at most {MOST_SANCTIONERS}, "
                "or without record=events"
            )
        nothing = (np.asarray(state.clock) - 1) * (num_agents + np.shape(state.starts)[-1])
        times = np.maximum(np.asarray(state.sanctioned) - nothing[:, :, None], 0)
        row, source, target = np.nonzero(times)
        repeated = [np.repeat(column, times[row, source, target]) for column in (row, source, target)]
        prices = [np.full(len(repeated[0]), price) for price in (self.fine_cost, self.fine)]
        return dict(zip(("row", "source", "target", "cost", "loss"), (*repeated, *prices), strict=True))

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Show what each action would have paid in the last step; 0 where nothing is shown."""
        if out is not None:
            for action in range(env.forgone.shape[1]):
                out[action] = env.forgone[i, action]
        return 0

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Groups form, meet, and pay their members."""
        if env.clock[0] <= env.burn_in:
            start_anew(env)
        num_members = env.order.shape[0]
        if env.is_designed:
            env.incentive[0] = env.incentives[actions[num_members]]
        num_present = draw_order(env.order, network, stream) if env.groups == RANDOM else 0
        for i in range(num_members):
            rewards[i] = 0.0
            env.num_meetings[i] = 0
            for action in range(env.forgone.shape[1] if env.forgone.shape[0] > 0 else 0):
                env.forgone[i, action] = 0.0
        for group in range(num_groups(env, num_present)):
            if num_present_in(env, network, group) > 0:
                for k in range(size_of(env, network, group)):
                    env.num_meetings[member(env, network, group, k)] += 1
        for group in range(num_groups(env, num_present)):
            meet(env, network, group, actions, rewards)
        for i in range(num_members):
            if is_away(network, i):
                env.num_meetings[i] = 0
            env.action[i] = actions[i] if env.num_meetings[i] > 0 else -1
        welfare = count(env, actions, rewards)
        if env.is_designed:
            rewards[num_members] = welfare
        env.clock[0] += 1


def scenario() -> Scenario:
    """Return forty Q-learners in random groups of four, as in many experiments."""
    return Scenario(PublicGoods(), LEARNER, "complete:n=40", 2000, METRICS)


def with_designer(tax_levels: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)) -> Scenario:
    """Return the same with a designer who learns which tax serves all best.

    Examples
    --------
    >>> with_designer().parameters()["learner.designer"]
    'q_learning'
    """
    goods = PublicGoods(tax_levels=tax_levels, burn_in=40_000)
    return Scenario(goods, {"agent": LEARNER}, "complete:n=41", 50_000, (*METRICS, mean_tax))


def small() -> Scenario:
    """Return six agents on a ring with punishment and reward for a few steps."""
    goods = PublicGoods(groups="neighbourhoods", sanctioning="peer", stake="divided", tax=0.1, burn_in=2)
    return Scenario(goods, LEARNER, "cycle:n=6", 12, METRICS)
