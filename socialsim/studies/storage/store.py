"""The store of a study: a folder that survives whatever kills the process that writes it.

    study.json       what the study is: scenario, seed, recording, versions, machine
    study.toml       the study file
    ledger.sqlite    points, batches of runs with their status, and the list of parts
    parts/           Parquet files of the tables `run` and `series`, a few dozen runs each
    lock.sqlite      held by the process that works on the study
    slices/          the same again for each slice of the study, see `socialsim.studies.storage.slices`

A part is written under a temporary name, forced to the disk and renamed; then one transaction enters it and its runs
in the ledger (SQLite, write-ahead log). Readers take the list of parts from the ledger alone, so that at every moment a
run is either wholly there or not at all. Only the process that holds the lock writes; reading is always possible. A run
that is asked for and has no batch in the ledger waits.
"""

from __future__ import annotations

import json
import os
import sqlite3
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from socialsim.core.errors import ParameterError, ResultError
from socialsim.core.manifest import now, strict
from socialsim.engine.recording import Columns
from socialsim.studies.design.points import Point
from socialsim.studies.storage.durable import is_whole, write_file, writing
from socialsim.studies.storage.identity import STUDY, check_configuration, identity, provenance
from socialsim.studies.storage.slices import SLICES, WHOLE, Slice, gaps

LEDGER, LOCK, PARTS = "ledger.sqlite", "lock.sqlite", "parts"
STUDY_FILE = "study.toml"
DONE, FAILURES = "done", ("failed", "crashed", "timed out")
OUTCOME = "outcome."  # before a column of the scenario whose name a study needs for itself
SMALL_PART, LARGE_PART = 20, 100  # runs below which parts are joined, and parts that are joined at most
LOCK_SECONDS = 1.0  # readers hold the lock for a moment, to see whether it is taken
SCHEMA = """
CREATE TABLE IF NOT EXISTS point (
    id INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, words TEXT NOT NULL, given TEXT NOT NULL,
    start INTEGER NOT NULL, replications INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS part (
    id INTEGER NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL, num_rows INTEGER, sha256 TEXT, PRIMARY KEY (id, name));
CREATE TABLE IF NOT EXISTS batch (
    point INTEGER NOT NULL REFERENCES point, first INTEGER NOT NULL, count INTEGER NOT NULL, status TEXT NOT NULL,
    part INTEGER, seconds REAL, error TEXT, traceback TEXT, command TEXT, PRIMARY KEY (point, first)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS session (started TEXT, record TEXT);
CREATE TABLE IF NOT EXISTS finished (mark TEXT);
"""


@dataclass(frozen=True)
class Span:
    """Consecutive replications of one point.

    Examples
    --------
    >>> Span(Point("0" * 64, (), {}), first=20, count=3).replications
    range(20, 23)
    """

    point: Point
    first: int
    count: int

    @property
    def replications(self) -> range:
        """The numbers of the replications."""
        return range(self.first, self.first + self.count)


@dataclass(frozen=True)
class Batch:
    """Runs of one point that came to their end in one call.

    Parameters
    ----------
    span : Span
    tables : mapping of str to mapping of str to ndarray
        `run` and perhaps `series`: table -> column -> values.
    seconds : float
        What the call took.
    """

    span: Span
    tables: Mapping[str, Columns]
    seconds: float


