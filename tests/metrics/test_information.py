"""Entropy and information: by hand, by enumeration, by their theorems, and what small samples do to them."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from socialsim.core.errors import ParameterError
from socialsim.metrics.information import (
    conditional_entropy,
    conditional_information,
    entropy,
    information_by_chance,
    joint_counts,
    mutual_information,
    normalised_information,
)

TABLES = arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(0, 9)).filter(np.any)


def chance_tables(num_tables, num_plays, num_values=10, seed=1):
    stream = np.random.default_rng(seed)
    plays = stream.integers(num_values, size=(2, num_tables, num_plays))
    tables = np.zeros((num_tables, num_values, num_values))
    np.add.at(tables, (np.arange(num_tables)[:, None], plays[0], plays[1]), 1)
    return tables


def test_known_entropies():
    assert entropy([1, 1]) == 1.0
    assert entropy([1, 1, 2]) == 1.5
    assert entropy([0.9, 0.1]) == pytest.approx(0.468996, abs=1e-6)
    assert np.isnan(entropy([0, 0]))
    assert entropy([[5, 0], [3, 3]]).tolist() == [0.0, 1.0]


def test_counts_of_pairs_follow_the_order_of_the_values():
    assert joint_counts(["b", "a", "b"], [7, 7, 3]).tolist() == [[0, 1], [1, 1]]


@given(TABLES)
def test_information_lies_between_nothing_and_the_smaller_entropy(table):
    information = mutual_information(table)
    assert 0 <= information <= min(entropy(table.sum(axis=0)), entropy(table.sum(axis=1))) + 1e-12


@given(TABLES)
def test_information_is_symmetric_and_blind_to_names(table):
    stream = np.random.default_rng(0)
    renamed = stream.permutation(stream.permutation(table, axis=0), axis=1)
    for correction in (None, "miller_madow", "permutation"):
        value = mutual_information(table, correction)
        assert mutual_information(table.T, correction) == pytest.approx(value, abs=1e-9)
        assert mutual_information(renamed, correction) == pytest.approx(value, abs=1e-9)


@given(TABLES)
def test_entropies_add_up(table):
    rows, columns = entropy(table.sum(axis=1)), entropy(table.sum(axis=0))
    assert rows + conditional_entropy(table) == pytest.approx(entropy(table.ravel()), abs=1e-12)
    assert columns - conditional_entropy(table) == pytest.approx(mutual_information(table), abs=1e-12)


@given(TABLES, st.integers(1, 4), st.integers(0, 99))
def test_nothing_done_to_a_message_adds_information(table, num_outputs, seed):
    channel = np.random.default_rng(seed).dirichlet(np.ones(num_outputs), table.shape[1])
    assert mutual_information(table @ channel) <= mutual_information(table) + 1e-9


@given(TABLES)
def test_information_in_equal_conditions_is_that_of_one(table):
    several = conditional_information([table, table, np.zeros_like(table)])
    assert several == pytest.approx(mutual_information(table), abs=1e-12)


def test_information_within_a_condition_is_not_information_across_them():
    assert conditional_information([[[4, 0], [0, 0]], [[0, 0], [0, 4]]]) == 0.0
    assert mutual_information([[4, 0], [0, 4]]) == 1.0


@pytest.mark.parametrize("plays", [([0, 0, 1, 1, 2], [0, 1, 1, 1, 0]), ([0, 1, 2, 2], [0, 1, 1, 2]), ([0, 0], [1, 1])])
def test_chance_is_the_mean_over_all_pairings(plays):
    first, second = plays
    tables = [joint_counts(first, order) for order in itertools.permutations(second)]
    expected = np.mean([mutual_information(table) for table in tables])
    assert information_by_chance(joint_counts(first, second)) == pytest.approx(expected, abs=1e-12)


def test_chance_among_many_plays_is_the_first_term_of_its_series():
    expected = 9 * 9 / (2 * 1e6 * math.log(2))
    assert information_by_chance(np.full((10, 10), 10_000)) == pytest.approx(expected, rel=1e-3)


def test_a_hundred_plays_of_ten_by_ten_show_information_where_there_is_none():
    tables = chance_tables(2000, 100)
    assert mutual_information(tables).mean() == pytest.approx(0.69, abs=0.01)
    assert mutual_information(tables[:300], "permutation").mean() == pytest.approx(0, abs=0.015)
    # Miller-Madow supposes that most of what can happen has been seen, and 37 of the 100 cells have not.
    assert mutual_information(tables, "miller_madow").mean() == pytest.approx(0.37, abs=0.01)


def test_both_corrections_bring_ten_plays_a_cell_to_nothing():
    tables = chance_tables(100, 1000)
    assert mutual_information(tables).mean() > 0.055
    for correction in ("miller_madow", "permutation"):
        assert mutual_information(tables, correction).mean() == pytest.approx(0, abs=0.003)


def test_miller_madow_mends_a_perfect_code_too():
    stream = np.random.default_rng(2)
    states = [stream.integers(8, size=60) for _ in range(400)]
    codes = [joint_counts(state, state) for state in states]
    plain = np.mean([mutual_information(code) for code in codes])
    mended = np.mean([mutual_information(code, "miller_madow") for code in codes])
    assert plain < 2.95
    assert mended == pytest.approx(3.0, abs=0.01)


def test_normalised_information_names_its_entropy():
    assert normalised_information([[3, 0], [0, 3]], "rows") == 1.0
    assert np.isnan(normalised_information([[3, 3], [0, 0]], "rows"))
    assert normalised_information([[1, 1], [1, 1]], "smaller") == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: entropy([0.5, -0.5]), "negative or not finite"),
        (lambda: entropy([math.nan, 1]), "negative or not finite"),
        (lambda: entropy([]), "none empty"),
        (lambda: mutual_information([1, 2]), "at least 2 axes"),
        (lambda: mutual_information([[0.5, 0.5]], "permutation"), "whole numbers"),
        (lambda: mutual_information([[1, 2]], "jackknife"), "unknown correction 'jackknife'"),
        (lambda: entropy([1, 2], "permutation"), "unknown correction"),
        (lambda: joint_counts([0, 1], [0]), "one value of each"),
        (lambda: joint_counts([0.0, math.nan], [0, 1]), "NaN"),
        (lambda: normalised_information([[1]], "both"), "unknown entropy 'both'"),
    ],
)
def test_what_is_no_table_of_counts_is_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_no_plays_leave_everything_undefined():
    empty = np.zeros((2, 2))
    values = [f(empty) for f in (mutual_information, conditional_entropy, information_by_chance)]
    assert np.isnan([*values, conditional_information(empty[None])]).all()
