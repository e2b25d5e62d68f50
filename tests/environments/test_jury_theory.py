"""Closed forms of juries, against enumeration and known figures."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.environments.jury.theory import (
    correlated_accuracy,
    gains_by_deviation,
    limit_accuracy,
    majority_accuracy,
    number_of_votes,
    strategic_accuracy,
    unanimity_equilibrium,
    verdict_chance,
)

CHANCES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=7)
SINCERE = np.array([0.0, 1.0])


def accuracy_by_hand(strategies, competences, quota, prior):
    """Return the group's accuracy from all signals, votes and answers."""
    accuracy = 0.0
    for answer in (0, 1):
        for votes in itertools.product((0, 1), repeat=len(competences)):
            chance = prior if answer else 1 - prior
            for vote, strategy, p in zip(votes, strategies, competences, strict=True):
                yes = p * strategy[answer] + (1 - p) * strategy[1 - answer]
                chance *= yes if vote else 1 - yes
            needed, got = quota * len(votes), sum(votes)
            says_one = 0.5 if quota == 0.5 and got == needed else float(got >= needed - 1e-9)
            accuracy += chance * (says_one if answer else 1 - says_one)
    return accuracy


@pytest.mark.parametrize(
    ("competence", "num_jurors", "published"),
    [(0.51, 11, 0.5271), (0.51, 101, 0.5799), (0.51, 1001, 0.7366), (0.6, 11, 0.7535), (0.6, 101, 0.9791)],
)
def test_condorcets_theorem_in_figures(competence, num_jurors, published):
    assert majority_accuracy([competence] * num_jurors) == pytest.approx(published, abs=5e-5)


@given(CHANCES)
def test_the_number_of_votes_is_that_of_all_votes(chances):
    expected = np.zeros(len(chances) + 1)
    for votes in itertools.product((0, 1), repeat=len(chances)):
        expected[sum(votes)] += np.prod([p if vote else 1 - p for vote, p in zip(votes, chances, strict=True)])
    assert number_of_votes(chances) == pytest.approx(expected, abs=1e-12)


@given(CHANCES)
def test_right_and_wrong_are_mirror_images(chances):
    assert majority_accuracy(chances) + majority_accuracy([1 - p for p in chances]) == pytest.approx(1.0)


def test_many_juries_at_once_are_each_alone():
    chances = np.array([[0.2, 0.9, 0.5], [0.6, 0.6, 0.6]])
    assert verdict_chance(chances).tolist() == [verdict_chance(row) for row in chances]


@given(st.floats(0.501, 0.99), st.integers(0, 30))
def test_two_more_jurors_help_if_they_are_better_than_coins(competence, pairs):
    n = 2 * pairs + 1
    assert majority_accuracy([competence] * (n + 2)) >= majority_accuracy([competence] * n) - 1e-12
    assert majority_accuracy([1 - competence] * (n + 2)) <= majority_accuracy([1 - competence] * n) + 1e-12


def test_accuracy_is_linear_in_each_competence():
    low, high = majority_accuracy([0.4, 0.7, 0.6]), majority_accuracy([0.8, 0.7, 0.6])
    assert majority_accuracy([0.6, 0.7, 0.6]) == pytest.approx((low + high) / 2)


@given(st.sampled_from([3, 5, 7]).flatmap(lambda n: st.lists(st.floats(0.0, 1.0), min_size=n, max_size=n)))
def test_an_odd_majority_is_as_often_right_as_its_average_member_where_boland_says(competences):
    n, average = len(competences), sum(competences) / len(competences)
    if average >= 0.5 + 0.5 / n:
        assert majority_accuracy(competences) >= average - 1e-12


