"""What is read from finished runs: columns of the table ``run`` where they are defined, and rings that were written.

A quantity that a run leaves undefined, such as the price where nothing was sold, is NaN in the table. A metric is then
about the runs in which it is defined; if there is none it says why, in words that its environment gives.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import mean


def over_runs(
    result: Result, column: str, reason: str, statistic: Callable[[NDArray[np.float64]], Estimate] = mean
) -> Estimate:
    """Return an estimate over the runs in which a column is defined.

    Parameters
    ----------
    result : Result
    column : str
        Of the table ``run``.
    reason : str
        Why no run defines it, if none does.
    statistic : callable
        From the values of these runs to an `Estimate`; by default their mean.

    Returns
    -------
    Estimate
        NaN with the reason if no run defines the column.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> result = SimpleNamespace(runs=pd.DataFrame({"price": [1.0, 3.0, np.nan], "gain": [np.nan] * 3}))
    >>> over_runs(result, "price", "nothing was sold").value
    2.0
    >>> print(over_runs(result, "gain", "nothing was sold"))
    undefined: nothing was sold
    """
    values = result.runs[column].to_numpy(float)
    defined = values[np.isfinite(values)]
    return statistic(defined) if defined.size else Estimate.undefined(reason if values.size else "no runs")


def unrolled(ring: NDArray[np.float64], num_written: int) -> NDArray[np.float64]:
    """Return what a ring holds, the oldest first; the k-th value was written at the place k modulo its size.

    Parameters
    ----------
    ring : ndarray, shape (size,)
    num_written : int
        Values written so far, >= 0.

    Returns
    -------
    ndarray, shape (min(num_written, size),)

    Examples
    --------
    >>> unrolled(np.array([4.0, 2.0, 3.0]), 4).tolist(), unrolled(np.array([1.0, 0.0]), 1).tolist()
    ([2.0, 3.0, 4.0], [1.0])
    """
    if num_written <= len(ring):
        return ring[:num_written]
    return np.roll(ring, -(num_written % len(ring)))
