import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import binom

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.learning.bayesian import Bayesian
from socialsim.learning.mistrust import Mistrust, credence, mixed_update
from socialsim.learning.standing import BELIEVER, LISTENER, NUM_STANDS, POLARISED, SCEPTIC, UNDECIDED

beliefs = st.floats(0.001, 0.999)
effects = st.floats(0.001, 0.3)
trials = st.integers(1, 60)


def a_community(credences, trials=1, better=0.75, **parameters):
    """Return the state of agents who went into the round with these credences."""
    facts = {"trials": trials, "better_rate": better}
    state = Mistrust(**parameters).state(Specification(Discrete(2), facts=facts), len(credences))
    state.log_odds[:] = logit(credences)
    state.stated[:] = credences
    state.listens[:] = 0
    return state


def jeffrey(belief, likelihood, contrary, distance, multiplier, anti_updating):
    """Return P_f(H) word for word: [OConnor2018]_, equations 1 (anti-updating) and 2, and Jeffrey's rule."""
    prior = belief * likelihood + (1 - belief) * contrary
    doubt = distance * multiplier if anti_updating else min(1, distance * multiplier)
    trusted = max(0, 1 - doubt * (1 - prior))
    given_report = belief * likelihood / prior
    given_none = belief * (1 - likelihood) / (1 - prior)
    return given_report * trusted + given_none * (1 - trusted)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_success_reported_from_a_distance_of_a_half_by_hand(version):
    """P = 1/4, q = 3/4: P(E) = 3/4 1/4 + 1/4 3/4 = 3/8, P(H|E) = 1/2, P(H|not E) = 1/10; D = 1/2, P_f(E) = 11/16."""
    state = a_community([0.25, 0.75], mistrust=1.0)
    version(Mistrust.absorb)(state, 0, 1, 1.0, math.log(3.0))
    assert expit(state.log_odds[0]) == pytest.approx(0.5 * 11 / 16 + 0.1 * 5 / 16, rel=1e-14)  # 3/8
    assert state.listens.tolist() == [1, 0]


@pytest.mark.parametrize("anti_updating", [False, True])
def test_what_comes_from_too_far_is_ignored_or_taken_for_its_contrary(version, anti_updating):
    state = a_community([0.25, 0.75], mistrust=4.0, anti_updating=anti_updating)
    version(Mistrust.absorb)(state, 0, 1, 1.0, math.log(3.0))
    assert expit(state.log_odds[0]) == pytest.approx(0.1 if anti_updating else 0.25, rel=1e-14)  # P(H|not E), P(H)
    assert state.listens.tolist() == [0, 0]


def test_distances_are_to_the_round_or_to_what_was_learned_in_it(version):
    for sequential, heard in ((False, True), (True, False)):
        state = a_community([0.1, 0.6], mistrust=1.5, sequential=sequential)
        state.log_odds[1] = logit(0.99)  # convinced in this round, before agent 0 hears of it
        version(Mistrust.absorb)(state, 0, 1, 1.0, 1.0)
        assert (state.log_odds[0] > logit(0.1)) == heard


def test_an_agent_reports_its_evidence_and_is_silent_without_an_experiment(version, stream):
    state = a_community([0.6, 0.2], trials=10)
    assert version(Mistrust.report)(state, 0, 0, 1, 6.0, stream) == pytest.approx(2 * math.log(3.0))
    assert math.isnan(version(Mistrust.report)(state, 1, 0, 0, 6.0, stream))
    assert state.stated == pytest.approx([0.6, 0.2], rel=1e-15)


def test_a_misinformant_counts_as_one_who_is_certain_of_the_contrary(version):
    state = a_community([0.2, 0.8], mistrust=2.0)
    for i in range(2):
        version(Mistrust.absorb)(state, i, 2, 1.0, -1.0)  # row 2 is no scientist's
    assert expit(state.log_odds[0]) < 0.2
    assert expit(state.log_odds[1]) == pytest.approx(0.8)
    assert state.listens.tolist() == [0, 0]


def test_a_community_is_polarised_when_all_have_settled_and_no_sceptic_listens(version, stream):
    state = a_community([0.995, 0.3, 0.2])
    for i in range(3):
        version(Mistrust.learn)(state, i, 0, 0, 0.0, 0, stream)
    assert state.standing.tolist() == [BELIEVER, SCEPTIC, SCEPTIC]
    assert [version(Mistrust.settled)(state, i) for i in range(3)] == [POLARISED] * 3
    state.listens[1] = 1
    for i in range(3):  # another round
        version(Mistrust.learn)(state, i, 0, 0, 0.0, 0, stream)
    assert state.standing[1] == LISTENER
    assert version(Mistrust.settled)(state, 1) == -1
    state.log_odds[2] = 0.1
    for i in range(3):
        version(Mistrust.learn)(state, i, 0, 0, 0.0, 0, stream)
    assert state.standing[2] == UNDECIDED
    assert state.tally[:NUM_STANDS].tolist() == [0, 1, 1, 1]


# --- Two roads: Jeffrey's rule, word for word --------------------------------------------------------------------


