"""Slices of a study: shares of its runs for computers that share nothing but a file system.

With S slices and P points, in the order of their keys,

    the first S floor(P / S) points are dealt out, whole, one to each slice in turn;
    the replications of each point that is left over are cut into S consecutive spans, one for each slice.

No run is in two slices, every run is in one, and where all points have equally many replications the slices differ by
at most one run. A key is a hash: no slice gets all points of one level of a factor. A slice depends on the points and
replications alone, so that each computer finds its own without asking the others.

A slice is run in a study folder of its own, ``slices/3-of-40`` inside the study's, and `socialsim.studies.merge` joins
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from socialsim.core.errors import ParameterError
from socialsim.studies.design.points import Point

SLICES = "slices"
MOST_SLICES = 1_000_000


@dataclass(frozen=True)
class Slice:
    """One of equal shares of a study.

    Parameters
    ----------
    number : int
        Which, from 1 to `count`.
    count : int
        How many there are, from 1 to a million.

    Raises
    ------
    ParameterError
        If there is no such slice.

    Examples
    --------
    >>> a, b = Point("0" * 64, (), {}), Point("1" * 64, (), {})
    >>> list(Slice(2, 2).of({a: 10, b: 10}).values())
    [range(0, 0), range(0, 10)]
    >>> list(Slice(2, 3).of({a: 10}).values())
    [range(4, 7)]
    """

    number: int
    count: int

    def __post_init__(self) -> None:
        for name, value, most in (("count", self.count, MOST_SLICES), ("number", self.number, self.count)):
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
                raise ParameterError(f"slice: {name} {value!r} is not accepted; accepted: an integer from 1 to {most}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the slice that a text names.

        Raises
        ------
        ParameterError
            If it names none.

        Examples
        --------
        >>> Slice.parse("3/40")
        Slice(number=3, count=40)
        >>> Slice.parse("0/40")
        Traceback (most recent call last):
        ...
        socialsim.core.errors.ParameterError: slice: number 0 is not accepted; accepted: an integer from 1 to 40
        """
        numbers = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text.strip(), re.ASCII)
        if numbers is None:
            raise ParameterError(f"slice: {text!r} is not accepted; accepted: NUMBER/COUNT, such as 3/40")
        return cls(int(numbers[1]), int(numbers[2]))

    @classmethod
    def within(cls, folder: Path) -> Iterator[Self]:
        """Yield the slices that have a folder inside a study's, in order.

        Examples
        --------
        >>> list(Slice.within(Path("/nowhere")))
        []
        """
        entries = (folder / SLICES).iterdir() if (folder / SLICES).is_dir() else ()
        names = [re.fullmatch(r"([1-9]\d*)-of-([1-9]\d*)", entry.name, re.ASCII) for entry in entries]
        numbers = sorted((int(name[2]), int(name[1])) for name in names if name is not None)
        yield from (cls(number, count) for count, number in numbers if number <= count <= MOST_SLICES)

    def folder(self, study: Path) -> Path:
        """Return the slice's folder inside a study's; the whole has the study's own.

        Examples
        --------
        >>> Slice(3, 40).folder(Path("zollman")).as_posix()
        'zollman/slices/3-of-40'
        """
        return study if self.count == 1 else study / SLICES / f"{self.number}-of-{self.count}"

    def of(self, asked: Mapping[Point, int]) -> dict[Point, range]:
        """Return the slice's replications of each point, none of many.

        Parameters
        ----------
        asked : mapping of Point to int
            Number of replications of each point of the study.
        """
        in_order = sorted(asked, key=lambda point: point.key)
        num_dealt = len(in_order) // self.count * self.count
        share = {point: range(0) for point in asked}
        for point in in_order[self.number - 1 : num_dealt : self.count]:
            share[point] = range(asked[point])
        longer = 0  # the slice from which on spans are longer by one run: after those that were it last
        for point in in_order[num_dealt:]:
            length, rest = divmod(asked[point], self.count)
            place = (self.number - 1 - longer) % self.count
            first = place * length + min(place, rest)
            share[point] = range(first, first + length + (place < rest))
            longer = (longer + rest) % self.count
        return share

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


WHOLE = Slice(1, 1)


def gaps(runs: range, taken: Iterable[tuple[int, int]]) -> Iterator[range]:
    """Yield the replications that are not taken.

    Parameters
    ----------
    runs : range
        Consecutive replications.
    taken : iterable of (int, int)
        First and number of others, in order and apart.

    Examples
    --------
    >>> list(gaps(range(2, 10), [(0, 3), (5, 2)]))
    [range(3, 5), range(7, 10)]
    """
    start = runs.start
    for first, count in (*taken, (runs.stop, 0)):
        if min(first, runs.stop) > start:
            yield range(start, min(first, runs.stop))
        start = max(start, first + count)
