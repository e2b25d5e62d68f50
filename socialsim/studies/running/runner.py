"""Running a study: batches of runs on worker processes, into a store that loses nothing.

A task is about half a second of work: runs of one point or of a few neighbouring ones, one call of
`socialsim.engine.run.run` a point. Each run has its own streams, so that neither tasks nor processes nor their order
change a bit of it. What is in the store already is left out: to resume is to run again.

    answer                     what becomes of the runs
    tables                     entered as done
    some runs unreached        wait on; alone and unreached: timed out
    an error                   tried apart; alone: failed, with its traceback
    the worker died            tried apart; alone for the second time: crashed
    no answer long after the   the worker is killed, then tried apart; alone: timed out
    time limit

Runs are tried apart in at most 64 tasks, and each of these that goes wrong in 64 again, down to tasks of one run: a bad
run among thousands of short ones costs a few tasks more, and a worker that was lost for other reasons next to nothing.

The first Ctrl-C lets the tasks under way end, the second kills them; both leave a study that can be run on.
"""

from __future__ import annotations

import json
import math
import shlex
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from socialsim.core.errors import ParameterError, ResultError
from socialsim.core.manifest import strict
from socialsim.engine.recording import stream_key
from socialsim.studies.design.points import Point
from socialsim.studies.running.worker import run_pieces
from socialsim.studies.storage.store import Batch, Span, Store
from socialsim.studies.study import Status, Study

POLL_SECONDS = 0.2
GRACE_SECONDS = 60.0  # for starting and compiling, after which a worker that does not answer is killed
GROWTH = 8  # a task has at most so many times the runs of the largest one before
MOST_PARTS = 64
MOST_DEATHS = 2


def run_points(
    store: Store,
    asked: Mapping[Point, int],
    *,
    executor: Executor,
    num_tasks: int = 1,
    batch_seconds: float = 0.5,
    time_limit: float | None = None,
    progress: Callable[[Status], None] | None = None,
) -> bool:
    """Run what has no outcome yet.

    Parameters
    ----------
    store : Store
        The study, open.
    asked : mapping of Point to int
        Number of replications of each point, those that are done included; entered in the store already.
    executor : concurrent.futures.Executor
        Where the tasks run. It is not shut down.
    num_tasks : int
        Tasks under way at a time, >= 1; an executor with an attribute `num_tasks` knows better.
    batch_seconds : float
        Work in a task, > 0; results do not depend on it.
    time_limit : float, optional
        Seconds that a run may take, > 0. A call that does not even return is killed, if the executor can kill.
    progress : callable, optional
        Called about once a second with a `Status`.

    Returns
    -------
    bool
        Whether all runs have an outcome; false after Ctrl-C.

    Raises
    ------
    ResultError
        If the folder cannot be written to, or workers cannot start; what was entered before is kept.
    KeyboardInterrupt
        After a second Ctrl-C.
    """
    waiting = list(store.waiting(asked))
    if not waiting:
        return True
    plan = _Plan(waiting, batch_seconds)
    runner = _Runner(store, executor, num_tasks, plan, time_limit, progress)
    with _interrupts(runner):
        runner.work()
    return not runner.is_draining


@dataclass(frozen=True)
class _Task:
    """What one call asks for."""

    spans: list[Span]
    num_deaths: int = 0  # of workers, in tasks of this one run
    started: float = 0.0


class _Plan:
    """What waits, cut into tasks of about equal work."""

    def __init__(self, waiting: Iterable[Span], batch_seconds: float) -> None:
        self.batch_seconds = batch_seconds
        self._spans = deque(waiting)
        self._apart: deque[tuple[list[Span], int]] = deque()
        self._seconds_per_run = math.inf
        self._most = 1

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._spans and not self._apart

    def next(self) -> _Task | None:
        """Return the next task, None if nothing waits."""
        if self._apart:
            return _Task(*self._apart.popleft(), time.monotonic())
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

    def try_apart(self, spans: Iterable[Span], num_deaths: int = 0) -> None:
        """Put the runs of a task that went wrong back, as tasks of their own."""
        self._apart.extend((part, num_deaths) for part in _split(list(spans), MOST_PARTS))


