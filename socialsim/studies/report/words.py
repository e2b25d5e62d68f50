"""The report in words: what was run, what came out, what went wrong, and where to find the rest."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from socialsim.core.manifest import strict
from socialsim.plotting.studies.axes import factors_of, name_of
from socialsim.studies.design.factors import Range
from socialsim.studies.report.facts import Facts
from socialsim.studies.report.numbers import plain

MOST_ROWS = 30  # of a table on the page; the files have all
INTERVALS = """\
Every estimate stands with a 95% interval (how it is made, the metric says: Wilson's for a share, Student's for a mean).
Intervals are pointwise: each is about its own point, and of twenty, one is expected to miss its true value. A claim
about many points at once, such as that a curve rises everywhere, needs a correction or a test of its own."""

POOLED = """\
Here all runs of a point count, also those by which the search chose it; estimates of the best points that are free of
that choice are under Search."""


def report_text(facts: Facts, figures: Mapping[str, Sequence[str]], tables: Mapping[str, str]) -> str:
    r"""Return the report as Markdown.

    Parameters
    ----------
    facts : Facts
    figures : mapping of str to sequence of str
        Metric -> names of its figures.
    tables : mapping of str to str
        Metric -> its table in LaTeX, empty where it would be too long.

    Examples
    --------
    >>> import tempfile
    >>> from socialsim.studies.files import StudyFile
    >>> from socialsim.studies.run import run_study
    >>> study_file = StudyFile(scenario="epistemic", replications=5, factors={"environment.effect": [0.05]})
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     facts = Facts.of(run_study(study_file, f"{parent}/zollman", num_processes=1))
    ...     report_text(facts, {}, {})[:41]
    '# epistemic: 1 point\n\nAll 5 runs are done'
    """
    parts = [f"# {facts.title}", facts.state, "## What was run", *_study(facts), "## Estimates", INTERVALS]
    parts += [POOLED] if facts.search is not None else []
    for metric, meaning in facts.metrics.items():
        parts += [f"### {metric}", meaning, *_metric(facts, metric, figures.get(metric, ()), tables.get(metric, ""))]
    parts += [*_search(facts), *_precision(facts)]
    parts += _sensitivity(facts)
    parts += [*_comparisons(facts), *_failures(facts)]
    parts += ["## Where it was run", *_sessions(facts)]
    return "\n\n".join(filter(None, parts)) + "\n"


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Return a table in Markdown.

    Examples
    --------
    >>> print(markdown_table(["factor", "levels"], [["network", "cycle | star"]]))
    | factor | levels |
    |---|---|
    | network | cycle \| star |
    """
    lines = [[" ".join(str(cell).split()).replace("|", "\\|") for cell in row] for row in (heads, *rows)]
    head, *body = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([head, f"|{'---|' * len(heads)}", *body])


def _study(facts: Facts) -> Iterator[str]:
    """Yield scenario, design, factors and parameters."""
    file, configuration = facts.file, facts.configuration
    design = [file.design.kind, *(f"{name} = {_json(value)}" for name, value in file.design if value)]
    rows = [
        ("scenario", file.scenario + (f" (SHA-256 {configuration['source']})" if configuration.get("source") else "")),
        ("design", ", ".join(design)),
        ("points", f"{len(facts.study.points()):,}"),
        ("replications", f"{file.replications:,} at each point" + _stopping(facts)),
        ("seed", str(file.seed)),
        ("random numbers", "common to all points" if file.design.common_random_numbers else "apart for each point"),
    ]
    yield markdown_table(("", ""), rows)
    if file.factors:
        cells = [(path, facts.labels.get(path, ""), _levels(factor)) for path, factor in file.factors.items()]
        yield markdown_table(("factor", "label", "levels"), cells)
    varying = tuple(f"{path}." for path in file.factors if path not in ("environment", "horizon"))  # parts of a spec
    parameters = {
        path: value
        for path, value in facts.scenario.parameters().items()
        if path not in file.factors and (path in file.fixed or not path.startswith(varying))
    }
    yield "All other parameters, at the values of the study or the scenario's own:"
    yield markdown_table(
        ("parameter", "value", ""),
        [
            (path, _json(value), "fixed by the study" if path in file.fixed else "")
            for path, value in parameters.items()
        ],
    )


def _stopping(facts: Facts) -> str:
    stopping = facts.file.stopping
    if not stopping.half_width:
        return ""
    widths = ", ".join(f"{width:g} for {name}" for name, width in stopping.half_width.items())
    return f" at first; more until half-widths are {widths}, {stopping.most_replications:,} at most"


def _levels(factor: Any) -> str:
    if isinstance(factor, Range) and not len(factor):
        return f"{name_of(factor.low)} to {name_of(factor.high)} ({factor.scale})"
    return ", ".join(map(name_of, factor.values))


