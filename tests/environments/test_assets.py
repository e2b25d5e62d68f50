import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments.assets import Assets, scenario, small
from socialsim.environments.assets.theory import (
    growth_factor,
    jacobian,
    logit,
    payoffs,
    primary_bifurcation,
    secondary_bifurcation,
    steady_deviation,
    trajectory,
)
from socialsim.testing.links import by_hand


def market(**values):
    """Return a market that has begun, and its network."""
    environment = Assets(**values)
    state = environment.state(4)
    Assets.initialise(state, by_hand(4), np.ones(4, np.uint64))
    return state, by_hand(4)


def path_of(num_traders, beta, steps, memory=0.0, runs=1, **values):
    """Return the deviations of markets of traders, shape (num_runs, steps)."""
    described = scenario().replace(
        {
            "network": f"complete:n={num_traders}",
            "learner.beta": beta,
            "learner.memory": memory,
            "environment.noise": 0.0,
            "environment.window": steps,
            "horizon.steps": steps,
            **{f"environment.{name}": value for name, value in values.items()},
        }
    )
    simulation = Simulation(described, seed=1, replications=range(runs))
    simulation.advance(steps)
    return simulation.environment.path


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_step_by_hand(version, stream):
    state, network = market(interest=0.5, initial_deviation=1.0)
    assert state.payoff.tolist() == pytest.approx([-0.5 * -1.5 - 1.0, -0.5 * (1.2 - 1.5)])
    rewards = np.zeros(4)
    version(Assets.advance)(state, network, np.array([0, 1, 1, 1]), rewards, stream)
    price = 0.75 * 1.2 / 1.5  # three of four expect 1.2, one expects 0
    excess = price - 1.5
    earned = [excess * -1.5 - 1.0, excess * (1.2 - 1.5)]
    assert state.deviation.tolist() == pytest.approx([price, 1.0, 1.0])
    assert state.payoff.tolist() == pytest.approx(earned)
    assert rewards.tolist() == pytest.approx([earned[0], *[earned[1]] * 3])
    assert state.profit.tolist() == [0.0] * 4  # nothing was held yet
    assert state.position.tolist() == pytest.approx([-0.9, 0.3, 0.3, 0.3])


def test_profit_is_made_on_what_was_held_whatever_is_believed_now(version, stream):
    state, network = market(interest=0.5, initial_deviation=1.0)
    rewards = np.zeros(4)
    version(Assets.advance)(state, network, np.array([0, 1, 1, 1]), rewards, stream)
    held = state.position.copy()
    version(Assets.advance)(state, network, np.array([1, 0, 1, 1]), rewards, stream)
    excess = state.deviation[0] - 1.5 * state.deviation[1]
    assert state.profit.tolist() == pytest.approx((excess * held - np.array([1.0, 0.0, 0.0, 0.0])).tolist())


@given(st.lists(st.integers(0, 1), min_size=4, max_size=4), st.floats(-5, 5))
def test_the_market_clears(actions, deviation):
    state, network = market(initial_deviation=deviation)
    Assets.advance(state, network, np.array(actions), np.zeros(4), np.ones(4, np.uint64))
    assert state.position.sum() == pytest.approx(0.0, abs=1e-9)


def test_payoffs_of_the_module_and_of_the_theory_agree(stream):
    beliefs = {"trends": (0.0, 0.9, -0.5), "biases": (0.0, 0.3, -0.2), "costs": (0.4, 0.0, 0.1), "risk": 2.0}
    state, network = market(**beliefs)
    for actions in np.random.default_rng(1).integers(3, size=(20, 4)):
        Assets.advance(state, network, actions, np.zeros(4), stream)
        assert state.payoff == pytest.approx(payoffs(Assets(**beliefs), *state.deviation))


# --- Two roads: traders against the map of infinitely many ------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize(("beta", "memory"), [(2.0, 0.0), (2.8, 0.0), (3.6, 0.0), (1.5, 0.4)])
def test_many_traders_follow_the_map(beta, memory):
    found = path_of(40_000, beta, 15, memory, initial_deviation=0.8)[0]
    expected = trajectory(Assets(initial_deviation=0.8), beta, 15, memory).deviations
    assert found == pytest.approx(expected, abs=0.03)


@pytest.mark.compiled
def test_biased_and_contrarian_traders_follow_the_map_too():
    beliefs = {"trends": (0.0, 0.9, -0.9, 1.01), "biases": (0.0, 0.2, -0.2, 0.0), "costs": (0.1, 0.0, 0.0, 0.0)}
    found = path_of(40_000, 4.0, 15, **beliefs)[0]
    assert found == pytest.approx(trajectory(Assets(**beliefs), 4.0, 15).deviations, abs=0.01)


@pytest.mark.compiled
def test_the_error_falls_as_one_over_the_root_of_the_number_of_traders():
    sizes = np.array([100, 400, 1600, 6400])
    expected = trajectory(Assets(initial_deviation=0.8), 2.8, 10).deviations
    paths = [path_of(int(n), 2.8, 10, runs=60, initial_deviation=0.8) for n in sizes]
    errors = [np.sqrt(np.mean((path - expected) ** 2)) for path in paths]
    assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] == pytest.approx(-0.5, abs=0.08)


