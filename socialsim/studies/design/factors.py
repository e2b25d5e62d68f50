"""Factors of a study: a list of levels, or a range.

A factor maps a coordinate u in [0, 1] to a value:

    levels v_0 ... v_{L-1}     v_k  with  k = floor(L u)
    linear = [a, b]            a + (b - a) u
    log = [a, b]               a (b / a)^u,                      a > 0
    integer = [a, b]           a + floor((b - a + 1) u)

(u = 1 gives the last value.) Factorial designs take a range at `levels` values, both ends included, equally far apart
on the range's own scale.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from socialsim.core.errors import ParameterError

SCALES = ("linear", "log", "integer")


@dataclass(frozen=True)
class Levels:
    """A factor with a list of values.

    Attributes
    ----------
    values : tuple
        At least one.

    Examples
    --------
    >>> Levels(("cycle:n=10", "complete:n=10")).at([0.0, 0.6, 1.0])
    ['cycle:n=10', 'complete:n=10', 'complete:n=10']
    """

    values: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.values)

    def at(self, fractions: Any) -> list[Any]:
        """Return the value at each coordinate in [0, 1]."""
        last = len(self.values) - 1
        return [self.values[min(int(u * len(self.values)), last)] for u in fractions]


@dataclass(frozen=True)
class Range:
    """A factor that takes any value between two ends.

    Attributes
    ----------
    scale : {"linear", "log", "integer"}
    low, high : float
        The ends, low < high.
    num_levels : int
        Values in a factorial design; 0 where there are none.

    Examples
    --------
    >>> Range("log", 0.001, 1.0).at([0.0, 1 / 3, 1.0])
    [0.001, 0.01, 1.0]
    >>> Range("integer", 4, 20, 3).values
    (4, 12, 20)
    """

    scale: str
    low: float
    high: float
    num_levels: int = 0

    def __len__(self) -> int:
        return self.num_levels

    @property
    def values(self) -> tuple[Any, ...]:
        """The levels of a factorial design, ascending; an integer that comes twice is left out once."""
        fractions = np.linspace(0, 1, self.num_levels)
        if self.scale == "integer":
            return tuple(dict.fromkeys(round(self.low + (self.high - self.low) * float(u)) for u in fractions))
        return tuple(self.at(fractions))

    def at(self, fractions: Any) -> list[Any]:
        """Return the value at each coordinate in [0, 1], of 12 digits: so 0.3 is 0.3 on any grid that has it."""
        if self.scale == "integer":
            width = int(self.high - self.low)
            return [int(self.low) + min(int((width + 1) * float(u)), width) for u in fractions]
        return [self._between(float(u)) for u in fractions]

    def _between(self, u: float) -> float:
        if u in (0.0, 1.0):
            return self.high if u else self.low
        if self.scale == "log":
            value = self.low * math.exp(u * math.log(self.high / self.low))
        else:
            value = self.low * (1 - u) + self.high * u
        return min(max(float(f"{value:.12g}"), self.low), self.high)


Factor = Levels | Range


def make_factor(given: Any) -> Factor:
    """Return the factor that a study file gives: a list of values, or a range such as ``{log = [1e-3, 1.0]}``.

    Raises
    ------
    ParameterError
        If it is neither.

    Examples
    --------
    >>> make_factor([0.05, 0.15])
    Levels(values=(0.05, 0.15))
    >>> make_factor({"linear": [0, 1], "levels": 5}).values
    (0.0, 0.25, 0.5, 0.75, 1.0)
    >>> make_factor({"log": [0, 1]})
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ParameterError: log = [0, 1] is not accepted; accepted: two finite numbers, ...
    """
    if isinstance(given, Levels | Range):
        return given
    if isinstance(given, list | tuple):
        if not given:
            raise ParameterError("the list is empty; accepted: one value or more")
        for value in given:
            check_value(value)
        return Levels(tuple(given))
    scales = [name for name in given if name in SCALES] if isinstance(given, Mapping) else []
    others = [name for name in given if name not in (*SCALES, "levels")] if isinstance(given, Mapping) else []
    if len(scales) != 1 or others:
        raise ParameterError(
            f"{given!r} is not accepted; accepted: a list of values, or one of {{linear = [low, high]}}, "
            "{log = [low, high]}, {integer = [low, high]}, with levels = NUMBER for a factorial design; "
            'a path stands in quotes, such as "learner.alpha"'
        )
    return _make_range(scales[0], given[scales[0]], given.get("levels", 0), "levels" in given)


def _make_range(scale: str, ends: Any, num_levels: Any, has_levels: bool) -> Range:
    """Return a range after checking its ends and its number of levels."""
    kinds = (int,) if scale == "integer" else (int, float)
    fits = isinstance(ends, list | tuple) and len(ends) == 2
    fits = fits and all(isinstance(end, kinds) and not isinstance(end, bool) and abs(end) < 1e300 for end in ends)
    if not fits or not ends[0] < ends[1] or (scale == "log" and not ends[0] > 0):
        kind = "two integers" if scale == "integer" else "two finite numbers"
        also = ", > 0" if scale == "log" else ""
        raise ParameterError(f"{scale} = {ends!r} is not accepted; accepted: {kind}, the lower first{also}")
    if has_levels and (not isinstance(num_levels, int) or isinstance(num_levels, bool) or num_levels < 2):
        raise ParameterError(f"levels = {num_levels!r} is not accepted; accepted: an integer >= 2")
    low, high = ends if scale == "integer" else map(float, ends)
    return Range(scale, low, high, num_levels)


def check_value(value: Any) -> None:
    """Refuse what no parameter can be: NaN, infinities, dates, tables.

    Parameters
    ----------
    value : object
        As TOML gives it.

    Raises
    ------
    ParameterError
        If it is neither a finite number, text or a truth value nor a list of these.

    Examples
    --------
    >>> check_value([1, 0.5, "karate"])
    >>> check_value(float("nan"))
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ParameterError: nan is not accepted; accepted: a finite number, text, true or false, or a list
    """
    if isinstance(value, list | tuple):
        for entry in value:
            check_value(entry)
    elif not isinstance(value, str | bool | int) and not (isinstance(value, float) and np.isfinite(value)):
        raise ParameterError(f"{value!s} is not accepted; accepted: a finite number, text, true or false, or a list")
