"""Recovery: can an experiment tell what it is meant to tell? Fitting choices whose parameters are known.

Subjects are simulated with parameters drawn over the ranges in which one would search, in the experiment that one
plans, and fitted as if they were real. **Parameter recovery** compares what comes out with what went in, and counts how
often an interval holds the truth (its coverage). **Model recovery** fits every model to what each has made and counts
which is judged the best ([Wilson2019]_, box 5):

    confusion[s, f] = P(f fits best | s made it),    inversion[s, f] = P(s made it | f fits best)

where the inversion takes all models for equally likely beforehand. An experiment in which recovery fails with simulated
subjects will not do better with real ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.streams import Purpose, seed_streams, uniform
from socialsim.engine.interface import Learner
from socialsim.inference.choices import Choices
from socialsim.inference.likelihood import simulate
from socialsim.inference.maximum_likelihood import Interval, fit
from socialsim.inference.search import Bounds, Range, ranges_of
from socialsim.metrics.estimates import mean, proportion

if TYPE_CHECKING:
    import pandas as pd

Free = Mapping[str, Bounds | None] | Sequence[str]
Truth = Mapping[str, ArrayLike]


@dataclass(frozen=True, eq=False)
class Recovery:
    """Parameters that went in and came out.

    Parameters
    ----------
    table : DataFrame
        A row for each subject and parameter: subject, parameter, true, fitted, low, high; NaN where undefined.
    """

    table: pd.DataFrame

    def coverage(self, parameter: str) -> Estimate:
        """Return how often the interval of a parameter holds the truth, where it has one."""
        rows = self._of(parameter).dropna()
        return proportion((rows.low <= rows.true) & (rows.true <= rows.high))

    def error(self, parameter: str) -> Estimate:
        """Return the mean of what came out minus what went in: the bias, where anything did."""
        rows = self._of(parameter).dropna(subset="fitted")
        return mean(rows.fitted - rows.true)

    def correlation(self, parameter: str) -> Estimate:
        """Return the correlation of what went in and what came out, with Fisher's interval; ranks where undefined."""
        rows = self._of(parameter).dropna(subset="fitted")
        if len(rows) < 4 or rows.true.nunique() < 2 or rows.fitted.nunique() < 2:
            return Estimate.undefined("fewer than 4 subjects were fitted, or all alike", len(rows))
        value = float(np.corrcoef(rows.true, rows.fitted)[0, 1])
        z, half = math.atanh(min(max(value, -1 + 1e-12), 1 - 1e-12)), 1.96 / math.sqrt(len(rows) - 3)
        error = (1.0 - value**2) / math.sqrt(len(rows) - 3)
        low, high = math.tanh(z - half), math.tanh(z + half)
        return Estimate(value, low, high, len(rows), method="Fisher, 95%", standard_error=error)

    def _of(self, parameter: str) -> pd.DataFrame:
        rows = self.table[self.table.parameter == parameter]
        if not len(rows):
            known = ", ".join(self.table.parameter.unique())
            raise ParameterError(f"parameter: {parameter!r} is not accepted; accepted: {known}")
        return rows


def recover(
    learner: Learner,
    free: Free,
    payoffs: ArrayLike,
    *,
    seed: int = 0,
    interval: Interval = "profile",
    true: Truth | None = None,
) -> Recovery:
    """Simulate subjects with known parameters and fit each.

    Parameters
    ----------
    learner : Learner
    free : mapping of str to (low, high) or None, or sequence of str
        The parameters to be recovered and their ranges.
    payoffs : array_like, shape (num_subjects, num_trials, num_actions)
        What each action would pay in each trial of the experiment.
    seed : int
        Of what goes in and of the subjects' streams, >= 0.
    interval : {"profile", "hessian", "none"}
    true : mapping of str to array_like, shape (num_subjects,), optional
        What goes in; by default it is drawn evenly over the ranges.

    Returns
    -------
    Recovery

    Examples
    --------
    >>> from socialsim.learning.boltzmann_q import BoltzmannQ
    >>> payoffs = np.random.default_rng(1).random((12, 200, 2)) < [0.2, 0.8]
    >>> learner = BoltzmannQ(discount=0.0, temperature=0.25)
    >>> recovery = recover(learner, {"alpha": (0.05, 0.95)}, payoffs, seed=1)
    >>> bool(recovery.correlation("alpha").value > 0.7)
    True
    """
    import pandas as pd

    ranges = ranges_of(learner, free)
    paid = np.asarray(payoffs, float)
    values = _truth(ranges, len(paid), seed, true)
    rows = []
    for k, choices in enumerate(_subjects(learner, values, paid, seed)):
        fitted = fit(learner, choices, free, interval=interval)
        for name, estimate in fitted.estimates.items():
            rows.append((k, name, values[name][k], estimate.value, estimate.low, estimate.high))
    return Recovery(pd.DataFrame(rows, columns=["subject", "parameter", "true", "fitted", "low", "high"]))


