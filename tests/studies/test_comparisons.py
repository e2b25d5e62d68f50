import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.metrics.estimates import proportion
from socialsim.studies.files import StudyFile
from socialsim.studies.run import configuration, run_study
from socialsim.studies.statistics.comparisons import Comparison, judge, p_value, power_of, required_replications
from socialsim.studies.statistics.differences import Sample, StudentDifference, difference

CYCLE, COMPLETE = "cycle:n=10", "complete:n=10"
STUDY = {
    "scenario": "epistemic",
    "replications": 1000,
    "factors": {"network": [CYCLE, COMPLETE], "environment.effect": [0.002, 0.2]},
}


def comparison(**others):
    return Comparison(**{"of": "success_rate", "factor": "network", "between": [CYCLE, COMPLETE], **others})


def rejection_rate(test, share_a, share_b, runs, repetitions=4000, seed=0):
    """Return how often a test of two shares rejects, by simulation."""
    stream = np.random.default_rng(seed)
    rejected = 0
    for k, m in stream.binomial(runs, (share_a, share_b), (repetitions, 2)):
        pair = [Sample(proportion(np.arange(runs) < number)) for number in (k, m)]
        rejected += p_value(test, difference(*pair)) <= test.alpha
    return rejected / repetitions


@pytest.mark.parametrize(
    ("test", "margin", "share_a", "share_b"),
    [
        ("difference", 0.0, 0.7, 0.7),
        ("superiority", 0.1, 0.7, 0.6),
        ("non_inferiority", 0.1, 0.6, 0.7),
        ("equivalence", 0.1, 0.6, 0.7),
        ("equivalence", 0.1, 0.7, 0.6),
    ],
)
def test_at_the_edge_of_the_null_hypothesis_a_claim_is_made_one_time_in_twenty(test, margin, share_a, share_b):
    rate = rejection_rate(comparison(test=test, margin=margin), share_a, share_b, 400)
    assert 0.035 < rate < 0.065


@pytest.mark.parametrize(
    ("options", "share_a", "share_b"),
    [
        ({"test": "difference", "expected": 0.1}, 0.5, 0.4),
        ({"test": "superiority", "margin": 0.05, "expected": 0.15}, 0.55, 0.4),
        ({"test": "non_inferiority", "margin": 0.1}, 0.5, 0.5),
        ({"test": "equivalence", "margin": 0.1}, 0.5, 0.5),
    ],
)
def test_the_power_is_that_of_simulated_studies(options, share_a, share_b):
    test = comparison(power=0.8, **options)
    spread = math.sqrt((share_a * (1 - share_a) + share_b * (1 - share_b)) / 2)
    number = int(required_replications(test, spread))
    assert power_of(test, number, spread) >= 0.8 > power_of(test, number - 1, spread)
    assert rejection_rate(test, share_a, share_b, number, repetitions=2000) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(
    ("options", "spread", "number"),
    [  # n = 2 (s / D)^2 (z_{1-alpha/2} + z_{1-beta})^2, and their like with one-sided quantiles
        ({"expected": 1.0, "power": 0.8}, 2.0, 63),
        ({"expected": 0.5, "power": 0.9}, 1.0, 85),
        ({"test": "non_inferiority", "margin": 0.5, "power": 0.8}, 1.0, 50),
        ({"test": "equivalence", "margin": 0.5, "power": 0.8}, 1.0, 69),
    ],
)
def test_numbers_of_runs_by_hand(options, spread, number):
    assert required_replications(comparison(**options), spread) == number


def test_what_never_has_the_power_needs_infinitely_many_runs():
    hopeless = comparison(test="superiority", margin=0.1, expected=0.05)
    assert required_replications(hopeless, 0.5) == math.inf
    assert math.isnan(required_replications(comparison(), 0.5))


def test_p_of_a_difference_is_two_sided():
    found = StudentDifference(1.0, error=0.5, freedom=12)
    assert p_value(comparison(), found) == pytest.approx(2 * stats.t.sf(2.0, 12))


def test_few_runs_that_all_succeed_are_not_equivalent():
    all_of = [Sample(proportion([True] * n)) for n in (3, 3)]
    assert p_value(comparison(test="equivalence", margin=0.05), difference(*all_of)) > 0.3


def run_here(folder, *comparisons, **others):
    file = StudyFile(**{**STUDY, **others}, comparisons=comparisons)
    with ThreadPoolExecutor(1) as executor:
        return file, run_study(file, folder, executor=executor, num_processes=1)


@pytest.mark.compiled
def test_a_study_judges_what_it_registered(tmp_path):
    hard, easy = {"environment.effect": 0.002}, {"environment.effect": 0.2}
    file, study = run_here(
        tmp_path / "s",
        comparison(at=hard, test="superiority", margin=0.02, expected=0.1),
        comparison(at=easy, test="equivalence", margin=0.02),
        comparison(at=easy),
    )
    table = judge(study, file.comparisons)
    assert table.verdict.tolist() == ["superior", "equivalent", "undecided"]
    assert (table.p_corrected >= table.p).all()
    assert table.claim[0].startswith("success_rate at network = cycle:n=10 is more than 0.02 above that at complete")
    assert table.num_runs.tolist() == [1000, 1000, 1000]


def test_comparisons_cannot_be_changed_once_a_study_has_begun(tmp_path):
    hard = {"environment.effect": 0.002}
    run_here(tmp_path / "s", comparison(at=hard), replications=2)
    with pytest.raises(ParameterError, match=r"comparisons is .* there and"):
        run_here(tmp_path / "s", comparison(at=hard, alpha=0.1), replications=2)
    assert configuration(StudyFile(**STUDY))["comparisons"] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"test": "equivalence"}, "margin: 0.0 is not accepted; accepted: for the test equivalence a number > 0"),
        ({"margin": 0.1}, "margin: 0.1 is not accepted; accepted: for the test difference none"),
        ({"between": [CYCLE, CYCLE]}, "is given twice; accepted: two levels"),
        ({"test": "better"}, "test: 'better' is not accepted"),
        ({"alpha": 0.7}, "alpha: 0.7 is not accepted"),
    ],
)
def test_claims_that_cannot_be_tested_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        comparison(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "2 points have network = 'cycle:n=10'; accepted: exactly one"),
        ({"at": {"environment.effect": 0.3}}, "0 points have environment.effect = 0.3"),
        ({"factor": "netwrk"}, "0 points have netwrk"),
        ({"of": "sucess_rate", "at": {"environment.effect": 0.2}}, "did you mean 'success_rate'"),
    ],
)
def test_comparisons_of_no_point_are_told_with_the_file(options, message):
    with pytest.raises(ParameterError, match=message):
        StudyFile(**STUDY, comparisons=[comparison(**options)])
