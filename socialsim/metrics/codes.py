r"""Messages and meanings as rows of symbols, and how far apart they are.

A code is a list of messages, each a sequence of symbols, whole numbers from 0. In an array all rows are equally long:
short ones are padded behind with -1, which stands for nothing.

The edit (Levenshtein) distance is the fewest insertions, deletions and replacements that turn one message into another.
Its usual table costs a comparison for each pair of places. Here a column of the table is held in the bits of one word
([Hyyro2003]_, after Myers): neighbouring places differ by -1, 0 or 1, so that two bits a place will do, and a symbol
costs a dozen operations however long the other message is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError, unknown

DISTANCES = ("hamming", "levenshtein", "cosine")
NOTHING = -1  # stands behind the end of a short message
WORD_BITS = 62  # longest message whose table fits into one signed word
DIGITS = 12  # cosines that differ by rounding alone are equal

Codes = NDArray[np.int64]
Messages = ArrayLike | Sequence[Sequence[int]]


def padded(messages: Messages) -> Codes:
    """Return messages as rows of symbols, the short ones with -1 behind.

    Raises
    ------
    ParameterError
        If there is no message, or a symbol is negative, not whole, or behind a -1.

    Examples
    --------
    >>> padded([[3], [1, 2]]).tolist()
    [[3, -1], [1, 2]]
    """
    rows = messages if isinstance(messages, np.ndarray) else _of_equal_length(messages)
    if rows.ndim != 2 or not (rows != NOTHING).any():
        raise ParameterError(
            f"messages: shape {rows.shape} is not accepted; accepted: a row of symbols for each, not all empty"
        )
    codes = rows.astype(np.int64) if rows.dtype.kind in "iufb" and np.isfinite(rows).all() else np.full(rows.shape, -2)
    ends = np.logical_or.accumulate(codes == NOTHING, axis=1)
    if (codes != rows).any() or (codes < NOTHING).any() or (codes[ends] != NOTHING).any():
        raise ParameterError("messages: a symbol is not accepted; accepted: whole numbers >= 0, and -1 behind the last")
    return codes


def levenshtein_distances(messages: Messages) -> Codes:
    """Return the fewest insertions, deletions and replacements that turn one message into another, for all pairs.

    A column of the table of distances is held in the bits of one word ([Hyyro2003]_, after Myers), so that a symbol
    costs a dozen operations whatever the other message's length, up to 62 symbols; longer ones are compared by table.

    Parameters
    ----------
    messages : array_like of int, shape (num_messages, length), or a list of sequences

    Returns
    -------
    ndarray of int, shape (num_messages (num_messages - 1) / 2,)
        In the order of ``scipy.spatial.distance.pdist``: (0, 1), (0, 2), ..., (1, 2), ...

    Examples
    --------
    >>> levenshtein_distances([[1, 2, 3], [2, 3], [9, 2, 3, 4]]).tolist()
    [1, 2, 2]
    """
    codes = padded(messages)
    symbols, places = np.unique(codes, return_inverse=True)
    lengths = (codes != NOTHING).sum(axis=1)
    distances = np.empty(len(codes) * (len(codes) - 1) // 2, np.int64)
    if codes.shape[1] <= WORD_BITS:
        edit_by_bits(places.reshape(codes.shape), lengths, np.zeros(len(symbols), np.int64), distances)
    else:
        edit_by_table(codes, lengths, np.empty(codes.shape[1] + 1, np.int64), distances)
    return distances


def distances(rows: Messages, kind: str) -> NDArray[Any]:
    """Return the distances of all pairs of rows.

    Parameters
    ----------
    rows : array_like of int, shape (num_rows, length), or a list of sequences
        Symbols >= 0, padded with -1; for the cosine any numbers.
    kind : {"hamming", "levenshtein", "cosine"}
        Places that differ; edits from one to the other; 1 less the cosine of the angle between the rows.

    Returns
    -------
    ndarray, shape (num_rows (num_rows - 1) / 2,)
        In the order of ``scipy.spatial.distance.pdist``: (0, 1), (0, 2), ..., (1, 2), ...; whole numbers where they
        can be counted.

    Raises
    ------
    ParameterError
        If the rows have no such distance, or it is unknown.

    Examples
    --------
    >>> distances([[0, 1], [1, 0], [1, 1]], "hamming").tolist(), distances([[1, 0], [0, 1]], "cosine").tolist()
    ([2, 1, 1], [1.0])
    """
    from scipy.spatial.distance import pdist

    if kind not in DISTANCES:
        raise ParameterError(unknown("distance", kind, DISTANCES))
    if kind == "levenshtein":
        return levenshtein_distances(rows)
    values = np.asarray(rows if kind == "cosine" else padded(rows), dtype=float)
    if values.ndim != 2 or values.size == 0 or not np.isfinite(values).all():
        raise ParameterError(f"rows of shape {values.shape} have no distances; accepted: finite numbers in rows")
    if kind == "hamming":
        return np.rint(pdist(values, "hamming") * values.shape[1]).astype(np.int64)
    if not values.any(axis=1).all():
        raise ParameterError("a row of zeros has no cosine; accepted: rows with a number other than 0")
    return np.round(pdist(values, "cosine"), DIGITS)


def _of_equal_length(messages: Messages) -> NDArray[Any]:
    """Return a list of sequences as an array, the short ones with -1 behind."""
    try:
        rows = [list(message) for message in messages]  # type: ignore[union-attr, arg-type]
        longest = max(map(len, rows), default=0)
        return np.array([row + [NOTHING] * (longest - len(row)) for row in rows])
    except (TypeError, ValueError):
        raise ParameterError("messages: not sequences of symbols; accepted: whole numbers >= 0 in rows") from None


@numba.njit(nogil=True, cache=True)  # it calls nothing, so that numba notices all that changes
def edit_by_bits(codes, lengths, matches, distances):
    """Fill in edit distances; symbols are indices of ``matches``, which is 0 before and after.

    Examples
    --------
    >>> distances = np.empty(1, np.int64)
    >>> edit_by_bits(np.array([[0, 1, 2], [1, 2, 0]]), np.array([3, 2]), np.zeros(3, np.int64), distances)
    >>> distances.tolist()
    [1]
    """
    pair = 0
    for i in range(codes.shape[0]):
        length = lengths[i]
        for k in range(length):
            matches[codes[i, k]] |= 1 << k
        everything = (1 << length) - 1
        for j in range(i + 1, codes.shape[0]):
            rises, falls = everything, 0  # between the places of a column, where it goes up and down by one
            distance = length
            for k in range(lengths[j] if length else 0):
                match = matches[codes[j, k]]
                diagonal = (((match & rises) + rises) ^ rises) | match | falls
                up = falls | (everything & ~(diagonal | rises))
                down = rises & diagonal
                distance += ((up >> (length - 1)) & 1) - ((down >> (length - 1)) & 1)
                up = ((up << 1) | 1) & everything
                down = (down << 1) & everything
                rises = down | (everything & ~(diagonal | up))
                falls = up & diagonal
            distances[pair] = distance if length else lengths[j]
            pair += 1
        for k in range(length):
            matches[codes[i, k]] = 0


@numba.njit(nogil=True, cache=True)
def edit_by_table(codes, lengths, row, distances):
    """Fill in edit distances, a ``row`` of the table at a time.

    Examples
    --------
    >>> distances = np.empty(1, np.int64)
    >>> edit_by_table(np.array([[0, 1, 2], [1, 2, 0]]), np.array([3, 2]), np.empty(4, np.int64), distances)
    >>> distances.tolist()
    [1]
    """
    pair = 0
    for i in range(codes.shape[0]):
        for j in range(i + 1, codes.shape[0]):
            for k in range(lengths[j] + 1):
                row[k] = k
            for above in range(lengths[i]):
                diagonal = row[0]
                row[0] = above + 1
                for k in range(lengths[j]):
                    replaced = diagonal + (codes[i, above] != codes[j, k])
                    diagonal = row[k + 1]
                    row[k + 1] = min(replaced, diagonal + 1, row[k] + 1)
            distances[pair] = row[lengths[j]]
            pair += 1
