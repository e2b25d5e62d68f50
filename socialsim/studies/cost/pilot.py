"""What a study will cost, from a few timed runs.

Three points are tried at least: those with the fewest, the most and the median of agents times steps, as far as their
parameters tell (events, in an event loop); where all are alike, the first, the last and the middle one of the design.
As long as less than three seconds are spent, up to nine more follow, at the fractions of the ordered points that
multiples of the golden section leave, which no grid of levels is in step with. In one worker process, started for it,
each is compiled and then run with the study's own streams for a fifth of a second or more. The tables are written to a
temporary folder, as a study would write them, and are gone afterwards.

    seconds of a run       s_i, interpolated between the pilots by agents times steps, averaged over the points;
                           the range is that of the pilots
    processor time         number of runs x seconds of a run
    wall time              processor time / number of processes + the start of the first worker
    disk                   bytes of the ledger for the points + number of runs x bytes of a run's rows
    memory                 number of processes x peak of the pilots' process + peak of this one

It cannot know: points that take far longer than those that were tried, and runs that rarely do; how much slower a
processor becomes when all of its cores work, or shares them with others; memory that grows with something that the
pilots did not meet; how long a cluster keeps one waiting. A run that does not end within two seconds is taken to go on
to its horizon at the speed of its first steps, which is too long for runs that stop early. Where the number of runs
depends on results, the least and the most are given.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer
from pathlib import Path
from typing import Any

import numpy as np

from socialsim.core.errors import ParameterError, SocialsimError
from socialsim.core.manifest import strict
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.engine.scenario import Scenario
from socialsim.studies.cost.cost import Cost, Pilot
from socialsim.studies.cost.timing import MOST_SECONDS, peak_memory, time_point
from socialsim.studies.design.designs import Optimise
from socialsim.studies.design.factors import Levels
from socialsim.studies.design.points import Point, PointMaker
from socialsim.studies.files import StudyFile
from socialsim.studies.rounds.optimise import FRESH
from socialsim.studies.run import configuration
from socialsim.studies.running.worker import Processes
from socialsim.studies.storage.store import PARTS, Batch, Span, Store

LEAST_PILOTS, MOST_PILOTS = 3, 12
ENOUGH_SECONDS = 3.0  # after which no further pilot begins
GOLDEN_SECTION = (math.sqrt(5) - 1) / 2
MOST_GUESSED = 1000  # points whose size is looked at
ANSWER_SECONDS = 120.0  # for starting, compiling and running, after which a pilot is killed


def estimate_cost(file: StudyFile, num_processes: int) -> Cost:
    """Estimate what a study will cost, in a few seconds; nothing of it is kept.

    A pilot that fails, dies or takes too long is reported in the `Cost`, not raised.

    Parameters
    ----------
    file : StudyFile
    num_processes : int
        Worker processes that the study will have, >= 1.

    Raises
    ------
    ParameterError
        If the number of processes is not accepted.
    ResultError
        If there is no room for temporary files, or workers cannot start.

    Examples
    --------
    >>> study_file = StudyFile(scenario="epistemic", replications=100, factors={"network.n": [4, 6, 8]})
    >>> cost = estimate_cost(study_file, num_processes=2)
    >>> cost.num_runs, [pilot.values["network.n"] for pilot in cost.pilots], cost.problems
    (300, [4, 8, 6], ())
    >>> 0 < cost.least_seconds <= cost.seconds_per_run <= cost.most_seconds < 1
    True
    """
    if isinstance(num_processes, bool) or not isinstance(num_processes, int) or num_processes < 1:
        raise ParameterError(f"num_processes: {num_processes!r} is not accepted; accepted: an integer >= 1")
    num_points, num_runs, most_runs = count_runs(file)
    points, sizes = _guess_sizes(file)
    order = _spread(len(points))
    start_seconds, answers = _run_pilots(file, [points[k] for k in order])
    chosen = order[: len(answers)]
    pilots = tuple(_pilot(points[k], answer, file) for k, answer in zip(chosen, answers, strict=True))
    timed = [(sizes[k], pilot.seconds_per_run) for k, pilot in zip(chosen, pilots, strict=True) if pilot.num_runs]
    good = [answer for answer in answers if not isinstance(answer, str)]
    bytes_per_run, bytes_per_point = _measure_disk(file, points, chosen, answers)
    return Cost(
        num_points=num_points,
        num_runs=num_runs,
        most_runs=most_runs,
        num_processes=num_processes,
        pilots=pilots,
        seconds_per_run=_interpolated_mean(timed, sizes),
        least_seconds=min((seconds for _, seconds in timed), default=math.nan),
        most_seconds=max((seconds for _, seconds in timed), default=math.nan),
        start_seconds=start_seconds + sum(answer["compile_seconds"] for answer in good),
        bytes_per_run=bytes_per_run,
        bytes_per_point=bytes_per_point,
        worker_memory=max((answer["memory"] for answer in good), default=0),
        parent_memory=peak_memory(),
    )


def count_runs(file: StudyFile) -> tuple[int, int, int]:
    """Return the number of points, and how many runs there are at least and at most.

    Examples
    --------
    >>> table = {"scenario": "epistemic", "replications": 100, "factors": {"network.n": [4, 6]}}
    >>> count_runs(StudyFile(**table))
    (2, 200, 200)
    >>> count_runs(StudyFile(**table, stopping={"half_width": {"success_rate": 0.01}, "most_replications": 5000}))
    (2, 200, 10000)
    """
    number, design = file.replications, file.design
    if isinstance(design, Optimise):
        num_finalists = design.finalists if len(design.goal) == 1 else design.trials * (design.finalists > 0)
        num_fresh = FRESH * min(num_finalists, design.trials) * number
        is_finite = all(isinstance(factor, Levels) for factor in file.factors.values())
        least = number if is_finite else design.trials * number  # levels may be tried again, which costs nothing
        return design.trials, least, design.trials * number + num_fresh
    num_points = len(file.points())
    most = max(number, file.stopping.most_replications) if file.stopping.half_width else number
    return num_points, num_points * number, num_points * most


# --- which points ----------------------------------------------------------------------------------------------------


def _guess_sizes(file: StudyFile) -> tuple[list[Point], list[float]]:
    """Return points spread over the design, and agents times steps of each, the smallest first."""
    points = _search_points(file) if isinstance(file.design, Optimise) else file.points()
    spread = np.unique(np.linspace(0, len(points) - 1, min(len(points), MOST_GUESSED)).round().astype(int))
    base = make_scenario(find_module(file.scenario))
    known: dict[str, int] = {}
    sized = [(_guess_size(base.replace(points[k].values), known), k) for k in spread]
    return [points[k] for _, k in sorted(sized)], [size for size, _ in sorted(sized)]


def _spread(num_points: int) -> list[int]:
    """Return which of some ordered points are tried, in turn."""
    positions = [0, num_points - 1, (num_points - 1) // 2]
    positions += [int(math.modf(k * GOLDEN_SECTION)[0] * num_points) for k in range(1, 4 * MOST_PILOTS)]
    return list(dict.fromkeys(positions))[:MOST_PILOTS]


def _search_points(file: StudyFile) -> list[Point]:
    """Return the points at which all factors of a search are low, in the middle and high."""
    maker = PointMaker(make_scenario(find_module(file.scenario)))
    columns = {path: factor.at([0.0, 0.5, 1.0]) for path, factor in file.factors.items()}
    points = []
    for k in range(3):
        try:
            points.append(maker.make({**file.fixed, **{path: column[k] for path, column in columns.items()}}))
        except SocialsimError:  # a search goes on at such a setting, too
            continue
    if not points:
        raise ParameterError(
            "[factors] the scenario refuses the low, the middle and the high values, each taken together"
        )
    return list({point.key: point for point in points}.values())


def _guess_size(scenario: Scenario, known: dict[str, int]) -> float:
    """Return agents times steps, or the number of events."""
    if scenario.environment.loop == "events":
        return float(scenario.horizon.steps)
    source = scenario.network
    if "n" in source.parameters:
        return float(source.parameters["n"] * scenario.horizon.steps)
    if source.spec not in known:
        known[source.spec] = source.draw(np.random.default_rng(0)).num_agents
    return float(known[source.spec] * scenario.horizon.steps)


def _interpolated_mean(timed: Sequence[tuple[float, float]], sizes: Sequence[float]) -> float:
    """Return the mean over all points of the seconds of a run, linear in the size between two pilots."""
    if not timed:
        return math.nan
    at = sorted({size for size, _ in timed})
    seconds = [float(np.mean([spent for other, spent in timed if other == size])) for size in at]
    return float(np.interp(sizes, at, seconds).mean())


# --- the pilots ------------------------------------------------------------------------------------------------------


def _run_pilots(file: StudyFile, points: Sequence[Point]) -> tuple[float, list[dict[str, Any] | str]]:
    """Return how long a worker takes to start, and what it answers for each point or why it does not."""
    limits = file.stopping
    memory = None if limits.memory_limit is None else int(limits.memory_limit * 2**30)
    task = {
        "scenario": file.scenario,
        "seed": file.seed,
        "record_every": configuration(file)["record_every"],
        "replications": file.replications,
        "time_limit": limits.time_limit,
    }
    workers, answers = Processes(1, memory), []
    begin = time.perf_counter()
    try:
        workers.submit(peak_memory).result()
        start_seconds = time.perf_counter() - begin
        for k, point in enumerate(points):
            if k >= LEAST_PILOTS and time.perf_counter() - begin > start_seconds + ENOUGH_SECONDS:
                break
            values = {"values": strict(point.values), "words": list(point.words)}
            future = workers.submit(time_point, {**task, **values})
            answers.append(_answer(workers, future))
    finally:
        workers.shutdown(wait=False)
    return start_seconds, answers


def _answer(workers: Processes, future: Future[Any]) -> dict[str, Any] | str:
    """Return a pilot's answer, or one line about what became of it."""
    try:
        answer: dict[str, Any] = future.result(ANSWER_SECONDS)
    except NoAnswer:
        if future.done():  # the pilot's own
            return str(future.exception())
        workers.kill(future)
        future.exception()
        return f"it did not answer within {ANSWER_SECONDS:g} s and was killed"
    except ParameterError as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return answer


