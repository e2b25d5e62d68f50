import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.repeated_game import RepeatedGame, cooperation_rate, scenario

PAYOFFS = ((3.0, 0.0), (5.0, 1.0))


def play(learner, game=None, steps=100, replications=1):
    community = Scenario(game or RepeatedGame(), learner, "path:n=2", steps, (cooperation_rate,))
    return run(community, record="events", replications=replications, seed=1)


# --- By hand ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "paid", "seen"),
    [(0, 0, (3, 3), (1, 1)), (0, 1, (0, 5), (2, 3)), (1, 0, (5, 0), (3, 2)), (1, 1, (1, 1), (4, 4))],
)
def test_a_round_of_the_prisoners_dilemma(version, stream, first, second, paid, seen):
    env, rewards = RepeatedGame().state(2), np.zeros(2)
    observe, advance = version(RepeatedGame.observe), version(RepeatedGame.advance)
    assert [observe(env, None, i) for i in (0, 1)] == [0, 0]
    advance(env, None, np.array([first, second]), rewards, stream)
    assert tuple(rewards) == paid
    assert tuple(observe(env, None, i) for i in (0, 1)) == seen
    assert env.num_first.tolist() == [int(first == 0), int(second == 0)]
    assert env.num_rounds.tolist() == [1]


def test_shares_are_undefined_before_the_first_round():
    state = RepeatedGame().state(2)
    stacked = type(state)(state.payoffs, *(values[None] for values in state[1:]))
    assert np.isnan(RepeatedGame().columns(stacked)["share_first"]).all()


@pytest.mark.parametrize(("row", "column", "paid"), [(0, 0, (2, 1)), (1, 1, (1, 2)), (0, 1, (4, 3)), (1, 0, (6, 5))])
def test_players_may_be_paid_by_matrices_of_their_own(version, stream, row, column, paid):
    game, rewards = RepeatedGame(payoffs=((2.0, 4.0), (6.0, 1.0)), column_payoffs=((1.0, 3.0), (5.0, 2.0))), np.zeros(2)
    version(RepeatedGame.advance)(game.state(2), None, np.array([row, column]), rewards, stream)
    assert tuple(rewards) == paid


def test_players_may_see_what_each_action_would_have_paid(version, stream):
    game, shown = RepeatedGame(column_payoffs=((7.0, 8.0), (9.0, 6.0)), observation="payoffs"), np.full(2, -1.0)
    env = game.state(2)
    version(RepeatedGame.observe)(env, None, 0, shown)
    assert shown.tolist() == [0, 0]  # nothing has been played
    version(RepeatedGame.advance)(env, None, np.array([1, 0]), np.zeros(2), stream)
    version(RepeatedGame.observe)(env, None, 0, shown)
    assert shown.tolist() == [3, 5]  # against action 0
    version(RepeatedGame.observe)(env, None, 1, shown)
    assert shown.tolist() == [9, 6]  # against action 1


def test_what_learners_may_know_of_the_payoffs():
    game = RepeatedGame(column_payoffs=((7.0, 8.0), (9.0, 6.0)))
    row, column = (game.specification(agent_type, 2).facts for agent_type in game.agent_types)
    assert row["mean_rewards"].tolist() == [[1.5, 3.0]]
    assert column["mean_rewards"].tolist() == [[8.0, 7.0]]  # over the row player's actions
    assert (row["reward_range"], column["reward_range"]) == ((0.0, 5.0), (6.0, 9.0))


# --- Invariants ------------------------------------------------------------------------------------------------


