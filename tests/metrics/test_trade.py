import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.trade import comparative_advantage, gains_from_trade

RICARDO = [[1 / 100, 1 / 120], [1 / 90, 1 / 80]]  # England and Portugal: cloth and wine in a year of labour


def test_ricardo_each_gains_by_its_comparative_advantage():
    specialised, reversed_ = [[1, 0], [0, 1]], [[0, 1], [1, 0]]
    made = math.sqrt(RICARDO[0][0] * RICARDO[1][1])
    alone = math.sqrt(RICARDO[0][0] * RICARDO[0][1]) / 2 + math.sqrt(RICARDO[1][0] * RICARDO[1][1]) / 2
    assert gains_from_trade(RICARDO, specialised) == pytest.approx(made / alone - 1)
    assert gains_from_trade(RICARDO, specialised) > 0 > gains_from_trade(RICARDO, reversed_)
    assert comparative_advantage(RICARDO, specialised) == 1.0
    assert comparative_advantage(RICARDO, reversed_) == -1.0


@given(st.integers(0, 2**16), st.floats(0.1, 10))
def test_neither_absolute_advantage_nor_the_unit_of_a_good_matters(seed, scale):
    stream = np.random.default_rng(seed)
    q, x = stream.random((3, 3)) + 0.1, stream.dirichlet([1, 1, 1], size=3)
    units, better = q * [scale, 1, 1], q * [[scale], [1], [1]]
    assert gains_from_trade(units, x) == pytest.approx(gains_from_trade(q, x), abs=1e-9)
    for other in (units, better):
        assert comparative_advantage(other, x) == pytest.approx(comparative_advantage(q, x), abs=1e-9)


@given(st.integers(0, 2**16))
def test_alike_agents_gain_nothing_whatever_they_divide(seed):
    x = np.random.default_rng(seed).dirichlet([1, 1], size=4)
    assert gains_from_trade(np.full((4, 2), 3.0), x) <= 1e-9
    assert gains_from_trade(np.full((4, 2), 3.0), np.full((4, 2), 0.5)) == pytest.approx(0.0)
    assert math.isnan(comparative_advantage(np.full((4, 2), 3.0), x))


@pytest.mark.parametrize(
    ("q", "x", "message"),
    [
        ([[1, 1]], [[1]], "allocation: shapes"),
        ([[1, 0]], [[1, 0]], "productivity: not accepted; accepted: finite numbers > 0"),
        ([[1, 1]], [[0.7, 0.7]], "allocation: not accepted; accepted: shares >= 0"),
        ([[1, 1]], [[-0.1, 0.7]], "allocation: not accepted; accepted: shares >= 0"),
    ],
)
def test_bad_input_is_named(q, x, message):
    with pytest.raises(ParameterError, match=message):
        gains_from_trade(q, x)
