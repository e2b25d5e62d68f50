"""The trials of a search: Optuna's file in the folder of a study.

A trial is entered whole, in one transaction, before anything of it is run, and its outcome once its batch is over. Both
can be interrupted anywhere: what is missing follows from what is there. Optuna's samplers have a state that is not in
the file; so each trial gets a sampler of its own, seeded by the trial's number, and a copy of the trials in memory that
shows what came out of earlier batches and hides what came out of its own.
"""

from __future__ import annotations

import json
import sqlite3
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from socialsim.core.errors import ParameterError, ResultError, SocialsimError
from socialsim.core.extras import require
from socialsim.core.manifest import strict
from socialsim.studies.design.designs import Optimise
from socialsim.studies.design.factors import Factor, Levels
from socialsim.studies.design.points import Point

FILE = "optuna.sqlite"


@dataclass(frozen=True)
class Trial:
    """One setting that a search tries.

    Attributes
    ----------
    number : int
        From 0 on.
    setting : mapping of str to object
        Value of each factor, by path.
    point : Point, optional
        None where the scenario refuses the setting.
    reason : str
        Why there is no point; empty otherwise.
    is_told : bool
        Whether its outcome is known to the search.
    values : tuple of float, optional
        The outcome, one a metric; None where one of them is undefined.

    Examples
    --------
    >>> Trial(0, {"environment.effect": 0.7}, None, "environment.effect: 0.7 is not accepted").is_told
    False
    """

    number: int
    setting: Mapping[str, Any]
    point: Point | None
    reason: str = ""
    is_told: bool = False
    values: tuple[float, ...] | None = None


