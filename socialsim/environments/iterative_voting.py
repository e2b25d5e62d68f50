"""Voters who change their ballots one at a time until nobody wants to (iterative voting).

N voters rank m candidates. All first cast their sincere ballots. Points are counted and the candidate of the highest
score wins, the first of equals in the order of the candidates. Then one voter after the other sees the points of all
candidates and may exchange its ballot; the winner after each exchange is known to all:

    s_c = sum_i p(b_i, c)     points of candidate c from the ballots b
    w   = argmax_c s_c        the present winner

Points p are those of **plurality** (1 for one candidate), **veto** (1 for all but one) or **Borda** (m - 1, ..., 0
along a ranking). Which voter is next is drawn uniformly from those who gain by some other ballot (``order =
"improvers"``: each event is then a move), or from all (``"anyone"``: who does not gain keeps its ballot). Where nobody
gains the ballots are a Nash equilibrium, where the run ends; the verdict is the winner. What a voter does with what it
sees is its learner's affair (`socialsim.learning.ballot_replies`).

Under plurality, and under veto, **restricted best replies** reach an equilibrium from any ballots ([Meir2010]_, theorem
3; [LevRosenschein2016]_); with unrestricted better replies, and under any other scoring rule, voters may go in circles.
From sincere ballots under plurality a voter never returns to a candidate: it always moves to one whom it likes less
than its last, so that there are at most N (m - 1) moves. In fact there are far fewer.

Utilities are only needed for the utilitarian efficiency of the winner, which is undefined for a ballot file;
`socialsim.ballots.electorate` says where voters and utilities come from. The network plays no part. A voter who is away
keeps its ballot.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.ballots.electorate import FILE, condorcet_winners, gather, source, welfare_gains
from socialsim.ballots.forms import ballot_forms, form_of, points_of, sincere_form, winner_after
from socialsim.ballots.tallies import RULES
from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import integer
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.scenario import Scenario
from socialsim.metrics.diversity import hill_number
from socialsim.metrics.estimates import mean, proportion, ratio
from socialsim.metrics.runs import over_runs

NO_CONDORCET_WINNER = "no run has a Condorcet winner"
NO_UTILITIES = "ballot files say nothing of utilities"


class State(NamedTuple):
    """Who prefers whom, and how things stand."""

    rule: int
    sincere: int
    improvers_only: bool
    culture: int
    dispersion: float
    forms: NDArray[np.int64]  # (num_forms, num_candidates), what may be written on a ballot
    points: NDArray[np.int64]  # (num_forms, num_candidates)
    file_ballots: NDArray[np.int64]  # (num_ballots, 1 + num_candidates), voters so far, and the ranking
    positions: NDArray[np.float64]  # (num_agents + num_candidates, num_dimensions)
    rankings: NDArray[np.int64]  # (num_agents, num_candidates)
    utilities: NDArray[np.float64]  # (num_agents, num_candidates)
    ballot: NDArray[np.int64]  # (num_agents,), form cast at present
    scores: NDArray[np.int64]  # (num_candidates,)
    gains: NDArray[np.int64]  # (num_agents,), 1 if some other ballot would be better for the voter
    num_improvers: NDArray[np.int64]  # (1,)
    num_moves: NDArray[np.int64]  # (1,)
    winner: NDArray[np.int64]  # (2,), of the sincere ballots, and now
    sincere_scores: NDArray[np.int64]  # (num_candidates,)


@compiled
def look_around(points, scores, utilities, ballot, gains):
    """Fill ``gains`` with who would gain by another ballot; return the winner and how many they are."""
    winner, num_improvers = winner_after(scores, points, 0, 0), 0
    for i in range(ballot.shape[0]):
        gains[i] = 0
        for form in range(points.shape[0]):
            other = winner_after(scores, points, ballot[i], form)
            if utilities[i, other] > utilities[i, winner]:
                gains[i] = 1
        num_improvers += gains[i]
    return winner, num_improvers


class IterativeVoting(Environment):
    """Voters who exchange ballots one at a time.

    Examples
    --------
    >>> IterativeVoting(rule="veto", num_candidates=5).specification("agent", 25).num_actions
    5
    >>> IterativeVoting(rule="borda", num_candidates=6)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: num_candidates: 6 is not accepted under borda; accepted: an int, >= 2, <= 5
    """

    rule: Literal["plurality", "veto", "borda"] = parameter("plurality", "what points a ballot gives")
    num_candidates: int = parameter(3, "number of candidates m", ge=2, le=20)
    order: Literal["improvers", "anyone"] = parameter(
        "improvers", "who is next: one of those who gain by another ballot, or any voter"
    )
    culture: Literal["impartial", "anonymous", "mallows", "urn", "spatial", "single_peaked", "file"] = parameter(
        "impartial", "law from which voters are drawn"
    )
    dispersion: float = parameter(0.5, "phi of the Mallows culture, alpha of the urn; else without meaning", ge=0)
    num_dimensions: int = parameter(2, "dimensions of the spatial culture", ge=1, le=10)
    ballots: str = parameter("", "path of a ballot file, for culture file")

    loop: ClassVar = "events"
    participants: ClassVar[int] = 1
    cast: ClassVar[tuple[str, ...]] = ("agent",)
    source: ClassVar[str] = "Meir, Polukarov, Rosenschein & Jennings 2010, AAAI-10:823-828"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_sincere",
        "series_label": "share of sincere ballots",
        "agent": "sincere",
        "agent_label": "ballot is sincere",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse too many candidates, and electorates that there are not."""
        ballot_forms(self.rule, self.num_candidates)
        source(self.culture, self.dispersion, self.ballots, self.num_candidates)

    def state(self, num_agents: int) -> State:
        """Lay out an election before it is called."""
        m = self.num_candidates
        voters = source(self.culture, self.dispersion, self.ballots, m)
        return State(
            rule=RULES[self.rule],
            sincere=sincere_form(self.rule, m),
            improvers_only=self.order == "improvers",
            culture=voters.code,
            dispersion=voters.dispersion,
            forms=constant(ballot_forms(self.rule, m)),
            points=constant(points_of(self.rule, m)),
            file_ballots=constant(voters.ballots),
            positions=np.zeros((num_agents + m, self.num_dimensions)),
            rankings=np.zeros((num_agents, m), np.int64),
            utilities=np.zeros((num_agents, m)),
            ballot=np.zeros(num_agents, np.int64),
            scores=np.zeros(m, np.int64),
            gains=np.zeros(num_agents, np.int64),
            num_improvers=np.zeros(1, np.int64),
            num_moves=np.zeros(1, np.int64),
            winner=np.zeros(2, np.int64),
            sincere_scores=np.zeros(m, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A voter sees the points of all candidates, their utilities to it, and its present ballot; it casts one."""
        m = self.num_candidates
        points = points_of(self.rule, m)
        facts = {"observation": "points, utilities and own ballot", "points": points}
        return Specification(Discrete(len(points)), Box(shape=(2 * m + 1,)), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each voter's ballot, and whether it is sincere."""
        if state.rule == RULES["borda"]:
            sincere = (state.forms[state.ballot] == state.rankings).all(axis=2)
        else:
            sincere = state.ballot == state.rankings[:, :, state.sincere]
        return {"ballot": state.ballot, "sincere": sincere.astype(float)}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how many moves there were, and how good the winners are: of the sincere ballots, and at the end."""
        found: dict[str, NDArray[Any]] = {"moves": state.num_moves[:, 0]}
        best, known = condorcet_winners(state.rankings), np.nan if state.culture == FILE else 1.0
        for k, name in enumerate(("truthful", "iterated")):
            winner = state.winner[:, k]
            elected = (winner[:, None] == np.arange(state.scores.shape[1])).astype(float)
            found[f"{name}_condorcet"] = np.where(best >= 0, winner == best, np.nan)
            gained, possible = welfare_gains(state.utilities, elected)
            found[f"{name}_gain"] = gained * known
            found["possible_gain"] = possible * known
            found[f"{name}_parties"] = hill_number((state.sincere_scores, state.scores)[k], 2)
        return found

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw the voters, and let all be sincere."""
        gather(env.culture, env.dispersion, env.file_ballots, env.positions, env.rankings, env.utilities, stream)
        for i in range(env.ballot.shape[0]):
            env.ballot[i] = form_of(env.rule, env.forms, env.rankings, i, env.sincere)
            for c in range(env.scores.shape[0]):
                env.scores[c] += env.points[env.ballot[i], c]
                env.sincere_scores[c] = env.scores[c]
        env.winner[0], env.num_improvers[0] = look_around(env.points, env.scores, env.utilities, env.ballot, env.gains)
        env.winner[1] = env.winner[0]

    @staticmethod
    @compiled
    def wake(env, network, active, stream):
        """Wake one of those who gain by another ballot, or any voter."""
        if not env.improvers_only:
            active[0] = integer(stream, network.num_agents)
            return 1
        left = integer(stream, env.num_improvers[0])
        for i in range(env.gains.shape[0]):
            left -= env.gains[i]
            if left < 0:
                active[0] = i
                break
        return 1

    @staticmethod
    @compiled
    def observe(env, network, i, out):
        """Show the points of all candidates, what they are worth to the voter, and its present ballot."""
        m = env.scores.shape[0]
        for c in range(m):
            out[c] = env.scores[c]
            out[m + c] = env.utilities[i, c]
        out[2 * m] = env.ballot[i]

    @staticmethod
    @compiled
    def advance(env, network, active, actions, rewards, stream):
        """Exchange the ballot; the voter is paid what the winner is worth to it."""
        for a in range(active.shape[0]):
            i = active[a]
            if actions[i] != env.ballot[i]:
                for c in range(env.scores.shape[0]):
                    env.scores[c] += env.points[actions[i], c] - env.points[env.ballot[i], c]
                env.ballot[i] = actions[i]
                env.num_moves[0] += 1
                env.winner[1], env.num_improvers[0] = look_around(
                    env.points, env.scores, env.utilities, env.ballot, env.gains
                )
            rewards[i] = env.utilities[i, env.winner[1]]

    @staticmethod
    @compiled
    def done(env):
        """Return the winner where nobody gains by another ballot, else -1."""
        return env.winner[1] if env.num_improvers[0] == 0 else -1


def convergence(result: Result) -> Estimate:
    """Share of runs that end in a Nash equilibrium."""
    return proportion(result.runs.stop == "done")


def moves(result: Result) -> Estimate:
    """Mean number of ballots exchanged."""
    return mean(result.runs.moves)


def truthful_condorcet_efficiency(result: Result) -> Estimate:
    """Share of the runs with a Condorcet winner in which the sincere ballots elect it."""
    return over_runs(result, "truthful_condorcet", NO_CONDORCET_WINNER, proportion)


def condorcet_efficiency(result: Result) -> Estimate:
    """Share of the runs with a Condorcet winner that end with it elected."""
    return over_runs(result, "iterated_condorcet", NO_CONDORCET_WINNER, proportion)


def truthful_utilitarian_efficiency(result: Result) -> Estimate:
    """Utilitarian efficiency of the winners by sincere ballots."""
    return _share_of_possible_gain(result, "truthful_gain")


def utilitarian_efficiency_at_the_end(result: Result) -> Estimate:
    """Utilitarian efficiency of the last winners."""
    return _share_of_possible_gain(result, "iterated_gain")


def _share_of_possible_gain(result: Result, column: str) -> Estimate:
    if result.parameters["environment.culture"] == "file":
        return Estimate.undefined(NO_UTILITIES)
    return ratio(result.runs[column], result.runs.possible_gain)


def effective_parties(result: Result) -> Estimate:
    """Mean effective number of parties (Laakso and Taagepera), by the points at the end."""
    return mean(result.runs.iterated_parties)


METRICS = (
    convergence,
    moves,
    truthful_condorcet_efficiency,
    condorcet_efficiency,
    truthful_utilitarian_efficiency,
    utilitarian_efficiency_at_the_end,
    effective_parties,
)


def scenario() -> Scenario:
    """Return eleven voters and three candidates, who make restricted best replies."""
    return Scenario(IterativeVoting(), "restricted_best_reply", "complete:n=11", 10_000, METRICS)


def small() -> Scenario:
    """Return five voters and three candidates."""
    return Scenario(IterativeVoting(), "restricted_best_reply", "complete:n=5", 40, METRICS)
