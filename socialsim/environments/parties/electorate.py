"""Where voters stand: drawn from a distribution, or read from a file.

A file is a CSV with one line for each group of voters who stand at the same point: the columns x, y, z as there are
dimensions, and, where groups differ in size, ``weight``, the number of voters. An electorate that is drawn has, with
the spread s and the separation D,

    normal     N(0, s^2) on each axis
    uniform    U(-s, s) on each axis
    camps      one half N(0, s^2) around -D/2 on the first axis, one half around D/2; N(0, s^2) on the others
"""

from __future__ import annotations

import csv
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.streams import categorical, integer, normal, uniform

AXES = ("x", "y", "z")
DISTRIBUTIONS = ("normal", "uniform", "camps", "file")
NORMAL, UNIFORM, CAMPS, FILE = range(4)
MOST_VOTERS = 2**31  # in one group
FARTHEST = 1e6  # along an axis: squares of distances keep their precision


@lru_cache(maxsize=8)
def read_electorate(path: str, num_dimensions: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the ideal points in a CSV file and how many voters stand at each.

    Parameters
    ----------
    path : str
    num_dimensions : int
        How many of the columns x, y, z there must be.

    Returns
    -------
    points : ndarray, shape (num_groups, num_dimensions)
    weights : ndarray of int, shape (num_groups,)

    Raises
    ------
    ParameterError
        Naming the file, the line and the column.

    Examples
    --------
    >>> read_electorate("nowhere.csv", 2)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: file nowhere.csv: No such file or directory; accepted: a CSV file with the
    columns x, y and, if groups differ in size, weight
    """
    axes, named = AXES[:num_dimensions], f"file {Path(path).as_posix()}"
    columns = f"{', '.join(axes)} and, if groups differ in size, weight"
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            points, weights = _read_lines(csv.reader(file), axes, named, columns)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ParameterError(f"{named}: {reason}; accepted: a CSV file with the columns {columns}") from None
    if not points:
        raise ParameterError(f"{named}: no voter; accepted: at least one line below the names of the columns")
    return np.array(points), np.array(weights, np.int64)


def _read_lines(lines: Any, axes: tuple[str, ...], named: str, columns: str) -> tuple[list[list[float]], list[int]]:
    header = [name.strip() for name in next(lines, [])]
    if sorted(header) not in (sorted(axes), sorted((*axes, "weight"))):
        raise ParameterError(f"{named}, line 1: columns {', '.join(header) or 'none'}; accepted: {columns}")
    points, weights = [], []
    for row in lines:
        where = f"{named}, line {lines.line_num}"
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            raise ParameterError(f"{where}: {len(row)} cells; accepted: {len(header)}, one for each column")
        cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
        points.append([_number(cells[axis], f"{where}, column {axis}") for axis in axes])
        weights.append(_count(cells.get("weight", "1"), f"{where}, column weight"))
    return points, weights


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) <= FARTHEST:
        raise ParameterError(f"{where}: {text!r} is not accepted; accepted: a number from -1e6 to 1e6")
    return value


def _count(text: str, where: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= value < MOST_VOTERS:
        raise ParameterError(f"{where}: {text!r} is not accepted; accepted: a number of voters, an integer >= 1")
    return value


@compiled
def draw_voters(env, stream):
    """Draw everybody's ideal point, unless a file gives them."""
    if env.distribution == FILE:
        return
    for v in range(env.voters.shape[0]):
        for k in range(env.voters.shape[1]):
            if env.distribution == UNIFORM:
                env.voters[v, k] = env.spread * (2.0 * uniform(stream) - 1.0)
            else:
                env.voters[v, k] = env.spread * normal(stream)
        if env.distribution == CAMPS:
            env.voters[v, 0] += env.separation / 2.0 if 2 * v >= env.voters.shape[0] else -env.separation / 2.0


@compiled
def any_voter(env, stream):
    """Return the group of a voter, everybody having the same chance."""
    if env.distribution == FILE:
        return categorical(stream, env.weights)
    return integer(stream, env.voters.shape[0])


@compiled
def find_centre(env):
    """Note how many voters there are, their mean ideal point, and the ends of the policy space."""
    env.num_voters[0] = 0.0
    for v in range(env.voters.shape[0]):
        env.num_voters[0] += env.weights[v]
    for k in range(env.voters.shape[1]):
        total, env.ends[0, k], env.ends[1, k] = 0.0, env.voters[0, k], env.voters[0, k]
        for v in range(env.voters.shape[0]):
            total += env.weights[v] * env.voters[v, k]
            env.ends[0, k] = min(env.ends[0, k], env.voters[v, k])
            env.ends[1, k] = max(env.ends[1, k], env.voters[v, k])
        env.centre[k] = total / env.num_voters[0]
