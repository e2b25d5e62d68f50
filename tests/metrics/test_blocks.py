import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.blocks import block_length, error_of_one_run, moving_blocks


@given(st.integers(1, 60), st.data())
def test_blocks_are_neighbours_and_fill_the_record(num_steps, data):
    length = data.draw(st.integers(1, num_steps))
    steps = moving_blocks(num_steps, length, np.random.default_rng(data.draw(st.integers(0, 99))))
    assert steps.shape == (num_steps,)
    assert ((steps >= 0) & (steps < num_steps)).all()
    inside = np.arange(1, num_steps) % length != 0
    assert (np.diff(steps)[inside] == 1).all()


def test_blocks_are_longer_where_acts_last_longer_and_at_most_a_quarter_of_the_record():
    assert block_length([np.arange(1000)]) == 10
    assert block_length([np.repeat(np.arange(50), 20)]) == 60
    assert block_length([np.zeros(100)]) == 25
    assert block_length([np.zeros((1, 2))]) == 1


def test_the_error_of_a_mean_of_sticky_acts_is_that_of_the_markov_chain():
    stream = np.random.default_rng(1)
    acts = np.cumsum(np.r_[0, stream.random(9999) < 0.1]) % 2
    exact = math.sqrt(0.25 * (1 + 0.8) / (1 - 0.8) / 10_000)  # p (1 - p) (1 + rho) / (1 - rho) / T
    assert 0.7 * exact < error_of_one_run([acts], lambda record: record[0].mean(), seed=1) < 1.2 * exact


def test_agents_that_act_at_different_steps_are_resampled_each_by_itself():
    record = [np.arange(40) % 2, np.arange(25) % 2]
    assert error_of_one_run(record, lambda record: float(len(record[1])), seed=0) == 0.0


def test_what_is_too_short_or_undefined_has_no_error():
    assert math.isnan(error_of_one_run([np.zeros(19)], np.mean, seed=0))
    assert math.isnan(error_of_one_run([np.zeros(30)], lambda _: math.nan, seed=0))


def test_a_block_that_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match="length: 6 is not accepted; accepted: 1 to 5"):
        moving_blocks(5, 6, np.random.default_rng(1))
