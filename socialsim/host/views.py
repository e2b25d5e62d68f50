"""Agents as Mesa shows them: views of rows, and sets of them.

A `Row` is one agent; it holds no data, its attributes are the columns of its population. `Agents` is what
``model.agents`` gives: Mesa's ``AgentSet`` over rows, with the same methods. Where a column is named, whole arrays are
read and written, so that a million agents are no trouble; where a function is given it is called agent by agent.

Departures from Mesa: `Agents.get` of one column returns an array and `Agents.set` takes one; `Agents.select` takes an
array of bool as well; agents are added with `SocialModel.enter` and taken away with `SocialModel.leave`, not here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import mesa.agent
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from socialsim.host.model import SocialModel
    from socialsim.host.population import Population
    from socialsim.host.space import PlaneCell

GroupBy = sys.modules[mesa.agent.AgentSet.__module__].GroupBy  # in mesa.agent or mesa.agentset


class Row:
    """One agent: a view of its row, which reads and writes the columns of its population.

    Parameters
    ----------
    population : Population
    index : int
        Row within the population.

    Examples
    --------
    >>> from socialsim.environments.opinions import small
    >>> from socialsim.host.model import SocialModel
    >>> agent = SocialModel(small(), seed=1).agents[2]
    >>> agent, agent.agent_index, agent.presence, agent.opinion in (0, 1)
    (<agent 2>, 2, 'present', True)
    >>> agent.opinoin
    Traceback (most recent call last):
        ...
    socialsim.host.population.ColumnError: unknown column of 'agent' agents 'opinoin'; did you mean 'opinion'? ...
    """

    __slots__ = ("_index", "_population")

    _population: Population
    _index: int

    def __init__(self, population: Population, index: int) -> None:
        object.__setattr__(self, "_population", population)
        object.__setattr__(self, "_index", index)

    @property
    def model(self) -> SocialModel:
        """The model."""
        return self._population.model

    @property
    def population(self) -> Population:
        """The population of which this is a row."""
        return self._population

    @property
    def guest(self) -> Any:
        """The Python object that plays this agent, or None."""
        return self.model.guests.get(self.agent_index)

    @property
    def pos(self) -> tuple[int, int] | None:
        """X and y on the model's plane, as Mesa counts them; None while the agent is out."""
        x, y = self.x, self.y
        return (x, y) if x >= 0 else None

    @property
    def cell(self) -> PlaneCell | None:
        """The cell of the model's plane where the agent is; None while it is out."""
        return self.model.grid[self.pos] if self.pos else None

    def remove(self) -> None:
        """Leave, as Mesa's agents do; see `SocialModel.leave`."""
        self.model.leave(self.agent_index)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = self._population.column(name)[self._index]
        return value.item() if isinstance(value, np.generic) else value

    def __setattr__(self, name: str, value: Any) -> None:
        self._population.write(name, self._index, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and (other._population, other._index) == (self._population, self._index)

    def __hash__(self) -> int:
        return hash((self._population, self._index))

    def __reduce__(self) -> tuple[Any, ...]:
        return Row, (self._population, self._index)

    def __repr__(self) -> str:
        return f"<{self._population.agent_type} {self.agent_index}>"


class Agents:
    """A set of agents in order, as Mesa's ``AgentSet``.

    Parameters
    ----------
    model : SocialModel
    rows : ndarray of int
        Rows of the model, without repeats.

    Examples
    --------
    >>> import numpy as np
    >>> from socialsim.environments.epistemic import small
    >>> from socialsim.host.model import SocialModel
    >>> agents = SocialModel(small(), seed=1).agents
    >>> len(agents), float(agents.set("log_odds", 0.0).agg("credence", np.mean))
    (4, 0.5)
    >>> len(agents.select(lambda agent: agent.agent_index > 1)), agents.select(at_most=0.5)[0]
    (2, <agent 0>)
    >>> agents.groupby("presence").count()
    {'present': 4}
    """

    def __init__(self, model: SocialModel, rows: NDArray[np.int64]) -> None:
        self.model, self.rows = model, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return (self.model.row(row) for row in self.rows.tolist())

    def __getitem__(self, item: int | slice) -> Any:
        """Return an agent, or a list of agents for a slice."""
        if isinstance(item, slice):
            return list(self._with(self.rows[item]))
        return self.model.row(int(self.rows[item]))

    def __contains__(self, agent: object) -> bool:
        return isinstance(agent, Row) and agent.model is self.model and bool(np.any(self.rows == agent.agent_index))

    def __repr__(self) -> str:
        return f"<Agents: {len(self)}>"

    def to_list(self) -> list[Row]:
        """Return the agents as a list."""
        return list(self)

    # --- whose -----------------------------------------------------------------------------------------------

    def select(
        self,
        filter_func: Callable[[Row], bool] | NDArray[np.bool_] | None = None,
        at_most: float = float("inf"),
        inplace: bool = False,
        agent_type: str | None = None,
    ) -> Agents:
        """Return those that a function of the agent, or an array of bool, picks; at most so many, or such a share."""
        rows = self.rows
        most = int(len(self) * at_most) if isinstance(at_most, float) and at_most <= 1.0 else at_most
        if callable(filter_func):
            rows = rows[np.fromiter((bool(filter_func(agent)) for agent in self), bool, len(self))]
        elif filter_func is not None:
            rows = rows[np.asarray(filter_func, bool)]
        if agent_type is not None:
            population = self.model.populations[agent_type]
            rows = rows[(rows >= population.start) & (rows < population.stop)]
        return self._with(rows if most >= len(rows) else rows[: int(most)], inplace)

    def shuffle(self, inplace: bool = False) -> Agents:
        """Return them in random order, drawn from ``model.rng``."""
        return self._with(self.model.rng.permutation(self.rows), inplace)

    def sort(self, key: Callable[[Row], Any] | str, ascending: bool = False, inplace: bool = False) -> Agents:
        """Return them sorted by a column or a function; equals keep their order."""
        values = self.get(key) if isinstance(key, str) else np.array([key(agent) for agent in self])
        if ascending:
            order = np.argsort(values, kind="stable")
        else:
            order = len(self) - 1 - np.argsort(values[::-1], kind="stable")[::-1]
        return self._with(self.rows[order], inplace)

    def groupby(self, by: Callable[[Row], Any] | str, result_type: Literal["agentset", "list"] = "agentset") -> Any:
        """Return Mesa's ``GroupBy`` of those with an equal value of a column or a function."""
        values = self.get(by).tolist() if isinstance(by, str) else [by(agent) for agent in self]
        groups: dict[Any, list[int]] = {}
        for place, value in enumerate(values):
            groups.setdefault(value, []).append(place)
        sets = {value: self._with(self.rows[places]) for value, places in groups.items()}
        return GroupBy({value: list(agents) for value, agents in sets.items()} if result_type == "list" else sets)

    def _with(self, rows: NDArray[np.int64], inplace: bool = False) -> Agents:
        if not inplace:
            return Agents(self.model, rows)
        self.rows = rows
        return self

    # --- what they have and do -------------------------------------------------------------------------------

    def get(
        self,
        attr_names: str | Sequence[str],
        handle_missing: Literal["error", "default"] = "error",
        default_value: Any = None,
    ) -> Any:
        """Return a column of these agents as an array; of several columns, a list for each agent."""
        if isinstance(attr_names, str):
            return self._column(attr_names, handle_missing == "error", default_value)
        columns = [self._column(name, handle_missing == "error", default_value).tolist() for name in attr_names]
        return [list(values) for values in zip(*columns, strict=True)]

    def _column(self, name: str, must_exist: bool, default: Any) -> NDArray[Any]:
        parts = []
        for population, places in self._split():
            try:
                parts.append((places, population.column(name)[self.rows[places] - population.start]))
            except AttributeError:
                if must_exist:
                    raise
                parts.append((places, np.full(len(self.rows[places]), default)))
        if len(parts) <= 1:
            return parts[0][1] if parts else np.zeros(0)
        shapes = {values.shape[1:] for _, values in parts}
        dtype = np.result_type(*(values.dtype for _, values in parts)) if len(shapes) == 1 else np.dtype(object)
        column = np.empty((len(self), *(shapes.pop() if len(shapes) == 1 else ())), dtype)
        for places, values in parts:
            column[places] = list(values)
        return column

    def _split(self) -> Iterable[tuple[Population, Any]]:
        """Yield each population that is concerned, and the places of its agents in this set."""
        populations = list(self.model.populations.values())
        if len(populations) == 1:
            return [(populations[0], slice(None))]
        inside = [(self.rows >= population.start) & (self.rows < population.stop) for population in populations]
        return [(p, np.flatnonzero(mask)) for p, mask in zip(populations, inside, strict=True) if mask.any()]

    def set(self, attr_name: str, value: Any) -> Self:
        """Write one value, or an array with one for each agent, to a state column."""
        for population, places in self._split():
            own = value[places] if isinstance(value, np.ndarray) and value.shape[:1] == (len(self),) else value
            population.write(attr_name, self.rows[places] - population.start, own)
        return self

    def agg(self, attribute: str, func: Callable[[Any], Any] | Sequence[Callable[[Any], Any]]) -> Any:
        """Return a function, or each of several, of a column."""
        values = self.get(attribute)
        return func(values) if callable(func) else [one(values) for one in func]

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Call a function, or a method by name, on each agent."""
        self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Call a function, or a method by name, on each agent in random order."""
        self.shuffle().map(method, *args, **kwargs)
        return self

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Return the results of a function, or of a method by name, called on each agent."""
        if isinstance(method, str):
            return [getattr(agent, method)(*args, **kwargs) for agent in self]
        return [method(agent, *args, **kwargs) for agent in self]
