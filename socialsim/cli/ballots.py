"""``socialsim ballots``: whom the ballots of a file elect, by each rule.

By default all of the package's own rules count, each whatever ballots it takes; a rule that is asked for by name must
take them. Where some ballots rank candidates alike, the rules that need strict ballots count each down to there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.ballots.files import cut_ties, read_ballots
from socialsim.ballots.outcome import Outcome
from socialsim.ballots.profile import Profile
from socialsim.ballots.rules import elect, eliminations
from socialsim.ballots.tallies import RULES
from socialsim.cli.console import note, write_facts, write_json, write_table
from socialsim.core.errors import ParameterError

HEADS = ("rule", "elected", "scores", "counted by")
STRICT_ROWS = ("plurality", "instant_runoff", "plurality_runoff")


def ballots_command(file: Path, rules: Sequence[str], committee: str | None, seats: int | None, *, json: bool) -> int:
    """Count the ballots of a file, print what comes out and return the exit code."""
    if (committee is None) != (seats is None):
        raise ParameterError("--committee and --seats: one alone is not accepted; accepted: both, or neither")
    profile = read_ballots(file)
    outcomes = [_elect(profile, rule) for rule in rules] if rules else _elect_by_own_rules(profile)
    if committee is not None and seats is not None:
        from socialsim.ballots.committees import elect_committee

        outcomes.append(elect_committee(profile, committee, seats))
    if json:
        write_json(_record(profile, outcomes))
        return 0
    write_facts(_facts(profile))
    write_table(HEADS, [_row(outcome) for outcome in outcomes])
    cut = [outcome.rule for outcome in outcomes if outcome.rule in STRICT_ROWS]
    if cut and not profile.is_strict:
        voters = sum(count for row, count in zip(profile.ranks, profile.counts, strict=True) if not _is_strict(row))
        note(f"{voters} voters rank candidates alike; {', '.join(cut)} count their ballots down to there")
    if any(outcome.rule == "instant_runoff" for outcome in outcomes):
        for together in _tied_rounds(profile):
            note(f"instant_runoff: {', '.join(together)} tied for the last place and went out together")
    return 0


def _elect_by_own_rules(profile: Profile) -> list[Outcome]:
    """Return the outcomes of all own rules that take these ballots."""
    outcomes = []
    for rule in RULES:
        try:
            outcomes.append(_elect(profile, rule))
        except ParameterError as error:
            note(f"not counted: {error}")
    return outcomes


def _elect(profile: Profile, rule: str) -> Outcome:
    return elect(profile if profile.is_strict or rule not in STRICT_ROWS else cut_ties(profile), rule)


def _tied_rounds(profile: Profile) -> list[tuple[str, ...]]:
    """Return who went out together in a round of instant runoff, where they had first places."""
    strict = profile if profile.is_strict else cut_ties(profile)
    named = {name for row in strict.rankings() for name in [strict.candidates[row[0]]]}
    return [out for out in eliminations(strict) if len(out) > 1 and named & set(out)]


def _is_strict(row: NDArray[np.int64]) -> bool:
    """Say whether a ballot puts every candidate whom it ranks in a place of its own."""
    return len(set(row[row > 0].tolist())) == int((row > 0).sum())


def _facts(profile: Profile) -> list[tuple[str, str]]:
    """Return what is said of the ballots, a name and a text each."""
    kind = f"{'strict' if profile.is_strict else 'with ties'}, {'complete' if profile.is_complete else 'incomplete'}"
    return [
        ("voters", f"{profile.num_voters}"),
        ("ballots", f"{len(profile.counts)} different, {kind}"),
        ("candidates", ", ".join(profile.candidates)),
        ("majority", _majority(profile)),
    ]


def _majority(profile: Profile) -> str:
    """Return who beats every other candidate, or the candidates of the smallest set that beats all others."""
    winner = elect(profile, "condorcet")
    if winner.tied:
        margins = profile.margins()[profile.candidates.index(winner.winner)]
        others = [(int(margins[c]), name) for c, name in enumerate(profile.candidates) if name != winner.winner]
        margin, closest = min(others)
        return f"{winner.winner} beats every other candidate; the closest, {closest}, by {margin}"
    return f"nobody beats every other candidate; a cycle or ties among {', '.join(top_cycle(profile))}"


def top_cycle(profile: Profile) -> tuple[str, ...]:
    """Return the smallest set of candidates of whom each beats all outside it (Smith).

    Examples
    --------
    >>> top_cycle(Profile.of(["ABCD", "BCAD", "CABD"]))
    ('A', 'B', 'C')
    """
    margins = profile.margins()
    order = sorted(range(profile.num_candidates), key=lambda c: -int((margins[c] > 0).sum() - (margins[c] < 0).sum()))
    for size in range(1, profile.num_candidates + 1):
        inside, outside = order[:size], order[size:]
        if all(margins[a, b] > 0 for a in inside for b in outside):
            return tuple(profile.candidates[c] for c in sorted(inside))
    return profile.candidates


def _row(outcome: Outcome) -> tuple[str, ...]:
    """Return an outcome as it stands in the table."""
    scores = "" if outcome.scores is None else ", ".join(f"{name} {score:g}" for name, score in _ranked(outcome))
    return outcome.rule, str(outcome).removeprefix(f"{outcome.rule}: "), scores, outcome.route


def _ranked(outcome: Outcome) -> list[tuple[str, float]]:
    """Return the scores, those of the elected first."""
    scores = list((outcome.scores or {}).items())
    falls = outcome.rule != "minimax"  # its best has the lowest
    return sorted(scores, key=lambda item: -item[1] if falls else item[1])


def _record(profile: Profile, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    winner = elect(profile, "condorcet").winners
    return {
        "voters": profile.num_voters,
        "ballots": len(profile.counts),
        "candidates": list(profile.candidates),
        "strict": profile.is_strict,
        "complete": profile.is_complete,
        "condorcet_winner": winner[0] if winner else None,
        "top_cycle": list(top_cycle(profile)),
        "margins": profile.margins().tolist(),
        "outcomes": [
            {
                "rule": outcome.rule,
                "tied": [list(seats) for seats in outcome.tied],
                "scores": None if outcome.scores is None else dict(outcome.scores),
                "route": outcome.route,
            }
            for outcome in outcomes
        ],
    }
