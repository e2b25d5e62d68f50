"""A polity in which voters, politicians and the rule of election all learn, on three time scales.

N voters and m politicians have ideal points x in a policy space [0, 1]^d, drawn once. A policy y is worth

    u_i(y) = 1 - |x_i - y| / sqrt(d)                                                         utility, in [0, 1]

Every step is an election. **Voters** decide in each: to support their k-th choice, which they put at the top of a
ballot that ranks all others as they prefer them (k = 1 is sincere; equals are ordered by lot), or to abstain. The
platform of whom the **rule** elects becomes the policy, ties broken by lot, and a voter is paid

    u_i(policy) + [expressive u_i(platform supported) - cost]    the bracket only if it votes      ([Brennan1993]_)

Before deciding a voter sees a poll: which place the better of the last election's two front-runners has among its
choices. **Politicians** choose a platform from a grid every ``politician_period`` elections, and are paid in each

    office (if elected) + votes x share of first places + ideology x u_j(policy)

The rule is the ``constitution``'s:

    fixed     stays the same
    designer  one more agent, the last, chooses it every ``designer_period`` elections and is paid the welfare
              W = (1 - equality) mean_i u_i + equality min_i u_i
    vote      each rule of the menu is tried for one ``constitution_period``, the first comes back for another, and then
              every period voters decide between the rule in force and another one, drawn at random: they support it
              if their mean utility under it has been higher so far, and it comes into force if more than half of them
              do, or at least ``amendment_share`` where that is above one half

Whoever decides seldom learns from the mean reward of a period, in which the faster ones have adapted. With equal shares
the hurdle of a change is what makes a constitution **self-stable**: no other rule gets the majority that the rule in
force asks for ([Barbera2004]_).

**Known result.** With d = 1, two politicians who want office, and voters who are sincere, the platform at the median
voter's ideal point beats every other ([Hotelling1929]_, [Downs1957]_): there two learning politicians end.

A politician who is away leaves the platform on the ballot, a designer the rule in force. Measures are defined in
`socialsim.environments.polity.measures`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.ballots.tallies import RULES, one_of, winners_by
from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments.polity.measures import METRICS, outcomes_of
from socialsim.environments.polity.mechanics import (
    CONSTITUTIONS,
    DESIGNER,
    ELECTORATES,
    MENU,
    NUM_SUMS,
    VOTE,
    State,
    amend,
    campaign,
    find_median,
    pay,
    poll,
    populate,
    record,
)

VOTER = "q_learning:alpha=0.05,discount=0.0,epsilon=0.05,initial_value=1.5"
POLITICIAN = "q_learning:alpha=0.1,discount=0.0,epsilon=0.1,initial_value=1.0"
RULE_DESIGNER = "q_learning:alpha=0.2,discount=0.0,epsilon=0.1,initial_value=0.8"


class Polity(Environment):
    """Voters, politicians, and the rule by which the ones elect the others.

    Examples
    --------
    >>> Polity().agent_types
    ('voter', 'politician', 'designer')
    >>> Polity(rule="veto")
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: rule: 'veto' is not on the menu; accepted: plurality, plurality_runoff,
    instant_runoff, borda, copeland
    """

    num_candidates: int = parameter(4, "number of politicians m, each of whom stands", ge=2, le=20)
    num_dimensions: int = parameter(1, "issues d of the policy space", ge=1, le=2)
    num_positions: int = parameter(11, "positions on each issue that a platform may take", ge=2, le=101)
    electorate: Literal["uniform", "bell", "camps"] = parameter(
        "uniform", "distribution of ideal points; bell: the mean of three uniform ones; camps: two such bells"
    )
    constitution: Literal["fixed", "designer", "vote"] = parameter("designer", "who decides on the rule")
    rule: str = parameter("plurality", "the rule at first")
    menu: tuple[str, ...] = parameter(MENU, "the rules among which the constitution chooses")
    politician_period: int = parameter(5, "elections for which a platform stands", unit="steps", ge=1)
    designer_period: int = parameter(200, "elections for which a rule of the designer stands", unit="steps", ge=1)
    constitution_period: int = parameter(200, "elections between two votes on the rule", unit="steps", ge=1)
    amendment_share: float = parameter(0.5, "share of the voters that a new rule needs; 1/2: more", ge=0.5, le=1)
    office: float = parameter(1.0, "what a politician gets from being elected", unit="reward", ge=0)
    votes: float = parameter(0.0, "what it gets from all first places", unit="reward", ge=0)
    ideology: float = parameter(0.0, "what it gets from a policy at its ideal point", unit="reward", ge=0)
    expressive: float = parameter(0.5, "what voters get from supporting a platform at their ideal point", ge=0)
    cost: float = parameter(0.0, "what they pay for voting", unit="reward", ge=0)
    equality: float = parameter(0.0, "weight of the worst-off voter in the designer's welfare", ge=0, le=1)
    burn_in: int = parameter(0, "first elections, which the measures leave out", unit="steps", ge=0)

    default_learners: ClassVar[Mapping[str, str]] = {
        "voter": VOTER,
        "politician": POLITICIAN,
        "designer": RULE_DESIGNER,
    }
    source: ClassVar[str] = "Downs 1957, An Economic Theory of Democracy; Barbera & Jackson 2004, QJE 119:1011-1048"
    figure: ClassVar[Mapping[str, Any]] = {
        "step_label": "election",
        "series": "mean_policy_utility",
        "series_label": "mean utility of the policy",
        "agent": "policy_utility",
        "agent_label": "utility of the policy",
    }

    @property
    def agent_types(self) -> tuple[str, ...]:  # type: ignore[override]
        """Voters, politicians, and a designer if there is one."""
        return ("voter", "politician", *(("designer",) if self.constitution == "designer" else ()))

    def model_post_init(self, context: Any) -> None:
        """Refuse rules that cannot fill an office, and a rule that is not on the menu."""
        for name in self.menu:
            if name not in MENU:
                raise ParameterError(f"menu: {unknown('rule', name, MENU)}")
        if not self.menu or len(set(self.menu)) < len(self.menu):
            raise ParameterError(
                f"menu: {', '.join(self.menu) or 'no rule'} is not accepted; accepted: rules, each once"
            )
        if self.rule not in self.menu:
            raise ParameterError(f"rule: {self.rule!r} is not on the menu; accepted: {', '.join(self.menu)}")

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return how many voters are left beside the politicians and the designer."""
        others = self.num_candidates + (self.constitution == "designer")
        if num_agents <= others:
            raise ParameterError(
                f"network: {num_agents} agents are not accepted; accepted: more than {others}, the politicians"
                + (" and the designer" if others > self.num_candidates else "")
            )
        return dict(zip(self.agent_types, (num_agents - others, self.num_candidates, 1), strict=False))

    def periods(self) -> dict[str, int]:
        """Politicians and the designer decide seldom."""
        periods = {"politician": self.politician_period}
        return periods | ({"designer": self.designer_period} if self.constitution == "designer" else {})

    def state(self, num_agents: int) -> State:
        """Lay out a polity before its first election."""
        n, m, num_rules = self.counts(num_agents)["voter"], self.num_candidates, len(self.menu)
        places = np.linspace(0.0, 1.0, self.num_positions)
        return State(
            num_voters=n,
            num_candidates=m,
            electorate=ELECTORATES.index(self.electorate),
            constitution=CONSTITUTIONS.index(self.constitution),
            office=self.office,
            votes=self.votes,
            ideology=self.ideology,
            expressive=self.expressive,
            cost=self.cost,
            equality=self.equality,
            constitution_period=self.constitution_period,
            amendment_share=self.amendment_share,
            burn_in=self.burn_in,
            first_rule=self.menu.index(self.rule),
            rules=constant(np.array([RULES[name] for name in self.menu])),
            grid=constant(list(itertools.product(places, repeat=self.num_dimensions))),
            ideals=np.zeros((n + m, self.num_dimensions)),
            median=np.zeros(self.num_dimensions),
            platform=np.zeros(m, np.int64),
            rule=np.full(1, self.menu.index(self.rule)),
            preference=np.zeros((n, m), np.int64),
            utilities=np.zeros((n, m)),
            ballots=np.zeros((n, m), np.int64),
            cast=np.zeros(n, np.int64),
            seen=np.zeros(num_agents, np.int64),
            firsts=np.zeros(m, np.int64),
            margins=np.zeros((m, m), np.int64),
            scores=np.zeros(m, np.int64),
            winner=np.full(1, -1),
            fared=np.zeros((n, num_rules)),
            tried=np.zeros(num_rules, np.int64),
            clock=np.zeros(1, np.int64),
            in_force=np.zeros(num_rules, np.int64),
            last_rule=np.full(1, -1),
            sums=np.zeros(NUM_SUMS),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A voter sees the place of the better front-runner and supports a choice or abstains; a politician chooses a
        platform, the designer a rule.
        """
        m = self.num_candidates
        if agent_type == "voter":
            choices = [f"choice {k + 1}" for k in range(m)]
            highest = 1.0 + max(self.expressive - self.cost, 0.0)
            facts = {"reward_range": (min(0.0, -self.cost), highest)}
            seen = tuple(f"the better front-runner is {choice}" for choice in choices[: m - 1])
            return Specification(Discrete(m + 1, (*choices, "abstain")), Discrete(m - 1, seen), facts)
        if agent_type == "politician":
            facts = {"reward_range": (0.0, self.office + self.votes + self.ideology)}
            return Specification(Discrete(self.num_positions**self.num_dimensions), facts=facts)
        return Specification(Discrete(len(self.menu), self.menu), facts={"reward_range": (0.0, 1.0)})

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what the policy is worth to each voter and politician, and where they stand: voters and politicians
        at their ideal points, politicians also on their platforms.
        """
        num_runs, (m, n) = len(state.clock), (state.platform.shape[1], state.cast.shape[1])
        num_agents = n + m + (self.constitution == "designer")
        policy = np.take_along_axis(state.platform, np.maximum(state.winner, 0), axis=1)[:, 0]
        gaps = state.ideals - state.grid[policy][:, None, :]
        worth = 1.0 - np.sqrt((gaps**2).mean(axis=2))
        columns = {"policy_utility": np.where(state.winner < 0, np.nan, worth)}
        for d in range(self.num_dimensions):
            columns[f"ideal_{d + 1}"] = state.ideals[:, :, d]
            platforms = state.grid[state.platform][..., d]
            columns[f"platform_{d + 1}"] = np.concatenate([np.full((num_runs, n), np.nan), platforms], axis=1)
        return {
            name: np.pad(values, ((0, 0), (0, num_agents - values.shape[1])), constant_values=np.nan)
            for name, values in columns.items()
        }

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return welfare, representation, parties, turnout, and which rules were in force."""
        return outcomes_of(state, self.menu)

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw the ideal points."""
        populate(env, stream)
        find_median(env)

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return the poll as a voter sees it; others see nothing."""
        return env.seen[i]

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Hold an election."""
        n, m = env.num_voters, env.num_candidates
        if env.constitution == DESIGNER:
            env.rule[0] = actions[n + m]
        for c in range(m):
            env.platform[c] = actions[n + c]
            env.firsts[c] = 0
        num_present, num_cast = 0, 0
        for i in range(n):
            present = not is_away(network, i)
            env.cast[i] = 1 if present and actions[i] < m else 0
            campaign(env, i, actions[i], stream)
            env.firsts[env.ballots[i, 0]] += env.cast[i]
            num_present += present
            num_cast += env.cast[i]
        rule = env.rules[env.rule[0]]
        winners = winners_by(rule, env.ballots, env.cast, 1, env.margins, env.scores)
        winner = one_of(winners, stream)
        env.winner[0] = winner
        mean, worst = 0.0, 1.0
        for i in range(n):
            if not is_away(network, i):
                mean += env.utilities[i, winner]
                worst = min(worst, env.utilities[i, winner])
                env.fared[i, env.rule[0]] += env.utilities[i, winner]
        mean /= max(num_present, 1)
        pay(env, network, rewards, winner, num_cast, (1.0 - env.equality) * mean + env.equality * worst)
        env.tried[env.rule[0]] += 1
        if env.clock[0] >= env.burn_in:
            record(env, winner, num_present, num_cast, mean, worst)
        poll(env)
        env.clock[0] += 1
        if env.constitution == VOTE and env.clock[0] % env.constitution_period == 0:
            amend(env, network, stream)


def scenario() -> Scenario:
    """Return fifty-one voters, four politicians, and a designer who searches for the best of five rules.

    Examples
    --------
    >>> scenario().network.spec
    'complete:n=56'
    """
    return Scenario(Polity(burn_in=5000), dict(Polity.default_learners), "complete:n=56", 20_000, METRICS)


def with_constitution(constitution: Literal["fixed", "vote"], **parameters: Any) -> Scenario:
    """Return the default polity under another constitution, with the same number of voters.

    Parameters
    ----------
    constitution : {"fixed", "vote"}
    **parameters
        Of `Polity`.

    Examples
    --------
    >>> with_constitution("fixed", rule="borda").network.spec
    'complete:n=55'
    """
    polity = Polity(constitution=constitution, burn_in=5000, **parameters)
    learners = {name: Polity.default_learners[name] for name in polity.agent_types}
    return Scenario(polity, learners, f"complete:n={51 + polity.num_candidates}", 20_000, METRICS)


def small() -> Scenario:
    """Return seven voters, three politicians and a designer."""
    polity = Polity(num_candidates=3, num_positions=5, politician_period=2, designer_period=6)
    return Scenario(polity, dict(Polity.default_learners), "complete:n=11", 30, METRICS)
