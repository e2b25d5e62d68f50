import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from socialsim.core.errors import ParameterError
from socialsim.metrics.dynamics import (
    constant_end,
    cycle_length,
    cyclic_end,
    final_cycle,
    jensen_shannon,
    recovery,
    reward_drift,
    reward_drift_of,
    total_variation,
    transition_drift,
    transition_drift_of,
)
from socialsim.metrics.records import act_table, constructed

SEEDS = st.integers(0, 2**16)


@given(SEEDS)
def test_the_divergence_is_that_of_scipy_and_bounded_by_the_variation(seed):
    p, q = np.random.default_rng(seed).dirichlet([0.5, 0.5, 0.5], size=2)
    assert jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q) ** 2, abs=1e-9)
    assert jensen_shannon(p, q) <= total_variation(p, q) * math.log(2) + 1e-12


@given(SEEDS, st.sampled_from(["total variation", "Jensen-Shannon"]))
def test_drift_is_the_distance_of_the_halves_in_each_cell(seed, name):
    stream = np.random.default_rng(seed)
    cells, following = stream.integers(3, size=30), stream.integers(4, size=30)
    measure = {"total variation": total_variation, "Jensen-Shannon": jensen_shannon}[name]
    weights, distances = [], []
    for cell in range(3):
        halves = [following[w][cells[w] == cell] for w in (slice(15), slice(15, None))]
        if min(map(len, halves)):
            shares = [np.bincount(half, minlength=4) / len(half) for half in halves]
            weights.append(min(map(len, halves)))
            distances.append(float(measure(*shares)))
    expected = np.average(distances, weights=weights) if weights else math.nan
    assert transition_drift_of(cells, following, name) == pytest.approx(expected, nan_ok=True)


@given(SEEDS)
def test_the_drift_of_rewards_has_no_unit(seed):
    stream = np.random.default_rng(seed)
    cells, rewards = stream.integers(2, size=20), stream.normal(size=20)
    assert reward_drift_of(cells, rewards) == pytest.approx(reward_drift_of(cells, 5 * rewards - 3), nan_ok=True)


def test_nothing_in_common_or_all_alike_is_undefined():
    assert math.isnan(transition_drift_of([0, 0, 1, 1], [0, 0, 0, 0]))
    assert math.isnan(reward_drift_of([0, 0, 1, 1], [1.0, 2.0, 3.0, 4.0]))
    assert math.isnan(reward_drift_of([0, 0, 0, 0], [0.1] * 4))


def test_a_learning_world_drifts_and_a_fixed_one_with_a_learner_in_it_does_not():
    """What the agent does changes in both; what follows what it does only in the first."""
    stream = np.random.default_rng(1)
    doing = (stream.random((2000, 2)) < np.linspace(0.1, 0.9, 2000)[:, None]).astype(int)
    answer = doing[:-1] ^ (stream.random((1999, 2)) < [0.1, 0.1])
    learning = answer ^ (stream.random((1999, 2)) < np.linspace(0, 0.8, 1999)[:, None])
    start = np.zeros((1, 2), int)
    for following, drifts in ((answer, False), (learning, True)):
        seen = np.concatenate([start, following])
        result = constructed(act=act_table(doing, observations=seen, rewards=np.roll(seen, -1, axis=0)))
        for metric in (transition_drift, reward_drift):
            assert (metric(result).p_value <= 0.05) == drifts


def test_agents_that_see_nothing_have_rewards_that_drift_but_no_transitions():
    actions = np.random.default_rng(1).integers(2, size=(60, 2))
    result = constructed(act=act_table(actions, rewards=(np.arange(60) // 30)[:, None] + actions))
    assert "observe nothing" in transition_drift(result).reason
    assert reward_drift(result).value > 0
    short = constructed(act=act_table(actions[:10], observations=0, rewards=actions[:10]))
    assert reward_drift(short).reason.startswith("in no run have all agents 20 acts")


@given(SEEDS, st.integers(1, 6), st.integers(3, 5), st.integers(0, 4))
def test_a_cycle_that_was_planted_is_found(seed, period, repeats, lead):
    stream = np.random.default_rng(seed)
    motif = stream.permutation(period)  # no shorter period
    lead = min(lead, 3 * period)
    play = np.r_[np.full(lead, 99), np.tile(motif, repeats)]
    assert final_cycle(play) == (period, lead)


@given(SEEDS)
def test_a_cycle_repeats_from_its_start_to_the_end(seed):
    play = np.random.default_rng(seed).integers(2, size=(12, 2))
    length, start = final_cycle(play)
    if length:
        assert np.array_equal(play[start + length :], play[start:-length])
        assert len(play) - start >= 3 * length
    else:
        for p in range(1, 5):
            assert not np.array_equal(play[-2 * p :], play[-3 * p : -p])


def test_a_few_equal_steps_at_the_end_of_a_long_record_are_no_rest():
    play = np.r_[np.random.default_rng(1).integers(5, size=996), [1, 1, 1, 1]]
    assert final_cycle(play).length == 0
    assert final_cycle(np.r_[np.random.default_rng(1).integers(5, size=800), np.ones(200, int)]).length == 1


def test_runs_too_short_for_cycles_say_so_and_records_without_any_have_no_length():
    short = constructed(act=act_table([[0, 1]] * 5))
    coins = constructed(act=act_table(np.random.default_rng(1).integers(2, size=(200, 3))))
    for metric in (constant_end, cyclic_end, cycle_length):
        assert metric(short).reason == "a run has fewer than 20 steps"
    assert cycle_length(coins).reason == "in no run does play end in a cycle"
    assert constant_end(coins).value == 0.0


def test_recovery_by_hand_partial_and_none():
    assert recovery([8] * 4 + [4] * 2 + [6] * 2, 4, 2) == (0.5, 0.5, -1)
    assert recovery([8] * 4 + [8] * 4, 4, 2)[0] == 0.0
    assert math.isnan(recovery([8] * 4 + [8] * 4, 4, 2).regained)
    nothing = recovery([0] * 8, 4, 2)
    assert math.isnan(nothing.lost)
    assert nothing.steps == -1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: transition_drift_of([0, 1], [0, 1], "Hellinger"), "unknown distance 'Hellinger'"),
        (lambda: transition_drift_of([0], [0]), r"shapes \(1,\) and \(1,\) are not accepted"),
        (lambda: transition_drift_of([0, -1], [0, 0]), "accepted: whole numbers >= 0"),
        (lambda: reward_drift_of([0, 1], [1.0, math.nan]), r"values\[1\]: nan is not accepted"),
        (lambda: reward_drift_of([0, 1], [1.0, 1.0, 2.0]), r"rewards: shape \(3,\) is not accepted"),
        (lambda: recovery([1, 2, 3], 1, 2), "recovery: .* accepted: one window before and two after"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
