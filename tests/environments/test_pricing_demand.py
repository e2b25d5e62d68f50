"""Demand, profits and surplus of a market, its Nash equilibrium and its monopoly."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from socialsim.core.errors import ParameterError
from socialsim.environments.pricing import Pricing
from socialsim.environments.pricing.demand import Market


def symmetric(competition, num_sellers, cost=1.0, quality=2.0, **others):
    return Market(competition, np.full(num_sellers, cost), np.full(num_sellers, quality), **others)


@st.composite
def markets(draw, competition):
    """Return a market of two to four unequal sellers who all sell something at both benchmarks."""
    n = draw(st.integers(2, 4))
    costs = np.array(draw(st.lists(st.floats(0.0, 1.0), min_size=n, max_size=n)))
    margins = np.array(draw(st.lists(st.floats(1.0, 1.5), min_size=n, max_size=n)))
    if competition == "logit":
        mu, spread = draw(st.sampled_from([0.05, 0.25, 2.0])), draw(st.sampled_from([0.0, 0.2]))
        return Market("logit", costs, costs + margins, mu, draw(st.floats(-0.5, 0.5)), spread)
    market = Market(competition, costs, costs + margins, substitution=draw(st.floats(0.05, 0.5)))
    try:
        market.nash(), market.monopoly()
    except ParameterError:
        assume(False)
    return market


ANY_MARKET = st.sampled_from(["logit", "linear", "cournot"]).flatmap(markets)


# --- By hand ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("num_sellers", "nash", "monopoly", "nash_profit", "monopoly_profit"),
    [(2, 1.47293, 1.92498, 0.22293, 0.33749), (3, 1.37016, 2.00000, 0.12016, 0.25000)],
)
def test_the_benchmarks_of_calvano_et_al(num_sellers, nash, monopoly, nash_profit, monopoly_profit):
    market = symmetric("logit", num_sellers)
    figures = market.nash(), market.monopoly(), market.profits(market.nash()), market.profits(market.monopoly())
    for figure, published in zip(figures, (nash, monopoly, nash_profit, monopoly_profit), strict=True):
        assert figure == pytest.approx(np.full(num_sellers, published), abs=5e-6)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_linear_markets_have_the_textbook_solutions(n):
    a, c, g = 3.0, 1.0, 0.6
    cournot, bertrand = (symmetric(name, n, c, a, substitution=g) for name in ("cournot", "linear"))
    assert cournot.nash() == pytest.approx(np.full(n, (a - c) / (2 + g * (n - 1))))
    assert cournot.monopoly() == pytest.approx(np.full(n, (a - c) / (2 * (1 + g * (n - 1)))))
    assert bertrand.monopoly() == pytest.approx(np.full(n, (a + c) / 2))
    slope, cross = (1 + g * (n - 2)), g  # q_i in proportion to (1 - g) a - slope p_i + cross sum of the others
    assert bertrand.nash() == pytest.approx(np.full(n, ((1 - g) * a + slope * c) / (2 * slope - (n - 1) * cross)))
    assert bertrand.profits(bertrand.monopoly()) == pytest.approx(cournot.profits(cournot.monopoly()))
    assert (bertrand.nash() < cournot.prices(cournot.nash())).all()  # Singh and Vives: prices compete harder


def test_homogeneous_cournot_sellers_share_the_monopoly():
    market = symmetric("cournot", 4, substitution=1.0)
    assert market.nash() == pytest.approx(np.full(4, 1 / 5))
    assert market.monopoly() == pytest.approx(np.full(4, 1 / 8))


def test_a_dear_good_leaves_the_linear_market_to_the_others():
    market = Market("linear", np.zeros(3), np.array([2.0, 2.0, 1.0]), substitution=0.5)
    assert market.quantities([1.0, 1.0, 0.9]) == pytest.approx([2 / 3, 2 / 3, 0.0])
    assert market.quantities([1.0, np.inf, np.inf]) == pytest.approx([1.0, 0.0, 0.0])
    assert market.quantities([np.inf, np.inf, np.inf]).tolist() == [0.0, 0.0, 0.0]
    assert market.profits([np.inf, 1.0, np.inf]) == pytest.approx([0.0, 1.0, 0.0])


def test_stochastic_demand_is_the_mean_over_two_levels():
    market = symmetric("logit", 2, outside=0.1, outside_spread=0.3)
    low, high = (symmetric("logit", 2, outside=level) for level in (-0.2, 0.4))
    prices = np.array([1.4, 1.7])
    for quantity in ("quantities", "profits", "consumer_surplus"):
        mean = (getattr(low, quantity)(prices) + getattr(high, quantity)(prices)) / 2
        assert getattr(market, quantity)(prices) == pytest.approx(mean)


# --- Properties and theorems -----------------------------------------------------------------------------------------


@pytest.mark.compiled
@settings(max_examples=40)
@given(ANY_MARKET)
def test_at_nash_nobody_gains_by_another_choice(market):
    nash = market.nash()
    profits = market.profits(nash)
    for i in range(len(nash)):
        trials = np.tile(nash, (400, 1))
        trials[:, i] = np.linspace(0.0, 4.0 * nash[i], 400)
        assert market.profits(trials)[:, i].max() <= profits[i] * (1 + 1e-12)


@settings(max_examples=25)
@given(ANY_MARKET)
def test_monopoly_is_the_highest_joint_profit(market):
    monopoly = market.monopoly()
    highest = market.profits(monopoly).sum()
    found = minimize(lambda choices: -market.profits(choices).sum(), 0.9 * monopoly, method="Nelder-Mead")
    assert -found.fun <= highest * (1 + 1e-12)
    assert -found.fun == pytest.approx(highest, rel=1e-3)
    assert market.profits(market.nash()).sum() < highest


@settings(max_examples=25)
@given(ANY_MARKET, st.permutations(range(4)))
def test_sellers_are_their_costs_and_qualities_alone(market, order):
    order = [i for i in order if i < len(market.costs)]
    other = Market(
        market.competition,
        market.costs[order],
        market.qualities[order],
        market.differentiation,
        market.outside,
        market.outside_spread,
        market.substitution,
    )
    assert other.nash() == pytest.approx(market.nash()[order], rel=1e-9)
    assert other.monopoly() == pytest.approx(market.monopoly()[order], rel=1e-9)


@given(st.lists(st.floats(0.0, 6.0), min_size=2, max_size=5), st.floats(0.05, 5.0))
def test_logit_shares_sum_to_less_than_one(prices, mu):
    shares = symmetric("logit", len(prices), differentiation=mu).quantities(np.array(prices))
    assert (shares >= 0).all()
    assert shares.sum() < 1 + 1e-12


@given(st.lists(st.floats(0.0, 4.0), min_size=2, max_size=5), st.floats(0.0, 0.95))
def test_linear_demand_is_what_a_buyer_wants_most(prices, substitution):
    """Of max U(q) - p q with q >= 0: marginal utility is p where q > 0, and at most p elsewhere."""
    market = symmetric("linear", len(prices), substitution=substitution)
    quantities = market.quantities(np.array(prices))
    assert (quantities >= 0).all()
    excess = market.qualities - market.substitutes @ quantities - prices
    assert excess[quantities > 0] == pytest.approx(0.0, abs=1e-9)
    assert (excess < 1e-9).all()


@settings(max_examples=25)
@given(st.sampled_from(["logit", "linear"]).flatmap(markets))
def test_a_higher_price_costs_buyers_what_they_buy(market):
    """dCS / dp_i = -q_i."""
    prices, step = market.nash(), 1e-6
    for i in range(len(prices)):
        change = step * (np.arange(len(prices)) == i)
        slope = (market.consumer_surplus(prices + change) - market.consumer_surplus(prices - change)) / (2 * step)
        assert slope == pytest.approx(-market.quantities(prices)[i], abs=1e-7)


@settings(max_examples=25)
@given(markets("cournot"))
def test_quantities_and_the_prices_that_clear_them_are_one_market(market):
    bertrand = Market("linear", market.costs, market.qualities, substitution=market.substitution)
    for quantities in (market.nash(), market.monopoly()):
        prices = market.prices(quantities)
        assert bertrand.quantities(prices) == pytest.approx(quantities)
        assert bertrand.profits(prices) == pytest.approx(market.profits(quantities))
        assert bertrand.consumer_surplus(prices) == pytest.approx(market.consumer_surplus(quantities))


# --- Limits ----------------------------------------------------------------------------------------------------------


def test_competition_among_near_copies_leaves_a_margin_of_n_over_n_minus_one():
    """As mu goes to 0 nobody buys outside, and (p - c) / mu goes to n / (n - 1)."""
    for n in (2, 3, 10):
        margins = (symmetric("logit", n, differentiation=0.01).nash() - 1.0) / 0.01
        assert margins == pytest.approx(np.full(n, n / (n - 1)), rel=1e-9)


def test_a_seller_without_rivals_is_a_monopolist():
    market = symmetric("logit", 1)
    assert market.nash() == pytest.approx(market.monopoly())


def test_far_apart_sellers_have_a_nash_equilibrium_too():
    market = Market("logit", np.ones(2), np.array([2.0, 20.0]))
    nash = market.nash()
    assert nash[0] == pytest.approx(1.25, abs=0.01)  # who sells next to nothing asks the least margin
    assert nash[1] > 17


# --- Bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"differentiation": 0.001}, "differentiation: 0.001 makes choices certain .* accepted: >= 0.01"),
        ({"competition": "linear", "costs": [0.0, 1.9]}, "seller 1 would sell nothing .* accepted: margins"),
        (
            {"competition": "cournot", "substitution": 1.0, "costs": [0.5, 1.0]},
            "joint profit .* accepted: equal margins",
        ),
        ({"outside": 10.0}, "competes with nobody or sells nothing.* accepted: goods that compete"),
        ({"competition": "linear", "substitution": 0.0}, "competes with nobody .* accepted: goods that compete"),
        ({"competition": "linear", "costs": [0.0], "overshoot": 1.0, "substitution": 0.9}, "overshoot: 1.0 leads to"),
        ({"costs": [1.0, 1.0, 1.0]}, "costs: 3 numbers for 2 sellers; accepted: 1 or 2"),
    ],
)
def test_a_market_without_a_grid_is_refused(parameters, message):
    with pytest.raises(ParameterError, match=message):
        Pricing(**parameters).grid(2)


def test_one_seller_is_no_competition():
    with pytest.raises(ParameterError, match=r"network: 1 seller has nobody .* accepted: 2 or more"):
        Pricing().specification("seller", 1)
