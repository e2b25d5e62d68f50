"""Writing a report: a folder that appears whole or not at all, and replaces the study's report before it.

    report.md          what was run and what came out
    summary.csv        the estimates
    runs.csv           the runs (`runs.parquet` where they are many)
    failures.csv       the runs without a result, if there are any
    sensitivity.csv    the indices of a design for sensitivity
    comparisons.csv    what has come of the comparisons that were registered
    tables/            the estimates in LaTeX, a file a metric
    figures/           each as PDF, SVG and PNG
    archive.zip        all that a reader needs to run the study again
    report.json        which study this is the report of, and the SHA-256 of each file

The same results give the same bytes.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import matplotlib

from socialsim.core.errors import ParameterError
from socialsim.core.folder import sha256, write_folder
from socialsim.plotting.figures import save
from socialsim.plotting.style import styled
from socialsim.studies.report.archive import as_csv, as_parquet, make_archive
from socialsim.studies.report.drawing import figures_of
from socialsim.studies.report.facts import Facts
from socialsim.studies.report.latex import latex_table
from socialsim.studies.report.words import report_text
from socialsim.studies.study import Study

FORMAT = 1
REPORT = "report.json"
LARGE = 100_000  # runs, from which on they are written as Parquet
KINDS = ("pdf", "svg", "png")


def write_report(study: Study, folder: str | os.PathLike[str]) -> list[Path]:
    """Write the report of a study, finished or not.

    Parameters
    ----------
    study : Study
    folder : str or Path
        A new or empty folder, or that of an earlier report of this study, which is replaced.

    Returns
    -------
    list of Path
        The files, absolute, `report.md` first.

    Raises
    ------
    ParameterError
        If the folder holds something else, or the study's scenario is not there any more.
    ResultError
        If the folder cannot be written to; an earlier report is still there then.

    Examples
    --------
    >>> from socialsim.studies.files import StudyFile
    >>> from socialsim.studies.run import run_study
    >>> study_file = StudyFile(
    ...     scenario="epistemic", replications=5, metrics=["success_rate"], factors={"environment.effect": [0.05]}
    ... )
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     study = run_study(study_file, f"{parent}/zollman", num_processes=1)
    ...     [path.name for path in write_report(study, f"{parent}/report")]
    ['report.md', 'archive.zip', 'report.json', 'runs.csv', 'summary.csv', 'success_rate.tex']
    """
    destination = Path(os.path.realpath(folder))
    replaced = _check_destination(study, destination)
    facts = Facts.of(study)
    if replaced:
        _replace(destination, lambda new: _fill(facts, new))
    else:
        write_folder(destination, lambda new: _fill(facts, new))
    files = sorted((path for path in destination.rglob("*") if path.is_file()), key=lambda path: path.as_posix())
    return sorted(files, key=lambda path: (path.name != "report.md", path.parent != destination))


def _fill(facts: Facts, folder: Path) -> None:
    """Write all files of a report, the one that lists them last."""
    runs = facts.study.runs()
    (folder / "summary.csv").write_bytes(as_csv(facts.summary))
    if len(runs) < LARGE:
        (folder / "runs.csv").write_bytes(as_csv(runs))
    else:
        (folder / "runs.parquet").write_bytes(as_parquet(runs))
    if len(facts.failures):
        (folder / "failures.csv").write_bytes(as_csv(facts.failures))
    indices, _ = facts.sensitivity
    if indices is not None:
        (folder / "sensitivity.csv").write_bytes(as_csv(indices))
    if facts.comparisons is not None:
        (folder / "comparisons.csv").write_bytes(as_csv(facts.comparisons))
    tables, figures = _write_tables(facts, folder / "tables"), _write_figures(facts, folder / "figures")
    text = report_text(facts, figures, tables)
    (folder / "report.md").write_text(text, encoding="utf-8")
    (folder / "archive.zip").write_bytes(make_archive(facts, runs))
    files = {p.relative_to(folder).as_posix(): sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}
    record = {"format": FORMAT, "study": _name(facts.study), "files": files}
    (folder / REPORT).write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_tables(facts: Facts, folder: Path) -> dict[str, str]:
    """Write a table for each metric, and return them by metric."""
    measured = [name for name in facts.metrics if (facts.summary.metric == name).any()]
    tables = {
        name: latex_table(facts.summary, name, caption=facts.metrics[name], labels=facts.labels) for name in measured
    }
    for name, table in tables.items():
        if table:
            folder.mkdir(exist_ok=True)
            (folder / f"{name}.tex").write_text(table + "\n", encoding="utf-8")
    return tables


def _write_figures(facts: Facts, folder: Path) -> dict[str, list[str]]:
    """Write the figures in all formats, and return their names by metric."""
    names: dict[str, list[str]] = {}
    for metric, name, figure in figures_of(facts):
        folder.mkdir(exist_ok=True)
        with styled():
            figure.draw_without_rendering()  # lays it out, once for all formats
        for kind in KINDS:
            with matplotlib.rc_context({"figure.constrained_layout.use": False}):
                figure.set_layout_engine(None)  # writing a file sets it anew
            save(figure, folder / f"{name}.{kind}")
        names.setdefault(metric, []).append(name)
    return names


# --- the folder -----------------------------------------------------------------------------------------------------


def _name(study: Study) -> dict[str, Any]:
    """Return what tells a study from others: what it is, and where and when it was begun."""
    configuration = study.configuration
    provenance = configuration["provenance"]
    return {name: configuration.get(name) for name in ("scenario", "source", "seed")} | {
        name: provenance[name] for name in ("created", "host")
    }


def _check_destination(study: Study, folder: Path) -> bool:
    """Say whether a folder holds an earlier report that may be replaced; refuse one that holds anything else."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return False
    accepted = "accepted: a new folder, or that of a report of this study"
    try:
        record = json.loads((folder / REPORT).read_text(encoding="utf-8"))
        named, files = record["study"], {*record["files"], REPORT}
    except (OSError, ValueError, TypeError, KeyError):
        raise ParameterError(f"{folder}: holds something else than a report; {accepted}") from None
    if named != _name(study):
        raise ParameterError(f"{folder}: holds the report of another study; {accepted}")
    there = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    foreign = sorted(set(there) - files)
    if foreign:
        raise ParameterError(f"{folder}: holds {foreign[0]!r}, which is no part of the report; {accepted}")
    return True


def _replace(destination: Path, fill: Any) -> None:
    """Write a folder beside another and let it take its place."""
    with tempfile.TemporaryDirectory(prefix=".socialsim-", dir=destination.parent) as beside:
        new, old = Path(beside, "new"), Path(beside, "old")
        write_folder(new, fill)
        os.rename(destination, old)
        try:
            os.rename(new, destination)
        except BaseException:
            os.rename(old, destination)
            raise
        shutil.rmtree(old)
