"""Gradient ascent."""

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.learning.gradient_ascent import GradientAscent

SLOPES = {"observation": "own action, slope of the reward"}
SEES = Specification(Box(0.0, 2.0), Box(shape=(2,)), SLOPES)


def climb(learn, state, action, slope):
    learn(state, 0, None, action, 0.0, np.array([action, slope]), None)
    return state.level[0]


def test_it_follows_the_slope_no_further_than_its_longest_step_and_the_ends(version):
    learn, state = version(GradientAscent.learn), GradientAscent(alpha=0.1, largest_step=0.25).state(SEES, 1)
    assert climb(learn, state, 1.0, 3.0) == pytest.approx(1.3)
    assert climb(learn, state, 1.0, -30.0) == pytest.approx(0.5)  # a quarter of the range
    assert climb(learn, state, 1.9, 30.0) == 2.0
    assert climb(learn, state, 0.1, -30.0) == 0.0


def test_on_a_parabola_the_error_shrinks_by_a_constant_factor():
    state, x = GradientAscent(alpha=0.1, largest_step=1.0).state(SEES, 1), 0.5
    for _ in range(20):
        x = climb(getattr(GradientAscent.learn, "py_func", GradientAscent.learn), state, x, -2.0 * (x - 1.2))
    assert 1.2 - x == pytest.approx(0.7 * (1 - 2 * 0.1) ** 20)


def test_it_starts_in_the_middle_part(stream):
    state = GradientAscent(spread=0.5).state(SEES, 1000)
    with np.errstate(over="ignore"):
        for i in range(1000):
            GradientAscent.initialise(state, i, stream)
    assert 0.5 <= state.level.min() < 0.52 < 1.48 < state.level.max() <= 1.5


@pytest.mark.parametrize(
    ("specification", "message"),
    [
        (Specification(Discrete(2), Box(shape=(2,)), SLOPES), "such as production"),
        (Specification(Box(0.0, 1.0), Box(shape=(2,))), "such as production"),
        (Specification(Discrete(2), facts={"slope_by": "environment.effort=continuous"}), "accepted: environment.eff"),
        (Specification(Box(0.0), Box(shape=(2,)), SLOPES), "between two finite ends"),
    ],
)
def test_it_says_what_it_needs(specification, message):
    with pytest.raises(ParameterError, match=message):
        GradientAscent().state(specification, 1)
