"""The tables of a study in other forms: xarray, polars, and files of CSV, Parquet and netCDF.

An xarray dataset has a dimension for each parameter that varies, if the points are all combinations of their values,
and one for the replications; otherwise a dimension `point`, along which the parameters are coordinates. Time courses
have `step` as a further dimension. What does not vary, and what the study is, are attributes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from socialsim.core.errors import ParameterError, ResultError, unknown
from socialsim.core.extras import require
from socialsim.core.manifest import strict
from socialsim.studies.storage.durable import write_file
from socialsim.studies.storage.store import DONE

if TYPE_CHECKING:
    import pandas as pd

    from socialsim.studies.study import Study

TABLES: Mapping[str, Callable[[Study], pd.DataFrame]] = MappingProxyType(
    {
        "runs": lambda study: study.runs(),
        "series": lambda study: study.series(),
        "summary": lambda study: study.summary(),
        "failures": lambda study: study.failures(),
    }
)
"""What can be exported, by name."""

FORMATS = (".csv", ".parquet", ".nc")


def to_xarray(study: Study) -> Any:
    """Return the runs that are done, and their time courses if there are any, as an ``xarray.Dataset``.

    Raises
    ------
    MissingExtraError
        If xarray is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from socialsim.studies.files import StudyFile
    >>> from socialsim.studies.run import run_study
    >>> factors = {"network.n": [4, 6], "environment.effect": [0.05, 0.1, 0.2]}
    >>> study_file = StudyFile(scenario="epistemic", replications=5, factors=factors)
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     dataset = to_xarray(run_study(study_file, f"{parent}/s", num_processes=1))
    >>> dict(dataset.sizes)
    {'network.n': 2, 'environment.effect': 3, 'replication': 5}
    >>> int(dataset.steps.sel({"network.n": 6, "environment.effect": 0.1}).count())
    5
    """
    require("xarray", "tables")
    points = study.points()
    varying = [str(path) for path in points if points[path].astype(str).nunique() > 1]
    is_grid = bool(varying) and len(points) == points[varying].astype(str).nunique().prod()
    runs = study.runs()
    dataset = _dataset(runs[runs.status == DONE].drop(columns="status"), points, varying, is_grid, ["replication"])
    if study.configuration.get("record_every") is not None:
        series = study.series()
        clashing = {name: f"series.{name}" for name in series if name in dataset.data_vars}
        courses = _dataset(series, points, varying, is_grid, ["replication", "step"])
        dataset = dataset.merge(courses.rename(clashing))
    constants = {path: _plain(points[path].iloc[0]) for path in points if path not in varying}
    return dataset.assign_attrs(constants | {"study": json.dumps(strict(study.configuration))})


def _dataset(frame: pd.DataFrame, points: pd.DataFrame, varying: list[str], is_grid: bool, inner: list[str]) -> Any:
    """Return a table with the parameters that vary, or the points, as dimensions before others."""
    names = [name for name in frame if name not in points and name not in ("point", *inner)]
    outer = varying if is_grid else ["point"]
    frame = frame.assign(point=frame.point.astype(str))
    dataset = frame.set_index([*outer, *inner])[names].to_xarray()
    dataset = dataset.reindex({name: list(dict.fromkeys(points[name] if is_grid else points.index)) for name in outer})
    return dataset if is_grid else dataset.assign_coords({path: ("point", points[path]) for path in varying})


def _plain(value: Any) -> Any:
    """Return a value as an attribute: a number or text."""
    value = strict(value)
    return value if isinstance(value, int | float | str) and not isinstance(value, bool) else json.dumps(value)


def to_polars(study: Study) -> Any:
    """Return ``study.runs()`` as a ``polars.DataFrame``.

    Raises
    ------
    MissingExtraError
        If polars is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from socialsim.studies.files import StudyFile
    >>> from socialsim.studies.run import run_study
    >>> study_file = StudyFile(scenario="epistemic", replications=5, factors={"network.n": [4, 6]})
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     frame = to_polars(run_study(study_file, f"{parent}/s", num_processes=1))
    >>> frame.shape[0], frame.group_by("network.n").len().sort("network.n").rows()
    (10, [(4, 5), (6, 5)])
    """
    polars = require("polars", "tables")
    import pyarrow as pa

    return polars.from_arrow(pa.Table.from_pandas(study.runs(), preserve_index=False))


def export(study: Study, path: str | os.PathLike[str], table: str = "runs") -> Path:
    """Write a table of a study to a file, whole or not at all, and return its path.

    Parameters
    ----------
    study : Study
    path : str or Path
        Its suffix says in which form: .csv, .parquet, or .nc: netCDF of runs and time courses (extra `tables`);
        an integer beyond 32 bits becomes a floating-point number there.
    table : {"runs", "series", "summary", "failures"}

    Raises
    ------
    ParameterError
        If the table or the suffix is not accepted.
    ResultError
        If the file cannot be written.

    Examples
    --------
    >>> from socialsim.studies.study import Study
    >>> export(Study(Path("zollman")), "zollman.xls")
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ParameterError: zollman.xls: its suffix is not accepted; accepted: .csv, .parquet, .nc
    """
    target = Path(path)
    if table not in TABLES:
        raise ParameterError(unknown("table", table, TABLES))
    if target.suffix not in FORMATS:
        raise ParameterError(f"{target}: its suffix is not accepted; accepted: {', '.join(FORMATS)}")
    if target.suffix == ".nc" and table != "runs":
        raise ParameterError(f"{target}: netCDF is not accepted for {table}; accepted: .csv, .parquet")
    content = _content(study, target.suffix, table)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_file(target, content)
    except OSError as error:
        raise ResultError(f"cannot write {target}: {error.strerror or error}") from None
    return target


def _content(study: Study, suffix: str, table: str) -> Any:
    """Return what a file holds."""
    if suffix == ".nc":
        dataset = to_xarray(study)
        plain = {name: (dataset[name].dims, _narrow(dataset[name].values)) for name in dataset.variables}
        attributes = {name: float(value) if _is_wide(value) else value for name, value in dataset.attrs.items()}
        return bytes(dataset.assign(plain).assign_attrs(attributes).to_netcdf(engine="scipy"))
    frame = TABLES[table](study)
    if suffix == ".csv":
        return frame.to_csv(index=False).encode()
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False)


def _narrow(values: Any) -> Any:
    """Return an array in the types of netCDF: text for objects, floats for integers of more than 32 bits."""
    if values.dtype == object:
        return values.astype(str)
    is_integer = values.dtype.kind in "iu" and values.size > 0
    is_wide = is_integer and (_is_wide(int(values.min())) or _is_wide(int(values.max())))
    return values.astype(float) if is_wide else values


def _is_wide(value: Any) -> bool:
    """Tell whether a value is an integer beyond 32 bits, the most that netCDF (classic) has."""
    return isinstance(value, int) and not -(2**31) <= value < 2**31
