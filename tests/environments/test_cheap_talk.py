import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.environments.cheap_talk import (
    CheapTalk,
    equilibria,
    loss_of_cells,
    loss_of_receiver,
    most_cells,
    partition,
    points,
    scenario,
)

biases = st.floats(0.004, 1.0)


def learnt(bias, replications=10, **changes):
    game = scenario().replace({"environment.bias": bias} | changes)
    return run(game, replications=replications, seed=1, record_every=None)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_payoffs_by_hand():
    sender, receiver = CheapTalk(bias=0.25, num_states=2).payoff_tables()  # states .25, .75; acts .25, .5, .75
    assert receiver.tolist() == [[1.0, 0.9375, 0.75], [0.75, 0.9375, 1.0]]
    assert sender[0].tolist() == [1 - (0.25 / 1.25) ** 2, 1.0, 1 - (0.25 / 1.25) ** 2]
    assert sender[1, 2] == 1 - (0.25 / 1.25) ** 2


def test_equilibria_of_two_points_by_hand():
    # telling the points apart is stable while the low one does not envy the act .75: b <= .75 - .5 = 1/4
    assert equilibria(0.24, 2) == [(2,), (1, 1)]
    assert equilibria(0.26, 2) == [(2,)]


# --- Theorems --------------------------------------------------------------------------------------------------


@given(biases)
def test_the_sender_is_indifferent_at_the_end_of_each_cell(bias):
    ends = partition(bias, most_cells(bias))
    means = (ends[1:] + ends[:-1]) / 2
    for end, below, above in zip(ends[1:-1], means[:-1], means[1:], strict=True):
        assert (below - end - bias) ** 2 == pytest.approx((above - end - bias) ** 2, abs=1e-9)


@given(biases)
def test_cells_widen_by_four_times_the_bias_and_one_more_has_no_room(bias):
    most = most_cells(bias)
    widths = np.diff(partition(bias, most))
    assert (widths >= -1e-9).all()
    assert np.diff(widths) == pytest.approx(np.full(most - 1, 4 * bias))
    assert 1 / (most + 1) - 2 * bias * most <= 1e-9


@given(biases)
def test_the_loss_is_that_of_the_cells_and_falls_with_their_number(bias):
    losses = []
    for num_cells in range(1, most_cells(bias) + 1):
        losses.append(loss_of_receiver(bias, num_cells))
        assert losses[-1] == pytest.approx((np.diff(partition(bias, num_cells)) ** 3).sum() / 12)
    assert losses == sorted(losses, reverse=True)


@given(st.floats(0.0, 1.0), st.integers(1, 7))
def test_babbling_is_always_an_equilibrium_and_so_is_none_coarser_lost(bias, num_states):
    found = equilibria(bias, num_states)
    assert found[0] == (num_states,)
    assert all(sum(sizes) == num_states for sizes in found)


def test_without_a_bias_every_point_can_be_told():
    assert equilibria(0.0, 5)[-1] == (1, 1, 1, 1, 1)
    assert most_cells(0.0) == math.inf


@given(st.floats(0.0, 0.5), st.integers(2, 8))
def test_cells_of_points_widen_by_four_times_the_bias_to_within_a_point(bias, num_states):
    """Two roads: by trying the sender at every point, and by 4 b - 2/n <= w_{i+1} - w_i <= 4 b + 2/n."""
    found, slack = set(equilibria(bias, num_states)), 2 / num_states
    for cuts in range(1 << (num_states - 1)):
        ends = [0, *(k + 1 for k in range(num_states - 1) if cuts >> k & 1), num_states]
        widths = np.diff(ends) / num_states
        growth = np.diff(widths)
        gap = slack - abs(growth - 4 * bias).max() if len(growth) else slack
        if abs(gap) > 1e-6:  # ties are settled by rounding
            assert (tuple(np.diff(ends).tolist()) in found) == (gap > 0)


def test_the_loss_of_babbling_is_the_variance_of_the_state():
    assert loss_of_cells((12,)) == pytest.approx((1 - 1 / 12**2) / 12)


# --- Limits ----------------------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_learners_say_less_where_interests_differ_more():
    bits = [learnt(bias).metrics["information"].value for bias in (0.02, 0.25, 0.4)]
    assert bits == sorted(bits, reverse=True)
    assert bits[0] > 1.5
    assert bits[2] < 1.0


@pytest.mark.compiled
def test_learners_who_hear_nothing_do_as_if_nothing_were_said():
    loss = learnt(0.05, **{"environment.noise": 1.0}).metrics["receiver_loss"].value
    assert loss >= loss_of_cells((6,)) - 1e-3


# --- Bad input -------------------------------------------------------------------------------------------------


def test_too_many_cells_or_points_are_refused():
    with pytest.raises(ParameterError, match=r"^partition: 4 cells with bias 0.05; accepted: 1 to 3$"):
        partition(0.05, 4)
    with pytest.raises(ParameterError, match=r"^equilibria: 13 states; accepted: 1 to 12"):
        equilibria(0.1, 13)
    with pytest.raises(ParameterError, match=r"^most_cells: the bias is -0.1; accepted: a number >= 0$"):
        most_cells(-0.1)
    with pytest.raises(ParameterError, match=r"^bias: 1.5 is not accepted; accepted: a float, >= 0, <= 1$"):
        CheapTalk(bias=1.5)


def test_states_and_acts_lie_within_the_range():
    states, acts = points(6)
    assert set(np.round(states, 12)) <= set(np.round(acts, 12))
    assert acts[0] > 0
    assert acts[-1] < 1


def test_without_a_play_there_are_no_cells():
    result = run(scenario().replace({"horizon.steps": 0}), replications=2, seed=1)
    assert result.runs.num_cells.isna().all()
    assert {result.metrics[name].reason for name in ("receiver_loss", "cells", "information")} == {"nothing was played"}
