"""The period of a series."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.metrics.cycles import cycle_length


@given(st.floats(5, 60), st.floats(0, 6.3), st.floats(-10, 10))
def test_a_sine_has_its_period_whatever_its_phase_and_level(period, phase, level):
    series = level + np.sin(2 * np.pi * np.arange(600) / period + phase)
    assert cycle_length(series) == pytest.approx(period, rel=0.02)


def test_noise_around_a_sine_moves_its_period_little():
    noise = np.random.Generator(np.random.SFC64(1)).normal(size=2000)
    assert cycle_length(np.sin(2 * np.pi * np.arange(2000) / 31) + noise) == pytest.approx(31, rel=0.02)


@pytest.mark.parametrize(
    "series",
    [
        np.ones(100),
        np.arange(63.0),
        np.full(100, np.nan),
        np.arange(100.0),
        np.repeat([0.0, 1.0], 50),
        np.append(np.ones(99), np.inf),
    ],
)
def test_what_has_no_period_has_none(series):
    assert math.isnan(cycle_length(series))


def test_the_quickest_swings_have_a_period_of_two():
    assert cycle_length(np.tile([0.0, 1.0], 50)) == 2.0


@given(st.integers(0, 99))
def test_a_single_beat_has_some_period_without_a_warning(when):
    series = np.zeros(100)
    series[when] = 1.0
    assert not cycle_length(series) < 2
