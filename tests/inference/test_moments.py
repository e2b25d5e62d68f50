"""Simulated moments: scenarios are recovered, wrong ones are found out, and what cannot be estimated is refused."""

import math
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Discrete, Environment, Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments import epistemic
from socialsim.inference import moments
from socialsim.inference.moments import fit_moments
from socialsim.inference.search import Range
from socialsim.metrics.estimates import mean

pytestmark = pytest.mark.compiled

VILLAGE = epistemic.small().replace({"environment.trials": 20})
EFFECT = "environment.effect"
RANGES = {EFFECT: (0.01, 0.2)}
STEPS = 50


class Thrown(NamedTuple):
    first: float
    second: float
    heads: Any


@pytest.fixture(scope="module")
def observed():
    return run(VILLAGE.replace({EFFECT: 0.05}), replications=400, seed=50, record_every=None).metrics


@pytest.fixture(scope="module")
def fitted(observed):
    return fit_moments(VILLAGE, observed, RANGES, replications=100, seed=1)


def test_the_parameter_of_a_scenario_is_recovered(fitted):
    effect = fitted.estimates[EFFECT]
    assert abs(effect.value - 0.05) < 3 * effect.standard_error
    assert effect.standard_error < 0.005
    assert fitted.scenario.environment.effect == effect.value
    assert fitted.remarks == ()


def test_a_right_scenario_passes_the_test_of_its_moments(fitted):
    assert (fitted.degrees, fitted.moments.index.tolist()) == (1, ["success_rate", "rounds_to_success"])
    assert fitted.p_value > 0.001
    assert (fitted.moments.z.abs() < 3.5).all()


def test_moments_that_no_value_makes_are_found_out(observed):
    """Whoever is as quick is more often right."""
    wrong = observed["success_rate"]
    value = wrong.value - 0.3
    seldom = Estimate(value, value - 0.05, value + 0.05, wrong.num_runs, standard_error=wrong.standard_error)
    fitted = fit_moments(VILLAGE, observed | {"success_rate": seldom}, RANGES, replications=100, seed=1)
    assert fitted.p_value < 1e-4
    assert fitted.moments.z["success_rate"] < -3.0


def test_the_same_streams_everywhere_give_the_same_fit(observed, fitted):
    again = fit_moments(VILLAGE, observed, RANGES, replications=100, seed=1)
    assert again.estimates == fitted.estimates
    assert again.j == fitted.j


def test_with_as_many_moments_as_parameters_there_is_nothing_left_to_test(observed):
    just = fit_moments(VILLAGE, {"rounds_to_success": observed["rounds_to_success"]}, RANGES, replications=100, seed=1)
    assert just.degrees == 0
    assert math.isnan(just.p_value)
    assert just.j < 0.1


def test_fewer_observed_runs_give_wider_intervals():
    """With n observed and R simulated runs the variance is proportional to 1 / n + 1 / R."""
    target, options = {"rounds_to_success": 11.0}, {"replications": 100, "seed": 1}
    few, many = (fit_moments(VILLAGE, target, RANGES, num_observed=n, **options).estimates[EFFECT] for n in (25, 100))
    assert few.value == pytest.approx(many.value, abs=2e-3)
    assert few.standard_error / many.standard_error == pytest.approx(math.sqrt((4 + 1) / (1 + 1)), rel=0.15)


class Coins(Environment):
    """Two coins are thrown in every step."""

    first: float = parameter(0.5, "chance of heads", ge=0, le=1)
    second: float = parameter(0.5, "chance of heads", ge=0, le=1)

    def state(self, num_agents):
        return Thrown(self.first, self.second, np.zeros(2))

    def specification(self, agent_type, num_agents):
        return Specification(Discrete(1))

    def outcomes(self, state):
        return {"first": state.heads[:, 0] / STEPS, "second": state.heads[:, 1] / STEPS}

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        env.heads[0] += uniform(stream) < env.first
        env.heads[1] += uniform(stream) < env.second


def first_heads(result):
    return mean(result.runs["first"])


def second_heads(result):
    return mean(result.runs["second"])


def all_heads(result):
    return mean(result.runs["first"] + result.runs["second"])


COINS = Scenario(Coins(), "innate", "complete:n=2", STEPS, (first_heads, second_heads, all_heads))
CHANCES = {"environment.first": (0.1, 0.9), "environment.second": (0.1, 0.9)}


def test_two_chances_and_their_errors_are_known_in_closed_form():
    """Estimates are the observed shares, but for what R simulations are off; Var = p (1 - p) / T (1 / n + 1 / R)."""
    observed = {"first_heads": 0.35, "second_heads": 0.6}
    fitted = fit_moments(COINS, observed, CHANCES, replications=400, num_observed=100, seed=3)
    for (path, estimate), share in zip(fitted.estimates.items(), observed.values(), strict=True):
        assert path in CHANCES
        variance = share * (1 - share) / STEPS
        assert abs(estimate.value - share) < 4 * math.sqrt(variance / 400)
        assert estimate.standard_error == pytest.approx(math.sqrt(variance * (1 / 100 + 1 / 400)), rel=0.4)
    assert fitted.j < 0.01


