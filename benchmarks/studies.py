"""What a parameter study adds to its runs, how soon it is planned and read again, and a whole one from the literature.

Studies run through ``run_study``, as ``socialsim study run`` calls it, on worker processes. The overhead is the wall
time of a study on one worker, less what the same runs take by plain calls of ``run``, one a point, right after it. Each
figure is the best of a few measurements, because other work on the machine only ever slows them. Worker processes
import this file too: what they do not need is imported in functions, as on the command line.

    python benchmarks/studies.py
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from socialsim.studies.files import StudyFile

HERE = Path(__file__).parent
REPEATS = 3
SIZES = [4, 5, 6, 7, 8, 10, 12, 14, 17, 20]


def seconds(work: Callable[[], Any]) -> float:
    """Return how long a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def processor_seconds() -> float:
    """Return the processor time that this process and its children that have ended took."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def best(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Return the least time of a few calls."""
    return min(seconds(work) for _ in range(repeats))


def line(what: str, value: float, unit: str, note: str = "") -> None:
    """Print one measurement."""
    print(f"{what:<64} {value:9.3f} {unit:<7} {note}".rstrip(), flush=True)


# --- overhead ----------------------------------------------------------------------------------------------------


def twenty_metrics(*, series: bool) -> StudyFile:
    """Return 100 points with 100 replications of a thousand steps and twenty metrics."""
    from socialsim.studies.files import StudyFile

    return StudyFile(
        scenario=str(HERE / "twenty_metrics.py"),
        replications=100,
        factors={"environment.weight": {"linear": [0.5, 1.5], "levels": 100}},
        record={"series": series},
    )


def run_bare(file: StudyFile) -> None:
    """Run what a study runs, without a study."""
    from socialsim.engine.run import run
    from socialsim.studies.run import configuration

    scenario, every = file.base(), configuration(file)["record_every"]
    for point in file.points():
        count = file.replications
        options = {"point_words": point.words, "record_every": every, "series_runs": count}
        run(scenario.replace(point.values), replications=count, seed=file.seed, threads=1, **options)


class Watch:
    """Adds up the seconds that calls of some methods take."""

    def __init__(self, owner: type, *names: str) -> None:
        self.owner, self.seconds = owner, dict.fromkeys(names, 0.0)
        self.inner = {name: getattr(owner, name) for name in names}

    def __enter__(self) -> dict[str, float]:
        for name, method in self.inner.items():

            def timed(*args: Any, _name: str = name, _method: Any = method, **options: Any) -> Any:
                started = time.perf_counter()
                try:
                    return _method(*args, **options)
                finally:
                    self.seconds[_name] += time.perf_counter() - started

            setattr(self.owner, name, timed)
        return self.seconds

    def __exit__(self, *error: object) -> None:
        for name, method in self.inner.items():
            setattr(self.owner, name, method)


def measure_overhead(parent: Path, *, series: bool, bar: float) -> Path:
    """Measure what a study adds to each of 10^4 runs, and return the last one's folder."""
    from socialsim.studies.run import run_study
    from socialsim.studies.storage.store import Store
    from socialsim.studies.study import Study

    file = twenty_metrics(series=series)
    num_runs = len(file.points()) * file.replications
    run_bare(file)
    trials = []
    for number in range(REPEATS):
        folder = parent / f"{'series' if series else 'runs'}{number}"
        before = processor_seconds()
        with Watch(Store, "add", "enter") as spent:
            wall = seconds(lambda: run_study(file, folder, num_processes=1))  # noqa: B023
        processor = processor_seconds() - before
        before = processor_seconds()
        bare = seconds(lambda: run_bare(file))
        processor -= processor_seconds() - before
        ((at_work, num_parts),) = Study(folder)._rows(
            "SELECT sum(seconds), (SELECT count(*) FROM part WHERE name = 'run') FROM batch"
        )
        trials.append((wall - bare, wall, bare, processor, at_work, num_parts, spent))
    start = best(start_worker)
    overhead, wall, bare, processor, at_work, num_parts, spent = min(trials, key=lambda trial: trial[0])
    kind = "with 20 columns of series" if series else "without series"
    each = 1000 / num_runs
    line(f"10^4 runs, 1000 steps, 20 metrics, {kind}: overhead", overhead * each, "ms/run", f"(bar {bar})")
    line("  bare calls of run, one a point", bare * each, "ms/run", f"the study takes {wall / bare:.2f} x as long")
    line("  overhead in processor time, of all processes", processor * each, "ms/run", "other work counts less")
    line("  start of the worker, once a study", start * each, "ms/run", f"{start:.2f} s")
    line("  calls of run in the worker, compiled loop loaded", (at_work - bare) * each, "ms/run", "more than bare")
    line("  entering points", spent["enter"] * each, "ms/run")
    line("  writing parts, while the worker works", spent["add"] * each, "ms/run", f"{num_parts} parts")
    line("  left: handing over, waiting, ending", (wall - at_work - start - spent["enter"]) * each, "ms/run")
    return folder


