"""Best reply to polls: the ballot that counts if the election lies between the two front-runners.

A poll shows who leads and who is second, o = (k, l): one's own k-th and l-th best candidate. Who believes that only
these two can win, and that one's own ballot may decide between them ([MyersonWeber1993]_; under approval the leader
rule of [Laslier2009]_), votes for the better or against the worse of the two, and is otherwise as sincere as that
allows. The environment says which ballot R(o) that is under its rule; where a poll shows no two in front, it is the
sincere one. Everybody is sincere at first; with probability ``revision_rate`` an election one reconsiders:

    a_t = R(o_t) with probability ``revision_rate``, else a_tm1

Under plurality this deserts all but two candidates: Duverger's law ([Cox1997]_).
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Learner, Specification, constant


class State(NamedTuple):
    """What everybody does, and what answers each poll."""

    revision_rate: float
    sincere: int
    replies: NDArray[np.int64]  # (num_observations,)
    action: NDArray[np.int64]  # (num_agents,)


class PollReply(Learner):
    """Votes for the better of the two front-runners.

    Examples
    --------
    >>> PollReply(revision_rate=1.0).revision_rate
    1.0
    """

    revision_rate: float = parameter(0.2, "chance of reconsidering", unit="per election", gt=0, le=1)

    source: ClassVar[str] = "Myerson & Weber 1993, American Political Science Review 87:102-114"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out sincere ballots."""
        return State(
            revision_rate=self.revision_rate,
            sincere=int(specification.fact("sincere")),
            replies=constant(specification.fact("front_runner_replies")),
            action=np.zeros(num_agents, np.int64),
        )

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Begin sincere."""
        learner.action[i] = learner.sincere

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Look at the poll now and then, else do the same again."""
        if learner.revision_rate >= 1.0 or uniform(stream) < learner.revision_rate:
            learner.action[i] = learner.replies[observation]
        return learner.action[i]
