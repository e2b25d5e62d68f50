"""Forms of ballots, electorates, and what one voter can gain."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.ballots.cultures import draw_profiles
from socialsim.ballots.electorate import condorcet_winners, gather, source
from socialsim.ballots.forms import (
    ballot_forms,
    form_of,
    front_runner_replies,
    pair_code,
    points_of,
    read_with,
    sincere_form,
    sincere_forms,
    winner_after,
)
from socialsim.ballots.manipulation import FIRST, MEAN, RANDOM, fill_outcomes, gains, manipulable, regret, worth
from socialsim.ballots.rules import winners
from socialsim.ballots.tallies import RULES
from socialsim.core.errors import ParameterError

ELECTING = [rule for rule in RULES if rule != "condorcet"]
ORDERS = list(itertools.permutations(range(3)))
ALL_OF_THREE = np.array(list(itertools.product(ORDERS, repeat=3)))  # every profile of three voters
TOP = {"approval": 2}  # of three candidates the sincere voter approves of two


def by_brute_force(profile, rule, ties):
    """Return the regret of one profile, counting every ballot of every voter as pref_voting would: from scratch."""
    forms, m = ballot_forms(rule, profile.shape[1]), profile.shape[1]
    sincere = forms[sincere_form(rule, m)]
    cast = [[ranking[k] if k >= 0 else -1 for k in sincere] for ranking in profile]
    largest = 0.0
    for i, ranking in enumerate(profile):
        place = np.argsort(ranking)

        def value(ballots, place=place):
            tied = np.flatnonzero(winners_of(rule, ballots))
            return -float(place[tied[0]] if ties == "first" else place[tied].mean())

        before = value(cast)
        for form in forms:
            after = value([*cast[:i], list(form), *cast[i + 1 :]])
            largest = max(largest, after - before)
    return largest


def winners_of(rule, ballots):
    """Return who wins by ballots that may be short: scores in plain Python for the rules that count points."""
    m = len(ballots[0])
    if rule == "approval":
        scores = [sum(c in ballot for ballot in ballots) for c in range(m)]
        return np.array(scores) == max(scores)
    if rule in ("plurality", "veto"):
        worst = [ballot[-1] for ballot in ballots]
        scores = [sum(b[0] == c for b in ballots) if rule == "plurality" else -worst.count(c) for c in range(m)]
        return np.array(scores) == max(scores)
    return winners(np.array([ballots]), rule)[0]


# --- By hand, two roads -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ELECTING)
@pytest.mark.parametrize("ties", ["first", "mean"])
def test_regret_is_that_of_trying_every_ballot_from_scratch(rule, ties):
    few = np.random.default_rng(1).permutation(len(ALL_OF_THREE))[:15]
    found = regret(ALL_OF_THREE[few], rule, ties=ties)
    assert found.tolist() == pytest.approx([by_brute_force(ALL_OF_THREE[p], rule, ties) for p in few])


def test_counting_after_a_change_of_one_ballot_is_the_same_as_counting_anew():
    forms = ballot_forms("instant_runoff", 3)
    counts = np.array([3, 0, 2, 2, 0, 1, 0])
    outcomes, margins, scores = np.zeros((6, 6), np.int64), np.zeros((3, 3), np.int64), np.zeros(3, np.int64)
    rule = RULES["instant_runoff"]
    getattr(fill_outcomes, "py_func", fill_outcomes)(rule, forms, counts, margins, scores, outcomes)
    assert counts.tolist() == [3, 0, 2, 2, 0, 1, 0]
    for b in (0, 2, 3, 5):
        for a in range(6):
            changed = counts[:6] - np.eye(6, dtype=int)[b] + np.eye(6, dtype=int)[a]
            tied = winners([np.repeat(forms, changed, axis=0)], "instant_runoff")[0]
            assert outcomes[b, a] == sum(1 << c for c in np.flatnonzero(tied))


@pytest.fixture(params=[pytest.param("compiled", marks=pytest.mark.compiled), "uncompiled"])
def version(request):
    return (lambda f: f) if request.param == "compiled" else (lambda f: getattr(f, "py_func", f))


def test_a_tie_is_worth_its_mean_or_its_first(version):
    utilities, order = np.array([[0.1, 0.5, 0.9]]), np.array([2, 0, 1])
    assert version(worth)(MEAN, utilities, 0, 0b111, order) == pytest.approx(0.5)
    assert version(worth)(FIRST, utilities, 0, 0b011, order) == 0.1
    assert version(worth)(FIRST, utilities, 0, 0b110, order) == 0.5
    assert version(worth)(RANDOM, utilities, 0, 0b110, order) == 0.9


# --- Theorems ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ELECTING)
def test_every_rule_is_manipulable_with_three_candidates(rule):
    """Gibbard and Satterthwaite: none of these is dictatorial, and each can elect any of the three."""
    assert (regret(ALL_OF_THREE, rule) > 0.0).any()


@pytest.mark.parametrize("rule", ELECTING)
@pytest.mark.parametrize("num_voters", [1, 2, 3, 4, 5])
def test_no_rule_is_manipulable_with_two_candidates(rule, num_voters):
    profiles = np.array(list(itertools.product([(0, 1), (1, 0)], repeat=num_voters)))
    for ties in ("first", "mean"):
        assert regret(profiles, rule, ties=ties).max() == 0.0


def test_the_share_of_manipulable_profiles_of_three_voters_is_a_sixth_under_plurality():
    """Only the 36 profiles with three favourites, where the first wins, are: the voter who puts it last gains."""
    manipulable = regret(ALL_OF_THREE, "plurality") > 0.0
    favourites, last = ALL_OF_THREE[:, :, 0], ALL_OF_THREE[:, :, 2]
    all_differ = np.array([len(set(row)) == 3 for row in favourites])
    assert manipulable.tolist() == (all_differ & (last == 0).any(axis=1)).tolist()
    assert manipulable.mean() == pytest.approx(1 / 6)
    others = {rule: float((regret(ALL_OF_THREE, rule) > 0.0).mean()) for rule in ("borda", "copeland", "minimax")}
    assert others == pytest.approx({"borda": 51 / 216, "copeland": 1 / 9, "minimax": 1 / 9})


@pytest.mark.parametrize("rule", [rule for rule in ELECTING if rule != "approval"])
def test_where_one_ballot_is_sincere_any_gain_is_manipulation(rule):
    for ties in ("first", "mean"):
        found = gains(ALL_OF_THREE, rule, ties=ties)
        assert found.by_any.tolist() == found.by_insincerity.tolist()


@settings(max_examples=100)
@given(st.integers(3, 4), st.integers(1, 7), st.sampled_from(["first", "mean"]), st.randoms(use_true_random=False))
def test_approval_is_never_manipulable_by_an_insincere_ballot(m, num_voters, ties, random):
    """Against given ballots of the others some set of one's best candidates serves as well as any set."""
    profile = [random.sample(range(m), m) for _ in range(num_voters)]
    utilities = [[random.random() for _ in range(m)] for _ in profile]
    for values, ranking in zip(utilities, profile, strict=True):
        ordered = sorted(values, reverse=True)
        for place, c in enumerate(ranking):
            values[c] = ordered[place]
    cast = [[random.randrange(2**m) for _ in profile]]
    for ballots in (None, cast):
        assert not manipulable([profile], "approval", utilities=[utilities], ties=ties, ballots=ballots)[0]


