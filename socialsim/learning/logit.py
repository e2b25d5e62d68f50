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
    highest = values[0]
    for a in range(1, values.shape[0]):
        highest = max(highest, values[a])
    for a in range(values.shape[0]):
        weights[a] = math.exp(sensitivity * (values[a] - highest))
    return categorical(stream, weights)
