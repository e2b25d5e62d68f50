"""Codes whose compositionality is known, distances by their definition, and what random codes score."""

import functools
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from socialsim.core.errors import ParameterError
from socialsim.metrics import codes
from socialsim.metrics.codes import distances, levenshtein_distances, padded
from socialsim.metrics.compositionality import (
    against_permuted_meanings,
    bag_of_symbols_disentanglement,
    context_independence,
    positional_disentanglement,
    topographic_similarity,
)

METRICS = [
    topographic_similarity,
    positional_disentanglement,
    bag_of_symbols_disentanglement,
    context_independence,
]
GRID = np.array(list(itertools.product(range(4), repeat=2)))
COMPOSED = GRID + np.array([0, 4])  # each attribute value has a symbol and a place of its own
HOLISTIC = np.repeat(np.random.default_rng(1).permutation(16)[:, None], 2, axis=1)
MESSAGES = st.lists(st.lists(st.integers(0, 3), min_size=0, max_size=9), min_size=2, max_size=6).filter(any)


def edits(first, second):
    """Return the edit distance by its recursive definition."""

    @functools.cache
    def between(i, j):
        if i == 0 or j == 0:
            return i + j
        replaced = between(i - 1, j - 1) + (first[i - 1] != second[j - 1])
        return min(replaced, between(i - 1, j) + 1, between(i, j - 1) + 1)

    return between(len(first), len(second))


@pytest.mark.parametrize("metric", METRICS)
def test_a_composed_code_scores_one(metric):
    assert metric(GRID, COMPOSED) == pytest.approx(1.0)


@pytest.mark.parametrize("metric", METRICS[1:])
def test_a_holistic_code_scores_little(metric):
    assert metric(GRID, HOLISTIC) < 0.3


@given(MESSAGES)
def test_edit_distances_follow_their_definition(messages):
    expected = [edits(tuple(a), tuple(b)) for a, b in itertools.combinations(messages, 2)]
    assert levenshtein_distances(messages).tolist() == expected


def test_long_and_short_messages_are_compared_alike(monkeypatch):
    stream = np.random.default_rng(2)
    messages = [stream.integers(5, size=size) for size in (62, 40, 0, 62, 1, 55)]
    by_bits = levenshtein_distances(messages)
    monkeypatch.setattr(codes, "WORD_BITS", 10)
    assert levenshtein_distances(messages).tolist() == by_bits.tolist()
    assert levenshtein_distances([np.zeros(99, int), np.ones(98, int)]).tolist() == [99]


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.sampled_from(["hamming", "levenshtein"]), st.integers(3, 12))
def test_topographic_similarity_is_spearmans_correlation_of_distances(seed, kind, number):
    stream = np.random.default_rng(seed)
    meanings, messages = stream.integers(3, size=(number, 3)), stream.integers(3, size=(number, 4))
    pairs = list(itertools.combinations(range(number), 2))
    apart = [(meanings[i] != meanings[j]).sum() for i, j in pairs]
    said = [
        edits(tuple(messages[i]), tuple(messages[j])) if kind == "levenshtein" else (messages[i] != messages[j]).sum()
        for i, j in pairs
    ]
    value = topographic_similarity(meanings, messages, message_distance=kind)
    if len(set(apart)) == 1 or len(set(said)) == 1:
        assert math.isnan(value)
    else:
        assert value == pytest.approx(spearmanr(apart, said).statistic, abs=1e-12)


def test_cosines_of_one_hot_attributes_rank_as_places_that_differ():
    messages = np.random.default_rng(4).integers(5, size=(16, 3))
    one_hot = (GRID[:, :, None] == np.arange(4)).reshape(16, -1)
    by_cosine = topographic_similarity(one_hot, messages, meaning_distance="cosine")
    assert by_cosine == pytest.approx(topographic_similarity(GRID, messages), abs=1e-12)


