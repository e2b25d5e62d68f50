import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.labour import (
    behavioural_diversity,
    diversity_of_policies,
    division_by_task,
    division_of_labour,
    entropy,
    role_information,
    roles,
    switch_rate,
)
from socialsim.metrics.records import act_table, constructed

COUNTS = st.integers(0, 2**16).map(
    lambda seed: np.random.default_rng(seed).integers(9, size=np.random.default_rng(seed).integers(2, 6, size=2))
)


@given(COUNTS)
def test_the_indices_are_mutual_information_over_entropies(counts):
    if counts.sum() == 0:
        return
    p = counts / counts.sum()
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    pairs = [(i, j) for i, j in np.ndindex(*p.shape) if p[i, j] > 0]
    information = sum(p[i, j] * math.log(p[i, j] / (rows[i] * columns[j])) for i, j in pairs)
    found = division_of_labour(counts)
    for index, size in zip(found, (entropy(rows), entropy(columns)), strict=False):
        assert index == pytest.approx(information / size if size > 1e-12 else math.nan, abs=1e-9, nan_ok=True)
    if not math.isnan(found.joint):
        assert found.joint == pytest.approx(math.sqrt(found.by_individual * found.by_task), abs=1e-9)


@given(COUNTS)
def test_with_rows_normalised_how_much_an_agent_does_counts_nothing(counts):
    more = counts * np.arange(1, len(counts) + 1)[:, None]
    assert division_of_labour(more, row_normalised=True) == pytest.approx(
        division_of_labour(counts, row_normalised=True), abs=1e-9, nan_ok=True
    )


def test_by_hand_two_thirds_and_one_third():
    """Rows (2, 1), (1, 2) of six: I = ln 2 - H(1/3) for two agents and two tasks of equal weight."""
    expected = 1 - entropy([1 / 3, 2 / 3]) / math.log(2)
    assert division_of_labour([[2, 1], [1, 2]]) == pytest.approx((expected,) * 3)
    lazy = division_of_labour([[20, 10], [1, 2]], row_normalised=True)
    assert lazy == pytest.approx((expected,) * 3)


def test_one_agent_or_one_task_leaves_its_index_undefined():
    assert np.isnan(division_of_labour([[3, 4]])).tolist() == [True, False, True]
    assert np.isnan(division_of_labour([[3], [4]])).tolist() == [False, True, True]
    assert np.isnan(division_of_labour([[0, 0], [0, 0]], row_normalised=True)).all()


@given(st.integers(0, 2**16))
def test_diversity_is_the_mean_over_pairs_and_observations(seed):
    policies = np.random.default_rng(seed).dirichlet([1, 1, 1], size=(4, 5))
    pairs = [(i, j) for i in range(4) for j in range(i)]
    expected = np.mean([np.abs(policies[i, o] - policies[j, o]).sum() / 2 for i, j in pairs for o in range(5)])
    assert behavioural_diversity(policies) == pytest.approx(expected)
    assert behavioural_diversity(policies * 7) == pytest.approx(expected)


def test_copies_of_one_policy_have_no_diversity_and_all_different_ones_have_most():
    assert behavioural_diversity(np.ones((5, 3, 2))) == 0.0
    assert behavioural_diversity(np.eye(4)[:, None, :]) == 1.0
    assert math.isnan(behavioural_diversity([[[1, 0], [0, 0]], [[0, 0], [0, 1]]]))  # no common observation


@given(st.integers(0, 2**16))
def test_role_information_is_what_identity_adds_to_the_observation(seed):
    counts = np.random.default_rng(seed).integers(1, 9, size=(3, 2, 3))
    p = counts / counts.sum()
    without = entropy(p.sum(axis=0).ravel()) - entropy(p.sum(axis=(0, 2)))  # H(action | observation)
    beside = entropy(p.ravel()) - entropy(p.sum(axis=2).ravel())  # H(action | observation, agent)
    assert role_information(counts) == pytest.approx(without - beside, abs=1e-9)


def test_agents_who_answer_alike_to_what_each_sees_have_roles_only_if_one_ignores_what_they_see():
    """Two agents see different things and do what they see: labour is divided, but by what is seen, not by who."""
    stream = np.random.default_rng(1)
    seen = (stream.random((400, 2)) < [0.8, 0.2]).astype(int)
    result = constructed(act=act_table(seen, observations=seen))
    assert division_by_task(result).p_value == 0.005
    assert roles(result).value == pytest.approx(0.0, abs=1e-12)
    assert diversity_of_policies(result).value == pytest.approx(0.0, abs=1e-12)
    other = constructed(act=act_table(np.stack([seen[:, 0], 1 - seen[:, 1]], axis=1), observations=seen))
    assert roles(other).p_value == 0.005
    assert diversity_of_policies(other).value > 0.5


def test_who_never_changes_is_not_told_from_who_has_not_changed_yet():
    result = constructed(act=act_table(np.tile([0, 1], (500, 1))))
    for metric in (division_by_task, roles, diversity_of_policies):
        assert metric(result).reason.startswith("no run has two agents, two acts and 2 cycles of bouts an agent")
    alone = constructed(act=act_table(np.random.default_rng(1).integers(2, size=(100, 1))))
    assert math.isnan(division_by_task(alone).value)


def test_the_switch_rate_of_sticky_agents_is_theirs():
    changes = np.random.default_rng(1).random((3, 499, 10)) < 0.1
    acts = np.concatenate([np.zeros((3, 1, 10), int), np.cumsum(changes, axis=1) % 2], axis=1)
    estimate = switch_rate(constructed(act=act_table(acts)))
    assert estimate.value == pytest.approx(changes.mean())
    assert estimate.low <= 0.1 <= estimate.high


@pytest.mark.parametrize("counts", [[[1, -1]], [1, 2], [[math.nan, 1]], [[]]])
def test_counts_that_are_none_are_refused(counts):
    with pytest.raises(ParameterError, match=r"counts: not accepted; accepted: numbers >= 0"):
        division_of_labour(counts)


def test_policies_of_another_shape_are_refused():
    with pytest.raises(ParameterError, match=r"policies: shape \(2, 2\) is not accepted"):
        behavioural_diversity([[1, 0], [0, 1]])
