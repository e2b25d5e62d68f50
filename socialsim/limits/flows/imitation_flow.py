r"""Imitation flow: one looks at another and copies it by Fermi's function of what both earn ([Traulsen2006]_).

    x_a' = x_a sum_b x_b tanh[w (u_a - u_b) / 2]                                                                  (1)

since who earns u_a takes over from, less is taken over by, who earns u_b with 1 / (1 + exp[-w (u_a - u_b)]) less its
mirror image, which is the hyperbolic tangent. On a graphon one looks at those whom one meets, who are elsewhere and
earn what is paid there. With P(x, y) = W(x, y) / c(x), the chance to look at y, and F(d) = 1 / (1 + exp[-w d]),

    x_a'(x) = int P(x, y) sum_b {x_b(x) x_a(y) F[u_a(y) - u_b(x)] - x_a(x) x_b(y) F[u_b(y) - u_a(x)]} dy          (2)

so that an action comes in from where it is done, as on a network. Rows look at rows, and columns at columns.

- `socialsim.learning.fermi`: a large population in which all compare themselves at once makes the step ``step = 1``.
- `socialsim.environments.evolution` with ``update = "pairwise_comparison"``: one of N agents compares itself in a step,
  which takes the time 1/N; its shares follow (1), and err by 1 / sqrt(N).

For small w (1) is the replicator flow in the time w t / 2. It has the same rest points. (2) is not, since even at
w = 0 it carries what one does to the neighbours, by halves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from socialsim.limits.flows.logit_flow import positive
from socialsim.limits.flows.meetings import as_meetings, follow, grow

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
    intensity, meetings = positive("selection", selection), as_meetings(payoffs)
    half = intensity / 2.0

    def rate(shares: Floats, paid: Floats) -> Floats:
        better = np.tanh(half * (paid[..., :, None] - paid[..., None, :]))
        return np.asarray((better * shares[..., None, :]).sum(axis=-1))

    def velocity(shares: Floats, paid: Floats) -> Floats:
        copied = expit(intensity * (paid[None, :, :, None] - paid[:, None, None, :]))  # [x, y, a at y, b at x]
        came = np.einsum("xy,ya,xb,xyab->xa", looked_at, shares, shares, copied, optimize=True)
        left = np.einsum("xy,ya,xb,xyab->xb", looked_at, shares, shares, copied, optimize=True)
        return np.asarray(came - left)

    if not meetings.is_graphon:
        return grow(rate, meetings, start, times, step)
    looked_at = meetings.met(np.eye(meetings.num_nodes))
    return follow(velocity, meetings, start, times, step)
