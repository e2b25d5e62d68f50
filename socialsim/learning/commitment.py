"""Commitment to a word: what learners of names share.

A committed agent says one word for ever, whatever it hears. Committed agents are drawn at random among all, without
replacement: agent after agent is dealt, and the next one is committed with the chance

    committed agents left / agents left                                                   ([Fan1962]_, algorithm S).
"""

from __future__ import annotations

from typing import Any

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.streams import integer
from socialsim.engine.interface import Specification


def check_words(learner: Any, specification: Specification) -> int:
    """Return the number of words that there are.

    Parameters
    ----------
    learner : Learner
        With the parameters ``first_word`` and ``committed_word``.
    specification : Specification

    Raises
    ------
    ParameterError
        If the environment has no words, or one of the learner's is not among them.

    Examples
    --------
    >>> from socialsim.engine.interface import Discrete
    >>> from socialsim.learning.recollection import Recollection
    >>> check_words(Recollection(), Specification(Discrete(3), Discrete(2), {"num_words": 2}))
    2
    """
    num_words = int(specification.fact("num_words"))
    for name in ("first_word", "committed_word"):
        word = getattr(learner, name)
        if word >= num_words:
            raise ParameterError(f"learner.{name}: {word} is not accepted; accepted: 0 to {num_words - 1}")
    return num_words


def num_committed(learner: Any, num_agents: int) -> int:
    """Return how many agents are committed: the learner's share ``committed`` of them, rounded.

    Raises
    ------
    ParameterError
        If there shall be some and the share of so few agents rounds to none.

    Examples
    --------
    >>> from socialsim.learning.recollection import Recollection
    >>> num_committed(Recollection(committed=0.12), 24)
    3
    """
    number = round(learner.committed * num_agents)
    if learner.committed > 0.0 and number == 0:
        raise ParameterError(
            f"learner.committed: {learner.committed:g} of {num_agents} agents rounds to none; accepted: 0, or more "
            f"than {0.5 / num_agents:g}"
        )
    return number


@compiled
def draw_commitment(to_commit, stream):
    """Return 1 if the next agent is committed, else 0, and count it.

    Parameters
    ----------
    to_commit : ndarray of int, shape (2,)
        Committed agents, and agents, that are left; whoever comes later is not committed.
    stream : ndarray of uint64, shape (4,)

    Examples
    --------
    >>> import numpy as np
    >>> from socialsim.core.streams import Purpose, seed_streams
    >>> stream, to_commit = seed_streams(1, np.arange(1), Purpose.INITIAL)[0], np.array([2, 5])
    >>> sum(draw_commitment(to_commit, stream) for _ in range(9))
    2
    """
    if to_commit[1] == 0:
        return 0
    is_committed = to_commit[0] > 0 and integer(stream, to_commit[1]) < to_commit[0]
    to_commit[0] -= is_committed
    to_commit[1] -= 1
    return 1 if is_committed else 0
