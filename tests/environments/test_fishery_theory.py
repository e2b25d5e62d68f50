"""Equilibria of a fishery: closed forms against brute force, theorems, limits."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.environments.fishery import Fishery
from socialsim.environments.fishery.theory import (
    at_rest,
    break_even,
    maximum_sustainable_yield,
    nash,
    open_access,
    rent_dissipation,
    social_optimum,
)

EFFORTS = np.linspace(0.0, 1.0, 20_001)
fisheries = st.builds(
    Fishery,
    growth_rate=st.floats(0.05, 1.5),
    growth_shape=st.sampled_from([0.5, 1.0, 1.0, 2.0, 3.7]),
    capacity=st.floats(0.2, 50.0),
    catchability=st.floats(0.1, 1.0),
    price=st.floats(0.5, 20.0),
    cost=st.floats(0.0, 1.0, allow_subnormal=False),
)
logistic = fisheries.map(lambda fishery: fishery.replace(growth_shape=1.0))


def profits(fishery):
    """Return the profit at rest on a grid of mean efforts, computed without the module under test."""
    taken = np.minimum(1.0, fishery.catchability * EFFORTS)
    share = np.maximum(0.0, 1.0 - taken / fishery.growth_rate) ** (1.0 / fishery.growth_shape)
    return fishery.price * taken * share * fishery.capacity - fishery.cost * EFFORTS


def test_the_default_fishery_by_hand():
    """r = .4, q = .5, p = K = 1, c = .1: b = .2; G(x) = .4 x (1 - x)."""
    fishery = Fishery()
    assert open_access(fishery) == pytest.approx((0.2, 0.64, 0.064, 0.0), abs=1e-15)
    assert maximum_sustainable_yield(fishery) == pytest.approx((0.5, 0.4, 0.1, 0.06), abs=1e-15)
    assert social_optimum(fishery) == pytest.approx((0.6, 0.32, 0.096, 0.064), abs=1e-15)
    assert nash(fishery, 7) == pytest.approx((0.3, 0.56, 0.084, 0.028), abs=1e-15)


def test_the_laboratory_commons_of_ostrom_walker_and_gardner():
    """Eight players, F(X) = 23 X - .25 X^2 cents, 5 cents a token elsewhere: 64 tokens in equilibrium, 36 at best, 39%
    of the rent. With 25 tokens an effort of 1 is 25 tokens: p q K = 25 * 23, c = 25 * 5, p q^2 K / (r N) = 25^2 * .25.
    """
    tokens, players = 25, 8
    catchability = 0.5
    price = 23 * tokens / catchability
    growth_rate = 23 * tokens * catchability / (players * tokens**2 * 0.25)
    laboratory = Fishery(growth_rate=growth_rate, catchability=catchability, price=price, cost=5.0 * tokens)
    assert players * tokens * nash(laboratory, players).effort == pytest.approx(64, abs=1e-9)
    assert players * tokens * social_optimum(laboratory).effort == pytest.approx(36, abs=1e-9)
    assert players * tokens * open_access(laboratory).effort == pytest.approx(72, abs=1e-9)
    assert players * social_optimum(laboratory).profit == pytest.approx(23 * 36 - 0.25 * 36**2 - 5 * 36, abs=1e-9)
    assert 1.0 - rent_dissipation(laboratory, nash(laboratory, players).profit) == pytest.approx(32 / 81, abs=1e-12)


@pytest.mark.parametrize(
    ("rate", "stock"), [(0.0, 220_000), (0.01, 200_000), (0.05, 132_684), (0.1, 86_119), (0.2, 58_997)]
)
def test_clarks_whales(rate, stock):
    """r = .08, K = 400 000, c/(pq) = 40 000; by Clark's formula, worked out apart from the module."""
    whales = Fishery(growth_rate=0.08, capacity=400_000.0, catchability=0.5, price=1.0, cost=20_000.0)
    assert social_optimum(whales, discount=1.0 / (1.0 + rate)).stock == pytest.approx(stock, abs=0.5)


