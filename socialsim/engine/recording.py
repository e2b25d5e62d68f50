"""What a simulation leaves behind: columns for the result tables.

Nothing is logged inside a loop. Time courses and events are read from the state while the loop pauses between two
steps, for all replications of a chunk at once; counts are kept by the loop itself. Tables are dictionaries of columns
here; `socialsim.core.tables` knows their types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Environment
from socialsim.engine.links import COMPLETE, PRESENCE
from socialsim.engine.simulation import Simulation

Columns = dict[str, NDArray[Any]]
POINTS_PER_OCTAVE = 32
MOST_LISTED_COMPLETE = 500


class Recorder:
    """Records one simulation at its pauses.

    Parameters
    ----------
    simulation : Simulation
    every : int, "auto" or None
        Steps between two rows of ``series``; "auto" takes every step at first and then at least 32 points an octave,
        or, where there are episodes, the ends of episodes; None keeps no series.
    series_runs : int
        Replications below this number have a series.
    last_step : ndarray of int, optional
        The step of each replication that was recorded last, where an interrupted run goes on.
    """

    def __init__(
        self,
        simulation: Simulation,
        every: int | Literal["auto"] | None,
        series_runs: int,
        last_step: NDArray[np.int64] | None = None,
    ) -> None:
        if every is not None and every != "auto" and not (isinstance(every, int) and every >= 1):
            raise ParameterError(f"record_every: {every!r} is not accepted; accepted: an integer >= 1, 'auto' or None")
        self._simulation = simulation
        self._every = every
        self._has_series = (simulation.replications < series_runs) & (every is not None)
        self.last_step = np.full(len(simulation.replications), -1) if last_step is None else last_step.copy()
        self._blocks: dict[str, list[Columns]] = {"series": [], "act": [], "msg": [], "sanction": []}

    def next_pause(self, step: int) -> int:
        """Return the step after ``step`` at which something is recorded; a very late one if nothing is."""
        if self._simulation.record == "events":
            return step + 1
        return self._next_in_series(step) if self._has_series.any() else 1 << 62

    def _next_in_series(self, step: int) -> int:
        if self._every == "auto":
            unit = self._simulation.num_agents if self._simulation.plan.is_events else 1
            unit = self._simulation.scenario.horizon.episode_steps or unit  # an environment is seen at an episode's end
            stride = unit << max(0, (step // unit).bit_length() - POINTS_PER_OCTAVE.bit_length())
            return (step // stride + 1) * stride
        assert isinstance(self._every, int)
        return (step // self._every + 1) * self._every

    def observe(self, step: int) -> None:
        """Record at a pause the state of the replications that have moved since the last one, or ended on the way."""
        simulation = self._simulation
        moved = simulation.clock > self.last_step
        if simulation.record == "events":
            self._record_events(np.flatnonzero(moved & (simulation.clock > 0)))
        due = self._has_series & moved
        if step and self._every is not None and self._next_in_series(step - 1) != step:  # a pause for events alone
            due &= simulation.stops() != "interrupted"
        if due.any():
            self._record_series(np.flatnonzero(due))
        self.last_step[moved] = simulation.clock[moved]

    def _record_series(self, rows: NDArray[np.int64]) -> None:
        simulation = self._simulation
        block: Columns = {"run": simulation.replications[rows], "step": simulation.clock[rows]}
        present = np.isin(simulation.engine.presence[rows], (0, 3))
        for name, values in simulation.columns().items():
            numbers = np.where(present & np.isfinite(values[rows]), values[rows], np.nan)
            count = np.isfinite(numbers).sum(axis=1)
            block[f"mean_{name}"] = np.where(count > 0, np.nansum(numbers, axis=1) / np.maximum(count, 1), np.nan)
        self._blocks["series"].append(block)

    def _record_events(self, rows: NDArray[np.int64]) -> None:
        """Record who did and said what, and sanctioned whom, in the step that has just ended."""
        simulation, engine = self._simulation, self._simulation.engine
        who = [acting(simulation, int(row)) for row in rows]
        row = np.repeat(rows, [len(agents) for agents in who])
        agent = np.concatenate(who) if len(who) else np.zeros(0, np.int64)
        if not len(row):
            return
        base: Columns = {"run": simulation.replications[row], "step": simulation.clock[row] - 1}
        observed = getattr(engine, "observations", np.full(engine.actions.shape[:2], -1))
        self._blocks["act"].append(
            base
            | {"agent": agent}
            | _values("observation", observed[row, agent])
            | _values("action", engine.actions[row, agent])
            | {"reward": engine.rewards[row, agent]}
        )
        for moment in simulation.plan.message_sizes:
            messages = getattr(engine, f"messages_{moment}")[row, agent]
            moments = np.full(len(row), moment)
            ends = {"source": agent, "target": np.full(len(row), -1), "moment": moments}
            self._blocks["msg"].append(base | ends | _values("message", messages))
        self._record_sanctions(rows)

    def _record_sanctions(self, rows: NDArray[np.int64]) -> None:
        simulation = self._simulation
        sanctions = simulation.scenario.environment.sanctions(simulation.environment)
        if not sanctions:
            return
        row = np.asarray(sanctions["row"])
        recent = np.isin(row, rows)
        when: Columns = {"run": simulation.replications[row[recent]], "step": simulation.clock[row[recent]] - 1}
        columns = ("source", "target", "cost", "loss")
        self._blocks["sanction"].append(when | {name: np.asarray(sanctions[name])[recent] for name in columns})

    def tables(self, listed: NDArray[np.bool_]) -> dict[str, Columns]:
        """Return all tables of this simulation.

        Parameters
        ----------
        listed : ndarray of bool, shape (num_runs,)
            Replications whose agents and edges are listed.
        """
        tables = {name: concatenate(blocks) for name, blocks in self._blocks.items() if blocks}
        tables["run"] = _runs(self._simulation)
        rows = np.flatnonzero(listed)
        if len(rows):
            tables["agent"] = _agents(self._simulation, rows)
            if edges := _edges(self._simulation, rows):
                tables["edge"] = edges
        if self._simulation.record == "counts":
            tables["count"] = _count_cells(self._simulation)
        return tables


def acting(simulation: Simulation, row: int) -> NDArray[np.int64]:
    """Return the agents that acted in the last step of a replication."""
    engine = simulation.engine
    if simulation.plan.is_events:
        return engine.active[row, : engine.num_active[row, 0]]
    return np.flatnonzero(np.isin(engine.presence[row], (0, 3)))


def concatenate(blocks: Sequence[Columns]) -> Columns:
    """Join tables of equal columns."""
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def rows_of(table: Any, runs: NDArray[np.int64]) -> Columns:
    """Return the rows of some runs."""
    rows = table[table.run.isin(runs)]
    return {column: rows[column].to_numpy() for column in rows.columns}


def of_ended_runs(tables: Mapping[str, Columns]) -> dict[str, Columns]:
    """Leave out the runs that were interrupted: they have no outcome yet."""
    runs = tables["run"]["run"][tables["run"]["stop"] != "interrupted"]
    return {
        name: {key: values[np.isin(columns["run"], runs)] for key, values in columns.items()}
        for name, columns in tables.items()
    }


def in_order_of_runs(columns: Columns) -> Columns:
    """Order a table by run, whatever the order in which chunks ended; within a run rows are in order."""
    runs = columns["run"]
    if np.all(runs[1:] >= runs[:-1]):
        return columns
    order = np.argsort(runs, kind="stable")
    return {name: values[order] for name, values in columns.items()}


def aligned(blocks: list[Columns]) -> list[Columns]:
    """Drop blocks without rows; give the others the same columns, and put them in the order of their first runs."""
    blocks = sorted((block for block in blocks if len(block["run"])), key=lambda block: block["run"][0]) or blocks[:1]
    names = list(dict.fromkeys(name for block in blocks for name in block))
    return [{name: block.get(name, np.full(len(block["run"]), np.nan)) for name in names} for block in blocks]


def stream_key(seed: int, point_words: tuple[int, ...], replication: int) -> str:
    """Return the key that replays one run: seed, point and replication.

    Examples
    --------
    >>> stream_key(7, (), 3), stream_key(7, (255, 1), 3)
    ('7:3', '7:ff.1:3')
    """
    point = [".".join(f"{word:x}" for word in point_words)] if point_words else []
    return ":".join([str(seed), *point, str(replication)])


def parse_stream_key(key: str) -> tuple[int, tuple[int, ...], int]:
    """Return seed, point words and replication of a stream key.

    Raises
    ------
    ParameterError
        If it is not of the form SEED:REPLICATION or SEED:POINT:REPLICATION.

    Examples
    --------
    >>> parse_stream_key("7:ff.1:3")
    (7, (255, 1), 3)
    """
    parts = key.split(":")
    try:
        words = tuple(int(word, 16) for word in parts[1].split(".")) if len(parts) == 3 else ()
        if len(parts) not in (2, 3) or any(not 0 <= word < 1 << 32 for word in words):
            raise ValueError
        seed, replication = int(parts[0]), int(parts[-1])
        if seed < 0 or not 0 <= replication < 1 << 32:
            raise ValueError
    except ValueError:
        raise ParameterError(
            f"stream: {key!r} is not accepted; accepted: SEED:REPLICATION as in the run table"
        ) from None
    return seed, words, replication


def _runs(simulation: Simulation) -> Columns:
    prefix = stream_key(simulation.seed, simulation.point_words, 0)[:-1]
    return {
        "run": simulation.replications,
        "stream_key": np.char.add(prefix, simulation.replications.astype(str)),
        "num_agents": np.full(len(simulation.replications), simulation.num_agents),
        "steps": np.maximum(simulation.clock, 0),
        "stop": simulation.stops(),
        "verdict": simulation.verdict.copy(),
        **{name: np.array(values) for name, values in _outcomes(simulation).items()},
    }


def _outcomes(simulation: Simulation) -> Columns:
    """Return what the environment says of each run and of the play that policies without exploration lead to."""
    environment, state = simulation.scenario.environment, simulation.environment
    outcomes = dict(environment.outcomes(state))
    if type(environment).outcomes_of_policies is not Environment.outcomes_of_policies:
        policies = simulation.policies()
        if policies is not None:
            outcomes |= environment.outcomes_of_policies(state, policies)
    return outcomes


def _agents(simulation: Simulation, rows: NDArray[np.int64]) -> Columns:
    """List each agent as it is now and, in the columns ``initial_...``, as it was before the first step."""
    n, networks = simulation.num_agents, [simulation.network_of(int(row)) for row in rows]
    types = np.repeat(list(simulation.counts), list(simulation.counts.values()))
    labels = [network.labels for network in networks]
    actions = simulation.engine.actions[rows]
    is_index = isinstance(next(iter(simulation.specifications.values())).actions, Discrete)
    acted = (simulation.clock[rows] > 0)[:, None] & is_index
    choice = np.where(acted, actions, -1) if is_index else np.full((len(rows), n), -1)
    attributes = networks[0].node_attributes
    return {
        "run": np.repeat(simulation.replications[rows], n),
        "agent": np.tile(np.arange(n), len(rows)),
        "agent_type": np.tile(types, len(rows)),
        "label": np.concatenate([np.array(names, object) for names in labels]),
        "presence": np.array(PRESENCE)[simulation.engine.presence[rows]].ravel(),
        "choice": choice.ravel(),
        "reward": simulation.engine.rewards[rows].ravel(),
        **{name: values[rows].ravel() for name, values in simulation.columns().items()},
        **{f"initial_{name}": values.ravel() for name, values in simulation.start(rows).columns().items()},
        **{f"node_{name}": np.concatenate([each.node_attributes[name] for each in networks]) for name in attributes},
    }


def _edges(simulation: Simulation, rows: NDArray[np.int64]) -> Columns:
    """List each replication's edges as they are now; those of a large complete network go without saying."""
    blocks = []
    for row in rows:
        place = int(simulation.links.row[row])
        network = simulation.network_of(int(row))
        if simulation.links.extent[place, 0] == COMPLETE and network.num_agents > MOST_LISTED_COMPLETE:
            continue
        targets, sources, weights = network.edges()
        if simulation.plan.rewires:
            first, last = simulation.links.extent[place, 1:3]
            sources = simulation.links.sources[first:last]
        layers = np.asarray(network.layer_names, object)[network.layers] if network.layers is not None else None
        block = {
            "run": np.full(len(sources), simulation.replications[row]),
            "source": np.asarray(sources, np.int64),
            "target": np.asarray(targets, np.int64),
            "weight": weights,
            "layer": np.full(len(sources), "", object) if layers is None else layers,
        }
        block |= {f"edge_{name}": np.asarray(values) for name, values in network.edge_attributes.items()}
        blocks.append(block)
    return concatenate(blocks) if blocks else {}


def _count_cells(simulation: Simulation) -> Columns:
    """Return the cells of the counters that are not zero."""
    counts, rewards = simulation.engine.counts, simulation.engine.reward_sums
    row, agent, observation, action = np.nonzero(counts)
    return {
        "run": simulation.replications[row],
        "agent": agent,
        "observation": observation,
        "action": action,
        "count": counts[row, agent, observation, action],
        "reward": rewards[row, agent, observation, action],
    }


def _values(name: str, values: NDArray[Any]) -> Columns:
    """Return one column, or one for each number of a row: ``name``, then ``name_1``, ..."""
    flat = values.reshape(len(values), -1)
    return {name if k == 0 else f"{name}_{k}": flat[:, k] for k in range(flat.shape[1])}
