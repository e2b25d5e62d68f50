import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom

from socialsim.core.errors import ParameterError
from socialsim.metrics.labour import division_of_labour
from socialsim.metrics.nulls import (
    against_null,
    ar1_surrogates,
    circular_shifts,
    corrected,
    cycle_starts,
    over_runs,
    permuted_bouts,
    turned_together,
)

RECORDS = st.integers(0, 2**32).map(
    lambda seed: [np.random.default_rng([seed, i]).integers(3, size=5 + seed % 20) for i in range(1 + seed % 4)]
)


def sticky(stream, num_agents=10, num_steps=200, switch_rate=0.1):
    changes = stream.random((num_agents, num_steps - 1)) < switch_rate
    return np.cumsum(np.hstack([stream.integers(2, size=(num_agents, 1)), changes]), axis=1) % 2


def by_task(record):
    return division_of_labour([np.bincount(acts, minlength=2) for acts in record]).by_task


def shuffled_acts(record, stream):
    return np.split(stream.permutation(np.concatenate(record)), len(record))


def cyclic_changes(acts):
    return int((acts != np.roll(acts, 1)).sum())


@given(RECORDS, st.integers(0, 100))
def test_a_shift_keeps_each_sequence_but_for_where_it_begins(record, seed):
    for before, after in zip(record, circular_shifts(record, np.random.default_rng(seed)), strict=True):
        assert any(np.array_equal(np.roll(before, k), after) for k in range(len(before)))


@given(RECORDS, st.integers(0, 100))
def test_turned_together_sequences_of_one_length_move_by_one_number(record, seed):
    together = np.stack(record)
    turned = np.stack(turned_together(record, np.random.default_rng(seed)))
    assert any(np.array_equal(np.roll(together, k, axis=1), turned) for k in range(together.shape[1]))


@given(RECORDS, st.integers(0, 100))
def test_permuted_bouts_keep_lengths_acts_and_how_often_acts_change(record, seed):
    dealt = permuted_bouts(record, np.random.default_rng(seed))
    assert [len(acts) for acts in dealt] == [len(acts) for acts in record]
    circle, was = np.concatenate(dealt), np.concatenate(record)
    assert np.bincount(circle, minlength=3).tolist() == np.bincount(was, minlength=3).tolist()
    # in the circle of all acts nothing changes; where agents meet in it a change may come or go
    assert abs(cyclic_changes(circle) - cyclic_changes(was)) <= len(record)


@given(RECORDS)
def test_a_cycle_begins_with_a_bout_of_the_act_that_begins_most_often(record):
    circle = np.concatenate(record)
    starts = cycle_starts(circle)
    if len(starts) > 1:
        assert len(set(circle[starts].tolist())) == 1
        assert (circle[starts] != circle[starts - 1]).all()


def test_a_cycle_of_one_agent_is_dealt_whole():
    record = [np.array([0, 0, 1, 0, 1, 1, 1]), np.array([0, 1])]
    for seed in range(20):
        circle = np.tile(np.concatenate(permuted_bouts(record, np.random.default_rng(seed))), 2)
        text = "".join(map(str, circle))
        assert "001" in text
        assert "0111" in text


@given(arrays(float, 50, elements=st.floats(-1e3, 1e3, width=32)), st.integers(0, 100))
def test_surrogates_are_finite_and_of_the_same_length_whatever_the_series(series, seed):
    [surrogate] = ar1_surrogates([series], np.random.default_rng(seed))
    assert surrogate.shape == series.shape
    assert np.isfinite(surrogate).all()


def test_surrogates_have_the_moments_of_the_series():
    series = 3 + np.cumsum(np.random.default_rng(1).normal(size=200)) / 10
    surrogates = np.array(ar1_surrogates([series] * 4000, np.random.default_rng(2)))
    memory = np.corrcoef(series[1:], series[:-1])[0, 1]
    later, earlier = surrogates[:, 1:] - series.mean(), surrogates[:, :-1] - series.mean()
    assert abs((later * earlier).mean() / (earlier**2).mean() - memory) < 0.02
    assert np.allclose(surrogates.std(axis=0).mean(), series.std(), rtol=0.03)
    assert np.allclose(surrogates.mean(), series.mean(), atol=0.05)


def test_a_constant_series_is_its_own_surrogate():
    assert ar1_surrogates([np.full(5, 2.0)], np.random.default_rng(1))[0].tolist() == [2.0] * 5


