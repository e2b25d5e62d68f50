"""Reading a study, finished or under way: its runs, its time courses, its estimates and what went wrong."""

from __future__ import annotations

import itertools
import json
import math
import os
import sqlite3
import tomllib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from socialsim.core.errors import ParameterError, ResultError, unknown
from socialsim.core.estimate import Estimate
from socialsim.core.manifest import Manifest, strict
from socialsim.core.result import Result
from socialsim.core.tables import Tables, validate
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.engine.scenario import Metric, Scenario
from socialsim.studies.storage.identity import read_configuration
from socialsim.studies.storage.store import DONE, FAILURES, LEDGER, OUTCOME, PARTS, STUDY_FILE, connect

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

STATUS = f"""
SELECT (SELECT coalesce(sum(replications), 0) FROM point),
       (SELECT coalesce(sum(max(0, min(first + count, start + replications) - max(first, start))), 0)
        FROM batch JOIN point ON point = id),
       {", ".join(["coalesce(sum(count) FILTER (WHERE status = ?), 0)"] * 4)} FROM batch
"""


@dataclass(frozen=True)
class Status:
    """How many runs of a study are in which state.

    Examples
    --------
    >>> status = Status(num_runs=10, num_done=7, num_failed=1, num_crashed=0, num_timed_out=0)
    >>> status.num_waiting, status.is_complete
    (2, False)
    """

    num_runs: int
    num_done: int
    num_failed: int
    num_crashed: int
    num_timed_out: int

    @property
    def num_unsuccessful(self) -> int:
        """Runs that failed, crashed or timed out."""
        return self.num_failed + self.num_crashed + self.num_timed_out

    @property
    def num_waiting(self) -> int:
        """Runs without an outcome."""
        return self.num_runs - self.num_done - self.num_unsuccessful

    @property
    def is_complete(self) -> bool:
        """Whether all runs are done."""
        return self.num_done == self.num_runs


