"""Environments played from outside, many replications at once.

A `VectorEnvironment` steps all replications of an environment by actions that somebody else chooses, such as a deep
learner. Everything crosses in arrays with a leading replication axis, and nothing is copied on the way: observations
are written where the caller wants them.

An episode ends when the environment says so (``terminated``) or when its time is over (``truncated``). Its replication
begins anew within the same step: what is then observed belongs to the new episode, and the end of the old one stands in
``final_observations`` and `final_state`. Streams are those of a run: replication r, given the actions that a learner
took there, goes through the same states, to the bit, episode after episode. An environment that is done from the
beginning is asked for a step all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.streams import seed_streams
from socialsim.engine.interface import Box
from socialsim.engine.layout import Layout
from socialsim.engine.links import pack
from socialsim.engine.outside import check_array, check_scenario, common_space, picture
from socialsim.engine.plan import Plan
from socialsim.engine.play import write_play
from socialsim.engine.pointers import Table, address
from socialsim.engine.program import load
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import STREAM_PURPOSES, draw_networks
from socialsim.networks.network import Network


class Engine(NamedTuple):
    """What the engine keeps of each agent: nobody is ever away."""

    presence: NDArray[np.int8]  # (num_agents,)


class VectorEnvironment:
    """All replications of an environment, played from outside.

    Parameters
    ----------
    scenario : Scenario
        Its environment, network and horizon; learners play no part. An episode lasts ``horizon.episode_steps``, or
        ``horizon.steps`` where that is 0.
    replications : int
        How many; their numbers are 0, 1, ...
    seed : int
        Root of all random streams, >= 0.
    num_messages : int or "real", optional
        Lets agents speak when they act: one of so many messages, or a number. None by default.
    threads : int
        Threads that share the replications of a step; more than one helps large batches alone.

    Attributes
    ----------
    observations : ndarray, shape (replications, num_agents, ...)
        What everybody sees, where a step is given no other array for it.
    rewards : ndarray of float, shape (replications, num_agents)
        What the last step has paid.
    terminated, truncated : ndarray of bool, shape (replications,)
        Whether the step ended an episode: because the environment is done, because its time is over.
    verdicts : ndarray of int, shape (replications,)
        How the environment ended its episode; -1 elsewhere.
    final_observations : ndarray, shape (replications, num_agents, ...)
        The last ones of those episodes that the step ended.
    inbox : ndarray, shape (replications, num_agents, num_agents)
        Who has heard what in the step, [receiver, sender]; silence is -1, or NaN where messages are numbers.
    active, num_active : ndarray of int, shapes (replications, participants) and (replications,)
        In an environment of events: who acts next. Only their actions are read and their observations written.
    clock : ndarray of int, shape (replications,)
        Steps of the present episode so far.

    All of them belong to the environment, which writes into them at each step: copy what is to last.

    Raises
    ------
    ParameterError, NetworkError
        If the scenario changes who is there, or its agent types have actions or observations of several kinds.

    Examples
    --------
    >>> from socialsim.environments.repeated_game import small
    >>> game = VectorEnvironment(small(), replications=3)
    >>> game.reset().shape
    (3, 2)
    >>> observations, rewards, terminated, truncated = game.step(np.array([[0, 0], [0, 1], [1, 1]]))
    >>> rewards.tolist()
    [[3.0, 3.0], [0.0, 5.0], [1.0, 1.0]]
    """

    observations: NDArray[Any]
    rewards: NDArray[np.float64]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    verdicts: NDArray[np.int64]
    final_observations: NDArray[Any]
    inbox: NDArray[Any]
    active: NDArray[np.int64]
    num_active: NDArray[np.int64]
    clock: NDArray[np.int64]
    _given_actions: Any
    _given_messages: NDArray[Any] | None

    def __init__(
        self,
        scenario: Scenario,
        replications: int = 1,
        seed: int = 0,
        *,
        num_messages: int | Literal["real"] | None = None,
        threads: int = 1,
    ) -> None:
        check_scenario(scenario, num_messages, replications=replications, threads=threads)
        self.scenario, self.environment = scenario, scenario.environment
        self.replications, self.seed, self.num_messages = int(replications), seed, num_messages
        networks = self._draw_networks()
        self.num_agents = n = networks[0].num_agents
        self.counts = self.environment.counts(n)
        self.specifications = {name: self.environment.specification(name, n) for name in self.counts}
        self.layout = Layout({"environment": self.environment.state(n), "engine": Engine(np.zeros(n, np.int8))}, n)
        self._buffers, self._final = self.layout.allocate(self.replications), self.layout.allocate(self.replications)
        self._arrays = self._lay_out() | self._messages()
        for name in VectorEnvironment.__annotations__.keys() & self._arrays.keys():
            setattr(self, name, self._arrays[name])
        self._start_streams()
        self._link(networks)
        self._program = load(self._plan(), write=partial(write_play, table=self._table))
        self._play: Callable[..., int] = self._refuse_early
        self._threads = min(threads, self.replications)
        self._pool = ThreadPoolExecutor(self._threads) if self._threads > 1 else None

    # --- playing ---------------------------------------------------------------------------------------------

    def reset(self, out: NDArray[Any] | None = None, *, seed: int | None = None) -> NDArray[Any]:
        """Begin an episode in all replications.

        Parameters
        ----------
        out : ndarray, optional
            Where to write the observations.
        seed : int, optional
            Starts all streams anew, and draws random networks again. Without one, streams go on.

        Returns
        -------
        ndarray, shape (replications, num_agents, ...)
            The observations.
        """
        if seed is not None:
            seed_streams(seed, np.arange(0), STREAM_PURPOSES[0])  # refuses what is no seed
            self.seed = seed
            self._start_streams()
            self._link(self._draw_networks())
        self._observe_into(out)
        self.rewards[:] = 0.0
        self.terminated[:] = self.truncated[:] = False
        self.verdicts[:] = -1
        self._program.call("play", self._vector, 0, self.replications, True, False)
        self._play = self._play_in_parts if self._pool else self._program.direct("play")
        return self._seen

    def step(
        self, actions: NDArray[Any], out: NDArray[Any] | None = None, messages: NDArray[Any] | None = None
    ) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
        """Let everybody act.

        Parameters
        ----------
        actions : ndarray, shape (replications, num_agents, ...)
            Of int64, or of the dtype of the specification's box.
        out : ndarray, optional
            Where to write the observations; of their shape and dtype, C-contiguous.
        messages : ndarray, shape (replications, num_agents), optional
            What everybody says before acting, to those who hear it then (`audience`): int64, -1 for silence, or float,
            NaN for silence. Without it all are silent.

        Returns
        -------
        observations, rewards, terminated, truncated : ndarray

        Raises
        ------
        ParameterError
            If an array has another shape or dtype, or an action or a message does not exist; nothing has moved then.
        """
        if actions is not self._given_actions:  # an array that comes again has been looked at before
            self._take("actions", actions)
            self._given_actions = actions
        if out is not self._out:
            self._observe_into(out)
        if messages is not self._given_messages:
            self._take_messages(messages)
        failure = self._play(self._vector, 0, self.replications, False, True)
        if failure:
            raise self._refusal(failure)
        return self._seen, self.rewards, self.terminated, self.truncated

    def audience(self, out: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
        """Return who would hear whom now.

        Parameters
        ----------
        out : ndarray of bool, optional
            Where to write it; otherwise into an array of the environment.

        Returns
        -------
        ndarray of bool, shape (replications, num_agents, num_agents)
            [receiver, sender].
        """
        if self._play == self._refuse_early:
            self._refuse_early()
        mask = self._arrays["audience"] if out is None else out
        self._take("audience", mask, "out")
        self._program.call("hearers", self._vector)
        return mask

    # --- looking ---------------------------------------------------------------------------------------------

    @property
    def state(self) -> Any:
        """The environment's state, arrays of shape (replications, ...): views, which the next step changes."""
        return self.layout.view("environment", self._buffers)

    @property
    def final_state(self) -> Any:
        """The last state of those episodes that the step ended."""
        return self.layout.view("environment", self._final)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return what the environment shows of each agent, shape (replications, num_agents)."""
        return self.environment.columns(self.state)

    def final_columns(self) -> dict[str, NDArray[Any]]:
        """Return the same at the end of those episodes that the step ended."""
        return self.environment.columns(self.final_state)

    def render(self, row: int = 0) -> NDArray[np.uint8]:
        """Return a picture of one replication, shape (height, width, 3), of an environment with a plane."""
        return picture(self.environment, self.state, row)

    # --- what crosses ----------------------------------------------------------------------------------------

    def _observe_into(self, out: NDArray[Any] | None) -> None:
        """Have observations written there, from now on."""
        seen = self.observations if out is None else out
        self._take("observations", seen, "out")
        self._out, self._seen = out, seen

    def _take_messages(self, messages: NDArray[Any] | None) -> None:
        if self.num_messages is None:
            raise ParameterError("messages: nobody speaks here; accepted: none, or a VectorEnvironment of num_messages")
        self._take("messages", self._arrays["messages"] if messages is None else messages)
        self._given_messages = messages

    def _take(self, name: str, array: Any, called: str = "") -> None:
        """Put the address of the caller's array in the place of our own."""
        check_array(called or name, array, self._arrays[name], is_written=name in ("observations", "audience"))
        self._vector[self._table.places[name]] = address(array)

    def _play_in_parts(self, vector: NDArray[np.int64], lo: int, hi: int, begins: bool, is_checked: bool) -> int:
        """Share a step among threads, once it is known that all actions exist."""
        assert self._pool is not None
        play, ends = self._program.direct("play"), np.linspace(lo, hi, self._threads + 1).astype(int).tolist()
        if failure := play(vector, 0, 0, begins, is_checked):
            return failure
        return sum(self._pool.map(lambda first, last: play(vector, first, last, begins, False), ends, ends[1:]))

    def _refuse_early(self, *_: Any) -> int:
        raise ParameterError("step: nothing has begun; accepted: after reset()")

    def _refusal(self, failure: int) -> ParameterError:
        """Return the error that names whose action (a code above 0) or message (below 0) does not exist."""
        row, i = divmod(abs(failure) - 1, self.num_agents)
        if failure > 0:
            name, given = "actions", self._given_actions
            accepted = f"{self._arrays['lowest_action'][i]:g} to {self._arrays['highest_action'][i]:g}"
        else:
            name, given = "messages", np.asarray(self._given_messages)
            alphabet = int(self._arrays["num_messages"][0])
            accepted = f"0 to {alphabet - 1}, or -1 for silence" if alphabet else "finite numbers, or NaN for silence"
        return ParameterError(
            f"{name}: {given[row, i].tolist()} of agent {i} in replication {row} is not accepted; accepted: {accepted}"
        )

    # --- laying out ------------------------------------------------------------------------------------------

    def _draw_networks(self) -> list[Network]:
        return draw_networks(self.scenario, self.seed, np.arange(self.replications))

    def _start_streams(self) -> None:
        numbers = np.arange(self.replications)
        for k, purpose in enumerate(STREAM_PURPOSES):
            self._arrays["streams"][:, k] = seed_streams(self.seed, numbers, purpose)

    def _link(self, networks: list[Network]) -> None:
        """Put the networks among the arrays, and all of them in one table."""
        self.networks = networks
        links = pack(networks, self.replications, weighted=type(self.environment).weighted)
        self._table = Table(self._arrays | {f"link_{name}": array for name, array in links._asdict().items()})
        self._vector = self._table.vector
        self._given_actions = self  # no array yet
        self._out = self._given_messages = None
        self._seen = self.observations

    def _plan(self) -> Plan:
        return Plan(
            environment=type(self.environment),
            learners=(),
            layout=self.layout,
            row_observations=self.observations.ndim > 2,
            row_actions=self._arrays["actions"].ndim > 2,
        )

    def _lay_out(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that a step reads and writes, but the network's and the messages."""
        horizon, each = self.scenario.horizon, (self.replications, self.num_agents)
        actions = common_space(self.environment, self.specifications, "actions")
        observations = common_space(self.environment, self.specifications, "observations")
        arrays: dict[str, NDArray[Any]] = {f"state_{dtype}": buffer for dtype, buffer in self._buffers.items()}
        arrays |= {f"final_{dtype}": buffer for dtype, buffer in self._final.items()}
        arrays |= {f"initial_{dtype}": buffer[0].copy() for dtype, buffer in self._buffers.items()}
        arrays |= {f"constant_{dtype}": block for dtype, block in self.layout.constants.items()}
        arrays |= {
            "layout": self.layout.vector,
            "streams": np.zeros((self.replications, len(STREAM_PURPOSES), 4), np.uint64),
            "horizon": np.array([horizon.episode_steps or horizon.steps], np.int64),
            "actions": np.zeros(each + actions.shape, actions.dtype),
            "observations": np.zeros(each + observations.shape, observations.dtype),
            "final_observations": np.zeros(each + observations.shape, observations.dtype),
            "rewards": np.zeros(each),
            "terminated": np.zeros(self.replications, bool),
            "truncated": np.zeros(self.replications, bool),
            "verdicts": np.full(self.replications, -1, np.int64),
            "clock": np.zeros(self.replications, np.int64),
            "audience": np.zeros((*each, self.num_agents), bool),
        }
        bounds = [_bounds(specification.actions) for specification in self.specifications.values()]
        numbers = list(self.counts.values())
        arrays["lowest_action"], arrays["highest_action"] = (
            np.repeat(np.array(ends), numbers) for ends in zip(*bounds, strict=True)
        )
        if self.environment.loop == "events":
            arrays["active"] = np.full((self.replications, self.environment.participants), -1, np.int64)
            arrays["num_active"] = np.zeros(self.replications, np.int64)
        return arrays

    def _messages(self) -> dict[str, NDArray[Any]]:
        if self.num_messages is None:
            return {}
        is_real = self.num_messages == "real"
        each, silence = (self.replications, self.num_agents), np.nan if is_real else -1
        return {
            "messages": np.full(each, silence),
            "inbox": np.full((*each, self.num_agents), silence),
            "num_messages": np.array([0 if is_real else self.num_messages], np.int64),
        }


def _bounds(space: Any) -> tuple[float, float]:
    return (float(space.low), float(space.high)) if isinstance(space, Box) else (0, space.size - 1)
