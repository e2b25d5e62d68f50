"""``socialsim study run``, ``resume`` and ``retry``: run what waits, show how far it is, and say what came out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from socialsim.cli.console import note, seconds, write_facts, write_json, write_title
from socialsim.core.errors import ParameterError
from socialsim.studies.files import StudyFile
from socialsim.studies.run import run_study
from socialsim.studies.storage.identity import STUDY
from socialsim.studies.storage.slices import WHOLE, Slice
from socialsim.studies.storage.store import STUDY_FILE
from socialsim.studies.study import Status, Study

if TYPE_CHECKING:
    import pandas as pd

DONE, FAILED, INTERRUPTED = 0, 3, 130
LINE_SECONDS = 10.0  # between two lines of progress where there is no terminal
MOST_ERRORS = 5


def locate(study: Path, out: Path | None) -> tuple[Path, Path]:
    """Return the study file and the study's folder.

    Parameters
    ----------
    study : Path
        A study file, or the folder of a study.
    out : Path or None
        The folder that was asked for; by default that of ``study``, or results/<name of the file>.

    Raises
    ------
    ParameterError
        If there is neither.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile(prefix="zollman", suffix=".toml") as file:
    ...     folder = locate(Path(file.name), None)[1]
    >>> folder.parent.name, folder.name[:7]
    ('results', 'zollman')
    """
    if study.is_dir():
        if not (study / STUDY_FILE).is_file():
            raise ParameterError(f"{study}: no study; accepted: a study file in TOML, or the folder of a study")
        return study / STUDY_FILE, out or study
    if not study.is_file():
        raise ParameterError(f"{study}: no such file; accepted: a study file in TOML, or the folder of a study")
    return study, out or Path("results") / study.stem


def run_command(
    study: Path,
    out: Path | None,
    executor: str,
    scheduler: str | None,
    processes: int | None,
    slice_: str | None,
    *,
    json: bool,
    begun: bool = False,
    retry: bool = False,
) -> int:
    """Do what ``socialsim study run`` does and return the exit code.

    Raises
    ------
    SocialsimError
        If the study is not accepted, or cannot be written.
    """
    path, folder = locate(study, out)
    share = WHOLE if slice_ is None else Slice.parse(slice_)
    if begun and not (share.folder(folder) / STUDY).is_file():
        raise ParameterError(f"{folder}: no study was begun there; accepted: `socialsim study run {study}`")
    file = StudyFile.read(path)
    begin, before = time.perf_counter(), _done(share.folder(folder))
    with _progress(shown=not json) as progress:
        found = run_study(
            file,
            folder,
            executor=executor,
            scheduler=scheduler,
            num_processes=processes,
            share=share,
            retry=retry,
            progress=progress,
        )
    status = found.status()
    code = INTERRUPTED if status.num_waiting else FAILED if status.num_unsuccessful else DONE
    if json:
        write_json({**asdict(status), "num_waiting": status.num_waiting, "out": str(folder)})
        return code
    _say(file, found, status, status.num_done - before, time.perf_counter() - begin)
    if status.num_waiting:
        note(f"interrupted; to go on: socialsim study resume {folder}")
    return code


def _done(folder: Path) -> int:
    """Return how many runs a study has, 0 where there is none yet."""
    return Study.open(folder).status().num_done if (folder / STUDY).is_file() else 0


def _say(file: StudyFile, study: Study, status: Status, num_new: int, duration: float) -> None:
    """Say what there is now."""
    if status.is_complete and not num_new:
        write_title(f"nothing to do: all {status.num_done:,} runs are done")
    else:
        took = f", {num_new:,} of them now in {seconds(duration)}" if num_new else ""
        write_title(f"{file.scenario}: {status.num_done:,} of {status.num_runs:,} runs done{took}")
    if status.num_unsuccessful:
        write_facts(failure_facts(status, study.failures()))
        print(f"to run them again: socialsim study retry {study.folder}")
    following = [] if status.num_waiting else [("next", f"socialsim study report {study.folder}")]
    write_facts([("folder", str(study.folder)), *following])


def failure_facts(status: Status, failures: pd.DataFrame) -> list[tuple[str, str]]:
    """Return what went wrong: counts, then each kind of error with the command that replays one run of it."""
    counts = {"failed": status.num_failed, "crashed": status.num_crashed, "timed out": status.num_timed_out}
    facts = [(name, f"{count:,}") for name, count in counts.items() if count]
    kinds = failures.groupby("error", sort=False)
    for error, ours in list(kinds)[:MOST_ERRORS]:
        facts.append((f"{len(ours):,} x", str(error)))
        facts.append(("replay", str(ours.command.iloc[0])))
    if kinds.ngroups > MOST_ERRORS:
        facts.append(("...", f"and {kinds.ngroups - MOST_ERRORS:,} other errors"))
    return facts


# --- progress -------------------------------------------------------------------------------------------------------


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[Status], None] | None]:
    """Show how far a study is: a bar on a terminal, a line now and then elsewhere."""
    if not shown:
        yield None
    elif sys.stderr.isatty():
        with _bar() as show:
            yield show
    else:
        yield _Lines()


class _Lines:
    """Progress in plain lines."""

    def __init__(self) -> None:
        self._clock = _Clock()
        self._written = time.monotonic()

    def __call__(self, status: Status) -> None:
        rate, left = self._clock.rate(status)
        if time.monotonic() - self._written >= LINE_SECONDS:
            self._written = time.monotonic()
            failed = f", {status.num_unsuccessful:,} failed" if status.num_unsuccessful else ""
            time_left = f", {seconds(left)} left" if rate else ""
            note(f"{status.num_done:,} of {status.num_runs:,} runs done{failed}, {rate:,.0f} a second{time_left}")


class _Clock:
    """The rate at which runs come to an outcome since progress was first told."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None

    def rate(self, status: Status) -> tuple[float, float]:
        """Return runs a second and the seconds left; 0 and 0 at first."""
        now, reached = time.monotonic(), status.num_runs - status.num_waiting
        if self._first is None:
            self._first = (now, reached)
        since, num_new = now - self._first[0], reached - self._first[1]
        rate = num_new / since if since > 0 else 0.0
        return rate, status.num_waiting / rate if rate else 0.0


@contextmanager
def _bar() -> Iterator[Callable[[Status], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    rest: tuple[Any, ...] = (TextColumn("elapsed"), TimeElapsedColumn(), TextColumn("{task.fields[rest]}"))
    with Progress(
        TextColumn("runs"), BarColumn(), MofNCompleteColumn(), *rest, console=Console(stderr=True), transient=True
    ) as bar:
        task, clock = bar.add_task("runs", total=None, rest="starting"), _Clock()

        def show(status: Status) -> None:
            rate, left = clock.rate(status)
            failed = f"  {status.num_unsuccessful:,} failed" if status.num_unsuccessful else ""
            words = f"left {seconds(left)}  {rate:,.0f} a second{failed}" if rate else f"starting{failed}"
            bar.update(task, completed=status.num_runs - status.num_waiting, total=status.num_runs, rest=words)

        yield show
