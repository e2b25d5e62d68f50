import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.engine.run import run
from socialsim.studies import run as run_module
from socialsim.studies.files import StudyFile
from socialsim.studies.run import run_study

SCENARIO = """
from socialsim.environments.epistemic import scenario
"""


def study_file(**others):
    table = {"scenario": "epistemic", "replications": 3, "factors": {"network": ["cycle:n=4", "cycle:n=6"]}}
    return StudyFile(**{**table, **others})


def run_here(file, folder, **options):
    with ThreadPoolExecutor(1) as executor:
        return run_study(file, folder, executor=executor, num_processes=1, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_processes": 0}, "num_processes: 0 is not accepted"),
        ({"num_processes": True}, "num_processes: True is not accepted"),
        ({"batch_seconds": 0.0}, r"batch_seconds: 0\.0 is not accepted"),
    ],
)
def test_arguments_out_of_range_are_refused_before_anything_is_written(tmp_path, options, message):
    with pytest.raises(ParameterError, match=message):
        run_study(study_file(), tmp_path / "s", **options)
    assert not (tmp_path / "s").exists()


def test_the_folder_keeps_the_study_file(tmp_path):
    (tmp_path / "a.toml").write_text(study_file().text + "# why\n")
    study = run_here(StudyFile.read(tmp_path / "a.toml"), tmp_path / "s")
    assert (study.folder / "study.toml").read_text() == (tmp_path / "a.toml").read_text()


def test_a_study_may_grow_and_keeps_the_runs_it_has(tmp_path):
    small = run_here(study_file(), tmp_path / "s").runs()
    factors = {"network": ["cycle:n=4", "cycle:n=6", "cycle:n=8"]}
    grown = run_here(study_file(factors=factors, replications=5), tmp_path / "s")
    assert grown.status().num_done == 15
    runs = grown.runs()
    kept = runs[runs.point.isin(small.point) & (runs.replication < 3)]
    assert kept.stream_key.tolist() == small.stream_key.tolist()
    assert kept.steps.tolist() == small.steps.tolist()


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"seed": 1}, "seed is 0 there and 1 here"),
        ({"design": {"common_random_numbers": True}}, "common_random_numbers is False there and True here"),
        ({"record": {"series": True}}, "record_every is None there and 'auto' here"),
        ({"scenario": "opinions", "factors": {"network": ["cycle:n=4"]}}, "scenario is 'epistemic' there"),
        ({"factors": {"network": ["cycle:n=8"]}}, "2 of its 2 points are not among the 1 here"),
    ],
)
def test_the_folder_of_another_study_is_refused_and_left_as_it_is(tmp_path, others, message):
    before = run_here(study_file(), tmp_path / "s").digest()
    text = (tmp_path / "s" / "study.toml").read_bytes()
    with pytest.raises(ParameterError, match=message):
        run_here(study_file(**others), tmp_path / "s")
    assert run_here(study_file(), tmp_path / "s").digest() == before
    assert (tmp_path / "s" / "study.toml").read_bytes() == text


def test_a_users_file_that_has_changed_is_another_study(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(SCENARIO)
    run_here(study_file(scenario=str(path)), tmp_path / "s")
    path.write_text(SCENARIO + "# changed")
    with pytest.raises(ParameterError, match="source is"):
        run_here(study_file(scenario=str(path)), tmp_path / "s")


def test_a_worker_loads_neither_mesa_nor_matplotlib():
    code = (
        "import sys, socialsim.studies.running.worker as w; "
        "w.run_pieces({'scenario': 'epistemic', 'seed': 0, 'record_every': None, 'time_limit': None, "
        "'batch_seconds': 0.5, 'pieces': [[{'network': 'cycle:n=4'}, [1], 0, 2, '']]}); "
        "print([name for name in ('mesa', 'matplotlib', 'socialsim.host') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_a_finished_study_goes_through_no_rounds(tmp_path, monkeypatch):
    run_here(study_file(), tmp_path / "s")
    with monkeypatch.context() as patch:
        patch.setattr(run_module, "rounds", lambda file, folder: pytest.fail("it was finished"))
        run_here(study_file(), tmp_path / "s")
    (tmp_path / "s" / "parts" / "run-000001.parquet").unlink()
    with pytest.warns(UserWarning, match="is damaged; its"):
        assert run_here(study_file(), tmp_path / "s").status().is_complete


def test_fewer_replications_than_before_are_all_done(tmp_path):
    run_here(study_file(replications=5), tmp_path / "s")
    status = run_here(study_file(replications=2), tmp_path / "s").status()
    assert (status.num_runs, status.num_done, status.num_waiting) == (10, 10, 0)


def test_a_network_file_that_changes_under_way_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "friends.csv"
    path.write_text("source,target\n0,1\n1,2\n2,0\n")
    file = study_file(factors={"network": [str(path), "cycle:n=4"]})
    path.write_text("source,target\n0,1\n1,2\n2,3\n3,0\n")
    study = run_here(file, tmp_path / "s")
    assert study.status().num_failed == 3
    assert study.failures().error.str.contains("is not the file here that it was when the study began").all()
    summary = study.summary(["success_rate"])  # points without a run that ended are undefined, not missing
    assert summary.num_runs.tolist() == [0, 3]
    assert summary.reason.tolist() == ["no run came to its end", ""]


def test_settings_that_are_one_point_are_run_once(tmp_path):
    design = {"kind": "optimise", "goal": {"success_rate": "maximise"}, "trials": 6, "batch": 2, "finalists": 1}
    file = study_file(factors={"network": ["cycle:n=10", "cycle"]}, design=design, fixed={"environment.effect": 0.1})
    assert run_here(file, tmp_path / "s").status().num_done == 3 + 4 * 3


def test_registered_claims_have_a_fixed_number_of_replications(tmp_path):
    claim = {"of": "success_rate", "factor": "network", "between": ["cycle:n=4", "cycle:n=6"]}
    run_here(study_file(comparisons=[claim]), tmp_path / "s")
    with pytest.raises(ParameterError, match="registered_replications is 3 there and 6 here"):
        run_here(study_file(comparisons=[claim], replications=6), tmp_path / "s")


def test_a_column_of_the_scenario_may_be_called_as_one_of_the_studys(tmp_path):
    table = {"scenario": "incentives", "factors": {"network.n": [30]}, "fixed": {"horizon.steps": 20}}
    study = run_here(study_file(**table), tmp_path / "s")
    assert study.status().is_complete, study.failures().traceback[0]
    runs = study.runs()
    assert runs.replication.tolist() == [0, 1, 2]
    assert "outcome.replication" in runs
    (point,) = study_file(**table).points()
    scenario = make_scenario(find_module("incentives")).replace(point.values)
    expected = run(scenario, replications=3, point_words=point.words).metrics
    found = study.summary().set_index("metric").value
    assert found.dropna().to_dict() == {name: e.value for name, e in expected.items() if e.value == e.value}
