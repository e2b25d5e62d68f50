"""What the text of a loop depends on.

The same plan gives the same text, and the same text is compiled once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Environment, Learner
from socialsim.engine.layout import Layout
from socialsim.engine.preferences import Preference

RUNNING, SETTLED, DONE = 0, 1, 2
WHOLE_ARRAY_FROM = 64  # agents; below it whole-array exchange on a ring stalls on values stored one by one just before

STAGES = (
    "episode",
    "change",
    "wake",
    "talk",
    "hear",
    "act",
    "announce",
    "witness",
    "advance",
    "report",
    "absorb",
    "learn",
    "rewire",
)
MOMENTS = {"speak": "hear", "announce": "witness", "report": "absorb"}
STREAMS = ("initial_stream", "dynamics_stream", "learner_stream", "change_stream")


@dataclass(frozen=True)
class Plan:
    """Everything that the text of a loop depends on.

    Parameters
    ----------
    environment : type of Environment
    learners : tuple of type of Learner
        One for each agent type, in row order.
    layout : Layout
    message_sizes : mapping of str to int
        For each sending function in use: 0 for numbers, k for rows of k.
    row_observations, row_actions : bool
        Whether an observation, an action, is a row of numbers.
    changes_agents : bool
        Whether agents may fail, leave, enter or be played by a guest.
    rewires, counts, branches : bool
        Whether edges are rewired inside the loop, acts are counted, streams restart at each use (a fork).
    has_episodes : bool
        Whether the environment starts afresh, again and again, within a run.
    preferences : mapping of int to type of Preference
        Of those agent types that have one, by their position among all.
    periodic : frozenset of int
        The agent types that do not decide in every step, by position.
    cast : tuple of int
        The agent types of those whom every event wakes, place by place; empty where their number varies.
    """

    environment: type[Environment]
    learners: tuple[type[Learner], ...]
    layout: Layout
    message_sizes: dict[str, int] = field(default_factory=dict)
    row_observations: bool = False
    row_actions: bool = False
    changes_agents: bool = False
    rewires: bool = False
    counts: bool = False
    branches: bool = False
    has_episodes: bool = False
    preferences: dict[int, type[Preference]] = field(default_factory=dict)
    periodic: frozenset[int] = frozenset()
    cast: tuple[int, ...] = ()

    @property
    def is_checked(self) -> bool:
        """Whether actions and observations are checked: those of a user's class, since one out of range would corrupt
        memory.
        """
        return any(cls.__module__.split(".")[0] != "socialsim" for cls in (self.environment, *self.learners))

    @property
    def is_events(self) -> bool:
        """Whether the environment wakes agents event by event."""
        return self.environment.loop == "events"

    def users(self, function: str) -> list[int]:
        """Return the agent types whose learner defines a function."""
        return [k for k, learner in enumerate(self.learners) if hasattr(learner, function)]

    def sorts_messages(self, k: int) -> bool:
        """Whether agent type k takes a sum of the messages near its own where everybody hears everybody."""
        judged = hasattr(self.environment, "audible")
        return hasattr(self.learners[k], "hear_near") and not self.is_events and not judged

    def check(self) -> None:
        """Refuse what the templates cannot express, naming it."""
        if self.is_events and not hasattr(self.environment, "wake"):
            raise ParameterError(
                f"{self.environment.__name__}: loop 'events' needs a function wake(env, network, active, stream)"
            )
        if self.is_events and any(self.learners[k].additive for k in range(len(self.learners))):
            raise ParameterError(
                f"{self.environment.__name__}: learners with additive messages need the simultaneous loop"
            )
        if self.is_events and any(learner.hears_itself for learner in self.learners):
            raise ParameterError(
                f"{self.environment.__name__}: learners that hear themselves need the simultaneous loop"
            )
        for sender, receiver in MOMENTS.items():
            ways = {receiver in self.learners[k].additive for k in self.users(receiver)}
            if len(ways) > 1:
                raise ParameterError(f"{sender}: some learners add messages up and others hear each; accepted: one way")
        if hasattr(self.environment, "audible") and any(learner.additive for learner in self.learners):
            raise ParameterError(
                f"{self.environment.__name__}: decides at each step who hears whom; accepted: learners that hear "
                "each message by itself, not their sum"
            )
        if not hasattr(self.environment, "advance"):
            raise ParameterError(f"{self.environment.__name__}: a function advance is missing")
        if self.periodic and (self.is_events or self.has_episodes):
            raise ParameterError(
                f"{self.environment.__name__}: some of its agents decide once a period; accepted: the simultaneous "
                "loop without episodes"
            )
        for k in self.periodic:
            if any(k in self.users(moment) for moment in (*MOMENTS, *MOMENTS.values())):
                raise ParameterError(
                    f"{self.learners[k].__name__}: sends messages, for agents that decide once a period; accepted: "
                    "learners without messages"
                )
        for preference in self.preferences.values():
            if self.is_events:
                raise ParameterError(
                    f"preference: {self.environment.__name__} pays one event at a time; accepted: an environment in "
                    "which everyone acts at once"
                )
            if not hasattr(preference, "feel"):
                raise ParameterError(
                    f"{preference.__name__}: a function feel(preference, network, i, rewards) is missing"
                )
        for learner in self.learners:
            if learner.defined() and not hasattr(learner, "act"):
                raise ParameterError(f"{learner.__name__}: a function act(learner, i, observation, stream) is missing")
