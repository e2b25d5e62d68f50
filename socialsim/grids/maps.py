"""Maps as text: one character a cell, one line a row.

A map is a name of the environment's own, a text with line breaks, or the path of a ``.txt`` file. The environment says
which symbols it knows; ``#`` is a wall everywhere and a space or ``.`` is floor. What lies outside a map is wall.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError, unknown

WALL_SYMBOL = "#"
FLOOR_SYMBOLS = " ."
MOST_CELLS = 1 << 24


class Map(NamedTuple):
    """A map, cell by cell."""

    symbols: NDArray[np.str_]  # (height, width), one character each

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, in cells."""
        return self.symbols.shape[0], self.symbols.shape[1]

    def where(self, symbols: str) -> NDArray[np.int64]:
        """Return row and column of every cell with one of these symbols, shape (num_cells, 2), in reading order."""
        return np.argwhere(np.isin(self.symbols, list(symbols)))


def read_map(text: str, symbols: str, known: Mapping[str, str] | None = None) -> Map:
    r"""Return the map of a name or a text.

    Parameters
    ----------
    text : str
        A name among ``known``, or the map itself.
    symbols : str
        Symbols that may stand in it beside walls and floor.
    known : mapping of str to str
        The maps that have names.

    Raises
    ------
    ParameterError
        If the name is unknown, a row is longer or shorter than the first, or a symbol is unknown.

    Examples
    --------
    >>> drawn = read_map("#A#\n.P.", "AP")
    >>> drawn.shape, drawn.where("A").tolist()
    ((2, 3), [[0, 1]])
    >>> read_map("#A#\n.P", "AP")
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: map: row 1 has 2 cells, row 0 has 3; accepted: rows of equal length
    """
    lines = _text(text, symbols, known or {}).strip("\n").split("\n")
    width = len(lines[0])
    for row, line in enumerate(lines):
        if len(line) != width:
            raise ParameterError(
                f"map: row {row} has {len(line)} cells, row 0 has {width}; accepted: rows of equal length"
            )
        for column, symbol in enumerate(line):
            if symbol not in WALL_SYMBOL + FLOOR_SYMBOLS + symbols:
                accepted = ", ".join(repr(each) for each in [WALL_SYMBOL, *FLOOR_SYMBOLS, *symbols])
                raise ParameterError(
                    f"map: {symbol!r} in row {row}, column {column} is not a symbol; accepted: {accepted}"
                )
    if not 0 < width * len(lines) <= MOST_CELLS:
        raise ParameterError(f"map: {width * len(lines)} cells; accepted: 1 to {MOST_CELLS}")
    return Map(np.array([list(line) for line in lines]))


def opened(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an environment's parameters with the text of its map in place of the path of a ``.txt`` file.

    A result thus says on which map it was run, whatever becomes of the file.

    Raises
    ------
    ParameterError
        If there is no such file, or it is not a text.
    """
    found = values.get("map")
    if not isinstance(found, str) or not found.endswith(".txt"):
        return dict(values)
    try:
        return {**values, "map": Path(found).read_text(encoding="utf-8").strip("\n")}
    except (OSError, UnicodeDecodeError) as error:
        reason = "not a text in UTF-8" if isinstance(error, UnicodeDecodeError) else "no such file"
        raise ParameterError(f"map: {found}: {reason}; accepted: a text file with one line a row") from None


def _text(text: str, symbols: str, known: Mapping[str, str]) -> str:
    if text in known:
        return known[text]
    if text.isidentifier() and not set(text) <= set(symbols):
        raise ParameterError(f"{unknown('map', text, known)}, a .txt file, or the map itself")
    return text.replace("\r\n", "\n")
