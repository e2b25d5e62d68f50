import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.blocks import autocorrelation_time, block_length, error_of_one_run, moving_blocks


@given(st.integers(1, 60), st.data())
def test_blocks_are_neighbours_and_fill_the_record(num_steps, data):
    length = data.draw(st.integers(1, num_steps))
    steps = moving_blocks(num_steps, length, np.random.default_rng(data.draw(st.integers(0, 99))))
    assert steps.shape == (num_steps,)
    assert ((steps >= 0) & (steps < num_steps)).all()
    inside = np.arange(1, num_steps) % length != 0
    assert (np.diff(steps)[inside] == 1).all()


def sticky(stream, num_steps, num_agents, switch_rate=0.1):
    changes = stream.random((num_steps - 1, num_agents)) < switch_rate
    return np.cumsum(np.vstack([stream.integers(2, size=(1, num_agents)), changes]), axis=0) % 2


def test_blocks_are_longer_where_acts_last_longer_whatever_others_do():
    stream = np.random.default_rng(1)
    slow, quick = sticky(stream, 20_000, 1, 0.05), stream.integers(2, size=(20_000, 9))
    assert autocorrelation_time(slow)[0] == pytest.approx(19, rel=0.2)  # (1 + .9) / (1 - .9)
    assert autocorrelation_time(quick).max() < 1.5
    assert block_length([np.c_[slow, quick]]) == block_length([slow]) > 60
    assert block_length([quick[:1000]]) == 10
    assert block_length([np.zeros(100)]) == 5
    assert autocorrelation_time(np.zeros((1, 2))).tolist() == [1, 1]


def test_the_error_of_a_mean_over_many_sticky_agents_is_that_of_their_chains():
    exact = math.sqrt(0.25 * (1 + 0.8) / (1 - 0.8) / (1000 * 20))
    records = [sticky(np.random.default_rng([seed, 3]), 1000, 20) for seed in range(20)]
    errors = [error_of_one_run([acts], lambda record: record[0].mean(), seed=0) for acts in records]
    assert 0.83 * exact < np.mean(errors) < 1.1 * exact  # with blocks of bouts of any agent: .75


def test_a_run_in_which_things_last_too_long_has_no_error():
    assert math.isnan(error_of_one_run([np.arange(200)], lambda record: record[0].mean(), seed=0))


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
