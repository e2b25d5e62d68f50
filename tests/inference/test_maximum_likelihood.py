"""Maximum likelihood: against closed forms, at the ends of ranges, and where choices tell nothing."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from socialsim.core.errors import ParameterError
from socialsim.inference.choices import Choices
from socialsim.inference.comparison import compare
from socialsim.inference.likelihood import log_likelihood, simulate
from socialsim.inference.maximum_likelihood import QUANTILE, fit
from socialsim.inference.population import fit_population, fit_subjects
from socialsim.inference.search import minimise, ranges_of
from socialsim.learning.boltzmann_q import BoltzmannQ
from socialsim.learning.q_learning import QLearning
from socialsim.learning.regret_matching import RegretMatching
from socialsim.learning.roth_erev import RothErev

pytestmark = pytest.mark.compiled

LEARNER = BoltzmannQ(alpha=0.3, discount=0.0, temperature=0.25)


@pytest.fixture(scope="module")
def choices():
    payoffs = np.random.default_rng(7).random((8, 150, 2)) < [0.3, 0.7]
    return simulate(LEARNER, payoffs, seed=7)


def test_exploration_is_twice_the_share_of_the_worse_action():
    """After the first reward action 1 is the best for ever; K = 2, so that epsilon / 2 of the acts are the other."""
    actions = np.array([1] + [1, 1, 1, 0] * 25)
    fitted = fit(QLearning(alpha=0.5, discount=0.0), Choices.of([actions], [actions * 1.0]), ["epsilon"])
    estimate = fitted.estimates["epsilon"]
    assert estimate.value == pytest.approx(0.5, abs=1e-4)
    best = 25 * math.log(0.25) + 75 * math.log(0.75)
    fall = lambda e: 2 * (best - 25 * math.log(e / 2) - 75 * math.log(1 - e / 2)) - QUANTILE  # noqa: E731
    assert estimate.low == pytest.approx(brentq(fall, 0.01, 0.5), abs=2e-3)
    assert estimate.high == pytest.approx(brentq(fall, 0.5, 0.999), abs=2e-3)
    assert estimate.standard_error == pytest.approx(2 * math.sqrt(0.25 * 0.75 / 100), rel=1e-3)


def test_the_two_intervals_agree_where_choices_are_many(choices):
    profile = fit(LEARNER, choices, ["alpha", "temperature"], interval="profile").estimates
    hessian = fit(LEARNER, choices, ["alpha", "temperature"], interval="hessian").estimates
    for name, true in (("alpha", 0.3), ("temperature", 0.25)):
        width = profile[name].high - profile[name].low
        assert hessian[name].value == profile[name].value
        assert hessian[name].low == pytest.approx(profile[name].low, abs=0.1 * width)
        assert hessian[name].high == pytest.approx(profile[name].high, abs=0.1 * width)
        assert profile[name].low < true < profile[name].high


def test_at_the_ends_of_a_profile_the_likelihood_has_fallen_by_half_a_quantile(choices):
    fitted = fit(LEARNER, choices, ["alpha"], interval="profile")
    for end in (fitted.estimates["alpha"].low, fitted.estimates["alpha"].high):
        fall = 2 * (fitted.log_likelihood - log_likelihood(LEARNER.replace(alpha=end), choices))
        assert fall == pytest.approx(QUANTILE, abs=0.05)
    assert fitted.log_likelihood >= log_likelihood(LEARNER, choices)
    assert fitted.log_likelihood == log_likelihood(fitted.learner, choices)


def different_subjects(num_subjects, num_trials, seed):
    """Return subjects whose learning rates spread from .05 to .95, Beta(2, 3)."""
    rng, parts = np.random.default_rng(seed), []
    payoffs = rng.random((num_subjects, num_trials, 2)) < [0.3, 0.7]
    for k, alpha in enumerate(rng.beta(2, 3, num_subjects)):
        parts.append(simulate(LEARNER.replace(alpha=alpha), payoffs[k : k + 1], seed=seed, first=k))
    return Choices.of([part.action for part in parts], [part.reward for part in parts])


def test_the_interval_over_subjects_holds_where_subjects_differ():
    """The same experiment again and again: pooled estimates spread (60 times: the profile's interval holds .53)."""
    experiments = [different_subjects(12, 100, seed) for seed in range(16)]
    profile, subjects = (
        [fit(LEARNER, choices, ["alpha"], interval=kind).estimates["alpha"] for choices in experiments]
        for kind in ("profile", "subjects")
    )
    centre = np.mean([estimate.value for estimate in profile])
    covered = [sum(each.low <= centre <= each.high for each in kind) for kind in (profile, subjects)]
    assert covered[0] <= 12
    assert covered[1] >= 14


def test_the_jackknife_by_hand():
    """Three subjects, 100 choices each; the share of the worse action is half of epsilon."""
    acts = [[1] + [1, 1, 1, 0] * 25, [1] + [1, 1, 0, 0] * 25, [1] + [1, 1, 1, 1] * 25]
    choices = Choices.of(acts, np.array(acts, float))
    learner = QLearning(alpha=0.5, discount=0.0)
    estimate = fit(learner, choices, ["epsilon"]).estimates["epsilon"]
    without = np.array([0.5, 0.25, 0.75])  # epsilon of the other two
    error = math.sqrt(2 * without.var())
    assert estimate.value == pytest.approx(0.5, abs=1e-4)
    assert estimate.standard_error == pytest.approx(error, rel=1e-2)
    assert (estimate.low, estimate.high, estimate.method) == (0.0, 1.0, "profile and subjects, 95%")  # t_2 = 4.3


def test_pooled_choices_without_regard_to_subjects_say_so(choices):
    fitted = fit(LEARNER, choices, ["alpha"], interval="profile")
    assert fitted.remarks == ("8 subjects are taken for one: intervals are too narrow if they differ",)
    alone = choices.of_subject(0)
    assert fit(LEARNER, alone, ["alpha"]).estimates == fit(LEARNER, alone, ["alpha"], interval="profile").estimates


def test_without_an_interval_its_ends_are_undefined(choices):
    estimate = fit(LEARNER, choices, ["alpha"], interval="none").estimates["alpha"]
    assert math.isnan(estimate.low)
    assert math.isnan(estimate.high)
    assert estimate.reason == "no interval was asked for"
    assert estimate.value == pytest.approx(0.3, abs=0.1)


def test_what_choices_do_not_tell_is_undefined():
    never_paid = Choices.of([[0, 1, 1, 0] * 10], np.zeros((1, 40)))
    fitted = fit(LEARNER, never_paid, ["alpha", "temperature"])
    assert fitted.log_likelihood == pytest.approx(fitted.chance)
    for name in ("alpha", "temperature"):
        assert math.isnan(fitted.estimates[name].value)
        assert "no value is significantly less likely than another" in fitted.estimates[name].reason
        assert any(remark.startswith(f"{name}: between") for remark in fitted.remarks)


def test_an_estimate_at_the_end_of_its_range_says_so(choices):
    fitted = fit(LEARNER, choices, {"alpha": (0.5, 1.0)})
    assert fitted.estimates["alpha"].value == 0.5
    assert fitted.remarks == ("alpha: the likelihood is highest at the end of its range, 0.5",)
    undefined = fit(LEARNER, choices, {"alpha": (0.5, 1.0)}, interval="hessian").estimates["alpha"]
    assert "no curvature there" in undefined.reason


def test_impossible_choices_leave_all_undefined():
    impossible = Choices.of([[0, 1, 0, 1]], [[1.0, 0.0, 1.0, 0.0]])
    fitted = fit(QLearning(epsilon=0.0, discount=0.0), impossible, ["alpha"])
    assert fitted.estimates["alpha"].reason == "nowhere in the ranges is what was chosen possible"


def test_a_likelihood_with_steps_is_named(choices):
    fitted = fit(QLearning(discount=0.0), choices, ["alpha", "epsilon"])
    assert "alpha: the likelihood has steps; how often such an interval holds the truth is not known" in fitted.remarks


def test_criteria_and_comparison(choices):
    fitted, urns = fit(LEARNER, choices, ["alpha", "temperature"]), fit(RothErev(), choices, ["initial_weight"])
    assert fitted.aic == 4 - 2 * fitted.log_likelihood
    assert fitted.bic == pytest.approx(2 * math.log(1200) - 2 * fitted.log_likelihood)
    assert fitted.chance == pytest.approx(-1200 * math.log(2))
    table = compare({"urns": urns, "values": fitted})
    assert table.index.tolist() == ["values", "urns", "chance"]
    assert table.weight.sum() == pytest.approx(1.0)
    assert table.weight["values"] > 0.999
    assert table.r2["chance"] == 0.0
    with pytest.raises(ParameterError, match="not to the same choices"):
        compare({"all": fitted, "one": fit(LEARNER, choices.of_subject(0), ["alpha"])})


def test_fits_to_each_subject_add_up(choices):
    each = fit_subjects(LEARNER, choices, ["alpha"], interval="none")
    assert each.log_likelihood >= fit(LEARNER, choices, ["alpha"]).log_likelihood
    assert (each.num_parameters, each.num_trials) == (8, 1200)
    assert each.aic == pytest.approx(16 - 2 * each.log_likelihood)
    assert each.values("alpha").shape == (8,)


def test_a_population_is_found_and_draws_subjects_towards_it():
    rng = np.random.default_rng(11)
    alphas = 1 / (1 + np.exp(-rng.normal(-0.8, 0.8, 24)))
    payoffs = rng.random((24, 60, 2)) < [0.3, 0.7]
    parts = [simulate(LEARNER.replace(alpha=a), payoffs[k : k + 1], seed=3, first=k) for k, a in enumerate(alphas)]
    choices = Choices.of([part.action for part in parts], [part.reward for part in parts])
    population = fit_population(LEARNER, choices, ["alpha"])
    median = population.medians["alpha"]
    assert population.converged
    assert median.low < 1 / (1 + math.exp(0.8)) < median.high
    alone = fit_subjects(LEARNER, choices, ["alpha"], interval="none").values("alpha")
    together = population.values["alpha"]
    assert ((together - alphas) ** 2).mean() < 0.7 * ((alone - alphas) ** 2).mean()
    low, high = population.middles["alpha"]
    assert low < alphas.mean() < high


def test_a_population_needs_three_subjects(choices):
    with pytest.raises(ParameterError, match="1 subjects; accepted: 3 or more"):
        fit_population(LEARNER, choices.of_subject(0), ["alpha"])


@pytest.mark.parametrize(
    ("free", "words"),
    [
        (["alhpa"], "unknown parameter of boltzmann_q 'alhpa'; did you mean 'alpha'?"),
        (["patience"], "free: patience of boltzmann_q is no real number"),
        ([], "free: nothing is not accepted"),
        (["alpha", "alpha"], "each once"),
        ({"alpha": (0.5, 0.1)}, "free: alpha=0.5:0.1 is not accepted; accepted: two numbers that rise"),
        ({"alpha": (0.5, 1.5)}, "free: alpha: 1.5 is not accepted; accepted: a float, > 0, <= 1"),
        (["initial_value"], "free: initial_value of boltzmann_q may be anything; accepted: initial_value=LOW:HIGH"),
    ],
)
def test_wrong_parameters_and_ranges_are_refused(choices, free, words):
    with pytest.raises(ParameterError) as error:
        fit(LEARNER, choices, free)
    assert words in str(error.value)


def test_a_parameter_that_may_be_anything_is_fitted_in_a_given_range(choices):
    assert ranges_of(BoltzmannQ(), {"initial_value": (-1.0, 1.0)})["initial_value"].is_log is False


def test_a_learner_without_real_parameters_cannot_be_fitted():
    payoffs = simulate(LEARNER, np.ones((1, 5, 2)), seed=1)
    with pytest.raises(ParameterError, match="plus of regret_matching is no real number"):
        fit(RegretMatching(), payoffs, ["plus"])


def test_the_lowest_of_several_valleys_is_found():
    place, value = minimise(lambda u: float(np.cos(12 * u[0]) + (u[0] - 0.8) ** 2), 1)
    assert place[0] == pytest.approx(0.7856, abs=1e-3)
    assert value == pytest.approx(-0.9998, abs=1e-4)
