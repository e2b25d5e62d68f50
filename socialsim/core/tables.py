"""The result tables: one row an observation, one column a variable, with names, types and units fixed in this file.

Each table has leading columns that every scenario fills; a scenario adds further columns behind them (credences in
`agent`, edge attributes in `edge`, one column a metric in `series`). Runs, steps and agents count from 0; agents are
rows of the population; -1 means "none". Types are those of NumPy; text is pandas' own `str`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from socialsim.core.errors import ResultError, unknown

if TYPE_CHECKING:
    import pandas as pd

INT, FLOAT = "int64", "float64"
STR: Final = "str"
NUMBER: Final = "number"  # whole or real, as the scenario has it
STOPS = ("settled", "done", "horizon", "interrupted")
PRESENCES = ("present", "failed", "absent")


@dataclass(frozen=True)
class Column:
    """A leading column: its name, type, unit, meaning and, for text with few values, the accepted ones.

    Examples
    --------
    >>> TABLES["run"].columns[3]
    Column(name='steps', dtype='int64', unit='steps', doc='length of the run', accepted=())
    """

    name: str
    dtype: str
    unit: str
    doc: str
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A result table: its leading columns, what a row is, and what one asks for to get it.

    Examples
    --------
    >>> TABLES["count"].asked_by
    'record="counts"'
    """

    columns: tuple[Column, ...]
    doc: str
    asked_by: str


RUN = Column("run", INT, "", "replication")
STEP = Column("step", INT, "steps", "host tick, from 0")
AGENT = Column("agent", INT, "", "row of the population")
SOURCE = Column("source", INT, "", "agent that sends or informs")
TARGET = Column("target", INT, "", "agent that receives")
OBSERVATION = Column("observation", INT, "", "index of what the agent observed, -1 if nothing")
ACTION = Column("action", INT, "", "index of what the agent did")
REWARD = Column("reward", FLOAT, "reward", "what the action brought; a sum where the row counts several")

ALWAYS, COUNTS, EVENTS = "every run", 'record="counts"', 'record="events"'

TABLES: dict[str, Table] = {
    "run": Table(
        (
            RUN,
            Column("stream_key", STR, "", "key of the run's random streams; replays this run alone"),
            Column("num_agents", INT, "agents", "size of the population"),
            Column("steps", INT, "steps", "length of the run"),
            Column("stop", STR, "", "why the run ended", STOPS),
            Column("verdict", INT, "", "the scenario's own outcome, -1 if it has none"),
        ),
        "one run",
        ALWAYS,
    ),
    "agent": Table(
        (
            RUN,
            AGENT,
            Column("agent_type", STR, "", "kind of agent"),
            Column("label", STR, "", "name of the node"),
            Column("presence", STR, "", "whether the agent takes part at the end", PRESENCES),
            Column("choice", INT, "", "last action, -1 if none"),
        ),
        "one agent at the end of a run",
        ALWAYS,
    ),
    "edge": Table(
        (
            RUN,
            SOURCE,
            TARGET,
            Column("weight", FLOAT, "", "weight of the edge, 1 if it has none"),
            Column("layer", STR, "", "name of the layer, empty in a network of one layer"),
        ),
        "one directed edge: the source informs the target",
        ALWAYS,
    ),
    "series": Table((RUN, STEP), "one step of a run, with one column a metric", ALWAYS),
    "count": Table(
        (RUN, AGENT, OBSERVATION, ACTION, Column("count", INT, "times", "how often"), REWARD),
        "how often an agent met an observation with an action",
        COUNTS,
    ),
    "act": Table(
        (
            *(RUN, STEP, AGENT),
            Column("observation", NUMBER, "", "what the agent observed: an index, or the first of a row of numbers"),
            Column("action", NUMBER, "", "what the agent did: an index, or the first of a row of numbers"),
            REWARD,
        ),
        "one action",
        EVENTS,
    ),
    "msg": Table(
        (
            RUN,
            STEP,
            SOURCE,
            TARGET,
            Column("moment", STR, "", "when in the step it travels"),
            Column("message", FLOAT, "", "what is said"),
        ),
        "one message",
        EVENTS,
    ),
    "probe": Table(
        (
            RUN,
            STEP,
            AGENT,
            OBSERVATION,
            Column("message", FLOAT, "", "the message heard, NaN if none"),
            ACTION,
            Column("probability", FLOAT, "", "of the action, in [0, 1]"),
        ),
        "what an agent would do",
        "a call of probe()",
    ),
    "fork": Table(
        (
            *(RUN, Column("branch", STR, "", "baseline, placebo or deviation"), STEP, AGENT),
            Column("action", NUMBER, "", "what the agent did: an index or a number"),
            REWARD,
        ),
        "one action in one branch of a fork",
        "a call of fork()",
    ),
    "sanction": Table(
        (
            RUN,
            STEP,
            SOURCE,
            TARGET,
            Column("cost", FLOAT, "reward", "borne by the source, gross of what the sanction brings"),
            Column("loss", FLOAT, "reward", "borne by the target"),
        ),
        "one sanction: the source sanctions the target",
        EVENTS,
    ),
    "norm": Table(
        (RUN, STEP, Column("norm", STR, "", "name"), Column("support", FLOAT, "", "share that complies, in [0, 1]")),
        "one norm at one step",
        "a metric that finds norms",
    ),
}


