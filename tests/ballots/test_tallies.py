"""Compiled tallies: by hand, against pref_voting, and the axioms that each rule keeps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.ballots import tallies
from socialsim.ballots.rules import winners
from socialsim.ballots.tallies import RULES

TENNESSEE = [[0, 1, 2, 3]] * 42 + [[1, 2, 3, 0]] * 26 + [[2, 3, 1, 0]] * 15 + [[3, 2, 1, 0]] * 17
WIDE = [rule for rule in RULES if rule != "condorcet"]  # they always elect somebody
MONOTONE = ["plurality", "veto", "approval", "borda", "copeland", "minimax", "condorcet"]


def elected(profile, rule, num_approved=1):
    return np.flatnonzero(winners([profile], rule, num_approved=num_approved)[0]).tolist()


@st.composite
def profiles(draw, max_voters=9, max_candidates=5):
    num_candidates = draw(st.integers(2, max_candidates))
    order = st.permutations(range(num_candidates))
    return np.array(draw(st.lists(order, min_size=1, max_size=max_voters)))


# --- By hand ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("plurality", [0]),  # Memphis has the most first places,
        ("veto", [1, 2]),  # nobody puts Nashville or Chattanooga last,
        ("borda", [1]),
        ("instant_runoff", [3]),  # Chattanooga goes out, its voters to Knoxville, then Nashville
        ("plurality_runoff", [1]),
        ("copeland", [1]),
        ("minimax", [1]),
        ("condorcet", [1]),
    ],
)
def test_the_capital_of_tennessee(rule, expected):
    assert elected(TENNESSEE, rule) == expected


def test_a_cycle_has_no_condorcet_winner_and_ties_everywhere_else():
    cycle = [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    assert elected(cycle, "condorcet") == []
    assert all(elected(cycle, rule) == [0, 1, 2] for rule in WIDE)


def test_approval_counts_the_first_so_many():
    profile = [[0, 1, 2], [1, 0, 2], [2, 1, 0]]
    assert elected(profile, "approval", 2) == [1]
    assert elected(profile, "approval", 1) == elected(profile, "plurality")
    assert elected(profile, "approval", 3) == [0, 1, 2]


def test_all_who_tie_for_the_last_place_go_out_at_once():
    # 0 has 4, 1 has 3, 2 and 3 have 1 each: both go, and both voters turn to 1
    profile = [[0, 1, 2, 3]] * 4 + [[1, 0, 2, 3]] * 3 + [[2, 1, 0, 3], [3, 1, 0, 2]]
    assert elected(profile, "instant_runoff") == [1]


def test_ballots_that_end_early_are_exhausted():
    rankings, weights = np.array([[0, -1, -1], [1, -1, -1], [2, -1, -1], [2, 1, -1]]), np.array([4, 3, 1, 1])
    assert tallies.instant_runoff(rankings, weights, np.zeros(3, np.int64)) == 0b011  # 2 goes out; 4 against 3 + 1
    weights[3] = 0
    assert tallies.instant_runoff(rankings, weights, np.zeros(3, np.int64)) == 0b001  # 4 of the 7 who still rank one
    margins = np.zeros((3, 3), np.int64)
    tallies.pairwise(rankings, weights, margins)
    assert margins.tolist() == [[0, 1, 3], [-1, 0, 2], [-3, -2, 0]]  # who is not ranked is below


def test_there_are_bits_for_as_many_candidates_as_there_may_be():
    profile = np.roll(np.arange(tallies.MAX_CANDIDATES), 1)[None]
    assert elected(profile, "plurality") == elected(profile, "condorcet") == [tallies.MAX_CANDIDATES - 1]


def test_ties_break_to_the_first_or_by_lot():
    winners_, stream = np.int64(0b1011000), np.arange(4, dtype=np.uint64)
    assert tallies.first_of(winners_) == 3
    with np.errstate(over="ignore"):
        drawn = [tallies.one_of(winners_, stream) for _ in range(3000)]
    assert sorted(set(drawn)) == [3, 4, 6]
    assert np.bincount(drawn)[[3, 4, 6]] == pytest.approx([1000] * 3, abs=100)
    assert tallies.first_of(np.int64(0)) == tallies.one_of(np.int64(0), stream) == -1


# --- Against pref_voting ----------------------------------------------------------------------------------------


def peers():
    pref = pytest.importorskip("pref_voting.voting_methods")
    return {
        "plurality": pref.plurality,
        "veto": pref.anti_plurality,
        "approval": lambda profile: pref.scoring_rule(profile, score=lambda _, rank: int(rank <= 2)),
        "borda": pref.borda,
        "instant_runoff": pref.instant_runoff,
        "plurality_runoff": pref.plurality_with_runoff_put,
        "copeland": pref.copeland,
        "minimax": pref.minimax,
        "condorcet": lambda profile: [] if (c := profile.condorcet_winner()) is None else [c],
    }


def disagreements(num_profiles, seed):
    """Return the profiles, with the rule, on which a tally and pref_voting differ."""
    from pref_voting.profiles import Profile

    rules, draw, wrong = peers(), np.random.default_rng(seed), []
    for _ in range(num_profiles):
        num_voters, num_candidates = draw.integers(1, 51), draw.integers(3, 7)
        profile = np.array([draw.permutation(num_candidates) for _ in range(num_voters)])
        theirs = Profile(profile.tolist())
        wrong += [
            (rule, profile.tolist())
            for rule, peer in rules.items()
            if elected(profile, rule, 2) != sorted(int(c) for c in peer(theirs))
        ]
    return wrong


def test_every_rule_agrees_with_pref_voting():
    assert disagreements(300, seed=1) == []


@pytest.mark.full
def test_every_rule_agrees_with_pref_voting_on_ten_thousand_profiles():
    assert disagreements(10_000, seed=2) == []


# --- Axioms -----------------------------------------------------------------------------------------------------


@given(profiles(), st.randoms())
def test_the_order_of_voters_does_not_matter(profile, random):
    shuffled = random.sample(profile.tolist(), len(profile))
    assert all(elected(profile, rule) == elected(shuffled, rule) for rule in RULES)


@given(profiles(), st.randoms())
def test_the_names_of_candidates_do_not_matter(profile, random):
    names = np.array(random.sample(range(profile.shape[1]), profile.shape[1]))
    for rule in RULES:
        assert elected(names[profile], rule) == sorted(names[elected(profile, rule)].tolist())


@given(profiles(max_candidates=4), st.data())
def test_who_rises_on_a_ballot_does_not_lose_by_it(profile, data):
    voter = data.draw(st.integers(0, len(profile) - 1))
    place = data.draw(st.integers(1, profile.shape[1] - 1))
    risen = profile.copy()
    risen[voter, [place - 1, place]] = profile[voter, [place, place - 1]]
    for rule in MONOTONE:
        if profile[voter, place] in elected(profile, rule):
            assert profile[voter, place] in elected(risen, rule)


def test_instant_runoff_is_not_monotone():
    rest = [[0, 1, 2]] * 6 + [[2, 0, 1]] * 5 + [[1, 2, 0]] * 4
    assert elected(rest + [[1, 0, 2]] * 2, "instant_runoff") == [0]
    assert elected(rest + [[0, 1, 2]] * 2, "instant_runoff") == [2]  # 0 rose on two ballots, and loses


@given(profiles())
def test_rules_of_pairs_elect_a_condorcet_winner_and_nobody_else(profile):
    if best := elected(profile, "condorcet"):
        assert elected(profile, "copeland") == elected(profile, "minimax") == best


@given(profiles())
def test_who_is_first_on_every_ballot_is_elected(profile):
    unanimous = np.array([[profile[0, 0], *[c for c in row if c != profile[0, 0]]] for row in profile])
    for rule in [rule for rule in RULES if rule not in ("veto", "approval")]:
        assert elected(unanimous, rule) == [profile[0, 0]]
    assert profile[0, 0] in elected(unanimous, "veto")
    assert profile[0, 0] in elected(unanimous, "approval", 2)


@given(profiles())
def test_instant_runoff_and_runoff_agree_among_three_where_nobody_ties(profile):
    firsts = np.bincount(profile[:, 0], minlength=profile.shape[1])
    if profile.shape[1] == 3 and len(set(firsts)) == 3:
        assert elected(profile, "instant_runoff") == elected(profile, "plurality_runoff")
