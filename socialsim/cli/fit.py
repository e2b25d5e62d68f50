"""``socialsim fit``: learners fitted to the choices in a file.

Every learner that is named is fitted with those of the free parameters that it has; all are compared with each other
and with uniform choice. By default all subjects share one value of each parameter; with ``--each`` every subject has
its own, and the population from which they come is estimated too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from socialsim.cli.console import note, spinner, write_facts, write_json, write_table, write_title
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.estimate import Estimate
from socialsim.engine.interface import Learner
from socialsim.engine.parts import make_learner
from socialsim.inference.choices import Choices, read_choices
from socialsim.inference.comparison import compare
from socialsim.inference.maximum_likelihood import Fit, fit
from socialsim.inference.population import FEWEST_SUBJECTS, Population, SubjectFits, fit_population, fit_subjects
from socialsim.inference.search import Bounds

Fits = dict[str, Fit | SubjectFits]
Models = dict[str, tuple[Learner, dict[str, Bounds | None]]]


def fit_command(
    file: Path, learners: Sequence[str], free: Sequence[str], actions: str | None, *, each: bool, json: bool
) -> int:
    """Fit learners to the choices of a file, print what comes out and return the exit code."""
    bounds = dict(map(parse_free, free))
    if not learners or not bounds or len(bounds) != len(free):
        raise ParameterError(
            "--learner, --free: accepted: one learner or more, and one free parameter or more, each once"
        )
    choices = read_choices(file, None if actions is None else [name.strip() for name in actions.split(",")])
    models = _models(learners, bounds)
    fits: Fits = {}
    populations: dict[str, Population] = {}
    with spinner(f"fitting {', '.join(models)}"):
        for name, (learner, among) in models.items():
            fits[name] = fit_subjects(learner, choices, among) if each else fit(learner, choices, among)
            if each and choices.num_subjects >= FEWEST_SUBJECTS:
                populations[name] = fit_population(learner, choices, among)
    if json:
        write_json(_record(file, choices, fits, populations))
        return 0
    _write(file, choices, fits, populations)
    return 0


def parse_free(text: str) -> tuple[str, Bounds | None]:
    """Return the name of a free parameter and its range, None if it is not given.

    Examples
    --------
    >>> parse_free("alpha"), parse_free("temperature=0.01:10")
    (('alpha', None), ('temperature', (0.01, 10.0)))
    """
    name, is_given, ends = text.partition("=")
    match = re.fullmatch(r"([^:]+):([^:]+)", ends) if is_given else None
    try:
        if is_given and match is None:
            raise ValueError
        return name.strip(), (float(match[1]), float(match[2])) if match else None
    except ValueError:
        raise ParameterError(f"--free: {text!r} is not accepted; accepted: NAME or NAME=LOW:HIGH") from None


def _models(specs: Sequence[str], bounds: dict[str, Bounds | None]) -> Models:
    """Return each learner with those of the free parameters that it has."""
    learners = {spec: make_learner(spec) for spec in specs}
    if len(learners) != len(specs):
        raise ParameterError("--learner: one is named twice; accepted: each once")
    known = {key for learner in learners.values() for key in type(learner).model_fields}
    for name in bounds:
        if name not in known:
            names = ", ".join(dict.fromkeys(learner.name() for learner in learners.values()))
            raise ParameterError(f"--free: {unknown(f'parameter of {names}', name, known)}")
    models: Models = {}
    for spec, learner in learners.items():
        among = {name: ends for name, ends in bounds.items() if name in type(learner).model_fields}
        if not among:
            fields = ", ".join(type(learner).model_fields) or "none"
            raise ParameterError(f"--free: no parameter of {learner.name()} is free; accepted: one or more of {fields}")
        models[spec] = learner, among
    return models


def _write(file: Path, choices: Choices, fits: Fits, populations: dict[str, Population]) -> None:
    """Write the estimates and the comparison for people."""
    write_title(f"{file}: {choices.num_trials:,} choices")
    subjects, blocks = choices.num_subjects, len(choices.subject) - choices.num_subjects
    write_facts(
        [
            ("subjects", f"{subjects}" + (f", {len(choices.subject)} blocks" if blocks else "")),
            ("actions", ", ".join(choices.actions)),
            *([("observations", ", ".join(choices.observations))] if len(choices.observations) > 1 else []),
        ]
    )
    pooled = [(name, item) for name, item in fits.items() if isinstance(item, Fit)]
    if pooled:
        rows = [(name if k == 0 else "", *row) for name, item in pooled for k, row in enumerate(_rows(item))]
        write_table(("learner", "parameter", "estimate [95% interval]", "interval by"), rows)
    for name, item in fits.items():
        if isinstance(item, SubjectFits):
            _write_subjects(name, item, populations.get(name))
        for remark in item.remarks:
            note(f"{name}: {remark}")
    if any(isinstance(item, SubjectFits) for item in fits.values()) and not populations:
        note(f"no population: {subjects} subjects; accepted: {FEWEST_SUBJECTS} or more")
    table = compare(fits).reset_index()
    heads = ("learner", "parameters", "ln L", "AIC", "BIC", "R2", "weight by BIC")
    write_table(
        heads,
        [
            (
                *(str(row["learner"]), str(row["parameters"])),
                *(f"{row[key]:.2f}" for key in ("log_likelihood", "aic", "bic")),
                *(f"{row['r2']:.3f}", f"{row['weight']:.3g}"),
            )
            for row in table.to_dict("records")
        ],
    )


def _rows(item: Fit) -> list[tuple[str, str, str]]:
    return [(name, str(estimate), estimate.method.split(",")[0]) for name, estimate in item.estimates.items()]


def _write_subjects(name: str, item: SubjectFits, population: Population | None) -> None:
    """Write every subject's estimates, and the population's."""
    names = list(next(iter(item.fits.values())).estimates)
    rows = [(subject, *(str(one.estimates[key]).split(":")[0] for key in names)) for subject, one in item.fits.items()]
    write_title(name)
    write_table(("subject", *(f"{key} [95% interval]" for key in names)), rows)
    if population is not None:
        write_table(
            ("population", "median [95% interval]", "middle 95% of subjects"),
            [(key, str(population.medians[key]), "{:.3g} to {:.3g}".format(*population.middles[key])) for key in names],
        )
        if not population.converged:
            note(f"{name}: the population's spread had not come to rest")


def _record(file: Path, choices: Choices, fits: Fits, populations: dict[str, Population]) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    return {
        "file": str(file),
        "trials": choices.num_trials,
        "subjects": choices.num_subjects,
        "actions": list(choices.actions),
        "fits": {name: _of_fit(item) for name, item in fits.items()},
        "populations": {
            name: {
                "medians": _of_estimates(item.medians),
                "middles": {key: list(ends) for key, ends in item.middles.items()},
                "converged": item.converged,
            }
            for name, item in populations.items()
        },
        "comparison": compare(fits).reset_index().to_dict("records"),
    }


def _of_fit(item: Fit | SubjectFits) -> dict[str, Any]:
    if isinstance(item, SubjectFits):
        return {"subjects": {name: _of_fit(each) for name, each in item.fits.items()}}
    return {
        "learner": item.learner.name(),
        "parameters": dict(item.learner),
        "estimates": _of_estimates(item.estimates),
        "log_likelihood": item.log_likelihood,
        "aic": item.aic,
        "bic": item.bic,
        "remarks": list(item.remarks),
    }


def _of_estimates(estimates: dict[str, Estimate]) -> dict[str, Any]:
    return {name: estimate.to_json() for name, estimate in estimates.items()}
