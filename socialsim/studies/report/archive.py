"""The archive of a study: all that a reader needs to run it again and to see whether the same comes out.

    README.md            what this is, and the two commands
    study.toml           the study file
    study.json           scenario, seed, versions, machine and time of the first run
    requirements.txt     the versions with which it was run
    summary, runs        as Parquet and as CSV
    failures.csv         if there are any
    ...                  the scenario's file and those of networks, where the study names files

The same study gives the same bytes: entries are sorted and carry no date of their own.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from socialsim.core.manifest import strict
from socialsim.studies.report.facts import Facts
from socialsim.studies.storage.identity import STUDY
from socialsim.studies.storage.store import STUDY_FILE

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file knows
README = """\
# {title}

{state}

To run it again, in a folder in which this archive is unpacked (Python {python}):

    python -m pip install -r requirements.txt
    socialsim study run study.toml --out again

To see whether the same came out, compare the digest of all tables:

    python -c "from socialsim.studies.study import Study; print(Study.open('again').digest())"

Here it was

    {digest}

Equal versions on one family of processors give the same bits; elsewhere results are equal in distribution.
`summary` has the estimates (value and 95% interval of each metric at each point), `runs` has a row for each run.
{files}"""


def make_archive(facts: Facts, runs: pd.DataFrame) -> bytes:
    """Return the archive of a study.

    Parameters
    ----------
    facts : Facts
    runs : DataFrame
        As `Study.runs` returns them.

    Examples
    --------
    >>> import tempfile
    >>> from socialsim.studies.files import StudyFile
    >>> from socialsim.studies.run import run_study
    >>> study_file = StudyFile(scenario="epistemic", replications=5, factors={"environment.effect": [0.05]})
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     study = run_study(study_file, f"{parent}/zollman", num_processes=1)
    ...     content = make_archive(Facts.of(study), study.runs())
    >>> zipfile.ZipFile(io.BytesIO(content)).namelist()[:3]
    ['README.md', 'requirements.txt', 'runs.csv']
    """
    places = archive_places(facts.files)
    entries = {
        "README.md": _readme(facts, places).encode(),
        "requirements.txt": _requirements(facts.configuration["provenance"]["versions"]).encode(),
        STUDY: (facts.study.folder / STUDY).read_bytes(),
        STUDY_FILE: moved(facts.file.text, places).encode(),
    }
    for name, frame in (("summary", facts.summary), ("runs", runs)):
        entries[f"{name}.csv"], entries[f"{name}.parquet"] = as_csv(frame), as_parquet(frame)
    if len(facts.failures):
        entries["failures.csv"] = as_csv(facts.failures)
    entries |= {places[name]: path.read_bytes() for name, path in facts.files.items()}
    return zipped(entries)


def zipped(entries: Mapping[str, bytes]) -> bytes:
    """Return a zip file of some entries, the same for the same entries.

    Examples
    --------
    >>> zipped({"b": b"2", "a": b"1"}) == zipped({"a": b"1", "b": b"2"})
    True
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # readable by all, on any system
            archive.writestr(entry, entries[name])
    return buffer.getvalue()


def archive_places(names: Iterable[str]) -> dict[str, str]:
    """Return where files stand in an archive: at their relative path, or in `files` where they have none.

    Examples
    --------
    >>> archive_places(["models/own.py", "/home/me/village.graphml", "../town/village.graphml"])
    {'models/own.py': 'models/own.py', '/home/me/village.graphml': 'files/village.graphml',
    '../town/village.graphml': 'files/2-village.graphml'}
    """
    places: dict[str, str] = {}
    for name in names:
        path = PurePosixPath(Path(name).as_posix())
        inside = not path.is_absolute() and ".." not in path.parts
        place, number = path if inside else PurePosixPath("files", path.name), 1
        while str(place) in places.values():
            number += 1
            place = PurePosixPath("files", f"{number}-{path.name}")
        places[name] = str(place)
    return places


def moved(text: str, places: Mapping[str, str]) -> str:
    """Return a study file in which files are named by their places in the archive.

    Examples
    --------
    >>> moved('scenario = "/home/me/own.py"', {"/home/me/own.py": "files/own.py"})
    'scenario = "files/own.py"'
    """
    elsewhere = {name: place for name, place in places.items() if name != place}
    quoted = {f"'{name}'": json.dumps(place) for name, place in elsewhere.items()}
    quoted |= {json.dumps(name): json.dumps(place) for name, place in elsewhere.items()}
    if not quoted:
        return text
    return re.sub("|".join(map(re.escape, quoted)), lambda found: quoted[found[0]], text)


def as_csv(frame: pd.DataFrame) -> bytes:
    r"""Return a table as CSV: undefined numbers are empty.

    Examples
    --------
    >>> as_csv(pd.DataFrame({"network": ["cycle", None], "steps": [1, 2]}))
    b'"network","steps"\n"cycle",1\n,2\n'
    """
    buffer = io.BytesIO()
    pyarrow.csv.write_csv(as_arrow(frame), buffer)
    return buffer.getvalue()


def as_parquet(frame: pd.DataFrame) -> bytes:
    """Return a table as Parquet.

    Examples
    --------
    >>> as_parquet(pd.DataFrame({"steps": [1, 2]}))[:4]
    b'PAR1'
    """
    buffer = io.BytesIO()
    pq.write_table(as_arrow(frame), buffer, compression="zstd")
    return buffer.getvalue()


def as_arrow(frame: pd.DataFrame) -> pa.Table:
    """Return a table of plain columns; one of lists or of several types becomes text (JSON).

    Examples
    --------
    >>> as_arrow(pd.DataFrame({"learner.alpha": [0.1, "high"]}))["learner.alpha"].to_pylist()
    ['0.1', 'high']
    """
    return pa.table({str(name): _array(frame[name]) for name in frame})


def _array(column: pd.Series) -> pa.Array:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    if column.dtype == object and column.map(lambda value: isinstance(value, list | tuple)).any():
        column = column.map(_text)
    try:
        return pa.Array.from_pandas(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.Array.from_pandas(column.map(_text))


def _text(value: Any) -> Any:
    """Return a value as text, missing ones as they are."""
    if value is None or value != value or isinstance(value, str):
        return value
    return json.dumps(strict(value), ensure_ascii=False)


def _requirements(versions: Mapping[str, str]) -> str:
    """Return the versions of the first run as requirements."""
    lines = [f"{name}=={version}" for name, version in sorted(versions.items()) if name != "python"]
    return "\n".join([f"# python {versions.get('python', '')}", *lines, ""])


def _readme(facts: Facts, places: Mapping[str, str]) -> str:
    """Return what the archive says of itself."""
    elsewhere = {name: place for name, place in places.items() if name != place}
    return README.format(
        title=facts.title,
        state=facts.state,
        python=facts.configuration["provenance"]["versions"].get("python", ""),
        digest=facts.study.digest(),
        files="".join(f"{name} is {place} here, and study.toml says so.\n" for name, place in elsewhere.items()),
    )
