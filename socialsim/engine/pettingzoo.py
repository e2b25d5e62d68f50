"""Environments as PettingZoo sees them: dictionaries by the names of agents, one replication.

An environment in which everyone acts at once becomes a `ParallelEnv`; one of events an `AECEnv`, in which those whom an
event wakes act one after the other and see nothing of each other's actions before all have acted. Agents are called by
their type and their place in it: ``agent_0``, ``sender_0``. Both are the `VectorEnvironment` of one replication
underneath, and cost some thirty times what it does: what learns by the million steps takes that.

An info holds the columns of the agent that are defined. A message is a part of the action, and what an agent has heard
one of its observation, where agents speak: ``{"action": ..., "message": ...}`` and ``{"observation": ..., "inbox":
..., "heard": ...}``. The inbox is 0 where ``heard`` is; the message of -1, or NaN, is silence.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError, unknown
from socialsim.core.extras import require
from socialsim.engine.interface import Box, Discrete
from socialsim.engine.outside import picture
from socialsim.engine.scenario import Scenario
from socialsim.engine.vector import VectorEnvironment

require("pettingzoo", "pettingzoo")

import gymnasium  # noqa: E402
from pettingzoo import AECEnv, ParallelEnv  # noqa: E402

Info = dict[str, float]


class _Played:
    """What both forms share: names, spaces, pictures.

    Parameters
    ----------
    scenario : Scenario
    seed : int
        For the first reset that is given none.
    num_messages : int or "real", optional
        Lets agents speak when they act.
    render_mode : str, optional
        One of ``metadata["render_modes"]``.
    """

    possible_agents: list[str]
    agents: list[str]
    metadata: dict[str, Any]

    def __init__(
        self, scenario: Scenario, *, seed: int = 0, num_messages: Any = None, render_mode: str | None = None
    ) -> None:
        self.vector = VectorEnvironment(scenario, seed=seed, num_messages=num_messages)
        modes = ["human", "ansi"] + (["rgb_array"] if hasattr(scenario.environment, "frame") else [])
        if render_mode is not None and render_mode not in modes:
            raise ParameterError(unknown("render_mode", render_mode, modes))
        self.metadata = {"name": scenario.environment.name(), "render_modes": modes, "is_parallelizable": True}
        self.render_mode = render_mode
        self.possible_agents = [f"{kind}_{k}" for kind, count in self.vector.counts.items() for k in range(count)]
        self.agents = []
        self._actions = np.zeros_like(self.vector._arrays["actions"])
        self._messages = None if num_messages is None else np.zeros_like(self.vector._arrays["messages"])
        self._action_spaces: dict[str, Any] = {}
        self._observation_spaces: dict[str, Any] = {}
        names = iter(self.possible_agents)
        for kind, count in self.vector.counts.items():
            for _ in range(count):
                name, specification = next(names), self.vector.specifications[kind]
                self._action_spaces[name] = self._speaking(_space(specification.actions))
                self._observation_spaces[name] = self._hearing(_space(specification.observations))
        self.state_space = gymnasium.spaces.Box(-np.inf, np.inf, _flat(self.vector.state).shape, np.float64)
        self._is_over = True

    def _speaking(self, actions: Any) -> Any:
        if self._messages is None:
            return actions
        return gymnasium.spaces.Dict({"action": actions, "message": self._message_space()})

    def _hearing(self, observations: Any) -> Any:
        if self._messages is None:
            return observations
        n, number = self.vector.num_agents, self.vector.num_messages
        heard = gymnasium.spaces.MultiBinary(n)
        if number == "real":
            inbox: Any = gymnasium.spaces.Box(-np.inf, np.inf, (n,), np.float64)
        else:
            inbox = gymnasium.spaces.MultiDiscrete(np.full(n, number))
        return gymnasium.spaces.Dict({"observation": observations, "inbox": inbox, "heard": heard})

    def _message_space(self) -> Any:
        if self.vector.num_messages == "real":
            return gymnasium.spaces.Box(-np.inf, np.inf, (), np.float64)
        return gymnasium.spaces.Discrete(int(self.vector.num_messages or 0) + 1, start=-1)

    def observation_space(self, agent: str) -> Any:
        """Return what an agent can see."""
        return self._observation_spaces[self._known(agent)]

    def action_space(self, agent: str) -> Any:
        """Return what an agent can do."""
        return self._action_spaces[self._known(agent)]

    def _known(self, agent: str) -> str:
        if agent not in self._action_spaces:
            raise ParameterError(unknown("agent", agent, self.possible_agents))
        return agent

    # --- looking ---------------------------------------------------------------------------------------------

    def _latest(self) -> Any:
        """Return the state of the episode, which stands apart once it is over."""
        return self.vector.final_state if self._is_over else self.vector.state

    def state(self) -> NDArray[np.float64]:
        """Return everything that changes in the environment, as one row of numbers."""
        return _flat(self._latest())

    def _infos(self, agents: Iterable[str]) -> dict[str, Info]:
        columns = {name: values[0].tolist() for name, values in self.vector.environment.columns(self._latest()).items()}
        rows = {agent: i for i, agent in enumerate(self.possible_agents)}
        return {
            agent: {name: row[rows[agent]] for name, row in columns.items() if row[rows[agent]] == row[rows[agent]]}
            for agent in agents
        }

    def _seen(self, observations: NDArray[Any], i: int) -> Any:
        """Return what agent i sees and has heard, as a copy."""
        seen = observations[0, i].copy()
        if self._messages is None:
            return seen
        inbox = self.vector.inbox[0, i]
        heard = ~np.isnan(inbox) if inbox.dtype.kind == "f" else inbox >= 0
        return {"observation": seen, "inbox": np.where(heard, inbox, 0), "heard": heard.astype(np.int8)}

    def render(self) -> Any:
        """Return a picture ("rgb_array") or a table of rewards and columns ("ansi"), or print the table ("human").

        Raises
        ------
        ParameterError
            If there is no ``render_mode``.
        """
        if self.render_mode is None:
            raise ParameterError(f"render_mode: none was given; accepted: {', '.join(self.metadata['render_modes'])}")
        if self.render_mode == "rgb_array":
            return picture(self.vector.environment, self._latest())
        rewards = zip(self.possible_agents, self.vector.rewards[0].tolist(), strict=True)
        infos = self._infos(self.possible_agents)
        table = _table({agent: {"reward": reward} | infos[agent] for agent, reward in rewards})
        if self.render_mode == "ansi":
            return table
        print(table)
        return None

    def close(self) -> None:
        """Do nothing: there is no window."""

    # --- acting ----------------------------------------------------------------------------------------------

    def _begin(self, seed: int | None) -> None:
        self.vector.reset(seed=seed)
        self._is_over = False
        self.agents = self.possible_agents[:]

    def _put(self, agent: str, action: Any) -> None:
        """Write an agent's action, and its message, where the step reads them."""
        i, space = self.possible_agents.index(agent), self._action_spaces[agent]
        if self._messages is not None:
            if not isinstance(action, Mapping) or set(action) != {"action", "message"}:
                raise ParameterError(f"{agent}: {action!r} is not accepted; accepted: a dict of action and message")
            self._messages[0, i] = _checked(f"{agent}: message", action["message"], space["message"], silent=True)
            action, space = action["action"], space["action"]
        self._actions[0, i] = _checked(f"{agent}: action", action, space)

    def _move(self) -> None:
        _, _, terminated, truncated = self.vector.step(self._actions, messages=self._messages)
        self._is_over = bool(terminated[0] or truncated[0])


