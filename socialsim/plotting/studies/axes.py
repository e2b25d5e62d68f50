"""From the summary of a study to axes: its factors, their levels and scales, and the words on a figure.

A summary has a row for each point and metric: the point's key, a column for each factor under its path, then `metric`,
`value`, `low`, `high`, `num_runs` and `reason`. A factor whose levels are numbers becomes an axis of numbers, and a
logarithmic one if

    max(v) >= 10 min(v) > 0    and    |corr(rank v, log v)| >= |corr(rank v, v)|,                     (1)

that is, if its levels are spread at least as evenly in their logarithms as they are themselves. All other levels are
categories, in the order in which they come first.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import matplotlib.axis
import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError, ResultError, unknown

NOT_FACTORS = ("point", "metric", "value", "low", "high", "num_runs", "reason")
NOT_SET = "not set"
MOST_LETTERS = 24  # of a level's name beside an axis
WIDE = 100.0  # values that span so many times the lowest are drawn on a logarithmic scale


def rows_of(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the rows of one metric, with levels that can be compared and counted.

    Parameters
    ----------
    table : DataFrame
        A summary.
    metric : str
        Its name.

    Raises
    ------
    ResultError
        If the table lacks a column of a summary.
    ParameterError
        If it has no such metric, or no row.

    Examples
    --------
    >>> table = pd.DataFrame({"learner.alpha": [0.1], "metric": "welfare", "value": 2.0, "low": 1.0, "high": 3.0})
    >>> rows_of(table, "welfare").value.tolist()
    [2.0]
    >>> rows_of(table, "wellfare")
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ParameterError: unknown metric 'wellfare'; did you mean 'welfare'? Accepted: welfare
    """
    missing = [name for name in ("metric", "value", "low", "high") if name not in table]
    if missing:
        raise ResultError(f"a summary has the columns metric, value, low and high; missing: {', '.join(missing)}")
    rows = table[table.metric == metric].reset_index(drop=True)
    if rows.empty:
        raise ParameterError(unknown("metric", metric, table.metric.unique()))
    return rows.assign(**{path: rows[path].map(_level) for path in rows.columns if path not in NOT_FACTORS})


def factors_of(rows: pd.DataFrame) -> list[str]:
    """Return the paths of the factors that take more than one level.

    Examples
    --------
    >>> factors_of(pd.DataFrame({"point": ["a", "b"], "learner.alpha": [0.1, 0.2], "network.n": 10, "value": 2.0}))
    ['learner.alpha']
    """
    return [str(path) for path in rows.columns if path not in NOT_FACTORS and rows[path].map(_level).nunique() > 1]


def check_factors(rows: pd.DataFrame, paths: Iterable[str]) -> None:
    """Refuse a path that is no factor of a summary, one that comes twice, and a summary with two rows at one place.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> check_factors(pd.DataFrame({"learner.alpha": [0.1, 0.2]}), ["learner.alfa"])
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ParameterError: unknown factor 'learner.alfa'; did you mean 'learner.alpha'? Accepted: ...
    """
    paths = list(paths)
    known = [str(path) for path in rows.columns if path not in NOT_FACTORS]
    for path in paths:
        if path not in known:
            raise ParameterError(unknown("factor", path, known))
        if paths.count(path) > 1:
            raise ParameterError(f"the factor {path} is given twice; accepted: once")
    if rows.duplicated(known).any():
        raise ParameterError("two rows of the table have the same factors and metric; accepted: one row a point")


def label_of(path: str, labels: Mapping[str, str] | None = None) -> str:
    """Return how a factor or metric is called in a figure.

    Parameters
    ----------
    path : str
        Path of a factor, or name of a metric.
    labels : mapping of str to str, optional
        Names with their units, by path; others are made of the path.

    Examples
    --------
    >>> label_of("environment.effect"), label_of("network.n"), label_of("success_rate")
    ('effect', 'network.n', 'success rate')
    >>> label_of("environment.effect", {"environment.effect": "effect (probability)"})
    'effect (probability)'
    """
    if labels and path in labels:
        return labels[path]
    head, _, rest = path.partition(".")
    return (rest if head in ("environment", "learner") and rest else path).replace("_", " ")


def name_of(level: Any, letters: int | None = None) -> str:
    """Return a level in words: a number to four digits, long text without its middle.

    Examples
    --------
    >>> name_of(0.0316227766), name_of(1e-05), name_of(1000000), name_of(True), name_of("watts_strogatz:n=100,k=4", 13)
    ('0.03162', '1e-05', '1000000', 'true', 'watts_…00,k=4')
    """
    if isinstance(level, bool | np.bool_):
        return str(bool(level)).lower()
    if isinstance(level, Real):
        return f"{float(level):.4g}" if not float(level).is_integer() or abs(float(level)) >= 1e7 else f"{level:.0f}"
    text = str(level)
    if letters is None or len(text) <= letters:
        return text
    return f"{text[: letters // 2]}…{text[len(text) - (letters - 1) // 2 :]}"


def is_wide(values: Any) -> bool:
    """Tell whether positive values span so much that a logarithmic scale shows them better; shares, at most 1, do not.

    Examples
    --------
    >>> is_wide([3.0, 400.0]), is_wide([3.0, 40.0]), is_wide([0.0, 400.0]), is_wide([0.005, 1.0])
    (True, False, False, False)
    """
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    return bool(known.size and known.min() > 0 and known.max() >= max(WIDE * known.min(), 1 + 1e-9))


