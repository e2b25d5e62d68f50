"""Elections of one electorate after another, by every rule at once.

In each step n voters draw new preferences over m candidates from a **culture** (`socialsim.ballots.cultures`). Each
knows its own ranking, as a number r in {0, ..., m! - 1} (`socialsim.environments.elections.orders`), and hands in a
ranking as its ballot: its own, if its learner does what it sees (`socialsim.learning.imitation`: a sincere voter). All
rules of ``environment.rules`` count the same ballots. A **Condorcet winner** beats every other in the true preferences:

    efficiency of a rule    share of the elections with a Condorcet winner in which the rule elects it        (1)

where k candidates tie, it counts 1/k. With utilities u_i(c) the welfare of candidate c is W(c) = mean_i u_i(c), and

    utilitarian efficiency  (E W(elected) - E mean_c W(c)) / (E max_c W(c) - E mean_c W(c))                   (2)

is 1 if the best candidate always wins, 0 for a drawn lot. Voters are paid their mean utility over those who tie for
first under the first rule.

In the impartial culture with three candidates and odd n a Condorcet winner exists with probability 17/18 for n = 3,
falling to 1 - arcsin(sqrt(6)/9)/pi = .91226 in the limit ([Guilbaud1952]_). Source: [Merrill1984]_ (AJPS 28:23-48,
who calls (2) social-utility efficiency); [GehrleinFishburn1976]_.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.ballots.cultures import CULTURES, IMPARTIAL, culture_code, draw_electorate, draw_rankings
from socialsim.ballots.tallies import (
    APPROVAL,
    CONDORCET,
    RULES,
    clear,
    condorcet,
    contains,
    highest,
    pairwise,
    size_of,
    winners_given_margins,
)
from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments.elections.measures import ELECTING, METRICS, outcomes_of
from socialsim.environments.elections.orders import (
    LARGEST_TABLE,
    add_pairs,
    batch_of,
    condorcet_of,
    draw_numbers,
    number_of,
    orders,
    pair_words,
    write_order,
)


class State(NamedTuple):
    """The electorate of this step, the scratch of a count, and what all elections have come to."""

    culture: int
    dispersion: float
    has_utilities: int
    num_approved: int
    num_orders: int  # m!
    batch: int  # rankings that one random word gives
    field_bits: int  # of one pair in a word
    paying_rule: int
    reads_rows: int
    reads_pairs: int
    has_table: int
    is_counted: NDArray[np.int64]  # (num_rules,)
    table: NDArray[np.int64]  # (m!, m): all rankings, or none where they are too many
    words: NDArray[np.int64]  # the fields of `PairWords`
    ones: NDArray[np.int64]
    wins_low: NDArray[np.int64]
    wins_high: NDArray[np.int64]
    number: NDArray[np.int64]  # (n,): each voter's ranking
    utilities: NDArray[np.float64]  # (n, m)
    utility: NDArray[np.float64]  # (n,): of the last winner by the first rule
    rankings: NDArray[np.int64]  # (n, m): scratch, candidates from best to worst
    weights: NDArray[np.int64]  # (n,): 1 for those who vote
    positions: NDArray[np.float64]  # (n + m, d): scratch of the spatial culture
    margins: NDArray[np.int64]  # (m, m)
    scores: NDArray[np.int64]  # (m,)
    welfare: NDArray[np.float64]  # (m,)
    num_elections: NDArray[np.int64]  # (1,)
    num_decided: NDArray[np.int64]  # (1,): with a Condorcet winner
    best_welfare: NDArray[np.float64]  # (1,)
    mean_welfare: NDArray[np.float64]  # (1,)
    hits: NDArray[np.float64]  # (num_rules,): Condorcet winners elected
    ties: NDArray[np.int64]  # (num_rules,)
    elected_welfare: NDArray[np.float64]  # (num_rules,)


class Elections(Environment):
    """Voters who draw new preferences in every step and hand in rankings.

    Examples
    --------
    >>> Elections(num_candidates=4).specification("voter", 9).num_actions
    24
    >>> Elections(culture="mallows")
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: dispersion: None is not accepted with culture mallows; accepted: a float,
    >= 0, <= 1
    """

    num_candidates: int = parameter(3, "number of candidates m", ge=2, le=10)
    culture: Literal["impartial", "anonymous", "mallows", "urn", "spatial", "single_peaked"] = parameter(
        "impartial", "law of the preferences"
    )
    dispersion: float | None = parameter(None, "phi of Mallows's law, in [0, 1]; alpha of the urn, >= 0")
    dimensions: int = parameter(2, "dimensions of the spatial culture", ge=1, le=20)
    utilities: bool = parameter(True, "whether voters have utilities beside their rankings")
    num_approved: int = parameter(
        0, "how many each voter approves of, from the first on; 0: those above its mean utility", ge=0
    )
    rules: tuple[str, ...] = parameter(ELECTING, f"rules that count the ballots: {', '.join(ELECTING)}")

    agent_types: ClassVar[tuple[str, ...]] = ("voter",)
    source: ClassVar[str] = "Merrill 1984, AJPS 28:23-48; Gehrlein & Fishburn 1976, Public Choice 26:1-18"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_utility",
        "series_label": "mean utility of the winner",
        "agent": "utility",
        "agent_label": "utility of the last winner",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse what does not fit together."""
        culture_code(self.culture, self.dispersion)
        for position, rule in enumerate(self.rules):
            if rule not in ELECTING:
                raise ParameterError(f"rules: {unknown('rule', rule, ELECTING)}")
            if rule in self.rules[:position]:
                raise ParameterError(f"rules: {rule!r} is named twice; accepted: each at most once")
        if self.num_approved > self.num_candidates:
            raise ParameterError(
                f"num_approved: {self.num_approved} is not accepted with {self.num_candidates} candidates; accepted: 0 "
                f"to {self.num_candidates}"
            )
        if "approval" in self.rules and not (self.utilities or self.num_approved):
            raise ParameterError(
                "num_approved: 0 is not accepted for approval without utilities; accepted: how many each voter "
                "approves of, or utilities = true"
            )

    def state(self, num_agents: int) -> State:
        """Lay out the electorate and the counts."""
        m, num_rules = self.num_candidates, len(RULES)
        has_table = m <= LARGEST_TABLE
        pairs = pair_words(m if has_table else 2, num_agents)
        by_rows = set(self.rules) - {"copeland", "minimax"}
        by_pairs = set(self.rules) & {"plurality_runoff", "copeland", "minimax"}
        return State(
            culture=CULTURES[self.culture],
            dispersion=float(self.dispersion or 0.0),
            has_utilities=int(self.utilities),
            num_approved=self.num_approved,
            num_orders=math.factorial(m),
            batch=batch_of(math.factorial(m)),
            field_bits=pairs.field_bits,
            paying_rule=RULES[self.rules[0]] if self.rules else -1,
            reads_rows=int(bool(by_rows) or not has_table),
            reads_pairs=int(bool(by_pairs)),
            has_table=int(has_table),
            is_counted=constant(np.array([rule in self.rules for rule in RULES], np.int64)),
            table=constant(orders(m) if has_table else np.zeros((0, m), np.int64)),
            words=constant(pairs.words),
            ones=constant(pairs.ones),
            wins_low=constant(pairs.wins_low),
            wins_high=constant(pairs.wins_high),
            number=np.zeros(num_agents, np.int64),
            utilities=np.zeros((num_agents, m)),
            utility=np.zeros(num_agents),
            rankings=np.zeros((num_agents, m), np.int64),
            weights=np.ones(num_agents, np.int64),
            positions=np.zeros((num_agents + m, self.dimensions)),
            margins=np.zeros((m, m), np.int64),
            scores=np.zeros(m, np.int64),
            welfare=np.zeros(m),
            num_elections=np.zeros(1, np.int64),
            num_decided=np.zeros(1, np.int64),
            best_welfare=np.zeros(1),
            mean_welfare=np.zeros(1),
            hits=np.zeros(num_rules),
            ties=np.zeros(num_rules, np.int64),
            elected_welfare=np.zeros(num_rules),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A voter sees its own ranking and hands in a ranking, both by number."""
        rankings = Discrete(math.factorial(self.num_candidates))
        return Specification(rankings, rankings)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each voter's ranking in the next election, by number, and the utility of the last winner."""
        return {"ranking": state.number, "utility": state.utility}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what all elections of a run have come to."""
        return outcomes_of(state)

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw the first electorate."""
        draw(env, stream)

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return the number of the voter's own ranking."""
        return env.number[i]

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Count the ballots by every rule, pay, and draw the next electorate."""
        if network.may_change:
            for i in range(actions.shape[0]):
                env.weights[i] = not is_away(network, i)
        if env.has_table:
            best = condorcet_of(env, network, env.number)
        else:
            lay_out(env, env.number)
            pairwise(env.rankings, env.weights, env.margins)
            best = condorcet(env.margins)
        env.num_elections[0] += 1
        env.num_decided[0] += best != 0
        if env.paying_rule >= 0:
            hold(env, network, actions, best, rewards)
        draw(env, stream)


# --- Preferences and ballots -------------------------------------------------------------------------------------


@compiled
def draw(env, stream):
    """Draw every voter's ranking, and utilities where voters have them."""
    if env.culture == IMPARTIAL and not env.has_utilities:
        draw_numbers(env.number, env.num_orders, env.batch, stream)
        return
    if env.has_utilities:
        draw_electorate(env.culture, env.dispersion, env.positions, env.rankings, env.utilities, stream)
    else:
        draw_rankings(env.culture, env.dispersion, env.positions, env.rankings, env.utilities, stream)
    for i in range(env.number.shape[0]):
        env.number[i] = number_of(env.rankings, i)


@compiled
def hold(env, network, actions, best, rewards):
    """Let every rule count the ballots, and pay by the first."""
    if env.has_utilities:
        add_welfare(env)
    if env.reads_rows:
        lay_out(env, actions)
    if env.reads_pairs:
        if env.has_table:
            add_pairs(env, network, actions)
        else:
            pairwise(env.rankings, env.weights, env.margins)
    for rule in range(CONDORCET):
        if env.is_counted[rule]:
            winners = elect(env, rule)
            record(env, rule, winners, best)
            if rule == env.paying_rule and env.has_utilities:
                pay(env, winners, rewards)


@compiled
def lay_out(env, numbers):
    """Write out the rankings of these numbers."""
    for i in range(numbers.shape[0]):
        write_order(env.table, numbers[i], env.rankings, i)


# --- Counting --------------------------------------------------------------------------------------------------


@compiled
def elect(env, rule):
    """Return who wins or ties by a rule."""
    if rule == APPROVAL and env.num_approved == 0:
        return approved_above_mean(env)
    return winners_given_margins(rule, env.rankings, env.weights, env.num_approved, env.margins, env.scores)


@compiled
def approved_above_mean(env):
    """Return the approval winners where each voter approves of as many, from the first on, as it has candidates whose
    utility is above its mean.
    """
    clear(env.scores)
    num_candidates = env.scores.shape[0]
    for i in range(env.rankings.shape[0]):
        total = 0.0
        for c in range(num_candidates):
            total += env.utilities[i, c]
        num_approved = 0
        for c in range(num_candidates):
            num_approved += env.utilities[i, c] * num_candidates > total
        for k in range(num_approved):
            env.scores[env.rankings[i, k]] += env.weights[i]
    return highest(env.scores)


@compiled
def add_welfare(env):
    """Fill each candidate's welfare, and add the best and the mean to the sums."""
    best, total = -math.inf, 0.0
    for c in range(env.welfare.shape[0]):
        welfare, num_voters = 0.0, 0
        for i in range(env.utilities.shape[0]):
            welfare += env.weights[i] * env.utilities[i, c]
            num_voters += env.weights[i]
        env.welfare[c] = welfare / max(num_voters, 1)
        best = max(best, env.welfare[c])
        total += env.welfare[c]
    env.best_welfare[0] += best
    env.mean_welfare[0] += total / env.welfare.shape[0]


@compiled
def record(env, rule, winners, best):
    """Add one election to what a rule has come to; ties count by their shares."""
    share = 1.0 / size_of(winners)
    env.ties[rule] += share < 1.0
    if winners & best:
        env.hits[rule] += share
    if env.has_utilities:
        for c in range(env.welfare.shape[0]):
            if contains(winners, c):
                env.elected_welfare[rule] += share * env.welfare[c]


@compiled
def pay(env, winners, rewards):
    """Pay each voter its mean utility over those who win or tie."""
    share = 1.0 / size_of(winners)
    for i in range(rewards.shape[0]):
        rewards[i] = 0.0
        for c in range(env.welfare.shape[0]):
            if contains(winners, c):
                rewards[i] += share * env.utilities[i, c]
        env.utility[i] = rewards[i]


def scenario() -> Scenario:
    """Return a random society of 25 sincere voters and five candidates."""
    return Scenario(Elections(num_candidates=5), "imitation", "complete:n=25", 1000, METRICS)


def small() -> Scenario:
    """Return five voters and three candidates in space."""
    return Scenario(Elections(culture="spatial"), "imitation:noise=0.2", "complete:n=5", 20, METRICS)
