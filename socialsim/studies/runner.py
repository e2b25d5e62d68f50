"""Running a study: batches of runs on worker processes, into a store that loses nothing.

A task is about half a second of work: runs of one point or of a few neighbouring ones, one call of
`socialsim.engine.run.run` a point. Each run has its own streams, so that neither tasks nor processes nor their order
change a bit of it. What is in the store already is left out: to resume is to run again.

    answer                     what becomes of the runs
    tables                     entered as done
    some runs unreached        wait on; alone and unreached: timed out
    an error                   each run alone; alone: failed, with its traceback
    the worker died            each run alone; alone for the second time: crashed
    no answer long after the   the worker is killed, then each run alone; alone: timed out
    time limit

The first Ctrl-C lets the tasks under way end, the second kills them; both leave a study that can be run on.
"""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from socialsim.core.errors import ParameterError, ResultError
from socialsim.core.folder import sha256
from socialsim.core.manifest import strict
from socialsim.studies.points import Point
from socialsim.studies.store import Batch, Span, Store, replay_command
from socialsim.studies.study import Status, Study
from socialsim.studies.worker import Processes, load_scenario, run_pieces

POLL_SECONDS = 0.2
GRACE_SECONDS = 60.0  # for starting and compiling, after which a worker that does not answer is killed
GROWTH = 8  # a task has at most so many times the runs of the largest one before
MOST_DEATHS = 2


def run_study(
    points: Sequence[Point],
    scenario: str,
    *,
    store: str | os.PathLike[str],
    replications: int,
    seed: int = 0,
    record_every: int | Literal["auto"] | None = None,
    executor: Executor | None = None,
    num_processes: int | None = None,
    batch_seconds: float = 0.5,
    time_limit: float | None = None,
    memory_limit: int | None = None,
    retry: bool = False,
    progress: Callable[[Status], None] | None = None,
) -> Study:
    """Run what a study has not run yet.

    Parameters
    ----------
    points : sequence of Point
        All points of the study, those that are done included.
    scenario : str
        Name of the scenario or path of its .py file; a point's values are replaced in it.
    store : str or Path
        The study's folder; a new one, or that of this study.
    replications : int
        Runs of each point, >= 1.
    seed : int
        Root of all random streams, >= 0.
    record_every : int, "auto" or None
        Steps between two rows of the time course, as in `socialsim.engine.run.run`; None keeps no time course.
    executor : concurrent.futures.Executor, optional
        Where the tasks run; by default processes of this machine. It is not shut down.
    num_processes : int, optional
        Tasks under way at a time, >= 1; by default as many as there are processors.
    batch_seconds : float
        Work in a task, > 0; results do not depend on it.
    time_limit : float, optional
        Seconds that a run may take, > 0. A call that does not even return is killed, on the default executor.
    memory_limit : int, optional
        Bytes that a worker of the default executor may take beside what it starts with, compiling included.
    retry : bool
        Whether runs that failed, crashed or timed out before are run again.
    progress : callable, optional
        Called a few times a second with a `Status`.

    Returns
    -------
    Study
        Its `status()` says what is waiting after Ctrl-C, and what failed.

    Raises
    ------
    ParameterError
        If an argument is not accepted, the folder holds another study, or another process works on it.
    ResultError
        If the folder cannot be written to, or workers cannot start; what was entered before is kept.
    KeyboardInterrupt
        After a second Ctrl-C.
    """
    num_tasks = num_processes if num_processes is not None else os.cpu_count() or 1
    _check(points, replications, seed, num_tasks, batch_seconds, time_limit, memory_limit, executor)
    configuration = {"scenario": scenario, "source": _source(scenario), "seed": seed, "record_every": record_every}
    load_scenario(scenario)  # what is wrong with it is said before any folder is made
    with Store(store, configuration) as opened:
        opened.enter(points, replications)
        if retry:
            opened.forget_failures()
        study = Study(opened.folder)
        waiting = list(opened.waiting(points, replications))
        if waiting:
            options = {"scenario": scenario, "seed": seed, "record_every": record_every, "time_limit": time_limit}
            workers = executor if executor is not None else Processes(num_tasks, memory_limit)
            runner = _Runner(opened, study, workers, num_tasks, _Plan(waiting, batch_seconds), options, progress)
            finished = False
            try:
                with _interrupts(runner):
                    runner.work()
                finished = True
            finally:
                if executor is None:
                    workers.shutdown(wait=finished)
        if progress is not None:
            progress(study.status())
    return study


