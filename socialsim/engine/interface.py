"""What an environment and a learner are.

An **environment** holds the mechanics of a social situation and knows no learner; a **learner** holds an update rule
and knows no environment. Both are frozen parameters, a `state` that lays out one replication as a NamedTuple, and
compiled functions that read and write it. The engine writes a loop around them (`socialsim.engine.template`). One step
of the simultaneous loop, for every agent i that is present:

    talk      speak -> hear           learner: a message before acting
    act       observe -> act          environment, then learner
    witness   announce -> witness     learner: a message between acting and outcomes
    advance   advance                 environment: everyone's actions become rewards
    evidence  report -> absorb        learner: a message about what happened
    feel      prepare -> feel         social preference, if any: from material to subjective rewards
    learn     learn                   learner: from its own outcome

An event is the same, for the agents that `wake` names alone. A function that is not defined costs nothing. In a state

- a Python scalar is a **constant** of the scenario (``env.trials``), and so is an array marked by `constant`: stored
  once, read-only;
- every other array belongs to one replication: a scalar that changes has shape ``(1,)``, and a learner's per-agent
  arrays lead with the agent.

A message is a number (``message_size = 0``) or a row of numbers that the sender fills (``message_size = k``). A message
of NaN is silence. What a receiver does with messages is written edge by edge, ``hear(learner, i, j, weight, message)``,
or, for a moment named in ``additive``, once with the sum over in-neighbours, ``hear(learner, i, total)``; in an
additive sum the silent value is 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.parameters import Parameters


@dataclass(frozen=True)
class Discrete:
    """Integers 0 .. size - 1, with optional names for people."""

    size: int
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Box:
    """Real numbers in [low, high], of a shape; ``shape = ()`` is one number."""

    low: float = -np.inf
    high: float = np.inf
    shape: tuple[int, ...] = ()
    dtype: str = "float64"


@dataclass(frozen=True)
class Specification:
    """What a learner may know of its environment.

    Parameters
    ----------
    actions, observations : Discrete or Box
        What the agents of this type do and see.
    facts : mapping
        Further facts that some learners ask for by name, such as the likelihood of an outcome.

    Examples
    --------
    >>> Specification(Discrete(2)).fact("trials")
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: the learner needs the fact 'trials', which the environment does not give;
    given: none
    """

    actions: Discrete | Box
    observations: Discrete | Box = Discrete(1)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def num_actions(self) -> int:
        """Number of actions; a `ParameterError` where actions are real numbers."""
        return _size(self.actions, "actions")

    @property
    def num_observations(self) -> int:
        """Number of observations; a `ParameterError` where observations are not integers."""
        try:
            return _size(self.observations, "observations")
        except ParameterError as error:
            hint = self.facts.get("discrete_by")
            raise ParameterError(f"{error}; accepted: {hint}" if hint else str(error)) from None

    def fact(self, name: str) -> Any:
        """Return a fact by name, or raise a `ParameterError` that names it and what there is."""
        if name not in self.facts:
            given = ", ".join(sorted(self.facts)) or "none"
            raise ParameterError(
                f"the learner needs the fact {name!r}, which the environment does not give; given: {given}"
            )
        return self.facts[name]


def _kind(space: Box) -> str:
    return f"arrays of {space.dtype}, {' x '.join(map(str, space.shape))}" if space.shape else "real numbers"


def _size(space: Discrete | Box, name: str) -> int:
    if isinstance(space, Box):
        raise ParameterError(f"the learner needs discrete {name}; in this environment they are {_kind(space)}")
    return space.size


def constant(array: Any) -> NDArray[Any]:
    """Return a read-only copy of an array: in a state, one that all replications share.

    Examples
    --------
    >>> constant([1.0, 2.0]).flags.writeable
    False
    """
    copy = np.array(array)
    copy.flags.writeable = False
    return copy


class _Named(Parameters):
    """A named set of parameters with compiled functions."""

    functions: ClassVar[tuple[str, ...]]

    @classmethod
    def name(cls) -> str:
        """Return the name that scenarios and the command line use: the class name in snake case."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()

    @classmethod
    def defined(cls) -> tuple[str, ...]:
        """Return the names of the compiled functions that this class defines."""
        return tuple(name for name in cls.functions if hasattr(cls, name))


