"""Seats from votes, and voters from files."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from socialsim.core.errors import ParameterError
from socialsim.environments.parties import Parties
from socialsim.environments.parties.apportionment import (
    DHONDT,
    LARGEST_REMAINDER,
    SAINTE_LAGUE,
    apportion,
)
from socialsim.environments.parties.electorate import any_voter, draw_voters, find_centre, read_electorate

METHODS = (DHONDT, SAINTE_LAGUE, LARGEST_REMAINDER)


def seats_of(method, votes, num_seats, threshold=0.0, stream=None, version=lambda f: f):
    votes = np.array(votes, float)
    seats = np.full(len(votes), -1.0)
    stream = np.arange(1, 5, dtype=np.uint64) if stream is None else stream
    version(apportion)(method, votes, num_seats, threshold, seats, stream)
    return seats.astype(int).tolist()


@pytest.mark.parametrize(
    ("method", "votes", "num_seats", "expected"),
    [
        # v / 1, 2, 3, 4: 100 80 | 50 40 | 33.3 30 | 26.7 25 ...: the eighth seat goes to 25 of the first
        (DHONDT, [100, 80, 30, 20], 8, [4, 3, 1, 0]),
        # v / 1, 3, 5: 100 80 33.3 30 26.7 20 20 16: the first and the last both have 20
        (SAINTE_LAGUE, [100, 80, 30, 20], 8, [3, 3, 1, 1]),
        # quota 28.75: 3.48 2.78 1.04 .70: 3 2 1 0 and the remainders .78 and .70
        (LARGEST_REMAINDER, [100, 80, 30, 20], 8, [3, 3, 1, 1]),
        (DHONDT, [53, 24, 23], 7, [4, 2, 1]),  # 53 26.5 24 23 17.7 13.25 12
        (SAINTE_LAGUE, [53, 24, 23], 7, [3, 2, 2]),  # 53 24 23 17.7 10.6 8 7.7
        (LARGEST_REMAINDER, [53, 24, 23], 7, [4, 2, 1]),  # quota 14.29: 3.71 1.68 1.61
    ],
)
def test_seats_by_hand(method, votes, num_seats, expected, version):
    assert seats_of(method, votes, num_seats, version=version) == expected


def test_the_alabama_paradox_is_one_of_remainders_and_not_of_divisors():
    """With more seats in all a party may lose one by largest remainders, never by divisors."""
    assert seats_of(LARGEST_REMAINDER, [6, 6, 2], 10) == [4, 4, 2]
    assert seats_of(LARGEST_REMAINDER, [6, 6, 2], 11) == [5, 5, 1]
    for method in (DHONDT, SAINTE_LAGUE):
        assert seats_of(method, [6, 6, 2], 11)[2] >= seats_of(method, [6, 6, 2], 10)[2]


def test_a_threshold_keeps_small_parties_out_unless_all_are_small(version):
    assert seats_of(DHONDT, [48, 48, 4], 25, 0.05, version=version)[2] == 0
    assert sum(seats_of(DHONDT, [48, 48, 4], 24, 0.05)) == 24
    assert seats_of(LARGEST_REMAINDER, [50, 46, 4], 25, 0.05)[2] == 0
    assert seats_of(LARGEST_REMAINDER, [1, 1, 1], 3, 0.5) == [1, 1, 1]
    assert seats_of(SAINTE_LAGUE, [0, 0], 5) == [0, 0]


def test_ties_for_the_last_seat_are_broken_by_lot(stream):
    first = sum(seats_of(DHONDT, [10, 10], 1, stream=stream)[0] for _ in range(2000))
    assert binomtest(first, 2000, 0.5).pvalue > 1e-4


@pytest.mark.compiled
@settings(max_examples=80)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any), st.integers(1, 40))
def test_all_seats_are_given_and_more_votes_never_mean_fewer_seats(votes, num_seats):
    for method in METHODS:
        seats = seats_of(method, votes, num_seats)
        assert sum(seats) == num_seats
        order = sorted(range(len(votes)), key=lambda i: votes[i])
        assert all(seats[a] <= seats[b] for a, b in itertools.pairwise(order) if votes[a] < votes[b])
    quotas = [votes[i] * num_seats / sum(votes) for i in range(len(votes))]
    remainders = seats_of(LARGEST_REMAINDER, votes, num_seats)
    assert all(abs(given - quota) < 1 + 1e-9 for given, quota in zip(remainders, quotas, strict=True))


@settings(max_examples=40)
@given(st.lists(st.integers(1, 1000), min_size=2, max_size=6), st.integers(1, 30))
def test_no_divisor_takes_a_seat_from_a_party_because_there_are_more(votes, num_seats):
    for method, offset in ((DHONDT, 1), (SAINTE_LAGUE, 0.5)):
        seats = seats_of(method, votes, num_seats)
        # min-max characterisation: the least winning average is at least the greatest losing one
        won = min(v / (s - 1 + offset) for v, s in zip(votes, seats, strict=True) if s > 0)
        lost = max(v / (s + offset) for v, s in zip(votes, seats, strict=True))
        assert won >= lost * (1 - 1e-12)


# --- Electorates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("voters", "means", "spreads"),
    [("normal", (0, 0), (2, 2)), ("uniform", (0, 0), (2 / math.sqrt(3),) * 2), ("camps", (0, 0), (math.sqrt(13), 2))],
)
def test_electorates_have_the_spread_that_they_are_said_to_have(voters, means, spreads, version, stream):
    num_voters = 4000
    state = Parties(voters=voters, spread=2.0, separation=6.0, num_voters=num_voters).state(2)
    version(draw_voters)(state, stream)
    version(find_centre)(state)
    assert state.centre.tolist() == pytest.approx(state.voters.mean(axis=0).tolist())
    assert state.ends.tolist() == [state.voters.min(axis=0).tolist(), state.voters.max(axis=0).tolist()]
    assert state.voters.mean(axis=0) == pytest.approx(means, abs=5 * max(spreads) / math.sqrt(num_voters))
    assert state.voters.std(axis=0) == pytest.approx(spreads, rel=0.06)


def test_a_file_gives_voters_and_how_many_stand_where(tmp_path, stream):
    path = tmp_path / "voters.csv"
    path.write_text("y, x, weight\n1.0, 0.5, 3\n\n-1.0, 2.5, 1\n")
    points, weights = read_electorate(str(path), 2)
    assert points.tolist() == [[0.5, 1.0], [2.5, -1.0]]
    assert weights.tolist() == [3, 1]
    state = Parties(voters=str(path)).state(2)
    draw_voters(state, stream)
    find_centre(state)
    assert state.voters.tolist() == points.tolist()
    assert state.centre.tolist() == [1.0, 0.5]
    drawn = sum(any_voter(state, stream) == 0 for _ in range(1000))
    assert binomtest(drawn, 1000, 0.75).pvalue > 1e-4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: columns none; accepted: x, y and, if groups differ in size, weight"),
        ("x,z\n1,2\n", "line 1: columns x, z; accepted: x, y and"),
        ("x,y\n", "no voter; accepted: at least one line"),
        ("x,y\n1,2\n1\n", "line 3: 1 cells; accepted: 2, one for each column"),
        ("x,y\n1,left\n", "line 2, column y: 'left' is not accepted; accepted: a number from -1e6 to 1e6"),
        ("x,y\nnan,1\n", "line 2, column x: 'nan' is not accepted; accepted: a number from -1e6 to 1e6"),
        ("x,y\n1,1e300\n", "line 2, column y: '1e300' is not accepted; accepted: a number from -1e6 to 1e6"),
        ("x,y,weight\n1,2,0\n", "line 2, column weight: '0' is not accepted; accepted: a number of voters"),
        ("x,y,weight\n1,2,1.5\n", "line 2, column weight: '1.5' is not accepted; accepted: a number of voters"),
    ],
)
def test_a_file_that_is_no_electorate_is_refused_with_line_and_column(text, message, tmp_path):
    path = tmp_path / "voters.csv"
    path.write_text(text)
    with pytest.raises(ParameterError) as error:
        Parties(voters=str(path))
    assert message in str(error.value)
    assert str(error.value).startswith("voters: file ")
