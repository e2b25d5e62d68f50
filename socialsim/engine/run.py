"""Running a scenario: replications in chunks, on threads.

The compiled loops release the GIL, so that plain threads use all cores. A call into a loop returns after about a tenth
of a second and is resumed, so that Ctrl-C, progress and time limits work everywhere. Each replication has its own
streams: results do not depend on threads, chunks, order or interruption.
"""

from __future__ import annotations

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
from socialsim.core.manifest import Manifest
from socialsim.core.result import Result
from socialsim.engine.blueprint import Blueprint, Record
from socialsim.engine.recording import Columns, Recorder, concatenate
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation

SLICE_SECONDS = 0.1
MOST_IN_A_CHUNK = 2048
CHUNK_BYTES = 1 << 28
MOST_THREADS = 1024
CHECKPOINT = "checkpoint.npz"


@dataclass(frozen=True)
class Progress:
    """How far a run is: replications that ended, of how many, and agent-steps (events, in an event loop) so far."""

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
    for name, value, least in (("replications", replications, 1), ("first_replication", first_replication, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 1 << 32:
            raise ParameterError(f"{name}: {value!r} is not accepted; accepted: an integer >= {least}")
    if threads is not None and (not isinstance(threads, int) or not 1 <= threads <= MOST_THREADS):
        raise ParameterError(f"threads: {threads!r} is not accepted; accepted: an integer from 1 to {MOST_THREADS}")
    if record not in ("none", "counts", "events"):
        raise ParameterError(f"record: {record!r} is not accepted; accepted: 'none', 'counts' or 'events'")
    numbers = np.arange(first_replication, first_replication + replications)
    job = _Job(scenario, seed, point_words, record, record_every, series_runs, first_replication, progress, time_limit)
    job.num_runs = replications
    if resume is not None:
        numbers = job.take_up(resume, numbers)
    started = time.perf_counter()
    num_threads = threads or os.cpu_count() or 1
    pausing = numbers < (series_runs if record_every is not None else 0)  # few large chunks: each pause takes the GIL
    chunks = _chunks(scenario, numbers[pausing], num_threads, chunk)
    chunks += _chunks(scenario, numbers[~pausing], 4 * num_threads, chunk)
    job.work_through(chunks, num_threads)
    return job.result(time.perf_counter() - started)


def _chunks(scenario: Scenario, numbers: NDArray[np.int64], num_chunks: int, chunk: int | None) -> list[Any]:
    """Split replications into a number of chunks, or more if that many would not fit into memory."""
    if chunk is None:
        network = scenario.network.draw(None) if not scenario.network.is_random else None
        num_agents = network.num_agents if network else int(scenario.network.parameters.get("n", 1000))
        fitting = max(1, CHUNK_BYTES // (256 * max(num_agents, 1)))
        share = -(-len(numbers) // num_chunks)
        chunk = max(1, min(MOST_IN_A_CHUNK, fitting, share))
    return [numbers[start : start + chunk] for start in range(0, len(numbers), chunk)]


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
        self.blueprint: Blueprint | None = None
        self.blocks: dict[str, list[Columns]] = {}
        self.checkpoints: dict[int, dict[str, NDArray[Any]]] = {}
        self.restart: dict[int, dict[str, NDArray[Any]]] = {}
        self.stop = threading.Event()
        self.error: BaseException | None = None
        self.lock = threading.Lock()
        self.num_ended = self.work = 0

    # --- before ----------------------------------------------------------------------------------------------

    def take_up(self, partial: Result, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Take over what an interrupted result has reached, if it is of this very run; return the runs left to do."""
        mine, theirs = self.scenario.parameters(), partial.parameters
        differing = [key for key in sorted(mine | theirs) if _plain(mine.get(key)) != _plain(theirs.get(key))]
        if partial.seed != self.seed:
            differing.append("seed")
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
            table = partial.tables[name]
            past = table.run.isin(resumed) & (name in ("series", "act", "msg"))
            rows = table[table.run.isin(kept) | past]
            self.blocks[name] = [{column: rows[column].to_numpy() for column in rows.columns}]
        self.num_ended = len(kept)
        return np.setdiff1d(numbers, kept)

    # --- during ----------------------------------------------------------------------------------------------

    def work_through(self, chunks: list[NDArray[np.int64]], num_threads: int) -> None:
        """Run all chunks; on Ctrl-C let every thread finish its slice."""
        started = time.perf_counter()
        chunks = self._with_restarted(chunks) if self.restart else chunks
        waiting = iter(chunks)
        threads = [threading.Thread(target=self._work, args=(waiting,)) for _ in range(min(num_threads, len(chunks)))]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads):
                for thread in threads:
                    thread.join(SLICE_SECONDS / len(threads))
                if self.report is not None:
                    self.report(Progress(self.num_ended, self.num_runs, self.work))
                if self.time_limit is not None and time.perf_counter() - started > self.time_limit:
                    self.stop.set()
        except KeyboardInterrupt:
            self.stop.set()
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()
        if self.error is not None:
            raise self.error

    def _work(self, waiting: Iterator[NDArray[np.int64]]) -> None:
        """Take one chunk after the other until none is left, the job is stopped, or something fails."""
        while not self.stop.is_set():
            with self.lock:
                chunk = next(waiting, None)
            if chunk is None:
                return
            try:
                self._run_chunk(chunk)
            except BaseException as error:
                self.error = error
                self.stop.set()

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
        self.blueprint = simulation.blueprint
        if (state := self.restart.get(int(replications[0]))) is not None:
            simulation.restore(state)
        recorder = Recorder(simulation, self.record_every, self.series_runs, resumed=state is not None)
        step = int(simulation.clock.max())
        while not simulation.is_over and not self.stop.is_set():
            step = min(recorder.next_pause(step), self.scenario.horizon.steps) if step >= 0 else 0
            if not self._advance(simulation, step):
                break
            recorder.observe()
        self._keep(simulation, recorder)

    def _advance(self, simulation: Simulation, until: int) -> bool:
        """Move a chunk to a step in slices of about a tenth of a second; False if the job was stopped on the way."""
        row, budget = 0, 1_000_000
        while True:
            before, started = int(simulation.clock.sum()), time.perf_counter()
            row = simulation.advance(until, budget=budget, first=row)
            seconds = time.perf_counter() - started
            cost = 1 if simulation.plan.is_events else simulation.num_agents
            with self.lock:
                self.work += (int(simulation.clock.sum()) - before) * cost
            if row >= len(simulation.clock):
                return True
            if self.stop.is_set():
                return False
            budget = int(np.clip(budget * SLICE_SECONDS / max(seconds, 1e-4), 1_000, 1 << 40))

    def _keep(self, simulation: Simulation, recorder: Recorder) -> None:
        """Take a chunk's tables; with a checkpoint if it was interrupted."""
        listed = np.full(len(simulation.clock), self.record != "none")
        listed |= simulation.replications == self.first_replication
        tables = recorder.tables(listed)
        with self.lock:
            for name, columns in tables.items():
                self.blocks.setdefault(name, []).append(columns)
            self.num_ended += int((simulation.stops() != "interrupted").sum())
            if not simulation.is_over:
                self.checkpoints[int(simulation.replications[0])] = simulation.snapshot()

    # --- after -----------------------------------------------------------------------------------------------

    def result(self, seconds: float) -> Result:
        """Put the tables together, in the order of runs, and compute the metrics."""
        tables = {name: _sorted(concatenate(_aligned(blocks))) for name, blocks in self.blocks.items()}
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
        ended = result if complete else Result(manifest, _of_ended_runs(tables))
        for metric in self.scenario.metrics:
            manifest.metrics[metric.__name__] = metric(ended)
        return result


def _of_ended_runs(tables: Mapping[str, Columns]) -> dict[str, Columns]:
    """Leave out the runs that were interrupted: they have no outcome yet."""
    runs = tables["run"]["run"][tables["run"]["stop"] != "interrupted"]
    return {
        name: {key: values[np.isin(columns["run"], runs)] for key, values in columns.items()}
        for name, columns in tables.items()
    }


def _sorted(columns: Columns) -> Columns:
    """Order a table by run, whatever the order in which chunks ended; within a run rows are in order."""
    order = np.argsort(columns["run"], kind="stable")
    return {name: values[order] for name, values in columns.items()}


def _aligned(blocks: list[Columns]) -> list[Columns]:
    """Drop blocks without rows; give the others the same columns."""
    blocks = [block for block in blocks if len(block["run"])] or blocks[:1]
    names = list(dict.fromkeys(name for block in blocks for name in block))
    return [{name: block.get(name, np.full(len(block["run"]), np.nan)) for name in names} for block in blocks]


def _pack_checkpoints(checkpoints: Mapping[int, Mapping[str, NDArray[Any]]]) -> bytes:
    arrays = {f"{first}/{name}": array for first, state in checkpoints.items() for name, array in state.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _plain(value: Any) -> Any:
    """Return a parameter as JSON would give it back."""
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value