def test_agents_that_are_alike_but_persist_are_divided_by_chance_and_shuffling_does_not_see_it():
    """Ten agents, two tasks, switch rate .1, 200 steps: .029; shuffled acts give .003 and reject nearly always."""
    records = [sticky(np.random.default_rng(seed)) for seed in range(200)]
    assert abs(np.mean([by_task(record) for record in records]) - 0.029) < 0.003
    bouts = [corrected(by_task, record, permuted_bouts, num_draws=19) for record in records]
    acts = [corrected(by_task, record, shuffled_acts, num_draws=19) for record in records[:60]]
    assert abs(np.mean([null.null_mean for null in bouts]) - 0.029) < 0.003
    assert abs(np.mean([null.null_mean for null in acts]) - 0.003) < 0.001
    assert binom.sf(sum(null.p_value <= 0.05 for null in bouts) - 1, len(bouts), 0.07) > 0.01
    assert np.mean([null.p_value <= 0.05 for null in acts]) > 0.97


def test_specialists_who_change_now_and_then_are_found():
    stream = np.random.default_rng(1)
    acts = np.where(stream.random((6, 300)) < 0.8, np.arange(6)[:, None] % 2, 1 - np.arange(6)[:, None] % 2)
    null = corrected(by_task, acts, permuted_bouts)
    assert null.p_value == 0.005
    assert abs(null.value - by_task(acts)) < 0.02


def test_the_p_value_counts_draws_that_are_as_large_and_the_record_itself():
    draws = iter([1.0, 5.0, 3.0, 2.0, 3.0])

    def statistic(record):
        return 3.0 if record is observed else next(draws)

    observed = [np.arange(3)]
    null = corrected(statistic, observed, lambda record, stream: [np.arange(3)], num_draws=5)
    assert null.p_value == (1 + 3) / 6
    assert null.null_mean == 2.8
    assert null.value == pytest.approx(0.2)


def test_the_same_seed_gives_the_same_numbers_and_another_other_ones():
    record = sticky(np.random.default_rng(3))
    first = corrected(by_task, record, permuted_bouts, seed=1)
    assert corrected(by_task, record, permuted_bouts, seed=1) == first
    assert corrected(by_task, record, permuted_bouts, seed=2) != first


def test_over_several_runs_the_mean_is_tested_and_runs_without_a_value_do_not_count():
    records = [sticky(np.random.default_rng(seed)) for seed in range(4)]

    def statistic(record):
        return math.nan if len(record) == 1 else by_task(record)

    estimate = against_null([*records, records[0][:1]], statistic, permuted_bouts, "one agent")
    singles = [corrected(by_task, record, permuted_bouts) for record in records]
    assert estimate.num_runs == 4
    assert estimate.value + estimate.null_mean == pytest.approx(np.mean([by_task(record) for record in records]))
    assert abs(estimate.null_mean - np.mean([null.null_mean for null in singles])) < 0.004
    assert estimate.method == "Student, 95%"


def test_what_no_run_defines_is_undefined_with_its_reason():
    record = [np.zeros(30, int)]
    assert against_null([record], lambda _: math.nan, permuted_bouts, "one agent").reason == "one agent"
    assert over_runs([record], lambda _: math.nan, "one agent").reason == "one agent"
    assert over_runs([], lambda _: 1.0, "too short").reason == "too short"


def test_draws_that_are_undefined_speak_for_the_null():
    draws = itertools.cycle([1.0, math.nan, 1.0, math.nan])
    record = [np.zeros(30, int)]

    def statistic(given):
        return 2.0 if given is record else next(draws)

    def anew(given, stream):
        return [given[0].copy()]

    assert corrected(statistic, record, anew, num_draws=4) == (1.0, 1.0, 3 / 5)
    estimate = against_null([record], statistic, anew, "none", num_draws=4)
    assert (estimate.value, estimate.null_mean, estimate.p_value) == (1.0, 1.0, 3 / 5)
    never = against_null([record], lambda given: 2.0 if given is record else math.nan, anew, "no pairs", num_draws=4)
    assert never.reason == "no pairs, or its null leaves it so"


def test_one_run_has_the_interval_of_its_blocks_unless_the_order_of_time_matters():
    record = sticky(np.random.default_rng(5), num_agents=3)
    estimate = against_null([record], by_task, permuted_bouts, "none")
    assert estimate.method == "moving blocks, 95%"
    assert estimate.low < estimate.value < estimate.high
    ordered = against_null([record], by_task, permuted_bouts, "none", has_order=True)
    assert ordered.reason == "one run gives no interval"
    short = over_runs([record[:, :10]], lambda record: float(np.mean(record)), "none")
    assert short.reason.startswith("the run is too short to resample")


def test_no_draws_are_refused():
    with pytest.raises(ParameterError, match="num_draws: 0 is not accepted; accepted: >= 1"):
        corrected(by_task, sticky(np.random.default_rng(1)), permuted_bouts, num_draws=0)