def _metric(facts: Facts, metric: str, figures: Sequence[str], table: str) -> Iterator[str]:
    """Yield the table and the figures of a metric."""
    rows = facts.summary[facts.summary.metric == metric]
    undefined = rows[rows.value.isna()]
    for reason, ours in undefined.groupby("reason", sort=False):
        yield f"Undefined at {len(ours):,} of {len(rows):,} points: {reason}."
    factors = factors_of(rows)
    cells = [
        [*(name_of(row[path]) for path in factors), plain(row["value"], row["low"], row["high"]), row["num_runs"]]
        for row in rows[:MOST_ROWS].to_dict("records")
    ]
    if cells:
        yield markdown_table([*factors, metric, "runs"], cells)
    if len(rows) > MOST_ROWS:
        yield f"The first {MOST_ROWS} of {len(rows):,} points; `summary.csv` has all."
    if table:
        yield f"For LaTeX: `tables/{metric}.tex`"
    elif cells:
        yield "Too many points for a table in a paper; `summary.csv` has all."
    for name in figures:
        yield f"![{metric}: {name.removeprefix(f'{metric}-')}](figures/{name}.png)"


def _sensitivity(facts: Facts) -> Iterator[str]:
    indices, reasons = facts.sensitivity
    if indices is None and not reasons:
        return
    yield "## Sensitivity"
    for metric, reason in reasons.items():
        yield f"{metric} has no indices: {reason}."
    if indices is not None:
        rows = [
            (row["metric"], row["factor"], row["index"], plain(row["value"], row["low"], row["high"]))
            for row in indices[:MOST_ROWS].to_dict("records")
        ]
        yield markdown_table(("metric", "factor", "index", "estimate"), rows)
        yield "All of them: `sensitivity.csv`"


def _search(facts: Facts) -> Iterator[str]:
    """Yield the best points of a search."""
    if facts.search is None:
        return
    yield "## Search"
    yield (
        "The best of many noisy estimates is too good to be true. Estimates that are marked as fresh come from runs "
        "that the search has not seen; the others are those by which points were chosen."
    )
    cells = [
        [
            *(name_of(row[path]) for path in facts.file.factors),
            row["metric"],
            plain(row["value"], row["low"], row["high"]),
            row["num_runs"],
            "fresh" if row["fresh"] else "",
        ]
        for row in facts.search[:MOST_ROWS].to_dict("records")
    ]
    yield markdown_table([*facts.file.factors, "metric", "estimate", "runs", ""], cells)


def _precision(facts: Facts) -> Iterator[str]:
    """Yield how many points have intervals that are narrow enough."""
    if facts.precision is None:
        return
    yield "## Precision"
    for metric, ours in facts.precision.groupby("metric", sort=False):
        reached, most = f"{int(ours.reached.sum()):,} of {len(ours):,} points", f"{ours.replications.max():,}"
        yield (
            f"The interval of {metric} is as narrow as asked, +-{ours.asked.iloc[0]:g}, at {reached}, "
            f"with {ours.replications.min():,} to {most} replications."
        )


def _comparisons(facts: Facts) -> Iterator[str]:
    """Yield what has come of the comparisons that were registered."""
    if facts.comparisons is None:
        return
    yield "## Comparisons"
    yield (
        "Registered in the study file before the first run. Intervals are those of the tests (90% for one-sided tests "
        "at 5%) and not corrected, p values are, by Holm's method. Undecided does not mean that there is no difference."
    )
    if not facts.status.is_complete:
        yield "Runs are missing: a test before a study's end is not the one that was registered."
    cells = []
    for row in facts.comparisons.to_dict("records"):
        difference, p = plain(row["difference"], row["low"], row["high"]), f"{row['p_corrected']:.2g}"
        cells.append((row["claim"], difference, p, row["verdict"], row["num_runs"], _whole(row["num_needed"])))
    yield markdown_table(("claim", "difference", "p", "verdict", "runs", "runs needed"), cells)
    yield "All of it: `comparisons.csv`"


def _failures(facts: Facts) -> Iterator[str]:
    """Yield what went wrong: each kind of error once, with how often and how to see it again."""
    if not len(facts.failures):
        return
    yield "## Failures"
    yield (
        f"{len(facts.failures):,} of {facts.status.num_runs:,} runs have no result and are in no estimate. If they "
        "fail because of what happens in them, the estimates are of the other runs alone. All of them: `failures.csv`"
    )
    for error, ours in facts.failures.groupby("error", sort=False):
        kinds = ", ".join(dict.fromkeys(ours.status))
        yield f"{len(ours):,} x {kinds}: {error}"
        yield f"```sh\n{ours.command.iloc[0]}\n```"


def _sessions(facts: Facts) -> Iterator[str]:
    """Yield versions, commits and machines, each time that the study was worked on."""
    provenance = facts.configuration["provenance"]
    versions = ", ".join(f"{name} {version}" for name, version in provenance["versions"].items())
    yield f"Begun {provenance['created']} with {versions}."
    rows = []
    for session in facts.sessions:
        others = {k: v for k, v in session["versions"].items() if v != provenance["versions"].get(k)}
        machine = f"{session['host']}, {session['machine']['platform']}, {session['machine']['cpus']} processors"
        rows.append((session["started"], session["commit"] or "no repository", machine, _pairs(others) or "the same"))
    if rows:
        yield markdown_table(("from", "commit", "machine", "versions"), rows)


def _whole(number: float) -> str:
    """Return a number of runs, empty if it is undefined."""
    return f"{number:,.0f}" if math.isfinite(number) else ""


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _json(value: Any) -> str:
    return json.dumps(strict(value), ensure_ascii=False)
