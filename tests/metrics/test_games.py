import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.metrics.estimates import mean
from socialsim.metrics.games import dilemma, is_dilemma, price_of_anarchy, rapoport_k

PAYOFF = st.integers(-5, 5)


@given(PAYOFF, PAYOFF, PAYOFF, PAYOFF)
def test_a_dilemma_is_what_the_four_conditions_say(r, s, t, p):
    assert is_dilemma(r, s, t, p) == (r > p and r > s and 2 * r > t + s and (t > r or p > s))


@pytest.mark.parametrize(
    ("payoffs", "holds"),
    [((3, 0, 5, 1), True), ((3, 0, 2, 1), True), ((3, 2, 3.5, 1), True), ((3, 0, 6, 1), False), ((3, 2, 2, 1), False)],
    ids=["prisoner", "stag", "chicken", "alternation pays", "harmony"],
)
def test_measured_payoffs_without_error_give_the_same_verdict(payoffs, holds):
    exact = [Estimate(x, x, x, 9) for x in payoffs]
    assert is_dilemma(*payoffs) == holds
    assert dilemma(*exact).is_dilemma == holds
    assert dilemma(*exact).alternation.low == 2 * payoffs[0] - payoffs[1] - payoffs[2]


def test_intervals_of_the_conditions_cover():
    covered, total = 0, 400
    for seed in range(total):
        runs = np.random.default_rng(seed).normal([[3.0], [0.0], [5.0], [1.0]], 0.8, size=(4, 6))
        found = dilemma(*(mean(row) for row in runs))
        covered += found.alternation.low <= 1.0 <= found.alternation.high
    assert abs(covered / total - 0.95) < 0.035


def test_one_run_shows_no_dilemma():
    found = dilemma(*(mean([x]) for x in (3.0, 0.0, 5.0, 1.0)))
    assert found.alternation.value == 1.0
    assert found.alternation.reason == "one run gives no interval"
    assert not found.is_dilemma


def test_what_was_not_measured_shows_no_dilemma():
    found = dilemma(Estimate.undefined("nobody cooperated"), *(mean([x, x]) for x in (0.0, 5.0, 1.0)))
    assert found.alternation.reason == "nobody cooperated"
    assert not found.is_dilemma


@given(PAYOFF, PAYOFF, PAYOFF, PAYOFF, st.integers(1, 4), st.integers(-9, 9))
def test_the_index_of_cooperation_has_no_unit_and_no_origin(r, s, t, p, scale, shift):
    there = rapoport_k(*(scale * x + shift for x in (r, s, t, p)))
    assert there == pytest.approx(rapoport_k(r, s, t, p), nan_ok=True)


def test_the_index_is_undefined_where_nothing_tempts():
    assert math.isnan(rapoport_k(3, 2, 2, 1))


@given(st.integers(0, 200))
def test_the_price_of_anarchy_is_that_of_trying_every_deviation(seed):
    stream = np.random.default_rng(seed)
    shape = tuple(stream.integers(1, 4, size=stream.integers(1, 4)).tolist())
    payoffs = stream.integers(0, 5, size=(len(shape), *shape)).astype(float)
    welfare, stable = {}, []
    for joint in itertools.product(*(range(n) for n in shape)):
        welfare[joint] = payoffs[(slice(None), *joint)].sum()
        others = [(i, (i, *joint[:i], a, *joint[i + 1 :])) for i, n in enumerate(shape) for a in range(n)]
        deviations = (payoffs[there] > payoffs[(i, *joint)] for i, there in others)
        if not any(deviations):
            stable.append(joint)
    worst = min((welfare[joint] for joint in stable), default=math.nan)
    expected = max(welfare.values()) / worst if worst > 0 else math.nan
    assert price_of_anarchy(payoffs) == pytest.approx(expected, nan_ok=True)


def test_payoffs_that_are_no_game_are_refused():
    with pytest.raises(ParameterError, match=r"payoffs: shape \(2, 2\) is not accepted"):
        price_of_anarchy([[1, 2], [3, 4]])
    with pytest.raises(ParameterError, match="sucker: nan is not accepted; accepted: finite numbers"):
        is_dilemma(3, math.nan, 5, 1)
