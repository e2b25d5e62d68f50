r"""How unequally something is held: credit, income, influence.

The Gini coefficient is half the mean absolute difference of two holders drawn at random, relative to the mean:

    G = sum_i sum_j |x_i - x_j| / (2 n^2 x_bar) = sum_i (2i - n - 1) x_(i) / (n sum_i x_i),

where x_(1) <= ... <= x_(n). It is 0 where all hold the same and 1 - 1/n where one holds everything. Source:
[Gini1912]_; the second form is that of sorted values ([Damgaard2000]_).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError


def gini(values: ArrayLike) -> NDArray[np.float64]:
    """Return the Gini coefficient of the last axis.

    Parameters
    ----------
    values : array_like of float, shape (..., num_agents)
        What each agent holds, >= 0.

    Returns
    -------
    ndarray, shape (...)
        In [0, 1 - 1/num_agents]; NaN where nobody holds anything.

    Raises
    ------
    ParameterError
        If a value is negative or not finite, or there is no agent.

    Source
    ------
    [Gini1912]_; [Damgaard2000]_.

    Examples
    --------
    >>> gini([[1, 1, 1, 1], [0, 0, 0, 8]]).tolist()
    [0.0, 0.75]
    """
    held = np.asarray(values, dtype=np.float64)
    if held.ndim == 0 or held.shape[-1] == 0:
        raise ParameterError("gini: no values; accepted: at least one number >= 0")
    if not np.isfinite(held).all() or (held < 0).any():
        raise ParameterError("gini: a value is negative or not finite; accepted: numbers >= 0")
    held = np.sort(held, axis=-1)
    n = held.shape[-1]
    ranks = 2.0 * np.arange(1, n + 1) - n - 1.0
    total = held.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        coefficient: NDArray[np.float64] = np.asarray((held * ranks).sum(axis=-1) / (n * total))
    return coefficient
