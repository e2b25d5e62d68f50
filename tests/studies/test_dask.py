"""Studies on a cluster that runs already: scheduler and nodes are started as on other machines, on loopback."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import psutil
import pytest

from socialsim.core.errors import ParameterError, ResultError
from socialsim.studies.files import StudyFile
from socialsim.studies.run import run_study
from socialsim.studies.running.executors import make_executor
from socialsim.studies.study import Study

pytestmark = pytest.mark.compiled  # studies in processes of their own, which must be quick

FILE = StudyFile(
    scenario="epistemic",
    replications=10_000,
    factors={"network": [f"cycle:n={n}" for n in (4, 6, 8, 10)]},
    fixed={"environment.effect": 0.005},
)
LONG = StudyFile(scenario="epistemic", replications=10**7, factors={"network": ["cycle:n=10"]})


@contextmanager
def process(folder, *arguments, **environment):
    """Start a command of Dask in a session of its own, and end all that it has started."""
    command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
    (folder / "elsewhere").mkdir(exist_ok=True)
    with open(folder / f"{arguments[0]}.log", "a") as log:
        running = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, **environment},
            cwd=folder / "elsewhere",
        )
    try:
        yield running
    finally:
        kill(running)


def kill(running):
    """Kill a node: a process and all that it has started."""
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


class Cluster:
    """A scheduler, and the nodes that join it."""

    def __init__(self, folder, stack):
        self.folder, self._stack = folder, stack
        file = folder / "scheduler.json"
        self.scheduler = stack.enter_context(
            process(folder, "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
        )
        while not file.exists() or not file.read_text().strip().endswith("}"):
            time.sleep(0.05)
        self.address = json.loads(file.read_text())["address"]

    def add_node(self, *arguments, num_threads=1, **environment):
        """Start a node with one worker."""
        threads = ["--nthreads", str(num_threads)]
        return self._stack.enter_context(
            process(self.folder, "worker", self.address, *threads, *arguments, **environment)
        )

    def run(self, folder, file=FILE, **options):
        return run_study(file, folder, executor="dask", scheduler=self.address, batch_seconds=0.1, **options)


@pytest.fixture
def cluster(tmp_path):
    with ExitStack() as stack:
        yield Cluster(tmp_path, stack)


def run_here(folder, file=FILE):
    with ThreadPoolExecutor(1) as executor:
        return run_study(file, folder, executor=executor, num_processes=1)


@pytest.fixture(scope="module")
def digest(tmp_path_factory):
    return run_here(tmp_path_factory.mktemp("whole") / "s").digest()


def at(number, action):
    """Return a report of progress that acts once, when so many runs are done."""
    acted = []

    def progress(status):
        if status.num_done >= number and not acted:
            acted.append(status)
            action()

    return progress


# --- what is lost: nothing --------------------------------------------------------------------------------------------


def test_a_killed_worker_and_a_lost_node_lose_nothing(cluster, tmp_path, digest):
    first, second = cluster.add_node(), cluster.add_node()
    worker = []

    def strike():
        worker.extend(each for each in psutil.Process(first.pid).children() if "spawn_main" in str(each.cmdline()))
        worker[0].kill()
        kill(second)

    study = cluster.run(tmp_path / "s", progress=at(1, strike))
    assert worker
    assert study.status().is_complete
    assert not study.runs().duplicated(["point", "replication"]).any()
    assert study.digest() == digest


def test_a_study_waits_for_nodes_and_uses_those_that_come(cluster, tmp_path, digest):
    def come_and_go():
        time.sleep(1.0)
        first = cluster.add_node()
        while not study_has_runs(tmp_path / "s"):
            time.sleep(0.05)
        kill(first)
        cluster.add_node()

    threading.Thread(target=come_and_go).start()
    assert cluster.run(tmp_path / "s").digest() == digest


def study_has_runs(folder):
    try:
        return Study.open(folder).status().num_done > 0
    except (ResultError, sqlite3.Error):  # it is being created
        return False


def test_a_lost_scheduler_is_said_so_and_the_study_runs_on_elsewhere(cluster, tmp_path, digest):
    cluster.add_node()
    with pytest.raises(ResultError, match="run the study again"):
        cluster.run(tmp_path / "s", progress=at(1, lambda: kill(cluster.scheduler)))
    assert 0 < Study.open(tmp_path / "s").status().num_done < 40_000
    assert run_here(tmp_path / "s").digest() == digest


def test_a_users_file_need_not_be_on_the_nodes(cluster, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text("from socialsim.environments.epistemic import scenario\n")
    file = StudyFile(scenario="own.py", replications=5, factors={"network": ["cycle:n=4", "complete:n=4"]})
    cluster.add_node()
    study = cluster.run(tmp_path / "s", file)
    assert study.status().is_complete
    assert study.digest() == run_here(tmp_path / "t", file).digest()


# --- who may not join -------------------------------------------------------------------------------------------------


def older_networkx(tmp_path):
    """Return a folder that, before others on the path, makes NetworkX another version."""
    record = tmp_path / "older" / "networkx-0.1.dist-info" / "METADATA"
    record.parent.mkdir(parents=True)
    record.write_text("Metadata-Version: 2.1\nName: networkx\nVersion: 0.1\n")
    return {"PYTHONPATH": str(tmp_path / "older")}


def no_socialsim(tmp_path):
    """Return a folder that hides socialsim."""
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "socialsim.py").write_text("raise ModuleNotFoundError(\"No module named 'socialsim'\")")
    return {"PYTHONPATH": str(tmp_path / "hidden")}


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ([], lambda _: {"num_threads": 2}, "threads is 2 there, not 1"),
        (["--no-nanny"], lambda _: {}, "nanny is False there, not True"),
        ([], older_networkx, r"networkx is 0\.1 there, not"),
        ([], no_socialsim, "No module named 'socialsim'"),
    ],
)
def test_workers_that_are_not_fit_are_refused_with_what_differs(cluster, tmp_path, arguments, options, message):
    cluster.add_node(*arguments, **options(tmp_path))
    wait_for_a_worker(cluster)
    with pytest.raises(ParameterError, match=rf"scheduler: .* the worker tcp://.* is not fit: .*{message}"):
        make_executor("dask", 1, scheduler=cluster.address)


def wait_for_a_worker(cluster):
    from distributed import Client

    with Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=30)


@pytest.mark.parametrize(("make", "message"), [(older_networkx, "networkx is 0"), (no_socialsim, "No module")])
def test_a_worker_that_is_not_fit_and_joins_later_stops_the_study(cluster, tmp_path, make, message):
    cluster.add_node()
    environment = make(tmp_path)
    with pytest.raises(ResultError, match=rf"the worker tcp://.* is not fit: .*{message}"):
        cluster.run(tmp_path / "s", LONG, progress=at(1, lambda: cluster.add_node(**environment)))
    status = Study.open(tmp_path / "s").status()
    assert status.num_done > 0
    assert status.num_unsuccessful == 0