class Study:
    """A study's folder, read: always possible, while another process works on it too.

    Parameters
    ----------
    folder : Path
        Of a study; `open` makes sure that it is one.

    Examples
    --------
    >>> import tempfile
    >>> from socialsim.studies.design.points import Point
    >>> from socialsim.studies.storage.store import Store
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     with Store(f"{parent}/a", {"scenario": "epistemic", "seed": 1}) as store:
    ...         store.enter({Point("0" * 64, (), {"environment.effect": 0.01}): 3})
    ...     Study.open(f"{parent}/a").status().num_waiting
    3
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Study:
        """Return the study of a folder.

        Raises
        ------
        ResultError
            If the folder is no study.
        """
        folder = Path(os.path.realpath(path))
        read_configuration(folder)
        if not (folder / LEDGER).is_file():
            raise ResultError(f"{folder} is no study: it has no {LEDGER}")
        return cls(folder)

    @property
    def configuration(self) -> dict[str, Any]:
        """What the study is: scenario, seed, recording, versions, provenance."""
        return read_configuration(self.folder)

    def status(self) -> Status:
        """Return how many runs are done, failed and waiting."""
        ((num_asked, num_within, *counts),) = self._rows(STATUS, (DONE, *FAILURES))  # one query sees one moment
        not_asked = sum(counts) - num_within  # of a study that has become smaller, or of another slice
        return Status(num_asked + not_asked, *counts)

    def points(self) -> pd.DataFrame:
        """Return the points: one row a key, one column a path, in the order in which they were entered.

        Where a point leaves a parameter out that others set, it has the scenario's value.
        """
        import pandas as pd

        rows = self._rows("SELECT key, given FROM point ORDER BY id")
        index = pd.Index([key for key, _ in rows], name="point")
        values = [json.loads(given) for _, given in rows]
        paths = dict.fromkeys(path for given in values for path in given)
        if any(len(given) < len(paths) for given in values):
            defaults = self._scenario().parameters()
            values = [{path: given.get(path, strict(defaults.get(path))) for path in paths} for given in values]
        return pd.DataFrame.from_records(values, index=index, columns=list(paths))

    def metric_names(self) -> list[str]:
        """Return the names of the scenario's metrics."""
        return [metric.__name__ for metric in self._scenario().metrics]

    def columns(self, table: str) -> list[str]:
        """Return the columns of the table `run` or `series` beside point and replication."""
        import pyarrow.parquet as pq

        files = [self.folder / PARTS / file for (file,) in self._rows("SELECT file FROM part WHERE name = ?", (table,))]
        names = dict.fromkeys(name for file in files[:1] + files[-1:] for name in pq.read_schema(file).names)
        return [name for name in names if name not in ("point", "replication")]

    def has_common_random_numbers(self) -> bool:
        """Tell whether equal replications of all points draw from the same streams."""
        return not self._rows("SELECT 1 FROM point WHERE words != '[]' LIMIT 1")

    def runs(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the runs that have an outcome: one row a run.

        Parameters
        ----------
        columns : sequence of str, optional
            Columns of the table `run`; by default all.

        Returns
        -------
        DataFrame
            Key of the point, its values by path, replication, status, then the table's columns; these are missing
            where a run is not done.
        """
        import pandas as pd

        done = self._table("run", columns)
        done.insert(2, "status", DONE)
        rows = self._rows("SELECT key, first, status FROM batch JOIN point ON point = id WHERE status != ?", (DONE,))
        if rows:
            others = pd.DataFrame(rows, columns=["point", "replication", "status"])
            done = pd.concat([done.astype({"point": object}), others], ignore_index=True)
        return self._with_values(done)

    def series(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the time courses: one row a step of a run, behind key, values and replication.

        Raises
        ------
        ResultError
            If the study records none.
        """
        if self.configuration.get("record_every") is None:
            raise ResultError("the study keeps no time courses; they come with `series = true` in [record]")
        return self._with_values(self._table("series", None if columns is None else ["step", *columns]))

    def to_xarray(self) -> Any:
        """Return the runs and their time courses as an ``xarray.Dataset``: see `socialsim.studies.tables.to_xarray`."""
        from socialsim.studies.tables import to_xarray

        return to_xarray(self)

    def to_polars(self) -> Any:
        """Return ``runs()`` as a ``polars.DataFrame``: see `socialsim.studies.tables.to_polars`."""
        from socialsim.studies.tables import to_polars

        return to_polars(self)

    def failures(self) -> pd.DataFrame:
        """Return the runs that failed, crashed or timed out: values, replication, status, seed, error, traceback and
        the command that replays the run.
        """
        import pandas as pd

        names = ["point", "replication", "status", "error", "traceback", "command"]
        query = "SELECT key, first, status, error, traceback, command FROM batch JOIN point ON point = id "
        frame = pd.DataFrame(self._rows(query + "WHERE status != ?", (DONE,)), columns=names)
        frame.insert(3, "seed", self.configuration["seed"])
        return self._with_values(frame)

    def summary(
        self, metrics: Sequence[str] | None = None, replications: Mapping[str, int] | None = None
    ) -> pd.DataFrame:
        """Return the estimates: one row a point and metric.

        Parameters
        ----------
        metrics : sequence of str, optional
            Names of metrics of the scenario; by default those that the study file names, or all.
        replications : mapping of str to int, optional
            Key of a point -> how many of its replications count, the first ones; points that are not in it do not. By
            default all that are done.

        Returns
        -------
        DataFrame
            Key of the point, its values by path, metric, value, low, high, num_runs, reason why it is undefined, and
            method, how the interval was made.

        Raises
        ------
        ParameterError
            If a metric is unknown.
        """
        import pandas as pd

        configuration = self.configuration
        chosen = self._metrics(metrics)
        runs = self._table("run", None)
        if replications is not None:
            runs = runs[runs.replication < runs.point.map(replications).astype(float).fillna(0)]
        own = {name: name.removeprefix(OUTCOME) for name in map(str, runs) if name.startswith(OUTCOME)}
        runs = runs.rename(columns={"replication": "run", **own})
        manifest = Manifest(configuration["scenario"], {}, seed=configuration["seed"], num_runs=0, commit="")
        rows = []
        for key, table in _of_points(runs):
            result = Result(replace(manifest, num_runs=len(table["run"])), table)
            for metric in chosen:
                estimate = _measure(metric, result)
                shown = (estimate.value, estimate.low, estimate.high, estimate.num_runs, estimate.reason)
                rows.append((key, metric.__name__, *shown, estimate.method))
        if replications is None:
            reached = set(runs.point)
            lacking = [key for key in self.points().index if key not in reached]
            nothing = (math.nan, math.nan, math.nan, 0, "no run came to its end", "")
            rows += [(key, metric.__name__, *nothing) for key in lacking for metric in chosen]
        names = ["point", "metric", "value", "low", "high", "num_runs", "reason", "method"]
        return self._with_values(pd.DataFrame(rows, columns=names), sort=[])

    def _scenario(self) -> Scenario:
        return make_scenario(find_module(self.configuration["scenario"]))

    def _metrics(self, names: Sequence[str] | None) -> list[Metric]:
        """Return metrics of the scenario by name."""
        metrics = {metric.__name__: metric for metric in self._scenario().metrics}
        if names is None and (self.folder / STUDY_FILE).is_file():
            names = tomllib.loads((self.folder / STUDY_FILE).read_text(encoding="utf-8")).get("metrics")
        for name in names or ():
            if name not in metrics:
                raise ParameterError(f"metrics: {unknown('metric', name, metrics)}")
        return list(metrics.values()) if names is None else [metrics[name] for name in names]

    def digest(self) -> str:
        """Return the SHA-256 of all tables, rows in the order of keys and replications: equal for equal results,
        however they were computed. Timings and machine are no part of it.
        """
        import hashlib

        import pandas as pd

        digest = hashlib.sha256()
        for name in ("run", "series"):
            table = self._table(name, None)
            table = table.astype({"point": object}).sort_values(["point", "replication"], kind="stable")
            table = table[sorted(map(str, table))]
            digest.update(f"{name} {list(table)} {len(table)}".encode())
            digest.update(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes())
        return digest.hexdigest()

    # --- reading -----------------------------------------------------------------------------------------------------

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            with closing(connect(self.folder)) as ledger:
                return ledger.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            reason = "it is only just being begun" if "no such table" in str(error) else error
            raise ResultError(f"{self.folder}: the ledger cannot be read: {reason}") from None

    def _table(self, name: str, columns: Sequence[str] | None) -> pd.DataFrame:
        """Return one table of all parts in the ledger, points in the order in which they were entered."""
        import pandas as pd
        import pyarrow as pa

        tables = list(self._parts(name, columns))
        keys = [key for (key,) in self._rows("SELECT key FROM point ORDER BY id")]
        if not tables:
            return pd.DataFrame({"point": pd.Categorical([], keys), "replication": pd.Series([], dtype="int64")})
        frame = pa.concat_tables(tables, promote_options="permissive").to_pandas()
        for column in set(columns or ()) - set(frame):
            raise ResultError(f"the table {name!r} has no column {column!r}")
        frame["point"] = pd.Categorical(frame.point, categories=keys)
        return frame.sort_values(["point", "replication"], kind="stable", ignore_index=True)

    def _parts(self, name: str, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        """Yield the parts of a table; one that cannot be read is left out, and that is said."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        wanted = None if columns is None else ["point", "replication", *columns]
        for (file,) in self._rows("SELECT file FROM part WHERE name = ? ORDER BY id", (name,)):
            try:
                yield pq.ParquetFile(self.folder / PARTS / file, read_dictionary=["point"]).read(wanted)
            except (OSError, pa.ArrowException) as error:
                reason = str(error).partition("\n")[0]
                message = f"{self.folder}: the part {file} is left out ({reason}); run the study again to restore it"
                warnings.warn(message, stacklevel=5)

    def _with_values(self, frame: pd.DataFrame, sort: Sequence[str] = ("replication",)) -> pd.DataFrame:
        """Put the values of its point behind each row's key, points in the order in which they were entered."""
        import pandas as pd

        points = self.points()
        key = pd.Series(pd.Categorical(frame.point, categories=points.index), name="point")
        values = points.take(key.cat.codes.to_numpy()).reset_index(drop=True)
        whole = pd.concat([key, values, frame.drop(columns="point").reset_index(drop=True)], axis=1)
        return whole.sort_values(["point", *sort], kind="stable", ignore_index=True)


def _measure(metric: Metric, result: Result) -> Estimate:
    """Return a metric, undefined where it fails."""
    try:
        return metric(result)
    except Exception as error:
        return Estimate.undefined(f"{metric.__name__} failed: {type(error).__name__}: {error}", result.num_runs)


def _of_points(runs: pd.DataFrame) -> Iterator[tuple[str, Tables]]:
    """Yield the key of each point with its runs, which are sorted by point."""
    has_gaps = runs.isna().to_numpy().any()  # columns of other points
    columns = runs.drop(columns="point")
    whole = columns if has_gaps or runs.empty else validate("run", columns)
    bounds = np.flatnonzero(np.diff(runs.point.cat.codes.to_numpy(), prepend=-1, append=-1))
    for first, stop in itertools.pairwise(bounds.tolist()):
        ours = whole.iloc[first:stop].reset_index(drop=True)
        tables = Tables({"run": ours}) if has_gaps else Tables.of_valid(run=ours)
        yield runs.point.iloc[first], tables