@given(st.integers(1, 4), st.data())
def test_payoffs_are_the_matrix_and_observations_can_be_told_apart(num_actions, data):
    matrix = data.draw(
        st.lists(
            st.lists(st.floats(-9, 9), min_size=num_actions, max_size=num_actions),
            min_size=num_actions,
            max_size=num_actions,
        )
    )
    game, rewards = RepeatedGame(payoffs=matrix), np.zeros(2)
    env, seen = game.state(2), set()
    for a in range(num_actions):
        for b in range(num_actions):
            RepeatedGame.advance(env, None, np.array([a, b]), rewards, np.zeros(4, np.uint64))
            assert rewards.tolist() == [matrix[a][b], matrix[b][a]]
            seen.add(RepeatedGame.observe(env, None, 0))
    assert seen == set(range(1, 1 + num_actions**2))
    assert game.specification("agent", 2).num_observations == 1 + num_actions**2


@given(st.integers(1, 3), st.data())
def test_a_symmetric_game_may_be_written_with_both_matrices(num_actions, data):
    row = st.lists(st.floats(-9, 9), min_size=num_actions, max_size=num_actions)
    matrix = data.draw(st.lists(row, min_size=num_actions, max_size=num_actions))
    short, long = RepeatedGame(payoffs=matrix), RepeatedGame(payoffs=matrix, column_payoffs=np.array(matrix).T.tolist())
    assert short.state(2).payoffs.tolist() == long.state(2).payoffs.tolist()


def test_what_one_wins_in_a_zero_sum_game_the_other_loses():
    rock_paper_scissors = RepeatedGame(payoffs=((0.0, -1.0, 1.0), (1.0, 0.0, -1.0), (-1.0, 1.0, 0.0)))
    acts = play("uniform_random", rock_paper_scissors).table("act")
    rewards = acts.pivot(index="step", columns="agent", values="reward")
    assert (rewards[0] == -rewards[1]).all()
    assert set(rewards[0]) == {-1.0, 0.0, 1.0}


# --- Limits ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [0, 1])
def test_fixed_players_repeat_one_round(action):
    result = play(f"constant:action={action}", replications=3)
    assert result.metrics["cooperation_rate"].value == 1.0 - action
    assert (result.table("act").reward == PAYOFFS[action][action]).all()


def test_random_players_cooperate_half_of_the_time_and_earn_the_mean_payoff():
    result = play("uniform_random", steps=500, replications=20)
    share, rewards = result.metrics["cooperation_rate"], result.table("act").reward
    assert share.value == pytest.approx(0.5, abs=3 * math.sqrt(0.25 / 20_000))
    assert rewards.mean() == pytest.approx(np.mean(PAYOFFS), abs=3 * np.std(PAYOFFS) / math.sqrt(10_000))


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payoffs", [[], [[1.0, 2.0]], [[1.0], [2.0, 3.0]]])
def test_a_matrix_that_is_not_square_is_refused(payoffs):
    with pytest.raises(ParameterError, match=r"^environment.payoffs: .* is not square; accepted: m rows of m finite"):
        scenario().replace({"environment.payoffs": payoffs})


@pytest.mark.parametrize(
    ("matrix", "problem"),
    [
        ([[1.0]], "1 rows are not accepted; accepted: as many as of payoffs, 2, or none"),
        ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], ".* is not square; accepted: m rows of m finite numbers"),
    ],
)
def test_matrices_of_two_sizes_are_refused(matrix, problem):
    with pytest.raises(ParameterError, match=rf"^environment.column_payoffs: {problem}$"):
        scenario().replace({"environment.column_payoffs": matrix})


@pytest.mark.parametrize("payoffs", [[[math.nan]], [["a"]], 3, [1.0]])
def test_a_matrix_of_something_else_than_finite_numbers_is_refused(payoffs):
    with pytest.raises(ParameterError, match=r"^environment.payoffs: .* is not accepted; accepted: a list") as error:
        scenario().replace({"environment.payoffs": payoffs})
    assert "\n" not in str(error.value)


def test_a_third_player_is_refused():
    with pytest.raises(ParameterError, match=r"^network: repeated_game needs 2 agents, not 3$"):
        run(scenario().replace({"network": "path:n=3"}))
