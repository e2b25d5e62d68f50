"""Efficiency, equality, sustainability, peace, and the Schelling diagram."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import ttest_ind

from socialsim.core.errors import ParameterError
from socialsim.metrics.commons import efficiency, equality, peace, schelling, sustainability

REWARDS = hnp.arrays(
    np.int64,
    st.tuples(st.integers(1, 4), st.integers(1, 12), st.integers(1, 5)),  # runs, steps, agents
    elements=st.integers(0, 3),
)


@given(REWARDS)
def test_the_four_numbers_are_those_of_the_definitions(rewards):
    num_runs, num_steps, num_agents = rewards.shape
    steps = np.arange(1, num_steps + 1)
    sums, counts = (rewards > 0).transpose(0, 2, 1) @ steps, (rewards > 0).sum(axis=1)
    for r in range(num_runs):
        returns = [sum(int(rewards[r, t, i]) for t in range(num_steps)) for i in range(num_agents)]
        assert efficiency(rewards.sum(axis=1), num_steps)[r] == pytest.approx(sum(returns) / num_steps)
        found = equality(rewards.sum(axis=1))[r], sustainability(sums, counts)[r]
        if sum(returns) == 0:
            assert np.isnan(found).all()
            continue
        apart = sum(abs(a - b) for a in returns for b in returns)
        assert found[0] == pytest.approx(1 - apart / (2 * num_agents * sum(returns)))
        when = [[t + 1 for t in range(num_steps) if rewards[r, t, i]] for i in range(num_agents)]
        assert found[1] == pytest.approx(np.mean([np.mean(own) for own in when if own]))


def test_an_agent_that_never_took_anything_has_no_mean_step():
    assert sustainability([[10.0, 0.0]], [[1, 0]]).tolist() == [10.0]


def test_the_numbers_lie_where_they_can():
    assert peace([[0, 0], [100, 100]], 100).tolist() == [2.0, 0.0]
    assert peace([[10, 0], [0, 10]], [10, 20]).tolist() == [1.0, 1.5]
    assert efficiency([[1, 2], [3, 4]], [3, 7]).tolist() == [1.0, 1.0]
    assert equality([[0, 0, 0, 5]]).tolist() == [0.25]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: efficiency([1, 2], 3), r"^returns: shape \(2,\) is not accepted; accepted: \(num_runs, num_agents\)$"),
        (lambda: efficiency([[1, 2]], 0), r"^num_steps: 0 is not accepted; accepted: numbers of steps >= 1$"),
        (lambda: equality(np.zeros((3, 0))), r"^returns: shape \(3, 0\)"),
        (lambda: equality([[-1, 2]]), r"^gini: a value is negative"),
        (lambda: sustainability([[1, 2]], [[1, 2, 3]]), r"^num_rewarded: shape \(1, 3\) is not accepted; accepted: \("),
        (lambda: peace([[1, 2]], [1, np.nan]), r"^num_steps: "),
        (lambda: schelling([[1, 2]], [[1, 2]]), r"^schelling: shapes \(1, 2\) and \(1, 2\) are not accepted"),
        (lambda: schelling(np.ones((2, 3)), np.ones((2, 4))), r"^schelling: shapes \(2, 3\) and \(2, 4\)"),
        (lambda: schelling([[1, np.nan], [1, 2]], [[1, 2], [1, 2]]), r"^a run's value is NaN"),
    ],
)
def test_wrong_tables_are_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def diagram(restrained, unrestrained, spread=0.1, num_runs=30):
    """Return the diagram of runs that scatter around two curves."""
    rng = np.random.default_rng(1)
    draw = [np.array(curve)[:, None] + spread * rng.standard_normal((len(curve), num_runs)) for curve in (restrained,)]
    draw += [np.array(unrestrained)[:, None] + spread * rng.standard_normal((len(unrestrained), num_runs))]
    return schelling(*draw)


@pytest.mark.parametrize(
    ("restrained", "unrestrained", "is_dilemma"),
    [
        ([0, 1, 2, 3], [1, 2, 3, 4], True),  # a public good: fear and greed
        ([1, 2, 3], [1, 3, 5], True),  # greed alone (chicken)
        ([0, 2, 4], [1, 1, 1], True),  # fear alone (stag hunt)
        ([1, 2, 3], [0, 1, 2], False),  # restraint always pays
        ([0, 0.5, 1], [2, 3, 4], False),  # greed by all is best for all
        ([3, 3, 3], [1, 4, 5], False),  # the lone restrained agent loses nothing
    ],
)
def test_a_dilemma_is_one_by_the_inequalities(restrained, unrestrained, is_dilemma):
    found = diagram(restrained, unrestrained)
    assert found.is_dilemma == is_dilemma
    ends = {
        "harmony": restrained[-1] - unrestrained[0],
        "safety": restrained[-1] - restrained[0],
        "fear": unrestrained[0] - restrained[0],
        "greed": unrestrained[-1] - restrained[-1],
    }
    for name, value in ends.items():
        estimate = getattr(found, name)
        assert abs(estimate.value - value) < 0.15
        assert estimate.low < estimate.value < estimate.high


def test_the_interval_of_fear_is_welchs():
    rng = np.random.default_rng(2)
    restrained, unrestrained = rng.normal(1, 1, (3, 9)), rng.normal(2, 3, (3, 9))
    fear = schelling(restrained, unrestrained).fear
    welch = ttest_ind(unrestrained[0], restrained[0], equal_var=False).confidence_interval()
    assert (fear.low, fear.high) == pytest.approx((welch.low, welch.high))


def test_a_difference_within_its_interval_makes_no_dilemma():
    assert not diagram([0, 1, 2, 3], [0.01, 1.01, 2.01, 3.01], spread=1.0).is_dilemma
