"""``socialsim study``: parameter studies from a TOML file.

    0     all runs are done
    2     bad input: what was wrong and what is accepted, a line each
    3     all runs have an outcome, and some failed, crashed or timed out; after `merge`, some are still waiting
    130   Ctrl-C; ``socialsim study resume`` goes on

Only typer is imported here, as in `socialsim.cli.main`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Parameter studies: plan, run, resume, report.")

File = Annotated[Path, typer.Argument(metavar="STUDY", help="A study file in TOML, or the folder of a study.")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="The study's folder: results/<name> by default.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Processes = Annotated[int | None, typer.Option("--processes", metavar="N", help="By default one a processor.")]
Kind = Annotated[str, typer.Option("--executor", metavar="processes|dask", help="Where the runs are computed.")]
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Join this Dask scheduler, such as tcp://node:8786.")
]
Slice = Annotated[
    str | None, typer.Option("--slice", metavar="K/N", help="The K-th of N shares alone; `merge` joins them.")
]


@app.callback(invoke_without_command=True)
def _study(context: typer.Context) -> None:
    """Parameter studies: plan, run, resume, report.

    Begin with:  socialsim study plan scenarios/studies/zollman_effect.toml
    """
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("plan")
def _plan(study: File, out: Out = None, processes: Processes = None, json: Json = False) -> int:
    """Say what a study will cost, from a few timed pilot runs; nothing is stored."""
    from socialsim.cli import study_planning

    return study_planning.plan_command(study, out, processes, json=json)


@app.command("run")
def _run(
    study: File,
    out: Out = None,
    executor: Kind = "processes",
    scheduler: Scheduler = None,
    processes: Processes = None,
    slice_: Slice = None,
    json: Json = False,
) -> int:
    """Run what has not been run yet.

    After Ctrl-C or a crash run it again: nothing that was done is lost.
    """
    from socialsim.cli import study_running

    return study_running.run_command(study, out, executor, scheduler, processes, slice_, json=json)


@app.command("resume")
def _resume(
    study: File,
    out: Out = None,
    executor: Kind = "processes",
    scheduler: Scheduler = None,
    processes: Processes = None,
    slice_: Slice = None,
    json: Json = False,
) -> int:
    """Go on with a study that was begun; where none was, say so."""
    from socialsim.cli import study_running

    return study_running.run_command(study, out, executor, scheduler, processes, slice_, json=json, begun=True)


@app.command("retry")
def _retry(
    study: File,
    out: Out = None,
    executor: Kind = "processes",
    scheduler: Scheduler = None,
    processes: Processes = None,
    slice_: Slice = None,
    json: Json = False,
) -> int:
    """Run those again that failed, crashed or timed out, and what is waiting."""
    from socialsim.cli import study_running

    options = {"begun": True, "retry": True}
    return study_running.run_command(study, out, executor, scheduler, processes, slice_, json=json, **options)


@app.command("status")
def _status(study: File, out: Out = None, json: Json = False) -> int:
    """Say how far a study is, also while another process works on it."""
    from socialsim.cli import study_reading

    return study_reading.status_command(study, out, json=json)


@app.command("merge")
def _merge(study: File, out: Out = None) -> int:
    """Join the shares that `run --slice` has written."""
    from socialsim.cli import study_reading

    return study_reading.merge_command(study, out)


@app.command("export")
def _export(
    study: File,
    out: Out = None,
    table: Annotated[str, typer.Option(metavar="runs|series|summary|failures", help="What is written.")] = "runs",
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A .csv, .parquet or .nc file: <TABLE>.csv by default.")
    ] = None,
) -> int:
    """Write a table of a study as CSV, Parquet or netCDF."""
    from socialsim.cli import study_reading

    return study_reading.export_command(study, out, table, to)


@app.command("report")
def _report(
    study: File,
    out: Out = None,
    to: Annotated[Path | None, typer.Option(metavar="DIR", help="By default the folder `report` of the study.")] = None,
) -> int:
    """Write tables (CSV, LaTeX), figures (PDF, SVG, PNG) and an archive that others can run again."""
    from socialsim.cli import study_reading

    return study_reading.report_command(study, out, to)
