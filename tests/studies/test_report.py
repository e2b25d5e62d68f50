import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from socialsim.core.errors import ParameterError, ResultError
from socialsim.core.folder import sha256
from socialsim.studies.files import StudyFile
from socialsim.studies.report import writing
from socialsim.studies.report.facts import Facts
from socialsim.studies.report.writing import write_report
from socialsim.studies.run import configuration, run_study
from socialsim.studies.storage.store import Span, Store
from socialsim.studies.study import Study

FACTORS = {"network": ["cycle:n=4", "complete:n=4"], "environment.effect": [0.05, 0.1, 0.2]}
OWN = """
from dataclasses import replace

from socialsim.environments.epistemic import scenario as zollman


def scenario():
    return replace(zollman(), name="own")
"""


def study_file(**others):
    table = {"scenario": "epistemic", "replications": 20, "metrics": ["success_rate"], "factors": FACTORS}
    return StudyFile(**{**table, **others})


def run_here(file, folder):
    with ThreadPoolExecutor(1) as executor:
        return run_study(file, folder, executor=executor, num_processes=1)


def names(files):
    """The names of a report's files, in their folders."""
    root = files[0].parent
    return {file.relative_to(root).as_posix() for file in files}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return run_here(study_file(), tmp_path_factory.mktemp("report") / "zollman")


@pytest.fixture(scope="module")
def files(study):
    return write_report(study, study.folder / "report")


def test_the_report_of_a_full_design_has_tables_figures_and_an_archive(files):
    figures = [f"figures/success_rate-{name}" for name in ("line", "heat_map", "phase_diagram", "convergence")]
    assert names(files) == {
        *("report.md", "summary.csv", "runs.csv", "archive.zip", "report.json", "tables/success_rate.tex"),
        *(f"{figure}.{kind}" for figure in figures for kind in ("pdf", "svg", "png")),
    }
    assert files[0].name == "report.md"


def test_the_files_are_what_the_report_lists(files):
    record = json.loads((files[0].parent / "report.json").read_text())
    assert {*record["files"], "report.json"} == names(files)
    assert all(sha256(files[0].parent / name) == digest for name, digest in record["files"].items())


def test_the_text_says_what_was_run_and_shows_every_figure(study, files):
    text = files[0].read_text()
    for part in (
        "# epistemic: 6 points",
        "All 120 runs are done.",
        "Intervals are pointwise",
        "cycle:n=4",
        "0.05, 0.1",
    ):
        assert part in text
    for figure in files[0].parent.glob("figures/*.png"):
        assert f"](figures/{figure.name})" in text
    assert study.configuration["provenance"]["versions"]["numba"] in text
    assert "## Failures" not in text


def test_the_tables_hold_the_summary_and_the_runs(study, files):
    root = files[0].parent
    summary, runs = pd.read_csv(root / "summary.csv"), pd.read_csv(root / "runs.csv")
    assert summary.value.tolist() == study.summary().value.tolist()
    assert (len(runs), set(runs.status)) == (120, {"done"})
    assert runs.steps.tolist() == study.runs().steps.tolist()


def test_a_second_report_has_the_same_bytes(study, files, tmp_path):
    again = write_report(study, tmp_path / "again")
    assert [file.read_bytes() for file in again] == [file.read_bytes() for file in files]


def test_many_runs_are_written_as_parquet(study, tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "LARGE", 120)
    monkeypatch.setattr(writing, "figures_of", lambda facts: iter(()))
    files = write_report(study, tmp_path / "r")
    assert {"runs.parquet"} == {name for name in names(files) if name.startswith("runs")}


# --- designs ----------------------------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("others", "figures"),
    [
        ({"factors": {"environment.effect": [0.05, 0.1]}}, {"line", "convergence"}),
        ({"replications": 5}, {"line", "heat_map", "phase_diagram"}),
        ({"replications": 5, "factors": {"environment.effect": [0.1]}}, set()),
        (
            {"replications": 5, "design": "one_at_a_time", "fixed": {"environment.trials": 20}},
            {"line-network", "line-environment.effect"},
        ),
        (
            {
                "replications": 5,
                "factors": {"environment.effect": {"log": [0.05, 0.2]}, "network.n": {"integer": [4, 8]}},
                "design": {"kind": "latin_hypercube", "size": 8},
            },
            {"pairs"},
        ),
        (
            {
                "replications": 5,
                "factors": {"environment.effect": {"log": [0.02, 0.2]}, "network.n": {"integer": [4, 8]}},
                "design": {"kind": "morris", "trajectories": 4},
            },
            {"pairs", "sensitivity"},
        ),
        (
            {
                "replications": 5,
                "factors": {},
                "design": {"kind": "points", "points": [{"network": "cycle:n=4"}, {"environment.effect": 0.1}]},
            },
            {"pairs"},
        ),
    ],
)
def test_the_design_decides_on_the_figures(tmp_path, others, figures):
    others = {"fixed": {"environment.effect": 0.05}} | others if others.get("factors") == {} else others
    files = write_report(run_here(study_file(**others), tmp_path / "s"), tmp_path / "r")
    assert {file.stem.removeprefix("success_rate-") for file in files if file.suffix == ".pdf"} == figures


