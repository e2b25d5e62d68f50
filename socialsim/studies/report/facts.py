"""What a report tells of a study, read once."""

from __future__ import annotations

import inspect
import json
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from socialsim.core.errors import ParameterError, ResultError
from socialsim.core.parameters import unit_of
from socialsim.engine.scenario import Horizon, Scenario, Turnover
from socialsim.plotting.studies.axes import label_of
from socialsim.studies.design.designs import Fast, Morris, Optimise, Saltelli
from socialsim.studies.files import StudyFile
from socialsim.studies.rounds.optimise import best
from socialsim.studies.rounds.sequential import precision
from socialsim.studies.statistics.comparisons import judge
from socialsim.studies.statistics.sensitivity import sensitivity_indices
from socialsim.studies.storage.store import STUDY_FILE, connect, is_at_work
from socialsim.studies.study import Status, Study

SHOWN_POINTS = 3  # in the figures of convergence
FEWEST = 10  # replications from which on convergence is shown


@dataclass(frozen=True)
class Facts:
    """A study as its report tells of it.

    Parameters
    ----------
    study : Study
    file : StudyFile
        The copy that the study's folder keeps.
    status : Status
    is_at_work : bool
        Whether a process was working on it while it was read.
    summary, failures : DataFrame
        As `Study` gives them.

    Examples
    --------
    >>> import tempfile
    >>> from socialsim.studies.run import run_study
    >>> study_file = StudyFile(scenario="epistemic", replications=5, factors={"environment.effect": [0.05]})
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     facts = Facts.of(run_study(study_file, f"{parent}/zollman", num_processes=1))
    >>> facts.labels["environment.effect"], facts.metrics["disagreement"][:18]
    ('effect (probability)', 'Mean polarisation ')
    """

    study: Study
    file: StudyFile
    status: Status
    is_at_work: bool
    summary: pd.DataFrame
    failures: pd.DataFrame

    @classmethod
    def of(cls, study: Study) -> Facts:
        """Return what there is now.

        Raises
        ------
        ParameterError, NetworkError
            If the study file, the scenario or a network file is not there any more, or another one.
        """
        at_work = is_at_work(study.folder)
        file = StudyFile.read(study.folder / STUDY_FILE)
        summary = study.summary()
        return cls(study, file, study.status(), at_work, summary, study.failures())

    @property
    def title(self) -> str:
        """Scenario and number of points."""
        number = len(self.study.points())
        return f"{self.scenario.name}: {number:,} point{'s' * (number != 1)}"

    @property
    def state(self) -> str:
        """How far the study is, and what of it is undefined."""
        status = self.status
        if status.is_complete:
            sentences = [f"All {status.num_done:,} runs are done."]
        else:
            sentences = [f"{status.num_done:,} of {status.num_runs:,} runs are done; estimates are of these alone."]
        if status.num_unsuccessful:
            sentences.append(f"{status.num_unsuccessful:,} failed, crashed or timed out.")
        if status.num_waiting:
            under_way = "; a process is working on them" if self.is_at_work else ""
            sentences.append(f"{status.num_waiting:,} are waiting{under_way}.")
        undefined = int(self.summary.value.isna().sum())
        if undefined:
            sentences.append(f"{undefined:,} of {len(self.summary):,} estimates are undefined.")
        return " ".join(sentences)

    @cached_property
    def configuration(self) -> dict[str, Any]:
        """What `study.json` says."""
        return self.study.configuration

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario with the study's fixed parameters and metrics."""
        return self.file.base()

    @cached_property
    def metrics(self) -> dict[str, str]:
        """The metrics that were measured, by name, each with a sentence on what it is."""
        documented = {metric.__name__: inspect.getdoc(metric) or "" for metric in self.scenario.metrics}
        return {name: " ".join(text.partition("\n\n")[0].split()) for name, text in documented.items()}

    @cached_property
    def labels(self) -> dict[str, str]:
        """Factors with a unit, as figures call them."""
        return {path: f"{label_of(path)} ({unit})" for path, unit in units(self.scenario).items()}

    @cached_property
    def sessions(self) -> list[dict[str, Any]]:
        """When and with what outcomes were computed: time, versions, commit, machine and host of each session."""
        with closing(connect(self.study.folder)) as ledger:
            rows = ledger.execute("SELECT started, record FROM session ORDER BY started").fetchall()
        return [{"started": started, **json.loads(record)} for started, record in rows]

    @cached_property
    def files(self) -> dict[str, Path]:
        """The files that the study names, as it names them: the scenario's, if it has one, and those of networks."""
        names = [self.file.scenario] if self.file.scenario.endswith(".py") else []
        points = self.study.points()
        networks = dict.fromkeys(points["network"].dropna().astype(str)) if "network" in points else {}
        names += [*networks, self.scenario.network.name]
        return {name: Path(name) for name in dict.fromkeys(names) if Path(name).is_file()}

    @cached_property
    def sensitivity(self) -> tuple[pd.DataFrame | None, dict[str, str]]:
        """The indices of metrics, with a column `metric`, and why others have none, by name."""
        design = self.file.design
        if not isinstance(design, Saltelli | Morris | Fast):
            return None, {}
        found, reasons = [], {}
        for name in self.metrics:
            values = self.summary[self.summary.metric == name].set_index("point").value.to_dict()
            outcomes = np.array([values.get(key, np.nan) for key in self.file.keys()])  # noqa: SIM118
            try:
                indices = sensitivity_indices(design, list(self.file.factors), outcomes, self.file.seed)
                found.append(indices.assign(metric=name))
            except ParameterError:
                reasons[name] = f"undefined at {int(np.isnan(outcomes).sum()):,} of {len(outcomes):,} settings"
        return (pd.concat(found, ignore_index=True) if found else None), reasons

    @cached_property
    def search(self) -> pd.DataFrame | None:
        """The points of a search, best first; None in other designs, or before a batch is over."""
        try:
            return best(self.study, self.file) if isinstance(self.file.design, Optimise) else None
        except ResultError:
            return None

    @cached_property
    def precision(self) -> pd.DataFrame | None:
        """How narrow intervals have become; None where nothing was asked for."""
        return precision(self.study, self.file) if self.file.stopping.half_width else None

    @cached_property
    def comparisons(self) -> pd.DataFrame | None:
        """What has come of the registered comparisons, as `judge` says it; None if there are none."""
        return judge(self.study, self.file.comparisons) if self.file.comparisons else None

    @cached_property
    def convergence(self) -> pd.DataFrame | None:
        """Estimates of the first replications at some points: a summary with the column `replications`.

        The points are, for each metric, those with the widest, the median and the narrowest interval.
        """
        done = self.study.runs([]).query("status == 'done'").groupby("point", observed=True).replication.max() + 1
        numbers = _steps(int(done.max()) if len(done) else 0)
        widths = self.summary.assign(width=self.summary.high - self.summary.low).dropna(subset=["width"])
        if len(numbers) < 2 or widths.empty:
            return None
        chosen = {}
        for name, rows in widths.groupby("metric", sort=False, observed=True):
            places = dict.fromkeys(np.linspace(0, len(rows) - 1, SHOWN_POINTS).round().astype(int))
            chosen[name] = rows.sort_values("width", kind="stable").point.iloc[list(places)].tolist()
        keys = sorted({key for points in chosen.values() for key in points})
        names = list(self.metrics)
        counts = {key: int(done[key]) for key in keys}
        tables = []
        for n in sorted({*numbers, *counts.values()}):
            asked = {key: n for key in keys if n == counts[key] or (n in numbers and n < counts[key])}
            tables.append(self.study.summary(names, asked).assign(replications=n))
        whole = pd.concat(tables, ignore_index=True)
        kept = [key in chosen.get(name, ()) for key, name in zip(whole.point, whole.metric, strict=True)]
        return whole[kept].reset_index(drop=True)


