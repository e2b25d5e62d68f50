"""What a study will cost: numbers of runs, processor time, wall time, disk and memory, as `pilot` estimates them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Pilot:
    """Timed runs of one point.

    Parameters
    ----------
    values : mapping of str to object
        Path -> value.
    num_runs : int
        That were timed.
    seconds_per_run : float
        NaN if no run could be timed.
    problem : str
        What went wrong, or was cut short; empty where all went well.
    """

    values: Mapping[str, Any]
    num_runs: int = 0
    seconds_per_run: float = math.nan
    problem: str = ""


@dataclass(frozen=True)
class Cost:
    """What a study will cost, by a few pilots.

    Parameters
    ----------
    num_points : int
        At most, in a search.
    num_runs, most_runs : int
        How many runs there are at least and at most; the same unless results decide.
    num_processes : int
        Worker processes.
    pilots : tuple of Pilot
    seconds_per_run, least_seconds, most_seconds : float
        Of one run on one process: mean over the points, and least and most of the pilots; NaN if no pilot succeeded.
    start_seconds : float
        Until runs begin: start of a worker, and compilation or what is cached of it.
    bytes_per_run, bytes_per_point : float
        On disk.
    worker_memory, parent_memory : int
        Peak bytes of one worker and of this process; 0 where the system does not tell.

    Examples
    --------
    >>> cost = Cost(100, 10_000, 10_000, 2, (), 0.036, 0.01, 0.07, 2.0, 80.0, 300.0, 200_000_000, 100_000_000)
    >>> cost.cpu_hours, cost.disk_bytes, cost.memory_bytes
    (0.1, 830000.0, 500000000)
    """

    num_points: int
    num_runs: int
    most_runs: int
    num_processes: int
    pilots: tuple[Pilot, ...]
    seconds_per_run: float
    least_seconds: float
    most_seconds: float
    start_seconds: float
    bytes_per_run: float
    bytes_per_point: float
    worker_memory: int
    parent_memory: int

    @property
    def cpu_hours(self) -> float:
        """Processor time of the least number of runs."""
        return self.num_runs * self.seconds_per_run / 3600

    @property
    def cpu_hours_range(self) -> tuple[float, float]:
        """Processor time if all runs took as long as those of the quickest pilot, and of the slowest."""
        return self.num_runs * self.least_seconds / 3600, self.most_runs * self.most_seconds / 3600

    @property
    def wall_hours(self) -> float:
        """Time from beginning to end, with a core for each process."""
        return self.cpu_hours / self.num_processes + self.start_seconds / 3600

    @property
    def wall_hours_range(self) -> tuple[float, float]:
        """Time from beginning to end if all runs were like the quickest or the slowest."""
        least, most = (hours / self.num_processes for hours in self.cpu_hours_range)
        return least + self.start_seconds / 3600, most + self.start_seconds / 3600

    @property
    def disk_bytes(self) -> float:
        """Size of the study's folder, with the least number of runs."""
        return self.num_points * self.bytes_per_point + self.num_runs * self.bytes_per_run

    @property
    def most_disk_bytes(self) -> float:
        """Size of the study's folder, with the most runs."""
        return self.num_points * self.bytes_per_point + self.most_runs * self.bytes_per_run

    @property
    def memory_bytes(self) -> int:
        """Memory of all processes at once."""
        return self.num_processes * self.worker_memory + self.parent_memory

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong with pilots, a line each."""
        return tuple(pilot.problem for pilot in self.pilots if pilot.problem)
