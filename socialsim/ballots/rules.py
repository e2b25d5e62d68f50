"""Rules that elect: one profile with names, or many profiles at once.

The rules in `RULES` are this package's own, compiled (`socialsim.ballots.tallies` defines them); every other name is
counted by pref_voting. Ties stay open: `elect` returns all who are tied unless it is told how to break ties.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.ballots.outcome import Outcome
from socialsim.ballots.profile import Profile
from socialsim.ballots.tallies import MAX_CANDIDATES, RULES, count_each
from socialsim.core.errors import ParameterError, unknown


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
    if array.ndim != 3 or array.shape[1] == 0 or not 2 <= array.shape[2] <= MAX_CANDIDATES:
        raise ParameterError(
            f"profiles: shape {array.shape} is not accepted; accepted: (num_profiles, num_voters >= 1, num_candidates "
            f"in 2 ... {MAX_CANDIDATES})"
        )
    if not (np.sort(array, axis=2) == np.arange(array.shape[2])).all():
        raise ParameterError("profiles: some row does not rank every candidate 0, 1, ... once")
    _check_approved(num_approved, array.shape[2])
    elected = np.zeros((array.shape[0], array.shape[2]), np.bool_)
    weights, scores = np.ones(array.shape[1], np.int64), np.zeros(array.shape[2], np.int64)
    count_each(number, array, weights, num_approved, elected, scores)
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
        For approval: how many of its first candidates each ballot approves of; by default all whom it ranks, where
        some ballot does not rank everybody.

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
        elected, scores = _count(profile, rule, num_approved)
        tied = tuple((name,) for name, wins in zip(profile.candidates, elected, strict=True) if wins)
        named = None if scores is None else dict(zip(profile.candidates, scores.tolist(), strict=True))
        outcome = Outcome(rule, profile.candidates, tied, named)
    else:
        from socialsim.ballots.external import elect_by_pref_voting  # heavy, and optional

        outcome = elect_by_pref_voting(profile, rule)
    if tie_break == "all":
        return outcome
    return Outcome(outcome.rule, outcome.candidates, outcome.tied[:1], outcome.scores, outcome.route)


def _count(profile: Profile, rule: str, num_approved: int | None) -> tuple[NDArray[np.bool_], NDArray[np.int64] | None]:
    """Return who wins or ties by a compiled rule, and the scores where it has them."""
    num_candidates = profile.num_candidates
    if rule in ("copeland", "minimax", "condorcet"):  # of pairs, which ballots with ties have too
        margins = profile.margins()
        if rule == "condorcet":
            return (margins > 0).sum(axis=1) == num_candidates - 1, None
        if rule == "copeland":
            wins: NDArray[np.int64] = np.sign(margins).sum(axis=1)
            return wins == wins.max(), wins
        defeats: NDArray[np.int64] = margins.max(axis=0)  # at least 0: nobody loses to itself
        return defeats == defeats.min(), defeats
    if rule in ("veto", "borda") and not (profile.is_strict and profile.is_complete):
        raise ParameterError(
            f"{rule}: some ballots leave candidates out or rank them alike; accepted: complete strict rankings"
        )
    scores: NDArray[np.int64] = np.zeros(num_candidates, np.int64)
    if rule == "approval" and num_approved is None:
        if profile.is_complete:
            raise ParameterError(
                "approval: every ballot ranks everybody; accepted: ballots that rank those whom they approve of, or "
                "num_approved"
            )
        scores += profile.counts @ (profile.ranks > 0)
        return scores == scores.max(), scores
    approved = num_candidates if num_approved is None else num_approved
    _check_approved(approved, num_candidates)
    elected = np.zeros((1, num_candidates), np.bool_)
    count_each(RULES[rule], profile.rankings()[None], np.array(profile.counts), approved, elected, scores)
    return elected[0], None if rule == "instant_runoff" else scores


def _check_approved(num_approved: int, num_candidates: int) -> None:
    if not 1 <= num_approved <= num_candidates:
        raise ParameterError(f"num_approved: {num_approved} is not accepted; accepted: 1 to {num_candidates}")


def eliminations(profile: Profile) -> list[tuple[str, ...]]:
    """Return who goes out in each round of instant runoff; more than one where several tie for the last place.

    Those without a first place may go out together, which changes nothing; where others do, some order of breaking the
    tie may elect somebody else (pref_voting's ``instant_runoff_put`` elects all who win in some order).

    Examples
    --------
    >>> eliminations(Profile.of([list("ABC"), list("BCA"), list("CBA")], counts=[4, 3, 2]))
    [('C',)]
    """
    rankings = profile.rankings()
    rounds: list[tuple[str, ...]] = []
    left = list(range(profile.num_candidates))
    while True:
        standing = np.isin(rankings, left)
        first = rankings[np.arange(len(rankings)), standing.argmax(axis=1)]
        votes = [int(profile.counts[standing.any(axis=1) & (first == c)].sum()) for c in left]
        out = [c for c, count in zip(left, votes, strict=True) if count == min(votes)]
        if 2 * max(votes) > sum(votes) or len(out) == len(left):
            return rounds
        rounds.append(tuple(profile.candidates[c] for c in out))
        left = [c for c in left if c not in out]
