"""The minority game and the El Farol bar."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.links import FAILED
from socialsim.engine.run import run
from socialsim.environments.minority import METRICS, PRESETS, Minority, scenario, seats, small
from socialsim.environments.minority.measures import BLOCK, squared_means
from socialsim.testing.links import by_hand


def play(environment, actions, stream, presence=None, version=lambda f: f):
    """Return the state after one step, and the rewards."""
    state, rewards = environment.state(len(actions)), np.zeros(len(actions))
    network = by_hand(len(actions), presence)
    version(Minority.advance)(state, network, np.array(actions), rewards, stream)
    return state, rewards


# --- By hand ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payoff", "expected"),
    [("linear", [-1, -1, -1, 1, 1]), ("sign", [-1, -1, -1, 1, 1]), ("win", [0, 0, 0, 1, 1])],
)
def test_the_minority_is_paid(payoff, expected, version, stream):
    state, rewards = play(Minority(payoff=payoff), [1, 1, 1, 0, 0], stream, version=version)
    assert rewards.tolist() == expected
    assert (state.attended[0], state.winners[0], state.playing[0]) == (3, 2, 5)
    assert state.last.tolist() == [3, 5]


def test_linear_payoffs_are_proportional_to_the_excess(version, stream):
    _, rewards = play(Minority(), [0, 0, 0, 0, 1], stream, version=version)
    assert rewards.tolist() == [-3, -3, -3, -3, 3]  # A = -3, payoff -a A


def test_a_bar_with_exactly_as_many_guests_as_seats_is_crowded(stream):
    bar = Minority(preset="el_farol")
    assert play(bar, [1] * 6 + [0] * 4, stream)[1].tolist() == [-1] * 6 + [1] * 4
    assert play(bar, [1] * 5 + [0] * 5, stream)[1].tolist() == [1] * 5 + [-1] * 5
    assert play(bar.replace(payoff="linear"), [1] * 6 + [0] * 4, stream)[1].tolist() == [0] * 10


def test_real_history_holds_the_last_winners_latest_last(stream):
    environment = Minority(memory=3, history="real")
    state, network = environment.state(3), by_hand(3)
    state.history[0] = 0b000
    for actions, expected in (([1, 0, 0], 0b001), ([1, 1, 0], 0b010), ([0, 0, 0], 0b101), ([0, 0, 1], 0b011)):
        Minority.advance(state, network, np.array(actions), np.zeros(3), stream)
        assert state.history[0] == expected


def test_what_is_seen_is_history_attendances_or_payoffs(version, stream):
    network = by_hand(5)
    bar = Minority(preset="el_farol", memory=2)
    state, out = bar.state(5), np.zeros(2)
    for actions in ([1, 1, 1, 0, 0], [1, 0, 0, 0, 0]):
        Minority.advance(state, network, np.array(actions), np.zeros(5), stream)
    version(Minority.observe)(state, network, 0, out)
    assert out.tolist() == [1.0, 3.0]
    game = Minority(observation="payoffs")
    state = game.state(5)
    version(Minority.observe)(state, network, 0, out)
    assert out.tolist() == [0.0, 0.0]
    Minority.advance(state, network, np.array([1, 1, 0, 0, 0]), np.zeros(5), stream)
    version(Minority.observe)(state, network, 0, out)  # A = -1; if 0 had stayed, A = -3
    assert out.tolist() == [-3.0, 1.0]
    version(Minority.observe)(state, network, 4, out)  # if 4 had gone, A = 1
    assert out.tolist() == [-1.0, -1.0]


def test_those_who_are_away_neither_count_nor_earn(version, stream):
    state, rewards = play(Minority(), [1, 1, 1, 0, 0], stream, [0, FAILED, FAILED, 0, 0], version)
    assert rewards.tolist() == [1, 0, 0, -1, -1]
    assert (state.attended[0], state.playing[0]) == (1, 3)
    assert state.taken.tolist() == [1, 0, 0, 0, 0]


def test_the_burn_in_is_not_counted(stream):
    state, network = Minority(burn_in=2).state(3), by_hand(3)
    for expected in (0, 0, 1, 2):
        Minority.advance(state, network, np.array([1, 0, 0]), np.zeros(3), stream)
        assert state.visits.sum() == expected
        assert state.squares[0] == expected


# --- Properties and theorems -----------------------------------------------------------------------------------


@settings(max_examples=50)
@given(st.lists(st.integers(0, 1), min_size=1, max_size=41), st.sampled_from(["linear", "sign", "win"]))
def test_what_is_shown_is_what_would_have_been_paid(actions, payoff):
    stream = np.arange(1, 5, dtype=np.uint64)
    environment = Minority(payoff=payoff, observation="payoffs", threshold=0.4)
    state, rewards = play(environment, actions, stream)
    for i, action in enumerate(actions):
        out = np.zeros(2)
        Minority.observe(state, by_hand(len(actions)), i, out)
        assert out[action] == rewards[i]
        changed = [*actions[:i], 1 - action, *actions[i + 1 :]]
        assert out[1 - action] == play(environment, changed, stream)[1][i]


@settings(max_examples=50)
@given(st.lists(st.integers(0, 1), min_size=1, max_size=41))
def test_both_actions_pay_the_payoff_sum_together_and_the_game_costs_what_fluctuates(actions):
    stream = np.arange(1, 5, dtype=np.uint64)
    for payoff in ("linear", "sign", "win"):
        environment = Minority(payoff=payoff)
        rewards = play(environment, actions, stream)[1]
        paid = {a: {r for r, b in zip(rewards, actions, strict=True) if a == b} for a in (0, 1)}
        assert all(len(each) <= 1 for each in paid.values())
        if paid[0] and paid[1]:
            facts = environment.specification("agent", 3).facts
            assert paid[0].pop() + paid[1].pop() == facts["payoff_sum"]
        if payoff == "linear":  # sum_i -a_i A = -A^2
            assert rewards.sum() == -float((2 * sum(actions) - len(actions)) ** 2)


@given(st.integers(1, 2000), st.integers(1, 99))
def test_the_number_of_seats_is_exact_for_shares_in_per_cent(num_agents, per_cent):
    assert seats(per_cent / 100, num_agents) == pytest.approx(per_cent * num_agents / 100, abs=1e-9)
    if per_cent * num_agents % 100 == 0:
        assert seats(per_cent / 100, num_agents) == per_cent * num_agents // 100


def test_expected_rewards_against_coin_tossers_are_those_of_all_their_choices(stream):
    for values in ({}, {"payoff": "sign"}, {"payoff": "win"}, {"preset": "el_farol"}):
        environment = Minority(**values)
        paid = np.zeros(2)
        for others in range(16):
            for action in (0, 1):
                actions = [action, *(others >> k & 1 for k in range(4))]
                paid[action] += play(environment, actions, stream)[1][0] / 16
        assert environment.mean_rewards(5)[3] == pytest.approx(paid)


@pytest.mark.compiled
def test_coin_tossers_have_volatility_one_and_no_predictability():
    game = scenario().replace({"learner": "uniform_random", "environment.burn_in": 0, "horizon.steps": 10_000})
    metrics = run(game, replications=40, seed=1, record_every=None).metrics
    assert abs(metrics["volatility"].value - 1.0) < 4 * metrics["volatility"].standard_error
    assert abs(metrics["predictability"].value) < 4 * metrics["predictability"].standard_error
    assert abs(metrics["attendance"].value - 50.5) < 4 * metrics["attendance"].standard_error


def test_who_always_attends_is_perfectly_predictable():
    game = small().replace({"learner": "constant:action=1", "horizon.steps": 500, "environment.history": "random"})
    metrics = run(game, replications=3, seed=1, record_every=None).metrics
    assert metrics["volatility"].value == metrics["predictability"].value == 11.0  # A = N, A^2/N = N
    assert (metrics["win_share"].value, metrics["attendance"].value) == (0.0, 11.0)


# --- Two roads: the estimate of squared means -------------------------------------------------------------------


def dealt(values, histories, num_histories):
    """Return visits and sums of a series, as `Minority.advance` keeps them."""
    visits, sums = np.zeros(num_histories, np.int64), np.zeros((2, num_histories))
    for value, mu in zip(values, histories, strict=True):
        sums[visits[mu] // BLOCK % 2, mu] += value
        visits[mu] += 1
    return visits, sums


def test_squared_means_are_unbiased_where_plain_ones_are_not():
    draw = np.random.default_rng(1)
    truth, found, plain = np.array([0.0, 0.5, -1.0]), [], []
    for _ in range(400):
        histories = draw.integers(3, size=200)
        values = truth[histories] + draw.normal(size=200)
        visits, sums = dealt(values, histories, 3)
        found.append(float(squared_means(visits, sums)))
        plain.append(float((visits * (sums.sum(axis=0) / visits) ** 2).sum() / visits.sum()))
    error = np.std(found) / 20
    assert abs(np.mean(found) - 1.25 / 3) < 4 * error
    assert np.mean(plain) - 1.25 / 3 > 4 * error


def test_a_series_that_changes_its_sign_at_each_visit_is_not_predictable():
    values = np.tile([5.0, -5.0], 200)
    visits, sums = dealt(values, np.zeros(400, np.int64), 1)
    assert squared_means(visits, sums) == 0.0
    assert np.isnan(squared_means(np.array([BLOCK]), np.ones((2, 1))))


# --- Presets, metrics, bad input -------------------------------------------------------------------------------


def test_a_preset_sets_all_rules_and_what_is_given_departs_from_it():
    bar = Minority(preset="el_farol", memory=4, burn_in=7)
    assert (bar.threshold, bar.history, bar.memory) == (0.6, "real", 4)
    back = bar.replace(preset="minority")
    assert {name: getattr(back, name) for name in PRESETS["minority"]} == PRESETS["minority"]
    assert back.burn_in == 7
    assert scenario().replace({"environment.preset": "el_farol", "learner": "uniform_random"}).environment.memory == 8


def test_the_theory_stands_beside_what_it_is_about_and_nowhere_else():
    game = scenario().replace({"horizon.steps": 60, "environment.burn_in": 10})
    assert run(game, replications=2).metrics["theory_volatility"].value == pytest.approx(0.2203, abs=1e-4)
    for change, words in (
        ({"environment.history": "real"}, "environment.history=random"),
        ({"environment.payoff": "sign"}, "environment.payoff=linear"),
        ({"learner.num_strategies": 3}, "learner.num_strategies=2"),
        ({"learner": "uniform_random"}, "learner=inductive"),
        ({"environment.memory": 3}, "below the critical alpha"),
    ):
        metrics = run(game.replace(change), replications=2).metrics
        assert words in metrics["theory_volatility"].reason
    assert metrics["theory_predictability"].value == 0.0  # of the last, below the critical alpha


def test_too_short_a_run_is_undefined_rather_than_wrong():
    metrics = run(small().replace({"environment.burn_in": 40}), replications=2).metrics
    assert {metrics[metric.__name__].reason for metric in METRICS if not metric.__name__.startswith("theory")} == {
        "too few steps were counted after environment.burn_in"
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"network": "complete:n=10"}, "network: 10 agents may split evenly; accepted: an odd number, or another"),
        ({"environment.memory": 0}, "environment.memory: 0 is not accepted; accepted: an int, >= 1, <= 16"),
        ({"environment.threshold": 1.0}, "environment.threshold: 1.0 is not accepted; accepted: a float, > 0, < 1"),
        ({"environment.preset": "bar"}, "unknown preset 'bar'"),
        ({"environment.payoff": "quadratic"}, "environment.payoff: 'quadratic' is not accepted"),
        ({"environment.observation": "attendance"}, "environment.observation=history"),
    ],
)
def test_bad_input_is_refused_in_one_line(change, words):
    with pytest.raises(ParameterError) as error:
        run(small().replace(change), replications=1)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "change",
    [
        {"learner": "q_learning"},
        {"learner": "roth_erev", "environment.payoff": "win"},
        {"learner": "best_reply", "environment.observation": "payoffs"},
    ],
)
def test_other_learners_play_too(change):
    result = run(small().replace({"network": "complete:n=5"} | change), replications=2, seed=1)
    assert 0.0 <= result.metrics["attendance"].value <= 5.0
