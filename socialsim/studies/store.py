"""The store of a study: a folder that survives whatever kills the process that writes it.

    study.json       what the study is: scenario, seed, recording, versions, machine
    ledger.sqlite    points, batches of runs with their status, and the list of parts
    parts/           Parquet files of the tables `run` and `series`, a few dozen runs each
    lock.sqlite      held by the process that works on the study

A part is written under a temporary name, forced to the disk and renamed; then one transaction enters it and its runs
in the ledger (SQLite, write-ahead log). Readers take the list of parts from the ledger alone, so that at every moment a
run is either wholly there or not at all. Only the process that holds the lock writes; reading is always possible. A run
without a batch in the ledger waits.
"""

from __future__ import annotations

import json
import os
import platform
import shlex
import sqlite3
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from socialsim.core.errors import ParameterError, ResultError
from socialsim.core.manifest import commit, machine, now, strict, versions
from socialsim.engine.recording import Columns, stream_key
from socialsim.studies.durable import is_whole, write_file, writing
from socialsim.studies.points import Point

FORMAT = 1
STUDY, LEDGER, LOCK, PARTS = "study.json", "ledger.sqlite", "lock.sqlite", "parts"
DONE, FAILURES = "done", ("failed", "crashed", "timed out")
DECISIVE = ("socialsim", "numpy", "numba", "scipy", "networkx")  # other versions may give other bits
SCHEMA = """
CREATE TABLE IF NOT EXISTS point (
    id INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, words TEXT NOT NULL, given TEXT NOT NULL, replications INTEGER);
CREATE TABLE IF NOT EXISTS part (
    id INTEGER NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL, num_rows INTEGER, sha256 TEXT, PRIMARY KEY (id, name));
CREATE TABLE IF NOT EXISTS batch (
    point INTEGER NOT NULL REFERENCES point, first INTEGER NOT NULL, count INTEGER NOT NULL, status TEXT NOT NULL,
    part INTEGER, seconds REAL, error TEXT, traceback TEXT, command TEXT, PRIMARY KEY (point, first)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS session (started TEXT, record TEXT);
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
    ...     store.enter([Point("0" * 64, (), {})], replications=3)
    ...     [(span.first, span.count) for span in store.waiting([Point("0" * 64, (), {})], 3)]
    [(0, 3)]
    """

    def __init__(self, folder: str | os.PathLike[str], configuration: Mapping[str, Any]) -> None:
        self.folder = Path(os.path.realpath(folder))
        self._check_folder()
        with writing(self.folder):
            (self.folder / PARTS).mkdir(parents=True, exist_ok=True)
        self._lock = self._take_lock()
        try:
            self._check_configuration(configuration)
            self._ledger = connect(self.folder)
            with writing(self.folder), self._ledger:
                self._ledger.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + SCHEMA)
            self._drop_damaged_parts()
        except BaseException:
            self._lock.close()
            raise
        self._session_is_listed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._ledger.close()
        self._lock.close()

    # --- opening ---------------------------------------------------------------------------------------------------

    def _check_folder(self) -> None:
        """Refuse a folder of something else; without `study.json` only what an interrupted start leaves is ours."""
        if self.folder.exists() and not self.folder.is_dir():
            raise ParameterError(f"{self.folder}: not a folder; accepted: a new folder or that of this study")
        if self.folder.is_dir() and not (self.folder / STUDY).exists():
            foreign = [
                p.name for p in self.folder.iterdir() if not p.name.startswith((LEDGER, LOCK, PARTS, f".{STUDY}"))
            ]
            if foreign:
                raise ParameterError(
                    f"{self.folder}: holds {foreign[0]!r} but no {STUDY}; accepted: a new folder or that of this study"
                )

    def _take_lock(self) -> sqlite3.Connection:
        """Hold a transaction that excludes others until this process ends, however it ends."""
        with writing(self.folder):
            lock = sqlite3.connect(self.folder / LOCK, timeout=0, isolation_level=None)
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
        mine = strict({"format": FORMAT, **configuration, "versions": {name: versions()[name] for name in DECISIVE}})
        if not (self.folder / STUDY).exists():
            text = json.dumps(mine | {"provenance": strict(provenance())}, indent=2, ensure_ascii=False) + "\n"
            with writing(self.folder):
                write_file(self.folder / STUDY, text.encode())
            return
        theirs = read_configuration(self.folder)
        differing = [name for name in mine if name != "versions" and mine[name] != theirs.get(name)]
        differences = [f"{name} is {theirs.get(name)!r} there and {mine[name]!r} here" for name in differing]
        there = theirs.get("versions", {})
        for name, version in mine["versions"].items():
            if there.get(name) != version:
                differences.append(f"{name} is of version {there.get(name)} there and {version} here")
        if differences:
            raise ParameterError(f"{self.folder}: holds another study: {'; '.join(differences)}; give another folder")

    def _drop_damaged_parts(self) -> None:
        """Let the runs of a part that is not the file that was written wait again."""
        parts = self._ledger.execute("SELECT id, file, sha256 FROM part").fetchall()
        damaged = {number for number, file, digest in parts if not is_whole(self.folder / PARTS / file, digest)}
        for number in damaged:
            with self._ledger:
                (lost,) = self._ledger.execute("SELECT sum(count) FROM batch WHERE part = ?", (number,)).fetchone()
                self._ledger.execute("DELETE FROM batch WHERE part = ?", (number,))
                self._ledger.execute("DELETE FROM part WHERE id = ?", (number,))
            warnings.warn(f"{self.folder}: part {number} is damaged; its {lost} runs are done again", stacklevel=4)
        listed = {file for _, file, _ in parts}
        unlisted = sorted(path.name for path in (self.folder / PARTS).iterdir() if path.name not in listed)
        if unlisted:
            message = f"{self.folder}: {len(unlisted)} files of an interrupted write are ignored, such as {unlisted[0]}"
            warnings.warn(message, stacklevel=4)

    # --- points and runs -------------------------------------------------------------------------------------------

    def enter(self, points: Sequence[Point], replications: int) -> None:
        """List the points and how many replications of each are asked for; more may be added later.

        Raises
        ------
        ParameterError
            If the study has points that are not among them, or a point cannot be written down.
        """
        known = dict(self._ledger.execute("SELECT key, given FROM point"))
        missing = known.keys() - {point.key for point in points}
        if missing:
            example = known[min(missing)]
            raise ParameterError(
                f"{self.folder}: holds another study: {len(missing)} of its {len(known)} points are not among the "
                f"{len(points)} here, such as {example}; give another folder"
            )
        rows = [(point.key, json.dumps(point.words), _as_json(point.values), replications) for point in points]
        with writing(self.folder), self._ledger:
            self._ledger.executemany(
                "INSERT INTO point (key, words, given, replications) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (key) DO UPDATE SET replications = max(replications, excluded.replications)",
                rows,
            )
        self._id = dict(self._ledger.execute("SELECT key, id FROM point"))

    def waiting(self, points: Iterable[Point], replications: int) -> Iterator[Span]:
        """Yield the runs that have no outcome yet, point by point."""
        taken: dict[int, list[tuple[int, int]]] = {}
        for point_id, first, count in self._ledger.execute(
            "SELECT point, first, count FROM batch ORDER BY point, first"
        ):
            taken.setdefault(point_id, []).append((first, count))
        for point in points:
            start = 0
            for first, count in (*taken.get(self._id[point.key], ()), (replications, 0)):
                if min(first, replications) > start:
                    yield Span(point, start, min(first, replications) - start)
                start = first + count

    def forget_failures(self) -> None:
        """Let the runs that failed, crashed or timed out wait again."""
        with writing(self.folder), self._ledger:
            self._ledger.execute("DELETE FROM batch WHERE status != ?", (DONE,))

    # --- writing ---------------------------------------------------------------------------------------------------

    def add(self, batches: Sequence[Batch]) -> None:
        """Write batches as one part, and then enter them in the ledger.

        Raises
        ------
        ResultError
            If the disk is full or the folder cannot be written to; the study is as it was before.
        """
        (last,) = self._ledger.execute("SELECT coalesce(max(id), 0) FROM part").fetchone()
        number = last + 1
        with writing(self.folder):
            parts = []
            for name in dict.fromkeys(name for batch in batches for name in batch.tables):
                table = _table(
                    [(batch.span.point.key, batch.tables[name]) for batch in batches if name in batch.tables]
                )
                path = self.folder / PARTS / f"{name}-{number:06d}.parquet"
                parts.append((number, name, path.name, len(table), write_file(path, table)))
            with self._ledger:
                self._list_session()
                self._ledger.executemany("INSERT INTO part VALUES (?, ?, ?, ?, ?)", parts)
                self._ledger.executemany(
                    "INSERT INTO batch (point, first, count, status, part, seconds) VALUES (?, ?, ?, ?, ?, ?)",
                    [
                        (self._id[b.span.point.key], b.span.first, b.span.count, DONE, number, b.seconds)
                        for b in batches
                    ],
                )

    def add_failure(self, span: Span, status: str, error: str, trace: str, command: str) -> None:
        """Enter one run that did not come to its end: its status, one line, the traceback and how to replay it."""
        values = (self._id[span.point.key], span.first, 1, status, error, trace, command)
        columns = "point, first, count, status, error, traceback, command"
        with writing(self.folder), self._ledger:
            self._list_session()
            self._ledger.execute(f"INSERT INTO batch ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def _list_session(self) -> None:
        """Note with the first outcome which software and machine the outcomes from here on come from."""
        if not self._session_is_listed:
            self._ledger.execute("INSERT INTO session VALUES (?, ?)", (now(), json.dumps(strict(provenance()))))
            self._session_is_listed = True


def provenance() -> dict[str, Any]:
    """Return versions, commit, machine and time.

    Examples
    --------
    >>> sorted(provenance())
    ['commit', 'created', 'host', 'machine', 'versions']
    """
    where = {"machine": machine(), "host": platform.node()}
    return {"created": now(), "versions": versions(), "commit": commit(), **where}


def replay_command(scenario: str, span: Span, seed: int) -> str:
    r"""Return the command that runs the first run of a span alone.

    Examples
    --------
    >>> replay_command("epistemic", Span(Point("ff", (255, 1), {"network": "cycle:n=4"}), 3, 1), seed=7)
    'socialsim run epistemic -p \'network="cycle:n=4"\' --stream 7:ff.1:3'
    """
    words = ["socialsim", "run", scenario]
    for path, value in span.point.values.items():
        words += ["-p", f"{path}={json.dumps(strict(value), ensure_ascii=False)}"]  # such JSON is TOML as well
    return shlex.join([*words, "--stream", stream_key(seed, span.point.words, span.first)])


def connect(folder: Path) -> sqlite3.Connection:
    """Return a connection to a study's ledger."""
    return sqlite3.connect(folder / LEDGER, timeout=60)


def read_configuration(folder: Path) -> dict[str, Any]:
    """Return what `study.json` says.

    Raises
    ------
    ResultError
        If the folder is no study.

    Examples
    --------
    >>> read_configuration(Path("/nowhere"))
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ResultError: /nowhere is no study: it has no readable study.json
    """
    try:
        return dict(json.loads((folder / STUDY).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise ResultError(f"{folder} is no study: it has no readable {STUDY}") from None


def _table(pieces: Sequence[tuple[str, Columns]]) -> pa.Table:
    """Return columns of several points one below the other; a column that a point lacks is null there."""
    tables = []
    for key, columns in pieces:
        others = {name: pa.array(values) for name, values in columns.items() if name != "run"}
        points = pa.array([key] * len(columns["run"]))
        tables.append(pa.table({"point": points, "replication": pa.array(columns["run"]), **others}))
    return pa.concat_tables(tables, promote_options="permissive").combine_chunks()


def _as_json(values: Mapping[str, Any]) -> str:
    """Return a point's values as JSON."""
    try:
        return json.dumps(strict(values), ensure_ascii=False, allow_nan=False)
    except ResultError as error:
        raise ParameterError(f"{error}; accepted: numbers, text and lists of them") from None
