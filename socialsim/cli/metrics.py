"""``socialsim metrics``: everything that the tables of a finished result let one measure, with intervals and nulls.

Metrics that a result does not allow are listed with what it lacks and what would provide it.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from socialsim.cli.console import first_line, note, spinner, write_json, write_table
from socialsim.core.errors import ResultError
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.metric import Metric, metrics

STUDY = "study.json"
HEADS = ("metric", "family", "value", "mean of its null", "p", "runs")


def metrics_command(folder: Path, family: str | None, *, json: bool) -> int:
    """Measure a result by all metrics, or those of a family, print what comes out and return the exit code.

    Raises
    ------
    ParameterError
        If the family is unknown.
    ResultError
        If the folder holds no result.
    """
    chosen = metrics(family)
    if (folder / STUDY).is_file():
        raise ResultError(
            f"{folder} is a study; accepted: a result of `socialsim run --out`, with the tables of one scenario's runs"
        )
    result = Result.load(folder)
    if result.status == "interrupted":
        note(f"{folder} was interrupted: its runs end where they stood; `socialsim run --resume` completes them")
    with spinner("measuring"):
        estimates = {name: metric(result) for name, metric in chosen.items()}
    if json:
        write_json({name: _record(chosen[name], estimate) for name, estimate in estimates.items()})
        return 0
    defined = {name: estimate for name, estimate in estimates.items() if not math.isnan(estimate.value)}
    order = sorted(defined, key=lambda name: (chosen[name].family, name))
    if defined:
        write_table(HEADS, [_row(chosen[name], defined[name]) for name in order])
    for name in sorted(estimates.keys() - defined.keys(), key=lambda name: (chosen[name].family, name)):
        note(f"{name}: {estimates[name].reason}")
    if any("record=" in estimate.reason for estimate in estimates.values()):
        note("on the command line: `socialsim run --record events`, or `--record counts`")
    return 0


def _row(metric: Metric, estimate: Estimate) -> tuple[str, ...]:
    """Return an estimate as it stands in the table."""
    null = "" if estimate.null_mean is None else f"{estimate.null_mean:.3g}"
    p = "" if estimate.p_value is None else f"{estimate.p_value:.3g}"
    return metric.name, metric.family, str(estimate), null, p, str(estimate.num_runs)


def _record(metric: Metric, estimate: Estimate) -> dict[str, Any]:
    """Return what ``--json`` prints of a metric."""
    about = {"family": metric.family, "null": metric.null, "description": first_line(metric)}
    return about | estimate.to_json(full=True)
