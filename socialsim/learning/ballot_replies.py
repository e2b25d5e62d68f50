"""Replies of one voter who sees the present points of all candidates and may exchange a ballot for another.

The voter sees the points s_c, the utilities u_c of the candidates to it, and its present ballot b. With w(b') the
winner if it casts b' in place of b, the first of equals, a ballot b' is a **better reply** if u(w(b')) > u(w(b)).

`RestrictedBestReply` takes, among the better replies, those of the highest u(w(b')); among these the first that gives
most points to that winner and, second, fewest to the present winner. Under plurality this is a vote **for** the
candidate that comes to win, never a mere desertion of the present winner, under veto a vote **against** the present
winner. From any ballots such moves, one at a time, end in a Nash equilibrium: under plurality by [Meir2010]_, theorem
3, under veto by [LevRosenschein2016]_, who also show that no other scoring rule can promise it.

`BetterReply` draws any better reply, which may go in circles under plurality too ([Meir2010]_, proposition 4).

Who has no better reply keeps its ballot.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.ballots.forms import winner_after
from socialsim.core.compiled import compiled
from socialsim.core.streams import integer
from socialsim.engine.interface import Learner, Specification, constant


class State(NamedTuple):
    """The points that ballots give."""

    points: NDArray[np.int64]  # (num_actions, num_candidates)


@compiled
def restricted_best_reply(observation, points):
    """Return the restricted best reply to a row (points, utilities, present ballot).

    Examples
    --------
    >>> votes, utilities, present = [3.0, 3.0, 1.0], [0.0, 0.5, 1.0], [2.0]
    >>> int(restricted_best_reply(np.array(votes + utilities + present), np.eye(3, dtype=np.int64)))
    1
    """
    m = points.shape[1]
    present = int(observation[2 * m])
    winner = winner_after(observation, points, present, present)
    best, elected = present, winner
    for form in range(points.shape[0]):
        other = winner_after(observation, points, present, form)
        gain = observation[m + other] - observation[m + elected]
        more = points[form, other] - points[best, elected]
        fewer = points[best, winner] - points[form, winner]
        if gain > 0.0 or (gain == 0.0 and other != winner and (more > 0 or (more == 0 and fewer > 0))):
            best, elected = form, other
    return best


@compiled
def better_reply(observation, points, stream):
    """Return any better reply to a row (points, utilities, present ballot), all with the same chance."""
    m = points.shape[1]
    present = int(observation[2 * m])
    winner = winner_after(observation, points, present, present)
    reply, found = present, 0
    for form in range(points.shape[0]):
        other = winner_after(observation, points, present, form)
        if observation[m + other] > observation[m + winner]:
            found += 1
            if integer(stream, found) == 0:
                reply = form
    return reply


class _Replying(Learner):
    """What the two have in common."""

    source: ClassVar[str] = "Meir, Polukarov, Rosenschein & Jennings 2010, AAAI-10:823-828"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the points that ballots give."""
        return State(constant(specification.fact("points")))


class RestrictedBestReply(_Replying):
    """Votes for the best candidate that its ballot can make win.

    Examples
    --------
    >>> RestrictedBestReply.name()
    'restricted_best_reply'
    """

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Reply."""
        return restricted_best_reply(observation, learner.points)


class BetterReply(_Replying):
    """Casts any ballot that makes a better candidate win.

    Examples
    --------
    >>> BetterReply.name()
    'better_reply'
    """

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Reply."""
        return better_reply(observation, learner.points, stream)
