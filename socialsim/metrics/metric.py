"""A metric that can be computed from the tables of any result: what it reads, its family, its null, a known value.

The metrics of a package are pure functions of arrays. Where the tables of a result hold such arrays, a **metric** reads
them: a function from a `Result` to an `Estimate` that says in advance which columns of which tables it needs, so that a
result without them gets an answer (what is missing, and what would record it) and no error in the middle. Metrics
register nowhere: `metrics` finds them by walking this package.
"""

from __future__ import annotations

import functools
import importlib
import math
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from socialsim.core.errors import ParameterError, ResultError, unknown
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.core.tables import TABLES

FAMILIES = ("signalling", "norms", "dilemmas", "labour", "dynamics")
NULLS = ("circular shifts", "local shifts", "permuted bouts", "permutations", "AR(1) surrogates")


class Known(NamedTuple):
    """A constructed result and the value that a metric must have on it."""

    result: Result
    value: float
    tolerance: float = 1e-9


@dataclass(frozen=True, eq=False)
class Metric:
    """A function from a result to an estimate, and what one must know to call it.

    Parameters
    ----------
    function : callable
        From a `Result` with the needed tables to an `Estimate`.
    family : str
        One of `FAMILIES`.
    needs : mapping of str to tuple of str
        Table -> columns.
    null : str or None
        The null hypothesis whose mean is subtracted, one of `NULLS`.
    known : callable
        Returns a `Known`.

    Raises
    ------
    ParameterError
        If the family, the null or a table is unknown.

    Examples
    --------
    >>> from socialsim.core.manifest import Manifest
    >>> metric = metrics()["modal_share"]
    >>> metric.family, dict(metric.needs)
    ('norms', {'act': ('agent', 'action')})
    >>> print(metric(Result(Manifest("voter", {}, seed=1, num_runs=1))))
    undefined: needs the table 'act' (agent, action); it comes with record="events"
    """

    function: Callable[[Result], Estimate]
    family: str
    needs: Mapping[str, tuple[str, ...]]
    null: str | None
    known: Callable[[], Known]

    def __post_init__(self) -> None:
        for attribute in functools.WRAPPER_ASSIGNMENTS:  # the name, docstring and module are those of the function
            self.__dict__[attribute] = getattr(self.function, attribute)
        self.__dict__["__wrapped__"] = self.function
        if self.family not in FAMILIES:
            raise ParameterError(unknown("family of metrics", self.family, FAMILIES))
        if self.null is not None and self.null not in NULLS:
            raise ParameterError(unknown("null", self.null, NULLS))
        for table in self.needs:
            if table not in TABLES:
                raise ParameterError(unknown("result table", table, TABLES))

    @property
    def name(self) -> str:
        """Name of the function."""
        return self.function.__name__

    def missing(self, result: Result) -> str:
        """Return what a result lacks for this metric and what provides it; empty if nothing."""
        for table, columns in self.needs.items():
            provider = TABLES[table].asked_by
            source = f"it comes with {provider}"
            if table not in result.tables:
                is_asked = any(TABLES[name].asked_by == provider for name in result.tables)
                where = ", where the scenario has it" if is_asked else ""
                return f"needs the table {table!r} ({', '.join(columns)}); {source}{where}"
            frame = result.tables[table]
            absent = [column for column in columns if column not in frame]
            if absent:
                return f"needs the column {absent[0]!r} of the table {table!r}; {source}, where the scenario has it"
            if frame.empty:
                return f"the table {table!r} has no rows; {source}"
        return ""

    def __call__(self, result: Result) -> Estimate:
        """Return the estimate; undefined, with its reason, where the result lacks something."""
        if reason := self.missing(result):
            return Estimate.undefined(reason, result.num_runs)
        try:
            return self.function(result)
        except (ResultError, ParameterError) as error:  # a column that holds something else, such as real numbers
            return Estimate.undefined(str(error), result.num_runs)

    def __reduce__(self) -> str:
        return self.name

    def holds_on_known(self) -> bool:
        """Say whether the metric has its known value on the result that was constructed for it."""
        result, value, tolerance = self.known()
        return math.isclose(self(result).value, value, rel_tol=0.0, abs_tol=tolerance)


def metric(
    *,
    family: str,
    needs: Mapping[str, tuple[str, ...]],
    known: Callable[[], Known],
    null: str | None = None,
) -> Callable[[Callable[[Result], Estimate]], Metric]:
    """Make a metric of a function from a `Result` to an `Estimate`; see `Metric` for the parameters.

    Examples
    --------
    >>> from socialsim.core.manifest import Manifest
    >>> from socialsim.metrics.estimates import mean
    >>> result = Result(Manifest("voter", {}, seed=1, num_runs=2), {"series": {"run": [0, 1], "step": 0, "x": [1, 3]}})
    >>> @metric(family="dynamics", needs={"series": ("x",)}, known=lambda: Known(result, 2.0))
    ... def average(result):
    ...     return mean(result.series.groupby("run").x.mean())
    >>> print(average(result), average.holds_on_known())
    2.0 [-10.7, 14.7] True
    """
    return lambda function: Metric(function, family, needs, null, known)


def metrics(family: str | None = None) -> dict[str, Metric]:
    """Return the project's metrics by name, or those of one family.

    Raises
    ------
    ParameterError
        If the family is unknown.

    Examples
    --------
    >>> sorted({found.family for found in metrics().values()}) == sorted(FAMILIES)
    True
    """
    if family is not None and family not in FAMILIES:
        raise ParameterError(unknown("family of metrics", family, FAMILIES))
    package = importlib.import_module("socialsim.metrics")
    found: dict[str, Metric] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"socialsim.metrics.{info.name}")
        here = [m for m in vars(module).values() if isinstance(m, Metric) and m.__module__ == module.__name__]
        found |= {m.name: m for m in here if family in (None, m.family)}
    return dict(sorted(found.items()))
