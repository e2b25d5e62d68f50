r"""Voters of some types who say again and again for whom they vote, and hear what others say.

There are m candidates and K types of voters. A share q_k of the voters is of type k, to whom the victory of candidate c
is worth u_kc. In every step all name a candidate at once. z_c is the share that names c, of those whom a voter hears
(`socialsim.engine.aggregative`; in a mean field, of all), and the election is not sure: c wins with the chance

    P_c(z) = exp(beta z_c) / sum_d exp(beta z_d),                                                                   (1)

beta being the precision at which the count can be foreseen. A voter feels that its voice moves a share delta of the
votes (``weight``: 1 / N for itself alone, more for one who speaks for people like itself): who names a hopes for the
chances P(z + delta e_a). With U_k = sum_c P_c u_kc it is paid

    r = U_k + (w - 1) P_a / (1 + (w - 1) P_a) (u_ka - U_k) + eta u_ka - kappa [a is not whom it named last],
    w = exp(beta delta),                                                                                            (2)

the first two terms of which are sum_c P_c(z + delta e_a) u_kc exactly. eta is the worth of expressing oneself
(``expressive``), kappa the cost of changing one's mind (``switching``). To first order in delta a vote gains
beta delta sum_d P_a P_d (u_ka - u_kd): the rating of [MyersonWeber1993]_ with the pivot
probabilities p_ad proportional to P_a P_d. These satisfy their ordering condition as beta grows, because
p_ad / p_bd = exp(beta (z_a - z_b)). So the game has their voting equilibria: a **sincere** one, or one in which two
candidates divide the votes (**Duverger's law**, [Duverger1954]_, [Cox1997]_), or several.

The default is a divided majority ([Forsythe1993]_): 60 in a hundred like A and B better than C, but half of them like
A best and half B; the others like C best. C beats neither, and leads if all are sincere. Which equilibria there are,
and which last, is worked out in `socialsim.environments.poll_voting.theory`.

A voter's state is its type and whom it named last, s = m k + c. It also sees who led and who was second in what it
heard last (``shows_poll``): on a network, among its neighbours. Voters first remember their sincere choice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.engine.aggregative import AggregativeGame
from socialsim.engine.interface import Specification
from socialsim.engine.scenario import Scenario
from socialsim.metrics.diversity import hill_number
from socialsim.metrics.estimates import mean, proportion
from socialsim.metrics.runs import over_runs

ROUNDING = 1e-9
NO_WINNER = "no run has a candidate whom majorities prefer to all others"
NO_LOSER = "no run has a candidate to whom majorities prefer all others"


@compiled
def front_runners(z, num_candidates):
    """Return who leads and who is second, the first of equals, from 1 to m (m - 1); 0 if none is named."""
    leader = 0
    for c in range(1, num_candidates):
        if z[c] > z[leader]:
            leader = c
    if z[leader] == 0.0:
        return 0
    second = 1 if leader == 0 else 0
    for c in range(num_candidates):
        if c != leader and z[c] > z[second]:
            second = c
    return 1 + leader * (num_candidates - 1) + (second - 1 if second > leader else second)


class PollVoting(AggregativeGame):
    """Voters who name candidates as it serves them, beside what others name.

    Examples
    --------
    >>> PollVoting().num_states, PollVoting().num_actions
    (9, 3)
    >>> PollVoting(type_shares=(0.5, 0.5), utilities=((1.0, 0.0), (0.0, 1.0))).initial().tolist()
    [0.5, 0.0, 0.0, 0.5]
    >>> PollVoting(type_shares=(0.5, 0.4, 0.4))
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: environment.type_shares: [0.5, 0.4, 0.4] are not accepted; accepted: shares
    >= 0 that sum to 1
    """

    type_shares: tuple[float, ...] = parameter((0.3, 0.3, 0.4), "q, share of the voters of each type")
    utilities: tuple[tuple[float, ...], ...] = parameter(
        ((1.0, 0.6, 0.0), (0.6, 1.0, 0.0), (0.0, 0.0, 1.0)), "u, worth of each candidate's victory to each type"
    )
    precision: float = parameter(20.0, "beta, how surely the larger share wins", unit="per share of votes", gt=0)
    weight: float = parameter(0.05, "delta, share of the votes that a voter feels to move", gt=0, le=1)
    expressive: float = parameter(0.0, "eta, worth of naming whom one likes", unit="reward per utility", ge=0)
    switching: float = parameter(0.01, "kappa, cost of naming another than last", unit="reward", ge=0)
    shows_poll: bool = parameter(False, "whether voters see who led and who was second in what they heard last")
    num_steps: int = parameter(0, "T, decisions of each agent; 0: it goes on for ever", unit="steps", ge=0)
    discount: float = parameter(0.9, "gamma, worth of a reward one step later", gt=0, le=1)

    steady: ClassVar[bool] = True
    source: ClassVar[str] = "Myerson & Weber 1993, APSR 87:102-114"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_sincere",
        "series_label": "share who name their favourite",
        "agent": "vote",
        "agent_label": "candidate named",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse shares that are none, and utilities that are no table."""
        if min(self.type_shares, default=-1.0) < 0.0 or not abs(sum(self.type_shares) - 1.0) <= ROUNDING:
            raise ParameterError(
                f"environment.type_shares: {list(self.type_shares)} are not accepted; accepted: shares >= 0 that sum "
                "to 1"
            )
        if len(self.utilities) != len(self.type_shares):
            raise ParameterError(
                f"environment.utilities: {len(self.utilities)} rows are not accepted; accepted: one for each of "
                f"{len(self.type_shares)} types"
            )
        for k, row in enumerate(self.utilities):
            if len(row) != len(self.utilities[0]) or len(row) < 2:
                raise ParameterError(
                    f"environment.utilities: {len(row)} numbers in row {k} are not accepted; accepted: one for each "
                    "candidate, of whom there are at least 2"
                )
        if self.precision * self.weight > 700.0:
            raise ParameterError(
                f"environment.weight: {self.weight} is not accepted with a precision of {self.precision}; accepted: a "
                "product of at most 700"
            )

    @property
    def num_candidates(self) -> int:
        """Candidates m."""
        return len(self.utilities[0])

    @property
    def num_states(self) -> int:
        """A type, and whom one named last."""
        return len(self.type_shares) * self.num_candidates

    @property
    def num_actions(self) -> int:
        """Whom to name."""
        return self.num_candidates

    @property
    def num_features(self) -> int:
        """The share that names each candidate."""
        return self.num_candidates

    @property
    def num_signals(self) -> int:
        """No poll heard, or who led and who was second; 1 where voters are told nothing."""
        return 1 + self.num_candidates * (self.num_candidates - 1) if self.shows_poll else 1

    def favourites(self) -> NDArray[np.int64]:
        """Return whom each type likes best, the first of equals, shape (K,)."""
        return np.argmax(self.utilities, axis=1)

    def initial(self) -> NDArray[np.float64]:
        """Return the types' shares, each with its favourite in mind."""
        chances = np.zeros((len(self.type_shares), self.num_candidates))
        chances[np.arange(len(chances)), self.favourites()] = self.type_shares
        return chances.reshape(-1)

    def constants(self) -> dict[str, Any]:
        """Return the number of candidates, and w - 1 of equation (2)."""
        return {"num_candidates": self.num_candidates, "push": math.expm1(self.precision * self.weight)}

    def state_labels(self) -> tuple[str, ...]:
        """Return types and the candidates last named."""
        return tuple(f"type {k}, named {c}" for k in range(len(self.type_shares)) for c in range(self.num_candidates))

    def action_labels(self) -> tuple[str, ...]:
        """Return the candidates."""
        return tuple(f"name {c}" for c in range(self.num_candidates))

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A voter sees its type, whom it named last and perhaps the poll, and names a candidate."""
        found = super().specification(agent_type, num_agents)
        low, high = float(np.min(self.utilities)), float(np.max(self.utilities))
        span = ((1.0 + self.expressive) * low - self.switching, (1.0 + self.expressive) * high)
        return Specification(found.actions, found.observations, {"reward_range": span})

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return whom each voter named last, its type, whether it named its favourite, and what it has earned."""
        kind, vote = state.states // self.num_candidates, state.states % self.num_candidates
        sincere = (vote == self.favourites()[kind]).astype(float)
        return {"vote": vote, "type": kind, "sincere": sincere, "return": state.returns}

    def outcomes(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return how the last poll stands, and how good what it foretells would be."""
        kind, vote = state.states // self.num_candidates, state.states % self.num_candidates
        types = (kind[:, :, None] == np.arange(len(self.type_shares))).mean(axis=1)
        shares = (vote[:, :, None] == np.arange(self.num_candidates)).mean(axis=1)
        alone = (shares == shares.max(axis=1, keepdims=True)).sum(axis=1) == 1
        leader = np.where(alone, shares.argmax(axis=1), -1)
        winner, loser = majority_extremes(types, self.utilities)
        hopes = np.exp(self.precision * (shares - shares.max(axis=1, keepdims=True)))
        chances = hopes / hopes.sum(axis=1, keepdims=True)
        return {
            **{f"votes_{c}": shares[:, c] for c in range(self.num_candidates)},
            "sincere": (vote == self.favourites()[kind]).mean(axis=1),
            "effective_parties": np.asarray(hill_number(shares, 2)),
            "condorcet": np.where(winner >= 0, leader == winner, np.nan),
            "condorcet_loser": np.where(loser >= 0, leader == loser, np.nan),
            "welfare": np.einsum("rk,kc,rc->r", types, np.array(self.utilities), chances),
        }

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        """Count a voice for who is named."""
        for c in range(features.shape[0]):
            features[c] = 1.0 if c == a else 0.0

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Remember whom one named."""
        successors[0] = s - s % env.num_candidates + a
        probabilities[0] = 1.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Return what the victory of whoever may win is worth, with one's own voice, equation (2)."""
        m = env.num_candidates
        k, named = s // m, s % m
        highest = z[0]
        for c in range(1, m):
            highest = max(highest, z[c])
        total, expected, own = 0.0, 0.0, 0.0
        for c in range(m):
            hope = math.exp(env.precision * (z[c] - highest))
            total += hope
            expected += hope * env.utilities[k, c]
            if c == a:
                own = hope
        expected /= total
        lifted = env.push * (own / total)
        worth = expected + lifted / (1.0 + lifted) * (env.utilities[k, a] - expected)
        return worth + env.expressive * env.utilities[k, a] - (env.switching if a != named else 0.0)

    @staticmethod
    @compiled
    def signal(env, t, z):
        """Tell who led and who was second, where voters see it."""
        return front_runners(z, env.num_candidates) if env.shows_poll else 0


def majority_extremes(types: Any, utilities: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the Condorcet winner and the Condorcet loser of electorates of types; -1 where there is none.

    Parameters
    ----------
    types : array, shape (num_runs, K)
        Share of the voters of each type.
    utilities : array, shape (K, m)

    Returns
    -------
    winner, loser : ndarray of int, shape (num_runs,)

    Examples
    --------
    >>> majority_extremes([[0.35, 0.25, 0.4]], [[3, 2, 1], [2, 3, 1], [1, 1, 2]])  # A beats all, all beat C
    (array([0]), array([2]))
    """
    types, utilities = np.asarray(types, np.float64), np.asarray(utilities, np.float64)
    prefer = (utilities[:, :, None] > utilities[:, None, :]).astype(float)
    support = np.einsum("rk,kcd->rcd", types, prefer)  # share who prefer c to d
    beats = support > support.transpose(0, 2, 1) + ROUNDING
    others = utilities.shape[1] - 1
    winner, loser = (
        np.where(wins.max(axis=1) == others, wins.argmax(axis=1), -1) for wins in (beats.sum(axis=2), beats.sum(axis=1))
    )
    return winner, loser


# --- Metrics ---------------------------------------------------------------------------------------------------


def sincere_share(result: Result) -> Estimate:
    """Share of voters who name their favourite at the end."""
    return mean(result.runs.sincere)


def effective_parties(result: Result) -> Estimate:
    """Effective number of candidates named at the end ([Laakso1979]_); 2 at most by Duverger's law."""
    return mean(result.runs.effective_parties)


def condorcet_efficiency(result: Result) -> Estimate:
    """Share of the runs with a Condorcet winner in which it leads alone at the end."""
    return over_runs(result, "condorcet", NO_WINNER, proportion)


def condorcet_loser_rate(result: Result) -> Estimate:
    """Share of the runs with a Condorcet loser in which it leads alone at the end."""
    return over_runs(result, "condorcet_loser", NO_LOSER, proportion)


def welfare(result: Result) -> Estimate:
    """What the election is worth to a voter in the mean, as votes stand at the end."""
    return mean(result.runs.welfare)


METRICS = (sincere_share, effective_parties, condorcet_efficiency, condorcet_loser_rate, welfare)


def scenario() -> Scenario:
    """Return a hundred voters of a divided majority who learn by reward."""
    learner = "q_learning:alpha=0.2,discount=0,epsilon=0.02,initial_value=1.0"
    return Scenario(PollVoting(), learner, "complete:n=100", 2000, METRICS)


def small() -> Scenario:
    """Return seven voters on a circle who see polls."""
    voters = PollVoting(shows_poll=True, expressive=0.1, normalise="density", num_steps=15, discount=1.0)
    return Scenario(voters, "q_learning", "cycle:n=7", 15, METRICS)
