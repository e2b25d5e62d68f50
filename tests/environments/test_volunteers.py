"""The volunteer's dilemma."""

from dataclasses import replace
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario
from socialsim.environments.volunteers import VOLUNTEER, WAIT, Volunteers, payoff, scenario, small
from socialsim.testing.links import by_hand


def step(group, actions, advance=Volunteers.advance):
    """Return rewards and state of one step."""
    n = len(actions)
    network = by_hand(n)
    state, rewards = group.state(n), np.zeros(n)
    with np.errstate(over="ignore"):
        advance(state, network, np.array(actions), rewards, seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0])
    return rewards, state


def by_enumeration(group, share):
    """Return what each action pays in the mean if each other volunteers with a chance: over all 2^(n-1) cases."""
    paid = np.zeros(2)
    for others in np.ndindex(*[2] * (group.group_size - 1)):
        chance = np.prod([share if other else 1 - share for other in others])
        for action in (VOLUNTEER, WAIT):
            helped = sum(others) + (action == VOLUNTEER) >= group.num_needed
            paid[action] += chance * (group.benefit * helped - group.cost * (action == VOLUNTEER))
    return paid


def test_a_step_by_hand(version):
    group = Volunteers(group_size=4, num_needed=2, benefit=3.0, cost=1.0)
    rewards, state = step(group, [VOLUNTEER, VOLUNTEER, WAIT, WAIT], version(Volunteers.advance))
    assert rewards.tolist() == [2.0, 2.0, 3.0, 3.0]
    assert state.totals.tolist() == [1, 1, 4, 2, 10]
    rewards, state = step(group, [VOLUNTEER, WAIT, WAIT, WAIT], version(Volunteers.advance))
    assert rewards.tolist() == [-1.0, 0.0, 0.0, 0.0]
    assert state.totals[1] == 0


def test_who_is_left_over_sits_out():
    rewards, state = step(Volunteers(group_size=3), [VOLUNTEER] * 5)
    assert sorted(rewards.tolist()) == [0.0, 0.0, 0.5, 0.5, 0.5]
    assert (state.volunteered == -1).sum() == 2


@given(st.integers(2, 40), st.floats(0.05, 0.95))
def test_the_symmetric_equilibrium_of_one_volunteer_is_diekmanns(size, cost):
    (share, stable), *others = Volunteers(group_size=size, cost=cost).equilibria()
    assert 1 - share == pytest.approx(cost ** (1 / (size - 1)), abs=1e-9)
    assert stable
    assert not others


@given(st.floats(0.05, 0.95))
def test_larger_groups_are_less_likely_to_be_helped(cost):
    unhelped = [(1 - Volunteers(group_size=size, cost=cost).equilibria()[0][0]) ** size for size in (2, 3, 5, 10, 30)]
    assert unhelped == sorted(unhelped)
    assert unhelped[-1] < cost


@given(st.integers(2, 7), st.integers(1, 7), st.floats(0.05, 0.95))
def test_actions_pay_alike_in_every_equilibrium(size, needed, cost):
    group = Volunteers(group_size=size, num_needed=min(needed, size), cost=cost)
    for share, _ in group.equilibria():
        volunteer, wait = by_enumeration(group, share)
        assert volunteer == pytest.approx(wait, abs=1e-9)
    stable = [is_stable for _, is_stable in group.equilibria()]
    assert stable == {1: [True], size: [False]}.get(group.num_needed, [False, True][: len(stable)])


@given(st.integers(2, 12), st.integers(1, 12))
def test_two_equilibria_exist_iff_the_cost_is_below_the_largest_chance_to_be_pivotal(size, needed):
    if not 1 < needed < size:
        return
    best = (needed - 1) / (size - 1)
    largest = comb(size - 1, needed - 1) * best ** (needed - 1) * (1 - best) ** (size - needed)
    for factor, number in ((0.98, 2), (1.02, 0)):
        if 0 < factor * largest < 1:
            assert len(Volunteers(group_size=size, num_needed=needed, cost=factor * largest).equilibria()) == number


@given(st.lists(st.integers(0, 1), min_size=6, max_size=6), st.integers(1, 3))
def test_rewards_stay_in_their_range_and_foregone_payoffs_are_true(actions, needed):
    group = Volunteers(group_size=3, num_needed=needed)
    low, high = group.specification("agent", 6).fact("reward_range")
    rewards, state = step(group, actions)
    assert ((rewards >= low) & (rewards <= high)).all()
    for i in range(6):
        assert payoff(state, actions[i], state.others[i]) == rewards[i]


def test_mean_rewards_are_those_against_tossers_of_coins():
    for needed in (1, 2, 4):
        group = Volunteers(group_size=4, num_needed=needed)
        exact = by_enumeration(group, 0.5)
        assert group.specification("agent", 8).fact("mean_rewards")[0] == pytest.approx(exact)


@pytest.mark.parametrize("size", [10, 1100, 5000])
def test_groups_may_be_large(size):
    """For k = 1; and half of the others volunteer by a toss of coins: the median of an even number is needed."""
    ((share, _),) = Volunteers(group_size=size).equilibria()
    assert 1 - share == pytest.approx(0.5 ** (1 / (size - 1)), abs=1e-9)
    facts = Volunteers(group_size=size, num_needed=size // 2).specification("agent", size)
    assert facts.fact("mean_rewards")[0, WAIT] == pytest.approx(0.5)


@pytest.mark.compiled
def test_learners_approach_the_mixed_equilibrium_as_a_population():
    """Reinforcement follows the replicator equation, whose interior rest point is stable."""
    for size in (2, 5):
        group = scenario().replace({"environment.group_size": size, "environment.burn_in": 10_000})
        found = run(group.replace({"horizon.steps": 20_000}), replications=8, seed=1, record_every=None)
        exact = 1 - 0.5 ** (1 / (size - 1))
        assert found.metrics["volunteering_rate"].value == pytest.approx(exact, abs=0.02)


@pytest.mark.compiled
def test_those_who_always_meet_divide_roles():
    """One of five comes to volunteer: far more are helped than in the symmetric equilibrium."""
    alone = Scenario(Volunteers(burn_in=50_000), "roth_erev", "complete:n=5", 100_000, scenario().metrics)
    found = run(alone, replications=40, seed=1, record_every=None).metrics
    assert found["help_rate"].value > 0.8
    assert Volunteers().equilibria()[0][0] == pytest.approx(1 - 0.5 ** (1 / 4))
    assert 1 - 0.5 ** (5 / 4) < 0.6  # helped there


def test_agents_may_leave():
    leaving = replace(small(), presence_events=(PresenceEvent(5, 0, "leave"), PresenceEvent(5, 1, "leave")))
    assert run(leaving, seed=1).runs.acts[0] == 3 * 6 + 10 * 3  # of the steps that count, 2 to 14


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cost": 1.0}, r"environment\.cost: 1\.0 is not accepted; accepted: less than the benefit, 1\.0"),
        ({"num_needed": 6}, r"environment\.num_needed: 6 is not accepted; accepted: at most group_size, 5"),
        ({"group_size": 1}, r"group_size: 1 is not accepted; accepted: an int, >= 2"),
    ],
)
def test_what_does_not_fit_is_refused(values, message):
    with pytest.raises(ParameterError, match=message):
        Volunteers(**values)
    with pytest.raises(ParameterError, match=r"environment\.group_size: 5 is not accepted; accepted: at most"):
        Volunteers().state(4)
