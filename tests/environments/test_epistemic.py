import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments.epistemic import Epistemic, rounds_to_success, scenario, small, success_rate
from socialsim.testing.links import by_hand

HERE = by_hand(1)  # nobody is away
UNLIKELY = 1e-4  # with fixed seeds a test fails for ever or never; a wrong sampler has a far smaller p-value


def masses(state, arm):
    """Return the distribution that an arm's tables draw from, by enumerating their columns."""
    accept, shift = state.accept[arm], state.shift[arm]
    found = accept.copy()
    np.add.at(found, np.arange(len(accept)) + shift, 1.0 - accept)
    return found / len(accept)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_arms_pay_as_the_module_says():
    assert Epistemic(effect=0.1).success_probabilities() == (0.5, 0.6)
    assert Epistemic(effect=0.1, num_arms=4).success_probabilities() == (0.5, 0.6, 0.4, 0.4)


def test_one_trial_of_a_fair_arm_is_a_fair_coin_and_of_the_better_one_a_biased_coin():
    state = Epistemic(effect=0.25, trials=1, num_arms=3).state(5)
    assert state.fewest == 0
    assert masses(state, 0).tolist() == [0.5, 0.5]
    assert masses(state, 1).tolist() == [0.25, 0.75]
    assert masses(state, 2).tolist() == [0.75, 0.25]


def test_a_step_pays_results_and_counts_who_used_the_better_arm(version, stream):
    certain = Epistemic(effect=0.1, trials=3).state(4)
    # Tables that always draw the outcome 2: no column is kept, and each is shifted to place 2.
    certain = certain._replace(accept=np.zeros((2, 4)), shift=np.tile(2 - np.arange(4), (2, 1)), fewest=10)
    rewards = np.zeros(4)
    version(Epistemic.advance)(certain, HERE, np.array([0, 1, 1, 1]), rewards, stream)
    assert rewards.tolist() == [12.0, 12.0, 12.0, 12.0]
    assert certain.num_on_better.tolist() == [3]


def test_compiled_and_uncompiled_steps_pay_the_same(stream):
    env, actions, copy = Epistemic(effect=0.1, trials=50).state(40), np.arange(40) % 2, stream.copy()
    ours, theirs = np.zeros(40), np.zeros(40)
    Epistemic.advance(env, HERE, actions, ours, stream)
    getattr(Epistemic.advance, "py_func", Epistemic.advance)(env, HERE, actions, theirs, copy)
    assert ours.tolist() == theirs.tolist()
    assert stream.tolist() == copy.tolist()


# --- Two roads: tables and draws against scipy's binomial -------------------------------------------------------


@settings(max_examples=40)
@given(st.integers(1, 500), st.floats(1e-4, 0.499), st.integers(2, 4))
def test_tables_hold_the_binomial_of_every_arm(trials, effect, num_arms):
    environment = Epistemic(effect=effect, trials=trials, num_arms=num_arms)
    state = environment.state(10)
    outcomes = state.fewest + np.arange(state.accept.shape[1])
    for arm, p in enumerate(environment.success_probabilities()):
        assert masses(state, arm) == pytest.approx(stats.binom.pmf(outcomes, trials, p), abs=1e-13)
        assert stats.binom.cdf(outcomes[0] - 1, trials, p) + stats.binom.sf(outcomes[-1], trials, p) < 2**-60


def test_tables_of_a_million_trials_stay_small_and_exact():
    state = Epistemic(trials=10**6, effect=0.01).state(10)
    outcomes = state.fewest + np.arange(state.accept.shape[1])
    assert len(outcomes) < 20_000
    for arm, p in enumerate((0.5, 0.51)):
        assert masses(state, arm) == pytest.approx(stats.binom.pmf(outcomes, 10**6, p), abs=1e-13)


@pytest.mark.parametrize("trials", [1, 12, 1000])
def test_results_have_the_binomial_distribution(trials, stream):
    environment, num_agents = Epistemic(effect=0.05, trials=trials, num_arms=3), 20_000
    env, rewards = environment.state(num_agents), np.zeros(num_agents)
    for arm, p in enumerate(environment.success_probabilities()):
        Epistemic.advance(env, HERE, np.full(num_agents, arm), rewards, stream)
        low, high = stats.binom.ppf([0.001, 0.999], trials, p).astype(int)
        observed = np.bincount(np.clip(rewards.astype(int), low, high) - low, minlength=high - low + 1)
        cumulated = np.concatenate([[0.0], stats.binom.cdf(np.arange(low, high), trials, p), [1.0]])
        assert stats.chisquare(observed, np.diff(cumulated) * num_agents).pvalue > UNLIKELY


