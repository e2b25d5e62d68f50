from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.diversity import hill_number

counts = st.lists(st.integers(0, 50), min_size=1, max_size=12).filter(any)


@given(st.integers(1, 20), st.floats(0, 5))
def test_equally_common_kinds_count_as_many_as_they_are(num_kinds, order):
    assert hill_number(np.full(num_kinds, 7.0), order) == pytest.approx(num_kinds)


@given(counts)
def test_rare_kinds_count_less_the_larger_the_order(weights):
    diversity = [float(hill_number(weights, order)) for order in (0, 0.5, 1, 2, 8)]
    assert all(first >= second - 1e-9 for first, second in pairwise(diversity))
    assert diversity[0] == np.count_nonzero(weights)
    assert diversity[-1] >= 1 - 1e-12


@given(counts)
def test_order_one_is_the_limit_of_its_neighbours(weights):
    assert hill_number(weights, 1) == pytest.approx(float(hill_number(weights, 1 + 1e-6)), rel=1e-4)


def test_two_communities_without_a_common_kind_count_twice_as_much():
    assert hill_number([3, 2, 1, 3, 2, 1]) == pytest.approx(2 * hill_number([3, 2, 1]))


def test_runs_are_rows_and_nobody_has_no_diversity():
    assert np.isnan(hill_number([[0, 0], [1, 1]])).tolist() == [True, False]


@pytest.mark.parametrize(("weights", "order"), [([], 1), (2, 1), ([-1, 2], 1), ([np.nan], 1), ([1, 2], -1)])
def test_what_cannot_be_counted_is_refused(weights, order):
    with pytest.raises(ParameterError, match=r"^hill_number: "):
        hill_number(weights, order)
