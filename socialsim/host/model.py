"""The Mesa model around a scenario.

`SocialModel` is an ordinary `mesa.Model` whose agents are rows of compiled populations. ``model.step()`` advances one
tick (in an event loop, one event) through the very functions of `socialsim.engine.run.run`: the same seed and
replication give the same bits, until somebody interferes. Between two steps everything can be looked at and altered.

One source serves Mesa 3.3 to 4.0. What the versions do not share is left alone: ``model.steps`` is gone in 4.0
(`SocialModel.clock` counts here), ``model.scenario`` is Mesa's own from 3.5 on (ours is
``model.simulation.scenario``), ``run_for`` ignores ``running`` in 4.0 (it is our own here). ``import mesa`` 3.3 sets
multiprocessing to "spawn" for the whole process.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from socialsim.core.errors import ParameterError
from socialsim.core.result import Result
from socialsim.engine.blueprint import Record
from socialsim.engine.links import ABSENT, GUEST
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.grids.frame import has_plane
from socialsim.host.guests import check_guest, mirror, play
from socialsim.host.population import Population
from socialsim.host.recording import HostRecorder, has_ended
from socialsim.host.space import Plane
from socialsim.host.views import Agents, Row
from socialsim.networks.conversion import from_networkx, to_networkx
from socialsim.networks.network import Network

if TYPE_CHECKING:
    import networkx as nx


class SocialModel(mesa.Model):
    """One replication of a scenario as a Mesa model.

    Parameters
    ----------
    scenario : Scenario
    seed : int
        Root of all random streams, >= 0.
    replication : int
        Which replication of a run with this seed, in [0, 2**32).
    record : {"none", "counts", "events"}
        What `result` keeps beside the time course, as in `socialsim.engine.run.run`.
    rng : optional
        Seed or generator of ``model.rng`` and ``model.random``, from which the engine never draws; by default made
        from seed and replication.

    Raises
    ------
    ParameterError, NetworkError
        If the scenario's parts do not fit, or an argument is not accepted.

    Examples
    --------
    >>> from socialsim.environments.epistemic import small
    >>> model = SocialModel(small(), seed=1)
    >>> len(model.agents), model.clock
    (4, 0)
    >>> model.step()
    >>> model.clock, model.agents[0].presence
    (1, 'present')
    >>> model.run().num_runs, model.running
    (1, False)
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int = 0,
        replication: int = 0,
        record: Record = "none",
        rng: Any = None,
    ) -> None:
        _check(scenario, seed, replication, record)
        self._simulation = Simulation(scenario, seed=seed, replications=[replication], record=record)
        self._simulation.advance(until=0)
        self._ids = itertools.count(1)
        self._guests: dict[int, Any] = {}
        self._notes: dict[str, Any] = {}
        self._grid: Plane | None = None
        super().__init__(rng=np.random.SeedSequence(seed, spawn_key=(replication,)) if rng is None else rng)
        self.populations = {name: Population(self, self._simulation, name) for name in scenario.learners}
        self._everyone = np.arange(self._simulation.num_agents)
        self._recorder = HostRecorder(self._simulation)
        self._recorder.observe()

    # --- moving on -------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Advance one tick; once the run has stopped, do nothing."""
        simulation = self._simulation
        if self._guests:
            play(simulation, self._guests)
        else:
            simulation.advance(int(simulation.clock[0]) + 1)
        self._forget()
        self._recorder.observe()

    def run_for(self, duration: int) -> None:
        """Step so many times, or until the run stops.

        Raises
        ------
        ParameterError
            If the duration is not an integer >= 0.
        """
        if isinstance(duration, bool) or not isinstance(duration, int) or duration < 0:
            raise ParameterError(f"duration: {duration!r} is not accepted; accepted: an integer >= 0")
        for _ in range(duration):
            if not self.running:
                break
            self.step()

    def run(self) -> Result:
        """Step until the run stops, and return its `result`."""
        while self.running:
            self.step()
        return self.result()

    @property
    def running(self) -> bool:
        """Whether the run goes on: not once all have settled, the environment is done or the horizon is reached."""
        return self._running and not has_ended(self._simulation)

    @running.setter
    def running(self, value: bool) -> None:
        self._running = value

    @property
    def clock(self) -> int:
        """Steps taken so far."""
        return int(self._simulation.clock[0])

    @property
    def stop(self) -> str:
        """Why the run ended: "settled", "done" or "horizon"; "" while it has not."""
        (stop,) = self._simulation.stops()
        return "" if stop == "interrupted" else stop

    @property
    def verdict(self) -> int:
        """What all have settled on, or the environment's outcome; -1 if there is none."""
        return int(self._simulation.verdict[0])

    def result(self) -> Result:
        """Return what has been recorded so far, with the tables of a run; the state of the agents is the present one.

        Guests and alterations by hand are noted among the parameters (``host.guests``, ``host.altered``): such a
        result does not follow from its seed alone. Writing to arrays of `simulation` goes unnoticed.
        """
        return self._recorder.result(self._notes)

    # --- looking ---------------------------------------------------------------------------------------------

    @property
    def simulation(self) -> Simulation:
        """The simulation behind the model: the state of every part as arrays, snapshots, leaps in one compiled call."""
        self._forget()
        return self._simulation

    @property
    def population(self) -> Population:
        """The population, where all agents are of one type.

        Raises
        ------
        ParameterError
            If there are several.
        """
        populated = [population for population in self.populations.values() if len(population)]
        if len(populated) != 1:
            raise ParameterError(
                f"population: there are several; accepted: populations[...] of {tuple(self.populations)}"
            )
        return populated[0]

    def row(self, agent_index: int) -> Row:
        """Return an agent by its row among all agents of the model."""
        population = next(each for each in self.populations.values() if agent_index < each.stop)
        return Row(population, agent_index - population.start)

    @property
    def agents(self) -> Agents:  # type: ignore[override, unused-ignore]
        """All agents, in the order of rows, but those that have left."""
        if not self._simulation.plan.changes_agents:
            return Agents(self, self._everyone)
        return Agents(self, np.flatnonzero(self._simulation.engine.presence[0] != ABSENT))

    @property
    def agents_by_type(self) -> dict[Any, Any]:
        """Agents by agent type, and the guests that are Mesa agents by their class."""
        agents = self.agents
        rows: dict[Any, Any] = {name: agents.select(agent_type=name) for name in self.populations}
        return rows | {cls: members for cls, members in self._agents_by_type.items() if cls is not Population}

    @property
    def agent_types(self) -> list[Any]:
        """Names of the agent types, and classes of the guests that are Mesa agents."""
        return list(self.agents_by_type)

    @property
    def grid(self) -> Plane:
        """The plane as a Mesa grid, for drawing and inspection, where the environment has one."""
        environment = self._simulation.scenario.environment
        if not has_plane(environment):
            raise AttributeError(f"grid: {environment.name()} has no plane; accepted: an environment with `frame`")
        if self._grid is None:
            self._grid = Plane(self)
        return self._grid

    @property
    def network(self) -> Network:
        """Who hears whom at present; can be replaced by one of as many agents."""
        network, links = self._simulation.networks[0], self._simulation.links
        if not self._simulation.plan.rewires:
            return network
        targets, _, weights = network.edges()
        labels = network.given_labels
        return Network.from_edges(
            network.num_agents, links.sources, targets, weights, directed=True, labels=labels, name=network.name
        )

    @network.setter
    def network(self, network: Network) -> None:
        self._simulation.replace_network(network)
        self.altered()

    @property
    def graph(self) -> nx.Graph:
        """A copy of the network as a NetworkX graph; alter it and put it back: ``model.graph = graph``.

        Nodes are the labels. Assigning matches nodes to rows by their order, which edits of edges keep.
        """
        return to_networkx(self.network)

    @graph.setter
    def graph(self, graph: nx.Graph) -> None:
        self.network = from_networkx(graph)

    # --- altering --------------------------------------------------------------------------------------------

    def altered(self) -> None:
        """Note that somebody has interfered: `result` says so, and computed columns are computed anew."""
        self._notes["host.altered"] = True
        self._forget()

    def _forget(self) -> None:
        for population in self.populations.values():
            population.forget()

    def fail(self, agent_index: int) -> None:
        """Let an agent fail: it stays but neither acts, speaks nor learns any more."""
        self._change(agent_index, "fail")

    def leave(self, agent_index: int) -> None:
        """Let an agent leave: its place is empty until another enters."""
        self._change(agent_index, "leave")

    def enter(self, agent_index: int) -> None:
        """Let an agent enter, with a fresh start, in a place that is empty or failed; a guest takes its row again."""
        self._change(agent_index, "enter")
        if agent_index in self._guests:
            self._simulation.engine.presence[0, agent_index] = GUEST

    def _change(self, agent_index: int, change: str) -> None:
        self._admit()
        self._simulation.change_presence(0, agent_index, change)
        self.altered()

    def _admit(self) -> None:
        self._simulation.admit_guests()
        for population in self.populations.values():
            population.forget(moved=True)

    @property
    def guests(self) -> dict[int, Any]:
        """The guests, by the rows that they play."""
        return dict(self._guests)

    def join(self, agent_index: int, guest: Any) -> None:
        """Let a Python object play an agent from now on; see `socialsim.host.guests` for what it may do.

        Raises
        ------
        ParameterError
            If there is no such agent, it has a guest already, or the object cannot play it.

        Examples
        --------
        >>> from socialsim.environments.epistemic import small
        >>> class Dogmatist:
        ...     def act(self, observation):
        ...         return 0
        >>> model = SocialModel(small(), seed=1)
        >>> model.join(2, Dogmatist())
        >>> model.run_for(3)
        >>> model.agents[2].action
        0
        """
        check_guest(self._simulation, agent_index, self._guests, guest)
        if isinstance(guest, mesa.Agent) and guest.model is not self:
            raise ParameterError(f"guest: {guest!r} belongs to another model; accepted: an agent of this one")
        self._admit()
        self._guests[int(agent_index)] = guest
        self._simulation.engine.presence[0, agent_index] = GUEST
        mirror(self._simulation, int(agent_index), guest, fresh=True)
        self._notes.setdefault("host.guests", []).append(f"{agent_index}: {type(guest).__name__} at {self.clock}")

    def dismiss(self, agent_index: int) -> None:
        """Give a guest's row back to its compiled learner, which starts afresh.

        Raises
        ------
        ParameterError
            If no guest plays it.
        """
        if agent_index not in self._guests:
            raise ParameterError(f"agent_index: {agent_index!r} has no guest; accepted: {sorted(self._guests)}")
        del self._guests[agent_index]
        self.enter(agent_index)

    # --- Mesa's registry -------------------------------------------------------------------------------------

    def register_agent(self, agent: mesa.Agent) -> None:
        """Register an agent; Mesa 3.3's counter of ids, which would keep the model alive for good, is let go."""
        super().register_agent(agent)
        if (counters := getattr(mesa.Agent, "_ids", None)) is not None:
            counters.pop(self, None)
            agent.unique_id = next(self._ids)

    def deregister_agent(self, agent: mesa.Agent) -> None:
        """Deregister an agent; a guest that is removed leaves its place empty."""
        super().deregister_agent(agent)
        for agent_index, guest in self.guests.items():
            if guest is agent:
                del self._guests[agent_index]
                self.leave(agent_index)


def _check(scenario: Any, seed: Any, replication: Any, record: Any) -> None:
    if not isinstance(scenario, Scenario):
        raise ParameterError(f"scenario: {scenario!r} is not accepted; accepted: a Scenario")
    for name, value, most in (("seed", seed, None), ("replication", replication, 1 << 32)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0 or (most and value >= most):
            raise ParameterError(f"{name}: {value!r} is not accepted; accepted: an integer >= 0")
    if record not in ("none", "counts", "events"):
        raise ParameterError(f"record: {record!r} is not accepted; accepted: 'none', 'counts' or 'events'")
