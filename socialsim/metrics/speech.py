"""Who said what to whom, from the tables of a result: sequences of what is seen, said and done.

Speakers are the sources of the table ``msg``; a message of NaN is silence and counts as none. What a speaker saw and
did is its row of ``act`` in the same step. Its listeners are its out-neighbours by the table ``edge``, or all others in
a run without edges, as far as they act in that step. A message that travels before acting (``speak``) meets the act of
the same step, any other the listener's next act.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ResultError
from socialsim.core.result import Result
from socialsim.metrics.listening import closed
from socialsim.metrics.nulls import Record, circular_shifts

if TYPE_CHECKING:
    import pandas as pd

BEFORE_ACTING = "speak"
FEWEST_CHANGES = 20  # of a run: fewer turns that differ could not give a p-value of .05

Tables = NDArray[np.int64]


class Pairs(NamedTuple):
    """For each run the sequences of pairs of values, one a speaker (and listener); a pair is row x width + column."""

    records: list[Record]
    height: int
    width: int

    def tables(self, record: Record) -> Tables:
        """Return joint counts, shape (num_sequences, height, width)."""
        cells = self.height * self.width
        return np.stack([np.bincount(pairs, minlength=cells).reshape(self.height, self.width) for pairs in record])

    def information(self, record: Record) -> float:
        """Return I(row; column | sequence) in bits: sums of n log2 n, since this is asked some hundred times a run."""
        tables = self.tables(record)
        sizes = tables.sum(axis=(1, 2))
        most = int(sizes.max())
        terms = np.arange(most + 1) * np.log2(np.maximum(np.arange(most + 1), 1))
        together, apart = terms[tables].sum(), terms[tables.sum(axis=1)].sum() + terms[tables.sum(axis=2)].sum()
        return max(float((together - apart + terms[sizes].sum()) / sizes.sum()), 0.0)

    def turned(self, record: Record, stream: np.random.Generator) -> Record:
        """Return the record with the columns of each sequence turned in time."""
        split = [np.divmod(pairs.astype(np.int64), self.width) for pairs in record]
        columns = circular_shifts([column for _, column in split], stream)
        return [row * self.width + column.astype(np.int64) for (row, _), column in zip(split, columns, strict=True)]


def messages_said(result: Result) -> pd.DataFrame:
    """Return what each speaker said, with what it saw and did in that step.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> when = {"run": 0, "step": [0, 1]}
    >>> msg = pd.DataFrame(when | {"source": 0, "target": -1, "moment": "speak", "message": [2, None]})
    >>> act = pd.DataFrame(when | {"agent": 0, "observation": [3, 4], "action": [5, 6]})
    >>> spoken = messages_said(SimpleNamespace(table=lambda name: {"msg": msg, "act": act}[name]))
    >>> spoken[["step", "source", "message", "observation", "action"]].to_numpy().tolist()
    [[0.0, 0.0, 2.0, 3.0, 5.0]]
    """
    messages = result.table("msg")
    spoken = messages[messages["message"].notna()].drop(columns="target")
    return spoken.merge(result.table("act").rename(columns={"agent": "source"}), on=["run", "step", "source"])


def messages_heard(result: Result) -> pd.DataFrame:
    """Return what each speaker said, once for each listener, with what that listener did then, ``act``.

    Examples
    --------
    >>> from socialsim.metrics.signalling import communication_success
    >>> heard = messages_heard(communication_success.known().result)
    >>> len(heard), bool((heard["act"] == heard["observation"]).all())
    (2000, True)
    """
    said = messages_said(result)
    done = result.table("act")[["run", "step", "agent", "action"]].rename(columns={"agent": "listener"})
    done = done.sort_values(["run", "listener", "step"])
    done["next"] = done.groupby(["run", "listener"])["action"].shift(-1)
    done = done.rename(columns={"action": "now"})
    heard = said.merge(_links(result, said, done), on=["run", "source"]).merge(done, on=["run", "step", "listener"])
    heard["act"] = heard["now"].where(heard["moment"] == BEFORE_ACTING, heard["next"])
    return heard[heard["act"].notna()]


def _links(result: Result, said: pd.DataFrame, done: pd.DataFrame) -> pd.DataFrame:
    """Return who hears whom: by the edges of each run, or everybody else where a run lists none."""
    import pandas as pd

    ends = ["run", "source", "listener"]
    everybody = said[["run", "source"]].drop_duplicates().merge(done[["run", "listener"]].drop_duplicates(), on="run")
    everybody = everybody[everybody["source"] != everybody["listener"]]
    if "edge" not in result.tables:
        return everybody
    edges = result.edges.rename(columns={"target": "listener"})[ends]
    edges = edges[edges["source"] != edges["listener"]].drop_duplicates()
    return pd.concat([edges, everybody[~everybody["run"].isin(edges["run"])]])


def pairs_of(rows: pd.DataFrame, groups: list[str], first: str, second: str) -> Pairs:
    """Return for each run the pairs of two columns in time order, a sequence for each group; without the runs in which
    they change fewer than 20 times.

    Parameters
    ----------
    rows : DataFrame
        With the columns run and step, those of the groups and the two.
    groups : list of str
        Columns that tell whose sequence a row belongs to.
    first, second : str
        Columns of values from a finite set, or the first of several that are taken whole: ``message``, ``message_1``.

    Raises
    ------
    ResultError
        If a value is no whole number, or speakers observe nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> steps = np.arange(30)
    >>> rows = pd.DataFrame({"run": 0, "step": steps, "source": 1, "message": steps % 2, "action": steps % 3})
    >>> pairs = pairs_of(rows, ["source"], "message", "action")
    >>> pairs.tables(pairs.records[0]).tolist()  # up to the last act like the first
    [[[5, 4, 5], [5, 5, 4]]]
    """
    keys = ["run", *groups]
    frame = rows[[*keys, "step"]].assign(row=_indices(rows, first), column=_indices(rows, second))
    frame = frame.sort_values([*keys, "step"], kind="stable")
    height, width = (int(frame[name].max()) + 1 if len(frame) else 1 for name in ("row", "column"))
    records: dict[Any, list[NDArray[Any]]] = {}
    for key, part in frame.groupby(keys, sort=True):
        assert isinstance(key, tuple)
        row, column = part["row"].to_numpy(), part["column"].to_numpy()
        records.setdefault(key[0], []).append((row * width + column)[: closed(column)])
    long_enough = [record for record in records.values() if sum(map(num_changes, record)) >= FEWEST_CHANGES]
    return Pairs(list(long_enough), height, width)


def num_changes(sequence: NDArray[Any]) -> int:
    """Return how often a sequence changes.

    Examples
    --------
    >>> num_changes(np.array([0, 0, 2, 1]))
    2
    """
    return int((sequence[1:] != sequence[:-1]).sum())


def _indices(rows: pd.DataFrame, name: str) -> NDArray[np.int64]:
    """Return a value of a finite set, in one column or a row of several, as an index."""
    columns = _columns(rows, name)
    values = rows[columns].to_numpy(float)
    if not (values == np.rint(values)).all():
        raise ResultError(f"column {name!r} holds real numbers; accepted: indices, or rows of whole numbers")
    if name == "observation" and len(values) and (values < 0).all():
        raise ResultError("column 'observation' of the table 'act' is -1 throughout: speakers observe nothing")
    return np.unique(values, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _columns(rows: pd.DataFrame, name: str) -> list[str]:
    """Return the columns ``name``, ``name_1``, ... of a table."""
    return [name, *(column for column in map(str, rows) if re.fullmatch(rf"{name}_\d+", column))]
