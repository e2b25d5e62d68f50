r"""Games whose agents have few states and meet in an aggregate alone (anonymous sequential games on a network).

Agent i is in a state s_i and takes an action a_i. It feels the others only through what they add up to,

    z_i = 1/c_i sum_j A_ij phi(s_j, a_j),

with ``A`` the network and the scale c_i = its degree (``normalise = "degree"``: z_i is a mean over neighbours), the
mean degree of all (``"density"``) or the number of agents (``"N"``). In each step, with z as it is now,

    reward      r(t, s_i, a_i, z_i)
    step        s_i <- s' with probability p(s' | t, s_i, a_i, z_i), K successors at most
    common      y <- g(t, 1/N sum_j phi(s_j, a_j), y)           a state of the world that all share, if any

The same functions serve N agents here and infinitely many in `socialsim.limits`: nothing in them knows how many there
are. Where there is a common state, ``z`` goes on with it: ``z[num_features:]`` is y. Several populations are one whose
states carry the population: s = (population, own state), with features of their own.

Such a game has T = ``num_steps`` decisions, and then ends; with ``num_steps = 0`` it goes on for ever. An agent sees
the time (where the game ends), a signal of what z was in the last step (where the game gives one) and its own state, as
one number, (t G + g) S + s. [JovanovicRosenthal1988]_
"""

from __future__ import annotations

from abc import abstractmethod
from collections import namedtuple
from typing import Any, ClassVar, Literal

import numpy as np
import pydantic
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.aggregation import NORMALISATIONS, aggregate, average, share_common
from socialsim.engine.aggregative_state import Held
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away

FUNCTIONS = ("feature", "step", "reward", "common", "signal")


@compiled
def draw_index(probabilities, stream):
    """Return an index with these chances; draws nothing where there is one. What rounding leaves is the last possible
    one's.
    """
    if probabilities.shape[0] == 1:
        return 0
    left, last = uniform(stream), 0
    for k in range(probabilities.shape[0]):
        if probabilities[k] > 0.0:
            last = k
            left -= probabilities[k]
            if left < 0.0:
                break
    return last


@compiled
def check_step(successors, probabilities, num_states):
    """Refuse chances that are none, and states that do not exist, wherever they occur."""
    total = 0.0
    for k in range(successors.shape[0]):
        chance = probabilities[k]
        total += chance
        if chance < 0.0 or (chance > 0.0 and not 0 <= successors[k] < num_states):
            raise ArithmeticError("step")
    if not abs(total - 1.0) <= 1e-9:
        raise ArithmeticError("step")


@compiled
def draw_successor(successors, probabilities, stream):
    """Return one of the successors."""
    return successors[draw_index(probabilities, stream)]


@compiled
def no_feature(env, s, a, features):
    """Weigh nothing: agents without features do not feel each other."""
    for f in range(features.shape[0]):
        features[f] = 0.0


@compiled
def no_common(env, t, overall, common, common_next):
    """Leave a common state as it is."""
    for y in range(common.shape[0]):
        common_next[y] = common[y]


@compiled
def no_signal(env, t, z):
    """Tell nothing of z."""
    return 0


@compiled
def draw_state(env, i, stream):
    """Draw agent i's state as it is at first."""
    env.states[i] = draw_index(env.chances, stream)
    env.signals[i] = 0
    env.returns[i] = 0.0


def _advance_of(feature: Any, step: Any, reward: Any, common: Any, signal: Any) -> Any:
    """Return the step of a whole population around the functions of one agent."""

    @compiled
    def advance(env, network, actions, rewards, stream):
        """Let everybody act at once: sums over neighbours, rewards, steps, then the common state."""
        n, t = network.num_agents, env.clock[0]
        for i in range(n):
            if is_away(network, i):
                for f in range(env.features.shape[1]):
                    env.features[i, f] = 0.0
            else:
                feature(env, env.states[i], actions[i], env.features[i])
        aggregate(network, env.scale_by, env.features, env.aggregates)
        average(env.features, env.overall)
        share_common(env.common, env.aggregates, env.overall.shape[0])
        for i in range(n):
            if is_away(network, i):
                continue
            s, z = env.states[i], env.aggregates[i]
            rewards[i] = reward(env, t, s, actions[i], z)
            env.returns[i] += env.worth[0] * rewards[i]
            step(env, t, s, actions[i], z, env.successors, env.probabilities)
            check_step(env.successors, env.probabilities, env.num_states)
            env.states[i] = draw_successor(env.successors, env.probabilities, stream)
            env.signals[i] = signal(env, t, z)
        common(env, t, env.overall, env.common, env.common_next)
        for y in range(env.common.shape[0]):
            env.common[y] = env.common_next[y]
        env.clock[0] += 1
        env.worth[0] *= env.discount

    return advance