def test_evidence_reaches_exactly_the_neighbours_and_oneself():
    effect, trials = 0.01, 100
    community = scenario().replace(
        {"network": "karate", "environment.effect": effect, "environment.trials": trials, "horizon.steps": 1}
    )
    simulation = Simulation(community, seed=3, replications=range(20))
    simulation.advance(0)
    before = simulation.learners["agent"].log_odds.copy()
    simulation.advance(1)
    graph = nx.karate_club_graph()
    sees = nx.to_numpy_array(graph, weight=None) + np.eye(34)
    used = before > 0
    evidence = np.where(used, 2 * simulation.engine.rewards - trials, 0) * np.log((0.5 + effect) / (0.5 - effect))
    assert simulation.learners["agent"].log_odds == pytest.approx(before + evidence @ sees, abs=1e-10)
    assert simulation.environment.num_on_better[:, 0].tolist() == used.sum(axis=1).tolist()


# --- Theorems and limits ---------------------------------------------------------------------------------------


def test_a_community_without_hope_stays_with_the_old_method_and_one_of_believers_learns():
    hopeless = run(small().replace({"learner.prior_high": 0.5}), replications=20, record_every=None)
    assert hopeless.metrics["success_rate"].value == 0.0
    assert (hopeless.runs.steps == 0).all()
    certain = run(small().replace({"learner.prior_low": 1.0}), replications=20, record_every=None)
    assert certain.metrics["success_rate"].value == 1.0


def test_priors_lie_in_the_stated_range():
    community = scenario().replace({"learner.prior_low": 0.2, "learner.prior_high": 0.7})
    simulation = Simulation(community, seed=1, replications=range(500))
    simulation.advance(0)
    credences = simulation.columns()["credence"].ravel()
    assert stats.kstest(credences, stats.uniform(0.2, 0.5).cdf).pvalue > UNLIKELY


@pytest.mark.compiled
def test_a_lone_scientist_succeeds_as_walds_martingale_says():
    """Believing x > 0, one is right for ever or falls to x <= 0. exp(-x) is a martingale while arm 1 is used (it is the
    likelihood ratio of "worse" to "better"), so that P(fail | x0) <= exp(-x0), with equality where steps are small.
    Over U(0, 1) credences, P(succeed) = int_{1/2}^1 (1 - (1 - p)/p) dp = 1 - ln 2.
    """
    alone = scenario().replace({"network": nx.empty_graph(1), "environment.trials": 10, "environment.effect": 0.001})
    found = run(alone, replications=2000, seed=1, record_every=None).metrics["success_rate"]
    assert found.value == pytest.approx(1 - np.log(2), abs=3 * found.standard_error)


@pytest.mark.compiled
def test_larger_effects_and_more_trials_succeed_more_often():
    community = scenario().replace({"network": "complete:n=6"})
    changes = ({}, {"environment.effect": 0.02}, {"environment.trials": 16_000})
    rates = [run(community.replace(change), replications=1000, record_every=None).metrics for change in changes]
    lows_and_highs = [(rate["success_rate"].low, rate["success_rate"].high) for rate in rates]
    assert lows_and_highs[0][1] < lows_and_highs[1][0]
    assert lows_and_highs[0][1] < lows_and_highs[2][0]


def test_success_counts_runs_that_use_the_better_arm_together_when_time_is_up():
    believers = {"learner.prior_low": 0.9, "learner.prior_high": 0.9, "horizon.steps": 0}
    result = run(scenario().replace(believers), replications=5, record_every=None)
    assert result.runs.stop.tolist() == ["horizon"] * 5
    assert success_rate(result).value == 0.0  # nobody has used any arm yet
    result = run(scenario().replace(believers | {"horizon.steps": 1}), replications=5, record_every=None)
    assert success_rate(result).value == 1.0
    assert rounds_to_success(result).reason == "no runs"


@pytest.mark.compiled
def test_learners_who_know_nothing_of_the_arms_find_the_better_of_three():
    for learner in ("thompson", "epsilon_greedy", "beta_bayesian"):
        community = scenario().replace({"learner": learner, "environment.num_arms": 3, "environment.effect": 0.1})
        result = run(community.replace({"horizon.steps": 200}), replications=100, seed=2, record_every=None)
        assert (result.runs.num_on_better > 5).mean() > 0.95, learner


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "accepted"),
    [
        ("environment.effect", 0.5, "a float, > 0, < 0.5"),
        ("environment.effect", 0, "a float, > 0, < 0.5"),
        ("environment.effect", "big", "a float, > 0, < 0.5"),
        ("environment.trials", 0, "an int, >= 1, <= 1e+07"),
        ("environment.trials", 1.5, "an int, >= 1, <= 1e+07"),
        ("environment.num_arms", 1, "an int, >= 2, <= 100"),
        ("learner.threshold", 0.4, "a float, >= 0.5, < 1"),
        ("learner.prior_low", -0.1, "a float, >= 0, <= 1"),
    ],
)
def test_a_value_out_of_range_is_named_by_its_path_with_what_is_accepted(path, value, accepted):
    with pytest.raises(ParameterError) as error:
        scenario().replace({path: value})
    assert str(error.value) == f"{path}: {value!r} is not accepted; accepted: {accepted}"


def test_two_hypotheses_do_not_fit_three_arms():
    with pytest.raises(ParameterError, match=r"^learner: 'bayesian' weighs two arms of known chances, not 3 actions$"):
        run(scenario().replace({"environment.num_arms": 3}))