@dataclass(frozen=True)
class Scale:
    """A factor as an axis.

    Parameters
    ----------
    label : str
    levels : tuple
        Numbers ascending, others as they come first.
    kind : {"linear", "log", "category"}

    Examples
    --------
    >>> scale = Scale.of(pd.Series([0.1, 0.001, 0.01]), "effect")
    >>> scale.kind, scale.levels
    ('log', (0.001, 0.01, 0.1))
    >>> Scale.of(pd.Series(["cycle", "complete"]), "network").places(pd.Series(["complete", "cycle"])).tolist()
    [1.0, 0.0]
    """

    label: str
    levels: tuple[Any, ...]
    kind: str

    @classmethod
    def of(cls, column: pd.Series, label: str) -> Scale:
        """Return the scale of a factor's column."""
        levels = list(dict.fromkeys(column.map(_level)))
        if not all(_is_number(level) for level in levels):
            return cls(label, tuple(levels), "category")
        values = np.array(sorted(map(float, levels)))
        return cls(label, tuple(sorted(levels)), "log" if _is_log(values) else "linear")

    @property
    def is_numeric(self) -> bool:
        """Whether the levels are numbers."""
        return self.kind != "category"

    def places(self, column: pd.Series) -> NDArray[np.float64]:
        """Return where values stand on the axis: the number itself, or that of the category."""
        return column.to_numpy(dtype=float) if self.is_numeric else self.ranks(column).astype(float)

    def ranks(self, column: pd.Series) -> NDArray[np.int64]:
        """Return the number of each value's level, from 0."""
        order = {level: k for k, level in enumerate(self.levels)}
        return column.map(lambda value: order[_level(value)]).to_numpy(dtype=np.int64)

    def draw(self, axis: matplotlib.axis.Axis, *, letters: int = MOST_LETTERS, most: int = 5) -> None:
        """Give an axis the scale, its ticks (about so many where the levels are numbers) and its label."""
        axis.set_label_text(self.label)
        if self.kind == "log":
            (axis.axes.set_xscale if isinstance(axis, matplotlib.axis.XAxis) else axis.axes.set_yscale)("log")
        if not self.is_numeric:
            self.draw_ranks(axis, letters=letters)
        elif self.kind == "log":
            plain_log_ticks(axis, most)
        else:
            integer = all(float(level).is_integer() for level in self.levels)
            axis.set_major_locator(MaxNLocator(most, integer=integer))

    def draw_ranks(self, axis: matplotlib.axis.Axis, *, letters: int = MOST_LETTERS, most: int = 40) -> None:
        """Give an axis a tick at each level, levels equally far apart; at most so many ticks."""
        axis.set_label_text(self.label)
        shown = range(0, len(self.levels), -(-len(self.levels) // most))
        names = [name_of(self.levels[k], letters) for k in shown]
        axis.set_ticks(list(shown), labels=names)
        if isinstance(axis, matplotlib.axis.XAxis) and sum(map(len, names)) > 22:
            for text in axis.get_ticklabels():
                text.set(rotation=35, ha="right", rotation_mode="anchor")


def plain_log_ticks(axis: matplotlib.axis.Axis, most: int = 5) -> None:
    """Give a logarithmic axis few ticks with plain numbers, also where it spans less than two powers of ten."""
    low, high = sorted(axis.get_view_interval())
    decades = np.log10(high / low) if np.isfinite(low) and low > 0 else np.inf
    axis.set_major_locator(LogLocator(subs=(1.0,) if decades >= 1.99 else (1.0, 3.0), numticks=most + 1))
    axis.set_major_formatter(FuncFormatter(lambda value, _: name_of(value)))
    axis.set_minor_formatter(NullFormatter())


def short(label: str) -> str:
    """Return a label without its unit, where that stands elsewhere.

    Examples
    --------
    >>> short("effect (probability)")
    'effect'
    """
    return label.partition(" (")[0]


def note_of(sentences: Sequence[str], width: float) -> str:
    """Return the sentences of a figure's note, in lines that a figure of so many inches holds.

    Examples
    --------
    >>> note_of(["Bands are 95% intervals.", "", "2 values are undefined."], width=3.5)
    'Bands are 95% intervals. 2 values are undefined.'
    """
    return textwrap.fill(" ".join(filter(None, sentences)), int(17 * width))


def _level(value: Any) -> Any:
    """Return a value as a level: something that can be compared, and a word where there is none."""
    if isinstance(value, list | tuple | np.ndarray):
        return str(list(value))
    return NOT_SET if value is None or value != value else value


def _is_number(level: Any) -> bool:
    return isinstance(level, Real) and not isinstance(level, bool | np.bool_)


def _is_log(values: NDArray[np.float64]) -> bool:
    """Say whether sorted values make a logarithmic axis, by equation (1) of this module."""
    if len(values) < 2 or values[0] <= 0 or values[-1] < 10 * values[0] * (1 - 1e-9):
        return False
    rank = np.arange(len(values))
    evenness = [np.corrcoef(rank, column)[0, 1] for column in (np.log(values), values)]
    return bool(evenness[0] >= evenness[1] - 1e-9)