def _check(
    points: Sequence[Point],
    replications: int,
    seed: int,
    num_tasks: int,
    batch_seconds: float,
    time_limit: float | None,
    memory_limit: int | None,
    executor: Executor | None,
) -> None:
    """Refuse arguments that are out of range."""
    if not points:
        raise ParameterError("points: none is given; accepted: at least one")
    if len({point.key for point in points}) < len(points):
        raise ParameterError("points: some are given twice; accepted: each once")
    integers = {"replications": (replications, 1), "seed": (seed, 0), "num_processes": (num_tasks, 1)}
    integers |= {"memory_limit": (memory_limit, 1)} if memory_limit is not None else {}
    for name, (value, least) in integers.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ParameterError(f"{name}: {value!r} is not accepted; accepted: an integer >= {least}")
    for name, number in (("batch_seconds", batch_seconds), ("time_limit", time_limit)):
        if number is not None and not (isinstance(number, int | float) and 0 < number < math.inf):
            raise ParameterError(f"{name}: {number!r} is not accepted; accepted: a number > 0, in seconds")
    if executor is not None and memory_limit is not None:
        raise ParameterError("memory_limit: not accepted with an executor; accepted: with the default one")


def _source(scenario: str) -> str:
    """Return the SHA-256 of a user's file, so that one that has changed is another study; of a name nothing."""
    path = Path(scenario)
    return sha256(path) if scenario.endswith(".py") and path.is_file() else ""


@dataclass(frozen=True)
class _Task:
    """What one call asks for; alone is one run that was part of a call that went wrong."""

    spans: list[Span]
    is_alone: bool = False
    num_deaths: int = 0
    started: float = 0.0


class _Plan:
    """What waits, cut into tasks of about equal work."""

    def __init__(self, waiting: Iterable[Span], batch_seconds: float) -> None:
        self.batch_seconds = batch_seconds
        self._spans = deque(waiting)
        self._alone: deque[tuple[Span, int]] = deque()
        self._seconds_per_run = math.inf
        self._most = 1

    def next(self) -> _Task | None:
        """Return the next task, None if nothing waits."""
        if self._alone:
            span, num_deaths = self._alone.popleft()
            return _Task([span], True, num_deaths, time.monotonic())
        left = max(1, min(self._most, int(min(self.batch_seconds / self._seconds_per_run, 1e9))))
        spans = []
        while self._spans and left > 0:
            span = self._spans.popleft()
            count = min(span.count, left)
            if count < span.count:
                self._spans.appendleft(Span(span.point, span.first + count, span.count - count))
            spans.append(Span(span.point, span.first, count))
            left -= count
        return _Task(spans, started=time.monotonic()) if spans else None

    def learn(self, seconds: float, num_runs: int) -> None:
        """Take note of what a task has cost: the next ones are of neighbouring points and cost about as much."""
        self._seconds_per_run = max(seconds, 1e-6) / num_runs
        self._most = max(self._most, GROWTH * num_runs)

    def wait_on(self, span: Span) -> None:
        """Put runs back to the front."""
        self._spans.appendleft(span)

    def run_alone(self, span: Span, num_deaths: int = 0) -> None:
        """Put runs back, each to be a task of its own."""
        self._alone.extend((Span(span.point, k, 1), num_deaths) for k in span.replications)


