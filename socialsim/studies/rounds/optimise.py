"""Search: the settings at which a metric is best, with Optuna.

    [design]
    kind = "optimise"
    goal = {success_rate = "maximise"}
    trials = 100                                    # settings that are tried
    batch = 8                                       # trials that are asked for together
    method = "tpe"                                  # or "nsga2", "random"
    finalists = 5                                   # best points that are measured anew

Trial number t = 0, 1, ... takes a value of each factor: from a range, on its scale, or from a list, in no order. The
tree-structured Parzen estimator [Bergstra2011]_, NSGA-II [Deb2002]_, whose generations are the batches, or chance
chooses it, in Optuna's implementation [Akiba2019]_. With B trials in a batch

    setting_t = choose(seed, t, what came out of trials 0 ... b - 1, settings of trials b ... t - 1),   b = B floor(t/B)

so that trials do not depend on the number of processes, on kills, or on how many more trials there are later. They do
depend on B. A trial is worth the metric over the study's `replications` of its point; settings that are asked for twice
are one point, run once. A setting that the scenario refuses counts as worse than all others; one at which a metric is
undefined, as failed, which says nothing about its neighbours.

The trials are kept in the file ``optuna.sqlite`` of the study's folder, which Optuna's own tools read. If it is damaged
or lost it can be deleted: the same trials are asked for again, and their runs are there.

**The best of many noisy estimates is too good**: of a hundred equally good points the best one looks on average 2.5
standard errors better than it is (the optimiser's curse [Smith2006]_). So at the end the best points, the `finalists`,
get four times the replications on top, and `best` reports of them what comes from these fresh ones alone. That is
unbiased for each finalist, and for the best of them only a little too good.

With several metrics in `goal`, a point beats another if it is at least as good in all of them and better in one. The
points that none beats, the Pareto front, are the finalists then, however many they are.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from socialsim.core.errors import ParameterError, ResultError
from socialsim.core.manifest import Manifest
from socialsim.core.result import Result
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.studies.design.designs import Optimise
from socialsim.studies.design.points import Point, PointMaker
from socialsim.studies.files import StudyFile
from socialsim.studies.rounds.trials import FILE, Trial, Trials
from socialsim.studies.study import Study, _measure

if TYPE_CHECKING:
    import pandas as pd

KEYS = ["point", "metric"]
ESTIMATE = ["value", "low", "high", "num_runs", "reason"]
FRESH = 4  # times the study's replications that a finalist gets on top


def optimise(file: StudyFile, folder: Path) -> Generator[Mapping[Point, int], None, None]:
    """Yield what is asked for, batch by batch, and at last with the fresh replications of the finalists.

    Parameters
    ----------
    file : StudyFile
        A study whose design is `Optimise`.
    folder : Path
        Where its results are by the time that the next batch is asked for.

    Yields
    ------
    mapping of Point to int
        All points so far and the number of replications of each.

    Raises
    ------
    ParameterError
        If the folder holds another search.
    ResultError
        If the list of trials cannot be read or written.
    MissingExtraError
        If Optuna is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from socialsim.studies.storage.store import Store
    >>> study_file = StudyFile(
    ...     scenario="epistemic",
    ...     replications=20,
    ...     factors={"environment.effect": {"log": [0.001, 0.1]}},
    ...     design={"kind": "optimise", "goal": {"success_rate": "maximise"}, "trials": 6, "batch": 3},
    ... )
    >>> with tempfile.TemporaryDirectory() as parent, Store(f"{parent}/zollman", {"scenario": "epistemic"}) as store:
    ...     rounds = optimise(study_file, store.folder)
    ...     first = next(rounds)
    ...     rounds.close()
    >>> list(first.values())
    [20, 20, 20]
    """
    design, study, maker = _design(file), Study(folder), _maker(file)
    entered = study.points().to_dict("records")
    asked = {maker.make({str(path): value for path, value in values.items()}): 0 for values in entered}
    with _open(file, folder, maker) as trials:
        for first in range(0, design.trials, design.batch):
            batch = trials.ask(range(first, min(first + design.batch, design.trials)))
            asked |= {trial.point: file.replications for trial in batch if trial.point is not None}
            if all(trial.is_told for trial in batch):
                continue
            yield dict(asked)
            outcomes = _outcomes(study, file, batch)
            for trial in batch:
                if not trial.is_told:
                    trials.tell(trial.number, outcomes.get(trial.point.key) if trial.point else None)
        finalists = _finalists(design, trials.known[: design.trials])
    yield asked | dict.fromkeys(finalists, (1 + FRESH) * file.replications)


def best(study: Study, file: StudyFile) -> pd.DataFrame:
    """Return the points of a search, best first.

    Parameters
    ----------
    study : Study
        The search's results, finished or under way.
    file : StudyFile
        The study, whose design is `Optimise`.

    Returns
    -------
    DataFrame
        One row a point and metric: `trial`, the first that tried it; the point's key and its values by path; metric,
        value, low, high, num_runs and reason as in `Study.summary`; `searched`, the value that led the search; `fresh`,
        whether value and interval come from replications that the search has not seen. The finalists first, by their
        fresh values; then the other points, by what the search knows; then those whose metric is undefined; then the
        settings that the scenario refuses, without a key. Of several metrics the first one decides within each group.

    Raises
    ------
    ParameterError
        If the file's design is another one, or the folder holds another search.
    ResultError
        If no trial is over yet, or the list of trials cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from socialsim.studies.run import run_study
    >>> study_file = StudyFile(
    ...     scenario="epistemic",
    ...     replications=20,
    ...     factors={"environment.effect": {"log": [0.001, 0.1]}},
    ...     design={"kind": "optimise", "goal": {"success_rate": "maximise"}, "trials": 4, "finalists": 1},
    ... )
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     study = run_study(study_file, f"{parent}/zollman", num_processes=1)
    ...     best(study, study_file)[["metric", "num_runs", "fresh"]]
             metric  num_runs  fresh
    0  success_rate        80   True
    1  success_rate        20  False
    2  success_rate        20  False
    3  success_rate        20  False
    """
    import pandas as pd

    design = _design(file)
    told = []
    if (study.folder / FILE).is_file():
        with _open(file, study.folder, _maker(file)) as trials:
            told = [trial for trial in trials.known[: design.trials] if trial.is_told]
    if not told:
        raise ResultError(f"{study.folder}: no trial is over; accepted: a search of which a batch has run")
    table = pd.DataFrame.from_records(list(_rows(file, told)))
    known, fresh = _estimates(study, file, told), _fresh_estimates(study, file)
    estimates = pd.concat([known.assign(fresh=False), fresh.assign(fresh=True)])
    estimates = estimates[[*KEYS, *ESTIMATE, "fresh"]].drop_duplicates(KEYS, keep="last")
    table = table.merge(estimates, how="left", on=KEYS)
    table["reason"] = table.reason.fillna(table.pop("otherwise"))
    table["num_runs"] = table.num_runs.fillna(0).astype(int)
    table["fresh"] = table.fresh.eq(True)
    table["searched"] = table.pop("searched")
    return _best_first(table, design)


def _rows(file: StudyFile, trials: Iterable[Trial]) -> Iterator[dict[str, Any]]:
    """Yield what is known of points and refused settings without their estimates, and what is said where none is."""
    goal = _design(file).goal
    for key, trial in _by_point(trials).items():
        row = {
            "trial": trial.number,
            "point": key,
            **file.fixed,
            **trial.setting,
            "otherwise": "no run came to its end",
        }
        for name, value in zip(goal, trial.values or [np.nan] * len(goal), strict=True):
            yield {**row, "metric": name, "searched": value}
    for trial in trials:
        if trial.point is None:
            row = {"trial": trial.number, "point": None, **file.fixed, **trial.setting, "otherwise": trial.reason}
            yield {**row, "metric": None, "searched": np.nan}


def _best_first(table: pd.DataFrame, design: Optimise) -> pd.DataFrame:
    """Sort the points: measured anew, measured, undefined, refused; each group by the first metric."""
    first, *_ = design.goal
    values = table[table.metric == first].set_index("trial").value
    loss = table.trial.map(values) * (-1 if design.goal[first] == "maximise" else 1)
    group = np.select([table.point.isna(), loss.isna(), ~table.fresh], [3, 2, 1], 0)
    metric = table.metric.map({name: k for k, name in enumerate(design.goal)})
    order = np.lexsort([metric.to_numpy(), table.trial.to_numpy(), loss.to_numpy(), group])
    return table.take(order).reset_index(drop=True)


def _estimates(study: Study, file: StudyFile, trials: Iterable[Trial]) -> pd.DataFrame:
    """Return the estimates from the replications that the search sees, at the points of some trials."""
    replications = dict.fromkeys(_by_point(trials), file.replications)
    return study.summary(metrics=list(_design(file).goal), replications=replications).astype({"point": object})


def _fresh_estimates(study: Study, file: StudyFile) -> pd.DataFrame:
    """Return the estimates from the replications that the search does not see, at the points that have any."""
    import pandas as pd

    runs = study.runs().drop(columns=list(study.points()))
    runs = runs[(runs.status == "done") & (runs.replication >= file.replications)].drop(columns="status")
    metrics = {metric.__name__: metric for metric in file.base().metrics}
    rows = []
    for key, ours in runs.rename(columns={"replication": "run"}).groupby("point", sort=False, observed=True):
        manifest = Manifest(file.scenario, {}, seed=file.seed, num_runs=len(ours), commit="")
        result = Result(manifest, {"run": ours.drop(columns="point")})
        for name in _design(file).goal:
            e = _measure(metrics[name], result)
            rows.append((key, name, e.value, e.low, e.high, e.num_runs, e.reason))
    return pd.DataFrame(rows, columns=[*KEYS, *ESTIMATE])


def _outcomes(study: Study, file: StudyFile, trials: Iterable[Trial]) -> dict[str, tuple[float, ...]]:
    """Return the values of all metrics by key, at the points at which all are defined."""
    table = _estimates(study, file, trials).pivot(index="point", columns="metric", values="value")
    return {row[0]: row[1:] for row in table.reindex(columns=list(_design(file).goal)).dropna().itertuples(name=None)}


def _by_point(trials: Iterable[Trial]) -> dict[str, Trial]:
    """Return the first trial of each point."""
    found: dict[str, Trial] = {}
    for trial in trials:
        if trial.point is not None:
            found.setdefault(trial.point.key, trial)
    return found


def _finalists(design: Optimise, trials: Iterable[Trial]) -> list[Point]:
    """Return the points that are measured anew: the best, or the Pareto front."""
    signs = np.array([1.0 if goal == "maximise" else -1.0 for goal in design.goal.values()])
    found = [trial for trial in _by_point(trials).values() if trial.values is not None]
    scores = np.array([trial.values for trial in found]).reshape(-1, signs.size) * signs
    if signs.size == 1:
        chosen = np.argsort(-scores[:, 0], kind="stable")[: design.finalists]
    else:
        beaten = [((scores >= score).all(axis=1) & (scores > score).any(axis=1)).any() for score in scores]
        chosen = np.flatnonzero(~np.array(beaten, bool))[: None if design.finalists else 0]
    return [point for k in chosen if (point := found[k].point) is not None]


def _design(file: StudyFile) -> Optimise:
    if not isinstance(file.design, Optimise):
        raise ParameterError(f"[design] kind: {file.design.kind!r} is not accepted; accepted: 'optimise'")
    return file.design


def _maker(file: StudyFile) -> PointMaker:
    scenario = make_scenario(find_module(file.scenario))
    return PointMaker(scenario, common_random_numbers=file.design.common_random_numbers)


def _open(file: StudyFile, folder: Path, maker: PointMaker) -> Trials:
    """Open the trials of a study."""
    others = {"replications": file.replications, "common_random_numbers": file.design.common_random_numbers}
    others |= {f"[fixed] {path}": value for path, value in file.fixed.items()}

    def make(setting: Mapping[str, Any]) -> Point:
        return maker.make({**file.fixed, **setting})

    return Trials(folder, _design(file), file.factors, file.seed, make, others)
