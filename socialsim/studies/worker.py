"""What happens in a worker of a study: runs of a few points, asked for and answered in plain values and arrays.

A worker knows no study: it gets the scenario's name, the values that a point replaces, and the numbers of replications.
It ignores Ctrl-C, which the parent handles, and ends when its parent is gone, killed or not.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import cache
from typing import Any

from socialsim.core.errors import ParameterError, ResultError
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario

LONGEST_BATCH = 20  # times the seconds that a batch should take; one that was misjudged is cut short


@cache
def load_scenario(name: str) -> Scenario:
    """Return a scenario by the name or path of its module, without metrics: they are computed when a study is read."""
    return replace(make_scenario(find_module(name)), metrics=())


def run_pieces(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Run what a task asks for.

    Parameters
    ----------
    task : dict
        scenario, seed, record_every, time_limit (seconds a run, or None), batch_seconds, and pieces: a list of
        [values, words, first replication, number of replications].

    Returns
    -------
    list of dict
        One for each piece that was reached: seconds; tables (table -> column -> array) of the runs that ended; error
        ([one line, traceback] or None).

    Examples
    --------
    >>> task = {"scenario": "epistemic", "seed": 0, "record_every": None, "time_limit": None, "batch_seconds": 0.5}
    >>> (answer,) = run_pieces(task | {"pieces": [[{"network": "cycle:n=4"}, [1, 2], 5, 2]]})
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


def _run(task: dict[str, Any], values: dict[str, Any], words: list[int], first: int, count: int) -> dict[str, Any]:
    """Return the tables of the runs that ended in time."""
    scenario = load_scenario(task["scenario"]).replace(values)
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


class Processes(Executor):
    """Worker processes, each its own pool: one that dies takes no other's work with it, and is replaced.

    Parameters
    ----------
    num_processes : int
        How many work at a time, >= 1; a call that finds none idle is refused.
    memory_limit : int, optional
        Bytes that a worker may take beside what it has when it starts.
    """

    def __init__(self, num_processes: int, memory_limit: int | None = None) -> None:
        if memory_limit is not None and sys.platform != "linux":
            raise ParameterError(f"memory_limit: {memory_limit!r} is not accepted; accepted: on Linux only")
        self._memory_limit = memory_limit
        self._lock = threading.Lock()
        self._idle: list[_Process | None] = [None] * num_processes
        self._busy: dict[Future[Any], _Process] = {}

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

    @property
    def pid(self) -> int | None:
        """The process's number, None if it has not started."""
        has_started = self._started.done() and not self._started.cancelled() and self._started.exception() is None
        return self._started.result() if has_started else None

    def kill(self) -> None:
        if self.pid is not None:
            os.kill(self.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _prepare(memory_limit: int | None) -> None:
    """Set a new worker up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if memory_limit is not None:
        import resource

        with open("/proc/self/statm") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + memory_limit, size + memory_limit))


def _end_with_parent() -> None:
    """Wait until the parent is gone: a killed one cannot tell its workers to end."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
