"""Logit choice: better actions are taken more often, all the more often the more sensitive the agent is.

    P(a) = exp[lambda v(a)] / sum_b exp[lambda v(b)]                                    (Luce 1959; McFadden 1974)

With lambda = 0 all actions are equally likely, with lambda -> infinity the best one is taken. 1 / lambda is called the
temperature.
"""

from __future__ import annotations

import math

from socialsim.core.compiled import compiled
from socialsim.core.streams import categorical


@compiled
def logit_choice(values, sensitivity, weights, stream):
    """Draw an action; ``weights`` holds what its chances are proportional to.

    The highest value is taken out, so that nothing overflows.

    Examples
    --------
    >>> import numpy as np
    >>> weights, stream = np.zeros(2), np.ones(4, np.uint64)
    >>> action = logit_choice(np.array([5.0, 5.0 + math.log(3)]), 1.0, weights, stream)
    >>> (weights / weights.sum()).round(12).tolist()
    [0.25, 0.75]
    """
    logit_weights(values, sensitivity, weights)
    return categorical(stream, weights)


@compiled
def logit_chances(values, sensitivity, out):
    """Write the chance of each action; ``out`` may be ``values`` itself.

    Examples
    --------
    >>> import numpy as np
    >>> chances = np.zeros(2)
    >>> logit_chances(np.array([5.0, 5.0 + math.log(3)]), 1.0, chances)
    >>> chances.round(12).tolist()
    [0.25, 0.75]
    """
    logit_weights(values, sensitivity, out)
    shares(out, out)


@compiled
def logit_weights(values, sensitivity, weights):
    """Write what the chances are proportional to: 1 for the highest value."""
    highest = values[0]
    for a in range(1, values.shape[0]):
        highest = max(highest, values[a])
    for a in range(values.shape[0]):
        weights[a] = math.exp(sensitivity * (values[a] - highest))


@compiled
def shares(weights, out):
    """Write each weight's share in their sum, which is not 0; ``out`` may be ``weights`` itself."""
    total = 0.0
    for a in range(weights.shape[0]):
        total += weights[a]
    for a in range(weights.shape[0]):
        out[a] = weights[a] / total
