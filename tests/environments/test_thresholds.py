"""Tasks that call for work, and colonies that answer."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.thresholds import METRICS, Thresholds, scenario, small, specialisation
from socialsim.environments.thresholds.theory import mean_field
from socialsim.learning.response_threshold import ResponseThreshold
from socialsim.testing.links import by_hand

CASTES = "response_threshold:thresholds=[[8.0],[20.0]]"


def steps(advance, environment, days, absent=()):
    """Return state and rewards after some steps of given actions."""
    state = environment.state(len(days[0]))
    rewards = np.zeros(len(days[0]))
    for actions in days:
        advance(state, by_hand(len(actions), absent=absent), np.array(actions), rewards, None)
    return state, rewards


def colony(learner=CASTES, num_agents=60, num_steps=400, **parameters):
    return Scenario(Thresholds(**parameters), learner, f"complete:n={num_agents}", num_steps, METRICS)


def test_a_step_by_hand(version):
    advance = version(Thresholds.advance)
    state, rewards = steps(advance, Thresholds(demand=(1.0, 0.5), initial_stimulus=2.0), [[1, 2, 0, 1]])
    assert state.stimulus.tolist() == [2.0 + 1.0 - 3.0 * 2 / 4, 2.0 + 0.5 - 3.0 / 4]
    assert rewards.tolist() == [3.0, 3.0, 0.0, 3.0]  # all work was needed: each takes away alpha / N, times N


def test_who_finds_little_to_do_earns_little(version):
    state, rewards = steps(version(Thresholds.advance), Thresholds(), [[1, 1, 0, 1]])
    assert state.stimulus.tolist() == [0.0]
    assert rewards.tolist() == [4 / 3, 4 / 3, 0.0, 4 / 3]  # they share the demand of all four


def test_of_a_smaller_colony_less_is_asked(version):
    state, rewards = steps(version(Thresholds.advance), Thresholds(initial_stimulus=9.0), [[1, 1, 0, 1]], absent=(0, 3))
    assert state.stimulus.tolist() == [9.0 + 1.0 - 3.0 * 1 / 2]
    assert rewards.tolist() == [0.0, 3.0, 0.0, 0.0]
    assert state.num_there.tolist() == [0, 1, 1, 0]


def test_bouts_and_switches_by_hand(version):
    first = [1, 1, 0, 1, 2, 0, 2, 1]  # bouts 1, 1, 2, 2, 1: four follow another
    days = [[action, 0] for action in first]
    state, _ = steps(version(Thresholds.advance), Thresholds(demand=(1.0, 1.0)), days)
    assert state.num_chances.tolist() == [4, 0]
    assert state.num_switches.tolist() == [2, 0]
    assert state.work.tolist() == [[4, 2], [0, 0]]
    found = specialisation(state.num_switches, state.num_chances, 2)
    assert found[0] == 1 - 2 * 2 / 4
    assert math.isnan(found[1])


def test_counting_begins_after_the_burn_in_even_within_a_bout(version):
    state, _ = steps(version(Thresholds.advance), Thresholds(demand=(1.0, 1.0), burn_in=2), [[1], [1], [1], [2]])
    assert (state.num_chances[0], state.num_switches[0], state.work[0].tolist()) == (1, 1, [1, 1])


def test_a_newcomer_does_not_switch_from_what_its_predecessor_did(version):
    advance, enter = version(Thresholds.advance), version(Thresholds.enter)
    environment = Thresholds(demand=(1.0, 1.0))
    state, rewards = environment.state(1), np.zeros(1)
    for task in (1, 2, 1):  # three in turn, each a specialist with two bouts
        enter(state, by_hand(1), 0, None)
        for action in (task, 0, task):
            advance(state, by_hand(1), np.array([action]), rewards, None)
    assert (state.num_chances[0], state.num_switches[0]) == (3, 0)
    assert specialisation(state.num_switches, state.num_chances, 2).tolist() == [1.0]


def test_demand_changes_when_it_is_said_to(version):
    environment = Thresholds(demand=(1.0, 0.0), later_demand=(0.0, 2.0), change_at=3)
    state, _ = steps(version(Thresholds.advance), environment, [[0]] * 5)
    assert state.stimulus.tolist() == [3.0, 4.0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), min_size=3, max_size=3), min_size=1, max_size=20))
def test_stimulus_never_becomes_negative_and_work_is_paid_for_once(days):
    environment = Thresholds(demand=(1.0, 0.3))
    state, total = environment.state(3), 0.0
    rewards = np.zeros(3)
    for actions in days:
        getattr(Thresholds.advance, "py_func", Thresholds.advance)(state, by_hand(3), np.array(actions), rewards, None)
        assert (state.stimulus >= 0).all()
        total += rewards.sum() / 3
    assert total + state.stimulus.sum() == pytest.approx(1.3 * len(days))  # demand is met or waits


@pytest.mark.parametrize("shares", [(1.0, 0.0), (0.5, 0.5), (0.1, 0.9)])
def test_who_works_does_not_matter_for_how_many_do(shares):
    num_steps = 200
    castes = ResponseThreshold(thresholds=((8.0,), (20.0,)), shares=shares)
    simulation = Simulation(colony(castes, num_steps=num_steps, initial_stimulus=30.0), seed=1, replications=range(3))
    simulation.advance(num_steps)
    state = simulation.environment
    active = state.work.sum(axis=(1, 2)) / (60 * num_steps)
    exact = 1 / 3 - (state.stimulus[:, 0] - 30.0) / (3.0 * num_steps)  # the identity of the module
    assert active == pytest.approx(exact, abs=1e-12)


@pytest.mark.compiled
def test_a_large_colony_is_where_the_mean_field_is():
    result = run(colony(num_agents=300, num_steps=400, burn_in=100), replications=2, seed=1)
    rest = mean_field([8.0, 20.0], [0.5, 0.5])
    assert result.runs.stimulus.mean() == pytest.approx(rest.stimulus, rel=0.05)
    active = result.agents.groupby("caste").active.mean()
    assert active.to_numpy() == pytest.approx(rest.active, rel=0.06)


@pytest.mark.parametrize("factor", [0.5, 4.0])
def test_only_ratios_of_thresholds_matter(factor):
    one, other = (mean_field([8.0 * k, 20.0 * k], [0.7, 0.3]) for k in (1.0, factor))
    assert other.stimulus == pytest.approx(factor * one.stimulus)
    assert other.active == pytest.approx(one.active)


def test_the_mean_field_meets_the_demand_of_any_mix():
    for share in np.linspace(0, 1, 11):
        rest = mean_field([8.0, 20.0], [1 - share, share])
        assert np.dot([1 - share, share], rest.active) == pytest.approx(1 / 3, abs=1e-12)
    for demand, message in ((2.5, r"less than efficiency / \(1 \+ stopping\), 2.5"), (-1.0, "a number >= 0")):
        with pytest.raises(ParameterError, match=message):
            mean_field([8.0], [1.0], demand=demand)
    for thresholds, shares in (([8.0, 20.0], [1.0, 1.0]), ([8.0], [0.5, 0.5]), ([0.0], [1.0])):
        with pytest.raises(ParameterError, match="of sum 1, and thresholds > 0"):
            mean_field(thresholds, shares)


@pytest.mark.compiled
def test_who_is_left_takes_over():
    leave = tuple(PresenceEvent(200, i, "leave") for i in range(30))  # the caste of low thresholds
    environment = Thresholds(burn_in=250)
    scenario = Scenario(environment, CASTES, "complete:n=60", 500, METRICS, presence_events=leave)
    result = run(scenario, replications=2, seed=1)
    assert result.runs.active.to_numpy() == pytest.approx([1 / 3] * 2, abs=0.02)
    assert (result.runs.stimulus > 1.5 * mean_field([8.0, 20.0], [0.5, 0.5]).stimulus).all()


def test_reinforcement_makes_specialists_and_fixed_thresholds_do_not():
    quick = {"environment.burn_in": 700, "horizon.steps": 1200, "network": "complete:n=6"}
    quick |= {"environment.initial_stimulus": 300.0}
    fast = {"learner.learning": 30.0, "learner.forgetting": 3.0}
    reinforced = run(scenario().replace(quick | fast), replications=2, seed=1).runs
    fixed = {"learner.learning": 0.0, "learner.forgetting": 0.0}
    alike = run(scenario().replace(quick | fixed), replications=2, seed=1).runs
    assert (reinforced.division_by_task > 0.5).all()
    assert (alike.division_by_task < 0.05).all()
    assert (reinforced.switch_rate < 0.3).all()
    assert abs(alike.specialisation).max() < 0.15


def test_small_runs_show_a_column_a_task():
    result = run(small(), seed=1)
    assert {"active_1", "active_2", "threshold_1", "threshold_2", "caste", "doing"} <= set(result.agents.columns)
    assert result.runs.active.item() == pytest.approx(result.runs.active_1.item() + result.runs.active_2.item())


def test_one_task_cannot_be_divided():
    metrics = run(colony(num_steps=50, num_agents=5), seed=1).metrics
    assert metrics["division"].reason == "there is one task, or nobody worked"
    assert metrics["mean_specialisation"].reason == "there is one task, or nobody had two bouts"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"demand": (0.0, 0.0)}, "demand: task 1 has no demand in (0.0, 0.0)"),
        ({"demand": (1.0, 0.0)}, "demand: task 2 has no demand in (1.0, 0.0)"),
        ({"demand": (1.0, 1.0), "later_demand": (2.0,)}, "later_demand: 1 numbers are not accepted; accepted: 2"),
        ({"demand": (1.0, -1.0)}, "demand: (1.0, -1.0) are not accepted; accepted: numbers >= 0"),
        ({"demand": ()}, "demand: no task is not accepted"),
        ({"demand": (1.0,), "change_at": 5}, "change_at: 5 is not accepted without later_demand"),
        ({"efficiency": 0.0}, "efficiency: 0.0 is not accepted; accepted: a float, > 0"),
    ],
)
def test_tasks_without_demand_are_refused(parameters, message):
    with pytest.raises(ParameterError) as error:
        Thresholds(**parameters)
    assert message in str(error.value)
