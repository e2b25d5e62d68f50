import itertools
from fractions import Fraction

import numpy as np
import pytest

from socialsim.ballots.cultures import draw_profiles
from socialsim.ballots.profile import Profile
from socialsim.core.errors import ParameterError

pytest.importorskip("abcvoting")

from socialsim.ballots.committees import approvals, elect_committee

# Lackner & Skowron 2023, example 2.1: twelve voters, eight candidates (nobody approves of H), four seats.
TEXTBOOK = Profile.of(
    ["AB", "AC", "AD", "BCF", "E", "F", "G"], counts=[3, 3, 2, 1, 1, 1, 1], candidates=list("ABCDEFGH")
)
# Their example 2.6, after Thiele and Janson: the three proportional rules elect three committees.
THIELE = Profile.of(
    ["ACD", "BCD", "BC", "AB", "AD", "AC", "BD", "D", "C", "B"],
    counts=[960, 3000, 520, 1620, 1081, 1240, 360, 360, 120, 60],
)


def committees(profile, rule, seats, **options):
    return ["".join(members) for members in elect_committee(profile, rule, seats, **options).tied]


def best_by(profile, seats, satisfaction):
    """Return all committees of the highest sum of what each voter gets from the number of its approved members."""
    approved = approvals(profile)
    worth = {}
    for committee in itertools.combinations(range(profile.num_candidates), seats):
        members = approved[:, list(committee)].sum(axis=1)
        worth["".join(profile.candidates[c] for c in committee)] = sum(
            count * satisfaction(k) for count, k in zip(profile.counts.tolist(), members.tolist(), strict=True)
        )
    return [committee for committee, value in worth.items() if value == max(worth.values())]


def test_the_textbooks_example_has_the_textbooks_winners():
    assert committees(TEXTBOOK, "av", 4) == ["ABCD", "ABCF"]
    assert committees(TEXTBOOK, "pav", 4) == ["ABCF"]


@pytest.mark.parametrize(("rule", "winner"), [("pav", "AB"), ("seqpav", "AC"), ("revseqpav", "BD")])
def test_thieles_example_has_three_winners_under_three_rules(rule, winner):
    outcome = elect_committee(THIELE, rule, 2)
    assert outcome.tied == (tuple(winner),)
    assert (outcome.rule, outcome.scores, outcome.route) == (rule, None, "abcvoting")


@pytest.mark.parametrize(
    ("rule", "satisfaction"),
    [("av", Fraction), ("pav", lambda k: sum(Fraction(1, j) for j in range(1, k + 1))), ("cc", lambda k: min(k, 1))],
)
def test_thiele_rules_elect_all_committees_of_the_highest_satisfaction(rule, satisfaction):
    for rankings in draw_profiles("impartial", 8, 6, 5, seed=1):
        profile = Profile.of([row[:2] for row in rankings.tolist()], candidates=[str(c) for c in range(5)])
        assert committees(profile, rule, 3) == best_by(profile, 3, satisfaction)


def test_a_ballot_counts_as_often_as_it_was_cast():
    for rule in ("pav", "seqphragmen", "equal-shares"):
        once = Profile.of(["AB"] * 3 + ["C"] * 2 + ["CD"])
        assert committees(once, rule, 2) == committees(Profile.of(["AB", "C", "CD"], counts=[3, 2, 1]), rule, 2)


def test_rules_for_voters_of_one_vote_take_counts_too():
    profile = Profile.of(["AB", "C"], counts=[4, 2])
    assert "C" in committees(profile, "monroe", 2)[0]
    assert committees(profile, "lexminimaxav", 2) == ["AC", "BC"]


def test_one_seat_by_approval_goes_to_whom_most_approve_of():
    assert committees(TEXTBOOK, "av", 1) == ["A"]
    assert committees(TEXTBOOK, "av", 8) == ["ABCDEFGH"]


def test_voters_approve_of_their_first_candidates():
    profile = Profile.of(["ABCD", "B", "DC"])
    assert approvals(profile).sum(axis=1).tolist() == [4, 1, 2]
    assert approvals(profile, 2).tolist() == [
        [True, True, False, False],
        [False, True, False, False],
        [False, False, True, True],
    ]
    assert committees(profile, "av", 1, num_approved=2) == ["B"]


def test_candidates_who_share_the_last_place_are_all_approved_of():
    profile = Profile(np.array([[1, 2, 2, 3], [1, 1, 1, 0]]), np.array([1, 1]), tuple("ABCD"))
    assert approvals(profile, 2).tolist() == [[True, True, True, False], [True, True, True, False]]
    assert approvals(profile, 1).tolist() == [[True, False, False, False], [True, True, True, False]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "phragmen"}, "unknown committee rule 'phragmen'; did you mean '"),
        ({"num_seats": 0}, "num_seats: 0 is not accepted; accepted: 1 to 8"),
        ({"num_seats": 9}, "num_seats: 9 is not accepted; accepted: 1 to 8"),
        ({"num_approved": 0}, "num_approved: 0 is not accepted; accepted: 1 to 8"),
    ],
)
def test_what_is_not_accepted_is_named(options, message):
    with pytest.raises(ParameterError) as error:
        elect_committee(TEXTBOOK, **{"rule": "av", "num_seats": 2, **options})
    assert str(error.value).startswith(message)
