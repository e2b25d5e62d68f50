"""Social preferences: what an agent learns from when others' rewards matter to it.

An environment pays **material** rewards. With a preference an agent learns from a **subjective** reward instead, its
own function of everybody's rewards at this step (and, where the preference remembers, before). After `advance` the
engine calls

    prepare     preference           once: whatever is the same for everybody, such as a sum, or a memory of rewards
    feel        preference           each present agent: its subjective reward
    learn       learner              from the subjective reward

Nothing else sees it: tables, counts, events and `report` show the material rewards. A preference draws no random
numbers, so that with one that changes nothing a run is the same to the bit. Whoever has failed or left is compared with
nobody.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import _Named

SELFISH = "selfish"
"""The spec of having no preference: the subjective reward is the material one."""


class Preference(_Named):
    """Base of social preferences.

    A subclass defines `state` and, as static compiled functions, `feel` and those of the others that it needs (i is the
    row among all agents, and so is the first axis of its arrays)::

        initialise(preference, i)                        fresh start: step 0, each episode, agent i enters
        prepare(preference, network, rewards)            once a step
        feel(preference, network, i, rewards) -> reward

    They must not change ``rewards``. Attribute: ``source`` (the paper).
    """

    functions: ClassVar[tuple[str, ...]] = ("initialise", "prepare", "feel")
    source: ClassVar[str] = ""

    def state(self, num_agents: int) -> NamedTuple:
        """Lay out the preference in one replication, as it is before `initialise`."""
        raise ParameterError(f"{type(self).__name__}: a method state(num_agents) is missing")
