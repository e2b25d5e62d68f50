"""How the process of one researcher ends: the exact solution against the paper, theorems and limits."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.environments.publication import Publication, theory
from socialsim.environments.publication.theory import absorption

# Nissen et al. 2016, figure 4: false claims canonised at a prior of 1/2, by (a, b, t) and r
RATES = (0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 1.0)
CANONISED = {
    (0.05, 0.2, 0.9): (0.887, 0.726, 0.490, 0.276, 0.187, 0.140, 0.055),
    (0.05, 0.2, 0.999): (0.993, 0.905, 0.425, 0.058, 0.014, 0.005, 0.000),
    (0.05, 0.4, 0.999): (1.000, 0.994, 0.858, 0.209, 0.044, 0.014, 0.000),
}
POINTS = [(*tests, r, p) for tests, row in CANONISED.items() for r, p in zip(RATES, row, strict=True)]

environments = st.builds(
    Publication,
    false_positive_rate=st.floats(0.01, 0.4),
    false_negative_rate=st.floats(0.05, 0.5),
    negative_publication_rate=st.floats(0.05, 1.0),
    threshold=st.floats(0.6, 0.99),
)


def test_a_positive_result_weighs_ln_16_and_a_negative_one_ln_4_19ths():
    assert Publication().evidence() == pytest.approx((math.log(16), math.log(4 / 19)), rel=1e-12)


def test_a_corrected_reader_weighs_results_by_their_likelihood_given_that_they_were_published():
    environment = Publication(negative_publication_rate=0.1)
    true, false = 0.8 / (0.8 + 0.2 * 0.1), 0.05 / (0.05 + 0.95 * 0.1)  # eqs. 1 and 2
    expected = math.log(true / false), math.log((1 - true) / (1 - false))
    assert environment.evidence(corrected=True) == pytest.approx(expected, rel=1e-12)


def test_three_positive_results_or_five_negative_ones_decide_at_once():
    """ln(.999/.001) = 6.91 lies between two and three times ln 16 = 2.77, and between four and five times 1.56."""
    assert absorption(Publication(negative_publication_rate=1.0)).rejected > 0.95**5
    only_positive = absorption(Publication(negative_publication_rate=0.0))
    assert only_positive == pytest.approx((1.0, 0.0, 3.0, 3 / 0.05), abs=1e-12)


def test_lax_standards_by_enumeration_of_all_sequences():
    """At t = .9 one positive result decides (2.77 > 2.197), and so do two negative ones (3.12). After one negative and
    one positive result belief is undecided (1.21); what follows is enumerated.
    """
    w = 0.05 / (0.05 + 0.95 * 0.5)
    found = absorption(Publication(threshold=0.9, negative_publication_rate=0.5))
    up, down = math.log(16), math.log(4 / 19)

    def canonised(log_odds, depth):
        if abs(log_odds) > math.log(9):
            return float(log_odds > 0)
        if depth == 0:
            return 0.5
        return w * canonised(log_odds + up, depth - 1) + (1 - w) * canonised(log_odds + down, depth - 1)

    assert found.canonised == pytest.approx(canonised(0.0, 40), abs=1e-12)


@pytest.mark.parametrize(("a", "b", "t", "r", "published"), POINTS)
def test_the_exact_solution_gives_the_papers_figure_4_to_three_decimals(a, b, t, r, published):
    environment = Publication(false_positive_rate=a, false_negative_rate=b, threshold=t, negative_publication_rate=r)
    assert round(absorption(environment).canonised, 3) == published


@pytest.mark.parametrize(("size", "rate"), [(0.1, 0.3), (0.25, 0.5), (0.3, 1.0)])
def test_with_equal_error_rates_the_ruin_is_the_gamblers(size, rate):
    """d_1 = -d_0: a walk of unit steps between -m and m, whose chance to win is 1/(1 + ((1 - w)/w)^m)."""
    threshold = 0.99
    environment = Publication(
        **{"false_positive_rate": size, "false_negative_rate": size, "threshold": threshold},
        negative_publication_rate=rate,
    )
    odds = (1 - size) * rate / size  # (1 - w)/w
    m = math.floor(math.log(threshold / (1 - threshold)) / math.log((1 - size) / size)) + 1
    found = absorption(environment)
    assert found.canonised == pytest.approx(1 / (1 + odds**m), abs=1e-12)
    w = 1 / (1 + odds)
    duration = m / (1 - 2 * w) * (1 - 2 * found.canonised) if abs(w - 0.5) > 1e-9 else m * m
    assert found.publications == pytest.approx(duration, rel=1e-9)


@settings(max_examples=60)
@given(environments, st.booleans(), st.booleans())
def test_experiments_are_publications_over_the_chance_of_one(environment, is_true, corrected):
    """Wald's identity."""
    assume(1 - environment.false_negative_rate > environment.false_positive_rate + 0.05)
    assume(abs(environment.evidence(corrected=corrected)[0]) > 0.02)
    found = absorption(environment, is_true=is_true, corrected=corrected)
    positive = environment.positive_chance(is_true=is_true)
    published = positive + (1 - positive) * environment.negative_publication_rate
    assert found.canonised + found.rejected == pytest.approx(1.0, abs=1e-12)
    assert found.experiments == pytest.approx(found.publications / published, rel=1e-9)