class SocialParallelEnv(_Played, ParallelEnv):
    """An environment in which everyone acts at once.

    Examples
    --------
    >>> from socialsim.environments.repeated_game import small
    >>> game = SocialParallelEnv(small())
    >>> observations, infos = game.reset(seed=1)
    >>> observations, rewards, terminations, truncations, infos = game.step({"row_0": 0, "column_0": 1})
    >>> rewards, infos["column_0"]
    ({'row_0': 0.0, 'column_0': 5.0}, {'share_first': 0.0})
    """

    def reset(
        self, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Info]]:
        """Begin an episode, and return observations and infos; there are no options."""
        self._begin(seed)
        return self._all_seen(self.vector.observations), self._infos(self.agents)

    def step(
        self, actions: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, float], dict[str, bool], dict[str, bool], dict[str, Info]]:
        """Let everybody act, and return observations, rewards, terminations, truncations and infos.

        Raises
        ------
        ParameterError
            If the episode is over, somebody's action is missing or not accepted, or an agent is unknown.
        """
        if not self.agents:
            raise ParameterError("step: no episode is under way; accepted: after reset()")
        for agent in actions:
            self._known(agent)
        for agent in self.agents:
            if agent not in actions:
                raise ParameterError(f"{agent}: no action is given; accepted: one for each of {', '.join(self.agents)}")
            self._put(agent, actions[agent])
        self._move()
        agents, vector = self.agents, self.vector
        if self._is_over:
            self.agents = []
        return (
            self._all_seen(vector.final_observations if self._is_over else vector.observations),
            dict(zip(agents, vector.rewards[0].tolist(), strict=True)),
            dict.fromkeys(agents, bool(vector.terminated[0])),
            dict.fromkeys(agents, bool(vector.truncated[0])),
            self._infos(agents),
        )

    def _all_seen(self, observations: NDArray[Any]) -> dict[str, Any]:
        return {agent: self._seen(observations, i) for i, agent in enumerate(self.possible_agents)}


