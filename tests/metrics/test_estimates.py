import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, t, ttest_ind

from socialsim.core.errors import ParameterError
from socialsim.metrics.estimates import (
    bootstrap,
    difference_of_means,
    difference_of_proportions,
    mean,
    median,
    proportion,
    quantile,
    ratio,
)

confidences = st.sampled_from([0.8, 0.9, 0.95, 0.99])
values = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=60)


@given(st.integers(1, 3000), st.data(), confidences)
def test_wilson_equals_scipys(n, data, confidence):
    successes = data.draw(st.integers(0, n))
    ours = proportion(np.arange(n) < successes, confidence)
    theirs = binomtest(successes, n).proportion_ci(confidence, method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_wilson_covers_as_often_as_it_says_on_average():
    n, shares = 50, np.linspace(0.05, 0.95, 181)
    intervals = [proportion(np.arange(n) < k) for k in range(n + 1)]
    inside = np.array([(e.low <= shares) & (shares <= e.high) for e in intervals])
    coverage = (binom.pmf(np.arange(n + 1)[:, None], n, shares) * inside).sum(axis=0)
    assert coverage.mean() == pytest.approx(0.95, abs=0.01)
    assert coverage.min() > 0.89


@given(st.lists(st.booleans(), min_size=1), confidences)
def test_a_share_and_its_complement_mirror_each_other(outcomes, confidence):
    share, complement = proportion(outcomes, confidence), proportion(np.logical_not(outcomes), confidence)
    assert (share.value, share.low, share.high) == pytest.approx(
        (1 - complement.value, 1 - complement.high, 1 - complement.low), abs=1e-12
    )
    assert 0 <= share.low <= share.value <= share.high <= 1
    assert share.standard_error > 0


@pytest.mark.parametrize(
    ("first", "second", "interval"),
    [  # Newcombe 1998, table II, method 10: a to h
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((6, 7), (2, 7), (0.0582, 0.8062)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((0, 10), (0, 20), (-0.1611, 0.2775)),
        ((0, 10), (0, 10), (-0.2775, 0.2775)),
        ((10, 10), (0, 20), (0.6791, 1.0000)),
        ((10, 10), (0, 10), (0.6075, 1.0000)),
    ],
)
def test_a_difference_of_shares_has_the_interval_of_newcombes_table(first, second, interval):
    shares = [proportion(np.arange(n) < k) for k, n in (first, second)]
    difference = difference_of_proportions(*shares)
    assert difference.value == pytest.approx(first[0] / first[1] - second[0] / second[1], abs=1e-12)
    assert (difference.low, difference.high) == pytest.approx(interval, abs=5.1e-5)


@given(*[st.lists(st.booleans(), min_size=1, max_size=60)] * 2)
def test_a_difference_of_shares_changes_sign_with_their_order_and_stays_between_minus_one_and_one(xs, ys):
    forth, back = (difference_of_proportions(*map(proportion, pair)) for pair in ((xs, ys), (ys, xs)))
    assert (forth.value, forth.low, forth.high) == pytest.approx((-back.value, -back.high, -back.low), abs=1e-12)
    assert -1 - 1e-12 <= forth.low <= forth.value <= forth.high <= 1 + 1e-12
    assert forth.num_runs == min(len(xs), len(ys))
    errors = [proportion(outcomes).standard_error for outcomes in (xs, ys)]
    assert forth.standard_error == pytest.approx(math.hypot(*errors))


def test_a_difference_from_an_undefined_share_is_undefined_for_its_reason():
    difference = difference_of_proportions(proportion([True]), proportion([]))
    assert math.isnan(difference.value)
    assert difference.reason == "no runs"


@given(values, confidences)
def test_the_mean_has_students_interval(xs, confidence):
    ours, error = mean(xs, confidence), np.std(xs, ddof=1) / math.sqrt(len(xs))
    low, high = t.interval(confidence, len(xs) - 1) if error else (0.0, 0.0)
    assert (ours.low, ours.high) == pytest.approx((np.mean(xs) + low * error, np.mean(xs) + high * error))
    assert ours.standard_error == pytest.approx(error)


@given(values, st.floats(-5, 5), st.floats(0.1, 5))
def test_mean_and_median_follow_a_change_of_unit(xs, shift, scale):
    moved = shift + scale * np.array(xs)
    for estimate in (mean, median):
        before, after = estimate(xs), estimate(moved)
        assert after.value == pytest.approx(shift + scale * before.value, abs=1e-9)
        assert after.low == pytest.approx(shift + scale * before.low, abs=1e-9, nan_ok=True)


def test_the_order_statistics_of_the_median_are_those_of_the_printed_tables():
    # Sign test at 95%: with n = 10 from the 2nd to the 9th value, with n = 6 from end to end, with n = 5 none.
    ten, six, five = median(range(1, 11)), median(range(1, 7)), median(range(1, 6))
    assert (ten.low, ten.high) == (2, 9)
    assert (six.low, six.high) == (1, 6)
    assert math.isnan(five.low)
    assert five.value == 3
    assert five.reason


@settings(max_examples=30)
@given(st.integers(10, 400), st.floats(0.1, 0.9), confidences)
def test_a_quantiles_interval_covers_at_least_as_often_as_it_says(n, q, confidence):
    estimate = quantile(np.arange(1, n + 1), q, confidence)  # the values are their own ranks
    if not estimate.reason:
        coverage = binom.cdf(estimate.high - 1, n, q) - binom.cdf(estimate.low - 1, n, q)
        assert confidence - 1e-9 <= coverage
        assert coverage < 1


def test_the_bootstrap_of_a_mean_is_students_for_many_runs_and_repeats_itself():
    xs = np.random.default_rng(1).exponential(size=400)
    ours, student = bootstrap(xs, np.mean, seed=3), mean(xs)
    assert ours == bootstrap(xs, np.mean, seed=3)
    assert ours != bootstrap(xs, np.mean, seed=4)
    assert (ours.low, ours.high) == pytest.approx((student.low, student.high), abs=0.02)
    assert ours.standard_error == pytest.approx(student.standard_error, rel=0.1)


def test_the_bootstrap_draws_whole_runs():
    pairs = np.random.default_rng(2).normal(size=50).repeat(2).reshape(50, 2)
    equal = bootstrap(pairs, lambda runs: float(np.ptp(runs, axis=1).max()))
    assert (equal.value, equal.low, equal.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("estimate", [proportion, mean, median, lambda xs: bootstrap(xs, np.mean)])
def test_no_runs_give_an_undefined_value_with_its_reason(estimate):
    assert math.isnan(estimate([]).value)
    assert estimate([]).reason == "no runs"


@pytest.mark.parametrize("estimate", [mean, median, lambda xs: bootstrap(xs, np.mean)])
def test_one_run_gives_a_value_without_an_interval(estimate):
    one = estimate([4.0])
    assert one.value == 4.0
    assert math.isnan(one.low)
    assert "one run" in one.reason or "1 run" in one.reason


@pytest.mark.parametrize(
    "call",
    [
        lambda: proportion([0, 2]),
        lambda: proportion([True], confidence=1.0),
        lambda: mean([1.0, math.nan]),
        lambda: mean([[1.0], [2.0]]),
        lambda: quantile([1.0, 2.0], 0.0),
        lambda: quantile([1.0, math.inf], 0.5),
        lambda: bootstrap([1.0, 2.0], np.mean, num_resamples=0),
    ],
)
def test_bad_input_is_refused_in_one_line(call):
    with pytest.raises(ParameterError) as error:
        call()
    assert "\n" not in str(error.value)


def test_a_ratio_of_equal_denominators_is_the_mean_of_the_shares():
    shares = np.array([0.1, 0.4, 0.3, 0.6])
    found, expected = ratio(10 * shares, np.full(4, 10.0)), mean(shares)
    assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))


def test_a_ratio_covers_as_often_as_it_says():
    stream = np.random.default_rng(1)
    inside = 0
    for _ in range(2000):
        studies = stream.poisson(20, 60) + 1
        found = ratio(stream.binomial(studies, 0.3), studies)
        inside += found.low <= 0.3 <= found.high
    assert inside / 2000 == pytest.approx(0.95, abs=0.015)


def test_ratios_that_are_not_defined_say_why():
    assert ratio([], []).reason == "no runs"
    assert ratio([1.0], [2.0]).value == 0.5
    assert ratio([1.0], [2.0]).reason == "one run gives no interval"
    with pytest.raises(ParameterError, match="as many numerators as denominators; got 2 and 1"):
        ratio([1, 2], [3])


def test_welchs_interval_equals_scipys():
    first, second = [3.0, 4.5, 5.0, 4.1], [1.0, 2.0, 9.0, 3.3, 2.2, 0.1]
    found = difference_of_means(mean(first), mean(second))
    theirs = ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))
    assert found.num_runs == 4


def test_differences_of_means_that_are_not_defined_say_why():
    assert difference_of_means(mean([]), mean([1.0, 2.0])).reason == "no runs"
    assert difference_of_means(mean([1.0]), mean([1.0, 2.0])).reason == "one run gives no interval"
    assert difference_of_means(mean([1.0, 1.0]), mean([2.0, 2.0])).low == -1.0
