"""Rules that elect: one profile with names, or many profiles at once.

The rules in `RULES` are this package's own, compiled (`socialsim.ballots.tallies` defines them); every other name is
counted by pref_voting. Ties stay open: `elect` returns all who are tied unless it is told how to break ties.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Literal

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.ballots import tallies
from socialsim.ballots.outcome import Outcome
from socialsim.ballots.profile import Profile
from socialsim.core.errors import ParameterError, unknown

RULES = MappingProxyType(
    {
        "plurality": 0,
        "veto": 1,
        "approval": 2,
        "borda": 3,
        "instant_runoff": 4,
        "plurality_runoff": 5,
        "copeland": 6,
        "minimax": 7,
        "condorcet": 8,
    }
)
"""The compiled rules, and the number of each in a loop."""

PLURALITY, VETO, APPROVAL, BORDA, INSTANT_RUNOFF, PLURALITY_RUNOFF, COPELAND, MINIMAX, CONDORCET = range(len(RULES))


@tallies.compiled
def winners_by(rule, rankings, weights, num_approved, margins, scores):
    """Return the winners of one profile by the rule of a number, as the bits of a number.

    Scratch of the caller: ``margins`` (num_candidates, num_candidates) and ``scores`` (num_candidates,).
    """
    if rule >= PLURALITY_RUNOFF:
        tallies.pairwise(rankings, weights, margins)
    return winners_given_margins(rule, rankings, weights, num_approved, margins, scores)


@tallies.compiled
def winners_given_margins(rule, rankings, weights, num_approved, margins, scores):
    """Return the winners where the pairwise margins are known already; plurality to instant runoff do not read them."""
    if rule == INSTANT_RUNOFF:
        return tallies.instant_runoff(rankings, weights, scores)
    if rule == PLURALITY_RUNOFF:
        return tallies.runoff(rankings, weights, margins, scores)
    if rule == COPELAND:
        return tallies.copeland(margins, scores)
    if rule == MINIMAX:
        return tallies.minimax(margins, scores)
    if rule == CONDORCET:
        return tallies.condorcet(margins)
    tallies.clear(scores)
    if rule == PLURALITY:
        tallies.add_plurality(rankings, weights, scores)
    elif rule == VETO:
        tallies.add_veto(rankings, weights, scores)
    elif rule == APPROVAL:
        tallies.add_approval(rankings, weights, num_approved, scores)
    else:
        tallies.add_borda(rankings, weights, scores)
    return tallies.highest(scores)


@numba.njit(nogil=True, cache=True)
def _winners_of_each(rule, profiles, num_approved, winners):
    num_profiles, num_voters, num_candidates = profiles.shape
    weights = np.ones(num_voters, np.int64)
    margins, scores = np.zeros((num_candidates, num_candidates), np.int64), np.zeros(num_candidates, np.int64)
    for p in range(num_profiles):
        mask = winners_by(rule, profiles[p], weights, num_approved, margins, scores)
        for c in range(num_candidates):
            winners[p, c] = tallies.contains(mask, c)


def rule_number(rule: str) -> int:
    """Return the number of a compiled rule, or raise a `ParameterError` that names those there are."""
    if rule not in RULES:
        raise ParameterError(unknown("rule", rule, RULES))
    return RULES[rule]


def winners(profiles: ArrayLike, rule: str, *, num_approved: int = 1) -> NDArray[np.bool_]:
    """Return who wins, or ties for it, in each of many profiles.

    Parameters
    ----------
    profiles : array_like of int, shape (num_profiles, num_voters, num_candidates)
        Candidates 0, 1, ... from best to worst; complete rankings.
    rule : str
        One of `RULES`.
    num_approved : int
        For approval: the voters approve of so many, in [1, num_candidates].

    Returns
    -------
    ndarray of bool, shape (num_profiles, num_candidates)
        Nobody where there is no Condorcet winner.

    Raises
    ------
    ParameterError
        If a row is not a ranking of all candidates, there are no voters or the rule is unknown.

    Examples
    --------
    >>> cycle = [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    >>> winners([cycle], "plurality").tolist(), winners([cycle], "condorcet").tolist()
    ([[True, True, True]], [[False, False, False]])
    """
    number, array = rule_number(rule), np.ascontiguousarray(profiles, np.int64)
    if array.ndim != 3 or array.shape[1] == 0 or not 2 <= array.shape[2] <= tallies.MAX_CANDIDATES:
        raise ParameterError(
            f"profiles: shape {array.shape} is not accepted; accepted: (num_profiles, num_voters >= 1, num_candidates "
            f"in 2 ... {tallies.MAX_CANDIDATES})"
        )
    if not (np.sort(array, axis=2) == np.arange(array.shape[2])).all():
        raise ParameterError("profiles: some row does not rank every candidate 0, 1, ... once")
    _check_approved(num_approved, array.shape[2])
    elected = np.zeros((array.shape[0], array.shape[2]), np.bool_)
    _winners_of_each(number, array, num_approved, elected)
    return elected


def elect(
    profile: Profile, rule: str, *, tie_break: Literal["all", "first"] = "all", num_approved: int | None = None
) -> Outcome:
    """Return the outcome of one election.

    Parameters
    ----------
    profile : Profile
        Plurality, instant runoff and runoff take ballots that rank some candidates only, the pairwise rules ties too;
        veto and Borda need complete strict rankings.
    rule : str
        One of `RULES`, or a rule of pref_voting by its name there.
    tie_break : "all" or "first"
        All who are tied, or the first of them in the order of the candidates.
    num_approved : int, optional
        For approval: how many of its first candidates each ballot approves of; by default all whom it ranks.

    Raises
    ------
    ParameterError
        If the rule is unknown or does not take such ballots.

    Examples
    --------
    >>> profile = Profile.of(["Ada Ben Cyd".split(), "Ben Cyd Ada".split(), "Cyd Ben Ada".split()], counts=[4, 3, 2])
    >>> print(elect(profile, "plurality"), "|", elect(profile, "condorcet"), "|", elect(profile, "borda"))
    plurality: Ada | condorcet: Ben | borda: Ben
    >>> elect(profile, "borda").scores
    {'Ada': 8, 'Ben': 12, 'Cyd': 7}
    """
    if tie_break not in ("all", "first"):
        raise ParameterError(f"tie_break: {tie_break!r} is not accepted; accepted: 'all', 'first'")
    if rule in RULES:
        mask, scores = _count(profile, rule, num_approved)
        tied = tuple((name,) for c, name in enumerate(profile.candidates) if mask >> c & 1)
        named = None if scores is None else dict(zip(profile.candidates, scores.tolist(), strict=True))
        outcome = Outcome(rule, profile.candidates, tied, named)
    else:
        from socialsim.ballots.external import elect_by_pref_voting  # heavy, and optional

        outcome = elect_by_pref_voting(profile, rule)
    if tie_break == "all":
        return outcome
    return Outcome(outcome.rule, outcome.candidates, outcome.tied[:1], outcome.scores, outcome.route)


def _count(profile: Profile, rule: str, num_approved: int | None) -> tuple[int, NDArray[np.int64] | None]:
    """Return the winners of a compiled rule, and the scores where it has them."""
    num_candidates = profile.num_candidates
    scores: NDArray[np.int64] = np.zeros(num_candidates, np.int64)
    if rule in ("copeland", "minimax", "condorcet"):
        margins = profile.margins()
        if rule == "condorcet":
            return int(tallies.condorcet(margins)), None
        by_margins: Callable[..., Any] = tallies.copeland if rule == "copeland" else tallies.minimax
        return int(by_margins(margins, scores)), scores
    if rule in ("veto", "borda") and not (profile.is_strict and profile.is_complete):
        raise ParameterError(
            f"{rule}: some ballots leave candidates out or rank them alike; accepted: complete strict rankings"
        )
    if rule == "approval" and num_approved is None:
        scores += profile.counts @ (profile.ranks > 0)
        return int(tallies.highest(scores)), scores
    approved = num_candidates if num_approved is None else num_approved
    _check_approved(approved, num_candidates)
    mask = winners_by(
        RULES[rule], profile.rankings(), profile.counts, approved, np.zeros((num_candidates,) * 2, np.int64), scores
    )
    return int(mask), None if rule == "instant_runoff" else scores


def _check_approved(num_approved: int, num_candidates: int) -> None:
    if not 1 <= num_approved <= num_candidates:
        raise ParameterError(f"num_approved: {num_approved} is not accepted; accepted: 1 to {num_candidates}")
