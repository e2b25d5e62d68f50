import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.environments.repeated_game import small
from socialsim.metrics.commons import schelling
from socialsim.metrics.dilemmas import (
    cooperation,
    cooperative_action,
    fear,
    greed,
    memory_one,
    payoffs_by_company,
    reciprocity,
    reciprocity_of,
    value_orientation,
)
from socialsim.metrics.metric import metrics
from socialsim.metrics.nulls import corrected, local_shifts
from socialsim.metrics.records import act_table, constructed, joint_plays

ACTS = st.integers(0, 2**16).map(lambda seed: np.random.default_rng(seed).integers(2, size=(40, 2)))


@given(ACTS)
def test_reciprocity_of_two_is_the_difference_of_conditional_shares(acts):
    differences = []
    for own, other in (acts.T, acts[:, ::-1].T):
        after_c, after_d = own[1:][other[:-1] == 1], own[1:][other[:-1] == 0]
        if len(after_c) and len(after_d):
            differences.append(after_c.mean() - after_d.mean())
    assert reciprocity_of(acts) == pytest.approx(np.mean(differences) if differences else math.nan, nan_ok=True)


@given(ACTS)
def test_reciprocity_does_not_depend_on_which_act_is_called_cooperation(acts):
    assert reciprocity_of(acts) == pytest.approx(reciprocity_of(1 - acts), nan_ok=True)


def test_a_player_of_memory_one_is_found_again():
    stream, strategy = np.random.default_rng(1), {(1, 1): 0.9, (1, 0): 0.2, (0, 1): 0.6, (0, 0): 0.35}
    own, other = np.ones((4, 3000), int), stream.integers(2, size=(4, 3000))
    for t in range(1, 3000):
        for r in range(4):
            own[r, t] = stream.random() < strategy[own[r, t - 1], other[r, t - 1]]
    for estimate, p in zip(memory_one(own, other), strategy.values(), strict=True):
        assert estimate.low <= p <= estimate.high
        assert estimate.method == "Wilson, 95%"


def test_a_state_that_did_not_occur_is_named():
    found = memory_one([1, 1, 1], [1, 1, 1])
    assert found.after_cc.value == 1.0
    assert found.after_cd.reason == "no step came after CD"
    assert found.after_dd.reason == "no step came after DD"


def test_rounds_of_two_runs_are_not_joined():
    assert memory_one([[1, 1], [0, 0]], [[0, 0], [0, 0]]).after_cd.num_runs == 1
    assert memory_one([1, 1, 0, 0], [0, 0, 0, 0]).after_cd.num_runs == 2


def test_payoffs_by_company_are_the_columns_of_a_schelling_diagram():
    """The payoffs of a public good of four with the factor 2, whose company is every possible one."""
    columns = []
    for seed in range(3):
        acts = np.random.default_rng(seed).integers(2, size=(300, 4)).astype(bool)
        rewards = acts.sum(axis=1, keepdims=True) * 2 / 4 - acts
        columns.append(payoffs_by_company(acts, rewards))
    diagram = schelling(*(np.stack(side, axis=1) for side in zip(*columns, strict=True)))
    assert [estimate.value for estimate in diagram.restrained] == pytest.approx([-0.5, 0.0, 0.5, 1.0])
    assert [estimate.value for estimate in diagram.unrestrained] == pytest.approx([0.0, 0.5, 1.0, 1.5])
    assert diagram.is_dilemma


def test_company_that_did_not_occur_is_undefined():
    cooperator, defector = payoffs_by_company(np.array([[True, False]]), np.array([[0.0, 5.0]]))
    assert cooperator.tolist()[0] == 0.0
    assert defector.tolist()[1] == 5.0
    assert np.isnan([cooperator[1], defector[0]]).all()


def test_fear_and_greed_of_recorded_prisoners_are_those_of_the_matrix():
    result = run(small().replace({"horizon.steps": 400}), replications=3, seed=1, record="events")
    assert fear(result).value == pytest.approx(1.0)
    assert greed(result).value == pytest.approx(2.0)
    assert abs(cooperation(result).value - result.metrics["cooperation_rate"].value) < 1e-12


def test_the_cooperative_action_is_the_one_that_pays_all_whatever_its_number():
    actions, rewards = np.array([[0, 0], [4, 4]]), np.array([[1.0, 1.0], [3.0, 3.0]])
    assert cooperative_action(actions, rewards) == 4
    assert cooperative_action(actions, -rewards) == 0


@pytest.mark.parametrize(
    ("actions", "rewards"),
    [([[0, 0], [0, 1]], [[1, 1], [0, 0]]), ([[0, 0], [1, 1]], [[1, 1], [1, 1]]), ([[0, 1], [2, 2]], [[1, 1], [1, 2]])],
    ids=["nobody ever defects", "both pay alike", "three actions"],
)
def test_a_record_that_does_not_tell_what_cooperation_is_leaves_it_undefined(actions, rewards):
    result = constructed(act=act_table(actions, rewards=rewards))
    for metric in (cooperation, fear, greed):
        assert "the record does not tell which" in metric(result).reason


