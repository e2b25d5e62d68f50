"""``socialsim doctor``: whether this installation works, line by line."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from socialsim.cli.checkout import REPRODUCTIONS, find_folder
from socialsim.cli.console import seconds, write_table
from socialsim.core.errors import SocialsimError
from socialsim.core.extras import EXTRAS, install_line, missing
from socialsim.core.manifest import versions
from socialsim.engine.program import cache_directory

OLDEST_PYTHON = (3, 11)


class Check(NamedTuple):
    """One line: what was looked at, its state ("ok", "absent" where one can do without it, or "WRONG"), what was found.

    Examples
    --------
    >>> Check("cache", "ok", "/home/ann/.cache/socialsim is writable").state
    'ok'
    """

    name: str
    state: str
    found: str


def doctor_command() -> int:
    """Print every check and return 0 if all are in order, else 1."""
    checks = list(examine())
    write_table(("what", "state", "found"), checks)
    return 1 if any(check.state == "WRONG" for check in checks) else 0


def examine() -> Iterator[Check]:
    """Give one check after the other.

    Examples
    --------
    >>> next(examine()).name
    'Python'
    """
    is_new = sys.version_info >= OLDEST_PYTHON
    yield Check("Python", "ok" if is_new else "WRONG", f"{platform.python_version()} at {sys.executable}")
    packages = [f"{name} {version}" for name, version in versions().items() if name != "python"]
    yield Check("packages", "ok", ", ".join(packages))
    yield Check("processors", "ok", f"{os.cpu_count()}; a run uses as many threads unless --threads says otherwise")
    yield _cache()
    uncompiled = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")
    mode = "NUMBA_DISABLE_JIT is set: loops run uncompiled, the debugger's mode" if uncompiled else "loops are compiled"
    yield Check("compilation", "ok", mode)
    yield _small_run()
    yield from map(_extra, EXTRAS)
    folder = find_folder(REPRODUCTIONS)
    place = str(folder.parents[1]) if folder else "not around here; only reproduce and bench need one"
    yield Check("checkout", "ok" if folder else "absent", place)


def _cache() -> Check:
    """Check that compiled loops can be kept."""
    folder = cache_directory()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return Check("cache", "ok", f"{folder} is writable")
    except OSError as error:
        advice = "set SOCIALSIM_CACHE_DIR to a folder that is writable"
        return Check("cache", "WRONG", f"{folder}: {error.strerror}; {advice}")


def _extra(extra: str) -> Check:
    """Say whether an extra is installed, and how it can be."""
    absent = ", ".join(missing(extra))
    found = f"{absent} not installed; comes with: {install_line(extra)}" if absent else "installed"
    return Check(f"extra {extra}", "absent" if absent else "ok", found)


def _small_run() -> Check:
    """Run a small community, save it and read it again; what may fail here nobody foresees, so everything is caught."""
    try:
        return Check("small run", "ok", _run_small())
    except SocialsimError as error:
        return Check("small run", "WRONG", str(error))
    except Exception as error:
        return Check("small run", "WRONG", f"{type(error).__name__}: {error}")


def _run_small() -> str:
    """Return what a small run gave; its loop is compiled or fetched from the cache."""
    from socialsim.core.result import Result
    from socialsim.engine.run import run
    from socialsim.environments.epistemic import small

    result = run(small(), replications=4)
    with tempfile.TemporaryDirectory() as folder:
        steps = int(Result.load(result.save(Path(folder) / "small")).runs.steps.sum())
    return f"4 communities, {steps} steps in {seconds(result.manifest.timings['run'])}; saved and read again"
