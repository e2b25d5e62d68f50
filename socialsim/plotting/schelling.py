"""The figure of Schelling curves: what a cooperator and a defector earn beside so many cooperators."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from socialsim.core.estimate import Estimate
from socialsim.metrics.commons import Schelling
from socialsim.plotting.style import COLOURS, GREY, styled


def schelling_figure(diagram: Schelling, title: str = "") -> Figure:
    """Draw a Schelling diagram.

    Parameters
    ----------
    diagram : Schelling
    title : str

    Returns
    -------
    Figure

    Examples
    --------
    >>> from socialsim.metrics.commons import schelling
    >>> len(schelling_figure(schelling([[1, 1.2], [3, 3.1]], [[2, 2.1], [4, 4.4]])).axes)
    1
    """
    with styled():
        figure = Figure(figsize=(4.8, 3.4), layout="constrained")
        axes = figure.subplots()
        draw_schelling(axes, diagram)
        axes.legend(fontsize=8)
        axes.set(xlabel="Cooperators among the others", ylabel="Reward per step")
        axes.set_title(title, fontsize=9, loc="left")
        axes.text(1.0, 1.01, "95% intervals", transform=axes.transAxes, ha="right", va="bottom", color=GREY, fontsize=7)
    return figure


def draw_schelling(axes: Axes, diagram: Schelling) -> None:
    """Draw both curves against the number of cooperators among the others.

    Examples
    --------
    >>> from socialsim.metrics.commons import schelling
    >>> axes = Figure().subplots()
    >>> draw_schelling(axes, schelling([[1, 1.2], [3, 3.1]], [[2, 2.1], [4, 4.4]]))
    >>> axes.get_legend_handles_labels()[1]
    ['cooperator', 'defector']
    """
    _draw_curve(axes, diagram.restrained, COLOURS[0], "o", "cooperator")
    _draw_curve(axes, diagram.unrestrained, COLOURS[1], "s", "defector")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _draw_curve(axes: Axes, estimates: tuple[Estimate, ...], colour: str, marker: str, label: str) -> None:
    values = [estimate.value for estimate in estimates]
    reach = [[e.value - e.low for e in estimates], [e.high - e.value for e in estimates]]
    places = range(len(values))
    axes.errorbar(places, values, reach, color=colour, marker=marker, markersize=3.5, linewidth=1.4, label=label)
