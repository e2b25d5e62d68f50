import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.engine.run import run
from socialsim.environments.minority import scenario
from socialsim.learning.forecaster import Forecaster, forecast, forecasting_rules

SAME, TREND, MIRROR = 0, 6, 9  # first of each kind over three steps: averages of 1, 1-2, 1-3, 2, 2-3, 3, then trends


def a_state(num_agents=1, num_steps=3, **parameters):
    facts = {"observation": "last attendances", "capacity": 60.0}
    seen = Specification(Discrete(2), Box(0.0, 100.0, (num_steps,)), facts)
    return Forecaster(**parameters).state(seen, num_agents)


# --- By hand ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        *((SAME, 30.0), (1, 35.0), (2, 50.0), (5, 80.0), (TREND, 20.0)),
        *((MIRROR, 70.0), (MIRROR + 3, 60.0), (MIRROR + 6, 80.0)),
    ],
)
def test_rules_forecast_as_the_module_says(rule, expected, version):
    assert version(forecast)(a_state(), rule, np.array([30.0, 40.0, 80.0])) == pytest.approx(expected)


def test_forecasts_are_cut_to_what_can_be(version):
    assert version(forecast)(a_state(), TREND, np.array([10.0, 80.0, 0.0])) == 0.0  # the line leads to -60
    assert version(forecast)(a_state(), TREND, np.array([80.0, 10.0, 0.0])) == 100.0


def test_who_trusts_the_best_rule_goes_if_it_forecasts_few(version, stream):
    state = a_state(num_rules=2)
    state.rules[0] = [SAME, MIRROR]
    state.errors[0] = [1.0, 2.0]
    seen = np.array([70.0, 0.0, 0.0])
    assert version(Forecaster.act)(state, 0, seen, stream) == 0
    state.errors[0] = [3.0, 2.0]
    assert version(Forecaster.act)(state, 0, seen, stream) == 1
    assert version(Forecaster.act)(state, 0, np.array([40.0, 0.0, 0.0]), stream) == 0  # forecast 60, not below 60


def test_errors_fade_and_grow(version, stream):
    state = a_state(num_rules=2, forgetting=0.5)
    state.rules[0] = [SAME, MIRROR]
    state.errors[0] = [4.0, 8.0]
    seen, then = np.array([70.0, 0.0, 0.0]), np.array([50.0, 70.0, 0.0])
    version(Forecaster.learn)(state, 0, seen, 1, 1.0, then, stream)
    assert state.errors[0].tolist() == [22.0, 24.0]
    assert Forecaster(num_rules=2).columns(state._replace(rules=state.rules[None], errors=state.errors[None]))[
        "rule"
    ].tolist() == [[SAME]]


# --- Two roads and properties ----------------------------------------------------------------------------------


@given(st.lists(st.floats(0.0, 100.0), min_size=5, max_size=5))
def test_trends_are_least_squares_lines(seen):
    offsets, weights = forecasting_rules(5, 100.0)
    assert len(offsets) == 2 * 5**2
    stretches = [np.arange(a, b + 1) for a in range(5) for b in range(a + 1, 5)]
    for rule, steps in enumerate(stretches, start=15):
        line = np.polyfit(-1.0 - steps, np.array(seen)[steps], 1)
        assert weights[rule] @ seen == pytest.approx(line[1], abs=1e-6)
        assert offsets[25 + rule] + weights[25 + rule] @ seen == pytest.approx(100.0 - line[1], abs=1e-6)


def test_a_constant_attendance_is_forecast_by_all_but_mirrors():
    offsets, weights = forecasting_rules(6, 100.0)
    forecasts = offsets + weights @ np.full(6, 42.0)
    assert forecasts == pytest.approx(np.repeat([42.0, 58.0], 36))


def test_agents_hold_different_rules_all_equally_often(stream):
    state = a_state(num_agents=4000, num_rules=4)
    for i in range(4000):
        Forecaster.initialise(state, i, stream)
    assert (np.diff(np.sort(state.rules, axis=1), axis=1) > 0).all()
    assert chisquare(np.bincount(state.rules.ravel(), minlength=18)).pvalue > 1e-4


@pytest.mark.compiled
def test_attendance_settles_near_the_threshold():
    for threshold in (0.3, 0.6):
        bar = scenario("el_farol").replace({"environment.threshold": threshold})
        bar = bar.replace({"environment.burn_in": 300, "horizon.steps": 800})
        attendance = run(bar, replications=5, seed=1, record_every=None).metrics["attendance"].value
        assert abs(attendance - 100 * threshold) < 5.0


@pytest.mark.compiled
def test_attendance_strays_less_the_more_rules_there_are_and_the_fewer_each_agent_holds():
    bar = scenario("el_farol").replace({"environment.burn_in": 300, "horizon.steps": 800})
    spreads = []
    for changes in ({}, {"environment.memory": 5}, {"learner.num_rules": 12}):
        spread = run(bar.replace(changes), replications=10, seed=2, record_every=None).metrics["attendance_spread"]
        spreads.append((spread.low, spread.high))
    (low, high), *others = spreads
    assert low > 5.0
    assert high < 15.0
    assert all(high < other_low for other_low, _ in others)


# --- Bad input -------------------------------------------------------------------------------------------------


def test_it_needs_attendances_and_enough_rules():
    with pytest.raises(ParameterError, match=r"accepted: environment\.observation=attendance"):
        Forecaster().state(Specification(Discrete(2), Discrete(8)), 1)
    with pytest.raises(ParameterError, match=r"learner\.num_rules: 19 is not accepted; accepted: 1 to 18"):
        a_state(num_rules=19)
