"""The plane of a model, as Mesa sees it."""

import copy
import gc
import importlib.util
import weakref
from pathlib import Path

import mesa
import numpy as np
import pytest
from matplotlib.figure import Figure
from mesa.discrete_space import OrthogonalMooreGrid

from socialsim.core.errors import ParameterError
from socialsim.engine.discovery import load_file
from socialsim.engine.scenario import Scenario
from socialsim.environments import epistemic, harvest
from socialsim.host.model import SocialModel
from socialsim.host.population import ColumnError

WALKERS = load_file(Path(__file__).with_name("walkers.py"))
FORWARD = "constant:action=1"
DRAWS = importlib.util.find_spec("solara") is not None


@pytest.fixture
def model():
    """Return two walkers who go forward: north from (2, 2), and east from (4, 2)."""
    return SocialModel(Scenario(WALKERS.Walkers(), FORWARD, "complete:n=2", 20), seed=1)


def test_x_goes_east_and_y_goes_north(model):
    assert [agent.pos for agent in model.agents] == [(2, 2), (4, 2)]
    model.step()
    assert [agent.pos for agent in model.agents] == [(2, 3), (5, 2)]
    assert model.agents.get(["x", "y", "heading"]) == [[2, 3, 0], [5, 2, 1]]


def test_the_grid_is_one_of_mesas_and_follows_the_model(model):
    grid = model.grid
    assert isinstance(grid, OrthogonalMooreGrid)
    assert (grid.width, grid.height, grid.torus) == (7, 5, False)
    assert [agent.agent_index for agent in grid[4, 2].agents] == [1]
    model.step()
    assert model.grid is grid
    assert grid[4, 2].is_empty
    assert [agent.agent_index for agent in grid[5, 2].agents] == [1]


def test_what_is_written_by_hand_shows_at_once(model):
    model.agents[0].column = 5
    model.agents[0].row = 1
    assert model.agents[0].pos == (5, 3)
    assert model.grid[5, 3].agents == [model.agents[0]]


def test_an_agent_that_is_out_is_on_no_cell(model):
    model.agents[1].row = -1
    assert model.agents[1].pos is None
    assert model.agents[1].cell is None
    assert [agent.agent_index for agent in model.grid.agents] == [0]
    assert len(list(model.grid.all_cells.agents)) == 1


def test_cells_say_what_is_there(model):
    grid = model.grid
    assert (grid[0, 0].thing, grid[5, 3].thing, grid[3, 3].thing) == ("wall", "apple", "empty")
    assert repr(grid[2, 2]) == "<cell (2, 2): empty, <agent 0>>"
    assert model.agents[0].cell == grid[2, 2]
    assert tuple(grid[2, 2].position) == (2, 2)
    assert len(grid.all_cells) == len(list(grid)) == 35
    assert len(grid.empties) == 15 - 2 - 1
    assert grid.select_random_empty_cell().thing == "empty"
    with pytest.raises(KeyError, match="0 <= x < 7"):
        grid[7, 0]


def test_neighbours_are_those_within_reach(model):
    grid = model.grid
    assert {cell.coordinate for cell in grid[0, 0].neighborhood} == {(0, 1), (1, 0), (1, 1)}
    near = grid[3, 2].get_neighborhood(radius=2, include_center=True)
    assert len(near) == 25
    assert [agent.agent_index for agent in near.agents] == [0, 1]


def test_layers_show_things_by_x_and_y(model):
    layers = model.grid.property_layers
    assert layers["apple"].shape == (7, 5)
    assert np.argwhere(layers["apple"]).tolist() == [[5, 3]]
    assert layers["wall"].sum() == 20
    assert "empty" not in layers


def test_the_plane_cannot_be_altered_past_the_state(model):
    for change in (model.grid.add_cell, model.grid.remove_cell, model.grid.add_property_layer):
        with pytest.raises(ParameterError, match="accepted: writing state columns"):
            change(None)


def test_where_agents_stand_is_read_and_not_written():
    model = SocialModel(harvest.small(), seed=1)
    model.step()
    for column in ("cell", "heading"):
        with pytest.raises(ColumnError, match=f"{column} is computed and cannot be written"):
            setattr(model.agents[0], column, 10**7)
    with pytest.raises(ValueError, match="read-only"):
        model.grid.property_layers["apple"][0, 0] = 1


def test_a_type_without_agents_does_not_count_as_a_population():
    assert len(SocialModel(harvest.scenario(), seed=1).population) == 7


def test_a_model_without_a_plane_has_no_grid():
    model = SocialModel(epistemic.small(), seed=1)
    assert not hasattr(model, "grid")
    with pytest.raises(AttributeError, match="epistemic has no plane"):
        model.grid  # noqa: B018
    with pytest.raises(ColumnError):
        model.agents[0].pos  # noqa: B018


def test_a_model_that_was_looked_at_is_collected():
    model = SocialModel(Scenario(WALKERS.Walkers(), FORWARD, "complete:n=2", 20), seed=1)
    assert len(model.grid.all_cells) == 35
    assert copy.copy(model.grid).model is model
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


@pytest.mark.skipif(not DRAWS, reason="Mesa's drawing needs solara: pip install mesa[viz]")
@pytest.mark.filterwarnings("ignore")
def test_mesa_draws_the_plane(model):
    from mesa.visualization.components import AgentPortrayalStyle, PropertyLayerStyle
    from mesa.visualization.mpl_space_drawing import draw_space

    def portray(agent):
        return AgentPortrayalStyle(marker="^>v<"[agent.heading])

    def portray_layer(layer):
        name = layer if isinstance(layer, str) else layer.name
        return PropertyLayerStyle(color="green", vmax=1, colorbar=False) if name == "apple" else None

    axes = Figure().add_subplot()
    option = "propertylayer_portrayal" if mesa.__version__ < "4" else "property_layer_portrayal"
    draw_space(model.grid, portray, ax=axes, **{option: portray_layer})
    places = {tuple(map(float, at)) for drawn in axes.collections for at in drawn.get_offsets()}
    assert places == {(2.0, 2.0), (4.0, 2.0)}
    [layer] = axes.images
    assert np.argwhere(layer.get_array()[..., 3] > 0).tolist() == [[3, 5]]