class SocialEventEnv(_Played, AECEnv):
    """An environment of events: whoever the next one wakes is selected.

    An agent's observation is that of the last event that woke it; before that it is 0.

    Examples
    --------
    >>> from socialsim.environments.opinions import small
    >>> voters = SocialEventEnv(small(), seed=1)
    >>> voters.reset()
    >>> for agent in voters.agent_iter(100):
    ...     observation, reward, is_over, is_late, info = voters.last()
    ...     voters.step(None if is_over or is_late else observation)
    >>> voters.agents
    []
    """

    def reset(self, seed: int | None = None, options: Mapping[str, Any] | None = None) -> None:
        """Begin an episode; there are no options."""
        self._begin(seed)
        self._sight = np.zeros_like(self.vector.observations)
        self.agent_selection: str
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos = self._infos(self.agents)
        self._skip_agent_selection = None
        self._select()

    def observe(self, agent: str) -> Any:
        """Return what an agent has seen last."""
        return self._seen(self._sight, self.possible_agents.index(self._known(agent)))

    def step(self, action: Any) -> None:
        """Let the selected agent act; the event happens once all have acted whom it has woken.

        Raises
        ------
        ParameterError
            If the episode is over for everybody, or the action is not accepted.
        """
        if not self.agents:
            raise ParameterError("step: no episode is under way; accepted: after reset()")
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            if action is not None:
                raise ParameterError(f"{agent}: action {action!r} is not accepted; accepted: None, its episode is over")
            self._was_dead_step(None)
            return
        self._put(agent, action)
        self._cumulative_rewards[agent] = 0.0
        self._clear_rewards()
        self._turn += 1
        if self._turn < len(self._woken):
            self.agent_selection = self.possible_agents[self._woken[self._turn]]
            return
        self._happen()
        self._accumulate_rewards()
        if self._is_over:
            self._deads_step_first()

    def _happen(self) -> None:
        """Let the event happen, and those after it that wake nobody."""
        woken = self._woken
        self._move()
        for i in woken:
            self.rewards[self.possible_agents[i]] = float(self.vector.rewards[0, i])
        if not self._is_over:
            self._select()
        if self._is_over:
            self._sight[0, woken] = self.vector.final_observations[0, woken]
            self.terminations = dict.fromkeys(self.agents, bool(self.vector.terminated[0]))
            self.truncations = dict.fromkeys(self.agents, bool(self.vector.truncated[0]))
        self.infos = self._infos(self.agents)

    def _select(self) -> None:
        """Turn to the first of those who are woken next."""
        while not self.vector.num_active[0] and not self._is_over:
            self._move()
        if self._is_over:
            return
        self._woken, self._turn = self.vector.active[0, : self.vector.num_active[0]].tolist(), 0
        self._sight[0, self._woken] = self.vector.observations[0, self._woken]
        self.agent_selection = self.possible_agents[self._woken[0]]


def _space(space: Discrete | Box) -> Any:
    """Return a space as Gymnasium has it."""
    if isinstance(space, Discrete):
        return gymnasium.spaces.Discrete(space.size)
    return gymnasium.spaces.Box(space.low, space.high, space.shape, np.dtype(space.dtype).type)


def _checked(name: str, value: Any, space: Any, *, silent: bool = False) -> Any:
    """Return an action or a message in the dtype of its space, or refuse it."""
    if isinstance(space, gymnasium.spaces.Discrete):
        first, last = int(space.start), int(space.start + space.n - 1)
        try:
            number = operator.index(value)
        except TypeError:
            number = first - 1
        if isinstance(value, bool | np.bool_) or not first <= number <= last:
            raise ParameterError(f"{name} {value!r} is not accepted; accepted: an integer, {first} to {last}")
        return number
    try:
        numbers = np.asarray(value, space.dtype)
    except (TypeError, ValueError):
        numbers = None
    if numbers is not None and numbers.shape == space.shape:
        is_silence = silent and bool(np.isnan(numbers).all())
        if is_silence or bool(np.all((space.low <= numbers) & (numbers <= space.high))):
            return numbers
    low, high = space.low.min(initial=np.inf), space.high.max(initial=-np.inf)
    raise ParameterError(f"{name} {value!r} is not accepted; accepted: {low:g} to {high:g}, shape {space.shape}")


def _flat(state: Any) -> NDArray[np.float64]:
    """Return the arrays of one replication that change, one after the other."""
    parts = [part[0].ravel() for part in state if isinstance(part, np.ndarray) and part.flags.writeable]
    return np.concatenate([np.zeros(0), *parts]).astype(np.float64)


def _table(infos: Mapping[str, Info]) -> str:
    """Return a table of agents as text."""
    names = list(dict.fromkeys(name for info in infos.values() for name in info))
    rows = [["agent", *names]]
    rows += [[agent, *(f"{info[name]:.6g}" if name in info else "" for name in names)] for agent, info in infos.items()]
    widths = [max(len(row[k]) for row in rows) for k in range(len(names) + 1)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
