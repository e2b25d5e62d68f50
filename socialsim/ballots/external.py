"""Rules that pref_voting counts, by the names of its functions: ``split_cycle``, ``ranked_pairs``, ``kemeny_young``...

pref_voting says of each rule which ballots it takes. Complete strict rankings are handed over as such; other ballots to
the rules that take ties or rankings of some candidates only, where a candidate who is not ranked is below all who are.
Importing pref_voting takes seconds, so that it is imported on use.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from socialsim.ballots.outcome import Outcome
from socialsim.ballots.profile import Profile
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.extras import require

ALIASES = MappingProxyType({"schulze": "beat_path"})
"""Names in use for rules that have another one in pref_voting."""

COMPLETE, TIES, STRICT = "PROFILE", "PROFILE_WITH_TIES", "TRUNCATED_LINEAR_PROFILE"


def pref_voting_rules() -> Mapping[str, Any]:
    """Return pref_voting's rules by name, those that are random or take arguments of their own left out.

    Examples
    --------
    >>> sorted(name for name in pref_voting_rules() if name.startswith("split"))
    ['split_cycle', 'split_irv', 'split_irv_put', 'split_irv_tb']
    """
    methods = require("pref_voting.voting_methods", "voting")
    return {
        name: method
        for name, method in vars(methods).items()
        if isinstance(method, methods.VotingMethod)
        and method.input_types
        and "seed" not in inspect.signature(method.vm).parameters
    }


def elect_by_pref_voting(profile: Profile, rule: str) -> Outcome:
    """Return the outcome of one election by a rule of pref_voting; all who tie win.

    Raises
    ------
    ParameterError
        If the rule is unknown or does not take such ballots.
    MissingExtraError
        If pref_voting is not installed.

    Examples
    --------
    >>> cycle = Profile.of(["ABC", "BCA", "CAB"], counts=[4, 3, 2])
    >>> print(elect_by_pref_voting(cycle, "ranked_pairs"))
    ranked_pairs: A
    """
    rules = pref_voting_rules()
    if ALIASES.get(rule, rule) not in rules:
        raise ParameterError(unknown("rule", rule, {*rules, *ALIASES}))
    method = rules[ALIASES.get(rule, rule)]
    ballots = _ballots(profile, rule, {kind.name for kind in method.input_types})
    try:
        elected = method(ballots)
    except Exception as error:  # its rules refuse by assertions, type errors and others
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise ParameterError(f"{rule}: pref_voting cannot count these ballots ({reason})") from error
    tied = tuple((profile.candidates[c],) for c in sorted(elected))
    return Outcome(rule, profile.candidates, tied, route="pref_voting")


def _ballots(profile: Profile, rule: str, accepted: set[str]) -> Any:
    """Return the ballots in a form that the rule takes."""
    if profile.is_strict and profile.is_complete and COMPLETE in accepted:
        profiles = require("pref_voting.profiles", "voting")
        return profiles.Profile(profile.rankings().tolist(), profile.counts.tolist())
    if TIES in accepted or (STRICT in accepted and profile.is_strict):
        profiles = require("pref_voting.profiles_with_ties", "voting")
        rows = [{c: rank for c, rank in enumerate(row) if rank} for row in profile.ranks.tolist()]
        ballots = profiles.ProfileWithTies(rows, profile.counts.tolist(), list(range(profile.num_candidates)))
        ballots.use_extended_strict_preference()
        return ballots
    what = "strict rankings" if STRICT in accepted else "complete strict rankings"
    raise ParameterError(f"{rule}: some ballots leave candidates out or rank them alike; accepted: {what}")