class Store:
    """A study's folder, opened for writing.

    Parameters
    ----------
    folder : str or Path
        One that does not exist yet, is empty, or holds this very study.
    configuration : mapping of str to object
        What makes the study another one where it differs: scenario, seed, recording.
    share : Slice
        Which of the runs are run here; all of them by default.

    Raises
    ------
    ParameterError
        If the folder holds something else or another study, or another process works on it.
    ResultError
        If it cannot be read or written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent, Store(f"{parent}/a", {"scenario": "epistemic"}) as store:
    ...     asked = {Point("0" * 64, (), {}): 3}
    ...     store.enter(asked)
    ...     [(span.first, span.count) for span in store.waiting(asked)]
    [(0, 3)]
    """

    def __init__(self, folder: str | os.PathLike[str], configuration: Mapping[str, Any], share: Slice = WHOLE) -> None:
        self.folder, self.configuration, self.share = Path(os.path.realpath(folder)), dict(configuration), share
        self._check_folder()
        with writing(self.folder):
            (self.folder / PARTS).mkdir(parents=True, exist_ok=True)
        self._lock = self._take_lock()
        try:
            self._check_configuration(configuration)
            self.ledger = connect(self.folder)
            with writing(self.folder), self.ledger:
                self.ledger.executescript(
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; BEGIN;" + SCHEMA + "COMMIT;"
                )
            self._drop_damaged_parts()
        except BaseException:
            self._lock.close()
            raise
        self._session_is_listed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.ledger.close()
        self._lock.close()

    # --- opening ---------------------------------------------------------------------------------------------------

    def _check_folder(self) -> None:
        """Refuse a folder of something else; without `study.json` only what an interrupted start leaves is ours."""
        if self.folder.exists() and not self.folder.is_dir():
            raise ParameterError(f"{self.folder}: not a folder; accepted: a new folder or that of this study")
        if self.folder.is_dir() and not (self.folder / STUDY).exists():
            ours = (LEDGER, LOCK, PARTS, SLICES, f".{STUDY}")
            foreign = [path.name for path in self.folder.iterdir() if not path.name.startswith(ours)]
            if foreign:
                raise ParameterError(
                    f"{self.folder}: holds {foreign[0]!r} but no {STUDY}; accepted: a new folder or that of this study"
                )

    def _take_lock(self) -> sqlite3.Connection:
        """Hold a transaction that excludes others until this process ends, however it ends."""
        with writing(self.folder):
            lock = sqlite3.connect(self.folder / LOCK, timeout=LOCK_SECONDS, isolation_level=None)
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                lock.close()
                if "locked" not in str(error):
                    raise
                raise ParameterError(f"{self.folder}: another process is working on this study") from None
        return lock

    def _check_configuration(self, configuration: Mapping[str, Any]) -> None:
        """Write `study.json`, or make sure that the one that is there says the same."""
        if (self.folder / STUDY).exists():
            check_configuration(self.folder, configuration)
            return
        text = json.dumps(identity(configuration) | {"provenance": strict(provenance())}, indent=2, ensure_ascii=False)
        with writing(self.folder):
            write_file(self.folder / STUDY, f"{text}\n".encode())

    def _drop_damaged_parts(self) -> None:
        """Let the runs of a part that is not the file that was written wait again."""
        parts = self.ledger.execute("SELECT id, file, sha256 FROM part").fetchall()
        damaged = {number for number, file, digest in parts if not is_whole(self.folder / PARTS / file, digest)}
        for number in damaged:
            with self.ledger:
                self.ledger.execute("DELETE FROM finished")
                (lost,) = self.ledger.execute("SELECT sum(count) FROM batch WHERE part = ?", (number,)).fetchone()
                self.ledger.execute("DELETE FROM batch WHERE part = ?", (number,))
                self.ledger.execute("DELETE FROM part WHERE id = ?", (number,))
            warnings.warn(f"{self.folder}: part {number} is damaged; its {lost} runs are done again", stacklevel=4)
        listed = {file for _, file, _ in parts}
        unlisted = sorted(path.name for path in (self.folder / PARTS).iterdir() if path.name not in listed)
        if unlisted:
            message = f"{self.folder}: {len(unlisted)} files of an interrupted write are ignored, such as {unlisted[0]}"
            warnings.warn(message, stacklevel=4)

    # --- points and runs -------------------------------------------------------------------------------------------

    def enter(self, asked: Mapping[Point, int]) -> None:
        """List the points and how many replications of each are asked for; more may be added later.

        Raises
        ------
        ParameterError
            If the study has points that are not among them, or a point cannot be written down.
        """
        known = dict(self.ledger.execute("SELECT key, given FROM point"))
        missing = known.keys() - {point.key for point in asked}
        if missing:
            example = known[min(missing)]
            raise ParameterError(
                f"{self.folder}: holds another study: {len(missing)} of its {len(known)} points are not among the "
                f"{len(asked)} here, such as {example}; give another folder"
            )
        share = self.share.of(asked)
        rows = [(p.key, json.dumps(p.words), _as_json(p.values), r.start, len(r)) for p, r in share.items()]
        with writing(self.folder), self.ledger:
            self.ledger.executemany(
                "INSERT INTO point (key, words, given, start, replications) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (key) DO UPDATE SET start = excluded.start, replications = excluded.replications",
                rows,
            )
        self._id = dict(self.ledger.execute("SELECT key, id FROM point"))

    def keep(self, text: str) -> None:
        """Keep the study file beside the results."""
        path = self.folder / STUDY_FILE
        with writing(self.folder):
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                write_file(path, text.encode())

    def waiting(self, asked: Mapping[Point, int]) -> Iterator[Span]:
        """Yield the runs that have no outcome yet, point by point."""
        taken: dict[str, list[tuple[int, int]]] = {}
        for key, first, count in self.ledger.execute(
            "SELECT key, first, count FROM batch JOIN point ON point = id ORDER BY id, first"
        ):
            taken.setdefault(key, []).append((first, count))
        for point, runs in self.share.of(asked).items():
            yield from (Span(point, gap.start, len(gap)) for gap in gaps(runs, taken.get(point.key, ())))

    def forget_failures(self) -> None:
        """Let the runs that failed, crashed or timed out wait again."""
        with writing(self.folder), self.ledger:
            self.ledger.execute("DELETE FROM finished")
            self.ledger.execute("DELETE FROM batch WHERE status != ?", (DONE,))

    def finish(self, mark: str) -> None:
        """Note that nothing is left to do of what a mark stands for."""
        with writing(self.folder), self.ledger:
            self.ledger.execute("DELETE FROM finished")
            self.ledger.execute("INSERT INTO finished VALUES (?)", (mark,))

    def is_finished(self, mark: str) -> bool:
        """Tell whether nothing is left to do of what a mark stands for."""
        return self.ledger.execute("SELECT mark FROM finished").fetchall() == [(mark,)]

    # --- writing ---------------------------------------------------------------------------------------------------

    def add(self, batches: Sequence[Batch]) -> None:
        """Write batches as one part, and then enter them in the ledger.

        Raises
        ------
        ResultError
            If the disk is full or the folder cannot be written to; the study is as it was before.
        """
        (last,) = self.ledger.execute("SELECT coalesce(max(id), 0) FROM part").fetchone()
        number = last + 1
        with writing(self.folder):
            parts = []
            for name in dict.fromkeys(name for batch in batches for name in batch.tables):
                table = _table(
                    [(batch.span.point.key, batch.tables[name]) for batch in batches if name in batch.tables]
                )
                path = self.folder / PARTS / f"{name}-{number:06d}.parquet"
                parts.append((number, name, path.name, len(table), write_file(path, table)))
            with self.ledger:
                self._list_session()
                self.ledger.executemany("INSERT INTO part VALUES (?, ?, ?, ?, ?)", parts)
                self.ledger.executemany(
                    "INSERT INTO batch (point, first, count, status, part, seconds) VALUES (?, ?, ?, ?, ?, ?)",
                    [
                        (self._id[b.span.point.key], b.span.first, b.span.count, DONE, number, b.seconds)
                        for b in batches
                    ],
                )

    def compact(self) -> None:
        """Join small parts: long runs are written one by one, and would leave a file each."""
        query = "SELECT part, sum(count) FROM batch WHERE part IS NOT NULL GROUP BY part ORDER BY part"
        group: list[int] = []
        for number, num_runs in [*self.ledger.execute(query).fetchall(), (0, SMALL_PART)]:
            if num_runs < SMALL_PART and len(group) < LARGE_PART:
                group.append(number)
                continue
            if len(group) > 1:
                self._join(group)
            group = [number] if num_runs < SMALL_PART else []

    def _join(self, group: Sequence[int]) -> None:
        """Put one part in the place of several, which are deleted once the ledger knows it."""
        ((number,),) = self.ledger.execute("SELECT max(id) + 1 FROM part").fetchall()
        old: dict[str, list[Path]] = {}
        marks = ", ".join("?" * len(group))
        for name, file in self.ledger.execute(f"SELECT name, file FROM part WHERE id IN ({marks}) ORDER BY id", group):
            old.setdefault(name, []).append(self.folder / PARTS / file)
        with writing(self.folder):
            parts = []
            for name, files in old.items():
                table = pa.concat_tables(map(pq.read_table, files), promote_options="permissive").combine_chunks()
                path = self.folder / PARTS / f"{name}-{number:06d}.parquet"
                parts.append((number, name, path.name, len(table), write_file(path, table)))
            with self.ledger:
                self.ledger.executemany("INSERT INTO part VALUES (?, ?, ?, ?, ?)", parts)
                self.ledger.execute(f"UPDATE batch SET part = ? WHERE part IN ({marks})", (number, *group))
                self.ledger.execute(f"DELETE FROM part WHERE id IN ({marks})", group)
            for path in (path for files in old.values() for path in files):
                path.unlink()

    def add_failure(self, span: Span, status: str, error: str, trace: str, command: str) -> None:
        """Enter one run that did not come to its end: its status, one line, the traceback and how to replay it."""
        values = (self._id[span.point.key], span.first, 1, status, error, trace, command)
        columns = "point, first, count, status, error, traceback, command"
        with writing(self.folder), self.ledger:
            self._list_session()
            self.ledger.execute(f"INSERT INTO batch ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def _list_session(self) -> None:
        """Note with the first outcome which software and machine the outcomes from here on come from."""
        if not self._session_is_listed:
            self.ledger.execute("INSERT INTO session VALUES (?, ?)", (now(), json.dumps(strict(provenance()))))
            self._session_is_listed = True


def is_at_work(folder: Path) -> bool:
    """Tell whether a process is working on a study at this moment.

    Examples
    --------
    >>> is_at_work(Path("/nowhere"))
    False
    """
    try:
        with closing(sqlite3.connect(f"{(folder / LOCK).absolute().as_uri()}?mode=ro", timeout=0, uri=True)) as lock:
            lock.execute("SELECT * FROM sqlite_master").fetchall()
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    return False


def connect(folder: Path) -> sqlite3.Connection:
    """Return a connection to a study's ledger."""
    return sqlite3.connect(folder / LEDGER, timeout=60)


def own_name(column: str) -> str:
    """Return the name of a scenario's column in a study, where some names have another meaning.

    Examples
    --------
    >>> own_name("steps"), own_name("replication")
    ('steps', 'outcome.replication')
    """
    return f"{OUTCOME}{column}" if column in ("point", "replication", "status") else column


def _table(pieces: Sequence[tuple[str, Columns]]) -> pa.Table:
    """Return columns of several points one below the other; a column that a point lacks is null there."""
    tables = []
    for key, columns in pieces:
        others = {own_name(name): pa.array(values) for name, values in columns.items() if name != "run"}
        points = pa.array([key] * len(columns["run"]))
        tables.append(pa.table({"point": points, "replication": pa.array(columns["run"]), **others}))
    return pa.concat_tables(tables, promote_options="permissive").combine_chunks()


def _as_json(values: Mapping[str, Any]) -> str:
    """Return a point's values as JSON."""
    try:
        return json.dumps(strict(values), ensure_ascii=False, allow_nan=False)
    except ResultError as error:
        raise ParameterError(f"{error}; accepted: numbers, text and lists of them") from None
