import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from socialsim.core.errors import ParameterError
from socialsim.metrics.nulls import ar1_surrogates, corrected
from socialsim.metrics.records import act_table, constructed
from socialsim.metrics.warning import rising_autocorrelation, rising_variance, trend, warning_signals


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30, unique=True))
def test_the_trend_is_kendalls_tau_with_time(values):
    assert trend(values) == pytest.approx(kendalltau(np.arange(len(values)), values).statistic)


def test_one_value_has_no_trend():
    assert math.isnan(trend([1.0]))


@given(st.integers(0, 2**16))
def test_signals_have_no_unit_and_turn_round_with_time(seed):
    series = np.random.default_rng(seed).normal(size=101)
    variance, memory = warning_signals(series)
    assert warning_signals(7 * series - 2) == pytest.approx((variance, memory))
    assert warning_signals(series[::-1]) == pytest.approx((-variance, -memory), abs=0.1)


def slowing(stream, num_steps=800):
    """Return an AR(1) series whose memory grows from 0 to .95."""
    x = np.zeros(num_steps)
    for t in range(1, num_steps):
        x[t] = 0.95 * t / num_steps * x[t - 1] + stream.normal()
    return x


def test_a_system_that_slows_down_gives_warning_and_one_that_does_not_gives_false_alarms_at_the_rate_of_the_test():
    def memory(record):
        return warning_signals(record[0])[1]

    alarms, false_alarms = [], []
    for seed in range(60):
        stream = np.random.default_rng(seed)
        alarms.append(corrected(memory, [slowing(stream)], ar1_surrogates, 19).p_value <= 0.05)
        steady = ar1_surrogates([slowing(stream)], stream)
        false_alarms.append(corrected(memory, steady, ar1_surrogates, 19).p_value <= 0.05)
    assert np.mean(alarms) > 0.6
    assert sum(false_alarms) <= 8  # of 60: P(more | 5%) = .004


def test_several_runs_give_an_interval_and_one_does_not():
    runs = np.stack([slowing(np.random.default_rng(seed), 200) for seed in range(3)])[:, :, None]
    several = constructed(act=act_table(np.zeros(runs.shape, int), rewards=runs))
    one = constructed(act=act_table(np.zeros(runs[0].shape, int), rewards=runs[0]))
    assert rising_autocorrelation(several).num_runs == 3
    assert rising_autocorrelation(one).reason == "one run gives no interval"
    assert rising_autocorrelation(one).p_value is not None


def test_a_record_too_short_or_without_any_change_is_undefined():
    short = constructed(act=act_table([[0]] * 20, rewards=np.arange(20.0)[:, None]))
    flat = constructed(act=act_table([[0]] * 60, rewards=1.0))
    for metric in (rising_variance, rising_autocorrelation):
        assert metric(short).reason == "no run has 40 steps"
        assert metric(flat).reason == "the mean reward is the same at every step"


def test_a_series_too_short_is_refused():
    with pytest.raises(ParameterError, match="accepted: 40 numbers or more"):
        warning_signals([1.0, 2.0])
