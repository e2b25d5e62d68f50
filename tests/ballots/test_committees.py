import itertools
from fractions import Fraction

import numpy as np
import pytest

from socialsim.ballots.cultures import draw_profiles
from socialsim.ballots.profile import Profile
from socialsim.core.errors import ParameterError

pytest.importorskip("abcvoting")

from socialsim.ballots.committees import approvals, elect_committee  # noqa: E402

# Lackner & Skowron 2023, example 2.1: twelve voters, seven candidates, four seats; winners as chapter 2 states them.
TEXTBOOK = Profile.of(
    ["AB", "AC", "AD", "BCF", "E", "F", "G"], counts=[3, 3, 2, 1, 1, 1, 1], candidates=list("ABCDEFG")
)
TEXTBOOK_WINNERS = {
    "av": {"ABCD", "ABCF"},
    "sav": set(),
    "pav": {"ABCF"},
    "seqpav": {"ABCF"},
}


def committees(profile, rule, seats, **options):
    return {"".join(seats) for seats in elect_committee(profile, rule, seats, **options).tied}


def best_by(profile, seats, satisfaction):
    """Return all committees of the highest sum of what each voter gets from the number of its approved members."""
    approved = approvals(profile)
    worth = {}
    for committee in itertools.combinations(range(profile.num_candidates), seats):
        members = approved[:, list(committee)].sum(axis=1)
        worth["".join(profile.candidates[c] for c in committee)] = sum(
            count * satisfaction(k) for count, k in zip(profile.counts.tolist(), members.tolist(), strict=True)
        )
    return {committee for committee, value in worth.items() if value == max(worth.values())}