def units(scenario: Scenario) -> dict[str, str]:
    """Return the units of a scenario's parameters that have one, by path.

    Examples
    --------
    >>> from socialsim.environments.epistemic import scenario
    >>> units(scenario())["environment.effect"]
    'probability'
    """
    parts: dict[str, Any] = {"environment": type(scenario.environment), "horizon": Horizon, "turnover": Turnover}
    one = len(scenario.learners) == 1
    parts |= {"learner" if one else f"learner.{name}": type(each) for name, each in scenario.learners.items()}
    if scenario.rewiring is not None:
        parts["rewiring"] = type(scenario.rewiring)
    parts |= {"preference" if one else f"preference.{name}": type(each) for name, each in scenario.preference.items()}
    fields = {f"{part}.{name}": field for part, owner in parts.items() for name, field in owner.model_fields.items()}
    known = {path: unit_of(field) for path, field in fields.items()} | {"network.n": "agents"}
    return {path: unit for path, unit in known.items() if unit}


def _steps(num_replications: int) -> list[int]:
    """Return at how many replications an estimate is looked at: a few to a power of ten, and all of them."""
    powers = [digit * 10**exponent for exponent in range(1, 7) for digit in (1, 2, 5)]
    steps = [n for n in powers if FEWEST <= n < num_replications]
    return [*steps[-8:], num_replications] if num_replications >= FEWEST else []
