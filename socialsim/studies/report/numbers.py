r"""Estimates as a paper prints them: value and interval, to the precision of the interval.

Of the half-width h = (high - low)/2 one or two digits are significant. All three numbers are printed

    to the second digit of h    where its first three digits are 100 to 354,
    to the first digit of h     otherwise,                                                            (1)

as in the tables of particle physics [Navas2024]_, section 5.3. Rounding moves no end by more than h/7. Numbers that
would need many zeros share a power of ten: 1.32 [1.11, 1.54] x 10^-6.
"""

from __future__ import annotations

import math
from typing import NamedTuple

SMALL, LARGE = 1e-3, 1e6  # beyond which a power of ten is taken out
NARROW = 1e-9  # relative; intervals that are narrower are those of exact figures


class Printed(NamedTuple):
    """A number with its interval in words: text such as ``0.97`` and the power of ten that all three share.

    ``low`` and ``high`` are empty where there is no interval, ``value`` where the number is undefined.
    """

    value: str
    low: str
    high: str
    power: int


def printed(value: float, low: float, high: float) -> Printed:
    """Return an estimate in words, by equation (1) of this module.

    Parameters
    ----------
    value, low, high : float
        NaN where undefined.

    Examples
    --------
    >>> printed(0.9701, 0.9202, 0.9952)
    Printed(value='0.97', low='0.92', high='1.00', power=0)
    >>> printed(1.3241e-6, 1.11e-6, 1.54e-6)
    Printed(value='1.32', low='1.11', high='1.54', power=-6)
    >>> printed(float("nan"), float("nan"), float("nan"))
    Printed(value='', low='', high='', power=0)
    """
    if math.isnan(value):
        return Printed("", "", "", 0)
    has_interval = math.isfinite(low) and math.isfinite(high)
    size = max(abs(x) for x in ((value, low, high) if has_interval else (value,)))
    power = math.floor(math.log10(size)) if size and not SMALL <= size < LARGE else 0
    value, low, high = (x / 10.0**power for x in (value, low, high))
    if not has_interval or high - low <= NARROW * abs(value):
        return Printed(f"{value:.6g}", "", "", power)
    decimals = max(0, _decimals((high - low) / 2))
    return Printed(_fixed(value, decimals), _fixed(low, decimals), _fixed(high, decimals), power)


def plain(value: float, low: float, high: float) -> str:
    """Return an estimate as plain text.

    Examples
    --------
    >>> plain(0.9701, 0.9202, 0.9952), plain(2.0, 2.0, 2.0), plain(float("nan"), 0.0, 0.0)
    ('0.97 [0.92, 1.00]', '2', 'undefined')
    >>> plain(1.3241e-6, 1.11e-6, 1.54e-6)
    '1.32 [1.11, 1.54] × 10^-6'
    """
    words = printed(value, low, high)
    if not words.value:
        return "undefined"
    interval = f" [{words.low}, {words.high}]" if words.low else ""
    return words.value + interval + (f" × 10^{words.power}" if words.power else "")


def _decimals(half_width: float) -> int:
    """Return the decimals of equation (1), negative where tens or more are rounded."""
    digits, _, exponent = f"{half_width:.2e}".partition("e")
    return (float(digits) < 3.55) - int(exponent)


def _fixed(x: float, decimals: int) -> str:
    """Return a number with so many decimals, zero without a sign."""
    text = f"{x:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text
