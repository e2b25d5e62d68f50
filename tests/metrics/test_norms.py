import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.norms import (
    action_entropy,
    compliance,
    convergence_step,
    convergence_time_90,
    follows_others,
    median_with_censoring,
    modal_share,
    modal_shares,
    normalised_entropies,
)
from socialsim.metrics.records import act_table, constructed

PLAY = st.integers(0, 2**16).map(lambda seed: np.random.default_rng(seed).integers(-1, 3, size=(6, 1 + seed % 5)))


@given(PLAY)
def test_modal_share_and_entropy_are_those_of_counting(play):
    for row, share, entropy in zip(play, modal_shares(play), normalised_entropies(play, 3), strict=True):
        counts = np.bincount(row[row >= 0], minlength=3)
        if counts.sum() == 0:
            assert math.isnan(share)
            assert math.isnan(entropy)
        else:
            p = counts[counts > 0] / counts.sum()
            assert share == counts.max() / counts.sum()
            assert entropy == pytest.approx(-(p * np.log(p)).sum() / math.log(3))


def test_one_action_has_no_entropy_to_speak_of():
    assert np.isnan(normalised_entropies([[0, 0]], 1)).all()
    assert action_entropy(constructed(act=act_table([[0, 0]] * 30))).reason == "only one action occurs"


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0.01, 1), st.integers(1, 5))
def test_convergence_is_the_first_step_after_which_nothing_falls_below(shares, level, held):
    step = convergence_step(shares, level, held)
    good = [k for k in range(len(shares)) if min(shares[k:]) >= level - 1e-12 and len(shares) - k >= held]
    assert step == (good[0] if good else -1)


def test_two_agents_who_happen_to_agree_at_the_end_have_not_converged():
    actions = np.random.default_rng(1).integers(2, size=(3, 100, 2))
    actions[:, -2:] = 0
    found = convergence_time_90(constructed(act=act_table(actions)))
    assert found.reason == "3 of 3 runs had not converged when they ended"


def test_the_median_counts_runs_that_have_not_converged_as_late():
    assert median_with_censoring([5, 1, 9, -1, -1], [10] * 5).value == 9.0
    assert math.isnan(median_with_censoring([5, 1, -1, -1], [10] * 4).value)
    found = median_with_censoring([*range(8), -1, -1], [100] * 10)
    assert found.value == 4.5
    assert found.high == math.inf
    assert found.low >= 0
    assert median_with_censoring([], []).reason == "no runs"


def test_an_agent_that_acts_seldom_keeps_its_last_act():
    acts = {"run": 0, "step": [0, 1, 2, 3], "agent": [0, 1, 2, 0], "observation": -1, "action": [1, 1, 0, 0]}
    assert modal_share(constructed(act=acts | {"reward": 0.0})).value == pytest.approx(2 / 3)


@given(st.integers(0, 2**16))
def test_a_norm_is_what_most_others_do_there(seed):
    stream = np.random.default_rng(seed)
    s, a, i = stream.integers(2, size=20), stream.integers(3, size=20), stream.integers(4, size=20)
    for k, follows in enumerate(follows_others(s, a, i)):
        others = np.bincount(a[(s == s[k]) & (i != i[k])], minlength=3)
        done = np.unique(a[s == s[k]])
        if others.sum() == 0 or (others == others.max()).sum() > 1 or len(done) == 1:
            assert math.isnan(follows)
        else:
            assert follows == float(others.argmax() == a[k])


def test_numbers_of_agents_situations_and_actions_are_names():
    first = follows_others([0, 0, 0], [1, 1, 0], [0, 1, 2])
    assert np.array_equal(first, follows_others([70, 70, 70], [-5, -5, 9], [3, 900, 4]), equal_nan=True)


def test_among_random_acts_nobody_follows_others_more_than_chance():
    actions = np.random.default_rng(1).integers(2, size=(20, 40, 7))
    estimate = compliance(constructed(act=act_table(actions, observations=0)))
    assert estimate.low <= 0.5 <= estimate.high


def test_where_all_do_the_same_no_norm_shows():
    result = constructed(act=act_table(np.zeros((30, 4), int), observations=0))
    assert compliance(result).reason.startswith("no norm applies")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: modal_shares([0, 1]), r"actions: shape \(2,\) is not accepted"),
        (lambda: modal_shares([[0.5]]), "accepted: indices"),
        (lambda: normalised_entropies([[0, 3]], 2), "num_actions: 2 is not accepted; accepted: >= 4"),
        (lambda: convergence_step([1.0], 0.0), "level: 0.0 is not accepted; accepted: above 0, 1 at most"),
        (lambda: median_with_censoring([1], [1, 2]), "ends: shape"),
        (lambda: follows_others([0], [1, 2], [0, 1]), "different shapes"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_runs_of_perfect_compliance_count_where_other_runs_show_another_act():
    actions = np.zeros((50, 10, 10), int)
    actions[:2, :, 0] = 1  # one violator each
    estimate = compliance(constructed(act=act_table(actions, observations=0)))
    assert estimate.num_runs == 50
    assert estimate.value == pytest.approx((48 + 2 * 0.9) / 50)
    assert estimate.high <= 1.0


def test_actions_that_never_occur_do_not_lower_the_entropy():
    assert action_entropy(constructed(act=act_table([[[0, 5]] * 20] * 2))).value == pytest.approx(1.0)


def test_the_interval_of_one_run_is_that_of_its_steps_and_not_of_its_rows():
    """All agents comply or violate together for a while: 40 agents say no more than few do."""
    stream = np.random.default_rng(1)
    widths = []
    for copies in (1, 10):
        is_bad = np.repeat(stream.random(30) < 0.3, 10)
        violators = (is_bad[:, None] & np.array([True, False, False, False])).astype(int)
        estimate = compliance(constructed(act=act_table(np.tile(violators, (1, copies)), observations=0)))
        widths.append(estimate.high - estimate.low)
    assert widths[1] > 0.6 * widths[0]  # of rows: a third
