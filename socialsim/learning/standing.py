"""Where agents stand who weigh two methods, and how a community ends that need not agree.

An agent is undecided, a believer (sure that arm 1 is better), or a sceptic (does not use arm 1); a sceptic listens, or
hears nothing any more that could win them over. With so many of each, counted as they change, a community has come to
an end when nobody is undecided and

    nobody believes        -> FALSE_CONSENSUS: no experiment will be made any more
    nobody is a sceptic    -> TRUE_CONSENSUS
    no sceptic listens     -> POLARISED

Whoever is away is not counted: agents take their stands one after the other in each round, in the order of their rows,
and the count starts anew with the first of a round.
"""

from __future__ import annotations

from socialsim.core.compiled import compiled

SCEPTIC, LISTENER, UNDECIDED, BELIEVER = 0, 1, 2, 3
NUM_STANDS, NOWHERE = 4, -1
LAST = NUM_STANDS  # behind the counts, who was the last to take a stand
FALSE_CONSENSUS, TRUE_CONSENSUS, POLARISED = 0, 1, 2


@compiled
def take_stand(standing, tally, i, stand):
    """Let agent i take a stand in this round; a round begins when the rows begin anew.

    Examples
    --------
    >>> import numpy as np
    >>> standing, tally = np.full(3, NOWHERE), np.zeros(NUM_STANDS + 1, np.int64)
    >>> for i, stand in ((0, UNDECIDED), (1, UNDECIDED), (2, SCEPTIC), (0, BELIEVER), (2, SCEPTIC)):  # 1 has left
    ...     take_stand(standing, tally, i, stand)
    >>> tally[:NUM_STANDS].tolist()
    [1, 0, 0, 1]
    """
    if i <= tally[LAST]:
        for k in range(NUM_STANDS):
            tally[k] = 0
    tally[LAST] = i
    tally[stand] += 1
    standing[i] = stand


@compiled
def verdict(standing, tally, i):
    """Return how the community has ended as far as agent i can tell, or -1.

    Examples
    --------
    >>> import numpy as np
    >>> verdict(np.array([SCEPTIC, BELIEVER]), np.array([1, 0, 0, 1, 1]), 0) == POLARISED
    True
    """
    if standing[i] == UNDECIDED:
        return -1
    if tally[UNDECIDED] + tally[BELIEVER] == 0:
        return FALSE_CONSENSUS
    if standing[i] == LISTENER:
        return -1
    return TRUE_CONSENSUS if tally[SCEPTIC] + tally[LISTENER] == 0 else POLARISED