def test_under_approval_many_gain_by_drawing_the_line_elsewhere():
    """The share of impartial profiles of seven voters and three candidates with a gain by any ballot is about .46."""
    profiles = draw_profiles("impartial", 2000, 7, 3, seed=1)
    found = gains(profiles, "approval")
    assert (found.by_any > 0.0).mean() == pytest.approx(0.46, abs=0.04)
    assert (found.by_insincerity == 0.0).all()
    assert sincere_forms("approval", 3) == [0, 0b001, 0b011, 0b111]


def test_a_dictatorship_is_not_manipulable():
    """One voter against nobody: its first choice wins, whatever the rule that puts it first."""
    one = ALL_OF_THREE[::36, :1]
    for rule in ("plurality", "borda", "instant_runoff", "copeland", "minimax"):
        assert regret(one, rule).max() == 0.0


# --- Forms ------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.sampled_from(ELECTING), st.permutations(range(4)), st.data())
def test_a_form_read_with_a_ranking_is_the_same_marks_on_other_candidates(rule, ranking, data):
    forms = ballot_forms(rule, 4)
    form = data.draw(st.integers(0, len(forms) - 1))
    ballot = forms[form_of(RULES[rule], forms, np.array([ranking]), 0, form)]
    meant = [ranking[k] for k in forms[form] if k >= 0]
    number = form_of(RULES[rule], forms, np.array([ranking]), 0, form)
    assert read_with(rule, form, np.array([[ranking]])).tolist() == [[number]]
    if rule == "veto":
        assert ballot[-1] == meant[-1]
    elif rule == "approval":
        assert sorted(c for c in ballot if c >= 0) == sorted(meant)
    else:
        assert [c for c in ballot if c >= 0] == meant


@pytest.mark.parametrize("rule", ELECTING)
@pytest.mark.parametrize("m", [2, 3, 4])
def test_the_reply_to_front_runners_helps_the_better_against_the_worse_as_much_as_any_ballot(rule, m):
    """Of the forms that count points none favours one more over the other; of rankings it has the right one above."""
    points, forms, replies = points_of(rule, m), ballot_forms(rule, m), front_runner_replies(rule, m)
    assert replies[m * (m - 1) :].tolist() == [sincere_form(rule, m)]
    for k, second in itertools.permutations(range(m), 2):
        better, worse = min(k, second), max(k, second)
        reply = replies[pair_code(m, k, second)]
        if rule in ("plurality", "veto", "approval", "borda"):
            lead = points[:, better] - points[:, worse]
            assert lead[reply] == lead.max()
        else:
            assert list(forms[reply]).index(better) < list(forms[reply]).index(worse)


