"""Reading a study back: what its estimates are of, and which of its runs count."""

import json

import numpy as np
import pytest

from socialsim.core.errors import ParameterError, ResultError
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.metrics.estimates import mean, proportion
from socialsim.studies.design.points import make_point
from socialsim.studies.storage.store import STUDY_FILE, Batch, Span, Store
from socialsim.studies.study import Study

CONFIGURATION = {"scenario": "epistemic", "source": "", "seed": 3, "record_every": None}
NUM_RUNS = 12
VERDICTS = np.random.default_rng(5).integers(0, 2, (2, NUM_RUNS))
STEPS = np.random.default_rng(6).integers(1, 90, (2, NUM_RUNS))


def points(common_random_numbers=False):
    base = make_scenario(find_module("epistemic"))
    effects = ({"environment.effect": effect} for effect in (0.2, 0.1))  # not in the order of their values
    return [make_point(base, values, common_random_numbers=common_random_numbers) for values in effects]


def batch(number, first, last):
    count = last - first
    columns = {
        "run": np.arange(first, last),
        "stream_key": np.array([f"3:{k}" for k in range(first, last)], dtype=object),
        "num_agents": np.full(count, 4),
        "steps": STEPS[number, first:last],
        "stop": np.array(["settled"] * count, dtype=object),
        "verdict": VERDICTS[number, first:last],
        "num_on_better": np.full(count, 4),
        "num_present": np.full(count, 4),
    }
    return Batch(Span(points()[number], first, count), {"run": columns}, seconds=0.1)


@pytest.fixture
def study(tmp_path):
    with Store(tmp_path / "s", CONFIGURATION) as store:
        store.enter(dict.fromkeys(points(), NUM_RUNS))
        for number, first, last in ((1, 4, 12), (0, 0, 7), (1, 0, 4), (0, 7, 12)):
            store.add([batch(number, first, last)])
    return Study.open(tmp_path / "s")


def rates(table):
    return table[table.metric == "success_rate"].set_index("environment.effect")


def test_an_estimate_is_that_of_the_metric_over_all_runs_of_its_point(study):
    table = rates(study.summary())
    assert table.index.tolist() == [0.2, 0.1]
    for number, effect in enumerate((0.2, 0.1)):
        expected = proportion(VERDICTS[number])
        found = table.loc[effect]
        assert (found.value, found.low, found.high, found.num_runs, found.method) == (
            expected.value,
            expected.low,
            expected.high,
            NUM_RUNS,
            expected.method,
        )


def test_a_metric_of_some_runs_counts_those_alone(study):
    table = study.summary(["rounds_to_success"])
    for number, row in enumerate(table.itertuples()):
        expected = mean(STEPS[number][VERDICTS[number] == 1])
        assert (row.value, row.num_runs) == (expected.value, expected.num_runs)


def test_only_the_first_replications_count_where_that_is_asked_for(study):
    first, second = (point.key for point in points())
    table = rates(study.summary(["success_rate"], {first: 5, second: 9}))
    assert table.num_runs.tolist() == [5, 9]
    assert table.value.tolist() == [VERDICTS[0, :5].mean(), VERDICTS[1, :9].mean()]


def test_points_that_are_not_asked_for_are_left_out(study):
    second = points()[1].key
    assert rates(study.summary(["success_rate"], {second: 3})).index.tolist() == [0.1]
    assert study.summary(["success_rate"], {}).empty
    assert rates(study.summary(["success_rate"], {second: 1000})).num_runs.tolist() == [NUM_RUNS]


def test_metrics_are_those_asked_for_or_of_the_study_file_or_all(study):
    scenario = make_scenario(find_module("epistemic"))
    assert list(dict.fromkeys(study.summary().metric)) == list(scenario.metric_names)
    (study.folder / STUDY_FILE).write_text('metrics = ["disagreement", "success_rate"]\n', encoding="utf-8")
    assert list(dict.fromkeys(study.summary().metric)) == ["disagreement", "success_rate"]
    assert list(dict.fromkeys(study.summary(["polarisation_rate"]).metric)) == ["polarisation_rate"]
    with pytest.raises(ParameterError, match="metrics: unknown metric 'sucess_rate'; did you mean 'success_rate'"):
        study.summary(["sucess_rate"])


def test_what_a_metric_cannot_be_computed_from_is_undefined_and_says_why(study):
    (row,) = study.summary(["rounds_to_polarisation"], {points()[0].key: 3}).itertuples()
    assert (np.isnan(row.value), row.num_runs, row.reason) == (True, 0, "no runs")


def test_points_stand_in_the_order_in_which_they_were_entered(study):
    assert study.points().index.tolist() == [point.key for point in points()]
    assert study.points()["environment.effect"].tolist() == [0.2, 0.1]
    assert study.runs(["steps"]).steps.tolist() == STEPS.ravel().tolist()


@pytest.mark.parametrize("common", [True, False])
def test_common_random_numbers_are_told_from_the_points(tmp_path, common):
    with Store(tmp_path / "s", CONFIGURATION) as store:
        store.enter(dict.fromkeys(points(common), 1))
    assert Study.open(tmp_path / "s").has_common_random_numbers() == common


def test_a_study_without_any_run_is_read_as_empty(tmp_path):
    with Store(tmp_path / "s", CONFIGURATION) as store:
        store.enter(dict.fromkeys(points(), 2))
    study = Study.open(tmp_path / "s")
    assert (len(study.runs()), study.summary().num_runs.sum(), len(study.failures())) == (0, 0, 0)
    assert study.status().num_waiting == 4
    assert len(study.digest()) == 64


def test_the_digest_tells_results_and_not_how_they_were_written(study, tmp_path):
    with Store(tmp_path / "other", CONFIGURATION) as store:
        store.enter(dict.fromkeys(reversed(points()), NUM_RUNS))
        store.add([batch(0, 0, 12), batch(1, 0, 12)])
    assert Study.open(tmp_path / "other").digest() == study.digest()
    with Store(tmp_path / "less", CONFIGURATION) as store:
        store.enter(dict.fromkeys(points(), NUM_RUNS))
        store.add([batch(0, 0, 12), batch(1, 0, 11)])
    assert Study.open(tmp_path / "less").digest() != study.digest()


def test_a_folder_that_is_no_study_is_refused(tmp_path):
    with pytest.raises(ResultError, match="is no study"):
        Study.open(tmp_path)
    (tmp_path / "study.json").write_text(json.dumps({"format": 1}))
    with pytest.raises(ResultError, match=r"is no study: it has no ledger.sqlite"):
        Study.open(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "only just being begun"), (b"no database" * 99, "not a database")]
)
def test_a_ledger_that_cannot_be_read_is_said_so(tmp_path, content, message):
    (tmp_path / "study.json").write_text("{}")
    (tmp_path / "ledger.sqlite").write_bytes(content)
    with pytest.raises(ResultError, match=f"the ledger cannot be read: .*{message}"):
        Study.open(tmp_path).status()
