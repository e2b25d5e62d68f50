import os
import resource
import socket
import sys
import time
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest

from socialsim.core.errors import MissingExtraError, ParameterError
from socialsim.studies.running.executors import make_executor
from socialsim.studies.running.worker import Processes, load_scenario

KINDS = ["processes", "dask"]


@pytest.fixture(params=KINDS, scope="module")
def workers(request):
    """Two workers of each kind that may take 1 GiB."""
    executor = make_executor(request.param, 2, memory_limit=1 << 30)
    yield executor
    executor.shutdown(wait=False)


def wait_for(future, workers, seconds=30.0):
    """Wait for an outcome as the runner does: it asks again and again how many workers there are."""
    end = time.monotonic() + seconds
    while not future.done():
        assert time.monotonic() < end
        assert workers.num_tasks >= 0
        time.sleep(0.02)
    return future


def all_there(workers, number=2):
    """Wait until each worker that died is replaced."""
    while workers.num_tasks < number:
        time.sleep(0.02)
    return workers


# --- what every executor does -----------------------------------------------------------------------------------------


def test_calls_are_answered_by_other_processes(workers):
    futures = [all_there(workers).submit(os.getpid) for _ in range(2)]
    numbers = {wait_for(future, workers).result() for future in futures}
    assert len(numbers) == 2
    assert os.getpid() not in numbers


def test_arrays_come_back_as_they_are(workers):
    answer = wait_for(all_there(workers).submit(np.array, ["a", None], dtype=object), workers).result()
    assert answer.tolist() == ["a", None]


def test_equal_calls_are_made_anew(workers):
    first, second = (wait_for(all_there(workers).submit(time.time_ns), workers).result() for _ in range(2))
    assert first < second


def test_the_death_of_a_worker_ends_its_call_and_no_other(workers):
    other = all_there(workers).submit(time.sleep, 1.0)
    future = workers.submit(os._exit, 3)
    assert wait_for(future, workers).exception() is not None
    assert wait_for(other, workers).exception() is None
    assert wait_for(all_there(workers).submit(abs, -1), workers).result() == 1


def test_a_call_that_hangs_can_be_killed_and_no_other_is(workers):
    other, future = all_there(workers).submit(time.sleep, 2.0), workers.submit(time.sleep, 1000.0)
    workers.kill(future)  # perhaps before it has started
    assert wait_for(future, workers).exception() is not None
    assert wait_for(other, workers).exception() is None
    workers.kill(future)  # nobody is at it any more


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")
def test_workers_have_the_limit_of_memory_that_is_asked_for(workers):
    soft, _ = wait_for(all_there(workers).submit(resource.getrlimit, resource.RLIMIT_AS), workers).result()
    assert 1 << 30 < soft < 8 << 30


@pytest.mark.parametrize("kind", KINDS)
def test_shutting_down_ends_calls_that_hang(kind):
    workers = all_there(make_executor(kind, 1), 1)
    future = workers.submit(time.sleep, 1000.0)
    workers.shutdown(wait=False)
    assert future.exception(timeout=10) is not None


def test_nothing_is_written_to_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with make_executor("dask", 1) as workers:
        assert all_there(workers, 1).submit(abs, -1).result() == 1
    assert list(tmp_path.iterdir()) == []


# --- the scenario's file ----------------------------------------------------------------------------------------------

OWN = """
from dataclasses import replace
from socialsim.environments.epistemic import scenario as original

def scenario():
    return original().replace({"environment.effect": EFFECT})
"""


def test_a_worker_runs_the_file_as_the_study_knows_it_whatever_has_become_of_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SOCIALSIM_CACHE_DIR", str(tmp_path / "cache"))
    path = tmp_path / "own.py"
    known = OWN.replace("EFFECT", "0.1").encode()
    path.write_bytes(known)
    assert load_scenario(str(path), known).environment.effect == 0.1
    assert not (tmp_path / "cache" / "scenarios").exists()
    path.write_bytes(OWN.replace("EFFECT", "0.2").encode())
    load_scenario.cache_clear()
    assert load_scenario(str(path), known).environment.effect == 0.1
    path.unlink()
    load_scenario.cache_clear()
    assert load_scenario(str(path), known).environment.effect == 0.1
    assert len(list((tmp_path / "cache" / "scenarios").rglob("own.py"))) == 1


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("dsak", {}, "unknown executor 'dsak'; did you mean 'dask'"),
        ("processes", {"scheduler": "tcp://127.0.0.1:1"}, "accepted: with executor 'dask' only"),
        ("dask", {"scheduler": "nowhere"}, "scheduler: 'nowhere' is not accepted"),
        ("dask", {"scheduler": ""}, "scheduler: '' is not accepted"),
        ("dask", {"scheduler": "carrier-pigeon://a:1"}, "scheduler: 'carrier-pigeon://a:1' is not accepted"),
    ],
)
def test_what_is_no_executor_is_refused(kind, options, message, monkeypatch):
    monkeypatch.setattr("socialsim.studies.running.executors.ANSWER_SECONDS", 0.5)
    with pytest.raises(ParameterError, match=message):
        make_executor(kind, 1, **options)


@pytest.mark.parametrize("listens", [False, True])
def test_a_scheduler_that_does_not_answer_is_said_so(monkeypatch, listens):
    monkeypatch.setattr("socialsim.studies.running.executors.ANSWER_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if not listens:
            server.close()
        with pytest.raises(ParameterError, match=r"no Dask scheduler of this version answers there within 0\.5 s"):
            make_executor("dask", 1, scheduler=f"tcp://127.0.0.1:{port}")


def test_a_missing_dask_is_named_with_what_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'socialsim\[dask\]'"):
        make_executor("dask", 1)


def test_a_memory_limit_is_refused_where_none_can_be_set(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    for kind in KINDS:
        with pytest.raises(ParameterError, match="memory_limit: 5 is not accepted; accepted: on Linux only"):
            make_executor(kind, 1, memory_limit=5)


HALF_AN_ANSWER = """
import gc, os, struct
from multiprocessing.queues import SimpleQueue
queues = [each for each in gc.get_objects() if isinstance(each, SimpleQueue)]
os.write(queues[0]._writer.fileno(), struct.pack("!i", 1000) + b"the rest never comes")
os._exit(1)
"""


def test_a_process_that_dies_in_the_middle_of_its_answer_is_noticed():
    with Processes(1) as workers:
        with pytest.raises(BrokenProcessPool):
            workers.submit(exec, HALF_AN_ANSWER, {}).result(timeout=30)
        assert workers.submit(max, 1, 3).result(timeout=30) == 3
