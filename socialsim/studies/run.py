"""Running a study file: to run it again is to go on with it.

    >>> import tempfile
    >>> from socialsim.studies.files import StudyFile
    >>> study_file = StudyFile(scenario="epistemic", replications=5, factors={"network": ["cycle:n=4", "complete:n=4"]})
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     study = run_study(study_file, f"{parent}/zollman", num_processes=1)
    ...     study.status().num_done
    10

A study goes through rounds. Each names all points that are asked for so far and how many replications of each; what has
no outcome yet is run; then the next round may depend on what came out. A design whose points are known beforehand has
one round. Rounds follow from results alone, never from how or when they were computed, so that a study that was killed
takes the same ones again.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from socialsim.core.errors import ParameterError
from socialsim.core.folder import sha256
from socialsim.studies.design.designs import Optimise
from socialsim.studies.design.factors import Levels
from socialsim.studies.design.points import Point
from socialsim.studies.files import StudyFile
from socialsim.studies.rounds.sequential import sequential
from socialsim.studies.rounds.trials import FILE as TRIALS
from socialsim.studies.running.executors import make_executor
from socialsim.studies.running.runner import run_points
from socialsim.studies.storage.identity import STUDY, check_configuration
from socialsim.studies.storage.slices import WHOLE, Slice
from socialsim.studies.storage.store import Store
from socialsim.studies.study import Status, Study

Rounds = Iterator[Mapping[Point, int]]


def run_study(
    file: StudyFile,
    folder: str | os.PathLike[str],
    *,
    executor: str | Executor = "processes",
    num_processes: int | None = None,
    scheduler: str | None = None,
    share: Slice = WHOLE,
    batch_seconds: float = 0.5,
    retry: bool = False,
    progress: Callable[[Status], None] | None = None,
) -> Study:
    """Run what a study has not run yet.

    Parameters
    ----------
    file : StudyFile
        What the study is.
    folder : str or Path
        A new folder, or that of this study.
    executor : {"processes", "dask"} or concurrent.futures.Executor
        Where the runs are computed; an executor that is handed over is not shut down.
    num_processes : int, optional
        Processes at work, >= 1; by default as many as there are processors.
    scheduler : str, optional
        With ``"dask"`` the address of a running scheduler; by default a cluster of this machine is started.
    share : Slice
        Which of the runs are run, in a folder of their own inside the study's; all of them by default.
    batch_seconds : float
        Work that is handed out at a time, > 0; results do not depend on it.
    retry : bool
        Whether runs that failed, crashed or timed out before are run again.
    progress : callable, optional
        Called about once a second with a `Status`.

    Returns
    -------
    Study
        Its ``status()`` says what is waiting after Ctrl-C, and what failed.

    Raises
    ------
    ParameterError
        If an argument is not accepted, the folder holds another study, or another process works on it.
    ResultError
        If the folder cannot be written to, or workers cannot start; what was entered before is kept.
    KeyboardInterrupt
        After a second Ctrl-C.
    """
    if share != WHOLE and (Path(folder) / STUDY).is_file():
        check_configuration(Path(folder), configuration(file))  # before any work that could not be merged
    num_tasks = num_processes if num_processes is not None else os.cpu_count() or 1
    _check(file, share, num_tasks, batch_seconds)
    with (
        _workers(file, executor, num_tasks, scheduler) as workers,
        Store(share.folder(Path(folder)), configuration(file), share) as store,
    ):
        if retry:
            store.forget_failures()
        mark = _mark(file, store.folder)
        for asked in () if store.is_finished(mark) else rounds(file, store.folder):
            store.enter(asked)
            store.keep(file.text)
            if not run_points(
                store,
                asked,
                executor=workers,
                num_tasks=num_tasks,
                batch_seconds=batch_seconds,
                time_limit=file.stopping.time_limit,
                progress=progress,
            ):
                break
        else:
            store.compact()
            store.finish(_mark(file, store.folder))
        study = Study(store.folder)
        if progress is not None:
            progress(study.status())
    return study


@contextmanager
def _workers(
    file: StudyFile, executor: str | Executor, num_processes: int, scheduler: str | None
) -> Iterator[Executor]:
    """Give what computes the runs; what was started here is ended, at once where the study is broken off."""
    limit = file.stopping.memory_limit
    if not isinstance(executor, str):
        if limit is not None:
            raise ParameterError("[stopping] memory_limit: not accepted with an executor of one's own")
        yield executor
        return
    memory = None if limit is None else int(limit * 2**30)
    workers, finished = make_executor(executor, num_processes, memory_limit=memory, scheduler=scheduler), False
    try:
        yield workers
        finished = True
    finally:
        workers.shutdown(wait=finished)


def rounds(file: StudyFile, folder: Path) -> Rounds:
    """Yield what is asked for, round by round: point -> number of replications, that of earlier rounds included."""
    if isinstance(file.design, Optimise):
        from socialsim.studies.rounds.optimise import optimise

        yield from optimise(file, folder)
    elif file.stopping.half_width:
        yield from sequential(file, folder)
    else:
        yield dict.fromkeys(file.points(), file.replications)


def configuration(file: StudyFile) -> dict[str, Any]:
    """Return what makes a study another one where it differs."""
    path = Path(file.scenario)
    source = sha256(path) if file.scenario.endswith(".py") and path.is_file() else ""
    record_every = file.record.every if file.record.series else None
    comparisons = [dict(comparison) for comparison in file.comparisons]
    return {
        "scenario": file.scenario,
        "source": source,
        "seed": file.seed,
        "common_random_numbers": file.design.common_random_numbers,
        "record_every": record_every,
        "comparisons": comparisons,
        "registered_replications": file.replications if comparisons else None,
    }


def _mark(file: StudyFile, folder: Path) -> str:
    """Return what tells a study file from others, with the files on which its rounds depend."""
    values = [*file.fixed.values(), file.network_name]  # of known points the keys know the networks
    values += [value for factor in file.factors.values() if isinstance(factor, Levels) for value in factor.values]
    named = [Path(value) for value in values if isinstance(value, str)]
    contents = [sha256(path) for path in (*named, folder / TRIALS) if path.is_file()]
    return hashlib.sha256("\n".join([file.text, *file.keys(), *contents]).encode()).hexdigest()


def _check(file: StudyFile, share: Slice, num_processes: Any, batch_seconds: Any) -> None:
    """Refuse arguments that are out of range."""
    if share != WHOLE and (isinstance(file.design, Optimise) or file.stopping.half_width):
        raise ParameterError("slice: not accepted where results decide what is run; accepted: a design without rounds")
    if isinstance(num_processes, bool) or not isinstance(num_processes, int) or num_processes < 1:
        raise ParameterError(f"num_processes: {num_processes!r} is not accepted; accepted: an integer >= 1")
    if not (isinstance(batch_seconds, int | float) and 0 < batch_seconds < math.inf):
        raise ParameterError(f"batch_seconds: {batch_seconds!r} is not accepted; accepted: a number > 0, in seconds")
