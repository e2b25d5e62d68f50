r"""The moving-block bootstrap: how much would a statistic of one run vary?

One run has no replications. Blocks of neighbouring steps are drawn with replacement and put together to a record of the
old length, so that what happens within a block stays together ([Kunsch1989]_). The interval of a statistic S is

    S -+ z s,    s the standard deviation of S over resampled records,                                             (1)

taken as a deviation and not as quantiles, since the statistics of resampled records are biased as those of records are.
It is **approximate**: the dependence must be short beside a block, and blocks short beside the record. What happens
lasts for its integrated autocorrelation time

    tau = 1 + 2 sum_{k >= 1} rho_k,                                                                                (2)

summed while rho_k + rho_{k+1} > 0 ([Geyer1992]_); of several columns (agents, their rewards) the longest counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError

Array = NDArray[Any]
Record = Sequence[Array]  # one sequence of acts an agent, in time order

NUM_RESAMPLES = 200
FEWEST_STEPS = 20  # of a run, for anything to be said of its time structure
FEWEST_BLOCKS = 4  # in a run, for its resampling to say how much the run varies
Z = 1.959963984540054  # 97.5% quantile of the normal distribution


def moving_blocks(num_steps: int, length: int, stream: np.random.Generator) -> NDArray[np.int64]:
    """Return the steps of a resampled record: blocks of neighbouring steps, drawn with replacement.

    Parameters
    ----------
    num_steps : int
        Of the record and of the resampled one, >= 1.
    length : int
        Of a block, between 1 and num_steps.
    stream : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (num_steps,)

    Raises
    ------
    ParameterError
        If the length is out of range.

    Source
    ------
    [Kunsch1989]_.

    Examples
    --------
    >>> moving_blocks(7, 3, np.random.default_rng(0)).tolist()
    [4, 5, 6, 3, 4, 5, 2]
    """
    if not 1 <= length <= num_steps:
        raise ParameterError(f"length: {length} is not accepted; accepted: 1 to {num_steps}")
    starts = stream.integers(num_steps - length + 1, size=-(-num_steps // length))
    return (starts[:, None] + np.arange(length)).ravel()[:num_steps]


def autocorrelation_time(series: Array) -> NDArray[np.float64]:
    """Return the integrated autocorrelation time of each column, in steps, equation (2); 1 for one that is constant.

    Parameters
    ----------
    series : ndarray, shape (num_steps, ...)

    Returns
    -------
    ndarray, shape (num_columns,)
        >= 1.

    Source
    ------
    [Geyer1992]_, the initial positive sequence.

    Examples
    --------
    >>> coins = np.random.default_rng(1).random(20_000)
    >>> autocorrelation_time(np.c_[coins, np.cumsum(coins < 0.1) % 2]).round().tolist()  # (1 + .8) / (1 - .8) = 9
    [1.0, 9.0]
    """
    x = np.asarray(series, float).reshape(len(series), -1)
    x = x - x.mean(axis=0)
    power = np.abs(np.fft.rfft(x, 2 * len(x), axis=0)) ** 2
    covariance = np.fft.irfft(power, axis=0)[: len(x) // 2 * 2]
    if not len(covariance):
        return np.ones(x.shape[1])
    varies = covariance[0] > 1e-12 * max(1.0, float(np.abs(series).max())) ** 2
    rho = covariance[:, varies] / covariance[0, varies]
    pairs = rho[0::2] + rho[1::2]
    is_first = np.logical_and.accumulate(pairs > 0, axis=0)
    found = np.ones(x.shape[1])
    found[varies] = np.maximum(1.0, 2.0 * np.where(is_first, pairs, 0.0).sum(axis=0) - 1.0)
    return found


def block_length(record: Record) -> int:
    """Return how many steps go together in a block: more where what happens lasts longer.

        max(T^(1/3), 4 tau),    tau the longest autocorrelation time, equation (2)

    Examples
    --------
    >>> sticky = np.cumsum(np.random.default_rng(1).random(20_000) < 0.1) % 2
    >>> block_length([sticky]), block_length([np.arange(1000) % 2])
    (37, 10)
    """
    num_steps = max(len(acts) for acts in record)
    longest = max(float(autocorrelation_time(acts).max(initial=1.0)) for acts in record if len(acts))
    return max(1, math.ceil(max(num_steps ** (1 / 3) - 1e-9, 4 * longest)))


def error_of_one_run(record: Record, statistic: Callable[[Record], float], seed: int) -> float:
    """Return the standard error of a statistic of one run: its standard deviation over resampled records.

    Parameters
    ----------
    record : sequence of ndarray
        What each agent did; where all have acted equally often, blocks of time are common to all.
    statistic : callable
        From a record to a number.
    seed : int
        Of the resampling, >= 0.

    Returns
    -------
    float
        NaN for fewer than 20 acts, for fewer than four blocks, or if the statistic is undefined for half of the
        resampled records.

    Examples
    --------
    >>> coins = np.random.default_rng(1).integers(2, size=10_000)
    >>> round(error_of_one_run([coins], lambda record: record[0].mean(), seed=0), 3)  # 1/2 / sqrt(10,000)
    0.005
    """
    lengths = [len(acts) for acts in record]
    if max(lengths) < FEWEST_STEPS:
        return math.nan
    stream, length = np.random.Generator(np.random.SFC64([seed, 1 << 20])), block_length(record)
    if FEWEST_BLOCKS * length > max(lengths):
        return math.nan
    found = []
    for _ in range(NUM_RESAMPLES):
        if len(set(lengths)) == 1:  # blocks of time common to all agents
            steps = moving_blocks(lengths[0], length, stream)
            resampled = [acts[steps] for acts in record]
        else:  # agents that act at different steps
            resampled = [acts[moving_blocks(len(acts), min(length, len(acts)), stream)] for acts in record]
        found.append(statistic(resampled))
    defined = np.array([x for x in found if math.isfinite(x)])
    return float(defined.std()) if len(defined) > NUM_RESAMPLES // 2 else math.nan