def _split(spans: list[Span], most: int) -> list[list[Span]]:
    """Cut spans into parts of equally many runs, at most so many."""
    size = math.ceil(sum(span.count for span in spans) / most)
    parts: list[list[Span]] = []
    room = 0
    for span in spans:
        first, end = span.first, span.first + span.count
        while first < end:
            if room == 0:
                parts.append([])
                room = size
            count = min(room, end - first)
            parts[-1].append(Span(span.point, first, count))
            first, room = first + count, room - count
    return parts


class _Runner:
    """One call of `run_points`: keeps the workers busy and enters what they answer."""

    def __init__(
        self,
        store: Store,
        executor: Executor,
        num_tasks: int,
        plan: _Plan,
        time_limit: float | None,
        progress: Callable[[Status], None] | None,
    ) -> None:
        self.store, self.executor, self.plan, self.progress = store, executor, plan, progress
        self.num_tasks, self.study = num_tasks, Study(store.folder)
        of_study = {name: store.configuration[name] for name in ("scenario", "seed", "record_every")}
        limits = {"time_limit": time_limit, "batch_seconds": plan.batch_seconds}
        self.options = {**of_study, "source": _source(store.configuration), **limits}
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
                if not self.under_way and (self.is_draining or self.plan.is_empty):
                    break
                if not self.under_way:  # there is no worker: one that died is not replaced yet, or none has come
                    time.sleep(POLL_SECONDS)
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
        num_tasks = getattr(self.executor, "num_tasks", self.num_tasks)
        while len(self.under_way) < num_tasks and not self.is_draining:
            task = self.plan.next()
            if task is None:
                return
            pieces = [[strict(s.point.values), list(s.point.words), s.first, s.count, s.point.key] for s in task.spans]
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
            self.plan.try_apart([span])
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
            self.plan.try_apart(task.spans, deaths if is_single else 0)

    def _fail(self, span: Span, status: str, error: str, trace: str) -> None:
        command = replay_command(self.options["scenario"], span, self.options["seed"])
        self.store.add_failure(span, status, error, trace, command)

    def _kill_overdue(self) -> None:
        """Kill the workers that should have answered long ago."""
        kill = getattr(self.executor, "kill", None)
        if self.options["time_limit"] is None or kill is None:
            return
        allowed = 2 * self.plan.batch_seconds + self.options["time_limit"] + GRACE_SECONDS
        for future, task in self.under_way.items():
            if time.monotonic() - task.started > allowed:
                self.overdue.add(future)
                kill(future)

    def _write(self) -> None:
        """Enter what was collected."""
        collected, self.collected = self.collected, []
        if collected:
            self.store.add(collected)


def _source(configuration: Mapping[str, Any]) -> bytes | None:
    """Return the content of the scenario's file, if it is one, and make sure that it is that of the study."""
    name, digest = configuration["scenario"], configuration.get("source")
    if not digest:
        return None
    try:
        content = Path(name).read_bytes()
    except OSError as error:
        raise ParameterError(f"{name}: {error.strerror}; accepted: the file with which the study was begun") from None
    if sha256(content).hexdigest() != digest:
        raise ParameterError(f"{name}: has changed while the study runs; accepted: as it was when the study was begun")
    return content


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


def replay_command(scenario: str, span: Span, seed: int) -> str:
    r"""Return the command that runs the first run of a span alone.

    Examples
    --------
    >>> replay_command("epistemic", Span(Point("ff", (255, 1), {"network": "cycle:n=4"}), 3, 1), seed=7)
    'socialsim run epistemic -p \'network="cycle:n=4"\' --stream 7:ff.1:3'
    """
    words = ["socialsim", "run", scenario]
    for path, value in span.point.values.items():
        words += ["-p", f"{path}={json.dumps(strict(value), ensure_ascii=False)}"]  # such JSON is TOML as well
    return shlex.join([*words, "--stream", stream_key(seed, span.point.words, span.first)])


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
