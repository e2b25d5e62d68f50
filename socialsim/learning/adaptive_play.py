"""Adaptive play: reply best to a sample of what one remembers, and now and then err (Young 1993).

An agent remembers its last m meetings. At each act it draws k of them, no one twice, and takes what would have paid
most against what the others did there; equals are drawn from uniformly:

    a in argmax_a sum_{s in sample} u_s(a)    with probability 1 - epsilon,    any action with probability epsilon

where u_s(a) is what a would have paid in meeting s ([Young1993]_, section 3). Until it has seen m meetings it takes any
action, so that its first memory is arbitrary; where all have always done alike before (the fact ``all_start_alike``)
its whole memory is what it sees first. Two players who meet again and again and each remember what the other did
are Young's two classes of players, whose draws are made from one common record. With m = k = 1 and an agent that sees
what its actions pay against its neighbours **now** this is best reply with mutations ([Kandori1993]_, [Ellison1993]_).

Theory, and the exact chain, stand in `socialsim.environments.conventions`.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.knowledge import needs_foregone_payoffs

INDIFFERENT = 1e-9  # relative; sums that differ by less are equal up to rounding


class State(NamedTuple):
    """What everybody remembers."""

    sample: int
    error: float
    starts_full: int  # whether what it sees first is all that it remembers
    memory: NDArray[np.float64]  # (num_agents, memory, num_actions), what each action would have paid
    num_seen: NDArray[np.int64]  # (num_agents,), meetings so far
    totals: NDArray[np.float64]  # (num_agents, num_actions), sums over the last sample


class AdaptivePlay(Learner):
    """Replies best to a sample of recent meetings; needs an environment that shows what each action would have paid.

    Examples
    --------
    >>> AdaptivePlay(memory=10, sample=3).error
    0.05
    """

    memory: int = parameter(10, "meetings remembered, m", ge=1, le=10_000)
    sample: int = parameter(4, "meetings among them that one replies to, k", ge=1)
    error: float = parameter(0.05, "chance epsilon of an action drawn uniformly", unit="per action", ge=0, le=1)

    source: ClassVar[str] = "Young 1993, Econometrica 61:57-84"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Start without memories; a sample that is larger than the memory is refused."""
        if self.sample > self.memory:
            raise ParameterError(
                f"learner.sample: {self.sample} is not accepted; accepted: at most the memory, {self.memory}"
            )
        num_actions = needs_foregone_payoffs(self.name(), specification)
        return State(
            sample=self.sample,
            error=self.error,
            starts_full=int(specification.facts.get("all_start_alike", False)),
            memory=np.zeros((num_agents, self.memory, num_actions)),
            num_seen=np.zeros(num_agents, np.int64),
            totals=np.zeros((num_agents, num_actions)),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the payoff that each agent's best reply would have had in its last sample."""
        return {"expected_payoff": state.totals.max(axis=2) / self.sample}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget everything."""
        learner.num_seen[i] = 0
        for a in range(learner.totals.shape[1]):
            learner.totals[i, a] = 0.0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Remember what one sees; take any action at first and by mistake, else reply best to a sample."""
        num_kept, num_actions = learner.memory.shape[1], learner.totals.shape[1]
        place = learner.num_seen[i] % num_kept
        for a in range(num_actions):
            learner.memory[i, place, a] = observation[a]
        learner.num_seen[i] += 1
        if learner.starts_full and learner.num_seen[i] == 1:
            recall_always(learner, i, observation)
        if learner.num_seen[i] < num_kept or (learner.error > 0.0 and uniform(stream) < learner.error):
            return integer(stream, num_actions)
        draw_sample(learner, i, stream)
        return best_of(learner.totals[i], stream)


@compiled
def recall_always(learner, i, observation):
    """Fill the memory with one meeting."""
    learner.num_seen[i] = learner.memory.shape[1]
    for place in range(learner.memory.shape[1]):
        for a in range(learner.totals.shape[1]):
            learner.memory[i, place, a] = observation[a]


@compiled
def draw_sample(learner, i, stream):
    """Sum up what actions would have paid in k of the m meetings (selection sampling: Knuth, algorithm S)."""
    num_kept = learner.memory.shape[1]
    for a in range(learner.totals.shape[1]):
        learner.totals[i, a] = 0.0
    wanted = learner.sample
    for place in range(num_kept):
        left = num_kept - place
        if wanted == left or uniform(stream) * left < wanted:
            for a in range(learner.totals.shape[1]):
                learner.totals[i, a] += learner.memory[i, place, a]
            wanted -= 1
            if wanted == 0:
                break


@compiled
def best_of(values, stream):
    """Return the index of the highest value, uniformly among those that equal it up to rounding."""
    highest = values[0]
    for a in range(1, values.shape[0]):
        highest = max(highest, values[a])
    bound = highest - INDIFFERENT * abs(highest)
    best, ties = 0, 0
    for a in range(values.shape[0]):
        if values[a] >= bound:
            ties += 1
            if ties == 1 or integer(stream, ties) == 0:
                best = a
    return best
