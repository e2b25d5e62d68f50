"""Running a scenario: replications in chunks, on threads.

The compiled loops release the GIL, so that plain threads use all cores. A call into a loop returns after about a tenth
of a second and is resumed, so that Ctrl-C, progress and time limits work everywhere. Each replication has its own
streams: results do not depend on threads, chunks, order or interruption.
"""

from __future__ import annotations

import contextlib
import io
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.manifest import Manifest
from socialsim.core.result import Result
from socialsim.engine.blueprint import Blueprint, Record, draw_blueprint
from socialsim.engine.recording import (
    Columns,
    Recorder,
    aligned,
    concatenate,
    in_order_of_runs,
    of_ended_runs,
    rows_of,
    stream_key,
)
from socialsim.engine.scenario import Metric, Scenario
from socialsim.engine.simulation import Simulation, draw_networks

SLICE_SECONDS = 0.1
POLL_SECONDS = 0.002
MOST_IN_A_CHUNK = 2048
CHUNK_BYTES = 1 << 28
MOST_THREADS = 1024
CHECKPOINT = "checkpoint.npz"


@dataclass(frozen=True)
class Progress:
    """How far a run is: replications that ended, of how many, and agent-steps (or events) so far."""

    num_ended: int
    num_runs: int
    work: int


def run(
    scenario: Scenario,
    *,
    replications: int = 1,
    seed: int = 0,
    threads: int | None = None,
    record: Record = "none",
    record_every: int | Literal["auto"] | None = "auto",
    series_runs: int = 200,
    first_replication: int = 0,
    point_words: tuple[int, ...] = (),
    chunk: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    time_limit: float | None = None,
    resume: Result | None = None,
) -> Result:
    """Run a scenario many times and return its tables and metrics.

    Parameters
    ----------
    scenario : Scenario
    replications : int
        Number of runs, >= 1.
    seed : int
        Root of all random streams, >= 0: the same seed gives the same bits.
    threads : int, optional
        Threads to run on; by default as many as there are processors.
    record : {"none", "counts", "events"}
        "none" lists the runs, and agents and edges of the first; "counts" adds how often every agent did what, and
        lists all agents; "events" adds every act and message.
    record_every : int, "auto" or None
        Steps between two rows of the time course; "auto" keeps at least 32 points an octave; None keeps no time course.
    series_runs : int
        Replications below this number have a time course.
    first_replication : int
        Number of the first replication; with it one run of many is replayed alone.
    point_words : tuple of int
        What names a point of a parameter study in the stream keys.
    chunk : int, optional
        Replications that are held in memory together; results do not depend on it.
    progress : callable, optional
        Called about ten times a second with a `Progress`.
    time_limit : float, optional
        Seconds after which the run stops as if interrupted.
    resume : Result, optional
        An interrupted result of the same scenario, seed and replications, to be completed.

    Returns
    -------
    Result
        Complete, or after Ctrl-C or the time limit "interrupted": then it holds what was reached, and a checkpoint to
        resume from.

    Raises
    ------
    ParameterError, NetworkError
        If the scenario's parts do not fit, or an argument is not accepted.
    CompileError
        If a function of the environment or a learner cannot be compiled.

    Examples
    --------
    >>> from socialsim.environments.epistemic import small
    >>> result = run(small(), replications=20, seed=1)
    >>> result.num_runs, result.status
    (20, 'complete')
    """
    if not isinstance(scenario, Scenario):
        raise ParameterError(f"scenario: {scenario!r} is not accepted; accepted: a Scenario, as scenario() returns it")
    for name, value, least in (("replications", replications, 1), ("first_replication", first_replication, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 1 << 32:
            raise ParameterError(f"{name}: {value!r} is not accepted; accepted: an integer >= {least}")
    if threads is not None and (not isinstance(threads, int) or not 1 <= threads <= MOST_THREADS):
        raise ParameterError(f"threads: {threads!r} is not accepted; accepted: an integer from 1 to {MOST_THREADS}")
    if chunk is not None and (isinstance(chunk, bool) or not isinstance(chunk, int) or chunk < 1):
        raise ParameterError(f"chunk: {chunk!r} is not accepted; accepted: an integer >= 1")
    if record not in ("none", "counts", "events"):
        raise ParameterError(f"record: {record!r} is not accepted; accepted: 'none', 'counts' or 'events'")
    numbers = np.arange(first_replication, first_replication + replications)
    job = _Job(scenario, seed, point_words, record, record_every, series_runs, first_replication, progress, time_limit)
    job.num_runs = replications
    if resume is not None:
        numbers = job.take_up(resume, numbers)
    started = time.perf_counter()
    num_threads = threads or os.cpu_count() or 1
    job.draw_blueprint(int(numbers[0]) if len(numbers) else 0)
    pausing = numbers < (series_runs if record_every is not None else 0)  # few large chunks: each pause takes the GIL
    most = chunk or job.most_in_a_chunk()
    chunks = _chunks(numbers[pausing], num_threads, most) + _chunks(numbers[~pausing], 4 * num_threads, most)
    job.work_through(chunks, num_threads)
    return job.result(time.perf_counter() - started)


def _chunks(numbers: NDArray[np.int64], num_chunks: int, most: int) -> list[NDArray[np.int64]]:
    """Split replications into a number of chunks, or more if these would be too large."""
    size = max(1, min(most, -(-len(numbers) // num_chunks)))
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


class _Job:
    """One call of `run`: what its threads share."""

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        point_words: tuple[int, ...],
        record: Record,
        record_every: int | Literal["auto"] | None,
        series_runs: int,
        first_replication: int,
        progress: Callable[[Progress], None] | None,
        time_limit: float | None,
    ) -> None:
        self.scenario, self.seed, self.point_words = scenario, seed, point_words
        self.record, self.record_every, self.series_runs = record, record_every, series_runs
        self.first_replication = first_replication
        self.report, self.time_limit = progress, time_limit
        self.num_runs = 0
        self.blueprint: Blueprint
        self.num_edges = 0
        self.blocks: dict[str, list[Columns]] = {}
        self.checkpoints: dict[int, dict[str, NDArray[Any]]] = {}
        self.restart: dict[int, dict[str, NDArray[Any]]] = {}
        self.leftover: dict[int, dict[str, Columns]] = {}
        self.stop = threading.Event()
        self.error: BaseException | None = None
        self.lock = threading.Lock()
        self.num_ended = self.work = self.num_working = 0

    # --- before ----------------------------------------------------------------------------------------------

    def take_up(self, partial: Result, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Take over what an interrupted result has reached, if it is of this very run; return the runs left to do."""
        mine, theirs = self.scenario.parameters(), partial.parameters
        differing = [key for key in sorted(mine | theirs) if _plain(mine.get(key)) != _plain(theirs.get(key))]
        if partial.seed != self.seed:
            differing.append("seed")
        if ("count" in partial.tables, "act" in partial.tables) != (self.record == "counts", self.record == "events"):
            differing.append("record")
        keys = [stream_key(self.seed, self.point_words, int(number)) for number in partial.runs.run]
        if partial.seed == self.seed and partial.runs.stream_key.tolist() != keys:
            differing.append("point_words")
        if differing:
            raise ParameterError(f"resume: the result differs in {', '.join(differing)}; accepted: one of the same run")
        if not set(partial.runs.run) <= set(numbers.tolist()):
            raise ParameterError("resume: the result has other replications; accepted: one of the same run")
        content = partial.files.get(CHECKPOINT)
        if content is not None:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                for key in arrays.files:
                    first, name = key.split("/")
                    self.restart.setdefault(int(first), {})[name] = arrays[key]
        resumed = [int(number) for state in self.restart.values() for number in state["replications"]]
        kept = np.setdiff1d(partial.runs.run[partial.runs.stop != "interrupted"], resumed)
        for name in partial.tables:
            past = name in ("series", "act", "msg")  # these go on where they stopped; the others are made anew
            self.blocks[name] = [rows_of(partial.table(name), np.concatenate([kept, resumed] if past else [kept]))]
            for first, state in self.restart.items() if not past else ():
                self.leftover.setdefault(first, {})[name] = rows_of(partial.table(name), state["replications"])
        self.num_ended = len(kept)
        return np.setdiff1d(numbers, kept)

    def draw_blueprint(self, replication: int) -> None:
        """Draw one network and the blueprint, so that what does not fit is refused before any work."""
        (network,) = draw_networks(self.scenario, self.seed, np.array([replication]), self.point_words)
        self.blueprint = draw_blueprint(self.scenario, network, self.record)
        is_shared = self.scenario.shared_network or not self.scenario.network.is_random
        self.num_edges = 0 if is_shared and self.scenario.rewiring is None else len(network.sources)

    def most_in_a_chunk(self) -> int:
        """Return how many replications fit into the memory that a chunk may take."""
        row_bytes = sum(row.nbytes for row in self.blueprint.layout.allocate(1).values()) + 16 * self.num_edges
        return int(np.clip(CHUNK_BYTES // max(row_bytes, 1), 1, MOST_IN_A_CHUNK))

    # --- during ----------------------------------------------------------------------------------------------

    def work_through(self, chunks: list[NDArray[np.int64]], num_threads: int) -> None:
        """Run all chunks; on Ctrl-C let every thread finish its slice."""
        started = time.perf_counter()
        chunks = self._with_restarted(chunks) if self.restart else chunks
        waiting = iter(chunks)
        self.num_working = min(num_threads, len(chunks))
        for _ in range(self.num_working):
            threading.Thread(target=self._work, args=(waiting,)).start()
        reported = started
        while self.num_working:  # polled: a join that Ctrl-C interrupts takes its thread for dead (CPython 3.11)
            try:
                time.sleep(POLL_SECONDS)
                now = time.perf_counter()
                if self.report is not None and now - reported > SLICE_SECONDS:
                    reported = now
                    self.report(Progress(self.num_ended, self.num_runs, self.work))
                if self.time_limit is not None and now - started > self.time_limit:
                    self.stop.set()
            except KeyboardInterrupt:  # a second one must not lose what was reached
                self.stop.set()
            except BaseException:
                self.stop.set()
                raise
        if self.error is not None:
            raise self.error
        if self.report is not None:
            with contextlib.suppress(KeyboardInterrupt):
                self.report(Progress(self.num_ended, self.num_runs, self.work))

    def _work(self, waiting: Iterator[NDArray[np.int64]]) -> None:
        """Take one chunk after the other until none is left, the job is stopped, or something fails."""
        try:
            while not self.stop.is_set():
                with self.lock:
                    chunk = next(waiting, None)
                if chunk is None:
                    return
                self._run_chunk(chunk)
        except BaseException as error:
            self.error = error
            self.stop.set()
        finally:
            with self.lock:
                self.num_working -= 1

    def _with_restarted(self, chunks: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
        """Let each checkpoint be one chunk, and leave its replications out of the others."""
        restarted = [state["replications"] for state in self.restart.values()]
        taken = np.concatenate(restarted)
        others = [np.setdiff1d(chunk, taken) for chunk in chunks]
        return restarted + [chunk for chunk in others if len(chunk)]

    def _run_chunk(self, replications: NDArray[np.int64]) -> None:
        simulation = Simulation(
            self.scenario,
            seed=self.seed,
            replications=replications,
            point_words=self.point_words,
            record=self.record,
            blueprint=self.blueprint,
        )
        state = self._take_restart(int(replications[0]))
        if state:
            simulation.restore(state)
            with self.lock:
                self.num_ended += simulation.num_ended
        recorder = Recorder(simulation, self.record_every, self.series_runs, state.get("last_step"))
        step = int(state["pause"][0]) if state else 0
        while not simulation.is_over and not self.stop.is_set():
            if not self._advance(simulation, step):
                break
            recorder.observe(step)
            step = min(recorder.next_pause(step), self.scenario.horizon.steps)
        self._keep(simulation, recorder, step)

    def _take_restart(self, first: int) -> dict[str, NDArray[Any]]:
        """Return the checkpoint of a chunk, if it has one, and forget it."""
        with self.lock:
            self.leftover.pop(first, None)
            return self.restart.pop(first, {})

    def _advance(self, simulation: Simulation, until: int) -> bool:
        """Move a chunk to a step in slices of about a tenth of a second; False if the job was stopped on the way."""
        row, budget = 0, 1_000_000
        while True:
            before, ended, started = int(simulation.clock.sum()), simulation.num_ended, time.perf_counter()
            row = simulation.advance(until, budget=budget, first=row)
            seconds = time.perf_counter() - started
            cost = 1 if simulation.plan.is_events else simulation.num_agents
            with self.lock:
                self.work += (int(simulation.clock.sum()) - before) * cost
                self.num_ended += simulation.num_ended - ended
            if row >= len(simulation.clock):
                return True
            if self.stop.is_set():
                return False
            budget = int(np.clip(budget * SLICE_SECONDS / max(seconds, 1e-4), 1_000, 1 << 40))

    def _keep(self, simulation: Simulation, recorder: Recorder, pause: int) -> None:
        """Take a chunk's tables; with a checkpoint, and the pause that it was on its way to, if it was interrupted."""
        listed = np.full(len(simulation.clock), self.record != "none")
        listed |= simulation.replications == self.first_replication
        tables = recorder.tables(listed)
        with self.lock:
            for name, columns in tables.items():
                self.blocks.setdefault(name, []).append(columns)
            if not simulation.is_over:
                self.checkpoints[int(simulation.replications[0])] = {
                    **simulation.snapshot(),
                    "last_step": recorder.last_step,
                    "pause": np.array([pause]),
                }

    # --- after -----------------------------------------------------------------------------------------------

    def result(self, seconds: float) -> Result:
        """Put the tables together, in the order of runs, and compute the metrics."""
        for tables in self.leftover.values():  # interrupted before, and not taken up again
            for name, columns in tables.items():
                self.blocks.setdefault(name, []).append(columns)
        self.checkpoints |= self.restart
        tables = {name: in_order_of_runs(concatenate(aligned(blocks))) for name, blocks in self.blocks.items()}
        stops = Counter(tables["run"]["stop"].tolist()) if "run" in tables else Counter()
        if "run" not in tables:
            raise KeyboardInterrupt
        complete = len(tables["run"]["run"]) == self.num_runs and "interrupted" not in stops
        manifest = Manifest(
            self.scenario.name,
            {key: _plain(value) for key, value in self.scenario.parameters().items()},
            seed=self.seed,
            num_runs=len(tables["run"]["run"]),
            status="complete" if complete else "interrupted",
            stops=dict(sorted(stops.items())),
            timings={"run": round(seconds, 6), "agent_steps_per_second": round(self.work / max(seconds, 1e-9))},
            figure=dict(self.scenario.environment.figure),
        )
        files = {} if complete or not self.checkpoints else {CHECKPOINT: _pack_checkpoints(self.checkpoints)}
        result = Result(manifest, tables, files)
        ended = result if complete else Result(manifest, of_ended_runs(tables))
        for metric in self.scenario.metrics:
            manifest.metrics[metric.__name__] = _measure(metric, ended)
        return result


def _measure(metric: Metric, result: Result) -> Estimate:
    """Return a metric, undefined where it fails: the runs must not be lost with it."""
    try:
        return metric(result)
    except Exception as error:
        return Estimate.undefined(f"{metric.__name__} failed: {type(error).__name__}: {error}", result.num_runs)


def _pack_checkpoints(checkpoints: Mapping[int, Mapping[str, NDArray[Any]]]) -> bytes:
    arrays = {f"{first}/{name}": array for first, state in checkpoints.items() for name, array in state.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _plain(value: Any) -> Any:
    """Return a parameter as JSON would give it back."""
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value
