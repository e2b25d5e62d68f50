"""Files of a study that appear whole or not at all, and errors of the disk in one line."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from socialsim.core.errors import ParameterError, ResultError
from socialsim.core.folder import sha256

if TYPE_CHECKING:
    import pyarrow as pa


def is_whole(path: Path, digest: str) -> bool:
    """Say whether a file is the one that was written, by its SHA-256.

    Examples
    --------
    >>> is_whole(Path("/nowhere/run-000001.parquet"), "e3b0c442")
    False
    """
    try:
        return sha256(path) == digest
    except OSError:
        return False


def write_file(path: Path, content: bytes | pa.Table) -> str:
    """Write a file that appears whole or not at all, and return its SHA-256.

    Parameters
    ----------
    path : Path
        Where; what is there is replaced.
    content : bytes or Table
        A table becomes a Parquet file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     digest = write_file(Path(folder) / "note.txt", b"whole")
    ...     is_whole(Path(folder) / "note.txt", digest)
    True
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with open(temporary, "wb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                import pyarrow.parquet as pq

                pq.write_table(content, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        digest = sha256(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return digest


def link_file(source: Path, path: Path) -> None:
    """Let a file appear under a second name, whole or not at all: as a link, or as a copy where there can be none.

    The name itself is sure to survive a power cut only after `sync_folder`.

    Parameters
    ----------
    source : Path
        A file that is never changed in place.
    path : Path
        The second name; what is there is replaced.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     source, path = Path(folder) / "a.txt", Path(folder) / "b.txt"
    ...     digest = write_file(source, b"whole")
    ...     link_file(source, path)
    ...     is_whole(path, digest)
    True
    """
    path.unlink(missing_ok=True)
    try:
        os.link(source, path)
    except OSError:  # another file system, or one without links
        write_file(path, source.read_bytes())


def sync_folder(folder: Path) -> None:
    """Force a folder's list of names to the disk; Windows opens no folders and orders renames itself.

    Examples
    --------
    >>> sync_folder(Path.cwd())
    """
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn an error of the file system or the ledger into one line that says that nothing before it is lost."""
    try:
        yield
    except (ParameterError, ResultError):
        raise
    except (OSError, sqlite3.Error) as error:
        is_full = getattr(error, "errno", None) == errno.ENOSPC or "disk is full" in str(error)
        reason = "the disk is full" if is_full else getattr(error, "strerror", None) or str(error)
        raise ResultError(f"cannot write to the study {folder}: {reason}; all runs entered before are kept") from None