@dataclass(frozen=True, eq=False)
class ModelRecovery:
    """Which model was judged the best of what each had made.

    Parameters
    ----------
    names : tuple of str
    best : ndarray of int, shape (num_models, num_subjects)
        The model that fits best each subject that the model of the row made.
    """

    names: tuple[str, ...]
    best: NDArray[np.int64]

    def share(self, made: str, fitted: str) -> Estimate:
        """Return one entry of the confusion matrix."""
        return proportion(self.best[self.names.index(made)] == self.names.index(fitted))

    def confusion(self) -> pd.DataFrame:
        """Return P(column fits best | row made it)."""
        import pandas as pd

        shares = [[float((row == k).mean()) for k in range(len(self.names))] for row in self.best]
        return pd.DataFrame(shares, pd.Index(self.names, name="made by"), pd.Index(self.names, name="fitted best"))

    def inversion(self) -> pd.DataFrame:
        """Return P(row made it | column fits best), NaN in the column of a model that never fits best."""
        confusion = self.confusion()
        return confusion / confusion.sum(axis=0).where(lambda total: total > 0.0)


def recover_models(
    models: Mapping[str, tuple[Learner, Free]],
    payoffs: ArrayLike,
    *,
    seed: int = 0,
    criterion: Literal["bic", "aic"] = "bic",
    true: Mapping[str, Truth] | None = None,
) -> ModelRecovery:
    """Simulate subjects by each model, fit all models to each and count which is the best.

    Parameters
    ----------
    models : mapping of str to (learner, free)
        The models by name, with their free parameters and ranges.
    payoffs : array_like, shape (num_subjects, num_trials, num_actions)
        What each action would pay in each trial; all models meet the same.
    seed : int
    criterion : {"bic", "aic"}
        The lowest is the best; of equals the first.
    true : mapping of str to mapping, optional
        What goes in, by model and parameter; by default it is drawn evenly over the ranges.

    Returns
    -------
    ModelRecovery

    Examples
    --------
    >>> from socialsim.learning.boltzmann_q import BoltzmannQ
    >>> from socialsim.learning.roth_erev import RothErev
    >>> models = {
    ...     "values": (BoltzmannQ(discount=0.0), {"alpha": (0.2, 1.0), "temperature": (0.1, 0.4)}),
    ...     "urns": (RothErev(), {"initial_weight": (0.5, 5.0)}),
    ... }
    >>> payoffs = np.random.default_rng(1).random((5, 200, 2)) < [0.3, 0.7]
    >>> float(recover_models(models, payoffs, seed=1).confusion().loc["urns", "urns"])
    1.0
    """
    if criterion not in ("bic", "aic"):
        raise ParameterError(f"criterion: {criterion!r} is not accepted; accepted: 'bic' or 'aic'")
    paid = np.asarray(payoffs, float)
    best = np.zeros((len(models), len(paid)), np.int64)
    for row, (name, (learner, free)) in enumerate(models.items()):
        values = _truth(ranges_of(learner, free), len(paid), seed + row, None if true is None else true[name])
        for k, choices in enumerate(_subjects(learner, values, paid, seed + row)):
            fits = [fit(other, choices, among, interval="none") for other, among in models.values()]
            best[row, k] = int(np.argmin([getattr(item, criterion) for item in fits]))
    return ModelRecovery(tuple(models), best)


def _truth(ranges: dict[str, Range], size: int, seed: int, true: Truth | None) -> dict[str, NDArray[np.float64]]:
    """Return the values that go in, of each parameter and subject."""
    if true is None:
        streams = seed_streams(seed, np.arange(size), Purpose.INITIAL)
        drawn = [[item.value(uniform(stream)) for item in ranges.values()] for stream in streams]
        return dict(zip(ranges, np.array(drawn).T, strict=True))
    if set(true) != set(ranges):
        raise ParameterError(f"true: {', '.join(true)} are not accepted; accepted: {', '.join(ranges)}")
    values = {name: np.asarray(true[name], float) for name in ranges}
    for name, each in values.items():
        if each.shape != (size,):
            raise ParameterError(f"true: {name} of shape {each.shape} is not accepted; accepted: ({size},), as payoffs")
    return values


def _subjects(
    learner: Learner, values: dict[str, NDArray[np.float64]], payoffs: NDArray[np.float64], seed: int
) -> list[Choices]:
    """Return the choices of each subject, simulated with its own values."""
    return [
        simulate(
            learner.replace(**{name: float(each[k]) for name, each in values.items()}),
            payoffs[k : k + 1],
            seed=seed,
            first=k,
        )
        for k in range(len(payoffs))
    ]
