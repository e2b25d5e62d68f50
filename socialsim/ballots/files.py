r"""Ballots from files; the suffix says the format.

**CSV** (``.csv``): the first line names the columns, ``count`` (may be left out: one voter a line), then ``1``, ``2``,
... for the places, or such names as ``rank 1``. Each line is a ballot: how many voters cast it and the candidates from
the best on. Cells behind the last one ranked stay empty; candidates that share a place are joined by ``=``:

    count,1,2,3
    455,Andy Montroll
    371,Bob Kiss,Kurt Wright,Andy Montroll
    2,Ada,Ben=Cyd

**PrefLib** (``.soc``, ``.soi``, ``.toc``, ``.toi``: strict or with ties, complete or incomplete; [Mattei2013]_) is
parsed by preflibtools. What that passes over in silence is refused here first, with the line where it stands:
characters that are no ballot, candidates who are ranked twice or do not stand, orders that the suffix excludes, a
header that contradicts the ballots.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from socialsim.ballots.profile import MAX_VOTERS, Profile
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.extras import require

PREFLIB = (".soc", ".soi", ".toc", ".toi")
SUFFIXES = (".csv", *PREFLIB)

Order = tuple[tuple[str, ...], ...]
"""One ballot: the candidates of each place, best first."""

HEADER_LINE = re.compile(r"# ([A-Z]+(?: [A-Z]+)*)(?: (\d+))?:(.*)")
GROUP = r"(?:\d+|\{\d+(?:,\d+)*\})"
BALLOT_LINE = re.compile(rf"(\d+):({GROUP}(?:,{GROUP})*),?")


def read_ballots(path: str | PathLike[str], candidates: Sequence[str] | None = None) -> Profile:
    r"""Return the ballots of a file; equal ones are put together.

    Parameters
    ----------
    path : str or path
        A file ending in .csv, .soc, .soi, .toc or .toi.
    candidates : sequence of str, optional
        Who stands, in this order: by default all whom a PrefLib file declares, or who occur in a CSV file, sorted.

    Raises
    ------
    ParameterError
        Naming the file and the line, if it cannot be read, holds no voter, or a ballot is not valid.
    MissingExtraError
        If the format is PrefLib's and preflibtools is not installed.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "election.csv"
    >>> _ = file.write_text("count,1,2,3\n3,Ada,Ben,Cyd\n2,Ben=Cyd\n")
    >>> profile = read_ballots(file)
    >>> profile.candidates, profile.ranks.tolist(), profile.counts.tolist()
    (('Ada', 'Ben', 'Cyd'), [[1, 2, 3], [0, 1, 1]], [3, 2])
    """
    file = Path(path)
    lines = _lines(file)
    try:
        if file.suffix.lower() == ".csv":
            names, orders = _read_csv(lines, candidates)
        else:
            names, orders = _read_preflib(lines, file.suffix.lower()[1:], candidates)
        return _profile(orders, tuple(names if candidates is None else candidates))
    except ParameterError as error:
        comma = ", " if str(error).startswith("line ") else ": "
        raise ParameterError(f"ballot file {file.as_posix()}{comma}{error}") from None


def cut_ties(profile: Profile) -> Profile:
    """Return strict ballots: each ends above the first place that candidates share, as a count by hand ends it.

    Ballots on which the first place is shared are left out.

    Raises
    ------
    ParameterError
        If no ballot is left.

    Examples
    --------
    >>> profile = Profile(np.array([[1, 2, 2], [1, 1, 2]]), np.array([3, 4]), ("Ada", "Ben", "Cyd"))
    >>> cut_ties(profile).ranks.tolist(), cut_ties(profile).counts.tolist()
    ([[1, 0, 0]], [3])
    """
    same = (profile.ranks[:, :, None] == profile.ranks[:, None, :]) & (profile.ranks[:, :, None] > 0)
    shared = np.where(same.sum(axis=2) > 1, profile.ranks, profile.num_candidates + 1)
    ranks = np.where(profile.ranks < shared.min(axis=1, keepdims=True), profile.ranks, 0)
    left = ranks.any(axis=1)
    return Profile(ranks[left], profile.counts[left], profile.candidates)


def write_ballots(profile: Profile, path: str | PathLike[str]) -> None:
    """Write a profile to a CSV file that `read_ballots` reads; whom nobody ranks is not in it.

    Raises
    ------
    ParameterError
        If the file does not end in .csv or a candidate's name cannot stand in it.
    """
    file = Path(path)
    if file.suffix.lower() != ".csv":
        raise ParameterError(f"ballot file {file.as_posix()}: unknown suffix {file.suffix!r}; accepted: .csv")
    for name in profile.candidates:
        if "=" in name or name != " ".join(name.split()) or not name:
            raise ParameterError(f"candidates: {name!r} cannot stand in a CSV file; accepted: a name without '='")
    with file.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["count", *range(1, max(len(set(row[row > 0])) for row in profile.ranks) + 1)])
        for row, count in zip(profile.ranks, profile.counts, strict=True):
            places = [np.flatnonzero(row == place) for place in sorted(set(row[row > 0].tolist()))]
            writer.writerow([count, *("=".join(profile.candidates[c] for c in place) for place in places)])


def _lines(file: Path) -> list[str]:
    """Return the lines of a text file."""
    named, accepted = f"ballot file {file.as_posix()}", ", ".join(SUFFIXES)
    if file.suffix.lower() not in SUFFIXES:
        raise ParameterError(f"{named}: unknown suffix {file.suffix!r}; accepted: {accepted}")
    try:
        return file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ParameterError(f"{named}: {reason}; accepted: a text file ending in {accepted}") from None


def _profile(orders: Mapping[Order, int], names: tuple[str, ...]) -> Profile:
    """Return the profile of orders and how many voters cast each."""
    if not orders:
        raise ParameterError("there are no ballots; accepted: at least one voter")
    ranks = np.zeros((len(orders), len(names)), np.int64)
    for row, order in enumerate(orders):
        for k, place in enumerate(order, start=1):
            for name in place:
                ranks[row, names.index(name)] = k
    return Profile(ranks, np.array(list(orders.values())), names)


def _check_order(line: int, order: Order, candidates: Sequence[str] | None) -> None:
    """Refuse a ballot that ranks a candidate twice, or one who does not stand."""
    ranked = [name for place in order for name in place]
    if candidates is not None and (strangers := [name for name in ranked if name not in candidates]):
        raise ParameterError(f"line {line}: {unknown('candidate', strangers[0], candidates)}")
    if twice := [name for name in ranked if ranked.count(name) > 1]:
        raise ParameterError(f"line {line}: {twice[0]!r} is ranked twice; accepted: each candidate at most once")


# --- CSV -----------------------------------------------------------------------------------------------------------


def _read_csv(lines: list[str], candidates: Sequence[str] | None) -> tuple[list[str], dict[Order, int]]:
    """Return those who occur, sorted, and how many voters cast each order."""
    rows = _rows(lines)
    if not rows:
        raise ParameterError("the file is empty; accepted: a header such as count,1,2,3, then ballots")
    first, num_places = _columns(*rows[0])
    orders: dict[Order, int] = {}
    for line, row in rows[1:]:
        order = _places(line, row[first:], num_places, first)
        _check_order(line, order, candidates)
        orders[order] = orders.get(order, 0) + (_count(line, row[0]) if first == 1 else 1)
    return sorted({name for order in orders for place in order for name in place}), orders


def _rows(lines: list[str]) -> list[tuple[int, list[str]]]:
    """Return the cells of each line that is not blank, with its number."""
    reader, rows, end = csv.reader(lines, strict=True), [], 0
    try:
        for row in reader:
            end = reader.line_num
            if len(row) > 1 or "".join(row).strip():
                rows.append((end, [cell.strip() for cell in row]))
    except csv.Error as error:
        raise ParameterError(f"line {end + 1}: {error}; accepted: cells separated by commas, quotes closed") from None
    return rows


def _columns(line: int, header: list[str]) -> tuple[int, int]:
    """Return the column of the first place and the number of places."""
    while header and not header[-1]:
        header = header[:-1]
    first = int(header[0].lower() == "count")
    numbers = [re.fullmatch(r"\D*(\d+)", name) for name in header[first:]]
    if not numbers or [match and int(match[1]) for match in numbers] != list(range(1, len(numbers) + 1)):
        raise ParameterError(
            f"line {line}: {','.join(header)!r} is no header; accepted: count (may be left out), then 1,2,3,... or "
            "names such as rank 1"
        )
    return first, len(numbers)


def _count(line: int, cell: str) -> int:
    if not cell.isdecimal() or not 1 <= int(cell) <= MAX_VOTERS:
        raise ParameterError(f"line {line}, column count: {cell!r} is not accepted; accepted: voters, 1 to 10^12")
    return int(cell)


def _places(line: int, cells: list[str], num_places: int, first: int) -> Order:
    """Return the order in the cells of one line."""
    while cells and not cells[-1]:
        cells = cells[:-1]
    if not cells:
        raise ParameterError(f"line {line}: the ballot is empty; accepted: at least one candidate")
    if len(cells) > num_places:
        raise ParameterError(f"line {line}: {len(cells)} places; accepted: at most {num_places}, as in the header")
    for number, cell in enumerate(cells, start=1):
        if not all(name.strip() for name in cell.split("=")):
            raise ParameterError(
                f"line {line}, column {first + number}: {cell!r} is not accepted; accepted: a candidate in every place "
                "down to the last that is ranked, those who share it joined by '='"
            )
    return tuple(tuple(sorted(name.strip() for name in cell.split("="))) for cell in cells)


# --- PrefLib -------------------------------------------------------------------------------------------------------


def _read_preflib(lines: list[str], kind: str, candidates: Sequence[str] | None) -> tuple[list[str], dict[Order, int]]:
    """Return those who stand and how many voters cast each order, as preflibtools reads them."""
    instances = require("preflibtools.instances", "voting")
    header, names, start = _read_header(lines, kind)
    num_voters = 0
    for number, line in enumerate(lines[start:], start=start + 1):
        if line.strip():
            num_voters += _check_line(number, line, names, kind, candidates)
    if num_voters == 0:
        return list(names.values()), {}
    declared_on, declared = header["NUMBER VOTERS"]
    if declared != str(num_voters):
        raise ParameterError(
            f"line {declared_on}: NUMBER VOTERS is {declared}; accepted: {num_voters}, as the ballots have"
        )
    instance = instances.OrdinalInstance()
    instance.parse_str("\n".join(lines), kind, autocorrect=True)  # adds up the voters of equal orders
    orders: dict[Order, int] = {}
    for numbers, count in instance.multiplicity.items():
        order = tuple(tuple(sorted(names[c] for c in place)) for place in numbers)
        orders[order] = orders.get(order, 0) + count
    declared_on, declared = header.get("NUMBER UNIQUE ORDERS", (0, str(len(orders))))
    if declared != str(len(orders)):
        raise ParameterError(
            f"line {declared_on}: NUMBER UNIQUE ORDERS is {declared}; accepted: {len(orders)}, as the ballots have"
        )
    return list(names.values()), orders


def _read_header(lines: list[str], kind: str) -> tuple[dict[str, tuple[int, str]], dict[int, str], int]:
    """Return each entry with its line, the candidates by number, and where the ballots start."""
    header: dict[str, tuple[int, str]] = {}
    names: dict[int, str] = {}
    start = next((k for k, text in enumerate(lines) if not text.startswith("#")), len(lines))
    for line, text in enumerate(lines[:start], start=1):
        entry = HEADER_LINE.fullmatch(text.rstrip())
        if entry is None:
            raise ParameterError(f"line {line}: {text.strip()!r} is no header; accepted: such as '# NUMBER VOTERS: 9'")
        key, number, value = entry[1], entry[2], entry[3].strip()
        if key != "ALTERNATIVE NAME":
            header[key] = (line, value)
        elif number is None or not value or int(number) in names or value in names.values():
            raise ParameterError(f"line {line}: {text.strip()!r}: accepted: a number and a name, each once")
        else:
            names[int(number)] = value
    _check_header(header, len(names), kind, start + 1)
    return header, names, start


def _check_header(header: Mapping[str, tuple[int, str]], num_names: int, kind: str, end: int) -> None:
    """Refuse a header that lacks an entry or contradicts itself."""
    for key in ("DATA TYPE", "NUMBER ALTERNATIVES", "NUMBER VOTERS"):
        if key not in header:
            raise ParameterError(f"line {end}: the header ends without {key!r}; accepted: a line '# {key}: ...'")
    accepted = {"DATA TYPE": kind, "NUMBER ALTERNATIVES": str(num_names)}
    for key, value in accepted.items():
        line, given = header[key]
        if given != value:
            why = "as the suffix" if key == "DATA TYPE" else "as names are given"
            raise ParameterError(f"line {line}: {key} is {given!r}; accepted: {value}, {why}")


def _check_line(number: int, line: str, names: Mapping[int, str], kind: str, candidates: Sequence[str] | None) -> int:
    """Return the voters of one ballot line, or refuse it."""
    ballot = BALLOT_LINE.fullmatch("".join(line.split()))
    if ballot is None or not 1 <= int(ballot[1]) <= MAX_VOTERS:
        raise ParameterError(
            f"line {number}: {line.strip()!r} is no ballot; accepted: voters (1 to 10^12) and an order, as 5: 2,{{1,3}}"
        )
    groups = [[int(c) for c in re.findall(r"\d+", group)] for group in re.findall(GROUP, ballot[2])]
    if strangers := [c for group in groups for c in group if c not in names]:
        raise ParameterError(f"line {number}: {unknown('candidate', strangers[0], map(str, names))}")
    _check_order(number, tuple(tuple(names[c] for c in group) for group in groups), candidates)
    if kind[0] == "s" and any(len(group) > 1 for group in groups):
        raise ParameterError(f"line {number}: candidates share a place; accepted in .{kind}: strict orders")
    if kind[2] == "c" and sum(map(len, groups)) < len(names):
        raise ParameterError(
            f"line {number}: {sum(map(len, groups))} of {len(names)} candidates are ranked; accepted in .{kind}: all"
        )
    return int(ballot[1])
