"""Equilibria of markets with search, against integrals and enumeration."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from socialsim.core.errors import ParameterError
from socialsim.environments.search_market.theory import (
    chances_to_sell,
    dispersed_price,
    gain_of_second_quote,
    lowest_of,
    mean_price_paid,
    monopoly_price,
    search_equilibria,
)

shares = st.lists(st.floats(0.02, 1.0), min_size=2, max_size=5).map(lambda q: [x / sum(q) for x in q])


@given(shares, st.floats(0, 5), st.floats(0.1, 5))
def test_every_price_of_the_equilibrium_earns_the_same(quote_shares, cost, margin):
    survival = np.linspace(0, 1, 50)
    prices = dispersed_price(survival, quote_shares, cost, cost + margin)
    number = np.arange(1, len(quote_shares) + 1)
    asked = (number * quote_shares * survival[:, None] ** (number - 1)).sum(axis=1)
    assert (prices - cost) * asked == pytest.approx(margin * quote_shares[0])
    assert (np.diff(prices) < 0).all()
    assert prices[0] == pytest.approx(cost + margin)


@given(shares)
def test_below_its_support_a_price_earns_less(quote_shares):
    lowest = dispersed_price(1.0, quote_shares, 1.0, 2.0)
    all_asked = np.arange(1, len(quote_shares) + 1) @ quote_shares
    assert (lowest - 0.01 - 1.0) * all_asked < quote_shares[0]


@settings(max_examples=20)
@given(st.floats(0.001, 0.9999), st.floats(0.1, 5))
def test_the_gain_of_a_second_quote_is_the_expected_saving(one, margin):
    def price(u):
        return float(dispersed_price(u, [one, 1 - one], 1.0, 1.0 + margin))

    saving = quad(lambda u: (1 - 2 * u) * price(u), 0, 1, limit=200)[0]
    assert gain_of_second_quote(one, 1.0, 1.0 + margin) == pytest.approx(saving, rel=1e-6, abs=1e-9)
    paid = [mean_price_paid(k, [one, 1 - one], 1.0, 1.0 + margin) for k in (1, 2)]
    if one > 0.01:  # elsewhere the price is too steep for the fixed nodes
        assert paid[0] - paid[1] == pytest.approx(saving, abs=1e-6)


def test_the_gain_is_smooth_where_its_series_takes_over():
    left, right = (gain_of_second_quote(1 - 1e-3 + step, 1.0, 2.0) for step in (-1e-9, 1e-9))
    assert left == pytest.approx(right, rel=1e-5)


@settings(max_examples=20)
@given(st.floats(0.001, 0.13))
def test_in_equilibrium_buyers_do_not_care_whether_they_ask_once_or_twice(search_cost):
    *dispersed, monopoly = search_equilibria(search_cost, 1.0, 2.0)
    assert monopoly == 1.0
    for one in dispersed:
        assert gain_of_second_quote(one, 1.0, 2.0) == pytest.approx(search_cost)
        third = mean_price_paid(2, [one, 1 - one], 1.0, 2.0) - mean_price_paid(3, [one, 1 - one], 1.0, 2.0)
        assert third < search_cost + 1e-6  # nor does a third quote pay


def test_dear_search_leaves_the_monopoly_alone_and_cheap_search_makes_prices_competitive():
    assert search_equilibria(0.15, 1.0, 2.0) == (1.0,)
    low, high, _ = search_equilibria(1e-5, 1.0, 2.0)
    assert mean_price_paid(2, [low, 1 - low], 1.0, 2.0) < 1.001
    assert mean_price_paid(1, [high, 1 - high], 1.0, 2.0) > 1.999


@given(st.lists(st.floats(0.05, 1), min_size=1, max_size=3), st.integers(1, 3), st.floats(0, 0.5))
def test_chances_against_random_rivals_are_those_of_all_cases(weights, num_quotes, share_out):
    chances = np.array(weights) / sum(weights) * (1 - share_out)
    masses, size = [*chances, share_out], len(chances)
    sells, lowest = np.zeros(size), np.zeros(size + 1)
    for others in itertools.product(range(size + 1), repeat=num_quotes - 1):
        mass = np.prod([masses[o] for o in others])
        for p, place in itertools.product(range(size), range(num_quotes)):
            earlier, later = others[:place], others[place:]
            sells[p] += mass / num_quotes * (all(o > p for o in earlier) and all(o >= p for o in later))
    for quotes in itertools.product(range(size + 1), repeat=num_quotes):
        lowest[min(quotes)] += np.prod([masses[q] for q in quotes])
    assert chances_to_sell(chances, num_quotes) == pytest.approx(sells)
    assert lowest_of(chances, num_quotes) == pytest.approx(lowest[:-1])


def test_a_monopoly_weighs_margin_against_demand():
    grid = np.linspace(1.01, 2.0, 100)
    assert monopoly_price(grid, np.linspace(2.0, 1.0, 10_001), 1.0) == pytest.approx(1.5, abs=0.011)  # (c + v)/2
    assert monopoly_price(grid, np.full(10, 2.0), 1.0) == 2.0


@pytest.mark.parametrize("quote_shares", [[1.0], [0.0, 1.0], [0.5, 0.6], [-0.5, 1.5], []])
def test_shares_without_dispersion_are_refused(quote_shares):
    with pytest.raises(ParameterError, match=r"^quote_shares: "):
        dispersed_price(0.5, quote_shares, 1.0, 2.0)


def test_free_search_is_refused():
    with pytest.raises(ParameterError, match=r"^search_cost: 0.0 is not accepted; accepted: a float, > 0$"):
        search_equilibria(0.0, 1.0, 2.0)
