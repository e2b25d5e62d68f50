"""The result of a scenario: its manifest, its metrics and its tables, in memory or in a folder.

A folder holds `manifest.json`, one Parquet file a table, and perhaps further files (the checkpoint of an interrupted
run). It appears whole or not at all (see `socialsim.core.folder`), and loading checks every file against the manifest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from socialsim.core.errors import ResultError, unknown
from socialsim.core.estimate import Estimate
from socialsim.core.folder import check_files, sha256, write_folder
from socialsim.core.manifest import Manifest
from socialsim.core.tables import TABLES, Tables

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """What came out of a scenario: a manifest and tables.

    Parameters
    ----------
    manifest : Manifest
        What was run, and its metrics.
    tables : Tables or mapping
        Name -> table (DataFrame or mapping of columns), or a function that returns one, called when the table is
        first asked for.
    files : mapping of str to bytes
        Further files beside the tables, name -> content: a figure, the checkpoint of an interrupted run.

    Examples
    --------
    >>> manifest = Manifest("voter", {}, seed=1, num_runs=2, metrics={"steps": Estimate(5.0, 3.0, 7.0, 2)})
    >>> result = Result(manifest, {"series": {"run": [0, 1], "step": [0, 0], "share": [0.25, 0.75]}})
    >>> result
    <Result of voter: 2 runs, complete; tables: series>
    >>> float(result.series.share.mean())
    0.5
    >>> print(result.summary().value.steps)
    5.0
    """

    manifest: Manifest
    tables: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.tables, Tables):
            object.__setattr__(self, "tables", Tables(self.tables))

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return self.manifest.scenario

    @property
    def parameters(self) -> dict[str, Any]:
        """Every resolved parameter, path -> value."""
        return self.manifest.parameters

    @property
    def seed(self) -> int:
        """Seed of all random streams."""
        return self.manifest.seed

    @property
    def num_runs(self) -> int:
        """Number of replications."""
        return self.manifest.num_runs

    @property
    def status(self) -> str:
        """Whether all runs came to their end: "complete" or "interrupted"."""
        return self.manifest.status

    @property
    def metrics(self) -> dict[str, Estimate]:
        """The estimates, by name."""
        return self.manifest.metrics

    @property
    def runs(self) -> pd.DataFrame:
        """The table `run`, one row a run; ResultError if it was not recorded."""
        return self.table("run")

    @property
    def agents(self) -> pd.DataFrame:
        """The table `agent`, one row an agent at the end of a run; ResultError if it was not recorded."""
        return self.table("agent")

    @property
    def edges(self) -> pd.DataFrame:
        """The table `edge`, one row a directed edge; ResultError if it was not recorded."""
        return self.table("edge")

    @property
    def series(self) -> pd.DataFrame:
        """The table `series`, one row a step of a run and one column a metric; ResultError if it was not recorded."""
        return self.table("series")

    def table(self, name: str) -> pd.DataFrame:
        """Return a table by name.

        Raises
        ------
        ResultError
            If there is no such table, or it was not recorded: the message names what one asks for to get it.

        Examples
        --------
        >>> Result(Manifest("voter", {}, seed=1, num_runs=1)).table("act")
        Traceback (most recent call last):
        ...
        socialsim.core.errors.ResultError: the table 'act' was not recorded; it comes with record="events"
        """
        if name not in TABLES:
            raise ResultError(unknown("result table", name, TABLES))
        if name not in self.tables:
            raise ResultError(f"the table {name!r} was not recorded; it comes with {TABLES[name].asked_by}")
        return self.tables[name]

    def summary(self) -> pd.DataFrame:
        """Return the metrics as a table: one row a metric with its value, interval, runs, method and reason.

        Examples
        --------
        >>> Result(Manifest("voter", {}, seed=1, num_runs=1)).summary().columns.tolist()
        ['value', 'low', 'high', 'num_runs', 'method', 'reason']
        """
        import pandas as pd

        columns = ["value", "low", "high", "num_runs", "method", "reason"]
        rows = [[getattr(estimate, column) for column in columns] for estimate in self.metrics.values()]
        return pd.DataFrame(rows, columns=columns, index=pd.Index(list(self.metrics), name="metric"))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the result to a folder, whole or not at all.

        Parameters
        ----------
        path : str or Path
            A folder that does not exist yet or is empty.

        Returns
        -------
        Path
            The folder, absolute.

        Raises
        ------
        ResultError
            If the folder holds something or cannot be written to, the disk is full, or a table does not conform.
            Nothing is left then.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as parent:
        ...     folder = Result(Manifest("voter", {}, seed=1, num_runs=1)).save(f"{parent}/voter")
        ...     Result.load(folder)
        <Result of voter: 1 run, complete; tables: none>
        """
        return write_folder(path, self._fill)

    def _fill(self, folder: Path) -> None:
        """Write the tables, the further files and, last, the manifest."""
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        for name, table in self.tables.items():
            _write_table(folder / f"{name}.parquet", table)
        manifest = replace(
            self.manifest,
            tables={name: len(table) for name, table in self.tables.items()},
            files={file.name: sha256(file) for file in sorted(folder.iterdir())},
        )
        (folder / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Result:
        """Read a result from its folder; each table is read when it is first asked for.

        Parameters
        ----------
        path : str or Path
            A folder that `save` wrote.

        Returns
        -------
        Result
            Its `status` says whether it was interrupted.

        Raises
        ------
        ResultError
            If the folder is no result, or a file is missing, unreadable or another than the one written.

        Examples
        --------
        >>> Result.load("/nowhere")
        Traceback (most recent call last):
        ...
        socialsim.core.errors.ResultError: /nowhere is no result: it has no readable manifest.json
        """
        folder = Path(path)
        try:
            text = (folder / MANIFEST).read_text(encoding="utf-8")
        except (OSError, ValueError):
            raise ResultError(f"{path} is no result: it has no readable {MANIFEST}") from None
        try:
            manifest = Manifest.from_json(text)
        except ResultError as error:
            raise ResultError(f"{folder / MANIFEST}: {error}") from None
        check_files(folder, manifest.files)
        tables = {name: _reader(folder / f"{name}.parquet") for name in manifest.tables}
        others = [name for name in manifest.files if not name.endswith(".parquet")]
        return cls(manifest, Tables(tables), {name: (folder / name).read_bytes() for name in others})

    def __repr__(self) -> str:
        runs = f"{self.num_runs} run{'s' * (self.num_runs != 1)}"
        return f"<Result of {self.scenario}: {runs}, {self.status}; tables: {', '.join(self.tables) or 'none'}>"


def _write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with open(path, "wb") as file:  # our own file: its errors reach us as they are, not through Arrow
        pq.write_table(pa.Table.from_pandas(table, preserve_index=False), file, compression="zstd")


def _reader(path: Path) -> Callable[[], pd.DataFrame]:
    """Return a function that reads a table."""

    def read() -> pd.DataFrame:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.read_table(path, partitioning=None).to_pandas()
        except (OSError, pa.ArrowException) as error:
            raise ResultError(f"cannot read the table {path}: {error}".splitlines()[0]) from None

    return read
