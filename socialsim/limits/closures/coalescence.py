r"""When cooperation is favoured on a given network: thresholds from coalescence times.

Under death-birth updating and weak selection, of two strategies with the payoffs a, b; c, d (a to the first against
itself) on a network with links of any weight, the first is favoured if

    sigma a + b > c + sigma d,    sigma = (t_2 + t_3 - t_1) / (t_2 - t_3 + t_1),                                   (1)

where t_n is how long two random walks take to meet that begin at the two ends of a walk of n steps ([Allen2017]_,
[Tarnita2009]_). For those who pay c to give b this is

    b (t_3 - t_1) > c t_2:    (b/c)* = t_2 / (t_3 - t_1).                                                          (2)

Three steps away live unrelated agents where neighbourhoods are large or everybody meets everybody; then t_3 <= t_1 and
no benefit helps: (b/c)* is infinite, as on a star, or negative, as on a complete network, where spite is favoured below
it.

The mathematics has its home in `socialsim.environments.evolution.theory`; here networks of any kind and clear answers
are added. `socialsim.limits.closures.games_on_graphs` has the limit k of large networks with k neighbours each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from socialsim.core.errors import ParameterError
from socialsim.environments.evolution.theory import meeting_times
from socialsim.limits.closures.common import adjacency, check_connected, check_symmetric

MOST_AGENTS = 3000  # two tables of as many pairs stay in memory
ROUNDING = 1e-9  # t_3 - t_1 below this share of t_2 counts as none


@dataclass(frozen=True)
class CooperationThreshold:
    """What a network asks of cooperation.

    Attributes
    ----------
    ratio : float
        (b/c)* (2); infinite where t_3 = t_1, negative where t_3 < t_1.
    structure : float
        sigma (1); infinite where t_3 - t_1 = t_2.
    meeting_times : tuple of float
        t_1, t_2, t_3, in steps of one of two walks at a time.
    favours : {"cooperation", "spite", "neither"}
        What some benefit can make selection favour.
    """

    ratio: float
    structure: float
    meeting_times: tuple[float, float, float]
    favours: Literal["cooperation", "spite", "neither"]

    def favours_first(self, payoffs: Any) -> bool:
        """Return whether (1) favours the first of two strategies.

        Examples
        --------
        >>> threshold = cooperation_threshold("cycle:n=100")
        >>> [threshold.favours_first([[b - 1.0, -1.0], [b, 0.0]]) for b in (2.0, 2.1)]
        [False, True]
        """
        game = np.asarray(payoffs, float)
        if game.shape != (2, 2) or not np.isfinite(game).all():
            raise ParameterError("payoffs: accepted: two rows of two finite numbers")
        (a, b), (c, d) = game
        one, two, three = self.meeting_times
        return bool((two + three - one) * (a - d) + (two - three + one) * (b - c) > 0.0)


def cooperation_threshold(network: Any, *, weighted: bool = False) -> CooperationThreshold:
    """Return when weak selection favours cooperation on a network under death-birth updating.

    Parameters
    ----------
    network : Network, NetworkX graph, spec string, file or matrix
        Undirected and connected, of 3 to 3000 agents.
    weighted : bool
        Whether the weights of links count, as chances of being looked at and as shares of the payoff; those of a matrix
        always do.

    Raises
    ------
    ParameterError
        If the network falls apart, has links one way, or too few or many agents.

    Examples
    --------
    >>> [round(cooperation_threshold("karate", weighted=weighted).ratio, 6) for weighted in (False, True)]
    [7.767862, 7.454152]
    >>> star = cooperation_threshold("star:n=10")
    >>> star.ratio, star.favours
    (inf, 'neither')
    """
    matrix = adjacency(network, weighted=weighted)
    if not 3 <= matrix.shape[0] <= MOST_AGENTS:
        raise ParameterError(f"network: {matrix.shape[0]} agents are not accepted; accepted: 3 to {MOST_AGENTS}")
    check_symmetric(matrix, "coalescence times")
    check_connected(matrix)
    one, two, three = meeting_times(matrix.toarray(), (1, 2, 3))
    gap, other = three - one, two - three + one
    is_none = abs(gap) <= ROUNDING * two
    return CooperationThreshold(
        ratio=math.inf if is_none else two / gap,
        structure=(two + gap) / other if abs(other) > ROUNDING * two else math.inf,
        meeting_times=(one, two, three),
        favours="neither" if is_none else "cooperation" if gap > 0 else "spite",
    )
