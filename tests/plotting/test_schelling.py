"""The figure of Schelling curves shows both curves with their intervals."""

import numpy as np
import pytest

from socialsim.metrics.commons import schelling
from socialsim.plotting.schelling import schelling_figure

DIAGRAM = schelling([[1.0, 1.2], [2.0, 2.2], [3.0, 3.1]], [[2.0, 2.1], [3.0, 3.3], [4.0, 4.4]])


def test_both_curves_are_drawn_against_the_number_of_cooperators_among_the_others():
    (axes,) = schelling_figure(DIAGRAM, "a game: dilemma by fear").axes
    cooperator, defector = (container.lines[0] for container in axes.containers)
    assert cooperator.get_xdata().tolist() == defector.get_xdata().tolist() == [0, 1, 2]
    assert cooperator.get_ydata() == pytest.approx([1.1, 2.1, 3.05])
    assert defector.get_ydata() == pytest.approx([2.05, 3.15, 4.2])
    assert axes.get_title(loc="left") == "a game: dilemma by fear"


def test_bars_are_the_intervals():
    (axes,) = schelling_figure(DIAGRAM).axes
    segments = axes.containers[0].lines[2][0].get_segments()
    expected = [[each.low, each.high] for each in DIAGRAM.restrained]
    assert np.array(segments)[:, :, 1] == pytest.approx(np.array(expected))
