import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.studies.design.designs import (
    DESIGNS,
    Full,
    LatinHypercube,
    Listed,
    OneAtATime,
    Random,
    Sobol,
    make_design,
    make_settings,
)
from socialsim.studies.design.factors import Levels, Range, make_factor

UNIT = {"linear": [0.0, 1.0]}
LEVELS = st.dictionaries(
    st.sampled_from(["network", "environment.effect", "learner.alpha", "horizon.steps"]),
    st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True),
    min_size=1,
)


def factors_of(**given):
    return {path: make_factor(factor) for path, factor in given.items()}


def settings_of(design, factors, seed=0):
    return list(make_settings(design, factors, seed))


# --- Factors ---------------------------------------------------------------------------------------------------


def test_levels_of_ranges_by_hand():
    assert make_factor({"linear": [0, 1], "levels": 11}).values == tuple(k / 10 for k in range(11))
    assert make_factor({"log": [1e-3, 1.0], "levels": 4}).values == (0.001, 0.01, 0.1, 1.0)
    assert make_factor({"integer": [4, 20], "levels": 5}).values == (4, 8, 12, 16, 20)
    assert make_factor({"integer": [1, 2], "levels": 5}).values == (1, 2)
    assert make_factor({"integer": [-3, -1], "levels": 3}).values == (-3, -2, -1)


def test_a_finer_grid_holds_the_coarser_one():
    for scale, ends in (("linear", [0.1, 0.7]), ("log", [1e-3, 5.0])):
        coarse, fine = (make_factor({scale: ends, "levels": count}).values for count in (11, 21))
        assert set(coarse) <= set(fine)


@given(st.integers(-50, 50), st.integers(1, 50))
def test_every_integer_of_a_range_is_as_likely(low, width):
    factor = Range("integer", low, low + width)
    found = factor.at((np.arange(3 * (width + 1)) + 0.5) / (3 * (width + 1)))
    assert found == [low + k for k in range(width + 1) for _ in range(3)]


@given(st.floats(1e-9, 1e9), st.floats(1.001, 1e9), st.lists(st.floats(0, 1)), st.sampled_from(["linear", "log"]))
def test_a_range_stays_between_its_ends_and_rises(low, ratio, fractions, scale):
    factor = Range(scale, low, low * ratio)
    values = factor.at([0.0, *sorted(fractions), 1.0])
    assert values == sorted(values)
    assert (values[0], values[-1]) == (low, low * ratio)


def test_a_logarithmic_range_is_uniform_in_its_logarithm():
    values = Range("log", 1e-4, 1.0).at((np.arange(1000) + 0.5) / 1000)
    assert np.allclose(np.diff(np.log(values)), math.log(1e4) / 1000)


def test_a_kind_alone_is_a_design():
    assert make_design("full") == make_design({"kind": "full"}) == make_design({})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "the list is empty"),
        ([0.1, float("inf")], "inf is not accepted"),
        ([{"a": 1}], "accepted: a finite number, text"),
        (3, "accepted: a list of values, or one of"),
        ({}, "accepted: a list of values, or one of"),
        ({"alpha": [0.1]}, "a path stands in quotes"),
        ({"log": [1, 2], "linear": [1, 2]}, "or one of"),
        ({"log": [0, 1]}, "the lower first, > 0"),
        ({"linear": [1, 1]}, "the lower first"),
        ({"linear": [0, float("nan")]}, "two finite numbers"),
        ({"linear": [0, 10**400]}, "two finite numbers"),
        ({"linear": [False, True]}, "two finite numbers"),
        ({"linear": ["a", "b"]}, "two finite numbers"),
        ({"linear": [1, 2, 3]}, "two finite numbers"),
        ({"integer": [1, 2.5]}, "two integers"),
        ({"linear": [0, 1], "levels": 1}, "levels = 1 is not accepted; accepted: an integer >= 2"),
        ({"linear": [0, 1], "levels": 2.0}, "levels = 2.0"),
    ],
)
def test_a_wrong_factor_is_refused(given, message):
    with pytest.raises(ParameterError, match=message):
        make_factor(given)


# --- Designs ---------------------------------------------------------------------------------------------------


@given(LEVELS)
def test_a_full_design_is_the_product_of_its_levels(levels):
    settings = settings_of(Full(), factors_of(**levels))
    assert len(settings) == math.prod(len(values) for values in levels.values())
    assert len({tuple(setting.items()) for setting in settings}) == len(settings)
    assert all(setting[path] in levels[path] for setting in settings for path in levels)


@given(LEVELS)
def test_one_at_a_time_changes_one_factor_at_a_time(levels):
    base, *others = settings_of(OneAtATime(), factors_of(**levels))
    assert base == {}
    assert others == [{path: value} for path, values in levels.items() for value in values]


