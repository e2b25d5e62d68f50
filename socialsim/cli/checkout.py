"""What only a checkout of the project has: reproductions and benchmarks.

They are values and scripts, not part of the package: `reproduce` and `bench` look for them upwards from the current
folder and say so where there is none.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from socialsim.cli.console import write_table
from socialsim.core.errors import ParameterError, unknown

REPRODUCTIONS, BENCHMARKS = "analysis/reproductions", "benchmarks"


def find_folder(part: str) -> Path | None:
    """Return a folder of the checkout that the current folder lies in, or None.

    Examples
    --------
    >>> find_folder("a/folder/that/nobody/made") is None
    True
    """
    here = Path.cwd()
    return next((place / part for place in (here, *here.parents) if (place / part).is_dir()), None)


def folder_of(part: str, kind: str) -> Path:
    """Return a folder of the checkout.

    Raises
    ------
    ParameterError
        If the current folder lies in no checkout.

    Examples
    --------
    >>> folder_of("a/folder/that/nobody/made", "fables")
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ParameterError: fables come with a checkout of the project, and neither ...
    """
    folder = find_folder(part)
    if folder is None:
        where = f"neither {Path.cwd()} nor a folder above it has {part}/"
        raise ParameterError(
            f"{kind} come with a checkout of the project, and {where}; accepted: run this in a checkout"
        )
    return folder


def reproductions() -> dict[str, Path]:
    """Return the folders of the checkout's reproductions by name; none outside a checkout.

    Examples
    --------
    >>> all((folder / "study.py").is_file() for folder in reproductions().values())
    True
    """
    parent = find_folder(REPRODUCTIONS)
    folders = sorted(parent.iterdir()) if parent else []
    whole = [folder for folder in folders if all((folder / file).is_file() for file in ("expected.json", "study.py"))]
    return {folder.name: folder for folder in whole}


def find_reproduction(name: str) -> Path:
    """Return the folder of a reproduction.

    Raises
    ------
    ParameterError
        If there is no checkout, or no such reproduction in it.
    """
    folder_of(REPRODUCTIONS, "reproductions")
    found = reproductions()
    if name not in found:
        raise ParameterError(unknown("reproduction", name, found))
    return found[name]


def bench_command(name: str | None) -> int:
    """Run a benchmark in a process of its own and return its exit code; without a name, list them.

    Raises
    ------
    ParameterError
        If there is no checkout, or no such benchmark in it.
    """
    folder = folder_of(BENCHMARKS, "benchmarks")
    scripts = {script.stem: script for script in sorted(folder.glob("*.py")) if not script.name.startswith("_")}
    if name is None:
        write_table(("benchmark", "what it measures"), [(stem, _summary(script)) for stem, script in scripts.items()])
        return 0
    if name not in scripts:
        raise ParameterError(unknown("benchmark", name, scripts))
    return subprocess.run([sys.executable, scripts[name]], check=False).returncode


def _summary(script: Path) -> str:
    """Return the first line of a script's docstring."""
    return (ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or "").partition("\n")[0]