def test_indices_that_are_undefined_are_told_of(tmp_path):
    others = {
        "replications": 2,
        "metrics": ["rounds_to_polarisation", "disagreement"],
        "factors": {"environment.effect": {"log": [0.05, 0.2]}, "network.n": {"integer": [4, 8]}},
        "design": {"kind": "morris", "trajectories": 4},
    }
    files = write_report(run_here(study_file(**others), tmp_path / "s"), tmp_path / "r")
    text = files[0].read_text()
    assert "rounds_to_polarisation has no indices: undefined at 12 of 12 settings." in text
    assert set(pd.read_csv(tmp_path / "r" / "sensitivity.csv").metric) == {"disagreement"}


def test_registered_comparisons_are_judged(tmp_path):
    claim = {"of": "success_rate", "factor": "network", "between": ["cycle:n=4", "complete:n=4"]}
    file = study_file(comparisons=[{**claim, "at": {"environment.effect": 0.1}}])
    files = write_report(run_here(file, tmp_path / "s"), tmp_path / "r")
    table = pd.read_csv(tmp_path / "r" / "comparisons.csv")
    text = files[0].read_text()
    assert len(table) == 1
    assert f"| {table.claim[0]} |" in text
    assert table.verdict[0] in text


# --- studies that are not whole ---------------------------------------------------------------------------------------


def begun(folder, file, done=()):
    """A study of which some points are asked for alone."""
    with Store(folder, configuration(file)) as store:
        store.enter(dict.fromkeys(file.points(), file.replications))
        store.keep(file.text)
        for span, status, error in done:
            store.add_failure(span, status, error, "Traceback: a\n", "socialsim run epistemic --stream 0:1:2")
    return Study.open(folder)


def test_a_study_without_results_has_a_report(tmp_path):
    files = write_report(begun(tmp_path / "s", study_file()), tmp_path / "r")
    text = files[0].read_text()
    assert "0 of 120 runs are done; estimates are of these alone. 120 are waiting." in text
    assert not [file for file in files if file.suffix == ".png"]


def test_failures_stand_in_the_report_with_how_to_replay_them(tmp_path):
    file = study_file(replications=2)
    point = file.points()[0]
    done = [(Span(point, k, 1), "failed", "ValueError: a | b") for k in range(2)]
    study = begun(tmp_path / "s", file, done)
    folder = study.folder
    with ThreadPoolExecutor(1) as executor:
        study = run_study(file, folder, executor=executor, num_processes=1)
    files = write_report(study, tmp_path / "r")
    text = files[0].read_text()
    assert "10 of 12 runs are done; estimates are of these alone. 2 failed, crashed or timed out." in text
    assert "2 x failed: ValueError: a | b" in text
    assert "socialsim run epistemic --stream 0:1:2" in text
    assert len(pd.read_csv(tmp_path / "r" / "failures.csv")) == 2
    assert "failures.csv" in zipfile.ZipFile(tmp_path / "r" / "archive.zip").namelist()


def test_a_metric_that_is_undefined_everywhere_has_a_table_and_no_figure(tmp_path):
    file = study_file(replications=2, metrics=["rounds_to_polarisation"])
    files = write_report(run_here(file, tmp_path / "s"), tmp_path / "r")
    assert "Undefined at 6 of 6 points: no runs." in files[0].read_text()
    assert "tables/rounds_to_polarisation.tex" in names(files)
    assert not [file for file in files if file.suffix == ".png"]


def test_a_study_that_is_under_way_says_so(tmp_path):
    file = study_file()
    study = begun(tmp_path / "s", file)
    with Store(study.folder, configuration(file)):
        assert "120 are waiting; a process is working on them." in Facts.of(study).state


# --- the archive ------------------------------------------------------------------------------------------------------


