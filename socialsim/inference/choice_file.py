"""Files of observed choices: what `socialsim.inference.choices` accepts, and where a cell is refused."""

from __future__ import annotations

import csv
import itertools
import math
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError, unknown

FOREGONE = "foregone_"
NEEDED = ("subject", "trial", "action", "reward")
OPTIONAL = ("block", "observation")
MISSING = ("", "na", "n/a", "nan", "null")  # what stands for a missing value, in any case
ROUNDING = 1e-9  # relative


class ChoiceFile:
    """A CSV file of choices: its header, its rows and the line on which each stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                reader = csv.reader(file)
                lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ParameterError(f"{path}: cannot be read ({error}); accepted: a CSV file of choices") from None
        if len(lines) < 2:
            raise ParameterError(f"{path}: it has no choices; accepted: a header, then a row for each choice")
        header = [cell.strip() for cell in lines[0][1]]
        self.place = {name: k for k, name in enumerate(header)}
        self.rows = [[cell.strip() for cell in row] for _, row in lines[1:]]
        self.line = [line for line, _ in lines[1:]]
        known = (*NEEDED, *OPTIONAL)
        for name in header:
            if name not in known and not name.startswith(FOREGONE):
                raise ParameterError(f"{path}, line 1: {unknown('column', name, known)}, or {FOREGONE}ACTION")
            if header.count(name) > 1:
                raise ParameterError(f"{path}, line 1: the column {name!r} stands there twice; accepted: once")
        for name in NEEDED:
            if name not in header:
                raise ParameterError(f"{path}, line 1: the column {name!r} is missing; accepted: {', '.join(known)}")
        for line, row in zip(self.line, self.rows, strict=True):
            if len(row) != len(header):
                raise ParameterError(f"{path}, line {line}: {len(row)} cells; accepted: {len(header)}, as the header")

    def column(self, name: str) -> list[str]:
        """Return the cells of a column."""
        return [row[self.place[name]] for row in self.rows]

    def refuse(self, row: int, name: str, accepted: str) -> ParameterError:
        """Return the error that names a cell."""
        cell = self.rows[row][self.place[name]]
        where = f"{self.path}, line {self.line[row]}, column {name!r}"
        return ParameterError(f"{where}: {cell!r} is not accepted; accepted: {accepted}")

    def number(self, row: int, name: str) -> float:
        """Return a cell as a finite number."""
        try:
            value = float(self.rows[row][self.place[name]].replace("_", "?"))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.refuse(row, name, "a finite number")
        return value

    def payoffs(self, order: list[int], names: tuple[str, ...]) -> NDArray[np.float64] | None:
        """Return what each action would have paid in some rows; that of the action itself is its reward."""
        if not any(name.startswith(FOREGONE) for name in self.place):
            return None
        for row in order:
            column, reward = f"{FOREGONE}{self.rows[row][self.place['action']]}", self.number(row, "reward")
            if not math.isclose(self.number(row, column), reward, rel_tol=ROUNDING, abs_tol=ROUNDING):
                raise self.refuse(row, column, f"{reward:g}, which the action has paid by the column 'reward'")
        return np.array([[self.number(row, f"{FOREGONE}{name}") for name in names] for row in order])

    def observations(self) -> tuple[tuple[str, ...], list[str]]:
        """Return the names of the observations, and what was seen in each row."""
        if "observation" not in self.place:
            return ("0",), ["0"] * len(self.rows)
        cells = self.column("observation")
        for row, cell in enumerate(cells):
            if cell.lower() in MISSING:
                raise self.refuse(row, "observation", "the name of an observation; a missing one is no name")
        return self._ordered("observation", cells), cells

    def actions(self, given: tuple[str, ...] | None) -> tuple[str, ...]:
        """Return the names of the actions: as given, as the foregone columns say, or as they are in the file."""
        if given is not None and len(set(given)) != len(given):
            raise ParameterError(f"actions: {', '.join(given)} is not accepted; accepted: different names")
        foregone = tuple(name.removeprefix(FOREGONE) for name in self.place if name.startswith(FOREGONE))
        cells = self.column("action")
        known = given or (_in_order(set(foregone)) if foregone else None)
        for row, cell in enumerate(cells):
            if cell not in known if known is not None else cell.lower() in MISSING:
                accepted = "the name of an action; a missing one is no name, but that of an action by actions="
                raise self.refuse(row, "action", ", ".join(known) if known else accepted)
        names = known or self._ordered("action", cells)
        if foregone and set(foregone) != set(names):
            columns = ", ".join(f"{FOREGONE}{name}" for name in names)
            raise ParameterError(f"{self.path}, line 1: accepted: a column for each action, {columns}")
        if known is None:
            self._refuse_gaps(names)
        return names

    def _ordered(self, column: str, cells: list[str]) -> tuple[str, ...]:
        """Return the names in a column in their order, refusing two ways to write one number."""
        names = set(cells)
        if all(map(_is_whole, names)):
            for row, cell in enumerate(cells):
                if cell != str(int(cell)) and any(int(name) == int(cell) for name in names - {cell}):
                    raise self.refuse(row, column, f"one way to write {int(cell)} in all rows")
        return _in_order(names)

    def _refuse_gaps(self, names: tuple[str, ...]) -> None:
        """Refuse numbered actions of which some are missing: how many there are decides what chance would do."""
        if all(map(_is_whole, names)):
            numbers = [int(name) for name in names]
            first = min(numbers[0], 1)
            gaps = sorted(set(range(first, numbers[-1] + 1)) - set(numbers))
            if gaps or len(names) == 1:
                missing = f", {gaps[0]} is not among them" if gaps else ""
                raise ParameterError(
                    f"{self.path}, column 'action': nobody chose anything but {', '.join(names)}{missing}; accepted: "
                    "the names of all actions by actions="
                )
        elif len(names) == 1:
            raise ParameterError(
                f"{self.path}, column 'action': nobody chose anything but {names[0]}; accepted: the names of all "
                "actions by actions="
            )

    def sequences(self) -> dict[tuple[str, str], list[int]]:
        """Return the rows of each subject and block in the order of trials, refusing gaps and repetitions."""
        found: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for row, cells in enumerate(self.rows):
            subject = cells[self.place["subject"]]
            if not subject:
                raise self.refuse(row, "subject", "a name")
            block = cells[self.place["block"]] if "block" in self.place else ""
            if not _is_whole(cells[self.place["trial"]]):
                raise self.refuse(row, "trial", "a whole number")
            found.setdefault((subject, block), []).append((int(cells[self.place["trial"]]), row))
        for (subject, _), trials in found.items():
            trials.sort()
            for (before, _), (trial, row) in itertools.pairwise(trials):
                if trial != before + 1:
                    raise self.refuse(row, "trial", f"{before + 1}, which follows trial {before} of subject {subject}")
        return {key: [row for _, row in trials] for key, trials in found.items()}


def _is_whole(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]+", text) is not None


def _in_order(names: set[str]) -> tuple[str, ...]:
    """Return names in the order of the numbers that they are, or of the alphabet."""
    return tuple(sorted(sorted(names), key=int) if all(map(_is_whole, names)) else sorted(names))
