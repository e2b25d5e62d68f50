"""Profiles: what they hold, and what is no profile."""

import numpy as np
import pytest

from socialsim.ballots.profile import Profile
from socialsim.core.errors import ParameterError

NAMES = ("Ada", "Ben", "Cyd")


def test_names_and_numbers_say_the_same():
    by_name = Profile.of([["Ben", "Ada"], ["Cyd"]], candidates=NAMES)
    by_number = Profile.of([[1, 0], [2]], candidates=["0", "1", "2"])
    assert by_name.ranks.tolist() == by_number.ranks.tolist() == [[2, 1, 0], [0, 0, 1]]


def test_numbers_stand_in_their_own_order_or_for_names():
    assert Profile.of([list(range(12))]).rankings().tolist() == [list(range(12))]
    assert Profile.of([[2, 0]]).candidates == ("0", "1", "2")
    assert Profile.of([[1, 0]], candidates=["Ada", "Ben"]).ranks.tolist() == [[2, 1]]


def test_rankings_end_where_a_ballot_ends():
    profile = Profile.of([["Ben", "Ada"], ["Cyd"], ["Ada", "Ben", "Cyd"]], counts=[1, 2, 3])
    assert profile.rankings().tolist() == [[1, 0, -1], [2, -1, -1], [0, 1, 2]]
    assert not profile.is_complete
    assert profile.is_strict


def test_pairs_are_counted_with_ties_and_gaps():
    profile = Profile([[1, 1, 2], [0, 1, 0]], [3, 2], NAMES)
    assert profile.margins().tolist() == [[0, -2, 3], [2, 0, 5], [-3, -5, 0]]
    assert not profile.is_strict
    with pytest.raises(ParameterError, match="some rank candidates alike; accepted: strict rankings"):
        profile.rankings()


def test_nobody_can_change_it_later():
    ranks = np.array([[1, 2]])
    profile = Profile(ranks, [1], ("Ada", "Ben"))
    ranks[0, 0] = 2
    assert profile.ranks.tolist() == [[1, 2]]
    with pytest.raises(ValueError, match="read-only"):
        profile.counts[0] = 5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Profile.of([["Ada", "Ben", "Ada"]]), "ballot 1: 'Ada' is ranked twice"),
        (lambda: Profile.of([["Ada"], ["Bne"]], candidates=NAMES), "ballot 2: unknown candidate 'Bne'.*did you mean"),
        (lambda: Profile.of([["Ada", "Ben"], []]), "ballot 2: it is empty"),
        (lambda: Profile.of([], candidates=NAMES), "there are none; accepted: at least one voter"),
        (lambda: Profile.of([["Ada", "Ben"]], counts=[0]), "ballot 1: 0 voters are not accepted"),
        (lambda: Profile.of([["Ada", "Ben"]], counts=[2**62]), "voters are not accepted; accepted: 1 to 10"),
        (lambda: Profile.of([[0, 5]], candidates=["Ada", "Ben"]), "ballot 1: unknown candidate '5'"),
        (lambda: Profile.of([["Ada"]]), "candidates: 1 are not accepted; accepted: 2 to 63"),
        (lambda: Profile([[1, 2]], [1], ("Ada", "Ada")), "'Ada' is named twice"),
        (lambda: Profile([[1, 2, 3]], [1], ("Ada", "Ben")), "do not fit 2 candidates"),
        (lambda: Profile([[0, 0]], [1], ("Ada", "Ben")), "ballot 1: ranks .* name nobody"),
        (lambda: Profile([[1, -1]], [1], ("Ada", "Ben")), "ballot 1"),
        (lambda: Profile([[1.5, 1]], [1], ("Ada", "Ben")), "accepted: whole numbers"),
        (lambda: Profile([[np.nan, 1]], [1], ("Ada", "Ben")), "accepted: whole numbers"),
    ],
)
def test_what_is_no_profile_is_refused(make, message):
    with pytest.raises(ParameterError, match=message):
        make()