def test_the_leader_rule_of_approval_by_hand():
    replies = front_runner_replies("approval", 4)
    assert replies[pair_code(4, 1, 3)] == 0b0011  # the leader, my second choice, is better than the runner-up
    assert replies[pair_code(4, 3, 1)] == 0b0111  # all but the leader, my worst


def test_the_winner_after_an_exchange_is_the_first_of_equals(version):
    points = points_of("plurality", 3)
    scores = np.array([3.0, 3.0, 2.0])
    assert version(winner_after)(scores, points, 0, 0) == 0
    assert version(winner_after)(scores, points, 0, 2) == 1  # 2, 3, 3
    assert version(winner_after)(scores, points, 1, 2) == 0  # 3, 2, 3


# --- Electorates ------------------------------------------------------------------------------------------------


def test_a_file_with_as_many_voters_is_the_electorate_itself(tmp_path):
    path = tmp_path / "town.csv"
    path.write_text("count,1,2,3\n2,Ada,Ben,Cyd\n1,Cyd,Ada,Ben\n")
    voters = source("file", 0.5, str(path), 3)
    for num_agents in (3, 400):
        rankings, utilities = np.zeros((num_agents, 3), np.int64), np.zeros((num_agents, 3))
        stream = np.arange(1, 5, dtype=np.uint64)
        gather(voters.code, 0.5, voters.ballots, np.zeros((num_agents + 3, 2)), rankings, utilities, stream)
        if num_agents == 3:
            assert rankings.tolist() == [[0, 1, 2], [0, 1, 2], [2, 0, 1]]
            assert utilities.tolist() == [[1.0, 0.5, 0.0], [1.0, 0.5, 0.0], [0.5, 0.0, 1.0]]
        else:
            assert (rankings[:, 0] == 0).mean() == pytest.approx(2 / 3, abs=0.1)


def test_condorcet_winners_are_those_of_the_compiled_rule():
    profiles = draw_profiles("impartial", 500, 8, 4, seed=2)
    found, expected = condorcet_winners(profiles), winners(profiles, "condorcet")
    assert (np.where(expected.any(axis=1), expected.argmax(axis=1), -1) == found).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: ballot_forms("borda", 6),
            "num_candidates: 6 is not accepted under borda; accepted: an int, >= 2, <= 5",
        ),
        (lambda: ballot_forms("range", 3), "unknown rule 'range'"),
        (lambda: regret([[[0, 1]]], "condorcet"), "accepted: a rule that always elects somebody"),
        (lambda: regret([[0, 1]], "borda"), "rankings: shape (1, 2) is not accepted"),
        (lambda: regret([[[0, 1]]], "borda", ties="last"), "ties: 'last' is not accepted; accepted: 'first', 'mean'"),
        (lambda: regret([[[0, 1]]], "borda", utilities=[[1.0, 0.0]]), "do not fit rankings of shape (1, 1, 2)"),
        (lambda: regret([[[0, 5, 9]]], "plurality"), "rankings: some row does not rank every candidate"),
        (lambda: regret([[[0, 0, 0], [1, 1, 1]]], "plurality"), "rankings: some row does not rank every candidate"),
        (lambda: regret([[[0, 1]]], "plurality", ballots=[[-1]]), "ballots: -1 is not accepted; accepted: 0 to 1"),
        (lambda: regret([[[0, 1]]], "plurality", ballots=[[10**8]]), "ballots: 100000000 is not accepted"),
        (lambda: source("impartial", 0.5, "town.csv", 3), "'town.csv' is not read with culture impartial"),
        (lambda: source("mallows", 1.5, "", 3), "dispersion: 1.5 is not accepted with culture mallows"),
    ],
)
def test_bad_input_is_refused_in_one_line(call, words):
    with pytest.raises(ParameterError) as error:
        call()
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_incomplete_or_other_ballots_are_refused_with_the_file(tmp_path):
    path = tmp_path / "town.csv"
    path.write_text("1,2,3\nAda,Ben,Cyd\nCyd,Ada,\n")
    with pytest.raises(ParameterError, match=r"ballots: .*town.csv: some leave candidates out"):
        source("file", 0.5, str(path), 3)
    path.write_text("1,2,3\nAda,Ben,Cyd\n")
    with pytest.raises(ParameterError, match=r"num_candidates: 4 is not accepted; accepted: 3, as in .*town.csv"):
        source("file", 0.5, str(path), 4)
