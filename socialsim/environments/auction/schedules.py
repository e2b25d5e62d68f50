"""Supply and demand: what each buyer would pay for each unit, and what each seller must at least be paid.

A schedule comes from one of three sources: a name, lists of numbers, or a CSV file with a line for each unit,

    side,trader,unit,limit
    buyer,Ann,1,95
    buyer,Ann,2,80
    seller,Bo,1,40

in any order. A buyer's limits are values, a seller's are costs, integers in 1, ..., ``highest_price``; a trader's units
are numbered 1, 2, ... and traded in this order.

The built-in schedules ``market_1`` to ``market_5`` have the equilibrium prices of the five markets of [Gode1993]_, 69,
69, 106, 170 and 131, among six buyers and six sellers, and the quantities 6 and 24 of the third and the fifth. The
values and costs themselves were not at hand. Here they fall and rise in straight lines, steeply up to the equilibrium
quantity and gently beyond, where the gentle part is chosen such that trade in all units makes the efficiency that the
paper prints for unconstrained traders (90.0, 90.0, 76.7, 48.8 and 86.0%); how constrained traders fare played no part.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from socialsim.core.errors import ParameterError, unknown

COLUMNS = ("side", "trader", "unit", "limit")
SIDES = ("buyer", "seller")
NUM_TRADERS = 6  # a side, in the built-in schedules

Units = tuple[tuple[int, ...], ...]


class Schedule(NamedTuple):
    """The limit prices of all units, trader by trader, in the order in which they are traded."""

    values: Units
    costs: Units


class Ladder(NamedTuple):
    """A built-in schedule: straight lines on either side of the equilibrium."""

    price: int
    quantity: int
    num_units: int  # a side
    highest_value: int
    lowest_value: int
    lowest_cost: int
    highest_cost: int


LADDERS = {
    "market_1": Ladder(69, 12, 18, 122, 59, 14, 79),
    "market_2": Ladder(69, 15, 24, 136, 60, 18, 78),
    "market_3": Ladder(106, 6, 12, 136, 100, 78, 112),
    "market_4": Ladder(170, 12, 24, 182, 160, 141, 180),
    "market_5": Ladder(131, 24, 36, 160, 124, 105, 138),
}


def built_in(name: str) -> Schedule:
    """Return a schedule by name.

    Examples
    --------
    >>> built_in("market_3").values
    ((136, 105), (130, 104), (124, 103), (119, 102), (113, 101), (107, 100))
    """
    ladder = LADDERS[name]
    beyond = ladder.num_units - ladder.quantity
    values = line(ladder.highest_value, ladder.price + 1, ladder.quantity)
    values += line(ladder.price - 1, ladder.lowest_value, beyond)
    costs = line(ladder.lowest_cost, ladder.price - 1, ladder.quantity)
    costs += line(ladder.price + 1, ladder.highest_cost, beyond)
    return Schedule(deal(values), deal(costs))


def line(first: int, last: int, count: int) -> list[int]:
    """Return integers in a straight line, rounded to the nearest, halves up.

    Examples
    --------
    >>> line(10, 3, 4)
    [10, 8, 5, 3]
    """
    gaps = count - 1
    return [(2 * (first * (gaps - k) + last * k) + gaps) // (2 * gaps) for k in range(count)]


def deal(units: list[int]) -> Units:
    """Deal units out in turn, so that each trader's own keep their order.

    Examples
    --------
    >>> deal([9, 8, 7, 6, 5, 4, 3, 2, 1])[:3]
    ((9, 3), (8, 2), (7, 1))
    """
    return tuple(tuple(units[k::NUM_TRADERS]) for k in range(NUM_TRADERS))


def read_schedule(name_or_path: str, highest_price: int) -> Schedule:
    """Return a built-in schedule, or the one in a CSV file.

    Raises
    ------
    ParameterError
        If the name is unknown, the file cannot be read, or it holds no valid schedule; the message names the line and
        the column.

    Examples
    --------
    >>> read_schedule("market_9", 200)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: unknown schedule 'market_9'; did you mean 'market_5'? Accepted: market_1,
    market_2, market_3, market_4, market_5, or the path of a .csv file
    """
    if name_or_path in LADDERS:
        schedule = built_in(name_or_path)
        check_units(schedule, highest_price, f"schedule {name_or_path}")
        return schedule
    if not name_or_path.endswith(".csv"):
        raise ParameterError(f"{unknown('schedule', name_or_path, LADDERS)}, or the path of a .csv file")
    path = Path(name_or_path)
    named = f"schedule {path.as_posix()}"
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            units = _read_lines(csv.reader(file), named, highest_price)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ParameterError(f"{named}: {reason}; accepted: a CSV file with the columns {', '.join(COLUMNS)}") from None
    return Schedule(*(_in_order(units[side], side, named) for side in SIDES))


def _read_lines(
    lines: Any,
    named: str,
    highest_price: int,
) -> Mapping[str, dict[str, dict[int, tuple[int, int]]]]:
    """Return side -> trader -> unit -> (limit, line)."""
    header = [name.strip() for name in next(lines, [])]
    if sorted(header) != sorted(COLUMNS):
        given = ", ".join(header) or "none"
        raise ParameterError(f"{named}, line 1: columns {given}; accepted: {', '.join(COLUMNS)}")
    units: dict[str, dict[str, dict[int, tuple[int, int]]]] = {side: {} for side in SIDES}
    for row in lines:
        where = f"{named}, line {lines.line_num}"
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(COLUMNS):
            raise ParameterError(f"{where}: {len(row)} cells; accepted: {len(COLUMNS)}, one for each column")
        cell = {name: value.strip() for name, value in zip(header, row, strict=True)}
        if cell["side"] not in SIDES:
            raise ParameterError(f"{where}, column side: {cell['side']!r} is not accepted; accepted: buyer or seller")
        if not cell["trader"]:
            raise ParameterError(f"{where}, column trader: '' is not accepted; accepted: a name")
        number = _integer(cell["unit"], f"{where}, column unit", "an integer >= 1")
        limit = _integer(cell["limit"], f"{where}, column limit", f"an integer price in 1 to {highest_price}")
        if number < 1:
            raise ParameterError(f"{where}, column unit: {number} is not accepted; accepted: an integer >= 1")
        if not 1 <= limit <= highest_price:
            raise ParameterError(
                f"{where}, column limit: {limit} is off the grid of prices; accepted: an integer price in 1 to "
                f"{highest_price}"
            )
        own = units[cell["side"]].setdefault(cell["trader"], {})
        if number in own:
            raise ParameterError(
                f"{where}, column unit: {cell['side']} {cell['trader']} has a unit {number} already, on line "
                f"{own[number][1]}; accepted: each unit once"
            )
        own[number] = (limit, lines.line_num)
    return units


def _integer(text: str, where: str, accepted: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ParameterError(f"{where}: {text!r} is not accepted; accepted: {accepted}") from None


def _in_order(traders: Mapping[str, Mapping[int, tuple[int, int]]], side: str, named: str) -> Units:
    """Return each trader's limits in the order of its units."""
    if not traders:
        raise ParameterError(f"{named}, column side: no {side}; accepted: at least one buyer and one seller")
    for trader, units in traders.items():
        missing = next((k for k in range(1, len(units) + 1) if k not in units), None)
        if missing is not None:
            beyond, (_, line_number) = max(units.items())
            raise ParameterError(
                f"{named}, line {line_number}, column unit: {side} {trader} has a unit {beyond} but no unit {missing}; "
                "accepted: units numbered 1, 2, ..."
            )
    return tuple(tuple(units[k][0] for k in sorted(units)) for units in traders.values())


def check_units(schedule: Schedule, highest_price: int, named: str = "") -> None:
    """Refuse a schedule given as lists that is empty or leaves the grid of prices, naming the trader and the unit.

    Examples
    --------
    >>> check_units(Schedule(values=((90, 80),), costs=((40, -3),)), highest_price=200)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: costs: -3, of trader 1, unit 2, is off the grid of prices; accepted: integer
    prices in 1 to 200
    """
    for name, traders in zip(schedule._fields, schedule, strict=True):
        where = f"{named}: {name}" if named else name
        if not traders:
            raise ParameterError(f"{where}: nobody is on this side; accepted: at least one buyer and one seller")
        for trader, units in enumerate(traders, 1):
            if not units:
                raise ParameterError(f"{where}: trader {trader} has no unit; accepted: at least one unit each")
            for unit, limit in enumerate(units, 1):
                if not 1 <= limit <= highest_price:
                    raise ParameterError(
                        f"{where}: {limit}, of trader {trader}, unit {unit}, is off the grid of prices; accepted: "
                        f"integer prices in 1 to {highest_price}"
                    )