class _Runner:
    """One call of `run_study`: keeps the workers busy and enters what they answer."""

    def __init__(
        self,
        store: Store,
        study: Study,
        executor: Executor,
        num_tasks: int,
        plan: _Plan,
        options: Mapping[str, Any],
        progress: Callable[[Status], None] | None,
    ) -> None:
        self.store, self.study, self.executor, self.num_tasks, self.plan = store, study, executor, num_tasks, plan
        self.options = {**options, "batch_seconds": plan.batch_seconds}
        self.progress = progress
        self.under_way: dict[Future[Any], _Task] = {}
        self.overdue: set[Future[Any]] = set()
        self.collected: list[Batch] = []
        self.is_draining = False

    def work(self) -> None:
        """Run until nothing waits, or what is under way has ended after an interrupt."""
        written = time.monotonic()
        try:
            while True:
                self._fill()
                if not self.under_way:
                    break
                done, _ = wait(self.under_way, POLL_SECONDS, FIRST_COMPLETED)
                for future in done:
                    self._take(future)
                self._fill()  # before anything is written, so that no worker waits for the disk
                self._kill_overdue()
                now = time.monotonic()
                if sum(batch.seconds for batch in self.collected) >= self.plan.batch_seconds or now - written > 1.0:
                    self._write()
                    written = now
                    if self.progress is not None:
                        self.progress(self.study.status())
        finally:
            self._write()

    def _fill(self) -> None:
        """Hand out tasks until all workers have one."""
        while len(self.under_way) < self.num_tasks and not self.is_draining:
            task = self.plan.next()
            if task is None:
                return
            pieces = [[strict(s.point.values), list(s.point.words), s.first, s.count] for s in task.spans]
            try:
                future = self.executor.submit(run_pieces, {**self.options, "pieces": pieces})
            except (BrokenExecutor, RuntimeError) as error:
                raise ResultError(f"the executor takes no tasks any more ({error}); run the study again") from None
            self.under_way[future] = task

    def _take(self, future: Future[Any]) -> None:
        """Sort an answer into what is done, what failed and what is tried again."""
        task = self.under_way.pop(future)
        error = future.exception()
        if isinstance(error, ResultError):
            raise error
        if error is not None:
            self._take_death(task, future in self.overdue, error)
            return
        answers = future.result()
        num_ended = 0
        for span, answer in zip(task.spans, answers, strict=False):
            num_ended += self._take_answer(task, span, answer)
        for span in reversed(task.spans[len(answers) :]):
            self.plan.wait_on(span)
        if num_ended:
            self.plan.learn(sum(answer["seconds"] for answer in answers), num_ended)

    def _take_answer(self, task: _Task, span: Span, answer: Mapping[str, Any]) -> int:
        """Collect the runs of a span that ended, see to the others, and return how many ended."""
        runs = answer["tables"].get("run", {"run": ()})["run"]
        self.collected += [Batch(part, *_cut(answer, part, len(runs))) for part in _consecutive(span.point, runs)]
        left = sorted(set(span.replications) - {int(k) for k in runs})
        if answer["error"] is not None and span.count == 1:
            self._fail(span, "failed", *answer["error"])
        elif left and span.count == 1:
            limit = self.options["time_limit"]
            self._fail(span, "timed out", f"the run took longer than the time limit of {limit:g} s", "")
        elif len(runs):
            for part in reversed(list(_consecutive(span.point, left))):
                self.plan.wait_on(part)
        else:
            self.plan.run_alone(span)
        return len(runs)

    def _take_death(self, task: _Task, was_overdue: bool, error: BaseException) -> None:
        """See to the runs of a task whose worker died."""
        deaths = task.num_deaths + 1
        span = task.spans[0]
        is_single = len(task.spans) == 1 and span.count == 1
        if was_overdue and is_single:
            limit = self.options["time_limit"]
            self._fail(span, "timed out", f"the run did not return within its time limit of {limit:g} s; killed", "")
        elif is_single and deaths >= MOST_DEATHS:
            line = f"the worker died twice in this run ({type(error).__name__}: {error})".splitlines()[0]
            self._fail(span, "crashed", line, "")
        else:
            for each in task.spans:
                self.plan.run_alone(each, deaths if is_single else 0)

    def _fail(self, span: Span, status: str, error: str, trace: str) -> None:
        command = replay_command(self.options["scenario"], span, self.options["seed"])
        self.store.add_failure(span, status, error, trace, command)

    def _kill_overdue(self) -> None:
        """Kill the workers that should have answered long ago."""
        if self.options["time_limit"] is None or not isinstance(self.executor, Processes):
            return
        allowed = 2 * self.plan.batch_seconds + self.options["time_limit"] + GRACE_SECONDS
        for future, task in self.under_way.items():
            if time.monotonic() - task.started > allowed and future not in self.overdue:
                self.overdue.add(future)
                self.executor.kill(future)

    def _write(self) -> None:
        """Enter what was collected."""
        collected, self.collected = self.collected, []
        if collected:
            self.store.add(collected)


def _consecutive(point: Point, replications: Iterable[Any]) -> Iterator[Span]:
    """Yield sorted replications as spans."""
    first = last = None
    for k in map(int, replications):
        if first is not None and last is not None and k != last + 1:
            yield Span(point, first, last + 1 - first)
            first = k
        first, last = k if first is None else first, k
    if first is not None and last is not None:
        yield Span(point, first, last + 1 - first)


def _cut(answer: Mapping[str, Any], span: Span, num_runs: int) -> tuple[dict[str, Any], float]:
    """Return the rows of an answer's tables that belong to a span, and its share of the seconds."""
    seconds = answer["seconds"] * span.count / num_runs
    if span.count == num_runs:
        return answer["tables"], seconds
    tables = {}
    for name, columns in answer["tables"].items():
        rows = (columns["run"] >= span.first) & (columns["run"] < span.first + span.count)
        tables[name] = {column: values[rows] for column, values in columns.items()}
    return tables, seconds


@contextmanager
def _interrupts(runner: _Runner) -> Iterator[None]:
    """Let the first Ctrl-C drain and the second stop; outside the main thread signals do not arrive."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        if runner.is_draining:
            raise KeyboardInterrupt
        runner.is_draining = True

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
