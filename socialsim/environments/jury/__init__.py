"""A jury that looks for the truth by vote, question after question.

Each step poses a question whose right answer is theta = 1 with probability pi, else 0. Juror i has evidence e_i that is
right with chance p_i, its **competence**, drawn once from U(p - spread, p + spread), and a **signal** s_i:

    s_i = e_i,    but with probability c (``reliance``) the evidence of a source that others use too:
                  ``common``: one source for all, right with chance p;    ``neighbours``: e_j of one whom i hears

so that signals are correlated, by c^2 where the source is common and all are alike ([Boland1989]_, [Ladha1992]_).
Before they vote jurors may deliberate: in each of ``deliberation`` rounds all at once take the opinion of the majority
of their neighbours and themselves, and keep theirs on a tie. What a juror sees is its opinion in the end, which is its
signal where nobody deliberates, or ``both``: 2 s_i + opinion. Then all vote, and with K votes for 1 of n

    the group answers 1 iff K > n/2 (a coin decides K = n/2),    or K >= q n with a quota q > 1/2,

as where a jury must agree to convict. Instead of being counted, votes may be ``weighed`` by ln p_i/(1 - p_i), the best
of all rules for independent signals where both answers are as likely, pi = 1/2 ([Nitzan1982]_). Everybody is paid 1 if
the group is right (``pays = "own"``: if they are right themselves), else 0.

Who votes as its opinion says (`socialsim.learning.imitation`) is **sincere**. Then the majority of an odd number n >= 3
who are independently right with one chance 1/2 < p < 1 is right more often than each of them ([Condorcet1785]_). Where
their p_i differ it is right at least as often as the average member, if that is right with a chance of 1/2 + 1/(2n) or
more ([Boland1989]_), but the best of them may be right more often: P_3(.4, .6, .8) = .656. Over independent draws of
the p_i the mean of P_n is that of n who are all right with the mean p, since P_n is linear in each p_i.

Paid for the group's answer, to be sincere is no equilibrium under a quota above 1/2 in general ([AustenSmith1996]_,
[Feddersen1998]_); learners may find one. `socialsim.environments.jury.theory` has the exact chances,
`socialsim.environments.jury.measures` what is measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Discrete, Environment, Specification
from socialsim.engine.links import degree, is_away, neighbour, random_neighbour
from socialsim.engine.scenario import Scenario
from socialsim.environments.jury.measures import LEARNED, METRICS, outcomes_of, outcomes_of_strategies, shares
from socialsim.environments.jury.theory import chance_of_one, verdict_chance


class State(NamedTuple):
    """What a replication holds."""

    prior: float
    quota: float
    competence: float
    spread: float
    reliance: float
    asks_neighbours: bool
    deliberation: int
    shows_both: bool
    pays_group: bool
    weighs: bool
    burn_in: int
    ability: NDArray[np.float64]  # (num_agents,), p_i
    weight: NDArray[np.float64]  # (num_agents,), of each vote
    answer: NDArray[np.int64]  # (1,), theta
    evidence: NDArray[np.int64]  # (num_agents,), e_i
    signal: NDArray[np.int64]  # (num_agents,), s_i
    opinion: NDArray[np.int64]  # (num_agents,)
    heard: NDArray[np.int64]  # (num_agents,), the majority around each, in a round
    clock: NDArray[np.int64]  # (1,), steps so far
    verdicts: NDArray[np.int64]  # (2, 2), counted steps by right answer and verdict
    voted: NDArray[np.int64]  # (num_agents,), counted steps in which each voted
    right: NDArray[np.int64]  # (num_agents,), in which it was right
    sums: NDArray[np.float64]  # (3,), of right votes, their squares, and the margin


@compiled
def pose(env, network, stream):
    """Draw a question, evidence, and what each juror relies on."""
    env.answer[0] = 1 if uniform(stream) < env.prior else 0
    for i in range(env.evidence.shape[0]):
        is_right = uniform(stream) < env.ability[i]
        env.evidence[i] = env.answer[0] if is_right else 1 - env.answer[0]
        env.signal[i] = env.evidence[i]
    if env.reliance > 0.0:
        is_right = uniform(stream) < env.competence
        common = env.answer[0] if is_right else 1 - env.answer[0]
        for i in range(env.signal.shape[0]):
            if uniform(stream) < env.reliance:
                j = random_neighbour(network, i, stream) if env.asks_neighbours else -1
                if not env.asks_neighbours:
                    env.signal[i] = common
                elif j >= 0 and not is_away(network, j):
                    env.signal[i] = env.evidence[j]


@compiled
def deliberate(env, network):
    """Let everybody take the majority's opinion, round after round."""
    for i in range(env.opinion.shape[0]):
        env.opinion[i] = env.signal[i]
    for _ in range(env.deliberation):
        for i in range(env.opinion.shape[0]):
            excess = 2 * env.opinion[i] - 1  # votes for 1 less those for 0
            for k in range(degree(network, i)):
                j = neighbour(network, i, k)
                if not is_away(network, j):
                    excess += 2 * env.opinion[j] - 1
            env.heard[i] = env.opinion[i] if excess == 0 else 1 if excess > 0 else 0
        for i in range(env.opinion.shape[0]):
            env.opinion[i] = env.heard[i]


