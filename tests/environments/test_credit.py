"""Division of cognitive labour: steps by hand, drawn prizes, best-repliers and learners, bad input."""

import math

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario, Turnover
from socialsim.environments.credit import METRICS, Credit, equilibrium_allocations, scenario
from socialsim.testing.links import by_hand

REWARDS = ("marginal", "priority", "fair_share")
TWO = {"ceilings": (0.8, 0.4), "rates": (math.log(2), math.log(2)), "values": (1.0, 1.0)}  # p: .4 .6 .7; .2 .3 .35
NO_ONE_IS_AWAY = by_hand(3)


def step(version, community, actions, stream):
    """Return the state and the rewards after one step."""
    state, rewards = community.state(len(actions)), np.zeros(len(actions))
    version(Credit.advance)(state, NO_ONE_IS_AWAY, np.array(actions), rewards, stream)
    return state, rewards.round(12).tolist()


# --- By hand ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reward", "common_goal", "rewards", "elsewhere"),
    [
        ("fair_share", False, [0.3, 0.3, 0.2], [0.15, 0.7 / 3]),
        ("fair_share", True, [0.3, 0.3, 0.2], [0.15, 0.7 / 3]),
        ("marginal", False, [0.2, 0.2, 0.2], [0.1, 0.1]),
        ("marginal", True, [0.2 * 0.8, 0.2 * 0.8, 0.2 * 0.4], [0.1 * 0.6, 0.1]),
        ("priority", False, [0.6 * 0.9 / 2, 0.6 * 0.9 / 2, 0.2 * 0.7], [0.3 * 0.8 / 2, 0.7 / 3]),
    ],
)
def test_two_on_the_first_project_and_one_on_the_second(version, reward, common_goal, rewards, elsewhere, stream):
    state, paid = step(version, Credit(**TWO, reward=reward, common_goal=common_goal), [0, 0, 1], stream)
    assert paid == pytest.approx(rewards)
    assert [state.payoffs[0, 1], state.payoffs[1, 0]] == pytest.approx(elsewhere)
    assert state.workers.tolist() == [2, 1]
    assert state.credit.tolist() == pytest.approx(rewards)
    seen = np.zeros(2)
    version(Credit.observe)(state, NO_ONE_IS_AWAY, 2, seen)
    assert seen.tolist() == pytest.approx([elsewhere[1], rewards[2]])


def test_society_gains_from_every_success_or_from_the_first_alone():
    assert float(Credit(**TWO).value([2, 1])) == pytest.approx(0.6 + 0.2)
    assert float(Credit(**TWO, common_goal=True).value([2, 1])) == pytest.approx(1 - 0.4 * 0.8)
    efficiency = Credit(**TWO).efficiency([[2, 1], [3, 0], [0, 0]])
    assert efficiency.tolist() == pytest.approx([1, 0.7 / 0.8, np.nan], nan_ok=True)


def test_whoever_is_away_works_on_nothing_and_is_paid_nothing(version, stream):
    community, rewards = Credit(**TWO), np.zeros(3)
    state, links = community.state(3), by_hand(3, absent=[1])
    version(Credit.advance)(state, links, np.array([0, 0, 1]), rewards, stream)
    assert state.workers.tolist() == [1, 1]
    assert rewards.tolist() == pytest.approx([0.4, 0.0, 0.2])
    columns = community.columns(state._replace(project=state.project[None], payoffs=state.payoffs[None]))
    assert columns["project"][0].tolist() == [0, -1, 1]


@pytest.mark.compiled
def test_a_success_is_shared_and_the_first_takes_all(version, stream):
    sure = {"ceilings": (1.0, 1.0), "rates": (800.0, 800.0), "values": (6.0, 6.0)}  # both always succeed
    paid = lambda **how: step(version, Credit(**sure, sampled=True, **how), [0, 0, 1], stream)[1]  # noqa: E731
    assert paid(reward="fair_share") == [3.0, 3.0, 6.0]
    assert paid(reward="marginal") == [0.0, 0.0, 6.0]
    assert paid(reward="marginal", common_goal=True) == [0.0, 0.0, 0.0]  # nobody alone is needed
    races = [tuple(paid(reward="priority")) for _ in range(400)]
    assert set(races) == {(3.0, 3.0, 0.0), (0.0, 0.0, 6.0)}
    assert 150 < races.count((3.0, 3.0, 0.0)) < 250


@pytest.mark.compiled
@pytest.mark.parametrize("reward", REWARDS)
@pytest.mark.parametrize("common_goal", [False, True])
def test_drawn_rewards_average_what_is_expected(reward, common_goal, stream):
    community = Credit(reward=reward, common_goal=common_goal, rates=(0.3, 0.5, 0.9))
    expected = step(lambda f: f, community, [0, 1, 2, 1, 0, 0], stream)[0]
    drawn, rewards = community.replace(sampled=True).state(6), np.zeros(6)
    actions, num_steps = np.array([0, 1, 2, 1, 0, 0]), 20_000
    links = by_hand(6)
    squares = np.zeros(6)
    for _ in range(num_steps):
        Credit.advance(drawn, links, actions, rewards, stream)
        squares += rewards**2
    means = drawn.credit / num_steps
    errors = np.sqrt((squares / num_steps - means**2) / num_steps)
    assert (np.abs(means - np.diagonal(expected.payoffs)[actions]) < 4 * errors).all()


