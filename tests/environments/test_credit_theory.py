"""Division of cognitive labour: the theorems, each held against brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from socialsim.environments.credit import Credit, equilibrium_allocations, tabulate_payoffs
from socialsim.environments.credit.theory import (
    continuous_allocation,
    failure_gains,
    greedy_allocation,
    marginal_chances,
    moves_to_optimum,
    success_chances,
)

REWARDS = ("marginal", "priority", "fair_share")


@st.composite
def communities(draw, reward, common_goal=None, most_projects=4):
    """Draw one to some projects and how credit is given for them."""
    size = draw(st.integers(1, most_projects))
    numbers = lambda low, high: st.lists(st.floats(low, high), min_size=size, max_size=size)  # noqa: E731
    is_common = draw(st.booleans()) if common_goal is None else common_goal
    return Credit(
        ceilings=draw(numbers(0.05, 1.0)),
        rates=draw(numbers(0.02, 2.0)),
        values=[draw(st.floats(0.1, 10.0))] * size if is_common else draw(numbers(0.1, 10.0)),
        common_goal=is_common,
        reward=reward if isinstance(reward, str) else draw(reward),
    )


def allocations(num_agents, num_projects):
    """Return all ways to put agents on projects, each counted once."""
    ways = itertools.product(range(num_agents + 1), repeat=num_projects)
    return np.array([way for way in ways if sum(way) == num_agents])


def enumerated_payoff(community, workers, k):
    """Return what one of the team of project k expects, by listing who succeeds: the words of the rules, slowly."""
    chances = [community.chances(n)[j, n] for j, n in enumerate(workers)]
    without = list(workers)
    without[k] -= 1
    if community.reward == "marginal":
        return float(community.value(workers) - community.value(without))
    expected = 0.0
    for successes in itertools.product((0, 1), repeat=len(workers)):
        mass = math.prod(p if success else 1 - p for p, success in zip(chances, successes, strict=True))
        rivals = sum(successes) if community.reward == "priority" else 1
        expected += mass * successes[k] / max(1, rivals)
    return community.values[k] * expected / workers[k]


def is_stable(community, workers):
    """Say whether no one gains by moving, with payoffs by enumeration."""
    for left, k in itertools.permutations(range(len(workers)), 2):
        if workers[left]:
            moved = list(workers)
            moved[left] -= 1
            moved[k] += 1
            if enumerated_payoff(community, moved, k) > enumerated_payoff(community, workers, left) * (1 + 1e-9):
                return False
    return True


# --- Theorems: payoffs ---------------------------------------------------------------------------------------------


@settings(max_examples=100)
@given(communities(st.sampled_from(REWARDS)), st.data())
def test_every_payoff_is_what_listing_all_outcomes_gives(community, data):
    num_projects = len(community.values)
    workers = data.draw(st.lists(st.integers(0, 4), min_size=num_projects, max_size=num_projects))
    state = community.state(max(1, sum(workers)))
    state.workers[:] = workers
    tabulate_payoffs(state)
    for left, k in itertools.product(range(num_projects + 1), range(num_projects)):
        moved = list(workers)
        moved[k] += 1
        if left < num_projects:
            moved[left] -= 1
        if left == num_projects or workers[left] > 0:
            assert state.payoffs[left, k] == pytest.approx(enumerated_payoff(community, moved, k), rel=1e-7, abs=1e-12)


@settings(max_examples=50)
@given(communities("priority", common_goal=True), st.data())
def test_in_a_race_exactly_the_prize_is_paid_if_anybody_succeeds(community, data):
    num_projects = len(community.values)
    workers = np.array(data.draw(st.lists(st.integers(0, 5), min_size=num_projects, max_size=num_projects)))
    state = community.state(max(1, int(workers.sum())))
    state.workers[:] = workers
    tabulate_payoffs(state)
    assert float(np.diagonal(state.payoffs) @ workers) == pytest.approx(float(community.value(workers)), abs=1e-12)


@given(st.floats(0.01, 1.0), st.floats(0.001, 50.0), st.integers(1, 60))
def test_gains_are_differences_and_never_increase(ceiling, rate, num_workers):
    chances = success_chances([ceiling], [rate], num_workers)
    gains, logs = marginal_chances([ceiling], [rate], num_workers), failure_gains([ceiling], [rate], num_workers)
    assert gains == pytest.approx(np.diff(chances), abs=1e-14)
    assert (np.diff(gains) <= 0).all()
    assert (np.diff(logs) <= 1e-12 * logs[0, 0]).all()
    assert np.exp(-logs.cumsum(axis=1)) == pytest.approx(1 - chances[:, 1:], abs=1e-12)


# --- Theorems: optimum and equilibria ----------------------------------------------------------------------------


@settings(max_examples=60)
@given(communities("marginal", most_projects=3), st.integers(1, 7))
def test_the_greedy_allocation_is_the_best_of_all(community, num_agents):
    every = allocations(num_agents, len(community.values))
    best = community.value(every).max()
    assert float(community.value(greedy_allocation(community.gains(num_agents), num_agents))) >= best * (1 - 1e-12)
    assert (community.efficiency(every) <= 1 + 1e-12).all()


@settings(max_examples=60)
@given(communities(st.sampled_from(REWARDS), most_projects=3), st.integers(1, 6))
def test_equilibria_are_those_that_brute_force_finds(community, num_agents):
    found = {tuple(workers) for workers in equilibrium_allocations(community, num_agents).tolist()}
    every = allocations(num_agents, len(community.values)).tolist()
    stable = {tuple(way) for way in every if is_stable(community, way)}
    assert all(is_stable_but_for_rounding(community, way) for way in found ^ stable)


def is_stable_but_for_rounding(community, workers):
    """Say whether nobody gains more than rounding by moving: two roads may judge such a tie differently."""
    return all(
        enumerated_payoff(community, moved, k) <= enumerated_payoff(community, workers, left) + 1e-9
        for left, k in itertools.permutations(range(len(workers)), 2)
        if workers[left]
        for moved in [[n - (j == left) + (j == k) for j, n in enumerate(workers)]]
    )


@settings(max_examples=60)
@given(communities("marginal", most_projects=3), st.integers(1, 8))
def test_where_marginal_contributions_are_paid_equilibria_are_optima(community, num_agents):
    equilibria = equilibrium_allocations(community, num_agents)
    assert len(equilibria) >= 1
    assert community.efficiency(equilibria) == pytest.approx(1.0, abs=1e-8)


@settings(max_examples=60)
@given(communities("fair_share", most_projects=3), st.integers(1, 8))
def test_fair_shares_equalise_the_average_up_to_one_worker(community, num_agents):
    equilibria = equilibrium_allocations(community, num_agents)
    greedy = greedy_allocation(community.shares(num_agents)[:, 1:], num_agents)
    assert greedy.tolist() in equilibria.tolist()
    average = community.shares(num_agents + 1)
    for workers in equilibria.tolist():
        for k, j in itertools.permutations(range(len(workers)), 2):
            if workers[k]:
                assert average[k, workers[k]] >= average[j, workers[j] + 1] * (1 - 1e-8)
            if workers[k] and workers[j]:  # hence averages differ by a factor of at most 1 + 1/n
                assert average[k, workers[k]] >= average[j, workers[j]] * workers[j] / (workers[j] + 1) * (1 - 1e-8)


@settings(max_examples=60)
@given(communities("fair_share", common_goal=False, most_projects=3), st.integers(1, 8))
def test_fair_shares_of_separate_goals_keep_half_of_the_optimum(community, num_agents):
    equilibria = equilibrium_allocations(community, num_agents)
    assert (community.efficiency(equilibria) >= 0.5).all()


@settings(max_examples=60)
@given(communities("priority", common_goal=True, most_projects=3), st.integers(1, 8))
def test_priority_for_a_common_goal_keeps_half_of_the_optimum(community, num_agents):
    equilibria = equilibrium_allocations(community, num_agents)
    assert (community.efficiency(equilibria) >= 0.5).all()


@settings(max_examples=60)
@given(communities(st.sampled_from(REWARDS), most_projects=2), st.integers(1, 12))
def test_two_projects_always_have_an_equilibrium(community, num_agents):
    assert len(equilibrium_allocations(community, num_agents)) >= 1


def test_half_of_the_optimum_is_nearly_reached_where_all_crowd_onto_one_project():
    # One worker is enough for the great project; its N-th part still pays more than a small project of one's own.
    num_agents = 20
    community = Credit(
        ceilings=(1.0,) * num_agents,
        rates=(50.0,) * num_agents,
        values=(1.0, *[(1.0 - 1e-6) / num_agents] * (num_agents - 1)),
        reward="fair_share",
    )
    crowd = np.eye(num_agents, dtype=np.int64)[:1] * num_agents
    assert community.efficiency(crowd)[0] == pytest.approx(1 / (2 - 1 / num_agents), abs=1e-5)
    assert greedy_allocation(community.shares(num_agents)[:, 1:], num_agents).tolist() == crowd[0].tolist()


def test_strevens_the_priority_rule_suits_a_common_goal_and_fair_shares_separate_ones():
    efficiency = {}
    for reward, common_goal in itertools.product(("priority", "fair_share"), (False, True)):
        community = Credit(reward=reward, common_goal=common_goal)
        [workers] = equilibrium_allocations(community, 60)
        efficiency[reward, common_goal] = float(community.efficiency(workers[None])[0])
    assert efficiency["priority", True] > efficiency["fair_share", True] > 0.99
    assert efficiency["priority", False] < efficiency["fair_share", False] < 0.97


@settings(max_examples=40)
@given(communities("marginal", most_projects=3), st.integers(1, 8), st.data())
def test_the_distance_is_the_fewest_moves_to_any_best_allocation(community, num_agents, data):
    every = allocations(num_agents, len(community.values))
    workers = np.array(data.draw(st.sampled_from(every.tolist())))
    gains = community.gains(num_agents)
    worth = np.array([sum(gains[k, :n].sum() for k, n in enumerate(way)) for way in every])
    best = every[worth >= worth.max() - 1e-9 * gains.max()]
    nearest = np.maximum(workers - best, 0).sum(axis=1).min()
    assert moves_to_optimum(workers, gains) >= nearest
    exact = every[worth >= worth.max() - 1e-13 * gains.max()]
    assert moves_to_optimum(workers, gains) <= np.maximum(workers - exact, 0).sum(axis=1).min()


def test_equal_projects_have_many_best_allocations():
    gains = Credit(ceilings=(0.5, 0.5), rates=(0.1, 0.1), values=(1, 1)).gains(5)
    assert moves_to_optimum([[5, 0], [4, 1], [3, 2], [2, 3], [0, 5], [0, 0]], gains).tolist() == [2, 1, 0, 0, 2, 0]


# --- Divisible labour --------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(communities("marginal", common_goal=False, most_projects=5), st.floats(0.5, 100.0))
def test_divisible_labour_equalises_marginal_values_where_it_is_used(community, num_workers):
    ceilings, rates, values = (np.array(x) for x in (community.ceilings, community.rates, community.values))
    workers = continuous_allocation(ceilings, rates, values, num_workers)
    assert workers.sum() == pytest.approx(num_workers)
    log_marginals = np.log(values * ceilings * rates) - rates * workers
    used = workers > 0
    assert np.ptp(log_marginals[used]) < 1e-8
    assert (log_marginals[~used] <= log_marginals[used].min() + 1e-8).all()


@pytest.mark.parametrize("num_workers", [3.0, 20.0, 60.0])
def test_divisible_labour_is_what_a_general_optimiser_finds(num_workers):
    ceilings, rates, values = np.array([0.9, 0.6, 0.3]), np.array([0.05, 0.1, 0.02]), np.array([1.0, 2.0, 3.0])
    lost = lambda n: -(values * ceilings * -np.expm1(-rates * n)).sum()  # noqa: E731
    budget = {"type": "eq", "fun": lambda n: n.sum() - num_workers}
    found = optimize.minimize(
        lost, np.full(3, num_workers / 3), bounds=[(0, num_workers)] * 3, constraints=[budget], options={"ftol": 1e-14}
    )
    ours = continuous_allocation(ceilings, rates, values, num_workers)
    assert found.success
    assert ours == pytest.approx(found.x, abs=1e-3)
    assert lost(ours) <= found.fun + 1e-12


def test_whole_workers_lose_in_inverse_proportion_to_the_square_of_their_number():
    """With rates of 3/N the loss against divisible labour is of second order in one worker's share."""
    sizes = (25, 50, 100, 200, 400)
    losses = []
    for size in sizes:
        lost = []
        for shift in np.linspace(0, 1, 21):  # the fraction left over depends on luck: average it out
            community = Credit(ceilings=(0.9, 0.6 + 0.1 * shift, 0.3), rates=(3 / size,) * 3)
            best = continuous_allocation(community.ceilings, community.rates, community.values, size)
            divisible = (np.array(community.ceilings) * -np.expm1(-3 / size * best)).sum()
            lost.append(divisible - float(community.value(greedy_allocation(community.gains(size), size))))
        losses.append(np.mean(lost))
    slope = np.polyfit(np.log(sizes), np.log(losses), 1)[0]
    assert slope == pytest.approx(-2.0, abs=0.1)


def test_fair_shares_of_many_workers_equalise_the_average():
    """p_1(x) / x = p_2(1 - x) / (1 - x) with rates per whole community, solved by bisection."""
    size, ceilings, rate = 4000, (0.9, 0.6), 3.0
    average = lambda c, x: c * -math.expm1(-rate * x) / x  # noqa: E731
    share = optimize.brentq(lambda x: average(ceilings[0], x) - average(ceilings[1], 1 - x), 0.01, 0.99)
    community = Credit(ceilings=ceilings, rates=(rate / size,) * 2, values=(1, 1), reward="fair_share")
    workers = greedy_allocation(community.shares(size)[:, 1:], size)
    assert workers[0] / size == pytest.approx(share, abs=1.5 / size)
