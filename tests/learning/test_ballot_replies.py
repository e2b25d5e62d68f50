"""Replies of voters: to the present points, to polls, and none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.ballots.forms import front_runner_replies, points_of, winner_after
from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.learning.ballot_replies import BetterReply, RestrictedBestReply, better_reply, restricted_best_reply
from socialsim.learning.poll_reply import PollReply
from socialsim.learning.sincere import Sincere

PLURALITY, VETO = points_of("plurality", 3), points_of("veto", 3)


def row(scores, utilities, present):
    return np.array([*scores, *utilities, present], float)


# --- By hand ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "utilities", "present", "reply"),
    [
        ([3, 3, 1], [0.0, 0.5, 1.0], 2, 1),  # 0 wins the tie; a vote for 1 makes it win
        ([4, 2, 1], [0.0, 0.5, 1.0], 2, 2),  # too far behind
        ([3, 3, 1], [0.5, 0.0, 1.0], 2, 2),  # only 0 and 1 can win, and 0 does
        ([3, 0, 3], [0.0, 0.5, 1.0], 0, 2),  # not for 1, a mere desertion of 0, though 2 wins by that too
        ([2, 2, 2], [0.0, 0.5, 1.0], 2, 1),
    ],
)
def test_restricted_replies_under_plurality_by_hand(scores, utilities, present, reply, version):
    assert version(restricted_best_reply)(row(scores, utilities, present), PLURALITY) == reply


def test_a_restricted_reply_under_veto_is_against_the_present_winner(version):
    assert version(restricted_best_reply)(row([5, 5, 4], [0.0, 1.0, 0.5], 2), VETO) == 0  # then 1 wins
    assert version(restricted_best_reply)(row([5, 3, 3], [0.5, 1.0, 0.0], 2), VETO) == 2  # 0 would win all the same


def test_who_cannot_gain_keeps_its_ballot(version, stream):
    content = row([4, 2, 1], [0.0, 0.5, 1.0], 1)
    assert version(better_reply)(content, PLURALITY, stream) == 1
    assert version(restricted_best_reply)(content, PLURALITY) == 1


def test_better_replies_are_drawn_from_all_that_gain(stream):
    seen = row([3, 3, 2, 0], [0.0, 0.5, 0.6, 1.0], 0)  # whoever one deserts 0 for, 1 wins
    drawn = [int(better_reply(seen, points_of("plurality", 4), stream)) for _ in range(300)]
    assert np.bincount(drawn, minlength=4)[0] == 0
    assert np.bincount(drawn, minlength=4)[1:].min() > 70


# --- Properties -------------------------------------------------------------------------------------------------


@given(
    st.sampled_from(["plurality", "veto", "borda"]),
    st.lists(st.integers(0, 6), min_size=4, max_size=4),
    st.permutations(range(4)),
    st.data(),
)
def test_the_reply_elects_the_best_that_any_ballot_elects_and_is_direct(rule, others, utilities, data):
    points = points_of(rule, 4)
    present = data.draw(st.integers(0, len(points) - 1))
    scores = np.array(others) + points[present]
    winner = winner_after(scores, points, present, present)
    reply = int(restricted_best_reply(row(scores, utilities, present), points))
    elected = [winner_after(scores, points, present, form) for form in range(len(points))]
    assert utilities[elected[reply]] == max(utilities[w] for w in elected)
    if reply != present:
        assert utilities[elected[reply]] > utilities[winner]
        if rule == "plurality":
            assert reply == elected[reply]  # for the new winner
        if rule == "veto":
            assert reply == winner  # against the old one
    else:
        assert utilities[elected[reply]] == utilities[winner]


# --- Polls and sincerity ----------------------------------------------------------------------------------------


def specification(**facts):
    return Specification(Discrete(3), Discrete(6), facts)


def test_a_poll_is_answered_for_the_better_of_the_two(version, stream):
    known = specification(sincere=0, front_runner_replies=front_runner_replies("plurality", 3))
    state = PollReply(revision_rate=1.0).state(known, 2)
    version(PollReply.initialise)(state, 0, stream)
    assert [version(PollReply.act)(state, 0, o, stream) for o in range(6)] == [0, 0, 0, 1, 0, 1]


def test_who_does_not_reconsider_stays_sincere(stream):
    known = specification(sincere=0, front_runner_replies=front_runner_replies("plurality", 3))
    state = PollReply(revision_rate=0.01).state(known, 1)
    acts = [PollReply.act(state, 0, 5, stream) for _ in range(400)]
    changed = acts.index(1)
    assert 0 < changed < 399
    assert set(acts[changed:]) == {1}


def test_the_sincere_do_what_the_environment_calls_sincere(stream):
    state = Sincere().state(specification(sincere=2), 5)
    assert Sincere.act(state, 3, 1, stream) == 2


@pytest.mark.parametrize("learner", [Sincere, PollReply, RestrictedBestReply, BetterReply])
def test_an_environment_without_ballots_is_refused_in_one_line(learner):
    with pytest.raises(ParameterError, match="which the environment does not give"):
        learner().state(Specification(Discrete(2)), 4)