# --- Best-repliers and learners ------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize("reward", REWARDS)
@pytest.mark.parametrize("common_goal", [False, True])
def test_best_repliers_reach_the_equilibrium(reward, common_goal):
    community = scenario().replace({"environment.reward": reward, "environment.common_goal": common_goal})
    result = run(community, replications=30, seed=1)
    [equilibrium] = equilibrium_allocations(community.environment, 60)
    assert (result.runs.stop == "settled").all()
    assert (result.runs[["workers_0", "workers_1", "workers_2"]].to_numpy() == equilibrium).all()
    assert result.metrics["equilibrium_rate"].value == 1.0
    if reward == "marginal":
        assert result.metrics["distance_to_optimum"].value == 0.0
        assert result.metrics["efficiency"].value == pytest.approx(1.0)


def test_best_repliers_reach_the_equilibrium_though_prizes_are_drawn():
    drawn = scenario().replace({"environment.sampled": True, "environment.reward": "marginal"})
    result = run(drawn, replications=20, seed=1)
    assert result.metrics["efficiency"].value == pytest.approx(1.0)
    assert result.metrics["credit_gini"].value > run(scenario(), replications=20, seed=1).metrics["credit_gini"].value


def test_when_some_leave_the_others_divide_labour_anew():
    leavers = tuple(PresenceEvent(0, i, "leave") for i in range(40))
    community = Scenario(Credit(reward="marginal"), "best_reply", "complete:n=60", 1000, presence_events=leavers)
    runs = run(community, replications=10, seed=1).runs
    [equilibrium] = equilibrium_allocations(Credit(reward="marginal"), 20)
    assert (runs[["workers_0", "workers_1", "workers_2"]].to_numpy() == equilibrium).all()
    assert runs.efficiency.to_numpy() == pytest.approx(1.0)


def test_a_newcomer_starts_without_project_and_credit(version, stream):
    state, _ = step(version, Credit(**TWO, reward="fair_share"), [0, 0, 1], stream)
    version(Credit.enter)(state, NO_ONE_IS_AWAY, 2, stream)
    assert (state.project.tolist(), state.credit[2]) == ([0, 0, 2], 0.0)
    seen = np.zeros(2)
    version(Credit.observe)(state, NO_ONE_IS_AWAY, 2, seen)
    assert seen.tolist() == pytest.approx([0.7 / 3, 0.3 / 2])


def test_communities_that_people_leave_and_enter_stay_near_the_optimum():
    moving = Turnover(leave_rate=0.01, enter_rate=0.1)
    community = Scenario(Credit(reward="marginal"), "best_reply", "complete:n=60", 300, METRICS, turnover=moving)
    metrics = run(community, replications=20, seed=1).metrics
    assert 0.95 < metrics["efficiency"].value <= 1.0 + 1e-12


@pytest.mark.compiled
@pytest.mark.parametrize("learner", ["roth_erev", "q_learning:discount=0,epsilon=0.02"])
def test_learners_who_see_nothing_divide_labour_better_than_chance(learner):
    blind = {"environment.reward": "marginal", "environment.shows_payoffs": False, "environment.rates": [0.5, 0.5, 0.5]}
    values = {"network": "complete:n=6", "horizon.steps": 2000}
    result = run(scenario().replace(blind | values | {"learner": learner}), replications=50, seed=1)
    chance = run(scenario().replace(blind | values | {"learner": "uniform_random"}), replications=50, seed=1)
    assert result.metrics["efficiency"].low > chance.metrics["efficiency"].high


def test_nothing_is_shown_where_it_is_said_so():
    assert Credit(shows_payoffs=False).specification("agent", 5).num_observations == 1
    blind = scenario().replace({"environment.shows_payoffs": False})
    with pytest.raises(ParameterError, match=r"^learner: 'best_reply' needs an environment that shows"):
        run(blind)


def test_a_run_in_which_nobody_works_leaves_its_metrics_undefined():
    result = run(scenario().replace({"horizon.steps": 0}), replications=3)
    assert result.metrics["efficiency"].reason == "no runs"
    assert result.metrics["credit_gini"].reason == "no runs"
    assert result.metrics["num_approaches"].reason == "no runs"


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"ceilings": [0.9, 1.2]},
            r"ceilings: \(0.9, 1.2\) is not accepted; accepted: probabilities > 0, <= 1",
        ),
        ({"ceilings": [0.9, 0.0, 0.3]}, r"ceilings: .* is not accepted; accepted: probabilities > 0, <= 1"),
        ({"ceilings": []}, r"ceilings: \(\) is not accepted; accepted: 1 to 100 probabilities > 0, <= 1"),
        ({"rates": [0.1, 0.1]}, "rates: 2 numbers for 3 ceilings; accepted: one for each project"),
        ({"values": [1, 1]}, "values: 2 numbers for 3 ceilings; accepted: one for each project"),
        ({"rates": [0.1, -0.1, 0.1]}, r"rates: .* is not accepted; accepted: numbers > 0"),
        ({"rates": [0.1, 0.1, 1e7]}, r"rates: .* is not accepted; accepted: numbers > 0, <= 1e\+06"),
        ({"values": [0, 1, 1]}, r"values: .* is not accepted; accepted: numbers > 0"),
        (
            {"values": [2, 1, 1], "common_goal": True},
            r"values: .* differ; accepted: equal values where common",
        ),
        ({"reward": "lottery"}, "reward: 'lottery' is not accepted; accepted: one of"),
        ({"sampled": 1}, "sampled: 1 is not accepted; accepted: true or false"),
    ],
)
def test_a_wrong_value_is_named_by_its_path_with_what_is_accepted(values, message):
    with pytest.raises(ParameterError, match=rf"^environment\.{message}"):
        scenario().replace({f"environment.{name}": value for name, value in values.items()})


def test_too_many_allocations_to_list_are_refused():
    with pytest.raises(ParameterError, match=r"^num_agents: 1000 on 4 projects have"):
        equilibrium_allocations(Credit(ceilings=(0.5,) * 4, rates=(0.1,) * 4, values=(1,) * 4), 1000)
