"""The closed form of the minority game, against the minimum that it is about and against simulated agents."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.environments.minority import scenario
from socialsim.environments.minority.theory import (
    alpha_of,
    critical_alpha,
    overlap,
    predicted_predictability,
    predicted_volatility,
    stationary_state,
)


def ground_state(num_agents, num_histories, draw):
    """Return H/N and sigma^2/N at the minimum of H over mean choices m_i in [-1, 1], for strategies drawn at random."""
    strategies = draw.choice([-1.0, 1.0], (2, num_histories, num_agents))
    common, contrast = strategies.sum(axis=0) / 2, (strategies[0] - strategies[1]) / 2
    constant = common.sum(axis=1)

    def energy(m):
        excess = constant + contrast @ m
        return (excess**2).mean() / num_agents, 2 * contrast.T @ excess / num_histories / num_agents

    start, bounds = np.zeros(num_agents), [(-1.0, 1.0)] * num_agents
    found = minimize(energy, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-12, "gtol": 1e-8})
    spread = ((contrast**2).mean(axis=0) * (1.0 - found.x**2)).mean()
    return found.fun, found.fun + spread


def test_known_figures():
    assert critical_alpha() == pytest.approx(0.33740, abs=5e-6)
    volatilities = [predicted_volatility(p / 301) for p in (256, 512, 1024)]
    assert volatilities == pytest.approx([0.299, 0.506, 0.700], abs=5e-4)


def test_the_equations_hold_for_the_state_that_is_returned():
    for alpha in (0.35, 0.85, 3.4, 50.0):
        state = stationary_state(alpha)
        z = math.sqrt(alpha / (1.0 + state.overlap))
        assert overlap(z) == pytest.approx(state.overlap, abs=1e-10)
        assert alpha_of(z) == pytest.approx(alpha)
        chi = 1.0 / (alpha / math.erf(z / math.sqrt(2.0)) - 1.0)
        assert state.susceptibility == pytest.approx(chi)
        assert state.predictability == pytest.approx((1.0 + state.overlap) / 2.0 / (1.0 + chi) ** 2)
        assert state.volatility == pytest.approx(state.predictability + (1.0 - state.overlap) / 2.0)
        assert state.frozen == pytest.approx(math.erfc(z / math.sqrt(2.0)))


@pytest.mark.parametrize("alpha", [0.6, 1.5, 4.0])
def test_replicas_find_the_minimum_of_the_predictability(alpha):
    draw, num_agents = np.random.default_rng(7), 200
    found = np.array([ground_state(num_agents, round(alpha * num_agents), draw) for _ in range(9)])
    state, error = stationary_state(alpha), found.std(axis=0) / 3.0
    assert abs(found[:, 0].mean() - state.predictability) < 4 * error[0]
    assert abs(found[:, 1].mean() - state.volatility) < 4 * error[1]


def test_the_predictability_vanishes_at_the_critical_alpha_and_is_of_second_order_in_the_distance():
    critical = critical_alpha()
    near = [predicted_predictability(critical * (1.0 + step)) for step in (0.02, 0.01)]
    assert near[0] / near[1] == pytest.approx(4.0, rel=0.05)
    assert predicted_predictability(critical * 0.99) == 0.0
    assert stationary_state(critical).predictability == pytest.approx(0.0, abs=1e-12)


def test_with_many_histories_agents_toss_coins():
    for alpha in (1e2, 1e4):
        assert 0.0 < 1.0 - predicted_volatility(alpha) < 3.0 / math.sqrt(alpha)


def test_below_the_critical_alpha_the_theory_is_silent():
    assert math.isnan(predicted_volatility(0.3))
    with pytest.raises(ParameterError, match=r"alpha: 0\.3 is not accepted; accepted: 0\.33740 \(critical\) to 1e\+06"):
        stationary_state(0.3)
    with pytest.raises(ParameterError):
        stationary_state(math.nan)


@pytest.mark.compiled
def test_agents_reach_the_stationary_state():
    changes = {"network": "complete:n=151", "environment.memory": 9, "environment.burn_in": 30_000}
    game = scenario().replace({**changes, "horizon.steps": 60_000})
    metrics = run(game, replications=24, seed=3, record_every=None).metrics
    for name in ("volatility", "predictability"):
        theory = metrics[f"theory_{name}"].value
        assert abs(metrics[name].value - theory) < 4 * metrics[name].standard_error


@pytest.mark.compiled
def test_agents_who_start_alike_are_worse_than_coins_below_the_critical_alpha():
    game = scenario().replace({"environment.memory": 3, "environment.burn_in": 2000, "horizon.steps": 6000})
    metrics = run(game, replications=20, seed=1, record_every=None).metrics
    assert metrics["volatility"].low > 2.0
    assert abs(metrics["predictability"].value) < 0.02
