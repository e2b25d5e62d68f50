"""``socialsim run``: run, draw, save, and say what came out.

The destination is checked before any work is done. Tables and figure go to the folder in one piece; after Ctrl-C or the
time limit it holds what was reached, and the message says how to go on.
"""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from socialsim.cli import animating
from socialsim.cli.console import (
    first_line,
    note,
    number,
    progress_bar,
    seconds,
    write_facts,
    write_json,
    write_table,
    write_title,
)
from socialsim.cli.request import Request
from socialsim.core.folder import check_destination
from socialsim.core.parameters import Parameters
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import draw_networks

FIGURE = "figure.png"
INTERRUPTED = 130
STOPS = {"settled": "settled", "done": "came to an end", "horizon": "stopped at the horizon"}


def default_folder(name: str) -> Path:
    """Return a new folder of the current one, named by the time and the process.

    Examples
    --------
    >>> default_folder("epistemic").parts[0]
    'results'
    """
    first = Path("results") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    others = (first.with_name(f"{first.name}-{k}") for k in itertools.count(2))
    return next(folder for folder in itertools.chain([first], others) if not folder.exists())


def run_command(request: Request, *, json: bool, quiet: bool) -> int:
    """Do what ``socialsim run`` does and return the exit code.

    Parameters
    ----------
    request : Request
    json : bool
        Print one JSON object in place of the summary.
    quiet : bool
        Print only where the figure is.

    Raises
    ------
    SocialsimError
        If the request is not accepted, or the result cannot be written.
    """
    scenario = request.scenario()
    animating.check(scenario, request)
    destination = check_destination(request.out or default_folder(scenario.name))
    with _one_interrupt():
        try:
            result = _run(scenario, request, bar=not (json or quiet))
        except KeyboardInterrupt:
            note("interrupted before the first step; nothing was written")
            return INTERRUPTED
        frames = [] if result.status == "interrupted" else animating.replay(scenario, request)
        drawings = {FIGURE: lambda: draw(result)}
        if animating.has_paths(frames):
            drawings[animating.TRAJECTORIES] = lambda: animating.draw_trajectories(frames, scenario, request)
        folder = _save(result, destination, drawings)
        animation = animating.animate(frames, scenario, request) if frames else None
    network = "" if quiet else _describe_network(scenario, request)
    if json:
        write_json(summary(result, folder) | ({"animation": str(animation)} if animation else {}))
        if "disconnected" in network:
            note(f"note: network {network}")
    elif not quiet:
        _write_summary(result, scenario, network)
        write_facts([("tables", str(folder)), *([("animation", str(animation))] if animation else [])])
    if not json:
        print(folder / FIGURE if (folder / FIGURE).exists() else folder)
    for remark in animating.remarks(scenario, frames, request):
        note(remark)
    return _say_interrupted(request, result, folder) if result.status == "interrupted" else 0


