"""Rules on one profile with names, and on many at once."""

import numpy as np
import pytest

from socialsim.ballots.outcome import Outcome
from socialsim.ballots.profile import Profile
from socialsim.ballots.rules import elect, eliminations, winners
from socialsim.ballots.tallies import RULES
from socialsim.core.errors import ParameterError

PROFILE = Profile.of([["Ada", "Ben", "Cyd"], ["Ben", "Cyd", "Ada"], ["Cyd", "Ben", "Ada"]], counts=[4, 3, 2])
SHORT = Profile.of([["Ada"], ["Ben", "Cyd"], ["Cyd", "Ben"]], counts=[4, 3, 2])
TIED = Profile([[1, 1, 2], [2, 3, 1]], [2, 1], ("Ada", "Ben", "Cyd"))


@pytest.mark.parametrize(
    ("rule", "winner", "scores"),
    [
        ("plurality", "Ada", [4, 3, 2]),
        ("veto", "Ben", [-5, 0, -4]),
        ("borda", "Ben", [8, 12, 7]),
        ("instant_runoff", "Ben", None),
        ("plurality_runoff", "Ben", [4, 3, 2]),
        ("copeland", "Ben", [-2, 2, 0]),
        ("minimax", "Ben", [1, 0, 5]),
        ("condorcet", "Ben", None),
    ],
)
def test_nine_voters_by_hand(rule, winner, scores):
    outcome = elect(PROFILE, rule)
    assert (outcome.winner, outcome.route) == (winner, "socialsim")
    assert outcome.scores == (None if scores is None else dict(zip(PROFILE.candidates, scores, strict=True)))


def test_one_profile_and_many_agree():
    draw = np.random.default_rng(4)
    profiles = np.array([[draw.permutation(4) for _ in range(6)] for _ in range(50)])
    for rule in RULES:
        approved = {"num_approved": 2} if rule == "approval" else {}
        many = winners(profiles, rule, **approved)
        for rankings, expected in zip(profiles, many, strict=True):
            one = elect(Profile.of(rankings.tolist(), candidates=["0", "1", "2", "3"]), rule, **approved)
            assert one.winners == tuple(str(c) for c in np.flatnonzero(expected))


def test_voters_of_one_mind_weigh_as_one_ballot_with_their_number():
    apart = Profile.of([["Ada", "Ben", "Cyd"]] * 4 + [["Ben", "Cyd", "Ada"]] * 3 + [["Cyd", "Ben", "Ada"]] * 2)
    assert all(elect(apart, rule).tied == elect(PROFILE, rule).tied for rule in RULES if rule != "approval")


def test_ballots_that_end_early_count_where_a_rule_takes_them():
    assert elect(SHORT, "plurality").winner == "Ada"
    assert elect(SHORT, "instant_runoff").winner == "Ben"  # Cyd's two go to Ben
    assert elect(SHORT, "approval").scores == {"Ada": 4, "Ben": 5, "Cyd": 5}
    assert elect(SHORT, "condorcet").winner == "Ben"
    for rule in ("borda", "veto"):
        with pytest.raises(ParameterError, match=f"{rule}: some ballots leave candidates out .* complete strict"):
            elect(SHORT, rule)


def test_ballots_with_ties_count_in_pairs_alone():
    assert elect(TIED, "copeland").winners == ("Ada",)  # Ada ties with nobody: 1 against Ben, 2 to 1 against Cyd
    for rule in ("plurality", "instant_runoff", "plurality_runoff", "borda"):
        with pytest.raises(ParameterError, match="alike"):
            elect(TIED, rule)


def test_ties_stay_open_or_go_to_the_first():
    cycle = Profile.of([["Ada", "Ben", "Cyd"], ["Ben", "Cyd", "Ada"], ["Cyd", "Ada", "Ben"]])
    outcome = elect(cycle, "borda")
    assert outcome.tied == (("Ada",), ("Ben",), ("Cyd",))
    assert str(outcome) == "borda: tie of Ada, Ben, Cyd"
    assert elect(cycle, "borda", tie_break="first").winner == "Ada"
    assert str(elect(cycle, "condorcet")) == "condorcet: nobody"
    with pytest.raises(ParameterError, match="no single winner, but Ada; Ben; Cyd"):
        _ = outcome.winner


def test_rounds_tell_who_goes_out_together():
    squeezed = [["Ada", "Ben", "Cyd"]] * 3 + [["Ben", "Cyd", "Ada"]] * 2 + [["Cyd", "Ben", "Ada"]] * 2
    profile = Profile.of(squeezed)
    assert eliminations(profile) == [("Ben", "Cyd")]
    assert elect(profile, "instant_runoff").winner == "Ada"
    assert elect(profile, "condorcet").winner == "Ben"  # whom either order of going out would have elected
    assert eliminations(SHORT) == [("Cyd",)]


def test_the_last_round_is_who_is_left():
    draw = np.random.default_rng(8)
    for _ in range(200):
        profile = Profile.of([draw.permutation(4) for _ in range(7)])
        out = {name for together in eliminations(profile) for name in together}
        assert set(elect(profile, "instant_runoff").winners) <= set(profile.candidates) - out


def test_committees_are_outcomes_too():
    outcome = Outcome("pav", ("Ada", "Ben", "Cyd"), (("Ada", "Ben"), ("Ada", "Cyd")), route="abcvoting")
    assert outcome.winners == ("Ada", "Ben", "Cyd")
    assert str(outcome) == "pav: tie of Ada and Ben, Ada and Cyd"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: elect(PROFILE, "plurality", tie_break="lot"), "tie_break: 'lot' is not accepted"),
        (lambda: elect(PROFILE, "approval"), "approval: every ballot ranks everybody"),
        (lambda: elect(PROFILE, "approval", num_approved=4), "num_approved: 4 is not accepted; accepted: 1 to 3"),
        (lambda: winners([[[0, 1, 2]]], "bordar"), "unknown rule 'bordar'; did you mean 'borda'"),
        (lambda: winners([[[0, 1, 1]]], "borda"), "some row does not rank every candidate"),
        (lambda: winners(np.zeros((2, 0, 3), int), "borda"), r"shape \(2, 0, 3\) is not accepted"),
        (lambda: winners([[0, 1, 2]], "borda"), r"shape \(1, 3\) is not accepted"),
    ],
)
def test_what_is_wrong_is_named(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
