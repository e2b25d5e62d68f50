"""An electorate that votes again and again, and learns how (repeated elections).

N voters have utilities u_ic over m candidates, drawn once a run from a culture or a ballot file
(`socialsim.ballots.electorate`). Every step is an election by the same rule: all cast ballots at once, the winner w is
worth u_iw to voter i, and who votes pays the cost of voting k:

    r_i = u_iw - k (if i votes)

Several may tie for the win: then a voter is paid the mean of their utilities (``ties = "mean"``), or the first of them
wins, in the order of the candidates (``"first"``) or in one drawn for each election (``"random"``). Only ``"first"``
favours some candidates over others.

A voter's actions are the forms of a ballot read with its own ranking (`socialsim.ballots.forms`): under plurality
action 0 votes for one's best candidate, action 1 for one's second, and so on; under approval action a approves of the
sets of one's choices that are the bits of a; under rules that count rankings action 0 is one's own ranking. With
``abstention`` one more action, the last, casts none. Voters are sincere before the first election, which is what the
first polls say: of the sets of one's best candidates, all of which are sincere under approval, they approve of the
better half, rounded up.

What they see, candidates again by their places in one's own ranking:

    poll        who led and who was second in a poll: ``poll_size`` voters, drawn anew with replacement, say what they
                have just cast (0: everybody is asked); the same poll for all
    neighbours  the same among those whom one hears in the network
    winner      who won
    payoffs     what each of one's ballots would have paid in the last election, the others' being as they were: one
                count of the votes for each pair of ballots, one's own and another, that anybody cast

In polls points count where the rule counts points, first places elsewhere. Who leads or is second among equals, and
which of several tied winners is seen, is drawn by lot for each election; where fewer than two have points, in small
polls or with few neighbours, nobody is in front, which is one more observation, the last.

**Duverger's law** ([Duverger1954]_, [Cox1997]_): under plurality voters desert all but the two front-runners, for a
vote for a third never decides; the effective number of parties falls to 2. Under approval nobody need desert anybody.
How many elections a voter can decide falls with N, and with a cost of voting so does turnout ([Downs1957]_). What else
is measured stands in `socialsim.environments.voting.measures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.ballots.electorate import effective_number, gather, source, utility_range
from socialsim.ballots.forms import ballot_forms, front_runner_replies, points_of, sincere_form, sincere_forms
from socialsim.ballots.manipulation import MEAN, RANDOM, TIES, decided, fill_outcomes, worth
from socialsim.ballots.tallies import RULES, highest
from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments.voting.measures import METRICS, outcomes_of
from socialsim.environments.voting.mechanics import (
    COUNTED,
    DECIDED,
    NEIGHBOURS,
    OBSERVATIONS,
    PARTIES,
    SINCERE_PARTIES,
    TURNOUT,
    WINNER,
    add_elected,
    ask_all,
    ask_neighbours,
    ask_some,
    collect,
    front_runners,
    shuffle,
    translate,
)


class State(NamedTuple):
    """Who prefers whom, the ballots of the last election, and sums over the counted ones."""

    rule: int
    sincere: int
    ties: int
    sees: int
    abstention: bool
    voting_cost: float
    poll_size: int
    burn_in: int
    culture: int
    dispersion: float
    forms: NDArray[np.int64]  # (num_forms, num_candidates), what may be written on a ballot
    points: NDArray[np.int64]  # (num_forms, num_candidates), what polls count
    file_ballots: NDArray[np.int64]  # (num_ballots, 1 + num_candidates), voters so far, and the ranking
    positions: NDArray[np.float64]  # (num_agents + num_candidates, num_dimensions)
    rankings: NDArray[np.int64]  # (num_agents, num_candidates)
    utilities: NDArray[np.float64]  # (num_agents, num_candidates)
    place: NDArray[np.int64]  # (num_agents, num_candidates), of each candidate in the ranking, 0 is the best
    ballot_of: NDArray[np.int64]  # (num_agents, num_forms), the form that each action casts
    cast: NDArray[np.int64]  # (num_agents,), forms; num_forms: none
    counts: NDArray[np.int64]  # (num_forms + 1,), who cast each
    outcomes: NDArray[np.int64]  # (num_options, num_options), winners after one voter's change; (1, 1) if nobody asks
    order: NDArray[np.int64]  # (num_candidates,), by lot, in which ties are broken
    poll: NDArray[np.int64]  # (num_candidates,), points
    margins: NDArray[np.int64]  # (num_candidates, num_candidates), scratch
    scores: NDArray[np.int64]  # (num_candidates,), scratch
    clock: NDArray[np.int64]  # (1,), elections so far
    hashes: NDArray[np.uint64]  # (window,), of the last profiles
    elected: NDArray[np.float64]  # (num_candidates,), counted elections won
    sums: NDArray[np.float64]  # (5,), elections counted; their turnout; those with points; effective parties in these;
    # effective parties by sincere ballots


class Voting(Environment):
    """Voters who learn how to vote.

    Examples
    --------
    >>> Voting(rule="approval", num_candidates=4).specification("agent", 9).num_actions
    16
    >>> Voting(rule="copeland", num_candidates=6)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: num_candidates: 6 is not accepted under copeland; accepted: an int, >= 2, <= 5
    """

    rule: Literal[
        "plurality", "veto", "approval", "borda", "instant_runoff", "plurality_runoff", "copeland", "minimax"
    ] = parameter("plurality", "how ballots elect")
    num_candidates: int = parameter(3, "number of candidates m", ge=2, le=20)
    culture: Literal["impartial", "anonymous", "mallows", "urn", "spatial", "single_peaked", "file"] = parameter(
        "spatial", "law from which voters are drawn"
    )
    dispersion: float = parameter(0.5, "phi of the Mallows culture, alpha of the urn; else without meaning", ge=0)
    num_dimensions: int = parameter(2, "dimensions of the spatial culture", ge=1, le=10)
    ballots: str = parameter("", "path of a ballot file, for culture file")
    observation: Literal["poll", "neighbours", "winner", "payoffs"] = parameter(
        "poll", "what voters see: front-runners in a poll or among neighbours, the winner, or what ballots would pay"
    )
    poll_size: int = parameter(0, "number of voters asked; 0: all", unit="voters", ge=0)
    ties: Literal["mean", "first", "random"] = parameter("mean", "what a tie is worth, or who wins it")
    abstention: bool = parameter(False, "whether voters may abstain")
    voting_cost: float = parameter(0.0, "cost of casting a ballot", unit="reward", ge=0)
    burn_in: int = parameter(0, "first elections, which the measures leave out", unit="steps", ge=0)
    window: int = parameter(20, "last elections, which say how a run ends", unit="steps", ge=2, le=1000)

    source: ClassVar[str] = "Cox 1997, Making Votes Count; Myerson & Weber 1993, APSR 87:102-114"
    figure: ClassVar[Mapping[str, Any]] = {
        "step_label": "election",
        "series": "mean_sincere",
        "series_label": "share of sincere ballots",
        "agent": "sincere",
        "agent_label": "last ballot is sincere",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse too many candidates, and electorates that there are not."""
        ballot_forms(self.rule, self.num_candidates)
        source(self.culture, self.dispersion, self.ballots, self.num_candidates)

    def state(self, num_agents: int) -> State:
        """Lay out an electorate before its first election."""
        m, forms = self.num_candidates, ballot_forms(self.rule, self.num_candidates)
        voters = source(self.culture, self.dispersion, self.ballots, m)
        num_options = len(forms) + 1 if self.observation == "payoffs" else 1  # abstention too: some may be away
        return State(
            rule=RULES[self.rule],
            sincere=sincere_form(self.rule, m),
            ties=TIES.index(self.ties),
            sees=OBSERVATIONS.index(self.observation),
            abstention=self.abstention,
            voting_cost=self.voting_cost,
            poll_size=self.poll_size,
            burn_in=self.burn_in,
            culture=voters.code,
            dispersion=voters.dispersion,
            forms=constant(forms),
            points=constant(points_of(self.rule, m)),
            file_ballots=constant(voters.ballots),
            positions=np.zeros((num_agents + m, self.num_dimensions)),
            rankings=np.tile(np.arange(m), (num_agents, 1)),  # until they are drawn
            utilities=np.zeros((num_agents, m)),
            place=np.zeros((num_agents, m), np.int64),
            ballot_of=np.zeros((num_agents, len(forms)), np.int64),
            cast=np.zeros(num_agents, np.int64),
            counts=np.zeros(len(forms) + 1, np.int64),
            outcomes=np.full((num_options, num_options), 2**m - 1),  # until the first election all tie
            order=np.arange(m),
            poll=np.zeros(m, np.int64),
            margins=np.zeros((m, m), np.int64),
            scores=np.zeros(m, np.int64),
            clock=np.zeros(1, np.int64),
            hashes=np.zeros(self.window, np.uint64),
            elected=np.zeros(m),
            sums=np.zeros(5),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A voter sees two front-runners, the winner or payoffs, and casts a ballot; learners may know which is sincere
        and which serves best between two front-runners.
        """
        m = self.num_candidates
        num_actions = len(ballot_forms(self.rule, m)) + self.abstention
        facts: dict[str, Any] = {"sincere": sincere_form(self.rule, m), "discrete_by": "environment.observation=poll"}
        ends = utility_range(source(self.culture, self.dispersion, self.ballots, m).code)
        if ends is not None:
            facts["reward_range"] = (ends[0] - self.voting_cost, ends[1])
        if self.observation == "payoffs":
            facts["observation"] = "payoff of each action"
            return Specification(Discrete(num_actions), Box(shape=(num_actions,)), facts)
        facts["payoffs_by"] = "environment.observation=payoffs"
        if self.observation == "winner":
            return Specification(Discrete(num_actions), Discrete(m), facts)
        facts["front_runner_replies"] = front_runner_replies(self.rule, m)
        return Specification(Discrete(num_actions), Discrete(m * (m - 1) + 1), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return whether each voter's last ballot was sincere, NaN for none, and whether it voted."""
        voted = state.cast < len(state.forms)
        forms = sincere_forms(list(RULES)[state.rule], state.forms.shape[1])
        sincere = (state.cast[:, :, None] == state.ballot_of[:, :, forms]).any(axis=2)
        return {"sincere": np.where(voted, sincere, np.nan), "voted": voted.astype(float)}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return efficiencies, parties, turnout, how the run ends, and what sincere voting would have been."""
        return outcomes_of(state)

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw the electorate; all are sincere in the first poll."""
        gather(env.culture, env.dispersion, env.file_ballots, env.positions, env.rankings, env.utilities, stream)
        translate(env.rule, env.forms, env.rankings, env.ballot_of, env.place)
        for i in range(env.cast.shape[0]):
            env.cast[i] = env.ballot_of[i, env.sincere]
            env.counts[env.cast[i]] += 1
        ask_all(env.points, env.counts, env.poll)
        env.sums[SINCERE_PARTIES] = effective_number(env.poll)
        shuffle(env.order, stream)
        ask_some(env.points, env.cast, env.poll_size, env.poll, stream)

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Return the front-runners or the winner by their places in one's ranking, or show payoffs; before the first
        election the leader of the poll is the winner, and payoffs are 0.
        """
        if out is not None:
            num_forms = env.points.shape[0]
            for a in range(out.shape[0]):
                form = env.ballot_of[i, a] if a < num_forms else a
                out[a] = worth(env.ties, env.utilities, i, env.outcomes[env.cast[i], form], env.order)
                out[a] = (out[a] - env.voting_cost * (a < num_forms)) * (env.clock[0] > 0)
            return 0
        if env.sees == WINNER:
            tied, ties = (env.outcomes[0, 0], env.ties) if env.clock[0] > 0 else (highest(env.poll), RANDOM)
            return env.place[i, decided(RANDOM if ties == MEAN else ties, tied, env.order)]
        if env.sees != NEIGHBOURS:
            return front_runners(env.poll, env.order, env.place, i)
        ask_neighbours(network, env.points, env.cast, i, env.scores)
        return front_runners(env.scores, env.order, env.place, i)

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Count the ballots, pay everybody, and hold the next poll."""
        num_present, code = collect(network, actions, env.ballot_of, env.cast, env.counts)
        shuffle(env.order, stream)
        fill_outcomes(env.rule, env.forms, env.counts, env.margins, env.scores, env.outcomes)
        for i in range(actions.shape[0]):
            votes = env.cast[i] < env.points.shape[0]
            gain = worth(env.ties, env.utilities, i, env.outcomes[0, 0], env.order) - env.voting_cost * votes
            rewards[i] = 0.0 if is_away(network, i) else gain
        ask_all(env.points, env.counts, env.poll)
        env.hashes[env.clock[0] % env.hashes.shape[0]] = code
        env.clock[0] += 1
        if env.clock[0] > env.burn_in:
            num_voting = actions.shape[0] - env.counts[env.points.shape[0]]
            env.sums[COUNTED] += 1.0
            env.sums[TURNOUT] += num_voting / max(num_present, 1)
            parties = effective_number(env.poll)
            env.sums[DECIDED] += parties > 0.0
            env.sums[PARTIES] += parties
            add_elected(env.ties, env.outcomes[0, 0], env.order, env.elected)
        ask_some(env.points, env.cast, env.poll_size, env.poll, stream)


def scenario() -> Scenario:
    """Return a hundred and one voters in a plane, five candidates, plurality, and replies to polls."""
    return Scenario(Voting(num_candidates=5), "poll_reply", "complete:n=101", 100, METRICS)


def small() -> Scenario:
    """Return seven voters who reply to polls of three of them, and three candidates."""
    return Scenario(Voting(poll_size=3), "poll_reply", "complete:n=7", 30, METRICS)
