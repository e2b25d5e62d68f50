"""What a study is, in its file `study.json`: format, scenario, seed, recording, versions, and where it was begun.

Results depend on all of these but the last. A folder is therefore run on as the same study only, and with the versions
with which it was begun: of each package that may change a bit of a result.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from socialsim.core.errors import ParameterError, ResultError
from socialsim.core.manifest import commit, machine, now, strict, versions

FORMAT = 1
STUDY = "study.json"
DECISIVE = ("socialsim", "numpy", "numba", "scipy", "networkx")  # other versions may give other bits


def identity(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes a study another one where it differs, as `study.json` says it.

    Examples
    --------
    >>> list(identity({"scenario": "epistemic", "seed": 1}))
    ['format', 'scenario', 'seed', 'versions']
    """
    return dict(strict({"format": FORMAT, **configuration, "versions": {name: versions()[name] for name in DECISIVE}}))


def check_configuration(folder: Path, configuration: Mapping[str, Any]) -> None:
    """Make sure that a folder holds the study of a configuration, run with the versions that are here.

    Raises
    ------
    ParameterError
        If it holds another one, with what differs.
    ResultError
        If the folder is no study.
    """
    mine, theirs = identity(configuration), read_configuration(folder)
    differing = [name for name in mine if name != "versions" and mine[name] != theirs.get(name)]
    differences = [f"{name} is {theirs.get(name)!r} there and {mine[name]!r} here" for name in differing]
    there = theirs.get("versions", {})
    for name, version in mine["versions"].items():
        if there.get(name) != version:
            differences.append(f"{name} is of version {there.get(name)} there and {version} here")
    if differences:
        raise ParameterError(f"{folder}: holds another study: {'; '.join(differences)}; give another folder")


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


def provenance() -> dict[str, Any]:
    """Return versions, commit, machine and time.

    Examples
    --------
    >>> sorted(provenance())
    ['commit', 'created', 'host', 'machine', 'versions']
    """
    where = {"machine": machine(), "host": platform.node()}
    return {"created": now(), "versions": versions(), "commit": commit(), **where}
