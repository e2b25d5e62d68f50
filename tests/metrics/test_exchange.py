import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.exchange import allocative_efficiency, equilibrium, smith_alpha

limits = st.lists(st.integers(1, 30), min_size=1, max_size=12)


@given(limits, limits)
def test_supply_meets_demand_at_every_equilibrium_price_and_at_no_other(values, costs):
    found = equilibrium(values, costs)
    v, c = np.array(values), np.array(costs)
    clears = [p for p in np.arange(0, 31.5, 0.5) if (v > p).sum() <= (c <= p).sum() and (c < p).sum() <= (v >= p).sum()]
    if found.quantity == 0:
        assert v.max() < c.min()
    else:
        inside = [p for p in clears if c.min() <= p <= v.max()]
        assert (found.low, found.high) == (min(inside), max(inside))


@given(limits, limits)
def test_no_other_number_of_trades_makes_a_larger_surplus(values, costs):
    found = equilibrium(values, costs)
    v, c = sorted(values, reverse=True), sorted(costs)
    assert found.surplus == max(sum(v[:k]) - sum(c[:k]) for k in range(min(len(v), len(c)) + 1))


def test_the_largest_quantity_counts_the_units_that_are_worth_their_cost_exactly():
    assert equilibrium([10, 5], [5, 5]).quantity == 2
    assert equilibrium([10, 5], [5, 5]).price == 5.0


def test_without_gains_from_trade_there_is_no_price():
    assert equilibrium([3], [4]).quantity == 0
    assert np.isnan(equilibrium([3], [4]).price)


@pytest.mark.parametrize("wrong", [[], [[1, 2]], [1.0, float("nan")]])
def test_units_that_are_no_numbers_are_refused(wrong):
    with pytest.raises(ParameterError, match=r"costs: .* accepted: finite numbers"):
        equilibrium([1], wrong)


def test_efficiency_where_there_is_nothing_to_gain_is_undefined():
    assert np.isnan(allocative_efficiency(0, 0))


@given(st.lists(st.integers(1, 200), min_size=1, max_size=20), st.floats(1, 200))
def test_alpha_is_the_distance_of_mean_and_spread_of_prices_from_equilibrium(prices, price):
    squares = np.var(prices) + (np.mean(prices) - price) ** 2
    assert smith_alpha(prices, price) == pytest.approx(100 * np.sqrt(squares) / price)


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan")])
def test_an_equilibrium_price_that_is_not_positive_is_refused(wrong):
    with pytest.raises(ParameterError, match="equilibrium_price"):
        smith_alpha([1.0], wrong)