def test_the_archive_has_all_that_is_needed(study, files):
    archive = zipfile.ZipFile(files[0].parent / "archive.zip")
    assert archive.namelist() == sorted(
        [
            *("README.md", "requirements.txt", "study.json", "study.toml"),
            *("runs.csv", "runs.parquet", "summary.csv", "summary.parquet"),
        ]
    )
    assert archive.read("study.toml").decode() == study_file().text
    assert study.digest() in archive.read("README.md").decode()
    assert f"numpy=={study.configuration['versions']['numpy']}" in archive.read("requirements.txt").decode()
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    runs = pd.read_parquet(io.BytesIO(archive.read("runs.parquet")))
    assert runs.steps.tolist() == study.runs().steps.tolist()


@pytest.mark.parametrize("place", ["inside", "elsewhere"])
def test_what_the_archive_holds_runs_again_to_the_same_digest(tmp_path, monkeypatch, place):
    work, other = tmp_path / "work", tmp_path / "other"
    home = work if place == "inside" else tmp_path / "home"
    for folder in {work, other, home}:
        folder.mkdir()
    (home / "own.py").write_text(OWN)
    (home / "village.edgelist").write_text("a b\nb c\nc d\nd a\n")
    monkeypatch.chdir(work)
    own, village = ("own.py", "village.edgelist") if place == "inside" else map(str, home.iterdir())
    own, village = sorted((own, village), key=lambda name: name.endswith("edgelist"))
    file = study_file(
        scenario=own, replications=3, factors={"network": [village, "cycle:n=4"]}, fixed={"environment.effect": 0.1}
    )
    study = run_here(file, "s")
    write_report(study, "r")
    digest = study.digest()
    zipfile.ZipFile("r/archive.zip").extractall(other)
    shutil.rmtree(home if place == "elsewhere" else work / "s")
    monkeypatch.chdir(other)
    assert run_here(StudyFile.read("study.toml"), "again").digest() == digest


# --- the folder -------------------------------------------------------------------------------------------------------


def test_a_report_is_replaced_and_nothing_of_it_stays(tmp_path, monkeypatch):
    study = run_here(study_file(replications=2), tmp_path / "s")
    first = write_report(study, tmp_path / "r")
    monkeypatch.setattr(writing, "figures_of", lambda facts: iter(()))
    second = write_report(study, tmp_path / "r")
    assert len(second) < len(first)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r", "s"]


def test_folders_of_other_things_are_refused_and_left_as_they_are(study, files, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("x")
    with pytest.raises(ParameterError, match="holds something else than a report"):
        write_report(study, tmp_path / "thesis")
    with pytest.raises(ParameterError, match="holds something else than a report"):
        write_report(study, study.folder)
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "x"
    shutil.copytree(files[0].parent, tmp_path / "r")
    (tmp_path / "r" / "notes.md").write_text("mine")
    with pytest.raises(ParameterError, match=r"holds 'notes\.md', which is no part of the report"):
        write_report(study, tmp_path / "r")
    assert (tmp_path / "r" / "notes.md").read_text() == "mine"


def test_the_report_of_another_study_is_refused(study, files, tmp_path):
    other = begun(tmp_path / "s", study_file(seed=7))
    with pytest.raises(ParameterError, match="holds the report of another study"):
        write_report(other, files[0].parent)


def test_a_report_that_cannot_be_written_leaves_the_one_before(study, tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "figures_of", lambda facts: iter(()))
    before = {file: file.read_bytes() for file in write_report(study, tmp_path / "r")}

    def full(*args):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(writing, "make_archive", full)
    for folder in ("r", "new"):
        with pytest.raises(ResultError, match="the disk is full"):
            write_report(study, tmp_path / folder)
    assert {file: file.read_bytes() for file in before} == before
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_a_scenario_that_is_gone_is_named(tmp_path):
    own = tmp_path / "own.py"
    own.write_text(OWN)
    study = run_here(study_file(scenario=str(own), replications=1), tmp_path / "s")
    own.unlink()
    with pytest.raises(ParameterError, match=r"own\.py: no such file"):
        write_report(study, tmp_path / "r")


def test_two_processes_write_the_same_bytes(study, files, tmp_path):
    code = (
        "import sys; from socialsim.studies.study import Study; "
        "from socialsim.studies.report.writing import write_report; "
        "write_report(Study.open(sys.argv[1]), sys.argv[2])"
    )
    command = [sys.executable, "-c", code, str(study.folder), str(tmp_path / "r")]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    for file in files:
        assert (tmp_path / "r" / file.relative_to(files[0].parent)).read_bytes() == file.read_bytes()