@given(st.integers(0, 10_000))
def test_names_of_symbols_and_values_do_not_matter(seed):
    stream = np.random.default_rng(seed)
    messages = stream.integers(4, size=(16, 3))
    values, symbols = stream.permutation(4), stream.permutation(9)
    for metric in METRICS:
        assert metric(values[GRID], symbols[messages]) == pytest.approx(metric(GRID, messages), abs=1e-12)


def test_disentanglement_by_hand():
    # Position 0 tells attribute 0 (1 bit of 1); position 1 is attribute 0 and 1 together (0 bits each of 1).
    meanings = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    messages = np.stack([meanings[:, 0], meanings[:, 0] ^ meanings[:, 1]], axis=1)
    assert positional_disentanglement(meanings, messages) == pytest.approx(0.5)
    assert positional_disentanglement(meanings, np.c_[messages[:, 0], [7, 7, 7, 7]]) == 1.0


def test_a_code_without_order_is_found_by_its_bag_alone():
    stream = np.random.default_rng(6)
    shuffled = stream.permuted(COMPOSED, axis=1)
    assert bag_of_symbols_disentanglement(GRID, shuffled) == pytest.approx(1.0)
    assert context_independence(GRID, shuffled) == 1.0
    assert positional_disentanglement(GRID, shuffled) < 0.6


def test_short_messages_are_padded():
    meanings = [[0, 0], [0, 1], [1, 0]]
    ragged, rows = [[1], [1, 2], [3, 1, 1]], np.array([[1, -1, -1], [1, 2, -1], [3, 1, 1]])
    assert padded(ragged).tolist() == rows.tolist()
    for metric in METRICS:
        assert metric(meanings, ragged) == metric(meanings, rows)


@pytest.mark.parametrize("metric", METRICS)
def test_random_codes_score_nothing_above_chance_and_are_seldom_found(metric):
    stream = np.random.default_rng(8)
    found = [
        against_permuted_meanings(metric, GRID, stream.integers(4, size=(16, 2)), num_permutations=39, seed=k)
        for k in range(60)
    ]
    values = np.array([estimate.value for estimate in found])
    assert abs(values.mean()) < 4 * values.std() / math.sqrt(60)
    assert np.mean([estimate.p_value <= 0.05 for estimate in found]) <= 0.1
    assert against_permuted_meanings(metric, GRID, COMPOSED, 39).p_value == 1 / 40


@pytest.mark.parametrize("metric", METRICS[:3])
def test_messages_that_are_all_alike_leave_it_undefined(metric):
    same = np.zeros((16, 2), int)
    assert math.isnan(metric(GRID, same))
    assert against_permuted_meanings(metric, GRID, same).reason == "all meanings or all messages are alike"
    assert math.isnan(metric([[0, 1]], [[2, 3]]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: topographic_similarity(GRID, COMPOSED[:3]), "16, but 3 messages"),
        (lambda: topographic_similarity(GRID, COMPOSED, "euclidean"), "unknown distance 'euclidean'"),
        (lambda: topographic_similarity(GRID, COMPOSED - 9), "symbol is not accepted"),
        (lambda: topographic_similarity([[0.0, 0.0]], [[1]], "cosine"), "no cosine"),
        (lambda: positional_disentanglement(GRID[:, :1], COMPOSED), "2 attributes or more each"),
        (lambda: positional_disentanglement([], []), "shape"),
        (lambda: padded([]), "shape"),
        (lambda: padded([[], []]), "not all empty"),
        (lambda: padded([[0.5]]), "whole numbers"),
        (lambda: padded(np.array([[-1, 2]])), "whole numbers"),
        (lambda: padded([["a"]]), "whole numbers"),
        (lambda: padded([3, 4]), "in rows"),
        (lambda: distances([[math.nan, 1.0]], "cosine"), "finite numbers"),
        (lambda: against_permuted_meanings(topographic_similarity, GRID, COMPOSED, 5), "at least 20"),
    ],
)
def test_what_is_no_code_is_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
