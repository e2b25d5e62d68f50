"""How functions are compiled: one copy of the code, in the loop that runs it."""

import numba
import numpy as np
import pytest

from socialsim.core.streams import integer, uniform

pytestmark = [pytest.mark.compiled, pytest.mark.skipif(numba.config.DISABLE_JIT, reason="functions are plain")]


@numba.njit
def total_of_draws(stream, size):
    total = 0.0
    for _ in range(size):
        total += uniform(stream) + integer(stream, 3)
    return total


def test_a_function_inside_a_loop_is_not_assembled_for_itself():
    total_of_draws(np.ones(4, np.uint64), 5)
    inner = uniform.get_overload.__self__  # the one that loops call
    (found,) = inner.overloads.values()
    assert found.library._compiled_object is None
    assert total_of_draws.overloads[total_of_draws.signatures[0]].library._compiled_object is not None


def test_inside_a_loop_and_called_by_python_a_function_gives_the_same_bits():
    first, second = np.arange(4, dtype=np.uint64), np.arange(4, dtype=np.uint64)
    expected = 0.0
    for _ in range(100):
        expected += uniform(second) + integer(second, 3)
    assert total_of_draws(first, 100) == expected
    assert first.tolist() == second.tolist()
