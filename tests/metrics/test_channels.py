"""Capacities with closed forms, bounds by brute force, and the worth of codes."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.channels import (
    best_success,
    chain,
    channel_capacity,
    optimal_success,
    probabilities,
    success_rate,
)
from socialsim.metrics.information import entropy, mutual_information

ERRORS = [0.05, 0.25, 0.5, 0.9]


@pytest.mark.parametrize("e", ERRORS)
def test_textbook_channels_have_their_capacities(e):
    symmetric = channel_capacity([[1 - e, e], [e, 1 - e]])
    erasure = channel_capacity([[1 - e, e, 0], [0, e, 1 - e]])
    z = channel_capacity([[1, 0], [e, 1 - e]])
    assert symmetric.bits == pytest.approx(1 - float(entropy([e, 1 - e])), abs=1e-6)
    assert erasure.bits == pytest.approx(1 - e, abs=1e-6)
    assert z.bits == pytest.approx(math.log2(1 + (1 - e) * e ** (e / (1 - e))), abs=1e-6)


def test_a_noisy_typewriter_writes_half_of_its_letters():
    channel = (np.eye(26) + np.roll(np.eye(26), 1, axis=1)) / 2
    assert channel_capacity(channel).bits == pytest.approx(math.log2(13), abs=1e-6)


def test_a_channel_that_ignores_its_input_carries_nothing():
    assert channel_capacity([[0.3, 0.7], [0.3, 0.7], [0.3, 0.7]]).bits == 0.0
    assert channel_capacity([[0.3, 0.7]]).bits == 0.0


def test_an_input_that_does_not_help_is_not_used():
    capacity = channel_capacity([[1, 0], [0.5, 0.5], [0, 1]])
    assert capacity.bits == pytest.approx(1.0, abs=1e-6)
    assert capacity.inputs[1] < 1e-5


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_capacity_is_the_best_of_all_inputs(seed):
    channel = np.random.default_rng(seed).dirichlet([0.7] * 3, 2)
    shares = np.linspace(0, 1, 2001)
    inputs = np.stack([shares, 1 - shares], axis=1)
    best = mutual_information(inputs[:, :, None] * channel).max()
    capacity = channel_capacity(channel)
    assert capacity.bits - 1e-12 <= best + 1e-5
    assert best <= capacity.bits + capacity.gap + 1e-12


def test_iterations_that_run_out_leave_a_gap_that_is_told():
    channel = [[1, 0], [0.99, 0.01]]
    rough = channel_capacity(channel, max_iterations=2)
    exact = channel_capacity(channel, tolerance=1e-10)
    assert rough.gap > 1e-4
    assert rough.bits < exact.bits < rough.bits + rough.gap


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_a_chain_carries_no_more_than_its_weakest_part(seed):
    stream = np.random.default_rng(seed)
    first, second = stream.dirichlet(np.ones(3), 4), stream.dirichlet(np.ones(2), 3)
    whole, *parts = (channel_capacity(c) for c in (chain(first, second), first, second))
    assert whole.bits <= min(part.bits + part.gap for part in parts) + 1e-9


def test_success_by_hand():
    prior, sender = [0.5, 0.3, 0.2], np.array([[1, 0], [1, 0], [0, 1]])
    receiver = np.array([[0.9, 0.1, 0], [0, 0, 1]])
    assert success_rate(prior, sender, receiver) == pytest.approx(0.5 * 0.9 + 0.3 * 0.1 + 0.2)
    assert best_success(prior, sender) == pytest.approx(0.7)
    misheard = [[0.9, 0.1], [0.1, 0.9]]
    assert success_rate(prior, chain(sender, misheard), np.eye(2, 3)) == pytest.approx(0.5 * 0.9 + 0.3 * 0.1)
    payoffs = [[1, 0, 0], [0, 5, 0], [0, 0, 1]]
    assert best_success(prior, sender, payoffs) == pytest.approx(0.3 * 5 + 0.2)


@pytest.mark.parametrize(("num_states", "num_messages"), [(3, 2), (3, 3), (2, 3), (4, 1)])
def test_no_code_beats_the_optimum(num_states, num_messages):
    prior = np.random.default_rng(3).dirichlet(np.ones(num_states))
    codes = itertools.product(range(num_messages), repeat=num_states)
    best = max(best_success(prior, np.eye(num_messages)[list(code)]) for code in codes)
    assert optimal_success(prior, num_messages) == pytest.approx(best)


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_no_receiver_beats_the_best_reply(seed):
    stream = np.random.default_rng(seed)
    prior, code, receiver = stream.dirichlet(np.ones(3)), *(stream.dirichlet(np.ones(3), 3) for _ in range(2))
    payoffs = stream.normal(size=(3, 3))
    assert success_rate(prior, code, receiver, payoffs) <= best_success(prior, code, payoffs) + 1e-12


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[0.5, 0.4]], "row 0 sum to 0.9"),
        ([[0.5, 0.5], [1.0, 0.1]], "row 1 sum to 1.1"),
        ([[1.5, -0.5]], "negative"),
        ([[math.nan, 1]], "not finite"),
        ([], "shape"),
        ([0.5, 0.5], "shape"),
    ],
)
def test_what_is_no_channel_is_refused(values, message):
    with pytest.raises(ParameterError, match=message):
        channel_capacity(values)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: channel_capacity(np.eye(2), tolerance=0), "tolerance"),
        (lambda: channel_capacity(np.eye(2), max_iterations=0), "max_iterations"),
        (lambda: chain(), "no channels"),
        (lambda: chain(np.eye(2), np.eye(3)), "channel 1 has 3 inputs; accepted: 2"),
        (lambda: success_rate([1.0], np.eye(2), np.eye(2)), "1 states"),
        (lambda: success_rate([0.5, 0.4], np.eye(2), np.eye(2)), "sum to 0.9"),
        (lambda: best_success([0.5, 0.5], np.eye(2), [[1, 2, 3]]), "payoffs"),
        (lambda: optimal_success([1.0], 0), "num_messages"),
        (lambda: probabilities("prior", [], 1), "prior: shape"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
