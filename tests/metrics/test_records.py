import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ResultError
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.repeated_game import small
from socialsim.metrics.records import act_table, acts_by_step, acts_of_agents, constructed, indices, situations


@given(st.integers(1, 3), st.integers(1, 6), st.integers(1, 4), st.integers(0, 99))
def test_a_table_gives_back_what_it_was_made_of(num_runs, num_steps, num_agents, seed):
    actions = np.random.default_rng(seed).integers(5, size=(num_runs, num_steps, num_agents))
    result = constructed(act=act_table(actions, rewards=actions / 2))
    assert np.array_equal(np.array(acts_of_agents(result)), actions.transpose(0, 2, 1))
    for (done, earned), expected in zip(acts_by_step(result), actions, strict=True):
        assert np.array_equal(done, expected)
        assert np.array_equal(earned, expected / 2)


def test_the_order_of_the_rows_does_not_matter():
    actions = np.arange(12).reshape(2, 3, 2)
    table = pd.DataFrame(act_table(actions, observations=actions + 100)).sample(frac=1, random_state=1)
    shuffled, ordered = constructed(act=table), constructed(act=act_table(actions, observations=actions + 100))
    assert str(acts_of_agents(shuffled, "observation", "action")) == str(
        acts_of_agents(ordered, "observation", "action")
    )
    assert str(acts_by_step(shuffled)) == str(acts_by_step(ordered))


def test_records_of_a_scenario_have_its_rewards():
    result = run(small(), replications=2, seed=1, record="events")
    payoffs = np.array([[3.0, 0.0], [5.0, 1.0]])
    for actions, rewards in acts_by_step(result):
        assert np.array_equal(rewards, np.stack([payoffs[a, b] for a, b in (actions.T, actions[:, ::-1].T)], axis=1))


def test_agents_who_observe_nothing_are_in_one_situation():
    assert situations(constructed(act=act_table([[1, 0]])))[0].tolist() == [[0, 0, -1, 1], [0, 1, -1, 0]]


def test_agents_that_never_act_are_left_out():
    result = constructed(
        act={"run": 0, "step": [0, 1], "agent": [3, 5], "observation": -1, "action": [1, 2], "reward": 0.0}
    )
    assert acts_by_step(result)[0][0].tolist() == [[1, -1], [1, 2]]


def test_what_is_no_index_is_refused_by_its_column():
    result = constructed(act=act_table([[0.5, 1.0]], observations=0))
    with pytest.raises(ResultError, match="column 'action' of the table 'act' holds real numbers; accepted: indices"):
        acts_of_agents(result)
    with pytest.raises(ResultError, match="column 'observation' of the table 'act' is -1 throughout"):
        indices("act", pd.DataFrame({"observation": [-1, -1]}), "observation")


def test_a_result_without_acts_says_what_records_them():
    with pytest.raises(ResultError, match='it comes with record="events"'):
        acts_of_agents(Result(constructed(series={"run": [0], "step": 0}).manifest))


def test_a_row_of_numbers_is_one_observation_and_has_one_number_in_all_runs():
    act = act_table([[[0, 1]], [[1, 1]]], observations=[[[3, 3]], [[3, 3]]])
    result = constructed(act=act | {"observation_1": [7, 8, 8, 7]})
    expected = [[[0, 0, 0], [1, 1, 1]], [[0, 1, 1], [1, 0, 1]]]
    assert [rows[:, 1:].tolist() for rows in situations(result)] == expected
    with pytest.raises(ResultError, match="column 'observation' of the table 'act' holds real numbers"):
        situations(constructed(act=act | {"observation_1": [0.5, 0.5, 1.0, 1.0]}))
