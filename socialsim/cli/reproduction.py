"""``socialsim reproduce``: measure what a paper reports and compare.

A reproduction is a folder of the checkout with

- ``expected.json``: ``name``, ``title``, ``source``; ``seeds`` and ``replications``, each for ``quick`` and ``full``;
  and ``rows`` of ``quantity``, ``kind``, ``published`` (as printed), ``published_se`` and ``where`` in the source. Rows
  with ``"quick": false`` are compared in the full version alone;
- ``study.py``: ``measure(replications, seed, full)`` returns an `Estimate` for each quantity. With ``MUTATIONS``, a
  mapping whose keys are names of deliberate errors in a rule, `measure` takes the keyword ``mutation``;
- ``figures.py``, if wanted: ``draw(measured, expected, folder)`` writes a figure into the folder and returns its path;
  `study_beside` gives it the study.

Whether a quantity holds is said by `socialsim.core.estimate.holds`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from socialsim.cli.checkout import find_reproduction
from socialsim.cli.console import note, number, spinner, write_facts, write_json, write_table, write_title
from socialsim.core.errors import ParameterError, ResultError, unknown
from socialsim.core.estimate import Estimate, holds
from socialsim.core.folder import check_destination, write_folder
from socialsim.core.manifest import commit, now, strict, versions

FIGURE = "figure.png"


@dataclass(frozen=True)
class Row:
    """One quantity: where it stands in the source, what was published, what was measured, and whether that holds."""

    quantity: str
    kind: str
    published: str
    where: str
    measured: Estimate
    holds: bool

    def to_json(self) -> dict[str, Any]:
        """Return what ``socialsim reproduce --json`` prints of the row."""
        low, high = self.measured.low, self.measured.high
        named = {"quantity": self.quantity, "kind": self.kind, "published": self.published}
        return named | {"measured": self.measured.value, "low": low, "high": high, "holds": self.holds}


@dataclass(frozen=True)
class Reproduction:
    """What a reproduction gave."""

    name: str
    title: str
    source: str
    version: str
    replications: int
    seed: int
    mutation: str | None
    rows: tuple[Row, ...]

    @property
    def holds(self) -> bool:
        """Whether every row holds."""
        return all(row.holds for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        """Return what ``socialsim reproduce --json`` prints."""
        return {"name": self.name, "rows": [row.to_json() for row in self.rows]}


def reproduce(folder: Path, full: bool = False, mutate: str | None = None) -> Reproduction:
    """Measure the quantities of a reproduction and compare them with the published ones.

    Parameters
    ----------
    folder : Path
        With ``expected.json`` and ``study.py``.
    full : bool
        With the full number of runs and all rows.
    mutate : str, optional
        Name of one of the study's ``MUTATIONS``; the reproduction should fail then.

    Raises
    ------
    ParameterError
        If there is no such mutation.
    ResultError
        If a file cannot be read, or the study does not measure a quantity.
    """
    expected = read_expected(folder)
    study = _load(folder / "study.py")
    version = "full" if full else "quick"
    replications, seed = expected["replications"][version], expected["seeds"][version]
    measured = study.measure(replications, seed, full, **_mutation(study, mutate))
    asked = [row for row in expected["rows"] if full or row.get("quick", True)]
    rows = tuple(_compare(row, measured) for row in asked)
    head = (expected["name"], expected["title"], expected["source"])
    return Reproduction(*head, version, replications, seed, mutate, rows)


def read_expected(folder: Path) -> dict[str, Any]:
    """Return what a reproduction expects.

    Raises
    ------
    ResultError
        If ``expected.json`` is missing, is no JSON or lacks an entry.

    Examples
    --------
    >>> read_expected(Path("/nowhere"))
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ResultError: /nowhere/expected.json cannot be read: No such file or directory
    """
    file = folder / "expected.json"
    try:
        expected = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ResultError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    absent = [key for key in ("name", "title", "source", "seeds", "replications", "rows") if key not in expected]
    if absent:
        raise ResultError(f"{file} lacks {', '.join(absent)}")
    return expected


def reproduce_command(name: str, *, full: bool, mutation: str | None, out: Path | None, json: bool) -> int:
    """Do what ``socialsim reproduce`` does; return 0 if all rows hold, else 1.

    Raises
    ------
    SocialsimError
        If the reproduction or the mutation is unknown, or the folder cannot be written to.
    """
    folder = find_reproduction(name)
    stamp = f"reproduce-{name}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    destination = check_destination(out or Path("results") / stamp)
    with _leaving_on_interrupt(), spinner(f"measuring {name}, {'full' if full else 'quick'} version"):
        reproduction = reproduce(folder, full, mutation)
    written = save(reproduction, folder, destination)
    if json:
        write_json(reproduction.to_json())
    else:
        _write_comparison(reproduction)
        figure = next((file for file in sorted(written.iterdir()) if file.suffix != ".json"), written)
        print(figure)
    return 0 if reproduction.holds else 1


def save(reproduction: Reproduction, folder: Path, out: Path) -> Path:
    """Write ``measured.json`` and the figure of a reproduction to a new folder, whole or not at all.

    Parameters
    ----------
    reproduction : Reproduction
    folder : Path
        Of the reproduction, for its ``figures.py``.
    out : Path
        A folder that does not exist yet or is empty.

    Raises
    ------
    ResultError
        If it cannot be written.
    """
    record = {name: getattr(reproduction, name) for name in ("name", "version", "replications", "seed", "mutation")}
    rows = [row.to_json() | {"num_runs": row.measured.num_runs, "where": row.where} for row in reproduction.rows]
    record |= {"rows": rows, "versions": versions(), "commit": commit(), "created": now()}
    text = json.dumps(strict(record), indent=1, allow_nan=False, ensure_ascii=False) + "\n"

    def fill(place: Path) -> None:
        (place / "measured.json").write_text(text, encoding="utf-8")
        _draw(reproduction, folder, place)

    return write_folder(out, fill)


def _draw(reproduction: Reproduction, folder: Path, place: Path) -> None:
    """Draw the study's own figure, or else the comparison of measured and published."""
    from socialsim.plotting import figures

    if (folder / "figures.py").is_file():
        measured = {row.quantity: row.measured for row in reproduction.rows}
        _load(folder / "figures.py").draw(measured, read_expected(folder), place)
    else:
        figures.save(figures.comparison_figure(reproduction.to_json()["rows"]), place / FIGURE)


