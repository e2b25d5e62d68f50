"""``socialsim study status``, ``merge``, ``export`` and ``report``: what there is of a study."""

from __future__ import annotations

import warnings
from dataclasses import asdict
from pathlib import Path

from socialsim.cli.console import note, spinner, write_facts, write_json, write_title
from socialsim.cli.study_running import FAILED, failure_facts, locate
from socialsim.studies.files import StudyFile
from socialsim.studies.merge import merge
from socialsim.studies.storage.identity import STUDY
from socialsim.studies.storage.slices import Slice
from socialsim.studies.storage.store import is_at_work
from socialsim.studies.study import Study
from socialsim.studies.tables import export


def status_command(study: Path, out: Path | None, *, json: bool) -> int:
    """Do what ``socialsim study status`` does and return the exit code."""
    folder = locate(study, out)[1]
    if not (folder / STUDY).is_file() and (slices := [each.folder(folder) for each in Slice.within(folder)]):
        return max(status_command(each, None, json=json) for each in slices)
    found = Study.open(folder)
    status, at_work = found.status(), is_at_work(found.folder)
    if json:
        record = {**asdict(status), "num_waiting": status.num_waiting, "is_at_work": at_work}
        write_json({**record, "out": str(found.folder)})
        return 0
    configuration = found.configuration
    write_title(f"{configuration['scenario']}: {status.num_done:,} of {status.num_runs:,} runs done")
    facts = [("points", f"{len(found.points()):,}"), ("waiting", f"{status.num_waiting:,}")]
    facts.append(("at work", "yes, a process is working on it" if at_work else "no"))
    provenance = configuration["provenance"]
    facts.append(("begun", f"{provenance['created']} on {provenance['host']}"))
    if status.num_unsuccessful:
        facts += failure_facts(status, found.failures())
    write_facts([*facts, ("folder", str(found.folder))])
    return 0


def merge_command(study: Path, out: Path | None) -> int:
    """Do what ``socialsim study merge`` does and return the exit code."""
    path, folder = locate(study, out)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        merged = merge(StudyFile.read(path), folder)
    for warning in caught:
        note(f"note: {warning.message}")
    status = merged.status()
    write_title(f"{status.num_done:,} of {status.num_runs:,} runs done")
    if status.num_waiting:
        print(f"to run the others: socialsim study run {merged.folder}")
    write_facts([("folder", str(merged.folder))])
    return 0 if status.is_complete else FAILED


def export_command(study: Path, out: Path | None, table: str, to: Path | None) -> int:
    """Do what ``socialsim study export`` does and return the exit code."""
    found = Study.open(locate(study, out)[1])
    print(export(found, to if to is not None else Path(f"{table}.csv"), table))
    return 0


def report_command(study: Path, out: Path | None, to: Path | None) -> int:
    """Do what ``socialsim study report`` does and return the exit code."""
    from socialsim.studies.report.writing import write_report  # and with it Matplotlib

    found = Study.open(locate(study, out)[1])
    with spinner("writing the report"):
        files = write_report(found, to if to is not None else found.folder / "report")
    folder = files[0].parent
    kinds = {"tables": ".tex", "figures": ".png"}
    facts = [(name, f"{sum(file.suffix == suffix for file in files)}") for name, suffix in kinds.items()]
    write_facts([*facts, ("archive", str(folder / "archive.zip"))])
    print(files[0])
    return 0