class Environment(_Named):
    """Base of environments.

    A subclass defines `state`, `specification` and, as static compiled functions, those of the following that it
    needs::

        initialise(env, network, stream)                     draw the state at step 0
        observe(env, network, i) -> observation              or observe(env, network, i, out) for a Box with a shape
        advance(env, network, actions, rewards, stream)      everyone acts at once
        done(env) -> verdict                                 -1 to go on; with episodes, >= 0 ends one
        audible(env, network, i, j) -> bool                  does agent i hear its in-neighbour j now?
        enter(env, network, i, stream)                       agent i enters
        wake(env, network, active, stream) -> count          events: fill ``active``, return how many
        rest(env, network, num_rounds) -> verdict            events: as `done`, asked after each round of N events; it
                                                             may be asked twice and must not mind
        advance(env, network, active, actions, rewards, stream)   events

    Class attributes: ``loop`` ("simultaneous" or "events"), ``participants`` (at most so many agents an event),
    ``cast`` (the agent types of those whom `wake` names, in its order, if it always names as many or nobody: events of
    a cast run faster), ``agent_types``, ``weighted`` (do edge weights mean anything to it?), ``source`` (the paper) and
    ``figure`` (which columns the default figure shows).
    """

    functions: ClassVar[tuple[str, ...]] = (
        *("initialise", "observe", "advance", "done", "audible", "enter", "wake", "rest"),
    )
    loop: ClassVar[Literal["simultaneous", "events"]] = "simultaneous"
    participants: ClassVar[int] = 2
    cast: ClassVar[tuple[str, ...]] = ()
    agent_types: ClassVar[tuple[str, ...]] = ("agent",)
    weighted: ClassVar[bool] = False
    source: ClassVar[str] = ""
    figure: ClassVar[Mapping[str, Any]] = {}

    def state(self, num_agents: int) -> NamedTuple:
        """Lay out one replication: its constants, and its arrays as they are before `initialise`."""
        raise ParameterError(f"{type(self).__name__}: a method state(num_agents) is missing")

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """Return what a learner of this agent type may know."""
        raise ParameterError(f"{type(self).__name__}: a method specification(agent_type, num_agents) is missing")

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return how many agents there are of each type; rows follow this order. By default all are of one type."""
        if len(self.agent_types) != 1:
            raise ParameterError(f"{type(self).__name__}: several agent types need a method counts(num_agents)")
        return {self.agent_types[0]: num_agents}

    def periods(self) -> dict[str, int]:
        """Return the steps between two decisions of those agent types that do not decide in every step: what they
        choose in steps 0, k, 2k, ... stands meanwhile, and at the end of each period they learn from what they saw and
        did at its start, their mean reward over it, and what they see then. Learners from outside (`as_vector`,
        PettingZoo, guests) are asked in every step all the same. By default all decide in every step.
        """
        return {}

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return what the tables show of each agent, shape (num_runs, num_agents); by default nothing."""
        return {}

    def outcomes(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return what the ``run`` table shows of each run, shape (num_runs,); by default nothing."""
        return {}

    def sanctions(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return who sanctioned whom in the last step, for ``record="events"``: the columns ``row`` (of the state),
        ``source``, ``target``, ``cost`` and ``loss``, each of shape (num_sanctions,); by default there are none.
        """
        return {}

    def outcomes_of_policies(self, state: Any, policies: Mapping[str, NDArray[np.int64]]) -> dict[str, NDArray[Any]]:
        """Return what the ``run`` table shows of the play to come if nobody explores or learns any more, shape
        (num_runs,); by default nothing. Called where every agent type's learner has a `Learner.policy`.
        """
        return {}


class Learner(_Named):
    """Base of learners.

    A subclass defines `state` and, as static compiled functions, those of the following that it needs (i is the row
    among the learner's own agents)::

        initialise(learner, i, stream)
        act(learner, i, observation, stream) -> action
        learn(learner, i, observation, action, reward, next_observation, stream)
        probabilities(learner, i, observation, out)          chance of each action at the next act; alters nothing
        settled(learner, i) -> verdict                       -1 while undecided; a run stops when all agree
        speak(learner, i, observation, stream) -> message    and hear
        hear_near(learner, i, total, count)                  optional, on a complete network in place of `hear`: sum
                                                             and number of the messages no further from one's own
                                                             than reach(learner, i), one's own among them
        announce(learner, i, observation, action, stream) -> message               and witness
        report(learner, i, observation, action, reward, stream) -> message         and absorb

    One that defines none of them decides nothing. Senders of rows take a last argument ``out``. Receivers: see the
    module. No loop calls `probabilities`: by it a learner whose `learn` draws nothing is fitted to observed choices
    (`socialsim.inference`). Class attributes: ``additive`` (the receiving functions that take sums), ``hears_itself``
    (is one's own message among those received?) and ``act_is_message`` (is what one does what one has said, so that a
    forced act is a forced message?).
    """

    functions: ClassVar[tuple[str, ...]] = (
        *("initialise", "act", "learn", "probabilities", "settled"),
        *("speak", "hear", "reach", "hear_near", "announce", "witness", "report", "absorb"),
    )
    additive: ClassVar[frozenset[str]] = frozenset()
    hears_itself: ClassVar[bool] = False
    act_is_message: ClassVar[bool] = False
    source: ClassVar[str] = ""

    def state(self, specification: Specification, num_agents: int) -> NamedTuple:
        """Lay out the learner of ``num_agents`` agents in one replication, as it is before `initialise`."""
        raise ParameterError(f"{type(self).__name__}: a method state(specification, num_agents) is missing")

    def message_size(self, specification: Specification) -> int:
        """Return 0 for messages that are one number, or the length of a row of numbers."""
        return 0

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return what the tables show of each agent, shape (num_runs, num_agents); by default the state's per-agent
        numbers.
        """
        return {
            name: values
            for name, values in state._asdict().items()
            if isinstance(values, np.ndarray) and values.flags.writeable and values.ndim == 2
        }

    def policy(self, state: Any) -> NDArray[np.int64] | None:
        """Return the action that each agent takes on each observation when it does not explore, shape (num_runs,
        num_agents, num_observations); by default None: it has no such policy.
        """
        return None
