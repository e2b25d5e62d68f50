r"""The moving-block bootstrap: how much would a statistic of one run vary?

One run has no replications. Blocks of neighbouring steps are drawn with replacement and put together to a record of the
old length, so that what happens within a block stays together ([Kunsch1989]_). The interval of a statistic S is

    S -+ z s,    s the standard deviation of S over resampled records,                                             (1)

taken as a deviation and not as quantiles, since the statistics of resampled records are biased as those of records are.
It is **approximate**: the dependence must be short beside a block, and blocks short beside the record.
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


def block_length(record: Record) -> int:
    """Return how many steps go together in a block: more where acts last longer.

        max(T^(1/3), 3 b) and at most T/4,    b the mean length of a bout of one act

    Examples
    --------
    >>> block_length([np.repeat([0, 1] * 50, 10)]), block_length([np.arange(1000) % 2])
    (30, 10)
    """
    num_steps = max(len(acts) for acts in record)
    changes = sum(int((acts[1:] != acts[:-1]).any(axis=tuple(range(1, acts.ndim))).sum()) for acts in record)
    bout = sum(len(acts) for acts in record) / (changes + len(record))
    return max(1, min(round(max(num_steps ** (1 / 3), 3 * bout)), num_steps // 4))


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
        NaN for fewer than 20 acts, or if the statistic is undefined for half of the resampled records.

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
