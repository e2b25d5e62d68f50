r"""How many kinds there are, effectively: approaches in a community, words in use, parties.

With shares s_k of the kinds the Hill number of order q is the number of equally common kinds that would be as diverse:

    D_q = (sum_k s_k^q)^(1/(1-q)),    D_0 = kinds present,    D_1 = exp(-sum_k s_k ln s_k),    D_2 = 1 / sum_k s_k^2.

Rare kinds count the less the larger q is, so that D_0 >= D_1 >= D_2 >= 1. Source: [Hill1973]_ (Ecology 54:427-432).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError


def hill_number(weights: ArrayLike, order: float = 1.0) -> NDArray[np.float64]:
    """Return the effective number of kinds, D_q, over the last axis.

    Parameters
    ----------
    weights : array_like of float, shape (..., num_kinds)
        Counts or shares of the kinds, >= 0; they need not sum to 1.
    order : float
        q >= 0: 0 counts the kinds present, 1 is the exponential of Shannon's entropy, 2 the inverse of Simpson's index.

    Returns
    -------
    ndarray, shape (...)
        In [1, num_kinds]; NaN where all weights are 0.

    Raises
    ------
    ParameterError
        If a weight is negative or not finite, there is no kind, or the order is negative.

    Source
    ------
    [Hill1973]_.

    Examples
    --------
    >>> hill_number([[5, 5, 0], [8, 1, 1]], order=2).round(3).tolist()
    [2.0, 1.515]
    """
    weights = np.asarray(weights, dtype=np.float64)
    if weights.ndim == 0 or weights.shape[-1] == 0:
        raise ParameterError("hill_number: no kinds; accepted: at least one weight >= 0")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ParameterError("hill_number: a weight is negative or not finite; accepted: numbers >= 0")
    if not order >= 0 or np.isinf(order):
        raise ParameterError(f"hill_number: order {order} is not accepted; accepted: a finite number >= 0")
    total = weights.sum(axis=-1, keepdims=True)
    shares = np.divide(weights, total, out=np.full_like(weights, np.nan), where=total > 0)
    present = shares > 0
    if order == 1:
        logs = np.log(shares, out=np.zeros_like(shares), where=present)
        diversity = np.exp(-(shares * logs).sum(axis=-1))
    else:
        powers = np.power(shares, order, out=np.zeros_like(shares), where=present)
        with np.errstate(divide="ignore"):
            diversity = powers.sum(axis=-1) ** (1.0 / (1.0 - order))
    return np.where(total[..., 0] > 0, diversity, np.nan)
