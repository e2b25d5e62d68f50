"""Committees elected by approval ballots, which abcvoting counts.

A voter approves of all whom the ballot ranks, or of its first k: those to whom fewer than k are preferred, so that
candidates who share the last place are all approved of. The rules have abcvoting's names ([Lackner2023]_): ``av``
(approval), ``sav`` (satisfaction approval), ``pav`` (proportional approval), ``cc`` (Chamberlin-Courant),
``seqphragmen``, ``monroe``, ``equal-shares`` and others. Of the programs that abcvoting can use for a rule, exact ones
that need no other software are preferred to solvers, and solvers that need no licence to others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.ballots.outcome import Outcome
from socialsim.ballots.profile import Profile
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.extras import require

PROGRAMS = (
    "standard",
    "nx-max-flow",
    "gmpy2-fractions",
    "standard-fractions",
    "branch-and-bound",
    "ortools-cp",
    "brute-force",
    "pulp-cbc",
    "gurobi",
)
"""abcvoting's programs, the preferred first; one that is not listed is not used."""


def elect_committee(profile: Profile, rule: str, num_seats: int, *, num_approved: int | None = None) -> Outcome:
    """Return the committees that an approval rule elects; those that tie stand beside each other.

    Parameters
    ----------
    profile : Profile
        Ballots, complete or not.
    rule : str
        A rule of abcvoting, such as ``"pav"``.
    num_seats : int
        Size of the committee, in [1, num_candidates].
    num_approved : int, optional
        How many of its first candidates each ballot approves of; by default all whom it ranks.

    Raises
    ------
    ParameterError
        If the rule is unknown, a number is out of range, or abcvoting cannot count these ballots.
    MissingExtraError
        If abcvoting is not installed.

    Examples
    --------
    >>> profile = Profile.of(["AB", "A", "C"], counts=[3, 1, 2])
    >>> print(elect_committee(profile, "av", 2), "|", elect_committee(profile, "cc", 2))
    av: A and B | cc: A and C
    """
    abcrules = require("abcvoting.abcrules", "voting")
    names = [name for name in abcrules.MAIN_RULE_IDS if _algorithm(abcrules, name)]
    if rule not in names:
        raise ParameterError(unknown("committee rule", rule, names))
    for name, number in (("num_seats", num_seats), ("num_approved", num_approved)):
        if number is not None and not 1 <= number <= profile.num_candidates:
            raise ParameterError(f"{name}: {number} is not accepted; accepted: 1 to {profile.num_candidates}")
    return Outcome(
        rule, profile.candidates, _committees(abcrules, profile, rule, num_seats, num_approved), route="abcvoting"
    )


def approvals(profile: Profile, num_approved: int | None = None) -> NDArray[np.bool_]:
    """Return whom each ballot approves of, shape (num_ballots, num_candidates).

    Examples
    --------
    >>> approvals(Profile.of(["ABC", "B"]), 2).tolist()
    [[True, True, False], [False, True, False]]
    """
    ranked = profile.ranks > 0
    if num_approved is None:
        return ranked
    above = (profile.ranks[:, :, None] > profile.ranks[:, None, :]) & ranked[:, None, :]
    return ranked & (above.sum(axis=2) < num_approved)


def _algorithm(abcrules: Any, rule: str) -> str | None:
    """Return the program to use for a rule, or None if there is none here."""
    usable = [name for name in PROGRAMS if name in abcrules.Rule(rule).available_algorithms]
    return usable[0] if usable else None


def _committees(
    abcrules: Any, profile: Profile, rule: str, num_seats: int, num_approved: int | None
) -> tuple[tuple[str, ...], ...]:
    """Return all winning committees, or the one that a rule without ties returns, in the order of the candidates."""
    form = {"algorithm": _algorithm(abcrules, rule), "resolute": False not in abcrules.Rule(rule).resolute_values}
    try:
        try:
            elected = abcrules.compute(rule, _ballots(profile, num_approved, weighted=True), num_seats, **form)
        except ValueError as error:
            if "unit weights" not in str(error):
                raise
            elected = abcrules.compute(rule, _ballots(profile, num_approved, weighted=False), num_seats, **form)
    except Exception as error:  # solvers raise errors of many kinds
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise ParameterError(f"{rule}: abcvoting cannot count these ballots ({reason})") from error
    return tuple(tuple(profile.candidates[c] for c in seats) for seats in sorted(sorted(seats) for seats in elected))


def _ballots(profile: Profile, num_approved: int | None, *, weighted: bool) -> Any:
    """Return abcvoting's profile: a voter for each ballot with its weight, or as many voters as cast it."""
    preferences = require("abcvoting.preferences", "voting")
    ballots = preferences.Profile(profile.num_candidates)
    for row, count in zip(approvals(profile, num_approved), profile.counts.tolist(), strict=True):
        approved = np.flatnonzero(row).tolist()
        voters = [preferences.Voter(approved, weight=count)] if weighted else [approved] * count
        ballots.add_voters(voters)
    return ballots