@settings(max_examples=60)
@given(environments, st.floats(0.2, 0.55))
def test_the_facts_of_corrected_readers_are_as_true_as_their_standard_says(environment, prior):
    """Of the claims that a Bayesian canonises at a threshold t, at least the share t is true, and of those that it
    rejects at most the share 1 - t: the verdict's posterior is the truth's frequency.
    """
    assume(environment.evidence(corrected=True)[0] > 0.02)
    true, false = (absorption(environment, is_true=is_true, prior=prior, corrected=True) for is_true in (True, False))
    canonised = prior * true.canonised, (1 - prior) * false.canonised
    rejected = prior * true.rejected, (1 - prior) * false.rejected
    assert canonised[0] >= environment.threshold * sum(canonised) - 1e-12
    assert rejected[0] <= (1 - environment.threshold) * sum(rejected) + 1e-12


def test_without_publication_bias_naive_and_corrected_readers_are_one():
    environment = Publication(negative_publication_rate=1.0)
    assert environment.evidence(corrected=True) == environment.evidence()
    assert absorption(environment, corrected=True) == absorption(environment)


@settings(max_examples=40)
@given(environments, st.floats(0.05, 1.0))
def test_publishing_more_negative_results_never_makes_more_facts_of_false_claims(environment, rate):
    """A theorem: the walks can be coupled so that each of the one lies below the other."""
    assume(1 - environment.false_negative_rate > environment.false_positive_rate + 0.05)
    more, fewer = sorted((rate, environment.negative_publication_rate), reverse=True)
    chances = [absorption(environment.replace(negative_publication_rate=r)).canonised for r in (more, fewer)]
    assert chances[0] <= chances[1] + 1e-12


def test_ever_stricter_standards_lead_to_facts_below_the_critical_rate_and_to_rejection_above():
    up, down = Publication().evidence()
    critical = 0.05 * up / (0.95 * -down)
    assert critical == pytest.approx(0.0937, abs=5e-5)
    for factor, limit in ((0.7, 1.0), (1.4, 0.0)):
        distances = [
            abs(limit - absorption(Publication(threshold=t, negative_publication_rate=factor * critical)).canonised)
            for t in (0.99, 1 - 1e-5, 1 - 1e-9, 1 - 1e-14)
        ]
        assert distances == sorted(distances, reverse=True)
        assert distances[-1] < 0.02


@pytest.mark.parametrize(("name", "value"), [("num_citations", 2), ("retraction_rate", 0.1)])
def test_what_has_no_exact_solution_is_refused(name, value):
    with pytest.raises(ParameterError, match=rf"^environment.{name}: {value} has no exact solution; accepted: 0$"):
        absorption(Publication(**{name: value}))


def test_a_bias_that_changes_with_belief_cannot_be_corrected():
    with pytest.raises(ParameterError, match=r"^surprise: 0.5 is not accepted; accepted: 0 where readers correct"):
        absorption(Publication(), corrected=True, surprise=0.5)
    with pytest.raises(ParameterError, match=r"^surprise: 1.5 is not accepted; accepted: a float, >= 0, <= 1$"):
        absorption(Publication(), surprise=1.5)


def test_what_stays_undecided_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(theory, "MOST_PUBLICATIONS", 150)
    assert absorption(Publication(threshold=0.9)).canonised == pytest.approx(0.490, abs=5e-4)
    with pytest.raises(ParameterError, match=r"^environment: the claim may be undecided after 150 publications$"):
        absorption(Publication())


@pytest.mark.parametrize("prior", [0.0, 1.0, -1.0])
def test_a_prior_that_cannot_change_is_refused(prior):
    with pytest.raises(ParameterError, match=r"^prior: .* is not accepted; accepted: a float, > 0, < 1$"):
        absorption(Publication(), prior=prior)