# --- Two roads -------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(fisheries)
def test_no_effort_pays_more_for_ever_than_the_social_optimum(fishery):
    best = social_optimum(fishery)
    earned = profits(fishery)
    assert best.profit >= earned.max() - 1e-12 * fishery.price * fishery.capacity
    assert best.profit == pytest.approx(earned.max(), abs=1e-6 * fishery.price * fishery.capacity)
    assert at_rest(fishery, best.effort) == pytest.approx(best, rel=1e-6, abs=1e-9 * fishery.capacity)


@settings(max_examples=60, deadline=None)
@given(fisheries)
def test_no_effort_catches_more_for_ever_than_the_maximum_sustainable_yield(fishery):
    caught = profits(fishery.replace(cost=0.0)) / fishery.price
    assert maximum_sustainable_yield(fishery).catch == pytest.approx(caught.max(), rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(fisheries, st.integers(1, 40))
def test_nobody_gains_by_leaving_the_nash_equilibrium(fishery, num_agents):
    assume(fishery.cost > 0.0 or num_agents < 10)
    own = nash(fishery, num_agents).effort
    means = own + (EFFORTS - own) / num_agents
    taken = np.minimum(1.0, fishery.catchability * means)
    share = np.maximum(0.0, 1.0 - taken / fishery.growth_rate) ** (1.0 / fishery.growth_shape)
    left = np.where(fishery.catchability * means > 1.0, 1.0 / np.maximum(means, 1e-9), fishery.catchability)
    gains = (fishery.price * left * share * fishery.capacity - fishery.cost) * EFFORTS
    here = nash(fishery, num_agents).profit
    assert here >= gains.max() - 1e-9 * fishery.price * fishery.capacity


def best_path(fishery, discount, num_stocks):
    """Return the last stocks and the mean reward of a sole owner who, by value iteration on a grid, chooses the stock
    of the next step.
    """
    stocks = np.linspace(0.02, 1.0, num_stocks)
    grown = stocks + fishery.growth_rate * stocks * (1.0 - stocks**fishery.growth_shape)
    width = int(fishery.catchability / (stocks[1] - stocks[0])) + 3
    lowest = np.searchsorted(stocks, grown - fishery.catchability * stocks) - 1
    reach = np.clip(lowest[:, None] + np.arange(width), 0, num_stocks - 1)
    caught = grown[:, None] - stocks[reach]
    effort = caught / (fishery.catchability * stocks[:, None])
    possible = (effort >= -1e-12) & (effort <= 1.0 + 1e-12)
    reward = np.where(possible, fishery.price * caught - fishery.cost * effort, -np.inf)
    value = np.zeros(num_stocks)
    for _ in range(min(4000, int(math.log(1e-7) / math.log(discount)))):
        choices = reward + discount * value[reach]
        value = choices.max(axis=1)
    best = choices.argmax(axis=1)
    at, path, rewards = num_stocks - 1, [], []
    for _ in range(600):
        rewards.append(reward[at, best[at]])
        at = reach[at, best[at]]
        path.append(stocks[at])
    return np.array(path[-200:]), np.mean(rewards[-200:])


@pytest.mark.parametrize("shape", [1.0, 2.0])
def test_in_short_steps_the_golden_rule_is_where_dynamic_programming_comes_to_rest(shape):
    fishery = Fishery(growth_rate=0.4 / 16, catchability=0.5 / 16, cost=0.1 / 16, growth_shape=shape)
    path, _ = best_path(fishery, 0.9 ** (1 / 16), 1500)
    assert path.mean() == pytest.approx(social_optimum(fishery, 0.9 ** (1 / 16)).stock, abs=0.005)
    assert np.ptp(path) < 0.03


def test_in_long_steps_pulses_pay_a_little_more_than_any_constant_effort():
    """A step's catch costs what it would at the stock before it, so that it pays to wait and take much at once."""
    path, profit = best_path(Fishery(), 0.999, 300)
    assert np.ptp(path) > 0.1
    assert 1.03 < profit / social_optimum(Fishery()).profit < 1.06


# --- Theorems and limits ---------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(logistic, st.integers(1, 1000))
def test_nash_effort_is_2n_over_n_plus_1_times_that_of_the_social_optimum(fishery, num_agents):
    equilibrium, best = nash(fishery, num_agents), social_optimum(fishery)
    assume(equilibrium.effort < 1.0)
    assert equilibrium.effort == pytest.approx(best.effort * 2 * num_agents / (num_agents + 1), rel=1e-9)
    assert equilibrium.profit == pytest.approx(
        best.profit * 4 * num_agents / (num_agents + 1) ** 2, rel=1e-9, abs=1e-12
    )


@settings(max_examples=60, deadline=None)
@given(logistic)
def test_the_logistic_yields_at_most_r_k_over_4_at_k_over_2(fishery):
    most = maximum_sustainable_yield(fishery)
    assume(most.effort < 1.0)
    assert most.stock == pytest.approx(fishery.capacity / 2)
    assert most.catch == pytest.approx(fishery.growth_rate * fishery.capacity / 4)


@settings(max_examples=60, deadline=None)
@given(fisheries)
def test_more_fishers_leave_less(fishery):
    assume(fishery.cost > 0.0)
    equilibria = [nash(fishery, n) for n in (1, 2, 5, 50)] + [open_access(fishery)]
    stocks, profit = [e.stock for e in equilibria], [e.profit for e in equilibria]
    assert all(more >= less - 1e-9 * fishery.capacity for more, less in itertools.pairwise(stocks))
    assert all(more >= less - 1e-9 for more, less in itertools.pairwise(profit))


def test_the_rent_that_is_left_falls_as_4_over_n():
    sizes = np.array([100, 1000, 10_000])
    left = [1.0 - rent_dissipation(Fishery(), nash(Fishery(), int(n)).profit) for n in sizes]
    slope, level = np.polyfit(np.log(sizes), np.log(left), 1)
    assert slope == pytest.approx(-1.0, abs=0.01)
    assert math.exp(level) == pytest.approx(4.0, rel=0.08)


@pytest.mark.parametrize("shape", [0.5, 1.0, 2.0])
def test_discounting_leads_from_the_social_optimum_to_open_access(shape):
    fishery = Fishery(growth_shape=shape)
    stocks = [social_optimum(fishery, discount).stock for discount in (1.0, 0.999999, 0.9, 0.5, 1e-9)]
    assert stocks == sorted(stocks, reverse=True)
    assert stocks[1] == pytest.approx(stocks[0], abs=1e-5)
    assert stocks[-1] == pytest.approx(open_access(fishery).stock, abs=1e-6)


@pytest.mark.parametrize("find", [nash, social_optimum])
def test_the_general_solution_tends_to_the_closed_form_of_the_logistic(find):
    given_ = 5 if find is nash else 0.9
    near, exact = find(Fishery(growth_shape=1.0 + 1e-9), given_), find(Fishery(), given_)
    assert near == pytest.approx(exact, abs=1e-8)


def test_where_fishing_never_pays_nobody_fishes():
    for shape in (1.0, 2.0):
        dear = Fishery(cost=0.6, growth_shape=shape)
        assert break_even(dear) == 1.0
        for equilibrium in (open_access(dear), social_optimum(dear), social_optimum(dear, 0.9), nash(dear, 5)):
            assert equilibrium == pytest.approx((1.0, 0.0, 0.0, 0.0), abs=1e-12)
        assert math.isnan(rent_dissipation(dear, 0.0))


def test_without_cost_open_access_leaves_nothing():
    assert open_access(Fishery(cost=0.0)) == (0.0, 0.8, 0.0, 0.0)


def test_effort_is_at_most_1():
    slow = Fishery(catchability=0.1, cost=0.01)
    assert open_access(slow).effort == 1.0
    assert open_access(slow) == at_rest(slow, 1.0)
    assert open_access(slow).profit > 0.0


def test_a_stock_that_is_taken_faster_than_it_grows_is_gone():
    assert at_rest(Fishery(), 0.9) == (0.0, 0.9, 0.0, pytest.approx(-0.09))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: at_rest(Fishery(), 1.1), "effort: 1.1 is not accepted; accepted: a float, >= 0, <= 1"),
        (lambda: nash(Fishery(), 0), "num_agents: 0 is not accepted; accepted: an int, >= 1"),
        (lambda: social_optimum(Fishery(), 0.0), "discount: 0.0 is not accepted; accepted: a float, > 0, <= 1"),
    ],
)
def test_wrong_arguments_are_refused(call, message):
    with pytest.raises(ParameterError) as error:
        call()
    assert str(error.value) == message
