"""Where agents went: each one's path over the map, and how often the cells were visited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.grids.codes import APPLE, BEAM, EMPTY, WALL
from socialsim.grids.frame import Frame
from socialsim.grids.render import GROUND, THING_COLOURS, agent_colour, render
from socialsim.plotting.style import COLOURS, GREY, INK, styled

MAX_SIDE, PANEL_AREA = 5.0, 16.0  # inches, square inches
FAINTEST = 0.1  # opacity of the oldest part of a path
CAPTION: dict[str, Any] = {"x": 0.01, "ha": "left", "fontsize": 7, "color": GREY}
VISITS = LinearSegmentedColormap.from_list("visits", [GROUND, "#7FB8D8", COLOURS[0], "#002B45"])
SPREAD = 0.5  # cells over which the lines of all agents are set apart
MAX_NAMED = 60  # more agents are no longer told apart
MAP_PIXELS, PALENESS = 800, 0.4


def trajectories(frames: Sequence[Frame], *, title: str = "", visits: bool = True) -> Figure:
    """Return a figure of the agents' paths over the map.

    A path grows darker with time, from an open circle where the agent began to a disc with its number where it ended.
    It breaks where an agent leaves the map or jumps. Apples are shown as they stood at first.

    Parameters
    ----------
    frames : sequence of Frame
        One a step, from step 0 on, all of one size.
    title : str
        What is shown, such as the scenario's name.
    visits : bool
        Whether to draw beside it how often each cell was visited, by all agents together.

    Returns
    -------
    Figure

    Raises
    ------
    ParameterError
        If there are no frames or they differ in size.

    Examples
    --------
    >>> cells = np.zeros((1, 3), np.uint8)
    >>> frames = [Frame(cells, np.array([[0, column]]), np.array([1])) for column in (0, 1, 2)]
    >>> figure = trajectories(frames)
    >>> [axes.get_title("left") for axes in figure.axes[:2]], len(figure.axes[0].collections)
    (['Paths, steps 0 to 2', 'Visits'], 1)
    """
    sizes = {(frame.cells.shape, frame.positions.shape) for frame in frames}
    if len(sizes) != 1:
        raise ParameterError("frames: accepted: at least one, all with one map and the same agents")
    positions = np.stack([frame.positions for frame in frames])
    with styled():
        figure, panels = _panels(frames[0].cells.shape, 1 + visits)
        _draw_map(panels[0], np.where(frames[0].cells == BEAM, EMPTY, frames[0].cells).astype(np.uint8))
        for i in range(positions.shape[1]):
            _draw_path(panels[0], positions[:, i], i, positions.shape[1])
        panels[0].set_title(f"Paths, steps 0 to {len(frames) - 1}")
        if visits:
            _draw_visits(figure, panels[1], frames[0].cells, positions)
        figure.supxlabel("open circle: start; number: the agent, at its end; older is fainter", **CAPTION)
        if title:
            figure.suptitle(title, x=0.01, ha="left")
    return figure


def count_visits(positions: NDArray[np.int64], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Return how many agents were in each cell, summed over steps; those that are out count nowhere.

    Parameters
    ----------
    positions : ndarray of int, shape (num_steps, num_agents, 2)
        Row and column, -1 for an agent that is out.
    shape : tuple of int
        Height and width of the map.

    Examples
    --------
    >>> count_visits(np.array([[[0, 1], [-1, -1]], [[0, 1], [0, 0]]]), (1, 2)).tolist()
    [[1, 2]]
    """
    visits = np.zeros(shape, np.int64)
    rows, columns = positions[positions[..., 0] >= 0].T
    np.add.at(visits, (rows, columns), 1)
    return visits


def _panels(shape: tuple[int, ...], num_panels: int) -> tuple[Figure, list[Axes]]:
    """Return a figure whose panels have the map's proportions."""
    height, width = shape
    unit = min((PANEL_AREA / (height * width)) ** 0.5, MAX_SIDE / max(height, width))
    size = (num_panels * max(width * unit, 2.0) + 0.8 * (num_panels - 1) + 0.2, max(height * unit, 1.0) + 0.7)
    figure = Figure(figsize=size)
    return figure, list(figure.subplots(1, num_panels, squeeze=False)[0])


