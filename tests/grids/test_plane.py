"""Planes, bytes and maps: the compiled core against naive versions of itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.environments.harvest import Harvest
from socialsim.grids.bytes import copy_bytes
from socialsim.grids.codes import AGENT, channels
from socialsim.grids.growth import growth, near_counts
from socialsim.grids.maps import read_map
from socialsim.grids.plane import Window, cell_numbers, plane


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 70), st.integers(0, 9), st.integers(0, 9))
def test_a_run_of_bytes_is_copied_whole_and_nothing_beside_it(count, to, start):
    source = np.arange(100, dtype=np.uint8) + 1
    target = np.zeros(100, np.uint8)
    expected = target.copy()
    expected[to : to + count] = source[start : start + count]
    copy_bytes(target, to, source, start, count)
    assert np.array_equal(target, expected)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 6), st.integers(1, 6), st.tuples(*[st.integers(0, 4)] * 4), st.integers(1, 3), st.randoms())
def test_each_picture_is_the_plane_turned(height, width, sight, margin, random):
    walls = np.array([[random.random() < 0.3 for _ in range(width)] for _ in range(height)])
    window = Window(*sight)
    laid = plane(walls, 1, window, margin)
    padded = np.pad(walls, margin, constant_values=True)
    ends = ((window.ahead, window.behind), (window.left, window.right))
    naive = [np.pad(np.rot90(padded, d), ends, constant_values=True).ravel() for d in range(4)]
    assert np.array_equal(laid.shown, np.concatenate(naive).astype(np.uint8))
    assert len(set(laid.place.ravel().tolist())) == laid.place.size  # no byte shows two cells


def test_cells_are_numbered_within_the_frame():
    walls = np.zeros((3, 4), bool)
    laid = plane(walls, 1, Window(1, 1, 1, 1), margin=2)
    cells = cell_numbers(np.array([[0, 0], [2, 3]]), walls, 2)
    assert cells.tolist() == [2 * 8 + 2, 4 * 8 + 5]
    assert laid.things[cells].tolist() == [0, 0]
    assert (laid.things == 0).sum() == 12


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 7), st.integers(1, 7), st.sampled_from([1.0, 1.5, 2.0, 3.0]), st.randoms())
def test_goods_near_a_cell_are_those_at_most_the_radius_away(height, width, radius, random):
    goods = np.array([[random.random() < 0.4 for _ in range(width)] for _ in range(height)])
    counts = near_counts(goods, radius)
    for r in range(height):
        for c in range(width):
            near = [(a, b) for a, b in np.argwhere(goods) if 0 < (a - r) ** 2 + (b - c) ** 2 <= radius**2]
            assert counts[r, c] == len(near)


def test_two_cells_are_twelve_neighbours():
    assert len(growth((0.1,), np.array([24]), np.ones((7, 7), bool), 2.0).near) == 12
    assert len(growth((0.1,), np.array([24]), np.ones((7, 7), bool), 1.5).near) == 8


def test_channels_tell_things_agents_and_headings_apart():
    table = channels(3)
    assert table[0].sum() == 0
    for i in range(3):
        for heading in range(4):
            assert np.flatnonzero(table[AGENT + 4 * i + heading]).tolist() == [3 + i, 6 + heading]
    with pytest.raises(ParameterError, match="num_agents: 61"):
        channels(61)


def test_a_map_is_read_from_a_file_once_with_any_line_ends(tmp_path):
    file = tmp_path / "own.txt"
    file.write_bytes(b"#A#\r\n.P.\r\n")
    environment = Harvest(map=str(file))
    file.unlink()
    assert environment.drawn_map().symbols.tolist() == [["#", "A", "#"], [".", "P", "."]]


def test_a_file_that_is_no_text_is_refused(tmp_path):
    file = tmp_path / "own.txt"
    file.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ParameterError, match="not a text in UTF-8"):
        Harvest(map=str(file))


def test_more_agents_than_can_be_numbered_are_refused():
    with pytest.raises(ParameterError, match="40000 agents on a plane"):
        plane(np.zeros((2, 3), bool), 40_000, Window(1, 1, 1, 1))


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_map_is_refused(text):
    with pytest.raises(ParameterError, match="map: 0 cells"):
        read_map(text, "AP")
