"""What a worker does in a pilot: it times runs of one point, keeps their tables, and looks at its memory.

It imports no more than `socialsim.studies.running.worker` does, so that its memory is that of a worker at work.
"""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from socialsim.engine.run import run
from socialsim.studies.running.worker import load_scenario

LEAST_SECONDS, MOST_SECONDS = 0.2, 2.0
GROWTH = 8  # a call has at most so many times the runs of the one before: the first ones may have been short by chance


def time_point(task: dict[str, Any]) -> dict[str, Any]:
    """Time runs of one point: calls of as many replications as the study asks for, until they fill a fifth of a second.

    A run that does not end within two seconds, or the study's time limit, counts as if it went on to its horizon at the
    speed of its first steps.

    Parameters
    ----------
    task : dict
        scenario, values, words, seed, record_every, replications, time_limit (seconds a run, or None).

    Returns
    -------
    dict
        compile_seconds; num_runs and seconds_per_run; is_cut, whether a run did not end; tables, a list of table ->
        column -> array, one of each call; memory, the most bytes that this process has had so far.

    Examples
    --------
    >>> task = {"scenario": "epistemic", "values": {"network": "cycle:n=4", "environment.effect": 0.1}, "words": [1]}
    >>> timed = time_point(task | {"seed": 0, "record_every": None, "replications": 50, "time_limit": None})
    >>> timed["num_runs"] >= 50, timed["is_cut"]
    (True, False)
    """
    limit = MOST_SECONDS if task["time_limit"] is None else min(MOST_SECONDS, task["time_limit"])
    compile_seconds = _call(task | {"values": {**task["values"], "horizon.steps": 1}}, 0, 1, None).seconds
    count, first = 1, 0
    while True:
        call = _call(task, first, count, limit)
        first += count
        if call.is_cut or call.seconds >= LEAST_SECONDS or count == task["replications"]:
            break
        count = min(task["replications"], GROWTH * count, math.ceil(1.5 * count * LEAST_SECONDS / call.seconds))
    calls = [call]
    while sum(each.seconds for each in calls) < LEAST_SECONDS and not call.is_cut:
        calls.append(_call(task, first, count, limit))
        first += count
    return {
        "compile_seconds": compile_seconds,
        "num_runs": sum(len(each.tables["run"]["run"]) for each in calls),
        "seconds_per_run": sum(each.seconds for each in calls) / sum(each.num_whole for each in calls),
        "is_cut": call.is_cut,
        "tables": [each.tables for each in calls],
        "memory": peak_memory(),
    }


def peak_memory() -> int:
    """Return the most bytes that this process has had in memory; 0 where the system does not tell.

    Examples
    --------
    >>> peak_memory() > 10_000_000 or sys.platform == "win32"
    True
    """
    if sys.platform == "linux":  # what getrusage tells there includes the parent's, from before the process's exec
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="ignore").splitlines()
        return 1024 * next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
    if sys.platform == "win32":
        return 0
    import resource

    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage if sys.platform == "darwin" else 1024 * usage


@dataclass(frozen=True)
class _Call:
    """What one call of `run` gave, and took with all that a worker does about it."""

    tables: dict[str, Any]
    num_whole: float
    is_cut: bool
    seconds: float


def _call(task: dict[str, Any], first: int, count: int, limit: float | None) -> _Call:
    """Run replications as a worker does."""
    started = time.perf_counter()
    scenario = load_scenario(task["scenario"]).replace(task["values"])
    try:
        result = run(
            scenario,
            replications=count,
            first_replication=first,
            seed=task["seed"],
            point_words=tuple(task["words"]),
            threads=1,
            record_every=task["record_every"],
            series_runs=first + count,
            time_limit=limit,
        )
    except KeyboardInterrupt:
        raise TimeoutError(f"not one step ended within {limit:g} s") from None
    wanted = ["run", "series"] if task["record_every"] is not None else ["run"]
    frames = {name: result.table(name) for name in wanted if name in result.tables}
    tables = {name: {column: frame[column].to_numpy() for column in frame} for name, frame in frames.items()}
    seconds = time.perf_counter() - started
    is_cut = tables["run"]["stop"] == "interrupted"
    shares = np.where(is_cut, tables["run"]["steps"] / max(scenario.horizon.steps, 1), 1.0)  # of a whole run
    return _Call(tables, max(float(shares.sum()), 1e-9), bool(is_cut.any()), seconds)