class AggregativeGame(Environment):
    """Base of games whose agents meet in an aggregate alone.

    A subclass has parameters, says its sizes (`num_states`, `num_actions`, and `num_successors`, `num_features`,
    `num_signals` where they are not 1) and `initial`, and defines as static compiled functions, of which only `step`
    and `reward` are needed where there is no coupling::

        feature(env, s, a, features)                                 fill phi, shape (num_features,)
        step(env, t, s, a, z, successors, probabilities)             fill both, shape (num_successors,)
        reward(env, t, s, a, z) -> number
        common(env, t, overall, common, common_next)                 fill ``common_next``, from the overall mean of phi
        signal(env, t, z) -> integer                                 what agents see of z, 0 .. num_signals - 1

    ``env`` has the parameters by name (tuples as arrays) and what `constants` adds; those that are text are left out.
    ``steady`` says that p(s' | t, s, a, z) depends neither on t nor on z: the limits are then quicker. `Game` in
    `socialsim.limits.games` checks what a game says of itself.

    Examples
    --------
    >>> class Herd(AggregativeGame):
    ...     num_states, num_actions, steady = 2, 2, True
    ...     @staticmethod
    ...     @compiled
    ...     def feature(env, s, a, features):
    ...         features[0] = a
    ...     @staticmethod
    ...     @compiled
    ...     def step(env, t, s, a, z, successors, probabilities):
    ...         successors[0], probabilities[0] = a, 1.0
    ...     @staticmethod
    ...     @compiled
    ...     def reward(env, t, s, a, z):
    ...         return -abs(a - z[0])
    >>> Herd().specification("agent", 10).num_observations  # 50 steps, 2 states
    100
    """

    functions: ClassVar[tuple[str, ...]] = (*Environment.functions, *FUNCTIONS)
    model_config = pydantic.ConfigDict(ignored_types=(int,))  # sizes are no parameters

    num_steps: int = parameter(50, "T, decisions of each agent; 0: it goes on for ever", unit="steps", ge=0)
    discount: float = parameter(1.0, "gamma, worth of a reward one step later", gt=0, le=1)
    normalise: Literal["degree", "N", "density"] = parameter(
        "degree",
        "what the sum over neighbours is divided by: the agent's degree, the number of agents, the mean degree",
    )

    @property
    @abstractmethod
    def num_states(self) -> int:
        """S, states of an agent."""

    @property
    @abstractmethod
    def num_actions(self) -> int:
        """A, actions that it chooses from."""

    @property
    def num_successors(self) -> int:
        """K, states that a step leads to at most."""
        return 1

    @property
    def num_features(self) -> int:
        """F, numbers by which agents feel each other."""
        return 1

    @property
    def num_signals(self) -> int:
        """G, what agents may see of z."""
        return 1

    @property
    def steady(self) -> bool:
        """Whether p(s' | t, s, a, z) depends neither on t nor on z."""
        return False

    @classmethod
    def __pydantic_init_subclass__(cls, **keywords: Any) -> None:
        """Write the step of the whole population around the functions of one agent."""
        super().__pydantic_init_subclass__(**keywords)
        known = set(cls.model_fields).union(*map(dir, cls.__bases__))
        for name, value in vars(cls).items():
            if isinstance(value, int) and name not in known:
                raise ParameterError(
                    f"{cls.__name__}: {name} = {value} is neither a size of a game nor a parameter; accepted: "
                    f"{name}: int = parameter(...)"
                )
        if hasattr(cls, "step") and not vars(cls).keys().isdisjoint(FUNCTIONS):
            defaults = {"feature": no_feature, "common": no_common, "signal": no_signal}
            found: dict[str, Any] = {name: getattr(cls, name, defaults.get(name)) for name in FUNCTIONS}
            for name, function in (found | {"advance": _advance_of(**found)}).items():
                setattr(cls, name, staticmethod(function))

    def initial(self) -> NDArray[np.float64]:
        """Return the distribution of states at first, shape (num_states,); by default all are equally likely."""
        return np.full(self.num_states, 1.0 / self.num_states)

    def initial_common(self) -> NDArray[np.float64]:
        """Return the common state at first, shape (num_common,); by default there is none."""
        return np.zeros(0)

    def constants(self) -> dict[str, Any]:
        """Return numbers and arrays that the functions read as ``env.<name>``, besides the parameters."""
        return {}

    def state_labels(self) -> tuple[str, ...]:
        """Return a name for each state."""
        return tuple(f"state {s}" for s in range(self.num_states))

    def action_labels(self) -> tuple[str, ...]:
        """Return a name for each action."""
        return tuple(f"action {a}" for a in range(self.num_actions))

    @property
    def num_common(self) -> int:
        """Numbers of the common state."""
        return len(self.initial_common())

    def rules(self) -> dict[str, Any]:
        """Return what the functions find in ``env``, whoever calls them: the parameters and the constants."""
        found: dict[str, Any] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, tuple):
                found[name] = constant(np.array(value, np.float64))
            elif not isinstance(value, str):
                found[name] = float(value) if isinstance(value, float) else int(value)
        for name, value in self.constants().items():
            found[name] = constant(value) if isinstance(value, np.ndarray) else value
        return found

    def state(self, num_agents: int) -> Any:
        """Lay out a population before its first step."""
        width = self.num_features + self.num_common
        held = Held(
            scale_by=NORMALISATIONS.index(self.normalise),
            num_states=self.num_states,
            num_signals=self.num_signals,
            chances=constant(np.asarray(self.initial(), np.float64)),
            first_common=constant(np.asarray(self.initial_common(), np.float64)),
            clock=np.zeros(1, np.int64),
            states=np.zeros(num_agents, np.int64),
            signals=np.zeros(num_agents, np.int64),
            returns=np.zeros(num_agents),
            worth=np.ones(1),
            features=np.zeros((num_agents, self.num_features)),
            overall=np.zeros(self.num_features),
            aggregates=np.zeros((num_agents, width)),
            common=np.zeros(self.num_common),
            common_next=np.zeros(self.num_common),
            successors=np.zeros(self.num_successors, np.int64),
            probabilities=np.zeros(self.num_successors),
        )
        rules, fields = self.rules(), held._asdict()
        taken = sorted(name for name in set(rules) & set(fields) if name not in ("num_states", "num_signals"))
        if taken:
            raise ParameterError(
                f"{self.name()}: {taken[0]} is what the engine keeps under this name; accepted: another name of the "
                "parameter or constant"
            )
        fields = rules | fields
        made = namedtuple("State", tuple(fields))  # type: ignore[misc]
        made.__doc__, made.parts = Held.__doc__, (Held,)  # type: ignore[attr-defined]  # for descriptions of it
        return made(**fields)

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees the time, a signal and its state as one number, and chooses an action."""
        states = self.state_labels()
        if len(states) != self.num_states:
            raise ParameterError(f"{self.name()}: {len(states)} state_labels; accepted: {self.num_states}, its states")
        labels = tuple(
            ", ".join([f"step {t}"] * (self.num_steps > 0) + [f"signal {g}"] * (self.num_signals > 1) + [label])
            for t in range(max(1, self.num_steps))
            for g in range(self.num_signals)
            for label in states
        )
        return Specification(Discrete(self.num_actions, self.action_labels()), Discrete(len(labels), labels))

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return each agent's state, its aggregate and what it has earned."""
        named = {f"aggregate_{f}": state.aggregates[:, :, f] for f in range(self.num_features)}
        if self.num_features == 1:
            named = {"aggregate": state.aggregates[:, :, 0]}
        return {"state": state.states, **named, "return": state.returns}

    def outcomes(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return the share of agents in each state, the overall means of the features, the common state, and the mean
        of what agents have earned.
        """
        shares = {f"share_{s}": (state.states == s).mean(axis=1) for s in range(self.num_states)}
        means = {f"overall_{f}": state.overall[:, f] for f in range(self.num_features)}
        common = {f"common_{y}": state.common[:, y] for y in range(self.num_common)}
        return shares | means | common | {"mean_return": state.returns.mean(axis=1)}

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw everybody's state."""
        for i in range(network.num_agents):
            draw_state(env, i, stream)
        for y in range(env.common.shape[0]):
            env.common[y] = env.first_common[y]

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """Draw the state of a newcomer."""
        draw_state(env, i, stream)

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return time, signal and state as one number."""
        seen = env.signals[i]
        if env.num_steps > 0:
            seen += env.num_signals * min(env.clock[0], env.num_steps - 1)
        return seen * env.num_states + env.states[i]

    @staticmethod
    @compiled
    def done(env):
        """End after the last decision."""
        return 0 if 0 < env.num_steps <= env.clock[0] else -1
