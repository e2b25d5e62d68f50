import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from socialsim.cli import study_running
from socialsim.core.errors import ResultError
from socialsim.studies.files import StudyFile
from socialsim.studies.run import configuration
from socialsim.studies.storage.store import Store
from socialsim.studies.study import Status, Study

STUDY = """
scenario = "epistemic"
replications = 4
seed = 1
metrics = ["success_rate"]
[factors]
"network" = ["cycle:n=4", "complete:n=4"]
[fixed]
"environment.effect" = 0.05
"environment.trials" = 20
"""

FAILING = """
from socialsim.core.parameters import parameter
from socialsim.engine.scenario import Scenario
from socialsim.environments.epistemic import Epistemic, success_rate

class Faulty(Epistemic):
    is_faulty: bool = parameter(False, "whether runs raise")

    def outcomes(self, state):
        if self.is_faulty:
            raise ValueError("it is faulty")
        return super().outcomes(state)

def scenario():
    return Scenario(Faulty(effect=0.05, trials=20), "bayesian", "complete:n=3", 10_000, (success_rate,))
"""


@pytest.fixture
def study_cli(cli):
    """Call ``socialsim study`` in a folder that holds a small study file."""
    Path("small.toml").write_text(STUDY)

    def call(*arguments):
        one_process = ("--processes", 1) if arguments[0] in ("run", "resume", "retry", "plan") else ()
        return cli("study", *arguments, *one_process)

    return call


def test_a_study_is_run_reported_and_then_there_is_nothing_to_do(study_cli):
    done = study_cli("run", "small.toml")
    assert done.code == 0, done.err
    assert "8 of 8 runs done, 8 of them now" in done.out
    again = study_cli("run", "small.toml")
    assert again.code == 0
    assert "nothing to do: all 8 runs are done" in again.out
    status = json.loads(study_cli("status", "small.toml", "--json").out)
    assert (status["num_runs"], status["num_done"], status["num_waiting"], status["is_at_work"]) == (8, 8, 0, False)
    assert study_cli("export", "small.toml", "--table", "runs", "--to", "runs.csv").code == 0
    assert len(pd.read_csv("runs.csv")) == 8
    assert study_cli("report", "results/small").code == 0
    assert (Path("results/small/report") / "summary.csv").is_file()


def test_a_plan_says_what_it_costs_and_stores_nothing(study_cli):
    done = study_cli("plan", "small.toml")
    assert done.code == 0, done.err
    for word in ("points", "runs", "CPU", "disk", "memory"):
        assert word in done.out
    assert not Path("results").exists()


def test_failures_are_told_with_the_command_that_replays_one(study_cli):
    Path("faulty.py").write_text(FAILING)
    text = 'scenario = "faulty.py"\nreplications = 2\n[factors]\n"environment.is_faulty" = [false, true]\n'
    Path("faulty.toml").write_text(text)
    done = study_cli("run", "faulty.toml", "--out", "f")
    assert done.code == 3
    assert "2 x" in done.out
    assert "socialsim run faulty.py" in done.out
    assert study_cli("run", "f").code == 3
    assert study_cli("retry", "f").code == 3
    status = study_cli("status", "f")
    assert status.code == 0
    assert "ValueError: it is faulty" in status.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "none.toml"), "none.toml: no such file"),
        (("run", "."), ".: no study"),
        (("resume", "small.toml"), "no study was begun there"),
        (("retry", "small.toml", "--out", "x"), "no study was begun there"),
        (("status", "small.toml"), "is no study"),
        (("report", "small.toml"), "is no study"),
        (("export", "small.toml"), "is no study"),
        (("run", "small.toml", "--executor", "dusk"), "did you mean 'dask'"),
        (("run", "small.toml", "--slice", "5/4"), "slice: number 5 is not accepted"),
    ],
)
def test_wrong_input_exits_with_2_and_leaves_nothing_behind(study_cli, arguments, message):
    done = study_cli(*arguments)
    assert done.code == 2
    assert message in done.err
    assert not Path("results").exists()


def test_all_that_is_wrong_with_a_file_is_told_a_line_each(study_cli):
    Path("wrong.toml").write_text(STUDY.replace("success_rate", "sucess_rate").replace("trials", "trails"))
    done = study_cli("run", "wrong.toml")
    assert done.code == 2
    assert [line.startswith("error: wrong.toml: ") for line in done.err.splitlines()] == [True, True]
    assert "did you mean 'success_rate'" in done.err
    assert "did you mean 'environment.trials'" in done.err


@pytest.mark.compiled
def test_ctrl_c_exits_with_130_and_resume_goes_on(study_cli, tmp_path):
    Path("long.toml").write_text(STUDY.replace("replications = 4", "replications = 4000").replace("0.05", "0.003"))
    command = [sys.executable, "-m", "socialsim", "study", "run", "long.toml", "--processes", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while process.poll() is None:
        try:
            if Study.open("results/long").status().num_done:
                break
        except (ResultError, sqlite3.Error):
            pass
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130, errors
    assert "to go on: socialsim study resume" in errors
    assert study_cli("resume", "long.toml").code == 0
    assert Study.open("results/long").status().is_complete


def test_slices_are_merged_into_what_one_run_gives(study_cli):
    assert study_cli("run", "small.toml", "--out", "whole").code == 0
    for number in (1, 2):
        assert study_cli("run", "small.toml", "--out", "cut", "--slice", f"{number}/2").code == 0
    assert study_cli("merge", "small.toml", "--out", "cut").code == 0
    assert Study.open("cut").digest() == Study.open("whole").digest()
    assert "nothing to do" in study_cli("run", "small.toml", "--out", "cut").out


def test_the_status_of_a_study_under_way_says_that_it_is_at_work(study_cli):
    file = StudyFile.read("small.toml")
    assert study_cli("run", "small.toml").code == 0
    with Store("results/small", configuration(file)):
        done = study_cli("status", "small.toml")
        assert (done.code, "a process is working on it" in done.out) == (0, True)
        second = study_cli("run", "small.toml")
        assert (second.code, "another process is working on this study" in second.err) == (2, True)


def test_progress_is_told_in_lines_where_there_is_no_terminal(study_cli, monkeypatch):
    monkeypatch.setattr(study_running, "LINE_SECONDS", 0.0)
    lines = study_cli("run", "small.toml").err.splitlines()
    assert lines
    assert all(" of 8 runs done, " in line and "a second" in line for line in lines)


def test_progress_is_a_bar_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with study_running._progress(shown=True) as show:
        show(Status(10, 2, 0, 0, 0))
        show(Status(10, 7, 1, 0, 0))
    assert not capsys.readouterr().out


def test_the_rate_and_the_time_left_count_from_the_first_report(monkeypatch):
    now = iter([100.0, 104.0])
    monkeypatch.setattr(study_running.time, "monotonic", lambda: next(now))
    clock = study_running._Clock()
    assert clock.rate(Status(30, 10, 0, 0, 0)) == (0.0, 0.0)
    assert clock.rate(Status(30, 17, 1, 0, 0)) == (2.0, 6.0)
