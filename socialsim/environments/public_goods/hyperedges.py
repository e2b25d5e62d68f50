"""Groups of any size, given as lists of agents or read from a file (hyperedges)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError

Array = NDArray[np.int64]
COLUMNS = ("group", "agent")
A_FILE = "a CSV file with the columns group and agent, a line for each member of a group"


def lay_out(groups: Sequence[Sequence[int]], num_agents: int, named: str) -> tuple[Array, Array]:
    """Return where each group starts among the members, and the members of all groups.

    Parameters
    ----------
    groups : sequence of sequences of int
        The agents of each group, by their rows.
    num_agents : int
    named : str
        What an error calls the groups.

    Raises
    ------
    ParameterError
        If a group has fewer than two members, or one of them twice, or one that is no agent.

    Examples
    --------
    >>> lay_out([[0, 1], [1, 2, 3]], 4, "groups")
    (array([0, 2, 5]), array([0, 1, 1, 2, 3]))
    """
    for number, group in enumerate(groups, start=1):
        strangers = [agent for agent in group if not 0 <= agent < num_agents]
        if strangers:
            raise ParameterError(f"{named}: group {number} has agent {strangers[0]}; accepted: 0 to {num_agents - 1}")
        if len(group) < 2 or len(set(group)) < len(group):
            raise ParameterError(f"{named}: group {number} is {list(group)}; accepted: two or more different agents")
    starts = np.cumsum([0, *map(len, groups)]).astype(np.int64)
    return starts, np.array([agent for group in groups for agent in group], np.int64)


def read_hyperedges(path: str) -> list[list[int]]:
    """Return the groups in a CSV file with the columns ``group`` and ``agent``, in the order in which they appear.

    Raises
    ------
    ParameterError
        If the file cannot be read, or a line names no group or no agent; the message names line and column.

    Examples
    --------
    >>> read_hyperedges("nowhere.csv")
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: environment.hyperedges_file: nowhere.csv: No such file or directory; accepted:
    a CSV file with the columns group and agent, a line for each member of a group
    """
    named = f"environment.hyperedges_file: {Path(path).as_posix()}"
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            groups: dict[str, list[int]] = {}
            for group, agent in _memberships(rows, named):
                groups.setdefault(group, []).append(agent)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ParameterError(f"{named}: {reason}; accepted: {A_FILE}") from None
    if not groups:
        raise ParameterError(f"{named}: no group; accepted: {A_FILE}")
    return list(groups.values())


def _memberships(rows: Iterator[list[str]], named: str) -> Iterator[tuple[str, int]]:
    header = [name.strip() for name in next(rows, [])]
    if any(header.count(name) != 1 for name in COLUMNS):
        given = ", ".join(header) or "none"
        raise ParameterError(f"{named}, line 1: columns {given}; accepted: group and agent, once each, and any others")
    for number, row in enumerate(rows, start=2):
        if any(cell.strip() for cell in row):
            cells = {name: row[k].strip() if k < len(row) else "" for k, name in enumerate(header)}
            for name, accepted in (("group", "any name"), ("agent", "the row of an agent, from 0")):
                if not cells[name] or (name == "agent" and not cells[name].isdecimal()):
                    where = f"{named}, line {number}, column {name}"
                    raise ParameterError(f"{where}: {cells[name]!r} is not accepted; accepted: {accepted}")
            yield cells["group"], int(cells["agent"])
