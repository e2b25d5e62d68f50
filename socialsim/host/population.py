"""A population: the agents of one type as columns, registered with Mesa as one agent.

The columns are the engine's own memory, so that reading one costs nothing and writing one changes the run. There are
two kinds:

- **state**, which can be written: what the environment and the learner keep of each agent (``opinion``, ``log_odds``),
  and ``action``, ``reward`` and ``observation`` of the last step;
- **computed**, which can only be read: what the tables show of each agent (``credence``), ``presence``, ``label``,
  ``agent_type``, ``agent_index``, ``unique_id``, ``node_<name>`` for the attributes of the network's nodes, and on a
  plane ``x`` (to the east), ``y`` (to the north; both -1 while out) and ``heading``.

A computed column is kept until the model moves, or is written to through a view or through ``model.simulation``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError, SocialsimError, unknown
from socialsim.engine.interface import Box, Discrete
from socialsim.engine.links import PRESENCE
from socialsim.engine.simulation import Simulation
from socialsim.grids.frame import has_plane, take_frame
from socialsim.host.space import coordinates
from socialsim.host.views import Row

if TYPE_CHECKING:
    from socialsim.host.model import SocialModel

PLACED = ("cell", "heading", "out", "order")


class ColumnError(SocialsimError, AttributeError):
    """Agents have no such column, or it cannot be written.

    Examples
    --------
    >>> issubclass(ColumnError, AttributeError)
    True
    """


class Population(mesa.Agent):
    """The agents of one type, rows ``start`` to ``stop`` of the model.

    Attributes
    ----------
    agent_type : str
    start, stop : int
        First row among all agents of the model, and the row after the last.

    Examples
    --------
    >>> from socialsim.environments.epistemic import small
    >>> from socialsim.host.model import SocialModel
    >>> population = SocialModel(small(), seed=1).population
    >>> population, len(population)
    (<Population agent: 4 agents>, 4)
    >>> population.column("log_odds").shape, population.column("credence").shape
    ((4,), (4,))
    >>> population[0].log_odds = 0.0
    >>> population[0].credence
    0.5
    """

    model: SocialModel

    def __init__(self, model: SocialModel, simulation: Simulation, agent_type: str) -> None:
        super().__init__(model)
        rows = simulation.rows(agent_type)
        self.agent_type, self.start, self.stop = agent_type, int(rows.start), int(rows.stop)
        self._simulation = simulation
        self._state: dict[str, NDArray[Any]] = {}
        self._computed: dict[str, NDArray[Any]] = {}
        self._computed_at = -1

    def __len__(self) -> int:
        return self.stop - self.start

    def __bool__(self) -> bool:
        return True  # Mesa asks an agent for its truth, not for its size

    def __getitem__(self, index: int) -> Row:
        if not -len(self) <= index < len(self):
            raise IndexError(f"{self.agent_type}: {index} is not accepted; accepted: 0 to {len(self) - 1}")
        return Row(self, index % len(self))

    def __iter__(self) -> Iterator[Row]:
        return (Row(self, index) for index in range(len(self)))

    def __repr__(self) -> str:
        return f"<Population {self.agent_type}: {len(self)} agents>"

    # --- reading and writing ---------------------------------------------------------------------------------

    @property
    def state_columns(self) -> tuple[str, ...]:
        """Names of the columns that can be written."""
        return tuple(name for name, values in self._all_state().items() if values.flags.writeable)

    def column(self, name: str) -> NDArray[Any]:
        """Return a column, shape (num_agents of this type, ...): the memory itself, or a read-only computed one.

        Raises
        ------
        ColumnError
            If there is none of this name; it is an AttributeError, as Mesa expects.
        """
        state = self._all_state()
        if name in state:
            return state[name]
        if self._computed_at != self._simulation.clock[0]:
            self._computed, self._computed_at = {}, int(self._simulation.clock[0])
        if name not in self._computed:
            self._computed |= {key: _read_only(values) for key, values in self._compute(name).items()}
        if name not in self._computed:
            raise ColumnError(unknown(f"column of {self.agent_type!r} agents", name, self._names()))
        return self._computed[name]

    def write(self, name: str, rows: Any, values: Any) -> None:
        """Write values to some rows of a state column.

        Raises
        ------
        ColumnError
            If the column is computed or there is none of this name.
        ParameterError
            If the values do not fit the column.
        """
        column = self.column(name)
        if not column.flags.writeable:
            raise ColumnError(f"{name} is computed and cannot be written; accepted: {', '.join(self.state_columns)}")
        if name == "action":
            values = check_action(self._simulation, self.agent_type, values, column[rows].shape)
        try:
            given = np.asarray(values)
            if column.dtype.kind in "iu" and np.any(given != given.astype(np.int64)):
                raise ValueError
            column[rows] = given
        except (TypeError, ValueError):
            kind = "integers" if column.dtype.kind in "iu" else "numbers"
            raise ParameterError(
                f"{name}: {values!r} is not accepted; accepted: {kind} of the column's shape"
            ) from None
        self.model.altered()

    def forget(self, *, moved: bool = False) -> None:
        """Drop the computed columns; with ``moved``, also where the state lies in memory."""
        self._computed.clear()
        if moved:
            self._state.clear()

    def _all_state(self) -> dict[str, NDArray[Any]]:
        if not self._state:
            self._state = self._find_state()
        return self._state

    def _find_state(self) -> dict[str, NDArray[Any]]:
        """Return views of all that is kept for each of these agents."""
        simulation, rows = self._simulation, slice(self.start, self.stop)
        environment = _per_agent(simulation.environment, simulation.num_agents)
        if hasattr(simulation.environment, "occupant"):  # where agents stand is written in several places of the state
            environment |= {name: _read_only(environment[name]) for name in PLACED if name in environment}
        learner = _per_agent(simulation.learners[self.agent_type], len(self))
        columns = {name: values[rows] for name, values in environment.items()} | learner
        names = {"actions": "action", "rewards": "reward", "observations": "observation"}
        names |= {"subjective_rewards": "subjective_reward"}
        engine = simulation.engine._asdict()
        return columns | {mine: engine[theirs][0, rows] for theirs, mine in names.items() if theirs in engine}

    def _compute(self, name: str) -> dict[str, NDArray[Any]]:
        if name in FIXED:
            return {name: FIXED[name](self)}
        simulation = self._simulation
        rows = slice(self.start, self.stop)
        attributes = simulation.networks[0].node_attributes
        columns = {f"node_{key}": np.asarray(values)[rows] for key, values in attributes.items()}
        shown = simulation.scenario.environment.columns(simulation.environment)
        columns |= {key: values[0, rows] for key, values in shown.items()}
        if has_plane(simulation.scenario.environment):
            frame = take_frame(simulation.scenario.environment, simulation.environment)
            x, y = coordinates(frame).T
            columns |= {"x": x[rows], "y": y[rows], "heading": frame.headings[rows]}
        learner = simulation.scenario.learners[self.agent_type]
        return columns | {
            key: values[0] for key, values in learner.columns(simulation.learners[self.agent_type]).items()
        }

    def _names(self) -> list[str]:
        return [*self.state_columns, *FIXED, *self._compute("")]


def _labels(population: Population) -> NDArray[Any]:
    names = population._simulation.networks[0].labels[population.start : population.stop]
    return np.array(names, object)


def _presence(population: Population) -> NDArray[Any]:
    presence = population._simulation.engine.presence[0, population.start : population.stop]
    return np.array(PRESENCE, object)[presence]


def _indices(population: Population) -> NDArray[Any]:
    return np.arange(population.start, population.stop)


FIXED: dict[str, Callable[[Population], NDArray[Any]]] = {
    "agent_index": _indices,
    "unique_id": _indices,
    "agent_type": lambda population: np.full(len(population), population.agent_type, object),
    "label": _labels,
    "presence": _presence,
}


def check_action(simulation: Simulation, agent_type: str, action: Any, shape: tuple[int, ...] = ()) -> Any:
    """Return an action, or many, that agents of this type can do; compiled code trusts them.

    Raises
    ------
    ParameterError
        If the action is none of theirs.

    Examples
    --------
    >>> from socialsim.environments.epistemic import small
    >>> from socialsim.host.model import SocialModel
    >>> check_action(SocialModel(small()).simulation, "agent", 2)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: action of 'agent': 2 is not accepted; accepted: an integer from 0 to 1
    """
    space = simulation.specifications[agent_type].actions
    try:
        if isinstance(space, Discrete):
            accepted = f"an integer from 0 to {space.size - 1}"
            given = np.asarray(action)
            fits = (
                given.dtype.kind in "iub"
                and given.ndim <= len(shape)
                and bool(np.all((given >= 0) & (given < space.size)))
            )
        else:
            accepted = _accepted(space)
            given = np.asarray(action, space.dtype)
            own = given.shape[given.ndim - len(space.shape) :]
            fits = own == space.shape and bool(np.all((given >= space.low) & (given <= space.high)))
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise ParameterError(f"action of {agent_type!r}: {action!r} is not accepted; accepted: {accepted}")
    return given


def _accepted(space: Box) -> str:
    kind = f"numbers of shape {space.shape}" if space.shape else "a number"
    return f"{kind} from {space.low:g} to {space.high:g}"


def _per_agent(state: Any, num_agents: int) -> dict[str, NDArray[Any]]:
    """Return what a state keeps of each agent, of the one replication."""
    return {
        name: values[0]
        for name, values in state._asdict().items()
        if isinstance(values, np.ndarray) and values.flags.writeable and values.shape[1:2] == (num_agents,)
    }


def _read_only(values: NDArray[Any]) -> NDArray[Any]:
    view = values.view()
    view.flags.writeable = False
    return view
