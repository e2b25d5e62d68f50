"""How significant every approach is: hills on a plane, hills at random, or numbers from a text file.

A landscape is a torus of patches. A hill of height A around (x0, y0) adds

    A exp(-[a (x - x0)^2 + b (x - x0)(y - y0) + c (y - y0)^2])

to the significance of the patch at (x, y), with distances taken the shorter way round. The sum is cut down to a
multiple of the resolution, so that hills end and the plane around them is worth exactly nothing ([Weisberg2009]_
and the program behind it). A **peak** is a patch of a plateau, be it of one patch, that no neighbour of the plateau
exceeds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError

DIRECTIONS = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))  # (rows, columns), clockwise
LEAST_HEIGHT = 0.25  # of random hills, whose heights are uniform from here to 1
SPREADS = (3.0, 12.0)  # patches; the standard deviations of random hills are uniform between these
FEWEST = 3  # rows and columns: fewer would make a patch its own neighbour


def hilly(hills: ArrayLike, size: int, resolution: float) -> NDArray[np.float64]:
    """Return the significance of a square torus of patches with hills.

    Parameters
    ----------
    hills : array_like, shape (num_hills, 6)
        x0, y0, A, a, b, c of each; the middle of the landscape is (0, 0), x counts columns and y rows.
    size : int
        Patches along each side, >= 3.
    resolution : float
        > 0.

    Returns
    -------
    ndarray, shape (size, size)

    Source
    ------
    [Weisberg2009]_, the landscape of its simulations.

    Examples
    --------
    >>> hilly([(0, 0, 1, 0.5, 0, 0.5)], 5, 0.001)[2].tolist()
    [0.135, 0.606, 1.0, 0.606, 0.135]
    """
    place = np.arange(size) - size // 2
    total = np.zeros((size, size))
    for x0, y0, height, a, b, c in np.reshape(hills, (-1, 6)):
        x, y = _around(place - x0, size)[None, :], _around(place - y0, size)[:, None]
        total += height * np.exp(-(a * x * x + b * x * y + c * y * y))
    levels: NDArray[np.float64] = np.trunc(total / resolution + 1e-9)
    return np.round(levels * resolution, 12)


def check_hills(hills: Sequence[Sequence[float]]) -> None:
    """Refuse, by a `ParameterError`, what is no hill: six numbers of a form that falls on all sides.

    Examples
    --------
    >>> check_hills([(0, 0, 1, 0.5, 2, 0.5)])
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: hills: (0, 0, 1, 0.5, 2, 0.5) is not accepted; accepted: x0, y0, height, ...
    """
    for hill in hills:
        if len(hill) != 6 or not (hill[3] > 0 and 4 * hill[3] * hill[5] > hill[4] ** 2):
            raise ParameterError(
                f"hills: {hill} is not accepted; accepted: x0, y0, height, a, b, c of each hill, a > 0 and 4 a c > b^2"
            )


def _around(distance: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return signed distances the shorter way round."""
    return (distance + size / 2) % size - size / 2


def random_hills(num_hills: int, size: int, seed: int) -> NDArray[np.float64]:
    """Return round hills at random places, of random heights and widths.

    Parameters
    ----------
    num_hills, size : int
    seed : int
        The same seed gives the same hills, and more of them leave the first where they are.

    Returns
    -------
    ndarray, shape (num_hills, 6)
        As `hilly` takes them: centres anywhere, heights from U(1/4, 1), standard deviations from U(3, 12) patches.

    Examples
    --------
    >>> bool((random_hills(2, 101, seed=1) == random_hills(5, 101, seed=1)[:2]).all())
    True
    """
    uniform = np.random.Generator(np.random.SFC64(seed)).random((num_hills, 4))
    centres = np.floor(uniform[:, :2] * size) - size // 2
    heights = LEAST_HEIGHT + (1.0 - LEAST_HEIGHT) * uniform[:, 2]
    narrowness = 0.5 / (SPREADS[0] + (SPREADS[1] - SPREADS[0]) * uniform[:, 3]) ** 2
    return np.column_stack([centres, heights, narrowness, np.zeros(num_hills), narrowness])


def read(file: str) -> NDArray[np.float64]:
    """Return the landscape in a text file: a row of patches on each line, numbers between spaces or commas.

    Parameters
    ----------
    file : str
        Empty lines and what follows a ``#`` are passed over.

    Returns
    -------
    ndarray, shape (num_rows, num_columns)
        At least three of each.

    Raises
    ------
    ParameterError
        If the file cannot be read, a row holds anything but finite numbers or is of another length than the first, or
        there are too few. The message begins with the parameter, ``file``, and names the line.

    Examples
    --------
    >>> read("nowhere.txt")
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: file: 'nowhere.txt' cannot be read (No such file or directory); accepted: ...
    """
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise _refusal(file, f" cannot be read ({error.strerror})", "a text file of numbers") from None
    except UnicodeDecodeError:
        raise _refusal(file, " is not text", "a text file of numbers") from None
    rows: list[list[float]] = []
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].replace(",", " ").split()
        if not words:
            continue
        row = [_number(file, number, word) for word in words]
        if rows and len(row) != len(rows[0]):
            raise _refusal(file, f", line {number}: {len(row)} numbers", f"{len(rows[0])}, as in the first row")
        rows.append(row)
    if len(rows) < FEWEST or len(rows[0]) < FEWEST:
        shape = f"{len(rows)} x {len(rows[0]) if rows else 0} numbers"
        raise _refusal(file, f" holds {shape}", f"at least {FEWEST} rows and {FEWEST} columns")
    return np.array(rows)


def _number(file: str, line: int, word: str) -> float:
    """Return a finite number, or refuse the word."""
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _refusal(file, f", line {line}: {word!r}", "finite numbers")
    return number


def _refusal(file: str, problem: str, accepted: str) -> ParameterError:
    return ParameterError(f"file: {file!r}{problem}; accepted: {accepted}")


def peaks(significance: ArrayLike) -> NDArray[np.bool_]:
    """Return which patches are peaks.

    Parameters
    ----------
    significance : array_like, shape (num_rows, num_columns)

    Returns
    -------
    ndarray of bool, of the same shape
        Nowhere true on a landscape that is level throughout, or where nothing is above zero.

    Examples
    --------
    >>> peaks([[0, 0, 0, 0], [0, 2, 2, 0], [0, 0, 0, 0]]).nonzero()[1].tolist()
    [1, 2]
    """
    height = np.asarray(significance, dtype=np.float64)
    neighbours = [np.roll(height, shift, (0, 1)) for shift in DIRECTIONS]
    top = (height > 0) & (height > height.min()) & np.all([height >= other for other in neighbours], axis=0)
    while True:  # a patch on a plateau from which one can go up is no peak
        pairs = zip(DIRECTIONS, neighbours, strict=True)
        on_slope = [(other == height) & ~np.roll(top, shift, (0, 1)) for shift, other in pairs]
        remaining = top & ~np.any(on_slope, axis=0)
        if (remaining == top).all():
            return top
        top = remaining
