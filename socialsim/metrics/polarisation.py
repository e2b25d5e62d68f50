r"""How far a community's beliefs lie apart.

With credences P_1 ... P_n in [0, 1] the polarisation is their variance relative to the largest that there can be, that
of two camps of equal size at 0 and at 1:

    4 / n  sum_i (P_i - P_bar)^2.

It is 0 in agreement, 1/3 where credences are spread evenly, and 1 for two camps of equal size. [Bramson2017]_
(Philosophy of Science 84:115-159) call this sense of polarisation dispersion and compare it with others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError


def polarisation(beliefs: ArrayLike) -> NDArray[np.float64]:
    """Return the relative variance of beliefs over the last axis.

    Parameters
    ----------
    beliefs : array_like of float, shape (..., num_agents)
        Credences, in [0, 1].

    Returns
    -------
    ndarray, shape (...)
        In [0, 1].

    Raises
    ------
    ParameterError
        If a belief lies outside [0, 1] or there is no agent.

    Source
    ------
    [Bramson2017]_ (dispersion), scaled to [0, 1].

    Examples
    --------
    >>> polarisation([[0.5, 0.5, 0.5, 0.5], [0, 0, 1, 1], [0, 0, 0, 1]]).tolist()
    [0.0, 1.0, 0.75]
    """
    credences = np.asarray(beliefs, dtype=np.float64)
    if credences.ndim == 0 or credences.shape[-1] == 0:
        raise ParameterError("polarisation: no beliefs; accepted: at least one number in [0, 1]")
    if not ((credences >= 0) & (credences <= 1)).all():
        raise ParameterError("polarisation: a belief lies outside [0, 1]; accepted: credences in [0, 1]")
    relative: NDArray[np.float64] = np.asarray(4.0 * credences.var(axis=-1))
    return relative
