"""Given price series: a CSV file with a date and a price in each row.

The file begins with a header. If it has columns named ``date`` and ``price``, in any case, these are read; else it must
have just two columns, the date first. Dates are written as 2008-09-15, with a time of day after them or not, and rise
from row to row; prices are numbers > 0. What is missing must be left out: a series with a gap is shorter, not empty.
"""

from __future__ import annotations

import csv
import math
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError


class Prices(NamedTuple):
    """A price series."""

    dates: NDArray[np.datetime64]  # (num_prices,), rising
    prices: NDArray[np.float64]  # (num_prices,), > 0


def read_prices(path: str | Path) -> Prices:
    r"""Return the series in a CSV file.

    Parameters
    ----------
    path : str or Path
        See the module.

    Returns
    -------
    Prices

    Raises
    ------
    ParameterError
        Naming file, row and column, what stands there and what is accepted; rows are lines of the file, the header
        being row 1.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "prices.csv"
    >>> _ = path.write_text("date,price\n2008-09-15,95.5\n2008-09-16,91.2\n")
    >>> read_prices(path).prices.tolist()
    [95.5, 91.2]
    """
    path = Path(path)
    rows = _rows(path)
    header = [cell.strip() for cell in rows[0][1]]
    date_column, price_column = _columns(path, header)
    dates: list[datetime] = []
    prices: list[float] = []
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise ParameterError(f"{path}, row {line}: has {len(row)} columns; accepted: {len(header)}, as the header")
        dates.append(_date(path, line, header[date_column], row[date_column].strip(), dates))
        prices.append(_price(path, line, header[price_column], row[price_column].strip()))
    if len(prices) < 2:
        raise ParameterError(f"{path}: it has {len(prices)} prices; accepted: two or more")
    return Prices(np.array(dates, "datetime64[us]"), np.array(prices))


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows that are not blank, the header first, each with its line."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ParameterError(f"{path}: cannot be read ({error}); accepted: a CSV file of dates and prices") from None
    if not rows:
        raise ParameterError(f"{path}: it is empty; accepted: a header, then rows of a date and a price")
    return rows


def _columns(path: Path, header: list[str]) -> tuple[int, int]:
    """Return which columns hold the date and the price."""
    names = [name.lower() for name in header]
    if names.count("date") == 1 and names.count("price") == 1:
        return names.index("date"), names.index("price")
    if len(header) == 2 and not _is_date(header[0]) and header[1] and not _is_number(header[1]):
        return 0, 1
    raise ParameterError(
        f"{path}, row 1: {', '.join(header)!r} is no header; accepted: a column named date and one named "
        "price, or two columns of any names, the date first"
    )


def _date(path: Path, line: int, column: str, cell: str, before: list[datetime]) -> datetime:
    """Return the date in a cell, which must be after those before."""
    place = f"{path}, row {line}, column {column!r}"
    date = datetime.fromisoformat(cell) if _is_date(cell) else None
    if date is None or date.tzinfo is not None:
        raise ParameterError(f"{place}: {cell!r} is not accepted; accepted: a date such as 2008-09-15")
    if before and date <= before[-1]:
        what = "repeats the date" if date == before[-1] else "is before that"
        raise ParameterError(f"{place}: {cell!r} {what} of the row above; accepted: dates that rise from row to row")
    return date


def _price(path: Path, line: int, column: str, cell: str) -> float:
    """Return the price in a cell."""
    price = float(cell) if _is_number(cell) else math.nan
    if not (math.isfinite(price) and price > 0):
        raise ParameterError(
            f"{path}, row {line}, column {column!r}: {cell!r} is not accepted; accepted: a finite number > 0"
        )
    return price


def _is_date(cell: str) -> bool:
    """Say whether a cell is read as a date."""
    try:
        datetime.fromisoformat(cell)
    except ValueError:
        return False
    return True


def _is_number(cell: str) -> bool:
    """Say whether a cell is read as a number; underscores and digits of other scripts, which Python takes, are not."""
    try:
        float(cell)
    except ValueError:
        return False
    return cell.isascii() and "_" not in cell
