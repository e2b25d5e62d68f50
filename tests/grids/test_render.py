"""Pictures of planes: by hand, and against simulated colour blindness."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.grids.codes import AGENT, APPLE, BEAM, EMPTY, NUM_SHOWN, RIVER, WALL, WASTE
from socialsim.grids.frame import Frame
from socialsim.grids.render import AGENT_COLOURS, THING_COLOURS, looks, render, render_window, tiles

# How colours look with each form of colour blindness, in linear RGB: Machado, Oliveira and Fernandes (2009), severity 1
SIGHT = {
    "usual": np.eye(3),
    "protanopia": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deuteranopia": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "tritanopia": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def rgb(colour):
    return list(bytes.fromhex(colour[1:]))


def lab(colour, sight):
    """Return a colour in CIE L*a*b*, as somebody with this sight sees it."""
    share = np.array(rgb(colour)) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(TO_XYZ @ np.clip(SIGHT[sight] @ linear, 0, 1) / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one, other, sight):
    return np.linalg.norm(lab(one, sight) - lab(other, sight))


def frame(cells, agents=()):
    """Return a frame with agents given as (row, column, heading)."""
    agents = np.array(agents, np.int64).reshape(-1, 3)
    return Frame(np.array(cells, np.uint8), agents[:, :2], agents[:, 2])


def test_one_pixel_a_cell_shows_the_colours_of_things():
    picture = render(frame([[EMPTY, WALL, BEAM], [APPLE, WASTE, RIVER]]), scale=1)
    expected = [[rgb(THING_COLOURS[code]) for code in row] for row in ([EMPTY, WALL, BEAM], [APPLE, WASTE, RIVER])]
    assert picture.tolist() == expected
    assert picture.dtype == np.uint8


def test_every_cell_is_its_tile():
    picture = render(frame([[WALL, APPLE, EMPTY]], [(0, 2, 3)]), scale=6)
    assert picture.shape == (6, 18, 3)
    for column, code in enumerate((WALL, APPLE, AGENT + 3)):
        assert np.array_equal(picture[:, 6 * column : 6 * column + 6], tiles(6)[code])


def test_an_agents_nose_is_where_it_heads():
    """White is brightest in the half that the heading names: north, east, south, west."""
    for heading, half in enumerate((np.s_[:4], np.s_[:, 4:], np.s_[4:], np.s_[:, :4])):
        tile = tiles(8)[AGENT + 4 + heading].min(axis=2).astype(int)
        inside = tile[2:6, 2:6]
        assert tile[half].sum() * 2 > tile.sum(), heading
        assert inside.max() > 200, heading


def test_turning_an_agent_turns_its_tile():
    north, east, south, west = tiles(12)[AGENT + 4 * 9 : AGENT + 4 * 10]
    assert np.array_equal(east, np.rot90(north, -1))
    assert np.array_equal(south, np.rot90(north, 2))
    assert np.array_equal(west, np.rot90(north, 1))


def test_agents_that_are_out_are_not_shown_and_the_last_one_is_on_top():
    codes = looks(frame([[EMPTY, EMPTY]], [(0, 1, 0), (-1, -1, 2), (0, 1, 1)]))
    assert codes.tolist() == [[EMPTY, AGENT + 4 * 2 + 1]]


def test_an_agent_in_the_river_has_water_around_it():
    picture = render(frame([[RIVER, BEAM, WALL]], [(0, 0, 0), (0, 1, 0), (0, 2, 0)]), scale=8)
    corners = [rgb(THING_COLOURS[code]) for code in (RIVER, BEAM, EMPTY)]
    assert picture[0, ::8].tolist() == corners


def test_the_frame_is_left_as_it_is():
    seen = frame([[EMPTY, WALL]], [(0, 0, 2)])
    render(seen)
    assert seen.cells.tolist() == [[EMPTY, WALL]]


@pytest.mark.parametrize("scale", [4, 5, 8, 21])
def test_all_sixty_agents_and_their_headings_look_different(scale):
    looks = {tile.tobytes() for tile in tiles(scale)[AGENT:256]}
    assert len(looks) == 4 * NUM_SHOWN


def test_the_sixty_first_agent_looks_like_the_first():
    agents = [(0, 0, 1)] + [(-1, -1, 0)] * (NUM_SHOWN - 1) + [(0, 1, 1)]
    codes = looks(frame([[EMPTY, EMPTY]], agents))
    assert codes[0, 0] == codes[0, 1]


@given(st.integers(0, 2**32 - 1), st.integers(1, 9))
def test_a_picture_equals_one_painted_cell_by_cell(seed, scale):
    window = np.random.default_rng(seed).integers(0, 256, (3, 5), dtype=np.uint8)
    painted = np.empty((3 * scale, 5 * scale, 3), np.uint8)
    for row, column in itertools.product(range(3), range(5)):
        at = np.s_[row * scale : (row + 1) * scale, column * scale : (column + 1) * scale]
        painted[at] = tiles(scale)[window[row, column]]
    assert np.array_equal(render_window(window, scale), painted)


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_are_told_apart_with_every_form_of_colour_blindness(sight):
    """A difference of 2.3 is just noticeable; 15 is plain to see."""
    for one, other in itertools.combinations(AGENT_COLOURS, 2):
        assert difference(one, other, sight) > 18, (one, other)
    for one, other in itertools.combinations(THING_COLOURS.values(), 2):
        assert difference(one, other, sight) > 15, (one, other)
    for agent, ground in itertools.product(AGENT_COLOURS, (EMPTY, WALL, RIVER)):
        assert difference(agent, THING_COLOURS[ground], sight) > 15, (agent, ground)


@pytest.mark.parametrize("scale", [0, 129, 2.5, True])
def test_a_scale_that_is_not_accepted_is_named(scale):
    with pytest.raises(ParameterError, match=r"scale: .* accepted: an integer from 1 to 128"):
        render(frame([[EMPTY]]), scale)


@pytest.mark.parametrize("window", [np.zeros(3, np.uint8), np.zeros((2, 2)), np.zeros((1, 2, 2), np.uint8)])
def test_a_window_that_is_not_one_is_refused(window):
    with pytest.raises(ParameterError, match=r"window: .* accepted: 2-D uint8"):
        render_window(window)
