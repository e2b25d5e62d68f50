import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit
from scipy.stats import binom, kstest, uniform

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Discrete, Specification
from socialsim.learning.bayesian import Bayesian

trials = st.integers(1, 400)
effects = st.floats(0.001, 0.3)


def a_state(num_agents=1, trials=10, better=0.6, **parameters):
    facts = {"trials": trials, "better_rate": better, "worse_rate": 1 - better}
    return Bayesian(**parameters).state(Specification(Discrete(2), facts=facts), num_agents)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_six_successes_of_ten_raise_the_odds_by_the_likelihood_ratio(version, stream):
    state = a_state(trials=10, better=0.6)
    message = version(Bayesian.report)(state, 0, 0, 1, 6.0, stream)
    assert message == pytest.approx(2 * math.log(1.5), rel=1e-15)  # (.6/.4)^6 (.4/.6)^4 = (3/2)^2
    version(Bayesian.absorb)(state, 0, message)
    assert state.log_odds.tolist() == [message]


def test_results_of_the_old_method_teach_nothing(version, stream):
    assert version(Bayesian.report)(a_state(), 0, 0, 0, 9.0, stream) == 0.0


@pytest.mark.parametrize(("log_odds", "action"), [(0.1, 1), (0.0, 0), (-0.1, 0), (math.inf, 1), (-math.inf, 0)])
def test_the_new_method_is_used_iff_it_is_believed_to_be_better(version, stream, log_odds, action):
    state = a_state()
    state.log_odds[0] = log_odds
    assert version(Bayesian.act)(state, 0, 0, stream) == action


@pytest.mark.parametrize(
    ("credence", "settled"), [(0.2, 0), (0.5, 0), (0.500001, -1), (0.98, -1), (0.991, 1), (1.0, 1), (0.0, 0)]
)
def test_an_agent_has_settled_at_one_half_and_above_the_threshold(version, credence, settled):
    state = a_state(threshold=0.99)
    state.log_odds[0] = logit(credence)
    assert version(Bayesian.settled)(state, 0) == settled


def test_the_column_is_the_credence():
    state = a_state(3)._replace(log_odds=np.array([[0.0, math.log(3.0), -math.inf]]))
    assert Bayesian().columns(state)["credence"][0] == pytest.approx([0.5, 0.75, 0.0], abs=1e-15)


# --- Two roads: Bayes' rule with binomial likelihoods ------------------------------------------------------------


@given(trials, effects, st.floats(0.01, 0.99), st.data())
def test_the_update_is_bayes_rule(num_trials, effect, prior, data):
    successes = data.draw(st.integers(0, num_trials))
    state = a_state(trials=num_trials, better=0.5 + effect)
    state.log_odds[0] = logit(prior)
    Bayesian.absorb(state, 0, Bayesian.report(state, 0, 0, 1, float(successes), np.zeros(4, np.uint64)))
    ratio = binom.logpmf(successes, num_trials, 0.5 + effect) - binom.logpmf(successes, num_trials, 0.5 - effect)
    assert state.log_odds[0] == pytest.approx(logit(prior) + ratio, rel=1e-8, abs=1e-8)


@given(trials, effects, st.data())
def test_many_results_teach_what_their_pooled_data_teach(num_trials, effect, data):
    results = data.draw(st.lists(st.integers(0, num_trials), min_size=1, max_size=8))
    apart = a_state(trials=num_trials, better=0.5 + effect)
    pooled = a_state(trials=num_trials * len(results), better=0.5 + effect)
    for successes in results:
        Bayesian.absorb(apart, 0, Bayesian.report(apart, 0, 0, 1, float(successes), np.zeros(4, np.uint64)))
    Bayesian.absorb(pooled, 0, Bayesian.report(pooled, 0, 0, 1, float(sum(results)), np.zeros(4, np.uint64)))
    assert apart.log_odds[0] == pytest.approx(pooled.log_odds[0], abs=1e-9)


# --- Invariants ------------------------------------------------------------------------------------------------


@given(trials, effects, st.data())
def test_more_successes_are_better_evidence_and_opposite_results_cancel(num_trials, effect, data):
    fewer, more = sorted(data.draw(st.lists(st.integers(0, num_trials), min_size=2, max_size=2, unique=True)))
    state, unused = a_state(trials=num_trials, better=0.5 + effect), np.zeros(4, np.uint64)
    low, high = (Bayesian.report(state, 0, 0, 1, float(k), unused) for k in (fewer, more))
    assert low < high
    assert Bayesian.report(state, 0, 0, 1, float(num_trials - more), unused) == -high


def test_credences_are_drawn_from_their_range_and_certainty_stays():
    stream = seed_streams(3, np.arange(1), Purpose.INITIAL)[0]
    state = a_state(2000, prior_low=0.4, prior_high=0.9)
    for i in range(2000):
        Bayesian.initialise(state, i, stream)
    assert kstest(Bayesian().columns(state)["credence"], uniform(0.4, 0.5).cdf).pvalue > 1e-4
    for certain, end in ((0.0, -math.inf), (1.0, math.inf)):
        state = a_state(prior_low=certain, prior_high=certain)
        Bayesian.initialise(state, 0, stream)
        Bayesian.absorb(state, 0, 100.0)
        assert state.log_odds[0] == end


# --- Bad input -------------------------------------------------------------------------------------------------


def test_a_range_of_priors_upside_down_is_refused():
    with pytest.raises(ParameterError, match=r"^learner.prior_low: 0.8 is above prior_high, 0.2$"):
        a_state(prior_low=0.8, prior_high=0.2)


def test_an_environment_without_likelihoods_is_refused_by_the_missing_fact():
    with pytest.raises(ParameterError, match=r"needs the fact 'better_rate'.*given: none"):
        Bayesian().state(Specification(Discrete(2)), 3)
