"""Joining the slices of a study: outcomes that several computers have put into folders of their own come into one.

Each slice is taken over whole: first its Parquet parts appear in the study's folder under new numbers, linked where the
file system can and copied elsewhere; then one transaction enters them, their runs, the failures and where they come
from. Whatever is interrupted before that leaves nothing behind but files that no ledger lists.

What is there already is never doubled. Where only some runs of a part are new, they alone are written as a new part. A
run that is done replaces one that failed. So slices can be joined again, with more of them finished, and after
`socialsim study run` has done other runs meanwhile.
"""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from socialsim.core.errors import ParameterError
from socialsim.studies.files import StudyFile
from socialsim.studies.run import configuration, rounds
from socialsim.studies.storage.durable import link_file, sync_folder, write_file, writing
from socialsim.studies.storage.identity import STUDY, check_configuration
from socialsim.studies.storage.slices import Slice, gaps
from socialsim.studies.storage.store import DONE, PARTS, Store, is_at_work
from socialsim.studies.study import Study

MOST_NAMED = 10


def merge(file: StudyFile, folder: str | os.PathLike[str]) -> Study:
    """Join the slices of a study.

    Slices that are missing, incomplete or at work are named in a warning, and what there is of them is joined, unless
    they are at work: what is not there waits, and `socialsim.studies.run.run_study` does it.

    Parameters
    ----------
    file : StudyFile
        What the study is.
    folder : str or Path
        The study's folder, with slices in it.

    Returns
    -------
    Study
        The whole, as if it had been run in one piece.

    Raises
    ------
    ParameterError
        If there are no slices, one is of another study or version, or another process works on the study.
    ResultError
        If the folder cannot be written to; slices that were joined before are kept.

    Examples
    --------
    >>> import tempfile
    >>> study_file = StudyFile(scenario="epistemic", replications=5, factors={"network": ["cycle:n=4"]})
    >>> merge(study_file, "/nowhere")
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ParameterError: /nowhere: it has no slices; accepted: the folder of a study that ran in slices
    """
    study = Path(os.path.realpath(folder))
    found = [each for each in Slice.within(study) if (each.folder(study) / STUDY).is_file()]
    if not found:
        raise ParameterError(f"{study}: it has no slices; accepted: the folder of a study that ran in slices")
    ours = configuration(file)
    for each in found:
        check_configuration(each.folder(study), ours)
    asked = next(iter(rounds(file, study)))
    lacking = _missing(found)
    with Store(study, ours) as store:
        store.enter(asked)
        store.keep(file.text)
        for each in found:
            if is_at_work(each.folder(study)):
                lacking[each] = "is at work"
                continue
            with Store(each.folder(study), ours, each) as other:
                _take_over(store, other)
                if num_left := sum(span.count for span in other.waiting(asked)):
                    lacking[each] = f"lacks {num_left} runs"
    _name(study, lacking)
    return Study(study)


def _missing(found: list[Slice]) -> dict[Slice, str]:
    """Return the slices that are not there, of as many as those that are there say that there are."""
    every = (Slice(number, count) for count in {each.count for each in found} for number in range(1, count + 1))
    return dict.fromkeys(sorted(set(every) - set(found), key=lambda each: (each.count, each.number)), "is missing")


def _name(study: Path, lacking: Mapping[Slice, str]) -> None:
    """Name the slices that are not whole."""
    if lacking:
        lines = [f"slice {each} {what}" for each, what in lacking.items()]
        more = [f"and {len(lines) - MOST_NAMED} more"] if len(lines) > MOST_NAMED else []
        warnings.warn(f"{study}: {'; '.join(lines[:MOST_NAMED] + more)}; what is not there waits", stacklevel=3)


@dataclass(frozen=True)
class _Outcome:
    """A row of the table `batch`, with the key of its point."""

    key: str
    first: int
    count: int
    status: str
    part: int | None
    seconds: float | None
    error: str | None
    traceback: str | None
    command: str | None

    def cut(self, runs: range) -> _Outcome:
        """Return the outcome of some of the runs, with their share of the seconds."""
        seconds = None if self.seconds is None else self.seconds * len(runs) / self.count
        return replace(self, first=runs.start, count=len(runs), seconds=seconds)


