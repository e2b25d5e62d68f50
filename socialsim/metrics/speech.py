"""Who said what to whom, from the tables of a result: sequences of what is seen, said and done.

Speakers are the sources of the table ``msg``; a message of NaN is silence and counts as none. What a speaker saw and
did is its row of ``act`` in the same step. Its listeners are its out-neighbours by the table ``edge``, or all others in
a run without edges, as far as they act in that step. A message that travels before acting (``speak``) meets the act of
the same step, any other the listener's next act.

The null (`Pairs.turned`) sets what was said against what was done up to an eighth of the record earlier or later. Two
things are kept by it that are no communication:

- Listeners may move together, since they follow each other or a common cause, and so may speakers. All are shifted by
  one share: a shift for each pair would count one speaker with twenty listeners as twenty cases.
- Speakers and listeners who learn each for themselves change in step. Over an eighth of the record a steady change is
  still much the same. An abrupt change of both is not, and is taken for communication: measure before or after it.

Nothing is turned round the end of the record, where a turn would make a break that no agent made: messages in the first
and the last eighth only serve the shifts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ResultError
from socialsim.core.result import Result
from socialsim.metrics.nulls import Record

if TYPE_CHECKING:
    import pandas as pd

BEFORE_ACTING = "speak"
FEWEST_CHANGES = 20  # of a run: fewer shifts that differ could not give a p-value of .05
SHORTEST_MARGIN = 20  # messages, for the same reason
FEWEST_MESSAGES = 3 * SHORTEST_MARGIN  # of a speaker

Tables = NDArray[np.int64]


class Pairs(NamedTuple):
    """For each run one array a speaker, shape (num_messages, 1 + num_listeners): a row for each message, which holds
    the row of a table, and then a column of it for each listener, or -1 where that one did not hear or act.
    """

    records: list[Record]
    height: int
    width: int

    def tables(self, record: Record) -> Tables:
        """Return joint counts without the margins, shape (num_pairs, height, width), for each speaker and listener."""
        cells, found = self.height * self.width, []
        for whole in record:
            messages = whole[margin(len(whole)) : len(whole) - margin(len(whole))]
            place = messages[:, :1].astype(np.int64) * self.width + messages[:, 1:]
            num_listeners = place.shape[1]
            place += np.arange(num_listeners) * cells
            counts = np.bincount(place[messages[:, 1:] >= 0], minlength=num_listeners * cells)
            found.append(counts.reshape(num_listeners, self.height, self.width))
        return np.concatenate(found)

    def information(self, record: Record) -> float:
        """Return I(row; column | pair) in bits: sums of n log2 n, since this is asked some hundred times a run."""
        tables = self.tables(record)
        sizes = tables.sum(axis=(1, 2))
        most = int(sizes.max())
        terms = np.arange(most + 1) * np.log2(np.maximum(np.arange(most + 1), 1))
        together, apart = terms[tables].sum(), terms[tables.sum(axis=1)].sum() + terms[tables.sum(axis=2)].sum()
        return max(float((together - apart + terms[sizes].sum()) / sizes.sum()), 0.0)

    def turned(self, record: Record, stream: np.random.Generator) -> Record:
        """Return the record with the first column of all speakers shifted by one share of the margin, either way."""
        share, way = stream.random(), 1 if stream.random() < 0.5 else -1
        return [
            np.c_[np.roll(messages[:, 0], way * (1 + int(share * margin(len(messages))))), messages[:, 1:]]
            for messages in record
        ]


def margin(num_messages: int) -> int:
    """Return how many messages at either end only serve the shifts, which is also the longest shift.

    Examples
    --------
    >>> margin(60), margin(800)
    (20, 100)
    """
    return max(SHORTEST_MARGIN, num_messages // 8)


def messages_said(result: Result) -> pd.DataFrame:
    """Return what each speaker said, with what it saw and did in that step; messages are numbered in time, ``play``.

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
    said = spoken.merge(result.table("act").rename(columns={"agent": "source"}), on=["run", "step", "source"])
    return said.sort_values("step", kind="stable").assign(play=np.arange(len(said)))


def messages_heard(result: Result) -> pd.DataFrame:
    """Return what each speaker said, once for each listener, with what that listener did then, ``act``, and ``earned``.

    Examples
    --------
    >>> from socialsim.metrics.signalling import communication_success
    >>> heard = messages_heard(communication_success.known().result)
    >>> len(heard), bool((heard["act"] == heard["observation"]).all())
    (2000, True)
    """
    said = messages_said(result)
    now = {"agent": "listener", "action": "act_now", "reward": "earned_now"}
    done = result.table("act")[["run", "step", *now]].rename(columns=now).sort_values(["run", "listener", "step"])
    following = done.groupby(["run", "listener"])[["act_now", "earned_now"]].shift(-1)
    done[["act_next", "earned_next"]] = following.to_numpy()
    heard = said.merge(_links(result, said, done), on=["run", "source"]).merge(done, on=["run", "step", "listener"])
    for name in ("act", "earned"):
        heard[name] = heard[f"{name}_now"].where(heard["moment"] == BEFORE_ACTING, heard[f"{name}_next"])
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


def pairs_of(rows: pd.DataFrame, first: str, second: str) -> Pairs:
    """Return for each run the pairs of two columns in time order, within each speaker, moment of the step and listener;
    without speakers of fewer than 60 messages, and runs in which the two change fewer than 20 times.

    Parameters
    ----------
    rows : DataFrame
        From `messages_said` or `messages_heard`.
    first, second : str
        Columns of values from a finite set, or the first of several that are taken whole: ``message``, ``message_1``.

    Raises
    ------
    ResultError
        If a value is no whole number, or speakers observe nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> plays = np.arange(70)
    >>> said = {"run": 0, "source": 1, "moment": "speak", "play": plays, "message": plays % 2, "action": plays % 3}
    >>> pairs = pairs_of(pd.DataFrame(said), "message", "action")
    >>> pairs.tables(pairs.records[0]).tolist()  # the thirty in the middle
    [[[5, 5, 5], [5, 5, 5]]]
    """
    frame = rows[["run", "source", "moment", "play"]].assign(
        listener=rows.get("listener", 0), row=_indices(rows, first), column=_indices(rows, second)
    )
    height, width = (int(frame[name].max()) + 1 if len(frame) else 1 for name in ("row", "column"))
    records: dict[Any, list[NDArray[Any]]] = {}
    for (run, _, _), part in frame.groupby(["run", "source", "moment"], sort=True):
        plays, place = np.unique(part["play"], return_inverse=True)
        listeners, heard_by = np.unique(part["listener"], return_inverse=True)
        messages = np.full((len(plays), 1 + len(listeners)), -1, np.int32)
        messages[place, 0], messages[place, 1 + heard_by] = part["row"], part["column"]
        if len(plays) >= FEWEST_MESSAGES:
            records.setdefault(run, []).append(messages)
    long_enough = [record for record in records.values() if sum(map(num_changes, record)) >= FEWEST_CHANGES]
    return Pairs(list(long_enough), height, width)


def num_changes(sequence: NDArray[Any]) -> int:
    """Return how often a sequence of values, or of rows, changes.

    Examples
    --------
    >>> num_changes(np.array([0, 0, 2, 1])), num_changes(np.array([[0, 1], [0, 2], [0, 2]]))
    (2, 1)
    """
    return int((sequence[1:] != sequence[:-1]).reshape(len(sequence) - 1, -1).any(axis=1).sum())


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