def test_reciprocity_is_about_two_actions_and_a_record_long_enough():
    three = constructed(act=act_table(np.arange(60).reshape(30, 2) % 3))
    assert reciprocity(three).reason == "reciprocity is about two actions; got 3"
    short = constructed(act=act_table([[0, 1], [1, 0], [1, 1]]))
    assert reciprocity(short).reason == "no run has 20 steps of two agents or more who vary what they do"


@given(st.floats(-150, 150))
def test_the_angle_is_that_of_the_mean_amounts(angle):
    x, y = 50 + 50 * math.cos(math.radians(angle)), 50 + 50 * math.sin(math.radians(angle))
    assert value_orientation([x], [y]) == pytest.approx(angle, abs=1e-6)


@pytest.mark.parametrize(
    ("pair", "angle"),
    [((50, 100), 90.0), ((85, 85), 45.0), ((100, 50), 0.0), ((85, 15), -45.0), ((50, 50), math.nan)],
    ids=["altruist", "prosocial", "individualist", "competitor", "nobody"],
)
def test_the_ideal_types_have_their_angles(pair, angle):
    assert value_orientation(*([amount] * 6 for amount in pair)) == pytest.approx(angle, nan_ok=True)


def test_bad_input_is_named():
    with pytest.raises(ParameterError, match="an act is neither true nor false"):
        memory_one([0, 2], [0, 1])
    with pytest.raises(ParameterError, match=r"other: shape \(1, 3\) is not accepted; accepted: that of own, \(1, 2\)"):
        memory_one([0, 1], [0, 1, 1])
    with pytest.raises(ParameterError, match="an amount lies outside the scale; accepted: 0 to 100"):
        value_orientation([101], [50])


def test_idle_agents_earn_nothing_and_are_nobody_s_company():
    stream, rows = np.random.default_rng(1), []
    pay = {(1, 1): (3, 3), (1, 0): (0, 5), (0, 1): (5, 0), (0, 0): (1, 1)}
    for t, play in enumerate(stream.integers(2, size=(200, 2)).tolist()):
        pair = sorted(stream.choice(10, 2, replace=False).tolist())
        rows += [(0, t, i, -1, a, r) for i, a, r in zip(pair, play, pay[tuple(play)], strict=True)]
    names = ("run", "step", "agent", "observation", "action", "reward")
    table = dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))
    result = constructed(act=table)
    assert (fear(result).value, greed(result).value) == (1.0, 2.0)
    last = {name: column[:-1] for name, column in table.items()}
    assert "steps at which 1 and at which 2 agents act" in fear(constructed(act=last)).reason
    alone = {name: column[::2] for name, column in table.items()}
    assert fear(constructed(act=alone)).reason.startswith("one agent acts at a step")


def test_noise_does_not_tell_which_act_is_cooperation():
    found = []
    for seed in range(40):
        stream = np.random.default_rng([seed, 5])
        actions, rewards = stream.integers(2, size=(100, 2)), stream.normal(size=(100, 2))
        found.append(cooperative_action(actions, rewards) >= 0)
        assert cooperative_action(actions, rewards + 3.0 * actions.all(axis=1, keepdims=True)) == 1
    assert np.mean(found) < 0.2


def test_learners_that_never_look_at_each_other_do_not_reciprocate():
    found = []
    for seed in range(40):
        learns = np.random.default_rng([seed, 9]).random((300, 2)) < np.linspace(0.9, 0.1, 300)[:, None]
        drawn = corrected(
            lambda record: reciprocity_of(np.stack(record, axis=1)), learns.T.astype(int), local_shifts, 19
        )
        found.append((drawn.p_value <= 0.05, drawn.value))
    rejected, values = np.array(found).T
    assert rejected.mean() <= 0.125  # circular shifts of the whole record: .9, with a value of .21
    assert abs(values.mean()) < 0.03


def test_answers_of_two_players_are_those_of_memory_one_and_of_nobody_else():
    result = run(small().replace({"horizon.steps": 400}), replications=1, seed=1, record="events")
    c = (joint_plays(result)[0][0] == 0).astype(int)
    fitted = memory_one(c.T, c[:, ::-1].T)
    names = ("cooperation_after_cc", "cooperation_after_cd", "cooperation_after_dc", "cooperation_after_dd")
    assert [metrics()[name](result).value for name in names] == pytest.approx([share.value for share in fitted])
    acts = act_table(np.eye(3, dtype=int)[np.arange(30) % 3])
    assert metrics()[names[0]](constructed(act=acts)).reason.startswith("a memory-one strategy is that of two players")
