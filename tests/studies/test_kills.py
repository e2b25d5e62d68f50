"""What SIGKILL and Ctrl-C leave of a study, on processes and on Dask."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
import pytest

from socialsim.core.errors import ResultError
from socialsim.studies.files import StudyFile
from socialsim.studies.run import run_study
from socialsim.studies.study import Study

pytestmark = pytest.mark.compiled  # studies in processes of their own, which must be quick

SCRIPT = """
import sys
from socialsim.studies.files import StudyFile
from socialsim.studies.run import run_study

if __name__ == "__main__":
    file, folder, kind = sys.argv[1:]
    study = run_study(StudyFile.read(file), folder, executor=kind, num_processes=2, batch_seconds=0.05)
    print(study.status().num_waiting, flush=True)
"""


def study_file(replications):
    return StudyFile(
        scenario="epistemic",
        replications=replications,
        factors={"network": [f"cycle:n={n}" for n in (4, 6, 8, 10)]},
        fixed={"environment.effect": 0.005},
    )


def run_here(file, folder):
    """Run a study to its end in this process."""
    with ThreadPoolExecutor(1) as executor:
        return run_study(file, folder, executor=executor, num_processes=1)


INTERRUPTED = pytest.mark.filterwarnings("ignore:.* of an interrupted write are ignored")
FILE = study_file(replications=6000)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return run_here(FILE, tmp_path_factory.mktemp("whole") / "s")


def start(folder, kind, file=FILE):
    """Start a study in a process group of its own, as a terminal does."""
    paths = folder.with_suffix(".py"), folder.with_suffix(".toml")
    for path, text in zip(paths, (SCRIPT, file.text), strict=True):
        path.write_text(text)
    command = [sys.executable, *paths, folder, kind]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, text=True)


def wait_for_runs(process, folder, number):
    """Return when a study has so many runs, or has ended."""
    while process.poll() is None:
        try:
            if Study.open(folder).status().num_done >= number:
                return
        except (ResultError, OSError, sqlite3.Error):
            pass
        time.sleep(0.005)


def kill_at_random(folder, kinds, seed, file=FILE):
    """Start a study again and again, and kill it each time, some milliseconds after a number of runs were done."""
    generator = np.random.default_rng(seed)
    num_runs = 4 * file.replications
    for kind, number in zip(kinds, np.sort(generator.integers(0, int(0.6 * num_runs), len(kinds))), strict=True):
        process = start(folder, kind, file)
        wait_for_runs(process, folder, number)
        time.sleep(generator.uniform(0.0, 0.05))
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        assert process.wait() == -signal.SIGKILL, "the study was over before it was killed"
        assert psutil.wait_procs(workers, timeout=10)[1] == [], "a worker is left"
        process.communicate()
    assert not Study.open(folder).status().is_complete


def assert_equal(killed, whole):
    """Make sure that no run is lost, none is doubled, and that all are the same."""
    assert killed.status() == whole.status()
    assert killed.status().is_complete
    runs = killed.runs()
    assert len(runs) == whole.status().num_runs
    assert not runs.duplicated(["point", "replication"]).any()
    assert killed.digest() == whole.digest()


# --- the whole study --------------------------------------------------------------------------------------------------


@INTERRUPTED
def test_a_study_that_is_killed_three_times_loses_and_doubles_nothing(tmp_path, whole):
    kill_at_random(tmp_path / "s", ["processes", "dask", "processes"], seed=1)
    assert_equal(run_here(FILE, tmp_path / "s"), whole)


@INTERRUPTED
@pytest.mark.full
@pytest.mark.parametrize(("kind", "num_kills"), [("processes", 24), ("dask", 6)])
def test_a_study_that_is_killed_many_times_loses_and_doubles_nothing(tmp_path, kind, num_kills):
    file = study_file(replications=8000)
    kill_at_random(tmp_path / "s", [kind] * num_kills, 3, file)
    assert_equal(run_here(file, tmp_path / "s"), run_here(file, tmp_path / "t"))


# --- a worker ---------------------------------------------------------------------------------------------------------


def a_worker_of(process):
    """Return a worker of a study that has two."""
    workers = []
    while len(workers) < 2:  # one that was killed is not replaced at once
        assert process.poll() is None, "the study was over before its worker was killed"
        children = psutil.Process(process.pid).children()
        workers = [child for child in children if is_worker(child)]
    return workers[0]


def is_worker(child):
    try:
        return "spawn_main" in " ".join(child.cmdline())
    except psutil.Error:  # it has just died
        return False


@pytest.mark.parametrize("kind", ["processes", pytest.param("dask", marks=pytest.mark.full)])
def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(tmp_path, whole, kind):
    process = start(tmp_path / "s", kind)
    for number in (1, 8000):
        wait_for_runs(process, tmp_path / "s", number)
        a_worker_of(process).kill()
    output, errors = process.communicate()
    assert output == "0\n", errors
    assert_equal(Study.open(tmp_path / "s"), whole)


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["processes", "dask"])
def test_ctrl_c_on_the_terminal_drains_and_leaves_a_study_that_runs_on(tmp_path, whole, kind):
    process = start(tmp_path / "s", kind)
    wait_for_runs(process, tmp_path / "s", 1)
    os.killpg(process.pid, signal.SIGINT)  # a terminal tells the workers as well
    output, errors = process.communicate(timeout=60)
    assert errors == ""
    study = Study.open(tmp_path / "s")
    assert int(output) == study.status().num_waiting > 0
    assert study.status().num_unsuccessful == 0
    assert_equal(run_here(FILE, tmp_path / "s"), whole)


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["processes", pytest.param("dask", marks=pytest.mark.full)])
def test_a_script_without_a_guard_is_told_so(tmp_path, monkeypatch, kind):
    monkeypatch.setitem(globals(), "SCRIPT", SCRIPT.replace('if __name__ == "__main__":', "if True:"))
    _, errors = start(tmp_path / "s", kind).communicate()
    assert "worker processes cannot start" in errors
    assert "a script that starts them needs `if __name__ == '__main__':`" in errors
