import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from socialsim.metrics.estimates import median
from socialsim.metrics.runs import over_runs, unrolled


def result(values):
    return SimpleNamespace(runs=pd.DataFrame({"gain": np.array(values, float)}))


def test_runs_that_leave_a_column_undefined_do_not_count():
    assert over_runs(result([1.0, math.nan, 5.0]), "gain", "none").num_runs == 2
    assert over_runs(result([1.0, math.nan, 5.0, 3.0]), "gain", "none", median).value == 3.0


def test_a_column_that_no_run_defines_says_why_and_no_runs_are_no_runs():
    assert over_runs(result([math.nan]), "gain", "nothing was sold").reason == "nothing was sold"
    assert over_runs(result([]), "gain", "nothing was sold").reason == "no runs"


@given(st.integers(1, 6), st.integers(0, 20))
def test_a_ring_is_unrolled_with_the_oldest_first(size, num_written):
    ring = np.zeros(size)
    for k in range(num_written):
        ring[k % size] = k
    assert unrolled(ring, num_written).tolist() == list(range(max(0, num_written - size), num_written))