@given(beliefs, beliefs, trials, effects, st.floats(0.0, 4.0), st.booleans(), st.data())
def test_an_update_is_jeffreys_rule(belief, other, trials, effect, multiplier, anti_updating, data):
    successes = data.draw(st.integers(0, trials))
    likelihood, contrary = binom.pmf(successes, trials, [0.5 + effect, 0.5 - effect])
    doubt = abs(belief - other) * multiplier
    prior = belief * likelihood + (1 - belief) * contrary
    assume(abs(doubt * (1 - prior) - 1) > 1e-9)  # on the edge between the two rules rounding decides
    assume(likelihood > 1e-250)
    state = a_community([belief, other], trials, 0.5 + effect, mistrust=multiplier, anti_updating=anti_updating)
    evidence = (2 * successes - trials) * state.weight
    Mistrust.absorb(state, 0, 1, 1.0, evidence)
    expected = jeffrey(belief, likelihood, contrary, abs(belief - other), multiplier, anti_updating)
    assert expit(state.log_odds[0]) == pytest.approx(expected, rel=1e-8, abs=1e-12)


@given(beliefs, st.floats(-30, 30), st.floats(0, 1))
def test_an_update_is_a_mixture_of_believing_and_ignoring(belief, evidence, discount):
    updated = expit(logit(belief) + mixed_update(belief, evidence, discount))
    believing = expit(logit(belief) + evidence)
    assert updated == pytest.approx((1 - discount) * believing + discount * belief, rel=1e-9, abs=1e-15)


@given(beliefs, beliefs, st.floats(-800, 800), st.floats(0, 3), st.booleans())
def test_compiled_and_uncompiled_updates_have_the_same_bits(belief, other, evidence, multiplier, anti_updating):
    plain = getattr(Mistrust.absorb, "py_func", Mistrust.absorb)
    weight = logit(0.75)
    evidence = (2 * round((evidence / 800 + 1) * 50) - 100) * weight  # that of k successes in 100 trials
    states = [a_community([belief, other], 100, mistrust=multiplier, anti_updating=anti_updating) for _ in range(2)]
    Mistrust.absorb(states[0], 0, 1, 1.0, evidence)
    plain(states[1], 0, 1, 1.0, evidence)
    assert states[0].log_odds.tolist() == states[1].log_odds.tolist()


# --- Limits and theorems -----------------------------------------------------------------------------------------


@given(beliefs, beliefs, st.floats(-50, 50))
def test_without_mistrust_agents_are_bayesians_to_the_last_bit(belief, other, evidence):
    state = a_community([belief, other], mistrust=0.0)
    Mistrust.absorb(state, 0, 1, 1.0, evidence)
    assert state.log_odds[0] == logit(belief) + evidence


@given(beliefs, st.floats(0.01, 50), st.lists(beliefs, min_size=2, max_size=2), st.floats(0, 3))
def test_the_further_the_author_the_smaller_the_step(belief, evidence, others, multiplier):
    near, far = sorted(others, key=lambda other: abs(other - belief))
    steps = []
    for other in (near, far):
        state = a_community([belief, other], mistrust=multiplier)
        Mistrust.absorb(state, 0, 1, 1.0, evidence)
        steps.append(state.log_odds[0] - logit(belief))
    assert steps[0] >= steps[1] - 1e-9
    assert steps[1] >= 0.0


@given(beliefs, beliefs, st.floats(0, 1), st.sampled_from([-1.0, 1.0]))
def test_up_to_a_multiplier_of_one_nobody_is_ignored(belief, other, multiplier, evidence):
    state = a_community([belief, other], mistrust=multiplier)
    Mistrust.absorb(state, 0, 1, 1.0, evidence)
    assert (state.log_odds[0] - logit(belief)) * evidence > 0.0
    assert state.listens[0] == 1


@pytest.mark.parametrize("log_odds", [-math.inf, -2000.0, 2000.0, math.inf])
@pytest.mark.parametrize("evidence", [-3000.0, 3000.0])
def test_beliefs_beyond_double_precision_stay_numbers(version, log_odds, evidence):
    state = a_community([0.5, 0.5], mistrust=1.0)
    state.log_odds[0] = log_odds
    version(Mistrust.absorb)(state, 0, 1, 1.0, evidence)
    assert not math.isnan(state.log_odds[0])
    if math.isinf(log_odds):
        assert state.log_odds[0] == log_odds  # the certain never learn


def test_credences_are_logistic(version):
    for x in (-800.0, -3.0, 0.0, 3.0, 800.0):
        assert version(credence)(x) == pytest.approx(expit(x), rel=1e-15)


# --- Bad input ---------------------------------------------------------------------------------------------------


def test_bad_parameters_are_refused():
    with pytest.raises(ParameterError, match=r"^mistrust: -1 is not accepted; accepted: a float, >= 0$"):
        Mistrust(mistrust=-1)
    with pytest.raises(ParameterError, match="'mistrust' weighs two arms of known chances, not 3"):
        Mistrust().state(Specification(Discrete(3), facts={"trials": 1, "better_rate": 0.6}), 2)


def test_it_is_a_bayesian_but_for_what_it_hears():
    assert Mistrust.act is Bayesian.act
    assert np.array_equal(
        Mistrust().columns(a_community([0.3])._replace(log_odds=np.array([[0.0]])))["credence"], [[0.5]]
    )
