"""A chunk of replications in memory, which advances.

`Simulation` turns a scenario into buffers, streams, networks and a program, and moves all its replications to a given
step. Between two calls everything can be looked at, altered, copied and restored. `socialsim.engine.run` drives many of
them on threads; the Mesa host, `fork` and `probe` drive one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import NetworkError, ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.blueprint import Blueprint, Record, draw_blueprint
from socialsim.engine.layout import Layout
from socialsim.engine.links import ABSENT, FAILED, LinkArrays, pack
from socialsim.engine.plan import DONE, RUNNING, SETTLED, STAGES
from socialsim.engine.scenario import Scenario
from socialsim.networks.changes import apply
from socialsim.networks.network import Network

STREAM_PURPOSES = (Purpose.INITIAL, Purpose.DYNAMICS, Purpose.LEARNERS, Purpose.CHANGE)


class Simulation:
    """Some replications of a scenario.

    Parameters
    ----------
    scenario : Scenario
    seed : int
        Root of all random streams, >= 0.
    replications : sequence of int
        Their numbers; each has its own streams, whatever else runs beside it.
    point_words : tuple of int
        What names a point of a parameter study in the stream keys; none for a plain run.
    record : {"none", "counts", "events"}
        With "counts", how often each agent did what on which observation is counted inside the loop.
    branches : bool
        Whether streams restart at each use, as `fork` needs it.
    guests : bool
        Whether agents may be played from outside, or fail and leave by hand, between and within steps.
    networks : list of Network, optional
        In place of the networks that the scenario would draw.
    blueprint : Blueprint, optional
        That of another simulation of the same scenario and way of recording, to save making it again.

    Raises
    ------
    ParameterError, NetworkError
        If the parts of the scenario do not fit together.

    Examples
    --------
    >>> from socialsim.environments.opinions import small
    >>> simulation = Simulation(small(), seed=1, replications=range(3))
    >>> _ = simulation.advance(until=5)
    >>> simulation.clock.tolist()
    [5, 5, 5]
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int,
        replications: Sequence[int] | NDArray[np.int64],
        point_words: tuple[int, ...] = (),
        record: Record = "none",
        branches: bool = False,
        guests: bool = False,
        networks: list[Network] | None = None,
        blueprint: Blueprint | None = None,
    ) -> None:
        self.scenario, self.seed, self.record, self.point_words = scenario, seed, record, point_words
        self.replications = np.asarray(replications, np.int64)
        self._drawn = networks or draw_networks(scenario, seed, self.replications, point_words)
        self.networks = self._drawn
        self.num_agents = self.networks[0].num_agents
        if blueprint is None or blueprint.num_agents != self.num_agents:
            blueprint = draw_blueprint(scenario, self.networks[0], record, branches=branches, guests=guests)
        num_runs = len(self.replications)
        self._follow(blueprint)
        self.streams = np.stack(
            [seed_streams(seed, self.replications, purpose, point_words) for purpose in STREAM_PURPOSES], axis=1
        )
        self.keys = self.streams[:, 1, 0].copy()
        self.clock = np.full(num_runs, -1, np.int64)
        self.status = np.zeros(num_runs, np.uint8)
        self.verdict = np.full(num_runs, -1, np.int64)
        self.links = self._pack()
        self._changes = _change_steps(scenario)
        self._num_applied = 0

    def _follow(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.counts, self.specifications = blueprint.counts, blueprint.specifications
        self.layout, self.plan, self.program = blueprint.layout, blueprint.plan, blueprint.program
        self.buffers = self.layout.allocate(len(self.replications))
        self._crossing: tuple[tuple[Any, ...], LinkArrays] | None = (
            None  # what crosses into the loop, and for which links
        )

    # --- moving on -------------------------------------------------------------------------------------------

    def advance(self, until: int, *, budget: int = 1 << 62, first: int = 0) -> int:
        """Move all running replications to step ``until``, or until the budget is spent.

        Parameters
        ----------
        until : int
            Step, at most the horizon.
        budget : int
            Agent-steps (events, in an event loop) after which the call returns in any case.
        first : int
            Replication, counted within this simulation, to begin with.

        Returns
        -------
        int
            The replication at which the budget ran out; the number of replications when all are there.
        """
        until = min(until, self.scenario.horizon.steps)
        while True:
            pause = min(until, self._changes[self._num_applied] if self._num_applied < len(self._changes) else until)
            row = int(self._call("loop", first, len(self.clock), pause, budget))
            if row < len(self.clock) or pause == until:
                return row
            self._apply_changes(pause)
            first = 0

    @property
    def is_over(self) -> bool:
        """Whether every replication has stopped or reached the horizon."""
        return self.num_ended == len(self.clock)

    @property
    def num_ended(self) -> int:
        """How many replications have stopped or reached the horizon."""
        return int(np.sum((self.status != RUNNING) | (self.clock >= self.scenario.horizon.steps)))

    def stops(self) -> NDArray[np.str_]:
        """Return why each replication ended: "settled", "done", "horizon", or "interrupted" if it has not."""
        running = np.where(self.clock >= self.scenario.horizon.steps, "horizon", "interrupted")
        return np.select([self.status == SETTLED, self.status == DONE], ["settled", "done"], running)

    def begin_step(self) -> None:
        """Apply what is scheduled for the present step; those who take it stage by stage call this first."""
        step = int(self.clock.max())
        if step in self._changes[self._num_applied :]:
            self._apply_changes(step)

    def stage(self, name: str, row: int = 0, count: int = 0) -> int:
        """Run one stage of the current step of one replication; the caller moves the clock.

        Returns
        -------
        int
            The number of active agents of the current event; ``count`` in the simultaneous loop.
        """
        return int(self._call("stage", row, STAGES.index(name), count))

    def enter(self, row: int, agent_index: int) -> None:
        """Give an agent of one replication a fresh start and make it present."""
        self._call("enter", row, agent_index)

    def probe(self, agent_index: int, observation: Any, sender: int = -1, message: Any = 0.0) -> None:
        """Let one agent of every replication act on an observation; its action stands in the engine's columns."""
        self._call("probe", agent_index, sender, message, observation)

    def _call(self, function: str, *arguments: Any) -> Any:
        if self._crossing is None or self._crossing[1] is not self.links:
            buffers = (self.buffers[dtype] for dtype in self.layout.state_dtypes)
            constants = (self.layout.constants[dtype] for dtype in self.layout.constant_dtypes)
            clocks = (self.streams, self.keys, self.clock, self.status, self.verdict)
            self._crossing = (*buffers, *constants, self.layout.vector, *clocks, *self.links), self.links
        return self.program.call(function, *self._crossing[0], *arguments)

    # --- scheduled changes -----------------------------------------------------------------------------------

    def _apply_changes(self, step: int) -> None:
        """Apply what is scheduled for a step, once all running replications are there and before anybody acts."""
        rows = np.flatnonzero((self.clock == step) & (self.status == RUNNING))
        for event in self.scenario.presence_events:
            if event.step == step:
                for row in rows:
                    self.change_presence(int(row), event.agent_index, event.change)
        self._num_applied += 1
        self._change_edges(step)

    def _change_edges(self, step: int) -> None:
        events = self.scenario.edge_events
        if events is not None and len(now := events.at(step)):
            self.networks = [apply(network, now) for network in self.networks]
            self.links = self._pack()

    def change_presence(self, row: int, agent_index: int, change: str) -> None:
        """Let one agent of one replication fail, leave or enter."""
        if not self.plan.changes_agents:
            raise ParameterError("agents cannot change here; accepted: a scenario with turnover or presence events")
        if not 0 <= agent_index < self.num_agents:
            raise ParameterError(f"agent_index: {agent_index} is not accepted; accepted: 0 to {self.num_agents - 1}")
        if change == "enter":
            self.enter(row, agent_index)
        else:
            self.engine.presence[row, agent_index] = {"fail": FAILED, "leave": ABSENT}[change]

    def replace_network(self, network: Network) -> None:
        """Let all replications go on with another network of as many agents."""
        if network.num_agents != self.num_agents:
            raise NetworkError(f"{network.name} has {network.num_agents} agents; accepted: {self.num_agents}")
        self._drawn = self.networks = [network]
        self.links = self._pack()

    def admit_guests(self) -> None:
        """From here on let agents be played from outside, fail and leave by hand; nothing else changes, to the bit."""
        if self.plan.changes_agents:
            return
        before, buffers, branches = self.layout, self.buffers, self.plan.branches
        self._follow(draw_blueprint(self.scenario, self.networks[0], self.record, branches=branches, guests=True))
        self._fill(before, buffers, np.arange(len(self.clock)))

    def _pack(self) -> LinkArrays:
        networks = self.networks
        if self.plan.rewires and len(networks) == 1:
            networks = networks * len(self.replications)  # rewired in place: each replication needs its own copy
        weighted = type(self.scenario.environment).weighted
        return pack(networks, len(self.replications), weighted=weighted, rewired=self.plan.rewires)

    # --- looking ---------------------------------------------------------------------------------------------

    @property
    def environment(self) -> Any:
        """The environment's state, arrays of shape (num_runs, ...)."""
        return self.layout.view("environment", self.buffers)

    @property
    def learners(self) -> dict[str, Any]:
        """Each agent type's learner state, arrays of shape (num_runs, num_agents of the type, ...)."""
        return {name: self.layout.view(f"learner_{k}", self.buffers) for k, name in enumerate(self.scenario.learners)}

    @property
    def engine(self) -> Any:
        """The engine's own columns: actions, rewards, observations, presence, messages; shape (num_runs,
        num_agents).
        """
        return self.layout.view("engine", self.buffers)

    def rows(self, agent_type: str) -> slice:
        """Return the rows of an agent type."""
        names = list(self.counts)
        start = sum(self.counts[name] for name in names[: names.index(agent_type)])
        return slice(start, start + self.counts[agent_type])

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return what the tables show of each agent, shape (num_runs, num_agents); NaN where an agent type lacks a
        column. A learner's column that the environment has too is called learner_NAME.
        """
        columns = dict(self.scenario.environment.columns(self.environment))
        taken, shape = set(columns), (len(self.replications), self.num_agents)
        for name, learner in self.scenario.learners.items():
            for key, values in learner.columns(self.learners[name]).items():
                key = f"learner_{key}" if key in taken else key
                if len(self.scenario.learners) == 1:
                    columns[key] = values
                else:
                    columns.setdefault(key, np.full(shape, np.nan))[:, self.rows(name)] = values
        return columns

    def policies(self) -> dict[str, NDArray[np.int64]] | None:
        """Return actions without exploration, (num_runs, num_agents, num_observations) for each type with agents, or
        None where a learner has no such policy.
        """
        present = {name: learner for name, learner in self.scenario.learners.items() if self.counts[name]}
        policies = {name: learner.policy(self.learners[name]) for name, learner in present.items()}
        return None if any(policy is None for policy in policies.values()) else policies  # type: ignore[return-value]

    # --- copying and keeping ---------------------------------------------------------------------------------

    def copies(self, rows: NDArray[np.int64], *, branches: bool = False) -> Simulation:
        """Return a simulation of copies of some replications, which goes on apart from this one.

        Parameters
        ----------
        rows : ndarray of int
            Which replications, counted within this simulation; one may be copied many times.
        branches : bool
            Whether the copies' streams restart at each use.
        """
        copy = Simulation(
            self.scenario,
            seed=self.seed,
            replications=self.replications[rows],
            point_words=self.point_words,
            branches=branches,
            guests=self.plan.changes_agents,
            networks=self._networks_of(rows, self.networks),
        )
        copy._fill(self.layout, self.buffers, rows)
        for name in ("streams", "keys", "clock", "status", "verdict"):
            getattr(copy, name)[:] = getattr(self, name)[rows]
        copy._num_applied = self._num_applied
        if self.plan.rewires:
            for place, row in enumerate(rows):
                first, last = self.links.extent[self.links.row[row], 1:3]
                own_first, own_last = copy.links.extent[place, 1:3]
                copy.links.sources[own_first:own_last] = self.links.sources[first:last]
        return copy

    def network_of(self, row: int) -> Network:
        """Return the network that one replication has come to; rewiring inside the loop does not show in it."""
        network = self._drawn[0 if len(self._drawn) == 1 else row]
        events = self.scenario.edge_events
        for step in self._changes if events is not None else ():
            if events is not None and step < self.clock[row] and len(now := events.at(step)):
                network = apply(network, now)
        return network

    def _networks_of(self, rows: NDArray[np.int64], networks: list[Network]) -> list[Network]:
        return networks if len(networks) == 1 else [networks[row] for row in rows]

    def start(self, rows: NDArray[np.int64]) -> Simulation:
        """Return some replications as they were before the first step, drawn again from their streams."""
        simulation = Simulation(
            self.scenario,
            seed=self.seed,
            replications=self.replications[rows],
            point_words=self.point_words,
            record=self.record,
            networks=self._networks_of(rows, self._drawn),
            blueprint=self.blueprint,
        )
        simulation._call("loop", 0, len(rows), 0, 1 << 62)
        return simulation

    def _fill(self, layout: Layout, buffers: Mapping[str, NDArray[Any]], rows: NDArray[np.int64]) -> None:
        """Take over the state that another layout of the same scenario has in some of its rows."""
        for owner, fields in layout.fields.items():
            theirs, mine = layout.view(owner, buffers), self.layout.view(owner, self.buffers)
            for field in fields:
                if not field.is_constant and hasattr(mine, field.name):
                    getattr(mine, field.name)[:] = getattr(theirs, field.name)[rows]

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Return copies of all that a restored simulation needs to go on to the same bits."""
        arrays = {f"state_{dtype}": buffer.copy() for dtype, buffer in self.buffers.items()}
        for name in ("streams", "clock", "status", "verdict", "replications"):
            arrays[name] = getattr(self, name).copy()
        arrays["sources"] = self.links.sources.copy()
        arrays["num_applied"] = np.array([self._num_applied])
        return arrays

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go back to a snapshot of the same scenario and replications."""
        if not np.array_equal(arrays["replications"], self.replications):
            raise ParameterError(
                "checkpoint: belongs to other replications; accepted: one of the same scenario and seed"
            )
        for dtype, buffer in self.buffers.items():
            if arrays[f"state_{dtype}"].shape != buffer.shape:
                raise ParameterError("checkpoint: belongs to another scenario; accepted: one of the same parameters")
            buffer[:] = arrays[f"state_{dtype}"]
        for name in ("streams", "clock", "status", "verdict"):
            getattr(self, name)[:] = arrays[name]
        self._num_applied = int(arrays["num_applied"][0])
        self.networks = self._drawn
        self.links = self._pack()
        for step in self._changes[: self._num_applied]:
            self._change_edges(step)
        self.links.sources[:] = arrays["sources"]


def draw_networks(
    scenario: Scenario, seed: int, replications: NDArray[np.int64], point_words: tuple[int, ...] = ()
) -> list[Network]:
    """Return one network for all replications, or one for each where the scenario draws them anew."""
    if not scenario.network.is_random:
        return [scenario.network.draw(None)]
    drawn = np.zeros(1, np.int64) if scenario.shared_network else replications
    streams = seed_streams(seed, drawn, Purpose.NETWORK, point_words)
    return [scenario.network.draw(_generator(words)) for words in streams]


def _change_steps(scenario: Scenario) -> list[int]:
    """Return the steps with scheduled changes, in order."""
    steps = {event.step for event in scenario.presence_events}
    if scenario.edge_events is not None:
        steps |= {int(step) for step in scenario.edge_events.steps}
    return sorted(steps)


def _generator(words: NDArray[np.uint64]) -> np.random.Generator:
    """Return NumPy's generator at the state of a stream."""
    bits = np.random.SFC64(0)
    bits.state = {"bit_generator": "SFC64", "state": {"state": words}, "has_uint32": 0, "uinteger": 0}
    return np.random.Generator(bits)
