"""How long the swings of a series are."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

FEWEST_VALUES = 64


def cycle_length(values: ArrayLike) -> float:
    """Return the period at which the spectrum of a series is highest.

    It is found by a parabola through the logarithms of the highest ordinate of the periodogram and of its two
    neighbours, under a Hann window, which makes them nearly one.

    Parameters
    ----------
    values : array_like, shape (num_values,)
        At equal intervals.

    Returns
    -------
    float
        In intervals, at least 2; NaN of fewer than 64 values, if one of them is not finite, they are all equal, or less
        than two periods are seen: then it cannot be told from a trend.

    Examples
    --------
    >>> round(cycle_length(np.sin(2 * np.pi * np.arange(1000) / 37.5)), 1)
    37.5
    >>> cycle_length(np.ones(100))
    nan
    """
    x = np.asarray(values, float)
    if len(x) < FEWEST_VALUES or not np.isfinite(x).all() or np.ptp(x) == 0.0:
        return math.nan
    power = np.abs(np.fft.rfft((x - x.mean()) * np.hanning(len(x)))) ** 2
    top = 1 + int(np.argmax(power[1:]))
    if top == 1:
        return math.nan
    if top == len(power) - 1:
        return len(x) / top
    before, at, after = np.log(np.maximum(power[top - 1 : top + 2], np.finfo(float).tiny))
    bend = before - 2.0 * at + after
    return float(len(x) / (top + (0.5 * (before - after) / bend if bend < 0.0 else 0.0)))