def start_worker() -> None:
    """Start a worker process, ask it something, and end it."""
    from socialsim.studies.running.worker import Processes

    with Processes(1) as workers:
        workers.submit(max, 1, 2).result()


def measure_reading(folder: Path) -> None:
    """Measure planning to resume, and reading, 10^4 runs."""
    from socialsim.studies.run import configuration, run_study
    from socialsim.studies.storage.store import Store
    from socialsim.studies.study import Study

    file = twenty_metrics(series=False)
    asked = dict.fromkeys(file.points(), file.replications)

    def plan() -> None:
        with Store(folder, configuration(file)) as store:
            store.enter(asked)
            assert not list(store.waiting(asked))

    line("planning to resume a study of 10^4 runs", best(plan), "s", "(bar .5)")
    line("  run_study on it: nothing to do", best(lambda: run_study(file, folder, num_processes=2)), "s", "(bar 1)")
    line("reading one column of 10^4 runs", best(lambda: Study.open(folder).runs(["total_0"])), "s", "(bar 1.5)")
    line(
        "  one metric by point, with intervals", best(lambda: Study.open(folder).summary(metrics=["mean_total_0"])), "s"
    )


# --- Zollman -------------------------------------------------------------------------------------------------------


def zollman(sizes: list[int], num_effects: int, replications: int) -> StudyFile:
    """Return a study of Zollman's community over size, network and effect."""
    from socialsim.studies.files import StudyFile

    return StudyFile(
        scenario="epistemic",
        replications=replications,
        factors={
            "network": ["cycle", "complete"],
            "network.n": sizes,
            "environment.effect": {"log": [1e-3, 1e-1], "levels": num_effects},
        },
    )


def measure_zollman() -> None:
    """Measure a study of 1000 points with 100 replications on two processes."""
    from socialsim.studies.cost.pilot import estimate_cost
    from socialsim.studies.run import run_study
    from socialsim.studies.study import Study

    file = zollman(SIZES, 50, 100)
    cost = estimate_cost(file, 2)
    with tempfile.TemporaryDirectory() as parent:
        wall = seconds(lambda: run_study(file, f"{parent}/study", num_processes=2))
        study = Study.open(f"{parent}/study")
        assert study.status().num_done == 100_000
        ((at_work,),) = study._rows("SELECT sum(seconds) FROM batch")
        size = sum(path.stat().st_size for path in study.folder.rglob("*") if path.is_file())
    line("Zollman, 1000 points x 100 replications, two processes", wall, "s", "(bar 60)")
    line("  processor time", at_work, "s", f"estimated by pilots {cost.cpu_hours * 3600:.3g}")
    line("  disk", size / 1e6, "MB", f"estimated by pilots {cost.disk_bytes / 1e6:.3g}")
    line("  memory, by pilots", cost.memory_bytes / 1e9, "GB")


def measure_peer() -> None:
    """Measure the same points with Mesa's `batch_run`, both on one process."""
    from peer_batch_run import run_batch

    from socialsim.studies.run import run_study

    file = zollman([4, 10, 20], 3, 500)
    levels = {path.rpartition(".")[2]: factor.values for path, factor in file.factors.items()}
    started = time.perf_counter()
    num_runs = run_batch(levels, iterations=2, max_steps=100_000)
    peer = (time.perf_counter() - started) / num_runs
    with tempfile.TemporaryDirectory() as parent:
        numbers = iter(range(REPEATS))
        wall = best(lambda: run_study(file, f"{parent}/{next(numbers)}", num_processes=1))
    ours = wall / (len(file.points()) * file.replications)
    line("Zollman, 18 points, one process", 1000 * ours, "ms/run", f"{file.replications} replications, start included")
    line("  Mesa's batch_run", 1000 * peer, "ms/run", f"{peer / ours:.0f} x the study's")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as parent:
        measure_reading(measure_overhead(Path(parent), series=False, bar=0.5))
        measure_overhead(Path(parent), series=True, bar=2.0)
    measure_zollman()
    measure_peer()


if __name__ == "__main__":
    main()
