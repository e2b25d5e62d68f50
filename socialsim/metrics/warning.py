r"""Signs that a change is near: what a system does that recovers ever more slowly.

Before a tipping point a system recovers more slowly from what disturbs it, so that variance and autocorrelation rise
([Scheffer2009]_). **Early-warning signals** are Kendall's tau between time and the variance, or the autocorrelation at
lag 1, in a window of half the record that slides over it, after a Gaussian smooth of a tenth of its length is taken off
([Dakos2012]_). Such indicators have trends by chance, since windows overlap; the null is that of AR(1) surrogates.

What is read from any record is the mean reward of the agents, step by step.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.blocks import Record
from socialsim.metrics.metric import Known, metric
from socialsim.metrics.nulls import against_null, ar1_surrogates
from socialsim.metrics.records import act_table, constructed, rewards_by_step
from socialsim.metrics.series import finite_series

EARNED = {"act": ("step", "agent", "reward")}
SMOOTH, NUM_WINDOWS, FEWEST_VALUES = 0.1, 50, 40


def trend(values: ArrayLike) -> float:
    """Return Kendall's tau between a series and time: pairs that rise less pairs that fall, over all pairs.

    Parameters
    ----------
    values : array_like, shape (num_values,)

    Returns
    -------
    float
        In [-1, 1]; NaN for fewer than two values.

    Source
    ------
    [Kendall1938]_.

    Examples
    --------
    >>> trend([1, 2, 3]), round(trend([1, 3, 2]), 3)
    (1.0, 0.333)
    """
    x = np.asarray(values, float)
    if len(x) < 2:
        return math.nan
    rows, columns = np.triu_indices(len(x), 1)
    return float(np.sign(x[columns] - x[rows]).mean())


def warning_signals(values: ArrayLike) -> tuple[float, float]:
    """Return the trends of the variance and of the autocorrelation at lag 1 in a sliding window.

    Parameters
    ----------
    values : array_like, shape (num_values,)
        40 or more.

    Returns
    -------
    tuple of float
        Kendall's tau, each in [-1, 1]; NaN if all values are equal.

    Raises
    ------
    ParameterError
        If the series is too short or a value is not finite.

    Source
    ------
    [Dakos2012]_.

    Examples
    --------
    >>> slowing = np.zeros(2000)
    >>> for t, shock in enumerate(np.random.default_rng(1).normal(size=1999)):
    ...     slowing[t + 1] = t / 2100 * slowing[t] + shock
    >>> [round(tau, 1) for tau in warning_signals(slowing)]
    [1.0, 1.0]
    """
    x = finite_series(values, FEWEST_VALUES)
    if np.ptp(x) == 0.0:
        return math.nan, math.nan
    x = x - smoothed(x, SMOOTH * len(x))
    width = len(x) // 2
    starts = np.unique(np.linspace(0, len(x) - width, NUM_WINDOWS).astype(int))
    windows = np.lib.stride_tricks.sliding_window_view(x, width)[starts]
    d = windows - windows.mean(axis=1, keepdims=True)
    squares = (d**2).sum(axis=1)
    if squares.min() <= 0.0:
        return math.nan, math.nan
    return trend(squares), trend((d[:, 1:] * d[:, :-1]).sum(axis=1) / squares)


def smoothed(x: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """Return the moving mean with Gaussian weights of a standard deviation, cut at four of them; beyond its ends the
    series stays as it is there. It is the convolution of `scipy.ndimage.gaussian_filter1d`, which takes the square of
    the time in a wide kernel.

    Examples
    --------
    >>> from scipy.ndimage import gaussian_filter1d
    >>> x = np.arange(50.0) ** 2
    >>> np.allclose(smoothed(x, 5.0), gaussian_filter1d(x, 5.0, mode="nearest"))
    True
    """
    from scipy.signal import fftconvolve

    reach = int(4.0 * width + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    return np.asarray(fftconvolve(np.pad(x, reach, mode="edge"), weights / weights.sum(), mode="valid"))


def _known_slowing() -> Result:
    """Return an agent whose reward remembers ever more of what it was, and is disturbed ever more strongly."""
    slowing = np.zeros((1000, 1))
    for t, shock in enumerate(np.random.Generator(np.random.SFC64(1)).standard_normal(999)):
        slowing[t + 1] = t / 1100 * slowing[t] + (1 + t / 200) * shock
    return constructed(act=act_table(np.zeros((1000, 1), int), rewards=slowing))


@metric(family="dynamics", needs=EARNED, null="AR(1) surrogates", known=lambda: Known(_known_slowing(), 1.0, 0.1))
def rising_variance(result: Result) -> Estimate:
    """Trend of the variance of the agents' mean reward in a sliding window, less its null.

    Examples
    --------
    >>> rising_variance(rising_variance.known().result).p_value
    0.005
    """
    return _trend(result, 0)


@metric(family="dynamics", needs=EARNED, null="AR(1) surrogates", known=lambda: Known(_known_slowing(), 1.0, 0.1))
def rising_autocorrelation(result: Result) -> Estimate:
    """Trend of the autocorrelation at lag 1 of the agents' mean reward in a sliding window, less its null.

    Examples
    --------
    >>> rising_autocorrelation(rising_autocorrelation.known().result).p_value
    0.005
    """
    return _trend(result, 1)


def _trend(result: Result, index: int) -> Estimate:
    records = [[rewards.mean(axis=1)] for rewards in rewards_by_step(result) if len(rewards) >= FEWEST_VALUES]
    if not records:
        return Estimate.undefined(f"no run has {FEWEST_VALUES} steps", result.num_runs)

    def statistic(record: Record) -> float:
        return warning_signals(record[0])[index]

    undefined = "the mean reward is the same at every step"
    return against_null(records, statistic, ar1_surrogates, undefined, has_order=True)
