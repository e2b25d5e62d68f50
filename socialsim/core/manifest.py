"""The manifest of a result: what was run, with which parameters, seeds and versions, where, and with what outcome.

It is the file `manifest.json` beside the tables, in strict JSON (an undefined number is null): enough to run the same
thing again and to check that the tables are those that were written.
"""

from __future__ import annotations

import datetime
import json
import math
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib import metadata
from typing import Any

import numpy as np

from socialsim.core.errors import ResultError
from socialsim.core.estimate import Estimate

FORMAT = 1  # raise it when an older reader would misunderstand the file
PACKAGES = ("socialsim", "numpy", "numba", "scipy", "networkx", "pandas", "pyarrow", "mesa")
STATUSES = ("complete", "interrupted")


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a result depends on.

    Examples
    --------
    >>> sorted(versions())[:3]
    ['mesa', 'networkx', 'numba']
    """
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in PACKAGES}


@cache
def commit() -> str:
    """Return the git commit of the working directory, with "-dirty" if it has changes; empty outside a repository.

    It is looked up once a process, whose code does not change either.

    Examples
    --------
    >>> isinstance(commit(), str)
    True
    """
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def machine() -> dict[str, Any]:
    """Return the platform and its number of processors.

    Examples
    --------
    >>> sorted(machine())
    ['cpus', 'platform']
    """
    return {"platform": platform.platform(), "cpus": os.cpu_count()}


def now() -> str:
    """Return the time in UTC, to the second, as ISO 8601.

    Examples
    --------
    >>> now().endswith("+00:00")
    True
    """
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Manifest:
    """What a result is the result of.

    Parameters
    ----------
    scenario : str
        Name of the scenario.
    parameters : dict
        Every resolved parameter, path -> value.
    seed : int
        Of all random streams.
    num_runs : int
        Replications in the result, >= 0.
    stream_key : str
        Of a run that replays one of a study; empty otherwise.
    status : {"complete", "interrupted"}
        Whether all runs came to their end.
    stops : dict
        Number of runs by the reason for which they ended.
    metrics : dict of str to Estimate
        By name.
    timings : dict
        Seconds by phase.
    figure : dict
        Hints for the default figure, see `socialsim.plotting.figures.result_figure`.
    versions, commit, machine, created
        Of the software and the machine; found out where they are not given.
    tables, files : dict
        Number of rows of each table, SHA-256 of each file beside the manifest; `Result.save` fills them.

    Examples
    --------
    >>> manifest = Manifest("epistemic", {"environment.effect": 0.001}, seed=1, num_runs=100)
    >>> Manifest.from_json(manifest.to_json()) == manifest
    True
    """

    scenario: str
    parameters: dict[str, Any]
    seed: int
    num_runs: int
    stream_key: str = ""
    status: str = "complete"
    stops: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, Estimate] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    figure: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=versions)
    commit: str = field(default_factory=commit)
    machine: dict[str, Any] = field(default_factory=machine)
    created: str = field(default_factory=now)
    tables: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ResultError(f"a result is {' or '.join(STATUSES)}; got {self.status!r}")

    def to_json(self) -> str:
        """Return the manifest as strict JSON, readable by people, one line a value.

        Raises
        ------
        ResultError
            If a parameter or another entry has no form in JSON.

        Examples
        --------
        >>> print(Manifest("voter", {}, seed=1, num_runs=1).to_json()[:33])
        {
          "format": 1,
          "scenario": "v
        """
        record = {"format": FORMAT} | {f.name: getattr(self, f.name) for f in fields(self)}
        return json.dumps(strict(record), indent=2, allow_nan=False, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Return the manifest that a file holds.

        Raises
        ------
        ResultError
            If the text is no manifest, or one of a later version.

        Examples
        --------
        >>> Manifest.from_json("{}")
        Traceback (most recent call last):
        ...
        socialsim.core.errors.ResultError: the file is no manifest of socialsim
        """
        try:
            record = json.loads(text)
            later = record.pop("format") > FORMAT
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            raise ResultError("the file is no manifest of socialsim") from None
        if later:
            raise ResultError("the result was written by a later version of socialsim; update it to read the result")
        return cls._from_record(record)

    @classmethod
    def _from_record(cls, record: dict[str, Any]) -> Manifest:
        """Return the manifest with the given fields, all of them and of the right kinds."""
        defaults: Any = cls("", {}, 0, 0, versions={}, commit="", machine={}, created="")
        for f in fields(cls):
            kind = type(getattr(defaults, f.name))
            if not isinstance(record.get(f.name), kind):
                raise ResultError(f"the manifest's entry {f.name!r} is missing or not of the type {kind.__name__}")
        try:
            metrics = {name: Estimate.from_json(estimate) for name, estimate in record["metrics"].items()}
            return cls(**record | {"metrics": metrics})
        except (TypeError, ValueError, AttributeError) as error:
            raise ResultError(f"the manifest cannot be read: {error}") from None


def strict(value: Any, path: str = "") -> Any:
    """Return a value in the types of JSON: NumPy's become Python's, tuples lists, NaN and infinities None.

    Parameters
    ----------
    value : object
        Numbers, text, None, arrays, estimates and nested lists, tuples and mappings of them.
    path : str
        Where the value stands, for the message.

    Raises
    ------
    ResultError
        If the value, or one inside it, has no form in JSON.

    Examples
    --------
    >>> strict({"p": np.float64("nan"), "sizes": np.arange(3)})
    {'p': None, 'sizes': [0, 1, 2]}
    """
    if isinstance(value, Estimate):
        return value.to_json(full=True)
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): strict(entry, f"{path}.{key}".lstrip(".")) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [strict(entry, path) for entry in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    raise ResultError(f"{path or 'a value'} is a {type(value).__name__} and cannot be written to the manifest")