# --- Theorems ---------------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(st.floats(0.02, 0.5), st.floats(0.05, 0.9), st.floats(0.2, 5.0))
def test_the_primary_bifurcation_is_where_small_deviations_begin_to_grow(interest, position, cost):
    """For any R, any g between R and 2R and any cost."""
    here = Assets(interest=interest, trends=(0.0, (1.0 + interest) * (1.0 + position)), costs=(cost, 0.0))
    first = primary_bifurcation(here)
    assert growth_factor(here, first) == pytest.approx(1.0)
    assert jacobian(here, first, 0.0)[0, 0] == pytest.approx(1.0)
    assert growth_factor(here, first - 0.1) < 1.0 < growth_factor(here, first + 0.1)


@settings(max_examples=30)
@given(st.floats(0.02, 0.5), st.floats(0.05, 0.9), st.floats(0.2, 5.0))
def test_the_secondary_bifurcation_is_where_a_complex_pair_leaves_the_unit_circle(interest, position, cost):
    here = Assets(interest=interest, trends=(0.0, (1.0 + interest) * (1.0 + position)), costs=(cost, 0.0))
    second = secondary_bifurcation(here)
    price = steady_deviation(here, second)
    values = np.linalg.eigvals(jacobian(here, second, price, step=1e-5 * price))
    largest = values[np.abs(values).argmax()]
    assert abs(largest) == pytest.approx(1.0, abs=1e-4)
    assert abs(largest.imag) > 0.0


def test_the_papers_bifurcations():
    assert primary_bifurcation(Assets()) == pytest.approx(math.log(11.0))
    assert secondary_bifurcation(Assets()) == pytest.approx(3.33134, abs=1e-5)


@pytest.mark.parametrize("beta", [2.5, 2.8, 3.2])
def test_a_price_at_rest_is_one(beta):
    here = Assets(initial_deviation=steady_deviation(Assets(), beta))
    path = trajectory(here, beta, 5)
    assert path.deviations == pytest.approx(here.initial_deviation)
    assert path.shares[:, 1] == pytest.approx(1.1 / 1.2)


def test_below_the_bifurcation_prices_return_and_above_they_settle_elsewhere_or_never():
    path = trajectory(Assets(initial_deviation=1.0), [2.0, 2.8, 3.6], 3000).deviations[-500:]
    assert np.abs(path[:, 0]).max() < 1e-9
    assert path[:, 1] == pytest.approx(steady_deviation(Assets(), 2.8))
    assert np.ptp(path[:, 2]) > 1.5


def test_prices_below_mirror_those_above():
    above, below = (trajectory(Assets(initial_deviation=x), 3.6, 100).deviations for x in (0.5, -0.5))
    assert above == pytest.approx(-below)


def test_traders_without_a_choice_divide_equally():
    assert logit([3.0, -2.0, 0.0], 0.0).tolist() == pytest.approx([1 / 3] * 3)


def test_a_price_that_runs_away_ends_the_run_and_does_not_count():
    """Trend followers alone with g > R: the deviation grows by g/R in each step, for ever."""
    wild = scenario().replace(
        {"environment.trends": (2.0,), "environment.biases": (0.0,), "environment.costs": (0.0,), "network": "path:n=2"}
    )
    result = run(wild, replications=3, seed=1)
    assert result.runs.stop.tolist() == ["done"] * 3
    assert result.runs.verdict.tolist() == [0] * 3
    assert result.metrics["runaway_rate"].value == 1.0
    assert math.isnan(result.metrics["mispricing"].value)


# --- Other learners, measures, bad input ------------------------------------------------------------------------


def test_another_learner_of_foregone_payoffs_plays():
    result = run(small().replace({"learner": "regret_matching"}), replications=2, seed=1)
    assert np.isfinite(result.runs.mispricing).all()


def test_learners_that_see_nothing_find_that_free_beliefs_pay_more():
    """All expect the same of the price; one of the beliefs costs."""
    costly = small().replace(
        {
            **{"environment.trends": (0.0, 0.0), "environment.biases": (0.0, 0.0), "environment.costs": (0.5, 0.0)},
            **{"environment.observation": "nothing", "learner": "q_learning:discount=0", "horizon.steps": 200},
        }
    )
    assert run(costly, replications=10, seed=1).runs.share_1.mean() > 0.9


def test_where_all_prices_ran_away_the_measures_say_so():
    explosive = {"environment.trends": (2.0,), "environment.biases": (0.0,), "environment.costs": (0.0,)}
    metrics = run(small().replace(explosive | {"horizon.steps": 200}), replications=3, seed=1).metrics
    assert metrics["runaway_rate"].value == 1.0
    assert metrics["mispricing"].reason == metrics["spread"].reason == "the price ran away in every run"


def test_measures_cover_the_last_steps():
    result = run(small().replace({"environment.window": 3, "horizon.steps": 1}), seed=1)
    assert result.runs.mispricing[0] == abs(result.runs.mean_deviation[0]) == abs(result.runs.last_deviation[0])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"trends": ()}, "trends: () is not accepted; accepted: a number for each belief, at least one"),
        ({"costs": (1.0,)}, "costs: (1.0,) is not accepted; accepted: a number for each of 2 trends"),
        ({"costs": (1.0, -1.0)}, "costs: (1.0, -1.0) is not accepted; accepted: numbers >= 0"),
        ({"interest": 0.0}, "interest: 0.0 is not accepted; accepted: a float, > 0, <= 1"),
        ({"risk": -1.0}, "risk: -1.0 is not accepted; accepted: a float, > 0"),
    ],
)
def test_wrong_values_are_refused_in_one_line(values, message):
    with pytest.raises(ParameterError) as error:
        Assets(**values)
    assert str(error.value) == message


def test_bifurcations_of_other_beliefs_are_refused():
    with pytest.raises(ParameterError, match="accepted: fundamentalists"):
        primary_bifurcation(Assets(trends=(0.0, 1.05)))
