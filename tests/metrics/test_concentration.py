"""Concentration of sales and dispersion of prices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.concentration import coefficient_of_variation, concentration_ratio, herfindahl, price_range
from socialsim.metrics.diversity import hill_number

sales = st.lists(st.floats(0, 1e6), min_size=1, max_size=20).filter(lambda values: sum(values) > 1e-3)
prices = st.lists(st.floats(0.01, 1e3), min_size=1, max_size=20)


@given(sales)
def test_the_index_is_the_chance_that_two_units_come_from_one_seller(sold):
    shares = np.array(sold) / sum(sold)
    assert herfindahl(sold) == pytest.approx((shares**2).sum())
    assert 1 / herfindahl(sold) == pytest.approx(hill_number(sold, order=2))


@given(st.integers(1, 30))
def test_its_ends_are_equal_sellers_and_a_monopoly(n):
    assert herfindahl(np.full(n, 7.0)) == pytest.approx(1 / n)
    assert herfindahl(np.eye(n)[0]) == 1.0


@given(sales, st.data())
def test_a_merger_adds_twice_the_product_of_the_shares(sold, data):
    sold = [*sold, 1.0]
    k = data.draw(st.integers(0, len(sold) - 2))
    merged = sold[:k] + sold[k + 1 : -1] + [sold[k] + sold[-1]]
    added = 2 * sold[k] * sold[-1] / sum(sold) ** 2
    assert herfindahl(merged) - herfindahl(sold) == pytest.approx(added, abs=1e-9)


@given(sales, st.integers(1, 25))
def test_the_ratio_is_the_share_of_the_largest_and_grows_with_their_number(sold, num_largest):
    brute = sum(sorted(sold, reverse=True)[:num_largest]) / sum(sold)
    assert concentration_ratio(sold, num_largest) == pytest.approx(brute)
    assert concentration_ratio(sold, num_largest) <= concentration_ratio(sold, num_largest + 1) + 1e-12


@given(prices)
def test_dispersion_is_that_of_numpy(values):
    assert coefficient_of_variation(values) == pytest.approx(np.std(values) / np.mean(values), abs=1e-9)
    assert price_range(values) == max(values) - min(values)


@given(prices)
def test_prices_that_nobody_posts_do_not_count(values):
    padded = [*values, np.nan]
    assert coefficient_of_variation(padded) == pytest.approx(coefficient_of_variation(values), abs=1e-12)
    assert price_range(padded) == price_range(values)


def test_runs_are_rows_and_an_empty_market_is_undefined():
    assert np.isnan(herfindahl([[0, 0], [1, 1]])).tolist() == [True, False]
    assert np.isnan(concentration_ratio([[0, 0], [1, 1]], 1)).tolist() == [True, False]
    nobody = [[np.nan, np.nan], [1.0, np.nan]]
    assert np.isnan(coefficient_of_variation(nobody)).tolist() == [True, False]
    assert np.isnan(price_range(nobody)).tolist() == [True, False]


@pytest.mark.parametrize("values", [[], 3.0, [-1.0, 2.0], [np.inf, 1.0]])
@pytest.mark.parametrize("measure", [herfindahl, concentration_ratio, coefficient_of_variation, price_range])
def test_what_cannot_be_is_refused_by_name(measure, values):
    with pytest.raises(ParameterError, match=rf"^{measure.__name__}: "):
        measure(values)


def test_sales_of_nan_and_no_largest_seller_are_refused():
    with pytest.raises(ParameterError, match=r"^herfindahl: a number is negative or not finite"):
        herfindahl([np.nan, 1.0])
    with pytest.raises(ParameterError, match=r"^concentration_ratio: num_largest 0 is not accepted"):
        concentration_ratio([1.0], 0)
