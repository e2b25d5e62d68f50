import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binomtest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.learning.reader import Reader

# A test with a = 1/4 and b = 1/2 of which half of the negative results appear: w_T = 2/3, w_F = 2/5.
NAIVE = (math.log(2.0), math.log(2.0 / 3.0))
CORRECTED = (math.log(5.0 / 3.0), math.log(5.0 / 9.0))


def a_state(num_kinds=2, **parameters):
    facts = {"evidence": NAIVE, "corrected_evidence": CORRECTED}
    facts |= {"rejected_below": -3.0, "canonised_above": 3.0}
    return Reader(**parameters).state(Specification(Discrete(2), Box(shape=(num_kinds,)), facts), 2)


def read(state, *seen, version=lambda f: f):
    version(Reader.learn)(state, 1, None, 0.0, 0.0, np.array(seen, float), None)
    return state.log_odds[1]


def test_two_results_for_and_one_against_have_odds_of_eight_thirds(version):
    assert read(a_state(), 2, 1, version=version) == pytest.approx(math.log(8 / 3), rel=1e-14)


def test_a_naive_reader_counts_citations_and_a_corrected_one_does_not(version):
    naive = read(a_state(4), 2, 1, 3, 0, version=version)
    assert naive == pytest.approx(math.log(8 / 3 * 2**3), rel=1e-14)
    corrected = read(a_state(4, corrected=True), 2, 1, 3, 7, version=version)
    assert corrected == pytest.approx(math.log((5 / 3) ** 2 * 5 / 9), rel=1e-14)


@given(st.integers(0, 40), st.integers(0, 40), st.floats(0.01, 0.99))
def test_the_update_is_bayes_rule(num_for, num_against, prior):
    true, false = 0.5**num_for * 0.5**num_against, 0.25**num_for * 0.75**num_against  # eq. 4
    expected = true * prior / (true * prior + false * (1 - prior))
    assert expit(read(a_state(prior=prior), num_for, num_against)) == pytest.approx(expected, rel=1e-9)
    true, false = (2 / 3) ** num_for * (1 / 3) ** num_against, 0.4**num_for * 0.6**num_against  # eq. 3
    expected = true * prior / (true * prior + false * (1 - prior))
    corrected = read(a_state(prior=prior, corrected=True), num_for, num_against)
    assert expit(corrected) == pytest.approx(expected, rel=1e-9)


def test_what_is_withdrawn_is_forgotten():
    state = a_state(prior=0.3)
    assert read(state, 4, 1) != read(state, 0, 0)
    assert read(state, 0, 0) == math.log(0.3 / 0.7)


def test_everybody_begins_with_the_prior(version):
    state = a_state(prior=0.8)
    read(state, 1, 0)
    version(Reader.initialise)(state, 1, None)
    assert state.log_odds[1] == math.log(0.8 / (1 - 0.8))
    assert Reader().columns(state)["belief"] == pytest.approx([0.8, 0.8])


@pytest.mark.parametrize(("log_odds", "verdict"), [(3.1, 1), (3.0, -1), (0.0, -1), (-3.0, -1), (-3.1, 0)])
def test_a_claim_is_decided_past_a_threshold_not_at_it(version, log_odds, verdict):
    state = a_state()
    state.log_odds[0] = log_odds
    assert version(Reader.settled)(state, 0) == verdict


@pytest.mark.parametrize(("surprise", "odds"), [(1.0, 0.25), (0.4, 4.0), (0.0, 4.0)])
def test_one_insists_on_a_negative_result_in_proportion_to_belief(stream, surprise, odds):
    state, untouched = a_state(surprise=surprise), stream.tolist()
    state.log_odds[0] = math.log(odds)
    insists = sum(Reader.act(state, 0, None, stream) for _ in range(4000))
    assert binomtest(insists, 4000, surprise * odds / (1 + odds)).pvalue > 1e-4
    assert (stream.tolist() == untouched) == (surprise == 0.0)


def test_a_bias_that_changes_with_belief_cannot_be_corrected():
    assert Reader(surprise=0.5).surprise == 0.5
    with pytest.raises(ParameterError, match=r"^surprise: 0.5 is not accepted; accepted: 0 where corrected = true$"):
        Reader(surprise=0.5, corrected=True)


def test_an_environment_without_publications_is_refused_by_the_missing_fact():
    with pytest.raises(ParameterError, match=r"needs the fact 'evidence'.*given: none"):
        Reader().state(Specification(Discrete(2)), 3)
