r"""Imitation flow: one looks at another and copies it by Fermi's function of what both earn ([Traulsen2006]_).

    x_a' = x_a sum_b x_b tanh[w (u_a - u_b) / 2]                                                                  (1)

since who earns u_a takes over from, less is taken over by, who earns u_b with 1 / (1 + exp[-w (u_a - u_b)]) less its
mirror image, which is the hyperbolic tangent. On a graphon those who meet at a node are compared: both parts of (1) are
of one node.

- `socialsim.learning.fermi`: a large population in which all compare themselves at once makes the step ``step = 1``.
- `socialsim.environments.evolution` with ``update = "pairwise_comparison"``: one of N agents compares itself in a step,
  which takes the time 1/N; its shares follow (1), and err by 1 / sqrt(N).

For small w (1) is the replicator flow in the time w t / 2. It has the same rest points.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.limits.flows.logit_flow import positive
from socialsim.limits.flows.meetings import follow

Floats = NDArray[np.float64]


def imitation(payoffs: Any, start: Any, times: Any, *, selection: float, step: float | None = None) -> Any:
    """Return the shares of actions at some times: the limit of `fermi`, and of pairwise comparison.

    Parameters
    ----------
    payoffs : Meetings, or array of shape (m, m)
    start : array, shape (m,) or (n, m), or a pair of such
    times : array
        The first is that of the start.
    selection : float
        Intensity w, per unit of reward.
    step : float, optional
        1 for `fermi`, who all compare themselves at once.

    Returns
    -------
    ndarray, shape (times, m), on a graphon (times, n, m), or a pair of such

    Examples
    --------
    >>> dilemma = [[3.0, 0.0], [4.0, 1.0]]  # the difference of payoffs is 1 always: a logistic curve of rate tanh(w/2)
    >>> imitation(dilemma, [0.5, 0.5], [0.0, 2.0], selection=2 * np.arctanh(0.5))[-1].round(6).tolist()
    [0.268941, 0.731059]
    """
    half = positive("selection", selection) / 2.0

    def velocity(shares: Floats, paid: Floats) -> Floats:
        better = np.tanh(half * (paid[..., :, None] - paid[..., None, :]))
        return np.asarray(shares * (better * shares[..., None, :]).sum(axis=-1))

    return follow(velocity, payoffs, start, times, step)
