"""Where agents stand who weigh two methods, and how a community ends that need not agree.

An agent is undecided, a believer (sure that arm 1 is better), or a sceptic (does not use arm 1); a sceptic listens, or
hears nothing any more that could win them over. With so many of each, counted as they change, a community has come to
an end when nobody is undecided and

    nobody believes        -> FALSE_CONSENSUS: no experiment will be made any more
    nobody is a sceptic    -> TRUE_CONSENSUS
    no sceptic listens     -> POLARISED

Whoever is away counts as holding the view that they held last.
"""

from __future__ import annotations

from socialsim.core.compiled import compiled

SCEPTIC, LISTENER, UNDECIDED, BELIEVER = 0, 1, 2, 3
NUM_STANDS, NOWHERE = 4, -1
FALSE_CONSENSUS, TRUE_CONSENSUS, POLARISED = 0, 1, 2


@compiled
def take_stand(standing, tally, i, stand):
    """Let agent i stand elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> standing, tally = np.full(2, NOWHERE), np.zeros(NUM_STANDS, np.int64)
    >>> take_stand(standing, tally, 0, UNDECIDED)
    >>> take_stand(standing, tally, 0, BELIEVER)
    >>> standing.tolist(), tally.tolist()
    ([3, -1], [0, 0, 0, 1])
    """
    if standing[i] != NOWHERE:
        tally[standing[i]] -= 1
    tally[stand] += 1
    standing[i] = stand


@compiled
def verdict(standing, tally, i):
    """Return how the community has ended as far as agent i can tell, or -1.

    Examples
    --------
    >>> import numpy as np
    >>> verdict(np.array([SCEPTIC, BELIEVER]), np.array([1, 0, 0, 1]), 0) == POLARISED
    True
    """
    if standing[i] == UNDECIDED:
        return -1
    if tally[UNDECIDED] + tally[BELIEVER] == 0:
        return FALSE_CONSENSUS
    if standing[i] == LISTENER:
        return -1
    return TRUE_CONSENSUS if tally[SCEPTIC] + tally[LISTENER] == 0 else POLARISED
