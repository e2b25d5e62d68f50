"""Result folders that appear whole or not at all.

A folder is written under a hidden temporary name beside its destination, every file is forced to the disk, and then the
folder is renamed, which the file system does in one piece. Whatever dies before that leaves the destination untouched;
what is read later is checked against the SHA-256 that the manifest keeps.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from socialsim.core.errors import ResultError


def check_destination(path: str | os.PathLike[str]) -> Path:
    """Return where a result is to be saved, after making sure that it can be: call it before any work is done.

    Parameters
    ----------
    path : str or Path
        A folder that does not exist yet or is empty; missing parents are made when the result is saved.

    Raises
    ------
    ResultError
        If the folder holds something, is no folder, is the current one or a mount point (neither can be replaced), or
        cannot be written to.

    Examples
    --------
    >>> check_destination("/dev/null/results")
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ResultError: cannot write to the folder /dev/null/results: /dev/null is not a folder
    """
    with _in_one_line(f"cannot write to the folder {os.fspath(path)}"):
        destination = _free(path)
        missing = [p for p in (destination, *destination.parents) if not os.path.lexists(p)]
        _try_to_make(missing or [_beside(destination)])
    return destination


def write_folder(path: str | os.PathLike[str], fill: Callable[[Path], object]) -> Path:
    """Write a folder that appears whole or not at all.

    Parameters
    ----------
    path : str or Path
        A folder that does not exist yet or is empty.
    fill : callable
        Writes the files into the folder that it is given, which is renamed afterwards.

    Returns
    -------
    Path
        The folder, absolute.

    Raises
    ------
    ResultError
        If the folder holds something or cannot be written to, or the disk is full. Nothing is left then.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     folder = write_folder(f"{parent}/results", lambda folder: (folder / "note.txt").write_text("whole"))
    ...     (folder / "note.txt").read_text()
    'whole'
    """
    with _in_one_line(f"cannot write to the folder {os.fspath(path)}"):
        destination = _free(path)
        temporary = _beside(destination)
        destination.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.mkdir(temporary)
            fill(temporary)
            for file in (*temporary.iterdir(), temporary):
                _force_to_disk(file)
            if destination.exists():
                os.rmdir(destination)
            os.rename(temporary, destination)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        _force_to_disk(destination.parent)
    return destination


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits.

    Examples
    --------
    >>> sha256(Path(os.devnull))[:8]
    'e3b0c442'
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_files(folder: Path, digests: Mapping[str, str]) -> None:
    """Make sure that files are those that were written.

    Parameters
    ----------
    folder : Path
        Where they stand.
    digests : mapping of str to str
        File name -> SHA-256.

    Raises
    ------
    ResultError
        If a file is missing, unreadable or another than the one written.

    Examples
    --------
    >>> check_files(Path("/nowhere"), {"run.parquet": "e3b0c442"})
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ResultError: cannot read the result /nowhere: No such file or directory (run.parquet)
    """
    for name, digest in digests.items():
        with _in_one_line(f"cannot read the result {folder}"):
            actual = sha256(folder / name)
        if actual != digest:
            raise ResultError(f"the result {folder} is damaged: {name} is not the file that was written")


def _free(path: str | os.PathLike[str]) -> Path:
    """Return the absolute path of a folder that does not exist yet, or that is empty and can be replaced."""
    destination = Path(os.path.realpath(path))
    existing = next(p for p in (destination, *destination.parents) if os.path.lexists(p))
    if not existing.is_dir():
        raise ResultError(f"cannot write to the folder {path}: {existing} is not a folder")
    if existing == destination and any(destination.iterdir()):
        raise ResultError(f"the folder {path} exists and is not empty; give another --out")
    if existing == destination and (destination == Path.cwd() or os.path.ismount(destination)):
        raise ResultError(f"the folder {path} is the current folder or a mount point; give a new folder inside it")
    return destination


def _beside(destination: Path) -> Path:
    """Return a new hidden name beside a folder, on the same file system, so that it can be renamed to it."""
    return destination.parent / f".socialsim-{secrets.token_hex(8)}"


def _try_to_make(folders: list[Path]) -> None:
    """Make folders, the innermost first in the list, and remove them again."""
    made: list[Path] = []
    try:
        for folder in reversed(folders):
            os.mkdir(folder)
            made.append(folder)
    finally:
        for folder in reversed(made):
            os.rmdir(folder)


def _force_to_disk(path: Path) -> None:
    """Force a file, or a folder's list of entries, to the disk (Windows opens no folders and orders renames itself)."""
    if os.name == "posix" or path.is_file():
        descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _in_one_line(what: str) -> Iterator[None]:
    """Turn an error of the file system into a ResultError that says what could not be done."""
    try:
        yield
    except ResultError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        reason = getattr(error, "strerror", None) or str(error)
        name = getattr(error, "filename", None)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            reason = "the disk is full"
        raise ResultError(f"{what}: {reason}" + (f" ({Path(name).name})" if name else "")) from None