def test_five_moments_of_one_parameter_reject_and_cover_as_often_as_they_say():
    """Linear and normal moments, for which both are exact; with chi2 and N(0, 1) .16 are rejected and .87 covered."""
    num_moments, num_runs, num_fits = 5, 200, 1000
    slopes, rng = np.linspace(0.5, 1.5, num_moments), np.random.default_rng(0)
    p_values, covered = np.zeros(num_fits), np.zeros(num_fits, bool)
    for k in range(num_fits):
        noise = rng.normal(size=(num_runs, num_moments))
        simulator = moments._Simulator(COINS, {}, tuple("abcde"), num_runs, 0)
        simulator.moments = lambda places, first, size, noise=noise: noise[first : first + size].mean(axis=0)
        spread, freedom = simulator.covariance(np.zeros(1))
        weight = np.linalg.inv(2 * spread)
        apart = rng.normal(size=num_moments) / math.sqrt(num_runs) - noise.mean(axis=0)
        error = (slopes @ weight @ apart) / (slopes @ weight @ slopes)
        left = apart - error * slopes
        j = left @ weight @ left
        p_values[k] = moments._p_value(j, 4, freedom)
        weight /= moments._inflation(j, 4, freedom)
        unit = {"theta": Range(0.0, 1.0)}
        place = np.array([0.5 + error])
        found = moments._estimates(unit, place, slopes[:, None], weight, freedom - 4, num_runs)["theta"]
        covered[k] = found.low <= 0.5 <= found.high
    assert (p_values <= 0.05).mean() == pytest.approx(0.05, abs=0.02)
    assert (p_values <= 0.5).mean() == pytest.approx(0.5, abs=0.05)
    assert covered.mean() == pytest.approx(0.95, abs=0.02)


def test_moments_that_are_functions_of_each_other_and_too_few_of_them_are_refused():
    three = {"first_heads": 0.35, "second_heads": 0.6, "all_heads": 0.95}
    with pytest.raises(ParameterError, match="do not vary apart from each other"):
        fit_moments(COINS, three, CHANCES, replications=100, num_observed=100)
    with pytest.raises(ParameterError, match="observed: 1 for 2 parameters; accepted: as many or more"):
        fit_moments(COINS, {"all_heads": 0.95}, CHANCES, num_observed=5)


def test_a_parameter_that_changes_nothing_is_undefined(observed):
    """A threshold of belief moves the rounds but, so near to 1, hardly anything."""
    ranges = {"learner.threshold": Range(0.99985, 0.9999)}
    blind = fit_moments(VILLAGE.replace({EFFECT: 0.05}), observed, ranges, replications=100, seed=1)
    assert "the metrics hardly tell" in blind.estimates["learner.threshold"].reason
    assert blind.remarks[0].startswith("learner.threshold: its interval is wider than its range")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"observed": {"sucess_rate": 0.5}}, "unknown metric 'sucess_rate'; did you mean 'success_rate'?"),
        ({"observed": {"success_rate": 0.5}}, "observed: how exact success_rate is remains open"),
        ({"observed": {"success_rate": math.nan}, "num_observed": 5}, "observed: success_rate is nan"),
        ({"observed": {"success_rate": 0.5}, "num_observed": 0}, "num_observed: 0 is not accepted"),
        (
            {"observed": {"success_rate": 0.5}, "covariance": [[1.0, 0.0]]},
            "covariance: accepted: a symmetric matrix of 1",
        ),
        (
            {"observed": {"success_rate": 0.5}, "covariance": [[1.0]], "num_observed": 5},
            "num_observed, covariance: both are not accepted",
        ),
        ({"replications": 50}, "replications: 50 is not accepted; accepted: a multiple of 20, at least 40"),
        ({"free": {}}, "free: nothing is not accepted"),
        ({"free": {EFFECT: (0.2, 0.1)}}, "free: environment.effect from 0.2 to 0.1 is not accepted"),
        ({"free": {EFFECT: (0.1, 0.9)}}, "environment.effect: 0.9 is not accepted"),
        ({"free": {"environment.efect": (0.1, 0.2)}}, "did you mean 'environment.effect'?"),
    ],
)
def test_what_cannot_be_estimated_is_refused(observed, changes, words):
    request = {"observed": observed, "free": RANGES, "replications": 40} | changes
    with pytest.raises(ParameterError) as error:
        fit_moments(VILLAGE, request.pop("observed"), request.pop("free"), **request)
    assert words in str(error.value)


def test_moments_that_never_vary_are_refused():
    def success(result):
        return mean(np.ones(result.num_runs))

    always = replace(VILLAGE, metrics=(success,))
    with pytest.raises(ParameterError, match="success is the same in all runs near the estimate"):
        fit_moments(always, {"success": 1.0}, RANGES, num_observed=10, replications=40)


def test_a_covariance_weighs_like_the_errors_that_it_holds(observed, fitted):
    errors = [observed[name].standard_error for name in fitted.moments.index]
    values = {name: observed[name].value for name in fitted.moments.index}
    same = fit_moments(VILLAGE, values, RANGES, replications=100, seed=1, covariance=np.diag(errors) ** 2)
    assert same.estimates[EFFECT].value == fitted.estimates[EFFECT].value
