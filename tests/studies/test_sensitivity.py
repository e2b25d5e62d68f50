"""Indices against Ishigami and Homma's function, whose variances are known in closed form."""

import math

import pytest

from socialsim.core.errors import ParameterError
from socialsim.studies.design.designs import Fast, Morris, Random, Saltelli, make_settings
from socialsim.studies.design.factors import make_factor
from socialsim.studies.statistics.sensitivity import sensitivity_indices

SEED, A, B = 3, 7.0, 0.1
FACTORS = {path: make_factor({"linear": [-math.pi, math.pi]}) for path in ("x", "y", "z")}


@pytest.fixture(autouse=True)
def salib():
    pytest.importorskip("SALib")


def ishigami(x, y, z):
    return math.sin(x) + A * math.sin(y) ** 2 + B * z**4 * math.sin(x)


def indices(design):
    outcomes = [ishigami(**setting) for setting in make_settings(design, FACTORS, SEED)]
    return sensitivity_indices(design, list(FACTORS), outcomes, SEED).set_index(["index", "factor"])


def exact():
    first = 0.5 * (1 + B * math.pi**4 / 5) ** 2
    second, both = A**2 / 8, 8 * B**2 * math.pi**8 / 225
    total = first + second + both
    return {
        ("S1", "x"): first / total,
        ("S1", "y"): second / total,
        ("S1", "z"): 0.0,
        ("ST", "x"): (first + both) / total,
        ("ST", "y"): second / total,
        ("ST", "z"): both / total,
    }


@pytest.mark.parametrize(("design", "tolerance"), [(Saltelli(size=2048), 0.03), (Fast(size=2049), 0.06)])
def test_the_indices_are_those_of_the_closed_form(design, tolerance):
    found = indices(design)
    for name, value in exact().items():
        assert found.value[name] == pytest.approx(value, abs=tolerance)


def test_second_order_indices_are_what_two_factors_do_only_together():
    found = indices(Saltelli(size=4096, second_order=True))
    together = exact()["ST", "z"]  # z acts only together with x
    for pair, value in {"x x y": 0.0, "x x z": together, "y x z": 0.0}.items():
        assert found.value["S2", pair] == pytest.approx(value, abs=0.03)
        assert found.low["S2", pair] <= value <= found.high["S2", pair]
    for name, value in exact().items():
        assert found.value[name] == pytest.approx(value, abs=0.03)


def test_the_intervals_of_saltelli_hold_the_closed_form():
    found = indices(Saltelli(size=1024))
    covered = [found.low[name] <= value <= found.high[name] for name, value in exact().items()]
    assert sum(covered) >= 5


def test_elementary_effects_of_a_linear_outcome_are_its_slopes():
    design = Morris(trajectories=10)
    factors = {"x": make_factor({"linear": [0, 1]}), "y": make_factor({"linear": [0, 2]})}
    outcomes = [3 * setting["x"] - setting["y"] for setting in make_settings(design, factors, SEED)]
    found = sensitivity_indices(design, ["x", "y"], outcomes, SEED).set_index(["index", "factor"]).value
    assert [found["mu", "x"], found["mu", "y"]] == pytest.approx([3, -2])
    assert [found["mu_star", "x"], found["mu_star", "y"]] == pytest.approx([3, 2])
    assert [found["sigma", "x"], found["sigma", "y"]] == pytest.approx([0, 0], abs=1e-9)


@pytest.mark.parametrize("design", [Saltelli(size=8), Fast(size=65)])
def test_shares_of_no_variance_are_undefined(design):
    num_settings = len(list(make_settings(design, FACTORS, SEED)))
    found = sensitivity_indices(design, list(FACTORS), [2.0] * num_settings, SEED)
    assert found[["value", "low", "high"]].isna().all(axis=None)


def test_equal_seeds_give_equal_intervals():
    assert indices(Saltelli(size=64)).equals(indices(Saltelli(size=64)))


@pytest.mark.parametrize("outcomes", [[1.0], [float("nan")] * 40])
def test_outcomes_that_do_not_fit_are_refused(outcomes):
    with pytest.raises(ParameterError, match="accepted: 40 finite numbers"):
        sensitivity_indices(Saltelli(size=8), list(FACTORS), outcomes, SEED)


def test_a_design_without_indices_is_refused():
    with pytest.raises(ParameterError, match="the design random has no indices; accepted: saltelli, morris or fast"):
        sensitivity_indices(Random(size=8), list(FACTORS), [1.0] * 8, SEED)