def _pilot(point: Point, answer: dict[str, Any] | str, file: StudyFile) -> Pilot:
    """Return the pilot of a point."""
    if isinstance(answer, str):
        return Pilot(point.values, problem=f"{_named(point)}: {answer}")
    seconds, problem, limit = answer["seconds_per_run"], "", file.stopping.time_limit
    if answer["is_cut"]:
        problem = f"{_named(point)}: a run did not end within {min(limit or MOST_SECONDS, MOST_SECONDS):g} s; "
        problem += f"to its horizon it would take {seconds:.3g} s"
        if limit is not None and seconds > limit:
            problem += f", and the study's time limit is {limit:g} s"
    return Pilot(point.values, answer["num_runs"], seconds if limit is None else min(seconds, limit), problem)


def _named(point: Point) -> str:
    return ", ".join(f"{path} = {value!r}" for path, value in point.values.items()) or "the scenario as it is"


def _measure_disk(
    file: StudyFile, points: Sequence[Point], chosen: Sequence[int], answers: Sequence[dict[str, Any] | str]
) -> tuple[float, float]:
    """Return bytes a run and bytes a point, of a study that is written to a temporary folder."""
    batches = []
    for k, answer in zip(chosen, answers, strict=True):
        if isinstance(answer, str):
            continue
        first = 0
        for tables in answer["tables"]:
            count = len(tables["run"]["run"])
            batches.append(Batch(Span(points[k], first, count), tables, answer["seconds_per_run"] * count))
            first += count
    with tempfile.TemporaryDirectory() as parent:
        with Store(Path(parent) / "pilots", configuration(file)) as store:
            store.enter(dict.fromkeys(points, file.replications))
            if batches:
                store.add(batches)
        files = [path for path in store.folder.rglob("*") if path.is_file()]
        sizes = {True: 0, False: 0}
        for path in files:
            sizes[path.parent.name == PARTS] += path.stat().st_size
    num_runs = sum(batch.span.count for batch in batches)
    return sizes[True] / num_runs if num_runs else math.nan, sizes[False] / len(points)
