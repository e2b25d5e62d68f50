"""Runs of whole communities of labs; what happens in a step is tested in ``test_incentives.py``."""

import numpy as np
import pytest
from scipy import stats

from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments.incentives import payoff_gini, replication_rate, scenario, small

pytestmark = pytest.mark.compiled

UNLIKELY = 1e-4  # with fixed seeds a test fails for ever or never; a wrong rule has a far smaller p-value


# --- Two roads: simulated against exact -------------------------------------------------------------------------


def without_evolution(**changes):
    paths = {f"environment.{name}": value for name, value in {"effort_mutation": 0.0, **changes}.items()}
    return scenario().replace(paths)


def test_replications_confirm_as_often_as_the_literature_and_error_rates_imply():
    """A share 16/25 of positive results is true: P(confirm) = .64 W + .36 alpha."""
    found = run(without_evolution(initial_replication=0.3).replace({"horizon.steps": 3000}), replications=20, seed=3)
    estimate = replication_rate(found)
    assert estimate.value == pytest.approx(0.64 * 0.8 + 0.36 * 0.05, abs=3 * estimate.standard_error)


def test_labs_live_as_many_steps_in_the_mean_as_there_are_labs():
    """One lab of N dies a step: by Little's law a life lasts N steps, and the ages of the living add up to that of
    all lives cut at one moment; without selection by payoff the number of deaths alone decides.
    """
    simulation = Simulation(without_evolution(), seed=1, replications=range(20))
    ages = []
    for step in range(1000, 3000, 100):
        simulation.advance(step)
        ages.append(step - simulation.environment.born)
    assert (np.sort(ages, axis=2)[..., :1] == 0).all()  # the newest lab was founded in this step
    shares = (np.array(ages)[..., None] >= np.array([50, 100, 200])).mean(axis=(0, 1, 2))
    assert shares[0] > 0.4  # the oldest of ten dies: hardly anybody dies young
    assert shares[2] < 0.01


# --- Theorems and limits ---------------------------------------------------------------------------------------


def test_labs_without_mutation_stay_as_they_are():
    result = run(without_evolution().replace({"horizon.steps": 2000}), replications=5)
    assert (result.runs.effort == 75).all()
    assert (result.runs.false_positive_rate - 0.05).abs().max() < 1e-12


def test_effort_evolves_downwards_and_drifts_without_selection():
    faster = {"environment.effort_spread": 6.0, "horizon.steps": 20_000}
    selected = run(scenario().replace(faster), replications=20, seed=1, record_every=None).runs.effort
    neutral = run(scenario().replace(faster | {"environment.num_sampled": 1}), replications=20, seed=1).runs.effort
    assert stats.ttest_1samp(selected, 75, alternative="less").pvalue < UNLIKELY
    assert stats.ttest_ind(selected, neutral, alternative="less").pvalue < UNLIKELY


def test_power_evolves_to_one():
    changes = {"environment.effort_mutation": 0.0, "environment.power_mutation": 0.1, "horizon.steps": 20_000}
    result = run(scenario().replace(changes), replications=10, seed=1)
    assert result.metrics["mean_power"].value > 0.99
    assert result.metrics["false_discovery_rate"].value == pytest.approx(0.9, abs=0.01)


def institution(**changes):
    """Return labs that have evolved quickly, by many mutations, under an institution."""
    paths = {f"environment.{name}": value for name, value in {"effort_mutation": 0.2, **changes}.items()}
    return run(scenario().replace(paths | {"horizon.steps": 50_000}), replications=10, seed=2, record_every=None)


def test_frequent_audits_hold_effort_at_the_standard_and_rare_ones_do_not():
    often, seldom = institution(audit_rate=0.5), institution(audit_rate=0.02)
    assert often.runs.effort.between(48, 60).all()
    assert seldom.runs.effort.mean() < 30


def test_where_every_study_is_published_it_pays_the_same_whether_registered_or_not():
    registered, published = (institution(**{name: 1.0}) for name in ("preregistration", "negative_publication_rate"))
    assert registered.runs.effort.tolist() == published.runs.effort.tolist()
    found = [result.metrics["false_discovery_rate"].value for result in (registered, published)]
    assert found[0] < found[1]


def test_preregistration_keeps_false_discoveries_at_the_nominal_rate_whatever_the_effort():
    registered = institution(preregistration=1.0, initial_effort=10.0)
    found = registered.metrics["false_discovery_rate"]
    assert found.value == pytest.approx(0.045 / 0.125, abs=0.01)
    assert institution(initial_effort=10.0).metrics["false_discovery_rate"].low > 0.6


def test_where_few_are_paid_gini_is_high_and_where_nobody_is_it_is_left_out():
    result = run(scenario().replace({"environment.novel_payoff": 0.0, "horizon.steps": 50}), replications=2)
    assert payoff_gini(result).reason == "no runs"
    early, late = (run(scenario().replace({"horizon.steps": t}), replications=5, seed=1) for t in (2, 300))
    assert early.metrics["payoff_gini"].value > 0.7 > late.metrics["payoff_gini"].value


@pytest.mark.parametrize(
    ("learner", "steps"),
    [
        ("imitation:noise=0.001", 2000),
        ("q_learning:alpha=0.05,discount=0,epsilon=0.1", 3000),
        ("policy_gradient", 3000),
        ("epsilon_greedy", 300),
    ],
)
def test_labs_that_learn_come_to_make_little_effort(learner, steps):
    changes = {"environment.evolve": False, "learner": learner, "horizon.steps": steps}
    result = run(scenario().replace(changes), replications=5, seed=1)
    assert result.metrics["mean_effort"].high < 25
    assert result.metrics["false_discovery_rate"].low > 0.8


def test_labs_that_learn_make_an_effort_where_they_are_audited():
    changes = {"environment.evolve": False, "learner": "policy_gradient:alpha=0.02", "horizon.steps": 5000}
    audited = run(scenario().replace(changes | {"environment.audit_rate": 1.0}), replications=3, seed=1)
    free = run(scenario().replace(changes), replications=3, seed=1)
    assert audited.metrics["mean_effort"].low > free.metrics["mean_effort"].high


def test_labs_may_come_and_go_while_others_evolve():
    moving = small().replace({"turnover.leave_rate": 0.1, "turnover.enter_rate": 0.3})
    result = run(moving, replications=5, seed=1)
    assert (result.runs.effort.between(1, 100)).all()