def test_listed_points_come_as_listed():
    points = [{"network": "karate"}, {"environment.effect": 0.1, "environment.trials": 3}]
    assert settings_of(make_design({"kind": "points", "points": points}), {}) == points


@given(st.integers(1, 40), st.integers(1, 4), st.integers(0, 1000))
def test_a_latin_hypercube_has_one_point_in_each_stratum(size, num_factors, seed):
    settings = settings_of(LatinHypercube(size=size), factors_of(**{f"x{k}": UNIT for k in range(num_factors)}), seed)
    for path in settings[0]:
        assert sorted(math.floor(setting[path] * size) for setting in settings) == list(range(size))


def test_a_sobol_design_is_balanced_on_every_dyadic_square():
    settings = settings_of(Sobol(size=64), factors_of(x=UNIT, y=UNIT))
    points = np.array([[setting["x"], setting["y"]] for setting in settings])
    for p in range(7):
        boxes = np.floor(points * [2**p, 2 ** (6 - p)]).astype(int)
        assert len({tuple(box) for box in boxes}) == 64


@pytest.mark.parametrize("kind", ["random", "sobol"])
def test_a_larger_sample_begins_with_the_smaller_one(kind):
    factors = factors_of(x=UNIT, y=UNIT, z=["a", "b", "c"])
    small, large = (settings_of(make_design({"kind": kind, "size": size}), factors, 5) for size in (8, 32))
    assert large[:8] == small


@pytest.mark.parametrize("design", [Random(size=50), LatinHypercube(size=50), Sobol(size=64)])
def test_a_seed_gives_one_sample_and_another_seed_another(design):
    factors = factors_of(x=UNIT, y={"log": [1e-3, 1.0]})
    assert settings_of(design, factors, 1) == settings_of(design, factors, 1) != settings_of(design, factors, 2)


def test_lists_are_sampled_evenly():
    settings = settings_of(LatinHypercube(size=30), factors_of(x=["a", "b", "c"], y=UNIT))
    assert sorted(setting["x"] for setting in settings) == ["a"] * 10 + ["b"] * 10 + ["c"] * 10


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "optimise", "trials": 9}, "goal: it is missing"),
        ("ful", "unknown design 'ful'; did you mean 'full'"),
        ({"kind": "adaptive"}, "unknown design 'adaptive'"),
        ({"kind": "latin-hypercube"}, "did you mean 'latin_hypercube'"),
        ({"kind": ["full"]}, "unknown design"),
        ({"kind": "random"}, "size: it is missing; accepted: an int, >= 1"),
        ({"kind": "random", "size": 0}, "size: 0 is not accepted; accepted: an int, >= 1"),
        ({"kind": "random", "size": 10.0}, "size: 10.0 is not accepted"),
        ({"kind": "random", "sise": 10, "size": 3}, "unknown parameter 'sise'; did you mean 'size'"),
        ({"kind": "sobol", "size": 100}, "accepted: a power of two, such as 128"),
        ({"kind": "morris", "trajectories": 4, "grid": 5}, "grid: 5 is not accepted; accepted: an even number"),
        ({"kind": "fast", "size": 64}, "accepted: an int, >= 65"),
        ({"common_random_numbers": 1}, "common_random_numbers: 1 is not accepted; accepted: true or false"),
        (3, "accepted: a kind"),
    ],
)
def test_a_wrong_design_is_refused(given, message):
    with pytest.raises(ParameterError, match=message):
        make_design(given)


@pytest.mark.parametrize(
    ("design", "factors", "message"),
    [
        (Full(), {}, "there are none"),
        (Random(size=3), {}, "there are none"),
        (Listed(), {}, "points: there are none"),
        (Listed(points=({},)), {"x": Levels((1,))}, "lists its own values"),
        (Full(), {"x": Range("linear", 0, 1)}, "x: the design full needs levels = NUMBER"),
        (OneAtATime(), {"x": Range("linear", 0, 1)}, "x: the design one_at_a_time needs levels"),
        (Random(size=3), {"x": Range("linear", 0, 1, 4)}, "x: levels are for the designs full and one_at_a_time"),
        (Full(), {f"x{k}": Levels(tuple(range(100))) for k in range(4)}, "100000000 points are not accepted"),
        (Listed(points=({"x": float("nan")},)), {}, "point 1: x: nan is not accepted"),
    ],
)
def test_a_design_that_does_not_fit_its_factors_is_refused(design, factors, message):
    with pytest.raises(ParameterError, match=message):
        make_settings(design, factors, 0)


def test_every_design_names_its_kind():
    assert all(kind and design.kind == kind for kind, design in DESIGNS.items())