def validate(name: str, table: Any) -> pd.DataFrame:
    """Return a table with its leading columns first, each of its declared type, and a fresh index.

    Parameters
    ----------
    name : str
        Which table, a key of `TABLES`.
    table : DataFrame or mapping of str to array_like
        The columns, each of shape (num_rows,); a scalar fills its column.

    Returns
    -------
    DataFrame
        Leading columns in their order, further ones (numbers, booleans or text) behind.

    Raises
    ------
    ResultError
        If the table is unknown, a column is missing, has another length, cannot be converted without loss or holds a
        value that is not accepted.

    Examples
    --------
    >>> validate("series", {"credence": [0.5, 0.6], "step": [0, 1], "run": 0})
       run  step  credence
    0    0     0       0.5
    1    0     1       0.6
    >>> validate("series", {"run": [0], "step": [0.5]})
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ResultError: column 'step' of the table 'series' must be int64; got float64
    """
    import pandas as pd

    if name not in TABLES:
        raise ResultError(unknown("result table", name, TABLES))
    try:
        frame = pd.DataFrame(table).reset_index(drop=True)
    except (TypeError, ValueError) as error:
        raise ResultError(f"the columns of the table {name!r} do not make a table: {error}") from None
    leading = {column.name: column for column in TABLES[name].columns}
    missing = [column for column in leading if column not in frame]
    if missing:
        raise ResultError(f"the table {name!r} lacks the column {missing[0]!r}; it starts with {', '.join(leading)}")
    names = [str(column) for column in frame]
    if len(set(names)) < len(names) or names != list(frame):
        raise ResultError(f"the columns of the table {name!r} need names, each its own; got {list(frame)}")
    order = [*leading, *(column for column in names if column not in leading)]
    return pd.DataFrame({column: _typed(name, column, frame[column], leading.get(column)) for column in order})


def _typed(table: str, name: str, values: pd.Series, column: Column | None) -> pd.Series:
    """Return a column in its declared type, or in its own if it is a further column that Parquet can hold."""
    what = f"column {name!r} of the table {table!r}"
    dtype = column.dtype if column else (values.dtype.name if values.dtype.kind in "iufb" else STR)
    if dtype == NUMBER:
        dtype = FLOAT if values.dtype.kind == "f" else INT
    typed = _as_text(values) if dtype == STR else _as_number(values, dtype)
    if typed is None:
        raise ResultError(f"{what} must be {dtype if column else 'numbers, booleans or text'}; got {values.dtype}")
    if column and column.accepted:
        for value in set(typed.unique()) - set(column.accepted):
            raise ResultError(f"{what}: {unknown('value', value, column.accepted)}")
    return typed


def _as_text(values: pd.Series) -> pd.Series | None:
    """Return a column of text as `str`, None if any entry is not text."""
    from pandas.api.types import infer_dtype

    is_text = values.notna().all() and infer_dtype(values) == "string"
    return values.astype(STR) if is_text or values.size == 0 else None


def _as_number(values: pd.Series, dtype: Any) -> pd.Series | None:
    """Return a numeric column in the given type, None if it is not numeric or would lose something."""
    if values.dtype.name == dtype:
        return values
    if values.dtype.kind not in "iufb" and values.size:
        return None
    try:
        with np.errstate(invalid="ignore"):
            typed = values.astype(dtype)
            same = (typed.astype(values.dtype) == values) & ((typed < 0) == (values < 0))
    except (TypeError, ValueError):  # NaN, or an infinite number, as an integer
        return None
    return typed if (same | values.isna()).all() else None


class Tables(Mapping[str, "pd.DataFrame"]):
    """Result tables by name, each built or read when it is first asked for.

    Parameters
    ----------
    sources : mapping of str to a table or to a function that returns one
        A table is a DataFrame or a mapping of columns; `validate` sees to its types.

    Raises
    ------
    ResultError
        If a name is none of `TABLES`, or, on access, if the table does not conform.

    Examples
    --------
    >>> tables = Tables({"series": lambda: {"run": [0], "step": [0]}})
    >>> list(tables), len(tables["series"])
    (['series'], 1)
    """

    def __init__(self, sources: Mapping[str, Any | Callable[[], Any]]) -> None:
        for name in sources:
            if name not in TABLES:
                raise ResultError(unknown("result table", name, TABLES))
        self._sources = dict(sources)
        self._frames: dict[str, pd.DataFrame] = {}

    @classmethod
    def of_valid(cls, **frames: pd.DataFrame) -> Tables:
        """Return tables that `validate` has seen already, or parts of which it has.

        Examples
        --------
        >>> len(Tables.of_valid(series=validate("series", {"run": [0, 1], "step": 0}).iloc[:1])["series"])
        1
        """
        tables = cls(dict.fromkeys(frames))
        tables._frames = dict(frames)
        return tables

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._frames:
            source = self._sources[name]
            self._frames[name] = validate(name, source() if callable(source) else source)
            self._sources[name] = None  # the columns would otherwise stay in memory twice
        return self._frames[name]

    def __contains__(self, name: object) -> bool:
        return name in self._sources

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)
