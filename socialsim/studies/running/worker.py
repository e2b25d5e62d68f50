"""What happens in a worker of a study: runs of a few points, asked for and answered in plain values and arrays.

A worker knows no study: it gets the scenario's name, the values that a point replaces, and the numbers of replications.
With the name of a user's file it gets the file's content too: on another machine the file may be missing, and anywhere
it may have changed since the study began.

Worker processes ignore Ctrl-C, which the parent handles, and end when their parent is gone, killed or not.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
from abc import ABC, abstractmethod
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from socialsim.core.errors import ParameterError, ResultError
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.engine.program import cache_directory
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.studies.design.points import key_of

LONGEST_BATCH = 20  # times the seconds that a batch should take; one that was misjudged is cut short


@cache
def load_scenario(name: str, source: bytes | None = None) -> Scenario:
    """Return a scenario without metrics, which are computed when a study is read.

    Parameters
    ----------
    name : str
        Name or path of its module.
    source : bytes, optional
        What the file at the path holds; where it holds something else, a copy is loaded.

    Examples
    --------
    >>> load_scenario("epistemic").metric_names
    ()
    """
    path = name if source is None else str(_file_with(Path(name), source))
    return replace(make_scenario(find_module(path)), metrics=())


def _file_with(path: Path, source: bytes) -> Path:
    """Return the path if its file has this content, else that of a copy."""
    if path.is_file() and path.read_bytes() == source:
        return path
    copy = cache_directory() / "scenarios" / sha256(source).hexdigest()[:24] / path.name
    if not copy.is_file():
        copy.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=copy.parent, delete=False) as file:  # others may write the same one
            file.write(source)
        os.replace(file.name, copy)
    return copy


def run_pieces(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Run what a task asks for.

    Parameters
    ----------
    task : dict
        scenario, source (content of its file, or None), seed, record_every, time_limit (seconds a run, or None),
        batch_seconds, and pieces: a list of [values, words, first replication, number of replications, key].

    Returns
    -------
    list of dict
        One for each piece that was reached: seconds; tables (table -> column -> array) of the runs that ended; error
        ([one line, traceback] or None).

    Examples
    --------
    >>> task = {"scenario": "epistemic", "source": None, "seed": 0, "record_every": None}
    >>> task |= {"time_limit": None, "batch_seconds": 0.5, "pieces": [[{"network": "cycle:n=4"}, [1, 2], 5, 2, ""]]}
    >>> (answer,) = run_pieces(task)
    >>> answer["tables"]["run"]["run"], answer["error"]
    (array([5, 6]), None)
    """
    started = time.perf_counter()
    answers: list[dict[str, Any]] = []
    for piece in task["pieces"]:
        if answers and time.perf_counter() - started > 2 * task["batch_seconds"]:
            break
        before = time.perf_counter()
        answer: dict[str, Any]
        try:
            answer = {"tables": _run(task, *piece), "error": None}
        except Exception as error:
            line = f"{type(error).__name__}: {error}".splitlines()[0]
            answer = {"tables": {}, "error": [line, traceback.format_exc()]}
        answers.append({"seconds": time.perf_counter() - before, **answer})
    return answers


def _run(
    task: dict[str, Any], values: dict[str, Any], words: list[int], first: int, count: int, key: str
) -> dict[str, Any]:
    """Return the tables of the runs that ended in time."""
    scenario = load_scenario(task["scenario"], task.get("source")).replace(values)
    if scenario.network.network is not None and key and key_of(scenario) != key:
        raise ParameterError(f"network: {scenario.network.name} is not the file here that it was when the study began")
    limit = task["time_limit"]
    if limit is not None:  # compile first: that is no part of a run's time
        run(scenario.replace({"horizon.steps": 1}), threads=1, record_every=None)
    if count > 1:
        limit = min(limit or float("inf"), LONGEST_BATCH * task["batch_seconds"])
    try:
        result = run(
            scenario,
            replications=count,
            first_replication=first,
            seed=task["seed"],
            point_words=tuple(words),
            threads=1,
            record_every=task["record_every"],
            series_runs=first + count,
            time_limit=limit,
        )
    except KeyboardInterrupt:  # the time was over before the first step
        return {}
    runs = result.runs
    ended = runs.run[runs.stop != "interrupted"]
    wanted = ["run", "series"] if task["record_every"] is not None else ["run"]
    frames = {name: result.table(name) for name in wanted if name in result.tables}
    frames = {name: frame[frame.run.isin(ended)] for name, frame in frames.items()}
    return {name: {column: frame[column].to_numpy() for column in frame} for name, frame in frames.items()}


class Workers(Executor, ABC):
    """An executor whose worker processes each have one call at a time, and can be killed.

    A future raises where its worker died; `ResultError` says that no worker can do such a call.
    """

    @property
    @abstractmethod
    def num_tasks(self) -> int:
        """How many calls may be under way at this moment."""

    @abstractmethod
    def kill(self, future: Future[Any]) -> None:
        """Kill the process that works on a call, if any still does."""