@contextmanager
def _one_interrupt() -> Iterator[None]:
    """Let the first Ctrl-C interrupt and ignore further ones: they would lose what is being saved."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _run(scenario: Scenario, request: Request, *, bar: bool) -> Result:
    """Run the scenario under a progress bar."""
    partial = None if request.resume is None else Result.load(request.resume)
    options: dict[str, Any] = {"threads": request.threads, "record": request.record, "resume": partial}
    with progress_bar(bar, work_unit(scenario)) as progress:
        result = run(scenario, progress=progress, time_limit=request.time_limit, **request.runs(), **options)
    if request.stream is None:
        return result
    figure = result.manifest.figure | {"highlight": request.runs()["first_replication"]}
    return replace(result, manifest=replace(result.manifest, stream_key=request.stream, figure=figure))


def _save(result: Result, destination: Path, drawings: dict[str, Callable[[], bytes]]) -> Path:
    """Write the result and its figures; a figure that cannot be drawn costs nobody the result."""
    for name, drawing in drawings.items():
        try:
            result = replace(result, files={**result.files, name: drawing()})
        except Exception as error:
            note(f"no {Path(name).stem}: {error}")
    return result.save(destination)


def draw(result: Result) -> bytes:
    """Return the default figure of a result as the content of a PNG file.

    Raises
    ------
    ResultError
        If what the scenario wants to be drawn was not recorded.
    """
    from socialsim.plotting.figures import UNDATED, result_figure
    from socialsim.plotting.style import styled

    content = BytesIO()
    figure = result_figure(_with_fitting_hints(result))
    with styled():
        figure.savefig(content, format="png", metadata=UNDATED["png"])
    return content.getvalue()


def _with_fitting_hints(result: Result) -> Result:
    """Return the result without hints at columns that it lacks: the environment names those of its usual learner."""
    hints = dict(result.manifest.figure)
    for table in ("series", "agent"):
        if table in result.tables and hints.get(table) not in result.tables[table]:
            for hint in (table, f"{table}_label"):
                hints.pop(hint, None)
    return replace(result, manifest=replace(result.manifest, figure=hints))


def summary(result: Result, folder: Path) -> dict[str, Any]:
    """Return the object that ``socialsim run --json`` prints.

    Examples
    --------
    >>> from socialsim.environments.epistemic import small
    >>> printed = summary(run(small(), replications=5), Path("results/small"))
    >>> list(printed)
    ['scenario', 'parameters', 'seed', 'num_runs', 'steps', 'metrics', 'seconds', 'out']
    >>> list(printed["metrics"]["success_rate"])
    ['value', 'low', 'high', 'num_runs', 'reason']
    """
    return {
        "scenario": result.scenario,
        "parameters": result.parameters,
        "seed": result.seed,
        "num_runs": result.num_runs,
        "steps": int(result.runs.steps.sum()),
        "metrics": {name: estimate.to_json() for name, estimate in result.metrics.items()},
        "seconds": result.manifest.timings["run"],
        "out": str(folder),
    }


def _write_summary(result: Result, scenario: Scenario, network: str) -> None:
    """Write what was run, how it ended, and the metrics with their intervals."""
    runs = f"{result.num_runs:,} run{'s' * (result.num_runs != 1)}, seed {result.seed}"
    write_title(f"{result.scenario}: {runs}{', interrupted' * (result.status == 'interrupted')}")
    write_facts([*_composition(scenario), ("network", network), *_outcome(result, work_unit(scenario))])
    meanings = {metric.__name__: first_line(metric) for metric in scenario.metrics}
    rows = [
        (name, str(estimate), f"{estimate.num_runs:,}", meanings.get(name, ""))
        for name, estimate in result.metrics.items()
    ]
    if rows:
        levels = {estimate.method.rpartition(", ")[2] for estimate in result.metrics.values()}
        level = f"{levels.pop()} " if len(levels) == 1 else ""  # "95% ", from "Wilson, 95%"
        write_table(("metric", f"estimate [{level}interval]", "runs", "what it is"), rows)


def _composition(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Give the environment and the learners with their parameters."""
    yield "environment", _settings(scenario.environment)
    for agent_type, learner in scenario.learners.items():
        name = "learner" if len(scenario.learners) == 1 else f"learner.{agent_type}"
        yield name, ": ".join(filter(None, (learner.name(), _settings(learner))))


def _settings(owner: Parameters) -> str:
    """Return parameters in words."""
    return ", ".join(f"{name} = {as_toml(value)}" for name, value in owner)


def as_toml(value: Any) -> str:
    """Return a value as ``-p`` takes it; a string stands without quotes.

    Examples
    --------
    >>> as_toml((0.9, 0.6)), as_toml(True), as_toml(None)
    ('[0.9, 0.6]', 'true', 'off')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    return "off" if value is None else str(value)


def _outcome(result: Result, unit: str) -> Iterator[tuple[str, str]]:
    """Give how the runs ended and how long they took."""
    yield "ended", ", ".join(f"{count:,} {STOPS.get(stop, stop)}" for stop, count in result.manifest.stops.items())
    names, counts = result.manifest.figure.get("verdicts", {}), result.runs.verdict.value_counts()
    told = [f"{counts[int(verdict)]:,} {name}" for verdict, name in names.items() if int(verdict) in counts]
    if told:
        yield "outcome", ", ".join(told)
    steps, timings = int(result.runs.steps.sum()), result.manifest.timings
    speed = f"{number(timings['agent_steps_per_second'])} {unit} a second"
    yield "took", f"{seconds(timings['run'])}: {number(steps)} steps, {speed}"


def work_unit(scenario: Scenario) -> str:
    """Return in what the engine counts its work.

    Examples
    --------
    >>> from socialsim.environments import epistemic, opinions
    >>> work_unit(epistemic.small()), work_unit(opinions.small())
    ('agent-steps', 'events')
    """
    return "events" if scenario.environment.loop == "events" else "agent-steps"


def _describe_network(scenario: Scenario, request: Request) -> str:
    """Return the network in one line; where each run draws its own, the first one's."""
    runs = request.runs()
    first = np.array([runs.get("first_replication", 0)])
    network = draw_networks(scenario, runs["seed"], first, runs.get("point_words", ()))[0]
    each = ""
    if scenario.network.is_random:
        each = " (one draw for all runs)" if scenario.shared_network else f" (run {first[0]}; each run draws its own)"
    return network.describe() + each


def _say_interrupted(request: Request, result: Result, folder: Path) -> int:
    """Say what was reached and how to go on; return the exit code."""
    ended = result.num_runs - result.manifest.stops.get("interrupted", 0)
    stopped = request.time_limit is not None and result.manifest.timings["run"] >= request.time_limit
    asked = request.runs()["replications"]
    note(f"{'time limit' if stopped else 'interrupted'}: {ended:,} of {asked:,} runs came to their end")
    note(f"to go on: {request.command(resume=folder)}")
    return 0 if stopped else INTERRUPTED