@compiled
def count_votes(env, network, actions, verdict, num_votes, num_yes):
    """Add one question to the measures."""
    num_right = num_yes if env.answer[0] == 1 else num_votes - num_yes
    env.verdicts[env.answer[0], verdict] += 1
    env.sums[0] += num_right
    env.sums[1] += num_right * num_right
    env.sums[2] += abs(2.0 * num_yes - num_votes) / num_votes if num_votes > 0 else 0.0
    for i in range(actions.shape[0]):
        if not is_away(network, i):
            env.voted[i] += 1
            env.right[i] += actions[i] == env.answer[0]


class Jury(Environment):
    """Jurors who vote on questions that have a right answer.

    Examples
    --------
    >>> Jury(competence=0.9, spread=0.2)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: spread: 0.2 is not accepted; accepted: at most 0.1, so that no competence
    leaves [0, 1]
    """

    competence: float = parameter(0.6, "mean chance p that a juror's evidence is right", gt=0, lt=1)
    spread: float = parameter(0.0, "competences are drawn from p - spread to p + spread", ge=0, lt=0.5)
    reliance: float = parameter(0.0, "chance c that a juror's signal is that of a source which others use", ge=0, le=1)
    sources: Literal["common", "neighbours"] = parameter(
        "common", "which: one for all, or the evidence of a random neighbour"
    )
    deliberation: int = parameter(0, "rounds in which jurors join the majority around them", unit="rounds", ge=0)
    observation: Literal["opinion", "both"] = parameter("opinion", "what jurors see: their opinion, or signal and it")
    quota: float = parameter(0.5, "share q of the votes that answer 1 needs; 1/2: more than half", ge=0.5, le=1)
    votes: Literal["equal", "weighed"] = parameter("equal", "whether votes are weighed by the log-odds of competence")
    pays: Literal["group", "own"] = parameter("group", "who must be right for a juror to be paid 1")
    prior: float = parameter(0.5, "chance pi that 1 is the right answer", ge=0, le=1)
    burn_in: int = parameter(0, "first steps, which the measures leave out", unit="steps", ge=0)

    source: ClassVar[str] = "Condorcet 1785, Essai; Boland 1989, The Statistician 38:181-189"
    figure: ClassVar[Mapping[str, Any]] = {
        "step_label": "question",
        "series": "mean_group_right",
        "series_label": "share of right verdicts so far",
        "agent": "right",
        "agent_label": "share of right votes",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse competences out of range, and weights that a rule cannot use."""
        reach = min(self.competence, 1.0 - self.competence)
        if self.spread > reach:
            raise ParameterError(
                f"spread: {self.spread:g} is not accepted; accepted: at most {reach:.6g}, so that no competence leaves "
                "[0, 1]"
            )
        if self.votes == "weighed" and self.spread == reach:
            raise ParameterError(
                f"spread: {self.spread:g} is not accepted where votes are weighed, since weights would be infinite; "
                f"accepted: less than {reach:.6g}"
            )
        if self.votes == "weighed" and self.quota != 0.5:
            raise ParameterError(
                f"votes: 'weighed' is not accepted with quota {self.quota:g}, since weights may be negative; accepted: "
                "quota = 0.5, or votes = 'equal'"
            )

    def state(self, num_agents: int) -> State:
        """Lay out a jury that has not met."""
        return State(
            prior=self.prior,
            quota=self.quota,
            competence=self.competence,
            spread=self.spread,
            reliance=self.reliance,
            asks_neighbours=self.sources == "neighbours",
            deliberation=self.deliberation,
            shows_both=self.observation == "both",
            pays_group=self.pays == "group",
            weighs=self.votes == "weighed",
            burn_in=self.burn_in,
            ability=np.full(num_agents, self.competence),
            weight=np.ones(num_agents),
            answer=np.zeros(1, np.int64),
            evidence=np.zeros(num_agents, np.int64),
            signal=np.zeros(num_agents, np.int64),
            opinion=np.zeros(num_agents, np.int64),
            heard=np.zeros(num_agents, np.int64),
            clock=np.zeros(1, np.int64),
            verdicts=np.zeros((2, 2), np.int64),
            voted=np.zeros(num_agents, np.int64),
            right=np.zeros(num_agents, np.int64),
            sums=np.zeros(3),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A juror sees its opinion, or its signal and it, and votes; learners may know what a vote pays in the mean
        when all others toss coins.
        """
        labels: tuple[str, ...] = ("opinion 0", "opinion 1")
        if self.observation == "both":
            labels = tuple(f"signal {k // 2}, opinion {k % 2}" for k in range(4))
        facts = {"mean_rewards": np.tile(self.mean_rewards(num_agents), (num_agents, 1)), "reward_range": (0.0, 1.0)}
        return Specification(Discrete(2, ("answer 0", "answer 1")), Discrete(len(labels), labels), facts)

    def mean_rewards(self, num_agents: int) -> NDArray[np.float64]:
        """Return what each vote pays in the mean when all others toss coins and votes count alike, shape (2,).

        Examples
        --------
        >>> Jury(prior=0.7, quota=1.0).mean_rewards(2).tolist()  # one of two can acquit alone
        [0.3, 0.5]
        """
        if self.pays == "own":
            return np.array([1.0 - self.prior, self.prior])
        ones = np.array([verdict_chance([0.5] * (num_agents - 1) + [vote], self.quota) for vote in (0.0, 1.0)])
        rewards: NDArray[np.float64] = self.prior * ones + (1.0 - self.prior) * (1.0 - ones)
        return rewards.round(12)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how often each juror, and the group, was right, and the competences."""
        group = shares(state.verdicts[:, 0, 0] + state.verdicts[:, 1, 1], state.verdicts.sum(axis=(1, 2)))
        return {
            "right": shares(state.right, state.voted),
            "group_right": np.broadcast_to(group[:, None], state.right.shape),
            "competence": state.ability,
        }

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how often the group and its members were right, how alike they voted, and the errors of each kind."""
        return outcomes_of(state)

    def outcomes_of_policies(self, state: State, policies: Mapping[str, NDArray[np.int64]]) -> dict[str, NDArray[Any]]:
        """Return what learnt votes lead to, where it has a closed form: independent signals, counted votes."""
        is_solved = self.reliance == 0.0 and self.deliberation == 0 and self.votes == "equal" and self.pays == "group"
        if not is_solved or self.observation == "both":
            return {}
        return outcomes_of_strategies(policies["agent"], state.ability, self.quota, self.prior)

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw the jurors' competences and pose the first question."""
        for i in range(env.ability.shape[0]):
            env.ability[i] = env.competence
            if env.spread > 0.0:
                env.ability[i] += env.spread * (2.0 * uniform(stream) - 1.0)
            env.weight[i] = math.log(env.ability[i] / (1.0 - env.ability[i])) if env.weighs else 1.0
        pose(env, network, stream)
        deliberate(env, network)

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return the opinion of juror i, or its signal and it."""
        return 2 * env.signal[i] + env.opinion[i] if env.shows_both else env.opinion[i]

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Count the votes, pay, and pose the next question."""
        total, votes, num_votes, num_yes = 0.0, 0.0, 0, 0
        for i in range(actions.shape[0]):
            if not is_away(network, i):
                total += env.weight[i]
                votes += env.weight[i] * actions[i]
                num_votes += 1
                num_yes += actions[i]
        chance = chance_of_one(votes, env.quota, total)
        verdict = 1 if chance == 1.0 or (chance == 0.5 and uniform(stream) < 0.5) else 0
        for i in range(actions.shape[0]):
            says = verdict if env.pays_group else actions[i]
            rewards[i] = 1.0 if says == env.answer[0] and not is_away(network, i) else 0.0
        if env.clock[0] >= env.burn_in:
            count_votes(env, network, actions, verdict, num_votes, num_yes)
        env.clock[0] += 1
        pose(env, network, stream)
        deliberate(env, network)


def scenario() -> Scenario:
    """Return eleven sincere jurors who are right six times in ten.

    Examples
    --------
    >>> scenario().network.spec
    'complete:n=11'
    """
    return Scenario(Jury(), "imitation", "complete:n=11", 1000, METRICS)


def strategic() -> Scenario:
    """Return five jurors who must agree to answer 1, are paid for the truth, and learn how to vote."""
    jury = Jury(competence=0.7, quota=1.0, burn_in=40_000)
    learner = "q_learning:alpha=0.02,discount=0.0,epsilon=1.0,beta=0.0002,initial_value=0.5"
    return Scenario(jury, learner, "complete:n=5", 50_000, (*METRICS, *LEARNED))


def small() -> Scenario:
    """Return five jurors who hear each other and read one newspaper."""
    return Scenario(Jury(reliance=0.3, deliberation=1), "imitation", "cycle:n=5", 20, METRICS)
