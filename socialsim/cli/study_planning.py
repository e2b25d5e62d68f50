"""``socialsim study plan``: what a study will cost."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from socialsim.cli.console import note, number, seconds, spinner, write_facts, write_json, write_table, write_title
from socialsim.cli.study_running import locate
from socialsim.studies.cost.cost import Cost
from socialsim.studies.cost.pilot import estimate_cost
from socialsim.studies.files import StudyFile
from socialsim.studies.statistics.comparisons import power_of
from socialsim.studies.storage.identity import STUDY
from socialsim.studies.study import Study


def plan_command(study: Path, out: Path | None, processes: int | None, *, json: bool) -> int:
    """Do what ``socialsim study plan`` does and return the exit code.

    Raises
    ------
    SocialsimError
        If the study is not accepted, or pilots cannot be run.
    """
    path, folder = locate(study, out)
    file = StudyFile.read(path)
    with spinner("timing a few runs"):
        cost = estimate_cost(file, processes if processes is not None else os.cpu_count() or 1)
    if json:
        derived = {name: getattr(cost, name) for name in ("cpu_hours", "wall_hours", "disk_bytes", "memory_bytes")}
        write_json({**asdict(cost), **derived})
        return 0
    write_title(f"{path.name}: {file.scenario}")
    write_facts([*_size(file, cost, folder), *_price(cost), *_claims(file)])
    rows = [
        (_setting(file, pilot.values), f"{pilot.num_runs:,}", _milliseconds(pilot.seconds_per_run))
        for pilot in cost.pilots
    ]
    write_table(("pilot", "runs", "time of a run"), rows)
    for problem in cost.problems:
        note(f"note: {problem}")
    return 0


def _size(file: StudyFile, cost: Cost, folder: Path) -> list[tuple[str, str]]:
    """Return how large the study is, and how much of it is done."""
    factors = ", ".join(f"{path} ({len(factor) or 'range'})" for path, factor in file.factors.items())
    runs = f"{cost.num_runs:,}" + (f" to {cost.most_runs:,}" if cost.most_runs > cost.num_runs else "")
    done = Study.open(folder).status().num_done if (folder / STUDY).is_file() else 0
    return [
        ("points", f"{cost.num_points:,} ({file.design.kind}{': ' if factors else ''}{factors})"),
        ("runs", f"{runs} ({file.replications:,} at each point), {done:,} of them done in {folder}"),
    ]


def _price(cost: Cost) -> list[tuple[str, str]]:
    """Return what it costs."""
    least, most = (hour * 3600 for hour in cost.cpu_hours_range)
    quick, slow = (hour * 3600 for hour in cost.wall_hours_range)
    processes = f"{cost.num_processes} process{'es' * (cost.num_processes != 1)}"
    disk = _bytes(cost.disk_bytes)
    if cost.most_runs > cost.num_runs:
        disk += f" to {_bytes(cost.most_disk_bytes)}"
    worker = f"{processes} of {_bytes(cost.worker_memory)}" if cost.worker_memory else "a worker's is unknown here"
    return [
        ("CPU", f"{cost.cpu_hours:.3g} hours: {_time(cost.cpu_hours * 3600)} ({_time(least)} to {_time(most)})"),
        ("time", f"{_time(cost.wall_hours * 3600)} ({_time(quick)} to {_time(slow)}) on {processes}"),
        ("disk", disk),
        ("memory", f"{_bytes(cost.memory_bytes)} ({worker})"),
    ]


def _claims(file: StudyFile) -> Iterator[tuple[str, str]]:
    """Yield with which power each claim will be shown, where a share's largest spread allows to say so beforehand."""
    for comparison in file.comparisons:
        strictest = comparison.replace(alpha=comparison.alpha / len(file.comparisons))  # of Holm's steps
        power = power_of(strictest, file.replications, spread=0.5)
        if not math.isnan(power):
            yield "claim", comparison.claim
            yield "power", f"about {power:.2f} or more if it is a share of runs, of which the spread is at most 1/2"


def _time(duration: float) -> str:
    return seconds(duration) if math.isfinite(duration) else "unknown"


def _milliseconds(duration: float) -> str:
    """Return the time of one run."""
    if not math.isfinite(duration):
        return "unknown"
    return f"{1000 * duration:.3g} ms" if duration < 1 else seconds(duration)


def _bytes(size: float) -> str:
    """Return a size in the unit that fits.

    Examples
    --------
    >>> _bytes(830_000), _bytes(2.5e9), _bytes(12)
    ('830 kB', '2.5 GB', '12 B')
    """
    if not math.isfinite(size):
        return "unknown"
    for unit, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{number(size)} B"


def _setting(file: StudyFile, values: Mapping[str, Any]) -> str:
    """Return what tells a point from the others."""
    return ", ".join(f"{path} = {value}" for path, value in values.items() if path not in file.fixed) or "the base"
