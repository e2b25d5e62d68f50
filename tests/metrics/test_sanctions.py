import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.records import act_table, constructed
from socialsim.metrics.sanctions import (
    meta_sanctions,
    sanction_fall_out,
    sanction_precision,
    sanction_recall,
    sanction_scores,
)

METRICS = (sanction_precision, sanction_recall, sanction_fall_out)


def record(actions, sanctions):
    """Return a run with its sanctions: (step, source, target) each."""
    step, source, target = zip(*sanctions, strict=True)
    columns = {"run": [0] * len(step), "step": step, "source": source, "target": target, "cost": 1.0, "loss": 4.0}
    return constructed(act=act_table(actions, observations=0), sanction=columns)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=12))
def test_scores_are_conditional_shares(acts):
    found = sanction_scores([v for v, _ in acts], [n for _, n in acts])
    sanctions = [v for v, n in acts for _ in range(n)]
    violations, compliant = [n > 0 for v, n in acts if v], [n > 0 for v, n in acts if not v]
    for score, among in zip(found, (sanctions, violations, compliant), strict=True):
        assert score == pytest.approx(np.mean(among) if among else math.nan, nan_ok=True)


def test_punishers_of_violators_are_precise_and_thorough():
    stream = np.random.default_rng(1)
    actions = (stream.random((200, 6)) < 0.15).astype(int)
    step, target = np.nonzero(actions)
    result = record(actions, [(t, (j + 1) % 6, j) for t, j in zip(step, target, strict=True)])
    assert [metric(result).value for metric in METRICS] == [1.0, 1.0, 0.0]
    assert meta_sanctions(result).value == 0.0


def test_punishers_at_random_are_as_precise_as_violations_are_common():
    stream = np.random.default_rng(1)
    actions = (stream.random((2000, 6)) < 0.2).astype(int)
    at_random = [(t, 0, int(stream.integers(1, 6))) for t in range(2000)]
    result = record(actions, at_random)
    precision, recall, fall_out = (metric(result) for metric in METRICS)
    assert precision.low <= 0.2 <= precision.high
    assert abs(recall.value - fall_out.value) < 0.03


def test_a_sanction_answers_the_latest_act_of_its_target():
    acts = {"run": 0, "step": [0, 0, 0, 1, 2], "agent": [0, 1, 2, 2, 0], "observation": 0, "action": [0, 0, 1, 0, 0]}
    sanction = {"run": [0], "step": [2], "source": [0], "target": [2], "cost": 1.0, "loss": 1.0}
    result = constructed(act=acts | {"reward": 0.0}, sanction=sanction)
    assert sanction_precision(result).value == 0.0  # by then agent 2 complies
    earlier = constructed(act=acts | {"reward": 0.0}, sanction=sanction | {"step": [0]})
    assert sanction_precision(earlier).value == 1.0


def test_a_sanction_before_its_target_has_acted_answers_nothing():
    acts = {"run": 0, "step": [5, 5, 5], "agent": [0, 1, 2], "observation": 0, "action": [0, 0, 1], "reward": 0.0}
    sanction = {"run": [0], "step": [2], "source": [0], "target": [2], "cost": 1.0, "loss": 1.0}
    assert sanction_precision(constructed(act=acts, sanction=sanction)).reason == (
        "no sanction follows an act under a norm"
    )


def test_who_lets_a_violator_go_and_is_sanctioned_for_it_meets_a_meta_sanction():
    actions = [[0, 0, 0, 1]]  # agent 3 violates
    assert meta_sanctions(record(actions, [(0, 0, 3), (0, 0, 1)])).value == 0.5  # 1 did not sanction 3
    assert meta_sanctions(record(actions, [(0, 1, 3), (0, 0, 1)])).value == 0.0  # 1 did
    assert meta_sanctions(record([[0, 0, 0, 0], [0, 0, 1, 0]], [(0, 0, 1)])).value == 0.0  # nobody to sanction


def test_the_interval_of_one_run_is_that_of_its_steps():
    """For ten steps all sanctions meet violators or none does: how many there are in a step says nothing more."""
    stream = np.random.default_rng(1)
    actions = np.zeros((400, 20), int)
    actions[:, :5] = 1
    right = np.repeat(stream.random(40) < 0.5, 10)
    sanctions = [(t, 19, j if right[t] else j + 5) for t in range(400) for j in range(5)]
    found = sanction_precision(record(actions, sanctions))
    assert found.high - found.low > 2 * 1.96 * 0.7 * math.sqrt(0.25 / 40)


def test_a_run_without_violations_complies_where_other_runs_show_them():
    actions = np.zeros((2, 3, 4), int)
    actions[0, :, 3] = 1
    sanction = {"run": [0, 1], "step": [1, 1], "source": [0, 0], "target": [3, 1], "cost": 1.0, "loss": 1.0}
    found = sanction_precision(constructed(act=act_table(actions, observations=0), sanction=sanction))
    assert (found.num_runs, found.value) == (2, 0.5)


def test_shapes_that_differ_are_refused():
    with pytest.raises(ParameterError, match=r"sanctioned: shape \(1,\) is not accepted"):
        sanction_scores([True, False], [1])
