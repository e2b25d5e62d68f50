"""What a step looks like from a guest's seat: what it sees and hears, and where what it does and says is written.

Everything here repeats in Python what the compiled loops of `socialsim.engine.template` do for one row, from the same
memory, in the same order of addition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Learner
from socialsim.engine.links import CIRCULANT, COMPLETE, GUEST, Links
from socialsim.engine.plan import MOMENTS, WHOLE_ARRAY_FROM
from socialsim.engine.simulation import Simulation
from socialsim.host.population import check_action


def type_of(simulation: Simulation, i: int) -> str:
    """Return the agent type of a row.

    Examples
    --------
    >>> from socialsim.environments.signalling import small
    >>> type_of(Simulation(small(), seed=1, replications=[0]), 1)
    'receiver'
    """
    return next(name for name in simulation.counts if i < simulation.rows(name).stop)


def present_guests(presence: NDArray[np.int8], guests: Mapping[int, Any]) -> list[int]:
    """Return the rows of the guests that are neither failed nor absent, ascending.

    Examples
    --------
    >>> present_guests(np.array([0, 3, 1, 3], np.int8), {3: "ann", 2: "bob"})
    [3]
    """
    return [i for i in sorted(guests) if presence[i] == GUEST]


class Seats:
    """One step as guests see it; the methods named like stages are a guest's part in them.

    Parameters
    ----------
    simulation : Simulation
        Of one replication, at the beginning of a step.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from socialsim.environments.epistemic import small
    >>> simulation = Simulation(small(), seed=1, replications=[0])
    >>> Seats(simulation).act(2, SimpleNamespace(act=lambda observation: 1))
    >>> simulation.engine.actions.tolist()
    [[0, 0, 1, 0]]
    """

    def __init__(self, simulation: Simulation) -> None:
        self._simulation, self._plan, self._engine = simulation, simulation.plan, simulation.engine
        self.presence: NDArray[np.int8] = self._engine.presence[0]

    def taking_part(self, guests: Mapping[int, Any], count: int) -> list[int]:
        """Return the rows of the guests that act in this step: all that are present, or those of the event."""
        present = present_guests(self.presence, guests)
        if not self._plan.is_events:
            return present
        return [i for i in self._engine.active[0, :count].tolist() if i in present]

    def talk(self, i: int, guest: Any) -> None:
        """Observe, if anybody speaks at all, and speak."""
        if "speak" in self._plan.message_sizes:
            self._observe(i)
            self._send("speak", i, guest, self._seen(i))

    def hear(self, i: int, guest: Any) -> None:
        """Hear what was spoken."""
        self._receive("speak", i, guest)

    def act(self, i: int, guest: Any) -> None:
        """Observe, unless that was done before speaking, and act."""
        if "speak" not in self._plan.message_sizes:
            self._observe(i)
        action = guest.act(self._seen(i))
        self._engine.actions[0, i] = check_action(self._simulation, type_of(self._simulation, i), action)

    def announce(self, i: int, guest: Any) -> None:
        """Announce something between acting and outcomes."""
        self._send("announce", i, guest, self._seen(i), self._done(i))

    def witness(self, i: int, guest: Any) -> None:
        """Receive what was announced."""
        self._receive("announce", i, guest)

    def report(self, i: int, guest: Any) -> None:
        """Report what happened."""
        self._count(i)
        self._send("report", i, guest, self._seen(i), self._done(i), self._engine.rewards[0, i].item())

    def absorb(self, i: int, guest: Any) -> None:
        """Receive what was reported."""
        self._receive("report", i, guest)

    def learn(self, i: int, guest: Any) -> None:
        """Learn from one's own outcome."""
        if hasattr(guest, "learn"):
            rewards = self._engine.subjective_rewards if self._plan.preferences else self._engine.rewards
            reward = rewards[0, i].item()
            guest.learn(self._seen(i), self._done(i), reward, self._seen_next(i))

    # --- seeing and doing ------------------------------------------------------------------------------------

    @cached_property
    def _environment(self) -> Any:
        """The environment's state as its functions take it, of the one replication."""
        layout = self._simulation.layout
        state = layout.view("environment", self._simulation.buffers)
        fields = layout.fields["environment"]
        return type(state)(*(v if field.is_constant else v[0] for field, v in zip(fields, state, strict=True)))

    @cached_property
    def _network(self) -> Links:
        links = self._simulation.links
        m = int(links.row[0])
        kind, first, last, weighted, num_offsets = links.extent[m].tolist()
        return Links(
            kind,
            self._simulation.num_agents,
            links.indptr[m],
            links.sources[first:last],
            links.weights[first * weighted : last * weighted],
            links.offsets[m, :num_offsets],
            self._engine.presence[0],
        )

    @cached_property
    def _observes(self) -> Callable[..., Any] | None:
        return getattr(self._plan.environment, "observe", None)

    def _observe(self, i: int) -> None:
        if self._observes is None:
            return
        if self._plan.row_observations:
            self._observes(self._environment, self._network, i, self._engine.observations[0, i])
        else:
            self._engine.observations[0, i] = self._observes(self._environment, self._network, i)

    def _seen(self, i: int) -> Any:
        return 0 if self._observes is None else _plain(self._engine.observations[0, i])

    def _seen_next(self, i: int) -> Any:
        if self._observes is None:
            return 0
        if not self._plan.row_observations:
            return self._observes(self._environment, self._network, i)
        self._observes(self._environment, self._network, i, self._engine.next_observation[0])
        return self._engine.next_observation[0].copy()

    def _done(self, i: int) -> Any:
        return _plain(self._engine.actions[0, i])

    def _count(self, i: int) -> None:
        if self._plan.counts:
            self._engine.counts[0, i, self._seen(i), self._done(i)] += 1
            self._engine.reward_sums[0, i, self._seen(i), self._done(i)] += self._engine.rewards[0, i]

    # --- messages --------------------------------------------------------------------------------------------

    def _send(self, moment: str, i: int, guest: Any, *seen: Any) -> None:
        if moment not in self._plan.message_sizes:
            return
        silence = getattr(self._engine, f"silence_{moment}")[0]
        sender = getattr(guest, moment, None)
        message = None if sender is None else sender(*seen)
        column = self._messages(moment)
        try:
            given = np.asarray(silence if message is None else message, float)
            column[i] = silence if np.isnan(given).any() else given
        except (TypeError, ValueError):
            size = self._plan.message_sizes[moment]
            accepted = f"{size} numbers" if size else "a number"
            raise ParameterError(f"{moment} of guest {i}: {message!r} is not accepted; accepted: {accepted}") from None

    def _receive(self, moment: str, i: int, guest: Any) -> None:
        receiver = getattr(guest, MOMENTS[moment], None)
        if receiver is None or moment not in self._plan.message_sizes:
            return
        learner = type(self._simulation.scenario.learners[type_of(self._simulation, i)])
        if MOMENTS[moment] in learner.additive:
            receiver(_plain(self._total(moment, i, learner)))
            return
        messages = self._messages(moment)
        for j, weight in self._heard(i, learner):
            if not np.isnan(messages[j]).any():
                receiver(j, weight, _plain(messages[j]))

    def _messages(self, moment: str) -> NDArray[np.float64]:
        messages: NDArray[np.float64] = getattr(self._engine, f"messages_{moment}")[0]
        return messages

    def _heard(self, i: int, learner: type[Learner]) -> Iterator[tuple[int, float]]:
        """Yield those whom agent i hears, itself first where it does, and the weights of the edges."""
        if self._plan.is_events:
            yield from ((j, 1.0) for j in self._awake() if j != i)
            return
        if learner.hears_itself:
            yield i, 1.0
        sources, weights = self._in_edges(i)
        audible = getattr(self._plan.environment, "audible", None)
        for j, weight in zip(sources.tolist(), weights.tolist(), strict=True):
            if audible is None or audible(self._environment, self._network, i, j):
                yield j, weight

    def _awake(self) -> list[int]:
        awake: list[int] = self._engine.active[0, : self._engine.num_active[0, 0]].tolist()
        return awake

    def _in_edges(self, i: int) -> tuple[NDArray[Any], NDArray[np.float64]]:
        network = self._network
        if network.kind == COMPLETE:
            others = np.delete(np.arange(network.num_agents), i)
            return others, np.ones(len(others))
        edges = slice(network.indptr[i], network.indptr[i + 1])
        sources = network.sources[edges]
        return sources, network.weights[edges] if len(network.weights) else np.ones(len(sources))

    def _total(self, moment: str, i: int, learner: type[Learner]) -> Any:
        """Return the sum of what agent i hears, added up in the order of the compiled loop."""
        messages, network = self._messages(moment), self._network
        if network.kind == COMPLETE:
            everyone = np.cumsum(messages, axis=0)[-1]
            return everyone if learner.hears_itself else everyone - messages[i]
        sources, weights = self._in_edges(i)
        if network.kind == CIRCULANT and network.num_agents >= WHOLE_ARRAY_FROM and messages.ndim == 1:
            sources = (i + network.offsets) % network.num_agents
        terms = messages[sources] * weights.reshape(-1, *[1] * (messages.ndim - 1))
        own = messages[i] if learner.hears_itself else np.zeros_like(messages[i])
        return np.cumsum(np.concatenate([own[None], terms]), axis=0)[-1]


def _plain(value: Any) -> Any:
    """Return an entry of a column as a guest sees it: a Python number, or a copy of a row."""
    return value.copy() if isinstance(value, np.ndarray) else value.item()
