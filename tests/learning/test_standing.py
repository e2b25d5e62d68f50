import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.learning.standing import (
    BELIEVER,
    FALSE_CONSENSUS,
    LISTENER,
    NOWHERE,
    NUM_STANDS,
    POLARISED,
    SCEPTIC,
    TRUE_CONSENSUS,
    UNDECIDED,
    take_stand,
    verdict,
)

stands = st.lists(st.integers(0, NUM_STANDS - 1), min_size=1, max_size=8)


def a_community(stands):
    standing = np.array(stands)
    return standing, np.append(np.bincount(standing, minlength=NUM_STANDS), len(stands) - 1)


@pytest.mark.parametrize(
    ("stands", "end"),
    [
        ([SCEPTIC, LISTENER], FALSE_CONSENSUS),  # nobody experiments: there is nothing to listen to
        ([BELIEVER, BELIEVER], TRUE_CONSENSUS),
        ([BELIEVER, SCEPTIC], POLARISED),
    ],
)
def test_ends_by_hand(version, stands, end):
    community = a_community(stands)
    assert [version(verdict)(*community, i) for i in range(len(stands))] == [end] * len(stands)


@given(stands)
def test_all_agree_on_an_end_unless_somebody_may_still_move(stands):
    found = {verdict(*a_community(stands), i) for i in range(len(stands))}
    somebody_experiments = UNDECIDED in stands or BELIEVER in stands
    open_still = UNDECIDED in stands or (LISTENER in stands and somebody_experiments)
    assert (-1 in found) == open_still
    assert len(found - {-1}) <= 1


@given(stands, stands)
def test_the_tally_counts_who_stands_where_in_this_round(first, second):
    standing, tally = np.full(8, NOWHERE), np.zeros(NUM_STANDS + 1, np.int64)
    for stands in (first, second):  # those who took no stand in the second round have left
        for i, stand in enumerate(stands):
            take_stand(standing, tally, i, stand)
    assert tally[:NUM_STANDS].tolist() == np.bincount(second, minlength=NUM_STANDS).tolist()
