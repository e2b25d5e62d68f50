"""The plane of a model as Mesa's drawing, inspection and dashboards expect a space.

`Plane` is a Mesa grid that holds nothing: agents, cells and layers are read from the columns of the model whenever they
are asked for, so that it is always up to date and costs nothing where it is not looked at. Mesa's coordinates are used:
x to the east, y to the north, (0, 0) in the south-west corner; row r of a map of height h is y = h - 1 - r.

What stands on the plane follows from the environment's state: the methods of Mesa's grids that would alter it are
refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np
from mesa.discrete_space import CellCollection, OrthogonalMooreGrid
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.grids.codes import AGENT, THINGS
from socialsim.grids.frame import Frame, take_frame
from socialsim.host.views import Agents, Row

if TYPE_CHECKING:
    from socialsim.host.model import SocialModel

Coordinate = tuple[int, int]
NAMES = {code: THINGS[code] if code < len(THINGS) else f"thing {code}" for code in range(AGENT)}


class Layer(NamedTuple):
    """Where one kind of thing is, as Mesa's property layers are in its versions 3."""

    name: str
    data: NDArray[np.uint8]  # (width, height): 1 where the thing is
    dimensions: Coordinate


class PlaneCell:
    """One cell of a plane: what is there and who.

    Attributes
    ----------
    coordinate : tuple of int
        x and y.

    Examples
    --------
    >>> from socialsim.environments.harvest import scenario
    >>> from socialsim.host.model import SocialModel
    >>> PlaneCell(SocialModel(scenario()).grid, (0, 0)).thing
    'wall'
    """

    capacity = None

    def __init__(self, plane: Plane, coordinate: Coordinate) -> None:
        self._plane, self.coordinate = plane, coordinate

    @property
    def position(self) -> NDArray[np.float64]:
        """X and y, as the versions 4 of Mesa ask for them."""
        return np.array(self.coordinate, float)

    @property
    def thing(self) -> str:
        """What is there: "empty", "wall", "apple", ..."""
        x, y = self.coordinate
        return NAMES[int(self._plane.frame.cells[self._plane.height - 1 - y, x])]

    @property
    def agents(self) -> list[Row]:
        """Who is there."""
        return self._plane.occupants().get(self.coordinate, [])

    @property
    def is_empty(self) -> bool:
        """Whether nobody is there."""
        return not self.agents

    @property
    def neighborhood(self) -> CellCollection:
        """The cells around, at most eight."""
        return self.get_neighborhood()

    def get_neighborhood(self, radius: int = 1, include_center: bool = False) -> CellCollection:
        """Return the cells at most so many steps away, diagonal ones included."""
        x, y = self.coordinate
        near = [(x + i, y + j) for i in range(-radius, radius + 1) for j in range(-radius, radius + 1)]
        return self._plane.collect(at for at in near if at in self._plane and (include_center or at != (x, y)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlaneCell) and (other._plane, other.coordinate) == (self._plane, self.coordinate)

    def __hash__(self) -> int:
        return hash((id(self._plane), self.coordinate))

    def __repr__(self) -> str:
        return f"<cell {self.coordinate}: {self.thing}{''.join(f', {agent}' for agent in self.agents)}>"


class Plane(OrthogonalMooreGrid):  # type: ignore[misc, unused-ignore]
    """The plane of a model, for Mesa.

    Parameters
    ----------
    model : SocialModel
        Of an environment that has a plane.

    Attributes
    ----------
    width, height : int
    torus : bool
        False: what happens at the borders is the environment's matter.

    Examples
    --------
    >>> from socialsim.environments.harvest import scenario
    >>> from socialsim.host.model import SocialModel
    >>> grid = SocialModel(scenario()).grid
    >>> grid.width, grid.height, int(grid.property_layers["apple"].sum())
    (24, 18, 64)
    """

    def __init__(self, model: SocialModel) -> None:  # Mesa's own makes an object for each cell
        self.model, self.random = model, model.random
        height, width = self.frame.cells.shape
        self.dimensions, self.torus, self.capacity = (width, height), False, None

    @property
    def frame(self) -> Frame:
        """The present moment, in rows and columns."""
        simulation = self.model._simulation
        return take_frame(simulation.scenario.environment, simulation.environment)

    # --- agents and cells ------------------------------------------------------------------------------------

    @property
    def agents(self) -> Agents:
        """Those who are on the plane."""
        return Agents(self.model, np.flatnonzero(self.frame.positions[:, 0] >= 0))

    def occupants(self) -> dict[Coordinate, list[Row]]:
        """Return who is where, for the cells that are taken."""
        found: dict[Coordinate, list[Row]] = {}
        for agent_index, at in enumerate(self.coordinates().tolist()):
            if at[0] >= 0:
                found.setdefault((at[0], at[1]), []).append(self.model.row(agent_index))
        return found

    def coordinates(self) -> NDArray[np.int64]:
        """Return x and y of all agents, shape (num_agents, 2); -1 for one that is out."""
        return coordinates(self.frame)

    def collect(self, at: Any) -> CellCollection:
        """Return Mesa's collection of the cells at some coordinates."""
        occupants = self.occupants()
        return CellCollection({PlaneCell(self, one): occupants.get(one, []) for one in at}, random=self.random)

    @property
    def all_cells(self) -> CellCollection:
        """All cells."""
        return self.collect((x, y) for x in range(self.width) for y in range(self.height))

    @property
    def empties(self) -> CellCollection:
        """The cells where nothing and nobody is."""
        occupants, free = self.occupants(), self._across(self.frame.cells == 0)
        return self.collect((x, y) for x, y in np.argwhere(free).tolist() if (x, y) not in occupants)

    def select_random_empty_cell(self) -> PlaneCell:
        """Return one of the cells where nothing and nobody is, drawn from ``model.random``."""
        cell: PlaneCell = self.random.choice(list(self.empties))
        return cell

    def __getitem__(self, coordinate: Coordinate) -> PlaneCell:
        if coordinate not in self:
            raise KeyError(f"{coordinate!r}: no such cell; accepted: 0 <= x < {self.width}, 0 <= y < {self.height}")
        x, y = coordinate
        return PlaneCell(self, (int(x), int(y)))

    def __contains__(self, coordinate: Coordinate) -> bool:
        x, y = coordinate
        return 0 <= x < self.width and 0 <= y < self.height

    def __iter__(self) -> Any:
        return iter(self.all_cells)

    # --- layers ----------------------------------------------------------------------------------------------

    @property
    def property_layers(self) -> dict[str, NDArray[np.uint8]]:
        """Where each kind of thing is: arrays (width, height) by name, "wall", "apple", ...; new ones at each call."""
        cells = self._across(self.frame.cells)
        layers = {name: (cells == code).astype(np.uint8) for code, name in enumerate(THINGS) if code}
        for layer in layers.values():
            layer.flags.writeable = False
        return layers

    @property
    def _mesa_property_layers(self) -> dict[str, Layer]:
        """The same, where versions 3 of Mesa look for it."""
        return {name: Layer(name, data, self.dimensions) for name, data in self.property_layers.items()}

    def _across(self, cells: NDArray[Any]) -> NDArray[Any]:
        """Return a map of rows and columns by x and y."""
        return cells[::-1].T

    # --- what cannot be done ---------------------------------------------------------------------------------

    def _refuse(self, *arguments: Any, **options: Any) -> NoReturn:
        """Refuse to alter the plane by hand."""
        raise ParameterError(
            "the plane follows from the environment's state and cannot be altered; accepted: writing state columns"
        )

    add_cell = remove_cell = add_connection = remove_connection = _refuse
    create_property_layer = add_property_layer = remove_property_layer = set_property = modify_properties = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return Plane, (self.model,)


def coordinates(frame: Frame) -> NDArray[np.int64]:
    """Return x and y of all agents of a frame, shape (num_agents, 2); -1 for one that is out.

    Examples
    --------
    >>> frame = Frame(np.zeros((2, 5), np.uint8), np.array([[0, 4], [-1, -1]]), np.array([0, 0]))
    >>> coordinates(frame).tolist()
    [[4, 1], [-1, -1]]
    """
    rows, columns = frame.positions.T
    inside = rows >= 0
    return np.stack([np.where(inside, columns, -1), np.where(inside, len(frame.cells) - 1 - rows, -1)], axis=1)