def test_a_majority_may_be_wrong_more_often_than_its_best_member_or_its_average():
    assert majority_accuracy([0.4, 0.6, 0.8]) == pytest.approx(0.656)
    draws = np.random.default_rng(1).uniform(0.4, 0.8, (100_000, 3))
    assert verdict_chance(draws).mean() == pytest.approx(majority_accuracy([0.6] * 3), abs=0.002)  # .648
    assert draws.max(axis=1).mean() == pytest.approx(0.7, abs=0.002)
    assert majority_accuracy([1.0, 0.3, 0.3]) < (1.0 + 0.3 + 0.3) / 3  # below 1/2 + 1/6
    assert majority_accuracy([0.6, 0.6]) == pytest.approx(0.6)  # an even number


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.integers(1, 6))
def test_a_common_source_by_hand(competence, reliance, num_jurors):
    expected = 0.0
    for is_right in (True, False):
        for relies in itertools.product((True, False), repeat=num_jurors):
            chance = competence if is_right else 1 - competence
            chance *= np.prod([reliance if each else 1 - reliance for each in relies])
            expected += chance * majority_accuracy([float(is_right) if each else competence for each in relies])
    assert correlated_accuracy(competence, num_jurors, reliance) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("reliance", [0.0, 0.1, 0.16, 0.2, 0.5, 1.0])
def test_large_juries_approach_the_limit(reliance):
    errors = [abs(correlated_accuracy(0.6, n, reliance) - limit_accuracy(0.6, reliance)) for n in (1001, 10001)]
    assert errors[1] < 0.1
    assert errors[1] <= errors[0] + 1e-12


def test_a_larger_jury_may_be_worse():
    assert correlated_accuracy(0.6, 31, 0.2) > correlated_accuracy(0.6, 1001, 0.2) + 0.1


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=4),
    st.sampled_from([0.5, 0.6, 0.75, 1.0]),
    st.floats(0.0, 1.0),
)
def test_strategies_and_best_replies_by_hand(jurors, quota, prior):
    strategies, competences = [juror[:2] for juror in jurors], [juror[2] for juror in jurors]
    present = strategic_accuracy(strategies, competences, quota, prior)
    assert present == pytest.approx(accuracy_by_hand(strategies, competences, quota, prior), abs=1e-12)
    gains = gains_by_deviation(strategies, competences, quota, prior)
    for i in range(len(jurors)):
        replies = [[*strategies[:i], pure, *strategies[i + 1 :]] for pure in itertools.product((0.0, 1.0), repeat=2)]
        best = max(accuracy_by_hand(reply, competences, quota, prior) for reply in replies)
        assert gains[i] == pytest.approx(best - present, abs=1e-9)


@pytest.mark.parametrize("num_jurors", [1, 3, 5, 11])
def test_sincere_votes_are_an_equilibrium_under_majority_rule(num_jurors):
    assert gains_by_deviation(np.tile(SINCERE, (num_jurors, 1)), [0.6] * num_jurors).max() < 1e-12


@pytest.mark.parametrize("num_jurors", [2, 3, 6, 12])
@pytest.mark.parametrize("competence", [0.55, 0.7, 0.9])
def test_unanimity_has_another_equilibrium_than_sincerity(num_jurors, competence):
    jurors = [competence] * num_jurors
    sincere = np.tile(SINCERE, (num_jurors, 1))
    mixed = np.tile([unanimity_equilibrium(competence, num_jurors), 1.0], (num_jurors, 1))
    assert gains_by_deviation(sincere, jurors, quota=1.0).min() > 1e-9 or num_jurors == 2
    assert abs(gains_by_deviation(mixed, jurors, quota=1.0)).max() < 1e-12


def test_the_equilibrium_by_hand():
    assert unanimity_equilibrium(0.7, 3) == pytest.approx(0.158258 / 0.503604, abs=1e-5)  # r = sqrt(3/7)


def test_innocents_are_convicted_however_many_jurors_must_agree():
    convicted = []
    for n in (10, 100, 1000):
        sigma = unanimity_equilibrium(0.7, n)
        convicted.append((0.7 * sigma + 0.3) ** n)
    limit = (0.3 / 0.7) ** (0.7 / 0.4)  # ln of the chance: n ln(1 - .7 (1 - sigma)), 1 - sigma ~ ln(.7/.3)/(n .4)
    assert convicted[-1] == pytest.approx(limit, rel=2e-3)
    assert min(convicted) > 0.15


@pytest.mark.parametrize("bad", [[], [1.2], [-0.1, 0.5], 0.5])
def test_chances_out_of_range_are_refused(bad):
    with pytest.raises(ParameterError, match="chances: accepted"):
        number_of_votes(bad)


def test_an_equilibrium_needs_jurors_better_than_coins():
    with pytest.raises(ParameterError, match="between 1/2 and 1"):
        unanimity_equilibrium(0.5, 3)
