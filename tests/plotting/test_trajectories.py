"""Paths over the map: one line an agent, broken where it was away."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from socialsim.core.errors import ParameterError
from socialsim.grids.codes import APPLE, WALL
from socialsim.grids.frame import Frame
from socialsim.plotting.figures import save
from socialsim.plotting.trajectories import count_visits, trajectories


def frames(*steps, shape=(4, 6)):
    """Return frames from the agents' positions at each step."""
    cells = np.zeros(shape, np.uint8)
    cells[0], cells[1, 2] = WALL, APPLE
    return [Frame(cells, np.array(positions), np.zeros(len(positions), np.int64)) for positions in steps]


def paths(figure):
    return [each for each in figure.axes[0].collections if isinstance(each, LineCollection)]


def test_there_is_one_line_an_agent():
    figure = trajectories(frames([(1, 1), (2, 2)], [(1, 2), (2, 2)], [(2, 2), (2, 3)]))
    assert [line.get_label() for line in paths(figure)] == ["agent 0", "agent 1"]
    assert [len(line.get_segments()) for line in paths(figure)] == [2, 2]


def test_a_single_agents_line_goes_through_its_cells():
    [line] = paths(trajectories(frames([(1, 1)], [(1, 2)], [(2, 2)])))
    assert np.array(line.get_segments()).tolist() == [[[1, 1], [2, 1]], [[2, 1], [2, 2]]]


def test_lines_darken_with_time():
    [line] = paths(trajectories(frames(*([(1, column)] for column in range(6)))))
    opacities = line.get_colors()[:, 3]
    assert np.all(np.diff(opacities) > 0)
    assert opacities[-1] == 1


def test_a_line_breaks_where_an_agent_is_out_or_jumps():
    steps = [[(1, 1)], [(1, 2)], [(-1, -1)], [(-1, -1)], [(3, 5)], [(3, 4)], [(1, 1)]]
    [line] = paths(trajectories(frames(*steps)))
    assert np.array(line.get_segments()).tolist() == [[[1, 1], [2, 1]], [[5, 3], [4, 3]]]


def test_the_ends_are_marked_and_the_last_has_the_agents_number():
    axes = trajectories(frames([(1, 1), (2, 2)], [(1, 2), (-1, -1)])).axes[0]
    ends = [tuple(map(float, np.ravel(line.get_xydata()))) for line in axes.lines]
    assert ends == [(0.875, 0.875), (1.875, 0.875), (2.125, 2.125), (2.125, 2.125)]
    assert [text.get_text() for text in axes.texts] == ["0", "1"]


def test_an_agent_that_was_never_there_has_no_marks():
    axes = trajectories(frames([(-1, -1)], [(-1, -1)])).axes[0]
    assert len(axes.lines) == 0


def test_visits_are_counted_by_hand():
    positions = np.array([[(1, 1), (2, 2)], [(1, 1), (-1, -1)], [(1, 2), (1, 1)]])
    visits = count_visits(positions, (4, 6))
    assert (visits[1, 1], visits[1, 2], visits[2, 2], visits.sum()) == (3, 1, 1, 5)


def test_visits_can_be_left_out():
    assert len(trajectories(frames([(1, 1)]), visits=False).axes) == 1


@pytest.mark.parametrize(("shape", "num_agents"), [((1, 40), 2), ((40, 3), 2), ((200, 200), 65)])
def test_maps_of_all_forms_and_many_agents_can_be_drawn(shape, num_agents, tmp_path):
    rng = np.random.default_rng(1)
    cells = np.zeros(shape, np.uint8)
    places = [rng.integers((0, 0), shape, (num_agents, 2)) for _ in range(3)]
    shown = [Frame(cells, positions, np.zeros(num_agents, np.int64)) for positions in places]
    assert save(trajectories(shown, title="a plane"), tmp_path / "paths.png").stat().st_size > 0


def test_frames_of_different_maps_or_none_are_refused():
    for bad in ([], frames([(1, 1)]) + frames([(1, 1)], shape=(5, 5)), frames([(1, 1)], [(1, 1), (2, 2)])):
        with pytest.raises(ParameterError, match="frames: accepted: at least one"):
            trajectories(bad)
