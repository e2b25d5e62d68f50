from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.metrics.estimates import difference_of_proportions, mean, proportion
from socialsim.studies.files import StudyFile
from socialsim.studies.run import run_study
from socialsim.studies.statistics.contrasts import _compare, contrasts, corrected
from socialsim.studies.statistics.differences import Sample, difference


def shares(num_a, runs_a, num_b, runs_b):
    return tuple(Sample(proportion([True] * k + [False] * (n - k))) for k, n in ((num_a, runs_a), (num_b, runs_b)))


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17:873-890, table II, method 10
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((10, 10, 0, 20), 0.6791, 1.0000),
        ((5, 56, 0, 29), -0.0381, 0.1926),
    ],
)
def test_the_interval_of_two_shares_is_newcombes(counts, low, high):
    found = difference(*shares(*counts))
    assert found.interval() == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_general_interval_is_the_one_for_shares(num_a, num_b):
    a, b = shares(num_a, 40, num_b, 40)
    direct = difference_of_proportions(a.estimate, b.estimate)
    found = difference(a, b)
    assert (found.value, *found.interval()) == pytest.approx((direct.value, direct.low, direct.high), abs=1e-12)


@given(st.integers(0, 40), st.integers(0, 40))
def test_p_is_below_a_twentieth_where_the_interval_excludes_zero(num_a, num_b):
    row = _compare(*shares(num_a, 40, num_b, 40))
    low, high, p = row[5:8]
    if low > 0 or high < 0:
        assert p < 0.05 + 1e-12
    else:
        assert p >= 0.05 - 1e-12


def test_many_contrasts_of_equals_are_significant_one_time_in_twenty():
    stream = np.random.default_rng(1)
    draws = stream.binomial(200, 0.3, (2000, 2))
    p_shares = [_compare(*shares(int(k), 200, int(m), 200))[7] for k, m in draws]
    means = ((mean(stream.exponential(size=80)), mean(stream.exponential(size=60))) for _ in range(2000))
    p_means = [_compare(Sample(one), Sample(other))[7] for one, other in means]
    for p in (p_shares, p_means):
        assert 0.035 < np.mean(np.array(p) < 0.05) < 0.065


def test_means_are_compared_by_welchs_test():
    stream = np.random.default_rng(2)
    for num_a, num_b in ((3, 3), (5, 9), (90, 70)):
        a, b = stream.normal(0.1, 1.0, num_a), stream.normal(0.0, 3.0, num_b)
        row = _compare(Sample(mean(a)), Sample(mean(b)))
        welch = stats.ttest_ind(a, b, equal_var=False)
        assert row[7] == pytest.approx(welch.pvalue, rel=1e-9)
        assert row[5:7] == pytest.approx(tuple(welch.confidence_interval()), rel=1e-9)


def test_hedges_g_is_the_standardised_difference():
    a, b = np.array([5.0, 7.0, 8.0, 9.0, 11.0]), np.array([3.0, 4.0, 6.0, 6.0, 7.0, 8.0])
    size, low, high, name = _compare(Sample(mean(a)), Sample(mean(b)))[8:]
    pooled = np.sqrt((4 * a.var(ddof=1) + 5 * b.var(ddof=1)) / 9)
    assert size == pytest.approx((1 - 3 / (4 * 11 - 9)) * (a.mean() - b.mean()) / pooled)
    assert (low < size < high, name) == (True, "Hedges' g")


def test_cohens_h_by_hand():
    size, low, high, name = _compare(*shares(50, 100, 25, 100))[8:]
    assert size == pytest.approx(np.pi / 6)  # 2 arcsin sqrt(1/2) - 2 arcsin sqrt(1/4) = pi/2 - pi/3
    assert ((high - low) / 2, name) == (pytest.approx(1.96 * np.sqrt(0.02), rel=1e-4), "Cohen's h")


def test_pairs_are_compared_run_by_run():
    stream = np.random.default_rng(3)
    common = stream.normal(size=50) * 10
    a, b = pd.Series(common + stream.normal(0.8, 1, 50)), pd.Series(common + stream.normal(0, 1, 50))
    row = _compare(Sample(mean(a), a), Sample(mean(b), b))
    paired = stats.ttest_rel(a, b)
    assert row[5:7] == pytest.approx(tuple(paired.confidence_interval()))
    assert row[7] == pytest.approx(paired.pvalue)
    assert row[11] == "d_z"