def _compare(row: Mapping[str, Any], measured: Mapping[str, Estimate]) -> Row:
    """Set a measured quantity beside the published one."""
    quantity, published, kind = row["quantity"], row["published"], row["kind"]
    if quantity not in measured:
        raise ResultError(unknown("quantity", quantity, measured) + ", as the study measures")
    found = measured[quantity]
    agrees = holds(found, published, kind, row.get("published_se", 0.0))
    return Row(quantity, kind, str(published), row.get("where", ""), found, bool(agrees))


def _mutation(study: ModuleType, name: str | None) -> dict[str, str]:
    """Return the keyword with which a study makes a deliberate error."""
    if name is None:
        return {}
    known = getattr(study, "MUTATIONS", {})
    if name not in known:
        raise ParameterError(unknown("mutation", name, known))
    return {"mutation": name}


def study_beside(file: str | Path) -> ModuleType:
    """Return the ``study.py`` beside a file of a reproduction: the module that has measured, where one has.

    Compiled code is kept between processes under the name of the module that it comes from. So that name must be the
    one under which `reproduce` will import the study again.

    Parameters
    ----------
    file : str or Path
        ``__file__`` of ``figures.py``.

    Raises
    ------
    ResultError
        If there is none.
    """
    study = Path(file).resolve().with_name("study.py")
    module = sys.modules.get(_name_of(study))
    return module if module is not None and Path(str(module.__file__)).resolve() == study else _load(study)


def _name_of(file: Path) -> str:
    return f"socialsim_reproduction_{file.parent.name}_{file.stem}"


def _load(file: Path) -> ModuleType:
    """Import a file of a reproduction under a name of its own."""
    name = _name_of(file)
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise ResultError(f"{file} cannot be read: no such file")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def _leaving_on_interrupt() -> Iterator[None]:
    """Let Ctrl-C end everything: a run would keep what it has reached, and the study would go on with half of it."""

    def leave(*_: object) -> None:
        note("interrupted; nothing was written")
        raise SystemExit(130)

    before = signal.signal(signal.SIGINT, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _write_comparison(reproduction: Reproduction) -> None:
    """Write every row and how many hold."""
    runs = f"{number(reproduction.replications)} runs each, seed {reproduction.seed}"
    write_title(f"{reproduction.title} ({reproduction.source})")
    facts = [("version", f"{reproduction.version}: {runs}")]
    write_facts(facts + ([("mutation", reproduction.mutation)] if reproduction.mutation else []))
    heads = ("quantity", "kind", "published", "measured [interval]", "holds", "where")
    cells = [
        (row.quantity, row.kind, row.published, str(row.measured), "yes" if row.holds else "NO", row.where)
        for row in reproduction.rows
    ]
    write_table(heads, cells)
    print(f"{sum(row.holds for row in reproduction.rows)} of {len(reproduction.rows)} hold")