def _draw_map(axes: Axes, cells: NDArray[np.uint8]) -> None:
    """Draw the things of a map, paler than in an animation."""
    nobody = Frame(cells, np.zeros((0, 2), np.int64), np.zeros(0, np.int64))
    scale = int(np.clip(MAP_PIXELS // max(cells.shape), 1, 64))
    picture = render(nobody, scale).astype(np.float32)
    ground = np.array(to_rgba(GROUND)[:3]) * 255
    picture = np.rint(ground + PALENESS * (picture - ground)).astype(np.uint8)
    height, width = cells.shape
    axes.imshow(picture, extent=(-0.5, width - 0.5, height - 0.5, -0.5))
    axes.set_axis_off()


def _draw_path(axes: Axes, positions: NDArray[np.int64], agent_index: int, num_agents: int) -> None:
    """Draw one agent's path; lines of several agents through one cell lie beside each other."""
    present = np.flatnonzero(positions[:, 0] >= 0)
    offset = SPREAD * ((agent_index + 0.5) / num_agents - 0.5)
    points = positions[:, ::-1] + offset  # x, y
    near = np.abs(np.diff(positions, axis=0)).max(axis=1) <= 1
    drawn = np.flatnonzero(near & (positions[:-1, 0] >= 0) & (positions[1:, 0] >= 0))
    colours = np.tile(to_rgba(agent_colour(agent_index)), (len(drawn), 1))
    colours[:, 3] = FAINTEST + (1 - FAINTEST) * ((drawn + 1) / max(len(positions) - 1, 1)) ** 2
    segments: Any = np.stack([points[drawn], points[drawn + 1]], axis=1)
    lines = LineCollection(segments, colors=colours, linewidths=1.3, label=f"agent {agent_index}")
    axes.add_collection(lines)
    if len(present):
        _mark_ends(axes, points[present[0]], points[present[-1]], agent_index)


def _mark_ends(axes: Axes, start: NDArray[np.float64], end: NDArray[np.float64], agent_index: int) -> None:
    colour = agent_colour(agent_index)
    axes.plot(*start, "o", markersize=5, markerfacecolor="white", markeredgecolor=colour, markeredgewidth=1.3, zorder=3)
    axes.plot(*end, "o", markersize=9, markerfacecolor=colour, markeredgecolor="white", markeredgewidth=0.6, zorder=4)
    if agent_index < MAX_NAMED:
        place: dict[str, Any] = {"ha": "center", "va": "center_baseline", "zorder": 5}
        axes.text(end[0], end[1], str(agent_index), color=_readable_on(colour), fontsize=6, **place)


def _readable_on(colour: str) -> str:
    """Return the colour of letters that is read best on another colour."""
    red, green, blue = to_rgba(colour)[:3]
    return INK if 0.3 * red + 0.59 * green + 0.11 * blue > 0.55 else "white"


def _draw_visits(figure: Figure, axes: Axes, cells: NDArray[np.uint8], positions: NDArray[np.int64]) -> None:
    """Draw how often each cell was visited; walls are grey, cells where apples stood are outlined."""
    visits = count_visits(positions, cells.shape)
    _draw_map(axes, np.where(cells == WALL, WALL, EMPTY).astype(np.uint8))
    image = axes.imshow(np.ma.masked_where(visits == 0, visits), cmap=VISITS, vmin=0)
    rows, columns = np.nonzero(cells == APPLE)
    axes.plot(columns, rows, "o", markersize=3, mfc="white", mec=THING_COLOURS[APPLE], linestyle="none")
    axes.set_title("Visits")
    bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02, ticks=MaxNLocator(4, integer=True))
    bar.outline.set_edgecolor(GREY)
    bar.set_label("agent-steps")