class Processes(Workers):
    """Worker processes, each its own pool: one that dies takes no other's work with it, and is replaced.

    Parameters
    ----------
    num_processes : int
        How many work at a time, >= 1; a call that finds none idle is refused.
    memory_limit : int, optional
        Bytes that a worker may take beside what it has when it starts; on Linux only.

    Examples
    --------
    >>> with Processes(2) as workers:
    ...     workers.num_tasks, workers.submit(max, 1, 3).result()
    (2, 3)
    """

    def __init__(self, num_processes: int, memory_limit: int | None = None) -> None:
        refuse_memory_limit(memory_limit)
        self._num_processes, self._memory_limit = num_processes, memory_limit
        self._lock = threading.Lock()
        self._idle: list[_Process | None] = [None] * num_processes
        self._busy: dict[Future[Any], _Process] = {}

    @property
    def num_tasks(self) -> int:
        """The number of processes."""
        return self._num_processes

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a function on an idle process; the future raises BrokenProcessPool if that dies."""
        with self._lock:
            process = self._idle.pop() or _Process(self._memory_limit)
        inner = process.pool.submit(function, *args, **kwargs)
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        self._busy[future] = process
        inner.add_done_callback(lambda _: self._finish(inner, future))
        return future

    def _finish(self, inner: Future[Any], future: Future[Any]) -> None:
        """Pass an outcome on; the process is idle again, or gone."""
        process, error = self._busy.pop(future), inner.exception()
        is_gone = isinstance(error, BrokenProcessPool)
        if is_gone:
            process.pool.shutdown(wait=False)
            if process.pid is None:
                error = ResultError(
                    "worker processes cannot start; a script that starts them needs `if __name__ == '__main__':`"
                )
        with self._lock:
            self._idle.append(None if is_gone else process)
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(inner.result())

    def kill(self, future: Future[Any]) -> None:
        """Kill the process that works on a call, if any still does."""
        process = self._busy.get(future)
        if process is not None:
            process.kill()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all processes: at once, calls included, unless told to wait."""
        processes = [*self._busy.values(), *(process for process in self._idle if process is not None)]
        for process in processes:
            if not wait:
                process.kill()
            process.pool.shutdown(wait=wait, cancel_futures=cancel_futures)


class _Process:
    """One worker process and its number, known once it has started."""

    def __init__(self, memory_limit: int | None) -> None:
        context = multiprocessing.get_context("spawn")
        self.pool = ProcessPoolExecutor(1, mp_context=context, initializer=_prepare, initargs=(memory_limit,))
        self._started = self.pool.submit(os.getpid)
        # the process has its own copy: with ours open, the pool would wait for ever for the rest of an answer in
        # the middle of which the process was killed
        self.pool._result_queue._writer.close()  # type: ignore[attr-defined]

    @property
    def pid(self) -> int | None:
        """The process's number, None if it has not started."""
        has_started = self._started.done() and not self._started.cancelled() and self._started.exception() is None
        return self._started.result() if has_started else None

    def kill(self) -> None:
        """Kill the process, as soon as it has started."""
        self._started.add_done_callback(lambda _: self._kill_now())

    def _kill_now(self) -> None:
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _prepare(memory_limit: int | None) -> None:
    """Set a new worker up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    limit_memory(memory_limit)


def refuse_memory_limit(memory_limit: int | None) -> None:
    """Refuse a limit where the system cannot hold processes to it.

    Raises
    ------
    ParameterError
        If a limit is given and this is no Linux.

    Examples
    --------
    >>> refuse_memory_limit(None)
    """
    if memory_limit is not None and sys.platform != "linux":
        raise ParameterError(f"memory_limit: {memory_limit!r} is not accepted; accepted: on Linux only")


def limit_memory(memory_limit: int | None) -> None:
    """Let this process take no more than so many bytes beside what it had at the first such call; None: no limit.

    Raises
    ------
    ParameterError
        If a limit is given and this is no Linux.

    Examples
    --------
    >>> limit_memory(None)
    """
    refuse_memory_limit(memory_limit)
    if sys.platform != "linux":
        return
    import resource

    size, soft, hard = _first_memory()
    limit = soft if memory_limit is None else size + memory_limit
    if hard != resource.RLIM_INFINITY and memory_limit is not None:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


@cache
def _first_memory() -> tuple[int, int, int]:
    """Return the address space that this process had when it was asked first, and its soft and hard limit, in bytes."""
    import resource

    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    return (size, *resource.getrlimit(resource.RLIMIT_AS))


def _end_with_parent() -> None:
    """Wait until the parent is gone: a killed one cannot tell its workers to end."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