class Trials:
    """The trials of a search, open for reading and for asking and telling.

    Parameters
    ----------
    folder : Path
        Of the study; a new file is made where it has none.
    design : Optimise
    factors : mapping of str to Factor
        What is searched, by path.
    seed : int
        Of the study.
    make : callable
        From a setting to its point.
    others : mapping of str to object
        What else makes the search another one where it differs.

    Raises
    ------
    ParameterError
        If the folder holds another search.
    ResultError
        If the file cannot be read or written.
    MissingExtraError
        If Optuna is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from socialsim.studies.design.factors import make_factor
    >>> design = Optimise(goal={"gain": "maximise"}, trials=9, batch=2)
    >>> factors = {"x": make_factor({"integer": [1, 3]})}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     def make(setting):
    ...         return Point(str(setting), (), setting)
    ...
    ...     with Trials(Path(folder), design, factors, 0, make, {}) as trials:
    ...         asked = trials.ask(range(0, 2))
    ...         trials.tell(0, (0.5,))
    ...         [trial.is_told for trial in trials.known]
    [True, False]
    """

    def __init__(
        self,
        folder: Path,
        design: Optimise,
        factors: Mapping[str, Factor],
        seed: int,
        make: Callable[[Mapping[str, Any]], Point],
        others: Mapping[str, Any],
    ) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # in a notebook, of progress bars that are not shown
            self._optuna = require("optuna", "optimise")
        self.path, self.design, self.factors, self.seed, self._make = folder / FILE, design, factors, seed, make
        self._distributions = {path: _distribution(self._optuna, factors[path]) for path in sorted(factors)}
        self._storage = None
        try:
            with self._calling():
                self._storage = self._optuna.storages.RDBStorage(
                    f"sqlite:///{FILE}", engine_kwargs={"creator": self._connect}
                )
                self._study = self._make_study(storage=self._storage, study_name="search", load_if_exists=True)
                self._check_record({"seed": seed, **others})
                self.known = [self._read(trial) for trial in self._study.trials]
        except BaseException:
            self._close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._close()

    def ask(self, numbers: range) -> list[Trial]:
        """Return the trials of a batch, after choosing the settings of those that have none yet."""
        with self._calling():
            history = self._study.trials if len(self.known) < numbers.stop else []
            for trial in history[numbers.start :]:
                trial.state = self._optuna.trial.TrialState.RUNNING
                trial.values = trial.datetime_complete = None
            for number in range(len(self.known), numbers.stop):
                draft = self._make_study()
                draft.add_trials(history)
                draft.sampler = self._sampler(number)
                draft.ask(self._distributions)
                history.append(draft.get_trials(deepcopy=False)[number])
                self._study.add_trial(history[number])
                self.known.append(self._read(history[number]))
        return self.known[numbers.start : numbers.stop]

    def tell(self, number: int, values: Sequence[float] | None) -> None:
        """Enter what came out of a trial: a value a metric, or None where one is undefined or there is no point."""
        states, trial = self._optuna.trial.TrialState, self.known[number]
        state = states.PRUNED if trial.point is None else states.FAIL if values is None else states.COMPLETE
        with self._calling():
            self._study.tell(number, None if values is None else list(values), state)
        self.known[number] = replace(trial, is_told=True, values=None if values is None else tuple(values))

    # --- Optuna ------------------------------------------------------------------------------------------------------

    def _make_study(self, **options: Any) -> Any:
        """Return a study of Optuna's, in memory unless a storage is given."""
        directions = [goal.replace("ise", "ize") for goal in self.design.goal.values()]
        return self._optuna.create_study(
            directions=directions, sampler=self._optuna.samplers.RandomSampler(0), **options
        )

    def _sampler(self, number: int) -> Any:
        """Return what chooses the setting of a trial."""
        (seed,) = np.random.SeedSequence([self.seed, number]).generate_state(1)
        samplers = self._optuna.samplers
        if self.design.method == "tpe":
            return samplers.TPESampler(seed=int(seed), constant_liar=True)  # so that a batch spreads out
        if self.design.method == "nsga2":
            return samplers.NSGAIISampler(seed=int(seed), population_size=max(2, self.design.batch))
        return samplers.RandomSampler(seed=int(seed))

    def _read(self, trial: Any) -> Trial:
        """Return a trial of Optuna's in our own terms."""
        setting = {path: _value(self.factors[path], value) for path, value in trial.params.items()}
        try:
            point, reason = self._make(setting), ""
        except SocialsimError as error:
            point, reason = None, " ".join(str(error).split())
        values = None if trial.values is None else tuple(trial.values)
        return Trial(trial.number, setting, point, reason, trial.state.is_finished(), values)

    def _check_record(self, others: Mapping[str, Any]) -> None:
        """Note what makes this search another one where it differs, or make sure that the file says the same."""
        of_design = {"goal": list(self.design.goal.items()), "batch": self.design.batch, "method": self.design.method}
        factors = {
            f"[factors] {path}": json.loads(self._optuna.distributions.distribution_to_json(distribution))
            for path, distribution in self._distributions.items()
        }
        mine = strict({**of_design, **factors, **others, "optuna": self._optuna.__version__})
        theirs = self._study.user_attrs.get("search")
        if theirs is None:
            self._study.set_user_attr("search", mine)
        elif theirs != mine:
            differing = [name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)]
            differences = [f"{name} is {theirs.get(name)!r} there and {mine.get(name)!r} here" for name in differing]
            raise ParameterError(
                f"{self.path.parent}: holds another search: {'; '.join(differences)}; give another folder"
            )

    # --- the file ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _calling(self) -> Iterator[None]:
        """Keep Optuna quiet, and turn an error of the file into one line that says what can be done."""
        from sqlalchemy.exc import SQLAlchemyError

        logging, broken = self._optuna.logging, self._optuna.exceptions.StorageInternalError
        verbosity = logging.get_verbosity()
        logging.set_verbosity(logging.ERROR)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except (SQLAlchemyError, sqlite3.Error, broken) as error:
            reason = str(getattr(error, "orig", None) or error.__cause__ or error).splitlines()[0]
            raise ResultError(
                f"{self.path}: {reason}; if the file is damaged, delete it: it is made again from the runs"
            ) from None
        finally:
            logging.set_verbosity(verbosity)

    def _connect(self) -> sqlite3.Connection:
        """Return a connection, whatever characters the path has."""
        return sqlite3.connect(self.path, timeout=60, check_same_thread=False)

    def _close(self) -> None:
        if self._storage is not None:
            self._storage.remove_session()
            self._storage.engine.dispose()


def _distribution(optuna: Any, factor: Factor) -> Any:
    """Return a factor in Optuna's terms; the values of a list as JSON, which keeps 1, 1.0, true and "1" apart."""
    if isinstance(factor, Levels):
        return optuna.distributions.CategoricalDistribution(list(dict.fromkeys(map(_text, factor.values))))
    if factor.scale == "integer":
        return optuna.distributions.IntDistribution(int(factor.low), int(factor.high))
    return optuna.distributions.FloatDistribution(factor.low, factor.high, log=factor.scale == "log")


def _value(factor: Factor, found: Any) -> Any:
    """Return the value of a factor that Optuna's stands for."""
    return next(value for value in factor.values if _text(value) == found) if isinstance(factor, Levels) else found


def _text(value: Any) -> str:
    return json.dumps(strict(value), ensure_ascii=False)
