"""Least cost of abatement and the social optimum, against a general solver."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from socialsim.environments.emissions.theory import (
    abatement_at,
    abatement_cost,
    best_abatement,
    least_cost,
    price_of,
)

slopes = st.lists(st.floats(0.2, 5), min_size=1, max_size=6)


@given(slopes, st.floats(0, 1))
def test_the_price_of_a_total_leads_to_it(slopes, share):
    total = share * len(slopes)
    assert abatement_at(price_of(total, slopes), slopes).sum() == pytest.approx(total, abs=1e-9)


@settings(max_examples=25)
@given(slopes, st.floats(0.02, 0.98))
def test_no_other_division_of_a_total_costs_less(slopes, share):
    total, n = share * len(slopes), len(slopes)
    total_is_met = {"type": "eq", "fun": lambda a: a.sum() - total}
    found = minimize(
        abatement_cost,
        np.full(n, share),
        args=(slopes,),
        bounds=[(0, 1)] * n,
        constraints=[total_is_met],
        options={"ftol": 1e-10},
    )
    assert least_cost(total, slopes) <= found.fun + 1e-6
    assert least_cost(total, slopes) == pytest.approx(found.fun, rel=1e-3, abs=1e-5)


@given(slopes, st.floats(0, 6), st.data())
def test_no_abatement_is_better_than_the_best(slopes, damage, data):
    def loss(abated):
        return abatement_cost(abated, slopes) + damage * (1 - np.asarray(abated)).sum()

    other = data.draw(st.lists(st.floats(0, 1), min_size=len(slopes), max_size=len(slopes)))
    assert loss(best_abatement(damage, slopes)) <= loss(other) + 1e-9


@given(slopes, st.floats(0.01, 0.99))
def test_the_price_is_the_marginal_cost_of_the_total(slopes, share):
    total, step = share * len(slopes), 1e-5
    slope = (least_cost(total + step, slopes) - least_cost(total - step, slopes)) / (2 * step)
    assert slope == pytest.approx(price_of(total, slopes), rel=1e-3, abs=1e-3)


def test_totals_are_rows():
    totals = np.array([0.0, 1.0, 2.0])
    assert least_cost(totals, [1.0, 4.0]) == pytest.approx([0.0, 0.4, 2.5])
    assert abatement_at(totals, [1.0, 4.0]).shape == (3, 2)