def _take_over(store: Store, other: Store) -> None:
    """Enter the outcomes of another store that are not in this one, all or none."""
    _check_points(store, other)
    outcomes = _outcomes(other)
    new = list(_new(_outcomes(store), outcomes))
    (last,) = store.ledger.execute("SELECT coalesce(max(id), 0) FROM part").fetchone()
    parts: dict[int, list[_Outcome]] = {}
    for outcome in new:
        if outcome.part is not None:
            parts.setdefault(outcome.part, []).append(outcome)
    sizes = Counter[int | None]()
    for outcome in outcomes:
        sizes[outcome.part] += outcome.count
    rows, numbers = [], {}
    with writing(store.folder):
        for number, (part, pieces) in enumerate(parts.items(), last + 1):
            is_whole = sum(piece.count for piece in pieces) == sizes[part]
            rows += _bring(store, other, part, number, None if is_whole else pieces)
            numbers[part] = number
        sync_folder(store.folder / PARTS)
        _enter(store, other, rows, new, numbers)


def _check_points(store: Store, other: Store) -> None:
    """Refuse a slice with points that the study does not have, or with other streams at them."""
    ours = dict(store.ledger.execute("SELECT key, words FROM point"))
    theirs = other.ledger.execute("SELECT key, words, given FROM point").fetchall()
    strange = [given for key, words, given in theirs if ours.get(key) != words]
    if strange:
        raise ParameterError(
            f"{other.folder}: holds another study: {len(strange)} of its {len(theirs)} points are not among the "
            f"{len(ours)} here, such as {strange[0]}"
        )


def _outcomes(store: Store) -> list[_Outcome]:
    """Return all outcomes of a store, in the order of points and replications."""
    columns = "key, first, count, status, part, seconds, error, traceback, command"
    rows = store.ledger.execute(f"SELECT {columns} FROM batch JOIN point ON point = id ORDER BY id, first")
    return [_Outcome(*row) for row in rows]


def _new(ours: Iterable[_Outcome], theirs: Iterable[_Outcome]) -> Iterator[_Outcome]:
    """Yield what is new in their outcomes: all that is not done here, but a failure only where there is no outcome."""
    done: dict[str, list[tuple[int, int]]] = {}
    ended: dict[str, list[tuple[int, int]]] = {}
    for outcome in ours:
        for known in (done, ended) if outcome.status == DONE else (ended,):
            known.setdefault(outcome.key, []).append((outcome.first, outcome.count))
    for outcome in theirs:
        taken = (done if outcome.status == DONE else ended).get(outcome.key, ())
        yield from map(outcome.cut, gaps(range(outcome.first, outcome.first + outcome.count), taken))


def _bring(
    store: Store, other: Store, part: int, number: int, pieces: list[_Outcome] | None
) -> list[tuple[int, str, str, int, str]]:
    """Put the files of a part, or the rows of some of its runs, beside the store's own; return how to list them."""
    rows = []
    query = "SELECT name, file, num_rows, sha256 FROM part WHERE id = ?"
    for name, file, num_rows, digest in other.ledger.execute(query, (part,)).fetchall():
        source, path = other.folder / PARTS / file, store.folder / PARTS / f"{name}-{number:06d}.parquet"
        if pieces is None:
            link_file(source, path)
        else:
            table = _rows_of(source, pieces)
            num_rows, digest = len(table), write_file(path, table)
        rows.append((number, name, path.name, num_rows, digest))
    return rows


def _rows_of(source: Path, pieces: Iterable[_Outcome]) -> pa.Table:
    """Return the rows of some runs of a part."""
    table = pq.ParquetFile(source).read()
    point, replication = table["point"].to_numpy(), table["replication"].to_numpy()
    wanted = np.zeros(len(table), bool)
    for piece in pieces:
        is_of_run = (piece.first <= replication) & (replication < piece.first + piece.count)
        wanted |= (point == piece.key) & is_of_run
    return table.filter(pa.array(wanted))


def _enter(
    store: Store,
    other: Store,
    parts: Iterable[tuple[int, str, str, int, str]],
    new: Iterable[_Outcome],
    numbers: Mapping[int, int],
) -> None:
    """Enter parts, outcomes and where they come from in one transaction."""
    ids = dict(store.ledger.execute("SELECT key, id FROM point"))
    batches = []
    for each in new:
        part = None if each.part is None else numbers[each.part]
        why = (each.error, each.traceback, each.command)
        batches.append((ids[each.key], each.first, each.count, each.status, part, each.seconds, *why))
    sessions = other.ledger.execute("SELECT started, record FROM session").fetchall()
    with store.ledger as ledger:
        ledger.executemany(
            "DELETE FROM batch WHERE point = ? AND first >= ? AND first < ? + ? AND status != ?",
            [(point, first, first, count, DONE) for point, first, count, *_ in batches],
        )
        ledger.executemany("INSERT INTO part VALUES (?, ?, ?, ?, ?)", parts)
        ledger.executemany("INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", batches)
        ledger.executemany(
            "INSERT INTO session SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM session WHERE started = ? AND record = ?)",
            [session * 2 for session in sessions],
        )