def test_shares_in_pairs_by_the_published_example():
    # Altman et al. 2000, Statistics with Confidence, p. 52: 14 pairs both, 5 and 0 one alone, 22 neither; d = .122
    a = pd.Series([1.0] * 14 + [1.0] * 5 + [0.0] * 22)
    b = pd.Series([1.0] * 14 + [0.0] * 5 + [0.0] * 22)
    found = difference(Sample(proportion(a == 1), a), Sample(proportion(b == 1), b))
    assert found.value == pytest.approx(5 / 41)
    assert found.interval() == pytest.approx((0.011, 0.226), abs=5e-4)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_corrections_never_make_p_smaller(p):
    none, bh, holm = (corrected(p, name) for name in ("none", "benjamini_hochberg", "holm"))
    assert (none <= bh + 1e-12).all()
    assert (bh <= holm + 1e-12).all()
    assert (holm <= np.minimum(np.array(p) * len(p), 1.0) + 1e-12).all()


def test_undefined_p_values_do_not_count():
    assert corrected([0.01, np.nan, 0.04], "holm") == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)


def test_runs_that_are_all_alike_show_nothing_about_numbers_but_something_about_shares():
    alike = _compare(Sample(mean([2.0, 2.0])), Sample(mean([1.0, 1.0])))
    assert np.isnan(alike[6:8]).all()
    few, many = (_compare(*shares(n, n, n, n))[7] for n in (3, 300))
    assert (few, many) == (pytest.approx(1.0), pytest.approx(1.0))
    assert difference(*shares(3, 3, 3, 3)).interval() == pytest.approx((-0.5615, 0.5615), abs=1e-4)


# --- of a study -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    factors = {"network": ["cycle:n=4", "complete:n=4", "wheel:n=4"], "environment.effect": [0.05, 0.1]}
    file = StudyFile(scenario="epistemic", replications=60, factors=factors, fixed={"environment.trials": 20})
    with ThreadPoolExecutor(1) as executor:
        return run_study(file, tmp_path_factory.mktemp("c") / "s", executor=executor, num_processes=1)


def test_there_is_a_row_for_each_level_but_one_at_each_setting(study):
    table = contrasts(study, "success_rate", "network")
    assert len(table) == 4
    assert set(table.reference) == {"cycle:n=4"}
    assert table["environment.effect"].tolist() == [0.05, 0.05, 0.1, 0.1]
    summary = study.summary(["success_rate"]).set_index(["network", "environment.effect"]).value
    for row in table.to_dict("records"):
        effect = row["environment.effect"]
        assert row["difference"] == summary[row["level"], effect] - summary[row["reference"], effect]


def test_any_level_may_be_the_reference(study):
    one = contrasts(study, "success_rate", "network", reference="wheel:n=4")
    assert set(one.reference) == {"wheel:n=4"}


def test_a_column_of_the_runs_is_compared_too(study):
    table = contrasts(study, "steps", "network", correction="benjamini_hochberg")
    assert set(table.effect_size) == {"Hedges' g"}
    assert (table.p_corrected >= table.p).all()


@pytest.mark.compiled
def test_runs_with_common_random_numbers_are_paired(tmp_path):
    design = {"kind": "full", "common_random_numbers": True}
    factors = {"environment.trials": [20, 30], "network": ["cycle:n=4"]}
    file = StudyFile(scenario="epistemic", replications=30, factors=factors, design=design, seed=1)
    with ThreadPoolExecutor(1) as executor:
        study = run_study(file, tmp_path / "s", executor=executor, num_processes=1)
    (row,) = contrasts(study, "steps", "environment.trials").to_dict("records")
    steps = study.runs().pivot_table(index="replication", columns="environment.trials", values="steps")
    assert row["effect_size"] == "d_z"
    assert row["difference"] == pytest.approx((steps[30] - steps[20]).mean())


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("sucess_rate", "network"), {}, "did you mean 'success_rate'"),
        (("success_rate", "netwrk"), {}, "did you mean 'network'"),
        (("success_rate", "environment.trials"), {}, "environment.trials: it has one level"),
        (("success_rate", "network"), {"reference": "star:n=4"}, "reference: 'star:n=4' is not accepted"),
        (("success_rate", "network"), {"correction": "bonferoni"}, "unknown correction 'bonferoni'"),
        (("stop", "network"), {}, "stop: a column of"),
    ],
)
def test_wrong_names_are_refused(study, arguments, options, message):
    with pytest.raises(ParameterError, match=message):
        contrasts(study, *arguments, **options)


def test_a_parameter_that_a_point_leaves_out_has_the_scenarios_value(tmp_path):
    factors = {"network": ["complete:n=10", "wheel:n=10"], "environment.effect": [0.1]}
    file = StudyFile(scenario="epistemic", replications=20, factors=factors, design="one_at_a_time")
    with ThreadPoolExecutor(1) as executor:
        study = run_study(file, tmp_path / "s", executor=executor, num_processes=1)
    assert study.points()["network"].tolist()[0] == "cycle:n=10"
    table = contrasts(study, "steps", "network")
    assert table[["level", "reference"]].to_numpy().tolist() == [
        ["complete:n=10", "cycle:n=10"],
        ["wheel:n=10", "cycle:n=10"],
    ]
    assert set(table["environment.effect"]) == {0.001}
